"""evidently, run in an environment of its own: its numbers for given columns, and whether its defaults alarm."""

from __future__ import annotations

from typing import Any

import numpy as np
from evidently import DataDefinition, Dataset, Report
from evidently.legacy.calculations.stattests import registry
from evidently.legacy.core import ColumnType
from evidently.metrics import DriftedColumnsCount
from exchange import column, main, table

NAMES = {"numeric": ["psi", "jensenshannon", "wasserstein", "ks"], "label": ["psi", "jensenshannon", "chisquare"]}


def numbers(reference: Any, current: Any, kind: str) -> dict[str, float]:
    before, now = (column(side, kind).replace([-np.inf, np.inf], np.nan).dropna() for side in (reference, current))
    column_type = ColumnType.Numerical if kind == "numeric" else ColumnType.Categorical
    found = {}
    for name in NAMES[kind]:
        test = registry.get_stattest(before, now, column_type, name)
        found[name] = float(test(before, now, column_type, None).drift_score)
    return found


def alarms(reference: Any, current: Any, kind: str) -> dict[str, float]:
    """Drifted columns by the count that the drift preset shows, nothing changed; each is judged by itself."""
    frames = [table(side, kind) for side in (current, reference)]
    names = list(frames[0].columns)
    kinds = {"numerical_columns" if kind == "numeric" else "categorical_columns": names}
    sides = [Dataset.from_pandas(frame, data_definition=DataDefinition(**kinds)) for frame in frames]
    result = Report([DriftedColumnsCount()]).run(*sides).dict()
    return {"evidently": float(result["metrics"][0]["value"]["count"])}


if __name__ == "__main__":
    main(numbers, alarms)
