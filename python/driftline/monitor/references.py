"""What windows are compared with: something fixed, or windows of the log itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from driftline.errors import InputError, OptionError, SchemaError
from driftline.ingest import read_batches
from driftline.monitor.blocks import require_blocks
from driftline.monitor.open_blocks import OpenBlocks
from driftline.monitor.partition import Segments
from driftline.monitor.settings import Settings, moment_of
from driftline.monitor.windows import Window, WindowSpec
from driftline.monitor.zones import from_micros
from driftline.profiling import BatchProfiler, Profile, as_profile, is_saved_profile
from driftline.profiling.columns import CategoricalColumn
from driftline.row_worth import ReferenceBlocks

__all__ = [
    "Fixed",
    "LogRange",
    "Moving",
    "called",
    "check_reference_blocks",
    "fixed_reference",
    "previous",
    "rolling",
    "same_hour",
    "same_weekday",
    "segment_values",
]


_WHOLE = Window(0, 0)  # a reference of data is one window


@dataclass(frozen=True)
class Fixed:
    """One profile for every window, or one for each segment."""

    profiles: Mapping[str, Profile]
    blocks: Mapping[str, ReferenceBlocks] = field(default_factory=dict)
    """Of each segment how the blocks that its rows come in differ, where that is asked for."""

    @property
    def key(self) -> str:
        """Digest of what it holds."""
        digests = [f"{segment}:{profile.digest}" for segment, profile in sorted(self.profiles.items())]
        if len(digests) == 1:
            return self.profiles[""].digest
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class LogRange:
    """The windows of the log itself from `start` to `end` (dates, half-open): fixed once they are complete.

    These windows are not judged; the first one that is follows them.

    Examples
    --------
    >>> LogRange("2015-01-01", "2015-04-01").start
    '2015-01-01'
    """

    start: Any
    end: Any


@dataclass(frozen=True)
class Moving:
    """The last `windows` windows before the one that is judged, that have rows and are of the same sort.

    ``rule`` is ``rolling`` (any window), ``same_weekday`` (also at the same time of day) or ``same_hour`` (the same
    time of day).
    """

    rule: str
    windows: int

    def __post_init__(self) -> None:
        given: object = self.windows
        if isinstance(given, bool) or not isinstance(given, int) or given < 1:
            raise OptionError(f"{self.rule} must be a number of windows of at least 1, got {self.windows!r}")

    @property
    def key(self) -> str:
        """The rule, in words."""
        return f"{self.rule} {self.windows}"

    def choose(self, window: Window, earlier: Sequence[Window], spec: WindowSpec) -> list[Window]:
        """The windows to compare with, of those before it (ascending); fewer than `windows` where there are fewer."""
        if spec.by_rows and self.rule != "rolling":
            raise OptionError(f"reference {self.rule} needs windows of time, not of rows")
        mark = self._mark(window, spec)
        alike = (each for each in reversed(earlier) if self._mark(each, spec) == mark)
        return list(islice(alike, self.windows))[::-1]

    def _mark(self, window: Window, spec: WindowSpec) -> tuple[int, ...]:
        if self.rule == "rolling":
            return ()
        begin = from_micros(window.start, spec.zone)
        at = (begin.hour, begin.minute)
        return (begin.weekday(), *at) if self.rule == "same_weekday" else at


def previous() -> Moving:
    """The window before."""
    return Moving("rolling", 1)


def rolling(windows: int) -> Moving:
    """The last `windows` windows that have rows.

    Examples
    --------
    >>> rolling(28).key
    'rolling 28'
    """
    return Moving("rolling", windows)


def same_weekday(windows: int = 4) -> Moving:
    """The same weekday (and time of day) of the last `windows` weeks that have rows."""
    return Moving("same_weekday", windows)


def same_hour(windows: int = 7) -> Moving:
    """The same time of day of the last `windows` days that have rows."""
    return Moving("same_hour", windows)


def check_reference_blocks(settings: Settings, name: str, reference: Any) -> None:
    """Refuse a reference that cannot have enough blocks, as far as that can be told before anything is read."""
    block = settings.block
    if block is None or block.length is None or not block.holds(settings.spec):
        return
    if isinstance(reference, Moving):
        require_blocks(f"{called(name)} ({reference.key})", reference.windows, block)
    if isinstance(reference, LogRange):
        begin, end = (moment_of(each, settings.spec, f"reference {name}") for each in (reference.start, reference.end))
        if end > begin:
            require_blocks(called(name), len(block.length.edges(begin, end - 1)) - 1, block)


def called(name: str) -> str:
    """How errors speak of a reference: by its name, where there are several."""
    return "the reference" if name == "reference" else f"reference {name}"


def segment_values(settings: Settings, data: Any) -> dict[str, list[Any]]:
    """The values of each segment column that become segments of their own: those given, or the most frequent ones.

    Raises OptionError where neither values nor reference data say which.
    """
    chosen: dict[str, list[Any]] = {}
    for column in settings.segments:
        if column in settings.segment_values:
            chosen[column] = list(settings.segment_values[column])[: settings.max_segments]
            continue
        if data is None or isinstance(data, Profile) or is_saved_profile(data):
            raise OptionError(
                f"segments: which values of {column!r} become segments follows from reference data, and the reference "
                f"is none; list them, as in segment_values = {{ {column} = [...] }}"
            )
        schema = settings.schema.__class__(kinds={column: "categorical"})
        counted = as_profile(data, schema=schema, columns=[column], threads=settings.threads).columns[column]
        if not isinstance(counted, CategoricalColumn):
            raise InputError(f"segments: column {column!r} of the reference has no values to choose from")
        most = sorted(counted.counts.items(), key=lambda item: (-item[1], str(item[0])))
        chosen[column] = [
            label for label, number in most[: settings.max_segments] if number >= settings.policy.min_rows
        ]
    return chosen


def fixed_reference(data: Any, settings: Settings, segments: Segments) -> Fixed:
    """A reference of data, of a saved profile or of a Profile, split by segment where there are segments.

    Raises OptionError for a profile where segments are wanted: it holds no rows that could be split.
    """
    if isinstance(data, Profile) or is_saved_profile(data):
        if len(segments.names) > 1:
            raise OptionError("segments need reference data; a saved profile holds no rows that could be split")
        if settings.block is not None:
            raise OptionError(
                f"block = {str(settings.block)!r}: a saved profile does not tell how blocks differ; give the "
                "reference's data, or a range of the log: { from = ..., to = ... }"
            )
        return Fixed({"": as_profile(data)})
    helpers = {settings.timestamp or "", *settings.segments} - set(settings.columns or ())
    needed = () if settings.block is None else settings.block_columns or (settings.timestamp or "",)
    blocks = None if settings.block is None else OpenBlocks(settings, settings.block, None)
    batches = read_batches(data, columns=settings.read_columns, optional=helpers)
    batches.require([*settings.segments], lambda text: InputError(f"segments: reference: {text}"))
    batches.require(needed, lambda text: OptionError(f"block: reference: {text}"))
    profilers = {"": _profiler(settings)}
    for batch in batches:
        for segment, rows in segments.split(batch):
            if segment not in profilers:
                profilers[segment] = _profiler(settings)
            profilers[segment].add(rows)
            if blocks is not None:
                blocks.add((_WHOLE, segment), rows)
    batches.require(settings.schema.names, lambda text: SchemaError(f"schema: reference: {text}"))
    profiles = {segment: profiler.finish(batches.name) for segment, profiler in profilers.items()}
    if blocks is None or settings.block is None:
        return Fixed(profiles)
    known = {
        segment: ReferenceBlocks(profile, blocks.blocks((_WHOLE, segment)).values())
        for segment, profile in profiles.items()
    }
    require_blocks("the reference", known[""].n_blocks, settings.block)
    return Fixed(profiles, known)


def _profiler(settings: Settings) -> BatchProfiler:
    return BatchProfiler(like=None, schema=settings.checked_schema, threads=settings.threads)
