"""Rows as a service logs them: folded into the windows that are open, in memory that does not grow with the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from driftline.ingest import read_batches
from driftline.monitor.blocks import digest_of_blocks, merge_blocks, pack_blocks, unpack_blocks
from driftline.monitor.history import BLOCKS, History
from driftline.monitor.open_blocks import OpenBlocks
from driftline.monitor.open_profiles import OpenProfiles
from driftline.monitor.partition import Clock, Facts, Segments, split_batch
from driftline.monitor.settings import Settings
from driftline.monitor.windows import Window
from driftline.profiling import Profile
from driftline.store import ProfileRecord, SqlStore

__all__ = ["LiveWindows"]

BUFFERED_ROWS = 2048


class LiveWindows:
    """Open windows and the rows that wait to be folded into them. Not thread-safe: its monitor holds a lock."""

    def __init__(self, settings: Settings, like: Profile | None, segments: Segments, now: int) -> None:
        self._settings = settings
        self._like = like
        self._segments = segments
        self._clock = Clock(settings, now)
        self._rows: list[Mapping[str, Any]] = []
        self._start_over()
        self.next_close = 0  # the instant before which no window can become complete

    def _start_over(self) -> None:
        self._facts: dict[Window, Facts] = {}
        self._profiles = OpenProfiles(self._settings, self._like, len(self._segments.names))
        spec = self._settings.collected_blocks
        self._blocks = None if spec is None else OpenBlocks(self._settings, spec, self._like)

    @property
    def counts(self) -> dict[str, int]:
        """Rows that are in no window, and why, since the monitor was made."""
        return {name: number for name, number in self._clock.counts.items() if number}

    def add_row(self, row: Mapping[str, Any], now: int) -> None:
        """Take one row; it is folded with others."""
        self._rows.append(row)
        if len(self._rows) >= BUFFERED_ROWS:
            self.fold(now)

    def add_batch(self, data: Any, now: int) -> None:
        """Fold a table."""
        self.fold(now)
        self._fold(data, now)

    def fold(self, now: int) -> None:
        """Fold the rows that wait."""
        if self._rows:
            rows, self._rows = self._rows, []
            names = dict.fromkeys(name for row in rows for name in row)
            self._fold({name: [row.get(name) for row in rows] for name in names}, now)

    def store_windows(self, store: SqlStore, history: History) -> None:
        """Merge what was folded into the profiles that the store holds, and begin anew with none.

        When the store fails, nothing is lost and nothing counts twice: all of it is one transaction.
        """
        store.merge_profiles(self._records(history), _merged)
        self._start_over()

    def _records(self, history: History) -> list[ProfileRecord]:
        found = []
        for window, facts in self._facts.items():
            for segment in self._segments.names:
                profile = self._profiles.profile((window, segment))
                if profile is not None:
                    key, data = history.profile_key(window, segment), self._profiles.data((window, segment))
                    found.append(ProfileRecord(key, profile.n_rows, facts.first, facts.last, profile.digest, data))
                if self._blocks is not None and (blocks := self._blocks.blocks((window, segment))):
                    found.append(history.block_record(window, segment, facts, blocks))
        return found

    def _fold(self, data: Any, now: int) -> None:
        self._clock.now = now
        for batch in read_batches(data, columns=self._settings.read_columns):
            for part in split_batch(batch, self._clock):
                known = self._facts.get(part.window)
                self._facts[part.window] = part.facts if known is None else known + part.facts
                for segment, rows in self._segments.split(part.batch):
                    self._profiles.add((part.window, segment), rows)
                    if self._blocks is not None:
                        self._blocks.add((part.window, segment), rows)


def _merged(stored: ProfileRecord, part: ProfileRecord) -> ProfileRecord:
    facts = Facts(stored.n_rows, stored.first, stored.last) + Facts(part.n_rows, part.first, part.last)
    if part.key.profiling.endswith(BLOCKS):
        data = pack_blocks(merge_blocks([unpack_blocks(stored.data), unpack_blocks(part.data)]))
        return ProfileRecord(stored.key, *facts, digest_of_blocks(data), data)
    whole = Profile.from_bytes(stored.data) + Profile.from_bytes(part.data)
    return ProfileRecord(stored.key, *facts, whole.digest, whole.to_bytes())
