"""How the scripts of this folder get their data and give their results: npz in, JSON out.

Each runs in the environment of one tool, as ``python evidently_numbers.py alarms IN.npz OUT.json``. The npz holds pairs
``name:kind:reference`` and ``name:kind:current``; numbers are float64 with NaN for nulls, or int64; labels are text.
For ``numbers`` an array is a column, for ``alarms`` each of its rows is one: independent repetitions of a column.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Measure = Callable[[Any, Any, str], dict[str, float]]


def pairs(path: str) -> list[tuple[str, str, Any, Any]]:
    """Name, kind (``numeric`` or ``label``), reference and current values of each pair in a file."""
    with np.load(path) as data:
        arrays = {name: data[name] for name in data.files}
    found = []
    for name, reference in arrays.items():
        label, kind, side = name.split(":")
        if side == "reference":
            current = arrays[f"{label}:{kind}:current"]
            found.append((label, kind, reference, current))
    return found


def column(values: Any, kind: str) -> pd.Series:
    """One column as a user would have it; the label ``<null>`` is a null."""
    if kind == "numeric":
        return pd.Series(values)
    return pd.Series([None if value == "<null>" else value for value in values.tolist()], dtype=object)


def table(repetitions: Any, kind: str) -> pd.DataFrame:
    """A table with one column per repetition."""
    return pd.DataFrame({f"x{index}": column(values, kind) for index, values in enumerate(repetitions)})


def main(numbers: Measure, alarms: Measure) -> None:
    """Measure every pair of a file by ``numbers`` or ``alarms`` and write the results, with seconds and versions."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    what, source, target = sys.argv[1:]
    measure = {"numbers": numbers, "alarms": alarms}[what]
    found = {}
    began = time.process_time()
    for name, kind, reference, current in pairs(source):
        found[name] = measure(reference, current, kind)
    packages = {name: _version(name) for name in ("evidently", "nannyml", "whylogs", "numpy", "scipy", "pandas")}
    versions = {name: number for name, number in packages.items() if number}
    result = {"found": found, "seconds": time.process_time() - began, "versions": versions}
    Path(target).write_text(json.dumps(result), encoding="utf-8")


def _version(name: str) -> str:
    try:
        return version(name)
    except ImportError:
        return ""
