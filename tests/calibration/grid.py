"""Which settings are measured, with how many replicates each."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from tests.calibration import certified, columns, data_sets, signals
from tests.calibration.populations import POPULATIONS, Numbers
from tests.calibration.rates import Rate

Job = Callable[[int], list[Rate]]
"""Takes a seed."""

SIZES = (
    *((rows, rows) for rows in (50, 100, 200, 500, 1_000, 5_000, 10_000, 100_000)),
    *((1_000, rows) for rows in (50, 200, 10_000)),
    *((10_000, rows) for rows in (50, 200, 1_000)),
    *((100_000, rows) for rows in (50, 200, 1_000, 10_000)),
    *((rows, 1_000) for rows in (50, 200)),
)
ALIKE = ("uniform", "lognormal", "cauchy")
"""Their bins hold what the bins of a normal population hold, so a few sizes do."""
SIZES_OF_ALIKE = ((50, 50), (200, 200), (10_000, 1_000))
OK_SIZES = (50, 100, 150, 200, 300, 500)
SIGNAL_SIZES = ((50, 50), (200, 200), (1_000, 1_000), (10_000, 200), (200, 5_000))
THIN = ((200, 200), (10_000, 1_000))


def full(replicates: int) -> list[Job]:
    """Every shape, change, size and signal."""
    return [
        *column_jobs(SIZES, replicates),
        *shift_jobs(OK_SIZES, replicates),
        *signal_jobs(SIGNAL_SIZES, replicates),
        *data_set_jobs((50, 200, 1_000), replicates),
        *rows_needed_jobs(replicates),
        *certified_jobs(replicates),
    ]


def thin(replicates: int) -> list[Job]:
    """Two sizes, to see that everything works."""
    return [
        *column_jobs(THIN, replicates),
        *shift_jobs(OK_SIZES[:2], replicates),
        *signal_jobs(THIN[:1], replicates),
        *data_set_jobs((200,), replicates),
        *rows_needed_jobs(replicates),
        *certified_jobs(replicates),
    ]


def column_jobs(sizes: tuple[tuple[int, int], ...], replicates: int) -> list[Job]:
    return [
        partial(columns.measure, shape, n, m, affordable(replicates, m))
        for n, m in sizes
        for shape in POPULATIONS
        if shape not in ALIKE or (n, m) in SIZES_OF_ALIKE
    ]


def shift_jobs(sizes: tuple[int, ...], replicates: int) -> list[Job]:
    """Many columns, as these numbers are what users plan with."""
    return [
        partial(columns.measure_shifted, shift, n or m, m, max(replicates, 1_000))
        for shift in (0.0, 0.5, 1.0)
        for n in (50_000, 0)
        for m in sizes
    ]


def signal_jobs(sizes: tuple[tuple[int, int], ...], replicates: int) -> list[Job]:
    return [
        partial(signals.measure, case, n, m, affordable(replicates, max(n, m)))
        for n, m in sizes
        for case in signals.cases()
    ]


def data_set_jobs(sizes: tuple[int, ...], replicates: int) -> list[Job]:
    return [
        partial(data_sets.measure, n_columns, rows, rows, max(10, replicates // (n_columns // 10)))
        for rows in sizes
        for n_columns in (20, 200)
    ]


def rows_needed_jobs(replicates: int) -> list[Job]:
    return [
        partial(data_sets.measure_rows_needed, shape, effect, 10_000, 100, max(50, replicates // 5))
        for shape in ("normal", "22 Zipf", "skewed")
        for effect in (0.0, 0.05, 0.2)
    ]


def certified_jobs(replicates: int) -> list[Job]:
    return [
        partial(certified.measure, shape, n, m, max(20, replicates // 5))
        for shape, population in POPULATIONS.items()
        if isinstance(population, Numbers)
        for n, m in ((2_000, 500), (5_000, 5_000))
    ]


def affordable(replicates: int, rows: int) -> int:
    """Fewer where a replicate takes long."""
    return max(20, replicates // (1 if rows <= 1_000 else 3 if rows <= 10_000 else 8))


def run(seed: int, job: Job) -> tuple[list[Rate], float]:
    """The rates of one setting and the seconds of CPU that they took."""
    started = time.process_time()
    return job(seed), time.process_time() - started
