"""What a child of a fork has to put right before anything else runs in it: locks, connections, rows of its parent."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import Any

__all__ = ["renew_after_fork"]

_KNOWN: weakref.WeakKeyDictionary[Any, Callable[[Any], None]] = weakref.WeakKeyDictionary()
_HOOKED: list[int] = []


def renew_after_fork(thing: Any, renew: Callable[[Any], None]) -> None:
    """Call `renew(thing)` in every child that is forked from now on, for as long as `thing` lives.

    It runs before other code of the child, and must not touch what belongs to the parent.

    Examples
    --------
    >>> class Counter:
    ...     def _renew(self) -> None:
    ...         self.number = 0
    >>> renew_after_fork(Counter(), Counter._renew)
    """
    if not _HOOKED and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_renew_all)
        _HOOKED.append(os.getpid())
    _KNOWN[thing] = renew


def _renew_all() -> None:
    for thing, renew in list(_KNOWN.items()):
        renew(thing)
