"""Every Arrow type, whole, sliced, chunked, empty and all null, against pyarrow's own reading of the same array."""

from __future__ import annotations

import datetime as dt
import decimal
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

import driftline as dl

if TYPE_CHECKING:
    from collections.abc import Callable

N = 40
NAN, INFINITY = float("nan"), float("inf")

Array = pa.Array | pa.ChunkedArray


def with_nulls(values: list[Any]) -> list[Any]:
    return [None if i % 7 == 3 else value for i, value in enumerate(values)]


def spread(low: int, high: int) -> list[int]:
    """Both ends of a range, their neighbours, zero, and steps between."""
    steps = [low + (high - low) * i // N for i in range(N)]
    return [low, low + 1, high - 1, high, 0, 1, 1, *steps]


def integers(kind: pa.DataType) -> pa.Array:
    info = np.iinfo(kind.to_pandas_dtype())
    return pa.array(with_nulls(spread(int(info.min), int(info.max))), kind)


def floats(kind: pa.DataType) -> pa.Array:
    info = np.finfo(kind.to_pandas_dtype())
    values = [0.0, -0.0, 0.1, -2.5, float(info.max), float(info.tiny), float(info.smallest_subnormal), 1.0, 1.0]
    numbers = np.array([*values, NAN, NAN, INFINITY, -INFINITY, *range(-9, 20)]).astype(kind.to_pandas_dtype())
    return pa.array(with_nulls(list(numbers)), kind)


def decimals(kind: pa.DataType) -> pa.Array:
    most = 10**kind.precision - 1
    with decimal.localcontext() as context:
        context.prec = 100
        values = [decimal.Decimal(n).scaleb(-kind.scale) for n in spread(-most, most)]
    return pa.array(with_nulls(values), kind)


def ticks(kind: pa.DataType, low: int, high: int) -> pa.Array:
    width = pa.int32() if kind.bit_width == 32 else pa.int64()
    return pa.array(with_nulls([*spread(low, high), -1, 2**31 - 1, -86_400_000]), width).cast(kind)


def time_of_day(kind: pa.DataType) -> pa.Array:
    width = pa.int32() if kind.bit_width == 32 else pa.int64()
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
    return pa.array(with_nulls(spread(0, 86_400 * per_second - 1)), width).cast(kind)


I32, I64 = 2**31, 2**63
NUMBERS: dict[str, pa.Array] = {
    **{str(kind): integers(kind) for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64())},
    **{str(kind): integers(kind) for kind in (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())},
    **{str(kind): floats(kind) for kind in (pa.float16(), pa.float32(), pa.float64())},
    "bool": pa.array(with_nulls([i % 3 == 0 for i in range(N)])),
    **{str(kind): decimals(kind) for kind in (pa.decimal32(9, 2), pa.decimal64(18, 6), pa.decimal128(38, 10))},
    **{str(kind): decimals(kind) for kind in (pa.decimal256(76, 30), pa.decimal128(20, 0), pa.decimal128(10, -3))},
    "date32": ticks(pa.date32(), -I32, I32 - 1),
    # In pyarrow, a date64 is a whole day.
    "date64": pa.array(with_nulls([86_400_000 * day for day in spread(-(10**6), 10**6)]), pa.int64()).cast(pa.date64()),
    **{str(kind): time_of_day(kind) for kind in (pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns"))},
    **{
        str(kind): ticks(kind, -I64, I64 - 1)
        for unit in ("s", "ms", "us", "ns")
        for kind in (pa.timestamp(unit), pa.timestamp(unit, "UTC"), pa.timestamp(unit, "Asia/Tokyo"), pa.duration(unit))
    },
}

WORDS = ["", "a", "a", "twelve bytes", "thirteen byte", "naïve 名古屋 😀", 'quote " \n', "x" * 100]
TEXTS = with_nulls(WORDS * 5)
BYTES = with_nulls([word.encode() + b"\xff\x00" for word in WORDS] * 5)
FIXED = with_nulls([bytes([i % 5, 0, 255]) for i in range(N)])
CODES = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]


def dictionary(codes: pa.DataType, values: list[Any], kind: pa.DataType | None = None) -> pa.Array:
    """A dictionary whose values repeat, hold a null, and come last to first."""
    entries = pa.array([*reversed(values), None, *values], kind)
    picks = with_nulls([i * 5 % len(entries) for i in range(N)])
    return pa.DictionaryArray.from_arrays(pa.array(picks, codes), entries, safe=True)


LABELS: dict[str, pa.Array] = {
    **{str(kind): pa.array(TEXTS, kind) for kind in (pa.string(), pa.large_string(), pa.string_view())},
    **{str(kind): pa.array(BYTES, kind) for kind in (pa.binary(), pa.large_binary(), pa.binary_view())},
    "fixed_size_binary": pa.array(FIXED, pa.binary(3)),
    **{f"dictionary {codes}": dictionary(codes, WORDS) for codes in CODES},
    "dictionary of string_view": dictionary(pa.int8(), WORDS, pa.string_view()),
    "dictionary of int64": dictionary(pa.int32(), [3, 2**62, -1]),
    "dictionary of double": dictionary(pa.int16(), [0.5, 3.0, -0.0]),
    "dictionary of bool": dictionary(pa.uint8(), [True, False]),
}

LAYOUTS: dict[str, Callable[[pa.Array], Array]] = {
    "whole": lambda array: array,
    "from row 1": lambda array: array[1:],
    "across bytes of the bitmap": lambda array: array[9:31],
    "slice of a slice": lambda array: array[3:][5:20],
    "no null inside": lambda array: array[4:10],
    "one null": lambda array: array[3:4],
    "empty": lambda array: array[5:5],
    "all null": lambda array: pa.nulls(20, array.type) if not pa.types.is_dictionary(array.type) else array[3:4],
    "chunked": lambda array: pa.chunked_array([array[:1], array[1:1], array[1:18], array[18:]]),
    "no chunk": lambda array: pa.chunked_array([], array.type),
}

layouts = pytest.mark.parametrize("layout", LAYOUTS)


def profile_of(array: Array, kind: str | None = None) -> Any:
    schema = None if kind is None else dl.Schema(kinds={"x": kind})
    return dl.profile(pa.table({"x": array}), schema=schema).columns["x"]


def seconds_per_tick(kind: pa.DataType) -> Fraction:
    if pa.types.is_date32(kind):
        return Fraction(86_400)
    unit = "ms" if pa.types.is_date64(kind) else kind.unit
    return Fraction(1, {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit])


def values_by_pyarrow(array: Array) -> list[Any]:
    """What pyarrow reads: numbers as exact fractions (or as a float that is not finite), times in seconds."""
    if pa.types.is_temporal(array.type):
        width = pa.int32() if array.type.bit_width == 32 else pa.int64()
        return [None if n is None else n * seconds_per_tick(array.type) for n in array.cast(width).to_pylist()]
    return [value if value is None or not np.isfinite(float(value)) else Fraction(value) for value in array.to_pylist()]


def nearest_double(value: Any) -> float:
    return float(value) + 0.0  # −0.0 is zero


def number_counts(column: Any) -> Counter[float]:
    """Every value with its count: these columns have few distinct values, so every cell is one value."""
    low, high, counts = column._core.cells()
    assert column.exact
    np.testing.assert_array_equal(low, high)
    return Counter(dict(zip(low.tolist(), counts.tolist(), strict=True)))


@layouts
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_and_times_are_the_nearest_doubles_of_what_pyarrow_reads(name: str, layout: str) -> None:
    array = LAYOUTS[layout](NUMBERS[name])
    values = [value for value in values_by_pyarrow(array) if value is not None]
    finite = [value for value in values if np.isfinite(float(value))]
    column = profile_of(array)
    assert column.n_rows == len(array)
    assert column.n_null == array.null_count
    assert column.n_nan == sum(value != value for value in values)
    assert column.n_pos_inf == values.count(INFINITY)
    assert column.n_neg_inf == values.count(-INFINITY)
    assert column.n_valid == len(finite)
    if finite:
        assert number_counts(column) == Counter(map(nearest_double, finite))


@layouts
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_also_labels(name: str, layout: str) -> None:
    array = LAYOUTS[layout](NUMBERS[name])
    column = profile_of(array, "categorical")
    values = [value for value in values_by_pyarrow(array) if value is not None and np.isfinite(float(value))]
    assert column.n_null == array.null_count
    if pa.types.is_temporal(array.type):
        expected = Counter(map(nearest_double, values))
    elif pa.types.is_boolean(array.type):
        expected = Counter(map(bool, values))
    else:
        expected = Counter(map(number_label, values))
    found = dict(column._core.counts()) if column.n_valid else {}
    assert found == expected
    if pa.types.is_integer(array.type):
        assert all(type(label) is int for label in found)


def number_label(value: Fraction) -> int | float:
    """An integer of 64 bits is itself, with all its digits; any other number is its nearest double."""
    exact_or_nearest = value if value.denominator == 1 else Fraction(float(value))
    if exact_or_nearest.denominator == 1 and -I64 <= exact_or_nearest < 2 * I64:
        return int(exact_or_nearest)
    return float(value)


def plain_label(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


@layouts
@pytest.mark.parametrize("name", LABELS)
def test_texts_bytes_and_dictionaries_are_the_labels_that_pyarrow_reads(name: str, layout: str) -> None:
    array = LAYOUTS[layout](LABELS[name])
    read = array.to_pylist()
    expected = Counter(plain_label(value) for value in read if value is not None)
    column = profile_of(array)
    assert column.n_rows == len(read)
    # Nulls inside a dictionary are nulls, too.
    assert column.n_null == read.count(None)
    assert column.n_valid == len(read) - read.count(None)
    if expected:
        assert column.kind == "categorical"
        assert column.counts == expected
        assert Counter(map(type, column.counts)) == Counter(map(type, expected))


def test_the_codes_of_a_dictionary_leave_no_trace() -> None:
    picks = [0, 1, 1, 2, None]
    forwards = pa.DictionaryArray.from_arrays(pa.array(picks, pa.int8()), pa.array(["a", "b", "c"]))
    renamed = pa.array([None if i is None else 3 - i for i in picks], pa.int8())
    backwards = pa.DictionaryArray.from_arrays(renamed, pa.array(["unused", "c", "b", "a"]))
    assert dl.profile(pa.table({"x": forwards})) == dl.profile(pa.table({"x": backwards}))


@pytest.mark.parametrize("name", ["dictionary of int64", "dictionary of double", "dictionary of bool"])
def test_a_dictionary_of_numbers_can_be_read_as_numbers(name: str) -> None:
    array = LABELS[name]
    values = [value for value in array.to_pylist() if value is not None]
    column = profile_of(array, "numeric")
    assert number_counts(column) == Counter(map(nearest_double, values))
    assert column.n_null == len(array) - len(values)


def test_null_columns_are_counted() -> None:
    for array in (pa.nulls(5), pa.nulls(5)[2:], pa.chunked_array([pa.nulls(2), pa.nulls(3)])):
        column = profile_of(array)
        assert (column.kind, column.n_null, column.n_valid) == ("null", len(array), 0)


UNREADABLE: dict[str, pa.Array] = {
    "list": pa.array(with_nulls([[i, None] for i in range(N)])),
    "large_list": pa.array(with_nulls([[i] for i in range(N)]), pa.large_list(pa.int8())),
    "list_view": pa.array(with_nulls([[i] for i in range(N)]), pa.list_view(pa.int64())),
    "fixed_size_list": pa.array(with_nulls([[i, i] for i in range(N)]), pa.list_(pa.int64(), 2)),
    "struct": pa.array(with_nulls([{"a": i} for i in range(N)])),
    "map": pa.array(with_nulls([[("a", i)] for i in range(N)]), pa.map_(pa.string(), pa.int64())),
    "interval": pa.array(with_nulls([(1, i, 3) for i in range(N)]), pa.month_day_nano_interval()),
}


@pytest.mark.parametrize("layout", ["whole", "from row 1", "across bytes of the bitmap", "chunked", "empty"])
@pytest.mark.parametrize("name", UNREADABLE)
def test_types_without_a_reading_are_unsupported_with_their_nulls_counted(name: str, layout: str) -> None:
    array = LAYOUTS[layout](UNREADABLE[name])
    column = profile_of(array)
    assert (column.kind, column.n_rows, column.n_null) == ("unsupported", len(array), array.null_count)
    assert name in column.reason


@pytest.mark.parametrize(
    "array",
    [
        pa.UnionArray.from_sparse(pa.array([0, 1, 0], pa.int8()), [pa.array([1, 2, 3]), pa.array(["a", "b", "c"])]),
        pa.UnionArray.from_dense(
            pa.array([0, 1, 0], pa.int8()), pa.array([0, 0, 1], pa.int32()), [pa.array([1, 3]), pa.array(["b"])]
        ),
        pa.RunEndEncodedArray.from_arrays(pa.array([1, 3], pa.int32()), pa.array([1, 2])),
    ],
    ids=lambda array: str(array.type).partition("<")[0],
)
def test_layouts_without_a_bitmap_are_unsupported(array: pa.Array) -> None:
    column = profile_of(array)
    assert (column.kind, column.n_rows, column.n_null) == ("unsupported", 3, 0)


def test_an_unsupported_column_costs_no_other() -> None:
    table = pa.table({"nested": [[1], None], "x": [1, 2]})
    columns = dl.profile(table).columns
    assert (columns["nested"].kind, columns["x"].kind, columns["x"].n_valid) == ("unsupported", "numeric", 2)


def test_a_sliced_struct_array_is_a_table_and_its_nulls_are_those_of_its_fields() -> None:
    fields = [pa.array([1, 2, None, 4, 5]), pa.array(["a", "b", "c", "d", "e"])]
    array = pa.StructArray.from_arrays(fields, ["n", "s"], mask=pa.array([False, False, False, True, False]))[1:]
    columns = dl.profile(array).columns
    assert number_counts(columns["n"]) == Counter([2.0, 5.0])
    assert columns["n"].n_null == 2
    assert columns["s"].counts == {"b": 1, "c": 1, "e": 1}
    assert columns["s"].n_null == 1


def test_batches_of_a_stream_may_have_different_dictionaries() -> None:
    chunks = [pa.array(["a", "b"]).dictionary_encode(), pa.array(["b", "c", None]).dictionary_encode()]
    column = profile_of(pa.chunked_array(chunks))
    assert column.counts == {"b": 2, "a": 1, "c": 1}
    assert column.n_null == 1


POLARS: dict[str, pl.Series] = {
    "string": pl.Series(TEXTS),
    "binary": pl.Series(BYTES),
    "categorical": pl.Series(TEXTS, dtype=pl.Categorical),
    "enum": pl.Series(TEXTS, dtype=pl.Enum(list(dict.fromkeys(WORDS)))),
    "int8": pl.Series(with_nulls(list(range(N))), dtype=pl.Int8),
    "boolean": pl.Series(with_nulls([i % 2 == 0 for i in range(N)])),
    "null": pl.Series([None] * N),
}


@pytest.mark.parametrize("name", POLARS)
def test_polars_exports_and_their_slices_are_read(name: str) -> None:
    series = POLARS[name]
    for part in (series, series[1:], series[9:31], series[3:4], series[:0], pl.concat([series, series], rechunk=False)):
        read = part.to_list()
        schema = dl.Schema(kinds={"x": "categorical"})
        column = dl.profile(pl.DataFrame({"x": part}), schema=schema).columns["x"]
        assert (column.n_rows, column.n_null) == (len(read), read.count(None))
        if read.count(None) < len(read):
            assert column.counts == Counter(value for value in read if value is not None)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_polars_times_are_seconds(unit: Any) -> None:
    moments = [dt.datetime(1969, 12, 31, 23, 59, 59, 999_000), dt.datetime(2024, 2, 29, 12, 0, 0, 1000), None]
    frame = pl.DataFrame({"x": pl.Series(moments, dtype=pl.Datetime(unit, "Europe/Oslo"))})
    column = dl.profile(frame).columns["x"]
    seconds = [-0.001, nearest_double(Fraction(1_709_208_000_001, 1000))]
    assert column.kind == "datetime"
    assert (column.min, column.max, column.n_null) == (*seconds, 1)


def test_what_a_producer_says_when_it_fails_is_in_the_error() -> None:
    def batches() -> Any:
        yield pa.record_batch({"x": [1]})
        raise ValueError("the well is dry")

    reader = pa.RecordBatchReader.from_batches(pa.schema({"x": pa.int64()}), batches())
    with pytest.raises(dl.InputError, match="the well is dry"):
        dl.profile(reader)


def test_memory_is_given_back_when_the_profile_is_done() -> None:
    before = pa.total_allocated_bytes()
    array = pa.array(np.arange(1_000_000))
    dl.profile(pa.table({"x": array}))
    del array
    assert pa.total_allocated_bytes() == before


def test_memory_is_given_back_when_reading_fails() -> None:
    def batches() -> Any:
        yield pa.record_batch({"x": np.arange(100_000)})
        raise ValueError("stop")

    before = pa.total_allocated_bytes()
    with pytest.raises(dl.InputError):
        dl.profile(pa.RecordBatchReader.from_batches(pa.schema({"x": pa.int64()}), batches()))
    assert pa.total_allocated_bytes() == before
