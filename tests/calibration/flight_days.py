"""Random days of the flights against other random days: nothing changed but the draw, so 5 % may say that it did."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

import driftline as dl

DATA = Path(__file__).resolve().parents[2] / "notebooks" / "data"
COLUMNS = ["AIRLINE", "AIR_TIME", "CANCELLED", "DEPARTURE_DELAY", "DISTANCE", "TAXI_OUT"]
ALPHA = 0.05


def profiles_of_days(columns: list[str]) -> list[dl.Profile]:
    frame = pd.concat(pd.read_parquet(DATA / f"flights_{side}.parquet") for side in ("reference", "current"))
    return [dl.profile(rows[columns], threads=1) for _, rows in frame.groupby("DATE")]


def measure(
    days: list[dl.Profile], reference: int, current: int, trials: int, seed: int
) -> dict[tuple[str, str], tuple[int, int]]:
    """Column and claim to how often p ≤ 5 %, without blocks and with them; of so many random days on each side."""
    rng = np.random.default_rng([seed, reference, current])
    hits: tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]] = (Counter(), Counter())
    for _ in range(trials):
        order = rng.permutation(len(days))
        sides = [days[i] for i in order[:reference]], [days[i] for i in order[reference : reference + current]]
        whole = [dl.merge(side) for side in sides]
        for count, blocks in zip(hits, (None, sides), strict=True):
            report = dl.compare(*whole, methods=["psi", "ks"], blocks=blocks, threads=1)
            for name, column in report.columns.items():
                found = {method: evidence.p_value for method, evidence in column.evidence.items()}
                found["nulls"] = column.signals["nulls"].p_value
                for claim, p_value in found.items():
                    count[name, claim] += p_value is not None and p_value <= ALPHA
            changed = any(column.changed for column in dl.decide(report).columns.values())
            count["any of them", "psi, corrected"] += changed
    return {key: (hits[0][key], hits[1][key]) for key in sorted(hits[0])}


def table(trials: int, seed: int) -> str:
    days = profiles_of_days(COLUMNS)
    settings = ((180, 1), (180, 90), (60, 30), (20, 20))
    found = [measure(days, *setting, trials, seed) for setting in settings]
    head = " | ".join(f"{reference} and {current} days" for reference, current in settings)
    lines = [
        f"Pairs of random sets of days of the flights in which nothing but the draw differs and p ≤ 5 %, in percent of "
        f"{trials}: without blocks → with them.",
        "",
        f"| column | claim | {head} |",
        "|---" * (len(settings) + 2) + "|",
    ]
    for key in found[0]:
        cells = [f"{100 * each[key][0] / trials:.0f} → {100 * each[key][1] / trials:.0f}" for each in found]
        if any(cell != "0 → 0" for cell in cells):
            lines.append(f"| {' | '.join([*key, *cells])} |")
    return "\n".join(lines)
