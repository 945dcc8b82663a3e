"""Larger than memory: whatever way the rows come, the profile is the same; what goes wrong reaches the caller."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

import driftline as dl
from driftline.ingest import Batch, read_batches
from driftline.ingest.arrays import read_array
from driftline.profiling.build import _checked
from driftline.profiling.kinds import by_schema
from driftline.profiling.running import Pass, run_in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = [1, 2, 5]


def mixed_table(n: int, seed: int = 0) -> pa.Table:
    """Columns that Parquet stores in different ways."""
    rng = np.random.default_rng(seed)
    few = np.array([f"label {k}" for k in range(40)])[rng.integers(0, 40, n)]
    moments = np.datetime64("2026-01-01", "us") + rng.integers(0, 10**12, n).astype("m8[us]")
    return pa.table(
        {
            "number": rng.normal(size=n),
            "rounded": np.round(rng.lognormal(size=n), 1),
            "count": pa.array(rng.poisson(3.0, n), pa.int32(), mask=rng.random(n) < 0.1),
            "few": pa.array(few, mask=rng.random(n) < 0.2),
            "few large": pa.array(few, pa.large_string()),
            "few view": pa.array(few, pa.string_view()),
            "many": [f"user {k}" for k in rng.integers(0, 10**9, n)],
            "bytes": pa.array([b"x", b"yy"] * (n // 2), pa.binary()),
            "coded": pa.array(few).dictionary_encode(),
            "flag": rng.random(n) < 0.3,
            "when": pa.array(moments),
            "nothing": pa.nulls(n),
            "empty": pa.nulls(n, pa.string()),
            "list": pa.array([[1, 2]] * (n - 1) + [None]),
            "number.x": rng.normal(size=n),
            "few.x": few,
            "day": pa.array([dt.date(2026, 1, 1)] * n),
        }
    )


def hand_over(monkeypatch: pytest.MonkeyPatch, cells: int) -> None:
    """From the first batch on a thread of its own profiles, so many cells at a time."""
    monkeypatch.setattr("driftline.profiling.running.PARCEL_CELLS", cells)
    monkeypatch.setattr("driftline.profiling.running.OVERLAP_AFTER_S", 0.0)
    monkeypatch.setattr("driftline.profiling.running.OVERLAP_SHARE", 0.0)


# --- the same bytes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", THREADS)
def test_a_file_in_parts_gives_the_bytes_of_the_table(threads: int, tmp_path: Path) -> None:
    table = mixed_table(30_000)
    expected = dl.profile(table).to_bytes()
    for name, options in {
        "one row group": {},
        "many row groups": {"row_group_size": 4_001, "compression": "zstd"},
        "small pages": {"data_page_size": 1_000, "dictionary_pagesize_limit": 500},
        "no dictionaries": {"use_dictionary": False},
        "no schema": {"store_schema": False},
    }.items():
        path = tmp_path / f"{name}.parquet"
        pq.write_table(table, path, **options)
        read = expected if name != "no schema" else dl.profile(pq.read_table(path)).to_bytes()
        assert dl.profile(path, threads=threads).to_bytes() == read, name


@pytest.mark.parametrize("threads", THREADS)
def test_options_and_choices_of_columns_hold_in_parts(threads: int, tmp_path: Path) -> None:
    table = mixed_table(20_000)
    path = tmp_path / "x.parquet"
    pq.write_table(table, path, row_group_size=7_000)
    schema = dl.Schema(kinds={"count": "categorical", "few": "ignore", "many": "numeric"}, roles={"flag": "target"})
    for options in (
        {"schema": schema},
        {"columns": ["number.x", "few"]},
        {"columns": ["number"]},
        {"hash_labels": True, "salt": "s", "max_categories": 64, "resolution": 64},
    ):
        assert dl.profile(path, threads=threads, **options) == dl.profile(table, **options), options
    reference = dl.profile(table.slice(0, 100), schema=schema)
    assert dl.compare(reference, path).current == dl.compare(reference, table).current


def test_text_stored_by_codes_is_read_by_codes(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(mixed_table(30_000), path)
    coded = {
        column.name
        for batch in read_batches(path)
        for column in batch.columns
        for view in column.chunks
        if view.is_dictionary and view.type_name in ("string", "large_string", "string_view")
    }
    assert {"few", "few large", "few view"} <= coded
    assert "many" not in coded, "a dictionary of every row helps nobody"


@pytest.mark.parametrize("threads", THREADS)
def test_a_stream_gives_the_bytes_of_the_table(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_over(monkeypatch, cells=5_000)
    table = mixed_table(20_000).drop_columns(["few view"])
    batches = table.to_batches(max_chunksize=999)
    lazy = pl.LazyFrame(pl.from_arrow(table))
    expected = dl.profile(table)
    streams: dict[str, Any] = {
        "generator": (batch for batch in batches),
        "tables": [table.slice(0, 6_000), table.slice(6_000)],
        "reader": pa.RecordBatchReader.from_batches(table.schema, iter(batches)),
        "dataset": pyarrow.dataset.dataset(table),
        "scanner": pyarrow.dataset.dataset(table).scanner(batch_size=777),
    }
    for name, stream in streams.items():
        assert dl.profile(stream, threads=threads) == expected, name
    assert dl.profile(lazy, threads=threads) == dl.profile(lazy.collect()), "polars"


def test_small_batches_that_are_profiled_together_differ_in_nothing_from_one_by_one() -> None:
    batches: list[Any] = [
        {"a": np.arange(3), "b": ["x", "y", "x"]},
        {"a": np.array([0.5, np.nan]), "b": ["x", None]},
        {"b": ["z"], "a": np.array([7], np.int8)},
        {"a": [None, None], "b": ["x", "x"]},
        pa.table({"a": pa.array([1, None]), "b": pa.array(["x", "w"]).dictionary_encode()}),
        {"a": np.array([2.5])},
        {"a": np.array([8], "m8[s]"), "c": np.array(["2026-01-01"], "M8[D]")},
    ] * 3
    batches[8:8] = [{"a": np.arange(5.0)}] * 4
    expected = dl.merge(map(dl.profile, batches))
    for threads in THREADS:
        assert dl.profile(iter(batches), threads=threads) == expected


@pytest.mark.parametrize("uneven", [(2, 3), (3, 2)])
def test_columns_of_unequal_length_do_not_make_up_for_each_other(uneven: tuple[int, int]) -> None:
    new_profiler = _checked({"resolution": 64, "max_categories": 64, "hash_labels": False, "salt": ""})
    work = Pass(new_profiler, by_schema(dl.Schema()), 1, lambda _: None)
    names, lengths = ("a", "b"), (uneven, uneven[::-1])
    batches = [
        Batch(3, [read_array(name, np.arange(n)) for name, n in zip(names, pair, strict=True)]) for pair in lengths
    ]
    with pytest.raises(dl.InputError, match="has 2 rows in a batch of 3"):
        run_in_turn(work, batches)


def test_batches_are_not_hoarded(monkeypatch: pytest.MonkeyPatch) -> None:
    hand_over(monkeypatch, cells=1)
    made = 0
    profiled = []

    def batches() -> Iterator[dict[str, np.ndarray]]:
        nonlocal made
        for _ in range(50):
            made += 1
            yield {"x": np.arange(1000.0)}

    dl.profile(batches(), threads=2, progress=lambda done, _: profiled.append((made, done // 1000)))
    assert len(profiled) >= 49
    assert all(ahead - done <= 2 for ahead, done in profiled)


# --- files that differ ------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    tables = [
        pa.table({"a": pa.array([1, 2], pa.int32()), "b": ["x", "y"]}),
        pa.table({"b": ["x"], "a": pa.array([3], pa.int64())}),  # re-ordered, wider
        pa.table({"a": pa.array([4.5]), "new": [True]}),  # wider still, one added, one missing
        pa.table({"a": pa.nulls(2), "b": pa.nulls(2, pa.string())}),
        pa.table({"a": pa.array([], pa.int8())}),
    ]
    for i, table in enumerate(tables):
        pq.write_table(table, tmp_path / f"{i}.parquet")
    return sorted(tmp_path.glob("*.parquet"))


@pytest.mark.parametrize("threads", THREADS)
def test_files_with_other_columns_or_widths_are_joined_by_name(threads: int, files: list[Path]) -> None:
    profile = dl.profile(files, threads=threads)
    assert {name: (c.n_valid, c.n_null, c.n_absent) for name, c in profile.columns.items()} == {
        "a": (4, 2, 0),
        "b": (3, 2, 1),
        "new": (1, 0, 5),
    }
    assert profile == dl.merge(map(dl.profile, files)) == dl.profile(files[::-1], threads=threads)


@pytest.mark.parametrize("threads", THREADS)
def test_both_files_are_named_where_a_column_is_of_two_kinds(threads: int, files: list[Path]) -> None:
    odd = files[0].with_name("odd.parquet")
    pq.write_table(pa.table({"a": ["one"]}), odd)
    for _ in range(5):  # whichever thread reads what
        with pytest.raises(dl.SchemaError, match=r'column "a" is numeric in .*\.parquet and categorical in .*odd'):
            dl.profile([*files, odd], threads=threads)
    assert dl.profile([*files, odd], threads=threads, columns=["b"]).n_rows == 7


# --- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", THREADS)
def test_a_file_that_is_truncated_midway_is_named(threads: int, tmp_path: Path) -> None:
    paths = [tmp_path / f"{i}.parquet" for i in range(4)]
    for i, path in enumerate(paths):
        pq.write_table(mixed_table(10_000, i), path, row_group_size=3_000)
    data = paths[2].read_bytes()
    footer = data[-20_000:]
    for damaged in (data[: len(data) // 2], data[: len(data) // 2] + bytes(len(data) // 2 - len(footer)) + footer):
        paths[2].write_bytes(damaged)
        before = threading.active_count()
        with pytest.raises(dl.InputError, match=r"2\.parquet"):
            dl.profile(paths, threads=threads)
        assert threading.active_count() == before


def test_nothing_is_written_when_a_file_turns_out_truncated(tmp_path: Path) -> None:
    pytest.importorskip("typer")
    for name in ("1.parquet", "2.parquet"):
        pq.write_table(mixed_table(1_000), tmp_path / name)
    whole = (tmp_path / "2.parquet").read_bytes()
    (tmp_path / "2.parquet").write_bytes(whole[: len(whole) // 2])
    command = ["profile", str(tmp_path / "*.parquet"), "-o", str(tmp_path / "out.dlp")]
    done = subprocess.run([sys.executable, "-m", "driftline", *command], capture_output=True, text=True, check=False)
    assert done.returncode not in (0, 1)
    assert "2.parquet" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.parquet", "2.parquet"]


class ProducerError(Exception):
    pass


def failing(after: int) -> Iterator[pa.Table]:
    for _ in range(after):
        yield mixed_table(2_000)
    raise ProducerError("the warehouse went away")


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("after", [0, 1, 2, 7])
def test_the_error_of_a_producer_reaches_the_caller_and_no_thread_stays(
    after: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_over(monkeypatch, cells=1_000)
    before = threading.active_count()
    with pytest.raises(ProducerError, match="went away"):
        dl.profile(failing(after), threads=threads)
    assert threading.active_count() == before
    reader = pa.RecordBatchReader.from_batches(
        mixed_table(2).schema, (batch for table in failing(after) for batch in table.to_batches())
    )
    with pytest.raises(dl.InputError, match="went away"):
        dl.profile(reader, threads=threads)
    assert threading.active_count() == before


def test_the_error_of_a_batch_reaches_the_caller_and_no_thread_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    hand_over(monkeypatch, cells=1)
    before = threading.active_count()
    batches: list[Any] = [{"x": [1.0]}, {"x": [2.0]}, {"x": ["three"]}, {"x": [4.0]}]
    with pytest.raises(dl.SchemaError, match='"x" is numeric in one batch and categorical in another'):
        dl.profile(iter(batches), threads=2)
    assert threading.active_count() == before


def test_an_error_of_the_progress_function_stops_the_run(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(mixed_table(50_000), path, row_group_size=1_000)
    before = threading.active_count()

    def fail(done: int, total: int | None) -> None:
        raise ProducerError

    with pytest.raises(ProducerError):
        dl.profile(path, threads=2, progress=fail)
    assert threading.active_count() == before
