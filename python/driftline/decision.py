"""Verdicts: minimum-effect tests of a report's evidence under a policy, corrected for the number of tests."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from driftline.errors import InputError, OptionError
from driftline.evidence import Evidence
from driftline.minimum_effect import ToleranceTest
from driftline.multiplicity import adjust
from driftline.policy import Policy, Settings
from driftline.reasons import Finding, Reason
from driftline.report import ColumnReport, DriftReport, report_head
from driftline.standing import standing_without_tests

__all__ = [
    "SEVERITY",
    "VERDICTS",
    "ColumnDecision",
    "Decision",
    "Reason",
    "data_set_verdict",
    "decide",
    "decide_together",
]

VERDICTS = ("alert", "warn", "inconclusive", "ok", "skipped")
SEVERITY = {verdict: rank for rank, verdict in enumerate(reversed(VERDICTS))}
_MOSTLY_UNDECIDED = 0.2


class ColumnDecision:
    """The verdict on one column: ``alert``, ``warn``, ``ok``, ``inconclusive`` or ``skipped``, and why.

    ``changed`` says whether its distribution certainly changed, however little. ``severity`` orders columns: the
    largest effect in units of its alert tolerance, infinite for a column that is gone or of another kind.

    Examples
    --------
    >>> import driftline as dl
    >>> age = dl.check({"age": [31, 42, 27] * 100}, {"age": [61, 72, 57] * 100}).columns["age"]
    >>> age.verdict, age.changed, age.reasons[0].code
    ('alert', True, 'psi_above_alert')
    """

    def __init__(
        self,
        column: ColumnReport,
        findings: Sequence[Finding],
        severity: float,
        tests: Sequence[ToleranceTest] = (),
        *,
        zeros: Sequence[str] = (),
        changed: bool,
    ) -> None:
        self._column = column
        self._tests = tests
        self._zeros = zeros
        self._findings = sorted(findings, key=lambda finding: -SEVERITY[finding.verdict])
        self.name = column.name
        self.verdict: str = self._findings[0].verdict
        self.changed = changed
        self.severity = severity

    @cached_property
    def reasons(self) -> list[Reason]:
        """Why, the reason that made the verdict first; last what may explain it (``likely_encoding_change``)."""
        told = [finding.reason() for finding in self._findings]
        recoded = self._column.encoding_change
        return told if recoded is None else [*told, Reason("likely_encoding_change", recoded.text)]

    def p_values(self, level: str) -> dict[str, float]:
        """Method or signal to the p-value of "the effect is at most the tolerance" of this level, uncorrected."""
        if not self._tests and self.verdict in ("warn", "alert"):
            return {self._findings[0].code: 0.0 if self.verdict in ("alert", level) else 1.0}
        tested = {test.source: test.p_warn if level == "warn" else test.p_alert for test in self._tests}
        return tested | dict.fromkeys(self._zeros, 1.0)

    def __repr__(self) -> str:
        return f"ColumnDecision({self.name!r}, {self.verdict}: {self.reasons[0].text})"


class Decision:
    """What a report comes to under a policy: one verdict for the data set, one for each column.

    Examples
    --------
    >>> import driftline as dl
    >>> decision = dl.check({"age": [31, 42, 27] * 100}, {"age": [61, 72, 57] * 100})
    >>> decision.verdict, decision.alerts
    ('alert', ['age'])
    """

    def __init__(self, report: DriftReport, policy: Policy, columns: Iterable[ColumnDecision]) -> None:
        self.report = report
        self.policy = policy
        self.columns = {column.name: column for column in columns}
        self.counts = dict.fromkeys(VERDICTS, 0)
        for column in self.columns.values():
            self.counts[column.verdict] += 1
        self.verdict = data_set_verdict(self.counts, policy)

    @cached_property
    def ranked(self) -> list[str]:
        """All columns, the worst first."""
        columns = self.columns.values()
        return [each.name for each in sorted(columns, key=lambda each: (-SEVERITY[each.verdict], -each.severity))]

    @property
    def alerts(self) -> list[str]:
        """Columns with the verdict ``alert``, the worst first."""
        return [name for name in self.ranked if self.columns[name].verdict == "alert"]

    @property
    def warnings(self) -> list[str]:
        """Columns with the verdict ``warn``, the worst first."""
        return [name for name in self.ranked if self.columns[name].verdict == "warn"]

    @property
    def judged(self) -> list[str]:
        """Columns that were judged: those with another verdict than ``skipped``."""
        return [name for name, column in self.columns.items() if column.verdict != "skipped"]

    def p_values(self, level: str = "warn") -> dict[str, dict[str, float]]:
        """Column to method or signal to the p-value of "the effect is at most the tolerance", for detectors over time.

        Of the warn or of the alert tolerance; uncorrected. 0 for what is certain without a test, such as a column that
        is gone. Columns that were not judged are left out.

        Examples
        --------
        >>> import driftline as dl
        >>> dl.check({"age": [31, 42, 27] * 100}, {"age": [31, 42, 27] * 100}).p_values()["age"]["psi"]
        1.0
        """
        if level not in ("warn", "alert"):
            raise OptionError(f"level must be 'warn' or 'alert', got {level!r}")
        found = {name: column.p_values(level) for name, column in self.columns.items()}
        return {name: p_values for name, p_values in found.items() if p_values}

    @property
    def headline(self) -> str:
        """What it comes to, in a few words."""
        n_judged = len(self.columns) - self.counts["skipped"]
        if self.verdict == "skipped":
            return "no column could be judged"
        of_judged = f"of {n_judged} judged column{'' if n_judged == 1 else 's'}"
        n_undecided = self.counts["inconclusive"]
        if self.verdict == "inconclusive":
            return f"{n_undecided} {of_judged} undecided"
        n_warned = self.counts["warn"]
        parts = [f"{self.counts['alert'] or 'none'} {of_judged} drifted"]
        parts += [f"{n_warned} above a warn tolerance"] * bool(n_warned)
        parts += [f"{n_undecided} undecided"] * bool(n_undecided)
        return ", ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """The whole decision as plain data; ``decision.schema.json`` in ``driftline/render`` describes it."""
        from driftline.render.json import plain

        data: dict[str, Any] = plain(self._content())
        return data

    def to_json(self, *, indent: int | None = None) -> str:
        """The whole decision as strict JSON: no NaN, no Infinity."""
        from driftline.render.json import to_json

        return to_json(self._content(), indent=indent)

    def _content(self) -> dict[str, Any]:
        head = report_head(self.report)
        level = 1 - 2 * self.policy.alpha
        return {
            "schema_version": head.pop("schema_version"),
            "driftline_version": head.pop("driftline_version"),
            "verdict": self.verdict,
            "counts": dict(self.counts),
            "policy": self.policy.to_dict(),
            **head,
            "columns": [
                {**self.report.columns[name].to_dict(level), **_verdict_dict(column)}
                for name, column in self.columns.items()
            ],
        }

    def to_text(self) -> str:
        """The summary that the command line prints."""
        from driftline.render.text import render_text

        return render_text(self)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """A page that needs nothing else, also written to ``path`` if that is given."""
        from driftline.file_output import write_whole
        from driftline.render.html import render_html

        page = render_html(self)
        if path is not None:
            write_whole(path, page.encode("utf-8"))
        return page

    def _repr_html_(self) -> str:
        from driftline.render.html import render_fragment

        return render_fragment(self)

    def __repr__(self) -> str:
        return f"Decision({self.verdict}: {self.headline})"

    def __reduce__(self) -> tuple[Any, ...]:
        return decide, (self.report, self.policy)


def decide(report: DriftReport, policy: Policy | None = None) -> Decision:
    """Judge a report: alert where a change is certainly above the tolerance, ok where it is certainly below.

    Otherwise a column is ``inconclusive``, with the number of rows that would settle it, or ``skipped`` with the
    reason. The policy's defaults are used when none is given.

    Raises
    ------
    OptionError
        If the policy names a column that does not exist, or decides by a method that the report does not hold.

    Examples
    --------
    >>> import driftline as dl
    >>> report = dl.compare({"age": [31, 42, 27] * 100}, {"age": [31, 42, 27] * 100})
    >>> dl.decide(report).verdict
    'ok'
    """
    rules = Policy() if policy is None else policy
    if not isinstance(report, DriftReport):
        raise InputError(f"decide takes a DriftReport, got {type(report).__name__}; check takes data")
    if not isinstance(rules, Policy):
        raise OptionError(f"policy must be a Policy, got {type(rules).__name__}; write Policy(alpha=...)")
    return decide_together([report], rules)[0]


def decide_together(reports: Sequence[DriftReport], policy: Policy) -> list[Decision]:
    """Judge several reports, such as those of segments, as one family: the correction counts the tests of all."""
    opened = []
    for report in reports:
        if policy.by_column:
            policy.check_columns([*report.columns, *report.reference.columns, *report.current.columns])
        opened.append([_open_case(column, policy) for column in report.columns.values()])
    _correct([case for cases in opened for case in cases], policy)
    return [
        Decision(report, policy, [_close_case(case, policy) for case in cases])
        for report, cases in zip(reports, opened, strict=True)
    ]


@dataclass(slots=True)
class _Case:
    """A column on its way to a verdict: what stands without a test, and what is tested."""

    column: ColumnReport
    standing: Finding | None
    primary: ToleranceTest | None = None
    signals: list[ToleranceTest] = field(default_factory=list)
    zeros: list[str] = field(default_factory=list)  # signals without any effect: their p-values are 1
    p_unchanged: float = 1.0

    @property
    def tests(self) -> list[ToleranceTest]:
        return [*([] if self.primary is None else [self.primary]), *self.signals]


def _open_case(column: ColumnReport, policy: Policy) -> _Case:
    settings = policy.settings(column.name, column.kind)
    standing = standing_without_tests(column, settings, policy)
    if standing is not None and standing.code != "insufficient_data":
        return _Case(column, standing)
    tests, zeros = _signal_tests(column, settings, policy)
    if not any(side is not None and side.n_valid for side in (column.reference, column.current)):
        # Nothing could have differed, so there is no test to correct for (Tarone 1990, doi:10.2307/2531456).
        zeros = []
    case = _Case(column, standing, signals=tests, zeros=zeros)
    if standing is None:
        evidence = _deciding_evidence(column, settings)
        tolerance = settings.tolerance(settings.method)
        value = evidence.value
        if value is None or tolerance is None:
            code = evidence.reason or "undefined"
            case.standing = Finding("skipped", code, f"{settings.method} is undefined here: {code.replace('_', ' ')}")
        else:
            case.primary = ToleranceTest.of(settings.method, column, evidence, value, tolerance)
    return case


def _deciding_evidence(column: ColumnReport, settings: Settings) -> Evidence:
    evidence = column.find_evidence(settings.method)
    if evidence is None:
        measured = ", ".join(column.evidence) or "nothing"
        raise OptionError(
            f"column {column.name!r} is judged by {settings.method}, but the report holds {measured}; "
            f"compare with methods=[{settings.method!r}, ...], or name another method in the policy"
        )
    return evidence


def _signal_tests(column: ColumnReport, settings: Settings, policy: Policy) -> tuple[list[ToleranceTest], list[str]]:
    """Those with an effect, and the names of those without: no effect at all is above no tolerance."""
    tests, zeros = [], []
    for name, value, share, n_rows in column.effects:
        if name == "nulls" and column.role == "target":
            continue  # Labels arrive late; a missing one says nothing about the data.
        if value is None or n_rows < policy.min_rows or name not in settings.tolerances:
            continue
        tolerance = settings.tolerance(name, share)
        if tolerance is None:
            continue
        if value:
            tests.append(ToleranceTest.of(name, column, None, value, tolerance))
        else:
            zeros.append(name)
    return tests, zeros


def _correct(cases: Sequence[_Case], policy: Policy) -> None:
    """Adjust the p-values of the three families: at the warn tolerances, at the alert tolerances, no change at all."""
    tests = [test for case in cases for test in case.tests]
    certain = [1.0] * sum(len(case.zeros) for case in cases)
    n_tests = len(tests) + len(certain)
    at_warn = adjust([test.p_warn for test in tests] + certain, policy.correction)
    at_alert = adjust([test.p_alert for test in tests] + certain, policy.correction)
    for test, warn, alert in zip(tests, at_warn, at_alert, strict=False):
        test.adjusted_warn, test.adjusted_alert, test.n_tests = warn, alert, n_tests
    judged = [(case, case.primary.measured.p_value) for case in cases if case.primary is not None]
    unchanged = adjust([1.0 if p is None else p for _, p in judged], policy.correction)
    for (case, _), p_value in zip(judged, unchanged, strict=True):
        case.p_unchanged = p_value


def _close_case(case: _Case, policy: Policy) -> ColumnDecision:
    findings = [] if case.standing is None else [case.standing]
    if case.primary is not None:
        findings += _judge_primary(case.primary, policy, case.p_unchanged)
    severity = 0.0 if case.primary is None else case.primary.size
    for test in case.signals:
        findings += _judge_signal(test, policy.alpha)
        severity = max(severity, test.size)
    if case.standing is not None and case.standing.verdict in ("alert", "warn"):
        severity = math.inf
    changed = case.p_unchanged <= policy.alpha
    return ColumnDecision(case.column, findings, severity, case.tests, zeros=case.zeros, changed=changed)


def _judge_primary(test: ToleranceTest, policy: Policy, p_unchanged: float) -> list[Finding]:
    alpha = policy.alpha
    findings = _raised(test, alpha)
    if not findings:
        evidence = test.measured
        assert isinstance(evidence, Evidence)
        if test.p_warn <= alpha:
            findings = [_held_back(test, alpha)]
        elif not evidence.coarse and evidence.p_below(test.warn) <= alpha:
            findings = [test.finding("ok", "within_tolerance", alpha, tolerance=test.warn)]
        else:
            findings = [test.finding("inconclusive", "not_settled", alpha, tolerance=test.warn)]
    verdict = findings[0].verdict
    heard = policy.on_change == "warn"
    if p_unchanged <= alpha and (verdict == "ok" or (verdict == "inconclusive" and heard)):
        more = {"tolerance": test.warn, "p_adjusted": p_unchanged}
        findings.append(test.finding("warn" if heard else "ok", "small_but_certain", alpha, **more))
    return findings


def _judge_signal(test: ToleranceTest, alpha: float) -> list[Finding]:
    findings = _raised(test, alpha)
    if findings or test.value <= test.warn:
        return findings
    if test.p_warn <= alpha:
        return [_held_back(test, alpha)]
    return [test.finding("inconclusive", "not_settled", alpha, tolerance=test.warn)]


def _raised(test: ToleranceTest, alpha: float) -> list[Finding]:
    """Alert or warn, where the tests claim it; a warn that would alert but for the correction says so."""
    if test.adjusted_warn > alpha:
        return []
    if test.alert is not None and test.adjusted_alert <= alpha:
        p_adjusted = test.adjusted_alert
        return [test.finding("alert", f"{test.source}_above_alert", alpha, tolerance=test.alert, p_adjusted=p_adjusted)]
    p_adjusted = test.adjusted_warn
    found = [test.finding("warn", f"{test.source}_above_warn", alpha, tolerance=test.warn, p_adjusted=p_adjusted)]
    if test.alert is not None and test.p_alert <= alpha:
        more = {"tolerance": test.alert, "p_adjusted": test.adjusted_alert, "n_tests": test.n_tests}
        found.append(test.finding("warn", "held_back_by_correction", alpha, **more))
    return found


def _held_back(test: ToleranceTest, alpha: float) -> Finding:
    more = {"tolerance": test.warn, "p_adjusted": test.adjusted_warn, "n_tests": test.n_tests}
    return test.finding("inconclusive", "held_back_by_correction", alpha, **more)


def data_set_verdict(counts: Mapping[str, int], policy: Policy) -> str:
    """What so many columns of each verdict come to."""
    n_judged = sum(counts.values()) - counts["skipped"]
    if not n_judged:
        return "skipped"
    needed: float = policy.min_columns
    if policy.share is not None:
        needed = max(1.0, policy.share * n_judged - 1e-9)  # 0.3 of 10 columns are 3, whatever the product says
    if counts["alert"] >= needed:
        return "alert"
    if counts["alert"] + counts["warn"] >= needed:
        return "warn"
    return "inconclusive" if counts["inconclusive"] > _MOSTLY_UNDECIDED * n_judged else "ok"


def _verdict_dict(column: ColumnDecision) -> dict[str, Any]:
    return {
        "verdict": column.verdict,
        "changed": column.changed,
        "reasons": [reason.to_dict() for reason in column.reasons],
    }
