"""The same values in any dtype, unit or encoding are the same values."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.feather
import pyarrow.json
import pyarrow.parquet
import pytest

import driftline as dl

if TYPE_CHECKING:
    from collections.abc import Callable

NUMPY_TYPES = ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "g"]
SMALL = [0, 1, 1, 2, 3, 5, 8, 13, 21, 100]


def strided(array: np.ndarray) -> np.ndarray:
    return np.repeat(array, 3)[::3]


def read_only(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False
    return array


NUMBERS: dict[str, Callable[[], Any]] = {
    **{
        name: (lambda t=name: np.array(SMALL, dtype=t))
        for name in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "g"]
    },
    **{
        f"big-endian {name}": (lambda t=name: np.array(SMALL, dtype=f">{t}"))
        for name in ["i2", "i4", "u8", "f2", "f4", "f8"]
    },
    "strided": lambda: strided(np.array(SMALL)),
    "reversed": lambda: np.array(SMALL[::-1], dtype=np.float32)[::-1],
    "unaligned": lambda: np.frombuffer(b"x" + np.array(SMALL).tobytes(), dtype=np.int64, offset=1),
    "read-only": lambda: read_only(np.array(SMALL)),
    "column of a matrix": lambda: np.stack([np.array(SMALL)] * 3, axis=1)[:, 1],
    "object": lambda: np.array(SMALL, dtype=object),
    **{name: (lambda t=name: pd.array(SMALL, dtype=t)) for name in ("Int8", "UInt16", "Float32", "Int64")},
    **{
        f"pandas {name}": (lambda t=name: pd.Series(SMALL, dtype=f"{t}[pyarrow]"))
        for name in ("int8", "float", "double")
    },
    "sparse": lambda: pd.arrays.SparseArray(SMALL),
    **{str(t): (lambda t=t: pa.array(SMALL, type=t)) for t in (pa.int8(), pa.uint64(), pa.float32(), pa.float64())},
    "float16": lambda: pa.array(np.array(SMALL, dtype=np.float16)),
    **{
        f"decimal{bits}": (lambda t=make: pa.array(SMALL, type=t(7, 2)))
        for bits, make in ((128, pa.decimal128), (256, pa.decimal256))
    },
    "range": lambda: [*SMALL],
    "numpy scalars": lambda: [np.int16(value) for value in SMALL],
}


@pytest.mark.parametrize("make", NUMBERS.values(), ids=NUMBERS)
def test_every_width_of_number_is_the_same_number(make: Callable[[], Any]) -> None:
    column = dl.profile({"x": make()}).columns["x"]
    assert (column.kind, column.n_valid, column.n_null + column.n_nan) == ("numeric", len(SMALL), 0)
    assert (column.min, column.max, column.mean) == (0, 100, 15.4)
    assert [column.cdf(x) for x in SMALL] == [sum(y <= x for y in SMALL) / len(SMALL) for x in SMALL]


UNITS = ["D", "h", "s", "ms", "us", "ns"]
INSTANTS = [dt.datetime(2024, 1, day) for day in (1, 1, 2, 29)] + [dt.datetime(1960, 5, 5)]
TIMES: dict[str, Callable[[], Any]] = {
    **{
        f"numpy {unit}": (lambda u=unit: np.array(INSTANTS, dtype=f"M8[{u}]"))
        for unit in ("D", "h", "s", "ms", "us", "ns")
    },
    "numpy big-endian": lambda: np.array(INSTANTS, dtype=">M8[us]"),
    "numpy 12 hours": lambda: np.array(INSTANTS, dtype="M8[12h]"),
    **{f"pandas {unit}": (lambda u=unit: pd.Series(INSTANTS, dtype=f"M8[{u}]")) for unit in ("s", "ms", "us", "ns")},
    "pandas zone": lambda: pd.Series(INSTANTS).dt.tz_localize("UTC").dt.tz_convert("America/Lima"),
    "pandas arrow": lambda: pd.Series(INSTANTS, dtype=pd.ArrowDtype(pa.timestamp("ms"))),
    **{f"arrow {unit}": (lambda u=unit: pa.array(INSTANTS, type=pa.timestamp(u))) for unit in ("s", "ms", "us", "ns")},
    "arrow date32": lambda: pa.array(INSTANTS, type=pa.date32()),
    "arrow date64": lambda: pa.array(INSTANTS, type=pa.date64()),
    "polars datetime": lambda: pl.Series(INSTANTS),
    "polars date": lambda: pl.Series([moment.date() for moment in INSTANTS]),
    "datetime objects": lambda: INSTANTS,
    "date objects": lambda: [moment.date() for moment in INSTANTS],
    "timestamps": lambda: list(map(pd.Timestamp, INSTANTS)),
}


@pytest.mark.parametrize("make", TIMES.values(), ids=TIMES)
def test_every_unit_of_time_is_the_same_instant(make: Callable[[], Any]) -> None:
    column = dl.profile({"x": make()}).columns["x"]
    seconds = [(moment - dt.datetime(1970, 1, 1)).total_seconds() for moment in INSTANTS]
    assert (column.kind, column.n_valid, column.min, column.max) == ("datetime", 5, min(seconds), max(seconds))
    assert [column.cdf(s) for s in seconds] == [sum(t <= s for t in seconds) / 5 for s in seconds]


WORDS = ["b", "a", None, "b", "", "žluť", "x" * 40, None, "a", "b"]
TEXTS: dict[str, Callable[[], Any]] = {
    "list": lambda: WORDS,
    "object": lambda: np.array(WORDS, dtype=object),
    "pandas object": lambda: pd.Series(WORDS, dtype=object),
    "pandas default": lambda: pd.Series(WORDS),
    "pandas python": lambda: pd.Series(WORDS, dtype="string[python]"),
    "pandas pyarrow": lambda: pd.Series(WORDS, dtype="string[pyarrow]"),
    "pandas arrow": lambda: pd.Series(WORDS, dtype=pd.ArrowDtype(pa.large_string())),
    "pandas category": lambda: pd.Series(WORDS, dtype="category"),
    "pandas ordered": lambda: pd.Categorical(WORDS, categories=["x" * 40, "b", "never", "", "a", "žluť"], ordered=True),
    "pandas arrow dictionary": lambda: pd.Series(WORDS, dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))),
    **{str(t): (lambda t=t: pa.array(WORDS, type=t)) for t in (pa.string(), pa.large_string(), pa.string_view())},
    **{
        f"dictionary {t}": (lambda t=t: pa.array(WORDS).cast(pa.dictionary(t, pa.string())))
        for t in (pa.int8(), pa.uint8(), pa.int16(), pa.int32(), pa.int64())
    },
    "arrow chunks with their own dictionaries": lambda: pa.chunked_array(
        [pa.array(WORDS[:4]).dictionary_encode(), pa.array(WORDS[4:]).dictionary_encode()]
    ),
    "polars string": lambda: pl.Series(WORDS),
    "polars categorical": lambda: pl.Series(WORDS, dtype=pl.Categorical),
    "polars enum": lambda: pl.Series(WORDS, dtype=pl.Enum(["never", *sorted({w for w in WORDS if w is not None})])),
}


@pytest.mark.parametrize("make", TEXTS.values(), ids=TEXTS)
def test_every_encoding_of_text_is_the_same_text(make: Callable[[], Any]) -> None:
    column = dl.profile({"x": make()}).columns["x"]
    assert (column.kind, column.n_valid, column.n_null + column.n_nan) == ("categorical", 8, 2)
    assert column.counts == {"b": 3, "a": 2, "": 1, "žluť": 1, "x" * 40: 1}
    assert list(column.counts)[:2] == ["b", "a"]


def test_fixed_width_text_of_numpy_is_text() -> None:
    words = [word for word in WORDS if word is not None]
    for array in (np.array(words), np.array(words).astype(">U40"), strided(np.array(words))):
        assert dl.profile({"x": array}).columns["x"].counts == {w: words.count(w) for w in words}
    column = dl.profile({"x": np.array([b"a", b"b", b"a"])}).columns["x"]
    assert column.counts == {b"a": 2, b"b": 1}


CHOICES = [True, None, False, True]
BOOLEANS: dict[str, Callable[[], Any]] = {
    "list": lambda: CHOICES,
    "object": lambda: pd.Series(CHOICES, dtype=object),
    "object with NaN": lambda: pd.Series([True, np.nan, False, True], dtype=object),
    "pandas boolean": lambda: pd.array(CHOICES, dtype="boolean"),
    "pandas arrow": lambda: pd.Series(CHOICES, dtype="bool[pyarrow]"),
    "arrow": lambda: pa.array(CHOICES),
    "arrow slice": lambda: pa.array([None, *CHOICES, True])[1:5],
    "polars": lambda: pl.Series(CHOICES),
    "masked": lambda: np.ma.array([True, True, False, True], mask=[False, True, False, False]),
}


@pytest.mark.parametrize("make", BOOLEANS.values(), ids=BOOLEANS)
def test_every_boolean_is_zero_or_one(make: Callable[[], Any]) -> None:
    column = dl.profile({"x": make()}).columns["x"]
    assert (column.kind, column.n_valid, column.n_null + column.n_nan, column.mean) == ("boolean", 3, 1, 2 / 3)


def test_nan_stays_nan_and_null_stays_null_where_the_container_tells_them_apart() -> None:
    for data in (
        pa.array([1.0, float("nan"), None, float("inf"), float("-inf")]),
        pl.Series([1.0, float("nan"), None, float("inf"), float("-inf")]),
        [1.0, float("nan"), None, float("inf"), float("-inf")],
    ):
        column = dl.profile({"x": data}).columns["x"]
        counts = (column.n_valid, column.n_nan, column.n_null, column.n_pos_inf, column.n_neg_inf)
        assert counts == (1, 1, 1, 1, 1)
    floats = dl.profile(pd.DataFrame({"x": [1.0, np.nan]})).columns["x"]
    assert (floats.n_nan, floats.n_null) == (1, 0)
    times = dl.profile({"x": np.array(["NaT", "2024-01-01"], dtype="M8[s]")}).columns["x"]
    assert (times.n_valid, times.n_null) == (1, 1)


def test_numpy_tables_have_documented_names() -> None:
    matrix = np.arange(12.0).reshape(4, 3)
    for array in (matrix, np.asfortranarray(matrix), np.repeat(matrix, 2, axis=1)[:, ::2]):
        assert {n: c.mean for n, c in dl.profile(array).columns.items()} == {"0": 4.5, "1": 5.5, "2": 6.5}
    assert list(dl.profile(matrix[:, 0]).columns) == ["value"]
    records = np.array([(1, 2.5, "x"), (3, 4.5, "y")], dtype=[("a", ">i2"), ("b", "f4"), ("c", "U4")])
    profile = dl.profile(records)
    assert (profile.columns["a"].mean, profile.columns["b"].mean) == (2, 3.5)
    assert profile.columns["c"].counts == {"x": 1, "y": 1}


def test_masked_rows_are_nulls() -> None:
    array = np.ma.array([[1.0, 9.0], [2.0, 9.0], [9.0, 3.0]], mask=[[0, 1], [0, 1], [1, 0]])
    columns = dl.profile(array).columns
    assert [(c.n_valid, c.n_null, c.mean) for c in columns.values()] == [(2, 1, 1.5), (1, 2, 3.0)]
    objects = np.ma.array(["a", "b"], dtype=object, mask=[True, False])
    assert dl.profile({"x": objects}).columns["x"].counts == {"b": 1}


def test_dictionaries_of_numbers_are_categories() -> None:
    for data in (
        pd.Categorical([10, 20, 10]),
        pa.array([10, 20, 10]).dictionary_encode(),
        pd.Categorical([10.0, 20.0, 10.0]),
    ):
        column = dl.profile({"x": data}).columns["x"]
        assert (column.kind, column.counts) == ("categorical", {10: 2, 20: 1})


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("no")


OBJECTS = [Unspeakable(), Unspeakable()]
UNREADABLE: dict[str, Callable[[], Any]] = {
    "complex": lambda: np.array([1j, 2j]),
    "objects without text": lambda: [Unspeakable(), Unspeakable()],
    "pandas objects without text": lambda: pd.Series([1, Unspeakable()]),
    "categories without text": lambda: pd.Categorical(OBJECTS, categories=OBJECTS),
    "records": lambda: np.zeros(2, dtype=[("a", "i4")]),
    "matrix": lambda: np.zeros((2, 2)),
    "months": lambda: np.array([1, 2], dtype="m8[M]"),
    "no unit": lambda: np.array(["NaT", "NaT"], dtype="M8"),
    "raw bytes": lambda: np.zeros(2, dtype="V3"),
    "arrow list": lambda: pa.array([[1], [2]]),
    "arrow struct": lambda: pa.array([{"a": 1}, {"a": 2}]),
    "pandas arrow list": lambda: pd.Series([[1], [2]], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
    "pandas arrow struct": lambda: pd.Series([{"a": 1}] * 2, dtype=pd.ArrowDtype(pa.struct({"a": pa.int64()}))),
    "polars list": lambda: pl.Series([[1], [2]]),
    "polars struct": lambda: pl.Series([{"a": 1}, {"a": 2}]),
}


@pytest.mark.parametrize("make", UNREADABLE.values(), ids=UNREADABLE)
def test_a_column_that_cannot_be_read_costs_no_other(make: Callable[[], Any]) -> None:
    profile = dl.profile({"bad": make(), "good": [1, 2]})
    assert (profile.columns["bad"].kind, profile.columns["bad"].n_rows) == ("unsupported", 2)
    assert profile.columns["bad"].reason
    assert profile.columns["good"].mean == 1.5


def test_other_pandas_extension_arrays_are_labels_of_their_text() -> None:
    months = pd.Series(pd.period_range("2024-01", periods=3, freq="M"))
    assert dl.profile({"x": months}).columns["x"].counts == {"2024-01": 1, "2024-02": 1, "2024-03": 1}
    binned = pd.cut(pd.Series([1, 2, 9]), [0, 5, 10])
    assert dl.profile({"x": binned}).columns["x"].counts == {"(0, 5]": 2, "(5, 10]": 1}
