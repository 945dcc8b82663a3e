"""Rows that come in blocks: design effects against their definition, and what they change in a report."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest
import scipy.stats

import driftline as dl
from driftline.sequential.blocks import LEAST_BLOCKS, design_effect, measure_spread, ordered_design_effect
from tests.calibration import flight_days

METHODS = [
    *("psi", "chi_square", "jensen_shannon", "hellinger", "kl_divergence", "total_variation", "ks"),
    *("cramer_von_mises", "energy", "anderson_darling", dl.WassersteinScaled(p_value=True)),
]


def days(rng: np.random.Generator, n: int, rows: int, wander: float = 0.3) -> list[dl.Profile]:
    """Days whose mean wanders; one row in eight is missing on half of the days."""
    made = []
    for _ in range(n):
        x = rng.normal(rng.normal(0.0, wander), 1.0, rows)
        if rng.random() < 0.5:
            x[: rows // 4] = np.nan
        made.append(dl.profile({"x": x, "y": rng.choice(["a", "b", "c"], rows)}))
    return made


def test_copies_of_one_row_count_once() -> None:
    rng = np.random.default_rng(1)
    single = rng.multinomial(1, [0.2, 0.3, 0.5], size=20_000)
    assert design_effect(measure_spread(7 * single), 7 * single) == pytest.approx(7.0, rel=0.02)
    assert design_effect(measure_spread(7 * single), 3 * single) == pytest.approx(3.0, rel=0.02)


def test_independent_rows_count_fully() -> None:
    rng = np.random.default_rng(2)
    counts = rng.multinomial(200, [0.1] * 10, size=300)
    assert design_effect(measure_spread(counts), counts) < 1.1
    assert ordered_design_effect(counts, counts) < 1.4  # the largest of nine


def test_two_bins_have_the_beta_binomial_variance() -> None:
    # Var of a beta-binomial count is m p (1 − p) (1 + (m − 1) ρ), ρ = 1/(a + b + 1): its textbook design effect.
    rng = np.random.default_rng(3)
    sizes = rng.integers(50, 150, 20_000)
    hits = rng.binomial(sizes, rng.beta(4.0, 12.0, sizes.size))
    counts = np.stack([hits, sizes - hits], axis=1)
    growth = float(np.sum(sizes * (sizes - 1)) / np.sum(sizes))
    assert design_effect(measure_spread(counts), counts) == pytest.approx(1 + growth / 17.0, rel=0.05)


def test_the_statistic_divided_by_the_design_effect_keeps_its_level() -> None:
    """Dirichlet-multinomial days: a share of 5 % of chi-square statistics is above the quantile; the bound fails with
    a probability of one in a million.
    """
    rng = np.random.default_rng(4)
    rejected, trials = 0, 300
    for _ in range(trials):
        sides = [
            np.stack([rng.multinomial(100, p) for p in rng.dirichlet([4.0] * 6, size=blocks)]) for blocks in (60, 30)
        ]
        spread = measure_spread(sides[0])
        rows = [side.sum() / design_effect(spread, side) for side in sides]
        p, q = (side.sum(axis=0) / side.sum() for side in sides)
        statistic = np.sum((p - q) ** 2 / (p + q) * 2) / (1 / rows[0] + 1 / rows[1])
        rejected += statistic > scipy.stats.chi2.ppf(0.95, 5)
    assert rejected <= scipy.stats.binom.isf(1e-6, trials, 0.05)
    assert rejected >= scipy.stats.binom.ppf(1e-6, trials, 0.02)  # and it is no empty promise


def test_one_direction_that_carries_all_has_a_longer_tail_than_the_mean_says() -> None:
    rng = np.random.default_rng(5)
    tilt = np.array([1.0, 0.5, 0.0, -0.5, -1.0]) / 5.0
    shares = 0.2 + 0.3 * rng.uniform(-1, 1, size=(4000, 1)) * tilt
    counts = np.stack([rng.multinomial(200, p) for p in shares])
    spread = measure_spread(counts)
    assert spread.squares == pytest.approx(spread.total**2, rel=0.1)
    # The statistic is δ χ²₁ + χ²₃; its quantile by simulation, with a standard error of 0.4 %.
    delta = 1 + 199 * spread.total
    drawn = delta * rng.chisquare(1, 400_000) + rng.chisquare(3, 400_000)
    expected = np.quantile(drawn, 0.95) / scipy.stats.chi2.ppf(0.95, 4)
    assert design_effect(spread, counts) == pytest.approx(expected, rel=0.04)
    assert expected > 1.12 * (1 + 199 * spread.total / 4)


def test_few_blocks_and_single_bins() -> None:
    counts = np.array([[30.0, 70.0]] * (LEAST_BLOCKS - 1))
    assert design_effect(measure_spread(counts), counts) == 100.0  # a block counts as one row
    assert design_effect(measure_spread(counts[:, :1]), counts[:, :1]) == 1.0
    assert design_effect(measure_spread(np.empty((0, 4))), np.empty((0, 4))) == 1.0


def test_values_stay_and_intervals_widen() -> None:
    rng = np.random.default_rng(6)
    sides = days(rng, 40, 200), days(rng, 12, 200)
    whole = [dl.merge(side) for side in sides]
    plain = dl.compare(*whole, methods=METHODS)
    blocked = dl.compare(*whole, methods=METHODS, blocks=sides)
    for name, evidence in plain.columns["x"].evidence.items():
        found = blocked["x", name]
        assert (found.value, found.certified_low, found.certified_high) == (
            *(evidence.value, evidence.certified_low, evidence.certified_high),
        )
        assert found.p_value is not None
        assert evidence.p_value is not None
        assert found.p_value > evidence.p_value
        assert found.effective_rows[0] < 0.5 * evidence.effective_rows[0]
        assert evidence.effective_rows == (evidence.n_reference, evidence.n_current)
        if evidence.interval(0.9) is not None:
            low, high = found.interval(0.9) or (0.0, 0.0)
            plain_low, plain_high = evidence.interval(0.9) or (0.0, 0.0)
            assert low <= plain_low
            # The upper end of what is biased upwards by noise may fall: more of the value is noise.
            assert high >= plain_high or found.law.endswith("noncentral_chi2")
    for name in ("nulls", "mean_shift", "spread_change"):
        p_values = [report.columns["x"].signals[name].p_value for report in (plain, blocked)]
        assert None not in p_values
        assert p_values[0] < p_values[1] or p_values[0] == 1.0  # type: ignore[operator]
    assert blocked["y", "psi"].effective_rows[0] > 0.5 * plain["y", "psi"].n_reference


def test_the_rows_asked_for_are_rows_not_independent_ones() -> None:
    rng = np.random.default_rng(7)
    sides = days(rng, 60, 100, 0.2), days(rng, 3, 100, 0.2)
    whole = [dl.merge(side) for side in sides]
    found = dl.compare(*whole, methods=["psi"], blocks=sides)["x", "psi"]
    plain = dl.compare(*whole, methods=["psi"])["x", "psi"]
    tolerance = 0.6
    asked, independent = found.rows_needed(tolerance, 0.05)[0], plain.rows_needed(tolerance, 0.05)[0]
    assert asked is not None
    assert independent is not None
    assert asked >= independent


def test_a_report_with_blocks_travels_and_its_json_says_what_rows_are_worth() -> None:
    rng = np.random.default_rng(8)
    sides = days(rng, 20, 100), days(rng, 20, 100)
    report = dl.compare(*map(dl.merge, sides), blocks=sides)
    again = pickle.loads(pickle.dumps(report))
    assert again.to_json() == report.to_json()
    column = next(each for each in json.loads(report.to_json())["columns"] if each["name"] == "x")
    worth = report.row_worth["x"]
    evidence = column["evidence"]["psi"]
    assert evidence["effective_rows"][0] == pytest.approx(evidence["n_reference"] * worth.shares[0])
    assert any("blocks" in note and "x" in note for note in report.notes)
    plain = dl.compare(*map(dl.merge, sides))
    assert not any("blocks" in note for note in plain.notes)
    for said, page, other in (
        ("blocks of rows to be independent", report, plain),
        ("rows to be independent; where", plain, report),
    ):
        assert said in page.to_html()
        assert said not in other.to_html()


def test_check_takes_blocks_too() -> None:
    rng = np.random.default_rng(9)
    sides = days(rng, 30, 200, 0.0), days(rng, 1, 200, 0.0)
    decision = dl.check(*map(dl.merge, sides), blocks=sides)
    assert decision.report.row_worth


def test_columns_that_come_and_go_between_blocks_cost_nothing() -> None:
    rng = np.random.default_rng(10)
    blocks = [dl.profile({"x": rng.normal(size=100), "late": [None] * 100}) for _ in range(8)]
    blocks += [dl.profile({"x": rng.normal(size=100), "late": rng.normal(size=100)}) for _ in range(8)]
    blocks += [dl.profile({"x": rng.normal(size=100)}) for _ in range(4)]
    current = [dl.profile({"x": rng.normal(size=100), "late": ["text"] * 100, "new": [1] * 100})]
    report = dl.compare(dl.merge(blocks), dl.merge(current), blocks=(blocks, current))
    assert report.columns["late"].status == "kind_changed"
    assert report.columns["new"].status == "absent_in_reference"
    assert report["x", "psi"].effective_rows[1] > 50


def test_what_cannot_be_blocks_is_refused() -> None:
    rng = np.random.default_rng(11)
    sides = days(rng, 12, 60), days(rng, 2, 60)
    whole = [dl.merge(side) for side in sides]
    wrong: Any
    for wrong in (5, (sides[0],), (sides[0], [1]), [sides[0], sides[1], sides[1]]):
        with pytest.raises(dl.InputError, match="blocks takes"):
            dl.compare(*whole, blocks=wrong)
    with pytest.raises(dl.OptionError, match="those of the reference hold 660 rows, the reference 720"):
        dl.compare(*whole, blocks=(sides[0][1:], sides[1]))
    few = days(rng, 9, 60), days(rng, 2, 60)
    with pytest.raises(dl.OptionError, match="9 and 2 cannot tell"):
        dl.compare(*map(dl.merge, few), blocks=few)


def test_random_days_of_the_flights_differ_too_often_without_blocks_and_not_with_them() -> None:
    """Delays of random days against other random days: nothing changed but the draw. 5 % of the pairs may say that
    something did; with blocks at most as many as that allows (once in a million by chance), without far more.
    """
    days_of_year = flight_days.profiles_of_days(["DEPARTURE_DELAY"])
    assert len(days_of_year) == 365
    trials = 40
    found = flight_days.measure(days_of_year, 90, 45, trials, seed=12)
    most = scipy.stats.binom.isf(1e-6, trials, 0.05)
    for claim in ("psi", "nulls"):
        without, with_blocks = found["DEPARTURE_DELAY", claim]
        assert with_blocks <= most < without
