"""Into how many groups should rare labels fall? What a few say of a change, and of no change."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tests.calibration.bin_tables import NO_CHANGE, labels
from tests.calibration.candidate_laws import Shipped
from tests.calibration.columns import WARN
from tests.calibration.populations import Labels

COUNTS = (8, 16, 32, 64)
COLUMNS_PER_HASH = 20
HALVES = "half of them × 1.9, half × 0.1"


class Even(Labels):
    """Labels with equal shares, of which half grow and half shrink."""

    @cached_property
    def changed(self) -> dict[str, NDArray[np.float64]]:
        grows = np.arange(len(self.p)) < len(self.population) / 2
        return {HALVES: np.where(grows, 1.9, 0.1) * self.p}


FIFTY = Even("50 even", (1.0,) * 50)
THOUSAND = Even("1,000 even", (1.0,) * 1_000)


def claims(population: Labels, groups: int, n: int, m: int, columns: int, seed: int) -> tuple[float, float]:
    """Share of columns that are above 0.1 after the change, and below 0.1 without one. Each hash is drawn anew."""
    rng = np.random.default_rng([seed, groups, n, m])
    hashes = -(-columns // COLUMNS_PER_HASH)
    warned = fine = 0
    for _ in range(hashes):
        group_of = rng.integers(0, groups, len(population.p))
        references = labels(population, groups, group_of)(rng, n, COLUMNS_PER_HASH)
        warned += int(Shipped(references.draw(rng, HALVES, 1.0, m)[0]).above(WARN).sum())
        fine += int(Shipped(references.draw(rng, NO_CHANGE, 0.0, m)[0]).below(WARN).sum())
    return warned / hashes / COLUMNS_PER_HASH, fine / hashes / COLUMNS_PER_HASH


def page(columns: int, seed: int) -> str:
    lines = [
        f"{columns:,} columns for each number, a hash for every {COLUMNS_PER_HASH} of them.",
        "",
        f"| groups | 50 labels of 2 %, {HALVES}, `warn` with 2,000 rows a side | 1,000 even labels, no change, `ok` "
        "with 500 rows a side | with 200 rows against 50,000 |",
        "| --- | --- | --- | --- |",
    ]
    for groups in COUNTS:
        shares = (
            claims(FIFTY, groups, 2_000, 2_000, columns, seed)[0],
            claims(THOUSAND, groups, 500, 500, columns, seed)[1],
            claims(THOUSAND, groups, 50_000, 200, columns, seed)[1],
        )
        lines.append(f"| {groups} | " + " | ".join(f"{100 * share:.0f} %" for share in shares) + " |")
    return "\n".join(lines) + "\n"
