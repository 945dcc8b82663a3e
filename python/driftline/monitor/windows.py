"""Windows: how long they are, where they begin, and when they are complete."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from driftline.errors import DataError, OptionError
from driftline.monitor.zones import DAY, Instants, from_micros, local_clock, utc_from_wall, zone_named

__all__ = ["Window", "WindowSpec", "parse_duration"]

MOST_WINDOWS = 1_000_000
_MINUTE = 60_000_000
_UNITS = {"min": _MINUTE, "h": 60 * _MINUTE, "d": DAY}
_MONDAY = 4 * DAY  # 5 January 1970


class Window(NamedTuple):
    """A half-open span: UTC microseconds since 1970, or row numbers where windows are counted in rows."""

    start: int
    end: int


def parse_duration(text: object, what: str = "delay") -> int:
    """Microseconds of ``"90min"``, ``"6h"``, ``"2d"`` or ``"0"``.

    Examples
    --------
    >>> parse_duration("2h")
    7200000000
    """
    found = re.fullmatch(r"(\d+)(min|h|d)|0", text) if isinstance(text, str) else None
    if found is None:
        raise OptionError(f"{what} must be a length such as '30min', '6h' or '2d', got {text!r}")
    return int(found[1]) * _UNITS[found[2]] if found[1] else 0


@dataclass(frozen=True)
class WindowSpec:
    """Windows that follow one another without a gap.

    Parameters
    ----------
    count, unit
        So many ``min``, ``h``, ``d``, ``mo`` or ``rows``. Minutes and hours must divide a day.
    zone
        The zone whose midnights begin days, weeks (on Monday) and months. A day may have 23 or 25 hours; the hours in
        it are hours of 60 minutes, and a longer window that the change of the clock would cut short takes it up.

    Examples
    --------
    >>> spec = WindowSpec.parse("1d", "Europe/Berlin")
    >>> window = spec.containing(1_427_600_000_000_000)
    >>> (window.end - window.start) / 3_600_000_000  # 29 March 2015
    23.0
    """

    count: int
    unit: str
    zone: ZoneInfo

    @classmethod
    def parse(cls, window: object, timezone: str = "UTC") -> WindowSpec:
        """From ``"15min"``, ``"1h"``, ``"1d"``, ``"7d"``, ``"1mo"``, or a number of rows."""
        zone = zone_named(timezone)
        if isinstance(window, int) and not isinstance(window, bool) and window > 0:
            return cls(window, "rows", zone)
        found = re.fullmatch(r"([1-9]\d*)(min|h|d|mo)", window) if isinstance(window, str) else None
        if found is None:
            raise OptionError(
                f"window must be a length such as '15min', '1h', '7d' or '1mo', or a number of rows, not {window!r}"
            )
        count, unit = int(found[1]), found[2]
        if unit in ("min", "h") and DAY % (count * _UNITS[unit]):
            raise OptionError(f"window {window!r} does not divide a day; take a length that does, or whole days")
        return cls(count, unit, zone)

    @property
    def by_rows(self) -> bool:
        """True where windows are counted in rows."""
        return self.unit == "rows"

    def __str__(self) -> str:
        return f"{self.count} rows" if self.by_rows else f"{self.count}{self.unit}"

    def edges(self, low: int, high: int) -> Instants:
        """Where windows begin, from the one that holds `low` to the end of the one that holds `high`, ascending.

        Raises DataError when these are more than a million windows.
        """
        if self.by_rows:
            return np.arange(low // self.count, high // self.count + 2, dtype=np.int64) * self.count
        self._check_number(low, high)
        edges = (self._within_days if self.unit in ("min", "h") else self._midnights)(low, high)
        first = int(np.searchsorted(edges, low, side="right")) - 1
        last = int(np.searchsorted(edges, high, side="right"))
        return edges[first : last + 1]

    def containing(self, instant: int) -> Window:
        """The window that holds an instant (or a row number)."""
        edges = self.edges(instant, instant)
        return Window(int(edges[0]), int(edges[1]))

    def title(self, window: Window) -> str:
        """How a person names a window: its first day, month, minute or row.

        Examples
        --------
        >>> spec = WindowSpec.parse("1h")
        >>> spec.title(spec.containing(0))
        '1970-01-01 00:00+00:00'
        """
        if self.by_rows:
            return f"rows {window.start:,} to {window.end:,}"
        begin = from_micros(window.start, self.zone)
        if self.unit in ("min", "h"):
            return begin.isoformat(sep=" ", timespec="minutes")
        return begin.strftime("%Y-%m" if self.unit == "mo" and self.count == 1 else "%Y-%m-%d")

    def _check_number(self, low: int, high: int) -> None:
        length = self.count * (_UNITS[self.unit] if self.unit in _UNITS else 30 * DAY)
        if (high - low) // length > MOST_WINDOWS:
            begin, end = (from_micros(each, self.zone).date() for each in (low, high))
            raise DataError(
                f"windows of {self} from {begin} to {end} would be more than {MOST_WINDOWS:,}; are these timestamps "
                "right? Give timestamp_unit or timestamp_format, leave rows out with start, or take longer windows"
            )

    def _local_days(self, low: int, high: int) -> tuple[int, int]:
        first, last = local_clock(np.array([low, high], dtype=np.int64), self.zone) // DAY
        return int(first) - 1, int(last) + 2

    def _within_days(self, low: int, high: int) -> Instants:
        first, last = self._local_days(low, high)
        midnights = utc_from_wall(np.arange(first, last + 1, dtype=np.int64) * DAY, self.zone)
        length = self.count * _UNITS[self.unit]
        longer = np.diff(midnights) - DAY
        number = DAY // length + np.sign(longer) * (np.abs(longer) // length)
        ends = np.cumsum(number)
        position = np.arange(int(ends[-1]), dtype=np.int64) - np.repeat(ends - number, number)
        return np.append(np.repeat(midnights[:-1], number) + position * length, midnights[-1])

    def _midnights(self, low: int, high: int) -> Instants:
        first, last = self._local_days(low, high)
        if self.unit == "mo":
            months = np.array([first, last], dtype="datetime64[D]").astype("datetime64[M]").astype(np.int64)
            begin, end = int(months[0]) // self.count, int(months[1]) // self.count + 2
            starts = (np.arange(begin, end) * self.count).astype("datetime64[M]").astype("datetime64[D]")
            walls = starts.astype(np.int64) * DAY
        else:
            length = self.count * DAY
            begin, end = (first * DAY - _MONDAY) // length, (last * DAY - _MONDAY) // length + 2
            walls = np.arange(begin, end, dtype=np.int64) * length + _MONDAY
        return utc_from_wall(walls, self.zone)
