"""HTTP as it goes over the wire: limits, ranges, slow and hostile clients, shutdown."""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time

import support
from support import SAMPLES, SOURCE, Server, policy_file, scratch, wait_for


def raw(port, data, seconds=15, pause=None):
    """Sends bytes, returns everything that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as client:
        client.sendall(data)
        out = b""
        try:
            while piece := client.recv(65536):
                out += piece
        except (socket.timeout, ConnectionResetError):
            pass
        return out


def status(answer):
    return int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else None


def logged_in(server):
    """An administrator's cookie and token, and one open case of theirs."""
    admin = server.make_admin()
    person = server.make_account(admin, "person")
    case = person.post("/v1/cases").json()["id"]
    version = person.get("/v1/consent").json()["version"]
    assert person.post(f"/v1/cases/{case}/consent", {"version": version}).status == 200
    return admin, person, case


def header_of(person):
    return f"Cookie: kyclops_session={person.cookie}\r\nX-CSRF-Token: {person.csrf}\r\n".encode()


def test_answers_follow_the_standard():
    with Server() as server:
        client = server.client()
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/readyz").json()["ready"] is True
        head = client.ask("HEAD", "/openapi.json")
        whole = client.get("/openapi.json")
        assert head.status == 200 and head.body == b"" and head.headers["content-length"] == str(len(whole.body))
        same = client.get("/openapi.json", headers={"If-None-Match": whole.headers["etag"]})
        assert same.status == 304 and same.body == b"" and "content-length" not in same.headers, same.headers
        part = client.get("/openapi.json", headers={"Range": "bytes=1-3"})
        assert part.status == 206 and part.body == whole.body[1:4], part
        assert part.headers["content-range"] == f"bytes 1-3/{len(whole.body)}"
        stale = client.get("/openapi.json", headers={"Range": "bytes=1-3", "If-Range": '"other"'})
        assert stale.status == 200 and stale.body == whole.body
        over = client.get("/openapi.json", headers={"Range": "bytes=99999999-"})
        assert over.status == 416 and over.headers["content-range"] == f"bytes */{len(whole.body)}"
        assert client.get("/openapi.json").status == 200  # the connection is still good
        wrong = client.ask("DELETE", "/healthz")
        assert wrong.status == 405 and wrong.headers["allow"] == "GET, HEAD", wrong.headers
        missing = client.get("/v1/nothing")
        assert missing.status == 404 and missing.json()["code"] == "not_found"
        page = client.get("/")
        assert page.status == 200 and "default-src 'none'" in page.headers["content-security-policy"]
        for name, value in {"x-content-type-options": "nosniff", "x-frame-options": "DENY"}.items():
            assert page.headers[name] == value and missing.headers[name] == value
        assert client.get("/somewhere").status == 404


def test_malformed_requests_are_refused():
    with Server() as server:
        port = server.port
        for request, expected in [
                (b"nonsense\r\n\r\n", 400),
                (b"GET / HTTP/1.1\r\n\r\n", 400),  # no Host
                (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
                (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
                (b"GET /../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                (b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                (b"GET /v1/%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20000 + b"\r\n\r\n", 431),
                (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 5000 + b"\r\n", 431),
                (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
                (b"POST /v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                 400),
                (b"POST /v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
                (b"POST /v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
                (b"POST /v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400),
                (b"POST /v1/session HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                 b"Content-Type: application/json\r\n\r\nzz\r\n", 400),
                (b"POST /v1/session HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n", 417),
        ]:
            answer = raw(port, request)
            assert status(answer) == expected, (request[:80], expected, answer[:200])
            assert b"Connection: close" in answer, answer[:300]
        # What looks like a header in a value stays a value.
        answer = raw(port, b"GET /nowhere?a=%0d%0aSet-Cookie:%20x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert b"Set-Cookie" not in answer
        assert server.client().get("/healthz").status == 200


def test_bodies_come_whole_chunked_or_not_at_all():
    with Server() as server:
        port = server.port
        body = json.dumps({"email": "a@example.org", "password": "wrong wrong wrong"}).encode()
        head = b"POST /v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n"
        chunks = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(body[i:i + 7]), body[i:i + 7]) for i in range(0, len(body), 7))
        assert status(raw(port, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\nTrailer: x\r\n\r\n")) == 401
        # byte by byte
        with socket.create_connection(("127.0.0.1", port), timeout=15) as client:
            for byte in head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n":
                client.sendall(bytes([byte]))
            assert status(client.recv(65536)) == 401
        # two requests at once on one connection, the first one with a body that nobody reads
        two = (b"POST /v1/nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
               b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = raw(port, two)
        assert answer.count(b"HTTP/1.1 ") == 2 and b"404" in answer and b'"status":"ok"' in answer, answer
        # the server asks for the body only when it wants it
        with socket.create_connection(("127.0.0.1", port), timeout=15) as client:
            client.sendall(head + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
            assert client.recv(65536).startswith(b"HTTP/1.1 100 "), "no 100"
            client.sendall(body)
            assert status(client.recv(65536)) == 401


def test_too_large_is_said_before_the_body_is_read():
    with Server("--max-clip-mib", "1") as server:
        _, person, case = logged_in(server)
        declared = (b"PUT /v1/cases/" + case.encode() + b"/document HTTP/1.1\r\nHost: a\r\n" + header_of(person) +
                    b"Content-Length: 10737418240\r\n")
        begun = time.monotonic()
        assert status(raw(server.port, declared + b"\r\n")) == 413
        assert status(raw(server.port, declared + b"Expect: 100-continue\r\n\r\n")) == 413
        assert time.monotonic() - begun < 10
        big = server.client().post("/v1/session", {"email": "a", "password": "x" * 100000})
        assert big.status == 413 and big.json()["code"] == "too_large", big
        # nobody says how long: cut off where the limit is
        endless = (b"PUT /v1/cases/" + case.encode() + b"/document HTTP/1.1\r\nHost: a\r\n" + header_of(person) +
                   b"Transfer-Encoding: chunked\r\n\r\n")
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
            client.sendall(endless)
            sent = 0
            try:
                chunk = b"100000\r\n" + b"\xff\xd8\xff" + b"x" * (0x100000 - 3) + b"\r\n"
                while sent < 64:
                    client.sendall(chunk)
                    sent += 1
            except (BrokenPipeError, ConnectionResetError):
                pass
            assert sent < 64
        wait_for("the unfinished file to go", lambda: not list((server.data / "media" / "incoming").iterdir()), 20)
        # without a log-in nothing is read at all
        answer = raw(server.port, declared.replace(header_of(person), b"") + b"\r\n")
        assert status(answer) == 401, answer


def test_uploads_are_told_by_their_content():
    with Server() as server:
        _, person, case = logged_in(server)
        path = f"/v1/cases/{case}/document"
        for content in (b"<html><script>", b"GIF89a" + b"x" * 100, b"#EXTM3U\nfile:///etc/passwd", b"%PDF-1.4",
                        b"\0\0\0\x20ftypisom" + b"x" * 100):
            refused = person.ask("PUT", path, raw=content, headers={"Content-Type": "image/jpeg"})
            assert refused.status == 415 and refused.json()["code"] == "unsupported_file", (content[:20], refused)
        assert person.ask("PUT", path, raw=b"").status == 422
        early = person.ask("PUT", f"/v1/cases/{case}/selfie", raw=b"\0\0\0\x20ftypisom" + b"x" * 100)
        assert early.status == 409 and early.json()["code"] == "wrong_state", early
        assert person.ask("PUT", path, raw=b"\xff\xd8\xff" + b"x" * 100).status == 200
        own = person.get(f"/v1/cases/{case}/media/document")
        assert own.status == 200 and "sandbox" in own.headers["content-security-policy"]
        other = server.client()
        other.cookie, other.csrf = person.cookie, "wrong"
        assert other.ask("DELETE", f"/v1/cases/{case}").json()["code"] == "csrf"
        other.csrf = None
        assert other.post("/v1/cases").json()["code"] == "csrf"


def test_hostile_files_are_decided_and_break_nothing():
    corrupt = SOURCE.parent / "shared" / "vectors" / "corrupt-images"
    files = sorted(corrupt.rglob("*"))[:12] if corrupt.is_dir() else []
    files = [path for path in files if path.is_file()]
    support.need_samples("audrey.jpg", "cap13_edit2.mp4")
    clip = (SAMPLES / "cap13_edit2.mp4").read_bytes()[:200_000]
    with scratch() as folder, Server("--policy", policy_file(folder, analysis_rate_hz=0.3)) as server:
        admin = server.make_admin()
        person = server.make_account(admin, "person")
        version = person.get("/v1/consent").json()["version"]
        documents = [path.read_bytes() for path in files] + [
            (SAMPLES / "audrey.jpg").read_bytes()[:3000],
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x02\0\0\0" + b"x" * 100]
        decided = 0
        for document in documents:
            case = "/v1/cases/" + person.post("/v1/cases").json()["id"]
            person.post(case + "/consent", {"version": version})
            if person.ask("PUT", case + "/document", raw=document).status == 200:
                assert person.ask("PUT", case + "/selfie", raw=clip).status == 200
                assert person.post(case + "/process").status == 202
                end = wait_for("a decision", lambda: (found := person.get(case).json())["state"] != "processing" and found)
                assert end["state"] == "rejected", (end, document[:20])
                assert "/proc" not in json.dumps(end["reasons"])
                decided += 1
            assert person.ask("DELETE", case).status == 204
        assert decided >= 2
        assert server.client().get("/healthz").status == 200


def test_slow_clients_are_cut_off_and_others_served_meanwhile():
    with Server() as server:
        slow = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in range(200)]
        for client in slow:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n")
        stop = threading.Event()

        def drip():
            while not stop.wait(1):
                for client in slow:
                    try:
                        client.sendall(b"X: y\r\n")
                    except OSError:
                        pass

        dripping = threading.Thread(target=drip)
        dripping.start()
        begun = time.monotonic()
        worst = 0
        other = server.client()
        while time.monotonic() - begun < 14:
            asked = time.monotonic()
            assert other.get("/healthz").status == 200
            worst = max(worst, time.monotonic() - asked)
            time.sleep(0.05)
        stop.set()
        dripping.join()
        for client in slow:
            answer = b""
            try:
                while piece := client.recv(65536):
                    answer += piece
            except OSError:
                pass
            assert status(answer) in (408, None), answer
            client.close()
        print(f"      200 slow connections: slowest answer for another client {worst * 1000:.0f} ms")
        assert worst < 5, worst


def test_too_many_connections_are_told_so():
    with Server("--connections", "5") as server:
        held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]
        wait_for("the limit", lambda: status(raw(server.port, b"")) == 503, 10)
        for client in held:
            client.close()
        wait_for("room again", lambda: status(raw(
            server.port, b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")) == 200, 10)


def test_a_stop_finishes_what_runs():
    with Server() as server:
        _, person, case = logged_in(server)
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
            client.sendall(b"PUT /v1/cases/" + case.encode() + b"/document HTTP/1.1\r\nHost: a\r\n" + header_of(person) +
                           b"Content-Length: 100\r\n\r\n\xff\xd8\xff")
            time.sleep(0.5)
            server.process.terminate()
            time.sleep(0.5)
            try:
                socket.create_connection(("127.0.0.1", server.port), timeout=2).close()
                raise AssertionError("it still listens")
            except ConnectionRefusedError:
                pass
            client.sendall(b"x" * 97)
            answer = client.recv(65536)
        assert status(answer) == 200 and b"Connection: close" in answer, answer
        assert server.process.wait(timeout=30) == 0


def test_tls():
    with scratch() as folder:
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-addext",
                               "subjectAltName=DNS:localhost", "-days", "2", "-keyout", folder / "key.pem", "-out",
                               folder / "cert.pem"], stderr=subprocess.DEVNULL, check=False)
        assert made.returncode == 0
        with Server("--tls-cert", folder / "cert.pem", "--tls-key", folder / "key.pem") as server:
            context = ssl.create_default_context(cafile=folder / "cert.pem")
            plain = socket.create_connection(("127.0.0.1", server.port), timeout=15)
            with context.wrap_socket(plain, server_hostname="localhost") as client:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert b'"status":"ok"' in client.recv(65536)
                body = json.dumps({"token": server.setup_token(), "email": "a@example.org", "name": "A",
                                   "password": support.PASSWORD}).encode()
                client.sendall(b"POST /v1/setup HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                               b"Content-Length: %d\r\n\r\n" % len(body) + body)
                assert status(client.recv(65536)) == 201
                body = json.dumps({"email": "a@example.org", "password": support.PASSWORD}).encode()
                client.sendall(b"POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                               b"Content-Length: %d\r\n\r\n" % len(body) + body)
                answer = client.recv(65536)
                assert b"; Secure" in answer and b"HttpOnly" in answer and b"SameSite=Strict" in answer, answer


def test_pages_come_from_a_folder_and_from_nowhere_else():
    with scratch() as folder:
        (folder / "web" / "assets").mkdir(parents=True)
        (folder / "web" / "index.html").write_text("<!doctype html>the page")
        (folder / "web" / "assets" / "a.js").write_text("1")
        (folder / "web" / ".secret").write_text("hidden")
        (folder / "outside.txt").write_text("outside")
        os.symlink(folder / "outside.txt", folder / "web" / "link.txt")
        with Server("--web", folder / "web") as server:
            client = server.client()
            page = client.get("/")
            assert page.body == b"<!doctype html>the page" and "script-src 'self'" in page.headers["content-security-policy"]
            assert client.get("/review/abc").body == page.body  # the page's own routes
            script = client.get("/assets/a.js")
            assert script.headers["content-type"].startswith("text/javascript") and "immutable" in script.headers["cache-control"]
            assert client.get("/assets/b.js").status == 404
            assert client.get("/.secret").status == 404
            assert client.get("/link.txt").status == 404
            assert client.get("/%2e%2e%2foutside.txt").status in (400, 404)
            assert client.get("/v1/nothing").status == 404


if __name__ == "__main__":
    support.run_tests(sys.modules["__main__"])
