"""Profiles of blocks while a log is read: those of the windows used last in memory, the others in a temporary file."""

from __future__ import annotations

import tempfile
import weakref
from collections import OrderedDict
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from driftline.errors import DataError
from driftline.ingest import Batch
from driftline.monitor.blocks import BlockSpec, pack_blocks, sampled, unpack_blocks
from driftline.monitor.settings import Settings
from driftline.monitor.timestamps import NO_INSTANT, TimestampReader
from driftline.monitor.windows import Window
from driftline.profiling import BatchProfiler, Profile

__all__ = ["OpenBlocks"]

MOST_COLUMNS = 2048  # of the block profiles in memory, up to a hundred kilobytes each; one window's are in any case
FILE_IN_MEMORY = 32 << 20

Key: TypeAlias = "tuple[Window, str]"


class OpenBlocks:
    """The blocks of every window and segment."""

    def __init__(self, settings: Settings, spec: BlockSpec, like: Profile | None) -> None:
        self._spec = spec
        self._first = BatchProfiler(like=like, schema=settings.checked_schema, threads=1)  # parts of a block are small
        self._reader = TimestampReader(
            settings.timestamp or "", settings.spec.zone, settings.timestamp_unit, settings.timestamp_format
        )
        self._open: OrderedDict[Key, dict[str, Profile]] = OrderedDict()
        self._closed: dict[Key, tuple[int, int]] = {}
        self._n_columns = 0
        self._file: Any = None

    def add(self, key: Key, batch: Batch) -> None:
        """Add rows of a window and segment to the blocks that they belong to; rows that belong to none are left out."""
        codes, names = self._names(batch)
        known = self._load(key)
        self._n_columns -= _columns(known)
        kept = set(sampled({*known, *(names[code] for code in np.unique(codes[codes >= 0]))}))
        for name in [*known]:
            if name not in kept:
                del known[name]
        wanted = np.array([*(name in kept for name in names), False])[codes]
        for code, rows in _rows_by_code(np.where(wanted, codes, -1)):
            part = self._profile(batch.take(rows))
            before = known.get(names[code])
            known[names[code]] = part if before is None else before + part
        self._n_columns += _columns(known)
        while self._n_columns > MOST_COLUMNS and len(self._open) > 1:
            self._close(next(iter(self._open)))

    def blocks(self, key: Key) -> dict[str, Profile]:
        """The blocks of all rows so far, in the order of their names: sums over them must always be the same."""
        if key in self._open:
            return dict(sorted(self._open[key].items()))
        return self._read(key) if key in self._closed else {}

    def _profile(self, rows: Batch) -> Profile:
        profiler = self._first.begin_anew()
        profiler.add(rows)
        return profiler.finish()

    def _names(self, batch: Batch) -> tuple[NDArray[np.int64], list[str]]:
        """The number of each row's block, -1 for none, and the names that the numbers stand for."""
        if self._spec.length is not None:
            instants = self._reader.read(batch)
            there = instants != NO_INSTANT
            if not there.any():
                return np.full(batch.n_rows, -1), []
            edges = self._spec.length.edges(int(instants[there].min()), int(instants[there].max()))
            codes = np.searchsorted(edges, instants, side="right") - 1
            return np.where(there, codes, -1), [str(edge) for edge in edges.tolist()]
        column = next((each for each in batch.columns if each.name == self._spec.column), None)
        if column is None:
            return np.full(batch.n_rows, -1), []
        if column.reason:
            raise DataError(f"block: column {column.name!r}: {column.reason}")
        names: dict[str, int] = {}
        parts = []
        for chunk in column.chunks:
            own, labels = chunk.encode_labels()
            table = [names.setdefault(f"{type(label).__name__} {label}", len(names)) for label in labels]
            parts.append(np.array([*table, -1], dtype=np.int64)[own])
        return np.concatenate(parts), list(names)

    def _load(self, key: Key) -> dict[str, Profile]:
        if key not in self._open:
            self._open[key] = self._read(key) if key in self._closed else {}
            self._n_columns += _columns(self._open[key])
        self._open.move_to_end(key)
        return self._open[key]

    def _close(self, key: Key) -> None:
        if self._file is None:
            self._file = tempfile.SpooledTemporaryFile(FILE_IN_MEMORY)  # noqa: SIM115 - lives as long as this object
            weakref.finalize(self, self._file.close)
        blocks = self._open.pop(key)
        self._n_columns -= _columns(blocks)
        data = pack_blocks(blocks)
        self._closed[key] = self._file.seek(0, 2), len(data)
        self._file.write(data)

    def _read(self, key: Key) -> dict[str, Profile]:
        offset, size = self._closed[key]
        self._file.seek(offset)
        return unpack_blocks(self._file.read(size))


def _columns(blocks: dict[str, Profile]) -> int:
    return sum(len(profile.columns) for profile in blocks.values())


def _rows_by_code(codes: NDArray[np.int64]) -> list[tuple[int, NDArray[np.int64]]]:
    """Each code that is not negative with its rows, ascending."""
    order = np.argsort(codes, kind="stable")
    cuts = np.flatnonzero(np.diff(codes[order])) + 1
    return [(int(codes[rows[0]]), rows) for rows in np.split(order, cuts) if len(rows) and codes[rows[0]] >= 0]
