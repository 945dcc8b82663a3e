"""What the report shows of one column: its chart, the parts of its score, its counts, evidence and signals."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from driftline import formatting as fmt
from driftline.profiling.columns import CategoricalColumn, NumericColumn
from driftline.reasons import title
from driftline.render import svg
from driftline.render.distribution import Bars, Histogram, shared_bars, shared_histogram
from driftline.render.overview import time_text

if TYPE_CHECKING:
    from driftline.report import ColumnReport, DriftReport, Evidence, Signal

__all__ = ["describe_section"]

SHARES = frozenset({"nulls", "non_finite", "far_out", "out_of_range", "unseen", "vanished"})
QUANTILES = {"1 %": 0.01, "25 %": 0.25, "median": 0.5, "75 %": 0.75, "99 %": 0.99}
MAX_PARTS = 30
FEW_VALUES = 8
FEWEST_DIGITS = 4
SHOWN_LABELS = 3

Row = list[str]
Writer = Callable[[float], str]


def describe_section(report: DriftReport, name: str, deciding: str, level: float) -> dict[str, Any]:
    """What the template of a section reads: parts of the ``deciding`` method, intervals at ``level``."""
    column = report.columns[name]
    sides = (report.reference.columns.get(name), report.current.columns.get(name))
    return {
        "chart": _chart(*sides),
        "contributions": _contributions(column, deciding),
        "sides": _both_sides(column, *sides),
        "evidence": [_evidence_row(evidence, column.kind, level) for evidence in column.evidence.values()],
        "signals": [_signal_row(signal, level) for signal in column.signals.values()],
    }


def _chart(reference: Any, current: Any) -> dict[str, Any] | None:
    if isinstance(reference, NumericColumn) and isinstance(current, NumericColumn):
        few = [_few_values(side) for side in (reference, current)]
        if few[0] and few[1]:
            return _bar_chart(shared_bars(few[0], few[1], in_order=True))
        return _histogram_chart(shared_histogram(reference, current), is_time=reference.kind == "datetime")
    if isinstance(reference, CategoricalColumn) and isinstance(current, CategoricalColumn):
        if reference.overflowed or current.overflowed:
            return None
        return _bar_chart(shared_bars(reference.top(reference.n_valid), current.top(current.n_valid)))
    return None


def _few_values(side: NumericColumn) -> list[tuple[bool | int, int]]:
    """Booleans, or a handful of whole numbers, with their counts: better told by bars than by a histogram."""
    if side.kind == "boolean":
        return [(False, side.n_zero), (True, side.n_valid - side.n_zero)]
    if side.kind != "numeric" or not side._core.all_integers or not side.exact or side.n_distinct > FEW_VALUES:
        return []
    values, _, counts = side._core.cells()
    return [(int(value), int(count)) for value, count in zip(values, counts, strict=True)]


def _bar_chart(bars: Bars | None) -> dict[str, Any] | None:
    if bars is None:
        return None
    labels = [fmt.label(label) for label in bars.labels]
    rows = [[*row] for row in zip(labels, map(fmt.share, bars.reference), map(fmt.share, bars.current), strict=True)]
    if bars.n_others:
        rows.append([f"{fmt.count(bars.n_others)} others", *map(fmt.share, bars.others)])
    return {
        "kind": "bars",
        "drawing": svg.bar_chart(bars),
        "title": "Share of rows per value, reference and current",
        "desc": "; ".join(f"{label}: {before} → {after} %" for label, before, after in rows[:5]),
        "note": "",
        "unit": "value",
        "rows": rows,
    }


def _histogram_chart(histogram: Histogram | None, *, is_time: bool) -> dict[str, Any] | None:
    if histogram is None:
        return None
    write = _writer(histogram.edges.tolist(), is_time=is_time)
    first, last = write(histogram.edges[0]), write(histogram.edges[-1])
    rows = [
        [_bin_text(histogram, i, write), fmt.share(float(before)), fmt.share(float(after))]
        for i, (before, after) in enumerate(zip(histogram.reference, histogram.current, strict=True))
    ]
    return {
        "kind": "histogram",
        "drawing": svg.histogram_chart(histogram, write if is_time else None),
        "title": "Histogram of the values, reference and current",
        "desc": f"Share of rows per bin, {len(rows)} bins from {first} to {last}",
        "note": _outside(histogram, write),
        "unit": "value",
        "rows": rows,
    }


def _writer(values: Iterable[float], *, is_time: bool = False, most_digits: int = 12) -> Writer:
    """How numbers or times like ``values`` are written: briefly, yet so that different ones look different."""
    distinct = {float(value) for value in values if math.isfinite(value)}
    if is_time:
        length = 10 if all(value % 86_400 == 0 for value in distinct) or _span(distinct) > 3 * 86_400 else 19
        return lambda value: time_text(float(value))[:length]
    for digits in range(FEWEST_DIGITS, most_digits + 1):
        if len({fmt.number(value, digits=digits) for value in distinct}) == len(distinct):
            break
    return lambda value: fmt.number(float(value), digits=digits)


def _span(values: Collection[float]) -> float:
    return max(values) - min(values) if values else 0.0


def _bin_text(histogram: Histogram, i: int, write: Writer) -> str:
    low, high = float(histogram.edges[i]), float(histogram.edges[i + 1])
    if histogram.whole_numbers and not histogram.logarithmic:
        return _whole_range(low, high)
    return f"{write(low)} to {write(high)}"


def _outside(histogram: Histogram, write: Writer) -> str:
    ends = [("below", histogram.below, histogram.edges[0]), ("above", histogram.above, histogram.edges[-1])]
    outside = [
        f"{fmt.share(before)} → {fmt.share(after)} % {where} {write(edge)}"
        for where, (before, after), edge in ends
        if before or after
    ]
    notes = ["logarithmic axis"] * histogram.logarithmic + ([f"not drawn: {', '.join(outside)}"] if outside else [])
    return "; ".join(notes)


def _contributions(column: ColumnReport, deciding: str) -> dict[str, Any] | None:
    evidence = column.evidence.get(deciding)
    if evidence is None or "contributions" not in evidence.details:
        return None
    details = evidence.details
    parts = [float(part) for part in details["contributions"]]
    total = math.fsum(parts)
    if not total > 0:
        return None
    names = _bin_names(details, column)
    order = range(len(parts)) if "bin_edges" in details else sorted(range(len(parts)), key=lambda i: -parts[i])
    before, after = (_shares(details[f"{side}_counts"]) for side in ("reference", "current"))
    largest = max(map(abs, parts))
    rows = [
        {
            "bin": names[i],
            "reference": fmt.share(before[i]),
            "current": fmt.share(after[i]),
            "share": _part_text(parts[i] / total),
            "width": round(100 * abs(parts[i]) / largest),
        }
        for i in order
        if before[i] or after[i]
    ]
    return {"method": title(deciding), "unit": "labels" if "labels" in details else "bin", "rows": rows[:MAX_PARTS]}


def _shares(counts: Iterable[float]) -> list[float]:
    values = [float(count) for count in counts]
    total = math.fsum(values) or 1.0
    return [value / total for value in values]


def _part_text(part: float) -> str:
    return "under 1" if 0 < part < 0.01 else fmt.number(round(100 * part))


def _bin_names(details: Mapping[str, Any], column: ColumnReport) -> list[str]:
    if "labels" in details:
        return [_group_name(*group) for group in zip(details["labels"], details["bin_names"], strict=True)]
    edges = [float(edge) for edge in details["bin_edges"]]
    if not edges:
        return ["all values"]
    write = _writer(edges, is_time=column.kind == "datetime")
    sides = (column.reference, column.current)
    if column.kind != "datetime" and all(side is not None and side.all_integers for side in sides):
        between = [_whole_range(low, high) for low, high in pairwise(edges)]
        return [f"up to {_whole(edges[0], -1)}", *between, f"from {_whole(edges[-1])}"]
    between = [f"{write(low)} to {write(high)}" for low, high in pairwise(edges)]
    return [f"below {write(edges[0])}", *between, f"from {write(edges[-1])}"]


def _whole(edge: float, step: int = 0) -> str:
    """The first whole number that is at least ``edge``, ``step`` further on."""
    return fmt.number(math.ceil(edge) + step, digits=15)


def _whole_range(low: float, high: float) -> str:
    """The whole numbers that are at least ``low`` and below ``high``."""
    first, last = _whole(low), _whole(high, -1)
    return first if first == last else f"{first} to {last}"


def _group_name(labels: list[Any], name: str) -> str:
    if not name:
        return fmt.label(labels[0])
    if not labels:
        return name
    shown = ", ".join(fmt.label(label) for label in labels[:SHOWN_LABELS])
    more = f" and {len(labels) - SHOWN_LABELS:,} more" if len(labels) > SHOWN_LABELS else ""
    return f"{name}: {shown}{more}"


def _both_sides(column: ColumnReport, reference: Any, current: Any) -> dict[str, Any]:
    """Counts and statistics, one row per side."""
    counts = _counts(column)
    names, values = _statistics(reference, current)
    rows = [
        [side, *(texts[i] for texts in counts.values()), *values[i]] for i, side in enumerate(("reference", "current"))
    ]
    return {"heads": ["", *counts, *names], "rows": rows}


def _counts(column: ColumnReport) -> dict[str, list[str]]:
    names = {
        "n_rows": "rows",
        "n_null": "null",
        "n_nan": "NaN",
        "n_pos_inf": "+inf",
        "n_neg_inf": "−inf",
        "n_absent": "column absent",
    }
    sides = [column.rows.get(side, {}) for side in ("reference", "current")]
    return {
        text: [_count_text(side, key) for side in sides]
        for key, text in names.items()
        if key in ("n_rows", "n_null") or any(side.get(key) for side in sides)
    }


def _count_text(side: Mapping[str, int], key: str) -> str:
    if key not in side:
        return fmt.MISSING
    n = side[key]
    return fmt.count(n) if key == "n_rows" or not n else f"{fmt.count(n)} ({fmt.share(n / side['n_rows'])} %)"


def _statistics(reference: Any, current: Any) -> tuple[list[str], list[list[str]]]:
    """Names of the statistics, and their values on each side."""
    sides = (reference, current)
    known = [side for side in sides if isinstance(side, (NumericColumn, CategoricalColumn))]
    if any(isinstance(side, CategoricalColumn) for side in known):
        return ["distinct labels"], [[_distinct_text(side)] for side in sides]
    if not known or any(side.kind == "boolean" for side in known):
        return [], [[], []]
    is_time = known[0].kind == "datetime"
    names = ["smallest", *QUANTILES, "largest"] + ["mean", "std. deviation"] * (not is_time)
    values = [_values(side, is_time=is_time) for side in sides]
    write = _writer([value for side in values for value in side], is_time=is_time, most_digits=5)
    return names, [[write(value) for value in side] or [fmt.MISSING] * len(names) for side in values]


def _distinct_text(side: Any) -> str:
    if not isinstance(side, CategoricalColumn):
        return fmt.MISSING
    return f"{'about ' * side.overflowed}{fmt.count(side.n_distinct)}"


def _values(side: Any, *, is_time: bool) -> list[float]:
    if not isinstance(side, NumericColumn) or not side.n_valid:
        return []
    quantiles = [side.quantile(q) for q in (0.0, *QUANTILES.values(), 1.0)]
    means = [math.nan if value is None else value for value in (side.mean, side.std)]
    return quantiles if is_time else [*quantiles, *means]


def _evidence_row(evidence: Evidence, kind: str, level: float) -> Row:
    if evidence.value is None:
        return [title(evidence.method), fmt.MISSING, "", "", fmt.MISSING, evidence.reason.replace("_", " ")]
    same = evidence.certified_low == evidence.certified_high
    certain = "exact" if same else fmt.interval(evidence.certified_low, evidence.certified_high)
    return [
        title(evidence.method),
        fmt.number(evidence.value, digits=3),
        fmt.interval(*(evidence.interval(level) or (None, None))) or fmt.MISSING,
        certain,
        fmt.p_value(evidence.p_value),
        _evidence_note(evidence, kind),
    ]


def _evidence_note(evidence: Evidence, kind: str) -> str:
    details = evidence.details
    if details.get("location") is not None:
        location = float(details["location"])
        return f"largest at {_writer([location], is_time=kind == 'datetime')(location)}"
    if details.get("scale") is not None:
        return f"in units of {fmt.number(details['scale'], digits=3)} ({details['scale_kind'].replace('_', ' ')})"
    if "cramers_v" in details:
        return f"Cramér's V {fmt.number(details['cramers_v'])}, {details['df']} degrees of freedom"
    return ""


def _signal_row(signal: Signal, level: float) -> Row:
    def write(value: float | None) -> str:
        if value is None or signal.name not in SHARES:
            return fmt.number(value, digits=3)
        return f"{fmt.share(value)} %"

    ends = signal.interval(level)
    span = f"[{write(ends[0])}, {write(ends[1])}]" if ends else fmt.MISSING
    cells = [write(signal.reference), write(signal.current), write(signal.value), span, fmt.p_value(signal.p_value)]
    return [title(signal.name), *cells, _signal_note(signal)]


def _signal_note(signal: Signal) -> str:
    low, high = signal.details.get("low"), signal.details.get("high")
    if low is not None and high is not None:
        return f"below {fmt.number(low, digits=4)} or above {fmt.number(high, digits=4)}"
    labels = signal.details.get("labels") or []
    shown = [f"{fmt.label(label)} ({fmt.count(count)})" for label, count in labels[: 2 * SHOWN_LABELS]]
    return ", ".join(shown) + (", …" if len(labels) > len(shown) else "")
