"""Blocks that the rows of a window come in (hours, days, users): what they are, and what is kept of them.

Kept are profiles, one per block, and of many blocks a sample: those whose names have the smallest hashes. The sample is
the same in whatever order rows come, two of them merge into that of both, and how much blocks differ can be measured on
a sample of them as on all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import TypeAlias

from driftline.errors import FormatError, OptionError
from driftline.monitor.windows import Window, WindowSpec
from driftline.profiling import Profile, digest_of
from driftline.sequential.blocks import LEAST_BLOCKS

__all__ = [
    "MOST_BLOCKS",
    "BlockSpec",
    "Blocks",
    "digest_of_blocks",
    "merge_blocks",
    "pack_blocks",
    "require_blocks",
    "sampled",
    "unpack_blocks",
]

Blocks: TypeAlias = "Mapping[str, Profile]"

MOST_BLOCKS = 400
"""More blocks than a year has days say little more about how blocks differ."""

_WORDS = {"hour": "1h", "day": "1d", "week": "7d", "month": "1mo"}


@dataclass(frozen=True)
class BlockSpec:
    """What a block is: a span of time (``length``), or the rows with one value in a ``column``.

    Examples
    --------
    >>> BlockSpec.parse("day", "UTC").length, BlockSpec.parse("user", "UTC").column
    (WindowSpec(count=1, unit='d', zone=zoneinfo.ZoneInfo(key='UTC')), 'user')
    """

    text: str
    length: WindowSpec | None = None
    column: str = ""

    @classmethod
    def parse(cls, block: object, timezone: str) -> BlockSpec:
        """From ``"hour"``, ``"day"``, ``"week"``, ``"month"``, a length such as ``"6h"``, or the name of a column.

        Raises OptionError for anything but a text.
        """
        if not isinstance(block, str) or not block:
            raise OptionError(f"block must be 'hour', 'day', a length such as '6h', or a column, got {block!r}")
        try:
            return cls(block, WindowSpec.parse(_WORDS.get(block, block), timezone))
        except OptionError:
            return cls(block, column=block)

    def holds(self, windows: WindowSpec) -> bool:
        """Whether every window lies in one block, so that its own profile is all there is to keep."""
        if self.length is None or windows.by_rows:
            return False
        block, window = self.length, windows
        in_minutes = {"min": 1, "h": 60}
        if block.unit in in_minutes:
            length = window.count * in_minutes.get(window.unit, 0)
            return bool(length) and block.count * in_minutes[block.unit] % length == 0
        if window.unit in in_minutes or (window.unit, window.count) == ("d", 1):
            return True
        return block.unit == window.unit and block.count % window.count == 0

    def of_window(self, window: Window) -> str:
        """The name of the block that a window lies in."""
        assert self.length is not None
        return str(self.length.containing(window.start).start)

    def __str__(self) -> str:
        return self.text


def require_blocks(what: str, number: int, spec: BlockSpec) -> None:
    """Raises OptionError for a reference with too few blocks to tell how they differ."""
    if number < LEAST_BLOCKS:
        raise OptionError(
            f"block = {str(spec)!r}: {what} has {number} such block{'' if number == 1 else 's'}; how blocks "
            f"differ can be told from {LEAST_BLOCKS} on: take a longer reference, or shorter blocks"
        )


def sampled(names: Iterable[str]) -> list[str]:
    """The names that are kept where there are more than `MOST_BLOCKS`."""
    return nsmallest(MOST_BLOCKS, names, key=lambda name: (_hash(name), name))


def merge_blocks(parts: Iterable[Blocks]) -> dict[str, Profile]:
    """The blocks of several windows: those with the same name are one block."""
    found: dict[str, Profile] = {}
    for part in parts:
        for name, profile in part.items():
            found[name] = found[name] + profile if name in found else profile
        if len(found) > MOST_BLOCKS:
            found = {name: found[name] for name in sampled(found)}
    return dict(sorted(found.items()))


def pack_blocks(blocks: Blocks) -> bytes:
    """Blocks as bytes, the same for the same blocks."""
    data = {name: blocks[name].to_bytes() for name in sorted(blocks)}
    head = json.dumps({name: len(each) for name, each in data.items()}).encode()
    return b"".join([len(head).to_bytes(8, "little"), head, *data.values()])


def digest_of_blocks(data: bytes) -> str:
    """Of what `pack_blocks` gave; like that of a profile, whichever version of driftline gave it."""
    digests = {name: digest_of(each) for name, each in _parts(data)}
    return hashlib.sha256(json.dumps(digests).encode()).hexdigest()[:16]


def unpack_blocks(data: bytes) -> dict[str, Profile]:
    """What `pack_blocks` gave. Raises FormatError for anything else."""
    return {name: Profile.from_bytes(each) for name, each in _parts(data)}


def _parts(data: bytes) -> list[tuple[str, bytes]]:
    try:
        begin = 8 + int.from_bytes(data[:8], "little")
        found = []
        for name, size in json.loads(data[8:begin]).items():
            found.append((name, data[begin : begin + size]))
            begin += size
    except (ValueError, AttributeError, TypeError) as error:
        raise FormatError("these bytes are no blocks of a window") from error
    return found


def _hash(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
