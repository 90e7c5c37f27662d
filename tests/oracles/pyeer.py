"""Score files in the three layouts of pyeer (scores, histograms, CMC), from ../shared/vectors/pyeer, through
`kyclops metrics`; every figure counted here once more, one threshold at a time, with pyeer's rule for the EER.

usage: pyeer.py KYCLOPS

The layouts: `non_hist`, a score per line (the last field), genuine and impostor in two files; `hist`, genuine as before,
and of impostors line i (from 0) says how many scored i; `cmc`, "query template score" and "query true_template".

Exit code 77 (ctest: skipped) where the files are absent.
"""
import csv
import json
import os
import subprocess
import sys
import tempfile
from bisect import bisect_left

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../shared/vectors/pyeer")
TOLERANCE = 1e-12
failures = []
compared = 0


def expect(where, name, ours, theirs, tolerance=TOLERANCE):
    global compared
    compared += 1
    if ours is None or not abs(ours - theirs) <= tolerance:
        failures.append(f"{where}: {name}: kyclops says {ours}, expected {theirs}")


def run(program, *arguments):
    done = subprocess.run([program, "metrics", *arguments, "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def scores_of(path):
    with open(path) as lines:
        return [float(line.split()[-1]) for line in lines if line.strip()]


def write_rows(folder, name, header, rows):
    path = os.path.join(folder, name)
    with open(path, "w", newline="") as out:
        csv.writer(out).writerows([header, *rows])
    return path


class Rates:
    """Error rates at every distinct score and above all of them; impostors as (score, count)."""

    def __init__(self, genuine, impostors):
        genuine = sorted(genuine)
        impostors = sorted(impostors)
        below = [0]
        for _, count in impostors:
            below.append(below[-1] + count)
        values = [score for score, _ in impostors]
        self.thresholds = sorted({*genuine, *values}) + [float("inf")]
        total = below[-1]
        self.fmr = [(total - below[bisect_left(values, t)]) / total for t in self.thresholds]
        self.fnmr = [bisect_left(genuine, t) / len(genuine) for t in self.thresholds]

    def eer(self):
        """The rule of FVC2000 as pyeer has it: of the points around the crossing the one with the lower sum."""
        after = next(i for i, (a, b) in enumerate(zip(self.fmr, self.fnmr)) if a <= b)
        before = after if after == 0 or self.fmr[after] == self.fnmr[after] else after - 1
        best = min((before, after), key=lambda i: self.fmr[i] + self.fnmr[i])
        return (self.fmr[best] + self.fnmr[best]) / 2

    def interpolated_eer(self):
        after = next(i for i, (a, b) in enumerate(zip(self.fmr, self.fnmr)) if a <= b)
        if after == 0:
            return self.fmr[0]
        above, below = self.fmr[after - 1] - self.fnmr[after - 1], self.fnmr[after] - self.fmr[after]
        return self.fmr[after - 1] + above / (above + below) * (self.fmr[after] - self.fmr[after - 1])

    def fnmr_at(self, limit):
        return min(b for a, b in zip(self.fmr, self.fnmr) if a <= limit)

    def auc(self):
        steps = zip(self.fmr, self.fmr[1:], self.fnmr, self.fnmr[1:])
        return sum((f1 - f2) * (1 - (n1 + n2) / 2) for f1, f2, n1, n2 in steps)


def check_scores(program, folder, name):
    genuine = scores_of(f"{VECTORS}/non_hist/{name}_true.txt")
    impostors = scores_of(f"{VECTORS}/non_hist/{name}_false.txt")
    rates = Rates(genuine, [(s, 1) for s in impostors])
    rows = [(1, repr(s)) for s in genuine] + [(0, repr(s)) for s in impostors]
    ours = run(program, "verification", write_rows(folder, name + ".csv", ["mated", "score"], rows))
    where = "non_hist " + name
    expect(where, "eer_fvc", ours["eer_fvc"], rates.eer())
    expect(where, "eer_interpolated", ours["eer_interpolated"], rates.interpolated_eer())
    expect(where, "auc", ours["auc"], rates.auc(), 1e-11)  # a sum of up to 7,700 terms
    for key, limit in (("fmr100", 1e-2), ("fmr1000", 1e-3), ("fmr10000", 1e-4), ("zero_fmr", 0)):
        expect(where, key, ours[key], rates.fnmr_at(limit))
    expect(where, "zero_fnmr", ours["zero_fnmr"], min(a for a, b in zip(rates.fmr, rates.fnmr) if b <= 0))


def check_histogram(program, folder):
    genuine = scores_of(f"{VECTORS}/hist/exp1_true.txt")
    counts = [int(score) for score in scores_of(f"{VECTORS}/hist/exp1_false.txt")]
    bins = max(len(counts), int(max(genuine)) + 1)
    counts += [0] * (bins - len(counts))
    impostors = write_rows(folder, "impostors.csv", ["from", "to", "mated", "non_mated"],
                           [(i, i + 1, 0, count) for i, count in enumerate(counts)])
    scores = write_rows(folder, "genuine.csv", ["mated", "score"], [(1, repr(s)) for s in genuine])
    ours = run(program, "histogram", impostors, scores, "-o", os.path.join(folder, "both.csv"))
    rates = Rates(genuine, list(enumerate(counts)))
    expect("hist exp1", "non_mated", ours["non_mated"], sum(counts))
    # Scores are whole numbers, one in each bin: the curve on the edges is the whole curve.
    expect("hist exp1", "auc", ours["auc"]["value"], rates.auc(), 1e-11)
    for key, limit in (("1e-2", 1e-2), ("1e-3", 1e-3), ("1e-4", 1e-4)):
        expect("hist exp1", "fnmr at fmr " + key, ours["fnmr_at_fmr"][key]["fnmr"], rates.fnmr_at(limit))
    eer = rates.interpolated_eer()
    if not ours["eer"]["low"] - TOLERANCE <= eer <= ours["eer"]["high"] + TOLERANCE:
        failures.append(f"hist exp1: eer: {eer} is not within {ours['eer']}")
    # The file that was written is the whole experiment.
    again = run(program, "histogram", os.path.join(folder, "both.csv"))
    expect("hist exp1", "auc of the merged file", again["auc"]["value"], ours["auc"]["value"], 0)


def check_cmc(program, folder, name):
    with open(f"{VECTORS}/cmc/{name}_tp.txt") as lines:
        mates = dict(line.split() for line in lines if line.strip())
    scored = {}
    with open(f"{VECTORS}/cmc/{name}_scores.txt") as lines:
        for line in lines:
            if line.strip():
                query, template, score = line.split()
                scored.setdefault(query, {})[template] = float(score)
    rows = [(q, t, int(mates.get(q) == t), repr(s)) for q, all_of in scored.items() for t, s in all_of.items()]
    ours = run(program, "identification",
               write_rows(folder, name + "_cmc.csv", ["probe", "reference", "mated", "score"], rows))
    # pyeer sorts by score and leaves ties in the file's order; here ties count against, as in kyclops.
    ranks = [1 + sum(s >= all_of[mates[q]] for t, s in all_of.items() if t != mates[q])
             for q, all_of in scored.items() if mates.get(q) in all_of]
    for rank, share in enumerate(ours["cmc"], 1):
        expect("cmc " + name, f"rank {rank}", share, sum(r <= rank for r in ranks) / len(ranks))
    expect("cmc " + name, "worst rank", len(ours["cmc"]), max(ranks))


def main():
    if not os.path.isdir(VECTORS):
        print("skipped: shared/vectors/pyeer is not there")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("exp1", "exp2", "exp3"):
            check_scores(sys.argv[1], folder, name)
        check_histogram(sys.argv[1], folder)
        for name in ("exp1", "exp2"):
            check_cmc(sys.argv[1], folder, name)
    for failure in failures[:40]:
        print(failure)
    print(f"pyeer's layouts: {compared} figures compared, {len(failures)} deviate")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
