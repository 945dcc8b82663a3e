"""A change that someone expects, checked before it goes into the audit log."""

from __future__ import annotations

from typing import Any

from driftline.errors import OptionError
from driftline.monitor.settings import Settings, instant_of
from driftline.store import Acceptance

__all__ = ["acceptance_of"]


def acceptance_of(
    settings: Settings, column: str, reason: str, by: str, *, until: Any, since: Any, segment: str, now: int
) -> Acceptance:
    """The line for the audit log. Raises OptionError without a reason or a name, or for an end before its beginning."""
    if not (reason.strip() and by.strip()):
        raise OptionError("an acceptance needs a reason and the name of who gives it")
    begin = instant_of(since, settings.spec, "since")
    end = instant_of(until, settings.spec, "until")
    accepted_at = now if begin is None else begin
    if end is not None and end <= accepted_at:
        raise OptionError("until must be later than the time from which the acceptance holds")
    return Acceptance(settings.dataset, column, segment, reason, by, accepted_at, end)
