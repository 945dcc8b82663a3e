"""Which windows have to be decided, in which order, and what becomes of the decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from driftline.errors import DataError
from driftline.monitor.blocks import require_blocks
from driftline.monitor.evaluate import Evaluated, Evaluator, verdict_in_force
from driftline.monitor.history import History
from driftline.monitor.outbox import message_about
from driftline.monitor.partition import Collected, Segments
from driftline.monitor.references import Fixed, LogRange, Moving, called
from driftline.monitor.results import MonitorRun, WindowResult
from driftline.monitor.settings import Settings, instant_of
from driftline.monitor.windows import Window
from driftline.profiling import merge
from driftline.row_worth import ReferenceBlocks
from driftline.store import Series, SqlStore, WindowRecord

__all__ = ["Judge"]


@dataclass(frozen=True)
class Judge:
    """Decides windows against every reference; `fixed` holds the references that were read."""

    settings: Settings
    store: SqlStore
    references: Mapping[str, Any]
    fixed: Mapping[str, Fixed]
    segments: Segments
    reports: Path | None = None
    sends_messages: bool = False

    def history(self, collected: Collected) -> History:
        """What is known of all windows, when a run has read these."""
        like = next(iter(self.fixed.values()), None)
        profiling = self.settings.profiling_hash(None if like is None else like.profiles.get(""))
        block = self.settings.block
        collects = self.settings.collected_blocks is not None
        dataset = self.settings.dataset
        return History(self.store, dataset, profiling, collected, self.segments, block, collects_blocks=collects)

    def decide(self, collected: Collected, now: int) -> MonitorRun:
        """Decide and store every complete window that is new, that changed, or that follows one that did."""
        settings = self.settings
        history = self.history(collected)
        run = MonitorRun(counts=collected.counts, n_rows=collected.n_rows)
        complete, pending = self._expected(history, now)
        run.pending = [settings.spec.title(window) for window in pending]
        acceptances, mutes = self.store.acceptances(settings.dataset), self.store.mutes(settings.dataset)
        for name, given in self.references.items():
            resolved = self._resolve(name, given, history, now)
            if resolved is None:
                continue
            reference, judged_from = resolved
            run.references[name] = reference.key
            windows = [window for window in complete if window.start >= judged_from]
            series = Series(settings.dataset, reference.key, settings.config_hash())
            words = acceptances, mutes
            evaluator = Evaluator(settings, series, reference, history, self.segments.names, *words, judged_from)
            for record, is_update in self._walk(evaluator, series, windows, history, run):
                verdict, accepted = verdict_in_force(settings, record, acceptances)
                make = partial(evaluator.decision, Window(record.key.start, record.key.end), record.key.segment)
                run.windows.append(WindowResult(name, verdict, record, accepted, is_update, make))
        if self.reports is not None and run.windows:
            self._write_timeline(self.reports)
        return run

    def _expected(self, history: History, now: int) -> tuple[list[Window], list[Window]]:
        """The windows that must be there by now, and those that are not complete yet."""
        settings = self.settings
        if not history.windows:
            return [], []
        if settings.spec.by_rows:
            whole = [each for each in history.windows if history.facts[each].n_rows == each.end - each.start]
            return whole, [each for each in history.windows if each not in set(whole)]
        first = history.windows[0].start if settings.start is None else min(settings.start, history.windows[0].start)
        last = now - settings.delay if settings.end is None else min(now - settings.delay, settings.end)
        edges = settings.spec.edges(first, max(first, last)).tolist()
        floor = None if settings.lookback is None else now - settings.lookback
        windows = [Window(*pair) for pair in pairwise(edges)]
        complete = [each for each in windows if each.end <= last and (floor is None or each.end > floor)]
        return complete, [each for each in history.windows if each.end > last]

    def _resolve(self, name: str, given: Any, history: History, now: int) -> tuple[Fixed | Moving, int] | None:
        """The reference and the start of the first window judged against it; None while it is not complete."""
        if isinstance(given, Moving):
            return given, 0
        if not isinstance(given, LogRange):
            return self.fixed[name], 0
        begin, end = (instant_of(each, self.settings.spec, f"reference {name}") for each in (given.start, given.end))
        assert begin is not None
        assert end is not None
        if now < end + self.settings.delay:
            return None
        windows = [each for each in history.windows if each.start >= begin and each.end <= end]
        if not windows:
            raise DataError(f"reference {name}: the log has no whole window between {given.start} and {given.end}")
        profiles = {}
        for segment in self.segments.names:
            parts = [part for each in windows if (part := history.profile(each, segment)) is not None]
            if parts:
                profiles[segment] = merge(parts)
        if self.settings.block is None:
            return Fixed(profiles), end
        blocks = {each: ReferenceBlocks(profiles[each], history.blocks_of(windows, each)) for each in profiles}
        require_blocks(called(name), blocks[""].n_blocks if "" in blocks else 0, self.settings.block)
        return Fixed(profiles, blocks), end

    def _walk(
        self, evaluator: Evaluator, series: Series, windows: Sequence[Window], history: History, run: MonitorRun
    ) -> list[tuple[WindowRecord, bool]]:
        """Records that are new or differ from the stored ones, which they have replaced; without their JSON."""
        known: dict[Window, dict[str, WindowRecord]] = {}
        for record in self.store.windows(series):
            known.setdefault(Window(record.key.start, record.key.end), {})[record.key.segment] = record
        written: list[tuple[WindowRecord, bool]] = []
        previous = _last_before(windows[0], known) if windows else {}
        for window in windows:
            stored = known.get(window, {})
            title = self.settings.spec.title(window)
            if history.has_lost(window) and title not in run.vanished:
                run.vanished.append(title)
            if stored and not written and self._is_current(window, stored[""], history, evaluator):
                previous = {**previous, **stored}  # a segment without rows goes on from where it was
                continue
            found = evaluator.evaluate(window, previous, stored)
            before, previous = previous, {**previous, **{each.record.key.segment: each.record for each in found}}
            changed = [each for each in found if not _same(each.record, stored.get(each.record.key.segment))]
            if changed:
                self._save(window, changed, before, history)
                written += [(replace(each.record, decision=""), bool(stored)) for each in changed]
        return written

    def _is_current(self, window: Window, stored: WindowRecord, history: History, evaluator: Evaluator) -> bool:
        return history.digest(window) == stored.digest and (
            stored.n_rows == 0 or evaluator.reference_digest(window) == stored.reference_digest
        )

    def _save(
        self, window: Window, found: Sequence[Evaluated], before: Mapping[str, WindowRecord], history: History
    ) -> None:
        links = [self._write_report(each) for each in found]
        messages = [
            message_about(self.settings, each, before.get(each.record.key.segment), link)
            for each, link in zip(found, links, strict=True)
        ]
        self.store.save(
            [each.record for each in found],
            history.unsaved(window),
            [message for message in messages if message is not None] if self.sends_messages else (),
        )

    def _write_report(self, found: Evaluated) -> str:
        """The page of a window, before its record: a record never points to a page that is not there."""
        if self.reports is None or found.decision is None:
            return ""
        from driftline.monitor.pages import report_path

        path = report_path(self.reports, found.record.key, found.record.title)
        path.parent.mkdir(parents=True, exist_ok=True)
        found.decision.to_html(path)
        return str(path)

    def _write_timeline(self, folder: Path) -> None:
        from driftline.monitor.pages import write_timeline

        write_timeline(folder, self.settings.dataset, self.settings.config_hash(), self.store)


def _last_before(window: Window, known: Mapping[Window, Mapping[str, WindowRecord]]) -> Mapping[str, WindowRecord]:
    """The records of the last window before one: those that ``lookback`` leaves alone still hold the state."""
    earlier = [each for each in known if each.end <= window.start]
    return known[max(earlier)] if earlier else {}


def _same(record: WindowRecord, stored: WindowRecord | None) -> bool:
    """Equal but for the decision's JSON, which follows from the rest and is not read back."""
    return stored is not None and replace(record, decision="") == stored
