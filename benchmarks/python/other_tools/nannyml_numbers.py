"""NannyML, run in an environment of its own: its numbers for given columns, and whether its defaults alarm."""

from __future__ import annotations

import os
from typing import Any

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

from exchange import column, main, table
from nannyml.chunk import CountBasedChunker
from nannyml.drift.univariate import UnivariateDriftCalculator
from nannyml.drift.univariate.methods import FeatureType, MethodFactory
from nannyml.thresholds import ConstantThreshold

NAMES = {
    "numeric": ["jensen_shannon", "wasserstein", "kolmogorov_smirnov"],
    "label": ["jensen_shannon", "chi2"],
}


def numbers(reference: Any, current: Any, kind: str) -> dict[str, float]:
    feature = FeatureType.CONTINUOUS if kind == "numeric" else FeatureType.CATEGORICAL
    before, now = (column(side, kind) for side in (reference, current))
    found = {}
    for name in NAMES[kind]:
        method = MethodFactory.create(
            key=name, feature_type=feature, chunker=CountBasedChunker(1), threshold=ConstantThreshold()
        )
        method.fit(before.rename("x"))
        found[name] = float(method.calculate(now))
        if name == "chi2":
            found["chi2_p"] = float(method._p_value)
    return found


def alarms(reference: Any, current: Any, kind: str) -> dict[str, float]:
    """Columns of which any of the ten default chunks alarms, nothing changed, and the mean share of chunks that do."""
    frames = [table(side, kind) for side in (reference, current)]
    calculator = UnivariateDriftCalculator(column_names=list(frames[0].columns))
    calculator.fit(frames[0])
    result = calculator.calculate(frames[1]).filter(period="analysis").to_df()
    alerts = result.loc[:, [column for column in result.columns if column[-1] == "alert"]].to_numpy(dtype=float)
    return {
        "NannyML, any of 10 chunks": float(alerts.any(axis=0).sum()),
        "NannyML, one chunk": float(alerts.mean(axis=0).sum()),
    }


if __name__ == "__main__":
    main(numbers, alarms)
