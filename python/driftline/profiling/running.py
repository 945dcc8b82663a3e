"""The pass over the data: who reads, who profiles, and how the two overlap.

* Data in memory: the caller's thread hands them to the core, which uses all threads.
* A stream of batches: the caller's thread reads the next ones while another hands the last ones to the core. A
  producer is thus never run by a thread it does not know (database connections and generators may depend on that), and
  never more than two parcels of batches are held.
* Files: threads that read and profile one part after the other, each with a profiler of its own; the profilers are
  joined at the end. That leaves no trace, as a profile depends on the multiset of rows only.
"""

from __future__ import annotations

import threading
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

# Small batches are handed over together: a change of threads costs as much as some ten thousand cells.
PARCEL_CELLS = 1 << 18
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
        self.guard.check(batch.origin)
        plans = [(column, self.rule(column)) for column in batch.columns]
        columns = [(column.name, *plan, column.chunks) for column, plan in plans if plan is not None]
        add = profiler.add if counts_rows else profiler.add_columns
        with _advice():
            add(batch.n_rows, columns, batch.origin)


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
    for batch in batches:
        work.add(profiler, batch, counts_rows=True)
        done += batch.n_rows
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


def _slices_of(parts: Iterator[Part]) -> Iterator[Slice]:
    with closing(OpenFile()) as files:
        for part in parts:
            for batch in part.batches(files):
                yield Slice(batch, part.counts_rows, part.share)


def _overlap(work: Pass, slices: Iterator[Slice]) -> _core.Profiler:
    """The caller's thread reads while another profiles what was read before. One thread takes turns."""
    helper = _Helper(work)
    try:
        for item in slices:
            helper.take(item)
        helper.finish()
    except BaseException:
        helper.profiler.stop()
        raise
    finally:
        helper.close()
    return helper.profiler


class _Helper:
    """Profiles parcels of batches in a thread of its own, which starts when a second parcel comes."""

    def __init__(self, work: Pass) -> None:
        self.profiler = work.new_profiler(work.threads)
        self._work = work
        self._pool: ThreadPoolExecutor | None = None
        self._running: Future[None] | None = None
        self._parcel: list[Slice] = []
        self._cells = 0
        self._done = 0.0

    def take(self, item: Slice) -> None:
        """Accept a batch; waits until the parcel before last is done."""
        if self._work.threads == 1:
            self._add([item])
            self._work.report(round(self._done))
            return
        if self._pool is None and self._is_full():
            self._pool = ThreadPoolExecutor(1, "driftline")
            self._hand_over()
        self._parcel.append(item)
        self._cells += item.batch.n_rows * max(len(item.batch.columns), 1)
        if self._pool is not None and self._is_full():
            self._hand_over()

    def finish(self) -> None:
        """Profile what is left."""
        self._wait()
        self._add(self._parcel)
        self._work.report(round(self._done))

    def close(self) -> None:
        """Wait for the thread to end."""
        if self._pool is not None:
            self._pool.shutdown()

    def _is_full(self) -> bool:
        return self._cells >= PARCEL_CELLS

    def _hand_over(self) -> None:
        self._wait()
        assert self._pool is not None
        parcel, self._parcel, self._cells = self._parcel, [], 0
        self._running = self._pool.submit(self._add, parcel)

    def _wait(self) -> None:
        if self._running is not None:
            self._running.result()
            self._running = None
            self._work.report(round(self._done))

    def _add(self, parcel: list[Slice]) -> None:
        while parcel:
            item = parcel.pop(0)  # so that its memory is free as soon as it is profiled
            self._work.add(self.profiler, item.batch, item.counts_rows)
            self._done += item.batch.n_rows * item.share


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
