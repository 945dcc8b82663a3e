"""Small tables with the profiles that an earlier version made of them, one file each in the folder of the format."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import driftline as dl

FOLDER = Path(__file__).parent / "1"
"""Profiles in format version 1."""

ROWS = 300


def scattered(seed: int) -> np.ndarray:
    """Numbers in [0, 1) that look random and are the same everywhere: no generator, no rounding."""
    return (np.arange(1, ROWS + 1, dtype=np.uint64) * np.uint64(2654435761 + 2 * seed) % np.uint64(1 << 32)) / 2.0**32


def numbers() -> dict[str, Any]:
    score = scattered(0)
    return {
        "score": score,
        "near one": 1 - score / 4096,
        "signed": scattered(1) * 200 - 100,
        "zeros and money": np.where(score < 0.4, 0.0, np.floor(scattered(2) * 5000) / 100),
        "float32": scattered(3).astype(np.float32),
        "no numbers": np.select([score < 0.1, score > 0.9, score > 0.8], [np.nan, np.inf, -np.inf], score),
        "outlier": np.where(np.arange(ROWS) == 7, 1e300, score),
        "tiny": score * 2.0**-1070,
        "id": np.arange(10**12, 10**12 + ROWS),
        "many integers": np.concatenate([np.arange(2000) * 7919 % 1_000_003, [2**62, -(2**62)]])[-ROWS:],
        "unsigned": np.arange(ROWS, dtype=np.uint64) + np.uint64(2**63),
        "constant": np.full(ROWS, 0.1),
    }


def labels() -> pa.Table:
    row = range(ROWS)
    return pa.table(
        {
            "city": pa.array([["Oslo", "Zürich", "東京", None][i % 4] for i in row]),
            "too many": pa.array([f"label {i % 100}" for i in row]),
            "dictionary": pa.array(["a", "b", "b"] * (ROWS // 3)).dictionary_encode(),
            "yes or no": pa.array([None if i % 7 == 0 else i % 3 == 0 for i in row]),
            "bytes": pa.array([bytes([i % 5, 0, 255]) for i in row]),
            "empty text": pa.array(["", " ", "\x00"] * (ROWS // 3)),
        }
    )


def clock() -> pa.Table:
    start = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
    row = range(ROWS)
    return pa.table(
        {
            "instant": pa.array([start + dt.timedelta(minutes=i * i) for i in row], pa.timestamp("us", "Europe/Oslo")),
            "wall": pa.array([start.replace(tzinfo=None) + dt.timedelta(hours=i) for i in row], pa.timestamp("ns")),
            "day": pa.array([dt.date(1969, 12, 1) + dt.timedelta(days=i) for i in row]),
            "lasted": pa.array([dt.timedelta(milliseconds=i % 50) for i in row], pa.duration("ms")),
            "price": pa.array([Decimal(i) / 8 for i in row], pa.decimal128(12, 3)),
            "nothing": pa.nulls(ROWS),
        }
    )


TABLES: Mapping[str, Any] = {
    "numbers": lambda: dl.profile(numbers(), resolution=64),
    "fine_numbers": lambda: dl.profile({"score": scattered(0)}),
    "labels": lambda: dl.profile(labels(), max_categories=64),
    "hashed_labels": lambda: dl.profile(labels().select(["city", "too many"]), hash_labels=True, salt="pepper"),
    "clock": lambda: dl.profile(clock()),
    "roles": lambda: dl.profile({"y": [0, 1, 1]}, schema=dl.Schema(roles={"y": "target"}, kinds={"y": "categorical"})),
    "no_rows": lambda: dl.profile({"x": np.zeros(0), "y": pa.array([], pa.string())}),
    "columns_that_come_and_go": lambda: dl.merge([dl.profile({"a": [1.5, 2.5]}), dl.profile({"b": ["x"]})]),
}
"""Name of a file to what profiles the table in it."""
