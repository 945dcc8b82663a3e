"""How much memory this process may still take, so that a run ends with an error and not with a kill."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from driftline.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MemoryGuard", "available_memory"]

# Less than this is left for a batch, its profile, and whatever else the process does.
RESERVE_BYTES = 48 << 20
CHECK_S = 0.2
UNLIMITED = 1 << 60


def available_memory(proc: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Bytes until the machine or a control group (a container) is full; None where the system does not tell.

    The least of MemAvailable and, for the group of this process and all above it that are visible, the limit without
    what is used. Pages of files do not count as used: the kernel takes them back.
    """
    found = [amount for amount in (_of_machine(proc), *_of_groups(proc, groups)) if amount is not None]
    return max(0, min(found)) if found else None


class MemoryGuard:
    """Raises InputError when hardly any memory is left; looks a few times a second."""

    def __init__(self) -> None:
        self._next = 0.0

    def check(self, where: str) -> None:
        """Look, if it is time. `where` is the file or the batch that comes next."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + CHECK_S
        left = available_memory()
        if left is not None and left < RESERVE_BYTES:
            raise InputError(
                f"{where or 'the data'}: only {left >> 20} MiB of memory are left to this process, too few to go on; "
                "give it more, profile fewer columns at a time (columns=...), use fewer threads, hand over smaller "
                "batches, or lower max_categories"
            )


def _of_machine(proc: Path) -> int | None:
    for line in _lines(proc / "meminfo"):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _of_groups(proc: Path, groups: Path) -> Iterator[int | None]:
    for line in _lines(proc / "self" / "cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            yield from _along(groups, path, "memory.max", "memory.current", "")
        elif "memory" in controllers.split(","):
            yield from _along(groups / "memory", path, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_")


def _along(mount: Path, path: str, limit: str, usage: str, prefix: str) -> Iterator[int | None]:
    group = mount
    for name in ("", *(part for part in path.split("/") if part not in ("", ".."))):
        group = group / name
        most, used = _number(group / limit), _number(group / usage)
        if most is not None and used is not None and most < UNLIMITED:
            files = {f"{prefix}inactive_file", f"{prefix}active_file"}
            pairs = (line.split() for line in _lines(group / "memory.stat"))
            yield most - used + sum(int(pair[1]) for pair in pairs if len(pair) == 2 and pair[0] in files)


def _number(path: Path) -> int | None:
    text = "".join(_lines(path)).strip()
    return int(text) if text.isdigit() else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
