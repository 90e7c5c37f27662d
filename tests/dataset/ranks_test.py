"""Four processes under mpirun make the tree that one makes; one that is killed loses its item only."""

import os
import shutil
import signal
import subprocess
import sys
import time

from support import Bench

MPIRUN = ["mpirun", "-n", "4", "--oversubscribe", "--allow-run-as-root"]


def rank_of(pid):
    """Which rank of an mpirun a process is, or None."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as environment:
            for entry in environment.read().split(b"\0"):
                if entry.startswith(b"OMPI_COMM_WORLD_RANK="):
                    return int(entry.split(b"=")[1])
    except OSError:
        pass
    return None


def child_with_rank(pid, rank):
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="ascii") as stat:
                    parent = int(stat.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if parent == pid and rank_of(entry) == rank:
                return int(entry)
    return None


def build_with_ranks(bench, out, kill=False, flags=()):
    """The exit code and the output; with kill, the last rank dies by SIGKILL as soon as anybody finished an item.

    Not earlier: until then the ranks may still be joining each other, and MPI waits for ever for one that dies
    while it joins. The last rank, because nobody gets the first one's words through it."""
    process = subprocess.Popen(MPIRUN + list(flags) + bench.command(out, "--jobs", "1", "--quiet"),
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        if kill:
            while process.poll() is None and not bench.items_done(out):
                time.sleep(0.002)
            victim = child_with_rank(process.pid, 3)
            assert victim is not None, "the build was over before a rank could be killed: the test shows nothing"
            os.kill(victim, signal.SIGKILL)
        output = process.communicate(timeout=120)[0]
    finally:
        process.kill()
    return process.returncode, output


class Namespaces:
    """Two network namespaces joined by a cable: two machines, as far as Open MPI can tell."""

    def __init__(self, root):
        self.names = [f"kyc{os.getpid()}{letter}" for letter in "ab"]
        self.agent = root / "agent"  # mpirun's ssh: AGENT HOST COMMAND...
        self.agent.write_text(
            # Each machine has its own /tmp: Open MPI's daemons trip over each other's folders in a shared one.
            f'#!/bin/sh\nhost=$1\nshift\nexport TMPDIR={root}/tmp_$host\nmkdir -p $TMPDIR\n'
            f'exec ip netns exec kyc{os.getpid()}$host sh -c "$*"\n', encoding="ascii")
        self.agent.chmod(0o755)

    def __enter__(self):
        try:
            for name in self.names:
                self._run("ip", "netns", "add", name)
            cables = [f"k{os.getpid()}{letter}" for letter in "ab"]
            self._run("ip", "link", "add", cables[0], "type", "veth", "peer", "name", cables[1])
            for number, (name, cable) in enumerate(zip(self.names, cables), 1):
                self._run("ip", "link", "set", cable, "netns", name)
                self._run("ip", "-n", name, "addr", "add", f"10.77.0.{number}/24", "dev", cable)
                self._run("ip", "-n", name, "link", "set", "lo", "up")
                self._run("ip", "-n", name, "link", "set", cable, "up")
        except (OSError, subprocess.CalledProcessError):
            self.__exit__()
            return None
        return self

    def __exit__(self, *_):
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], check=False, stderr=subprocess.DEVNULL)

    @staticmethod
    def _run(*command):
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)

    def mpirun(self):
        net = "10.77.0.0/24"
        return ["ip", "netns", "exec", self.names[0], "mpirun", "-n", "4", "--allow-run-as-root", "--host", "a:2,b:2",
                "--mca", "plm_rsh_agent", str(self.agent), "--mca", "btl", "tcp,self",
                "--mca", "btl_tcp_if_include", net, "--mca", "oob_tcp_if_include", net]


def across_namespaces(bench, wanted):
    with Namespaces(bench.root) as namespaces:
        if namespaces is None:
            print("network namespaces: not tried, this machine does not let us make any")
            return
        done = subprocess.run(namespaces.mpirun() + bench.command("across", "--jobs", "1", "--quiet"),
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
    bench.expect_same("across", wanted, "two ranks in each of two network namespaces")
    print("two ranks in each of two network namespaces: the same tree")


def main():
    bench = Bench()
    if shutil.which("mpirun") is None:
        print("skipped: no mpirun")
        sys.exit(77)
    bench.build("alone", "--jobs", "1")
    wanted = bench.tree("alone")

    code, output = build_with_ranks(bench, "ranks")
    assert code == 0, output
    bench.expect_same("ranks", wanted, "4 ranks")

    # By default mpirun ends all ranks when one dies: what is finished stays, the next start does the rest.
    code, output = build_with_ranks(bench, "killed", kill=True)
    print(f"one rank killed: mpirun ends with {code}")
    code, output = build_with_ranks(bench, "killed")
    assert code == 0, output
    bench.expect_same("killed", wanted, "after the death of a rank")

    # With recovery the others go on, and take over the item of the dead one.
    code, output = build_with_ranks(bench, "survived", kill=True, flags=["--enable-recovery"])
    print(f"one rank killed, with recovery: mpirun ends with {code}")
    bench.expect_same("survived", wanted, "the other ranks after the death of one")
    across_namespaces(bench, wanted)
    print(f"all trees are the one that a single process made ({len(wanted)} files and folders)")


main()
