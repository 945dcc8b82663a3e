"""The same rows in any container and dtype give the same statistics, and leave the container as it was."""

from __future__ import annotations

import datetime as dt
import gzip
import itertools
from fractions import Fraction
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
    from pathlib import Path

UTC = dt.timezone.utc
N = 60

# Fixed rows with ties, zeros, negatives, both ends of int64, a null here and there, text beyond ASCII.
ROWS: dict[str, list[Any]] = {
    "count": [(7 * i) % 23 - 5 for i in range(N - 2)] + [2**53, -(2**53)],
    "price": [round(0.25 * i * i - 40, 2) for i in range(N)],
    "rate": [None if i % 7 == 3 else 1 / (i + 1) for i in range(N)],
    "visits": [None if i % 5 == 0 else i % 9 for i in range(N)],
    "flag": [i % 3 == 0 for i in range(N)],
    "consent": [None if i % 11 == 4 else i % 2 == 0 for i in range(N)],
    "city": [None if i % 13 == 6 else ["Oslo", "Århus", "", "名古屋", 'a\n"b"'][i % 5] for i in range(N)],
    "moment": [dt.datetime(2024, 3, 30, 22, 15, tzinfo=UTC) + dt.timedelta(hours=i) for i in range(N)],
    "waited": [None if i % 17 == 2 else dt.timedelta(milliseconds=1500 * i) for i in range(N)],
}
KINDS = {
    "count": "numeric",
    "price": "numeric",
    "rate": "numeric",
    "visits": "numeric",
    "flag": "boolean",
    "consent": "boolean",
    "city": "categorical",
    "moment": "datetime",
    "waited": "numeric",
}
COMPLETE = [name for name, values in ROWS.items() if None not in values]
ARROW_SCHEMA = pa.schema(
    {
        "count": pa.int64(),
        "price": pa.float64(),
        "rate": pa.float64(),
        "visits": pa.int32(),
        "flag": pa.bool_(),
        "consent": pa.bool_(),
        "city": pa.string(),
        "moment": pa.timestamp("us", tz="UTC"),
        "waited": pa.duration("ms"),
    }
)


def table() -> pa.Table:
    return pa.table(ROWS, schema=ARROW_SCHEMA)


def number(value: Any) -> Fraction:
    if isinstance(value, dt.datetime):
        value -= dt.datetime(1970, 1, 1, tzinfo=UTC)
    if isinstance(value, dt.timedelta):
        return Fraction(value // dt.timedelta(microseconds=1), 10**6)
    return Fraction(value)


def expected(name: str) -> dict[str, Any]:
    """What the profile must say of a column, in plain Python."""
    values = [value for value in ROWS[name] if value is not None]
    facts: dict[str, Any] = {"kind": KINDS[name], "n_valid": len(values), "missing": N - len(values)}
    if KINDS[name] == "categorical":
        return {**facts, "counts": {label: values.count(label) for label in values}}
    numbers = sorted(map(number, values))
    mean = float(sum(numbers) / len(numbers))
    steps = np.linspace(float(numbers[0]), float(numbers[-1]), 12)
    cdf = [sum(float(x) <= step for x in numbers) / len(numbers) for step in steps]
    return {**facts, "min": float(numbers[0]), "max": float(numbers[-1]), "mean": mean, "cdf": cdf}


def facts(column: Any, name: str) -> dict[str, Any]:
    found = {"kind": column.kind, "n_valid": column.n_valid, "missing": column.n_null + column.n_nan}
    if isinstance(column, dl.profiling.CategoricalColumn):
        return {**found, "counts": column.counts}
    low, high = column.min, column.max
    cdf = [column.cdf(x) for x in np.linspace(low, high, 12)]
    return {**found, "min": low, "max": high, "mean": column.mean, "cdf": cdf}


def numpy_columns() -> dict[str, np.ndarray]:
    return {
        "count": np.array(ROWS["count"], dtype=np.int64),
        "price": np.array(ROWS["price"]),
        "rate": np.array([np.nan if v is None else v for v in ROWS["rate"]]),
        "visits": np.array([np.nan if v is None else v for v in ROWS["visits"]]),
        "flag": np.array(ROWS["flag"]),
        "consent": np.array(ROWS["consent"], dtype=object),
        "city": np.array(ROWS["city"], dtype=object),
        "moment": np.array([m.replace(tzinfo=None) for m in ROWS["moment"]], dtype="M8[us]"),
        "waited": np.array(ROWS["waited"], dtype="m8[ms]"),
    }


def pandas_numpy() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in numpy_columns().items()})


def pandas_nullable() -> pd.DataFrame:
    dtypes = {"count": "Int64", "price": "Float64", "rate": "Float64", "visits": "Int8", "flag": "boolean"}
    dtypes |= {"consent": "boolean", "city": "string[python]", "moment": "datetime64[ns, UTC]"}
    dtypes |= {"waited": "timedelta64[ns]"}
    return pd.DataFrame({name: pd.array(values, dtype=dtypes[name]) for name, values in ROWS.items()})


def pandas_arrow() -> pd.DataFrame:
    return table().to_pandas(types_mapper=pd.ArrowDtype)


def pandas_object() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in ROWS.items()})


def pandas_mixed() -> pd.DataFrame:
    frame = pandas_numpy()
    frame["city"] = pd.Series(ROWS["city"], dtype="category")
    frame["moment"] = pd.Series(ROWS["moment"]).dt.tz_convert("Asia/Tokyo")
    return frame


def pandas_default() -> pd.DataFrame:
    return pd.DataFrame(ROWS)


def polars_frame() -> pl.DataFrame:
    return pl.DataFrame(table())


def polars_chunks() -> pl.DataFrame:
    frame = polars_frame()
    return pl.concat([frame[:7], frame[7:41], frame[41:]], rechunk=False)


def polars_categorical() -> pl.DataFrame:
    return polars_frame().with_columns(pl.col("city").cast(pl.Categorical), pl.col("visits").cast(pl.Int8))


def arrow_chunks() -> pa.Table:
    return pa.concat_tables([table()[:7], table()[7:41], table()[41:]])


def arrow_slice() -> pa.Table:
    return pa.concat_tables([table(), table()]).combine_chunks()[N - 13 : 2 * N - 13]


def arrow_wide() -> pa.Table:
    fields = dict(zip(ARROW_SCHEMA.names, ARROW_SCHEMA.types, strict=True))
    fields |= {"city": pa.large_string(), "moment": pa.timestamp("ns", tz="UTC"), "waited": pa.duration("us")}
    return table().cast(pa.schema(fields))


def arrow_dictionary() -> pa.Table:
    return table().set_column(6, "city", table()["city"].dictionary_encode())


class StreamOnly:
    def __init__(self, data: Any) -> None:
        self._data = data

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._data.__arrow_c_stream__(requested_schema)


class ArrayOnly:
    def __init__(self, data: Any) -> None:
        self._data = data

    def __arrow_c_array__(self, requested_schema: object = None) -> object:
        return self._data.__arrow_c_array__(requested_schema)


def mixed_stream() -> Any:
    yield table()[:10]
    yield table()[10:10]
    yield polars_frame()[10:25]
    yield pandas_nullable()[25:40]
    yield {name: values[40:] for name, values in ROWS.items()}


CONTAINERS: dict[str, Callable[[], Any]] = {
    "pandas NumPy-backed": pandas_numpy,
    "pandas nullable": pandas_nullable,
    "pandas Arrow-backed": pandas_arrow,
    "pandas object": pandas_object,
    "pandas category and zone": pandas_mixed,
    "pandas default dtypes": pandas_default,
    "pandas every other row of doubled": lambda: pandas_numpy().loc[lambda f: f.index.repeat(2)].iloc[::2],
    "pandas one row at a time": lambda: (pandas_nullable()[i : i + 1] for i in range(N)),
    "polars": polars_frame,
    "polars chunks": polars_chunks,
    "polars categorical": polars_categorical,
    "polars slice": lambda: pl.concat([polars_frame(), polars_frame()])[N - 13 : 2 * N - 13],
    "polars lazy": lambda: polars_frame().lazy(),
    "arrow table": table,
    "arrow chunks": arrow_chunks,
    "arrow slice": arrow_slice,
    "arrow wide types": arrow_wide,
    "arrow dictionary": arrow_dictionary,
    "arrow record batch": lambda: table().to_batches()[0],
    "arrow reader": lambda: arrow_chunks().to_reader(),
    "arrow dataset": lambda: pyarrow.dataset.dataset(arrow_chunks()),
    "arrow scanner": lambda: pyarrow.dataset.dataset(arrow_chunks()).scanner(),
    "stream capsule": lambda: StreamOnly(arrow_chunks()),
    "array capsule": lambda: ArrayOnly(table().to_batches()[0]),
    "dict of lists": lambda: ROWS,
    "dict of tuples": lambda: {name: tuple(values) for name, values in ROWS.items()},
    "dict of arrays": numpy_columns,
    "dict of pandas series": lambda: dict(pandas_nullable().items()),
    "dict of polars series": lambda: polars_chunks().to_dict(),
    "dict of arrow arrays": lambda: {name: arrow_chunks()[name] for name in ROWS},
    "list of tables": lambda: [table()[:20], table()[20:]],
    "generator of several containers": mixed_stream,
}


@pytest.mark.parametrize("make", CONTAINERS.values(), ids=CONTAINERS)
def test_every_container_gives_the_statistics_of_its_rows(make: Callable[[], Any]) -> None:
    profile = dl.profile(make())
    assert profile.n_rows == N
    found = {name: facts(column, name) for name, column in profile.columns.items()}
    assert found == {name: expected(name) for name in ROWS}


@pytest.mark.parametrize("make", CONTAINERS.values(), ids=CONTAINERS)
def test_every_container_gives_the_evidence_of_a_list(make: Callable[[], Any]) -> None:
    reference = {name: values[: N // 2] for name, values in ROWS.items()}
    by_list = dl.compare(reference, ROWS)
    report = dl.compare(reference, make())
    for name, column in by_list.columns.items():
        other = report.columns[name]
        assert other.status == column.status, name
        found = {method: (e.value, e.p_value, e.ci_low, e.ci_high) for method, e in other.evidence.items()}
        assert found == {method: (e.value, e.p_value, e.ci_low, e.ci_high) for method, e in column.evidence.items()}


@pytest.mark.parametrize(
    "make",
    [pandas_numpy, pandas_nullable, pandas_object, pandas_mixed, numpy_columns, polars_frame, table, lambda: ROWS],
    ids=["NumPy-backed", "nullable", "object", "category", "arrays", "polars", "arrow", "lists"],
)
def test_the_data_are_never_changed(make: Callable[[], Any]) -> None:
    data, before = make(), fingerprint(make())
    dl.profile(data, schema=dl.Schema(kinds={"count": "categorical"}))
    assert fingerprint(data) == before


def fingerprint(data: Any) -> Any:
    if isinstance(data, pd.DataFrame):
        hashed = pd.util.hash_pandas_object(data).to_numpy().tobytes()
        return hashed, list(data.columns), list(map(str, data.dtypes)), data.index.to_numpy().tobytes()
    if isinstance(data, pl.DataFrame):
        return data.hash_rows().to_numpy().tobytes(), data.schema
    if isinstance(data, pa.Table):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, data.schema) as writer:
            writer.write_table(data)
        return sink.getvalue().to_pybytes()
    return {name: (getattr(values, "dtype", None), list(map(repr, values))) for name, values in data.items()}


# --- files ------------------------------------------------------------------------------------------------------------


def write_parquet(data: pa.Table, path: Path) -> None:
    pyarrow.parquet.write_table(data, path, row_group_size=13)


def write_ipc(data: pa.Table, path: Path) -> None:
    with pa.ipc.new_file(path, data.schema) as writer:
        writer.write_table(data, max_chunksize=13)


def write_csv(data: pa.Table, path: Path) -> None:
    pyarrow.csv.write_csv(data, path)


def write_csv_gz(data: pa.Table, path: Path) -> None:
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(data, sink)
    with gzip.open(path, "wb") as file:
        file.write(sink.getvalue())


def write_json_lines(data: pa.Table, path: Path) -> None:
    pl.DataFrame(data).write_ndjson(path)


TEXT_COLUMNS = ["count", "price", "rate", "visits", "flag", "consent", "city"]
WRITERS: dict[str, tuple[Callable[[pa.Table, Path], None], list[str]]] = {
    ".parquet": (write_parquet, list(ROWS)),
    ".arrow": (write_ipc, list(ROWS)),
    ".feather": (lambda data, path: pyarrow.feather.write_feather(data, path), list(ROWS)),
    ".csv": (write_csv, TEXT_COLUMNS),
    ".csv.gz": (write_csv_gz, TEXT_COLUMNS),
    ".jsonl": (write_json_lines, TEXT_COLUMNS),
}


@pytest.mark.parametrize("extension", WRITERS)
def test_every_file_format_gives_the_statistics_of_its_rows(extension: str, tmp_path: Path) -> None:
    write, names = WRITERS[extension]
    whole = tmp_path / f"rows{extension}"
    write(table().select(names), whole)
    for part, (begin, end) in enumerate(itertools.pairwise([0, 25, N])):
        write(table().select(names)[begin:end], tmp_path / f"part{part}{extension}")
    parts = [tmp_path / f"part{part}{extension}" for part in range(2)]
    for data in (whole, str(whole), parts, [str(part) for part in parts], tmp_path / f"part*{extension}"):
        profile = dl.profile(data)
        assert profile.n_rows == N
        found = {name: facts(column, name) for name, column in profile.columns.items()}
        assert found == {name: expected(name) for name in names}
