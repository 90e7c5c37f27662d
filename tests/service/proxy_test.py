#!/usr/bin/env python3
"""examples/service/: nginx of Debian before the service with TLS and limits, and the systemd unit."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time

from support import PASSWORD, PROGRAM, SOURCE, Server, need_samples, run_tests, scratch

EXAMPLES = SOURCE / "examples/service"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def substituted(text, pattern, by):
    out, count = re.subn(pattern, by, text)
    assert count > 0, pattern
    return out


@contextlib.contextmanager
def nginx(folder, service_port):
    """The example with other ports, names and certificate; all else as it is. Gives (https port, http port)."""
    plain, tls = free_port(), free_port()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    text = (EXAMPLES / "nginx.conf").read_text()
    text = substituted(text, r"\n *listen \[::\][^\n]*", "")
    text = substituted(text, r"listen 80;", f"listen 127.0.0.1:{plain};")
    text = substituted(text, r"listen 443 ", f"listen 127.0.0.1:{tls} ")
    text = substituted(text, r"127\.0\.0\.1:8080", f"127.0.0.1:{service_port}")
    text = substituted(text, r"/etc/ssl/kyclops/fullchain\.pem", str(folder / "cert.pem"))
    text = substituted(text, r"/etc/ssl/kyclops/privkey\.pem", str(folder / "key.pem"))
    for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
        (folder / name).mkdir()
    temporary = "".join(f"{key} {folder / name};\n" for key, name in
                        (("client_body_temp_path", "body"), ("proxy_temp_path", "proxy"),
                         ("fastcgi_temp_path", "fastcgi"), ("uwsgi_temp_path", "uwsgi"), ("scgi_temp_path", "scgi")))
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{\n{temporary}{text}}}\n")
    process = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", tls), timeout=1):
                break
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        yield tls, plain
    finally:
        process.terminate()
        process.wait(timeout=20)


def ask(port, method, path, body=None, headers=None):
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=ssl._create_unverified_context())
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    return response, response.read()


def as_json(body):
    return json.dumps(body).encode(), {"Content-Type": "application/json"}


def test_nginx_passes_what_it_should_and_limits_the_rest():
    if shutil.which("nginx") is None:
        print("skipped: nginx is not installed (Debian: nginx-light)")
        return
    with scratch() as folder, Server("--behind-proxy") as server, nginx(folder, server.port) as (tls, plain):
        assert ask(tls, "GET", "/healthz")[0].status == 200
        assert ask(tls, "GET", "/metrics")[0].status == 404
        moved = http.client.HTTPConnection("127.0.0.1", plain, timeout=20)
        moved.request("GET", "/account?x=1")
        answer = moved.getresponse()
        assert answer.status == 301 and answer.getheader("Location").startswith("https://"), answer.getheaders()

        # The service's own answers come through: cookies for TLS only, its limits, its errors.
        email = "person@example.org"
        made, _ = ask(tls, "POST", "/v1/accounts", *as_json({"email": email, "name": "P", "password": PASSWORD}))
        assert made.status == 202, made.status
        token = server.setup_token()
        ask(tls, "POST", "/v1/setup", *as_json({"token": token, "email": "admin@example.org", "name": "A",
                                                "password": PASSWORD}))
        entered, _ = ask(tls, "POST", "/v1/session", *as_json({"email": "admin@example.org", "password": PASSWORD}))
        assert entered.status == 201 and "; Secure" in entered.getheader("Set-Cookie"), entered.getheaders()
        assert entered.getheader("Strict-Transport-Security"), entered.getheaders()
        unknown, body = ask(tls, "GET", "/v1/nothing")
        assert unknown.status == 404 and json.loads(body)["code"], body

        # More than any body may have is refused before it is read, and nothing of it is on the disk.
        connection = http.client.HTTPSConnection("127.0.0.1", tls, timeout=60, context=ssl._create_unverified_context())
        connection.putrequest("PUT", "/v1/cases/x/selfie")
        connection.putheader("Content-Length", str(10 << 30))
        connection.endheaders()
        assert connection.getresponse().status == 413
        assert not [name for sub in ("body", "proxy") for name in (folder / sub).rglob("*") if name.is_file()]

        # Who claims to be somebody else is counted as who he is: the limit of log-ins holds.
        def attempt(i):
            body, headers = as_json({"email": "nobody@example.org", "password": "x" * 12})
            return ask(tls, "POST", "/v1/session", body, headers | {"X-Forwarded-For": f"10.0.0.{i}"})[0].status

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(attempt, range(40)))
        assert 429 in statuses and set(statuses) <= {401, 403, 423, 429, 503}, statuses


def test_the_unit_is_one_and_keeps_the_service_in():
    if shutil.which("systemd-analyze") is None:
        print("skipped: systemd-analyze is not installed")
        return
    with scratch() as folder:
        unit = folder / "kyclops.service"
        text = (EXAMPLES / "kyclops.service").read_text()
        unit.write_text(substituted(text, r"ExecStart=\S+", f"ExecStart={PROGRAM}"))
        checked = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
        faults = [line for line in checked.stderr.splitlines() if "kyclops.service" in line]
        assert not faults, faults
        # 0 is shut in, 10 may do everything; a unit without any of these lines has 9.6.
        rated = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=25", unit],
                               capture_output=True, text=True)
        assert rated.returncode == 0, rated.stdout[-2000:] + rated.stderr
        # Every flag of the unit is one.
        flags = re.search(r"ExecStart=\S+ (serve .*)", text)[1].split()
        help_text = subprocess.run([PROGRAM, "serve", "--help"], capture_output=True, text=True, check=True).stdout
        for flag in flags:
            assert not flag.startswith("--") or flag in help_text, flag


if __name__ == "__main__":
    need_samples()
    run_tests(sys.modules[__name__])
