"""driftline on what the other tools get: profile both sides, compare with the default methods, decide."""

from __future__ import annotations

from typing import Any

import timing

import driftline as dl


def check(reference: Any, current: Any) -> object:
    """On every core."""
    return dl.check(reference, current)


def check_alone(reference: Any, current: Any) -> object:
    """On one core."""
    return dl.check(reference, current, threads=1)


def profile(reference: Any, current: Any) -> object:
    """Both sides summarised, on one core."""
    return [dl.profile(side, threads=1) for side in (reference, current)]


if __name__ == "__main__":
    timing.main(
        {
            "frame": (timing.read_frame, check),
            "frame, one thread": (timing.read_frame, check_alone),
            "table": (timing.read_table, check),
            "floats": (timing.read_floats, profile),
        }
    )
