"""Populations that rows are drawn from, and changes of them.

A change names another population, and each current row comes from it with a probability `theta`. So the shares of any
bins are `(1 - theta) p + theta q`, and the size of a change is tuned by `theta` alone. Numbers are quantiles of a level
`u`, uniform on [0, 1], and their changes are other laws of that level.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import scipy.special
import scipy.stats
from numpy.typing import NDArray

import driftline as dl

Array = NDArray[np.float64]

GROUPS = 16
NEW_LABEL = "new"


@dataclass(frozen=True)
class LevelLaw:
    """A law of the level: piecewise uniform between knots, with the distribution function's value at each."""

    knots: tuple[float, ...]
    reached: tuple[float, ...]

    def cdf(self, level: Array) -> Array:
        return np.interp(level, self.knots, self.reached)

    def draw(self, uniform: Array) -> Array:
        return np.interp(uniform, self.reached, self.knots)


_GRID = np.linspace(0.0, 1.0, 101)
NUMERIC_CHANGES = {
    "diffuse": LevelLaw(tuple(_GRID.tolist()), tuple((_GRID**3).tolist())),
    "one decile": LevelLaw((0.0, 0.8, 0.9, 1.0), (0.0, 0.0, 1.0, 1.0)),
    "a cell vanishes": LevelLaw((0.0, 0.3, 0.4, 1.0), (0.0, 1 / 3, 1 / 3, 1.0)),
}


@dataclass(frozen=True)
class Numbers:
    """A numeric population: quantile and distribution function, and its values if they are few."""

    name: str
    quantile: Callable[[Array], Array]
    cdf: Callable[[Array], Array]
    """Of values that are no atoms: bin edges never are."""
    support: tuple[float, ...] = ()
    least_share: float = 0.0
    """Of the rows that hold the least value: no smaller level is a value of the distribution function."""
    has_mean: bool = True
    kind = "numeric"

    @property
    def changes(self) -> tuple[str, ...]:
        return tuple(NUMERIC_CHANGES)

    def draw(self, rng: np.random.Generator, rows: int, columns: int) -> dict[str, Array]:
        return {f"c{i}": self.quantile(rng.random(rows)) for i in range(columns)}

    def draw_changed(self, rng: np.random.Generator, rows: int, change: str, theta: Array) -> dict[str, Array]:
        law = NUMERIC_CHANGES[change]

        def column(share: float) -> Array:
            level = rng.random(rows)
            moved = rng.binomial(rows, share)
            level[:moved] = law.draw(level[:moved])
            return self.quantile(level)

        return {f"c{i}": column(share) for i, share in enumerate(theta)}

    def shares(self, details: Any, change: str) -> tuple[Array, Array]:
        """Of the population and of the changed one over the bins of a column."""
        levels = np.r_[0.0, self.cdf(np.asarray(details["bin_edges"], dtype=float)), 1.0]
        return np.diff(levels), np.diff(NUMERIC_CHANGES[change].cdf(levels))

    def ks(self, change: str) -> float:
        """Between the population and the changed one."""
        levels = np.maximum(self._levels, self.least_share)
        return float(np.max(np.abs(levels - NUMERIC_CHANGES[change].cdf(levels))))

    def wasserstein(self, change: str) -> float:
        levels = self._levels
        gap = np.abs(levels - NUMERIC_CHANGES[change].cdf(levels))
        if self.support:
            return float(np.sum(gap[:-1] * np.diff(self.support)))
        return float(np.trapezoid(gap, self.quantile(levels)))

    @cached_property
    def _levels(self) -> Array:
        if self.support:
            values = np.array(self.support)
            return self.cdf(np.r_[(values[:-1] + values[1:]) / 2, np.inf])
        return np.union1d(np.linspace(1e-9, 1 - 1e-9, 100_001), np.linspace(1e-12, 1e-4, 1_001))


@dataclass(frozen=True)
class Labels:
    """A categorical population: `shares` of the labels v0, v1, …"""

    name: str
    population: tuple[float, ...]
    kind = "categorical"

    @property
    def changes(self) -> tuple[str, ...]:
        return tuple(self.changed)

    @cached_property
    def values(self) -> list[str]:
        return [*(f"v{i}" for i in range(len(self.population))), NEW_LABEL]

    @cached_property
    def p(self) -> Array:
        return np.r_[np.array(self.population) / sum(self.population), 0.0]

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """Which of the groups of rare labels each label belongs to, as `details` says, which lists 20 of each bin."""
        columns = {f"c{i}": (2 * self.values)[i : i + 20] for i in range(0, len(self.values), 20)}
        report = dl.compare({name: [""] * 100 for name in columns}, columns, methods=["psi"], threads=1)
        members = (column.evidence["psi"].details["labels"][-GROUPS:] for column in report.columns.values())
        group_of = {label: i for bins in members for i, labels in enumerate(bins) for label in labels}
        return np.array([group_of[label] for label in self.values])

    @cached_property
    def changed(self) -> dict[str, Array]:
        """Changed populations by name."""
        p, count = self.p, len(self.population)
        uneven = count <= 25
        odd = (np.arange(count + 1) if uneven else self.groups) % 2 == 1
        new = np.zeros(count + 1)
        new[-1] = 1.0
        small = int(np.flatnonzero(p >= min(0.02, p.max()))[-1])
        changes = {
            "diffuse": conditional(p, odd),
            "one cell": np.eye(1, count + 1, int(np.argmin(np.abs(p[:-1] - 0.1))))[0],
            "a cell vanishes": conditional(p, np.arange(count + 1) != small),
            "a new cell": new,
        }
        if p[0] > p[count - 1]:
            first, second = (1, count - 1) if self.name == "skewed" else (0, count // 2 if uneven else 40)
            swapped = p.copy()
            swapped[[first, second]] = swapped[[second, first]]
            changes["swap"] = swapped
        return changes

    def draw(self, rng: np.random.Generator, rows: int, columns: int) -> dict[str, Any]:
        return self._table(rng.multinomial(rows, self.p, columns))

    def draw_changed(self, rng: np.random.Generator, rows: int, change: str, theta: Array) -> dict[str, Any]:
        shares = (1 - theta)[:, None] * self.p + theta[:, None] * self.changed[change]
        return self._table(rng.multinomial(rows, shares / shares.sum(axis=1, keepdims=True)))

    def shares(self, details: Any, change: str) -> tuple[Array, Array]:
        """Of the population and of the changed one over the bins of a column."""
        members = details["labels"][:-GROUPS]
        own = np.array([self._place[label] for (label,) in members], dtype=int)
        bins = len(own) + self.groups
        bins[own] = np.arange(len(own))
        p, q = (np.bincount(bins, side, len(own) + GROUPS) for side in (self.p, self.changed[change]))
        return p, q

    @cached_property
    def _place(self) -> dict[str, int]:
        return {label: i for i, label in enumerate(self.values)}

    def _table(self, counts: NDArray[np.int64]) -> dict[str, Any]:
        labels, codes = pa.array(self.values), np.arange(len(self.values), dtype=np.int16)
        columns = (pa.DictionaryArray.from_arrays(np.repeat(codes, rows), labels) for rows in counts)
        return {f"c{i}": column for i, column in enumerate(columns)}


def conditional(p: Array, kept: NDArray[np.bool_]) -> Array:
    shares = np.where(kept, p, 0.0)
    return shares / shares.sum()


def zipf(count: int) -> tuple[float, ...]:
    return tuple((1 / np.arange(1, count + 1)).tolist())


def zero_inflated_quantile(level: Array) -> Array:
    return np.where(level < 0.7, 0.0, -np.log1p(-np.maximum(level - 0.7, 0.0) / 0.3))


def zero_inflated_cdf(x: Array) -> Array:
    return np.where(x < 0, 0.0, 0.7 - 0.3 * np.expm1(-np.maximum(x, 0.0)))


def score_quantile(level: Array) -> Array:
    return scipy.special.expit(4 + 3 * scipy.special.ndtri(level))


def score_cdf(x: Array) -> Array:
    return scipy.special.ndtr((scipy.special.logit(x) - 4) / 3)


def poisson_quantile(level: Array) -> Array:
    return np.searchsorted(_POISSON, level).astype(float)


_POISSON = scipy.stats.poisson.cdf(np.arange(25), 3.0)

POPULATIONS: dict[str, Numbers | Labels] = {
    each.name: each
    for each in (
        Numbers("normal", scipy.special.ndtri, scipy.special.ndtr),
        Numbers("uniform", lambda u: u, lambda x: np.clip(x, 0.0, 1.0)),
        Numbers("lognormal", lambda u: np.exp(scipy.special.ndtri(u)), lambda x: scipy.special.ndtr(np.log(x))),
        Numbers(
            "cauchy",
            lambda u: np.tan(np.pi * (u - 0.5)),
            lambda x: 0.5 + np.arctan(x) / np.pi,
            has_mean=False,
        ),
        Numbers(
            "ties",
            poisson_quantile,
            lambda x: scipy.stats.poisson.cdf(np.floor(x), 3.0),
            support=tuple(np.arange(25.0).tolist()),
        ),
        Numbers("zero-inflated", zero_inflated_quantile, zero_inflated_cdf, least_share=0.7),
        Numbers("saturated scores", score_quantile, score_cdf),
        Labels("10 even", (0.1,) * 10),
        Labels("22 Zipf", zipf(22)),
        Labels("skewed", (0.9, 0.05, 0.03, 0.01, 0.005, 0.003, 0.001, 0.0005, 0.0005)),
        Labels("1,000 even", (0.001,) * 1_000),
        Labels("10,000 Zipf", zipf(10_000)),
    )
}
