"""What a run of a monitor did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from driftline.decision import SEVERITY, Decision
from driftline.store import WindowRecord

__all__ = ["MonitorRun", "WindowResult"]


@dataclass(frozen=True)
class WindowResult:
    """What one window came to in this run.

    ``verdict`` is what is left after accepted columns were left out; ``record`` holds what was measured, without the
    decision's JSON.
    """

    reference: str
    verdict: str
    record: WindowRecord
    accepted: Sequence[str] = ()
    is_update: bool = False
    make_decision: Callable[[], Decision | None] = field(default=lambda: None, repr=False, compare=False)

    @property
    def decision(self) -> Decision | None:
        """The whole decision; None where nothing could be compared.

        Those of the last windows are at hand, others are made again from the profiles: a year of them is gigabytes.
        """
        return self.make_decision()

    @property
    def title(self) -> str:
        """How a person names the window."""
        return self.record.title

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
    references
        Name of each reference that windows were judged against, and what the store calls it.
    """

    windows: list[WindowResult] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    pending: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    undelivered: list[str] = field(default_factory=list)
    n_rows: int = 0
    references: dict[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """The worst verdict of the windows decided now; ``ok`` where there were none."""
        return max((each.verdict for each in self.windows), key=SEVERITY.__getitem__, default="ok")
