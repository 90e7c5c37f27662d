#!/usr/bin/env python3
"""Runs a command with a private PostgreSQL server: with_postgres.py COMMAND...

KYC_TEST_POSTGRES is its address in the command's environment. Where Debian's postgresql is not installed, exit code 77.
"""

import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile


def programs():
    """The folder of initdb and postgres; Debian keeps it out of the path."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    if found:
        return os.path.dirname(found[-1])
    initdb = shutil.which("initdb")
    return os.path.dirname(initdb) if initdb else None


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Address(str):
    """Where a server is; it can be stopped, as by somebody who does not ask first, and started again."""

    stop = start = None


@contextlib.contextmanager
def postgres():
    """The Address of a server that lives as long as the block, or None."""
    folder = programs()
    if folder is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="kyclops-postgres-") as root:
        # PostgreSQL refuses to run as root.
        switch = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(root, user.pw_uid, user.pw_gid)
            switch = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        data, port = os.path.join(root, "data"), free_port()

        def run(*command):
            subprocess.run(command, check=True, cwd=root, stdout=subprocess.DEVNULL, **switch)

        run(f"{folder}/initdb", "-D", data, "-U", "kyclops", "-A", "trust", "-N", "--no-sync", "-E", "UTF8", "--locale=C")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        address = Address(f"postgresql://kyclops@127.0.0.1:{port}/postgres")
        address.start = lambda: run(f"{folder}/pg_ctl", "-D", data, "-o", options, "-w", "-l", os.path.join(root, "log"), "start")
        address.stop = lambda: run(f"{folder}/pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        address.start()
        try:
            yield address
        finally:
            if os.path.exists(os.path.join(data, "postmaster.pid")):
                address.stop()


def main():
    with postgres() as address:
        if address is None:
            print("skipped: PostgreSQL is not installed (tools/setup --check installs it)")
            return 77
        return subprocess.run(sys.argv[1:], env=os.environ | {"KYC_TEST_POSTGRES": address}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
