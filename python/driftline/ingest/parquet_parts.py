"""Parquet files in parts: some columns of one row group, read by one thread a few thousand rows at a time.

Parts may be read in any order and by several threads at once, each decoding and handing on its own, so that what was
just decoded is still in cache when it is profiled and no thread waits for another. Memory is that of a few thousand
rows of a few columns for each thread, however large the row groups are.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from driftline.errors import InputError
from driftline.ingest.arrow_streams import import_array, open_stream
from driftline.ingest.batches import Batch, IngestColumn, Selection, unique_names
from driftline.ingest.file_errors import reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from driftline._core import ColumnView

__all__ = ["ParquetPart", "open_parquet", "parquet_parts"]

# A part of about this many cells keeps a thread busy for some ten milliseconds: much longer than it takes to begin it,
# much shorter than a progress bar or Ctrl-C may wait.
PART_CELLS = 1 << 20
# Not a power of two: pyarrow makes room for one, reads up to a page (of 20,000 rows) ahead, and where that does not fit
# it doubles the room and copies what is there, twice a batch. With this many rows decoding takes a tenth less.
BATCH_ROWS = 100_000
# What a batch of a part may take when decoded; the rows of a batch follow.
BATCH_BYTES = 8 << 20
# Files are read through a buffer of this size for each column chunk, not a whole chunk at a time; larger pages bypass
# it.
BUFFER_BYTES = 1 << 16
# A text column of at most this many bytes a row must be stored by codes throughout, and is read so.
CODED_BYTES = 2.0


@dataclass(frozen=True, slots=True)
class ParquetPart:
    """Some columns of one row group."""

    path: Path
    row_group: int
    names: tuple[str, ...]
    n_rows: int
    batch_rows: int
    counts_rows: bool
    """Whether this part stands for the rows of its row group; true of one part of each."""
    share: float
    """Of the columns of the file that are read."""

    def batches(self, files: OpenFile) -> Iterator[Batch]:
        """The rows, some at a time. Raises InputError if there are fewer or more than the file says."""
        if not self.names:
            yield Batch(self.n_rows, [], str(self.path))
            return
        with reading(self.path):
            file = files.open(self.path)
            if self.n_rows == 0:
                yield file.empty(self.names)
                return
            found = 0
            for batch in file.batches(self.row_group, self.names, self.batch_rows):
                found += batch.n_rows
                yield batch
            if found != self.n_rows:
                raise InputError(f"row group {self.row_group} has {found} of the {self.n_rows} rows it should have")


class OpenFile:
    """The file that one thread reads at the moment."""

    def __init__(self) -> None:
        self._file: ParquetReader | None = None

    def open(self, path: Path) -> ParquetReader:
        """The reader of that file; the one before is closed."""
        if self._file is None or self._file.path != path:
            self.close()
            self._file = ParquetReader(path)
        return self._file

    def close(self) -> None:
        """Close what is open."""
        if self._file is not None:
            self._file.close()
        self._file = None


class ParquetReader:
    """A Parquet file whose text columns are read by their codes where they are stored by codes."""

    def __init__(self, path: Path) -> None:
        plain = open_parquet(path)
        self.path = path
        self.metadata = plain.metadata
        self.schema = plain.schema_arrow
        self.names = unique_names(self.schema.names)
        coded = _coded_columns(self.schema, self.metadata)
        self._coded = _views(self.schema, coded)
        self._file = plain
        if coded:
            plain.close()
            self._file = open_parquet(path, metadata=self.metadata, read_dictionary=coded)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def batches(
        self, row_group: int, names: tuple[str, ...], batch_rows: int, *, use_threads: bool = False
    ) -> Iterator[Batch]:
        """Batches of these columns of a row group."""
        rows = self._file.iter_batches(
            batch_size=batch_rows, row_groups=[row_group], columns=list(names), use_threads=use_threads
        )
        wanted = frozenset(names)
        for batch in rows:
            # Names are taken for paths into nested columns, so that "a" also brings "a.b".
            pairs = zip(batch.schema.names, import_array(batch), strict=True)
            columns = [self._column(name, view) for name, (_, view) in pairs if name in wanted]
            yield Batch(batch.num_rows, columns, str(self.path))

    def empty(self, names: tuple[str, ...]) -> Batch:
        """No rows, for the types."""
        views = _views(self.schema, names)
        return Batch(0, [IngestColumn(name, [views[name]]) for name in names], str(self.path))

    def _column(self, name: str, view: ColumnView) -> IngestColumn:
        plain = self._coded.get(name)
        return IngestColumn(name, [view.typed_as(plain) if plain is not None else view])


def open_parquet(path: Path, **options: Any) -> Any:
    """A `pyarrow.parquet.ParquetFile` that reads column chunks through a buffer, not row groups ahead."""
    import pyarrow
    import pyarrow.parquet

    file = pyarrow.OSFile(os.fsencode(path))
    return pyarrow.parquet.ParquetFile(file, pre_buffer=False, buffer_size=BUFFER_BYTES, **options)


def parquet_parts(reader: ParquetReader, selection: Selection, at_least: int) -> Iterator[ParquetPart]:
    """The parts of a file: at least `at_least` of them where there are as many columns, for 0 whole row groups."""
    kept = tuple(name for name in reader.names if selection.keeps(name))
    bytes_per_row = _bytes_per_row(reader)
    n_groups = reader.metadata.num_row_groups
    if n_groups == 0:
        yield ParquetPart(reader.path, 0, kept, 0, 1, counts_rows=True, share=1.0)
    for row_group in range(n_groups):
        n_rows = reader.metadata.row_group(row_group).num_rows
        size = max(len(kept), 1)
        if at_least > 0:
            size = min(max(1, PART_CELLS // max(n_rows, 1)), max(1, size * n_groups // at_least))
        for begin in range(0, max(len(kept), 1), size):
            part = kept[begin : begin + size]
            width = sum(bytes_per_row.get(name, 8.0) for name in part)
            batch_rows = int(min(BATCH_ROWS, max(1.0, BATCH_BYTES // max(width, 1.0))))
            share = len(part) / max(len(kept), 1)
            yield ParquetPart(reader.path, row_group, part, n_rows, batch_rows, counts_rows=begin == 0, share=share)


def _coded_columns(schema: Any, metadata: Any) -> list[str]:
    """Text columns that are stored by codes in all row groups looked at."""
    import pyarrow.types as types

    texts = [
        field.name
        for field in schema
        if (types.is_string(field.type) or types.is_large_string(field.type) or types.is_string_view(field.type))
        and "." not in field.name  # could be mistaken for a nested column
    ]
    if not texts or metadata.num_row_groups == 0:
        return []
    last = metadata.num_row_groups - 1
    positions = {metadata.schema.column(i).path: i for i in range(metadata.num_columns)}
    looked_at = [metadata.row_group(i) for i in sorted({0, last // 2, last})]
    return [
        name
        for name in texts
        if name in positions and all(_is_coded(group.column(positions[name])) for group in looked_at)
    ]


def _is_coded(chunk: Any) -> bool:
    return bool(chunk.has_dictionary_page) and chunk.total_uncompressed_size <= CODED_BYTES * chunk.num_values


def _bytes_per_row(reader: ParquetReader) -> dict[str, float]:
    """Bytes of a row of each top-level column, by the first row group; fixed-width ones are at least 8."""
    if reader.metadata.num_row_groups == 0:
        return {}
    group = reader.metadata.row_group(0)
    known = frozenset(reader.names)
    widths: dict[str, float] = {}
    for i in range(group.num_columns):
        chunk = group.column(i)
        path = reader.metadata.schema.column(i).path
        name = path if path in known else path.split(".")[0]
        size = chunk.total_uncompressed_size / max(group.num_rows, 1)
        widths[name] = widths.get(name, 0.0) + max(8.0, size)
    return widths


def _views(schema: Any, names: Any) -> dict[str, ColumnView]:
    """Views of length 0 of some columns."""
    import pyarrow

    fields = [schema.field(name) for name in names]
    if not fields:
        return {}
    # Not an empty table: to make one, pyarrow imports pandas.
    stream = open_stream(pyarrow.RecordBatchReader.from_batches(pyarrow.schema(fields), []))
    return {name: view for name, (_, view) in zip(names, stream.schema, strict=True)}
