"""Signals at the edge of their tolerances and without any change: false alarms, and intervals that miss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

import driftline as dl
from tests.calibration.populations import POPULATIONS, Labels, Numbers
from tests.calibration.rates import ALPHA, LEVEL, MISSES, Rate, Tally

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Any]

SENTINEL = 1e9
BATCH = 200


@dataclass(frozen=True)
class SignalCase:
    """How rows of either side are drawn, and the true effect, which the signal may not be found to exceed."""

    signal: str
    shape: str
    change: str
    effect: float
    reference: Draw
    current: Draw
    exact: bool = True
    """Whether `effect` is the true effect, so that the interval has to hold it, or a bound of it."""


def numbers(name: str) -> Numbers:
    population = POPULATIONS[name]
    assert isinstance(population, Numbers)
    return population


def labels(name: str) -> Labels:
    population = POPULATIONS[name]
    assert isinstance(population, Labels)
    return population


def replaced(shape: str, share: float, value: float, rng: np.random.Generator, rows: int) -> Array:
    """Rows of a population of which a share became one value."""
    column = numbers(shape).quantile(rng.random(rows))
    column[: rng.binomial(rows, share)] = value
    return column


def moved(shift: float, scale: float, rng: np.random.Generator, rows: int) -> Array:
    return rng.normal(shift, scale, rows)


def relabelled(shape: str, share: float, over: int, rng: np.random.Generator, rows: int) -> pa.DictionaryArray:
    """Rows of a population of which a share got labels, so many, that it does not have."""
    population = labels(shape)
    values = pa.array([*population.values[:-1], *(f"new {i}" for i in range(over))])
    shares = np.r_[(1 - share) * population.p[:-1], np.full(over, share / over)]
    codes = np.repeat(np.arange(len(shares), dtype=np.int16), rng.multinomial(rows, shares))
    return pa.DictionaryArray.from_arrays(codes, values)


def cases() -> list[SignalCase]:
    """Tolerances of the default policy, each met exactly, and the same signals without a change."""
    found = []
    for share, effect in ((0.1, 0.0), (0.1, 0.02), (0.1, 0.10), (0.0, 0.005), (0.0, 0.05), (0.5, -0.02)):
        before, after = (partial(replaced, "normal", s, np.nan) for s in (share, share + effect))
        found.append(SignalCase("nulls", "normal", f"nulls from {share:g}", abs(effect), before, after))
    for share, effect in ((0.01, 0.0), (0.0, 0.001), (0.0, 0.01), (0.01, 0.01)):
        before, after = (partial(replaced, "normal", s, np.inf) for s in (share, share + effect))
        found.append(SignalCase("non_finite", "normal", f"infinities from {share:g}", effect, before, after))
    for shape in ("normal", "lognormal", "cauchy", "ties", "zero-inflated"):
        for effect in (0.0, 0.001, 0.01):
            before, after = (partial(replaced, shape, s, SENTINEL) for s in (0.0, effect))
            found.append(SignalCase("far_out", shape, "sentinels", effect, before, after, exact=effect > 0))
    for shape in ("22 Zipf", "skewed", "1,000 even", "10,000 Zipf"):
        for effect, spread in ((0.0, 1), (0.01, 1), (0.05, 1), (0.05, 50)):
            before, after = (partial(relabelled, shape, s, spread) for s in (0.0, effect))
            change = "one label" if spread == 1 else f"{spread} labels"
            found.append(SignalCase("unseen", shape, change, effect, before, after, exact=effect > 0))
            found.append(SignalCase("vanished", shape, change, effect, after, before, exact=effect > 0))
    for shift in (0.0, 0.2, 0.5):
        before, after = (partial(moved, by, 1.0) for by in (0.0, shift))
        found.append(SignalCase("mean_shift", "normal", "shift", shift, before, after))
    for scale in (1.0, 1.3, 0.5):
        before, after = (partial(moved, 0.0, by) for by in (1.0, scale))
        found.append(SignalCase("spread_change", "normal", "scale", abs(float(np.log(scale))), before, after))
    return found


def measure(case: SignalCase, n: int, m: int, replicates: int, seed: int) -> list[Rate]:
    name = f"{case.signal} {case.shape} {case.change} {case.effect:g}"
    rng = np.random.default_rng([seed, n, m, *name.encode()])
    tally = Tally(case.shape, case.change, case.effect, n, m)
    for begin in range(0, replicates, BATCH):
        columns = range(min(BATCH, replicates - begin))
        sides = [{f"c{i}": draw(rng, rows) for i in columns} for draw, rows in ((case.reference, n), (case.current, m))]
        report = dl.compare(*sides, methods=["psi"], threads=1)
        for column in report.columns.values():
            if case.signal in column.signals:
                count(tally, column.signals[case.signal], case)
    return list(tally.rates())


def count(tally: Tally, signal: dl.Signal, case: SignalCase) -> None:
    name = case.signal
    tally.add(f"{name} above the truth", signal.p_above(case.effect) <= ALPHA, ALPHA)
    if case.effect == 0 and signal.p_value is not None:
        tally.add(f"{name} p ≤ {ALPHA:g}", signal.p_value <= ALPHA, ALPHA)
    ends = signal.interval(LEVEL)
    if ends is not None and case.exact:
        tally.add(f"{name} interval misses", not ends[0] <= case.effect <= ends[1], MISSES)
        tally.add(f"{name} width", ends[1] - ends[0])
    if case.effect > 0:
        tally.add(f"{name} finds more than half", signal.p_above(case.effect / 2) <= ALPHA)
