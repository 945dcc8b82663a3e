"""The law that `tests.calibration.score_laws` scores as the shipped one is the core's, on random tables of labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import driftline as dl
from tests.calibration.shipped_law import ShippedLaw, Tables

COLUMNS = 20


def label_columns(rng: np.random.Generator, rows: int, shares: Any) -> dict[str, Any]:
    labels = np.array([f"v{i}" for i in range(shares.shape[1])])
    return {f"c{i}": np.repeat(labels, rng.multinomial(rows, each)) for i, each in enumerate(shares)}


def numeric_columns(rng: np.random.Generator, rows: int, shares: Any) -> dict[str, Any]:
    values = np.arange(float(shares.shape[1]))
    return {f"c{i}": np.repeat(values, rng.multinomial(rows, each)) for i, each in enumerate(shares)}


def compared(n: int, m: int, spread: float, *, numeric: bool) -> Iterator[tuple[Any, ShippedLaw]]:
    """Evidence of the core, and the law of the same table, for columns of 2 to 30 labels with uneven shares."""
    rng = np.random.default_rng([n, m, round(10 * spread)])
    draw = numeric_columns if numeric else label_columns
    for bins in (2, 3, 5, 12, 30):
        p = rng.dirichlet(np.full(bins, spread), COLUMNS // 5)
        q = np.where(
            rng.random((len(p), 1)) < 0.2, p, p * rng.lognormal(0, 0.4, p.shape) * (rng.random(p.shape) < 0.95)
        )
        q = (q + 1e-9) / (q + 1e-9).sum(axis=1, keepdims=True)
        report = dl.compare(draw(rng, n, p), draw(rng, m, q), methods=["psi"], threads=1)
        for column in report.columns.values():
            evidence = column.evidence["psi"]
            r, c = (np.asarray(evidence.details[f"{side}_counts"], dtype=float) for side in ("reference", "current"))
            table = Tables(r[None], c[None], np.ones((1, len(r)), dtype=bool), numeric)
            yield evidence, ShippedLaw(table)


SIZES = [(50, 50), (200, 60), (60, 3_000), (500, 500), (20_000, 300), (100_000, 100_000)]


@pytest.mark.parametrize(("n", "m"), SIZES)
@pytest.mark.parametrize("spread", [0.3, 3.0])
@pytest.mark.parametrize("numeric", [False, True])
def test_p_values_are_those_of_the_core(n: int, m: int, spread: float, numeric: bool) -> None:
    laws = set()
    for evidence, law in compared(n, m, spread, numeric=numeric):
        laws.add(evidence.law)
        for tolerance in (0.02, 0.1, 0.25, 1.0, 0.7 * evidence.value, 1.6 * evidence.value):
            if not tolerance:
                continue
            assert law.p_above(tolerance)[0] == pytest.approx(evidence.p_above(tolerance), rel=1e-9, abs=1e-12)
            assert law.p_below(tolerance)[0] == pytest.approx(evidence.p_below(tolerance), rel=1e-9, abs=1e-12)
    assert numeric or n > 500 or spread > 1 or "pooled_noncentral_chi2" in laws


@pytest.mark.parametrize(("n", "m"), SIZES[:4])
def test_the_ends_of_the_interval_are_the_tolerances_that_are_just_rejected(n: int, m: int) -> None:
    """So an interval misses the truth if and only if one of the two claims about the truth is wrong."""
    for evidence, law in compared(n, m, 0.5, numeric=False):
        low, high = evidence.interval(0.9)
        if low > 0:
            assert law.p_above(low)[0] == pytest.approx(0.05, rel=1e-5)
        assert law.p_below(high * (1 + 1e-9))[0] <= 0.05
        assert law.p_below(high * 0.995)[0] >= 0.05


def test_p_is_only_raised_where_it_is_high_enough_already() -> None:
    for _, law in compared(200, 60, 0.3, numeric=False):
        exact, quick = law.p_below(0.3)[0], law.p_below(0.3, enough=0.05)[0]
        assert quick == exact if exact <= 0.05 else 0.05 < quick <= exact
