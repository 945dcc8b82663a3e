"""A reference replayed against itself, window by window: what a policy would have said while nothing was wrong.

Each window is compared with all the others (or with those of the same season, such as the weekday), so that its own
rows are not in its reference. What alarms here is a false alarm, or a fault in the reference that someone should see.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import numpy as np

from driftline import _core
from driftline.comparison import compare
from driftline.decision import Decision, decide
from driftline.errors import OptionError
from driftline.policy import AT_MOST_ONE, Policy, Tolerance
from driftline.profiling import Profile, merge
from driftline.sequential import shiryaev_roberts, streaks
from driftline.sequential.blocks import measure_spread

__all__ = [
    "ColumnOutcome",
    "Outcome",
    "Replay",
    "Season",
    "Window",
    "held_out_rate",
    "replay",
    "suggest_policy",
    "weekdays",
    "weekly_patterns",
]

LEAST_WINDOWS = 10
STRONG_SHARE = 0.5
"""A pattern is strong if it makes up so much of the spread between windows …"""
STRONG_PSI = 0.02
"""… and moves a window by this PSI from the average, a fifth of the default warn tolerance."""

_MICROSECONDS_PER_MONTH = 30.436875 * 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Window:
    """Rows between two times, in UTC microseconds since 1970, half-open."""

    start: int
    end: int
    profile: Profile


@dataclass(frozen=True, slots=True)
class ColumnOutcome:
    """What a column came to in one window.

    ``certain``: method or signal to the change that was certain at least (``ci_low``), of those that decide.
    """

    verdict: str
    kind: str = "numeric"
    certain: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one window came to: the verdict of the data set, and what each rule alarms about."""

    start: int
    end: int
    verdict: str
    columns: Mapping[str, ColumnOutcome]
    by_detector: tuple[str, ...]
    by_streak: tuple[str, ...]


@dataclass(frozen=True)
class Replay:
    """All windows in order. Rates are numbers of windows a month, so they can be read as messages to expect."""

    outcomes: Sequence[Outcome]
    months: float = field(init=False)

    def __post_init__(self) -> None:
        covered = sum(outcome.end - outcome.start for outcome in self.outcomes)
        object.__setattr__(self, "months", covered / _MICROSECONDS_PER_MONTH)

    def rate(self, *verdicts: str) -> float:
        """Windows a month whose verdict is one of these."""
        return sum(outcome.verdict in verdicts for outcome in self.outcomes) / self.months

    @property
    def detector_rate(self) -> float:
        """Windows a month in which the detector alarms."""
        return sum(bool(outcome.by_detector) for outcome in self.outcomes) / self.months

    @property
    def streak_rate(self) -> float:
        """Windows a month in which so many windows in a row were raised."""
        return sum(bool(outcome.by_streak) for outcome in self.outcomes) / self.months

    @property
    def noisy(self) -> list[tuple[str, int]]:
        """Columns with the number of windows in which they warn or alert, the noisiest first; without quiet ones."""
        raised = Counter(
            name
            for outcome in self.outcomes
            for name, column in outcome.columns.items()
            if column.verdict in ("warn", "alert")
        )
        return sorted(raised.items(), key=lambda item: (-item[1], item[0]))


@dataclass(frozen=True, slots=True)
class Season:
    """How much of a column's spread between windows a season explains.

    ``psi`` is the expected PSI between a window's population and the average, ``explained`` the share of it that goes
    away when windows are compared with those of the same season.
    """

    psi: float
    explained: float

    @property
    def is_strong(self) -> bool:
        """Whether references of the same season are worth their smaller number of rows."""
        return self.explained >= STRONG_SHARE and self.psi * self.explained >= STRONG_PSI


def replay(
    windows: Sequence[Window],
    policy: Policy | None = None,
    *,
    arl: float = 200,
    alert_after: int = 1,
    level: str = "warn",
    seasons: Sequence[Hashable] | None = None,
    blocks: bool = False,
) -> Replay:
    """Judge each window against the others, in the order of time.

    Parameters
    ----------
    windows : sequence of Window
        At least 10, which do not overlap.
    policy : Policy, optional
        Default: ``Policy()``.
    arl, alert_after, level
        Rules of alarm: the detector's run length, the row of raised windows, and the tolerance of the detector.
    seasons : sequence, optional
        A label for each window (see `weekdays`): its reference then is made of the others with the same label.
    blocks : bool
        Rows of a window are not independent: take each window for a block. Cost grows with the square of windows.

    Raises
    ------
    OptionError
        If there are too few windows, they overlap, or a season has a single one.

    Examples
    --------
    >>> import driftline as dl
    >>> day = 86_400_000_000
    >>> days = [Window(i * day, (i + 1) * day, dl.profile({"x": list(range(300))})) for i in range(20)]
    >>> quiet = replay(days)
    >>> quiet.rate("alert", "warn"), quiet.detector_rate, quiet.noisy
    (0.0, 0.0, [])
    """
    rules = Policy() if policy is None else policy
    ordered = _in_order(windows, seasons)
    judged: dict[int, tuple[str, dict[str, ColumnOutcome], dict[str, dict[str, float]]]] = {}
    for i, others in _references(windows, seasons):
        sides = (_profiles_beside(windows, seasons, i), [windows[i].profile]) if blocks else None
        report = compare(others, windows[i].profile, methods=rules.deciding_methods(), blocks=sides)
        decision = decide(report, rules)
        columns = {name: _outcome(decision, name) for name in decision.columns}
        judged[i] = decision.verdict, columns, decision.p_values(level)
    detectors: dict[str, dict[str, float]] = {}
    rows: dict[str, int] = {}
    outcomes = []
    for i in ordered:
        verdict, columns, p_values = judged[i]
        detectors, by_detector = shiryaev_roberts.advance(detectors, p_values, arl)
        rows, by_streak = streaks.advance(rows, {name: each.verdict for name, each in columns.items()}, alert_after)
        outcomes.append(
            Outcome(windows[i].start, windows[i].end, verdict, columns, tuple(by_detector), tuple(by_streak))
        )
    return Replay(outcomes)


def suggest_policy(found: Replay, policy: Policy | None = None, *, rate: float = 0.01) -> Policy:
    """The policy with other tolerances for the columns whose windows differ more than it allows.

    A warn tolerance becomes the largest change that was certain in any window of the replay, or with n windows the
    ``rate · (n + 1)``-th largest if that is more than the first, but never less than it was (the floor). A further
    window like these exceeds it with a probability of at most max(rate, 1 / (n + 1)), whatever its distribution: its
    rank among n + 1 is a matter of chance. The alert tolerance keeps its distance from the warn tolerance.

    Raises
    ------
    OptionError
        If ``rate`` is not above 0 and below 1.

    Examples
    --------
    >>> windows = [Outcome(0, 1, "warn", {"x": ColumnOutcome("warn", certain={"psi": 0.183})}, (), ())]
    >>> suggest_policy(Replay(windows)).by_column["x"]["tolerances"]["psi"]
    (0.19, 0.34)
    """
    if not 0.0 < rate < 1.0:
        raise OptionError(f"rate must be above 0 and below 1, got {rate!r}")
    rules = Policy() if policy is None else policy
    by_column = {name: dict(level) for name, level in rules.by_column.items()}
    for (name, kind, source), certain in _certain_changes(found).items():
        rank = max(1, math.floor(rate * (len(certain) + 1)))
        limit = _rounded_up(sorted(certain, reverse=True)[rank - 1])
        known = rules.settings(name, kind).tolerances.get(source)
        if known is None or limit <= known[0]:
            continue
        level = by_column.setdefault(name, {})
        level["tolerances"] = {**level.get("tolerances", {}), source: _raised(source, known, limit)}
    options = {each.name: getattr(rules, each.name) for each in fields(Policy)}
    return Policy(**{**options, "by_column": by_column})


def held_out_rate(found: Replay, policy: Policy | None = None, *, rate: float = 0.01) -> float:
    """Windows a month that `suggest_policy` would raise, each judged by what the other windows suggest.

    Windows that tolerances were taken from say nothing about them, so each is left out in turn. One that was raised
    stays so if a change is certainly above the tolerance of the others, or has none (a column that is gone).

    Examples
    --------
    >>> windows = [
    ...     Outcome(i, i + 1, "warn" if psi > 0.1 else "ok", {"x": ColumnOutcome("warn", certain={"psi": psi})}, (), ())
    ...     for i, psi in enumerate((0.01, 0.02, 0.35))
    ... ]
    >>> replayed = Replay(windows)
    >>> round(held_out_rate(replayed) * replayed.months)  # the third is above what the first two suggest
    1
    """
    rules = Policy() if policy is None else policy
    limits: dict[tuple[str, str, str], float] = {}
    for (name, kind, source), certain in _certain_changes(found).items():
        known = rules.settings(name, kind).tolerances.get(source)
        # Without a window that is above the limit, the limit is the next change in the order of size.
        following = sorted(certain, reverse=True)[max(1, math.floor(rate * len(certain))) :]
        if known is not None:
            limits[name, kind, source] = max([known[0], *map(_rounded_up, following[:1])])
    raised = [outcome for outcome in found.outcomes if outcome.verdict in ("warn", "alert")]
    above = sum(any(_exceeds(name, column, limits) for name, column in each.columns.items()) for each in raised)
    return above / found.months


def _exceeds(name: str, column: ColumnOutcome, limits: Mapping[tuple[str, str, str], float]) -> bool:
    if column.verdict not in ("warn", "alert"):
        return False
    changes = [(low, limits.get((name, column.kind, source), math.inf)) for source, low in column.certain.items()]
    return not changes or any(low > limit for low, limit in changes)


def _raised(source: str, known: Tolerance, warn: float) -> Tolerance:
    largest = 1.0 if source in AT_MOST_ONE else math.inf
    alert = None if known[1] is None else min(largest, _rounded_up(warn + known[1] - known[0]))
    return min(largest, warn), alert


def weekdays(windows: Sequence[Window]) -> list[int]:
    """Weekday of the middle of each window in UTC, 0 for Monday: right for days of any zone less than 12 hours away.

    Examples
    --------
    >>> import driftline as dl
    >>> weekdays([Window(0, 86_400_000_000, dl.profile({"x": [1]}))])
    [3]
    """
    return [(_EPOCH + timedelta(microseconds=(each.start + each.end) // 2)).weekday() for each in windows]


def weekly_patterns(windows: Sequence[Window], seasons: Sequence[Hashable] | None = None) -> dict[str, Season]:
    """How much of each column's spread between windows the weekday explains, or another label of the windows.

    Examples
    --------
    >>> import driftline as dl
    >>> day = 86_400_000_000
    >>> rows = [list(range(300)), list(range(200, 500))]
    >>> days = [Window(i * day, (i + 1) * day, dl.profile({"x": rows[i % 7 in (2, 3)]})) for i in range(35)]
    >>> weekly_patterns(days)["x"].is_strong
    True
    """
    labels = weekdays(windows) if seasons is None else seasons
    _in_order(windows, labels)
    whole = merge(window.profile for window in windows)
    columns = [{column.name: column for column in window.profile._core.columns} for window in windows]
    patterns = {}
    for column in whole._core.columns:
        at = [i for i, window in enumerate(columns) if column.name in window and window[column.name].n_valid]
        blocks = [columns[i][column.name] for i in at]
        if len(at) < LEAST_WINDOWS or any(block.kind != column.kind for block in blocks):
            continue
        counts = _core.block_counts(column, blocks)
        groups = np.unique([str(labels[i]) for i in at], return_inverse=True)[1]
        psi = measure_spread(counts).total
        within = measure_spread(counts, groups).total
        patterns[column.name] = Season(psi, 1.0 - min(within, psi) / psi if psi > 0.0 else 0.0)
    return patterns


def _in_order(windows: Sequence[Window], seasons: Sequence[Hashable] | None) -> list[int]:
    """Indices in the order of time, of windows that can be replayed."""
    if len(windows) < LEAST_WINDOWS:
        raise OptionError(
            f"{len(windows)} windows say too little about how windows differ; give {LEAST_WINDOWS} or more"
        )
    ordered = sorted(range(len(windows)), key=lambda i: windows[i].start)
    for i, following in pairwise(ordered):
        if windows[i].end > windows[following].start:
            raise OptionError(f"window {following} starts before window {i} ends; windows must not overlap")
    if seasons is not None:
        if len(seasons) != len(windows):
            raise OptionError(f"got {len(seasons)} seasons for {len(windows)} windows")
        alone = [label for label, count in Counter(seasons).items() if count < 2]
        if alone:
            raise OptionError(f"season {alone[0]!r} has a single window, so there is nothing to compare it with")
    return ordered


def _references(windows: Sequence[Window], seasons: Sequence[Hashable] | None) -> Iterator[tuple[int, Profile]]:
    """Each window's index with the merged profile of the others of its season, in no particular order."""
    groups: dict[Hashable, list[int]] = {}
    for i in range(len(windows)):
        groups.setdefault(None if seasons is None else seasons[i], []).append(i)
    for members in groups.values():
        yield from _without_each(windows, members, merge([]))


def _profiles_beside(windows: Sequence[Window], seasons: Sequence[Hashable] | None, i: int) -> list[Profile]:
    """What the reference of a window is made of."""
    return [
        window.profile for j, window in enumerate(windows) if j != i and (seasons is None or seasons[j] == seasons[i])
    ]


def _without_each(windows: Sequence[Window], members: list[int], outside: Profile) -> Iterator[tuple[int, Profile]]:
    """Halves are merged into the reference of the other half: n log n merges, log n profiles at a time."""
    if len(members) == 1:
        yield members[0], outside
        return
    middle = len(members) // 2
    for inside, other in ((members[:middle], members[middle:]), (members[middle:], members[:middle])):
        yield from _without_each(windows, inside, merge([outside, *(windows[i].profile for i in other)]))


def _outcome(decision: Decision, name: str) -> ColumnOutcome:
    column = decision.report.columns[name]
    level = 1.0 - 2.0 * decision.policy.alpha
    certain = {}
    for source in decision.columns[name].p_values("warn"):
        measured = column.signals.get(source) or column.find_evidence(source)
        ends = None if measured is None else measured.interval(level)
        if ends is not None:
            certain[source] = ends[0]
    return ColumnOutcome(decision.columns[name].verdict, column.kind, certain)


def _certain_changes(found: Replay) -> dict[tuple[str, str, str], list[float]]:
    """Column, kind and method or signal to the changes of all windows."""
    changes: dict[tuple[str, str, str], list[float]] = {}
    for outcome in found.outcomes:
        for name, column in outcome.columns.items():
            for source, low in column.certain.items():
                changes.setdefault((name, column.kind, source), []).append(low)
    return changes


def _rounded_up(value: float) -> float:
    """To two digits, so that nobody takes it for more than it is."""
    if value <= 0.0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / unit) * unit:.12g}")
