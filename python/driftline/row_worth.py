"""How many independent rows a row of each column is worth, from profiles of the blocks that rows come in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from driftline import _core
from driftline.errors import InputError, OptionError
from driftline.profiling import Profile
from driftline.sequential.blocks import (
    LEAST_BLOCKS,
    Counts,
    RowWorth,
    Spread,
    design_effect,
    largest_design_effect,
    measure_spread,
    ordered_spreads,
)

__all__ = ["Blocks", "ReferenceBlocks", "check_blocks", "worth_of_rows"]

Blocks = tuple[Sequence[Profile], Sequence[Profile]]
_AT_ONCE = 32  # blocks in memory while a reference is counted
_NUMBERS = ("numeric", "boolean", "datetime")


def check_blocks(blocks: Any, reference: Profile, current: Profile) -> Blocks:
    """The profiles of the blocks of both sides, if they can be those.

    Raises
    ------
    InputError
        If they are no two lists of profiles.
    OptionError
        If their rows are not those of the sides, or there are too few to tell how blocks differ.
    """
    try:
        sides = [list(side) for side in blocks]
    except TypeError as error:
        raise InputError(_what_blocks_are(blocks)) from error
    if len(sides) != 2 or not all(isinstance(block, Profile) for side in sides for block in side):
        raise InputError(_what_blocks_are(blocks))
    for name, profile, side in (("reference", reference, sides[0]), ("current data", current, sides[1])):
        rows = sum(block.n_rows for block in side)
        if rows != profile.n_rows:
            raise OptionError(
                f"blocks: those of the {name} hold {rows:,} rows, the {name} {profile.n_rows:,}; give every row in "
                "exactly one block"
            )
    if max(map(len, sides)) < LEAST_BLOCKS:
        raise OptionError(
            f"blocks: {len(sides[0])} and {len(sides[1])} cannot tell how blocks differ; one side needs at least "
            f"{LEAST_BLOCKS}"
        )
    return sides[0], sides[1]


def _what_blocks_are(given: Any) -> str:
    what = type(given).__name__
    return f"blocks takes (profiles of the reference's blocks, profiles of the current blocks), got {what}"


def worth_of_rows(reference: Profile, blocks: Blocks) -> dict[str, RowWorth]:
    """Column to what its rows are worth, for every column of the reference."""
    return ReferenceBlocks(reference, blocks[0]).worth(blocks[1])


class ReferenceBlocks:
    """The blocks of a reference, counted and measured once for all current data that are compared with it.

    Takes the profiles in one pass and keeps counts only.
    """

    def __init__(self, reference: Profile, blocks: Iterable[Profile]) -> None:
        columns = reference._core.columns
        nulls: dict[str, list[Counts]] = {column.name: [] for column in columns}
        shares: dict[str, list[Counts]] = {column.name: [] for column in columns}
        unlike = {column.name for column in columns if not column.n_valid}
        self.n_blocks = 0
        for part in _parts(blocks):
            self.n_blocks += len(part)
            sides = _by_column(part)
            for column in columns:
                side = sides.get(column.name, [])
                nulls[column.name].append(_null_counts(side))
                if column.name not in unlike and _all_same_sort(column, side):
                    shares[column.name].append(_core.block_counts(column, side))
                else:
                    unlike.add(column.name)
        self._columns = [
            _KnownColumn(
                *(column, np.vstack(nulls[column.name])),
                None if column.name in unlike else np.vstack(shares[column.name]),
            )
            for column in columns
        ]

    def worth(self, blocks: Sequence[Profile]) -> dict[str, RowWorth]:
        """Column to what its rows are worth in the reference and in current data of these blocks."""
        now = _by_column(blocks)
        return {known.column.name: known.worth(now.get(known.column.name, [])) for known in self._columns}


def _parts(blocks: Iterable[Profile]) -> Iterator[list[Profile]]:
    """Some blocks at a time, and at least once none."""
    rest = iter(blocks)
    yield list(islice(rest, _AT_ONCE))
    while part := list(islice(rest, _AT_ONCE)):
        yield part


class _KnownColumn:
    """One column of a reference, and how it differs between blocks."""

    def __init__(self, column: _core.ColumnProfile, nulls: Counts, shares: Counts | None) -> None:
        self.column = column
        self._nulls = _Known(nulls)
        self._shares = None if shares is None else _Known(shares)

    def worth(self, blocks: list[_core.ColumnProfile]) -> RowWorth:
        nulls = self._nulls.worth(_null_counts(blocks))
        if self._shares is None or not _all_same_sort(self.column, blocks):
            return RowWorth(nulls=nulls)
        counts = _core.block_counts(self.column, blocks)
        order = self._shares.order(counts) if self.column.kind in _NUMBERS else (1.0, 1.0)
        return RowWorth(self._shares.worth(counts), order, nulls)


class _Known:
    """Counts of the reference's blocks, and their spread.

    It is their spread that both sides are reckoned with, unless only the current blocks are enough: if nothing changed,
    they differ as the reference's do. Taken from both, the spread would hold the change itself.
    """

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._is_enough = _is_enough(counts)

    @cached_property
    def _own(self) -> tuple[Spread, float]:
        spread = measure_spread(self._counts)
        return spread, design_effect(spread, self._counts)

    @cached_property
    def _own_order(self) -> tuple[list[Spread], float]:
        spreads = ordered_spreads(self._counts)
        return spreads, largest_design_effect(spreads, self._counts)

    def worth(self, now: Counts) -> tuple[float, float]:
        """1 / design effect of the shares on each side."""
        if _is_enough(now) and not self._is_enough:
            spread = measure_spread(now)
            return 1.0 / design_effect(spread, self._counts), 1.0 / design_effect(spread, now)
        spread, own = self._own
        return 1.0 / own, 1.0 / design_effect(spread, now)

    def order(self, now: Counts) -> tuple[float, float]:
        """1 / the largest design effect of a distribution function on each side."""
        if _is_enough(now) and not self._is_enough:
            spreads = ordered_spreads(now)
            return 1.0 / largest_design_effect(spreads, self._counts), 1.0 / largest_design_effect(spreads, now)
        spreads, own = self._own_order
        return 1.0 / own, 1.0 / largest_design_effect(spreads, now)


def _is_enough(counts: Counts) -> bool:
    return int(np.count_nonzero(counts.sum(axis=1))) >= LEAST_BLOCKS


def _by_column(blocks: Sequence[Profile]) -> dict[str, list[_core.ColumnProfile]]:
    found: dict[str, list[_core.ColumnProfile]] = {}
    for block in blocks:
        for column in block._core.columns:
            found.setdefault(column.name, []).append(column)
    return found


def _null_counts(blocks: Sequence[_core.ColumnProfile]) -> Counts:
    missing = np.array([[block.n_null + block.n_nan] for block in blocks], dtype=float).reshape(-1, 1)
    present = np.array([[block.n_rows - block.n_absent] for block in blocks], dtype=float).reshape(-1, 1)
    return np.hstack([missing, present - missing])


def _all_same_sort(column: _core.ColumnProfile, blocks: Sequence[_core.ColumnProfile]) -> bool:
    return all(_same_sort(column, block) for block in blocks)


def _same_sort(column: _core.ColumnProfile, other: _core.ColumnProfile) -> bool:
    return not other.n_valid or (other.kind in _NUMBERS) == (column.kind in _NUMBERS)
