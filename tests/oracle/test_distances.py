"""Every distance against an independent slow one, and against numbers that others have published."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import scipy.spatial
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import driftline as dl
from driftline.methods import METHODS
from tests.oracle import slow_bins as slow
from tests.oracle.slow_reference import bits, cell_of_rows
from tests.property.strategies import SHAPES, draw, finite, zipf_labels

RAW_SHARES = ["jensen_shannon", "hellinger", "total_variation"]
ON_BINS = [*RAW_SHARES, "psi", "kl_divergence", "chi_square"]
ON_CELLS = ["ks", "wasserstein", "wasserstein_scaled"]

Rows = NDArray[np.float64]
every_shape = pytest.mark.parametrize("shape", SHAPES)


def evidence_of(reference: Any, current: Any, method: str) -> Any:
    return dl.compare({"x": reference}, {"x": current}, methods=[method])["x", method]


def labels(counts: Mapping[str, int]) -> list[str]:
    return [label for label, rows in counts.items() for _ in range(rows)]


def table(counts: Sequence[int]) -> list[str]:
    """Rows of one column that fall into as many categories as there are counts."""
    return labels({f"v{i}": rows for i, rows in enumerate(counts)})


def counts_of(evidence: Any) -> tuple[list[float], list[float]]:
    return tuple(np.asarray(evidence.details[f"{side}_counts"]).tolist() for side in ("reference", "current"))


def expected_value(method: str, reference: Sequence[float], current: Sequence[float]) -> float:
    """From counts over the same bins, by NumPy and SciPy where they have it."""
    pairs = np.array([(r, c) for r, c in zip(reference, current, strict=True) if r or c])
    p, q = pairs[:, 0] / pairs[:, 0].sum(), pairs[:, 1] / pairs[:, 1].sum()
    if method == "jensen_shannon":
        # SciPy sums terms of both signs, and near 0 the root magnifies what that costs.
        return float(np.nan_to_num(scipy.spatial.distance.jensenshannon(p, q, base=2)))
    if method == "hellinger":
        return float(np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / math.sqrt(2))
    if method == "total_variation":
        return float(np.abs(p - q).sum() / 2)
    divergence, _ = slow.DIVERGENCES[method]
    return divergence(slow.shrunk_shares(reference, current))


def moved(shape: str, n: int, m: int) -> tuple[Rows, Rows]:
    """Two samples of a shape, the second one changed so that every distance is above 0."""
    reference, current = finite(draw(shape, n, 1)), finite(draw(shape, m, 2))
    return reference, np.where(np.arange(len(current)) % 5 == 0, np.median(reference), current)


class TestDistancesOnBins:
    @every_shape
    @pytest.mark.parametrize("method", [*RAW_SHARES, "psi", "kl_divergence"])
    @pytest.mark.parametrize(("n", "m"), [(3_000, 700), (60, 2_000)])
    def test_values_follow_from_the_published_counts(self, shape: str, method: str, n: int, m: int) -> None:
        evidence = evidence_of(*moved(shape, n, m), method)
        assert evidence.value == pytest.approx(expected_value(method, *counts_of(evidence)), rel=1e-9, abs=1e-7)
        contributions = math.fsum(evidence.details["contributions"])
        square = method in ("jensen_shannon", "hellinger")
        assert contributions == pytest.approx(evidence.value**2 if square else evidence.value, rel=1e-9)

    @pytest.mark.parametrize("method", [*RAW_SHARES, "psi", "kl_divergence"])
    def test_values_of_labels_follow_from_the_published_counts(self, method: str) -> None:
        evidence = evidence_of(zipf_labels(4_000, 90, 1), zipf_labels(700, 120, 2, exponent=1.4), method)
        assert evidence.value == pytest.approx(expected_value(method, *counts_of(evidence)), rel=1e-9)

    @pytest.mark.parametrize("bins", [2, 7, 10, 50])
    @pytest.mark.parametrize("record", [METHODS[name] for name in ON_BINS], ids=lambda record: record.name)
    def test_the_number_of_bins_is_an_option_of_each(self, record: Any, bins: int) -> None:
        rows = draw("normal", 5_000, 1)
        evidence = dl.compare({"x": rows}, {"x": rows + 1}, methods=[record(bins=bins)])["x", record.name]
        reference, current = counts_of(evidence)
        assert len(reference) == bins
        assert evidence.value > 0
        if record.name != "chi_square":
            assert evidence.value == pytest.approx(expected_value(record.name, reference, current), rel=1e-9)

    def test_psi_of_an_empty_bin_settles_as_rows_are_added(self) -> None:
        """With a constant number of pseudo-rows the same shares would read ever higher."""
        values = [
            evidence_of(table([9 * k, k]), table([10 * k, 0]), "psi").value for k in (100, 1_000, 10_000, 100_000)
        ]
        assert values == sorted(values)
        assert values[-1] == pytest.approx(values[-2], rel=1e-9)

    def test_kl_is_of_the_current_from_the_reference_data(self) -> None:
        p, q = [80, 20], [40, 60]
        shares = slow.shrunk_shares(p, q)
        evidence = evidence_of(table(p), table(q), "kl_divergence")
        assert evidence.value == pytest.approx(float(scipy.stats.entropy(shares.q, shares.p)), rel=1e-12)
        assert evidence.value != pytest.approx(float(scipy.stats.entropy(shares.p, shares.q)), rel=1e-3)


class TestChiSquare:
    @pytest.mark.parametrize("counts", [([50, 60, 70, 80], [90, 30, 40, 100]), ([400, 300, 45], [11, 14, 30])])
    def test_statistic_and_p_value_are_those_of_a_contingency_table(self, counts: tuple[list[int], list[int]]) -> None:
        statistic, p_value, df, _ = scipy.stats.chi2_contingency(np.array(counts), correction=False)
        evidence = evidence_of(table(counts[0]), table(counts[1]), "chi_square")
        assert evidence.details["n_pooled"] == 0
        assert evidence.details["df"] == df
        assert evidence.value == pytest.approx(statistic, rel=1e-12)
        assert evidence.p_value == pytest.approx(p_value, rel=1e-9)
        assert evidence.details["cramers_v"] == pytest.approx(math.sqrt(statistic / sum(map(sum, counts))), rel=1e-12)

    @every_shape
    def test_numbers_too(self, shape: str) -> None:
        evidence = evidence_of(*moved(shape, 2_000, 1_500), "chi_square")
        if evidence.details["n_pooled"] == 0:
            statistic, p_value, df, _ = scipy.stats.chi2_contingency(np.array(counts_of(evidence)), correction=False)
            assert (evidence.value, evidence.details["df"]) == (pytest.approx(statistic, rel=1e-9), df)
            assert evidence.p_value == pytest.approx(p_value, rel=1e-6, abs=1e-300)

    def test_bins_that_expect_fewer_than_five_rows_are_pooled(self) -> None:
        reference, current = [900, 300, 22, 21], [45, 14, 1, 0]
        # The smaller side expects about one row in each of the last two.
        pooled = np.array([[*side[:2], sum(side[2:])] for side in (reference, current)])
        statistic, p_value, df, _ = scipy.stats.chi2_contingency(pooled, correction=False)
        evidence = evidence_of(table(reference), table(current), "chi_square")
        assert (evidence.details["n_pooled"], evidence.details["df"]) == (2, df)
        assert evidence.value == pytest.approx(statistic, rel=1e-12)
        assert evidence.p_value == pytest.approx(p_value, rel=1e-9)


class TestDistancesOnCells:
    @every_shape
    def test_ks_is_that_of_the_rows_on_exact_cells(self, shape: str) -> None:
        reference, current = moved(shape, 1_000, 701)
        evidence = evidence_of(reference, current, "ks")
        exact = scipy.stats.ks_2samp(reference, current, method="asymp")
        assert evidence.value == pytest.approx(exact.statistic, abs=1e-13)
        assert (evidence.certified_low, evidence.certified_high) == (evidence.value, evidence.value)
        # The distance is reached there, and with that sign.
        location = evidence.details["location"]
        gap = np.mean(reference <= location) - np.mean(current <= location)
        assert abs(gap) == pytest.approx(evidence.value, abs=1e-13)
        assert evidence.details["direction"] == ("up" if gap > 0 else "down")

    @pytest.mark.parametrize("shape", sorted(set(SHAPES) - {"huge", "subnormals"}))
    def test_wasserstein_is_that_of_the_rows_on_exact_cells(self, shape: str) -> None:
        reference, current = moved(shape, 1_000, 701)
        exact = scipy.stats.wasserstein_distance(reference, current)
        assert evidence_of(reference, current, "wasserstein").value == pytest.approx(exact, rel=1e-9)

    def test_scaled_wasserstein_divides_by_the_interquartile_range(self) -> None:
        reference, current = moved("lognormal", 1_001, 701)
        evidence = evidence_of(reference, current, "wasserstein_scaled")
        low, high = np.quantile(reference, [0.25, 0.75], method="inverted_cdf")
        assert evidence.details["scale_kind"] == "iqr"
        assert evidence.details["scale"] == pytest.approx((high - low) / 1.349, rel=1e-9)
        exact = scipy.stats.wasserstein_distance(reference, current)
        assert evidence.value == pytest.approx(exact / evidence.details["scale"], rel=1e-9)

    def test_scaled_wasserstein_falls_back_on_the_standard_deviation(self) -> None:
        reference = np.r_[np.zeros(90), np.arange(10.0)]
        evidence = evidence_of(reference, reference + 1, "wasserstein_scaled")
        assert evidence.details["scale_kind"] == "std"
        assert evidence.value == pytest.approx(1 / reference.std(ddof=1), rel=1e-12)

    def test_a_constant_has_no_scale(self) -> None:
        evidence = evidence_of([3.0] * 100, [4.0] * 100, "wasserstein_scaled")
        assert (evidence.value, evidence.reason) == (None, "undefined_scale")


class TestPublishedNumbers:
    """Values printed by other projects and textbooks, to the digits they print."""

    @pytest.mark.parametrize(
        ("reference", "current", "expected"),
        [
            ([0], [1], 1.0),
            ([1.01, 2.01], [1, 2, 3], 1 / 3),
            ([0.99, 1.99], [1, 2, 3], 2 / 3),
            ([1.01, 2.01], [1, 2, 3, 4], 0.5),
            ([0.99, 1.99], [1, 2, 3, 4], 0.75),
            (np.linspace(1, 100, 100), np.linspace(1, 100, 100) + 2.1, 0.03),
            (np.linspace(1, 100, 100), np.linspace(1, 100, 110) + 20.1, 232 / 1100),
            (np.linspace(1, 100, 100), np.linspace(1, 100, 110) + 19.9, 229 / 1100),
            ([2] * 3 + [3] * 4 + [5] * 5 + [6] * 4, [3] * 3 + [4] * 4 + [6] * 5 + [7] * 4, 5 / 16),
            ([2] * 3 + [3] * 4 + [5] * 10 + [6] * 4, [3] * 10 + [4] * 2 + [6] * 10 + [7] * 4, 190 / 546),
        ],
    )
    def test_ks_of_scipys_own_tests(self, reference: Any, current: Any, expected: float) -> None:
        sides = [np.asarray(side, dtype=float) for side in (reference, current)]
        assert evidence_of(*sides, "ks").value == pytest.approx(expected, abs=1e-15)

    def test_conovers_example(self) -> None:
        x = [7.6, 8.4, 8.6, 8.7, 9.3, 9.9, 10.1, 10.6, 11.2]
        y = [5.2, 5.7, 5.9, 6.5, 6.8, 8.2, 9.1, 9.8, 10.8, 11.3, 11.5, 12.3, 12.5, 13.4, 14.6]
        assert evidence_of(x, y, "ks").value == pytest.approx(0.4, abs=1e-15)
        assert evidence_of(x, y, "wasserstein").value == pytest.approx(1.7244444, abs=5e-8)

    def test_wasserstein_with_weights(self) -> None:
        assert evidence_of([0.0] * 3 + [1.0], [0.0], "wasserstein").value == 0.25
        reference = [4.5] * 3 + [6.7] + [2.1]
        current = [4.6] + [7.0] * 3 + [9.2]
        assert evidence_of(reference, current, "wasserstein").value == pytest.approx(2.5, rel=1e-14)

    @pytest.mark.parametrize(("z", "tail"), [(1.3580986, 0.05), (1.6276236, 0.01)])
    def test_kolmogorovs_quantiles(self, z: float, tail: float) -> None:
        n, m = 300, 200
        evidence = evidence_of(np.repeat([0.0, 1.0], [150, 150]), np.repeat([0.0, 1.0], [60, 140]), "ks")
        low, high = evidence.interval(1 - 2 * tail)
        reach = z * math.sqrt(1 / n + 1 / m)
        assert (low, high) == (pytest.approx(0.2 - reach, abs=5e-9), pytest.approx(0.2 + reach, abs=5e-9))

    def test_kolmogorovs_tail_at_one(self) -> None:
        # D = 20/200 on both sides of 200 rows: D·√(nm/(n + m)) = 1.
        evidence = evidence_of(np.repeat([0.0, 1.0], [100, 100]), np.repeat([0.0, 1.0], [80, 120]), "ks")
        assert evidence.p_value == pytest.approx(0.26999967, abs=5e-9)

    CREDIT = ([160, 180, 160, 140, 120, 120], [160, 160, 160, 160, 160, 80])
    DECILES = ([100] * 10, [80, 90, 100, 110, 120, 130, 100, 90, 90, 90])
    SKEWED = ([850, 50, 50, 50], [250, 250, 250, 250])

    @pytest.mark.parametrize(
        ("method", "counts", "published"),
        [
            ("hellinger", CREDIT, 0.06812774370983354),
            ("jensen_shannon", CREDIT, 0.0680481962 / math.sqrt(math.log(2))),
            ("jensen_shannon", DECILES, 0.06169822797),
            ("hellinger", DECILES, 0.05139088296),
            ("total_variation", DECILES, 0.06),
            ("jensen_shannon", SKEWED, math.sqrt(0.2822152394)),
            ("jensen_shannon", ([500, 500, 0, 0], [0, 250, 250, 500]), math.sqrt(0.65563906222)),
        ],
    )
    def test_distances_of_raw_shares(self, method: str, counts: Any, published: float) -> None:
        assert evidence_of(table(counts[0]), table(counts[1]), method).value == pytest.approx(published, rel=2e-9)

    @pytest.mark.parametrize(
        ("method", "counts", "published"),
        [
            ("psi", SKEWED, 1.6999280064),
            ("psi", CREDIT, 0.0372183816),
            ("psi", DECILES, 0.02114775252),
            ("kl_divergence", DECILES, 0.01068879123),
        ],
    )
    def test_shrunk_ones_start_from_the_published_value(self, method: str, counts: Any, published: float) -> None:
        """The slow reference has the published number for raw shares, and driftline's for shrunk ones."""
        divergence, _ = slow.DIVERGENCES[method]
        assert divergence(slow.shrunk_shares(*counts, pseudo_rows=0)) == pytest.approx(published, rel=2e-9)
        value = evidence_of(table(counts[0]), table(counts[1]), method).value
        assert value == pytest.approx(divergence(slow.shrunk_shares(*counts)), rel=1e-12)
        assert 0.9 * published < value < published

    def test_pearsons_statistic(self) -> None:
        # Ten times the rows of the published table, for which no cell has to be pooled.
        evidence = evidence_of(*map(table, self.CREDIT), "chi_square")
        assert evidence.value / 10 == pytest.approx(1.6224089635854342, rel=1e-13)
        assert scipy.stats.chi2.sf(evidence.value / 10, evidence.details["df"]) == pytest.approx(0.8985262, abs=5e-8)
        dataprofiler = evidence_of(table([400, 300, 0]), table([300, 200, 200]), "chi_square")
        assert dataprofiler.value == pytest.approx(100 * 82 / 35, rel=1e-13)
        assert dataprofiler.details["df"] == 2


class TestBinsOfNumbers:
    def check(self, rows: Rows, cells: list[slow.Cell], bins: int) -> None:
        """The edges cut the reference where the slow walk does, and are no value of it."""
        evidence = dl.compare({"x": rows}, {"x": rows}, methods=[dl.PSI(bins=bins)])["x", "psi"]
        edges = np.asarray(evidence.details["bin_edges"]).tolist()
        walked = slow.equal_share_bins(cells, bins)
        assert counts_of(evidence)[0] == [sum(cell.rows for cell in filled) for filled in walked]
        assert len(edges) == len(walked) - 1
        for edge, (below, above) in zip(edges, slow.gaps(walked), strict=True):
            assert below < edge <= above
            assert edge < above or np.nextafter(below, np.inf) == above

    @every_shape
    @pytest.mark.parametrize("bins", [2, 10, 37])
    def test_exact_cells_are_cut_as_the_walk_says(self, shape: str, bins: int) -> None:
        rows = finite(draw(shape, 2_000, 3)) + 0.0
        cells = [slow.Cell(value, value, count) for value, count in sorted(Counter(rows.tolist()).items())]
        self.check(rows, cells, bins)

    @pytest.mark.parametrize("shape", ["normal", "lognormal", "saturated_scores", "sentinels", "heavy_tails"])
    def test_coarse_cells_are_cut_as_the_walk_says(self, shape: str) -> None:
        rows = finite(draw(shape, 12_000, 3))
        self.check(rows, [slow.Cell(*cell) for cell in cell_of_rows(rows.tolist(), 8192)], 10)

    @given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 40)), min_size=1, max_size=40), st.integers(2, 20))
    def test_any_ties_are_cut_as_the_walk_says(self, heights: list[tuple[int, int]], bins: int) -> None:
        counts = Counter[float]()
        for value, rows in heights:
            counts[value / 4] += rows
        cells = [slow.Cell(value, value, rows) for value, rows in sorted(counts.items())]
        self.check(np.repeat([c.low for c in cells], [c.rows for c in cells]), cells, bins)

    def test_a_value_with_exactly_a_bins_share_is_not_joined_by_the_next(self) -> None:
        cells = [slow.Cell(float(i), float(i), rows) for i, rows in enumerate([6, 6, 10, 1, 9, 8])]
        self.check(np.repeat(np.arange(6.0), [6, 6, 10, 1, 9, 8]), cells, 4)
        assert [len(filled) for filled in slow.equal_share_bins(cells, 4)] == [1, 1, 1, 3]

    def test_a_value_with_a_bins_share_of_the_rows_has_a_bin_of_its_own(self) -> None:
        rows = np.r_[np.zeros(200), np.linspace(1, 2, 1_600), np.full(200, 5.0)]
        evidence = evidence_of(rows, rows, "psi")
        reference, _ = counts_of(evidence)
        assert (reference[0], reference[-1]) == (200, 200)
        assert reference[1:-1] == [200] * 8

    @given(
        st.integers(-4, 4),
        st.sampled_from([1, 2]),
        st.lists(st.integers(-9, 9).map(float), min_size=1, max_size=30),
        st.sampled_from([1.0, 1e-3, 1e6, 1e-300]),
    )
    def test_rows_beyond_an_end_value_with_a_bin_of_its_own_are_kept_apart(
        self, low: int, n_values: int, current: list[float], unit: float
    ) -> None:
        reference = np.repeat(np.arange(low, low + n_values), 50) * unit
        rows = np.array(current) * unit
        counted, moved = counts_of(evidence_of(reference, rows, "psi"))
        below, above = int(np.sum(rows < reference.min())), int(np.sum(rows > reference.max()))
        assert counted == [0] * (below > 0) + [50] * n_values + [0] * (above > 0)
        assert [below] * (below > 0) == moved[: below > 0]
        assert [above] * (above > 0) == moved[len(moved) - (above > 0) :]

    @pytest.mark.parametrize("value", [0.3, -0.3, 1e300, -1e-300])
    def test_rounding_does_not_leave_the_bin_of_an_end_value(self, value: float) -> None:
        for other in (value * (1 + 2**-52), value * (1 - 2**-24), value * (1 + 2**-24)):
            assert other != value
            assert counts_of(evidence_of(np.full(100, value), np.full(100, other), "psi")) == ([100], [100])

    @pytest.mark.parametrize("end", [0.0, sys.float_info.max, -sys.float_info.max, 5e-324, -5e-324])
    def test_end_values_at_the_ends_of_the_doubles(self, end: float) -> None:
        others = [x for x in (-sys.float_info.max, -1.0, 1.0, sys.float_info.max) if x != end]
        counted, moved = counts_of(evidence_of(np.full(100, end), np.repeat(others, 25), "psi"))
        below = sum(other < end for other in others)
        above = len(others) - below
        assert counted == [0] * (below > 0) + [100] + [0] * (above > 0)
        assert moved == [25 * below] * (below > 0) + [0] + [25 * above] * (above > 0)

    @every_shape
    def test_edges_have_the_most_trailing_zeros_of_the_middle_half(self, shape: str) -> None:
        rows = finite(draw(shape, 500, 4)) + 0.0
        values = np.unique(rows)
        for edge in np.asarray(evidence_of(rows, rows, "psi").details["bin_edges"]).tolist():
            at = np.searchsorted(values, edge)
            below, above = values[at - 1], values[at]
            low, high = 0.75 * below + 0.25 * above, 0.25 * below + 0.75 * above
            if low <= 0 <= high:
                assert edge == 0
                continue
            # Cells that are closed at the top are bounded by the next double; there the bits are those of |x| or 1 - x.
            closed_at_the_top = high < 0 or 0.5 < low <= high < 1
            corner = float(np.nextafter(edge, -np.inf)) if closed_at_the_top else edge
            mirror = (lambda x: -x) if high < 0 else (lambda x: 1 - x) if closed_at_the_top else float
            first, last = sorted(map(bits, (mirror(low), mirror(high))))
            word = bits(mirror(corner))
            zeros = slow.trailing_zero_bits(word)
            assert first <= word <= last
            if zeros < 52:
                assert not slow.holds_multiple(first, last, 2 << zeros), "another one has more zeros"
            lower = (word + 1, last) if closed_at_the_top else (first, word - 1)
            assert not slow.holds_multiple(*lower, 1 << zeros), "a lower one has as many"

    def test_float32_keeps_the_bins_of_float64(self) -> None:
        tenths = np.repeat(np.arange(11) / 10, np.arange(20, 31))
        for current in (tenths.astype(np.float32), tenths.astype(np.float32).astype(np.float64)):
            for reference, other in ((tenths, current), (current, tenths)):
                evidence = evidence_of(reference, other, "psi")
                assert evidence.value == 0.0
                counted, again = counts_of(evidence)
                assert counted == again
                assert sum(counted) == len(tenths)


class TestBinsOfLabels:
    def check(self, reference: Counter[str], current: Counter[str]) -> dict[str, str]:
        """Returns the group of each label without a bin of its own."""
        evidence = evidence_of(labels(reference), labels(current), "psi")
        names, members = evidence.details["bin_names"], evidence.details["labels"]
        assert names[-16:] == [f"other {i}" for i in range(16)]
        assert {label for (label,) in members[:-16]} == slow.frequent_labels(reference)
        group_of = {label: name for name, group in zip(names[-16:], members[-16:], strict=True) for label in group}
        assert sum(map(len, members)) == len(set(reference) | set(current)), "each label is in one bin"
        for side, counts in ((reference, counts_of(evidence)[0]), (current, counts_of(evidence)[1])):
            own = [side[label] for (label,) in members[:-16]]
            groups = [sum(side[label] for label in group) for group in members[-16:]]
            assert counts == [*own, *groups]
        return group_of

    @pytest.mark.parametrize("n", [60, 800, 5_000, 100_000])
    def test_frequent_labels_have_a_bin_and_groups_share_the_rest(self, n: int) -> None:
        reference, current = Counter(zipf_labels(n, 80, 1).tolist()), Counter(zipf_labels(n // 2, 100, 2).tolist())
        groups = self.check(reference, current)
        assert len(set(groups.values())) > 4

    def test_at_most_twenty_labels_have_a_bin(self) -> None:
        even = Counter({f"v{i}": 100 + i for i in range(30)})
        assert len(self.check(even, even)) == 10
        assert len(slow.frequent_labels(even)) == 20

    def test_twenty_rows_are_the_least(self) -> None:
        counts = Counter({"common": 100, "twenty": 20, "nineteen": 19})
        assert set(self.check(counts, counts)) == {"nineteen"}

    def test_a_label_is_in_the_same_group_whatever_stands_beside_it(self) -> None:
        rare = {f"rare {i}": 2 for i in range(60)}
        one = self.check(Counter(rare | {"a": 500}), Counter(rare))
        other = self.check(Counter(rare | {"b": 900, "c": 300}), Counter({"a": 50, "b": 30} | rare))
        swapped = self.check(Counter({"z": 400}), Counter(rare))
        assert {label: other[label] for label in rare} == {label: one[label] for label in rare}
        assert {label: swapped[label] for label in rare} == {label: one[label] for label in rare}

    def test_unseen_labels_have_no_bin_of_their_own(self) -> None:
        groups = self.check(Counter({"a": 100, "b": 100}), Counter({"a": 50, "new": 5_000}))
        assert set(groups) == {"new"}
