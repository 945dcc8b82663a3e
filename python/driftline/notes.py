"""What to know about the two sides of a report as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from driftline.formatting import name as shown_name
from driftline.formatting import printable
from driftline.left_out import holds_iso_dates

if TYPE_CHECKING:
    from driftline import _core
    from driftline.report import ColumnReport, DriftReport

__all__ = ["report_notes"]

_COMPARED = frozenset({"ok", "insufficient_data"})


def report_notes(report: DriftReport) -> list[str]:
    """Plain sentences: sides that look swapped, sides without rows, columns whose type differs."""
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
    return notes + [note for note in map(_type_note, columns) if note]


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
