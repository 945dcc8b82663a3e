"""whylogs, run in an environment of its own: its numbers for given columns, and whether its defaults alarm."""

from __future__ import annotations

import os
from typing import Any

os.environ["WHYLOGS_NO_ANALYTICS"] = "True"

import pandas as pd
import whylogs
from exchange import main
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores


def score(reference: Any, current: Any, kind: str) -> dict[str, Any]:
    views = []
    for side in (current, reference):
        column = pd.Series(side) if kind == "numeric" else pd.Series(side, dtype=object)
        views.append(whylogs.log(column.to_frame("x")).view())
    return calculate_drift_scores(*views, with_thresholds=True)["x"]


def numbers(reference: Any, current: Any, kind: str) -> dict[str, float]:
    found = score(reference, current, kind)
    return {found["algorithm"]: float(found["statistic"]), f"{found['algorithm']}_p": float(found["pvalue"])}


def alarms(reference: Any, current: Any, kind: str) -> dict[str, float]:
    """Whether the class of the default algorithm is DRIFT; POSSIBLE_DRIFT is not counted."""
    return {"whylogs": float(score(reference, current, kind)["drift_category"] == "DRIFT")}


if __name__ == "__main__":
    main(numbers, alarms)
