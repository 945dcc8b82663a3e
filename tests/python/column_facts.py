"""What the core makes of one column view: a profile, the numbers in it, the labels in it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from driftline import _core

__all__ = ["labels", "numbers", "profile_of"]


def profile_of(view: _core.ColumnView, kind: str) -> _core.ColumnProfile:
    profiler = _core.Profiler(resolution=8192, max_categories=16384, hash_labels=False, salt="", threads=1)
    profiler.add(view.length, [("x", kind, "feature", "", [view])])
    return profiler.finish().columns[0]


def numbers(view: _core.ColumnView) -> Counter[float]:
    """Every number of the view with its count."""
    low, high, counts = profile_of(view, "numeric").cells()
    np.testing.assert_array_equal(low, high)
    return Counter(dict(zip(low.tolist(), counts.tolist(), strict=True)))


def labels(view: _core.ColumnView) -> dict[Any, int]:
    return dict(profile_of(view, "categorical").counts())
