"""The seam to delivery: changes become stored messages, stored messages go out, and what fails is tried again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from driftline.monitor.evaluate import Evaluated
from driftline.monitor.settings import Settings
from driftline.store import PendingMessage, SqlStore, WindowRecord

__all__ = ["deliver", "message_about"]


def message_about(
    settings: Settings, found: Evaluated, before: WindowRecord | None, link: str
) -> PendingMessage | None:
    """What a person should hear about a window, if anything: changes of alert states, and findings that are new.

    A finding that the window `before` had as well has been told.
    """
    record, decision = found.record, found.decision
    told = set() if before is None else {each["code"] for each in before.findings}
    urgent = [each for each in record.findings if each["verdict"] in ("alert", "warn") and each["code"] not in told]
    if not found.changes and not urgent:
        return None
    changes = []
    for change in found.changes:
        name = change["column"]
        reason = None if decision is None else decision.columns[name].reasons[0]
        changes.append(
            {
                "column": name,
                "change": change["kind"],
                "sentence": "" if decision is None else decision.report.columns[name].sentence,
                "value": reason and reason.value,
                "ci_low": reason and reason.ci_low,
                "ci_high": reason and reason.ci_high,
                "tolerance": reason and reason.tolerance,
                "since": change["since"],
                "source": reason.source if reason else "",
                "text": reason.text if reason else "",
                "direction": "" if decision is None else decision.report.columns[name].direction,
            }
        )
    parts = [*([record.key.segment] if record.key.segment else []), *(each["text"] for each in urgent)]
    headline = "; ".join([*parts, *([decision.headline] if decision is not None else [])])
    body: dict[str, Any] = {
        "dataset": settings.dataset,
        "verdict": record.verdict,
        "start": record.key.start,
        "end": record.key.end,
        "headline": headline,
        "link": link,
        "zone": settings.spec.zone.key,
        "rows": settings.spec.by_rows,
        "changes": changes,
    }
    return PendingMessage(record.key, body)


def deliver(store: SqlStore, dataset: str, targets: Sequence[Any], now: int, clock: Callable[[], int]) -> list[str]:
    """Send every message that waits, oldest first; what went wrong, as text. A message that failed waits on."""
    from driftline.notify import ColumnChange, Message, send

    problems: list[str] = []
    for pending in store.claim_messages(dataset, now):
        body = dict(pending.body)
        body["changes"] = tuple(ColumnChange(**change) for change in body["changes"])
        failures = send(Message(**body), targets)
        store.settle_message(pending.key, None if failures else clock())
        problems += [str(failure) for failure in failures]
    return problems
