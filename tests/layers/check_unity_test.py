"""tools/check_unity.py must pass a tree whose sources can be compiled as one and name both places in every tree whose
sources can not."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECKER = pathlib.Path(__file__).resolve().parents[2] / "tools/check_unity.py"


def source(own, public=""):
    return f'#include <string>\n\nnamespace kyc {{\nnamespace {{\n\n{own}\n\n}}  // namespace\n\n{public}\n\n}}  // namespace kyc\n'


GOOD = {
    "src/kyc/face/CMakeLists.txt": "kyc_add_library(face METHODS UNITY)\n"
                                   "set_source_files_properties(fast.cpp PROPERTIES COMPILE_OPTIONS -O3)\n",
    "src/kyc/face/eyes.cpp": source("constexpr int kEyes = 2;\nint eyes_of(int faces) {\n  return kEyes * faces;\n}"),
    "src/kyc/face/nose.cpp": source("constexpr int kNoses = 1;"),
    "src/kyc/face/eyes_test.cpp": source("TEST(Eyes, AreTwo) {\n  const int kEyes = 2;\n}"),
    "src/kyc/image/CMakeLists.txt": "kyc_add_library(image)\n",
    "src/kyc/image/png.cpp": source("class Decoder {};"),
    "src/kyc/image/jpeg.cpp": source("class Decoder {};"),
}


def check(changes):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in {**GOOD, **changes}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        done = subprocess.run([sys.executable, CHECKER, folder], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


class CheckUnity(unittest.TestCase):
    def refuses(self, name, first, second):
        code, output = check({"src/kyc/face/a.cpp": first, "src/kyc/face/b.cpp": second})
        self.assertEqual(code, 1, output)
        self.assertIn(f": {name} is a name of src/kyc/face/b.cpp:", output)

    def passes(self, first, second):
        code, output = check({"src/kyc/face/a.cpp": first, "src/kyc/face/b.cpp": second})
        self.assertEqual(code, 0, output)

    def test_passes_a_tree_whose_names_are_of_one_file(self):
        code, output = check({})
        self.assertEqual(code, 0, output)
        self.assertIn("unity: 3 names of 3 files", output)

    def test_names_both_places(self):
        code, output = check({"src/kyc/face/mouth.cpp": source("// one\n/* two\n three */\nint eyes_of(int faces);")})
        self.assertEqual(code, 1, output)
        self.assertIn("src/kyc/face/eyes.cpp:7: eyes_of is a name of src/kyc/face/mouth.cpp:9, too", output)

    def test_refuses_whatever_can_have_a_name(self):
        for name, own in {
                "Ring": "struct Ring {\n  int size;\n};",
                "Finder": "class Finder final : public Base<int> {\n public:\n  int find() const { return 1; }\n};",
                "Part": "enum class Part : std::size_t { Inside, Edge };",
                "kInside": "enum Part%s : int { kEdge%s, kInside };",
                "kSides": "constexpr std::array<std::array<int, 2>, 2> kSides{{{1, 2}, {3, 4}}};",
                "kMargin": "constexpr float kSide%s = 1, kMargin = 2.5F;",
                "mean_of": "template <typename T, std::size_t N>\nT mean_of(const std::array<T, N>& of) {\n  return of[0];\n}",
                "unit": "std::map<int, std::vector<double>> unit(const std::function<bool(int)>& f) noexcept;",
                "kNames": 'const std::vector<std::string> kNames{"a }", R"(b { ")"};',
                "fail": "[[noreturn]] void fail(int line);",
                "twice": "const auto twice = [](int x) { return 2 * x; };",
                "last": "auto last(int x) -> decltype(x) { return x; }",
                "Small": "template <typename T>\nconcept Small = sizeof(T) < 8;",
                "kBig": "constexpr int kBig = 1'000'000;",
        }.items():
            with self.subTest(name):
                mine, yours = (own.replace("%s", letter) for letter in "AB")
                self.refuses(name, source(mine), source(yours))

    def test_refuses_overloads_that_would_compile(self):
        self.refuses("dot", source("double dot(double a, double b);"), source("double dot(const float* a, int count);"))

    def test_refuses_an_alias_of_two_meanings_only(self):
        self.refuses("Json", source("using Json = A;"), source("using Json = B;"))
        self.refuses("Json", source("using Json = A;"), source("struct Json {};"))
        self.passes(source("using Json = A;\n__extension__ typedef __int128 Wide;"),
                    source("using Json = A;\n__extension__ typedef __int128 Wide;"))

    def test_refuses_static_functions_and_nested_namespaces(self):
        self.refuses("half", "namespace kyc {\nstatic int half(int x) { return x / 2; }\n}\n", source("int half(int x);"))
        self.refuses("half", "namespace kyc::deep {\nnamespace {\nint half(int x);\n}\n}\n", source("int half(int x);"))

    def test_passes_what_all_may_see_members_and_locals(self):
        self.passes(source("struct A {\n  A() : x_{1}, y_(2) {}\n  int size() const;\n  static int count();\n  int x_, y_;\n};"
                           "\nint A::size() const { return x_; }",
                           "Thing::Thing(int x) : a_(x), b_{x} {}\nThing::~Thing() = default;\nint whole(int x) { return x; }"),
                    source("struct B {\n  int size() const;\n  static int count();\n};\nint B::size() const { return 1; }\n"
                           "bool operator==(const B&, const B&) { return true; }",
                           "int whole(int x, int y) { int size = 1; return size; }"))

    def test_reads_on_behind_constructors_and_operators(self):
        behind = ("struct Pair {\n  int a, b;\n};\nbool operator<(const Pair& x, const Pair& y) { return x.a < y.b; }\n"
                  "Row::Row(int x) : Base<int>(x), cells_{x, {1, 2}} {\n  fill();\n}\nint behind();")
        self.refuses("behind", source(behind.replace("Pair", "One")), source(behind.replace("Pair", "Two")))

    def test_refuses_a_source_that_ends_too_early(self):
        for text in ("namespace {\nenum Part { kOne,", "A::A() : x_", "bool operator", "namespace kyc {\nstruct A : B"):
            with self.subTest(text):
                code, output = check({"src/kyc/face/a.cpp": text})
                self.assertNotIn("Traceback", output)
        self.assertIn("src/kyc/face/a.cpp: it ends inside", check({"src/kyc/face/a.cpp": "A::A() : x_"})[1])

    def test_checks_tests_everywhere_and_leaves_lone_sources_alone(self):
        code, output = check({"src/kyc/image/png_test.cpp": source("int noise(int seed);"),
                              "src/kyc/image/jpeg_test.cpp": source("int noise(int seed);")})
        self.assertEqual(code, 1, output)
        self.assertIn("noise is a name of", output)
        code, output = check({"src/kyc/face/fast.cpp": source("constexpr int kEyes = 3;")})
        self.assertEqual(code, 0, output)


if __name__ == "__main__":
    unittest.main()
