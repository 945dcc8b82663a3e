"""What happened to a column, in words: short clauses for a summary, one plain sentence for a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from driftline import formatting as fmt

if TYPE_CHECKING:
    from driftline.evidence import Signal
    from driftline.report import ColumnReport

__all__ = ["clauses", "sentence"]

_CERTAIN = 0.001  # signals beyond this are worth a word, whatever they come to
_MOVED = 0.01
_MOST = 0.5
_WORTH_NAMING = 0.05
_MAX_LABELS = 3
_PHRASES = {
    "up": "moved up",
    "down": "moved down",
    "wider": "became wider",
    "narrower": "became narrower",
    "new values": "has new values",
    "vanished values": "lost values",
    "reshuffled": "changed its mix",
}


def clauses(column: ColumnReport) -> list[str]:
    """What moved, most telling first: labels or bins that carry the score, then signals that are certain.

    Examples
    --------
    >>> import driftline as dl
    >>> clauses(dl.compare({"age": [31, 42, 27] * 100}, {"age": [41, 52, 37] * 100}).columns["age"])
    ['median 31 → 41']
    """
    values = _value_clauses(column) if column.status == "ok" else []
    return values + [text for text in (_signal_clause(column, name) for name in _TOLD_SIGNALS) if text]


def sentence(column: ColumnReport) -> str:
    """What happened to the column, in one plain sentence.

    Examples
    --------
    >>> import driftline as dl
    >>> sentence(dl.compare({"age": [31, 42, 27] * 100}, {"age": [41, 52, 37] * 100}).columns["age"])
    'age moved up: median 31 → 41.'
    """
    name = fmt.name(column.name)
    if column.status == "absent_in_current":
        return f"{name} is absent from the current data."
    if column.status == "absent_in_reference":
        return f"{name} is new: the reference does not have it."
    if column.status == "kind_changed":
        return f"{name} changed its type: {column.reason}."
    if column.status in ("unsupported_type", "error"):
        return f"{name} could not be compared: {fmt.printable(column.reason)}."
    is_small = column.status == "insufficient_data"
    said = "; ".join(clauses(column)) if is_small or _moved(column) else ""
    if is_small:
        return f"{name} has {column.reason}{': ' * bool(said)}{said}."
    if not said:
        signals = "; ".join(text for text in (_signal_clause(column, each) for each in _TOLD_SIGNALS) if text)
        return f"{name} shows no clear change{'; ' * bool(signals)}{signals}."
    return f"{name} {_PHRASES.get(column.direction, 'changed')}: {said}."


def _moved(column: ColumnReport) -> bool:
    own = [evidence for evidence in column.evidence.values() if "definition" not in evidence.details]
    p_values = [evidence.p_value for evidence in own]
    return any(p is not None and p <= _MOVED for p in p_values)


def _value_clauses(column: ColumnReport) -> list[str]:
    if column.kind == "categorical":
        return _bin_clauses(column, _label_of_bin)
    reference, current = column.reference, column.current
    if reference is None or current is None or reference.min is None or current.min is None:
        return []
    if _is_zero_or_one(reference) and _is_zero_or_one(current):
        return _change("", reference.mean, current.mean, _percent, " %")
    show = _moment if column.kind == "datetime" else _number
    still_there = _share_of_constant(column, show) if reference.min == reference.max else []
    if still_there:
        return still_there
    if column.direction in ("wider", "narrower"):
        spans = [side.quantile(0.75) - side.quantile(0.25) for side in (reference, current)]
        found = _change("middle half spans ", spans[0], spans[1], _number)
    else:
        found = _change("median ", reference.quantile(0.5), current.quantile(0.5), show)
        if not found and column.direction in ("up", "down"):
            found = _change("mean ", reference.mean, current.mean, show)
    if found or column.kind == "datetime" or not _moved(column):
        return found
    return _bin_clauses(column, _range_of_bin)


def _share_of_constant(column: ColumnReport, show: Callable[[float, int], str]) -> list[str]:
    """How much of a column that was constant still is that value."""
    signal = column.signals.get("constant")
    if signal is None or not signal.current:
        return []
    return _change(f"share of {show(signal.details['value'], 3)}: ", signal.reference, signal.current, _percent, " %")


def _is_zero_or_one(side: Any) -> bool:
    return bool(side.min >= 0 and side.max <= 1 and side.all_integers)


def _change(
    what: str, before: float | None, after: float | None, show: Callable[[float, int], str], unit: str = ""
) -> list[str]:
    """``["median 3 → 4"]``, with as many digits as it takes to tell the two apart; nothing when they are equal."""
    if before is None or after is None or before == after:
        return []
    for digits in range(3, 18):
        texts = show(before, digits), show(after, digits)
        if texts[0] != texts[1]:
            return [f"{what}{texts[0]} → {texts[1]}{unit}"]
    return []


def _number(value: float, digits: int) -> str:
    return fmt.number(value, digits=digits)


def _percent(value: float, digits: int) -> str:
    return fmt.share(value) if digits == 3 else fmt.number(100 * value, digits=digits)


def _moment(value: float, digits: int) -> str:
    if not abs(value) < 2**60:
        return fmt.number(value, digits=digits)
    return str(np.datetime64(round(value), "s")).replace("T", " ").removesuffix(" 00:00:00")


def _bin_clauses(column: ColumnReport, name_of_bin: Callable[[Any, int], str]) -> list[str]:
    """The two bins that carry the score, if they carry something worth naming."""
    details = next((each.details for each in column.evidence.values() if "contributions" in each.details), None)
    if details is None:
        return []
    parts = np.asarray(details["contributions"], dtype=np.float64)
    total = float(parts.sum())
    if not total > 0:
        return []
    sides = [np.asarray(details[f"{side}_counts"], dtype=np.float64) for side in ("reference", "current")]
    shares = [side / side.sum() for side in sides]
    said = []
    for index in np.argsort(-parts, kind="stable")[:2].tolist():
        carried = float(parts[index]) / total
        if carried < _WORTH_NAMING:
            break
        text = _bin_clause(name_of_bin(details, index), float(shares[0][index]), float(shares[1][index]))
        if text and carried >= _MOST:
            text += f" ({fmt.number(100 * carried, digits=2, apart_from=(100,))} % of the score)"
        said += [text] * bool(text)
    return said


def _bin_clause(name: str, before: float, after: float) -> str:
    if after == 0:
        return f"{name} vanished: {fmt.share(before)} % → 0"
    if before == 0:
        return f"{name} is new: 0 → {fmt.share(after)} %"
    return "".join(_change(f"{name} ", before, after, _percent, " %"))


def _label_of_bin(details: Any, index: int) -> str:
    labels = details["labels"][index]
    if not details["bin_names"][index] and len(labels) == 1:
        return label_text(labels[0])
    return "a group of rarer values"


def _range_of_bin(details: Any, index: int) -> str:
    edges = np.asarray(details["bin_edges"], dtype=np.float64)
    if not len(edges):
        return "all values"
    if index == 0:
        return f"values below {_edge(edges[0])}"
    if index == len(edges):
        beyond_the_largest = not details["reference_counts"][-1]
        return f"values {'above' if beyond_the_largest else 'from'} {_edge(edges[-1])}"
    low, high = _edge(edges[index - 1]), _edge(edges[index])
    return f"values from {low} to {high}" if low != high else f"values at {low}"


def _edge(value: float) -> str:
    return fmt.number(float(value), digits=3)


def label_text(label: Any) -> str:
    """A category as it is shown inside a clause: short, on one line, and in quotes where its end is not plain."""
    text = fmt.shorten(fmt.label(label), 40)
    plain = text == '""' or (text.strip() == text and not any(mark in text for mark in ':;,→"'))
    return text if plain else f'"{text}"'


def _signal_clause(column: ColumnReport, name: str) -> str:
    signal = column.signals.get(name)
    if signal is None or signal.value is None or signal.p_value is None or signal.p_value > _CERTAIN:
        return ""
    if name == "vanished" and any(" vanished: " in text for text in _value_clauses(column)):
        return ""
    if name == "far_out":
        return _far_out(signal, _moment if column.kind == "datetime" else _number)
    return _SIGNAL_CLAUSES[name](signal)


def _nulls(signal: Signal) -> str:
    return "".join(_change("nulls ", signal.reference, signal.current, _percent, " %"))


def _non_finite(signal: Signal) -> str:
    return "".join(_change("infinite values ", signal.reference, signal.current, _percent, " %"))


def _far_out(signal: Signal, show: Callable[[float, int], str]) -> str:
    if not signal.current:
        return ""
    low, high = (show(signal.details[end], 3) for end in ("low", "high"))
    if low == high:
        return f"{fmt.share(signal.current)} % of the values are not {low}"
    return f"{fmt.share(signal.current)} % of the values below {low} or above {high}"


def _unseen(signal: Signal) -> str:
    return _labels_clause("not seen before", signal.current, signal.details.get("labels", ()))


def _vanished(signal: Signal) -> str:
    return _labels_clause("vanished", signal.reference, signal.details.get("labels", ()))


def _constant(signal: Signal) -> str:
    return "became constant" if signal.details["side"] == "current" else ""  # else the values themselves tell


def _labels_clause(what: str, share: float | None, labels: Sequence[Any]) -> str:
    if not share:
        return ""
    named = ", ".join(label_text(label) for label, _ in labels[:_MAX_LABELS])
    more = ", …" * (len(labels) > _MAX_LABELS)
    return f"{fmt.share(share)} % {what}" + (f": {named}{more}" if named else "")


_SIGNAL_CLAUSES: dict[str, Callable[[Signal], str]] = {
    "nulls": _nulls,
    "non_finite": _non_finite,
    "unseen": _unseen,
    "vanished": _vanished,
    "constant": _constant,
}
_TOLD_SIGNALS = ("nulls", "non_finite", "far_out", "unseen", "vanished", "constant")
