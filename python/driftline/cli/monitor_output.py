"""What `driftline monitor` and `driftline history` print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from driftline import formatting as fmt

if TYPE_CHECKING:
    from driftline.monitor import MonitorRun, WindowResult
    from driftline.store import WindowRecord

__all__ = ["history_dict", "render_history", "render_run", "run_dict"]

_NAMED = 5
_COUNTS = {
    "null_timestamps": "without a timestamp",
    "unparsable_timestamps": "with a timestamp that cannot be read",
    "future_timestamps": "from the future",
    "outside_start_end": "outside start and end",
    "mixed_zones": "whose timestamps were of another sort (with or without a zone) than the others'",
}


def render_run(run: MonitorRun, *, several: bool) -> str:
    """One line per window that was decided, then what was left out and what waits; `several` references are named."""
    lines = _merge_missing([_line(each, several=several) for each in run.windows], run.windows)
    if not run.windows:
        lines.append("nothing new")
    lines += [f"{number:,} rows {_COUNTS[name]}" for name, number in run.counts.items() if number]
    if run.pending:
        more = f" and {len(run.pending) - 1} more" if len(run.pending) > 1 else ""
        lines.append(f"not complete yet: {run.pending[0]}{more}")
    lines += [f"{title}: was decided with rows that the log no longer has; kept as it was" for title in run.vanished]
    return "\n".join(lines)


def _line(result: WindowResult, *, several: bool) -> str:
    record = result.record
    reference = f"{result.reference}  " * several
    segment = f"{fmt.printable(record.key.segment)}  " if record.key.segment else ""
    update = "  (again)" * result.is_update
    return (
        f"{record.title:<12} {result.verdict:<12} {record.n_rows:>9,} rows  {reference}{segment}"
        f"{_what(record, result.accepted)}{update}"
    ).rstrip()


def _merge_missing(lines: list[str], results: Sequence[WindowResult]) -> list[str]:
    """Runs of missing windows as one line."""
    kept: list[str] = []
    first = -1
    for index, result in enumerate(results):
        is_missing = result.record.n_rows == 0
        if is_missing and first < 0:
            first = index
        goes_on = index + 1 < len(results) and results[index + 1].record.n_rows == 0
        if not is_missing:
            kept.append(lines[index])
            first = -1
        elif not goes_on:
            number = index - first + 1
            begin = results[first].record.title
            span = "" if number == 1 else f"  ({number:,} windows since {begin})"
            kept.append(lines[index] + span)
            first = -1
    return kept


def _what(record: WindowRecord, accepted: Sequence[str] = ()) -> str:
    """Findings, then the columns that drifted, then the span."""
    parts = [each["text"] for each in record.findings]
    for verdict in ("alert", "warn"):
        names = [
            fmt.name(name) for name, found in record.columns.items() if found[0] == verdict and name not in accepted
        ]
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            parts.append(f"{verdict}: {', '.join(names[:_NAMED])}{more}")
    if accepted:
        parts.append(f"accepted: {', '.join(map(fmt.name, accepted))}")
    muted = [name for name, alert in record.state.get("alerts", {}).items() if alert["state"] == "muted"]
    if muted:
        parts.append(f"muted: {', '.join(map(fmt.name, muted))}")
    if record.span_start != record.key.start:
        parts.append("together with windows before")
    return "; ".join(parts)


def run_dict(run: MonitorRun) -> dict[str, Any]:
    """The run as JSON-safe data."""
    return {
        "verdict": run.verdict,
        "windows": [
            {
                **record_dict(each.record),
                "reference_name": each.reference,
                "verdict": each.verdict,
                "accepted": list(each.accepted),
                "is_update": each.is_update,
            }
            for each in run.windows
        ],
        "rows_read": run.n_rows,
        "rows_left_out": dict(run.counts),
        "pending": run.pending,
        "vanished": run.vanished,
        "undelivered": run.undelivered,
    }


def history_dict(records: Sequence[WindowRecord]) -> list[dict[str, Any]]:
    """Stored windows as JSON-safe data."""
    return [record_dict(each) for each in records]


def record_dict(record: WindowRecord) -> dict[str, Any]:
    """One stored window as JSON-safe data."""
    series, start, end, segment = record.key
    columns = {
        name: dict(zip(("verdict", "value", "ci_low", "ci_high", "source"), found, strict=True))
        for name, found in record.columns.items()
    }
    return {
        **series._asdict(),
        "title": record.title,
        "start": start,
        "end": end,
        "segment": segment,
        "verdict": record.verdict,
        "n_rows": record.n_rows,
        "digest": record.digest,
        "reference_digest": record.reference_digest,
        "span_start": record.span_start,
        "findings": record.findings,
        "columns": columns,
        "alerts": record.state.get("alerts", {}),
    }


def render_history(records: Sequence[WindowRecord]) -> str:
    """One line per stored window, a heading for each series."""
    lines: list[str] = []
    series = None
    for record in records:
        if record.key.series != series:
            series = record.key.series
            lines += [""] * bool(lines)
            lines.append(f"{series.dataset} against {series.reference} (configuration {series.config_hash})")
        segment = f"{fmt.printable(record.key.segment)}  " if record.key.segment else ""
        lines.append(
            f"{record.title:<12} {record.verdict:<12} {record.n_rows:>9,} rows  {segment}{_what(record)}".rstrip()
        )
    return "\n".join(lines) if lines else "no windows"
