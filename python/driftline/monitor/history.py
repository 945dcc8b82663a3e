"""What is known of every window of a data set: what this run read, and what the store has kept."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from driftline.monitor.blocks import BlockSpec, digest_of_blocks, merge_blocks, pack_blocks, sampled, unpack_blocks
from driftline.monitor.partition import Collected, Facts, Segments
from driftline.monitor.windows import Window
from driftline.profiling import Profile, merge
from driftline.store import ProfileKey, ProfileRecord, SqlStore

__all__ = ["BLOCKS", "History"]

BLOCKS = "-blocks"  # in the profiling hash of the records that hold them
_KEPT_COLUMNS = 512  # of profiles in memory: windows that settle nothing read those before them again
_FEWEST_KEPT = 2


class History:
    """Windows with rows, in the order of time. A window that was read anew wins over the stored one."""

    def __init__(
        self,
        store: SqlStore,
        dataset: str,
        profiling: str,
        collected: Collected,
        segments: Segments,
        block: BlockSpec | None = None,
        *,
        collects_blocks: bool = False,
    ) -> None:
        self._store = store
        self._block = block
        self._collects_blocks = collects_blocks
        self._dataset = dataset
        self._profiling = profiling
        self._collected = collected
        self._segments = segments
        self._stored = {
            Window(record.key.start, record.key.end): record for record in store.profiles(dataset, profiling)
        }
        known = {window: Facts(each.n_rows, each.first, each.last) for window, each in self._stored.items()}
        self.facts: dict[Window, Facts] = {**known, **collected.facts}
        self._windows = sorted(self.facts)
        nothing = Window(0, 0)
        self._read = min(collected.facts, default=nothing), max(collected.facts, default=nothing)
        self._cache: OrderedDict[tuple[Window, str], Profile | None] = OrderedDict()
        self._n_kept = 0  # columns of the profiles in the cache

    def is_read(self, window: Window) -> bool:
        """Whether this run read rows of the window."""
        return window in self._collected.facts

    @property
    def windows(self) -> list[Window]:
        """All windows with rows, ascending."""
        return self._windows

    def has_lost(self, window: Window) -> bool:
        """Whether the log, which holds windows before and after this one, no longer has the rows that it had."""
        return window in self._stored and not self.is_read(window) and self._read[0] < window < self._read[1]

    def earlier(self, window: Window) -> list[Window]:
        """The windows with rows before this one, ascending."""
        return self._windows[: bisect_left(self._windows, window)]

    def profile(self, window: Window, segment: str = "") -> Profile | None:
        """The profile of a window's rows, None where there are none."""
        key = (window, segment)
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        if self.is_read(window):
            found = self._collected.profile(window, segment)
        else:
            record = self._store.profile(self.profile_key(window, segment))
            found = None if record is None else Profile.from_bytes(record.data)
        self._keep(key, found)
        return found

    def _keep(self, key: tuple[Window, str], profile: Profile | None) -> None:
        self._cache[key] = profile
        self._n_kept += 0 if profile is None else len(profile.columns)
        while self._n_kept > _KEPT_COLUMNS and len(self._cache) > _FEWEST_KEPT:
            _, dropped = self._cache.popitem(last=False)
            self._n_kept -= 0 if dropped is None else len(dropped.columns)

    def blocks(self, window: Window, segment: str = "") -> dict[str, Profile]:
        """The profiles of the blocks of a window's rows by name; none where rows are taken to be independent."""
        if self._block is None:
            return {}
        if not self._collects_blocks:
            own = self.profile(window, segment)
            return {} if own is None else {self._block.of_window(window): own}
        if self.is_read(window):
            return self._collected.blocks(window, segment)
        record = self._store.profile(self.block_key(window, segment))
        return {} if record is None else unpack_blocks(record.data)

    def blocks_of(self, windows: Sequence[Window], segment: str = "") -> Iterator[Profile]:
        """The blocks of the rows of several windows (ascending), in the order of their names."""
        if self._block is None or self._collects_blocks:
            yield from merge_blocks(self.blocks(each, segment) for each in windows).values()
            return
        name_of = self._block.of_window
        kept = set(sampled({name_of(each) for each in windows}))
        for name, inside in groupby(windows, key=name_of):
            parts = [own for each in inside if name in kept and (own := self.profile(each, segment)) is not None]
            if parts:
                yield merge(parts)

    def digest(self, window: Window) -> str:
        """Of the profile of a window's rows; empty where there are none."""
        if self.is_read(window):
            return self._collected.digest(window)
        return self._stored[window].digest if window in self._stored else ""

    def unsaved(self, window: Window) -> list[ProfileRecord]:
        """The window's profiles, all rows and segments, where the store has none or other ones."""
        if not self.is_read(window):
            return []
        stored = self._stored.get(window)
        if stored is not None and stored.digest == self._collected.digest(window):
            return []
        facts = self.facts[window]
        records = []
        for segment in self._segments.names:
            profile = self.profile(window, segment)
            if profile is not None:
                key, data = self.profile_key(window, segment), self._collected.data(window, segment)
                records.append(ProfileRecord(key, profile.n_rows, facts.first, facts.last, profile.digest, data))
        if self._collects_blocks:
            records += [
                self.block_record(window, segment, facts, blocks)
                for segment in self._segments.names
                if (blocks := self._collected.blocks(window, segment))
            ]
        return records

    def block_record(self, window: Window, segment: str, facts: Facts, blocks: Mapping[str, Profile]) -> ProfileRecord:
        """What is stored of the blocks of a window, beside its profile."""
        data = pack_blocks(blocks)
        return ProfileRecord(self.block_key(window, segment), *facts, digest_of_blocks(data), data)

    def block_key(self, window: Window, segment: str) -> ProfileKey:
        """Under which the blocks of a window are stored."""
        return ProfileKey(self._dataset, f"{self._profiling}{BLOCKS}", window.start, window.end, segment)

    def profile_key(self, window: Window, segment: str) -> ProfileKey:
        """Under which a profile is stored."""
        return ProfileKey(self._dataset, self._profiling, window.start, window.end, segment)
