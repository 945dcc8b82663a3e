"""whylogs' profiles of both sides and its drift scores, with their defaults, run in an environment of its own."""

from __future__ import annotations

import timing
from whylogs_numbers import scores

if __name__ == "__main__":
    timing.main({"report": (timing.read_frame, scores)})
