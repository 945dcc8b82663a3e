"""What to know about the two sides of a report as a whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from driftline.formatting import count, printable
from driftline.formatting import name as shown_name
from driftline.left_out import holds_iso_dates

if TYPE_CHECKING:
    from driftline import _core
    from driftline.profiling import Profile
    from driftline.report import ColumnReport, DriftReport

__all__ = ["report_notes"]

_COMPARED = frozenset({"ok", "insufficient_data"})
_MOST_SHOWN = 5
_MANY_COUNTS = 100  # that so many share a factor by chance is less likely than 2**-100; a design with few values may


def report_notes(report: DriftReport) -> list[str]:
    """Plain sentences: sides that look swapped, that have no rows or repeated ones, columns whose type differs."""
    columns = report.columns.values()
    notes = []
    for side, profile in (("reference", report.reference), ("current data", report.current)):
        if not profile.n_rows:
            notes.append(f"The {side} {'have' if side.endswith('data') else 'has'} no rows.")
    if columns and all(column.status.startswith("absent") for column in columns):
        notes.append("The two sides have no column in common.")
    swapped = _swapped_by(report)
    if swapped:
        notes.append(
            f"The two sides look swapped: in {', '.join(map(shown_name, swapped))} the current data end before the "
            "reference begins."
        )
    for side, profile in (("reference", report.reference), ("current data", report.current)):
        times = _repeats(profile)
        if times > 1:
            notes.append(
                f"Every row of the {side} seems to be there {times:,} times: intervals and p-values take rows to be "
                "independent, so they are surer than the data."
            )
    if report.row_worth:
        notes.append(_worth_note(report))
    return notes + [note for note in map(_type_note, columns) if note]


def _worth_note(report: DriftReport) -> str:
    """Effective rows of the columns whose rows are worth least."""
    rows = {
        column.name: (least.n_current, *least.effective_rows)
        for column in report.columns.values()
        if (least := min(column.evidence.values(), key=lambda each: sum(each.effective_rows), default=None)) is not None
    }
    worst = sorted(rows, key=lambda name: rows[name][2] / max(rows[name][0], 1))[:_MOST_SHOWN]
    shown = [f"{shown_name(name)} {count(round(rows[name][1]))} and {count(round(rows[name][2]))}" for name in worst]
    return (
        "Rows come in blocks: intervals and p-values follow from how much blocks differ. Effective rows of the "
        f"reference and of the current data, where they are fewest: {', '.join(shown) or 'none'}."
    )


def _repeats(profile: Profile) -> int:
    """How many times every row occurs: what all counts of all columns are multiples of; 1 where that may be chance."""
    factor, n_counts = profile.n_rows, 0
    for column in (each._core for each in profile.columns.values()):
        counts = _counts(column)
        factor = math.gcd(factor, column.n_null, column.n_nan, *counts)
        n_counts = max(n_counts, len(counts))
        if factor == 1:
            return 1
    return factor if n_counts >= _MANY_COUNTS else 1


def _counts(column: _core.ColumnProfile) -> list[int]:
    """Rows of each label or cell, as far as they are kept."""
    if column.kind == "categorical":
        return [rows for _, rows in column.counts()]
    if column.kind in ("numeric", "boolean", "datetime") and column.n_valid:
        counts: list[int] = column.cells()[2].tolist()
        return counts
    return []


def _type_note(column: ColumnReport) -> str:
    reference, current = column.reference, column.current
    if column.status not in _COMPARED or reference is None or current is None:
        return ""
    if reference.type_name == current.type_name or "null" in (reference.kind, current.kind):
        return ""
    return f"{shown_name(column.name)}: {printable(reference.type_name)} → {printable(current.type_name)}."


def _swapped_by(report: DriftReport) -> list[str]:
    """Columns in which time runs from the current data to the reference, unless others say the opposite."""
    backwards = []
    for column in report.columns.values():
        if column.reference is None or column.current is None:
            continue
        order = _time_order(column.reference, column.current)
        if order > 0:
            return []
        if order < 0:
            backwards.append(column.name)
    return backwards


def _time_order(reference: _core.ColumnProfile, current: _core.ColumnProfile) -> int:
    """1 when all of the current data are later than the reference, -1 when all are earlier, else 0."""
    before, after = _span(reference), _span(current)
    if before is None or after is None or type(before[0]) is not type(after[0]):
        return 0
    return 1 if after[0] > before[1] else -1 if after[1] < before[0] else 0


def _span(column: _core.ColumnProfile) -> tuple[Any, Any] | None:
    """First and last moment: numbers, or texts that sort as time does."""
    if column.kind == "datetime" and column.min is not None and column.max is not None:
        return column.min, column.max
    if holds_iso_dates(column):
        labels = [label for label, _ in column.counts()]
        return min(labels), max(labels)
    return None
