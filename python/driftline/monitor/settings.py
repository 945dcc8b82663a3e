"""What a monitor watches and how, checked; and the hashes that tell one configuration from another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from driftline.errors import OptionError
from driftline.methods import Method
from driftline.monitor.blocks import BlockSpec
from driftline.monitor.timestamps import UNITS
from driftline.monitor.windows import WindowSpec
from driftline.monitor.zones import to_micros
from driftline.policy import Policy
from driftline.profiling import Profile
from driftline.schema import Schema

__all__ = ["Settings", "instant_of", "moment_of"]

_OUTCOMES = ("note", "warn", "alert")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything about a monitor but its log, its references and its store.

    Times are microseconds. ``merge``: at most so many windows before an undecided one are merged into it. ``volume``:
    rows of a window, as shares of what is usual, below and above which they are a finding. ``block``: what rows of a
    window come in that are not independent of each other. ``lookback``: windows that
    ended longer ago are taken as they were decided.
    """

    dataset: str
    spec: WindowSpec
    timestamp: str | None = None
    timestamp_unit: str | None = None
    timestamp_format: str | None = None
    delay: int = 0
    start: int | None = None
    end: int | None = None
    lookback: int | None = None
    policy: Policy = field(default_factory=Policy)
    schema: Schema = field(default_factory=Schema)
    methods: tuple[Method, ...] | None = None
    columns: tuple[str, ...] | None = None
    segments: tuple[str, ...] = ()
    segment_values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    max_segments: int = 20
    merge: int = 6
    volume: tuple[float, float] = (0.5, 1.5)
    on_missing: str = "alert"
    on_volume: str = "warn"
    alert_after: int = 1
    arl: float | None = None
    max_open_windows: int | None = None
    block: BlockSpec | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        if not self.dataset or not isinstance(self.dataset, str):
            raise OptionError(f"dataset must be a name, got {self.dataset!r}")
        if self.timestamp is None and not self.spec.by_rows:
            raise OptionError(f"windows of {self.spec} need timestamp, the column that says when a row was")
        if self.timestamp_unit is not None and self.timestamp_unit not in UNITS:
            raise OptionError(f"timestamp_unit must be one of {', '.join(UNITS)}; got {self.timestamp_unit!r}")
        for name in ("on_missing", "on_volume"):
            if getattr(self, name) not in _OUTCOMES:
                raise OptionError(f"{name} must be one of {', '.join(_OUTCOMES)}; got {getattr(self, name)!r}")
        for name, least in (("merge", 0), ("max_segments", 1), ("alert_after", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise OptionError(f"{name} must be a whole number of at least {least}, got {value!r}")
        low, high = self.volume
        if not 0 <= low < 1 < high:
            raise OptionError(f"volume must be two shares around 1, such as (0.5, 1.5); got {self.volume!r}")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise OptionError("end must come after start")
        if self.block is not None and self.block.length is not None and self.timestamp is None:
            raise OptionError(f"block = {str(self.block)!r} needs timestamp, the column that says when a row was")

    @property
    def read_columns(self) -> list[str] | None:
        """What has to be read of the log; None for everything."""
        if self.columns is None:
            return None
        asked = [*self.columns, *([self.timestamp] if self.timestamp else []), *self.segments, *self.block_columns]
        return list(dict.fromkeys(asked))

    @property
    def block_columns(self) -> tuple[str, ...]:
        """The column that says which block a row belongs to, if one does."""
        return (self.block.column,) if self.block is not None and self.block.column else ()

    @property
    def collected_blocks(self) -> BlockSpec | None:
        """The blocks that have profiles of their own, where the windows' own profiles are not enough."""
        return None if self.block is None or self.block.holds(self.spec) else self.block

    @property
    def checked_schema(self) -> Schema:
        """The schema with everything left out that is read only to cut the log into windows and segments."""
        helpers = set() if self.columns is None else {*self.segments, *self.block_columns} - set(self.columns)
        if self.timestamp and self.timestamp not in (self.columns or ()) and self.timestamp not in self.schema.kinds:
            helpers.add(self.timestamp)
        return Schema(kinds={**self.schema.kinds, **dict.fromkeys(helpers, "ignore")}, roles=self.schema.roles)

    def profiling_hash(self, like: Profile | None) -> str:
        """Of all that shapes the profile of a window; `like` is the reference whose kinds they follow."""
        kinds = None if like is None else [sorted(like.schema.kinds.items()), dict(like.options)]
        return _hash([*self._shape(), kinds])

    def config_hash(self) -> str:
        """Of all that shapes what is decided about a window."""
        methods = None if self.methods is None else [repr(method) for method in self.methods]
        rules = [self.policy.to_dict(), methods, self.merge, self.volume, self.on_missing, self.on_volume]
        return _hash([*self._shape(), rules, self.alert_after, self.arl])

    def _shape(self) -> list[Any]:
        schema = self.checked_schema
        values = {name: list(map(str, values)) for name, values in self.segment_values.items()}
        return [
            *(str(self.spec), self.spec.zone.key, self.timestamp, self.timestamp_unit, self.timestamp_format),
            *(dict(schema.kinds), dict(schema.roles), self.columns, self.segments, values, self.max_segments),
            *(() if self.block is None else (str(self.block),)),
        ]


def instant_of(moment: object, spec: WindowSpec, what: str) -> int | None:
    """As `moment_of`, and None for None."""
    return None if moment is None else moment_of(moment, spec, what)


def moment_of(moment: object, spec: WindowSpec, what: str) -> int:
    """Microseconds of a date, a datetime (without a zone: on the clock of the windows) or ISO 8601 text.

    Raises OptionError, naming `what`, for anything else.

    Examples
    --------
    >>> moment_of("1970-01-02", WindowSpec.parse("1d"), "start")
    86400000000
    """
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment.replace("Z", "+00:00"))
        except ValueError:
            raise OptionError(f"{what} must be a date such as 2015-04-01, got {moment!r}") from None
    elif isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    if not isinstance(moment, datetime):
        raise OptionError(f"{what} must be a date such as 2015-04-01, got {moment!r}")
    return to_micros(moment if moment.tzinfo else moment.replace(tzinfo=spec.zone))


def _hash(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, default=str, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
