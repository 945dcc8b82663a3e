"""Candidate laws of PSI at shares whose PSI is the tolerance: resampled from them, or expanded around them."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special
import scipy.stats
from numpy.typing import NDArray

from tests.calibration import truths
from tests.calibration.candidate_laws import Law
from tests.calibration.rates import ALPHA
from tests.calibration.shipped_law import LEAST, Score, Tables, pooled

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


def moved(tables: Tables, tolerance: Any) -> tuple[Array, Array]:
    """Shares on the line between the two sides, and beyond, where PSI is the tolerance (or as near as it gets)."""
    n, m = tables.score.n, tables.score.m
    p, q = tables.reference / n, tables.current / m
    middle = (tables.reference + tables.current) / (n + m)

    def at(times: Array) -> tuple[Array, Array]:
        sides = (np.maximum(middle + times[:, None] * (side - middle), 0.0) for side in (p, q))
        p_there, q_there = (side / side.sum(axis=1, keepdims=True) for side in sides)
        return p_there, q_there

    def enough(times: Array) -> Flags:
        return truths.psi(*at(times), int(n), int(m)) >= tolerance

    low, high = np.zeros(len(tables)), np.ones(len(tables))
    while (short := ~enough(high) & (high < 50)).any():
        low, high = np.where(short, high, low), np.where(short, 1.5 * high, high)
    for _ in range(25):
        half = (low + high) / 2
        past = enough(half)
        low, high = np.where(past, low, half), np.where(past, half, high)
    return at(high)


class Bootstrap(Law):
    """Tables drawn from shares that were moved along the line between the sides until PSI is the tolerance."""

    name = "bootstrap"
    draws = 200

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.value = tables.score.terms(tables.reference, tables.current).sum(axis=1)
        self.rng = np.random.default_rng(tables.current[0].astype(int))
        self._drawn: tuple[bytes, Array] = b"", self.value

    def above(self, tolerance: Any) -> Flags:
        return self._reached(tolerance)[0] <= ALPHA * (self.draws + 1)

    def below(self, tolerance: Any) -> Flags:
        return self._reached(tolerance)[1] <= ALPHA * (self.draws + 1)

    def _reached(self, tolerance: Any) -> Array:
        """How many draws are at least as large as each column's PSI, and at most, the column itself counted."""
        key = np.asarray(tolerance, dtype=float).tobytes()
        if key == self._drawn[0]:
            return self._drawn[1]
        n, m = self.tables.score.n, self.tables.score.m
        p, q = moved(self.tables, tolerance)
        reached = np.ones((2, len(self.tables)))
        for i, value in enumerate(self.value):
            r, c = (
                self.rng.multinomial(int(rows), side[i], self.draws).astype(float) for rows, side in ((n, p), (m, q))
            )
            some = (r + c).any(axis=0)
            drawn = Tables(r[:, some], c[:, some], (r + c)[:, some] > 0, self.tables.numeric)
            values = drawn.score.terms(drawn.reference, drawn.current).sum(axis=1)
            reached[:, i] += (values >= value).sum(), (values <= value).sum()
        self._drawn = key, reached
        return reached


class SaddlePoint(Law):
    """PSI as a quadratic form of normal errors around the same shares, with the tail of Lugannani and Rice.

    Kuonen (1999), doi:10.1093/biomet/86.4.929, has the sum of weighted chi-squares; a linear part is added, and that
    each side's errors sum to zero. "Above" pools sparse bins as the shipped law does, "below" uses all.
    """

    name = "saddle point"

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        sparse = tables.exists & (tables.expected(tables.reference, tables.current) < LEAST)
        self.for_above = pooled(tables, sparse)
        self.values = {
            above: tables.score.terms(each.reference, each.current).sum(axis=1)
            for above, each in ((True, self.for_above), (False, tables))
        }

    def above(self, tolerance: Any) -> Flags:
        tail = self._tail(self.for_above, self.values[True], tolerance)
        return (self.for_above.exists.sum(axis=1) > 1) & (self.values[True] > tolerance) & (tail <= ALPHA)

    def below(self, tolerance: Any) -> Flags:
        tail = self._tail(self.tables, self.values[False], tolerance)
        return (self.values[False] < tolerance) & (1 - tail <= ALPHA)

    def _tail(self, tables: Tables, values: Array, tolerance: Any) -> Array:
        p, q = moved(tables, tolerance)
        return QuadraticForm(self.tables.score, p, q).tail(values)


class QuadraticForm:
    """Second-order expansion of PSI at shares p and q, in normal errors with the covariance of multinomial shares.

    PSI is homogeneous, so the second derivatives of a bin's term have rank one: c + Σ (g·δ + h (u·δ)² / 2).
    """

    def __init__(self, score: Score, p: Array, q: Array) -> None:
        r, c = p * score.n, q * score.m
        held = r + c > 0
        slope_p, slope_q, x, y = score.slopes(r, c)
        self.slopes = np.where(held, slope_p, 0.0), np.where(held, slope_q, 0.0)
        self.constant = score.terms(r, c).sum(axis=1)
        ratio = np.where(held, y / x, 1.0)
        self.curvature = np.where(held, (1 / ratio + 1 / ratio**2) / x, 0.0)
        a, b = score.pseudo()
        w = score.n / (score.n + score.m)
        u_p = (ratio * (1 + a * w) / (1 + a) - b * w / (1 + b)) * p / score.n
        u_q = (ratio * a * (1 - w) / (1 + a) - (1 + b * (1 - w)) / (1 + b)) * q / score.m
        # Directions times variances, as everything below needs them.
        self.directions = u_p, u_q
        some_p, some_q = np.where(p > 0, p, 1.0) / score.n, np.where(q > 0, q, 1.0) / score.m
        self.weights = self.curvature * (u_p**2 / some_p + u_q**2 / some_q)
        self.linear = self.slopes[0] * u_p + self.slopes[1] * u_q
        g_p, g_q = self.slopes
        v_p, v_q = p / score.n, q / score.m
        self.at_zero = np.stack([v.sum(axis=1) for v in (v_p, v_q, v_p * g_p, v_q * g_q, v_p * g_p**2 + v_q * g_q**2)])

    def cumulants(self, t: Array) -> tuple[Array, Array]:
        """The cumulant generating function and its derivative."""
        e = 1 / (1 - t[:, None] * self.weights)
        u_p, u_q = self.directions
        h = self.curvature * e
        products = u_p * u_p, u_p * u_q, u_q * u_q, u_p * self.linear, u_q * self.linear, self.linear**2
        grown = np.stack([(h * product).sum(axis=1) for product in products])
        speed = np.stack([(h * e * product).sum(axis=1) for product in products])
        s_p, s_q, b_p, b_q, g = self.at_zero
        s = s_p + t * grown[0], t * grown[1], s_q + t * grown[2]
        b = b_p + t * grown[3], b_q + t * grown[4]
        det = s[0] * s[2] - s[1] ** 2
        # S⁻¹ b, and the two quadratic forms in it and in the slopes.
        z = (s[2] * b[0] - s[1] * b[1]) / det, (s[0] * b[1] - s[1] * b[0]) / det
        rest = g + t * grown[5] - b[0] * z[0] - b[1] * z[1]
        trace = (s[2] * speed[0] - 2 * s[1] * speed[1] + s[0] * speed[2]) / det
        turned = speed[0] * z[0] ** 2 + 2 * speed[1] * z[0] * z[1] + speed[2] * z[1] ** 2
        change = speed[5] - 2 * (speed[3] * z[0] + speed[4] * z[1]) + turned
        value = t * self.constant + 0.5 * (np.log(e).sum(axis=1) - np.log(det / (s_p * s_q)) + t**2 * rest)
        slope = self.constant + 0.5 * ((self.weights * e).sum(axis=1) - trace + t**2 * change) + t * rest
        return value, slope

    def tail(self, values: Array, steps: int = 40) -> Array:
        """P(form ≥ value)."""
        end = 1 / np.maximum(self.weights.max(axis=1), 1e-300)
        low, high = np.zeros(len(values)), np.ones(len(values))
        with np.errstate(all="ignore"):
            for _ in range(steps):  # of t = end (2 − 1/z), which z in (0, 1) takes from −∞ to the end
                z = (low + high) / 2
                past = self.cumulants(end * (2 - 1 / z))[1] >= values
                low, high = np.where(past, low, z), np.where(past, z, high)
            z = (low + high) / 2
            t = end * (2 - 1 / z)
            step = 1e-5 * np.minimum(end - t, np.abs(t) + end)
            curved = (self.cumulants(t + step)[1] - self.cumulants(t - step)[1]) / (2 * step)
            r = np.sign(t) * np.sqrt(np.maximum(2 * (t * values - self.cumulants(t)[0]), 0.0))
            u = t * np.sqrt(curved)
            tail = scipy.stats.norm.sf(r) + np.exp(-(r**2) / 2) / np.sqrt(2 * np.pi) * (1 / u - 1 / r)
        return np.where(np.abs(r) < 1e-3, 0.5, np.clip(tail, 0.0, 1.0))
