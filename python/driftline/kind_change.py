"""What is found when a column is of another kind on each side: the two types, and whether the values are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from driftline.formatting import printable, share
from driftline.left_out import is_iso_date

if TYPE_CHECKING:
    from driftline import _core

__all__ = ["comparable", "describe_kind_change"]

_NUMBERS = frozenset({"numeric", "boolean"})
_WORDS = {"true": 1.0, "false": 0.0}


def comparable(reference_kind: str, current_kind: str) -> bool:
    """Whether values of the two kinds can be compared: booleans are 0 and 1."""
    return reference_kind == current_kind or {reference_kind, current_kind} <= _NUMBERS


def describe_kind_change(reference: _core.ColumnProfile, current: _core.ColumnProfile) -> str:
    """The two types and, where one side holds labels, how many of them fit the other side after casting."""
    types = [_type(side) for side in (reference, current)]
    if types[0] == types[1]:
        types = [f"{name} ({side.kind})" for name, side in zip(types, (reference, current), strict=True)]
    change = " → ".join(types)
    found = _casting(reference, current) if reference.kind == "categorical" else _casting(current, reference)
    return f"{change}; {found}" if found else change


def _type(column: _core.ColumnProfile) -> str:
    return printable(column.type_name) or column.kind


def _casting(texts: _core.ColumnProfile, values: _core.ColumnProfile) -> str:
    if texts.kind != "categorical" or values.kind not in (*_NUMBERS, "datetime"):
        return ""
    labels = [label for label, _ in texts.counts()]
    if not labels:
        return ""
    if values.kind == "datetime":
        n_read = sum(_is_date(label) for label in labels)
        return f"{share(n_read / len(labels))} % of the labels are dates"
    numbers = [number for number in map(_number, labels) if number is not None]
    read = len(numbers) / len(labels)
    if not values.exact:
        return f"{share(read)} % of the labels are numbers"
    known = set(values.cells()[0].tolist())
    matching = sum(number in known for number in numbers) / len(labels)
    if matching < 0.5 < read:
        return f"{share(read)} % of the labels are numbers, {share(matching)} % occur on the other side"
    return f"{share(matching)} % of the labels match after casting"


def _number(label: Any) -> float | None:
    if isinstance(label, bytes):
        label = label.decode("latin-1")
    if isinstance(label, str):
        text = label.strip()
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if "_" in text:  # a digit separator of Python's, not of anybody's data
            return None
        label = text
    try:
        return float(label)
    except (ValueError, OverflowError):
        return None


def _is_date(label: Any) -> bool:
    return isinstance(label, str) and is_iso_date(label)
