#!/usr/bin/env python3
"""Fails where two sources that developer builds compile as one (kyc_unity_build) each keep a name to themselves, and it
is the same name: in an anonymous namespace, or static. The compiler tells of most of these, once it gets there; two
functions of one name and unlike parameters compile, and each file then sees the other's."""
import collections
import pathlib
import re
import sys

TOKEN = re.compile(r'\w+|::|""|[^\s\w]')
LITERAL = re.compile(r'''(?P<raw>R"(?P<mark>[^\s()\\]*)\(.*?\)(?P=mark)")|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+')|'''
                     r'(?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)|(?P<number>\b\d[\w.\']*)', re.S)
OPENING = {"(": ")", "{": "}", "[": "]"}
# A parenthesis behind one of these begins no parameters.
NO_NAMES = {"decltype", "alignas", "noexcept", "requires", "explicit", "__attribute__", "sizeof", "if"}


def tokens_of(text):
    """[(token, line)] without comments and preprocessor lines; every literal is one token."""
    def blank(match):
        lines = "\n" * match.group().count("\n")
        return (" " if match.group("comment") else "0" if match.group("number") else '""') + lines
    text = LITERAL.sub(blank, text)
    text = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", lambda match: "\n" * match.group().count("\n"), text, flags=re.M)
    result, line, seen = [], 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        result.append((match.group(), line))
    return result


class Reader:
    """The names that a source declares for itself alone: {name: (line, what an alias stands for)}."""

    def __init__(self, text):
        self.tokens = tokens_of(text)
        self.names = {}
        self.scope(0, False)

    def at(self, i):
        if i > len(self.tokens) + 8:
            raise ValueError("it ends inside of something")
        return self.tokens[i][0] if i < len(self.tokens) else ";"

    def note(self, i, meaning=None):
        name = self.at(i)
        # Macros (TEST, TYPED_TEST_SUITE) declare what their arguments say; GoogleTest itself refuses a test that is there.
        if re.fullmatch(r"[A-Za-z_]\w*", name) and not re.fullmatch(r"[A-Z][A-Z0-9_]+", name):
            self.names.setdefault(name, (self.tokens[i][1], meaning))

    def behind(self, i):
        """Past the bracket that opens at i."""
        depth = 0
        while i < len(self.tokens):
            depth += (self.at(i) in OPENING) - (self.at(i) in OPENING.values())
            i += 1
            if depth == 0:
                break
        return i

    def behind_angles(self, i):
        depth = 0
        while i < len(self.tokens) and self.at(i) not in {";", "{"}:
            if self.at(i) in {"(", "["}:
                i = self.behind(i)
                continue
            depth += (self.at(i) == "<") - (self.at(i) == ">")
            i += 1
            if depth == 0:
                break
        return i

    def behind_statement(self, i):
        while i < len(self.tokens) and self.at(i) != ";":
            i = self.behind(i) if self.at(i) in OPENING else i + 1
        return i + 1

    def scope(self, i, own):
        while i < len(self.tokens) and self.at(i) != "}":
            i = self.declaration(i, own)
        return i + 1

    def declaration(self, i, own):
        token = self.at(i)
        if token == ";":
            return i + 1
        if token in {"namespace", "inline"} and "namespace" in {token, self.at(i + 1)}:
            begin = i
            while self.at(i) not in {"{", ";"}:
                i += 1
            anonymous = i == begin + 1
            return i + 1 if self.at(i) == ";" else self.scope(i + 1, own or anonymous)
        if token == "extern" and self.at(i + 1) == '""' and self.at(i + 2) == "{":
            return self.scope(i + 3, own)
        if token == "template" and self.at(i + 1) == "<":
            i = self.behind_angles(i + 1)
            if self.at(i) == "requires":
                i = self.behind(i + 1) if self.at(i + 1) == "(" else i + 1
            return self.declaration(i, own)
        if token == "[" and self.at(i + 1) == "[":
            return self.declaration(self.behind(i), own)
        if token in {"using", "concept"}:
            past = self.behind_statement(i)
            if own and self.at(i + 2) == "=":
                self.note(i + 1, " ".join(self.at(j) for j in range(i, past)) if token == "using" else None)
            return past
        if token == "__extension__":
            return self.declaration(i + 1, own)
        if token == "typedef":
            past = self.behind_statement(i)
            if own:
                self.note(past - 2, " ".join(self.at(j) for j in range(i, past)))
            return past
        if token == "static_assert":
            return self.behind_statement(i)
        if token in {"struct", "class", "union", "enum"}:
            past = self.type(i, own)
            if past:
                return past
        return self.value(i, own)

    def type(self, i, own):
        """A type's definition or announcement; None where the keyword begins something else."""
        scoped = self.at(i) != "enum" or self.at(i + 1) in {"class", "struct"}
        j = i + (2 if self.at(i) == "enum" and scoped else 1)
        while self.at(j) == "[" or self.at(j) == "alignas":
            j = self.behind(j if self.at(j) == "[" else j + 1)
        name = j
        j += self.at(j) != "{"
        if self.at(j) == "<":
            j = self.behind_angles(j)
        j += self.at(j) == "final"
        if self.at(j) == ";" and j > name:
            if own:
                self.note(name)
            return j + 1
        if self.at(j) == ":":
            while self.at(j) not in {"{", ";"}:
                j = self.behind_angles(j) if self.at(j) == "<" else j + 1
        if self.at(j) != "{":
            return None
        if own:
            self.note(name)
            if not scoped:
                self.enumerators(j + 1)
        j = self.behind(j)
        return self.behind_statement(j) if self.at(j) == ";" else self.value(j, own)

    def enumerators(self, i):
        while self.at(i) != "}":
            self.note(i)
            while self.at(i) not in {",", "}"}:
                i = self.behind(i) if self.at(i) in OPENING else i + 1
            i += self.at(i) == ","

    def value(self, i, own):
        """A function or variables."""
        name = None
        while i < len(self.tokens):
            token = self.at(i)
            own = own or token == "static"
            if token == "operator":  # belongs to its type
                name, own = i, False
                i += 1
                while self.at(i) != "(" or self.at(i + 1) == ")" and self.at(i + 2) == "(":
                    i += 1
                break
            if token in NO_NAMES and self.at(i + 1) == "(":
                i = self.behind(i + 1)
            elif token == "<" and name is not None:
                i = self.behind_angles(i)
            elif token == "[" and self.at(i + 1) == "[":
                i = self.behind(i)
            elif token in {"(", "=", "{", "[", ";", ","}:
                break
            else:
                name = i
                i += 1
        if name is not None and own and self.at(name - 1) != "::" and self.at(name - 1) != "~":
            self.note(name)
        if self.at(i) == "(":
            i = self.behind(i)
            while self.at(i) not in {";", "{", ":", "="}:
                if self.at(i) == "<":
                    i = self.behind_angles(i)
                else:
                    i = self.behind(i) if self.at(i) in OPENING else i + 1
            if self.at(i) == ":":  # a constructor's members
                i += 1
                while True:
                    while self.at(i) not in {"(", "{"}:
                        i = self.behind_angles(i) if self.at(i) == "<" else i + 1
                    i = self.behind(i)
                    if self.at(i) != ",":
                        break
            if self.at(i) == "{":
                i = self.behind(i)
                return i + (self.at(i) == ";")
            return self.behind_statement(i)
        # Variables: what else the same statement declares.
        while i < len(self.tokens) and self.at(i) != ";":
            if self.at(i) == "," and self.at(i + 2) in {"=", "{", ";", ",", "["} and own:
                self.note(i + 1)
            i = self.behind(i) if self.at(i) in OPENING else i + 1
        return i + 1


def batches(root):
    """(what is compiled as one, its sources): the libraries that say UNITY, and every folder's tests."""
    for lists in sorted((root / "src/kyc").rglob("CMakeLists.txt")):
        folder = lists.parent
        text = lists.read_text()
        library = re.search(r"kyc_add_library\((\w+)([^)]*)\)", text)
        words = library.group(2).split() if library else []
        parts = [folder] + [folder / word for word in (words[words.index("FOLDERS") + 1:] if "FOLDERS" in words else [])
                            if (folder / word).is_dir()]
        # With options of its own a source stays alone.
        alone = {name for names in re.findall(r"set_source_files_properties\(([^)]*?)\bPROPERTIES\b[^)]*"
                                              r"\b(?:COMPILE_\w+|INCLUDE_DIRECTORIES|SKIP_UNITY_\w+)", text)
                 for name in names.split()}
        sources = [path for part in parts for path in sorted(part.glob("*.cpp")) if path.name not in alone]
        yield f"the tests of {folder.relative_to(root)}", [path for path in sources if path.stem.endswith("_test")]
        if "UNITY" in words or re.search(r"kyc_unity_build\(", text):
            yield str(folder.relative_to(root)), [path for path in sources if not path.stem.endswith("_test")]


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
    root = root if root.is_dir() else root.parent.parent
    bad, files, names = [], 0, 0
    for what, sources in batches(root):
        places = collections.defaultdict(list)
        for path in sources:
            files += 1
            try:
                own = Reader(path.read_text()).names
            except ValueError as failure:
                bad.append(f"{path.relative_to(root)}: {failure}")
                continue
            names += len(own)
            for name, (line, meaning) in own.items():
                places[name].append((f"{path.relative_to(root)}:{line}", meaning))
        for name, found in sorted(places.items()):
            meanings = {meaning for _, meaning in found}
            if len(found) > 1 and (len(meanings) > 1 or None in meanings):  # one alias may be said twice
                others = " and ".join(place for place, _ in found[1:])
                bad.append(f"{found[0][0]}: {name} is a name of {others}, too; {what} are compiled as one")
    print("\n".join(bad) if bad else f"unity: {names} names of {files} files are each of one file only")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
