"""How many independent rows a row of each column is worth, from profiles of the blocks that rows come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from driftline import _core
from driftline.errors import InputError, OptionError
from driftline.profiling import Profile
from driftline.sequential.blocks import (
    LEAST_BLOCKS,
    Counts,
    RowWorth,
    design_effect,
    measure_spread,
    ordered_design_effect,
)

__all__ = ["Blocks", "check_blocks", "worth_of_rows"]

Blocks = tuple[Sequence[Profile], Sequence[Profile]]
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
    sides = [[{column.name: column for column in block._core.columns} for block in side] for side in blocks]
    worth = {}
    for column in reference._core.columns:
        before, now = ([block[column.name] for block in side if column.name in block] for side in sides)
        worth[column.name] = _worth(column, before, now)
    return worth


def _worth(
    reference: _core.ColumnProfile, before: list[_core.ColumnProfile], now: list[_core.ColumnProfile]
) -> RowWorth:
    nulls = _of_both(_by_shares, *map(_null_counts, (before, now)))
    if not reference.n_valid or not all(_same_sort(reference, block) for block in [*before, *now]):
        return RowWorth(nulls=nulls)
    counts = [_core.block_counts(reference, side) for side in (before, now)]
    order = _of_both(ordered_design_effect, *counts) if reference.kind in _NUMBERS else (1.0, 1.0)
    return RowWorth(_of_both(_by_shares, *counts), order, nulls)


def _of_both(effect: Callable[[Counts, Counts], float], before: Counts, now: Counts) -> tuple[float, float]:
    """1 / design effect of each side; by the spread of the reference's blocks, unless only the others are enough.

    If nothing changed, the current blocks differ as the reference's do. Taken from both, the spread would hold the
    change itself.
    """
    enough = [int(np.count_nonzero(side.sum(axis=1))) >= LEAST_BLOCKS for side in (before, now)]
    known = now if enough[1] and not enough[0] else before
    return 1.0 / effect(known, before), 1.0 / effect(known, now)


def _by_shares(known: Counts, counts: Counts) -> float:
    return design_effect(measure_spread(known), counts)


def _null_counts(blocks: Sequence[_core.ColumnProfile]) -> Counts:
    missing = np.array([[block.n_null + block.n_nan] for block in blocks], dtype=float).reshape(-1, 1)
    present = np.array([[block.n_rows - block.n_absent] for block in blocks], dtype=float).reshape(-1, 1)
    return np.hstack([missing, present - missing])


def _same_sort(column: _core.ColumnProfile, other: _core.ColumnProfile) -> bool:
    return not other.n_valid or (other.kind in _NUMBERS) == (column.kind in _NUMBERS)
