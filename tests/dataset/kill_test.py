"""A build that is killed at random moments, several times, and started again, is byte for byte the undisturbed one."""

import random
import signal
import subprocess
import time

from support import Bench


def main():
    bench = Bench()
    start = time.monotonic()
    built = bench.build("undisturbed", "--jobs", "2")
    duration = time.monotonic() - start
    wanted = bench.tree("undisturbed")
    seed = random.SystemRandom().randrange(1 << 30)
    print(f"{built['items']} items in {duration:.1f} s; seed of the kills {seed}")
    moments = random.Random(seed)
    kills = 0
    for round_ in range(2):
        out = f"killed{round_}"
        for _ in range(6):
            process = subprocess.Popen(bench.command(out, "--jobs", "2", "--quiet"),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(timeout=moments.uniform(0.05, 0.6) * duration)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
        bench.build(out, "--jobs", "2")
        bench.expect_same(out, wanted, f"after kills (seed {seed})")
        assert bench.run("dataset", "verify", bench.root / out).returncode == 0
    assert kills >= 4, f"only {kills} builds could be killed: the test shows nothing"
    print(f"{kills} kills; both trees are the undisturbed one ({len(wanted)} files and folders)")


main()
