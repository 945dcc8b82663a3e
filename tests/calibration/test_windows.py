"""The promises of docs/monitoring_error_control.md in short; ``nox -s calibration`` is the long form.

Counts are compared with Poisson bounds that fail with a probability of at most one in a million each if the promise
holds; detectors of independent columns alarm less often than that, as alarms overshoot their threshold.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from driftline.sequential.shiryaev_roberts import log_e_value
from tests.calibration import calibrators, long_series
from tests.calibration.windows import RULES, Series, delays, false_alarms, false_alarms_at_the_tolerance, live

FAILURE_PROBABILITY = 1e-6


def most(expected: float) -> int:
    return int(scipy.stats.poisson.isf(FAILURE_PROBABILITY, expected))


@pytest.mark.parametrize(("n_detectors", "windows"), [(1, 8_000), (20, 2_000)])
def test_at_the_tolerance_alarms_are_as_rare_as_promised_and_not_much_rarer(n_detectors: int, windows: int) -> None:
    arl = 50.0
    alarms = false_alarms_at_the_tolerance(n_detectors, windows, arl, seed=1)
    assert alarms <= most(windows / arl)
    assert alarms > windows / arl / 50


@pytest.mark.parametrize("weekly", [0.0, 0.3])
def test_a_quiet_series_keeps_quiet(weekly: float) -> None:
    series = Series(20, 2_000, 300, weekly=weekly)
    assert false_alarms(series, 60, seed=1)["detector"] <= most(60 / series.arl)


def test_a_shared_reference_does_no_harm() -> None:
    """Many short series, each with a reference of its own: what its luck does to all windows would show here."""
    series = Series(8, 500, 200)
    windows, repeats = 8, 25
    alarms = sum(false_alarms(series, windows, seed)["detector"] for seed in range(repeats))
    assert alarms <= most(windows * repeats / series.arl)


def test_what_is_far_above_the_tolerance_is_found_at_once_and_what_is_below_never() -> None:
    found = delays(Series(10, 5_000, 1_000, shift=1.0, shifted=1, level="alert"), 4, seed=1)
    assert found["detector"] == found["each window alone"] == 1
    assert found["2 in a row"] == 2
    below = delays(Series(10, 5_000, 1_000, shift=0.25, shifted=1), 6, seed=1)
    assert below["detector"] == 7


def test_weak_evidence_adds_up() -> None:
    """No window is enough alone; the windows together are."""
    waits = [delays(Series(10, 20_000, 300, shift=0.45, shifted=1), 25, seed)["detector"] for seed in range(3)]
    assert np.median(waits) <= 25


def test_the_dependent_worst_case_counts_windows_not_columns() -> None:
    alarms = next(iter(live(Series(4, 2_000, 1_000, shift=2.0, shifted=4), 1, seed=1)))
    assert set(alarms) == set(RULES)
    assert set(alarms["detector"]) == {"c0", "c1", "c2", "c3"}


def test_the_tables_can_be_written(tmp_path: Path) -> None:
    quiet = [(Series(4, 100, 50), dict.fromkeys(RULES, 1))]
    assert "| 100, 50 | none | 1 | 1 | 1 | 1 | 1 | 1 |" in long_series.quiet_table(quiet)
    waits = [dict.fromkeys(RULES, 3.0), dict.fromkeys(RULES, 13.0)]
    assert "| warn | 0.5 sd | 500 | 8 (–)" in long_series.delay_table({("warn", 0.5, 500): waits})
    assert "| 20 | 7 |" in long_series.hard_table([(20, 7)], 1000)


@pytest.mark.parametrize("effect", [1.5, 2.0, 3.0, 5.0])
def test_the_calibrator_is_close_to_the_best_one_over_a_wide_range(effect: float) -> None:
    found = calibrators.mean_delays(effect, float(np.log(200 * 200)), 400, seed=1)
    assert found["κ = 1/5"] <= 1.15 * min(found.values())


@pytest.mark.parametrize("name", calibrators.CALIBRATORS)
def test_every_calibrator_compared_is_a_fair_bet(name: str) -> None:
    # In u = −ln p: the mean of E is the integral of E(u) e^−u; what lies beyond 400 is at most 1/400.
    u = np.concatenate([[0.0], np.geomspace(1e-6, 400.0, 400_001)])
    log_e = calibrators.CALIBRATORS[name](-u)
    mean = float(np.sum(0.5 * (np.exp(log_e - u)[1:] + np.exp(log_e - u)[:-1]) * np.diff(u)))
    assert mean == pytest.approx(1.0, abs=0.004)


def test_the_detector_uses_the_calibrator_that_was_chosen() -> None:
    chosen = calibrators.CALIBRATORS["κ = 1/5"]
    assert float(chosen(np.log(0.003))) == pytest.approx(log_e_value(0.003))
