#!/usr/bin/env python3
"""Recomputes the figures of a verification report from its score file, with Python's standard library only.

  report.py FOLDER     folder of a report of `kyclops evaluate verification`

Exit code 0: every figure and every count in the summary agrees; 1: one does not.
"""
import collections
import csv
import json
import math
import pathlib
import re
import sys


def at_least(events, trials, p):
    """Probability of `events` or more, by its definition."""
    return math.fsum(math.comb(trials, k) * p**k * (1 - p)**(trials - k) for k in range(events, trials + 1))


def solve(goes_up, target):
    """Where a rising function of p in [0, 1] reaches the target."""
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if goes_up(middle) < target else (low, middle)
    return (low + high) / 2


def clopper_pearson(events, trials):
    low = 0.0 if events == 0 else solve(lambda p: at_least(events, trials, p), 0.025)
    high = 1.0 if events == trials else solve(lambda p: at_least(events + 1, trials, p), 0.975)
    return low, high


def expected_figures(rows):
    answered = [row for row in rows if row["verdict"]]
    of = lambda kind: [row for row in answered if row["kind"] == kind]
    accepted = lambda part: sum(row["verdict"] == "accepted" for row in part)
    out = {}
    attacks, mated, impostors = of("attack"), of("mated"), of("non_mated")
    groups = collections.defaultdict(list)
    for row in attacks:
        species, compression = row["species"], row["compression"]
        groups[species].append(row)
        if compression:
            groups[compression].append(row)
            groups[f"{species},{compression}"].append(row)
    for name, part in groups.items():
        out[f"iapar[{name}]"] = (accepted(part), len(part))
    species = sorted({row["species"] for row in attacks})
    if species:
        worst = max(species, key=lambda name: accepted(groups[name]) / len(groups[name]))
        out["iapar"] = (accepted(groups[worst]), len(groups[worst]))
        out["iapar_pooled"] = (accepted(attacks), len(attacks))
    if mated:
        out["frr"] = (len(mated) - accepted(mated), len(mated))
        out["review_rate"] = (sum(row["verdict"] == "review" for row in mated), len(mated))
        for compression in {row["compression"] for row in mated} - {""}:
            part = [row for row in mated if row["compression"] == compression]
            out[f"frr[{compression}]"] = (len(part) - accepted(part), len(part))
    if impostors:
        out["far"] = (accepted(impostors), len(impostors))
    return out


def summary_numbers(report, rows):
    """What the sentences say, against the rows: (what, said, expected)."""
    text = "\n".join(sentence["text"] for sentence in report["summary"])
    answered = [row for row in rows if row["verdict"]]
    count = lambda kind, ok=False: sum(row["kind"] == kind and (not ok or row["verdict"] == "accepted") for row in answered)
    for kind, pattern in (("mated", r"(\d+) of (\d+) bona fide attempts? got in"), ("attack", r"(\d+) of (\d+) attacks? got in"),
                          ("non_mated", r"(\d+) of (\d+) impostors? who")):
        found = re.search(pattern, text)
        if found:
            yield kind, (int(found[1]), int(found[2])), (count(kind, True), count(kind))
    attacks = [row for row in answered if row["kind"] == "attack"]
    for key in ("species", "compression"):
        line = re.search(rf"got in, by {key}: (.*)\.", text)
        for name, inside, whole in re.findall(r"(\S+) (\d+) of (\d+)", line[1] if line else ""):
            part = [row for row in attacks if row[key] == name]
            yield f"{key} {name}", (int(inside), int(whole)), (sum(r["verdict"] == "accepted" for r in part), len(part))
    stopped = re.search(r"The other (\d+) were stopped by: (.*)\.", text)
    if stopped:
        reasons = collections.Counter(r["reasons"].split("|")[0] for r in attacks if r["verdict"] != "accepted")
        yield "stopped", int(stopped[1]), sum(reasons.values())
        said = [int(n) for n in re.findall(r"\((\d+)\)", stopped[2])]
        yield "reasons", said, sorted(reasons.values(), reverse=True)[:len(said)]


def main():
    folder = pathlib.Path(sys.argv[1])
    report = json.loads((folder / "report.json").read_text())
    with open(folder / "scores/decisions.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    figures = {figure["key"]: figure for figure in report["figures"]}
    wrong = checked = 0
    for key, (events, trials) in expected_figures(rows).items():
        figure = figures.get(key)
        low, high = clopper_pearson(events, trials)
        ok = (figure is not None and (figure["events"], figure["trials"]) == (events, trials) and
              abs(figure["value"] - events / trials) < 1e-15 and
              abs(figure["interval"][0] - low) < 1e-9 and abs(figure["interval"][1] - high) < 1e-9)
        checked += 1
        wrong += not ok
        if not ok:
            print(f"{key}: expected {events} of {trials} [{low}, {high}], the report has {figure}")
    for what, said, expected in summary_numbers(report, rows):
        checked += 1
        wrong += said != expected
        if said != expected:
            print(f"summary, {what}: says {said}, expected {expected}")
    print(f"{checked - wrong} of {checked} figures agree ({len(rows)} decisions)")
    return 1 if wrong or checked == 0 else 0


sys.exit(main())
