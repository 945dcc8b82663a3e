"""What every store keeps to, whichever database is behind it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import driftline as dl
from driftline.errors import OptionError, StoreError
from driftline.store import (
    Acceptance,
    PendingMessage,
    ProfileKey,
    ProfileRecord,
    Series,
    SqlStore,
    WindowKey,
    WindowRecord,
    open_store,
)
from driftline.store.postgres import PostgresStore
from driftline.store.schema import MIGRATIONS
from driftline.store.sqlite import SqliteStore
from tests.python.forking import in_child
from tests.python.postgres_cluster import postgres_url

SERIES = Series("log", "ab12", "cd34")


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with postgres_url() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "history.db")
    url: str = request.getfixturevalue("cluster")
    import sqlalchemy

    engine = sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        for table in ("driftline_store", "profile", "decision", "acceptance", "message", "mute"):
            connection.execute(sqlalchemy.text(f"DROP TABLE IF EXISTS {table}"))
    engine.dispose()
    return url


@pytest.fixture(params=["in the store", "in files", "in memory"])
def profiles(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """Where profiles are kept: every law of a store holds for each of them."""
    if request.param == "in the store":
        return None
    pytest.importorskip("fsspec", reason="the [fsspec] extra is not installed")
    return f"file://{tmp_path}/profiles" if request.param == "in files" else f"memory://{tmp_path}"


@pytest.fixture
def store(place: str, profiles: str | None) -> Iterator[SqlStore]:
    with open_store(place, profiles=profiles) as opened:
        yield opened


def window(start: int, verdict: str = "ok", segment: str = "", series: Series = SERIES) -> WindowRecord:
    return WindowRecord(
        WindowKey(series, start, start + 10, segment), verdict, 5, f"digest{start}", "ref", start,
        [{"code": "missing", "topic": "freshness", "verdict": "alert", "text": "nichts, für wahr"}],
        {"a": ["ok", 0.1, None, 1e-300, "psi"]}, {"alerts": {"a": {"since": 3}}}, f"day {start}", '{"verdict": "ok"}',
    )  # fmt: skip


def profile(start: int, data: bytes = b"bytes", segment: str = "") -> ProfileRecord:
    return ProfileRecord(ProfileKey("log", "pp", start, start + 10, segment), len(data), start, start + 9, "d", data)


def without_json(records: list[WindowRecord]) -> list[WindowRecord]:
    return [replace(each, decision="") for each in records]


def test_what_was_saved_comes_back_exactly_and_in_the_order_of_time(store: SqlStore) -> None:
    given = [window(start) for start in (20, 0, 10)]
    store.save(given, [profile(20, bytes(range(256))), profile(0)])
    assert store.windows(SERIES) == without_json([given[1], given[2], given[0]])
    assert store.decision(given[0].key) == given[0].decision
    assert store.profile(profile(20).key) == profile(20, bytes(range(256)))
    assert [each.key.start for each in store.profiles("log", "pp")] == [0, 20]
    assert store.profile(profile(10).key) is None
    assert store.decision(window(30).key) == ""
    assert store.datasets() == ["log"]


def test_a_record_with_the_same_key_is_replaced_and_others_are_not(store: SqlStore) -> None:
    others = [window(0, segment="city=Oslo"), window(0, series=Series("log", "ab12", "other"))]
    store.save([window(0), *others], [profile(0)])
    store.save([window(0, "alert")], [profile(0, b"later")])
    assert [each.verdict for each in store.windows(SERIES, segment="")] == ["alert"]
    assert len(store.windows()) == 3
    assert store.profile(profile(0).key) == profile(0, b"later")


def test_windows_are_found_by_data_set_segment_and_time(store: SqlStore) -> None:
    store.save([window(0), window(10), window(10, segment="s"), window(10, series=Series("b", "r", "c"))])
    assert [each.key.start for each in store.windows(SERIES)] == [0, 10, 10]
    assert [each.key.start for each in store.windows(SERIES, segment="")] == [0, 10]
    assert [each.key.start for each in store.windows(dataset="log", since=10)] == [10, 10]
    assert len(store.windows()) == 4


def test_all_is_written_or_nothing(store: SqlStore) -> None:
    unfit = replace(window(10), findings=[{"text": float("nan")}])
    with pytest.raises(ValueError, match="JSON"):
        store.save([window(0), unfit], [profile(0)])
    assert store.windows() == []
    assert store.profiles("log", "pp") == []


def test_opening_again_keeps_the_history(place: str) -> None:
    with open_store(place) as first:
        first.save([window(0)])
    with open_store(place) as second:
        assert second.windows() == without_json([window(0)])


def test_parts_of_a_window_are_merged_in_one_step(store: SqlStore) -> None:
    def both(known: ProfileRecord, part: ProfileRecord) -> ProfileRecord:
        return replace(part, data=known.data + part.data, n_rows=known.n_rows + part.n_rows)

    for _ in range(3):
        store.merge_profiles([profile(0, b"x"), profile(10, b"y")], both)
    assert store.profile(profile(0).key) == replace(profile(0, b"xxx"), n_rows=3)


def test_acceptances_are_a_log_that_is_only_added_to(store: SqlStore) -> None:
    first = Acceptance("log", "age", "", "merged", "Kim", given_at=5, since=0)
    second = replace(first, given_at=9, until=20)
    store.accept(first)
    store.accept(second)
    assert store.acceptances("log") == [first, second]
    assert store.acceptances("other") == []


def test_a_message_is_claimed_once_and_is_free_again_after_ten_minutes_or_a_failure(store: SqlStore) -> None:
    minute = 60_000_000
    message = PendingMessage(window(0).key, {"text": "drift"})
    store.save([window(0)], messages=[message])
    store.save([window(0)], messages=[PendingMessage(message.key, {"text": "again"})])
    assert store.claim_messages("log", minute) == [replace(message, attempts=1)]
    assert store.claim_messages("log", 2 * minute) == []
    assert store.claim_messages("log", 12 * minute) == [replace(message, attempts=2)]
    store.settle_message(message.key, None)
    assert store.claim_messages("log", 12 * minute) == [replace(message, attempts=3)]
    store.settle_message(message.key, 13 * minute)
    assert store.claim_messages("log", 99 * minute) == []


def test_retention_deletes_what_ended_before_and_nothing_else(store: SqlStore) -> None:
    store.save([window(0), window(10), window(20, segment="s")], [profile(0), profile(10)])
    store.accept(Acceptance("log", "age", "", "merged", "Kim", 5, 5))
    assert store.delete_before(20) == 2
    assert [each.key.start for each in store.windows()] == [20]
    assert store.profiles("log", "pp") == []
    assert len(store.acceptances("log")) == 1
    assert store.delete_before(99, dataset="other") == 0


def test_a_store_of_a_newer_version_is_refused(place: str) -> None:
    with open_store(place) as store, store._transaction(writes=True) as run:
        run("UPDATE driftline_store SET version = :version", {"version": len(MIGRATIONS) + 1})
    with pytest.raises(StoreError, match="upgrade driftline"):
        open_store(place)


def _save_many(place: str, first: int) -> None:
    with open_store(place) as store:
        for start in range(first, first + 200, 10):
            store.save([window(start)], [profile(start)])
            store.merge_profiles([profile(0, b"x", "shared")], _joined)


def _joined(known: ProfileRecord, part: ProfileRecord) -> ProfileRecord:
    return replace(part, data=known.data + part.data)


def test_two_processes_at_once_lose_nothing(place: str) -> None:
    """Both create the tables, write windows of their own and the same ones, and add to one profile."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_save_many, args=(place, first)) for first in (0, 100)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    with open_store(place) as store:
        assert [each.key.start for each in store.windows()] == list(range(0, 300, 10))
        assert len(store.profiles("log", "pp")) == 30
        shared = store.profile(profile(0, segment="shared").key)
        assert shared is not None
        assert shared.data == b"x" * 40


WRITER = """
    import sys
    from tests.python.test_store import profile, window
    from driftline.store import open_store
    with open_store(sys.argv[1]) as store:
        for start in range(0, 10**6, 10):
            store.save([window(start), window(start, segment="s")], [profile(start, bytes(5000))])
            print(start, flush=True)
"""


def test_a_process_killed_at_any_moment_leaves_whole_windows_only(place: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    root = Path(__file__).resolve().parents[2]
    for delay in (0.0, 0.013, 0.05):
        command = [sys.executable, "-c", textwrap.dedent(WRITER), place]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=root) as process:
            assert process.stdout is not None
            told = int(process.stdout.readline())
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            told = max([told, *map(int, process.stdout.read().split("\n")[:-1])])
        with open_store(place) as store:
            written = [(each.key.start, each.key.segment) for each in store.windows()]
            starts = sorted({start for start, _ in written})
            assert starts == list(range(0, starts[-1] + 10, 10)), "in order, without a gap"
            assert starts[-1] >= told, "what was reported is there"
            assert len(written) == 2 * len(starts), "both segments of every window"
            assert [each.key.start for each in store.profiles("log", "pp")] == starts


def test_a_locked_store_waits_and_then_says_so(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = SqliteStore(path, busy_seconds=0.2)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another process held it"):
        store.save([window(0)])
    other.execute("COMMIT")
    other.close()
    store.save([window(0)])
    assert len(store.windows()) == 1
    store.close()


def test_a_full_disk_says_what_is_safe(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "history.db")
    store.save([window(0)], [profile(0)])
    pages = store._open().execute("PRAGMA page_count").fetchone()[0]
    store._open().execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(StoreError, match="the ones before are safe"):
        store.save([window(10)], [profile(10, os.urandom(200_000))])
    assert [each.key.start for each in store.windows()] == [0]
    store.close()


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)
    with pytest.raises(StoreError, match="no driftline store"):
        open_store(path)
    with pytest.raises(OptionError, match="folder"):
        open_store(tmp_path / "no" / "history.db")
    with pytest.raises(OptionError, match="mysql"):
        open_store("mysql://host/db")


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_of_a_fork_has_a_connection_of_its_own_and_leaves_that_of_the_parent(store: SqlStore) -> None:
    store.save([window(0)])
    with store._transaction(writes=False) as run:
        before = run("SELECT COUNT(*) FROM decision", {})[0][0]
        in_child(lambda: store.save([window(10)]))
        assert run("SELECT COUNT(*) FROM profile", {})[0][0] == 0
    assert before == 1

    def last_of_child() -> None:
        store.save([window(20)])
        store.close()

    in_child(last_of_child)
    store.save([window(30)])
    assert [each.key.start for each in store.windows()] == [0, 10, 20, 30]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_does_not_wait_for_a_thread_that_it_has_not(store: SqlStore) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def read() -> None:
        with store._transaction():
            inside.set()
            go_on.wait(60)

    thread = threading.Thread(target=read)
    thread.start()
    assert inside.wait(30)
    try:
        in_child(lambda: store.save([window(0)]))
    finally:
        go_on.set()
        thread.join()
    assert len(store.windows()) == 1


def test_a_writer_of_postgres_that_hangs_is_waited_for_and_then_told_of(cluster: str) -> None:
    with PostgresStore(cluster, wait_seconds=0.2) as store, open_store(cluster) as other:
        with other._transaction(writes=True), pytest.raises(StoreError, match="another process held it"):
            store.save([window(0)])
        store.save([window(0)])


def test_a_server_that_was_started_again_is_connected_to_again(cluster: str) -> None:
    with open_store(cluster) as store, open_store(cluster) as other:
        store.save([window(0)])
        with other._transaction() as run:
            run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()", {})
        store.save([window(10)])


def test_an_unreachable_server_is_an_error_without_the_password() -> None:
    pytest.importorskip("sqlalchemy", reason="the [postgres] extra is not installed")
    pytest.importorskip("psycopg", reason="the [postgres] extra is not installed")
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://kim:s3cret@127.0.0.1:1/history")
    assert "s3cret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def test_without_its_extra_postgres_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(OptionError, match=r"driftline\[postgres\]"):
        open_store("postgresql://host/db")


def test_the_error_is_one_of_driftline() -> None:
    assert issubclass(StoreError, dl.DriftlineError)
