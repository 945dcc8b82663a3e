"""What distances promise: certified intervals hold the truth of the raw rows, and nothing else moves a score."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import driftline as dl
from tests.oracle import slow_reference as slow
from tests.property.strategies import SHAPES, draw, finite, finite_doubles, text_labels, zipf_labels

RESOLUTIONS = [64, 8192]
ON_BINS = ["psi", "jensen_shannon", "hellinger", "total_variation", "kl_divergence", "chi_square"]
RAW_SHARES = ["jensen_shannon", "hellinger", "total_variation"]
SQUARED = ["cramer_von_mises", "energy", "anderson_darling"]
NUMERIC = [*ON_BINS, "ks", "wasserstein", "wasserstein_scaled", *SQUARED]
BOUNDED = [*RAW_SHARES, "ks", "cramer_von_mises"]

every_shape = pytest.mark.parametrize("shape", SHAPES)
every_resolution = pytest.mark.parametrize("resolution", RESOLUTIONS)

Evidence = Any
Rows = NDArray[np.float64]


def compared(reference: Any, current: Any, methods: list[Any], resolution: int = 8192) -> dl.report.ColumnReport:
    """What `methods` find between two columns."""
    sides = [dl.profile({"x": side}, resolution=resolution) for side in (reference, current)]
    return dl.compare(*sides, methods=methods).columns["x"]


def scores(reference: Any, current: Any, methods: list[Any], resolution: int = 8192) -> dict[str, float | None]:
    evidence = compared(reference, current, methods, resolution).evidence
    return {name: evidence[name].value for name in evidence}


def assert_certified(evidence: Evidence, true: float, slack: float) -> None:
    """The true value, of which SciPy knows the last digits only to `slack`, is in the certified interval."""
    assert evidence.certified_low - slack <= true <= evidence.certified_high + slack
    assert evidence.certified_low <= evidence.value <= evidence.certified_high


def exact_ks(reference: Rows, current: Rows) -> float:
    with np.errstate(divide="ignore"):  # of the p-value of a single row
        return float(scipy.stats.ks_2samp(reference, current, method="asymp").statistic)


def exact_wasserstein(reference: Rows, current: Rows) -> tuple[float, float]:
    """SciPy's distance and how far its rounding may be off; in units where nothing over- or underflows."""
    largest = float(np.abs(np.concatenate([reference, current])).max())
    exponent = -math.frexp(largest)[1] if largest > 0 else 0
    distance = scipy.stats.wasserstein_distance(np.ldexp(reference, exponent), np.ldexp(current, exponent))
    return math.ldexp(distance, -exponent), math.ldexp(1e-12, -exponent) + 1e-323


def draw_sides(shape: str, n: int = 5_000, m: int = 4_001) -> tuple[Rows, Rows]:
    """Finite rows of two samples, small enough to be changed without overflow."""
    sides = finite(draw(shape, n, 1)), finite(draw(shape, m, 2))
    return (sides[0] / 16, sides[1] / 16) if shape == "huge" else sides


CHANGES: dict[str, Callable[[Rows], Rows]] = {
    "none": lambda rows: rows,
    "shifted": lambda rows: rows + 0.2 * np.diff(np.quantile(rows, [0.2, 0.8])),
    "scaled": lambda rows: rows * 1.7,
    "tail replaced": lambda rows: np.where(rows > np.quantile(rows, 0.9), np.quantile(rows, 0.5), rows),
    "constant": lambda rows: np.full_like(rows, np.median(rows)),
}


@every_shape
@every_resolution
@pytest.mark.parametrize("change", CHANGES)
def test_certified_intervals_contain_the_exact_ks_and_wasserstein(shape: str, resolution: int, change: str) -> None:
    reference, current = draw_sides(shape, 9_000, 7_001)
    current = CHANGES[change](current)
    column = compared(reference, current, ["ks", "wasserstein"], resolution)
    assert_certified(column.evidence["ks"], exact_ks(reference, current), 1e-12)
    assert_certified(column.evidence["wasserstein"], *exact_wasserstein(reference, current))


PAIRS = list(itertools.combinations(["normal", "ties", "money", "sentinels"], 2))


@pytest.mark.parametrize(("first", "second"), PAIRS)
@every_resolution
def test_certified_intervals_hold_between_columns_of_different_shape(first: str, second: str, resolution: int) -> None:
    reference, current = finite(draw(first, 9_000, 1)), finite(draw(second, 5_000, 2))
    column = compared(reference, current, ["ks", "wasserstein"], resolution)
    assert_certified(column.evidence["ks"], exact_ks(reference, current), 1e-12)
    assert_certified(column.evidence["wasserstein"], *exact_wasserstein(reference, current))


moderate = st.lists(st.one_of(st.floats(-1e6, 1e6), st.integers(-9, 9).map(float)), min_size=1, max_size=150)


@given(moderate, moderate)
def test_certified_intervals_hold_for_any_numbers(first: list[float], second: list[float]) -> None:
    reference, current = np.array(first), np.array(second)
    column = compared(reference, current, ["ks", "wasserstein"], 64)
    assert_certified(column.evidence["ks"], exact_ks(reference, current), 1e-12)
    assert_certified(column.evidence["wasserstein"], *exact_wasserstein(reference, current))


@every_shape
def test_ks_and_wasserstein_are_exact_on_exact_cells(shape: str) -> None:
    reference, current = draw_sides(shape, 4_000, 3_000)
    found = compared(reference, current, ["ks", "wasserstein"]).evidence
    for evidence in found.values():
        assert evidence.certified_low == evidence.value == evidence.certified_high
    assert found["ks"].value == pytest.approx(exact_ks(reference, current), abs=1e-12)
    distance, slack = exact_wasserstein(reference, current)
    assert found["wasserstein"].value == pytest.approx(distance, rel=1e-9, abs=slack)


def counts_at(edges: Any, rows: Rows) -> NDArray[np.int64]:
    """Rows per bin: bin i holds edge[i-1] <= x < edge[i], the end bins are open."""
    return np.bincount(np.searchsorted(edges, rows, side="right"), minlength=len(edges) + 1)


@every_shape
@every_resolution
@pytest.mark.parametrize("change", CHANGES)
def test_the_psi_of_the_raw_rows_at_the_reference_edges_is_certified(shape: str, resolution: int, change: str) -> None:
    reference, current = draw_sides(shape, 9_000, 7_001)
    current = CHANGES[change](current)
    evidence = compared(reference, current, ["psi"], resolution).evidence["psi"]
    details = evidence.details
    in_reference, in_current = (counts_at(details["bin_edges"], rows) for rows in (reference, current))
    assert np.asarray(details["reference_counts"]).tolist() == in_reference.tolist()
    assert np.all(np.asarray(details["current_counts_low"]) <= in_current)
    assert np.all(in_current <= np.asarray(details["current_counts_high"]))
    true = slow.psi(in_reference.tolist(), in_current.tolist())
    assert_certified(evidence, true, 1e-9 * max(true, 1e-3))


@every_shape
def test_scores_can_be_recomputed_from_their_details(shape: str) -> None:
    reference, current = draw(shape, 3_000, 1), draw(shape, 2_000, 2)
    evidence = compared(reference, current, [*ON_BINS]).evidence
    for method, formula in {
        "psi": slow.psi,
        "jensen_shannon": slow.jensen_shannon,
        "hellinger": slow.hellinger,
        "total_variation": slow.total_variation,
    }.items():
        details = evidence[method].details
        counts = [np.asarray(details[f"{side}_counts"]).astype(int).tolist() for side in ("reference", "current")]
        assert evidence[method].value == pytest.approx(formula(*counts), rel=1e-9, abs=1e-9), method
        assert [sum(side) for side in counts] == [len(finite(reference)), len(finite(current))]


@every_shape
def test_contributions_sum_to_the_score(shape: str) -> None:
    reference, current = draw_sides(shape)
    current = current * 1.5
    for method, evidence in compared(reference, current, ON_BINS).evidence.items():
        score = evidence.value**2 if method in ("jensen_shannon", "hellinger") else evidence.value
        assert np.sum(evidence.details["contributions"]) == pytest.approx(score, rel=1e-9, abs=1e-12), method


@every_shape
@every_resolution
def test_nothing_has_drifted_from_itself(shape: str, resolution: int) -> None:
    values = draw(shape, 9_000)
    column = compared(values, values, NUMERIC, resolution)
    assert column.status == "ok"
    for name, evidence in column.evidence.items():
        if evidence.reason != "undefined_scale":
            assert evidence.value == 0.0, name
            assert evidence.certified_low == 0.0, name


@given(st.lists(text_labels, min_size=1, max_size=200))
def test_no_labels_have_drifted_from_themselves(labels: list[str]) -> None:
    found = scores(labels, labels[::-1], ON_BINS)
    assert found == dict.fromkeys(ON_BINS, 0.0)


@every_shape
@every_resolution
def test_distances_on_cells_are_symmetric(shape: str, resolution: int) -> None:
    a, b = draw_sides(shape, 9_000)
    b = b * 1.2
    methods = ["ks", "wasserstein", *SQUARED]
    there, back = (compared(*sides, methods, resolution).evidence for sides in ((a, b), (b, a)))
    for method in methods:
        assert there[method].value == back[method].value
        assert there[method].certified_low == back[method].certified_low
        assert there[method].certified_high == back[method].certified_high


@pytest.mark.parametrize("kind", ["boolean", "categorical"])
def test_scores_on_the_same_bins_are_symmetric(kind: str) -> None:
    rng = np.random.default_rng(6)
    a, b = rng.random(5_000) < 0.3, rng.random(3_000) < 0.45
    if kind == "categorical":
        a, b = np.where(a, "yes", "no"), np.where(b, "yes", "no")
    methods = ["psi", *RAW_SHARES, "chi_square"]
    there, back = scores(a, b, methods), scores(b, a, methods)
    for method in methods:
        assert there[method] == pytest.approx(back[method], rel=1e-12), method


@given(
    st.lists(finite_doubles, min_size=1, max_size=80),
    st.lists(finite_doubles, min_size=1, max_size=80),
)
def test_scores_stay_in_their_range(reference: list[float], current: list[float]) -> None:
    column = compared(reference, current, NUMERIC, 64)
    for name, evidence in column.evidence.items():
        if evidence.value is None:
            assert evidence.reason, name
            continue
        assert evidence.certified_low <= evidence.value <= evidence.certified_high, name
        assert evidence.certified_low >= 0.0, name
        assert math.isfinite(evidence.value) or name.startswith("wasserstein"), name
        if name in BOUNDED:
            assert evidence.certified_high <= 1.0, name
        assert evidence.p_value is None or 0.0 <= evidence.p_value <= 1.0, name


@given(st.lists(text_labels, min_size=1, max_size=150), st.lists(text_labels, min_size=1, max_size=150))
def test_scores_of_labels_stay_in_their_range(reference: list[str], current: list[str]) -> None:
    for name, value in scores(reference, current, ON_BINS).items():
        assert value is not None
        assert 0.0 <= value < math.inf, name
        assert value <= 1.0 or name not in RAW_SHARES, name


def test_disjoint_columns_are_as_far_apart_as_can_be() -> None:
    found = scores(np.arange(2_000.0), np.arange(5_000.0, 7_000.0), [*BOUNDED, "wasserstein"])
    assert found["cramer_von_mises"] == pytest.approx(1 / 3, rel=1e-12)
    # The open end bin of the reference takes all current rows, so distances on bins stay below 1.
    assert found["ks"] == 1.0
    assert found["wasserstein"] == 5_000.0
    labels = scores(["a"] * 500 + ["b"] * 500, ["c"] * 700 + ["d"] * 300, RAW_SHARES)
    assert labels == pytest.approx(dict.fromkeys(RAW_SHARES, 1.0), abs=1e-12)


@every_shape
@every_resolution
@pytest.mark.parametrize("times", [2, 3])
def test_duplicating_every_row_leaves_distances_of_shares_alone(shape: str, resolution: int, times: int) -> None:
    a, b = draw_sides(shape)
    b = b * 1.3
    methods = [*RAW_SHARES, "ks", "wasserstein", "cramer_von_mises", "energy"]
    once = scores(a, b, methods, resolution)
    for left, right in ((times, times), (times, 1), (1, times)):
        assert scores(np.repeat(a, left), np.repeat(b, right), methods, resolution) == pytest.approx(once, rel=1e-9)


def test_duplicating_every_row_leaves_distances_of_labels_alone() -> None:
    a, b = zipf_labels(5_000, 300, 1), zipf_labels(4_000, 300, 2, exponent=1.3)
    once = scores(a, b, RAW_SHARES)
    assert scores(np.repeat(a, 3), np.repeat(b, 2), RAW_SHARES) == pytest.approx(once, rel=1e-12)


@pytest.mark.parametrize("shape", ["normal", "lognormal", "money", "zero_inflated", "ties", "heavy_tails", "sentinels"])
@every_resolution
@pytest.mark.parametrize(("factor", "offset"), [(0.1, 0.0), (1e6, -3.0), (3.0, 1e4)])
def test_units_do_not_matter(shape: str, resolution: int, factor: float, offset: float) -> None:
    # On exact cells the rows, not the cells, give KS and Wasserstein; on coarse ones they stay certified.
    a, b = finite(draw(shape, 6_000, 1)), finite(draw(shape, 5_000, 2)) * 1.2
    ks, (distance, _) = exact_ks(a, b), exact_wasserstein(a, b)
    found = compared(factor * a + offset, factor * b + offset, ["ks", "wasserstein"], resolution).evidence
    assert_certified(found["ks"], ks, 2e-3)  # rounding in the transform may merge or part a few ties
    size = np.abs(np.r_[a, b]).max() * factor + abs(offset)
    assert_certified(found["wasserstein"], factor * distance, 1e-9 * size)


@pytest.mark.parametrize("shape", ["normal", "zero_inflated", "ties", "money", "sentinels"])
def test_a_power_of_two_as_unit_changes_no_score(shape: str) -> None:
    a, b = finite(draw(shape, 6_000, 1)), finite(draw(shape, 5_000, 2)) * 1.2
    plain, doubled = scores(a, b, NUMERIC), scores(a * 1024, b * 1024, NUMERIC)
    assert doubled["ks"] == plain["ks"]
    assert doubled["wasserstein"] == pytest.approx(1024 * plain["wasserstein"], rel=1e-12)
    assert doubled["wasserstein_scaled"] == pytest.approx(plain["wasserstein_scaled"], rel=1e-12)
    assert doubled["energy"] == pytest.approx(32 * plain["energy"], rel=1e-12)
    assert all(doubled[method] == plain[method] for method in ("cramer_von_mises", "anderson_darling"))


INCREASING: dict[str, Callable[[Any], Any]] = {
    "root": np.cbrt,
    "cube": lambda x: x**3,
    "arctan": np.arctan,
    "line": lambda x: 2 * x + 7,
}


@pytest.mark.parametrize("shape", ["normal", "zero_inflated", "ties", "saturated_scores", "sentinels"])
@pytest.mark.parametrize("name", INCREASING)
def test_rank_distances_are_unchanged_by_any_increasing_transform_on_exact_cells(shape: str, name: str) -> None:
    transform = INCREASING[name]
    a, b = finite(draw(shape, 3_000, 1)), finite(draw(shape, 2_500, 2)) * 1.1
    both = np.unique(np.r_[a, b])
    if np.any(np.diff(transform(both)) <= 0):
        pytest.skip("rounding makes the transform constant somewhere")
    ranks = ["ks", "cramer_von_mises", "anderson_darling"]
    assert scores(transform(a), transform(b), ranks) == pytest.approx(scores(a, b, ranks), rel=1e-12, abs=1e-15)


def renamed(labels: NDArray[Any], names: dict[str, str]) -> NDArray[Any]:
    return np.array([names[label] for label in labels.tolist()])


def test_renaming_categories_changes_no_score_where_each_has_a_bin_of_its_own() -> None:
    # Categories with too few rows share bins by the hash of their name: there, renaming reshuffles the groups.
    rng = np.random.default_rng(2)
    names = [f"city {i}" for i in range(12)]
    a, b = rng.choice(names, 6_000), rng.choice(names, 5_000, p=np.arange(1, 13) / 78)
    plain = scores(a, b, ON_BINS)
    shuffled = dict(zip(names, rng.permutation(names), strict=True))
    fresh = {name: f"<{name}> \n\"'" for name in names}
    for mapping in (shuffled, fresh):
        assert scores(renamed(a, mapping), renamed(b, mapping), ON_BINS) == pytest.approx(plain, rel=1e-12)


def test_renaming_rare_categories_only_reshuffles_their_groups() -> None:
    a, b = zipf_labels(20_000, 400, 1), zipf_labels(20_000, 400, 2)
    mapping = {f"v{i}": f"other {i}" for i in range(400)}
    plain, other = compared(a, b, ["psi"]), compared(renamed(a, mapping), renamed(b, mapping), ["psi"])

    def own_bins(report: dl.report.ColumnReport) -> list[tuple[float, float]]:
        details = report.evidence["psi"].details
        counts = zip(details["bin_names"], details["reference_counts"], details["current_counts"], strict=True)
        return [(reference, current) for group, reference, current in counts if not group]

    assert own_bins(plain) == own_bins(other)
    assert len(own_bins(plain)) >= 5
    for report in (plain, other):
        assert sum(report.evidence["psi"].details["reference_counts"]) == 20_000


@every_shape
def test_nulls_on_both_sides_at_the_same_rate_change_no_value_score(shape: str) -> None:
    a, b = draw_sides(shape, 4_000, 3_000)
    b = b * 1.1
    plain = compared(pa.array(a), pa.array(b), NUMERIC)
    a_nulls = pa.array([*a, *[None] * (len(a) // 4)])
    b_nulls = pa.array([*b, *[None] * (len(b) // 4)])
    nulls = compared(a_nulls, b_nulls, NUMERIC)
    assert {name: one.value for name, one in nulls.evidence.items()} == {
        name: one.value for name, one in plain.evidence.items()
    }
    assert nulls.signals["nulls"].value == pytest.approx(0.0, abs=1e-3)


def test_nulls_among_labels_at_the_same_rate_change_no_score() -> None:
    a, b = zipf_labels(4_000, 30, 1).tolist(), zipf_labels(3_000, 30, 2).tolist()
    assert scores([*a, *[None] * 1000], [*b, *[None] * 750], ON_BINS) == scores(a, b, ON_BINS)


def test_a_change_in_missingness_alone_moves_only_its_signal() -> None:
    values = draw("normal", 4_000).astype(float)
    column = compared(pa.array(values), pa.array([*values, *[None] * 4_000]), NUMERIC)
    assert {evidence.value for evidence in column.evidence.values()} == {0.0}
    assert column.signals["nulls"].value == pytest.approx(0.5, abs=1e-12)
    assert (column.signals["nulls"].reference, column.signals["nulls"].current) == (0.0, 0.5)


@every_shape
def test_one_more_row_moves_ks_and_every_bin_share_by_at_most_its_weight(shape: str) -> None:
    reference, current = finite(draw(shape, 3_000, 1)), finite(draw(shape, 999, 2))
    before = compared(reference, current, ["ks", "psi"]).evidence
    for extra in (float(reference.max()) * 2 + 1, float(np.median(reference)), -1e300, float(reference.min())):
        after = compared(reference, np.append(current, extra), ["ks", "psi"]).evidence
        assert abs(after["ks"].value - before["ks"].value) <= 1 / 1000 + 1e-12
        edges = before["psi"].details["bin_edges"].tolist()
        # The row may be the first beyond an end value with a bin of its own: an edge keeps it apart.
        edges_after = after["psi"].details["bin_edges"].tolist()
        beyond = set(edges_after) - set(edges)
        assert edges_after == sorted([*edges, *beyond])
        assert all(extra < edge <= reference.min() or reference.max() < edge <= extra for edge in beyond)
        same_bins = [0, *(edges_after.index(edge) + 1 for edge in edges)]
        shares = [
            np.asarray(before["psi"].details["current_counts"]) / 999,
            np.add.reduceat(after["psi"].details["current_counts"], same_bins) / 1000,
        ]
        assert np.abs(shares[0] - shares[1]).max() <= 1 / 1000 + 1e-12


def test_intervals_hold_the_certified_one_and_widen_with_the_level() -> None:
    for shape in ("normal", "ties", "zero_inflated"):
        column = compared(
            draw(shape, 20_000, 1),
            finite(draw(shape, 15_000, 2)) * 1.1,
            ["psi", "ks", "cramer_von_mises", "energy"],
            64,
        )
        for evidence in column.evidence.values():
            narrow, wide = evidence.interval(0.8), evidence.interval(0.99)
            assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]
            assert evidence.p_above(0.01) >= evidence.p_above(0.001)
            assert evidence.p_below(0.01) >= evidence.p_below(0.1)
            assert evidence.ci_low <= evidence.ci_high
