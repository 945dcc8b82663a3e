"""NannyML, run in an environment of its own: its numbers for given columns, and whether its defaults alarm."""

from __future__ import annotations

import os
from typing import Any

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import pandas as pd
from exchange import main
from nannyml.chunk import CountBasedChunker
from nannyml.drift.univariate import UnivariateDriftCalculator
from nannyml.drift.univariate.methods import FeatureType, MethodFactory
from nannyml.thresholds import ConstantThreshold

NAMES = {
    "numeric": ["jensen_shannon", "wasserstein", "kolmogorov_smirnov"],
    "label": ["jensen_shannon", "chi2"],
}


def frame(values: Any, kind: str) -> pd.DataFrame:
    return pd.DataFrame({"x": values if kind == "numeric" else pd.Series(values, dtype=object)})


def numbers(reference: Any, current: Any, kind: str) -> dict[str, float]:
    feature = FeatureType.CONTINUOUS if kind == "numeric" else FeatureType.CATEGORICAL
    before, now = frame(reference, kind)["x"], frame(current, kind)["x"]
    found = {}
    for name in NAMES[kind]:
        method = MethodFactory.create(
            key=name, feature_type=feature, chunker=CountBasedChunker(1), threshold=ConstantThreshold()
        )
        method.fit(before)
        found[name] = float(method.calculate(now))
        if name == "chi2":
            found["chi2_p"] = float(method._p_value)
    return found


def alarms(reference: Any, current: Any, kind: str) -> dict[str, float]:
    """Whether any of the ten chunks of the current data alarms with nothing changed, and the share that does."""
    calculator = UnivariateDriftCalculator(column_names=["x"])
    calculator.fit(frame(reference, kind))
    result = calculator.calculate(frame(current, kind)).filter(period="analysis").to_df()
    alerts = result.loc[:, [column for column in result.columns if column[-1] == "alert"]].to_numpy(dtype=float)
    return {"NannyML, any chunk": float(alerts.any()), "NannyML, per chunk": float(alerts.mean())}


if __name__ == "__main__":
    main(numbers, alarms)
