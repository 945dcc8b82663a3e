"""NannyML's univariate drift, with its defaults, run in an environment of its own."""

from __future__ import annotations

import os
from typing import Any

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import timing
from nannyml.drift.univariate import UnivariateDriftCalculator


def report(reference: Any, current: Any) -> object:
    """Fitted on one side, calculated for ten chunks of the other; nothing is plotted."""
    calculator = UnivariateDriftCalculator(column_names=list(reference.columns))
    calculator.fit(reference)
    return calculator.calculate(current).to_df()


if __name__ == "__main__":
    timing.main({"report": (timing.read_frame, report)})
