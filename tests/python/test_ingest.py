"""What is read, what is refused and in which words."""

from __future__ import annotations

import gc
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.json
import pyarrow.parquet
import pytest

import driftline as dl
from driftline.ingest import read_batches

TABLE = {"a": [1, 2, 3], "b": ["x", None, "y"]}


def names_and_rows(data: Any, **options: Any) -> tuple[list[str], int]:
    batches = list(read_batches(data, **options))
    assert all(column.chunks or column.reason for batch in batches for column in batch.columns)
    assert all(
        sum(chunk.length for chunk in column.chunks) == batch.n_rows for batch in batches for column in batch.columns
    )
    return [column.name for column in batches[0].columns], sum(batch.n_rows for batch in batches)


# --- names ------------------------------------------------------------------------------------------------------------


def test_names_that_are_not_text_become_text() -> None:
    frame = pd.DataFrame([[1, 2, 3, 4, 5]], columns=pd.Index([0, None, ("a", 1), "", "\udcff"], dtype=object))
    assert names_and_rows(frame) == (["0", "None", "('a', 1)", "", "\\udcff"], 1)


def test_a_series_is_a_column_of_its_name() -> None:
    assert names_and_rows(pd.Series([1, 2], name="age")) == (["age"], 2)
    assert names_and_rows(pl.Series("age", [1, 2])) == (["age"], 2)
    for unnamed in (pd.Series([1, 2]), pl.Series([1, 2]), pa.array([1, 2]), pa.chunked_array([[1], [2]]), np.arange(2)):
        assert names_and_rows(unnamed) == (["value"], 2)


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame([[1, 2, 3]], columns=["a", "a", "b"]),
        pd.DataFrame([[1, 2, 3]], columns=[1, "1", "b"]),
        pa.table([[1], [2], [3]], names=["a", "a", "b"]),
        {1: [1], "1": [2], "b": [3]},
    ],
    ids=["pandas", "pandas as text", "arrow", "dict as text"],
)
def test_names_that_occur_twice_are_named(data: Any) -> None:
    with pytest.raises(dl.SchemaError, match=r"'(a|1)' \(2 times\)") as caught:
        dl.profile(data)
    assert "'b'" not in str(caught.value)


# --- columns= ---------------------------------------------------------------------------------------------------------

SOURCES: dict[str, Any] = {
    "dict": lambda: TABLE,
    "pandas": lambda: pd.DataFrame(TABLE),
    "polars": lambda: pl.DataFrame(TABLE),
    "lazy": lambda: pl.LazyFrame(TABLE),
    "arrow": lambda: pa.table(TABLE),
    "dataset": lambda: pyarrow.dataset.dataset(pa.table(TABLE)),
    "structured": lambda: np.array([(1, "x"), (2, ""), (3, "y")], dtype=[("a", "i4"), ("b", "U1")]),
    "stream": lambda: iter([TABLE]),
}


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_columns_selects(make: Any) -> None:
    assert names_and_rows(make(), columns=["b"]) == (["b"], 3)
    assert names_and_rows(make(), columns=["b", "a", "b"]) == (["a", "b"], 3)


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_an_unknown_column_is_refused_with_its_neighbours(make: Any) -> None:
    with pytest.raises(dl.InputError, match=r"no column 'bb' \(did you mean 'b'\?\)\. The data have 'a', 'b'"):
        dl.profile(make(), columns=["a", "bb"])


def test_names_that_look_like_patterns_are_names() -> None:
    odd = {"*": [1], "^a.*$": [2], "a": [3], "b.c": [4]}
    for name in odd:
        for data in (odd, pl.LazyFrame(odd), pyarrow.dataset.dataset(pa.table(odd))):
            assert names_and_rows(data, columns=[name]) == ([name], 1)


def test_a_column_of_some_batches_can_be_selected() -> None:
    profile = dl.profile(iter([{"a": [1]}, {"b": [2]}, {"c": [3]}]), columns=["a", "b"])
    assert {name: column.n_absent for name, column in profile.columns.items()} == {"a": 2, "b": 2}


@pytest.mark.parametrize("columns", ["a", b"abc", [], 5])
def test_columns_must_be_a_list_of_names(columns: Any) -> None:
    with pytest.raises(dl.OptionError, match="columns"):
        dl.profile(TABLE, columns=columns)


# --- what is no table -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, r"NoneType is no table; give a pandas or polars frame.*NumPy array.*path"),
        (5, "int is no table"),
        (b"PAR1", "bytes is no table"),
        (object(), "object is no table"),
        (np.float64(3), r"shape \(\)"),
        (np.zeros((2, 2, 2)), r"shape \(2, 2, 2\).*\(n, k\)"),
        ([1, 2, 3], r"item 0 .* is int, which is no table.*\{'value': values\}"),
        ([[1, 2], [3, 4]], "item 0 .* is list, which is no table"),
        ([TABLE, None], "item 1 .* is NoneType"),
        ({"a": 1}, r"int under 'a'.*pandas.DataFrame\(records\)"),
        ([{"a": 1}, {"a": 2}], r"int under 'a'.*pandas.DataFrame\(records\)"),
        ({"a": "text"}, "str under 'a'"),
        ({"a": {"b": 1}}, "dict under 'a'"),
        ({"a": {1, 2}}, "set under 'a'"),
        ({"a": (i for i in range(3))}, "generator under 'a'"),
        ({"a": np.array(5)}, "ndarray under 'a'"),
        ({"a": [1, 2], "b": [1], "c": [1, 2]}, r"2 rows in 'a', 'c'; 1 rows in 'b'"),
    ],
)
def test_what_is_no_table_is_refused_with_what_would_work(data: Any, words: str) -> None:
    with pytest.raises(dl.InputError, match=words):
        dl.profile(data)


def test_an_open_file_is_refused() -> None:
    with Path(__file__).open(encoding="utf-8") as file, pytest.raises(dl.InputError, match="is no table"):
        dl.profile(file)


def test_a_producer_that_fails_is_quoted() -> None:
    class Stream:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            raise RuntimeError("the connection is closed")

    class Array:
        def __arrow_c_array__(self, requested_schema: object = None) -> object:
            return 1, 2

    def batches() -> Any:
        yield pa.record_batch({"a": [1]})
        raise ValueError("disk on fire")

    reader = pa.RecordBatchReader.from_batches(pa.schema({"a": pa.int64()}), batches())
    for data, words in ((Stream(), "the connection is closed"), (Array(), "PyCapsule"), (reader, "disk on fire")):
        with pytest.raises(dl.InputError, match=words):
            dl.profile(data)
    lazy = pl.LazyFrame({"a": ["x"]}).select(pl.col("a").cast(pl.Int64))
    with pytest.raises(dl.InputError, match="LazyFrame could not be run"):
        dl.profile(lazy)


def test_an_error_of_the_callers_generator_is_the_callers() -> None:
    def batches() -> Any:
        yield TABLE
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        dl.profile(batches())


# --- empty ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"a": pd.Series(dtype=float), "b": pd.Series(dtype=object)}),
        pl.DataFrame(schema={"a": pl.Float64, "b": pl.String}),
        pl.LazyFrame(schema={"a": pl.Float64, "b": pl.String}),
        pa.schema({"a": pa.float64(), "b": pa.string()}).empty_table(),
        pa.table({"a": pa.chunked_array([], pa.float64()), "b": pa.chunked_array([], pa.string())}),
        pa.RecordBatchReader.from_batches(pa.schema({"a": pa.float64(), "b": pa.string()}), []),
        pyarrow.dataset.dataset(pa.schema({"a": pa.float64(), "b": pa.string()}).empty_table()),
        {"a": np.array([]), "b": []},
        np.array([], dtype=[("a", "f8"), ("b", "U1")]),
    ],
    ids=["pandas", "polars", "lazy", "arrow", "no chunks", "no batches", "dataset", "dict", "structured"],
)
def test_a_table_without_rows_keeps_its_columns(data: Any) -> None:
    profile = dl.profile(data)
    assert (profile.n_rows, list(profile.columns)) == (0, ["a", "b"])


def test_data_without_columns_or_batches_give_an_empty_profile() -> None:
    for data in (iter([]), [], {}, pd.DataFrame(), pl.DataFrame(), pa.table({})):
        assert dl.profile(data) == dl.merge([])
    assert dl.profile(pd.DataFrame(index=range(5))).n_rows == 5


def test_a_batch_without_rows_changes_nothing() -> None:
    whole = pa.table({"a": [1, 2, 3], "b": ["x", None, "y"]})
    assert dl.profile([whole[:0], whole[:1], whole[:0], whole[1:], whole[:0]]) == dl.profile(whole)


# --- memory -----------------------------------------------------------------------------------------------------------


def test_columns_are_read_where_they_lie() -> None:
    n = 2_000_000
    values = np.arange(n, dtype=np.float64)
    values.flags.writeable = False
    frame = pd.DataFrame(
        {
            "float": values,
            "int": np.arange(n),
            "nullable": pd.array(np.arange(n, dtype="i4"), dtype="Int32"),
            "moment": pd.Series(np.arange(n).astype("M8[ns]")).dt.tz_localize("UTC"),
            "category": pd.Categorical.from_codes(np.zeros(n, dtype=np.int8), ["x"]),
        }
    )
    inputs = [frame, {"a": values[::2]}, values.reshape(-1, 4), pl.DataFrame({"a": values}), pa.table({"a": values})]
    for data in inputs:
        gc.collect()
        tracemalloc.start()
        batches = list(read_batches(data))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < n // 8  # a copy of one int8 column would already be 2 MB
        assert sum(batch.n_rows for batch in batches) == len(data if not isinstance(data, dict) else data["a"])


def test_views_keep_the_memory_alive() -> None:
    def frame() -> pd.DataFrame:
        return pd.DataFrame({"a": np.full(100_000, 7.0), "b": ["seven" * 9] * 100_000})

    batches = list(read_batches(frame())) + list(read_batches(pa.Table.from_pandas(frame())))
    gc.collect()
    junk = [np.full(100_000, -1.0) for _ in range(20)]
    profiler = dl._core.Profiler(resolution=8192, max_categories=16384, hash_labels=False, salt="", threads=1)
    for batch in batches:
        kinds = {"a": "numeric", "b": "categorical"}
        profiler.add(batch.n_rows, [(c.name, kinds[c.name], "feature", "", c.chunks) for c in batch.columns])
    profile = dl.Profile(profiler.finish())
    assert (profile.columns["a"].min, profile.columns["a"].max) == (7, 7)
    assert profile.columns["b"].counts == {"seven" * 9: 200_000}
    assert len(junk) == 20


# --- without pyarrow --------------------------------------------------------------------------------------------------


@pytest.mark.skipif(pd.__version__ < "3", reason="pandas 2 fails at making its own string columns with pyarrow hidden")
def test_only_files_need_pyarrow() -> None:
    script = """
import sys
sys.modules["pyarrow"] = None
import numpy as np, pandas as pd, polars as pl
import driftline as dl

def counts(data):
    column = dl.profile(data).columns["a"]
    return column.counts, column.n_null + column.n_nan

for words in (["x", None, "y", "x"],):
    expected = ({"x": 2, "y": 1}, 1)
    assert counts({"a": words}) == expected
    for dtype in ("str", "string", "object", "category"):
        assert counts(pd.DataFrame({"a": pd.Series(words, dtype=dtype)})) == expected, dtype
    assert counts(pl.DataFrame({"a": words})) == expected
    assert counts(pl.LazyFrame({"a": words})) == expected
assert dl.profile(pd.DataFrame({"a": pd.array([1, None], dtype="Int64")})).columns["a"].n_null == 1
try:
    dl.profile("x.parquet")
except dl.InputError as error:
    assert "driftline[files]" in str(error), error
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", script], check=True)
