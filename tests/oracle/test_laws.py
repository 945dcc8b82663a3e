"""The sampling laws of the distances against SciPy, slow resampling, and simulation of what they promise."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray

import driftline as dl
from tests.oracle import slow_bins as slow
from tests.oracle import slow_law

ON_BINS = ["psi", "kl_divergence", "jensen_shannon", "hellinger"]
SQUARED = ["cramer_von_mises", "energy"]
WITH_TOLERANCE: list[Any] = [*ON_BINS, "total_variation", "ks", dl.Wasserstein(p_value=True), *SQUARED]
ROOTS = ("jensen_shannon", "hellinger")

Rows = NDArray[np.float64]


def name_of(method: Any) -> str:
    return method if isinstance(method, str) else method.name


def evidence_of(reference: Any, current: Any, method: Any) -> Any:
    return dl.compare({"x": reference}, {"x": current}, methods=[method])["x", name_of(method)]


def numbers(counts: Sequence[int]) -> Rows:
    """Rows that hold 0, 1, 2, … as often as the counts say."""
    return np.repeat(np.arange(len(counts), dtype=float), counts)


def most_of(trials: int, alpha: float, failure_probability: float = 1e-6) -> int:
    """More successes than this come with less than the failure probability."""
    return int(scipy.stats.binom.isf(failure_probability, trials, alpha))


FILLED = [
    ([100, 100, 100, 100, 100], [90, 130, 70, 120, 90]),
    ([4_000, 4_000, 4_000, 4_000], [150, 220, 230, 200]),
    ([300, 200], [90, 110]),
]
SPARSE = [([400, 300, 200, 60, 3, 0, 2], [130, 90, 70, 6, 0, 4, 1]), ([5_000, 900, 4], [70, 30, 0])]


class TestOnBins:
    @pytest.mark.parametrize("counts", FILLED)
    @pytest.mark.parametrize("method", ON_BINS)
    def test_p_value_is_the_chi_square_tail_where_bins_are_well_filled(self, method: str, counts: Any) -> None:
        evidence = evidence_of(*map(numbers, counts), method)
        assert np.asarray(evidence.details["reference_counts"]).tolist() == counts[0]
        assert evidence.law == "noncentral_chi2"
        # Without any change the other divergences are multiples of PSI, so they borrow its p-value.
        expected = slow.p_no_change(slow.shrunk_shares(*counts))
        assert evidence.p_value == pytest.approx(expected, rel=1e-6)

    @pytest.mark.parametrize("counts", [*FILLED, *SPARSE], ids=str)
    @pytest.mark.parametrize("method", ON_BINS)
    def test_tolerances_are_tested_by_the_law_that_the_docs_describe(self, method: str, counts: Any) -> None:
        labels = [np.repeat([f"v{i}" for i in range(len(side))], side) for side in counts]
        evidence = evidence_of(*labels, method)
        sides = [np.asarray(evidence.details[f"{side}_counts"]).tolist() for side in ("reference", "current")]
        table = slow_law.Table(tuple(sides[0]), tuple(sides[1]))
        for tolerance in np.array([0.05, 0.3, 0.6, 0.9]) * evidence.value:
            expected = slow_law.p_above(method, table, float(tolerance))
            assert evidence.p_above(float(tolerance)) == pytest.approx(expected, rel=1e-4, abs=1e-12)
        if sum(table.expects(*pair) >= slow_law.LEAST for pair in table.pairs) == 2:
            return
        for tolerance in np.array([1.1, 1.5, 2.0, 4.0]) * evidence.value:
            expected = slow_law.p_below(method, table, float(tolerance))
            assert evidence.p_below(float(tolerance)) == pytest.approx(expected, rel=1e-4, abs=1e-9)

    def test_a_diffuse_change_has_the_noncentral_chi_square_law_but_for_the_margins(self) -> None:
        """Where every bin moved a little the delta method's variance is that of the law."""
        counts = [100] * 10, [92, 108] * 5
        evidence = evidence_of(*map(numbers, counts), dl.PSI(bins=10))
        shares = slow.shrunk_shares(*counts)
        value = slow.psi(shares) / shares.unit
        for margin, found, tail, tolerances in (
            (1.2, evidence.p_above, scipy.stats.ncx2.sf, (0.001, 0.005)),
            (1.1, evidence.p_below, scipy.stats.ncx2.cdf, (0.02, 0.05, 0.1)),
        ):
            for tolerance in tolerances:
                law = tail(value / margin, shares.df / margin, tolerance / shares.unit / margin)
                assert found(tolerance) == pytest.approx(law, rel=0.05)

    @pytest.mark.parametrize("counts", SPARSE)
    @pytest.mark.parametrize("method", ON_BINS)
    def test_sparse_bins_weaken_every_claim(self, method: str, counts: Any) -> None:
        """The plain laws would claim more than the ones that distrust sparse bins."""
        labels = [np.repeat([f"v{i}" for i in range(len(side))], side) for side in counts]
        evidence = evidence_of(*labels, method)
        assert evidence.law == "pooled_noncentral_chi2"
        sides = [np.asarray(evidence.details[f"{side}_counts"]).tolist() for side in ("reference", "current")]
        shares = slow.shrunk_shares(*sides)
        divergence, factor = slow.DIVERGENCES[method]
        unit = factor * shares.unit
        for times in (1.5, 3.0, 10.0):
            effect = times * divergence(shares)
            plain = scipy.stats.ncx2.cdf(divergence(shares) / unit, shares.df, effect / unit)
            assert evidence.p_below(math.sqrt(effect) if method in ROOTS else effect) >= plain * (1 - 1e-6)


class TestKs:
    @pytest.mark.parametrize(("n", "m", "shift"), [(200, 200, 0.1), (1_000, 300, 0.2), (50, 2_000, 0.0)])
    def test_p_value_is_kolmogorovs_limit_at_the_effective_size(self, n: int, m: int, shift: float) -> None:
        rng = np.random.default_rng(n)
        evidence = evidence_of(rng.normal(size=n), rng.normal(shift, 1, m), "ks")
        effective = n * m / (n + m)
        assert evidence.p_value == pytest.approx(
            scipy.stats.kstwobign.sf(evidence.value * math.sqrt(effective)), rel=1e-9
        )

    @pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
    def test_interval_is_the_value_and_a_quantile_of_the_limit(self, level: float) -> None:
        rng = np.random.default_rng(1)
        evidence = evidence_of(rng.normal(size=400), rng.normal(0.4, 1, 300), "ks")
        reach = scipy.stats.kstwobign.isf((1 - level) / 2) * math.sqrt(1 / 400 + 1 / 300)
        low, high = evidence.interval(level)
        assert low == pytest.approx(max(0.0, evidence.value - reach), rel=1e-9, abs=1e-12)
        assert high == pytest.approx(min(1.0, evidence.value + reach), rel=1e-9)

    def test_tolerances_are_tested_with_the_same_limit(self) -> None:
        rng = np.random.default_rng(2)
        evidence = evidence_of(rng.normal(size=900), rng.normal(0.5, 1, 700), "ks")
        root_s = math.sqrt(1 / 900 + 1 / 700)
        for distance in (0.02, 0.05, 0.1):
            expected = pytest.approx(scipy.stats.kstwobign.sf(distance / root_s), rel=1e-9)
            assert evidence.p_above(evidence.value - distance) == expected
            assert evidence.p_below(evidence.value + distance) == expected


class TestResampled:
    """Laws that driftline simulates, against a simulation of another kind."""

    @pytest.mark.parametrize("shift", [0.0, 0.12, 0.25])
    def test_p_value_of_wasserstein_is_that_of_a_permutation_test(self, shift: float) -> None:
        rng = np.random.default_rng(5)
        reference, current = rng.normal(size=400), rng.normal(shift, 1, 300)
        evidence = evidence_of(reference, current, dl.Wasserstein(p_value=True))
        pooled = np.concatenate([reference, current])
        draws = 999
        reached = 0
        for _ in range(draws):
            rows = rng.permutation(pooled)
            reached += scipy.stats.wasserstein_distance(rows[:400], rows[400:]) >= evidence.value
        p_value = (reached + 1) / (draws + 1)
        # Both sides have about a thousand draws; five standard errors fail once in a million. 0.01: finite samples.
        slack = 5 * math.sqrt(2 * max(p_value * (1 - p_value), 0.005) / draws) + 0.01
        assert evidence.p_value == pytest.approx(p_value, abs=slack)

    @pytest.mark.parametrize("current", [[200] * 5, [220, 190, 200, 180, 210], [240, 180, 200, 170, 210]])
    def test_p_value_of_total_variation_is_that_of_a_multinomial_bootstrap(self, current: list[int]) -> None:
        reference = [400] * 5
        evidence = evidence_of(numbers(reference), numbers(current), "total_variation")
        n, m = sum(reference), sum(current)
        pooled = np.add(reference, current) / (n + m)
        rng = np.random.default_rng(6)
        draws = 4_000
        noise = np.abs(rng.multinomial(n, pooled, draws) / n - rng.multinomial(m, pooled, draws) / m).sum(axis=1) / 2
        p_value = np.mean(noise >= evidence.value - 1e-12)
        slack = 5 * math.sqrt(1.1 * max(p_value * (1 - p_value), 0.005) / 400)
        assert evidence.p_value == pytest.approx(p_value, abs=slack)

    @pytest.mark.parametrize("method", ["total_variation", dl.Wasserstein(p_value=True)])
    def test_the_same_column_always_draws_the_same(self, method: Any) -> None:
        rng = np.random.default_rng(7)
        reference, current = rng.normal(size=500), rng.normal(0.3, 1, 400)
        first, again = (evidence_of(reference, current, method) for _ in range(2))
        assert first.interval(0.9) == again.interval(0.9)
        assert first.p_value == again.p_value


def some_pairs() -> dict[str, tuple[Any, Any]]:
    rng = np.random.default_rng(8)
    return {
        "drifted": (rng.normal(size=800), rng.normal(0.6, 1, 500)),
        "quiet": (rng.normal(size=300), rng.normal(size=2_000)),
        "few rows": (rng.normal(size=60), rng.normal(0.5, 1, 50)),
        "sparse": (np.r_[numbers([300, 200, 100, 2, 1])], np.r_[numbers([90, 30, 60, 4])]),
        "tied": (rng.poisson(2.0, 900).astype(float), rng.poisson(2.6, 700).astype(float)),
    }


PAIRS = some_pairs()


@pytest.mark.parametrize("method", WITH_TOLERANCE, ids=name_of)
@pytest.mark.parametrize("pair", PAIRS)
class TestTolerances:
    def test_p_values_are_monotone_in_the_tolerance(self, pair: str, method: Any) -> None:
        evidence = evidence_of(*PAIRS[pair], method)
        tolerances = np.r_[0.0, np.geomspace(1e-4, 1.0, 60)]
        above = [evidence.p_above(float(tolerance)) for tolerance in tolerances]
        below = [evidence.p_below(float(tolerance)) for tolerance in tolerances]
        slack = 1e-9
        assert all(0 <= p <= 1 for p in above + below)
        assert all(first <= second * (1 + 1e-6) + slack for first, second in pairwise(above)), (
            "rises with the tolerance"
        )
        assert all(second <= first * (1 + 1e-6) + slack for first, second in pairwise(below)), (
            "falls with the tolerance"
        )

    def test_nothing_is_claimed_both_ways(self, pair: str, method: Any) -> None:
        evidence = evidence_of(*PAIRS[pair], method)
        for tolerance in np.geomspace(1e-3, 1.0, 40):
            assert max(evidence.p_above(float(tolerance)), evidence.p_below(float(tolerance))) >= 0.5

    @pytest.mark.parametrize("level", [0.5, 0.9, 0.98])
    def test_the_interval_is_what_neither_test_rejects(self, pair: str, method: Any, level: float) -> None:
        evidence = evidence_of(*PAIRS[pair], method)
        low, high = evidence.interval(level)
        alpha = (1 - level) / 2
        step = 1e-4 * max(high, 1e-3)
        # Simulated laws have steps of 1/1000 or 1/400, and at a step both sides of it are right.
        assert evidence.p_above(low + step) >= alpha * (1 - 1e-3)
        assert low == 0 or evidence.p_above(low - step) <= alpha * (1 + 1e-3)
        assert high >= 1 or evidence.p_below(high + step) <= alpha * (1 + 1e-3)
        assert high == 0 or evidence.p_below(high - step) >= alpha * (1 - 1e-3)

    def test_the_interval_widens_with_the_level(self, pair: str, method: Any) -> None:
        ends = [evidence_of(*PAIRS[pair], method).interval(level) for level in (0.5, 0.8, 0.9, 0.95, 0.999)]
        assert all(narrow[0] >= wide[0] and narrow[1] <= wide[1] for narrow, wide in pairwise(ends))


class TestRowsNeeded:
    SHARES = np.array([6, 6, 3, 3, 2]) / 20

    def at(self, method: Any, reference: int, current: int) -> Any:
        """The current shares are multiples of 1/20, so every multiple of 20 rows has exactly these shares."""
        assert current % 20 == 0
        return evidence_of(numbers([reference // 5] * 5), numbers((self.SHARES * current).astype(int).tolist()), method)

    @pytest.mark.parametrize("side", ["ok", "warn"])
    @pytest.mark.parametrize("method", [*ON_BINS, "total_variation", "ks", *SQUARED])
    def test_that_many_rows_settle_it_and_a_tenth_less_do_not(self, method: str, side: str) -> None:
        alpha, n = 0.05, 50_000
        few = self.at(method, n, 40)
        tolerance = few.value * (1.25 if side == "ok" else 0.8)
        needed, reason = few.rows_needed(tolerance, alpha)
        assert reason == ""
        assert needed > 100
        enough = self.at(method, n, 20 * math.ceil(1.02 * needed / 20))
        short = self.at(method, n, 20 * math.floor(0.9 * needed / 20))
        # A bootstrap of other rows is another draw; it settles within its noise.
        slack = 1.5 if method == "total_variation" else 1.0
        settled = enough.p_below(tolerance) if side == "ok" else enough.p_above(tolerance)
        assert settled <= slack * alpha
        assert min(short.p_below(tolerance), short.p_above(tolerance)) > alpha / slack

    def test_a_settled_tolerance_needs_the_rows_there_are(self) -> None:
        assert self.at("psi", 50_000, 4_000).rows_needed(0.5, 0.05) == (4_000, "")

    def test_no_number_of_rows_helps_on_the_line(self) -> None:
        evidence = self.at("ks", 5_000, 400)
        assert evidence.rows_needed(evidence.value, 0.05) == (None, "at_tolerance")

    def test_a_small_reference_cannot_be_made_up_for(self) -> None:
        evidence = self.at("ks", 50, 400)
        assert evidence.rows_needed(evidence.value * 1.1, 0.05) == (None, "reference_too_small")

    def test_chi_square_knows_no_tolerance(self) -> None:
        evidence = self.at("chi_square", 5_000, 400)
        assert evidence.rows_needed(0.1, 0.05) == (None, "no_law")
        assert evidence.interval(0.9) is None
        assert (evidence.p_above(0.1), evidence.p_below(0.1)) == (1.0, 1.0)


ALPHA = 0.05
N_COLUMNS = 1_500
DRAWN = 500

Truth = Callable[[Any], float]


def claims(reference: Callable[[int], Any], current: Callable[[int], Any], method: str, true: Truth) -> tuple[int, int]:
    """Of many independent columns: how many are claimed to be above their true distance, and how many below."""
    sides = [{f"c{i}": draw(i) for i in range(N_COLUMNS)} for draw in (reference, current)]
    report = dl.compare(*sides, methods=[method])
    found = [(report[name, method], true(report[name, method])) for name in sides[0]]
    above = sum(evidence.p_above(tolerance) <= ALPHA for evidence, tolerance in found)
    return above, sum(evidence.p_below(tolerance) <= ALPHA for evidence, tolerance in found)


def uniform(seed: int) -> Rows:
    return np.random.default_rng([9, seed]).random(DRAWN)


def tilt(slope: float) -> Callable[[Any], Any]:
    """Distribution function of a density on [0, 1] that rises in a line; every bin changes a little."""
    return lambda x: x + slope * (x * x - x)


def bump(height: float) -> Callable[[Any], Any]:
    """Distribution function of a density that is higher on [0.3, 0.5] and lower elsewhere; two bins change."""

    def cdf(x: Any) -> Any:
        inside = np.clip(x, 0.3, 0.5) - 0.3
        return (x + height * inside) / (1 + 0.2 * height)

    return cdf


CHANGES = {"every bin": tilt, "two bins": bump}


def scaled_to(divergence: float, change: Callable[[float], Callable[[Any], Any]]) -> Callable[[Any], Any]:
    """The distribution function of that kind whose PSI over deciles is as large."""
    deciles = np.linspace(0, 1, 11)
    low, high = 0.0, 0.99 if change is tilt else 20.0
    for _ in range(60):
        middle = (low + high) / 2
        shares = np.diff(change(middle)(deciles))
        reached = slow.estimated_psi([0.1] * 10, shares.tolist(), DRAWN, DRAWN) >= divergence
        low, high = (low, middle) if reached else (middle, high)
    return change(low)


def drawn_from(cdf: Callable[[Any], Any]) -> Callable[[int], Rows]:
    grid = np.linspace(0, 1, 20_001)
    levels = cdf(grid)
    return lambda seed: np.interp(np.random.default_rng([10, seed]).random(DRAWN), levels, grid)


def true_psi(cdf: Callable[[Any], Any]) -> Truth:
    """Over the bins of the column, whose edges follow its reference sample."""

    def of(evidence: Any) -> float:
        edges = np.r_[0.0, evidence.details["bin_edges"], 1.0]
        return slow.estimated_psi(np.diff(edges).tolist(), np.diff(cdf(edges)).tolist(), DRAWN, DRAWN)

    return of


class TestErrorRates:
    """500 rows a side. A correct law fails a bound once in a million seeds."""

    def test_psi_without_drift_seldom_claims_one(self) -> None:
        other = drawn_from(tilt(0.0))
        above, below = claims(uniform, other, "psi", lambda _: 0.1)
        assert above <= most_of(N_COLUMNS, ALPHA)
        # A test that never claims anything would hold every bound.
        assert below > 0.9 * N_COLUMNS

    @pytest.mark.parametrize("change", CHANGES)
    def test_psi_at_the_tolerance_claims_neither_side_too_often(self, change: str) -> None:
        cdf = scaled_to(0.1, CHANGES[change])
        above, below = claims(uniform, drawn_from(cdf), "psi", true_psi(cdf))
        assert above <= most_of(N_COLUMNS, ALPHA)
        assert below <= most_of(N_COLUMNS, ALPHA)

    def test_psi_of_labels_at_the_tolerance_claims_neither_side_too_often(self) -> None:
        cdf = scaled_to(0.1, tilt)
        names = np.array([f"v{i}" for i in range(10)])

        def labels(draw: Callable[[int], Rows]) -> Callable[[int], Any]:
            return lambda seed: names[np.minimum((10 * draw(seed)).astype(int), 9)]

        above, below = claims(labels(uniform), labels(drawn_from(cdf)), "psi", lambda _: 0.1)
        assert above <= most_of(N_COLUMNS, ALPHA)
        assert below <= most_of(N_COLUMNS, ALPHA)

    def test_psi_well_above_the_tolerance_is_claimed(self) -> None:
        cdf = scaled_to(0.25, tilt)
        above, _ = claims(uniform, drawn_from(cdf), "psi", lambda _: 0.1)
        assert above > 0.7 * N_COLUMNS

    @pytest.mark.parametrize("distance", [0.0, 0.1])
    def test_ks_claims_neither_side_too_often(self, distance: float) -> None:
        """Uniform rows moved by d: the distribution functions are d apart."""
        other = drawn_from(tilt(0.0))
        above, below = claims(uniform, lambda seed: other(seed) + distance, "ks", lambda _: 0.1)
        assert above <= most_of(N_COLUMNS, ALPHA)
        assert distance == 0 or below <= most_of(N_COLUMNS, ALPHA)
