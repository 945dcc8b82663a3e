"""The loop that people write: one SciPy test per column, on the rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import timing
from pandas.api.types import is_numeric_dtype
from scipy.stats import chi2_contingency, ks_2samp


def loop(reference: Any, current: Any) -> object:
    """A p-value per column: Kolmogorov and Smirnov's for numbers, chi-square for labels."""
    found = {}
    for name in reference.columns:
        before, now = reference[name], current[name]
        if is_numeric_dtype(before):
            found[name] = ks_2samp(before, now).pvalue
        else:
            counts = [side.astype(object).value_counts() for side in (before, now)]
            found[name] = chi2_contingency(pd.concat(counts, axis=1).fillna(0)).pvalue
    return found


if __name__ == "__main__":
    timing.main({"loop": (timing.read_frame, loop)})
