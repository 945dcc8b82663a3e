"""Merging the last n windows step by step is merging them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import driftline as dl
from driftline.monitor.sliding import SlidingMerge
from driftline.monitor.windows import Window

DAYS = [Window(i, i + 1) for i in range(40)]
RANDOM = np.random.default_rng(5)
PROFILES: dict[Window, dl.Profile | None] = {
    window: dl.profile(
        {"x": RANDOM.normal(size=20 + window.start), "c": [f"c{window.start % 3}"] * (20 + window.start)}
    )
    for window in DAYS
}
PROFILES[DAYS[3]] = PROFILES[DAYS[17]] = None  # no rows in a segment


def plainly(windows: Sequence[Window]) -> dl.Profile:
    return dl.merge(found for each in windows if (found := PROFILES[each]) is not None)


@given(
    st.integers(1, 12),
    st.lists(st.one_of(st.just(1), st.integers(-5, 9)), max_size=40),
    st.lists(st.booleans(), min_size=40, max_size=40),
)
@settings(max_examples=60, deadline=None)
def test_any_walk_over_windows_gives_the_bytes_of_merging_them(n: int, steps: list[int], there: list[bool]) -> None:
    known = [window for window, is_there in zip(DAYS, there, strict=True) if is_there]
    merges = SlidingMerge(PROFILES.get)
    at = 0
    for step in [0, *steps]:
        at = min(max(0, at + step), len(known))
        chosen = known[max(0, at - n) : at]
        assert merges.merged(chosen).to_bytes() == plainly(chosen).to_bytes()


def test_a_step_reads_two_windows_whatever_their_number() -> None:
    reads: list[Window] = []

    def read(window: Window) -> dl.Profile | None:
        reads.append(window)
        return PROFILES[window]

    merges = SlidingMerge(read)
    for end in range(10, 40):
        merges.merged(DAYS[end - 10 : end])
        merges.merged(DAYS[end - 10 : end])
    assert len(reads) <= 10 + 2 * 30


def test_profiles_with_other_options_than_the_default_ones_are_merged_as_well() -> None:
    profiles = {window: dl.profile({"x": RANDOM.normal(size=400)}, resolution=64) for window in DAYS}
    merges = SlidingMerge(profiles.get)
    for end in range(3, 9):
        assert merges.merged(DAYS[end - 3 : end]) == dl.merge(profiles[each] for each in DAYS[end - 3 : end])
