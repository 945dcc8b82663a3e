"""What the simulations take for true is true: populations, changes and distances against SciPy and plain loops."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

import driftline as dl
from tests.calibration import truths
from tests.calibration.populations import NUMERIC_CHANGES, POPULATIONS, Labels, Numbers
from tests.calibration.rates import Rate
from tests.oracle import slow_bins as slow

NUMBERS = [each for each in POPULATIONS.values() if isinstance(each, Numbers)]
LABELS = [each for each in POPULATIONS.values() if isinstance(each, Labels)]
CONTINUOUS = [each for each in NUMBERS if each.name in ("normal", "uniform", "lognormal", "cauchy", "saturated scores")]
CERTAIN = 1e-6


def name_of(population: Numbers | Labels) -> str:
    return population.name


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)


class TestNumbers:
    @pytest.mark.parametrize("population", CONTINUOUS, ids=name_of)
    def test_the_distribution_function_inverts_the_quantile_function(self, population: Numbers) -> None:
        levels = np.linspace(0.001, 0.999, 999)
        assert population.cdf(population.quantile(levels)) == pytest.approx(levels, abs=1e-9)

    @pytest.mark.parametrize("population", NUMBERS, ids=name_of)
    def test_rows_fall_below_an_edge_as_often_as_the_distribution_function_says(
        self, population: Numbers, rng: np.random.Generator
    ) -> None:
        rows = population.quantile(rng.random(20_000))
        for edge in np.quantile(rows, [0.1, 0.5, 0.72, 0.9]) + 1e-7:
            below = int((rows < edge).sum())
            assert scipy.stats.binomtest(below, len(rows), float(population.cdf(np.array(edge)))).pvalue > CERTAIN

    @pytest.mark.parametrize("change", NUMERIC_CHANGES)
    def test_levels_are_drawn_from_their_law(self, change: str, rng: np.random.Generator) -> None:
        law = NUMERIC_CHANGES[change]
        assert scipy.stats.kstest(law.draw(rng.random(5_000)), law.cdf).pvalue > CERTAIN

    @pytest.mark.parametrize("population", [each for each in NUMBERS if each.has_mean], ids=name_of)
    @pytest.mark.parametrize("change", NUMERIC_CHANGES)
    def test_distances_are_those_of_many_rows(self, population: Numbers, change: str) -> None:
        levels = (np.arange(200_000) + 0.5) / 200_000
        before, after = population.quantile(levels), population.quantile(NUMERIC_CHANGES[change].draw(levels))
        assert population.ks(change) == pytest.approx(scipy.stats.ks_2samp(before, after).statistic, abs=2e-4)
        assert population.wasserstein(change) == pytest.approx(
            scipy.stats.wasserstein_distance(before, after), rel=5e-3
        )


class TestLabels:
    @pytest.mark.parametrize("population", LABELS, ids=name_of)
    def test_shares_over_the_bins_are_those_of_many_rows(self, population: Labels, rng: np.random.Generator) -> None:
        rows = 50_000
        reference = population.draw(rng, rows, 1)
        for change in population.changes:
            current = population.draw_changed(rng, rows, change, np.array([0.5]))
            details = dl.compare(reference, current, methods=["psi"])["c0", "psi"].details
            p, q = population.shares(details, change)
            assert p.sum() == pytest.approx(1)
            for counts, shares in ((details["reference_counts"], p), (details["current_counts"], (p + q) / 2)):
                held = shares > 0
                assert counts[~held].sum() == 0
                expected = rows * shares[held]
                many = expected >= 5
                statistic = ((counts[held] - expected)[many] ** 2 / expected[many]).sum()
                assert scipy.stats.chi2.sf(statistic, many.sum()) > CERTAIN


class TestTruths:
    def test_distances_agree_with_plain_loops(self, rng: np.random.Generator) -> None:
        p, q = rng.dirichlet(np.ones(7), 5), rng.dirichlet(np.ones(7), 5)
        p[0, 2] = 0
        p[0] /= p[0].sum()
        n, m = 300, 70
        for row, (a, b) in enumerate(zip(p.tolist(), q.tolist(), strict=True)):
            raw = slow.Shrunk((a, b), n, m, (0, 0))
            shrunk = slow.Shrunk((a, b), n, m, (truths.KEPT_PSEUDO_ROWS,) * 2)
            expected = {
                "psi": slow.estimated_psi(a, b, n, m),
                "kl_divergence": slow.kl_divergence(shrunk),
                "jensen_shannon": np.sqrt(slow.jensen_shannon_bits(raw)),
                "hellinger": np.sqrt(slow.hellinger_squared(raw)),
                "total_variation": sum(abs(x - y) for x, y in zip(a, b, strict=True)) / 2,
            }
            for name, distance in truths.ON_BINS.items():
                assert distance(p, q, n, m)[row] == pytest.approx(expected[name], rel=1e-12)

    def test_the_tuned_mixture_has_the_psi_that_was_wanted(self, rng: np.random.Generator) -> None:
        p, q = rng.dirichlet(np.ones(6), 20), rng.dirichlet(np.ones(6), 20)
        theta = truths.tuned(p, q, 500, 200, 0.3)
        reached = ~np.isnan(theta)
        assert 5 < reached.sum() < 20 or reached.all()
        mixture = truths.mixed(p, q, theta)[reached]
        assert truths.psi(p[reached], mixture, 500, 200) == pytest.approx(0.3, rel=1e-9)
        assert (truths.psi(p, q, 500, 200)[~reached] < 0.3).all()


def test_a_rate_is_judged_by_the_binomial_tail() -> None:
    rate = Rate("warns", "normal", "none", 0.0, 100, 100, 30, 200, 0.05)
    assert rate.chance() == pytest.approx(scipy.stats.binomtest(30, 200, 0.05, alternative="greater").pvalue)
    assert rate.chance() < CERTAIN
    assert rate.surely == pytest.approx(scipy.stats.binomtest(30, 200).proportion_ci(0.998).low)
    assert Rate("psi certified misses", "normal", "none", 0.0, 100, 100, 1, 200, 0.0).chance() == 0
    assert Rate("psi certified misses", "normal", "none", 0.0, 100, 100, 0, 200, 0.0).chance() == 1
