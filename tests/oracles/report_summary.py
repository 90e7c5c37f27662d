"""Makes reports of `kyclops evaluate ...` from score files drawn here, and recomputes with NumPy every figure, every
"a of b" of the summary, and which figures the data can carry.

usage: report_summary.py KYCLOPS

Exit code 77 (ctest: skipped) where NumPy is missing: tools/setup --oracles.
"""
import csv
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import second_python

try:
    import numpy as np
    from sklearn import metrics as sk
except ImportError:
    second_python.skip("scikit-learn")

HERE = pathlib.Path(__file__).resolve().parent
SPECIES = ["swap/graphics", "swap/landmark+degrade/social", "present/print"]
COMPRESSIONS = ["c23", "c40"]
failures = []
checked = 0


def expect(where, ours, theirs, tolerance=1e-9):
    global checked
    checked += 1
    same = ours == theirs or (ours is not None and theirs is not None and not isinstance(ours, (list, tuple, bool)) and
                              abs(ours - theirs) <= tolerance)
    if not same:
        failures.append(f"{where}: the report says {ours}, expected {theirs}")


def write(path, header, rows):
    with open(path, "w", newline="") as out:
        csv.writer(out).writerows([header, *rows])


def report_of(program, folder, name, *arguments):
    out = folder / name
    done = subprocess.run([program, "--quiet", "evaluate", *arguments, "--out", str(out)], capture_output=True, text=True)
    if done.returncode != 0:
        failures.append(f"{name}: exit code {done.returncode}: {done.stderr}")
        return out, {"figures": [], "summary": []}, {}
    report = json.loads((out / "report.json").read_text())
    return out, report, {figure["key"]: figure for figure in report["figures"]}


def carried(errors, trials, zero_below=0.01):
    return trials > 0 and (errors >= 30 or (errors == 0 and 3 / trials <= zero_below))


def expect_rate(where, figures, key, events, trials, errors=None):
    figure = figures.get(key)
    if figure is None:
        failures.append(f"{where}: no figure {key}")
        return
    expect(f"{where}: {key}", [figure["events"], figure["trials"]], [int(events), int(trials)])
    expect(f"{where}: {key}", figure["value"], events / trials if trials else None)
    expect(f"{where}: {key} is carried", figure["carried"], carried(events if errors is None else errors, trials))


def expect_summary(where, report, known):
    """Every "a of b" that the summary says is one that was counted here."""
    for sentence in report["summary"]:
        if sentence["text"].startswith("Too few data for"):
            continue
        for a, b in re.findall(r"(\d+) of (\d+)", sentence["text"]):
            expect(f"{where}, summary: {a} of {b}", (int(a), int(b)) in known, True)


def points(high, low):
    thresholds = np.unique(np.concatenate([high, low]))
    return (np.append((low[None, :] >= thresholds[:, None]).mean(axis=1), 0.0),
            np.append((high[None, :] < thresholds[:, None]).mean(axis=1), 1.0), np.append(thresholds, np.inf))


# ---- evaluate verification ---------------------------------------------------------------------------------------------

def verification(program, folder, rng, size):
    rows = []
    for i in range(size):
        draw = lambda accepted: "accepted" if rng.random() < accepted else "review" if rng.random() < 0.2 else "rejected"
        kind = rng.choice(["mated", "non_mated", "attack"])
        species = rng.choice(SPECIES) if kind == "attack" else ""
        verdict = "" if rng.random() < 0.05 else draw({"mated": 0.9, "non_mated": 0.05, "attack": 0.3}[kind])
        reason = "" if verdict in ("accepted", "") else rng.choice(["different_person", "presentation_attack", "still_picture"])
        rows.append([kind, f"s{i}", f"p{i % 40}", species, rng.choice(COMPRESSIONS), verdict, reason])
    write(folder / "decisions.csv", ["kind", "sample", "identity", "species", "compression", "verdict", "reasons"], rows)
    out, report, figures = report_of(program, folder, f"verification{size}", "verification", "--decisions",
                                     str(folder / "decisions.csv"))
    done = subprocess.run([sys.executable, str(HERE / "report.py"), str(out)], capture_output=True, text=True)
    expect(f"verification of {size}: report.py says {done.stdout.strip()}", done.returncode, 0)
    where = f"verification of {size}"
    answered = [r for r in rows if r[5]]
    of = lambda kind, **how: [r for r in answered if r[0] == kind and all(
        {"species": r[3], "compression": r[4]}[k] == v for k, v in how.items())]
    accepted = lambda part: sum(r[5] == "accepted" for r in part)
    attacks, mated, others = of("attack"), of("mated"), of("non_mated")
    expect_rate(where, figures, "iapar_pooled", accepted(attacks), len(attacks))
    expect_rate(where, figures, "far", accepted(others), len(others))
    expect_rate(where, figures, "frr", len(mated) - accepted(mated), len(mated))
    known = {(accepted(part), len(part)) for part in (attacks, mated, others)}
    for species in SPECIES:
        part = of("attack", species=species)
        if part:
            expect_rate(where, figures, f"iapar[{species}]", accepted(part), len(part))
            known.add((accepted(part), len(part)))
        for compression in COMPRESSIONS:
            both = of("attack", species=species, compression=compression)
            if both:
                expect_rate(where, figures, f"iapar[{species},{compression}]", accepted(both), len(both))
    for compression in COMPRESSIONS:
        part = of("attack", compression=compression)
        if part:
            known.add((accepted(part), len(part)))
    expect_summary(where, report, known)


# ---- evaluate liveness, detection --------------------------------------------------------------------------------------

def detection(program, folder, rng, size, protocol):
    rows = []
    for i in range(size):
        attack = int(rng.random() < 0.6)
        score = "" if rng.random() < 0.04 else repr(float(np.round(rng.normal(0.4 + 0.3 * attack, 0.2), 2)))
        rows.append([f"s{i}", attack, rng.choice(SPECIES) if attack else "", rng.choice(COMPRESSIONS), score])
    write(folder / "scores.csv", ["sample", "attack", "species", "compression", "score"], rows)
    t = 0.55
    _, report, figures = report_of(program, folder, f"{protocol}{size}", protocol, "--scores", str(folder / "scores.csv"),
                                   "--threshold", str(t))
    where = f"{protocol} of {size}"
    value = lambda part: np.array([float(r[4]) for r in part if r[4]])
    attacks, bona_fide = [r for r in rows if r[1]], [r for r in rows if not r[1]]
    fakes, real = value(attacks), value(bona_fide)
    known, species = set(), {name: value([r for r in attacks if r[2] == name]) for name in SPECIES}
    for name, part in species.items():
        expect_rate(where, figures, f"apcer[{name}]", (part < t).sum(), len(part))
        known.add((int((part < t).sum()), len(part)))
        for compression in COMPRESSIONS:
            both = value([r for r in attacks if r[2] == name and r[3] == compression])
            if len(both):
                expect_rate(where, figures, f"apcer[{name},{compression}]", (both < t).sum(), len(both))
    worst = max(species.values(), key=lambda part: (part < t).mean())
    expect_rate(where, figures, "apcer", (worst < t).sum(), len(worst))
    expect_rate(where, figures, "bpcer", (real >= t).sum(), len(real))
    expect_rate(where, figures, "bpnrr", len(bona_fide) - len(real), len(bona_fide))
    known.add((int((real >= t).sum()), len(real)))
    right = (fakes >= t).sum() + (real < t).sum()
    expect_rate(where, figures, "accuracy", right, len(fakes) + len(real), len(fakes) + len(real) - right)
    labels, values = np.r_[np.ones(len(fakes)), np.zeros(len(real))], np.concatenate([fakes, real])
    enough = min(len(fakes), len(real)) >= 30
    for key, theirs in (("auc", sk.roc_auc_score(labels, values)), ("ap", sk.average_precision_score(labels, values))):
        expect(f"{where}: {key}", figures[key]["value"], theirs)
        expect(f"{where}: {key} is carried", figures[key]["carried"], enough)
    with open(folder / f"{protocol}{size}" / "tables" / "detection.csv" if protocol == "detection" else os.devnull) as file:
        for row in csv.DictReader(file):  # frames and clips are the same here: one frame each
            expect(f"{where}: table, {row['unit']}", "AUC" in row["not_carried"].split("|"), not enough)
    refused, missed, _ = points(fakes, real)
    gap = np.abs(refused - missed)
    at = np.flatnonzero(gap <= gap.min() + 1e-13)[0]
    expect(f"{where}: eer", figures["eer"]["value"], (refused[at] + missed[at]) / 2)
    expect(f"{where}: eer is carried", figures["eer"]["carried"],
           carried(round(refused[at] * len(real)), len(real)) and carried(round(missed[at] * len(fakes)), len(fakes)))
    tries = np.append(np.unique(values), np.inf)
    apcer = np.array([[(part < x).sum() for part in species.values()] for x in tries])
    shares = apcer / np.array([len(part) for part in species.values()])
    for limit, key in ((0.1, "bpcer10"), (0.05, "bpcer20"), (0.01, "bpcer100")):
        last = np.flatnonzero(shares.max(axis=1) <= limit + 1e-15)[-1]
        errors = int((real >= tries[last]).sum())
        expect(f"{where}: {key}", figures[key]["value"], errors / len(real))
        k = int(np.argmax(shares[last]))
        expect(f"{where}: {key} is carried", figures[key]["carried"],
               carried(errors, len(real)) and carried(int(apcer[last][k]), len(list(species.values())[k]), limit))
    expect_summary(where, report, known)


# ---- evaluate recognition ----------------------------------------------------------------------------------------------

def recognition(program, folder, rng, size):
    rows = []
    for i in range(size):
        kind = rng.choice(["mated", "non_mated", "non_mated", "attack", "driver"])
        attack = int(kind in ("attack", "driver"))
        score = float(np.round(rng.normal({"mated": 0.7, "non_mated": 0.1, "attack": 0.4, "driver": 0.2}[kind], 0.15), 3))
        rows.append(["mine", "v2v", kind, f"s{i}", attack, f"p{i % 30}", SPECIES[i % 2] if attack else "bona_fide",
                     COMPRESSIONS[i % 2], "test", f"r{i}", "test", repr(score)])
    write(folder / "comparisons.csv", ["system", "protocol", "kind", "sample", "attack", "identity", "species", "compression",
                                       "split", "reference", "reference_split", "score"], rows)
    _, report, figures = report_of(program, folder, f"recognition{size}", "recognition", "--comparisons",
                                   str(folder / "comparisons.csv"))
    where = f"recognition of {size}"
    value = lambda kind, name=None: np.array([float(r[11]) for r in rows if r[2] == kind and name in (None, r[6])])
    mated, others, attacks, drivers = (value(k) for k in ("mated", "non_mated", "attack", "driver"))
    known = set()
    for limit, name in ((1e-2, "fmr1e-2"), (1e-3, "fmr1e-3")):
        fmr, _, thresholds = points(mated, others)
        t = thresholds[np.flatnonzero(fmr <= limit + 1e-15)[0]]
        fit = limit * len(others) >= 30  # else the threshold itself is not carried
        for key, events, trials in ((f"fmr@{name}[v2v]", (others >= t).sum(), len(others)),
                                    (f"fnmr@{name}[v2v]", (mated < t).sum(), len(mated)),
                                    (f"leak@{name}[v2v]", (drivers >= t).sum(), len(drivers))):
            expect(f"{where}: {key}", [figures[key]["events"], figures[key]["trials"]], [int(events), trials])
            expect(f"{where}: {key} is carried", figures[key]["carried"], bool(fit and carried(events, trials)))
        parts = {s: value("attack", s) for s in SPECIES[:2]}
        for species, part in parts.items():
            key = f"iapar@{name}[v2v,{species}]"
            expect(f"{where}: {key}", [figures[key]["events"], figures[key]["trials"]], [int((part >= t).sum()), len(part)])
            known.add((int((part >= t).sum()), len(part)))
        known |= {(int((mated >= t).sum()), len(mated)), (int((attacks >= t).sum()), len(attacks)),
                  (int((drivers >= t).sum()), len(drivers))}
    labels, values = np.r_[np.ones(len(mated)), np.zeros(len(others))], np.concatenate([mated, others])
    expect(f"{where}: auc", figures["auc[v2v]"]["value"], sk.roc_auc_score(labels, values))
    expect_summary(where, report, known)


# ---- evaluate morph ----------------------------------------------------------------------------------------------------

def morph(program, folder, rng, size):
    rows = [[f"m{i}", person, repr(float(np.round(rng.normal(0.5, 0.2), 3)))] for i in range(size) for person in "ab"
            for _ in range(2)]
    write(folder / "morphs.csv", ["morph", "subject", "score"], rows)
    _, report, figures = report_of(program, folder, f"morph{size}", "morph", "--scores", str(folder / "morphs.csv"), "--at", "=0.5")
    where = f"morph of {size}"
    matched, product = 0, 0.0
    for i in range(size):
        sides = [np.array([float(r[2]) >= 0.5 for r in rows if r[0] == f"m{i}" and r[1] == person]) for person in "ab"]
        matched += all(side.any() for side in sides)
        product += np.prod([side.mean() for side in sides]) / size
    expect_rate(where, figures, "mmpmr", matched, size)
    expect(f"{where}: mmpmr_product", figures["mmpmr_product"]["value"], product)
    expect(f"{where}: mmpmr_product is carried", figures["mmpmr_product"]["carried"], size >= 30)
    expect_summary(where, report, {(matched, size)})


def main():
    program = sys.argv[1]
    rng = np.random.default_rng(3)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for size in (60, 3000):
            verification(program, folder, rng, size)
            detection(program, folder, rng, size, "liveness")
            detection(program, folder, rng, size, "detection")
            recognition(program, folder, rng, size)
            morph(program, folder, rng, size // 3)
    for failure in failures[:40]:
        print(failure)
    print(f"{checked} numbers of reports recomputed, {len(failures)} deviate")
    sys.exit(1 if failures or checked < 200 else 0)


if __name__ == "__main__":
    main()
