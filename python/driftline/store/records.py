"""What a store keeps: profiles of windows, decisions about them, acceptances, and messages on their way out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

__all__ = ["Acceptance", "Mute", "PendingMessage", "ProfileKey", "ProfileRecord", "Series", "WindowKey", "WindowRecord"]


class Series(NamedTuple):
    """One history: a data set, watched against one reference under one configuration.

    ``reference`` is the digest of a fixed reference, or the rule of a moving one (``rolling 28``).
    """

    dataset: str
    reference: str
    config_hash: str


class WindowKey(NamedTuple):
    """What a decision is about; unique in a store. `segment` is empty for all rows."""

    series: Series
    start: int
    end: int
    segment: str = ""


class ProfileKey(NamedTuple):
    """What a profile is of; unique in a store. `profiling` is the hash of what shapes it."""

    dataset: str
    profiling: str
    start: int
    end: int
    segment: str = ""


@dataclass(frozen=True)
class ProfileRecord:
    """The rows of one window: how many, when the first and the last of them were, and their profile as bytes."""

    key: ProfileKey
    n_rows: int
    first: int
    last: int
    digest: str
    data: bytes = b""


@dataclass(frozen=True)
class WindowRecord:
    """What was decided about one window.

    Attributes
    ----------
    n_rows, digest
        Of the window's own profile; 0 and empty where nothing arrived.
    reference_digest
        Of the profile it was compared with.
    span_start
        Start of the first window merged into this one; its own start where none was.
    findings
        Dicts with ``code``, ``verdict`` and ``text``.
    columns
        Column to ``[verdict, value, ci_low, ci_high, source]``, source the method or signal that made the verdict.
    state
        What the next window needs to know: detectors and alert states, as JSON-safe data.
    title
        How a person names the window: its day, hour or rows.
    decision
        The whole decision as JSON; empty where nothing could be compared.
    """

    key: WindowKey
    verdict: str
    n_rows: int
    digest: str
    reference_digest: str
    span_start: int
    findings: list[dict[str, Any]] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    decision: str = ""


@dataclass(frozen=True)
class Acceptance:
    """A change that is known and wanted: no alert from `since` to `until` (microseconds; None: for good).

    A row of the audit log, given at `given_at`: never changed, and replaced by the next one for the same column and
    segment.
    """

    dataset: str
    column: str
    segment: str
    reason: str
    by: str
    given_at: int
    since: int
    until: int | None = None


@dataclass(frozen=True)
class Mute:
    """No messages about a column for windows that end after `since` and not after `until` (microseconds).

    A row of the audit log, given at `given_at`: never changed, and replaced by the next one for the same column and
    segment. One whose `until` is not after its `since` lifts the one before.
    """

    dataset: str
    column: str
    segment: str
    reason: str
    by: str
    given_at: int
    since: int
    until: int


@dataclass(frozen=True)
class PendingMessage:
    """A message that has to go out: what it is about, and its text as JSON-safe data."""

    key: WindowKey
    body: dict[str, Any]
    attempts: int = 0
