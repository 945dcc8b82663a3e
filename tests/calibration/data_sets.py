"""Whole data sets of many columns, and the number of rows that an undecided column asks for."""

from __future__ import annotations

from typing import Any

import numpy as np

import driftline as dl
from tests.calibration import truths
from tests.calibration.columns import WARN, shares_of
from tests.calibration.populations import POPULATIONS
from tests.calibration.rates import ALPHA, Rate, Tally

MOST_ROWS = 20_000
"""Of those an undecided column asks for; columns that ask for more are left out."""


def measure(n_columns: int, n: int, m: int, replicates: int, seed: int) -> list[Rate]:
    """Data sets in which nothing changed, with columns of all shapes in turn, under the default policy."""
    rng = np.random.default_rng([seed, n_columns, n, m])
    tally = Tally(f"{n_columns} columns of all shapes", "none", 0.0, n, m)
    for _ in range(replicates):
        decision = dl.check(*(mixed_table(rng, rows, n_columns) for rows in (n, m)), threads=1)
        tally.add("data set warns", decision.verdict in ("warn", "alert"), ALPHA)
        tally.add("data set has a changed column", any(c.changed for c in decision.columns.values()), ALPHA)
        tally.add("data set is ok", decision.verdict == "ok")
    return list(tally.rates())


def mixed_table(rng: np.random.Generator, rows: int, n_columns: int) -> dict[str, Any]:
    """Each shape as often as any other, but for one column."""
    table: dict[str, Any] = {}
    for place, (shape, population) in enumerate(POPULATIONS.items()):
        count = len(range(place, n_columns, len(POPULATIONS)))
        drawn = population.draw(rng, rows, count)
        table.update({f"{shape} {name}": column for name, column in drawn.items()})
    return table


def measure_rows_needed(shape: str, effect: float, n: int, m: int, replicates: int, seed: int) -> list[Rate]:
    """Undecided columns get as many new current rows as they asked for: how many of them are settled then?"""
    population = POPULATIONS[shape]
    rng = np.random.default_rng([seed, n, m, *shape.encode(), round(1000 * effect)])
    tally = Tally(shape, "diffuse", effect, n, m)
    reference = dl.profile(population.draw(rng, n, replicates), threads=1)
    unchanged = dl.profile(population.draw(rng, m, replicates), threads=1)
    report = dl.compare(reference, unchanged, methods=["psi"], threads=1)
    theta = truths.tuned(*shares_of(report, population, "diffuse"), n, m, effect)
    assert not np.isnan(theta).any(), "choose a shape that a diffuse change can move that far"
    first = dl.profile(population.draw_changed(rng, m, "diffuse", theta), threads=1)
    for index, (name, column) in enumerate(dl.compare(reference, first, methods=["psi"]).columns.items()):
        rows, _ = column.evidence["psi"].rows_needed(WARN, ALPHA)
        if rows is None or not m < rows <= MOST_ROWS:
            continue
        drawn = population.draw_changed(rng, rows, "diffuse", theta[index : index + 1])["c0"]
        again = dl.compare(reference, {name: drawn}, methods=["psi"], columns=[name], threads=1)[name, "psi"]
        tally.add("settled with the rows asked for", min(again.p_above(WARN), again.p_below(WARN)) <= ALPHA)
        wrong = again.p_below(WARN) if effect >= WARN else again.p_above(WARN)
        tally.add("settled wrongly", wrong <= ALPHA, ALPHA)
        tally.add("rows asked for", rows)
    return list(tally.rates())
