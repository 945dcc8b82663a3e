"""whylogs, run in an environment of its own: its numbers for given columns, and whether its defaults alarm."""

from __future__ import annotations

import os
from typing import Any

os.environ["WHYLOGS_NO_ANALYTICS"] = "True"

import pandas as pd
import whylogs
from exchange import column, main, table
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores


def scores(reference: pd.DataFrame, current: pd.DataFrame) -> dict[str, dict[str, Any]]:
    views = [whylogs.log(side).view() for side in (current, reference)]
    return calculate_drift_scores(*views, with_thresholds=True)


def numbers(reference: Any, current: Any, kind: str) -> dict[str, float]:
    found = scores(*(column(side, kind).to_frame("x") for side in (reference, current)))["x"]
    return {found["algorithm"]: float(found["statistic"]), f"{found['algorithm']}_p": float(found["pvalue"])}


def alarms(reference: Any, current: Any, kind: str) -> dict[str, float]:
    """Columns whose default algorithm says DRIFT; POSSIBLE_DRIFT is not counted."""
    found = scores(table(reference, kind), table(current, kind))
    return {"whylogs": float(sum(score["drift_category"] == "DRIFT" for score in found.values()))}


if __name__ == "__main__":
    main(numbers, alarms)
