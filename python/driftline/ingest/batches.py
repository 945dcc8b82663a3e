"""What every reader delivers: batches of columns under checked names."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from driftline.errors import InputError, OptionError, SchemaError
from driftline.schema import column_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from driftline._core import ColumnView
    from driftline.ingest.parquet_parts import OpenFile

__all__ = ["Batch", "Batches", "IngestColumn", "Part", "Selection", "Source", "describe_missing", "unique_names"]


@dataclass(frozen=True, slots=True)
class IngestColumn:
    """One column of a batch as consecutive chunks; `reason`, if not empty, says why it could not be read.

    `zone` is that of the timestamps where the chunks' own type does not name it.
    """

    name: str
    chunks: list[ColumnView]
    reason: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a table. `origin` is the file they come from, or empty."""

    n_rows: int
    columns: list[IngestColumn]
    origin: str = ""

    def slice(self, begin: int, end: int) -> Batch:
        """Rows [begin, end), without a copy."""
        return self._with(end - begin, lambda chunks: _slice_chunks(chunks, begin, end))

    def take(self, rows: NDArray[np.int64]) -> Batch:
        """These rows, which must ascend, as a copy."""
        return self._with(len(rows), lambda chunks: _take_chunks(chunks, rows))

    def _with(self, n_rows: int, of_chunks: Callable[[list[ColumnView]], list[ColumnView]]) -> Batch:
        columns = [replace(column, chunks=of_chunks(column.chunks)) for column in self.columns]
        return Batch(n_rows, columns, self.origin)


class Selection:
    """The columns asked for; all of them when none were named. Remembers in `met` which names it was asked about.

    Those that are not `optional` are `required` to be in the data.
    """

    def __init__(self, columns: Iterable[object] | None, optional: Container[str] = ()) -> None:
        if isinstance(columns, (str, bytes)) or not (columns is None or isinstance(columns, Iterable)):
            raise OptionError(f"columns must be a list of column names, not {columns!r}")
        self.names = None if columns is None else list(dict.fromkeys(column_name(name) for name in columns))
        if self.names == []:
            raise OptionError("columns is empty; name at least one column, or leave it out to take all of them")
        self.required = [name for name in self.names or () if name not in optional]
        self._wanted = frozenset(self.names or ())
        self.met: dict[str, None] = {}

    def keeps(self, name: str) -> bool:
        """True for a column that was asked for."""
        self.met[name] = None
        return self.names is None or name in self._wanted


@dataclass(frozen=True, slots=True)
class Source:
    """An opened input: a one-pass stream of batches and what is known about it beforehand."""

    batches: Iterator[Batch]
    name: str = ""
    names: Iterable[str] | None = None
    """All column names of the input; iterating may open files, so stop early. None: only the rows will tell."""
    count_rows: Callable[[], int | None] = field(default=lambda: None)
    streamed: bool = False
    """Whether batches are made while they are read, so that reading takes time."""
    parts: Callable[[int], Iterator[Part]] | None = None
    """The same rows in parts for so many threads, each to be read by one thread; in place of `batches`."""


class Part(Protocol):
    """Some rows of some columns of an input, to be read by any one thread."""

    @property
    def counts_rows(self) -> bool:
        """Whether the part stands for its rows; of parts with the same rows one does."""

    @property
    def share(self) -> float:
        """Of the columns that are read."""

    def batches(self, files: OpenFile) -> Iterator[Batch]:
        """The rows; `files` belongs to the thread that reads."""


class Batches:
    """A one-pass iterable of `Batch`, holding only the columns asked for."""

    def __init__(self, source: Source, selection: Selection) -> None:
        self._source = source
        self._selection = selection
        self._any = False
        self._require_selected()

    @property
    def name(self) -> str:
        """File name or names, empty for data in memory."""
        return self._source.name

    @property
    def n_rows_hint(self) -> int | None:
        """Number of rows, where it can be known without reading them."""
        return self._source.count_rows()

    @property
    def streamed(self) -> bool:
        """Whether batches are made while they are read."""
        return self._source.streamed

    def require(self, names: Sequence[str], error: Callable[[str], Exception]) -> None:
        """Raises `error(text)` if some of `names` are known not to be in the data.

        What only the rows can tell is judged from those seen so far: ask again after the last batch. Data without a
        single batch has no columns to miss.
        """
        if not names or (self._source.names is None and not self._any):
            return
        available: Iterable[str] = self._selection.met if self._source.names is None else self._source.names
        left = dict.fromkeys(names)
        passed = []
        for name in available:
            if not left:
                return
            left.pop(name, None)
            passed.append(name)
        if left:
            raise error(describe_missing(list(left), passed))

    def parts(self, threads: int) -> Iterator[Part] | None:
        """The same rows in parts, where the input has such; in place of iterating."""
        if self._source.parts is None:
            return None
        self._any = True
        return self._source.parts(threads)

    def __iter__(self) -> Iterator[Batch]:
        for batch in self._source.batches:
            self._any = True
            yield batch
        self._require_selected()

    def _require_selected(self) -> None:
        self.require(self._selection.required, lambda text: InputError(f"columns: {text}"))


def unique_names(names: Iterable[Any]) -> list[str]:
    """Column names as text. Raises SchemaError, naming them, if two columns would have the same name."""
    texts = [column_name(name) for name in names]
    if len(set(texts)) == len(texts):
        return texts
    counts: dict[str, int] = {}
    for text in texts:
        counts[text] = counts.get(text, 0) + 1
    double = ", ".join(f"{text!r} ({count} times)" for text, count in counts.items() if count > 1)
    raise SchemaError(f"column names must differ (as text); found {double}. Rename these columns or select one of each")


def describe_missing(missing: Sequence[str], available: Sequence[str]) -> str:
    """'no column …; did you mean …? There are …'."""
    parts = []
    for name in missing[:5]:
        near = get_close_matches(name, available, n=3)
        parts.append(f"no column {name!r}" + (f" (did you mean {' or '.join(map(repr, near))}?)" if near else ""))
    if len(missing) > 5:
        parts.append(f"and {len(missing) - 5} more")
    shown = ", ".join(map(repr, available[:20])) + (f", … ({len(available)} in all)" if len(available) > 20 else "")
    return "; ".join(parts) + f". The data have {shown or 'no columns'}"


def _slice_chunks(chunks: list[ColumnView], begin: int, end: int) -> list[ColumnView]:
    """Rows [begin, end) of a column; at least one chunk, for the type, if there was one."""
    parts = []
    offset = 0
    for chunk in chunks:
        low, high = max(begin - offset, 0), min(end - offset, chunk.length)
        if low < high:
            parts.append(chunk.slice(low, high))
        offset += chunk.length
    return parts or [chunk.slice(0, 0) for chunk in chunks[:1]]


def _take_chunks(chunks: list[ColumnView], rows: NDArray[np.int64]) -> list[ColumnView]:
    """The ascending `rows` of a column; at least one chunk, for the type, if there was one."""
    if len(chunks) == 1:
        return [chunks[0].take(rows)]
    parts = []
    offset = 0
    for chunk in chunks:
        low, high = np.searchsorted(rows, [offset, offset + chunk.length])
        if low < high:
            parts.append(chunk.take(rows[low:high] - offset))
        offset += chunk.length
    return parts or [chunk.slice(0, 0) for chunk in chunks[:1]]
