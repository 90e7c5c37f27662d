"""Compares `kyclops metrics` with scikit-learn, NumPy and (where R is installed) pROC on random score sets.

usage: metrics.py KYCLOPS [SETS]

Exit code 77 (ctest: skipped) where scikit-learn is missing: tools/setup --oracles.
"""
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import second_python

try:
    import numpy as np
    from sklearn import metrics as sk
except ImportError:
    second_python.skip("scikit-learn")

TOLERANCE = 1e-12
failures = []


def expect(where, name, ours, theirs, tolerance=TOLERANCE):
    if ours is None or not abs(ours - theirs) <= tolerance:
        failures.append(f"{where}: {name}: kyclops says {ours}, expected {theirs}")


def run(program, *arguments):
    done = subprocess.run([program, "metrics", *arguments, "--json"], capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout)


def random_set(rng, kind):
    """(high, low): scores of mated or attack trials, of non-mated or bona fide ones."""
    sizes = {"one": (1, 1), "small": rng.integers(1, 6, 2), "large": rng.integers(200, 3000, 2)}
    n_high, n_low = sizes.get(kind, rng.integers(2, 120, 2))
    high = rng.normal(rng.uniform(-0.5, 2.5), rng.uniform(0.3, 2), n_high)
    low = rng.normal(0, 1, n_low)
    if kind in ("ties", "one", "small") or rng.random() < 0.3:
        step = rng.choice([0.25, 0.5, 1, 4])
        high, low = np.round(high / step) * step, np.round(low / step) * step
    if kind == "infinite":
        high[rng.integers(n_high)] = np.inf
        low[rng.integers(n_low)] = -np.inf
        if rng.random() < 0.5:
            high[rng.integers(n_high)] = -np.inf
    return high + 0.0, low + 0.0


def finite(high, low):
    """The same order without infinities, which scikit-learn refuses."""
    values, ranks = np.unique(np.concatenate([high, low]), return_inverse=True)
    return (high, low) if np.isfinite(values).all() else (1.0 * ranks[: len(high)], 1.0 * ranks[len(high):])


def rates(high, low):
    """FMR and FNMR at every score, rising, and above all of them: counted one threshold at a time."""
    thresholds = np.append(np.unique(np.concatenate([high, low])), np.nan)
    fmr = np.array([(low >= t).mean() for t in thresholds[:-1]] + [0.0])
    fnmr = np.array([(high < t).mean() for t in thresholds[:-1]] + [1.0])
    return fmr, fnmr


def check_verification(program, folder, where, high, low):
    path = os.path.join(folder, where + ".csv")
    with open(path, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["score", "mated"])
        writer.writerows([[repr(float(s)), 1] for s in high] + [[repr(float(s)), 0] for s in low])
    code, ours = run(program, "verification", path)
    if code != 0:
        failures.append(f"{where}: exit code {code}: {ours}")
        return
    labels = np.r_[np.ones(len(high)), np.zeros(len(low))]
    expect(where, "auc", ours["auc"], sk.roc_auc_score(labels, np.concatenate(finite(high, low))))
    fmr, fnmr = rates(high, low)
    gap = np.abs(fmr - fnmr)
    nearest = np.flatnonzero(gap <= gap.min() + 1e-13)[0]
    expect(where, "eer", ours["eer"], (fmr[nearest] + fnmr[nearest]) / 2)
    after = np.flatnonzero(fnmr - fmr >= -1e-13)[0]
    part = (fmr[after - 1] - fnmr[after - 1]) / ((fmr[after - 1] - fnmr[after - 1]) - (fmr[after] - fnmr[after]))
    expect(where, "eer_interpolated", ours["eer_interpolated"],
           fmr[after - 1] + part * (fmr[after] - fmr[after - 1]))
    # The hull by its meaning: the least over all pairs of points of where their line crosses the diagonal.
    if len(fmr) < 80:
        hull = 1.0
        above = np.flatnonzero(fmr >= fnmr)
        below = np.flatnonzero(fmr <= fnmr)
        for i in above:
            for j in below:
                total = (fmr[i] - fnmr[i]) + (fnmr[j] - fmr[j])
                part = 0 if total == 0 else (fmr[i] - fnmr[i]) / total
                hull = min(hull, fmr[i] + part * (fmr[j] - fmr[i]))
        expect(where, "eer_convex_hull", ours["eer_convex_hull"], hull)
    for limit, key in ((0.01, "fmr100"), (0.001, "fmr1000"), (0.0001, "fmr10000"), (0.0, "zero_fmr")):
        expect(where, key, ours[key], fnmr[fmr <= limit].min())
    expect(where, "zero_fnmr", ours["zero_fnmr"], fmr[fnmr <= 0].min())
    if np.isfinite(high).all() and np.isfinite(low).all():
        deviation = np.sqrt((high.var() + low.var()) / 2)
        if deviation > 1e-9:
            expect(where, "d_prime", ours["d_prime"], (high.mean() - low.mean()) / deviation, 1e-9)
    if min(len(high), len(low)) > 1 and np.isfinite(high).all() and np.isfinite(low).all():
        return where, high, low, ours


def check_detection(program, folder, where, high, low):
    path = os.path.join(folder, where + "_clips.csv")
    clips = [f"set/attack/a{i // 3}" for i in range(len(high))] + [f"set/real/r{i // 2}" for i in range(len(low))]
    scores = np.concatenate([high, low])
    labels = np.r_[np.ones(len(high)), np.zeros(len(low))]
    with open(path, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["clip", "attack", "score"])
        writer.writerows([[c, int(a), repr(float(s))] for c, a, s in zip(clips, labels, scores)])
    code, ours = run(program, "detection", path, "--deepfakebench")
    if code != 0:
        failures.append(f"{where}: exit code {code}: {ours}")
        return
    frame, bench = ours["frame"], ours["deepfakebench"]
    expect(where, "accuracy", frame["accuracy"], ((scores >= 0.5) == labels).mean())
    expect(where, "ap", frame["ap"], sk.average_precision_score(labels, scores))
    # As DeepfakeBench computes them.
    fpr, tpr, _ = sk.roc_curve(labels, scores, pos_label=1)
    fnr = 1 - tpr
    distance = np.abs(fnr - fpr)
    candidates = fpr[distance <= distance.min() + 1e-12]  # rounding decides which of equal ones it prints
    expect(where, "deepfakebench eer", bench["eer"], candidates[np.argmin(np.abs(candidates - bench["eer"]))])
    expect(where, "deepfakebench auc", bench["auc"], sk.auc(fpr, tpr))
    expect(where, "deepfakebench acc", bench["acc"], ((scores > 0.5).astype(int) == labels).mean())
    names = sorted(set(clips))
    means = [np.mean([s for c, s in zip(clips, scores) if c == name]) for name in names]
    expect(where, "clip auc", ours["clip"]["auc"], sk.roc_auc_score([name.startswith("set/attack") for name in names], means))


def check_pad(program, folder, where, rng):
    species = {f"species {k}": random_set(rng, "ties")[0] for k in range(rng.integers(1, 5))}
    bona_fide = random_set(rng, "ties")[1]
    path = os.path.join(folder, where + "_pad.csv")
    with open(path, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["species", "attack", "score"])
        for name, scores in species.items():
            writer.writerows([[name, 1, repr(float(s))] for s in scores])
        writer.writerows([["", 0, repr(float(s))] for s in bona_fide])
    threshold = float(rng.normal())
    code, ours = run(program, "pad", path, "--threshold", repr(threshold))
    if code != 0:
        failures.append(f"{where}: exit code {code}: {ours}")
        return
    at = ours["at_threshold"]
    for name, scores in species.items():
        expect(where, "apcer of " + name, at["species"][name]["apcer"], (scores < threshold).mean())
    expect(where, "apcer", at["apcer"], max((s < threshold).mean() for s in species.values()))
    expect(where, "bpcer", at["bpcer"], (bona_fide >= threshold).mean())
    tries = np.unique(np.concatenate([*species.values(), bona_fide]))
    tries = np.append(tries, tries[-1] + 1)
    worst = np.array([max((s < t).mean() for s in species.values()) for t in tries])
    refused = np.array([(bona_fide >= t).mean() for t in tries])
    for key, limit in (("bpcer10", 0.1), ("bpcer20", 0.05), ("bpcer100", 0.01)):
        expect(where, key, ours[key], refused[worst <= limit].min())


def write_table(folder, name, header, rows):
    path = os.path.join(folder, name + ".csv")
    with open(path, "w", newline="") as out:
        csv.writer(out).writerows([header, *rows])
    return path


def check_attribution(program, folder, where, rng):
    size = rng.integers(1, 200)
    truth = rng.integers(0, rng.integers(1, 9), size)
    predicted = np.where(rng.random(size) < 0.6, 8 - truth, rng.integers(0, 12, size))
    path = write_table(folder, where, ["truth", "predicted"], zip(truth, predicted))
    _, ours = run(program, "attribution", path)
    expect(where, "nmi", ours["nmi"], sk.normalized_mutual_info_score(truth, predicted), 1e-9)
    expect(where, "ari", ours["ari"], sk.adjusted_rand_score(truth, predicted))
    from scipy.optimize import linear_sum_assignment
    table = sk.cluster.contingency_matrix(truth, predicted)
    rows, columns = linear_sum_assignment(table, maximize=True)
    expect(where, "mapped_accuracy", ours["mapped_accuracy"], table[rows, columns].sum() / size)


def check_tandem(program, folder, where, rng):
    """The formulas of the ASVspoof papers, in their own terms."""
    mated, non_mated = rng.normal(3, 1, rng.integers(20, 90)), rng.normal(0, 1, rng.integers(20, 90))
    attacks = rng.normal(2, 1, rng.integers(20, 90))
    detector_bona_fide = rng.normal(-1, 1, len(mated) + len(non_mated))
    detector_attacks = rng.normal(1, 1, len(attacks))
    threshold = float(rng.normal(1.5, 0.3))
    rows = [["mated", repr(float(s)), repr(float(d))] for s, d in zip(mated, detector_bona_fide)]
    rows += [["non_mated", repr(float(s)), repr(float(d))] for s, d in zip(non_mated, detector_bona_fide[len(mated):])]
    rows += [["attack", repr(float(s)), repr(float(d))] for s, d in zip(attacks, detector_attacks)]
    path = write_table(folder, where, ["kind", "similarity", "attack_score"], rows)
    code, ours = run(program, "tandem", path, "--threshold", repr(threshold))
    if code != 0:
        failures.append(f"{where}: exit code {code}: {ours}")
        return
    p_fa, p_miss = (non_mated >= threshold).mean(), (mated < threshold).mean()
    p_spoof_accepted = (attacks >= threshold).mean()
    tries = np.append(np.unique(np.concatenate([detector_bona_fide, detector_attacks])), np.inf)
    miss_cm = np.array([(detector_bona_fide >= t).mean() for t in tries])
    fa_cm = np.array([(detector_attacks < t).mean() for t in tries])
    spoof, target, non = 0.05, 0.95 * 0.99, 0.95 * 0.01
    c1, c2 = target * (1 - p_miss) - non * 10 * p_fa, 10 * spoof * p_spoof_accepted
    expect(where, "min_t_dcf_v1", ours["min_t_dcf_v1"]["value"], ((c1 * miss_cm + c2 * fa_cm) / min(c1, c2)).min())
    c0 = target * p_miss + non * 10 * p_fa
    c1 = target - c0
    expect(where, "min_t_dcf_v2", ours["min_t_dcf_v2"]["value"],
           ((c0 + c1 * miss_cm + c2 * fa_cm) / (c0 + min(c1, c2))).min())


def check_bob(program, folder):
    """The CMC example of bob.measure: 100 probes, 20 references each; it publishes rank 1 = 0.76."""
    path = os.path.join(os.path.dirname(__file__), "../../../shared/vectors/bob-measure/test-cmc.hdf5")
    try:
        import h5py
    except ImportError:
        print("bob.measure: CMC not checked, h5py is not installed (apt-get install python3-h5py)")
        return
    if not os.path.exists(path):
        print("bob.measure: CMC not checked, shared/vectors is not there")
        return
    with h5py.File(path, "r") as data:
        non_mated, mated = np.array(data["data-neg"]), np.array(data["data-pos"])
    rows = [[i, 1, repr(float(s))] for i, row in enumerate(mated) for s in row]
    rows += [[i, 0, repr(float(s))] for i, row in enumerate(non_mated) for s in row]
    _, ours = run(program, "identification", write_table(folder, "cmc", ["probe", "mated", "score"], rows))
    expect("bob.measure CMC", "rank_1", ours["rank_1"], 0.76)
    ranks = 1 + (non_mated >= mated.max(axis=1, keepdims=True)).sum(axis=1)
    for rank, share in enumerate(ours["cmc"], 1):
        expect("bob.measure CMC", f"rank {rank}", share, (ranks <= rank).mean())


def check_delong(sets):
    """All at once: R takes a second to start."""
    if shutil.which("Rscript") is None:
        print("pROC: not checked, R is not installed")
        return
    lines = ["suppressMessages(library(pROC)); options(digits = 17)"]
    for _, high, low, _ in sets:
        values = ",".join(repr(float(s)) for s in np.concatenate([high, low]))
        lines.append(f"y <- c(rep(1,{len(high)}),rep(0,{len(low)})); x <- c({values}); "
                     "cat(as.numeric(suppressWarnings(ci.auc(roc(y,x,quiet=TRUE,direction='<',levels=c(0,1))))),'\\n')")
    done = subprocess.run(["Rscript", "-"], input="\n".join(lines), capture_output=True, text=True)
    if done.returncode != 0:
        print("pROC: not checked, " + done.stderr.strip().split("\n")[0])
        return
    for (where, _, _, ours), line in zip(sets, done.stdout.strip().split("\n")):
        low, _, high = map(float, line.split())
        expect(where, "auc_interval low (pROC)", ours["auc_interval"][0], low, 1e-9)
        expect(where, "auc_interval high (pROC)", ours["auc_interval"][1], high, 1e-9)
    print(f"pROC: {len(sets)} DeLong intervals compared")


def check_one_class(program, folder):
    for content in ("mated,score\n1,0.5\n", "mated,score\n", "mated,score\n1,0.5\n0,nan\n"):
        path = os.path.join(folder, "bad.csv")
        with open(path, "w") as out:
            out.write(content)
        code, answer = run(program, "verification", path)
        if code != 3 or "error" not in answer:
            failures.append(f"{content!r}: expected exit code 3 and an error, got {code} and {answer}")


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 150
    rng = np.random.default_rng(1)
    kinds = ["normal", "ties", "one", "small", "infinite", "large"]
    sets = [(f"set{i}_{kinds[i % len(kinds)]}", *random_set(rng, kinds[i % len(kinds)])) for i in range(count)]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        checked = list(pool.map(lambda s: check_verification(program, folder, *s), sets))
        list(pool.map(lambda s: check_detection(program, folder, *s),
                      [s for s in sets if np.isfinite(s[1]).all() and np.isfinite(s[2]).all()]))
        for i in range(count // 5):
            check_pad(program, folder, f"pad{i}", rng)
            check_attribution(program, folder, f"attribution{i}", rng)
            check_tandem(program, folder, f"tandem{i}", rng)
        check_bob(program, folder)
        check_one_class(program, folder)
        check_delong([c for c in checked if c is not None and len(c[1]) < 200][:300])
    for failure in failures[:40]:
        print(failure)
    print(f"{count} score sets, {len(failures)} deviations above {TOLERANCE}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
