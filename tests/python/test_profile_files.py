"""Profiles of a store as files under a URL: what lies where, what goes, and what happens when it cannot be reached."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

import driftline as dl
from driftline.cli import ExitCode
from driftline.errors import OptionError, StoreError
from driftline.monitor import LogRange
from driftline.store import ProfileFiles, open_store
from tests.python.monitor_logs import daily_log, day, day_of, rows_of
from tests.python.test_monitor_cli import call, configure, place
from tests.python.test_store import profile, window

__all__ = ["place"]

fsspec = pytest.importorskip("fsspec", reason="the [fsspec] extra is not installed")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"file://{tmp_path}/profiles"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".db")


def test_a_file_per_profile_and_no_profile_in_the_database(tmp_path: Path, url: str) -> None:
    data = os.urandom(100_000)
    with open_store(tmp_path / "h.db", profiles=url) as store:
        store.save([window(0)], [profile(0, data), profile(10, b"other"), profile(0, data, segment="city=Oslo")])
        assert store.profile(profile(0).key) == profile(0, data)
    assert len(files(tmp_path / "profiles")) == 3
    assert sum(path.stat().st_size for path in tmp_path.glob("h.db*")) < 100_000
    with open_store(tmp_path / "h.db") as blind, pytest.raises(StoreError, match="are files; say where"):
        blind.profile(profile(0).key)


def test_what_is_replaced_or_forgotten_leaves_no_file(tmp_path: Path, url: str) -> None:
    with open_store(tmp_path / "h.db", profiles=url) as store:
        store.save([window(0), window(10)], [replace(profile(start), digest="old") for start in (0, 10)])
        store.save([window(0)], [replace(profile(0, b"new"), digest="new")])
        assert [path.name.split("-")[-1] for path in files(tmp_path / "profiles")] == ["new.dlp", "old.dlp"]
        store.merge_profiles([profile(10, b"x")], lambda known, part: replace(part, data=known.data + part.data))
        assert store.profile(profile(10).key) == replace(profile(10, b"bytesx"), n_rows=1)
        assert len(files(tmp_path / "profiles")) == 2
        store.delete_before(10)
        assert len(files(tmp_path / "profiles")) == 1
        store.delete_before(99)
    assert files(tmp_path / "profiles") == []


def test_profiles_that_lie_in_the_database_are_still_read(tmp_path: Path, url: str) -> None:
    with open_store(tmp_path / "h.db") as before:
        before.save([window(0)], [profile(0, b"within")])
    with open_store(tmp_path / "h.db", profiles=url) as store:
        assert store.profile(profile(0).key) == profile(0, b"within")
        store.save([window(10)], [profile(10)])
        assert len(files(tmp_path / "profiles")) == 1


def test_names_of_data_sets_stay_below_the_url(tmp_path: Path, url: str) -> None:
    odd = ["../../up", "/etc", "a/b", "..", "ü" * 300, "new\nline", "*"]
    with open_store(tmp_path / "h.db", profiles=url) as store:
        given = [replace(profile(0), key=profile(0).key._replace(dataset=name), data=name.encode()) for name in odd]
        store.save([], given)
        assert [store.profile(each.key) for each in given] == given
    assert len(files(tmp_path / "profiles")) == len(odd)
    assert files(tmp_path) == files(tmp_path / "profiles")


@pytest.mark.parametrize("where", ["file://{}/profiles", "memory://{}"])
def test_a_monitor_gives_the_same_history_wherever_its_profiles_are(tmp_path: Path, where: str) -> None:
    log = daily_log(days=20, shift={15: 2.0})
    options = {"reference": LogRange(day(0), day(10)), "timestamp": "when", "end": day(20), "block": "6h"}
    within = dl.Monitor(log, **options)
    within.run()
    place = {"store": tmp_path / "h.db", "profiles": where.format(tmp_path)}
    with dl.Monitor(rows_of(log, day_of(log) < 12), **options, **place) as first:
        first.run(now=day(12))
    with dl.Monitor(log, **options, **place, lookback="9d") as second:
        second.run(now=day(20))
        assert second.history() == within.history()
        assert second.store.profiles("log", "x") == within.store.profiles("log", "x")


WRITER = """
    import sys
    from tests.python.test_store import profile, window
    from driftline.store import open_store
    with open_store(sys.argv[1], profiles=sys.argv[2]) as store:
        for start in range(0, 10**6, 10):
            store.save([window(start)], [profile(start, bytes(50_000))])
            print(start, flush=True)
"""


def test_a_process_killed_at_any_moment_leaves_no_record_without_its_file(tmp_path: Path, url: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(tmp_path / "h.db"), url]
    root = Path(__file__).resolve().parents[2]
    for delay in (0.0, 0.02):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=root) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            process.stdout.read()
        with open_store(tmp_path / "h.db", profiles=url) as store:
            known = store.profiles("log", "pp")
            assert len(known) == len(store.windows()) > 0
            for each in known:
                found = store.profile(each.key)
                assert found is not None
                assert found.data == bytes(50_000)


def test_a_file_that_is_gone_is_an_error_that_says_where(tmp_path: Path, url: str) -> None:
    with open_store(tmp_path / "h.db", profiles=url) as store:
        store.save([], [profile(0)])
        files(tmp_path / "profiles")[0].unlink()
        with pytest.raises(StoreError, match=r"profiles file://.*/profiles: a profile that the store speaks of is not"):
            store.profile(profile(0).key)


def test_a_url_that_cannot_be_used_is_refused_without_its_secrets(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    for wrong in ("profiles", "/srv/profiles", "://x", ""):
        with pytest.raises(OptionError, match="profiles must be a URL"):
            ProfileFiles(wrong)
    with pytest.raises(OptionError, match="not known"):
        ProfileFiles("nosuch://kim:s3cret@host/x")
    with pytest.raises(StoreError, match=r"profiles file://.*: Not a directory"):
        open_store(tmp_path / "h.db", profiles=f"file://{tmp_path}/a file/x")
    assert not (tmp_path / "h.db").exists(), "before any work"


def test_what_fails_far_away_says_nothing_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("403 for key s3cret")

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", refuse)
    with pytest.raises(StoreError) as caught:
        open_store(tmp_path / "h.db", profiles="memory://kim:s3cret@far/x?key=s3cret")
    assert "RuntimeError" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_without_its_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(OptionError, match=r"driftline\[fsspec\]"):
        ProfileFiles("memory://x")


def test_the_configuration_names_the_place_and_a_mistake_names_key_and_line(place: Path) -> None:
    config = configure(place, more=f'profiles = "file://{place}/kept"')
    assert call("monitor", config).exit_code == ExitCode.ALERT
    assert len(files(place / "kept")) == 7
    assert call("history", config, "--delete-before", day(14)).exit_code == 0
    assert files(place / "kept") == []
    for wrong, text in (
        ("nosuch://h", ":9: profiles nosuch://h: Protocol not known"),
        ("kept", ":9: profiles must be a URL"),
        (f"file://{place}/driftline.toml/x", ":9: profiles file://"),
        ("memory://${NO_SUCH_VARIABLE}", ":9: profiles: the environment has no variable NO_SUCH_VARIABLE"),
    ):
        result = call("monitor", configure(place, more=f'profiles = "{wrong}"'))
        assert result.exit_code == ExitCode.USAGE
        assert text in result.stderr, result.stderr
