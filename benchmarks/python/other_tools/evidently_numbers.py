"""evidently, run in an environment of its own: its numbers for given columns, and whether its defaults alarm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.legacy.calculations.stattests import registry
from evidently.legacy.core import ColumnType
from evidently.presets import DataDriftPreset
from exchange import main

NAMES = {"numeric": ["psi", "jensenshannon", "wasserstein", "ks"], "label": ["psi", "jensenshannon", "chisquare"]}


def series(values: Any, kind: str) -> pd.Series:
    return pd.Series(values) if kind == "numeric" else pd.Series(values, dtype=object)


def numbers(reference: Any, current: Any, kind: str) -> dict[str, float]:
    before, now = (series(side, kind).replace([-np.inf, np.inf], np.nan).dropna() for side in (reference, current))
    column_type = ColumnType.Numerical if kind == "numeric" else ColumnType.Categorical
    found = {}
    for name in NAMES[kind]:
        test = registry.get_stattest(before, now, column_type, name)
        found[name] = float(test(before, now, column_type, None).drift_score)
    return found


def alarms(reference: Any, current: Any, kind: str) -> dict[str, float]:
    """Whether the drift preset with nothing changed calls the column drifted."""
    columns = {"numerical_columns" if kind == "numeric" else "categorical_columns": ["x"]}
    sides = [
        Dataset.from_pandas(series(side, kind).to_frame("x"), data_definition=DataDefinition(**columns))
        for side in (current, reference)
    ]
    result = Report([DataDriftPreset()]).run(*sides).dict()
    count = next(m for m in result["metrics"] if "DriftedColumnsCount" in m["metric_name"])
    return {"evidently": float(count["value"]["count"] > 0)}


if __name__ == "__main__":
    main(numbers, alarms)
