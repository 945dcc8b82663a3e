"""Geometry of the report's charts: numbers in, coordinates and texts out. The templates draw them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from driftline import formatting as fmt
from driftline.render.distribution import Bars, Histogram, nice_step

__all__ = ["BarChart", "BarRow", "Gauge", "HistogramChart", "Spike", "Tick", "bar_chart", "gauge", "histogram_chart"]

WIDTH, HEIGHT = 560, 210
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 16, 28
_SPIKE = 3.0  # a bin this many times the next highest one is cut, so that the others can be seen


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis and what is written there."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Spike:
    """A bin that is cut at the top of the chart, with what it really holds."""

    x: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class HistogramChart:
    """Paths of both sides, ticks of both axes, and the bins that are cut."""

    reference_path: str
    current_path: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    spikes: list[Spike]


@dataclass(frozen=True, slots=True)
class BarRow:
    """A label and the lengths of its two bars, ``y`` from the top."""

    y: float
    label: str
    reference: float
    current: float
    text: str


@dataclass(frozen=True, slots=True)
class BarChart:
    """One row for each label."""

    height: int
    rows: list[BarRow]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A value and its interval on an axis that shows the tolerances; ``beyond`` when it leaves the axis."""

    warn: float
    alert: float
    low: float
    high: float
    value: float
    beyond: bool


def histogram_chart(histogram: Histogram, tick_text: Callable[[float], str] | None = None) -> HistogramChart:
    """Two step lines over shared bins: x to scale (logarithmic where the bins are), y the share of rows per bin."""
    edges = np.log(histogram.edges) if histogram.logarithmic else histogram.edges
    low, high = float(edges[0]), float(edges[-1])

    def across(value: float) -> float:
        at = math.log(value) if histogram.logarithmic else value
        return round(LEFT + (at - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)

    heights = np.maximum(histogram.reference, histogram.current)
    top = _top(heights)
    y_values = _linear_ticks(0.0, top, 4)
    xs = [across(float(edge)) for edge in histogram.edges]
    return HistogramChart(
        reference_path=_steps(xs, histogram.reference, top, closed=True),
        current_path=_steps(xs, histogram.current, top, closed=False),
        x_ticks=[Tick(across(value), text) for value, text in _x_ticks(histogram, tick_text)],
        y_ticks=[Tick(_y(value, top), f"{fmt.number(100 * value, digits=3)} %") for value in y_values],
        spikes=[_spike(xs, i, histogram) for i in np.flatnonzero(heights > top * (1 + 1e-9)).tolist()],
    )


def _top(heights: np.ndarray) -> float:
    highest = np.sort(heights)[::-1]
    if len(highest) > 2 and highest[1] > 0 and highest[0] > _SPIKE * highest[1]:
        return float(1.3 * highest[1])
    return float(highest[0]) or 1.0


def _y(share: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - min(1.0, share / top) * (HEIGHT - TOP - BOTTOM), 1)


def _steps(xs: Sequence[float], shares: np.ndarray, top: float, *, closed: bool) -> str:
    floor = HEIGHT - BOTTOM
    path = [f"M{xs[0]:g} {floor}"]
    path += [f"V{_y(float(share), top):g}H{x:g}" for share, x in zip(shares, xs[1:], strict=True)]
    path.append(f"V{floor}" + ("Z" if closed else ""))
    return "".join(path)


def _spike(xs: Sequence[float], i: int, histogram: Histogram) -> Spike:
    before, after = fmt.share(float(histogram.reference[i])), fmt.share(float(histogram.current[i]))
    middle = (xs[i] + xs[i + 1]) / 2
    anchor = "start" if middle < WIDTH / 3 else "end" if middle > 2 * WIDTH / 3 else "middle"
    return Spike(x=round(middle, 1), anchor=anchor, text=f"{before} → {after} %")


def _x_ticks(histogram: Histogram, tick_text: Callable[[float], str] | None) -> list[tuple[float, str]]:
    low, high = float(histogram.edges[0]), float(histogram.edges[-1])
    if tick_text is not None:
        return [(value, tick_text(value)) for value in np.linspace(low, high, 9)[1::2].tolist()]
    values = _log_ticks(low, high) if histogram.logarithmic else _linear_ticks(low, high, 7)
    return [(value, fmt.number(value, digits=6)) for value in values]


def _linear_ticks(low: float, high: float, most: int) -> list[float]:
    step = nice_step((high - low) / most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    stride = 1 + len(powers) // 9
    factors = (1, 3) if len(powers) < 5 else (1,)
    candidates = [factor * 10.0**power for power in powers[::stride] for factor in factors]
    return [value for value in candidates if low <= value <= high]


LABEL_WIDTH = 22
ROW_HEIGHT = 26
BAR_LEFT, BAR_WIDTH = 160, 280


def bar_chart(bars: Bars) -> BarChart:
    """A pair of horizontal bars for each label, then one for all the others."""
    rows = [*zip(map(fmt.label, bars.labels), bars.reference, bars.current, strict=True)]
    if bars.n_others:
        rows.append((f"{fmt.count(bars.n_others)} others", *bars.others))
    longest = max(max(reference, current) for _, reference, current in rows)
    drawn = [
        BarRow(
            y=i * ROW_HEIGHT,
            label=fmt.shorten(label, LABEL_WIDTH),
            reference=round(reference / longest * BAR_WIDTH, 1),
            current=round(current / longest * BAR_WIDTH, 1),
            text=f"{fmt.share(reference)} → {fmt.share(current)} %",
        )
        for i, (label, reference, current) in enumerate(rows)
    ]
    return BarChart(height=len(rows) * ROW_HEIGHT + 4, rows=drawn)


GAUGE_WIDTH = 120


def gauge(value: float, low: float, high: float, warn: float, alert: float | None) -> Gauge:
    """Place a value, its interval and the tolerances on an axis from 0 to 1.6 times the largest tolerance."""
    end = 1.6 * (warn if alert is None else alert) or 1.0

    def across(x: float) -> float:
        return round(min(1.0, max(0.0, x / end)) * GAUGE_WIDTH, 1)

    limit = GAUGE_WIDTH if alert is None else across(alert)
    return Gauge(across(warn), limit, across(low), across(high), across(value), beyond=value > end)
