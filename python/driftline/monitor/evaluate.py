"""From a window's profile to what is stored about it: findings, comparison, merging, verdict."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from driftline.checking import measure
from driftline.decision import SEVERITY, Decision, data_set_verdict, decide_together
from driftline.monitor.alarms import advance_alarms, in_force
from driftline.monitor.blocks import Blocks, merge_blocks
from driftline.monitor.findings import Finding, examine, late_rows, missing, no_reference, worth_of_window
from driftline.monitor.history import History
from driftline.monitor.references import Fixed, Moving
from driftline.monitor.settings import Settings
from driftline.monitor.sliding import SlidingMerge
from driftline.monitor.windows import Window
from driftline.profiling import Profile, merge
from driftline.render.json import plain
from driftline.row_worth import ReferenceBlocks
from driftline.store import Acceptance, Mute, Series, WindowKey, WindowRecord

__all__ = ["Evaluated", "Evaluator", "verdict_in_force"]

UNSETTLED = ("inconclusive", "skipped")
_AT_HAND = 256  # columns of the last windows whose decisions are kept, and with them the profiles of both sides


@dataclass
class Evaluated:
    """One window against one reference, for one segment: what is stored, and what it was made of."""

    record: WindowRecord
    decision: Decision | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class _Case:
    """One segment of a window on its way to a decision."""

    segment: str
    reference: Profile
    profile: Profile
    known: ReferenceBlocks | None
    blocks: Blocks
    span: list[Window]
    own: Decision | None = None
    decision: Decision | None = None


class Evaluator:
    """Judges the windows of one series, in the order of time."""

    def __init__(
        self,
        settings: Settings,
        series: Series,
        reference: Fixed | Moving,
        history: History,
        segments: Sequence[str],
        acceptances: Sequence[Acceptance],
        mutes: Sequence[Mute],
        judged_from: int,
    ) -> None:
        self._settings = settings
        self._series = series
        self._reference = reference
        self._history = history
        self._segments = segments
        self._acceptances = acceptances
        self._mutes = mutes
        self._judged_from = judged_from
        self._merges: dict[str, SlidingMerge] = {}
        self._decisions: OrderedDict[Window, dict[str, Decision]] = OrderedDict()

    def reference_digest(self, window: Window) -> str:
        """Of what the window is compared with; empty where there is nothing yet."""
        found = self._reference_of(window, "")
        return found.digest if isinstance(found, Profile) else ""

    def evaluate(
        self, window: Window, previous: Mapping[str, WindowRecord], known: Mapping[str, WindowRecord]
    ) -> list[Evaluated]:
        """What all segments of a window come to, given the records of the window before and those of an earlier run."""
        profile = self._history.profile(window)
        if profile is None:
            return [self._without_rows(window, previous.get(""))]
        cases, records = self._judge(window, profile)
        findings = examine(self._settings, window, profile, self._history.facts, self._history.earlier(window))
        found = [
            self._close(window, case, findings, previous.get(case.segment), known.get(case.segment)) for case in cases
        ]
        return [*records, *found]

    def decision(self, window: Window, segment: str) -> Decision | None:
        """Of a window that was evaluated; made again from the profiles unless it is one of the last ones."""
        profile = None if window in self._decisions else self._history.profile(window)
        if profile is not None:
            self._judge(window, profile)
        return self._decisions.get(window, {}).get(segment)

    def _judge(self, window: Window, profile: Profile) -> tuple[list[_Case], list[Evaluated]]:
        """The decided segments of a window, and the records of those that nothing can be said of yet."""
        cases, records = self._open_cases(window, profile)
        self._decide(cases)
        self._settle(cases, window)
        self._decisions[window] = {case.segment: case.decision for case in cases if case.decision is not None}
        while len(self._decisions) > max(1, _AT_HAND // max(1, len(profile.columns) * len(cases))):
            self._decisions.popitem(last=False)
        return cases, records

    def _reference_of(self, window: Window, segment: str) -> Profile | Finding | None:
        if isinstance(self._reference, Fixed):
            return self._reference.profiles.get(segment)
        chosen = self._reference.choose(window, self._history.earlier(window), self._settings.spec)
        if len(chosen) < self._reference.windows:
            return no_reference(self._reference.key, len(chosen), self._reference.windows)
        if self._reference.rule == "rolling":
            return self._rolling(segment).merged(chosen)
        parts = [self._history.profile(each, segment) for each in chosen]
        return merge(part for part in parts if part is not None)

    def _reference_blocks(self, window: Window, segment: str, reference: Profile) -> ReferenceBlocks | None:
        if self._settings.block is None:
            return None
        if isinstance(self._reference, Fixed):
            return self._reference.blocks[segment]
        chosen = self._reference.choose(window, self._history.earlier(window), self._settings.spec)
        return ReferenceBlocks(reference, self._history.blocks_of(chosen, segment))

    def _rolling(self, segment: str) -> SlidingMerge:
        if segment not in self._merges:
            self._merges[segment] = SlidingMerge(partial(self._history.profile, segment=segment))
        return self._merges[segment]

    def _open_cases(self, window: Window, profile: Profile) -> tuple[list[_Case], list[Evaluated]]:
        cases, without = [], []
        for segment in self._segments:
            own = profile if segment == "" else self._history.profile(window, segment)
            reference = self._reference_of(window, segment)
            if isinstance(reference, Profile) and own is not None:
                known = self._reference_blocks(window, segment, reference)
                cases.append(_Case(segment, reference, own, known, self._history.blocks(window, segment), [window]))
            elif segment == "" and isinstance(reference, Finding):
                record = self._record(window, "", "skipped", profile, "", findings=[reference])
                without.append(Evaluated(record))
        return cases, without

    def _decide(self, cases: Sequence[_Case]) -> None:
        """Judge all segments as one family of tests."""
        settings = self._settings
        reports = [
            measure(
                case.reference,
                case.profile,
                settings.policy,
                schema=settings.checked_schema,
                methods=settings.methods,
                columns=None if settings.columns is None else list(settings.columns),
                threads=settings.threads,
                worth=None if case.known is None else case.known.worth(list(case.blocks.values())),
            )
            for case in cases
        ]
        for case, decision in zip(cases, decide_together(reports, settings.policy), strict=True):
            case.decision = decision
            case.own = case.own or decision

    def _settle(self, cases: Sequence[_Case], window: Window) -> None:
        """Merge windows before this one into what is undecided, one more at a time.

        A moving reference is made of those very windows, so there nothing is merged.
        """
        if isinstance(self._reference, Moving):
            return
        earlier = [each for each in self._history.earlier(window) if each.start >= self._judged_from]
        for more in earlier[: -self._settings.merge - 1 : -1]:
            undecided = [case for case in cases if case.decision is not None and case.decision.verdict in UNSETTLED]
            if not undecided:
                return
            for case in undecided:
                case.span.insert(0, more)
                profile = self._history.profile(more, case.segment)
                case.profile = case.profile if profile is None else profile + case.profile
                if self._settings.block is not None:
                    case.blocks = merge_blocks([self._history.blocks(more, case.segment), case.blocks])
            self._decide(cases)

    def _close(
        self,
        window: Window,
        case: _Case,
        findings: list[Finding],
        previous: WindowRecord | None,
        known: WindowRecord | None,
    ) -> Evaluated:
        assert case.decision is not None
        assert case.own is not None
        own = self._history.profile(window, case.segment)
        assert own is not None
        told = list(findings) if case.segment == "" else []
        told += _kept_late(known, own)
        told += worth_of_window(case.decision, case.profile.n_rows)
        state = {} if previous is None else previous.state
        words = self._acceptances, self._mutes
        alarms = advance_alarms(self._settings, window, state, case.own, case.decision, *words, case.segment)
        verdict = _worst([case.decision.verdict, *(each.verdict for each in told)])
        record = self._record(
            window,
            case.segment,
            verdict,
            own,
            case.reference.digest,
            span=case.span,
            findings=told,
            columns=_columns(case.decision),
            state=alarms.state,
            decision=case.decision.to_json(),
        )
        return Evaluated(record, case.decision, alarms.changes)

    def _without_rows(self, window: Window, previous: WindowRecord | None) -> Evaluated:
        finding = missing(self._settings, window)
        state = {} if previous is None else previous.state
        verdict = finding.verdict if finding.verdict != "note" else "skipped"
        record = WindowRecord(
            *(WindowKey(self._series, *window), verdict, 0, "", "", window.start, [finding.to_dict()]),
            state=state,
            title=self._settings.spec.title(window),
        )
        return Evaluated(record)

    def _record(
        self,
        window: Window,
        segment: str,
        verdict: str,
        own: Profile,
        reference_digest: str,
        *,
        findings: Sequence[Finding],
        span: Sequence[Window] = (),
        **more: Any,
    ) -> WindowRecord:
        start = span[0].start if span else window.start
        told = [each.to_dict() for each in findings]
        key = WindowKey(self._series, *window, segment)
        title = self._settings.spec.title(window)
        return WindowRecord(key, verdict, own.n_rows, own.digest, reference_digest, start, told, title=title, **more)


def verdict_in_force(
    settings: Settings, record: WindowRecord, acceptances: Sequence[Acceptance]
) -> tuple[str, list[str]]:
    """The verdict that remains when accepted columns are left out, and the columns that were left out.

    What the store holds is never changed by an acceptance: it can expire.
    """
    window = Window(record.key.start, record.key.end)
    accepted = [
        name
        for name, (verdict, *_) in record.columns.items()
        if verdict in ("warn", "alert") and in_force(settings, acceptances, window, name, record.key.segment)
    ]
    if not accepted:
        return record.verdict, []
    counts = dict.fromkeys(SEVERITY, 0)
    for name, (verdict, *_) in record.columns.items():
        counts["ok" if name in accepted else verdict] += 1
    return _worst([data_set_verdict(counts, settings.policy), *(each["verdict"] for each in record.findings)]), accepted


def _worst(verdicts: Sequence[str]) -> str:
    return max((each for each in verdicts if each in SEVERITY), key=SEVERITY.__getitem__)


def _kept_late(known: WindowRecord | None, own: Profile) -> list[Finding]:
    """Whether rows came after the window was first decided; said again for as long as the window stays."""
    if known is None:
        return []
    if known.digest != own.digest:
        return [late_rows(known.n_rows, own.n_rows)]
    return [Finding(**each) for each in known.findings if each["code"] == "late_rows"]


def _columns(decision: Decision) -> dict[str, list[Any]]:
    found = {}
    for name, column in decision.columns.items():
        reason = column.reasons[0]
        found[name] = plain([column.verdict, reason.value, reason.ci_low, reason.ci_high, reason.source])
    return found
