"""A person's way through the service: registration, authorisation, verification, review, data sets by age, erasure."""

import hashlib
import json
import subprocess
import sys

import support
from support import PROGRAM, SAMPLES, Server, policy_file, scratch, totp, wait_for, wait_for_job


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def upload_and_process(person, document, selfie, reference=""):
    made = person.post("/v1/cases", {"reference": reference})
    assert made.status == 201, made
    path = "/v1/cases/" + made.json()["id"]
    text = person.get("/v1/consent?language=de").json()
    assert "biometrische Daten" in text["text"] and "30" in text["text"], text
    assert person.get("/v1/consent").json()["version"] == text["version"]
    consented = person.post(path + "/consent", {"version": text["version"], "language": text["language"]})
    assert consented.status == 200 and consented.json()["state"] == "consented", consented
    assert (consented.json()["consent_version"], consented.json()["consent_language"]) == (text["version"], "de")
    put = person.ask("PUT", path + "/document", raw=(SAMPLES / document).read_bytes())
    assert put.status == 200 and put.json()["state"] == "document", put
    put = person.ask("PUT", path + "/selfie", raw=(SAMPLES / selfie).read_bytes())
    assert put.status == 200 and put.json()["state"] == "selfie", put
    assert [use["content_type"] for use in put.json()["media"]] == ["image/jpeg", "video/mp4"]
    started = person.post(path + "/process")
    assert started.status == 202 and started.json()["state"] in ("processing", "rejected", "accepted", "review"), started
    return path


def decided(client, path):
    return wait_for("a decision", lambda: (found := client.get(path).json())["state"] != "processing" and found)


def test_a_person_is_verified_and_a_doubtful_case_is_reviewed():
    support.need_samples("audrey.jpg", "cap13_edit2.mp4", "franck_02045.jpg", "franck.mp4")
    with scratch() as folder:
        # Portraits this small in the policy's eyes are for people to decide.
        policy = policy_file(folder, analysis_rate_hz=0.2, document_min_inter_eye_px=900)
        with Server("--policy", policy, "--reviewers", "2") as server:
            admin = server.make_admin()
            person = server.make_account(admin, "person")
            reviewers = [server.make_account(admin, "reviewer", name) for name in ("first", "second")]

            other = upload_and_process(person, "audrey.jpg", "cap13_edit2.mp4", "somebody else")
            case = decided(person, other)
            assert case["state"] == "rejected", case
            assert "different_person" in [reason["code"] for reason in case["reasons"]], case
            assert all(reason["message"] for reason in case["reasons"])

            own = upload_and_process(person, "franck_02045.jpg", "franck.mp4", "themselves")
            case = decided(person, own)
            assert case["state"] == "review", case
            assert person.get("/v1/reviews").status == 403

            number = case["id"]
            for reviewer in reviewers:
                queue = reviewer.get("/v1/reviews").json()["items"]
                assert [each["id"] for each in queue] == [number], queue
                seen = reviewer.get("/v1/reviews/" + number).json()
                signals = {signal["name"]: signal for signal in seen["decision"]["signals"]}
                assert signals["similarity"]["state"] == "pass", signals
                assert signals["document_face_size"]["state"] == "fail", signals
                roles = {use["role"] for use in seen["evidence"]}
                assert {"document", "selfie", "evidence_document", "evidence_portrait", "evidence_frame_1",
                        "evidence_summary"} <= roles, roles
                picture = reviewer.get(f"/v1/reviews/{number}/media/evidence_summary")
                assert picture.status == 200 and picture.body.startswith(b"\x89PNG"), picture.headers
                clip = (SAMPLES / "franck.mp4").read_bytes()
                part = reviewer.get(f"/v1/reviews/{number}/media/selfie", headers={"Range": "bytes=100000-100099"})
                assert part.status == 206 and part.body == clip[100000:100100], part.headers
                answer = reviewer.post(f"/v1/reviews/{number}/decision", {"verdict": "accepted", "comment": "the same"})
                assert answer.json() == {"decided": reviewer is reviewers[1]}, answer
            assert person.get(own).json()["state"] == "accepted"
            actions = [entry["action"] for entry in admin.get(f"/v1/audit?subject=case:{number}").json()["items"]]
            assert actions.count("review.decide") == 2 and "case.consent" in actions and "case.decide" in actions, actions

            # Nothing personal, and nothing of the paths, in the log.
            log = server.log()
            for word in ("example.org", "franck", "themselves", number, person.cookie, person.csrf):
                assert word not in log, word

            # Erased at once, and the log is whole afterwards.
            assert files_in(server.data / "media")
            gone = person.ask("DELETE", "/v1/account", {"password": support.PASSWORD})
            assert gone.status == 204, gone
            assert not files_in(server.data / "media")
            for path in server.data.glob("kyclops.db*"):  # the write-ahead log as well
                content = path.read_bytes()
                assert b"person@example.org" not in content and b"themselves" not in content, path
            assert person.get("/v1/account").status == 401
            assert server.client().log_in("person@example.org").status == 401
            assert server.stop() == 0
            database = b"".join(path.read_bytes() for path in server.data.glob("kyclops.db*"))
            assert b"person@example.org" not in database and b"themselves" not in database
            checked = subprocess.run([PROGRAM, "audit", "verify", "--data", server.data, *server.database, "--json"],
                                     stdout=subprocess.PIPE, check=False)
            assert checked.returncode == 0 and json.loads(checked.stdout)["whole"], checked
            report = subprocess.run([PROGRAM, "privacy", "report", "--data", server.data, *server.database, "--json"],
                                    stdout=subprocess.PIPE, check=True)
            held = {each["class"]: each["count"] for each in json.loads(report.stdout)["classes"]}
            assert held == {"document": 0, "document_fields": 0, "selfie": 0, "evidence": 0, "case_record": 0,
                            "template": 0}, held


def test_an_administrator_decides_who_comes_in():
    with Server() as server:
        admin = server.make_admin()
        person = server.client()
        form = {"email": "New@Example.org", "name": "New", "password": support.PASSWORD}
        assert person.post("/v1/accounts", form).status == 202
        assert person.post("/v1/accounts", form).status == 202  # tells nothing about who is registered
        assert person.log_in("new@example.org").json()["code"] == "account_pending"
        account = admin.get("/v1/accounts?state=pending").json()["items"]
        assert [each["email"] for each in account] == ["new@example.org"], account
        path = "/v1/accounts/" + account[0]["id"]
        assert admin.post(path + "/state", {"state": "rejected"}).json()["state"] == "rejected"
        assert person.log_in("new@example.org").json()["code"] == "account_rejected"
        assert admin.post(path + "/state", {"state": "suspended"}).status == 409
        assert admin.post(path + "/state", {"state": "authorised"}).status == 200
        assert person.log_in("new@example.org").status == 201
        assert person.get("/v1/account").json()["state"] == "authorised"
        assert admin.post(path + "/state", {"state": "suspended"}).status == 200
        assert person.get("/v1/account").status == 401
        assert person.log_in("new@example.org").json()["code"] == "account_suspended"
        # Nobody locks the last administrator out.
        own = "/v1/accounts/" + admin.get("/v1/account").json()["id"]
        assert admin.post(own + "/state", {"state": "suspended"}).json()["code"] == "last_admin"
        assert admin.post(own + "/role", {"role": "person"}).json()["code"] == "last_admin"
        assert admin.ask("DELETE", "/v1/account", {"password": support.PASSWORD,
                                                   "totp": totp(admin.secret, 1)}).json()["code"] == "last_admin"


def test_passwords_lock_and_change_and_one_time_passwords_work_once():
    with Server() as server:
        admin = server.make_admin()
        person = server.make_account(admin, "person")
        second = server.client()
        assert second.log_in("person@example.org").status == 201
        weak = person.post("/v1/account/password", {"password": support.PASSWORD, "new_password": "short"})
        assert weak.status == 422 and weak.json()["field"] == "new_password", weak
        changed = person.post("/v1/account/password",
                              {"password": support.PASSWORD, "new_password": "four brown barrels"})
        assert changed.status == 204, changed
        assert second.get("/v1/account").status == 401  # other sessions end
        assert person.get("/v1/account").status == 200
        for _ in range(5):
            assert second.log_in("person@example.org", "wrong password here").status == 401
            assert second.log_in("nobody@example.org", "wrong password here").status == 401
        for address in ("person@example.org", "nobody@example.org"):  # no difference
            locked = second.log_in(address, "four brown barrels")
            assert locked.status == 429 and 0 < int(locked.headers["retry-after"]) <= 60, locked
        again = server.client()
        code = totp(admin.secret, 1)
        assert again.log_in("admin@example.org").json()["code"] == "totp_required"
        assert again.log_in("admin@example.org", code="000000").json()["code"] == "wrong_totp"
        assert again.log_in("admin@example.org", code=code).status == 201
        assert again.log_in("admin@example.org", code=code).json()["code"] == "wrong_totp"


def test_api_keys_do_what_their_scopes_say():
    with Server() as server:
        admin = server.make_admin()
        person = server.make_account(admin, "person")
        bad = person.post("/v1/keys", {"name": "x", "scopes": ["everything"]})
        assert bad.status == 422 and bad.json()["field"] == "scopes", bad
        headers = {"Idempotency-Key": "one"}
        made = person.post("/v1/keys", {"name": "x", "scopes": ["cases:read"]}, headers=headers)
        again = person.post("/v1/keys", {"name": "x", "scopes": ["cases:read"]}, headers=headers)
        assert made.status == 201 and again.json() == made.json() and again.headers["idempotency-replayed"] == "true"
        assert person.post("/v1/keys", {"name": "y", "scopes": ["cases:read"]}, headers=headers).status == 422
        assert len(person.get("/v1/keys").json()["items"]) == 1
        program = server.client()
        program.key = made.json()["key"]
        assert program.get("/v1/cases").status == 200
        assert program.post("/v1/cases").json()["code"] == "scope"
        assert program.get("/v1/keys").json()["code"] == "session_only"
        assert made.json()["key"].encode() not in b"".join(path.read_bytes() for path in server.data.glob("kyclops.db*"))
        assert person.ask("DELETE", "/v1/keys/" + made.json()["id"]).status == 204
        assert program.get("/v1/cases").status == 401


def test_data_sets_are_found_by_age():
    support.need_samples("audrey.jpg")
    with scratch() as folder, Server("--datasets", folder) as server:
        small = folder / "small"
        (small / "media").mkdir(parents=True)
        picture = (SAMPLES / "audrey.jpg").read_bytes()
        lines = []
        for number, (age, species) in enumerate([("19", "bona_fide"), ("20", "bona_fide"), ("25", "swap/graphics"),
                                                 ("30", "swap/graphics"), ("31", "replay/tablet"), ("", "bona_fide")]):
            (small / "media" / f"{number}.jpg").write_bytes(picture)
            lines.append({
                "id": f"s{number}", "path": f"media/{number}.jpg", "bytes": len(picture),
                "sha256": hashlib.sha256(picture).hexdigest(), "kind": "bona_fide" if number < 2 else "attack",
                "identity": f"p{number}", "species": species, "split": "test" if number % 2 else "train",
                "parents": [{"role": "source", "id": "s0", "path": "",
                             "sha256": hashlib.sha256(picture).hexdigest()}] if number == 2 else [],
                "attributes": ({"age": {"value": age, "estimated": number == 3}} if age else {})
                | {"sex": {"value": "female"}}, "licence": "MIT", "consent": "none needed", "record": {"method": "m"}})
        (small / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

        admin = server.make_admin()
        person = server.make_account(admin, "person")
        for bad in ("../small", "/etc", "nowhere", "."):
            refused = admin.post("/v1/datasets", {"name": "x", "folder": bad})
            assert refused.status == 422 and refused.json()["field"] == "folder", (bad, refused)
        assert person.post("/v1/datasets", {"name": "x", "folder": "small"}).status == 403
        begun = admin.post("/v1/datasets", {"name": "Small", "folder": "small"})
        assert begun.status == 202, begun
        job = wait_for_job(admin, begun.json()["job"])
        assert job["state"] == "done" and job["done"] == job["total"] == 6, job
        events = admin.get(f"/v1/jobs/{job['id']}/events")
        assert events.headers["content-type"] == "text/event-stream" and b'"state":"done"' in events.body, events

        assert server.client().get("/v1/datasets").status == 401
        sets = person.get("/v1/datasets").json()["items"]
        assert [(each["name"], each["samples"], each["state"]) for each in sets] == [("Small", 6, "ready")], sets
        path = f"/v1/datasets/{sets[0]['id']}"

        def found(query):
            answer = person.get(path + "/samples?" + query)
            assert answer.status == 200, answer
            return [each["id"] for each in answer.json()["items"]]

        assert found("age_from=20&age_to=30") == ["s1", "s2", "s3"]
        assert found("age_from=31") == ["s4"]
        assert found("age_to=19") == ["s0"]
        assert found("age_from=20&age_to=30&species=swap") == ["s2", "s3"]
        assert found("species=swap/graphics&split=test") == ["s3"]
        assert found("text=graphics+p2") == ["s2"]
        assert found("text=%25") == []
        assert found("attribute.sex=female&kind=attack") == ["s2", "s3", "s4", "s5"]
        assert found("attribute.sex=male") == []
        bad = person.get(path + "/samples?age_from=old")
        assert bad.status == 422 and bad.json()["field"] == "age_from", bad

        def holding(query):
            answer = person.get("/v1/datasets?" + query)
            assert answer.status == 200, answer
            return [(each["name"], each["matching"]) for each in answer.json()["items"]]

        assert holding("age_from=20&age_to=30") == [("Small", 3)]
        assert holding("age_from=90") == []
        assert holding("text=small&attribute.sex=female&split=test") == [("Small", 3)]
        assert holding("") == [("Small", None)]

        seen, cursor = [], ""
        while cursor is not None:
            page = person.get(f"{path}/samples?limit=4{'&cursor=' + cursor if cursor else ''}").json()
            assert page["total"] == 6
            seen += [each["id"] for each in page["items"]]
            cursor = page["next"]
        assert seen == ["s0", "s1", "s2", "s3", "s4", "s5"], seen

        facets = person.get(path + "/facets").json()
        assert (facets["youngest"], facets["oldest"]) == (19, 31)
        assert {"value": "swap/graphics", "count": 2} in facets["values"]["species"], facets
        sample = person.get(path + "/samples/s2").json()
        assert sample["provenance"][0]["sample"]["id"] == "s0", sample
        assert sample["manifest"]["attributes"]["age"]["value"] == "25"
        (small / "scores").mkdir()
        (small / "scores" / "mine.csv").write_text("attack,score,sample\n1,0.5,s2\n1,0.7,s2\n0,0.1,s1\n")
        (small / "scores" / "other.csv").write_text("something,else\n1,2\n")
        quality = person.get(path + "/samples/s2/quality").json()
        assert quality["frames"] == 1 and 0 <= quality["brisque"] <= 100, quality
        assert [(each["name"], round(each["score"], 6)) for each in quality["scores"]] == [("mine", 0.6)], quality
        media = person.get(path + "/samples/s2/media", headers={"Range": "bytes=-10"})
        assert media.status == 206 and media.body == picture[-10:], media.headers
        assert media.headers["content-type"] == "image/jpeg"
        assert admin.ask("DELETE", path).status == 204
        assert person.get(path).status == 404
        assert (small / "manifest.jsonl").exists()


if __name__ == "__main__":
    support.run_tests(sys.modules["__main__"])
