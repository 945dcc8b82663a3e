"""Columns that differ between two data sets by their nature: row ids, dates, labels that hardly ever repeat."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from driftline import _core

__all__ = ["holds_iso_dates", "is_iso_date", "reason_to_leave_out"]

# The empty name is that of an unnamed index in a CSV file, which pandas calls "Unnamed: 0".
_ID_NAME = re.compile(r"|id|.+_id|uuid|index|unnamed: \d+(\.\d+)?", re.IGNORECASE | re.DOTALL)
_REPEATS_EXPECTED = 0.001
_ISO_DATE = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])"
    r"([T ]([01]\d|2[0-4])(:[0-5]\d(:[0-5]\d([.,]\d+)?)?)?(Z|[+-]\d\d(:?\d\d)?)?)?)?",
    re.ASCII,
)


def reason_to_leave_out(role: str, reference: _core.ColumnProfile, current: _core.ColumnProfile | None) -> str:
    """``"row_id"``, ``"date"``, ``"overflow"``, or nothing when the column is judged by default."""
    if role == "id":
        return "row_id"
    if role == "timestamp" or reference.kind == "datetime":
        return "date"
    if reference.kind == "numeric":
        return "row_id" if _numbers_rows(reference) else ""
    if reference.kind != "categorical":
        return ""
    sides = [reference] if current is None or current.kind != "categorical" else [reference, current]
    if any(side.overflowed and side.n_distinct > 0.5 * side.n_valid for side in sides):
        return "date" if holds_iso_dates(reference) else "overflow"
    return "date" if holds_iso_dates(reference) else ""


def _numbers_rows(column: _core.ColumnProfile) -> bool:
    """Whether the integers are unique by construction, not by the width of their range."""
    if not column.n_valid or not column.all_integers:
        return False
    unique, p_value = column.looks_unique()
    return unique and (p_value < _REPEATS_EXPECTED or _ID_NAME.fullmatch(column.name) is not None)


def holds_iso_dates(column: _core.ColumnProfile) -> bool:
    """Whether every label that is kept is text in the form of an ISO-8601 date, month or time stamp."""
    n_labels = column.n_labels if column.kind == "categorical" else 0
    return n_labels > 0 and all(_is_date(column.label(index)) for index in range(n_labels))


def _is_date(label: object) -> bool:
    return isinstance(label, str) and is_iso_date(label)


def is_iso_date(text: str) -> bool:
    """Whether the text has the form of an ISO-8601 date, month or time stamp.

    Examples
    --------
    >>> is_iso_date("2015-07-01"), is_iso_date("2015-07-01T12:30Z"), is_iso_date("2015-13-01")
    (True, True, False)
    """
    return _ISO_DATE.fullmatch(text) is not None
