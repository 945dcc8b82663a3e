"""What the HTML report says before any column is looked at closely: summary, both sides, one row per column."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline import formatting as fmt
from driftline.reasons import title
from driftline.render import svg
from driftline.render.overview import Judged, describe_sides, group_columns, judged_by
from driftline.report import REPORT_LEVEL, DriftReport

if TYPE_CHECKING:
    from driftline.decision import Decision
    from driftline.report import ColumnReport, Evidence

__all__ = ["Page", "Row", "describe_page"]

MARKS = {"alert": "▲", "warn": "◆", "inconclusive": "?", "ok": "✓", "skipped": "–"}
NAME_WIDTH = 120
READING = "Each interval holds the error of summarising and that of sampling, for one column at a time, and takes "
READING_ROWS = (
    "rows to be independent; where they come in days, users or sessions, the truth is less certain than it looks here."
)
READING_BLOCKS = "blocks of rows to be independent, whose differences it follows from."
READING_VERDICTS = (
    "A column alerts or warns when its change is certainly above the tolerance, after correction for the number of "
    "tests; it is ok when the change is certainly below, and inconclusive when the data cannot tell."
)


@dataclass(slots=True, kw_only=True)
class Row:
    """One column in the table, and later its section (``body``), which links point to by ``target``."""

    column: str
    deciding: str
    name: str
    kind: str
    verdict: str
    drifted: bool
    measure: str
    interval: str
    tolerance: str
    gauge: svg.Gauge | None
    nulls: str
    said: str
    reasons: list[str]
    target: str = ""
    body: str = ""


@dataclass(slots=True, kw_only=True)
class Page:
    """What the templates read; ``verdict`` is empty for a report without a decision."""

    report: DriftReport
    id: str
    title: str
    verdict: str
    headline: str
    counts: list[tuple[str, int]]
    sides: list[dict[str, str]]
    notes: list[str]
    reading: list[str]
    policy: list[tuple[str, str]]
    level: float
    level_text: str
    rows: list[Row]
    version: str
    marks: Mapping[str, str]
    n_without_row: int = 0
    n_without_section: int = 0


def describe_page(result: Decision | DriftReport, id_: str, page_title: str | None) -> Page:
    """Everything but the sections, for a decision or for a report."""
    from driftline import __version__

    decision = None if isinstance(result, DriftReport) else result
    report = result if isinstance(result, DriftReport) else result.report
    text = decision.headline if decision else _report_headline(report)
    named = fmt.printable(page_title or "")
    level = 1 - 2 * decision.policy.alpha if decision else REPORT_LEVEL
    return Page(
        report=report,
        id=id_,
        title=named or f"{decision.verdict if decision else 'drift report'}: {text}",
        verdict=decision.verdict if decision else "",
        headline=named or text,
        counts=[(verdict, n) for verdict in MARKS if (n := decision.counts[verdict])] if decision else [],
        sides=_sides(report),
        notes=[fmt.printable(note) for note in report.notes],
        reading=[
            *([READING_VERDICTS] if decision else []),
            READING + (READING_BLOCKS if report.row_worth else READING_ROWS),
        ],
        policy=[(key, json.dumps(value)) for key, value in decision.policy.to_dict().items()] if decision else [],
        level=level,
        level_text=f"{fmt.share(round(level, 12))} %",
        rows=_rows(report, decision, level),
        version=__version__,
        marks=MARKS,
    )


def _report_headline(report: DriftReport) -> str:
    n = len(report.columns)
    return f"{n:,} column{'' if n == 1 else 's'} compared"


def _sides(report: DriftReport) -> list[dict[str, str]]:
    return [
        {
            "role": side.role,
            "name": fmt.printable(side.name),
            "rows": fmt.count(side.n_rows),
            "time_range": fmt.printable(side.time_range),
            "time_column": fmt.printable(side.time_column),
            "digest": side.digest,
        }
        for side in describe_sides(report)
    ]


def _rows(report: DriftReport, decision: Decision | None, level: float) -> list[Row]:
    if decision is None:
        return [_row(column, None, level, drifted=False) for column in report.columns.values()]
    groups = group_columns(decision)
    drifted = set(groups.drifted())
    return [_row(report.columns[name], decision, level, drifted=name in drifted) for name in groups.ranked()]


def _row(column: ColumnReport, decision: Decision | None, level: float, *, drifted: bool) -> Row:
    verdict = decision.columns[column.name] if decision else None
    judged = judged_by(decision, column.name) if decision and verdict and verdict.verdict != "skipped" else None
    evidence = judged.evidence if judged else next(iter(column.evidence.values()), None)
    limits = [limit for limit in (judged.warn, judged.alert) if limit is not None] if judged else []
    told = [reason.text for reason in verdict.reasons] if verdict else _hints(column)
    reasons = [fmt.printable(text) for text in told]
    return Row(
        column=column.name,
        deciding=evidence.method if evidence else "",
        name=fmt.printable(column.name, most=NAME_WIDTH) or '""',
        kind=column.kind if column.role == "feature" else f"{column.kind}, {column.role}",
        verdict=verdict.verdict if verdict else "",
        drifted=drifted,
        measure=_measure(evidence, limits),
        interval=fmt.interval(*(evidence.interval(level) or (None, None)), apart_from=limits) if evidence else "",
        tolerance=" / ".join(fmt.number(limit, digits=6) for limit in limits),
        gauge=_gauge(judged, level),
        nulls=_nulls(column),
        said="; ".join(reasons) if verdict and verdict.verdict == "skipped" else fmt.printable(column.sentence),
        reasons=reasons,
    )


def _hints(column: ColumnReport) -> list[str]:
    return [] if column.encoding_change is None else [column.encoding_change.text]


def _measure(evidence: Evidence | None, limits: list[float]) -> str:
    if evidence is None:
        return fmt.MISSING
    return f"{title(evidence.method)} {fmt.number(evidence.value, apart_from=limits)}"


def _gauge(judged: Judged | None, level: float) -> svg.Gauge | None:
    if judged is None:
        return None
    ends = judged.evidence.interval(level) or (judged.value, judged.value)
    return svg.gauge(judged.value, *ends, judged.warn, judged.alert)


def _nulls(column: ColumnReport) -> str:
    shares = [_null_share(column.rows.get(side, {})) for side in ("reference", "current")]
    if shares[0] == shares[1]:
        return fmt.share(shares[0])
    return " → ".join(map(fmt.share, shares))


def _null_share(rows: Mapping[str, int]) -> float | None:
    """Share of null and NaN among the rows that have the column."""
    present = rows.get("n_rows", 0) - rows.get("n_absent", 0)
    return (rows["n_null"] + rows["n_nan"]) / present if present else None
