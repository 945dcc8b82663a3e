"""Series of windows against one shared reference: false alarms in a year, and how long a change takes to be found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.stats

import driftline as dl
from driftline.sequential import shiryaev_roberts, streaks

RULES = ("detector", "3 in a row", "2 in a row", "each window alone", "each window uncorrected", "any change at all")
ALARMS = tuple[str, ...]
WEEKEND = (5, 6)


@dataclass(frozen=True)
class Series:
    """A data set of normal columns and equally many with labels, and what happens to it.

    ``weekly``: standard deviations by which the mean of numbers moves on two days of seven; labels change their shares
    with it. The reference is a year of such days, so it holds them in the same proportion. ``shift``: the same for all
    windows of ``shifted`` columns from the first on.
    """

    n_columns: int
    reference_rows: int
    window_rows: int
    weekly: float = 0.0
    shift: float = 0.0
    shifted: int = 0
    arl: float = 200.0
    level: str = "warn"


def draw(rng: np.random.Generator, series: Series, rows: int, weekend: np.ndarray[Any, Any]) -> dict[str, Any]:
    """One table; ``weekend`` says of each row whether it is from one of the two days."""
    table: dict[str, Any] = {}
    for i in range(series.n_columns):
        moved = series.weekly * weekend
        if i % 2 == 0 or i < series.shifted:
            table[f"c{i}"] = rng.normal(size=rows) + moved
        else:
            # Normal numbers cut at their deciles: labels with the same PSI.
            cut = np.searchsorted(_DECILES, rng.normal(size=rows) + moved)
            table[f"c{i}"] = _LABELS[cut]
    return table


_LABELS = np.array(list("abcdefghij"))
_DECILES = scipy.stats.norm.ppf(np.arange(1, 10) / 10)


def live(series: Series, n_windows: int, seed: int) -> Iterator[Mapping[str, ALARMS]]:
    """The columns that each rule alarms about, window by window."""
    rng = np.random.default_rng([seed, series.n_columns, series.window_rows])
    weekend = np.arange(series.reference_rows) % 7 >= 5
    reference = dl.profile(draw(rng, series, series.reference_rows, weekend), threads=1)
    corrected = dl.Policy(tolerances=_ONLY_PSI)
    alone = dl.Policy(tolerances=_ONLY_PSI, correction="none")
    detectors: dict[str, dict[str, float]] = {}
    rows: dict[int, dict[str, int]] = {2: {}, 3: {}}
    for window in range(n_windows):
        is_weekend = np.full(series.window_rows, window % 7 in WEEKEND)
        table = draw(rng, series, series.window_rows, is_weekend)
        for i in range(series.shifted):
            table[f"c{i}"] = table[f"c{i}"] + series.shift
        report = dl.compare(reference, dl.profile(table, threads=1), methods=["psi"], threads=1)
        decision = dl.decide(report, corrected)
        detectors, found = shiryaev_roberts.advance(detectors, decision.p_values(series.level), series.arl)
        raised = _raised(decision, series.level)
        verdicts = {name: "warn" if name in raised else "ok" for name in decision.columns}
        alarms: dict[str, ALARMS] = {"detector": tuple(found), "each window alone": raised}
        for k in (2, 3):
            rows[k], of_streak = streaks.advance(rows[k], verdicts, k)
            alarms[f"{k} in a row"] = tuple(of_streak)
        alarms["each window uncorrected"] = _raised(dl.decide(report, alone), series.level)
        alarms["any change at all"] = tuple(name for name, column in decision.columns.items() if column.changed)
        yield alarms


_ONLY_PSI: dict[str, Any] = {
    **dict.fromkeys(("nulls", "nulls_new", "far_out", "unseen", "vanished", "non_finite")),
}


def _raised(decision: dl.Decision, level: str) -> ALARMS:
    wanted = ("warn", "alert") if level == "warn" else ("alert",)
    return tuple(name for name, column in decision.columns.items() if column.verdict in wanted)


def false_alarms(series: Series, n_windows: int, seed: int) -> dict[str, int]:
    """Windows with an alarm, by rule, in a series in which nothing exceeds the tolerance."""
    counts = dict.fromkeys(RULES, 0)
    for alarms in live(series, n_windows, seed):
        for rule in RULES:
            counts[rule] += bool(alarms[rule])
    return counts


def delays(series: Series, most: int, seed: int) -> dict[str, float]:
    """Windows until each rule names a column that changed; ``most + 1`` if it never does."""
    found: dict[str, float] = dict.fromkeys(RULES, most + 1)
    changed = {f"c{i}" for i in range(series.shifted)}
    for window, alarms in enumerate(live(series, most, seed), start=1):
        for rule in RULES:
            if found[rule] > most and changed & set(alarms[rule]):
                found[rule] = window
        if max(found.values()) <= most:
            break
    return found


def false_alarms_at_the_tolerance(n_detectors: int, n_windows: int, arl: float, seed: int) -> int:
    """The hardest null there is: every effect equals its tolerance, so that every p-value is uniform."""
    rng = np.random.default_rng([seed, n_detectors])
    state: dict[str, dict[str, float]] = {}
    alarmed = 0
    for _ in range(n_windows):
        p_values = rng.uniform(size=n_detectors)
        state, found = shiryaev_roberts.advance(state, {f"c{i}": {"psi": p} for i, p in enumerate(p_values)}, arl)
        alarmed += bool(found)
    return alarmed
