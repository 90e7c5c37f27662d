"""Every endpoint as every role: 401 without a log-in, 403 with the wrong one, something else with the right one.

Who may what is read from the OpenAPI file in the source tree, not from the program.
"""

import json
import re
import sys
import time

import support
from support import ROLES, SOURCE, Server

API = json.loads((SOURCE / "src/kyc/service/openapi.json").read_text())
# Calls that would take the asking session or account away; their right is asked for with a body that is refused.
REFUSED_BODY = {"nonsense": 1}


def operations():
    for path, methods in API["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), re.sub(r"\{\w+\}", "none", path), operation


def ask(client, method, path, **more):
    body = None if method == "GET" or path.endswith(("/document", "/selfie")) else REFUSED_BODY
    return client.ask(method, path, body, **more)


def test_every_endpoint_as_every_role():
    with Server() as server:
        admin = server.make_admin()
        clients = {role: server.make_account(admin, role, "the" + role) for role in ROLES}
        asked = 0
        for method, path, operation in operations():
            if method == "DELETE" and path == "/v1/session":
                continue  # asked last
            if path.endswith("/events"):
                continue  # the same row of the table as the job itself, and it would wait
            public = operation["security"] == []
            nobody = ask(server.client(), method, path)
            assert (nobody.status != 401) == public or operation["operationId"] == "logIn", (method, path, nobody)
            if not public:
                assert nobody.json()["code"] == "unauthenticated" and nobody.headers["www-authenticate"] == "Bearer"
            forged = server.client()
            forged.cookie, forged.csrf, forged.key = "x" * 43, "y", None
            assert public or ask(forged, method, path).status == 401, (method, path)
            for role, client in clients.items():
                answer = ask(client, method, path)
                allowed = public or role in operation["x-roles"]
                code = answer.json().get("code") if answer.headers.get("content-type") == "application/json" else None
                assert (answer.status == 403 and code == "forbidden") == (not allowed), (role, method, path, answer)
                assert answer.status not in (401, 500), (role, method, path, answer)
                asked += 1
                if method != "GET" and not public and allowed:
                    without = ask(client, method, path, headers={"X-CSRF-Token": "wrong"})
                    assert without.status == 403 and without.json()["code"] == "csrf", (role, method, path, without)
        assert asked > 200, asked
        for client in clients.values():
            assert client.ask("DELETE", "/v1/session").status == 204
            assert client.get("/v1/account").status == 401


def test_every_endpoint_with_an_api_key_of_one_scope():
    with Server() as server:
        admin = server.make_admin()
        scopes = sorted({operation["x-scope"] for _, _, operation in operations() if "x-scope" in operation})
        keys = {}
        for scope in scopes:
            made = admin.post("/v1/keys", {"name": scope, "scopes": [scope]})
            assert made.status == 201, made
            keys[scope] = server.client()
            keys[scope].key = made.json()["key"]
        for method, path, operation in operations():
            if operation["security"] == [] or path.endswith("/events") or "admin" not in operation["x-roles"]:
                continue
            for scope, program in keys.items():
                answer = ask(program, method, path)
                wanted = operation.get("x-scope")
                if wanted is None:
                    assert answer.status == 403 and answer.json()["code"] == "session_only", (method, path, answer)
                elif wanted != scope:
                    assert answer.status == 403 and answer.json()["code"] == "scope", (scope, method, path, answer)
                else:
                    assert answer.status not in (401, 403, 500), (scope, method, path, answer)


def test_before_the_one_time_password_is_set_up_nothing_else_is_allowed():
    with Server() as server:
        admin = server.make_admin()
        fresh = server.client()
        fresh.post("/v1/accounts", {"email": "r@example.org", "name": "R", "password": support.PASSWORD, "role": "reviewer"})
        account = admin.get("/v1/accounts?state=pending").json()["items"][0]["id"]
        assert admin.post(f"/v1/accounts/{account}/state", {"state": "authorised"}).status == 200
        assert fresh.log_in("r@example.org").json()["totp_setup_required"] is True
        during = {"session", "logOut", "account", "beginTotp", "confirmTotp"}
        for method, path, operation in operations():
            if operation["security"] == [] or "reviewer" not in operation["x-roles"] or operation["operationId"] == "logOut":
                continue
            answer = ask(fresh, method, path)
            refused = answer.status == 403 and answer.json()["code"] == "totp_setup_required"
            assert refused == (operation["operationId"] not in during), (method, path, answer)
        before = fresh.cookie
        fresh.set_up_totp()
        assert fresh.cookie != before and fresh.get("/v1/reviews").status == 200
        old = server.client()
        old.cookie = before
        assert old.get("/v1/session").status == 401  # a session known before the second factor is of no use


def test_a_log_in_takes_as_long_for_an_address_that_nobody_has():
    with Server() as server:
        server.make_account(server.make_admin(), "person", "somebody")
        times = {"somebody@example.org": [], "nobody0@example.org": []}
        client = server.client()
        for attempt in range(16):
            for address, taken in list(times.items())[::1 if attempt % 2 else -1]:
                begun = time.perf_counter()
                answer = client.log_in(address, "not this one either")
                taken.append(time.perf_counter() - begun)
                assert answer.status == 401, answer
            if attempt % 4 == 3:  # the fifth failure would lock
                assert client.log_in("somebody@example.org").status == 201
                times[f"nobody{attempt}@example.org"] = times.pop(next(name for name in times if "nobody" in name))
        known, unknown = (sorted(taken)[len(taken) // 4] for taken in times.values())
        print(f"      {known * 1000:.1f} ms and {unknown * 1000:.1f} ms")
        assert 0.5 < known / unknown < 2, times


def test_a_cookie_from_before_the_log_in_is_worth_nothing_after_it():
    with Server() as server:
        admin = server.make_admin()
        person = server.make_account(admin, "person")
        planted = server.client()
        assert planted.log_in("person@example.org").status == 201
        fixed = planted.cookie
        victim = server.client()
        victim.cookie = fixed  # an attacker's, in the victim's browser
        body = {"email": "admin@example.org", "password": support.PASSWORD, "totp": support.totp(admin.secret, 1)}
        answer = victim.post("/v1/session", body)
        assert answer.status == 201 and victim.cookie != fixed
        attacker = server.client()
        attacker.cookie = fixed
        assert attacker.get("/v1/session").status == 401
        assert person.get("/v1/session").status == 200


if __name__ == "__main__":
    support.run_tests(sys.modules["__main__"])
