"""One pass over a log: every batch is cut by window and segment, every part goes to the profile of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from driftline.errors import DataError
from driftline.ingest import Batch, read_batches
from driftline.monitor.open_blocks import OpenBlocks
from driftline.monitor.open_profiles import OpenProfiles
from driftline.monitor.settings import Settings
from driftline.monitor.timestamps import NO_INSTANT, TimestampReader
from driftline.monitor.windows import Window
from driftline.monitor.zones import Instants
from driftline.profiling import Profile

__all__ = ["Clock", "Collected", "Facts", "Part", "Segments", "collect_windows", "split_batch"]

OTHER = "other"


class Facts(NamedTuple):
    """What is known of a window's rows without their values; `first` and `last` are the instants of two of them."""

    n_rows: int
    first: int
    last: int

    def __add__(self, other: object) -> Facts:
        if not isinstance(other, Facts):
            return NotImplemented
        return Facts(self.n_rows + other.n_rows, min(self.first, other.first), max(self.last, other.last))


class Part(NamedTuple):
    """The rows of a batch that belong to one window."""

    window: Window
    batch: Batch
    facts: Facts


class Segments:
    """Names the segments that each row of a batch belongs to: ``COLUMN=value``, or ``COLUMN=other``."""

    def __init__(self, values: Mapping[str, Sequence[Any]]) -> None:
        self._number = {column: {value: i for i, value in enumerate(known)} for column, known in values.items()}
        self.names = [""] + [f"{column}={value}" for column in values for value in (*values[column], OTHER)]

    def split(self, batch: Batch) -> Iterator[tuple[str, Batch]]:
        """All rows under the name "", then the rows of each segment that has some."""
        yield "", batch
        for column, numbers in self._number.items():
            found = next((each for each in batch.columns if each.name == column), None)
            if found is None or found.reason:
                yield f"{column}={OTHER}", batch
                continue
            codes = np.concatenate([self._codes(chunk, numbers) for chunk in found.chunks])
            names = [*numbers, OTHER]
            for code, rows in groups(codes):
                yield f"{column}={names[code]}", _rows_of(batch, rows)

    def _codes(self, chunk: Any, numbers: Mapping[Any, int]) -> NDArray[np.int64]:
        codes, labels = chunk.encode_labels()
        table = np.array([*(numbers.get(label, len(numbers)) for label in labels), len(numbers)], dtype=np.int64)
        of_rows: NDArray[np.int64] = table[codes]
        return of_rows


@dataclass
class Collected:
    """What one pass over a log found."""

    facts: dict[Window, Facts] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    n_rows: int = 0
    _profiles: OpenProfiles | None = None
    _blocks: OpenBlocks | None = None

    def profile(self, window: Window, segment: str = "") -> Profile | None:
        """The profile of a window's rows; None where there are none."""
        return None if self._profiles is None else self._profiles.profile((window, segment))

    def blocks(self, window: Window, segment: str = "") -> dict[str, Profile]:
        """The profiles of the blocks of a window's rows, where they were collected."""
        return {} if self._blocks is None else self._blocks.blocks((window, segment))

    def digest(self, window: Window, segment: str = "") -> str:
        """Of that profile; empty where there is none."""
        return "" if self._profiles is None else self._profiles.digest((window, segment))

    def data(self, window: Window, segment: str = "") -> bytes:
        """Its bytes; empty where there is none."""
        return b"" if self._profiles is None else self._profiles.data((window, segment))


def collect_windows(log: Any, settings: Settings, *, like: Profile | None, segments: Segments, now: int) -> Collected:
    """Profiles of all windows of a log, in one pass whose memory does not depend on the number of rows.

    Rows without an instant, in the future of `now`, or outside ``start`` and ``end`` are counted and left out.

    Raises
    ------
    DataError
        When the timestamps cannot be read, or the log jumps between more windows than may be open at once.
    """
    batches = read_batches(log, columns=settings.read_columns)
    if settings.timestamp is not None:
        batches.require([settings.timestamp], lambda text: DataError(f"timestamp: {text}"))
    batches.require(settings.segments, lambda text: DataError(f"segments: {text}"))
    batches.require(settings.block_columns, lambda text: DataError(f"block: {text}"))
    clock = Clock(settings, now)
    profiles = OpenProfiles(settings, like, len(segments.names))
    spec = settings.collected_blocks
    blocks = None if spec is None else OpenBlocks(settings, spec, like)
    found = Collected(_profiles=profiles, _blocks=blocks)
    for batch in batches:
        for part in split_batch(batch, clock):
            known = found.facts.get(part.window)
            found.facts[part.window] = part.facts if known is None else known + part.facts
            for segment, rows in segments.split(part.batch):
                profiles.add((part.window, segment), rows)
                if blocks is not None:
                    blocks.add((part.window, segment), rows)
        found.n_rows += batch.n_rows
    found.counts = {name: number for name, number in clock.counts.items() if number}
    if found.n_rows and not found.facts and found.counts.get("unparsable_timestamps") == found.n_rows:
        raise DataError(
            f"timestamp column {settings.timestamp!r}: none of {found.n_rows:,} texts is a time in ISO 8601; give "
            "timestamp_format, such as '%d.%m.%Y %H:%M'"
        )
    return found


class Clock:
    """Gives each row of the batches its window, as the row of an array of edges."""

    def __init__(self, settings: Settings, now: int) -> None:
        self._settings = settings
        self.now = now
        self._next_row = 0
        self._edges: Instants = np.zeros(0, np.int64)
        self._reader = TimestampReader(
            settings.timestamp or "", settings.spec.zone, settings.timestamp_unit, settings.timestamp_format
        )

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows without a window, and why."""
        return self._reader.counts

    def starts(self, batch: Batch) -> tuple[Instants, Instants, Instants]:
        """Number of the window of every row (-1 for none), the instants, and the edges that the numbers count."""
        if self._settings.spec.by_rows:
            instants = np.arange(self._next_row, self._next_row + batch.n_rows, dtype=np.int64)
            self._next_row += batch.n_rows
            usable = np.ones(batch.n_rows, np.bool_)
        else:
            instants = self._reader.read(batch)
            usable = self._usable(instants)
        if not usable.any():
            return np.full(batch.n_rows, -1), instants, self._edges
        used = instants[usable]
        self._widen(int(used.min()), int(used.max()))
        numbers = np.searchsorted(self._edges, instants, side="right") - 1
        numbers[~usable] = -1
        return numbers, instants, self._edges

    def _usable(self, instants: Instants) -> NDArray[np.bool_]:
        usable = instants != NO_INSTANT
        future = usable & (instants > self.now)
        outside = np.zeros(len(instants), np.bool_)
        if self._settings.start is not None:
            outside |= usable & (instants < self._settings.start)
        if self._settings.end is not None:
            outside |= usable & (instants >= self._settings.end)
        self._reader.counts["future_timestamps"] += int(np.count_nonzero(future & ~outside))
        self._reader.counts["outside_start_end"] += int(np.count_nonzero(outside))
        used: NDArray[np.bool_] = usable & ~future & ~outside
        return used

    def _widen(self, low: int, high: int) -> None:
        if len(self._edges):
            low, high = min(low, int(self._edges[0])), max(high, int(self._edges[-1]) - 1)
            if low == self._edges[0] and high == self._edges[-1] - 1:
                return
        self._edges = self._settings.spec.edges(low, high)


def split_batch(batch: Batch, clock: Clock) -> Iterator[Part]:
    """The parts of a batch, window by window; without a copy where the rows of a window follow one another."""
    if batch.n_rows == 0:
        return
    numbers, instants, edges = clock.starts(batch)
    for number, rows in groups(numbers):
        times = instants[rows]
        facts = Facts(len(times), int(times.min()), int(times.max()))
        yield Part(Window(int(edges[number]), int(edges[number + 1])), _rows_of(batch, rows), facts)


def groups(numbers: NDArray[np.int64]) -> Iterator[tuple[int, slice | NDArray[np.int64]]]:
    """Each number that is not negative with its rows: slices where they come in few runs, else ascending indices."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(numbers)) + 1])
    ends = np.append(starts[1:], len(numbers))
    if len(starts) <= 2 * len(np.unique(numbers[starts])):
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            if numbers[start] >= 0:
                yield int(numbers[start]), slice(start, end)
        return
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    cuts = np.flatnonzero(np.diff(ordered)) + 1
    for rows in np.split(order, cuts):
        if numbers[rows[0]] >= 0:
            yield int(numbers[rows[0]]), rows


def _rows_of(batch: Batch, rows: slice | NDArray[np.int64]) -> Batch:
    if isinstance(rows, slice):
        whole = rows.start == 0 and rows.stop == batch.n_rows
        return batch if whole else batch.slice(rows.start, rows.stop)
    return batch.take(rows)
