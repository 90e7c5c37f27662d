"""Compares every figure of metrics/ with a second implementation, over random score sets with ties, infinities, one
score, one value, empty parts.

usage: figures.py FIGURES [SETS]        FIGURES: the program of figures.cpp; SETS of each kind, 1,000 if not given

The second implementations are scikit-learn and SciPy where these have the figure, R's pROC for DeLong, and else NumPy
written straight from the definition that docs/metrics.md names, counting one threshold at a time.

Exit code 77 (ctest: skipped) where scikit-learn is missing: tools/setup --oracles.
"""
import itertools
import json
import shutil
import subprocess
import sys
import warnings

import second_python

try:
    import numpy as np
    from scipy import stats
    from scipy.optimize import linear_sum_assignment
    from sklearn import metrics as sk
    from sklearn.isotonic import IsotonicRegression
except ImportError:
    second_python.skip("scikit-learn")

TOLERANCE = 1e-9
failures = []
compared = 0
largest = 0.0


def expect(where, name, ours, theirs):
    global compared, largest
    compared += 1
    if ours is None or theirs is None:
        good = ours is None and theirs is None
    else:
        ours = {"inf": np.inf, "-inf": -np.inf}.get(ours, ours)
        good = ours == theirs or abs(ours - theirs) <= TOLERANCE
        if good and ours != theirs:
            largest = max(largest, abs(ours - theirs))
    if not good:
        failures.append(f"{where}: {name}: kyclops says {ours}, expected {theirs}")


def plain(values):
    """For JSON, which has no infinities."""
    return [float(v) if np.isfinite(v) else ("inf" if v > 0 else "-inf") for v in values]


def scores(rng, kind, size=None):
    n = {"one": 1, "small": int(rng.integers(1, 6)), "large": int(rng.integers(150, 700))}.get(kind, int(rng.integers(2, 90)))
    out = rng.normal(rng.uniform(-0.5, 2), rng.uniform(0.3, 2), size or n)
    if kind in ("ties", "one", "small") or rng.random() < 0.3:
        step = rng.choice([0.25, 0.5, 1, 4])
        out = np.round(out / step) * step
    if kind == "constant":
        out[:] = np.round(out[0])
    if kind == "infinite":
        out[rng.integers(len(out))] = np.inf
        if rng.random() < 0.6:
            out[rng.integers(len(out))] = -np.inf
    return out + 0.0


KINDS = ["normal", "ties", "one", "small", "infinite", "large", "constant"]


def finite(high, low):
    """The same order without infinities, which scikit-learn refuses."""
    values, ranks = np.unique(np.concatenate([high, low]), return_inverse=True)
    return (high, low) if np.isfinite(values).all() else (1.0 * ranks[: len(high)], 1.0 * ranks[len(high):])


def points(high, low):
    """FMR and FNMR at every score, rising, and above all of them."""
    thresholds = np.unique(np.concatenate([high, low]))
    fmr = np.append((low[None, :] >= thresholds[:, None]).mean(axis=1), 0.0)
    fnmr = np.append((high[None, :] < thresholds[:, None]).mean(axis=1), 1.0)
    return thresholds, fmr, fnmr


# ---- comparison, detection ---------------------------------------------------------------------------------------------

def make_verification(rng, kind):
    mated, non_mated = scores(rng, kind), scores(rng, kind)
    other = [scores(rng, "ties"), scores(rng, "ties")]
    return {"mated": plain(mated), "non_mated": plain(non_mated), "threshold": float(np.round(rng.normal(), 1)),
            "fta": float(rng.random() * 0.3), "fte": float(rng.random() * 0.3),
            "other_mated": plain(other[0]), "other_non_mated": plain(other[1])}, (mated, non_mated, *other)


def epc(mated, non_mated, other_mated, other_non_mated):
    """Threshold of the least weighted error on the first, lowest FMR + FNMR of several, then the lowest; half total
    error on the others. Weights and counts as integers, so that equal is equal."""
    thresholds, _, _ = points(mated, non_mated)
    thresholds = np.append(thresholds, np.nextafter(thresholds[-1], np.inf))
    fm = np.array([(non_mated >= t).sum() for t in thresholds])
    fn = np.array([(mated < t).sum() for t in thresholds])
    m, n, out = len(mated), len(non_mated), []
    fm[-1], fn[-1] = 0, m  # the limit that accepts nothing, also where a score is infinite
    for quarter in range(5):
        cost = quarter * fm * m + (4 - quarter) * fn * n
        best = min(range(len(thresholds)), key=lambda i: (cost[i], fm[i] * m + fn[i] * n, i))
        t = thresholds[best]
        out.append(((other_non_mated >= t).mean() + (other_mated < t).mean()) / 2)
    return out


def check_verification(where, given, arrays, ours):
    mated, non_mated, other_mated, other_non_mated = arrays
    labels = np.r_[np.ones(len(mated)), np.zeros(len(non_mated))]
    ranked = np.concatenate(finite(mated, non_mated))
    thresholds, fmr, fnmr = points(mated, non_mated)
    expect(where, "auc", ours["auc"], sk.roc_auc_score(labels, ranked))
    expect(where, "ap", ours["ap"], sk.average_precision_score(labels, ranked))
    gap = np.abs(fmr - fnmr)
    nearest = np.flatnonzero(gap <= gap.min() + 1e-13)[0]
    expect(where, "eer", ours["eer"], (fmr[nearest] + fnmr[nearest]) / 2)
    after = np.flatnonzero(fnmr - fmr >= -1e-13)[0]
    if after == 0:  # all scores at or above the threshold on both sides already
        crossing, fvc = fmr[0], (fmr[0] + fnmr[0]) / 2
    else:
        above, below = fmr[after - 1] - fnmr[after - 1], fnmr[after] - fmr[after]
        crossing = fmr[after - 1] + above / (above + below) * (fmr[after] - fmr[after - 1])
        on_it = abs(below) <= 1e-13
        choice = after if on_it else min((after - 1, after), key=lambda i: fmr[i] + fnmr[i])
        fvc = (fmr[choice] + fnmr[choice]) / 2
    expect(where, "eer_interpolated", ours["eer_interpolated"], crossing)
    expect(where, "eer_fvc", ours["eer_fvc"], fvc)
    if len(fmr) < 120:  # the least over all pairs of points of where their line crosses the diagonal
        a, b = np.flatnonzero(fmr >= fnmr), np.flatnonzero(fmr <= fnmr)
        da, db = (fmr - fnmr)[a][:, None], (fnmr - fmr)[b][None, :]
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.where(da + db > 0, da / (da + db), 0.0)
        expect(where, "eer_convex_hull", ours["eer_convex_hull"],
               (fmr[a][:, None] + part * (fmr[b][None, :] - fmr[a][:, None])).min())
    for limit, key in ((0.01, "fmr100"), (0.001, "fmr1000"), (0.0001, "fmr10000"), (0.0, "zero_fmr")):
        expect(where, key, ours[key], fnmr[fmr <= limit + 1e-15].min())
    expect(where, "zero_fnmr", ours["zero_fnmr"], fmr[fnmr <= 0].min())
    expect(where, "fmr_at_fnmr", ours["fmr_at_fnmr"], fmr[fnmr <= 0.05 + 1e-15].min())
    t, fta, fte = given["threshold"], given["fta"], given["fte"]
    a, b = (non_mated >= t).mean(), (mated < t).mean()
    expect(where, "fmr", ours["fmr"], a)
    expect(where, "fnmr", ours["fnmr"], b)
    far, frr = a * (1 - fta), fta + b * (1 - fta)
    expect(where, "far", ours["far"], far)
    expect(where, "frr", ours["frr"], frr)
    expect(where, "gfar", ours["gfar"], far * (1 - fte))
    expect(where, "gfrr", ours["gfrr"], fte + frr * (1 - fte))
    expect(where, "accuracy_at", ours["accuracy_at"], sk.accuracy_score(labels, np.concatenate([mated, non_mated]) >= t))
    expect(where, "accuracy", ours["accuracy"],
           max(1 - (f * len(non_mated) + g * len(mated)) / len(labels) for f, g in zip(fmr, fnmr)))
    everything = np.concatenate([mated, non_mated])
    if np.isfinite(everything).all():
        pooled = np.sqrt((mated.var() + non_mated.var()) / 2)
        if pooled > 1e-6:
            expect(where, "d_prime", ours["d_prime"], (mated.mean() - non_mated.mean()) / pooled)
        elif pooled == 0:
            expect(where, "d_prime", ours["d_prime"], None)
        fpr, tpr, _ = sk.roc_curve(labels, everything, pos_label=1)
        distance = np.abs(1 - tpr - fpr)
        candidates = fpr[distance <= distance.min() + 1e-12]  # rounding decides which of equal ones it prints
        expect(where, "deepfakebench_eer", ours["deepfakebench_eer"],
               candidates[np.argmin(np.abs(candidates - ours["deepfakebench_eer"]))])
    expect(where, "cllr", ours["cllr"],
           (np.logaddexp(0, -mated).mean() + np.logaddexp(0, non_mated).mean()) / 2 / np.log(2))
    expect(where, "min_cllr", ours["min_cllr"], minimal_cllr(*finite(mated, non_mated)))
    for i, hter in enumerate(epc(mated, non_mated, other_mated, other_non_mated)):
        expect(where, f"epc {i}", ours["epc"][i], hter)


def minimal_cllr(mated, non_mated):
    """Isotonic regression of truth on score; posterior odds over prior odds are the best ratios."""
    labels = np.r_[np.ones(len(mated)), np.zeros(len(non_mated))]
    values = np.concatenate([mated, non_mated])
    posterior = IsotonicRegression(out_of_bounds="clip").fit(values, labels).predict(values)
    with np.errstate(divide="ignore"):
        ratio = np.log(posterior) - np.log1p(-posterior) - np.log(len(mated) / len(non_mated))
    return (np.logaddexp(0, -ratio[: len(mated)]).mean() + np.logaddexp(0, ratio[len(mated):]).mean()) / 2 / np.log(2)


def check_delong(sets):
    """All in one process of R."""
    if shutil.which("Rscript") is None:
        print("pROC: NOT checked, R is not installed (tools/setup --oracles)")
        return
    lines = ["suppressMessages(library(pROC)); options(digits = 17)"]
    for _, (mated, non_mated, *_), _ in sets:
        values = ",".join(repr(float(s)) for s in np.concatenate([mated, non_mated]))
        lines.append(f"y <- c(rep(1,{len(mated)}),rep(0,{len(non_mated)})); x <- c({values}); "
                     "cat(as.numeric(suppressWarnings(ci.auc(roc(y,x,quiet=TRUE,direction='<',levels=c(0,1))))),'\\n')")
    done = subprocess.run(["Rscript", "-"], input="\n".join(lines), capture_output=True, text=True)
    if done.returncode != 0:
        print("pROC: NOT checked, " + done.stderr.strip().split("\n")[0])
        return
    for (where, _, ours), line in zip(sets, done.stdout.strip().split("\n")):
        low, _, high = map(float, line.split())
        expect(where, "auc_interval low (pROC)", ours["auc_interval"][0], low)
        expect(where, "auc_interval high (pROC)", ours["auc_interval"][1], high)
    print(f"pROC: {len(sets)} DeLong intervals compared")


# ---- probabilities -----------------------------------------------------------------------------------------------------

def make_probabilities(rng, kind):
    squash = lambda x: 1 / (1 + np.exp(-x))
    yes, no = squash(scores(rng, kind)), squash(-scores(rng, kind))
    if rng.random() < 0.5:
        yes, no = np.round(yes, 1), np.round(no, 1)
    if kind == "constant":
        yes, no = np.ones(len(yes)), np.zeros(len(no))
    bins = int(rng.choice([1, 2, 8, 16]))  # widths that binary fractions have, so that edges are edges
    return {"yes": plain(yes), "no": plain(no), "bins": bins}, (yes, no)


def check_probabilities(where, given, arrays, ours):
    yes, no = arrays
    labels, values = np.r_[np.ones(len(yes)), np.zeros(len(no))], np.concatenate([yes, no])
    expect(where, "brier", ours["brier"], sk.brier_score_loss(labels, values))
    edges = np.linspace(0, 1, given["bins"] + 1)
    counts = np.histogram(values, edges)[0]
    sums, truths = np.histogram(values, edges, weights=values)[0], np.histogram(values, edges, weights=labels)[0]
    expect(where, "ece", ours["ece"], np.abs(sums - truths).sum() / len(values))
    for i, (samples, mean, share) in enumerate(ours["bins"]):
        expect(where, f"bin {i}", samples, int(counts[i]))
        if counts[i]:
            expect(where, f"bin {i} mean", mean, sums[i] / counts[i])
            expect(where, f"bin {i} share", share, truths[i] / counts[i])


# ---- demographics ------------------------------------------------------------------------------------------------------

def make_groups(rng, kind):
    count = 2 if kind == "one" else int(rng.integers(2, 9))
    trials = 4 if kind == "ties" else 200
    rates = rng.binomial(trials, rng.random(2) * (0.02 if kind == "small" else 0.5), (count, 2)) / trials
    if kind == "constant":
        rates[:] = rates[0]
    return {"groups": rates.tolist(), "alpha": float(rng.choice([0, 0.25, 0.5, 1]))}, (rates,)


def gini(values):
    """Mean absolute difference over twice the mean, corrected for few groups."""
    n = len(values)
    if values.sum() == 0:
        return 0.0
    return n / (n - 1) * np.abs(values[:, None] - values[None, :]).sum() / (2 * n * n * values.mean())


def check_groups(where, given, arrays, ours):
    fmr, fnmr = arrays[0].T
    alpha = given["alpha"]
    expect(where, "fdr", ours["fdr"], 1 - alpha * np.ptp(fmr) - (1 - alpha) * np.ptp(fnmr))
    expect(where, "garbe", ours["garbe"], alpha * gini(fmr) + (1 - alpha) * gini(fnmr))
    needed = ([fmr] if alpha > 0 else []) + ([fnmr] if alpha < 1 else [])
    ratio = None
    if all(values.min() > 0 for values in needed):
        ratio = 1.0
        if alpha > 0:
            ratio *= (fmr.max() / fmr.min()) ** alpha
        if alpha < 1:
            ratio *= (fnmr.max() / fnmr.min()) ** (1 - alpha)
    expect(where, "inequity_rate", ours["inequity_rate"], ratio)


# ---- morphs ------------------------------------------------------------------------------------------------------------

def make_morphs(rng, kind):
    shape = [[int(rng.integers(1, 4 if kind != "one" else 2)) for _ in range(rng.integers(2, 4))]
             for _ in range(1 if kind == "one" else rng.integers(1, 12))]
    recognisers = []
    for _ in range(rng.integers(1, 4)):
        draw = lambda n: scores(rng, "infinite" if kind == "infinite" else "ties" if kind == "ties" else "normal", n)
        recognisers.append({"threshold": float(np.round(rng.normal(0.5), 1)), "fnmr": float(rng.random()),
                            "morphs": [[plain(draw(n)) for n in morph] for morph in shape]})
    return {"recognisers": recognisers}, ()


def check_morphs(where, given, _, ours):
    value = lambda s: {"inf": np.inf, "-inf": -np.inf}.get(s, s)
    passed = []  # [recogniser][morph] -> probes accepted of each subject
    for one, said in zip(given["recognisers"], ours["each"]):
        matches = [[np.array([value(s) for s in subject]) >= one["threshold"] for subject in morph] for morph in one["morphs"]]
        mmpmr = np.mean([min(subject.max() for subject in morph) for morph in matches])
        expect(where, "mmpmr", said["mmpmr"], mmpmr)
        expect(where, "product", said["product"], np.mean([np.prod([s.mean() for s in morph]) for morph in matches]))
        expect(where, "rmmr", said["rmmr"], 1 + mmpmr - (1 - one["fnmr"]))
        passed.append([[int(s.sum()) for s in morph] for morph in matches])
    morphs = len(passed[0])
    probes = min(len(s) for morph in given["recognisers"][0]["morphs"] for s in morph)
    for r, c in itertools.product(range(1, probes + 1), range(1, len(passed) + 1)):
        share = np.mean([sum(min(one[m]) >= r for one in passed) >= c for m in range(morphs)])
        expect(where, f"map {r} {c}", ours["map"][r - 1][c - 1], share)


# ---- localisation ------------------------------------------------------------------------------------------------------

def make_masks(rng, kind):
    size = 1 if kind == "one" else int(rng.integers(2, 200))
    truth = (rng.random(size) < rng.choice([0, 0.1, 0.5, 1])).astype(int)
    predicted = np.where(rng.random(size) < 0.7, truth, 1 - truth)
    if kind == "constant":
        predicted[:] = 0
    values = np.round(rng.random(size) * 0.5 + truth * 0.3, 1 if kind == "ties" else 6)
    return {"truth": truth.tolist(), "predicted": predicted.tolist(), "scores": plain(values),
            "threshold": float(rng.choice([0.3, 0.5])), "both": bool(0 < truth.sum() < size)}, (truth, predicted, values)


def check_masks(where, given, arrays, ours):
    truth, predicted, values = arrays
    for name, mask in (("mask_iou", predicted), ("score_iou", (values >= given["threshold"]).astype(int))):
        none = truth.sum() + mask.sum() == 0
        expect(where, name, ours[name], None if none else sk.jaccard_score(truth, mask))
    if given["both"]:
        expect(where, "pixel_auc", ours["pixel_auc"], sk.roc_auc_score(truth, values))


def make_segments(rng, kind):
    grid = 1 if kind == "ties" else 0.001
    draw = lambda: (lambda a, b: [str(rng.integers(2)), float(a), float(a + b)])(
        np.round(rng.random() * 10 / grid) * grid, max(grid, np.round(rng.random() * 4 / grid) * grid))
    truth = [draw() for _ in range(1 if kind == "one" else rng.integers(1, 8))]
    predicted = [[*draw(), float(np.round(rng.random(), 1 if kind == "ties" else 6))] for _ in range(rng.integers(0, 12))]
    for one in truth:
        if rng.random() < 0.6:  # near a true one
            shift = rng.normal(0, 0.3, 2)
            start, end = one[1] + shift[0], one[2] + shift[1]
            if end > start + 0.01:
                predicted.append([one[0], float(start), float(end), float(rng.random())])
    return {"truth": truth, "predicted": predicted}, ()


def overlap(a, b):
    both = max(0.0, min(a[2], b[2]) - max(a[1], b[1])) if a[0] == b[0] else 0.0
    return both / ((a[2] - a[1]) + (b[2] - b[1]) - both)


def hits(truth, predicted, least):
    """Predictions by falling score; each takes the free true segment of the largest overlap."""
    free = set(range(len(truth)))
    out = []
    for one in predicted:
        best = max(free, key=lambda k: (overlap(one, truth[k]), -k), default=None)
        right = best is not None and overlap(one, truth[best]) > 0 and overlap(one, truth[best]) >= least
        if right:
            free.remove(best)
        out.append(right)
    return np.array(out, dtype=float)


def check_segments(where, given, _, ours):
    truth = given["truth"]
    predicted = sorted(given["predicted"], key=lambda p: -p[3])
    for least, said in zip((0.3, 0.5, 0.75), ours["ap"]):
        right = hits(truth, predicted, least)
        area = 0.0
        if len(right):
            found = np.cumsum(right)
            recall, precision = found / len(truth), found / np.arange(1, len(right) + 1)
            for step in np.unique(recall[recall > 0]):  # area under the envelope of precision over recall
                before = recall[recall < step].max() if (recall < step).any() else 0.0
                area += (step - before) * precision[recall >= step].max()
        expect(where, f"ap at {least}", said, area)
    for count, said in zip((1, 2, 5), ours["ar"]):
        seen, kept = {}, []
        for one in predicted:
            seen[one[0]] = seen.get(one[0], 0) + 1
            if seen[one[0]] <= count:
                kept.append(one)
        expect(where, f"ar at {count}", said,
               np.mean([hits(truth, kept, (50 + 5 * k) / 100).sum() / len(truth) for k in range(10)]))


# ---- search ------------------------------------------------------------------------------------------------------------

def make_searches(rng, kind):
    part = {"one": 1, "small": 2}.get(kind, int(rng.integers(2, 25)))
    gallery = 1 if kind == "one" else int(rng.integers(1, 30))
    draw = lambda n: scores(rng, "infinite" if kind == "infinite" else "ties" if kind == "ties" else "normal", n)
    with_mate = [(draw(rng.integers(1, 3)) + 1, draw(gallery)) for _ in range(part)]
    without = [(np.array([]), draw(gallery)) for _ in range(part)]
    every = with_mate + without
    return {"searches": [[plain(a), plain(b)] for a, b in every], "threshold": float(np.round(rng.normal(1.5), 1))}, (with_mate, without)


def check_searches(where, given, arrays, ours):
    with_mate, without = arrays
    t = given["threshold"]
    best = np.array([m.max() for m, _ in with_mate])
    rank = np.array([1 + (n >= m.max()).sum() for m, n in with_mate])
    alarms = np.array([n.max() for _, n in without])
    expect(where, "ranks", len(ours["cmc"]), int(rank.max()))
    for r, share in enumerate(ours["cmc"], 1):
        expect(where, f"cmc {r}", share, (rank <= r).mean())
    expect(where, "fpir", ours["fpir"], (alarms >= t).mean())
    for limit, said in zip((None, 1, 2), ours["fnir"]):
        expect(where, f"fnir {limit}", said, ((best < t) | ((rank > limit) if limit else False)).mean())
    tries = np.unique(np.concatenate([best, alarms]))
    tries = np.append(tries, np.nextafter(tries[-1], np.inf))
    fpir = np.array([(alarms >= x).mean() for x in tries])
    for limit, said in zip((0.0, 0.01, 0.1, 0.5), ours["at"]):
        allowed = np.flatnonzero(fpir <= limit + 1e-15)
        if len(allowed) == 0:
            continue  # an infinite score of a stranger is returned at every threshold there is
        expect(where, f"fpir at {limit}", said[0], fpir[allowed[0]])
        expect(where, f"fnir at {limit}", said[1], (best < tries[allowed[0]]).mean())


# ---- attack detection --------------------------------------------------------------------------------------------------

def make_tandem(rng, kind):
    mated, non_mated, attacks = scores(rng, kind) + 2, scores(rng, kind), scores(rng, kind) + 1
    bona_fide, fakes = scores(rng, kind) - 1, scores(rng, kind) + 0.5
    return {"mated": plain(mated), "non_mated": plain(non_mated), "attacks": plain(attacks),
            "detector_bona_fide": plain(bona_fide), "detector_attacks": plain(fakes),
            "threshold": float(np.round(rng.normal(1), 1)), "apcer": float(rng.random()), "bpcer": float(rng.random())}, (
                mated, non_mated, attacks, bona_fide, fakes)


def check_tandem(where, given, arrays, ours):
    """The formulas of the ASVspoof papers, in their own terms: v1 of Kinnunen et al. 2018, equation 3; v2 of 2020,
    equations 10 and 11."""
    mated, non_mated, attacks, bona_fide, fakes = arrays
    t = given["threshold"]
    p_fa, p_miss, p_spoof = (non_mated >= t).mean(), (mated < t).mean(), (attacks >= t).mean()
    tries, _, _ = points(fakes, bona_fide)
    miss_cm = np.append([(bona_fide >= x).mean() for x in tries], 0.0)
    fa_cm = np.append([(fakes < x).mean() for x in tries], 1.0)
    spoof, target, non = 0.05, 0.95 * 0.99, 0.95 * 0.01
    c1, c2 = target * (1 - p_miss) - non * 10 * p_fa, 10 * spoof * p_spoof
    for version in ("v1", "v2"):
        c0 = 0.0
        if version == "v2":
            c0 = target * p_miss + non * 10 * p_fa
            c1 = target - c0
        norm = c0 + min(c1, c2)
        if c1 < 0 or norm <= 0:
            if min(abs(c1), abs(norm)) > 1e-12:
                expect(where, f"{version} is refused", ours[version], None)
            continue
        expect(where, f"min t-DCF {version}", ours[version][0], ((c0 + c1 * miss_cm + c2 * fa_cm) / norm).min())
        expect(where, f"t-DCF {version}", ours[version][1], (c0 + c1 * given["bpcer"] + c2 * given["apcer"]) / norm)


def make_pad(rng, kind):
    species = [(scores(rng, kind) + 1, int(rng.integers(0, 4))) for _ in range(rng.integers(1, 5))]
    bona_fide = (scores(rng, kind), int(rng.integers(0, 4)))
    attempts = int(rng.integers(1, 300))
    return {"species": [[plain(s), n] for s, n in species], "bona_fide": [plain(bona_fide[0]), bona_fide[1]],
            "threshold": float(np.round(rng.normal(0.5), 1)), "attempts": attempts,
            "accepted": int(rng.integers(0, attempts + 1)), "frr": float(rng.random())}, (species, bona_fide)


def check_pad(where, given, arrays, ours):
    species, (bona_fide, unanswered) = arrays
    t = given["threshold"]
    apcer = np.array([(s < t).mean() for s, _ in species])
    bpcer = (bona_fide >= t).mean()
    for (s, n), said in zip(species, ours["species"]):
        expect(where, "apcer of a species", said[0], (s < t).mean())
        expect(where, "apnrr", said[1], n / (n + len(s)))
    pooled = np.concatenate([s for s, _ in species])
    expect(where, "apcer", ours["apcer"], apcer.max())
    expect(where, "bpcer", ours["bpcer"], bpcer)
    expect(where, "bpnrr", ours["bpnrr"], unanswered / (unanswered + len(bona_fide)))
    expect(where, "acer", ours["acer"], (apcer.max() + bpcer) / 2)
    expect(where, "hter", ours["hter"], ((pooled < t).mean() + bpcer) / 2)
    tries, _, _ = points(pooled, bona_fide)
    worst = np.append([max((s < x).mean() for s, _ in species) for x in tries], 1.0)
    refused = np.append([(bona_fide >= x).mean() for x in tries], 0.0)
    if np.isfinite(np.concatenate([pooled, bona_fide])).all():
        for limit, said in zip((0.1, 0.05, 0.01), ours["bpcer_at"]):
            expect(where, f"bpcer at apcer {limit}", said, refused[worst <= limit + 1e-15].min())
        expect(where, "apcer at bpcer 0.1", ours["apcer_at"], worst[refused <= 0.1 + 1e-15].min())
        gap = np.abs(worst - refused)
        expect(where, "d_eer", ours["d_eer"],
               min(((worst[i] + refused[i]) / 2 for i in np.flatnonzero(gap <= gap.min() + 1e-13)),
                   key=lambda v: abs(v - ours["d_eer"])))
    k, n = given["accepted"], given["attempts"]
    expect(where, "iapar", ours["iapar"], k / n)
    expect(where, "riapar", ours["riapar"], k / n + given["frr"])
    exact = stats.binomtest(k, n).proportion_ci(0.95, "exact")
    wilson = stats.binomtest(k, n).proportion_ci(0.95, "wilson")
    for name, said, interval in (("exact", ours["iapar_interval"], exact), ("wilson", ours["wilson"], wilson)):
        expect(where, name + " low", said[0], interval.low)
        expect(where, name + " high", said[1], interval.high)


# ---- attribution -------------------------------------------------------------------------------------------------------

def make_labels(rng, kind):
    size = 1 if kind == "one" else int(rng.integers(2, 200))
    truth = rng.integers(0, 1 if kind == "constant" else rng.integers(1, 9), size)
    predicted = np.where(rng.random(size) < 0.6, 8 - truth, rng.integers(0, 12, size))
    return {"truth": truth.tolist(), "predicted": predicted.tolist()}, (truth, predicted)


def check_labels(where, _, arrays, ours):
    truth, predicted = arrays
    expect(where, "accuracy", ours["accuracy"], sk.accuracy_score(truth, predicted))
    expect(where, "nmi", ours["nmi"], sk.normalized_mutual_info_score(truth, predicted))
    expect(where, "ari", ours["ari"], sk.adjusted_rand_score(truth, predicted))
    table = sk.cluster.contingency_matrix(truth, predicted)
    rows, columns = linear_sum_assignment(table, maximize=True)
    expect(where, "mapped_accuracy", ours["mapped_accuracy"], table[rows, columns].sum() / len(truth))


KINDS_OF_SETS = ["verification", "probabilities", "groups", "morphs", "masks", "segments", "searches", "tandem", "pad",
                 "labels"]


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    rng = np.random.default_rng(2)
    tasks = []
    for name in KINDS_OF_SETS:
        for i in range(count):
            kind = KINDS[i % len(KINDS)]
            given, arrays = globals()["make_" + name](rng, kind)
            tasks.append((name, f"{name} {i} ({kind})", {"kind": name, **given}, arrays))
    text = "".join(json.dumps(given) + "\n" for _, _, given, _ in tasks)
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(tasks), (len(answers), len(tasks))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's of single classes
        for (name, where, given, arrays), ours in zip(tasks, answers):
            if "error" in ours:
                failures.append(f"{where}: {ours['error']}")
            else:
                globals()["check_" + name](where, given, arrays, ours)
        check_delong([(where, arrays, ours) for (name, where, _, arrays), ours in zip(tasks, answers)
                      if name == "verification" and "auc_interval" in ours and
                      np.isfinite(np.concatenate(arrays[:2])).all()])
    for failure in failures[:40]:
        print(failure)
    print(f"{count} sets of each of {len(KINDS_OF_SETS)} kinds: {compared} figures compared, {len(failures)} deviate by "
          f"more than {TOLERANCE}; the largest other deviation is {largest:.2g}")
    sys.exit(1 if failures or compared < 50 * count else 0)


if __name__ == "__main__":
    main()
