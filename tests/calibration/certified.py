"""The certified interval against the distance of the rows themselves, computed from the rows without a profile."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.stats
from numpy.typing import NDArray

import driftline as dl
from tests.calibration.populations import POPULATIONS, Numbers
from tests.calibration.rates import Rate, Tally
from tests.oracle import slow_bins as slow

Array = NDArray[np.float64]

ROUNDING = 1e-9
RESOLUTIONS = (64, 512)
"""Few cells, so that much is hidden by summarising; the default keeps so few rows exactly."""


def measure(shape: str, n: int, m: int, replicates: int, seed: int) -> list[Rate]:
    """Coarse profiles of a numeric shape, without a change and with a diffuse one."""
    population = POPULATIONS[shape]
    assert isinstance(population, Numbers)
    rng = np.random.default_rng([seed, 2, n, m, *shape.encode()])
    rates = []
    for part in (0.0, 0.3):
        tally = Tally(shape, "diffuse" if part else "none", part, n, m)
        for resolution in RESOLUTIONS:
            reference = population.draw(rng, n, replicates)
            current = population.draw_changed(rng, m, "diffuse", np.full(replicates, part))
            sides = (dl.profile(side, resolution=resolution, threads=1) for side in (reference, current))
            report = dl.compare(*sides, methods=["psi", "ks", "wasserstein"], threads=1)
            for name, column in report.columns.items():
                exact = exact_distances(reference[name], current[name], column.evidence["psi"].details["bin_edges"])
                for method, value in exact.items():
                    low, high = column.evidence[method].certified_low, column.evidence[method].certified_high
                    slack = ROUNDING * (1 + value)
                    tally.add(f"{method} certified misses", not low - slack <= value <= high + slack, 0.0)
                    tally.add(f"{method} certified width", high - low)
        rates += tally.rates()
    return rates


def exact_distances(reference: Array, current: Array, edges: Any) -> dict[str, float]:
    counts = [
        np.bincount(np.searchsorted(edges, side, "right"), minlength=len(edges) + 1) for side in (reference, current)
    ]
    return {
        "psi": slow.psi(slow.shrunk_shares(*(side.tolist() for side in counts))),
        "ks": float(scipy.stats.ks_2samp(reference, current, method="asymp").statistic),
        "wasserstein": float(scipy.stats.wasserstein_distance(reference, current)),
    }
