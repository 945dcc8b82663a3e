"""A monitor: the windows of a log, each profiled, compared, decided and stored once."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from driftline.after_fork import renew_after_fork
from driftline.errors import DataError, InputError, OptionError
from driftline.methods import Method, choose
from driftline.monitor.acceptance import acceptance_of, audit_lines, configured_mutes, mute_of
from driftline.monitor.blocks import BlockSpec
from driftline.monitor.calibration import describe_replay, reference_windows
from driftline.monitor.judge import Judge
from driftline.monitor.live import LiveWindows
from driftline.monitor.outbox import deliver
from driftline.monitor.partition import Collected, Segments, collect_windows
from driftline.monitor.references import LogRange, Moving, check_reference_blocks, fixed_reference, segment_values
from driftline.monitor.results import MonitorRun
from driftline.monitor.settings import Settings, instant_of, moment_of
from driftline.monitor.windows import WindowSpec, parse_duration
from driftline.policy import Policy
from driftline.profiling import Profile, merge
from driftline.schema import Schema
from driftline.store import Acceptance, Mute, SqlStore, WindowRecord, open_store

__all__ = ["Monitor"]

NEVER = 1 << 62
_PLAIN = frozenset({float, int, str, bool, type(None)})


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
    profiles : URL
        Where the profiles of windows are files, if not in the store: ``file:///…``, ``s3://bucket/prefix``.
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
    block : str
        What rows come in that are not independent of each other: ``"hour"``, ``"day"``, ``"week"``, a length such as
        ``"6h"``, or a column such as the user. Intervals and p-values then follow from how much blocks differ.
    lookback : str
        Windows that ended longer ago are not read again.
    merge : int
        How many windows at most are merged before one that is undecided.
    reports : path
        A folder for one page per window, and one for the whole history.
    targets : list
        Where messages go.
    mute : mapping from column names to dates
        No messages about these columns until then; an empty one lifts what an earlier one said, None leaves it.

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
        profiles: str | None = None,
        dataset: str = "log",
        policy: Policy | None = None,
        schema: Schema | None = None,
        methods: Sequence[str | Method] | None = None,
        columns: Sequence[str] | None = None,
        segments: Sequence[str] = (),
        delay: str = "0",
        start: Any = None,
        end: Any = None,
        block: str | None = None,
        lookback: str | None = None,
        reports: str | os.PathLike[str] | None = None,
        targets: Sequence[Any] = (),
        mute: Mapping[str, Any] | None = None,
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
                block=None if block is None else BlockSpec.parse(block, timezone),
                segments=tuple([segments] if isinstance(segments, str) else segments),
                **options,
            )
        except TypeError as error:
            raise OptionError(f"Monitor: {error}") from None
        self._log = log
        self._references = _named_references(reference)
        for name, given in self._references.items():
            check_reference_blocks(self.settings, name, given)
        self._store = store if isinstance(store, SqlStore) else open_store(store, profiles=profiles)
        self._reports = None if reports is None else Path(reports)
        self._targets = tuple(targets)
        self._muted = None if mute is None else {name: moment_of(mute[name], spec, f"mute {name}") for name in mute}
        if mute and spec.by_rows:
            raise OptionError("mute: windows of rows have no dates until which a column could be muted")
        self._clock = clock
        self._lock = threading.RLock()
        self._live: LiveWindows | None = None
        self._next_close = NEVER
        renew_after_fork(self, Monitor._renew)

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
        judge = self._judge
        collected = collect_windows(self._log, self.settings, like=self._like(), segments=judge.segments, now=instant)
        return self._decide(collected, instant)

    def log(self, batch: Any) -> MonitorRun | None:
        """Fold rows into the windows they belong to; decide the windows that are complete by now.

        Safe to call from many threads, and from many processes with the same store and data set. Rows wait in memory
        until `flush` or `close`, or until a window becomes complete. After a fork the child begins without rows: those
        that wait are the parent's.

        Parameters
        ----------
        batch
            One row as a dict of values, or whatever `driftline.profile` takes.

        Returns
        -------
        MonitorRun or None
            What was decided, if a window became complete.

        Examples
        --------
        >>> import driftline as dl
        >>> past = {"amount": [i % 97 / 10 for i in range(1000)]}
        >>> with dl.Monitor(reference=past, window=500) as monitor:
        ...     runs = [monitor.log({"amount": i % 97 / 10}) for i in range(500)]
        ...     monitor.flush().windows[0].verdict
        'ok'
        """
        with self._lock:
            now = self._now(None)
            live = self._live_windows(now)
            if isinstance(batch, Mapping) and not any(map(_is_column, batch.values())):
                live.add_row(batch, now)
            else:
                live.add_batch(batch, now)
            return self._flush(now) if now >= self._next_close else None

    def flush(self) -> MonitorRun:
        """Store the rows that were logged so far, and decide every window that is complete."""
        with self._lock:
            return self._flush(self._now(None))

    def accept(
        self, column: str, *, reason: str, by: str, until: Any = None, since: Any = None, segment: str = ""
    ) -> Acceptance:
        """Say that a change is expected: the column is still reported, and alerts no more until `until`.

        `since` (by default now) is when that began to hold; windows that ended before keep their verdict.
        """
        given = acceptance_of(
            self.settings, column, reason, by, until=until, since=since, segment=segment, now=self._now(None)
        )
        self._store.accept(given)
        return given

    def mute(self, column: str, *, until: Any, since: Any = None, by: str, reason: str = "", segment: str = "") -> Mute:
        """Send no messages about a column until a date: what it comes to is still stored, shown and counted.

        Holds for windows that end after `since` (by default now). The next window after `until` is told of if the alert
        is still open. A later call replaces an earlier one.
        """
        given = mute_of(
            self.settings, column, until=until, since=since, by=by, reason=reason, segment=segment, now=self._now(None)
        )
        self._store.mute(given)
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

        page = render_timeline(self.history(), words=audit_lines(self._store, self.settings.dataset))
        if path is not None:
            write_whole(path, page.encode())
        return page

    def merged_windows(self, start: Any, end: Any) -> tuple[Profile, int]:
        """The profile of all stored windows from `start` to `end`, and how many they are: a new reference.

        Raises DataError when there are none.
        """
        if self.settings.block is not None:
            raise OptionError(
                "a saved profile does not tell how blocks differ; with block, name the windows in the configuration: "
                "reference = { from = ..., to = ... }"
            )
        low, high = (moment_of(each, self.settings.spec, "from and to") for each in (start, end))
        history = self._judge.history(Collected())
        windows = [each for each in history.windows if low <= each.start and each.end <= high]
        if not windows:
            raise DataError(f"the store has no window of {self.settings.dataset!r} between {start} and {end}")
        return merge(part for each in windows if (part := history.profile(each)) is not None), len(windows)

    def calibrate(self, *, now: Any = None) -> tuple[str, Policy]:
        """What the policy would have said of the reference's own windows, in words, and one whose tolerances fit them.

        Raises OptionError for a reference that is a saved profile: it has no windows.
        """
        reference = next(iter(self._references.values()))
        windows = reference_windows(self.settings, reference, self._log, self._now(now))
        return describe_replay(self.settings, windows)

    def close(self) -> None:
        """Store the rows that were logged, without deciding windows that are not complete, and give the store back."""
        with self._lock:
            if self._live is not None:
                self._keep_live(self._now(None))
            self._store.close()

    def _renew(self) -> None:
        """After a fork: rows that wait are stored by the parent, whose threads may hold the lock."""
        self._lock = threading.RLock()
        self._live = None
        self._next_close = NEVER

    def __enter__(self) -> Monitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What a run is made of

    def _now(self, now: Any) -> int:
        given = None if now is None else instant_of(now, self.settings.spec, "now")
        return int(self._clock() * 1_000_000) if given is None else given

    @cached_property
    def _judge(self) -> Judge:
        """With the fixed references, which are read once."""
        settings = self.settings
        data = next((each for each in self._references.values() if not isinstance(each, (Moving, LogRange))), None)
        segments = Segments(segment_values(settings, data))
        fixed = {
            name: fixed_reference(given, settings, segments)
            for name, given in self._references.items()
            if not isinstance(given, (Moving, LogRange))
        }
        wants_messages = bool(self._targets)
        return Judge(settings, self._store, self._references, fixed, segments, self._reports, wants_messages)

    def _like(self) -> Profile | None:
        """The first fixed reference, whose kinds the windows follow."""
        first = next(iter(self._judge.fixed.values()), None)
        return None if first is None else first.profiles.get("")

    def _live_windows(self, now: int) -> LiveWindows:
        if self._live is None:
            self._live = LiveWindows(self.settings, self._like(), self._judge.segments, now)
            self._next_close = self._close_after(now)
        return self._live

    def _close_after(self, now: int) -> int:
        """When the window that is open now will be complete; windows of rows are decided by `flush` only."""
        if self.settings.spec.by_rows:
            return NEVER
        return self.settings.spec.containing(now - self.settings.delay).end + self.settings.delay

    def _keep_live(self, now: int) -> None:
        live = self._live_windows(now)
        live.fold(now)
        live.store_windows(self._store, self._judge.history(Collected()))

    def _flush(self, now: int) -> MonitorRun:
        live = self._live_windows(now)
        self._keep_live(now)
        self._next_close = self._close_after(now)
        run = self._decide(Collected(), now)
        run.counts = live.counts
        return run

    def _decide(self, collected: Collected, now: int) -> MonitorRun:
        self._note_mutes(now)
        run = self._judge.decide(collected, now)
        if self._targets:
            run.undelivered = deliver(self._store, self.settings.dataset, self._targets, now, lambda: self._now(None))
        return run

    def _note_mutes(self, now: int) -> None:
        """Bring the audit log to what this monitor was configured with, if it was told anything about mutes."""
        if self._muted is None:
            return
        lines = configured_mutes(self.settings, self._muted, self._store.mutes(self.settings.dataset), now)
        if lines:
            self._store.mute(*lines)


def _named_references(given: Any) -> dict[str, Any]:
    """References by name. A mapping of columns is data; one of references has other values than columns have."""
    if isinstance(given, Mapping) and given and all(_is_reference(each) for each in given.values()):
        return {str(name): each for name, each in given.items()}
    if given is None:
        raise OptionError("reference is missing: give data, a saved profile, LogRange(...), rolling(28), …")
    return {"reference": given}


def _is_reference(value: Any) -> bool:
    return isinstance(value, (Moving, LogRange, Profile, str, os.PathLike, Mapping)) or hasattr(value, "columns")


def _is_column(value: object) -> bool:
    """True for a column of values, False for one value."""
    return type(value) not in _PLAIN and hasattr(value, "__len__") and not isinstance(value, (str, bytes))
