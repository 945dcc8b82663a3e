"""Watching a log over time: windows, references, history."""

from __future__ import annotations

from driftline.monitor.references import LogRange, previous, rolling, same_hour, same_weekday
from driftline.monitor.results import MonitorRun, WindowResult
from driftline.monitor.run import Monitor

__all__ = [
    "LogRange",
    "Monitor",
    "MonitorRun",
    "WindowResult",
    "previous",
    "rolling",
    "same_hour",
    "same_weekday",
]
