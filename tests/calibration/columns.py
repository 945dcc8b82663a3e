"""Distances of many independent columns of one population and one change: what is claimed, and how often wrongly."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

import driftline as dl
from tests.calibration import truths
from tests.calibration.populations import POPULATIONS, Labels, Numbers
from tests.calibration.rates import ALPHA, LEVEL, MISSES, Rate, Tally

Array = NDArray[np.float64]

METHODS: tuple[Any, ...] = (
    *truths.ON_BINS,
    "chi_square",
    "ks",
    dl.Wasserstein(p_value=True),
    dl.WassersteinScaled(p_value=True),
)
WARN, ALERT = 0.1, 0.25
EFFECTS = (WARN, 2 * WARN, ALERT, 2 * ALERT)
P_LEVELS = (0.01, 0.05, 0.10)
BATCH = 200
SIMULATED = ("wasserstein", "wasserstein_scaled")
"""Their laws take milliseconds a column, so every fifth column has to do."""
UNCORRECTED = dl.Policy(alpha=ALPHA, correction="none")


def measure(shape: str, n: int, m: int, replicates: int, seed: int) -> list[Rate]:
    """All changes and effects of one shape at one pair of sizes."""
    population = POPULATIONS[shape]
    rng = np.random.default_rng([seed, n, m, *shape.encode()])
    parts: dict[tuple[str, float], float] = {}
    tallies: dict[tuple[str, float], Tally] = {}
    for begin in range(0, replicates, BATCH):
        columns = min(BATCH, replicates - begin)
        reference = dl.profile(population.draw(rng, n, columns), threads=1)
        unchanged = dl.profile(population.draw(rng, m, columns), threads=1)
        report = dl.compare(reference, unchanged, methods=METHODS, threads=1)
        tally = tallies.setdefault(("none", 0.0), Tally(shape, "none", 0.0, n, m))
        count_without_change(tally, report)
        for change, effect in product(population.changes, EFFECTS):
            p, q = shares_of(report, population, change)
            part = parts.setdefault((change, effect), typical_part(p, q, n, m, effect))
            if part > 1:
                continue
            theta = np.full(columns, part)
            current = dl.profile(population.draw_changed(rng, m, change, theta), threads=1)
            moved = dl.compare(reference, current, methods=METHODS, threads=1)
            true = true_distances(population, change, p, q, n, m, theta)
            tally = tallies.setdefault((change, effect), Tally(shape, change, effect, n, m))
            count_with_change(tally, moved, true, effect)
    return [rate for tally in tallies.values() for rate in tally.rates()]


def typical_part(p: Array, q: Array, n: int, m: int, effect: float) -> float:
    """Of the changed population, so that half of the columns get a larger PSI than wanted; infinite if none is enough.

    One part for all columns: it may not follow the luck of a column's reference, which would spoil the error rates.
    """
    return float(np.median(np.nan_to_num(truths.tuned(p, q, n, m, effect), nan=np.inf)))


def shares_of(report: dl.DriftReport, population: Numbers | Labels, change: str) -> tuple[Array, Array]:
    """Population shares over the bins of each column, one row per column, filled up with bins that hold nothing."""
    pairs = [population.shares(column.evidence["psi"].details, change) for column in report.columns.values()]
    width = max(len(p) for p, _ in pairs)
    p, q = (np.array([np.pad(pair[side], (0, width - len(pair[side]))) for pair in pairs]) for side in (0, 1))
    return p, q


def true_distances(
    population: Numbers | Labels, change: str, p: Array, q: Array, n: int, m: int, theta: Array
) -> dict[str, Array]:
    """By method, for each column. A mixture moves the distribution function in proportion to its part."""
    true = {name: distance(p, truths.mixed(p, q, theta), n, m) for name, distance in truths.ON_BINS.items()}
    if isinstance(population, Numbers):
        true["ks"] = theta * population.ks(change)
        if population.has_mean:
            true["wasserstein"] = theta * population.wasserstein(change)
            true["wasserstein_scaled"] = true["wasserstein"]
    return true


def measure_shifted(shift: float, n: int, m: int, replicates: int, seed: int) -> list[Rate]:
    """Verdicts on normal columns that moved by `shift` standard deviations."""
    rng = np.random.default_rng([seed, 1, n, m, round(100 * shift)])
    tally = Tally("normal", f"shift of {shift:g} sd" if shift else "none", 0.0, n, m)
    for begin in range(0, replicates, BATCH):
        columns = min(BATCH, replicates - begin)
        sides = (normal_columns(rng, mean, rows, columns) for mean, rows in ((0.0, n), (shift, m)))
        for column in dl.compare(*sides, methods=["psi"], threads=1).columns.values():
            psi = column.evidence["psi"]
            tally.add("psi is ok", psi.p_below(WARN) <= ALPHA)
            tally.add("psi warns", psi.p_above(WARN) <= ALPHA)
            tally.add("plain PSI above 0.1", psi.value > WARN)
    return list(tally.rates())


def normal_columns(rng: np.random.Generator, mean: float, rows: int, columns: int) -> dl.Profile:
    return dl.profile({f"c{i}": rng.normal(mean, 1, rows) for i in range(columns)}, threads=1)


def count_without_change(tally: Tally, report: dl.DriftReport) -> None:
    for index, (name, column) in enumerate(report.columns.items()):
        alone = dl.compare(report.reference, report.current, methods=["psi"], columns=[name], threads=1)
        verdict = alone.decide().verdict
        tally.add("column warns", verdict in ("warn", "alert"), ALPHA)
        tally.add("column is ok", verdict == "ok")
        for method, evidence in column.evidence.items():
            if method in SIMULATED and index % 5:
                continue
            p_value = evidence.p_value
            if p_value is not None:
                for level in P_LEVELS:
                    tally.add(f"{method} p ≤ {level:g}", p_value <= level, level)
            ends = evidence.interval(LEVEL)
            if ends is not None:
                tally.add(f"{method} interval misses", ends[0] > 0, MISSES)
                tally.add(f"{method} width", ends[1] - ends[0])
        psi = column.evidence["psi"]
        tally.add("psi above warn", psi.p_above(WARN) <= ALPHA, ALPHA)
        tally.add("psi above alert", psi.p_above(ALERT) <= ALPHA, ALPHA)
        tally.add("psi ok", psi.p_below(WARN) <= ALPHA)


def count_with_change(tally: Tally, report: dl.DriftReport, true: dict[str, Array], effect: float) -> None:
    """Claims against the column's true distance, and the shown interval around it."""
    for index, column in enumerate(report.columns.values()):
        for method, evidence in column.evidence.items():
            if method not in true or (method in SIMULATED and index % 5):
                continue
            truth = float(true[method][index])
            if method == "wasserstein_scaled":
                truth /= evidence.details["scale"]
            ends = evidence.interval(LEVEL)
            if ends is None:
                continue
            tally.add(f"{method} above the truth", evidence.p_above(truth) <= ALPHA, ALPHA)
            tally.add(f"{method} below the truth", evidence.p_below(truth) <= ALPHA, ALPHA)
            tally.add(f"{method} interval misses", not ends[0] - 1e-9 <= truth <= ends[1] + 1e-9, MISSES)
            tally.add(f"{method} width", ends[1] - ends[0])
        psi = column.evidence["psi"]
        if effect > WARN:
            tally.add("psi finds more than warn", psi.p_above(WARN) <= ALPHA)
            wrong = true["psi"][index] >= WARN and psi.p_below(WARN) <= ALPHA
            tally.add("psi ok although above warn", wrong, ALPHA)
        if effect > ALERT:
            tally.add("psi finds more than alert", psi.p_above(ALERT) <= ALPHA)
