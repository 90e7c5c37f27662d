"""JSON bodies, queries and ids that nobody would send: the service says what is wrong with them, and never that it failed.

Ten seconds of it; KYC_FUZZ_SECONDS=600 for more, KYC_FUZZ_SEED for others. The parser of the requests themselves has a
fuzzer of its own, which runs under sanitizers: tests/fuzz.
"""

import json
import os
import random
import re
import subprocess
import sys
import time

import support
from support import PROGRAM, SOURCE, Server

API = json.loads((SOURCE / "src/kyc/service/openapi.json").read_text())
SECONDS = float(os.environ.get("KYC_FUZZ_SECONDS", "10"))
SEED = int(os.environ.get("KYC_FUZZ_SEED", "1"))
# They would end the session, or the account, that asks.
LEFT_OUT = {"logOut", "eraseAccount", "changePassword", "beginTotp", "confirmTotp"}
ODD_TEXTS = ["", " ", "\0", "\n\r\t", "a" * 300, "a" * 70_000, "\u202e\u0000x", "\U0001F600" * 50, "../../etc/passwd", "' OR 1=1 --",
             "%00", "%s%n", "{{7*7}}", "<script>", "-1", "1e999", "NaN", "\ud800"]
ODD_VALUES = [None, True, False, 0, -1, 2**31, 2**63 - 1, 2**64, -2**63 - 1, 1.5, 1e308, [], {}, [[]], {"": ""}, ["a"] * 2000]


def resolved(schema):
    while "$ref" in schema:
        at = API
        for part in schema["$ref"].split("/")[1:]:
            at = at[part]
        schema = at
    return schema


def fitting(schema, dice):
    """A value that the schema allows, or nearly."""
    schema = resolved(schema)
    if "enum" in schema:
        return dice.choice(schema["enum"])
    kind = schema.get("type", "string")
    kind = dice.choice(kind) if isinstance(kind, list) else kind
    if kind == "object":
        return {name: fitting(each, dice) for name, each in schema.get("properties", {}).items()
                if name in schema.get("required", []) or dice.random() < 0.5}
    if kind == "array":
        return [fitting(schema.get("items", {}), dice) for _ in range(dice.randrange(3))]
    if kind in ("integer", "number"):
        return dice.choice([schema.get("minimum", 0), schema.get("maximum", 10), 1])
    if kind == "boolean":
        return dice.random() < 0.5
    return None if kind == "null" else "x" * max(1, schema.get("minLength", 1))


def spoilt(value, dice):
    """The same with something wrong somewhere in it."""
    if isinstance(value, dict) and value and dice.random() < 0.8:
        name = dice.choice(list(value))
        return {**value, name: spoilt(value[name], dice)} if dice.random() < 0.8 else {k: v for k, v in value.items() if k != name}
    if isinstance(value, dict) and dice.random() < 0.5:
        return {**value, dice.choice(ODD_TEXTS[:12]): dice.choice(ODD_VALUES)}
    return dice.choice(ODD_TEXTS) if dice.random() < 0.5 else dice.choice(ODD_VALUES)


def bytes_of(value, dice):
    raw = json.dumps(value).encode()
    chance = dice.random()
    if chance < 0.1:
        raw = raw[:dice.randrange(len(raw) + 1)]
    elif chance < 0.2 and raw:
        at = dice.randrange(len(raw))
        raw = raw[:at] + bytes([dice.randrange(256)]) + raw[at + 1:]
    elif chance < 0.23:
        raw = b"[" * dice.choice([10, 100, 60_000])
    return raw


def query_of(operation, dice):
    out = []
    for parameter in operation.get("parameters", []):
        parameter = resolved(parameter)
        if parameter["in"] == "query" and dice.random() < 0.5:
            value = dice.choice(["", "-1", "0", "201", "999999999999999999999", "%00", "%ff", "a%20b", "x" * 3000, "1.5", "null", "20", "en"])
            out.append(f"{parameter['name']}={value}")
    return "?" + "&".join(out) if out else ""


def operations():
    return [(method.upper(), path, operation) for path, methods in API["paths"].items() for method, operation in methods.items()
            if operation["operationId"] not in LEFT_OUT and not path.endswith(("/events", "/document", "/selfie"))]


def test_no_body_query_or_id_makes_it_fail():
    asked = operations()
    assert len(asked) > 50, len(asked)
    with Server() as server:
        admin = server.make_admin()
        person = server.make_account(admin, "person")
        case = person.post("/v1/cases").json()["id"]
        ids = ["none", case, person.account, "%2e%2e", "a%2fb", "%f0%9f%98%80", "x" * 500, "%00"]
        end, number, statuses = time.monotonic() + SECONDS, 0, {}
        while time.monotonic() < end or number < 300:
            dice = random.Random(f"{SEED}:{number}")
            method, path, operation = dice.choice(asked)
            path = re.sub(r"\{\w+\}", lambda _: dice.choice(ids), path)
            client = dice.choice([admin, admin, person])
            if method == "DELETE" or (method == "POST" and path.startswith("/v1/accounts/")):  # a lucky guess would leave nobody to ask
                path = path.replace(case, "none").replace(person.account, "none")
            raw = None
            headers = {}
            if "requestBody" in operation:
                schema = operation["requestBody"]["content"].get("application/json", {}).get("schema", {})
                body = fitting(schema, dice)
                raw = bytes_of(spoilt(body, dice) if dice.random() < 0.8 else body, dice)
                headers = {"Content-Type": dice.choice(["application/json", "application/json", "application/json; charset=utf-8", "text/plain"])}
                if dice.random() < 0.2:
                    headers["Idempotency-Key"] = dice.choice(["a", "b", "x" * 300])
            answer = client.ask(method, path + query_of(operation, dice), raw=raw, headers=headers)
            told = f"KYC_FUZZ_SEED={SEED}, number {number}: {method} {path[:200]} {(raw or b'')[:200]!r}: {answer}"
            assert answer.status < 500 or answer.status == 503, told
            if answer.status >= 400 and answer.headers.get("content-type") == "application/json":
                assert {"code", "message"} <= set(answer.json()), told
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
            number += 1
        print(f"      {number} calls of {len(asked)} operations: {dict(sorted(statuses.items()))}")
        assert statuses.get(422, 0) > 20 and statuses.get(400, 0) > 20, statuses
        assert admin.get("/v1/audit/check").json()["whole"] is True
        assert '"unexpected"' not in server.log(), server.log()[-2000:]
        assert server.stop() == 0
        assert subprocess.run([PROGRAM, "audit", "verify", "--data", server.data, *server.database], stdout=subprocess.PIPE, check=False).returncode == 0


if __name__ == "__main__":
    support.run_tests(sys.modules["__main__"])
