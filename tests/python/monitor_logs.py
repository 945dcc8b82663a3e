"""Logs with known windows, for the tests of monitors."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np

START = datetime(2024, 3, 4, tzinfo=timezone.utc)  # a Monday


def daily_log(
    days: int = 14, rows: int = 300, *, shift: dict[int, float] | None = None, seed: int = 1, zone: Any = timezone.utc
) -> dict[str, Any]:
    """Rows evenly over each day: a normal `amount`, moved by `shift` on some days, and a `city` of four."""
    random = np.random.default_rng(seed)
    amount = random.normal(size=days * rows)
    for day, by in (shift or {}).items():
        amount[day * rows : (day + 1) * rows] += by
    seconds = np.tile(np.linspace(0, 86_399, rows).astype("timedelta64[s]"), days)
    when = np.repeat(np.datetime64("2024-03-04", "us") + np.arange(days).astype("timedelta64[D]"), rows) + seconds
    city = np.array(["Oslo", "Rome", "Lima", "Bonn"])[random.integers(0, 4, days * rows)]
    return {"when": when, "amount": amount, "city": city}


def day(number: int) -> str:
    """Date of a day of the log, counted from 0."""
    return (START + timedelta(days=number)).strftime("%Y-%m-%d")


def rows_of(log: dict[str, Any], keep: Any) -> dict[str, Any]:
    """Some rows of a log: a mask or indices."""
    return {name: np.asarray(values)[keep] for name, values in log.items()}


def day_of(log: dict[str, Any]) -> Any:
    """Number of the day of each row."""
    return (log["when"].astype("datetime64[D]") - np.datetime64("2024-03-04")).astype(int)
