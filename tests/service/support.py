"""What the tests of the service share: a real server on a free port, and clients that log in."""

import base64
import contextlib
import hashlib
import hmac
import http.client
import itertools
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM = pathlib.Path(sys.argv[1])
SAMPLES = pathlib.Path(sys.argv[2])
SOURCE = pathlib.Path(__file__).resolve().parents[2]
PASSWORD = "three green bottles"
ROLES = ["person", "reviewer", "researcher", "admin"]


def need_samples(*names):
    for name in names:
        if not (SAMPLES / name).exists():
            print(f"skipped: {name} is not among the sample media (tools/setup fetches them)")
            sys.exit(77)


def totp(secret, offset=0):
    """RFC 6238, from the base 32 text."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + offset), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06d}"


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.cookies = [value for name, value in response.getheaders() if name.lower() == "set-cookie"]
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Client:
    """Keeps a connection, a cookie and a CSRF token, as a browser does."""

    def __init__(self, port):
        self.port = port
        self.cookie = None
        self.csrf = None
        self.key = None
        self.secret = None
        self.account = None
        self._connection = None

    def ask(self, method, path, body=None, headers=None, raw=None):
        headers = dict(headers or {})
        if body is not None:
            raw = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        if self.cookie:
            headers.setdefault("Cookie", "kyclops_session=" + self.cookie)
        if self.csrf:
            headers.setdefault("X-CSRF-Token", self.csrf)
        if self.key:
            headers.setdefault("Authorization", "Bearer " + self.key)
        for attempt in (0, 1):
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
            try:
                self._connection.request(method, path, raw, headers)
                response = self._connection.getresponse()
                answer = Answer(response, response.read())
                break
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self._connection.close()  # the server closed a connection that was idle
                self._connection = None
                if attempt:
                    raise
        if response.will_close:
            self._connection.close()
            self._connection = None
        for cookie in answer.cookies:
            self.cookie = re.match("kyclops_session=([^;]*)", cookie)[1] or None
        return answer

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.ask("POST", path, {} if body is None else body, **more)

    def log_in(self, email, password=PASSWORD, code=None):
        self.cookie = self.csrf = None
        answer = self.post("/v1/session", {"email": email, "password": password} | ({"totp": code} if code else {}))
        if answer.status == 201:
            self.csrf = answer.json()["csrf_token"]
            self.account = answer.json()["account"]["id"]
        return answer

    def set_up_totp(self):
        begun = self.post("/v1/account/totp", {"password": PASSWORD})
        assert begun.status == 201, begun
        self.secret = begun.json()["secret"]
        done = self.post("/v1/account/totp/confirm", {"totp": totp(self.secret)})
        assert done.status == 200, done
        self.csrf = done.json()["csrf_token"]


class Server:
    """kyclops serve in a folder of its own; on a PostgreSQL database of its own where with_postgres.py runs the test."""

    databases = itertools.count(1)

    def __init__(self, *flags, data=None, env=None):
        self._temporary = None if data else tempfile.TemporaryDirectory(prefix="kyclops-service-")
        self.data = pathlib.Path(data or self._temporary.name) if data else pathlib.Path(self._temporary.name) / "data"
        self.flags = [str(flag) for flag in flags]
        self.database = []  # for programs beside the server
        if (address := os.environ.get("KYC_TEST_POSTGRES")) and "--database" not in self.flags:
            name = f"t{os.getpid()}_{next(self.databases)}"
            subprocess.run(["psql", address, "-qc", f"CREATE DATABASE {name}"], check=True)
            self.database = ["--database", address.rsplit("/", 1)[0] + "/" + name]
            self.flags += self.database
        self.env = os.environ | (env or {})
        self.lines = []
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--password-mib", "8",
             "--attempts-per-minute", "0", *([] if "--web" in self.flags else ["--no-web"]),
             *([] if "--challenge" in self.flags else ["--challenge", "optional"]), *self.flags],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.env)
        first = self.process.stdout.readline()
        match = re.match(r"listening on port (\d+)", first)
        if not match:
            raise AssertionError("no server: " + first + self.process.stderr.read())
        self.port = int(match[1])
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()

    def _read_log(self):
        for line in self.process.stderr:
            self.lines.append(line)

    def setup_token(self):
        return re.search(r"#token=(\S+)", self.process.stdout.readline())[1]

    def log(self):
        return "".join(self.lines)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """returns  the exit code"""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self._reader.join(timeout=5)
        return code

    def restart(self):
        self.start()

    def client(self):
        return Client(self.port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()
        if self._temporary:
            self._temporary.cleanup()

    def make_admin(self):
        admin = self.client()
        token = self.setup_token()
        made = admin.post("/v1/setup", {"token": token, "email": "admin@example.org", "name": "Admin",
                                        "password": PASSWORD})
        assert made.status == 201, made
        assert admin.post("/v1/setup", {"token": token, "email": "b@example.org", "name": "B",
                                        "password": PASSWORD}).status == 403
        entered = admin.log_in("admin@example.org")
        assert entered.status == 201 and entered.json()["totp_setup_required"], entered
        assert admin.get("/v1/accounts").json()["code"] == "totp_setup_required"
        admin.set_up_totp()
        return admin

    def make_account(self, admin, role, name=None):
        """Registered, authorised by the admin, logged in."""
        name = name or role
        email = f"{name}@example.org"
        client = self.client()
        assert client.post("/v1/accounts", {"email": email, "name": name, "password": PASSWORD,
                                            "role": "person" if role == "admin" else role}).status == 202
        found = admin.get(f"/v1/accounts?state=pending&text={name}").json()["items"]
        assert len(found) == 1, found
        path = f"/v1/accounts/{found[0]['id']}"
        assert admin.post(path + "/state", {"state": "authorised"}).status == 200
        if role == "admin":
            assert admin.post(path + "/role", {"role": "admin"}).status == 200
        assert client.log_in(email).status == 201
        if role in ("reviewer", "admin"):
            client.set_up_totp()
        return client


def wait_for(what, condition, seconds=400):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s for {what}")


def policy_file(folder, **fields):
    path = pathlib.Path(folder) / "policy.json"
    path.write_text(json.dumps({"analysis_rate_hz": 1} | fields))
    return path


def without_ids(text):
    """Without what was drawn: runs of sixteen letters and digits and more, with capitals. Three given letters are in the
    ids of a log one time in a hundred."""
    return re.sub(r"[A-Za-z0-9_-]{16,}", lambda run: "ID" if re.search("[A-Z]", run[0]) else run[0], text)


def wait_for_job(client, job, seconds=600):
    return wait_for("job " + job, lambda: (found := client.get("/v1/jobs/" + job).json())["state"]
                    not in ("queued", "running") and found, seconds)


def run_tests(module):
    """Every function test_* of the module, one after the other; exit code 1 if one failed."""
    failed = 0
    for name, test in list(vars(module).items()):
        if not name.startswith("test_") or (len(sys.argv) > 3 and sys.argv[3] not in name):
            continue
        begun = time.monotonic()
        try:
            test()
            print(f"ok    {name} ({time.monotonic() - begun:.1f} s)", flush=True)
        except Exception:  # pylint: disable=broad-except
            import traceback
            traceback.print_exc()
            print(f"FAIL  {name}", flush=True)
            failed += 1
    sys.exit(1 if failed else 0)


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="kyclops-service-") as folder:
        yield pathlib.Path(folder)
