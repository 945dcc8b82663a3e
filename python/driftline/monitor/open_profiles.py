"""Profiles of windows while a log is read: few in memory, the others in a temporary file."""

from __future__ import annotations

import tempfile
import weakref
from collections import Counter, OrderedDict
from typing import Any, NamedTuple, TypeAlias

from driftline.errors import DataError, StoreError
from driftline.ingest import Batch
from driftline.monitor.settings import Settings
from driftline.monitor.windows import Window
from driftline.profiling import BatchProfiler, Profile, digest_of, merge, read_own

__all__ = ["OpenProfiles"]

OPEN_COLUMNS = 1024  # columns of all open windows together: at most about a megabyte each
FEWEST_WINDOWS = 2  # open at once while a log looks sorted: the current one, and the one before for late rows
RETURNS = 16  # so often a log may come back to what was closed before twice as many windows stay open
FILE_IN_MEMORY = 32 << 20
FEW_ROWS = 100  # in a part of a window: then the profiles of parts cost far more than the rows in them

Key: TypeAlias = "tuple[Window, str]"


class Place(NamedTuple):
    """Where the bytes of a profile lie in the file, and the digest of that profile."""

    offset: int
    size: int
    digest: str


class OpenProfiles:
    """Profiles by window and segment, of which only those used last are held open.

    A log that is sorted by time needs one window at a time. One that comes back to windows that were closed gets more
    and more of them, until ``max_open_windows`` profiles are open. What is closed is written to a temporary file; a
    window that was closed several times is the merged profile of its parts, whose bytes are the same.
    """

    def __init__(self, settings: Settings, like: Profile | None, n_segments: int) -> None:
        self._settings = settings
        self._like = like
        self._n_segments = n_segments
        self._most = settings.max_open_windows
        self._most_windows = FEWEST_WINDOWS
        self._open: OrderedDict[Key, BatchProfiler] = OrderedDict()
        self._open_windows: Counter[Window] = Counter()  # how many of the open profiles are of a window
        self._closed: dict[Key, list[Place]] = {}
        self._file: Any = None
        self._returns = 0
        self._n_rows = 0

    def add(self, key: Key, batch: Batch) -> None:
        """Add rows to the profile of a window and segment. Raises DataError for a log that jumps too much."""
        if self._most is None:
            whole = FEWEST_WINDOWS * self._n_segments
            self._most = max(8, whole, OPEN_COLUMNS // max(1, len(batch.columns)))
        profiler = self._open.get(key)
        if profiler is None:
            profiler = self._begin(key, self._most)
        self._open.move_to_end(key)
        self._n_rows += batch.n_rows
        profiler.add(batch)

    def profile(self, key: Key) -> Profile | None:
        """Of all rows that were added so far; None where there were none."""
        place = self._place(key)
        return None if place is None else read_own(self._read(place), place.digest)

    def digest(self, key: Key) -> str:
        """Of that profile; empty where there is none."""
        place = self._place(key)
        return "" if place is None else place.digest

    def data(self, key: Key) -> bytes:
        """The bytes of that profile; empty where there is none."""
        place = self._place(key)
        return b"" if place is None else self._read(place)

    def _begin(self, key: Key, most: int) -> BatchProfiler:
        if key in self._closed:
            self._come_back(most)
        window, _ = key
        while len(self._open) >= most or self._is_left_behind(window):
            self._close(next(iter(self._open)))
        settings = self._settings
        profiler = BatchProfiler(like=self._like, schema=settings.checked_schema, threads=settings.threads)
        self._open[key] = profiler
        self._open_windows[window] += 1
        return profiler

    def _is_left_behind(self, window: Window) -> bool:
        """Whether a window must be closed before this one is opened."""
        return window not in self._open_windows and len(self._open_windows) >= self._most_windows

    def _come_back(self, most: int) -> None:
        self._returns += 1
        if self._returns % RETURNS == 0:
            self._most_windows = min(2 * self._most_windows, most)
        if self._returns > 4 * most + 1000 and self._n_rows < FEW_ROWS * self._returns:
            raise DataError(
                f"the log jumps with every few rows between more than {most} windows and segments, which is all that "
                "is held in memory at once. Sort the log by time, take longer windows or fewer segments, or raise "
                "max_open_windows (each takes up to a megabyte per column)"
            )

    def _close(self, key: Key) -> None:
        profiler = self._open.pop(key)
        self._open_windows[key[0]] -= 1
        if not self._open_windows[key[0]]:
            del self._open_windows[key[0]]
        self._closed.setdefault(key, []).append(self._write(profiler.finish()))

    def _place(self, key: Key) -> Place | None:
        """Where the profile of all rows so far is, which is put there first if need be."""
        if key in self._open:
            self._close(key)
        places = self._closed.get(key, [])
        if len(places) > 1:
            places[:] = [self._write(merge(read_own(self._read(each), each.digest) for each in places))]
        return places[0] if places else None

    def _write(self, profile: Profile) -> Place:
        if self._file is None:
            self._file = tempfile.SpooledTemporaryFile(FILE_IN_MEMORY)  # noqa: SIM115 - lives as long as this object
            weakref.finalize(self, self._file.close)
        data = profile.to_bytes()
        try:
            place = Place(self._file.seek(0, 2), len(data), digest_of(data))
            self._file.write(data)
            self._file.flush()  # a full disk is told here, and a child of a fork has nothing left to write
        except OSError as error:
            raise StoreError(
                f"the temporary folder {tempfile.gettempdir()}: {error.strerror or error}; profiles of windows wait "
                "there while the log is read: free some space, or name another folder in TMPDIR"
            ) from error
        return place

    def _read(self, place: Place) -> bytes:
        self._file.seek(place.offset)
        data: bytes = self._file.read(place.size)
        return data
