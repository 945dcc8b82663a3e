"""The merged profile of the last n windows, for one window after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from driftline.monitor.windows import Window
from driftline.profiling import Profile, merge

__all__ = ["SlidingMerge"]


class SlidingMerge:
    """Merges windows that follow one another with about three merges a step, however many they are.

    Two stacks make a queue: of the older windows each has the merge of itself and the older ones after it, as bytes;
    the newer ones are merged into one profile. When the last of the older ones has left, all become older ones. Any way
    of merging gives the same bytes, so nobody can tell this one from another.
    """

    def __init__(self, read: Callable[[Window], Profile | None]) -> None:
        self._read = read
        self._older: list[tuple[Window, bytes]] = []  # the oldest last; no bytes where there are no rows
        self._newer: list[Window] = []
        self._newer_merged: Profile | None = None
        self._last: tuple[list[Window], Profile] | None = None

    def merged(self, chosen: Sequence[Window]) -> Profile:
        """The profile of these windows, ascending; quick after those of the last call but for some at either end."""
        wanted = list(chosen)
        if self._last is None or self._last[0] != wanted:
            if not self._advance(wanted):
                self._begin(wanted)
            data = self._older[-1][1] if self._older else b""
            both = [Profile.from_bytes(data) if data else None, self._newer_merged]
            self._last = wanted, merge(each for each in both if each is not None)
        return self._last[1]

    def _advance(self, wanted: list[Window]) -> bool:
        """Drop windows at the old end and add some at the new one; False where that does not lead there."""
        known = [window for window, _ in reversed(self._older)] + self._newer
        left = known.index(wanted[0]) if wanted and wanted[0] in known else len(known)
        kept = len(known) - left
        if left >= len(self._older) or known[left:] != wanted[:kept]:
            return False
        del self._older[len(self._older) - left :]
        for window in wanted[kept:]:
            self._newer.append(window)
            self._newer_merged = _joined(self._newer_merged, self._read(window))
        return True

    def _begin(self, wanted: list[Window]) -> None:
        self._older, self._newer, self._newer_merged = [], [], None
        whole: Profile | None = None
        for window in reversed(wanted):
            whole = _joined(self._read(window), whole)
            self._older.append((window, b"" if whole is None else whole.to_bytes()))


def _joined(first: Profile | None, second: Profile | None) -> Profile | None:
    return first + second if first is not None and second is not None else (second if first is None else first)
