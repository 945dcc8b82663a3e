"""Apache DataSketches' KLL sketch of every float column, with its default size, run in an environment of its own."""

from __future__ import annotations

from typing import Any

import timing
from datasketches import kll_doubles_sketch


def sketch(reference: Any, current: Any) -> object:
    """Both sides summarised, each column handed over as one array."""
    sketches = []
    for values in [*reference.values(), *current.values()]:
        sketches.append(kll_doubles_sketch())
        sketches[-1].update(values)
    return sketches


if __name__ == "__main__":
    timing.main({"floats": (timing.read_floats, sketch)})
