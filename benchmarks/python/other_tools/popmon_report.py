"""popmon's stability metrics against an external reference, run in an environment of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import timing
from popmon import df_stability_metrics, make_histograms

DAYS = 10
DAY = pd.Timedelta("1d").value


def with_time(frame: Any, first_day: str) -> Any:
    """The frame over ten days of equal size: popmon compares slices of time."""
    days = np.arange(len(frame)) * DAYS // len(frame)
    return frame.assign(time=pd.Timestamp(first_day) + pd.to_timedelta(days, unit="D"))


def report(reference: Any, current: Any) -> object:
    """Histograms, comparisons and traffic lights; the page is not drawn.

    The reference goes in as histograms, as `df_stability_metrics` of 1.4.12 refuses the frame that it documents.
    """
    before, now = with_time(reference, "2026-01-01"), with_time(current, "2026-02-01")
    days = {"time": {"bin_width": float(DAY), "bin_offset": 0.0}}
    histograms = make_histograms(before, time_axis="time", bin_specs=days)
    return df_stability_metrics(now, time_axis="time", reference_type="external", reference=histograms)


if __name__ == "__main__":
    timing.main({"report": (timing.read_frame, report)})
