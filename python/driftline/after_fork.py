"""What a child of a fork has to put right before anything else runs in it: locks, connections, rows of its parent."""

from __future__ import annotations

import os
import weakref
from typing import Protocol

__all__ = ["Renewable", "renew_after_fork"]


class Renewable(Protocol):
    """Something whose copy in a child of a fork is of no use as it is."""

    def renew(self) -> None:
        """Begin anew, without touching what belongs to the parent. Called in the child, before other code."""


_KNOWN: weakref.WeakSet[Renewable] = weakref.WeakSet()
_HOOKED: list[int] = []


def renew_after_fork(thing: Renewable) -> None:
    """Call `thing.renew()` in every child that is forked from now on, for as long as `thing` lives.

    Examples
    --------
    >>> class Counter:
    ...     def renew(self) -> None: ...
    >>> renew_after_fork(Counter())
    """
    if not _HOOKED and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_renew_all)
        _HOOKED.append(os.getpid())
    _KNOWN.add(thing)


def _renew_all() -> None:
    for thing in list(_KNOWN):
        thing.renew()
