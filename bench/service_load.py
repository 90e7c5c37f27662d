#!/usr/bin/env python3
"""The service under load, on this machine: what docs/performance.md says of it is what this prints.

  bench/service_load.py build/dev/src/kyc/cli/kyclops reads       light reads, with an idle and with a full worker pool (wrk)
  bench/service_load.py build/dev/src/kyc/cli/kyclops verify 4    verifications, so many in each of five turns, beside the command-line program's
  bench/service_load.py build/dev/src/kyc/cli/kyclops mixed 30    minutes of everything: errors, and memory over time

Needs the sample media (tools/setup), and Debian's wrk for the reads.
"""

import collections
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = pathlib.Path(sys.argv[1]).resolve()
MODE = sys.argv[2] if len(sys.argv) > 2 else "reads"
MUCH = float(sys.argv[3]) if len(sys.argv) > 3 else None
sys.argv = [sys.argv[0], str(PROGRAM), str(ROOT / "samples")]
sys.path.insert(0, str(ROOT / "tests/service"))

from support import Server, need_samples, wait_for  # noqa: E402  pylint: disable=wrong-import-position

DOCUMENT = ROOT / "samples/audrey.jpg"
SELFIE = ROOT / "samples/cap13_edit2.mp4"


def fill_case(person, selfie):
    made = person.post("/v1/cases")
    if made.status != 201:
        return None, made
    case = made.json()["id"]
    version = person.get("/v1/consent").json()["version"]
    for answer in (person.post(f"/v1/cases/{case}/consent", {"version": version}),
                   person.ask("PUT", f"/v1/cases/{case}/document", raw=DOCUMENT.read_bytes(),
                              headers={"Content-Type": "image/jpeg"}),
                   person.ask("PUT", f"/v1/cases/{case}/selfie", raw=selfie, headers={"Content-Type": "video/mp4"})):
        if answer.status >= 300:
            return case, answer
    return case, None


def process(person, case):
    """Asks until there is room, as Retry-After says (not waiting as long: this is a load)."""
    while True:
        answer = person.post(f"/v1/cases/{case}/process")
        if answer.status != 503:
            return answer
        time.sleep(0.2)


def state_of(person, case):
    return person.get(f"/v1/cases/{case}").json()["state"]


def decided(state):
    return state in ("accepted", "rejected", "review")


def rss(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def seconds_of_processor(server):
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def seconds_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def wrk(server, path, cookie, seconds=10):
    out = subprocess.run(["wrk", "-t", "1", "-c", "16", "-d", f"{seconds}s", "--latency", "-H",
                          f"Cookie: kyclops_session={cookie}", f"http://127.0.0.1:{server.port}{path}"],
                         check=True, capture_output=True, text=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
    p99 = re.search(r"99%\s+(\S+)", out)[1]
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return f"{rate:8.0f} requests/s   p99 {p99:>9}   {bad[1] if bad else 0} not 2xx"


def reads():
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed (Debian: wrk)")
    selfie = SELFIE.read_bytes()
    with Server("--challenge", "off", "--jobs", 2, "--queue", 4) as server:
        person = server.make_account(server.make_admin(), "person")
        case, _ = fill_case(person, selfie)
        paths = ["/healthz", "/v1/consent", "/v1/session", f"/v1/cases/{case}", "/v1/cases?limit=20", "/openapi.json"]
        for what in ("idle", "saturated"):
            stop = threading.Event()
            verified = collections.Counter()

            def saturate():
                mine = server.client()
                mine.cookie, mine.csrf = person.cookie, person.csrf
                while not stop.is_set():
                    other, fault = fill_case(mine, selfie)
                    if fault is not None:
                        verified[fault.status] += 1
                        time.sleep(0.2)
                        continue
                    process(mine, other)
                    while not stop.is_set() and not decided(state_of(mine, other)):
                        time.sleep(0.1)
                    verified["done"] += 1

            threads = [threading.Thread(target=saturate) for _ in range(6 if what == "saturated" else 0)]
            for thread in threads:
                thread.start()
            time.sleep(5 if threads else 0)
            print(f"worker pool {what}")
            for path in paths:
                print(f"  {path.replace(case, '{id}'):22} {wrk(server, path, person.cookie)}", flush=True)
            stop.set()
            for thread in threads:
                thread.join()
            if threads:
                print("  verifications meanwhile:", dict(verified))


def verify():
    selfie = SELFIE
    count = int(MUCH or 4)
    with Server("--challenge", "off", "--jobs", 2, "--queue", 20) as server:
        person = server.make_account(server.make_admin(), "person")
        ratios = []
        for _ in range(5):  # in turns: the machine is not the same from minute to minute
            begun, used = time.monotonic(), seconds_of_children()
            for _ in range(count):
                subprocess.run([PROGRAM, "verify", "--document", DOCUMENT, "--selfie", selfie, "--jobs", "2"],
                               capture_output=True)
            alone, used_alone = count / (time.monotonic() - begun), (seconds_of_children() - used) / count
            cases = [fill_case(person, selfie.read_bytes())[0] for _ in range(count)]
            begun, used = time.monotonic(), seconds_of_processor(server)
            for case in cases:
                assert process(person, case).status == 202
            wait_for("decisions", lambda: all(decided(state_of(person, case)) for case in cases), 3600)
            served, used_served = count / (time.monotonic() - begun), (seconds_of_processor(server) - used) / count
            ratios.append(served / alone)
            for case in cases:
                person.ask("DELETE", f"/v1/cases/{case}")
            print(f"command line {alone:.2f} verifications/s, service {served:.2f}/s: {served / alone:.2f}; "
                  f"processor time of each {used_alone:.1f} s and {used_served:.1f} s", flush=True)
        print(f"median ratio {sorted(ratios)[2]:.2f}")


def mixed():
    selfie = SELFIE.read_bytes()
    with Server("--challenge", "off", "--jobs", 2, "--queue", 4) as server:
        admin = server.make_admin()
        people = [server.make_account(admin, "person", f"person{i}") for i in range(4)]
        answers, faults = collections.Counter(), []
        end = time.monotonic() + 60 * (MUCH or 30)

        def count(answer):
            answers[answer.status] += 1
            if answer.status >= 400 and answer.status != 503:
                faults.append(repr(answer))

        def verify_all(person):
            while time.monotonic() < end:
                case, fault = fill_case(person, selfie)
                if fault is not None:
                    count(fault)
                    time.sleep(0.2)
                    continue
                answer = person.post(f"/v1/cases/{case}/process")
                count(answer)
                if answer.status == 202:
                    wait_for("decision", lambda: decided(state_of(person, case)), 3600)
                    count(person.get(f"/v1/cases/{case}"))
                count(person.ask("DELETE", f"/v1/cases/{case}"))

        def read_all(person, seed):
            mine = server.client()
            mine.cookie, mine.csrf = person.cookie, person.csrf
            draw = random.Random(seed)
            while time.monotonic() < end:
                count(mine.get(draw.choice(["/v1/cases", "/v1/account", "/v1/session", "/v1/consent", "/v1/datasets",
                                            "/healthz", "/openapi.json"])))
                time.sleep(draw.random() / 50)

        threads = [threading.Thread(target=verify_all, args=(p,)) for p in people]
        threads += [threading.Thread(target=read_all, args=(people[i % 4], i)) for i in range(4)]
        for thread in threads:
            thread.start()
        memory = []
        while time.monotonic() < end:
            time.sleep(min(60, max(end - time.monotonic(), 0)))
            memory.append(rss(server))
            print(f"{len(memory):3d} min  {memory[-1]:6.0f} MiB  {dict(sorted(answers.items()))}", flush=True)
        for thread in threads:
            thread.join()
        print("answers:", dict(sorted(answers.items())), " other than 503:", len(faults))
        for fault in faults[:10]:
            print("  ", fault)
        half = memory[len(memory) // 2:]
        print(f"memory: {memory[0]:.0f} MiB after a minute, {min(half):.0f} to {max(half):.0f} MiB in the second half")


need_samples(DOCUMENT.name, SELFIE.name)
{"reads": reads, "verify": verify, "mixed": mixed}[MODE]()
