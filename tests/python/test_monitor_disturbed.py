"""`driftline monitor` killed in the middle of its work, and run twice at once: the history is that of one quiet run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from driftline.store import SqlStore, open_store
from tests.python.monitor_logs import daily_log, day
from tests.python.postgres_cluster import postgres_url

DAYS = 36
CONFIG = f"""
dataset = "orders"
log = "log.parquet"
timestamp = "when"
end = {day(DAYS)}
reference = {{ from = {day(0)}, to = {day(7)} }}
store = "STORE"
reports = "reports"
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with postgres_url() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with a log and a configuration."""
    log = daily_log(days=DAYS, rows=200, shift={20: 1.0, 21: 1.0, 30: 2.0})
    pq.write_table(pa.table(log), tmp_path / "log.parquet")
    store = "history.db" if request.param == "sqlite" else request.getfixturevalue("cluster")
    (tmp_path / "driftline.toml").write_text(CONFIG.replace("STORE", store), encoding="utf-8")
    (tmp_path / "quiet.toml").write_text(CONFIG.replace("STORE", "quiet.db").replace('"reports"', '"quiet"'), "utf-8")
    with opened(tmp_path, "driftline") as given:
        given.delete_before(1 << 62)
    return tmp_path


def start(place: Path, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "driftline", "monitor", f"{name}.toml", "--exit-zero", "--threads", "1"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        command, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def opened(place: Path, name: str) -> SqlStore:
    text = (place / f"{name}.toml").read_text(encoding="utf-8")
    store = text.split('store = "')[1].split('"')[0]
    return open_store(store if "://" in store else place / store)


def stored(place: Path, name: str) -> list[Any]:
    """Everything that a store holds, with the bytes of profiles."""
    with opened(place, name) as store:
        records = store.windows()
        decisions = [store.decision(each.key) for each in records]
        with store._transaction() as run:
            rows = run(
                "SELECT window_start, window_end, segment, n_rows, digest FROM profile ORDER BY window_start", {}
            )
    return [records, decisions, [tuple(row) for row in rows]]


def pages(folder: Path) -> dict[str, bytes]:
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*.html")}


def count(place: Path) -> int:
    with opened(place, "driftline") as store:
        return len(store.windows())


def test_killed_again_and_again_it_ends_with_the_history_of_a_quiet_run(place: Path) -> None:
    finish(start(place, "quiet"))
    expected = stored(place, "quiet")
    assert len(expected[0]) == DAYS - 7
    before = 0
    for more in (1, 3, 8):
        process = start(place, "driftline")
        while count(place) < before + more and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, "it was not done yet"
        records, decisions, profiles = stored(place, "driftline")
        before = len(records)
        assert records == expected[0][:before], "whole windows, in order"
        assert decisions == expected[1][:before]
        assert set(profiles) <= set(expected[2])
        assert all(page.rstrip().endswith(b"</html>") for page in pages(place / "reports").values())
    out = finish(start(place, "driftline"))
    assert stored(place, "driftline") == expected
    assert len(out.splitlines()) == DAYS - 7 - before
    assert pages(place / "reports") == pages(place / "quiet")


def test_two_at_once_leave_the_history_of_one(place: Path) -> None:
    finish(start(place, "quiet"))
    both = [start(place, "driftline") for _ in range(2)]
    for process in both:
        finish(process)
    assert stored(place, "driftline") == stored(place, "quiet")
    assert pages(place / "reports") == pages(place / "quiet")
    assert finish(start(place, "driftline")).strip() == "nothing new"
