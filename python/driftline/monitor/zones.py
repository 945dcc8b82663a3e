"""Wall clocks: conversion between local time and UTC for whole arrays, from the rules of `zoneinfo`."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from driftline.errors import OptionError

__all__ = ["DAY", "MICROSECONDS", "Instants", "from_micros", "local_clock", "to_micros", "utc_from_wall", "zone_named"]

MICROSECONDS = 1_000_000
DAY = 86_400 * MICROSECONDS

Instants: TypeAlias = NDArray[np.int64]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# What datetime can hold, less the days that a zone may add.
EARLIEST = -62_135_000_000 * MICROSECONDS
LATEST = 253_402_000_000 * MICROSECONDS


def zone_named(name: str) -> ZoneInfo:
    """The zone of the IANA database. Raises OptionError for a name it does not hold.

    Examples
    --------
    >>> zone_named("Europe/Berlin").key
    'Europe/Berlin'
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError) as error:
        raise OptionError(
            f"timezone: no zone {name!r} in the time zone database; give a name such as 'UTC' or 'Europe/Berlin' "
            "(where the system has no database: pip install tzdata)"
        ) from error


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 of a datetime that has a zone.

    Examples
    --------
    >>> to_micros(datetime(1970, 1, 2, tzinfo=timezone.utc)) == DAY
    True
    """
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_micros(instant: int, zone: ZoneInfo) -> datetime:
    """The wall clock of `zone` at an instant, held within the years that datetime knows.

    Examples
    --------
    >>> from_micros(0, ZoneInfo("Europe/Berlin")).isoformat()
    '1970-01-01T01:00:00+01:00'
    """
    return (_EPOCH + timedelta(microseconds=min(max(instant, EARLIEST), LATEST))).astimezone(zone)


def utc_from_wall(wall: Instants, zone: ZoneInfo) -> Instants:
    """UTC of wall-clock times (microseconds since 1970 on the clock on the wall).

    An hour that the clock shows twice means its first showing; one that it skips is read with the offset before the
    jump, as `datetime` does with ``fold=0``.

    Examples
    --------
    >>> int(utc_from_wall(np.array([3_600_000_000]), ZoneInfo("Europe/Berlin"))[0])
    0
    """
    if len(wall) == 0:
        return wall
    moments, offsets = _offsets(zone, int(wall.min()), int(wall.max()))
    changes = moments + np.maximum(offsets[:-1], offsets[1:])
    return wall - offsets[np.searchsorted(changes, wall, side="right")]


def local_clock(instants: Instants, zone: ZoneInfo) -> Instants:
    """The clock on the wall at these instants, in microseconds since 1970.

    Examples
    --------
    >>> int(local_clock(np.array([0]), ZoneInfo("Europe/Berlin"))[0])
    3600000000
    """
    if len(instants) == 0:
        return instants
    moments, offsets = _offsets(zone, int(instants.min()), int(instants.max()))
    return instants + offsets[np.searchsorted(moments, instants, side="right")]


def _offsets(zone: ZoneInfo, low: int, high: int) -> tuple[Instants, Instants]:
    """The instants at which the offset changes, and the offsets before, between and after them."""
    if zone.key == "UTC":
        return np.zeros(0, np.int64), np.zeros(1, np.int64)
    year = 366 * DAY
    return _offset_table(zone.key, low // year - 1, high // year + 2)


@lru_cache(maxsize=32)
def _offset_table(key: str, first_year: int, last_year: int) -> tuple[Instants, Instants]:
    zone = ZoneInfo(key)
    low, high = first_year * 366 * DAY, last_year * 366 * DAY
    moments: list[int] = []
    offsets = [_offset_at(low, zone)]
    for day in range(low, high, DAY):
        after = _offset_at(day + DAY, zone)
        if after != offsets[-1]:
            moments.append(_change_between(day, day + DAY, offsets[-1], zone))
            offsets.append(after)
    return np.array(moments, dtype=np.int64), np.array(offsets, dtype=np.int64)


def _offset_at(instant: int, zone: ZoneInfo) -> int:
    offset = from_micros(instant, zone).utcoffset()
    return 0 if offset is None else offset // timedelta(microseconds=1)


def _change_between(low: int, high: int, before: int, zone: ZoneInfo) -> int:
    """The second at which the offset is no longer `before`."""
    while high - low > MICROSECONDS:
        middle = (low + high) // (2 * MICROSECONDS) * MICROSECONDS
        low, high = (middle, high) if _offset_at(middle, zone) == before else (low, middle)
    return high
