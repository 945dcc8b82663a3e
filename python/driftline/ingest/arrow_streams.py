"""Anything that exports the Arrow C data interface, and the two lazy tables that lead to it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from driftline import _core
from driftline.errors import DriftlineError, InputError
from driftline.ingest.batches import Batch, IngestColumn, Selection, Source, unique_names
from driftline.ingest.memory import available_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["arrow_source", "dataset_source", "lazy_frame_source", "read_arrow_values", "stream_batches"]

BATCH_ROWS = 131_072
READAHEAD_BATCHES = 4  # the default of 16 decides how much memory a wide table takes


def arrow_source(data: Any, selection: Selection) -> Source:
    """A table, array, or stream of batches with ``__arrow_c_stream__`` or ``__arrow_c_array__``."""
    if hasattr(data, "__arrow_c_stream__"):
        stream = open_stream(data)
        names = _column_names(data, [name for name, _ in stream.schema])
        n_rows = _row_count(data)
        return Source(
            stream_batches(stream, names, selection), names=names, count_rows=lambda: n_rows, streamed=n_rows is None
        )
    fields = import_array(data)
    names = _column_names(data, [name for name, _ in fields])
    length = fields[0][1].length if fields else (_row_count(data) or 0)
    batch = Batch(length, _keep(names, fields, selection))
    return Source(iter([batch]), names=names, count_rows=lambda: length)


def dataset_source(data: Any, selection: Selection) -> Source:
    """A pyarrow Dataset or Scanner. A dataset reads only the columns asked for."""
    if not hasattr(data, "scanner"):
        return arrow_source(data.to_reader(), selection)
    names = unique_names(data.schema.names)
    require_room(data)
    columns = kept_columns(data.schema.names, selection)
    reader = data.scanner(
        columns=columns, batch_size=BATCH_ROWS, batch_readahead=READAHEAD_BATCHES, fragment_readahead=1
    ).to_reader()
    batches = stream_batches(open_stream(reader), reader.schema.names, selection)
    return Source(batches, names=names, count_rows=data.count_rows, streamed=True)


def require_room(dataset: Any) -> None:
    """Raises InputError if the row groups of the first file are too large to be decoded, as a data set does, whole."""
    if getattr(getattr(dataset, "format", None), "default_extname", "") != "parquet":
        return
    left = available_memory()
    for fragment in islice(dataset.get_fragments(), 1):
        largest = max((group.total_byte_size for group in fragment.row_groups), default=0)
        if left is not None and largest > left:
            raise InputError(
                f"{fragment.path}: a row group of {largest >> 20} MiB does not fit into the {left >> 20} MiB of memory "
                "that are left, and a data set decodes row groups whole; hand over the paths of the files, which are "
                "read in smaller pieces, or write smaller row groups"
            )


def lazy_frame_source(data: Any, selection: Selection) -> Source:
    """A polars LazyFrame, run by its streaming engine, batch by batch where this polars can."""
    names = unique_names(data.collect_schema().names())
    kept = kept_columns(names, selection)
    if kept is not None and not any(name.startswith(("^", "*")) for name in kept):  # polars takes those for patterns
        data = data.select(kept)
    return Source(_lazy_batches(data, selection), names=names, streamed=True)


def _lazy_batches(data: Any, selection: Selection) -> Iterator[Batch]:
    yield from arrow_source(data.clear().collect(), selection).batches  # the types, should no row come
    try:
        for frame in _frames(data):
            yield from arrow_source(frame, selection).batches
    except DriftlineError:
        raise
    except Exception as error:
        raise InputError(f"the LazyFrame could not be run: {error}") from error


def _frames(data: Any) -> Iterator[Any]:
    if not hasattr(data, "collect_batches"):
        yield data.collect()
        return
    yield from data.collect_batches(chunk_size=BATCH_ROWS, maintain_order=False, lazy=True)


def read_arrow_values(name: str, values: Any) -> IngestColumn:
    """One column from an Arrow array or chunked array (or another exporter of one column)."""
    type_name = str(getattr(values, "type", getattr(values, "dtype", "")))
    if type_name.lower().startswith("struct"):
        return IngestColumn(name, [], f"values of type {type_name} are not supported; give one column per field")
    if not hasattr(values, "__arrow_c_stream__"):
        fields = import_array(values)
        return IngestColumn(name, [view for _, view in fields])
    stream = open_stream(values)
    chunks = [fields[0][1] for _, fields in stream if fields]
    return IngestColumn(name, chunks or [view for _, view in stream.schema])


def kept_columns(names: list[str], selection: Selection) -> list[str] | None:
    """What to read of these columns. None is all: also where none is kept, for without columns rows get lost."""
    return [name for name in names if selection.keeps(name)] or None


def open_stream(data: Any) -> _core.ArrowStream:
    """The Arrow stream of `data`. Raises InputError with the producer's words."""
    try:
        # Older polars exports some types of a Series wrongly, and of a frame rightly.
        exporter = data.to_frame() if type(data).__module__.startswith("polars.series") else data
        return _core.ArrowStream(exporter.__arrow_c_stream__())
    except DriftlineError:
        raise
    except Exception as error:
        raise InputError(f"{_type_name(data)} could not be exported as an Arrow stream: {error}") from error


def import_array(data: Any) -> list[tuple[str, _core.ColumnView]]:
    """The columns of an Arrow array. Raises InputError with the producer's words."""
    try:
        schema, array = data.__arrow_c_array__()
        return _core.import_arrow_array(schema, array)
    except DriftlineError:
        raise
    except Exception as error:
        raise InputError(f"{_type_name(data)} could not be exported as an Arrow array: {error}") from error


def stream_batches(
    stream: _core.ArrowStream, names: list[str], selection: Selection, origin: str = ""
) -> Iterator[Batch]:
    """The batches of a stream; one of no rows, for the types, when there are none."""
    empty = True
    for n_rows, fields in stream:
        empty = False
        yield Batch(n_rows, _keep(names, fields, selection), origin)
    if empty:
        yield Batch(0, _keep(names, stream.schema, selection), origin)


def _keep(names: list[str], fields: list[tuple[str, _core.ColumnView]], selection: Selection) -> list[IngestColumn]:
    pairs = zip(names, fields, strict=True)
    return [IngestColumn(name, [view]) for name, (_, view) in pairs if selection.keeps(name)]


def _column_names(data: Any, names: list[str]) -> list[str]:
    """A single array (not a table) without a name is the column ``value``."""
    is_table = any(hasattr(data, attribute) for attribute in ("schema", "columns", "column_names"))
    if names == [""] and not is_table:
        return ["value"]
    return unique_names(names)


def _row_count(data: Any) -> int | None:
    for attribute in ("num_rows", "height"):
        count = getattr(data, attribute, None)
        if isinstance(count, int):
            return count
    return None


def _type_name(data: Any) -> str:
    return f"{type(data).__module__}.{type(data).__qualname__}"
