"""Four processes under mpirun make the tree that one makes; one that is killed loses its item only."""

import os
import shutil
import signal
import subprocess
import sys
import time

from support import Bench

MPIRUN = ["mpirun", "-n", "4", "--oversubscribe", "--allow-run-as-root"]


def children_of(pid):
    out = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="ascii") as stat:
                    if int(stat.read().rsplit(")", 1)[1].split()[1]) == pid:
                        out.append(int(entry))
            except OSError:
                pass
    return out


def build_with_ranks(bench, out, kill_after=None, flags=()):
    """The exit code; with kill_after, one rank (not the first) dies by SIGKILL after so many seconds."""
    process = subprocess.Popen(MPIRUN + list(flags) + bench.command(out, "--jobs", "1", "--quiet"),
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if kill_after is not None:
        time.sleep(kill_after)
        ranks = sorted(children_of(process.pid))
        if len(ranks) == 4:
            os.kill(ranks[2], signal.SIGKILL)
    output = process.communicate(timeout=600)[0]
    return process.returncode, output


def main():
    bench = Bench()
    if shutil.which("mpirun") is None:
        print("skipped: no mpirun")
        sys.exit(77)
    start = time.monotonic()
    bench.build("alone", "--jobs", "1")
    duration = time.monotonic() - start
    wanted = bench.tree("alone")

    code, output = build_with_ranks(bench, "ranks")
    assert code == 0, output
    bench.expect_same("ranks", wanted, "4 ranks")

    # By default mpirun ends all ranks when one dies: what is finished stays, the next start does the rest.
    code, output = build_with_ranks(bench, "killed", kill_after=0.35 * duration)
    print(f"one rank killed: mpirun ends with {code}")
    code, output = build_with_ranks(bench, "killed")
    assert code == 0, output
    bench.expect_same("killed", wanted, "after the death of a rank")

    # With recovery the others go on, and take over the item of the dead one.
    code, output = build_with_ranks(bench, "survived", kill_after=0.35 * duration, flags=["--enable-recovery"])
    print(f"one rank killed, with recovery: mpirun ends with {code}")
    bench.expect_same("survived", wanted, "the other ranks after the death of one")
    print(f"all trees are the one that a single process made ({len(wanted)} files and folders)")


main()
