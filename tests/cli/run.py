#!/usr/bin/env python3
"""Runs a .test file against the kyclops program.

  # what the case shows
  kyclops verify --document {tmp}/nowhere.jpg --selfie {tmp}/nowhere.mp4
  ---- 3
  kyclops: */nowhere.jpg: no such file

Cases are separated by blank lines. The first line that is no comment is a shell command, run in an empty folder {tmp}
that the cases of a file share; {samples} is the folder of the sample media, {source} the source tree. After `----` comes the exit code, then
what the command prints on stdout and stderr together: one pattern a line, `*` for anything, `...` for any number of
lines; nothing means that nothing may be printed. Exit code 77 (skipped) if {samples} is named and absent.
"""
import fnmatch
import pathlib
import subprocess
import sys
import tempfile


def matches(lines, patterns):
    """Whole output against patterns; '...' stands for any number of lines."""
    if not patterns:
        return not lines
    if patterns[0] == "...":
        return any(matches(lines[i:], patterns[1:]) for i in range(len(lines) + 1))
    # '[' is text here, not a set of characters.
    pattern = patterns[0].replace("[", "[[]")
    return bool(lines) and fnmatch.fnmatchcase(lines[0], pattern) and matches(lines[1:], patterns[1:])


def main():
    program, samples, test = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
    text = test.read_text()
    if "{samples}" in text and not samples.exists():
        print(f"skipped: the sample media are absent ({samples}): run tools/setup")
        return 77
    failed = cases = 0
    with tempfile.TemporaryDirectory() as tmp:
        for block in text.split("\n\n"):
            lines = [line for line in block.strip("\n").splitlines() if not line.startswith("#")]
            if not lines:
                continue
            place = lambda line: (line.replace("{tmp}", tmp).replace("{samples}", str(samples))
                                  .replace("{source}", str(pathlib.Path(__file__).resolve().parents[2])))
            separator = next(i for i, line in enumerate(lines) if line.startswith("----"))
            command = place("\n".join(lines[:separator]))
            code = int(lines[separator][4:].strip() or 0)
            wanted = [place(line) for line in lines[separator + 1:]]
            done = subprocess.run(["bash", "-c", command], cwd=tmp, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=300, check=False,
                                  env={"PATH": f"{program.parent}:/usr/bin:/bin", "HOME": tmp, "LC_ALL": "C.UTF-8"})
            cases += 1
            output = done.stdout.splitlines()
            if done.returncode != code or not matches(output, wanted):
                failed += 1
                print(f"{test.name}: {command}\n  exit code {done.returncode}, expected {code}\n  printed:")
                print("".join(f"    {line}\n" for line in output) + "  expected:")
                print("".join(f"    {line}\n" for line in wanted))
    print(f"{test.name}: {cases - failed} of {cases} cases as expected")
    return 1 if failed or cases == 0 else 0


sys.exit(main())
