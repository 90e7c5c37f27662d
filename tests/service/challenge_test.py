"""The active challenge over the API: drawn, recorded, judged; and what a nonce is good for.

The clips are cut out of a sample of a talking man (`kyclops challenge perform`), so that his head does what is asked;
where in the sample it does so was found by `kyclops challenge moves` and is in franck_moves.json.
"""

import datetime
import json
import pathlib
import sqlite3
import subprocess
import sys
import threading
import time

import support
from support import PROGRAM, SAMPLES, Server, policy_file, scratch, wait_for

MOVES = pathlib.Path(__file__).with_name("franck_moves.json")
SEED = 11


def drawn(folder, seed=SEED):
    path = folder / f"challenge_{seed}.json"
    path.write_text(subprocess.run([PROGRAM, "challenge", "new", "--seed", str(seed)], check=True, text=True,
                                   stdout=subprocess.PIPE).stdout)
    return path


def performed(folder, how="follow", seed=SEED, extension="mp4"):
    clip = folder / f"{how}_{seed}.{extension}"
    if not clip.exists():
        subprocess.run([PROGRAM, "challenge", "perform", SAMPLES / "franck.mp4", "--moves", MOVES, "--challenge",
                        drawn(folder, seed), "--out", clip, "--how", how, "--quiet"], check=True)
    return clip


def new_case(person, document="franck_02045.jpg"):
    path = "/v1/cases/" + person.post("/v1/cases").json()["id"]
    assert person.post(path + "/consent", {"version": person.get("/v1/consent").json()["version"]}).status == 200
    assert person.ask("PUT", path + "/document", raw=(SAMPLES / document).read_bytes()).status == 200
    return path


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def upload(person, path, clip, nonce=None):
    raw = clip if isinstance(clip, bytes) else clip.read_bytes()
    return person.ask("PUT", path + "/selfie", raw=raw, headers={"X-Challenge-Nonce": nonce} if nonce else {})


def decided(client, path):
    return wait_for("a decision", lambda: (found := client.get(path).json())["state"] != "processing" and found)


def wait_until_recorded(challenge):
    """As long as a person would take."""
    wait_for("the recording's end", lambda: time.time() > seconds_of(challenge["issued_at"])
             + challenge["prompts"][-1]["until_ms"] / 1000 + 0.1, 60)


def test_a_nonce_is_good_for_one_clip_of_its_case_in_its_time():
    support.need_samples("franck_02045.jpg", "cap13_edit2.mp4")
    clip = (SAMPLES / "cap13_edit2.mp4").read_bytes()
    with Server("--challenge", "required", "--challenge-minutes", "1") as server:
        admin = server.make_admin()
        person, other = (server.make_account(admin, "person", name) for name in ("one", "two"))
        path = "/v1/cases/" + person.post("/v1/cases").json()["id"]
        assert person.post(path + "/challenge").json()["code"] == "wrong_state"
        path, foreign = new_case(person), new_case(other)
        told = person.get(path).json()["challenge"]
        assert told == {"mode": "required", "required": True, "issued": False, "attached": False, "passed": None}, told

        missing = upload(person, path, clip)
        assert missing.status == 409 and missing.json()["code"] == "challenge_missing", missing
        assert other.post(path + "/challenge").status == 404
        drawn_first = person.post(path + "/challenge")
        assert drawn_first.status == 201, drawn_first
        first = drawn_first.json()
        assert person.get(path).json()["challenge"]["issued"] is True
        assert first["nonce"] not in json.dumps(person.get(path).json())
        assert len(first["prompts"]) == 4 and first["length_ms"] >= first["prompts"][-1]["until_ms"]
        length = seconds_of(first["expires_at"]) - seconds_of(first["issued_at"])
        assert abs(length - first["length_ms"] / 1000 - 60) < 0.01, first

        assert upload(other, foreign, clip, first["nonce"]).json()["code"] == "challenge_unknown"
        early = upload(person, path, clip, first["nonce"])
        assert early.status == 409 and early.json()["code"] == "challenge_too_early", early
        again = upload(person, path, clip, first["nonce"])
        assert again.json()["code"] == "challenge_unknown", again  # no second try
        assert [use["role"] for use in person.get(path).json()["media"]] == ["document"]

        headers = {"Idempotency-Key": "a"}
        second = person.post(path + "/challenge", headers=headers).json()
        assert person.post(path + "/challenge", headers=headers).json() == second
        third = person.post(path + "/challenge").json()
        assert len({each["nonce"] for each in (first, second, third)}) == 3
        assert upload(person, path, clip, second["nonce"]).json()["code"] == "challenge_unknown"  # void by the third
        wait_until_recorded(third)
        # Two at once: one of them has it.
        answers = []
        racers = [threading.Thread(target=lambda who=racer: answers.append(upload(who, path, clip, third["nonce"])))
                  for racer in (person, twin(server, person))]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        assert sorted(answer.status for answer in answers) == [200, 409], answers
        told = person.get(path).json()["challenge"]
        assert told["attached"] is True and told["issued"] is False, told

        # Nonces are stored as hashes, and everything goes with the case.
        server.kill()
        database = sqlite3.connect(server.data / "kyclops.db")
        content = repr(database.execute("SELECT * FROM challenges").fetchall())
        assert third["nonce"] not in content and "used" in content, content
        database.close()
        server.restart()
        person.port, person._connection = server.port, None
        assert person.ask("DELETE", path).status == 204
        server.kill()
        with sqlite3.connect(server.data / "kyclops.db") as database:
            left = database.execute("SELECT count(*) FROM challenges WHERE case_id = ?", [path.rsplit("/", 1)[1]]).fetchone()
            assert left == (0,), left


def twin(server, client):
    """The same session in a second connection."""
    out = server.client()
    out.cookie, out.csrf = client.cookie, client.csrf
    return out


def test_a_clip_that_came_before_challenges_were_asked_is_not_processed():
    support.need_samples("franck_02045.jpg", "cap13_edit2.mp4")
    with Server("--challenge", "off") as server:
        person = server.make_account(server.make_admin(), "person")
        path = new_case(person)
        assert person.post(path + "/challenge").json()["code"] == "challenge_off"
        assert upload(person, path, SAMPLES / "cap13_edit2.mp4", "x" * 22).status == 200  # nobody looks at it
        assert person.get(path).json()["challenge"]["mode"] == "off"
        server.kill()
        server.flags = ["--challenge", "required"]
        server.restart()
        person.port, person._connection = server.port, None
        refused = person.post(path + "/process")
        assert refused.status == 409 and refused.json()["code"] == "challenge_missing", refused


def test_a_clip_that_follows_is_accepted_and_others_are_not():
    support.need_samples("franck_02045.jpg", "franck.mp4")
    with scratch() as folder:
        clips = {how: performed(folder, how) for how in ("follow", "still", "wrong_direction", "too_early")}
        clips["replay"] = performed(folder, "follow", SEED + 1)  # what was asked another time
        policy = policy_file(folder, analysis_rate_hz=3, deepfake_detector="none")  # pieces of these clips come again, and it would say so
        with Server("--challenge", "required", "--challenge-seed", SEED, "--policy", policy, "--jobs", "2", "--queue",
                    "8") as server:
            admin = server.make_admin()
            person = server.make_account(admin, "person")
            assert "challenges_are_not_random" in server.log()
            paths = {how: new_case(person) for how in clips}
            challenges = {how: person.post(paths[how] + "/challenge").json() for how in clips}
            asked = json.loads(drawn(folder).read_text())
            assert all(each["prompts"] == asked["prompts"] for each in challenges.values())
            wait_until_recorded(challenges["replay"])
            for how, clip in clips.items():
                put = upload(person, paths[how], clip, challenges[how]["nonce"])
                assert put.status == 200, (how, put)
                assert person.post(paths[how] + "/process").status == 202
            ends = {how: decided(person, path) for how, path in paths.items()}
            states = {how: (end["state"], [reason["code"] for reason in end["reasons"]]) for how, end in ends.items()}
            assert states["follow"] == ("accepted", []), states
            assert ends["follow"]["challenge"]["passed"] is True
            for how in ("still", "wrong_direction", "too_early", "replay"):
                assert states[how][0] == "rejected" and ends[how]["challenge"]["passed"] is False, (how, states)
                assert any(code.startswith("challenge_") for code in states[how][1]), (how, states)
            assert {"challenge_wrong_direction", "challenge_other_movement"} & set(states["wrong_direction"][1]), states
            print("      " + json.dumps(states))

            # How a face moved, and whom it resembles, is nobody's business who reads the log.
            log = support.without_ids(server.log())
            for word in ("yaw", "pitch", "mouth", "eyes", "similarity", "score", "prompts", "nonce", "turn_"):
                assert word not in log, word

            # Timelines are evidence, encrypted and gone with the case; the decision holds none.
            server.kill()
            content = b"".join(path.read_bytes() for path in server.data.glob("kyclops.db*"))
            assert b"mouth_open\":" in content or b"prompts" in content
            assert b"timeline" not in content.replace(b"evidence_timeline", b""), "a timeline is in the database"
            with sqlite3.connect(server.data / "kyclops.db") as database:
                roles = {role for (role,) in database.execute("SELECT DISTINCT role FROM media_uses")}
            assert "evidence_timeline" in roles, roles


def test_a_reviewer_sees_the_timeline_and_the_zone():
    support.need_samples("franck_02045.jpg", "franck.mp4")
    with scratch() as folder:
        policy = policy_file(folder, analysis_rate_hz=3, deepfake_detector="none", document_min_inter_eye_px=900)  # review for its small portrait
        with Server("--challenge", "required", "--challenge-seed", SEED, "--policy", policy) as server:
            admin = server.make_admin()
            person, reviewer = server.make_account(admin, "person"), server.make_account(admin, "reviewer")
            path = new_case(person)
            challenge = person.post(path + "/challenge").json()
            wait_until_recorded(challenge)
            assert upload(person, path, performed(folder), challenge["nonce"]).status == 200
            assert person.post(path + "/process").status == 202
            case = decided(person, path)
            assert case["state"] == "review", case
            seen = reviewer.get("/v1/reviews/" + case["id"]).json()
            result = seen["challenge"]
            assert result["passed"] and [prompt["passed"] for prompt in result["prompts"]] == [True] * 4, result["prompts"]
            assert all(prompt["from_ms"] < prompt["seen_at_ms"] < prompt["until_ms"] for prompt in result["prompts"])
            times = [each["at_ms"] for each in result["timeline"]]
            assert times == sorted(times) and len(times) > 150 and times[-1] > challenge["prompts"][-1]["until_ms"]
            assert seen["mrz"] is None  # a portrait
            assert "evidence_timeline" not in [use["role"] for use in seen["evidence"]]
            assert {signal["name"] for signal in seen["decision"]["signals"]} >= {
                "challenge_prompt_1", "challenge_prompt_4", "challenge_identity", "document_check_digits"}
            assert "timeline" not in seen["decision"]["challenge"]
            assert person.get(path + "/media/evidence_timeline").status == 404


if __name__ == "__main__":
    support.run_tests(sys.modules["__main__"])
