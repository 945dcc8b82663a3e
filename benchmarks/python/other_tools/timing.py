"""Time and memory of one job of one tool, run in the environment of that tool: Parquet in, JSON out.

``python evidently_report.py JOB REFERENCE.parquet CURRENT.parquet SMALL.parquet FOUND.json`` reads all three, does the
job once on the small file on both sides so that imports, caches and threads are there, then once on the two.
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
import pyarrow as pa
import pyarrow.parquet as pq

# How the job wants its data, and what it does with reference and current.
Job = tuple[Callable[[str], Any], Callable[[Any, Any], object]]
PACKAGES = ("evidently", "nannyml", "whylogs", "popmon", "datasketches", "numpy", "scipy", "pandas")


def read_table(path: str) -> pa.Table:
    """The columns as pyarrow has them."""
    return pq.read_table(path)


def read_frame(path: str) -> Any:
    """A pandas frame as pandas 2 has it: text as Python strings, labels as category."""
    frame = pq.read_table(path).to_pandas()
    text = [name for name in frame.columns if str(frame[name].dtype) in ("str", "string", "object")]
    return frame.astype(dict.fromkeys(text, object))


def read_floats(path: str) -> dict[str, np.ndarray]:
    """The float64 columns as NumPy arrays of their own: DataSketches takes no read-only ones."""
    table = pq.read_table(path)
    return {name: table[name].to_numpy().copy() for name in table.column_names if table[name].type == pa.float64()}


def resident(field: str) -> int:
    """Bytes by /proc: not from getrusage, where a process starts with the peak of the one that started it."""
    with Path("/proc/self/status").open() as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith(field))


def measure(job: Callable[[Any, Any], object], reference: Any, current: Any) -> dict[str, float]:
    """Seconds on the clock and of all processors, and how far the resident memory rose above what was there before."""
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = resident("VmRSS")
    began, worked = time.perf_counter(), time.process_time()
    result = job(reference, current)
    seconds, processor = time.perf_counter() - began, time.process_time() - worked
    peak = resident("VmHWM") - before
    del result
    return {"seconds": seconds, "processor": processor, "peak": peak}


def main(jobs: dict[str, Job]) -> None:
    """Measure the job that the command line names."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    name, *sources, target = sys.argv[1:]
    read, job = jobs[name]
    reference, current, small = (read(path) for path in sources)
    job(small, small)
    found: dict[str, Any] = dict(measure(job, reference, current))
    found["versions"] = {name: number for name in PACKAGES if (number := _version(name))}
    Path(target).write_text(json.dumps(found), encoding="utf-8")


def _version(name: str) -> str:
    try:
        return version(name)
    except ImportError:
        return ""
