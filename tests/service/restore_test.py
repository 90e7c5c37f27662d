#!/usr/bin/env python3
"""kyclops backup of a service that runs, kyclops restore after its machine is lost, also into the other database."""

import json
import shutil
import subprocess
import sys

from support import PASSWORD, PROGRAM, SAMPLES, Server, need_samples, run_tests, scratch, totp
from with_postgres import postgres


def run(*arguments, code=0):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    return done


def fill(server):
    """An administrator, a person, and the person's case with a document. Gives (admin's secret, case id)."""
    admin = server.make_admin()
    person = server.make_account(admin, "person")
    case = person.post("/v1/cases").json()["id"]
    version = person.get("/v1/consent").json()["version"]
    assert person.post(f"/v1/cases/{case}/consent", {"version": version}).status == 200
    photo = (SAMPLES / "audrey.jpg").read_bytes()
    put = person.ask("PUT", f"/v1/cases/{case}/document", raw=photo, headers={"Content-Type": "image/jpeg"})
    assert put.status == 200, put
    return admin, case, person


def check(server, admin, case):
    """All is there for who logs in anew; who was logged in before is not."""
    person = server.client()
    assert person.log_in("person@example.org").status == 201
    found = person.get(f"/v1/cases/{case}").json()
    assert found["state"] == "document", found
    assert person.get(f"/v1/cases/{case}/media/document").body == (SAMPLES / "audrey.jpg").read_bytes()
    again = server.client()
    assert again.log_in("admin@example.org", code=totp(admin.secret, 1)).status == 201
    report = again.get("/v1/audit/check").json()
    assert report["whole"], report
    actions = [entry["action"] for entry in again.get("/v1/audit").json()["items"]]
    assert "backup.create" in actions and "backup.restore" in actions, actions


def test_a_lost_machine_comes_back_from_a_backup_made_while_it_served():
    with scratch() as folder:
        with Server(data=folder / "data") as server:
            admin, case, person = fill(server)
            first = json.loads(run("backup", "--data", folder / "data", "--to", folder / "backup", "--json").stdout)
            assert first["files"] == first["copied"] == 1, first
            second = json.loads(run("backup", "--data", folder / "data", "--to", folder / "backup", "--json").stdout)
            assert second["copied"] == 0 and second["files"] == 1, second
            shutil.copy(folder / "data/key", folder / "kept")
            cookie, csrf = person.cookie, person.csrf
            server.kill()
        shutil.rmtree(folder / "data")
        run("restore", "--from", folder / "backup", "--key", folder / "kept", "--data", folder / "new")
        assert (folder / "new/key").stat().st_mode & 0o777 == 0o600
        head = second["audit_head"]
        run("audit", "verify", "--data", folder / "new", "--head", head)
        with Server(data=folder / "new") as server:
            old = server.client()
            old.cookie, old.csrf = cookie, csrf
            assert old.get("/v1/account").status == 401
            check(server, admin, case)


def test_a_backup_moves_a_service_to_postgresql_and_back():
    with scratch() as folder, postgres() as address:
        if address is None:
            print("skipped: Debian's postgresql is not installed")
            return
        with Server(data=folder / "data") as server:
            admin, case, _ = fill(server)
            run("backup", "--data", folder / "data", "--to", folder / "one")
        run("restore", "--from", folder / "one", "--key", folder / "data/key", "--data", folder / "pg",
            "--database", address)
        with Server("--database", address, data=folder / "pg") as server:
            check(server, admin, case)
            run("backup", "--data", folder / "pg", "--to", folder / "two", "--database", address)
        again = run("restore", "--from", folder / "one", "--key", folder / "data/key", "--data", folder / "x",
                    "--database", address, code=3)
        assert "not empty" in again.stderr, again.stderr
        run("restore", "--from", folder / "two", "--key", folder / "pg/key", "--data", folder / "back")
        run("audit", "verify", "--data", folder / "back")


def test_nothing_is_left_of_a_restore_that_can_not_be():
    with scratch() as folder:
        with Server(data=folder / "data") as server:
            fill(server)
        run("backup", "--data", folder / "data", "--to", folder / "backup")
        (folder / "other").write_text("00" * 32 + "\n")
        (folder / "other").chmod(0o600)
        wrong = run("restore", "--from", folder / "backup", "--key", folder / "other", "--data", folder / "new", code=3)
        assert "another key" in wrong.stderr, wrong.stderr
        assert not (folder / "new").exists()
        full = run("restore", "--from", folder / "backup", "--key", folder / "data/key", "--data", folder / "data", code=3)
        assert "empty" in full.stderr, full.stderr
        nothing = run("restore", "--from", folder, "--key", folder / "data/key", "--data", folder / "new", code=3)
        assert "no whole backup" in nothing.stderr, nothing.stderr


if __name__ == "__main__":
    need_samples("audrey.jpg")
    run_tests(sys.modules[__name__])
