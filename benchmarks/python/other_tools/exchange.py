"""How the scripts of this folder get their data and give their results: npz in, JSON out.

Each runs in the environment of one tool, as ``python evidently_numbers.py alarms IN.npz OUT.json``. The npz holds pairs
``name:kind:reference`` and ``name:kind:current``; numbers are float64 with NaN for nulls, or int64; labels are text.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

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
            sides = (reference, current) if kind == "numeric" else (reference.tolist(), current.tolist())
            found.append((label, kind, *sides))
    return found


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
    with open(target, "w", encoding="utf-8") as file:
        seconds = time.process_time() - began
        json.dump({"found": found, "seconds": seconds, "versions": {k: v for k, v in packages.items() if v}}, file)


def _version(name: str) -> str:
    try:
        return version(name)
    except ImportError:
        return ""
