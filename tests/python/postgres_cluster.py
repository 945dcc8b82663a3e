"""A PostgreSQL of Debian's package, started for the tests in a temporary folder on a loopback port."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def postgres_url() -> Iterator[str]:
    """URL of an empty database; skips the test where there is no server or no client."""
    pytest.importorskip("sqlalchemy", reason="the [postgres] extra is not installed")
    pytest.importorskip("psycopg", reason="the [postgres] extra is not installed")
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server here; install the Debian package postgresql")
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="driftline-pg-"))
    if user is not None:
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(*command: str) -> None:
        done = subprocess.run(command, user=user, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr + done.stdout

    data, log = str(folder / "data"), str(folder / "log")
    run(str(binaries / "initdb"), "-D", data, "-U", "driftline", "--auth=trust", "--no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    try:
        run(str(binaries / "pg_ctl"), "-D", data, "-l", log, "-w", "-o", options, "start")
        yield f"postgresql://driftline:s3cret@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            [str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "stop"],
            user=user,
            cwd=folder,
            capture_output=True,
            check=False,
            timeout=60,
        )
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> str | None:
    """PostgreSQL refuses to run as root; then its own user runs it."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    pytest.skip("PostgreSQL does not run as root, and there is no other user")
