"""tools/check_layers.py must pass a tree that follows its layers.txt and name the culprit in every tree that does not."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECKER = pathlib.Path(__file__).resolve().parents[2] / "tools/check_layers.py"
GOOD = {
    "layers.txt": "# a comment\ncore:\nimage: core\nface: core image\ntesting: core\n",
    "src/kyc/core/error.h": "#pragma once\n",
    "src/kyc/image/image.h": '#include "kyc/core/error.h"\n',
    "src/kyc/image/codec/png.cpp": '#include "kyc/image/image.h"\n',
    "src/kyc/face/detector.cpp": '#include <vector>\n#include "kyc/image/image.h"\n',
    "src/kyc/face/detector_test.cpp": '#include "kyc/testing/faces.h"\n',
    "src/kyc/testing/faces.h": '#include "kyc/core/error.h"\n',
}


def check(changes):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in {**GOOD, **changes}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        done = subprocess.run([sys.executable, CHECKER, folder], capture_output=True, text=True)
        return done.returncode, done.stdout


class CheckLayers(unittest.TestCase):
    def refuses(self, changes, message):
        code, output = check(changes)
        self.assertEqual(code, 1, output)
        self.assertIn(message, output)

    def test_passes_a_tree_that_follows(self):
        self.assertEqual(check({})[0], 0)

    def test_refuses_an_include_from_above(self):
        self.refuses({"src/kyc/image/bad.cpp": '#include "kyc/face/face.h"\n'},
                     "src/kyc/image/bad.cpp: image may not include face")

    def test_refuses_it_in_a_header_in_a_subfolder_and_with_other_spacing(self):
        self.refuses({"src/kyc/core/deep/bad.h": '#  include  "kyc/image/image.h"\n'}, "core may not include image")

    def test_refuses_angle_brackets(self):
        self.refuses({"src/kyc/core/bad.h": "#include <kyc/image/image.h>\n"}, "core may not include image")

    def test_lets_only_tests_include_testing(self):
        self.refuses({"src/kyc/face/bad.cpp": '#include "kyc/testing/faces.h"\n'}, "face may not include testing")

    def test_refuses_a_row_that_names_a_folder_below_it(self):
        self.refuses({"layers.txt": "core: image\nimage: core\nface: core image\ntesting: core\n"},
                     "layers.txt: core comes before image")

    def test_refuses_a_folder_without_a_row_and_a_row_without_a_folder(self):
        self.refuses({"src/kyc/extra/x.h": "#pragma once\n"}, "src/kyc/extra: no row in layers.txt")
        self.refuses({"layers.txt": GOOD["layers.txt"] + "cli: core\n"}, "layers.txt: no folder src/kyc/cli")


if __name__ == "__main__":
    unittest.main()
