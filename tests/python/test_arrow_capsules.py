"""Capsules and streams of the Arrow C data interface: consumed once, read without the GIL, errors in words."""

from __future__ import annotations

import gc
import threading
from typing import Any

import pyarrow as pa
import pytest

import driftline as dl
from driftline import _core
from tests.python.column_facts import labels


def test_a_capsule_is_consumed_once() -> None:
    stream = pa.table({"x": [1]}).__arrow_c_stream__()
    _core.ArrowStream(stream)
    with pytest.raises(dl.InputError, match="consumed before"):
        _core.ArrowStream(stream)
    schema, array = pa.array([1]).__arrow_c_array__()
    _core.import_arrow_array(schema, array)
    with pytest.raises(dl.InputError, match="consumed before"):
        _core.import_arrow_array(schema, array)


def test_what_is_no_capsule_is_refused_by_its_type() -> None:
    table = pa.table({"x": [1]})
    with pytest.raises(dl.InputError, match=r"arrow_array_stream.*Table"):
        _core.ArrowStream(table)
    with pytest.raises(dl.InputError, match="arrow_schema"):
        _core.import_arrow_array(table.__arrow_c_stream__(), table.__arrow_c_stream__())


def test_a_stream_tells_its_columns_and_ends() -> None:
    stream = _core.ArrowStream(pa.table({"a": [1, 2], "b": ["x", None]}).__arrow_c_stream__())
    assert [(name, view.type_name, view.length) for name, view in stream.schema] == [
        ("a", "int64", 0),
        ("b", "string", 0),
    ]
    batches = list(stream)
    assert [n_rows for n_rows, _ in batches] == [2]
    assert [name for name, _ in batches[0][1]] == ["a", "b"]
    assert list(stream) == []
    assert [name for name, _ in stream.schema] == ["a", "b"]


def test_a_failed_stream_has_ended() -> None:
    def batches() -> Any:
        raise ValueError("no rows today")
        yield

    reader = pa.RecordBatchReader.from_batches(pa.schema({"x": pa.int64()}), batches())
    stream = _core.ArrowStream(reader.__arrow_c_stream__())
    with pytest.raises(dl.InputError, match="no rows today"):
        next(stream)
    assert list(stream) == []


def test_views_outlive_their_stream() -> None:
    stream = _core.ArrowStream(pa.table({"x": ["a", "b", "a"]}).__arrow_c_stream__())
    [(_, [(_, view)])] = list(stream)
    del stream
    gc.collect()
    assert labels(view) == {"a": 2, "b": 1}


def test_a_python_producer_runs_while_others_hold_the_lock() -> None:
    """The producer waits for another thread, which can only run if the lock is free meanwhile."""
    asked, answered = threading.Event(), threading.Event()

    def batches() -> Any:
        asked.set()
        assert answered.wait(timeout=60)
        yield pa.record_batch({"x": [1, 2]})

    helper = threading.Thread(target=lambda: asked.wait(timeout=60) and answered.set())
    helper.start()
    reader = pa.RecordBatchReader.from_batches(pa.schema({"x": pa.int64()}), batches())
    assert dl.profile(reader).n_rows == 2
    helper.join()


def test_two_threads_cannot_read_one_stream_at_once() -> None:
    inside, leave = threading.Event(), threading.Event()

    def batches() -> Any:
        inside.set()
        assert leave.wait(timeout=60)
        yield pa.record_batch({"x": [1]})

    reader = pa.RecordBatchReader.from_batches(pa.schema({"x": pa.int64()}), batches())
    stream = _core.ArrowStream(reader.__arrow_c_stream__())
    first: list[int] = []
    thread = threading.Thread(target=lambda: first.append(next(stream)[0]))
    thread.start()
    assert inside.wait(timeout=60)
    with pytest.raises(dl.InputError, match="two threads"):
        next(stream)
    leave.set()
    thread.join()
    assert first == [1]


def test_column_names_that_are_not_utf8_are_refused() -> None:
    field = pa.field(b"\xff\xfe", pa.int64())
    batch = pa.RecordBatch.from_arrays([pa.array([1])], schema=pa.schema([field]))
    with pytest.raises(dl.InputError, match="not UTF-8"):
        list(_core.ArrowStream(pa.RecordBatchReader.from_batches(batch.schema, [batch]).__arrow_c_stream__()))
