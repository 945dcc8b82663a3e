"""How fast driftline is against the tools in use today, on the same frames, in one run on one machine.

evidently, NannyML, whylogs and popmon with their default drift report, a loop over SciPy's tests, and KLL sketches of
DataSketches. Real packages, each in an environment and a process of its own (build/tools). The data are read from
Parquet and the job is done once on a small frame before the clock starts; what is compared runs in turn, round after
round, and the fastest counts. Prints Markdown, and writes it to a file if one is named; at most fifteen minutes.

    python benchmarks/python/compare_tools.py [TABLE.md]
    python benchmarks/python/compare_tools.py --rows 100000 --columns 10 --tools nannyml scipy      a quick look
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
from end_to_end import COLUMNS, cpu_name, make_table

import driftline as dl

sys.path.insert(0, str(Path(__file__).resolve().parent / "other_tools"))
import environments

SMALL_ROWS = 2000
TOOLS = ("evidently", "nannyml", "whylogs", "popmon")
ALL = (*TOOLS, "scipy", "datasketches")


@dataclass
class Contender:
    """One job of one tool, and what was measured of it so far."""

    tool: str
    job: str
    text: str
    seconds: float = float("inf")
    processor: float = float("inf")
    peak: float = float("inf")
    rounds: int = 0
    took: float = 0.0  # the last round, with reading and warming up
    failure: str = ""
    versions: dict[str, str] = field(default_factory=dict)


def contenders(tools: Sequence[str]) -> list[Contender]:
    """Four ways of driftline, and what was asked for, quick ones first."""
    own = [
        Contender("driftline", "frame", "driftline: profile both sides, compare, decide"),
        Contender("driftline", "frame, one thread", "the same, one thread"),
        Contender("driftline", "table", "the same, from an Arrow table"),
        Contender("driftline", "floats", "driftline: profile the floats only, one thread"),
    ]
    others = [
        Contender("datasketches", "floats", "DataSketches: a KLL sketch of each float column, k = 200"),
        Contender("scipy", "loop", "SciPy: `ks_2samp` or `chi2_contingency` per column"),
        Contender("nannyml", "report", "NannyML: `UnivariateDriftCalculator`, 10 chunks"),
        Contender("whylogs", "report", "whylogs: `log` both sides, `calculate_drift_scores`"),
        Contender("popmon", "report", "popmon: `df_stability_metrics`, 10 days"),
        Contender("evidently", "report", "evidently: `DataDriftPreset`"),
    ]
    return [*own, *(other for other in others if other.tool in tools)]


def run_once(contender: Contender, files: Sequence[Path], timeout: float) -> None:
    """One fresh process; a tool that fails or does not come to an end is not asked again."""
    began = time.monotonic()
    script, target = f"{contender.tool}_report.py", files[0].with_name("found.json")
    try:
        environments.call(contender.tool, script, contender.job, *files, target, timeout=timeout)
    except subprocess.TimeoutExpired:
        contender.failure = f"stopped after {timeout:.0f} s"
        return
    except (RuntimeError, OSError) as error:
        contender.failure = f"failed: {str(error).strip().splitlines()[-1]}"
        return
    found = json.loads(target.read_text(encoding="utf-8"))
    contender.seconds = min(contender.seconds, found["seconds"])
    contender.processor = min(contender.processor, found["processor"])
    contender.peak = min(contender.peak, found["peak"])
    contender.versions = found["versions"]
    contender.rounds += 1
    contender.took = time.monotonic() - began
    print(f"{contender.tool}, {contender.job}: {found['seconds']:.2f} s", file=sys.stderr, flush=True)


def run_all(entered: Sequence[Contender], files: Sequence[Path], rounds: int, minutes: float) -> None:
    """Round after round; from the second on, what would go beyond the time is left out."""
    end = time.monotonic() + 60 * minutes
    for _ in range(rounds):
        for contender in entered:
            too_late = contender.rounds > 0 and time.monotonic() + contender.took > end
            if not (too_late or contender.failure):
                run_once(contender, files, max(60.0, end - time.monotonic()))


def table_of(entered: Sequence[Contender]) -> list[str]:
    """A row per contender: best time, memory, how often, and how many times driftline's time."""
    ours = {contender.job: contender.seconds for contender in entered if contender.tool == "driftline"}
    lines = [
        "| what | time | processor time | peak memory added | rounds | × driftline |",
        "|---|---|---|---|---|---|",
    ]
    for contender in entered:
        if contender.failure:
            lines.append(f"| {contender.text} | {contender.failure} | | | | |")
            continue
        own = ours["floats"] if contender.job == "floats" else ours["frame"]
        ratio = f"{contender.seconds / own:.1f}"
        memory = f"{contender.peak / 2**20:,.0f} MiB"
        times = f"{contender.seconds:.3g} s | {contender.processor:.3g} s"
        lines.append(f"| {contender.text} | {times} | {memory} | {contender.rounds} | {ratio} |")
    return lines


def budgets(entered: Sequence[Contender]) -> list[str]:
    """What was promised and what was measured; SciPy and KLL use one thread, so driftline does too."""
    best = {(contender.tool, contender.job): contender.seconds for contender in entered if not contender.failure}
    named = {tool: best[tool, "report"] for tool in TOOLS if (tool, "report") in best}
    lines = ["| budget | at least | measured | |", "|---|---|---|---|"]

    def judge(text: str, wanted: float, theirs: float | None, job: str) -> None:
        ours = best.get(("driftline", job))
        if theirs is None or ours is None:
            lines.append(f"| {text} | {wanted:g} × | not measured | |")
            return
        met = "met" if theirs / ours >= wanted else "**missed**"
        lines.append(f"| {text} | {wanted:g} × | {theirs / ours:.1f} × | {met} |")

    fastest = min(named, key=lambda tool: named[tool], default=None)
    which = f"the fastest drift report, {fastest}" if fastest else "the fastest drift report"
    judge(which, 20, named.get(fastest or ""), "frame")
    judge("the SciPy loop, one thread", 8, best.get(("scipy", "loop")), "frame, one thread")
    judge("a KLL update, per value, one thread", 8, best.get(("datasketches", "floats")), "floats")
    return lines


def notes(entered: Sequence[Contender], rows: int, columns: Sequence[str]) -> str:
    """Machine, data and versions."""
    packages = {" ".join(version) for contender in entered for version in contender.versions.items()}
    packages.add(f"driftline {dl.__version__}")
    count = {kind: sum(name.startswith(kind) for name in columns) for kind in ("float", "int", "category", "string")}
    kinds = ", ".join(f"{number} {kind}" for kind, number in count.items() if number)
    return (
        f"{cpu_name()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}; {rows:,} rows × "
        f"{len(columns)} columns ({kinds}) a side, as a pandas frame with strings as objects where nothing else is "
        f"said. Fastest of the rounds. Peak memory is resident, above the process with its data before. "
        f"{', '.join(sorted(packages))}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", nargs="?", type=Path, help="file that the table is written to")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=len(COLUMNS), help="how many of the 50, of every kind")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=12.0, help="no round begins that would end later")
    parser.add_argument("--tools", nargs="+", choices=ALL, default=ALL)
    asked = parser.parse_args()
    names = [name for i, name in enumerate(COLUMNS) if i * asked.columns % len(COLUMNS) < asked.columns]
    for tool in asked.tools:
        environments.python_of(tool)
    entered = contenders(asked.tools)
    with TemporaryDirectory() as folder:
        files = [Path(folder, f"{side}.parquet") for side in ("reference", "current", "small")]
        for seed, (file, rows) in enumerate(zip(files, (asked.rows, asked.rows, SMALL_ROWS), strict=True), start=1):
            pq.write_table(make_table(rows, seed, names), file)
        run_all(entered, files, asked.rounds, asked.minutes)
    parts = [notes(entered, asked.rows, names), "\n".join(table_of(entered)), "\n".join(budgets(entered))]
    text = "\n\n".join(parts) + "\n"
    print(text)
    if asked.table:
        asked.table.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
