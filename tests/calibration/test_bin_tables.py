"""Bins that are drawn directly are those that the core makes of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats

import driftline as dl
from tests.calibration import bin_tables, truths
from tests.calibration.bin_tables import NO_CHANGE, SHAPES
from tests.calibration.populations import POPULATIONS, Labels

CERTAIN = 1e-6


def counts_of(reference: Any, current: Any) -> tuple[list[float], list[float]]:
    details = dl.compare({"x": reference}, {"x": current}, methods=["psi"])["x", "psi"].details
    return details["reference_counts"].tolist(), details["current_counts"].tolist()


@pytest.mark.parametrize("n", [50, 100, 1_000])
def test_bins_of_values_with_ties_are_those_of_the_core(n: int) -> None:
    rng = np.random.default_rng(n)
    values, both_ends = np.arange(25.0), 0
    for _ in range(150):
        r, c = (rng.multinomial(n, rng.dirichlet(np.full(25, 0.5)))[None] for _ in range(2))
        bins = bin_tables.bins_of_values(r)
        width = int(bins.max()) + 2
        mine = [bin_tables.folded(side.astype(float), bins, width)[0] for side in (r, c)]
        held = (mine[0] > 0) | (mine[1] > 0)
        both_ends += bool((held & (mine[0] == 0)).any())
        core = counts_of(*(np.repeat(values, side[0]) for side in (r, c)))
        assert [side[held].tolist() for side in mine] == list(core)
    assert both_ends


@pytest.mark.parametrize("n", [50, 1_000])
@pytest.mark.parametrize("name", ["22 Zipf", "skewed", "10,000 Zipf"])
def test_bins_of_labels_are_those_of_the_core(name: str, n: int) -> None:
    population = POPULATIONS[name]
    assert isinstance(population, Labels)
    rng = np.random.default_rng(n)
    for _ in range(20):
        cells = rng.multinomial(n, population.p, 1)
        every = np.c_[cells, np.zeros((1, bin_tables.GROUPS), dtype=cells.dtype)]
        bins = bin_tables.bins_of_labels(every, n, population.groups)
        mine = bin_tables.folded(every.astype(float), bins, every.shape[1])[0]
        rows = np.repeat(population.values, cells[0])
        own, groups = mine[: -bin_tables.GROUPS], mine[-bin_tables.GROUPS :]
        core = counts_of(rows, rows)[0]
        assert sorted(own[own > 0], reverse=True) + groups.tolist() == core


@pytest.mark.parametrize("n", [50, 200, 1_000])
@pytest.mark.parametrize("at_zero", [0.0, 0.7])
def test_bins_without_ties_hold_the_rows_that_the_core_counts(n: int, at_zero: float) -> None:
    rng = np.random.default_rng(n)
    for _ in range(20):
        zeros = rng.binomial(n, at_zero)
        rows = np.r_[np.zeros(zeros), 1 + rng.random(n - zeros)]
        free = bin_tables.equal_rows(np.array([n - zeros], dtype=float), 10 - (at_zero > 0))[0]
        assert counts_of(rows, rows)[0] == [*([zeros] if at_zero else []), *free[free > 0]]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n", [50, 1_000])
def test_bins_that_are_none_hold_nothing(shape: str, n: int) -> None:
    drawn = SHAPES[shape](np.random.default_rng(1), n, 400)
    assert (drawn.counts.sum(axis=1) == n).all()
    for shares in drawn.shares.values():
        assert shares.sum(axis=1) == pytest.approx(1)
        assert (shares[~drawn.exists] < 1e-12).all()


@pytest.mark.parametrize("rows", [50, 400])
def test_shares_between_edges_vary_as_those_of_drawn_rows_do(rows: int) -> None:
    """The share of the first bin of a number without ties."""
    rng = np.random.default_rng(rows)
    drawn = rng.random((rows, 300))
    report = dl.compare(*({f"c{i}": drawn[:, i] for i in range(300)},) * 2, methods=["psi"], threads=1)
    first = [column.evidence["psi"].details["bin_edges"][0] for column in report.columns.values()]
    mine = SHAPES["10 even bins"](rng, rows, 300).shares[NO_CHANGE][:, 0]
    assert scipy.stats.ks_2samp(first, mine).pvalue > CERTAIN
    assert np.mean(mine) == pytest.approx((rows / 10 + 0.5) / (rows + 1), rel=0.05)


def test_current_rows_have_the_psi_that_is_wanted_and_told() -> None:
    rng = np.random.default_rng(1)
    for shape in ("10 even bins", "ties", "22 Zipf"):
        references = SHAPES[shape](rng, 200, 100)
        part = references.part_for("diffuse", 0.25, 500)
        tables, true = references.draw(rng, "diffuse", part, 500)
        assert np.median(true) == pytest.approx(0.25, rel=0.1)
        assert (tables.current.sum(axis=1) == 500).all()
        assert (tables.current[~tables.exists] == 0).all()
        unchanged, none = references.draw(rng, NO_CHANGE, 0.0, 500)
        assert none == pytest.approx(np.zeros(100), abs=1e-12)
        assert truths.psi(references.counts / 200, unchanged.current / 500, 200, 500).mean() < 0.25
