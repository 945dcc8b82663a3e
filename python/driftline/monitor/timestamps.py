"""The timestamp column of a batch as UTC microseconds, with a stated rule for whatever it may hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from driftline.errors import DataError, OptionError
from driftline.ingest import Batch, IngestColumn
from driftline.monitor.zones import Instants, to_micros, utc_from_wall

if TYPE_CHECKING:
    from driftline._core import ColumnView

__all__ = ["NO_INSTANT", "UNITS", "TimestampReader"]

NO_INSTANT = np.iinfo(np.int64).min
UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


@dataclass
class TimestampReader:
    """Reads one column, row by row of the log, and counts what it could not use.

    * Timestamps with a zone are instants; those without one, and dates, are what the clock on the wall in `zone` shows.
    * Numbers count `unit` (``s``, ``ms``, ``us``, ``ns``) since 1970; without a unit they are an error.
    * Text is ISO 8601, or in the `strptime` pattern `format`; other text is counted as ``unparsable_timestamps``.
    * Null, NaT and NaN are counted as ``null_timestamps``.
    * Times with and without a zone in one text or object column are counted as ``mixed_zones`` (the fewer of them).

    Rows that have no instant are in no window.
    """

    column: str
    zone: ZoneInfo
    unit: str | None = None
    format: str | None = None
    counts: Counter[str] = field(default_factory=Counter)
    _parsed: dict[str, tuple[int, bool]] = field(default_factory=dict)
    _zoned: Counter[bool] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        if self.unit is not None and self.unit not in UNITS:
            raise OptionError(f"timestamp_unit must be one of {', '.join(UNITS)}; got {self.unit!r}")

    def read(self, batch: Batch) -> Instants:
        """An instant for every row, `NO_INSTANT` where there is none."""
        column = next((each for each in batch.columns if each.name == self.column), None)
        if column is None:
            self.counts["null_timestamps"] += batch.n_rows
            return np.full(batch.n_rows, NO_INSTANT)
        if column.reason:
            raise DataError(f"timestamp column {self.column!r}: {column.reason}")
        parts = [self._read_chunk(column, chunk) for chunk in column.chunks]
        instants = np.concatenate(parts) if len(parts) != 1 else parts[0]
        mixed = self._zoned[True], self._zoned[False]
        if min(mixed):
            self.counts["mixed_zones"] = min(mixed)
        return instants

    def _read_chunk(self, column: IngestColumn, chunk: ColumnView) -> Instants:
        if chunk.logical == "text":
            return self._parse(chunk)
        if chunk.logical not in ("datetime", "number", "null"):
            raise DataError(
                f"timestamp column {self.column!r} is of type {chunk.type_name}; it must hold timestamps, dates, "
                "numbers with timestamp_unit, or text"
            )
        if chunk.logical == "number" and self.unit is None:
            raise DataError(
                f"timestamp column {self.column!r} holds numbers ({chunk.type_name}); say what they count since 1970 "
                "with timestamp_unit = 's', 'ms', 'us' or 'ns'"
            )
        instants, zoned = chunk.instants(UNITS[self.unit] if self.unit else 0.0)
        present = instants != NO_INSTANT
        self.counts["null_timestamps"] += int(len(instants) - np.count_nonzero(present))
        if chunk.logical == "datetime":
            whole = bool(column.zone) or "," in chunk.type_name
            wall = present & ~(np.full(len(instants), whole) if zoned is None else zoned)
            if zoned is not None:
                n_wall = int(np.count_nonzero(wall))
                self._zoned[True] += int(np.count_nonzero(present)) - n_wall
                self._zoned[False] += n_wall
            instants = self._from_wall(instants, wall)
        return instants

    def _from_wall(self, instants: Instants, wall: Any) -> Instants:
        if self.zone.key == "UTC" or not wall.any():
            return instants
        instants = instants.copy()
        instants[wall] = utc_from_wall(instants[wall], self.zone)
        return instants

    def _parse(self, chunk: ColumnView) -> Instants:
        codes, labels = chunk.encode_labels()
        found = [self._parse_text(label) for label in labels]
        table = np.array([instant for instant, _ in found] + [NO_INSTANT], dtype=np.int64)
        instants: Instants = table[codes]
        numbers = np.bincount(codes[codes >= 0], minlength=len(labels))[: len(labels)]
        for (instant, zoned), number in zip(found, numbers, strict=True):
            if instant == NO_INSTANT:
                self.counts["unparsable_timestamps"] += int(number)
            else:
                self._zoned[zoned] += int(number)
        self.counts["null_timestamps"] += int(np.count_nonzero(codes < 0))
        return instants

    def _parse_text(self, text: object) -> tuple[int, bool]:
        """The instant, and whether the text named its zone."""
        if not isinstance(text, str):
            return NO_INSTANT, False
        known = self._parsed.get(text)
        if known is None:
            known = self._parsed[text] = self._parse_new(text)
            if len(self._parsed) > 1 << 17:
                self._parsed.clear()
        return known

    def _parse_new(self, text: str) -> tuple[int, bool]:
        try:
            if self.format is not None:
                moment = datetime.strptime(text, self.format)
            else:
                moment = datetime.fromisoformat(text[:-1] + "+00:00" if text[-1:] in ("Z", "z") else text)
            if moment.tzinfo is None:
                return to_micros(moment.replace(tzinfo=self.zone)), False
            return to_micros(moment), True
        except (ValueError, OverflowError):
            return NO_INSTANT, False
