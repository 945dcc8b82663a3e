"""The pass over the data: who reads, who profiles, and how the two overlap.

* Data in memory: the caller's thread hands them to the core, which uses all threads.
* A stream of batches: the caller's thread reads them and hands them to the core. Where reading takes its time it soon
  reads the next ones while another thread hands the last ones to the core. A producer is thus never run by a thread it
  does not know (database connections and generators may depend on that), and never more than two parcels of batches are
  held.
* Files: threads that read and profile one part after the other, each with a profiler of its own; the profilers are
  joined at the end. That leaves no trace, as a profile depends on the multiset of rows only.
"""

from __future__ import annotations

import operator
import threading
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING

from driftline.errors import SchemaError
from driftline.ingest import MemoryGuard, OpenFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from driftline import _core
    from driftline.ingest import Batch, Part
    from driftline.profiling.kinds import KindRule

__all__ = ["Pass", "run_in_turn", "run_parts", "run_stream"]

# Small batches are profiled together: a call of the core costs as much as some thousand cells, a change of threads as
# much as some ten thousand, and a thread that comes back to Python every few cells waits each time for the other.
PARCEL_CELLS = 1 << 18
# Another thread profiles once reading has taken this long, and this share of the time of profiling. What takes less is
# done sooner by one.
OVERLAP_AFTER_S = 0.005
OVERLAP_SHARE = 0.1
# Without another thread less is enough, and what was just read stays in cache.
PARCEL_CELLS_ALONE = 1 << 16
# Of what lies in memory anyway, so much at once that the end of a call, where threads wait for each other, is rare.
PARCEL_CELLS_IN_MEMORY = 1 << 22
REPORT_S = 0.1


@dataclass(frozen=True, slots=True)
class Pass:
    """What all ways of running need."""

    new_profiler: Callable[[int], _core.Profiler]
    """Makes a profiler for so many threads."""
    rule: KindRule
    threads: int
    report: Callable[[int], None]
    """Is told the rows done so far, by the caller's thread."""

    guard: MemoryGuard = field(default_factory=MemoryGuard)

    def add(self, profiler: _core.Profiler, batch: Batch, counts_rows: bool) -> None:  # noqa: FBT001
        """Add a batch, counting its rows or only its columns."""
        self._call(profiler, self._planned(batch, counts_rows))

    def add_together(self, profiler: _core.Profiler, slices: Iterable[Slice]) -> None:
        """Add batches one after the other, neighbours with the same columns in one call."""
        planned: _Planned | None = None
        for item in slices:
            following = self._planned(item.batch, item.counts_rows)
            if planned is None or not planned.takes(following):
                if planned is not None:
                    self._call(profiler, planned)
                planned = following
            else:
                planned.append(following)
        if planned is not None:
            self._call(profiler, planned)

    def _planned(self, batch: Batch, counts_rows: bool) -> _Planned:  # noqa: FBT001
        plans = [(column, self.rule(column)) for column in batch.columns]
        columns = [(column.name, *plan, list(column.chunks)) for column, plan in plans if plan is not None]
        return _Planned(batch.n_rows, columns, batch.origin, counts_rows)

    def _call(self, profiler: _core.Profiler, planned: _Planned) -> None:
        self.guard.check(planned.origin)
        add = profiler.add if planned.counts_rows else profiler.add_columns
        with _advice():
            add(planned.n_rows, planned.columns, planned.origin)


_HEADING = operator.itemgetter(0, 1, 2, 3)


@dataclass(slots=True)
class _Planned:
    """What a call of the core gets: of each column the name, kind, role, the reason if it is unreadable, and chunks."""

    n_rows: int
    columns: list[tuple[str, str, str, str, list[_core.ColumnView]]]
    origin: str
    counts_rows: bool

    def takes(self, other: _Planned) -> bool:
        """Whether the rows of `other` can follow in the same call, with no difference but the time it takes."""
        return (
            self.counts_rows == other.counts_rows
            and self.origin == other.origin
            and list(map(_HEADING, self.columns)) == list(map(_HEADING, other.columns))
            # Too long a column in one batch must not make up for a short one in another.
            and self._is_even()
            and other._is_even()
        )

    def append(self, other: _Planned) -> None:
        self.n_rows += other.n_rows
        for own, following in zip(self.columns, other.columns, strict=True):
            own[4].extend(following[4])

    def _is_even(self) -> bool:
        return all(
            reason or sum(chunk.length for chunk in chunks) == self.n_rows for *_, reason, chunks in self.columns
        )


@contextmanager
def _advice() -> Iterator[None]:
    """Says what to do about columns that do not fit together."""
    try:
        yield
    except SchemaError as error:
        raise SchemaError(f"{error}. Name one kind for all batches in schema=Schema(kinds=...)") from error


def run_in_turn(work: Pass, batches: Iterable[Batch]) -> _core.Profiler:
    """Profiles batches that are in memory already."""
    profiler = work.new_profiler(work.threads)
    done = 0
    for parcel in _parcels((Slice(batch, counts_rows=True, share=1.0) for batch in batches), PARCEL_CELLS_IN_MEMORY):
        done += sum(item.batch.n_rows for item in parcel)
        work.add_together(profiler, parcel)
        work.report(done)
    return profiler


def run_stream(work: Pass, batches: Iterable[Batch]) -> _core.Profiler:
    """Profiles batches that must be read one after the other."""
    return _overlap(work, (Slice(batch, counts_rows=True, share=1.0) for batch in batches))


def run_parts(work: Pass, parts: Iterator[Part]) -> _core.Profiler:
    """Profiles parts that may be read at the same time."""
    first = list(islice(parts, work.threads))
    parts = chain(first, parts)
    if work.threads == 1 or len(first) < work.threads:
        return _overlap(work, _slices_of(parts))
    return _share_out(work, parts)


@dataclass(frozen=True, slots=True)
class Slice:
    """A batch, whether it stands for its rows, and its share of the columns."""

    batch: Batch
    counts_rows: bool
    share: float


def _parcels(slices: Iterable[Slice], cells: int) -> Iterator[list[Slice]]:
    """Neighbours that have so many cells together; the last ones may have fewer."""
    parcel: list[Slice] = []
    n = 0
    for item in slices:
        parcel.append(item)
        n += item.batch.n_rows * max(len(item.batch.columns), 1)
        if n >= cells:
            yield parcel
            parcel, n = [], 0
    if parcel:
        yield parcel


def _slices_of(parts: Iterator[Part]) -> Iterator[Slice]:
    with closing(OpenFile()) as files:
        for part in parts:
            for batch in part.batches(files):
                yield Slice(batch, part.counts_rows, part.share)


def _overlap(work: Pass, slices: Iterator[Slice]) -> _core.Profiler:
    """The caller's thread reads; it profiles too, or another does so while it reads on."""
    helper = _Helper(work)
    reading_s = 0.0
    begun = time.perf_counter()
    try:
        for parcel in _parcels(slices, PARCEL_CELLS_ALONE if work.threads == 1 else PARCEL_CELLS):
            reading_s += time.perf_counter() - begun
            helper.take(parcel, reading_s)
            begun = time.perf_counter()
        helper.finish()
    except BaseException:
        helper.profiler.stop()
        raise
    finally:
        helper.close()
    return helper.profiler


class _Helper:
    """Profiles parcels: at once, or in a thread of its own where the time of reading is worth one."""

    def __init__(self, work: Pass) -> None:
        self.profiler = work.new_profiler(work.threads)
        self._work = work
        self._pool: ThreadPoolExecutor | None = None
        self._running: Future[None] | None = None
        self._done = 0.0
        self._profiling_s = 0.0

    def take(self, parcel: list[Slice], reading_s: float) -> None:
        """Accept a parcel; waits until it or, with a thread, the one before is done."""
        if self._pool is None and self._is_worth_a_thread(reading_s):
            self._pool = ThreadPoolExecutor(1, "driftline")
        self.finish()
        if self._pool is None:
            self._add(parcel)
            self._work.report(round(self._done))
        else:
            self._running = self._pool.submit(self._add, parcel)

    def finish(self) -> None:
        """Wait until all is profiled."""
        if self._running is not None:
            self._running.result()
            self._running = None
            self._work.report(round(self._done))

    def close(self) -> None:
        """Wait for the thread to end."""
        if self._pool is not None:
            self._pool.shutdown()

    def _is_worth_a_thread(self, reading_s: float) -> bool:
        enough = max(OVERLAP_AFTER_S, OVERLAP_SHARE * self._profiling_s)
        return self._work.threads > 1 and reading_s >= enough

    def _add(self, parcel: list[Slice]) -> None:
        begun = time.perf_counter()
        done = self._done + sum(item.batch.n_rows * item.share for item in parcel)
        # Emptied on the way, so that memory is free as soon as it is profiled.
        self._work.add_together(self.profiler, (parcel.pop(0) for _ in range(len(parcel))))
        self._done = done
        self._profiling_s += time.perf_counter() - begun


def _share_out(work: Pass, parts: Iterator[Part]) -> _core.Profiler:
    """Threads take parts in turn, each reading and profiling its own."""
    workers = [_Worker(work) for _ in range(work.threads)]
    queue = _Queue(parts)
    with ThreadPoolExecutor(work.threads, "driftline") as pool:
        futures = [pool.submit(worker.run, queue) for worker in workers]
        try:
            left = set(futures)
            while left:
                finished, left = wait(left, timeout=REPORT_S, return_when=FIRST_EXCEPTION)
                for future in finished:
                    future.result()
                work.report(round(sum(worker.done for worker in workers)))
        except BaseException:
            queue.close()
            for worker in workers:
                worker.profiler.stop()
            raise
    profiler = workers[0].profiler
    with _advice():
        for worker in workers[1:]:
            profiler.join(worker.profiler)
    return profiler


class _Queue:
    """Gives each part to one thread."""

    def __init__(self, parts: Iterator[Part]) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._closed = False

    def take(self) -> Part | None:
        with self._lock:
            return None if self._closed else next(self._parts, None)

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True


class _Worker:
    """One thread's profiler, and the rows it has done."""

    def __init__(self, work: Pass) -> None:
        self.profiler = work.new_profiler(1)
        self.done = 0.0
        self._work = work

    def run(self, queue: _Queue) -> None:
        try:
            with closing(OpenFile()) as files:
                while (part := queue.take()) is not None:
                    for batch in part.batches(files):
                        self._work.add(self.profiler, batch, part.counts_rows)
                        self.done += batch.n_rows * part.share
                        if queue.closed:
                            return
        except BaseException:
            queue.close()
            raise
