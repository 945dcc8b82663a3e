"""Results of SQL queries, read some rows at a time: Arrow cursors (ADBC), SQLAlchemy results, any DB-API cursor.

They are read by the thread that asked for the profile, as some drivers demand. Whether the rows wait in the server or
all come at once is for the driver: SQLAlchemy needs ``execution_options(yield_per=...)``, psycopg a named cursor.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from driftline.errors import DriftlineError, InputError
from driftline.ingest.arrays import read_objects
from driftline.ingest.arrow_streams import arrow_source
from driftline.ingest.batches import Batch, Selection, Source, unique_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["query_source"]

# Python objects take ten times the memory of the values, and are read one by one anyway.
ROWS = 10_000


def query_source(data: Any, selection: Selection) -> Source | None:
    """The rows of an executed query, or None if `data` is no such thing."""
    if callable(getattr(data, "fetch_record_batch", None)):
        return arrow_source(_asked(data.fetch_record_batch), selection)
    if _is_sqlalchemy_result(data):
        return _rows_source(list(_asked(data.keys)), lambda: data.fetchmany(ROWS), selection)
    if callable(getattr(data, "fetchmany", None)) and hasattr(data, "description"):
        if data.description is None:
            raise InputError("this cursor has no rows to fetch; execute a query that returns some first")
        return _rows_source([field[0] for field in data.description], lambda: data.fetchmany(ROWS), selection)
    return None


def _is_sqlalchemy_result(data: object) -> bool:
    result = getattr(sys.modules.get("sqlalchemy.engine"), "Result", None)
    return isinstance(result, type) and isinstance(data, result)


def _rows_source(names: list[Any], fetch: Callable[[], Sequence[Any]], selection: Selection) -> Source:
    texts = unique_names(names)
    return Source(_batches(texts, fetch, selection), names=texts, streamed=True)


def _batches(names: list[str], fetch: Callable[[], Sequence[Any]], selection: Selection) -> Iterator[Batch]:
    yield _batch(names, [], selection)  # the names, should no row come
    while rows := _asked(fetch):
        yield _batch(names, rows, selection)


def _batch(names: list[str], rows: Sequence[Any], selection: Selection) -> Batch:
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    kept = [
        read_objects(name, list(values)) for name, values in zip(names, columns, strict=True) if selection.keeps(name)
    ]
    return Batch(len(rows), kept)


def _asked(fetch: Callable[[], Any]) -> Any:
    """What the driver answers. Raises InputError with the driver's words."""
    try:
        return fetch()
    except DriftlineError:
        raise
    except Exception as error:
        raise InputError(f"the query could not be read: {error}") from error
