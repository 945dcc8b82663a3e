"""Results of SQL queries are streams of batches: what they hold is what a table of the same rows holds."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

import driftline as dl
from driftline.profiling.columns import CategoricalColumn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

N = 25_000  # more than is fetched at a time
ROWS = [(i, None if i % 7 == 0 else i / 4, f"label {i % 5}") for i in range(N)]
NAMES = ("id", "amount", "label")
QUERY = "SELECT id, amount, label FROM sales"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sql") / "sales.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sales (id INTEGER, amount REAL, label TEXT)")
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?)", ROWS)
    connection.close()
    return path


def in_memory() -> dl.Profile:
    return dl.profile(pa.table(dict(zip(NAMES, map(list, zip(*ROWS, strict=True)), strict=True))))


def facts(profile: dl.Profile) -> dict[str, tuple[Any, ...]]:
    """What the rows decide; types are the driver's."""
    return {
        name: (column.kind, column.n_rows, column.n_valid, column.n_null, column.counts)
        if isinstance(column, CategoricalColumn)
        else (
            column.kind,
            column.n_rows,
            column.n_valid,
            column.n_null,
            column.min,
            column.max,
            column.mean,
            column.std,
        )
        for name, column in profile.columns.items()
    }


def test_a_db_api_cursor_is_a_stream_of_rows(database: Path) -> None:
    connection = sqlite3.connect(database)
    try:
        assert facts(dl.profile(connection.execute(QUERY))) == facts(in_memory())
        assert list(dl.profile(connection.execute(QUERY), columns=["label"]).columns) == ["label"]
        assert dl.profile(connection.execute(QUERY + " LIMIT 0")).n_rows == 0
        assert list(dl.profile(connection.execute(QUERY + " LIMIT 0")).columns) == sorted(NAMES)
    finally:
        connection.close()


def test_a_cursor_without_a_result_is_refused(database: Path) -> None:
    connection = sqlite3.connect(database)
    try:
        with pytest.raises(dl.InputError, match="execute a query"):
            dl.profile(connection.cursor())
        with pytest.raises(dl.SchemaError, match=r"'x' \(2 times\)"):
            dl.profile(connection.execute("SELECT id AS x, amount AS x FROM sales"))
    finally:
        connection.close()


def test_a_query_that_fails_midway_is_quoted(database: Path) -> None:
    connection = sqlite3.connect(database)

    def fail(value: int) -> int:
        if value > 15_000:
            raise ValueError
        return value

    connection.create_function("fail", 1, fail)
    try:
        with pytest.raises(dl.InputError, match=r"query could not be read.*user-defined function"):
            dl.profile(connection.execute("SELECT fail(id) FROM sales"))
    finally:
        connection.close()


def test_a_generator_may_read_a_database_that_only_its_thread_may_use(database: Path) -> None:
    connection = sqlite3.connect(database)  # sqlite3 refuses other threads

    def batches() -> Iterator[dict[str, list[Any]]]:
        cursor = connection.execute(QUERY)
        while rows := cursor.fetchmany(1_000):
            yield dict(zip(NAMES, map(list, zip(*rows, strict=True)), strict=True))

    try:
        assert facts(dl.profile(batches(), threads=2)) == facts(in_memory())
    finally:
        connection.close()


def test_adbc_cursors_are_arrow_streams(database: Path) -> None:
    adbc = pytest.importorskip("adbc_driver_sqlite.dbapi")
    with adbc.connect(f"file:{database}") as connection, connection.cursor() as cursor:
        cursor.execute(QUERY)
        assert facts(dl.profile(cursor)) == facts(in_memory())


def test_sqlalchemy_results_are_streams(database: Path) -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine(f"sqlite:///{database}")
    with engine.connect() as connection:
        result = connection.execution_options(yield_per=1_000).execute(sqlalchemy.text(QUERY))
        assert facts(dl.profile(result)) == facts(in_memory())
        sales = sqlalchemy.table("sales", sqlalchemy.column("label"))
        result = connection.execution_options(yield_per=1_000).execute(sqlalchemy.select(sales))
        assert facts(dl.profile(result)) == {"label": facts(in_memory())["label"]}
    engine.dispose()


def test_duckdb_relations_are_arrow_streams(database: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    table = pa.table(dict(zip(NAMES, map(list, zip(*ROWS, strict=True)), strict=True)))
    with duckdb.connect() as connection:
        connection.register("sales", table)
        relation = connection.sql(QUERY)
        assert facts(dl.profile(relation)) == facts(in_memory())
        assert facts(dl.profile(connection.sql("SELECT label FROM sales WHERE amount > 100"))) == facts(
            dl.profile(connection.sql("SELECT label FROM sales WHERE amount > 100").to_arrow_table())
        )


def test_duckdb_cursors_are_read_like_any_other(database: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        connection.execute("SELECT range AS n FROM range(25_000)")
        assert dl.profile(connection).columns["n"].max == N - 1
