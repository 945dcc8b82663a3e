"""The promises of docs/calibration.md in short: a few settings, fixed seeds.

A rate fails when as many come with a probability of at most one in a million if the promise holds. There are about
5,000 rates, so a correct build fails with fewer than one of 200 seeds. ``nox -s calibration`` is the long form.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable

import pytest

from tests.calibration import certified, columns, data_sets, grid, signals, tables
from tests.calibration.rates import Rate

SEED = 1
REPLICATES = 200
FAILURE_PROBABILITY = 1e-6


def broken(rates: Iterable[Rate]) -> list[str]:
    return [f"{rate} {rate.mean:.3f}" for rate in rates if rate.chance() <= FAILURE_PROBABILITY]


def mean_of(rates: Iterable[Rate], claim: str, effect: float) -> float:
    """The lowest over the changes."""
    return min(rate.mean for rate in rates if rate.claim == claim and rate.effect == effect)


@pytest.mark.parametrize(
    ("shape", "n", "m"),
    [
        *((shape, 200, 200) for shape in ("normal", "ties", "zero-inflated", "22 Zipf", "skewed", "10,000 Zipf")),
        *((shape, 1_000, 100) for shape in ("normal", "22 Zipf", "skewed")),
        ("normal", 50, 50),
        ("normal", 50, 1_000),
        ("zero-inflated", 100, 100),
    ],
)
def test_columns_keep_every_promise(shape: str, n: int, m: int) -> None:
    assert not broken(columns.measure(shape, n, m, REPLICATES, SEED))


def test_what_is_clear_is_settled() -> None:
    """Whoever never claims anything keeps every promise."""
    rates = columns.measure("normal", 1_000, 1_000, 50, SEED)
    assert mean_of(rates, "psi ok", 0.0) > 0.9
    assert mean_of(rates, "psi finds more than warn", 0.2) > 0.3
    assert mean_of(rates, "psi finds more than alert", 0.5) > 0.7
    # Groups of labels that hold no row cost little.
    assert mean_of(columns.measure("10 even", 500, 500, 50, SEED), "psi ok", 0.0) > 0.8


@pytest.mark.parametrize("signal", sorted({case.signal for case in signals.cases()}))
def test_signals_keep_every_promise(signal: str) -> None:
    cases = [case for case in signals.cases() if case.signal == signal]
    assert not broken(rate for case in cases for rate in signals.measure(case, 200, 200, REPLICATES, SEED))


@pytest.mark.parametrize("shape", ["normal", "lognormal", "cauchy", "zero-inflated", "saturated scores"])
def test_the_certified_interval_always_holds_the_distance_of_the_rows(shape: str) -> None:
    rates = certified.measure(shape, 2_000, 500, 20, SEED)
    assert not broken(rates)
    # Bins of PSI end where cells do, so nothing of it is hidden.
    assert all(rate.mean > 0 for rate in rates if rate.claim in ("ks certified width", "wasserstein certified width"))


def test_data_sets_without_a_change_seldom_warn() -> None:
    assert not broken(data_sets.measure(20, 200, 200, 60, SEED))


def test_the_rows_asked_for_settle_a_column_and_rarely_wrongly() -> None:
    rates = data_sets.measure_rows_needed("normal", 0.05, 10_000, 100, 100, SEED)
    assert not broken(rates)
    assert mean_of(rates, "settled with the rows asked for", 0.05) > 0.5


DIGESTS = """
import hashlib, sys
import numpy as np
import driftline as dl
from tests.calibration.columns import METHODS
from tests.calibration.data_sets import mixed_table

rng = np.random.default_rng(1)
sides = [mixed_table(rng, rows, 24) for rows in (300, 200)]
for threads in (1, 2):
    report = dl.compare(*(dl.profile(side, threads=threads) for side in sides), methods=METHODS, threads=threads)
    for text in (report.to_json(), report.decide().to_json()):
        print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_two_runs_and_any_number_of_threads_give_the_same_bytes() -> None:
    printed = [
        subprocess.run(
            [sys.executable, "-c", DIGESTS],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for hash_seed in ("1", "2")
    ]
    report, decision = printed[0][:2]
    assert printed == [[report, decision] * 2] * 2


def test_the_tables_name_what_is_broken() -> None:
    rates = data_sets.measure(12, 60, 60, 2, SEED)
    kept = tables.pages(rates, [])
    assert "None: no rate" in kept
    bad = Rate("column warns", "normal", "none", 0.0, 50, 60, 30, 200, 0.05)
    assert "| column warns | normal | no change | 50 / 60 | 15 % | 5.0 % |" in tables.pages([*rates, bad], [bad])


def test_the_grid_measures_every_shape_change_and_signal() -> None:
    jobs = grid.full(100)
    assert len(jobs) > 200
    assert len(grid.thin(100)) < len(jobs) / 2
