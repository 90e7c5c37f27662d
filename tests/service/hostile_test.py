"""A thousand uploads that mean harm, or came to harm: the service says no, or decides; it neither fails nor grows."""

import pathlib
import random
import socket
import struct
import subprocess
import sys
import zlib

import support
from support import PROGRAM, SAMPLES, SOURCE, Server, policy_file, scratch, wait_for

VECTORS = SOURCE / "../shared/vectors/corrupt-images"
UPLOADS = 1000
PROCESSED = 24
MOST_MIB = 1500


def png_bomb(side):
    """A valid head for side x side pixels, and data that unpack to as many zeros in a few kilobytes."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(bytes(1 << 20)) for _ in range(64)) + rows.flush()
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def jpeg_of_size(side):
    """A head that promises side x side pixels, and nothing else."""
    return (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xc0\x00\x11\x08"
            + struct.pack(">HH", side, side) + b"\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00\xff\xd9")


def zip_bomb():
    return b"PK\x03\x04" + bytes(26) + zlib.compress(bytes(1 << 22), 9)


class Harm:
    """Bytes of all kinds, the same for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.pictures = [(SAMPLES / name).read_bytes() for name in ("audrey.jpg", "franck_02045.jpg")]
        self.clip = (SAMPLES / "cap13_edit2.mp4").read_bytes()
        self.vectors = [path.read_bytes() for path in sorted(VECTORS.rglob("*")) if path.is_file()
                        and path.stat().st_size < 1 << 20] if VECTORS.exists() else []
        self.bombs = [png_bomb(60000), jpeg_of_size(65500), zip_bomb(), b"", b"\x00" * 1000, b"<svg xmlns='x'/>",
                      b"GIF89a" + bytes(100), b"%PDF-1.7", b"RIFF\xff\xff\xff\xffWEBPVP8 ", b"BM" + b"\xff" * 60]

    def damaged(self, data):
        """Cut, flipped, doubled or with a hole."""
        kind = self.random.randrange(4)
        at = self.random.randrange(1, len(data))
        if kind == 0:
            return data[:at]
        out = bytearray(data)
        if kind == 1:
            for _ in range(self.random.randrange(1, 200)):
                out[self.random.randrange(len(out))] = self.random.randrange(256)
        elif kind == 2:
            out[at:at] = out[:min(at, 4096)]
        else:
            del out[at:at + self.random.randrange(1, 5000)]
        return bytes(out)

    def picture(self):
        choice = self.random.randrange(4 if self.vectors else 3)
        if choice == 0:
            return self.random.choice(self.bombs)
        if choice == 3:
            return self.random.choice(self.vectors)
        return self.damaged(self.random.choice(self.pictures))

    def clip_of(self, most):
        """A little of a clip: what is analysed of it costs little."""
        return self.damaged(self.clip[:self.random.randrange(1000, most)])


def new_case(person):
    path = "/v1/cases/" + person.post("/v1/cases").json()["id"]
    assert person.post(path + "/consent", {"version": person.get("/v1/consent").json()["version"]}).status == 200
    return path


def peak_mib(server):
    for line in pathlib.Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return 0


def test_a_thousand_hostile_uploads():
    support.need_samples("audrey.jpg", "franck_02045.jpg", "cap13_edit2.mp4")
    harm = Harm(1)
    with scratch() as folder, Server("--policy", policy_file(folder, analysis_rate_hz=1), "--jobs", "1", "--queue",
                                     str(PROCESSED)) as server:
        admin = server.make_admin()
        person = server.make_account(admin, "person")
        statuses = {}
        paths = [new_case(person) for _ in range(4)]
        for number in range(UPLOADS):
            path = paths[number % len(paths)]
            if number % 5 == 4:
                answer = person.ask("PUT", path + "/selfie", raw=harm.clip_of(60_000))
            else:
                answer = person.ask("PUT", path + "/document", raw=harm.picture())
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
            # 409: a clip for a case that has no document yet; a body of nothing is 422
            assert answer.status in (200, 409, 415, 422), (number, answer)
        print(f"      {statuses}, at most {peak_mib(server)} MiB")
        assert statuses.get(200, 0) > UPLOADS / 4 and statuses.get(415, 0) > UPLOADS / 50, statuses

        # What was taken is decided, never accepted.
        reasons = set()
        for _ in range(PROCESSED):
            path = new_case(person)
            while person.ask("PUT", path + "/document", raw=harm.picture()).status != 200:
                pass
            while person.ask("PUT", path + "/selfie", raw=harm.clip_of(200_000)).status != 200:
                pass
            assert person.post(path + "/process").status == 202
            case = wait_for("a decision", lambda: (found := person.get(path).json())["state"] != "processing" and found)
            assert case["state"] in ("rejected", "review"), case
            reasons |= {reason["code"] for reason in case["reasons"]}
            assert person.ask("DELETE", path).status == 204
        assert "document_unreadable" in reasons, reasons
        print(f"      {sorted(reasons)}, at most {peak_mib(server)} MiB")
        assert peak_mib(server) < MOST_MIB, peak_mib(server)
        assert server.client().get("/healthz").status == 200 and server.process.poll() is None
        assert '"level":"error"' not in server.log(), server.log()[-2000:]
        assert server.stop() == 0
        checked = subprocess.run([PROGRAM, "audit", "verify", "--data", server.data], stdout=subprocess.PIPE, check=False)
        assert checked.returncode == 0, checked


def test_ten_gigabytes_are_refused_before_they_come():
    support.need_samples("audrey.jpg")
    with Server() as server:
        person = server.make_account(server.make_admin(), "person")
        path = new_case(person)
        for name in ("document", "selfie"):
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
                client.sendall(f"PUT {path}/{name} HTTP/1.1\r\nHost: a\r\nCookie: kyclops_session={person.cookie}\r\n"
                               f"X-CSRF-Token: {person.csrf}\r\nContent-Length: {10 << 30}\r\n\r\n".encode())
                answer = client.recv(4096)  # nothing of the body was sent
                assert answer.startswith(b"HTTP/1.1 413 "), answer
        assert person.get(path).json()["media"] == []


if __name__ == "__main__":
    support.run_tests(sys.modules["__main__"])
