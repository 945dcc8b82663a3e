"""Numbers by the definitions of other tools against those formulas on the rows themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import driftline as dl
from driftline.methods import FOREIGN, METHODS
from tests.oracle.other_tools import FORMULAS, Number

Rows = NDArray[Any]
ON_NUMBERS = [pair for pair in FORMULAS if pair[1] != "chi_square"]
ON_LABELS = [pair for pair in FORMULAS if pair[1] in ("psi", "jensen_shannon", "chi_square")]


def numeric_columns() -> dict[str, tuple[Rows, Rows]]:
    random = np.random.default_rng(41)
    normal = random.normal
    inflated = [np.where(random.random(n) < 0.4, 0.0, random.lognormal(size=n).round(2)) for n in (12_000, 9000)]
    return {
        "small": (normal(size=400), normal(0.2, 1, 300)),
        "equal sizes": (normal(size=256), normal(0.1, 1.3, 256)),
        "far apart": (normal(size=60), normal(20, 1, 50)),
        "skewed": (random.lognormal(size=3000), random.lognormal(0.1, 1, 2500)),
        "one side small": (normal(size=7000), normal(0.1, 1, 90)),
        "rounded": (normal(size=15_000).round(2), normal(0.05, 1.1, 11_000).round(2)),
        "zero-inflated": (inflated[0], inflated[1]),
        "integers": (random.poisson(40, 5000), random.poisson(42, 4000)),
        "narrow integers": (random.integers(0, 24, 60_000), random.integers(0, 26, 50_000)),
        "few values": (random.integers(0, 4, 900), random.integers(0, 5, 800)),
        "twenty values": (random.integers(0, 20, 900) / 4, random.integers(3, 23, 800) / 4),
        "small shares": (
            np.concatenate([normal(size=20_000).round(1), [9.0]]),
            np.concatenate([normal(size=30_000).round(1), [-8.0]]),
        ),
        "constant": (np.full(200, 3.5), np.full(150, 3.5)),
        "constant moves": (np.full(200, 3.5), np.full(150, 4.25)),
        "large constant moves": (np.full(12_000, 3.5), np.array([2.75, 3.5, 4.25] * 50)),
    }


LABELS: dict[str, tuple[list[Any], list[Any]]] = {
    "labels": (list("aaaabbbccd") * 30, list("aaabbbbccd") * 20),
    "new label": (list("aaabbc") * 30, [*list("aaabbc") * 20, "new", "new"]),
    "label gone": ([*list("aaabbc") * 30, *["gone"] * 20], list("aaabbc") * 20),
    "rare labels": (["a"] * 11_000 + ["b"] * 500 + ["c"], ["a"] * 9000 + ["b"] * 600 + ["d"] * 2),
    "two labels": (["yes"] * 120 + ["no"] * 480, ["yes"] * 70 + ["no"] * 200),
    "one label": (["a"] * 120, ["a"] * 70),
    "nulls": (list("aab") * 40 + [None] * 50, list("abb") * 30 + [None] * 10),
}
NUMBERS = numeric_columns()


def measure(tool: str, method: str, reference: Any, current: Any) -> dl.Evidence:
    record = METHODS[method](definition=tool)  # type: ignore[call-arg]
    return dl.compare({"x": reference}, {"x": current}, methods=[record])["x", f"{method}_{tool}"]


def check(evidence: dl.Evidence, expected: Number) -> None:
    """Every value is kept, so nothing may differ but rounding."""
    if np.isinf(expected.value):
        assert (evidence.value, evidence.reason, evidence.p_value) == (None, "infinite", 0.0)
        return
    # Near 0 the root of a Jensen–Shannon divergence magnifies its last bit.
    smallest = 1e-7 if evidence.method.startswith("jensen") and expected.value < 1e-7 else 1e-14
    assert evidence.value == pytest.approx(expected.value, rel=1e-11, abs=smallest)
    assert evidence.certified_low == evidence.value == evidence.certified_high
    if expected.p_value is None or np.isnan(expected.p_value):
        assert evidence.p_value is None
    else:
        assert evidence.p_value == pytest.approx(expected.p_value, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(("tool", "method"), ON_NUMBERS)
def test_numbers_have_the_value_of_the_tool(tool: str, method: str, name: str) -> None:
    reference, current = NUMBERS[name]
    check(measure(tool, method, reference, current), FORMULAS[tool, method](reference, current))


@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize(("tool", "method"), ON_LABELS)
def test_labels_have_the_value_of_the_tool(tool: str, method: str, name: str) -> None:
    sides = [np.array(side, dtype=object) for side in LABELS[name]]
    if method != "chi_square" or tool != "whylogs":  # whylogs alone counts nulls
        sides = [side[[value is not None for value in side]] for side in sides]
    expected = FORMULAS[tool, method](sides[0], sides[1])
    if (tool, method, name) == ("evidently", "chi_square", "one label"):
        expected = Number(expected.value)  # SciPy's chisquare gives NaN where there is one category
    check(measure(tool, method, *LABELS[name]), expected)


@pytest.mark.parametrize("name", ["two labels", "one label"])
@pytest.mark.parametrize(("tool", "method"), ON_LABELS)
def test_booleans_are_labels(tool: str, method: str, name: str) -> None:
    reference, current = ([value == "yes" for value in side] for side in LABELS[name])
    sides = [np.array(side, dtype=object) for side in (reference, current)]
    expected = FORMULAS[tool, method](sides[0], sides[1])
    if (tool, method, name) == ("evidently", "chi_square", "one label"):
        expected = Number(expected.value)
    check(measure(tool, method, reference, current), expected)


@pytest.mark.parametrize("shape", ["normal", "lognormal", "moved", "wide"])
@pytest.mark.parametrize(("tool", "method"), ON_NUMBERS)
def test_the_certified_interval_holds_the_value_where_cells_are_coarse(tool: str, method: str, shape: str) -> None:
    random = np.random.default_rng(43)
    reference = random.lognormal(0, 1, 40_000) if shape == "lognormal" else random.normal(size=40_000)
    current = {
        "normal": lambda: random.normal(size=30_000),
        "lognormal": lambda: random.lognormal(0.05, 1, 30_000),
        "moved": lambda: random.normal(0.3, 1, 30_000),
        "wide": lambda: random.normal(0, 3, 30_000),
    }[shape]()
    profiles = [dl.profile({"x": side}, resolution=256) for side in (reference, current)]
    record = METHODS[method](definition=tool)  # type: ignore[call-arg]
    evidence = dl.compare(*profiles, methods=[record])["x", f"{method}_{tool}"]
    expected = FORMULAS[tool, method](reference, current).value
    assert evidence.value is not None
    assert evidence.certified_low is not None
    assert evidence.certified_high is not None
    rounding = 1e-12 * expected
    assert evidence.certified_low - rounding <= expected <= evidence.certified_high + rounding
    assert evidence.certified_low <= evidence.value <= evidence.certified_high
    assert evidence.certified_low < evidence.certified_high
    # A cell of 256 holds at most a few percent of the rows, and so little can the estimate miss.
    assert evidence.value == pytest.approx(expected, abs=0.05, rel=0.5)


def two_valued(n: int, m: int, gap: float) -> tuple[Rows, Rows]:
    """Samples of 0 and 1 whose distribution functions differ by about ``gap``."""
    ones = [round(n * (0.5 - gap / 2)), round(m * (0.5 + gap / 2))]
    first, second = (np.repeat([0, 1], [size - one, one]) for size, one in zip((n, m), ones, strict=True))
    return first, second


@pytest.mark.parametrize("gap", [0.003, 0.01, 0.03, 0.08, 0.2, 0.45, 0.7, 0.98])
@pytest.mark.parametrize(
    ("n", "m"), [(2, 2), (9, 7), (40, 40), (130, 300), (300, 280), (5000, 900), (90_000, 10_001), (800_000, 700_000)]
)
@pytest.mark.parametrize("tool", ["evidently", "whylogs"])
def test_p_values_of_ks_are_those_of_scipy(tool: str, n: int, m: int, gap: float) -> None:
    sides = two_valued(n, m, gap)
    evidence = measure(tool, "ks", *sides)
    assert evidence.value is not None
    if tool == "evidently" and max(n, m) <= 10_000:
        expected = scipy.stats.ks_2samp(*sides).pvalue
    else:
        expected = scipy.stats.kstwo.sf(evidence.value, np.round(n * m / (n + m)))
    assert evidence.p_value == pytest.approx(float(expected), rel=2e-6, abs=1e-100)


@pytest.mark.parametrize(
    ("shift", "statistic", "p_value"),
    [(20.1, 232 / 1100, 0.015739183865607353), (19.9, 229 / 1100, 0.017803803861026313)],
)
def test_the_exact_p_value_is_the_published_one(shift: float, statistic: float, p_value: float) -> None:
    """From SciPy's tests of ks_2samp, sizes 100 and 110."""
    evidence = measure("evidently", "ks", np.linspace(1, 100, 100), np.linspace(1, 100, 110) + shift)
    assert evidence.value == pytest.approx(statistic, rel=1e-12)
    assert evidence.p_value == pytest.approx(p_value, rel=1e-12)


def test_tiny_p_values_keep_their_digits() -> None:
    sides = np.repeat([0, 1], [4975, 5025]), np.zeros(110, dtype=int)
    expected = float(scipy.stats.ks_2samp(*sides).pvalue)
    assert 0.0 < expected < 1e-25
    assert measure("evidently", "ks", *sides).p_value == pytest.approx(expected, rel=1e-10, abs=0.0)


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=12),
    st.lists(st.integers(0, 60), min_size=1, max_size=12),
    st.sampled_from(ON_LABELS),
)
def test_any_counts_of_labels(before: list[int], now: list[int], pair: tuple[str, str]) -> None:
    sides = [
        np.array([f"v{i}" for i, rows in enumerate(side) for _ in range(rows)] or ["v0"]) for side in (before, now)
    ]
    sides = [side.astype(object) for side in sides]
    expected = FORMULAS[pair](sides[0], sides[1])
    if pair == ("evidently", "chi_square") and len(set(sides[0]) | set(sides[1])) == 1:
        expected = Number(expected.value)
    check(measure(*pair, *(side.tolist() for side in sides)), expected)


def test_values_that_were_not_kept_leave_the_number_undefined() -> None:
    labels = [f"v{i}" for i in range(200)]
    profile = dl.profile({"x": labels}, max_categories=64)
    evidence = dl.compare(profile, profile, methods=[dl.PSI(definition="evidently")])["x", "psi_evidently"]
    assert (evidence.value, evidence.reason) == (None, "labels_not_kept")
    few, many = {"x": [1.0, 2.0] * 100}, {"x": np.random.default_rng(1).normal(size=20_000)}
    evidence = dl.compare(few, many, methods=[dl.PSI(definition="evidently")])["x", "psi_evidently"]
    assert (evidence.value, evidence.reason) == (None, "too_many_values")


@pytest.mark.parametrize("n_rows", [60, 12_000])
@pytest.mark.parametrize("ends", [(-1.7e308, 1.7e308), (0.0, 1.7e308), (5e-324, 1e-320), (1e16, 1e16 + 4), (-0.0, 0.0)])
def test_extreme_values_give_a_number_or_a_reason(ends: tuple[float, float], n_rows: int) -> None:
    random = np.random.default_rng(47)
    reference = np.where(random.random(n_rows) < 0.5, ends[0], ends[1])
    reference[:30] = ends[0] * (share := np.linspace(0, 1, 30)) + ends[1] * (1 - share)
    report = dl.compare({"x": reference}, {"x": np.append(reference[:50], ends)}, methods=list(FOREIGN))
    for evidence in report.columns["x"].evidence.values():
        if evidence.value is None:
            assert evidence.reason in ("overflow", "infinite")
        else:
            assert evidence.certified_low is not None
            assert evidence.certified_high is not None
            assert 0.0 <= evidence.certified_low <= evidence.value <= evidence.certified_high < np.inf
            assert evidence.p_value is None or 0.0 <= evidence.p_value <= 1.0


def test_every_definition_has_a_formula() -> None:
    assert set(FOREIGN) == {f"{method}_{tool}" for tool, method in FORMULAS}
