"""What the command line comes to, as the shell sees it."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """Exit codes; a failure to evaluate is never mistaken for drift, nor drift for a failure.

    Examples
    --------
    >>> int(ExitCode.ALERT)
    1
    """

    NO_ALERT = 0
    ALERT = 1
    USAGE = 2
    NOT_EVALUATED = 3
    NOT_DELIVERED = 4
    INTERRUPTED = 130
