"""evidently's drift preset, with its defaults, run in an environment of its own."""

from __future__ import annotations

from typing import Any

import timing
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset
from pandas.api.types import is_numeric_dtype


def report(reference: Any, current: Any) -> object:
    """All but drawing the page; told which columns are labels, as many different strings would count as free text."""
    numbers = [name for name in reference.columns if is_numeric_dtype(reference[name])]
    labels = [name for name in reference.columns if name not in numbers]
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=labels)
    sides = [Dataset.from_pandas(frame, data_definition=definition) for frame in (current, reference)]
    return Report([DataDriftPreset()]).run(*sides).dict()


if __name__ == "__main__":
    timing.main({"report": (timing.read_frame, report)})
