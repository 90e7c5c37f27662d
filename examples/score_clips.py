#!/usr/bin/env python3
"""A detector of one's own for `kyclops evaluate liveness|detection --detector program:...` (docs/evaluation.md).

  kyclops evaluate detection --data SET --detector 'program:python3 examples/score_clips.py' --threshold 0.5

Reads "ID<tab>PATH" lines, writes "ID<tab>SCORE" or "ID<tab>-<tab>REASON". This one calls small files attacks, which is
nonsense, but shows the protocol; put your own detector into score().
"""
import os
import sys


def score(path):
    size = os.path.getsize(path)
    if size == 0:
        raise ValueError("empty file")
    return 1 / (1 + size / 1e5)


for line in sys.stdin:
    number, path = line.rstrip("\n").split("\t", 1)
    try:
        print(f"{number}\t{score(path):.6f}", flush=True)
    except (OSError, ValueError) as error:
        print(f"{number}\t-\t{error}", flush=True)
