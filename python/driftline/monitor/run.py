"""A monitor: the windows of a log, each profiled, compared, decided and stored once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from driftline.decision import SEVERITY, Decision
from driftline.errors import DataError, InputError, OptionError
from driftline.methods import Method, choose
from driftline.monitor.evaluate import Evaluated, Evaluator, verdict_in_force
from driftline.monitor.history import History
from driftline.monitor.outbox import deliver, message_about
from driftline.monitor.partition import Collected, Segments, collect_windows
from driftline.monitor.references import Fixed, LogRange, Moving, fixed_reference, segment_values
from driftline.monitor.settings import Settings, instant_of
from driftline.monitor.windows import Window, WindowSpec, parse_duration
from driftline.policy import Policy
from driftline.profiling import Profile, merge
from driftline.schema import Schema
from driftline.store import Acceptance, Series, SqlStore, WindowRecord, open_store

__all__ = ["Monitor", "MonitorRun", "WindowResult"]


@dataclass(frozen=True)
class WindowResult:
    """What one window came to in this run.

    ``verdict`` is what is left after accepted columns were left out; ``record`` holds what was measured.
    """

    title: str
    reference: str
    verdict: str
    record: WindowRecord
    decision: Decision | None = None
    accepted: Sequence[str] = ()
    is_update: bool = False

    @property
    def segment(self) -> str:
        """Which rows; empty for all."""
        return self.record.key.segment


@dataclass
class MonitorRun:
    """What a run did: the windows it decided, what it left out, and what waits.

    Attributes
    ----------
    windows
        Those decided now, in the order of time; an empty list where nothing was new.
    counts
        Rows that are in no window, and why: ``null_timestamps``, ``unparsable_timestamps``, ``future_timestamps``,
        ``outside_start_end``; and ``mixed_zones``, rows that were read with the zone of the windows.
    pending
        Windows with rows that are not complete yet.
    vanished
        Windows that were decided with rows that the log no longer has.
    undelivered
        Messages that could not be sent, and why.
    """

    windows: list[WindowResult] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    pending: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    undelivered: list[str] = field(default_factory=list)
    n_rows: int = 0

    @property
    def verdict(self) -> str:
        """The worst verdict of the windows decided now; ``ok`` where there were none."""
        return max((each.verdict for each in self.windows), key=SEVERITY.__getitem__, default="ok")


class Monitor:
    """Watches a prediction log, window by window, against one or several references.

    Parameters
    ----------
    log
        What `driftline.profile` takes; or None, for rows that are handed to `log` as they come.
    reference
        Data, a path, a Profile, ``LogRange``, ``rolling(n)``, ``previous()``, ``same_weekday(n)``, ``same_hour(n)``, or
        a mapping from names to several of these.
    timestamp : str
        The column that says when a row was. Not needed where windows are counted in rows.
    window : str or int
        ``"15min"``, ``"1h"``, ``"1d"``, ``"7d"``, ``"1mo"``, or a number of rows.
    timezone : str
        The zone whose midnights begin windows, and of timestamps that name none.
    store : path, URL or store
        Where the history is kept; by default it is forgotten with the monitor.
    dataset : str
        The name under which it is kept.
    policy, schema, methods, columns
        As for `driftline.check`.
    segments : list of column names
        Judge the rows of each value apart as well, corrected over all tests: the most frequent `max_segments` values of
        the reference, and ``other``.
    delay : str
        How long after its end a window waits for late rows.
    start, end : date
        Rows outside are left out.
    lookback : str
        Windows that ended longer ago are not read again.
    merge : int
        How many windows at most are merged before one that is undecided.
    reports : path
        A folder for one page per window, and one for the whole history.
    targets : list
        Where messages go.

    Notes
    -----
    A window is decided once it is complete. Decided again is a window whose rows, or whose predecessors, changed: then
    its record is replaced. A second run over the same rows writes nothing.

    Examples
    --------
    >>> import driftline as dl
    >>> days = [f"2024-03-{day:02}" for day in range(1, 15) for _ in range(300)]
    >>> log = {"day": days, "amount": [float(i * 37 % 101) for i in range(300)] * 14}
    >>> monitor = dl.Monitor(log, reference=dl.monitor.LogRange("2024-03-01", "2024-03-08"), timestamp="day",
    ...                      end="2024-03-15")
    >>> [each.verdict for each in monitor.run().windows]
    ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok']
    >>> monitor.run().windows
    []
    """

    def __init__(
        self,
        log: Any = None,
        *,
        reference: Any,
        timestamp: str | None = None,
        window: str | int = "1d",
        timezone: str = "UTC",
        store: str | os.PathLike[str] | SqlStore = ":memory:",
        dataset: str = "log",
        policy: Policy | None = None,
        schema: Schema | None = None,
        methods: Sequence[str | Method] | None = None,
        columns: Sequence[str] | None = None,
        segments: Sequence[str] = (),
        delay: str = "0",
        start: Any = None,
        end: Any = None,
        lookback: str | None = None,
        reports: str | os.PathLike[str] | None = None,
        targets: Sequence[Any] = (),
        clock: Callable[[], float] = time.time,
        **options: Any,
    ) -> None:
        spec = WindowSpec.parse(window, timezone)
        try:
            self.settings = Settings(
                dataset=dataset,
                spec=spec,
                timestamp=timestamp,
                delay=parse_duration(delay),
                start=instant_of(start, spec, "start"),
                end=instant_of(end, spec, "end"),
                lookback=None if lookback is None else parse_duration(lookback, "lookback"),
                policy=policy or Policy(),
                schema=schema or Schema(),
                methods=choose(methods),
                columns=None if columns is None else tuple(columns),
                segments=tuple([segments] if isinstance(segments, str) else segments),
                **options,
            )
        except TypeError as error:
            raise OptionError(f"Monitor: {error}") from None
        self._log = log
        self._references = _named_references(reference)
        self._store = store if isinstance(store, SqlStore) else open_store(store)
        self._reports = None if reports is None else Path(reports)
        self._targets = tuple(targets)
        self._clock = clock
        self._fixed: dict[str, Fixed] = {}
        self._segments: Segments | None = None

    @property
    def store(self) -> SqlStore:
        """Where the history is kept."""
        return self._store

    def run(self, *, now: Any = None) -> MonitorRun:
        """Decide every window of the log that is complete and new, and store what it came to.

        Parameters
        ----------
        now : datetime or ISO 8601 text, optional
            The time it is; by default the clock's.

        Raises
        ------
        InputError, DataError
            If the log or a reference cannot be read.
        StoreError
            If the store cannot be written; the windows before are in it.
        """
        if self._log is None:
            raise InputError("this Monitor was made without a log; hand rows to log(), or give it one")
        instant = self._now(now)
        self._prepare()
        collected = collect_windows(
            self._log, self.settings, like=self._like(), segments=self._known_segments(), now=instant
        )
        return self._decide(collected, instant)

    def accept(
        self, column: str, *, reason: str, by: str, until: Any = None, since: Any = None, segment: str = ""
    ) -> Acceptance:
        """Say that a change is expected: the column is still reported, and alerts no more until `until`.

        `since` (by default now) is when that began to hold; windows that ended before keep their verdict.
        """
        from driftline.monitor.acceptance import acceptance_of

        given = acceptance_of(
            self.settings, column, reason, by, until=until, since=since, segment=segment, now=self._now(None)
        )
        self._store.accept(given)
        return given

    def history(self, *, reference: str | None = None, segment: str | None = None) -> list[WindowRecord]:
        """Every stored window of this data set under this configuration, in the order of time."""
        config = self.settings.config_hash()
        found = self._store.windows(dataset=self.settings.dataset, segment=segment)
        return [
            each
            for each in found
            if each.key.series.config_hash == config and reference in (None, each.key.series.reference)
        ]

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """The page of the whole history, also written to `path` if that is given."""
        from driftline.file_output import write_whole
        from driftline.monitor.timeline import render_timeline

        page = render_timeline(self.history())
        if path is not None:
            write_whole(path, page.encode())
        return page

    def merged_windows(self, start: Any, end: Any) -> tuple[Profile, int]:
        """The profile of all stored windows from `start` to `end`, and how many they are: a new reference.

        Raises DataError when there are none.
        """
        self._prepare()
        low, high = (instant_of(each, self.settings.spec, "from and to") for each in (start, end))
        history = self._history(Collected())
        windows = [each for each in history.windows if low <= each.start and each.end <= high]  # type: ignore[operator]
        if not windows:
            raise DataError(f"the store has no window of {self.settings.dataset!r} between {start} and {end}")
        return merge(part for each in windows if (part := history.profile(each)) is not None), len(windows)

    def close(self) -> None:
        """Give the store back."""
        self._store.close()

    def __enter__(self) -> Monitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What a run is made of

    def _now(self, now: Any) -> int:
        given = instant_of(now, self.settings.spec, "now")
        return int(self._clock() * 1_000_000) if given is None else given

    def _prepare(self) -> None:
        """Read the fixed references, once."""
        if self._segments is not None:
            return
        data = next((each for each in self._references.values() if not isinstance(each, (Moving, LogRange))), None)
        self._segments = Segments(segment_values(self.settings, data))
        for name, given in self._references.items():
            if not isinstance(given, (Moving, LogRange)):
                self._fixed[name] = fixed_reference(given, self.settings, self._segments)

    def _known_segments(self) -> Segments:
        assert self._segments is not None
        return self._segments

    def _like(self) -> Profile | None:
        """The first fixed reference, whose kinds the windows follow."""
        first = next(iter(self._fixed.values()), None)
        return None if first is None else first.profiles.get("")

    def _history(self, collected: Collected) -> History:
        profiling = self.settings.profiling_hash(self._like())
        return History(self._store, self.settings.dataset, profiling, collected, self._known_segments())

    def _decide(self, collected: Collected, now: int) -> MonitorRun:
        settings, segments = self.settings, self._known_segments()
        history = self._history(collected)
        run = MonitorRun(counts=collected.counts, n_rows=collected.n_rows)
        complete, pending = self._expected(history, now)
        run.pending = [settings.spec.title(window) for window in pending]
        acceptances = self._store.acceptances(settings.dataset)
        for name, given in self._references.items():
            reference, judged_from = self._resolve(name, given, history)
            windows = [window for window in complete if window.start >= judged_from]
            series = Series(settings.dataset, reference.key, settings.config_hash())
            evaluator = Evaluator(settings, series, reference, history, segments.names, acceptances, judged_from)
            for found in self._judge(evaluator, series, windows, history, run):
                verdict, accepted = verdict_in_force(settings, found.record, acceptances)
                title = settings.spec.title(Window(found.record.key.start, found.record.key.end))
                run.windows.append(
                    WindowResult(title, name, verdict, found.record, found.decision, accepted, found.is_update)
                )
        if self._reports is not None and run.windows:
            self._write_timeline()
        if self._targets:
            clock = lambda: int(self._clock() * 1_000_000)  # noqa: E731
            run.undelivered = deliver(self._store, settings.dataset, self._targets, now, clock)
        return run

    def _expected(self, history: History, now: int) -> tuple[list[Window], list[Window]]:
        """The windows that must be there by now, and those that are not complete yet."""
        settings = self.settings
        if not history.windows:
            return [], []
        if settings.spec.by_rows:
            whole = [each for each in history.windows if history.facts[each].n_rows == each.end - each.start]
            return whole, [each for each in history.windows if each not in whole]
        first = history.windows[0].start if settings.start is None else min(settings.start, history.windows[0].start)
        last = now - settings.delay if settings.end is None else min(now - settings.delay, settings.end)
        edges = settings.spec.edges(first, max(first, last)).tolist()
        windows = [Window(*pair) for pair in pairwise(edges)]
        floor = None if settings.lookback is None else now - settings.lookback
        complete = [each for each in windows if each.end <= last and (floor is None or each.end > floor)]
        return complete, [each for each in history.windows if each.end > last]

    def _resolve(self, name: str, given: Any, history: History) -> tuple[Fixed | Moving, int]:
        """The reference, and the start of the first window that is judged against it."""
        if isinstance(given, Moving):
            return given, 0
        if not isinstance(given, LogRange):
            return self._fixed[name], 0
        spec = self.settings.spec
        begin, end = (instant_of(each, spec, f"reference {name}") for each in (given.start, given.end))
        assert begin is not None
        assert end is not None
        windows = [each for each in history.windows if each.start >= begin and each.end <= end]
        if not windows:
            raise DataError(f"reference {name}: the log has no window between {given.start} and {given.end}")
        profiles = {}
        for segment in self._known_segments().names:
            parts = [history.profile(each, segment) for each in windows]
            present = [part for part in parts if part is not None]
            if present:
                profiles[segment] = merge(present)
        return Fixed(profiles), end

    def _judge(
        self,
        evaluator: Evaluator,
        series: Series,
        windows: Sequence[Window],
        history: History,
        run: MonitorRun,
    ) -> Iterator[_Judged]:
        """Every window that is new, that changed, or that follows one that did."""
        known: dict[Window, dict[str, WindowRecord]] = {}
        for record in self._store.windows(series):
            known.setdefault(Window(record.key.start, record.key.end), {})[record.key.segment] = record
        follows_change = False
        previous: Mapping[str, WindowRecord] = {}
        for window in windows:
            stored = known.get(window, {})
            if self._gone(window, stored, history):
                run.vanished.append(self.settings.spec.title(window))
            unchanged = stored and not follows_change and self._is_current(window, stored[""], history, evaluator)
            if unchanged or (stored and self._gone(window, stored, history)):
                previous = stored
                continue
            found = evaluator.evaluate(window, previous, stored)
            previous = {each.record.key.segment: each.record for each in found}
            changed = [each for each in found if not _same(each.record, stored.get(each.record.key.segment))]
            follows_change = follows_change or bool(changed)
            if changed:
                self._save(window, changed, history)
                yield from (_Judged(each.record, each.decision, bool(stored)) for each in changed)

    def _gone(self, window: Window, stored: Mapping[str, WindowRecord], history: History) -> bool:
        return bool(stored) and stored[""].n_rows > 0 and window not in history.facts

    def _is_current(self, window: Window, stored: WindowRecord, history: History, evaluator: Evaluator) -> bool:
        if window not in history.facts:
            return stored.n_rows == 0
        if history.is_read(window):
            own = history.profile(window)
            if own is None or own.digest != stored.digest:
                return False
        elif history.stored_rows(window) != stored.n_rows:
            return False
        return evaluator.reference_digest(window) == stored.reference_digest

    def _save(self, window: Window, found: Sequence[Evaluated], history: History) -> None:
        links = [self._write_report(each) for each in found]
        messages = [message_about(self.settings, each, link) for each, link in zip(found, links, strict=True)]
        self._store.save(
            [each.record for each in found],
            history.unsaved(window),
            [message for message in messages if message is not None] if self._targets else (),
        )

    def _write_report(self, found: Evaluated) -> str:
        """The page of a window, before its record: a record never points to a page that is not there."""
        if self._reports is None or found.decision is None:
            return ""
        from driftline.monitor.pages import report_path

        path = report_path(self._reports, found.record.key, found.record.title)
        path.parent.mkdir(parents=True, exist_ok=True)
        found.decision.to_html(path)
        return str(path)

    def _write_timeline(self) -> None:
        from driftline.monitor.pages import write_timeline

        assert self._reports is not None
        write_timeline(self._reports, self.settings.dataset, self.settings.config_hash(), self._store)


@dataclass(frozen=True)
class _Judged:
    record: WindowRecord
    decision: Decision | None
    is_update: bool


def _named_references(given: Any) -> dict[str, Any]:
    """References by name. A mapping of columns is data; one of references has other values than columns have."""
    if isinstance(given, Mapping) and given and all(_is_reference(each) for each in given.values()):
        return {str(name): each for name, each in given.items()}
    if given is None:
        raise OptionError("reference is missing: give data, a saved profile, LogRange(...), rolling(28), …")
    return {"reference": given}


def _is_reference(value: Any) -> bool:
    return isinstance(value, (Moving, LogRange, Profile, str, os.PathLike, Mapping)) or hasattr(value, "columns")


def _same(record: WindowRecord, stored: WindowRecord | None) -> bool:
    """Equal but for the decision's JSON, which follows from the rest and is not read back."""
    from dataclasses import replace

    return stored is not None and replace(record, decision="") == stored
