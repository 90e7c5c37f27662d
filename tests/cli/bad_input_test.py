#!/usr/bin/env python3
"""Every `kyclops metrics` subcommand on every kind of bad input: exit code 3, one sentence with the file, the line where
there is one, and what was expected; and no report.

usage: bad_input_test.py KYCLOPS
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

# A good file of each subcommand, and flags that it needs.
GOOD = {
    "verification": ("probe,reference,mated,score\na,x,1,0.9\na,y,0,0.1\nb,x,0,0.2\nb,y,1,0.8\n", []),
    "pad": ("sample,attack,species,score\na,1,print,0.9\nb,1,replay,0.7\nc,0,,0.1\nd,0,,0.3\n", []),
    "detection": ("clip,attack,score\na,1,0.9\nb,1,0.7\nc,0,0.1\nd,0,0.3\n", []),
    "identification": ("probe,reference,mated,score\na,x,1,0.9\na,y,0,0.1\nb,x,0,0.2\nb,y,0,0.3\n", []),
    "tandem": ("kind,similarity,attack_score\nmated,0.9,0.1\nnon_mated,0.1,0.2\nattack,0.95,0.9\n", []),
    "morph": ("morph,subject,score\nm,a,0.9\nm,b,0.6\nn,a,0.2\nn,c,0.7\n", ["--threshold", "0.5"]),
    "attribution": ("truth,predicted\nx,x\ny,z\n", []),
    "demographics": ("mated,score,group\n1,0.9,x\n0,0.1,x\n1,0.4,y\n0,0.6,y\n", ["--threshold", "0.5"]),
    "calibration": ("sample,attack,score\na,1,0.9\nb,0,0.1\n", []),
    "localization": ("clip,kind,start,end,score\nc,truth,1,3,\nc,predicted,1,3,0.9\n", []),
    "histogram": ("mated,score\n1,0.9\n0,0.1\n", []),
}
# Column, text, and the line where it is put in: what is wrong with the value.
NUMBERS = {"verification": "score", "pad": "score", "detection": "score", "identification": "score", "tandem": "similarity",
           "morph": "score", "demographics": "score", "calibration": "score", "histogram": "score"}
CLASSES = {"verification": "mated", "pad": "attack", "detection": "attack", "identification": "mated", "tandem": "kind",
           "demographics": "mated", "calibration": "attack", "localization": "kind", "histogram": "mated"}
# A row that is there already, and what it is called.
DUPLICATES = {"verification": "the pair of a and x", "pad": "sample a", "identification": "the pair of a and x",
              "calibration": "the trial of a"}
failures = []
cases = 0


def with_value(text, line, column, value):
    rows = [row.split(",") for row in text.splitlines()]
    rows[line - 1][rows[0].index(column)] = value
    return "\n".join(",".join(row) for row in rows) + "\n"


def without_column(text, column):
    rows = [row.split(",") for row in text.splitlines()]
    at = rows[0].index(column)
    return "\n".join(",".join(row[:at] + row[at + 1:]) for row in rows) + "\n"


def of_one_class(text, column):
    rows = [row.split(",") for row in text.splitlines()]
    at = rows[0].index(column)
    kept = [row for row in rows[1:] if row[at] == rows[1][at]]
    return "\n".join(",".join(row) for row in [rows[0], *kept]) + "\n"


def expect(program, folder, name, what, content, *wanted, flags=(), files=()):
    global cases
    cases += 1
    path = folder / "bad.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    out = folder / "report"
    done = subprocess.run([program, "--quiet", "--json", "metrics", name, str(path), *flags, "--out", str(out)],
                          capture_output=True, text=True, errors="replace")
    said = done.stderr.strip()
    good = done.returncode == 3 and said.startswith("kyclops: ") and "\n" not in said and all(w in said for w in wanted)
    try:
        good = good and json.loads(done.stdout)["error"]["message"] == said[len("kyclops: "):]
    except (ValueError, KeyError):
        good = False
    if not good or out.exists() or sorted(os.listdir(folder)) != ["bad.csv"]:
        failures.append(f"{name}, {what}: exit code {done.returncode}, wanted {wanted}, said: {said or done.stdout}"
                        + (", and left something" if out.exists() else ""))
    shutil.rmtree(out, ignore_errors=True)


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as tmp:
        folder = pathlib.Path(tmp)
        for name, (text, flags) in GOOD.items():
            path = str(folder / "bad.csv")
            bad = lambda what, content, *wanted: expect(program, folder, name, what, content, path, *wanted, flags=flags)
            (folder / "bad.csv").write_text(text)
            done = subprocess.run([program, "metrics", name, path, *flags], capture_output=True, text=True)
            if done.returncode != 0:
                failures.append(f"{name}: the good file fails: {done.stderr}")
            bad("an empty file", "", "line 1", "expected")
            bad("a header only", text.splitlines()[0] + "\n", "expected")
            for column in text.splitlines()[0].split(","):
                if column in ("probe", "reference", "sample") and name != "identification" or column == "reference":
                    continue  # may be absent
                if name == "morph" and column == "morph" or name == "localization" and column == "start":
                    continue  # another kind of file then: tested below
                bad(f"no column {column}", without_column(text, column), "line 1", "expected a column", column)
            bad("a row that is too short", text + "a\n", f"line {len(text.splitlines()) + 1}", "expected")
            if name in NUMBERS:
                column = NUMBERS[name]
                for value in ("high", "nan", "NaN", "1,5", "0x10", "1e999", "--1"):
                    if "," in value or value == "1e999":
                        bad(f"{value} for a number", with_value(text, 3, column, value), "line 3")
                    else:
                        bad(f"{value} for a number", with_value(text, 3, column, value), "line 3", "expected a number",
                            f"'{column}'", value)
            if name in CLASSES:
                bad("an unknown class", with_value(text, 2, CLASSES[name], "perhaps"), "line 2", "expected", "perhaps")
            if name in CLASSES and name not in ("histogram", "identification"):
                bad("an empty class", of_one_class(text, CLASSES[name]) if name != "localization" else
                    "clip,kind,start,end,score\nc,predicted,1,3,0.9\n", "expected")
            if name in DUPLICATES:
                bad("a trial twice", text + text.splitlines()[1] + "\n", f"line {len(text.splitlines()) + 1}",
                    DUPLICATES[name] + " is there already, in line 2")
            if name != "attribution":  # whose classes may be called anything
                bad("bytes that are no text", text.encode() + b"\xff\xfe\x00,\x00", "expected")
        one = lambda name, what, content, *wanted, flags=(): expect(
            program, folder, name, what, content, str(folder / "bad.csv"), *wanted, flags=flags)
        one("pad", "an attack without species", "attack,species,score\n1,,0.5\n0,,0.1\n", "line 2", "species")
        one("pad", "a species of bona fide", "attack,species,score\n1,a,0.5\n0,replay,0.1\n", "line 3", "replay")
        one("pad", "a species without answers", "attack,species,score\n1,a,\n1,b,0.9\n0,,0.1\n", "a", "expected")
        one("localization", "a segment backwards", "clip,kind,start,end,score\nc,truth,3,1,\n", "line 2", "ends after its start")
        one("localization", "an infinite segment", "clip,kind,start,end,score\nc,truth,1,inf,\n", "line 2", "expected")
        one("localization", "neither", "clip,kind,end,score\nc,truth,1,\n", "line 1", "expected a column")
        one("morph", "neither", "subject,score\na,1\n", "line 1", "expected a column", flags=["--threshold", "0.5"])
        one("morph", "one subject", "morph,subject,score\nm,a,1\n", "expected", flags=["--threshold", "0.5"])
        one("calibration", "no probability", "attack,score\n1,7\n0,0\n", "line 2", "[0, 1]")
        one("demographics", "no group", "mated,score,group\n1,0.9,\n0,0.1,x\n", "line 2", "expected a group",
            flags=["--threshold", "0.5"])
        one("demographics", "one group", "mated,score,group\n1,0.9,x\n0,0.1,x\n", "two groups", flags=["--threshold", "0.5"])
        one("histogram", "counts that are none", "from,to,mated,non_mated\n0,1,-5,5\n", "line 2", "expected")
        one("detection", "a clip of both classes", "clip,attack,score\na,1,0.9\na,0,0.7\nb,0,0.1\n", "a")
        one("verification", "--calibrate of one class", GOOD["verification"][0], "expected",
            flags=["--calibrate", str(folder / "bad.csv"), "--subject", "nosuch"])
    for failure in failures:
        print(failure)
    print(f"{cases - len(failures)} of {cases} bad inputs as expected")
    return 1 if failures or cases < 150 else 0


sys.exit(main())
