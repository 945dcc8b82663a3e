"""Reading: any table, array, file or stream of batches becomes batches of column views.

Nothing is computed here, nothing is copied that the core can read where it lies, and nothing of the caller's is
changed. pandas, polars and pyarrow are recognised when the caller has imported them; only a path imports pyarrow.
"""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from driftline.errors import InputError
from driftline.ingest.arrays import array_source
from driftline.ingest.arrow_streams import arrow_source, dataset_source, lazy_frame_source
from driftline.ingest.batches import Batch, Batches, IngestColumn, Part, Selection, Source
from driftline.ingest.dicts import dict_source
from driftline.ingest.files import file_source, is_path
from driftline.ingest.memory import MemoryGuard
from driftline.ingest.parquet_parts import OpenFile
from driftline.ingest.query_results import query_source

__all__ = ["Batch", "Batches", "IngestColumn", "MemoryGuard", "OpenFile", "Part", "read_batches"]

ACCEPTED = (
    "a pandas or polars frame, a pyarrow Table, RecordBatchReader or Dataset, a NumPy array, a dict of columns, an "
    "object with __arrow_c_stream__ or __arrow_c_array__, the result of a query (ADBC, SQLAlchemy or DB-API cursor), a "
    "path, glob or list of paths, or an iterable of such batches"
)


def read_batches(data: Any, *, columns: Iterable[object] | None = None, optional: Container[str] = ()) -> Batches:
    """The batches of `data`, with only `columns` when given; of these, the `optional` ones may be missing.

    Accepted are pandas DataFrame and Series, polars DataFrame, Series and LazyFrame, pyarrow Table, RecordBatch,
    RecordBatchReader, Dataset and Scanner, NumPy arrays (1-D: one column ``value``; 2-D: ``0``, ``1``, …; structured:
    the field names), dicts of arrays or lists, anything with ``__arrow_c_stream__`` or ``__arrow_c_array__``, executed
    ADBC and DB-API cursors and SQLAlchemy results, paths, globs and lists of paths (`driftline.ingest.files.FORMATS`),
    and iterables of any of these as a stream of batches. A name that is not text becomes ``str(name)``.

    Raises
    ------
    InputError
        For anything else, for files that cannot be read, and for `columns` that do not exist.
    SchemaError
        When two columns have the same name.
    """
    selection = Selection(columns, optional)
    return Batches(_open(data, selection), selection)


def _open(data: Any, selection: Selection) -> Source:
    if is_path(data):
        return file_source([data], selection)
    if isinstance(data, (list, tuple)) and data and all(map(is_path, data)):
        return file_source(data, selection)
    if isinstance(data, (str, bytes, bytearray)) or hasattr(data, "read"):
        raise InputError(f"{_describe(data)} is no table; give {ACCEPTED}")
    source = _open_table(data, selection)
    if source is not None:
        return source
    if isinstance(data, Iterable):
        return Source(_stream(data, selection), streamed=True)
    raise InputError(f"{_describe(data)} is no table; give {ACCEPTED}")


def _open_table(data: Any, selection: Selection) -> Source | None:
    """The source of one table in memory, or None."""
    if _is_a(data, "pandas", "DataFrame"):
        from driftline.ingest.pandas_frames import frame_source

        return frame_source(data, selection)
    if _is_a(data, "pandas", "Series"):
        from driftline.ingest.pandas_frames import series_source

        return series_source(data, selection)
    if _is_a(data, "polars", "LazyFrame"):
        return lazy_frame_source(data, selection)
    if _is_a(data, "pyarrow.dataset", "Dataset", "Scanner"):
        return dataset_source(data, selection)
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        return arrow_source(data, selection)
    if isinstance(data, Mapping):
        return dict_source(data, selection)
    if (source := query_source(data, selection)) is not None:
        return source
    if hasattr(data, "__array__"):
        return array_source(data, selection)
    return None


def _stream(batches: Iterable[Any], selection: Selection) -> Iterator[Batch]:
    for index, item in enumerate(batches):
        source = file_source([item], selection) if is_path(item) else _open_table(item, selection)
        if source is None:
            raise InputError(f"item {index} of the batches is {_describe(item)}, which is no table; {_hint(item)}")
        yield from source.batches


def _hint(item: object) -> str:
    if isinstance(item, (int, float, bool)) or item is None:
        return "for one column of values give a NumPy array or {'value': values}"
    return f"each must be {ACCEPTED.removesuffix(', or an iterable of such batches')}"


def _is_a(data: object, module: str, *names: str) -> bool:
    """True for an instance of one of these classes, in a module that somebody has imported."""
    found = sys.modules.get(module)
    classes = tuple(cls for name in names if isinstance(cls := getattr(found, name, None), type))
    return isinstance(data, classes)


def _describe(data: object) -> str:
    kind = type(data)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
