"""The server is killed at the worst moments: what it acknowledged is there afterwards, and nothing is half done."""

import contextlib
import json
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import time

import support
from support import PROGRAM, SAMPLES, SOURCE, Server, policy_file, scratch, wait_for, wait_for_job
from with_postgres import postgres


def files_in(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def audit_is_whole(server, *more):
    checked = subprocess.run([PROGRAM, "audit", "verify", "--data", server.data, "--json", *more],
                             stdout=subprocess.PIPE, check=False)
    return checked.returncode == 0 and json.loads(checked.stdout)["whole"]


def ready_case(person, document="audrey.jpg", selfie="cap13_edit2.mp4"):
    path = "/v1/cases/" + person.post("/v1/cases").json()["id"]
    assert person.post(path + "/consent", {"version": person.get("/v1/consent").json()["version"]}).status == 200
    assert person.ask("PUT", path + "/document", raw=(SAMPLES / document).read_bytes()).status == 200
    assert person.ask("PUT", path + "/selfie", raw=(SAMPLES / selfie).read_bytes()).status == 200
    return path


def again(server, client):
    """The server after a kill; the client with its old cookie."""
    server.restart()
    client.port, client._connection = server.port, None
    return client


def test_killed_during_an_upload():
    support.need_samples("audrey.jpg", "cap13_edit2.mp4")
    with Server() as server:
        person = server.make_account(server.make_admin(), "person")
        path = ready_case(person)
        before = person.get(path).json()
        kept = person.get(path + "/media/document").body
        clip = (SAMPLES / "cap13_edit2.mp4").read_bytes()
        for share in (0.01, 0.5, 0.99):
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(f"PUT {path}/selfie HTTP/1.1\r\nHost: a\r\nCookie: kyclops_session={person.cookie}\r\n"
                               f"X-CSRF-Token: {person.csrf}\r\nContent-Length: {len(clip) + 1}\r\n\r\n".encode())
                client.sendall(clip[:int(len(clip) * share)])
                time.sleep(0.3)
                server.kill()
            again(server, person)
            after = person.get(path).json()
            assert after == before, after
            assert person.get(path + "/media/document").body == kept
            assert person.get(path + "/media/selfie").body == clip
        assert audit_is_whole(server)


def test_killed_while_cases_are_processed():
    support.need_samples("audrey.jpg", "cap13_edit2.mp4")
    with scratch() as folder, Server("--policy", policy_file(folder, analysis_rate_hz=0.3), "--jobs", "1", "--queue", "3") as server:
        person = server.make_account(server.make_admin(), "person")
        paths = [ready_case(person) for _ in range(6)]
        answers = [person.post(path + "/process") for path in paths]
        taken = [path for path, answer in zip(paths, answers) if answer.status == 202]
        full = [answer for answer in answers if answer.status == 503]
        assert len(taken) >= 3 and full, answers  # one runs, three wait, the others are told to come again
        assert all(int(answer.headers["retry-after"]) >= 1 and answer.json()["code"] == "busy" for answer in full)
        time.sleep(0.5)
        server.kill()
        again(server, person)
        for path, answer in zip(paths, answers):
            if answer.status == 202:
                end = wait_for("a decision", lambda: (found := person.get(path).json())["state"] != "processing" and found, 300)
                assert end["state"] == "rejected", end
            else:
                assert person.get(path).json()["state"] == "selfie"
        assert audit_is_whole(server)
        # Everything on the disk belongs to something: nothing is left when the person is gone.
        assert person.ask("DELETE", "/v1/account", {"password": support.PASSWORD}).status == 204
        left = [path for path in files_in(server.data / "media") if path.parent.name != "incoming"]
        assert not left, left


def lay_recipe(folder, seconds):
    """examples/faces.toml with its media, so many seconds of each clip."""
    media = ("audrey.jpg", "sample2.jpg", "sample5.jpg", "cap13_edit2.mp4")
    support.need_samples(*media)
    for part in ("recipes", "samples"):
        (folder / part).mkdir()
    for name in media:
        shutil.copy(SAMPLES / name, folder / "samples")
    for name in ("faces_victims.csv", "faces_drivers.csv"):
        shutil.copy(SOURCE / "examples" / name, folder / "recipes")
    text = (SOURCE / "examples/faces.toml").read_text()
    assert "max_seconds = 0.3" in text
    (folder / "recipes/faces.toml").write_text(text.replace("max_seconds = 0.3", f"max_seconds = {seconds}"))


def test_killed_while_jobs_run():
    with scratch() as folder, Server("--datasets", folder) as server:
        lay_recipe(folder, 1)
        admin = server.make_admin()
        build = admin.post("/v1/datasets/build", {"name": "Faces", "recipe": "recipes/faces.toml", "folder": "faces"}).json()["job"]
        journal = folder / "faces/.work/journal/rank0.jsonl"
        wait_for("some of the build", lambda: journal.exists() and journal.read_text().count("\n") >= 5, 300)
        server.kill()
        made = {path: path.stat().st_mtime_ns for path in files_in(folder / "faces") if path.suffix == ".mp4" and ".work" not in path.parts}
        again(server, admin)
        job = wait_for_job(admin, build)
        assert job["state"] == "done", job
        dataset = "/v1/datasets/" + job["result"]["dataset"]
        assert admin.get(dataset).json()["samples"] == 15, admin.get(dataset)
        assert made and all(path.stat().st_mtime_ns == at for path, at in made.items())  # it went on, and did not begin anew
        verified = subprocess.run([PROGRAM, "dataset", "verify", folder / "faces"], stdout=subprocess.PIPE, check=False)
        assert verified.returncode == 0, verified

        begun = admin.post("/v1/evaluations", {"dataset": job["result"]["dataset"], "protocol": "quality", "options": {}}).json()
        wait_for("the evaluation to run", lambda: admin.get("/v1/jobs/" + begun["id"]).json()["state"] != "queued", 60)
        server.kill()
        again(server, admin)
        assert wait_for_job(admin, begun["id"])["state"] == "done"
        assert admin.get(f"/v1/evaluations/{begun['id']}/report/index.html").status == 200
        assert audit_is_whole(server)


def test_killed_right_after_it_answered():
    with Server() as server:
        person = server.make_account(server.make_admin(), "person")
        seen = set()
        for _ in range(5):
            made = person.post("/v1/cases")
            server.kill()
            assert made.status == 201
            seen.add(made.json()["id"])
            again(server, person)
            assert seen == {each["id"] for each in person.get("/v1/cases").json()["items"]}
        assert audit_is_whole(server)


def kill_during_a_migration(sql, *flags):
    """sql(server): runs statements on its database, and gives the rows of the last one."""
    with Server(*flags) as server:
        admin = server.make_admin()
        before = admin.get("/v1/account").json()
        assert server.stop() == 0
        run = sql(server)
        # One statement, one moment: what was killed may still be committed in between.
        has_challenges = "SELECT count(*) FROM " + ("pg_tables WHERE tablename" if flags else "sqlite_master WHERE name") + " = 'challenges'"
        state = f"SELECT (SELECT max(version) FROM schema_version), ({has_challenges})"
        [[newest, there]] = run(state)
        assert newest >= 6 and there == 1
        run("ALTER TABLE cases DROP COLUMN consent_language; DROP TABLE challenges;"  # as the version before left it
            "DELETE FROM schema_version WHERE version >= 6")
        seen = set()
        for delay in [number * 0.02 for number in range(1, 26)]:
            process = subprocess.Popen([PROGRAM, "serve", "--data", server.data, "--listen", "127.0.0.1:0", *flags],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(delay)
            process.kill()
            process.wait()
            [[version, there]] = run(state)
            assert there == (version >= 6), (delay, version)  # a whole step, or nothing of it
            seen.add(version)
        again(server, admin)
        assert admin.get("/v1/account").json() == before
        assert 5 in seen, seen  # some were killed before
        assert run(state) == [[newest, 1]]
        assert server.stop() == 0
        assert audit_is_whole(server, *flags)


def test_killed_during_a_migration():
    def sqlite(server):
        def run(statements):
            with contextlib.closing(sqlite3.connect(server.data / "kyclops.db")) as database:
                *first, last = statements.split(";")
                with database:
                    for one in first:
                        database.execute(one)
                    return [list(row) for row in database.execute(last)]
        return run
    kill_during_a_migration(sqlite)


def test_killed_during_a_migration_on_postgresql():
    with postgres() as address:
        if address is None:
            print("      left out: PostgreSQL is not installed")
            return

        def psql(statements):
            out = subprocess.run(["psql", address, "-qAt", "-F", ",", "-v", "ON_ERROR_STOP=1", "-c", statements], check=True,
                                 stdout=subprocess.PIPE, text=True).stdout
            return [[int(value) for value in line.split(",")] for line in out.splitlines()]
        kill_during_a_migration(lambda server: psql, "--database", address)


def test_without_its_key_file_it_does_not_start():
    with Server() as server:
        server.setup_token()
        assert server.stop() == 0
        (server.data / "key").rename(server.data / "elsewhere")
        try:
            server.restart()
            raise AssertionError("it started with a new key")
        except AssertionError as error:
            assert "no such file" in str(error), error
        (server.data / "elsewhere").rename(server.data / "key")
        (server.data / "key").chmod(0o644)
        try:
            server.restart()
            raise AssertionError("it started with a key that anybody reads")
        except AssertionError as error:
            assert "chmod 600" in str(error), error


def test_a_changed_audit_log_is_found():
    with Server() as server:
        server.make_account(server.make_admin(), "person")
        assert server.stop() == 0
        assert audit_is_whole(server)
        with sqlite3.connect(server.data / "kyclops.db") as database:
            database.execute("DROP TRIGGER audit_no_update")
            database.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 3")
        checked = subprocess.run([PROGRAM, "audit", "verify", "--data", server.data], stdout=subprocess.PIPE, text=True,
                                 check=False)
        assert checked.returncode == 1 and "entry 3 was changed" in checked.stdout, checked


def test_on_postgresql_that_goes_and_comes_back():
    support.need_samples("audrey.jpg", "cap13_edit2.mp4")
    with postgres() as address:
        if address is None:
            print("      left out: PostgreSQL is not installed")
            return
        with scratch() as folder, Server("--policy", policy_file(folder, analysis_rate_hz=0.3), "--database", address) as server:
            admin = server.make_admin()
            person = server.make_account(admin, "person")
            path = ready_case(person)
            assert person.post(path + "/process").status == 202
            end = wait_for("a decision", lambda: (found := person.get(path).json())["state"] != "processing" and found)
            assert end["state"] == "rejected", end
            assert not (server.data / "kyclops.db").exists()
            # every connection is cut, as when the database server restarts
            subprocess.run(["psql", address, "-qc", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"], check=True,
                           stdout=subprocess.DEVNULL)
            wait_for("it to be ready again", lambda: server.client().get("/readyz").status == 200, 30)
            assert person.get(path).json()["state"] == "rejected"
            assert audit_is_whole(server, "--database", address)
            server.kill()
            again(server, person)
            assert person.get(path).json()["state"] == "rejected"

            # The database server is gone for a while, also when a verification wants to record what came of it.
            path = ready_case(person)
            assert person.post(path + "/process").status == 202
            address.stop()
            gone = person.get(path)
            assert gone.status == 503 and gone.json()["code"] == "unavailable" and "retry-after" in gone.headers, gone
            assert address not in gone.body.decode(), gone
            ready = server.client().get("/readyz")
            assert ready.status == 503 and ready.json()["database"] is False, ready
            assert server.client().get("/healthz").status == 200
            wait_for("the verification to fail", lambda: "case_not_put_back" in server.log())
            address.start()
            wait_for("it to be ready again", lambda: server.client().get("/readyz").status == 200, 30)
            end = wait_for("a decision", lambda: (found := person.get(path).json())["state"] != "processing" and found)
            assert end["state"] == "rejected", end
            assert audit_is_whole(server, "--database", address)


@contextlib.contextmanager
def small_disk(mib):
    """A folder on a disk of its own, or None where none can be mounted."""
    with scratch() as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "kyclops-test", folder], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, check=False)
        if mounted.returncode != 0:
            yield None
            return
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_told_and_nothing_is_half_done():
    support.need_samples("audrey.jpg", "cap13_edit2.mp4")
    clip = (SAMPLES / "cap13_edit2.mp4").read_bytes()
    with small_disk(16) as disk:
        if disk is None:
            print("      left out: no disk can be mounted here")
            return
        with Server(data=disk / "data") as server:
            person = server.make_account(server.make_admin(), "person")
            path = ready_case(person)
            before = person.get(path).json()
            other = "/v1/cases/" + person.post("/v1/cases").json()["id"]

            filler = disk / "filler"
            with filler.open("wb", buffering=0) as file:
                try:
                    while file.write(bytes(65536)) == 65536:
                        pass
                except OSError:
                    pass
            # 60 kB are left: enough to say something, too little for a clip.
            with filler.open("r+b") as file:
                file.truncate(filler.stat().st_size - 60_000)
            put = person.ask("PUT", path + "/selfie", raw=clip[:-1])
            assert put.status == 503 and "retry-after" in put.headers, put
            assert person.get(path).json() == before
            assert person.get(path + "/media/selfie").body == clip
            # Also the database has no room: whatever is answered, what was promised is there afterwards.
            made = []
            for _ in range(15):
                with filler.open("ab", buffering=0) as file:
                    try:
                        file.write(bytes(16384))
                    except OSError:
                        pass
                answer = person.post("/v1/cases")
                assert answer.status in (201, 503), answer
                if answer.status == 201:
                    made.append(answer.json()["id"])
            assert answer.status == 503, answer
            assert server.client().get("/healthz").status == 200
            assert person.get(path).json() == before

            filler.unlink()
            assert person.ask("DELETE", other).status == 204
            ids = {each["id"] for each in person.get("/v1/cases").json()["items"]}
            assert set(made) <= ids, (made, ids)
            assert person.ask("PUT", path + "/selfie", raw=clip[:-1]).status == 200
            server.kill()
            again(server, person)
            assert person.get(path + "/media/selfie").body == clip[:-1]
            assert audit_is_whole(server)
            assert person.ask("DELETE", "/v1/account", {"password": support.PASSWORD}).status == 204
            assert not [left for left in files_in(server.data / "media") if left.parent.name != "incoming"]


FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


def test_a_clock_that_jumps_removes_nothing_and_opens_no_door():
    support.need_samples("audrey.jpg", "cap13_edit2.mp4")
    if not FAKETIME.exists():
        print("      left out: libfaketime is not installed (tools/setup --check installs it)")
        return
    with scratch() as folder:
        clock = folder / "clock"

        def set_clock(offset):
            (folder / "next").write_text(offset + "\n")
            (folder / "next").rename(clock)

        set_clock("+0")
        env = {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
               "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        with Server("--challenge", "required", env=env) as server:
            person = server.make_account(server.make_admin(), "person")
            path = "/v1/cases/" + person.post("/v1/cases").json()["id"]
            version = person.get("/v1/consent").json()["version"]
            assert person.post(path + "/consent", {"version": version}).status == 200
            assert person.ask("PUT", path + "/document", raw=(SAMPLES / "audrey.jpg").read_bytes()).status == 200
            nonce = person.post(path + "/challenge").json()["nonce"]
            kept = files_in(server.data / "media")

            set_clock("+100d")  # everything is old now: the session, the challenge, the case, the document
            assert person.get("/v1/account").status == 401
            assert person.log_in("person@example.org").status == 201
            late = person.ask("PUT", path + "/selfie", raw=(SAMPLES / "cap13_edit2.mp4").read_bytes(),
                              headers={"X-Challenge-Nonce": nonce})
            assert late.status == 409 and late.json()["code"] == "expired", late
            from_the_future = person.cookie
            wait_for("the jump to be noticed", lambda: "clock_jumped" in server.log(), 90)
            assert files_in(server.data / "media") == kept  # the document's 30 days are over by this clock

            set_clock("+0")
            assert person.get("/v1/account").status == 401  # it would have lived for a hundred days
            assert person.cookie in (from_the_future, None)
            assert person.log_in("person@example.org").status == 201
            assert person.get(path).json()["state"] == "document"
            drawn = person.post(path + "/challenge").json()
            set_clock("-1h")
            assert person.log_in("person@example.org").status == 201
            early = person.ask("PUT", path + "/selfie", raw=(SAMPLES / "cap13_edit2.mp4").read_bytes(),
                               headers={"X-Challenge-Nonce": drawn["nonce"]})
            assert early.status == 409 and early.json()["code"] == "challenge_too_early", early
            assert server.stop() == 0
            assert audit_is_whole(server)


if __name__ == "__main__":
    support.run_tests(sys.modules["__main__"])
