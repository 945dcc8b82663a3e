"""A reference replayed against itself."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import driftline as dl
from driftline.sequential.replay import (
    ColumnOutcome,
    Outcome,
    Replay,
    Season,
    Window,
    _references,
    replay,
    suggest_policy,
    weekdays,
    weekly_patterns,
)

DAY = 86_400_000_000


def windows(tables: list[dict[str, object]], start: int = 0) -> list[Window]:
    return [Window((start + i) * DAY, (start + i + 1) * DAY, dl.profile(table)) for i, table in enumerate(tables)]


def quiet_days(n: int, rows: int = 400, seed: int = 1) -> list[dict[str, object]]:
    rng = np.random.default_rng(seed)
    return [{"x": rng.normal(size=rows), "city": rng.choice(["Oslo", "Rome"], rows)} for _ in range(n)]


def test_each_window_is_compared_with_all_others_and_not_with_itself() -> None:
    days = windows(quiet_days(13, rows=50))
    references = dict(_references(days, None))
    assert sorted(references) == list(range(13))
    for i, reference in references.items():
        assert reference == dl.merge(day.profile for j, day in enumerate(days) if j != i)


def test_with_seasons_each_window_is_compared_with_the_others_of_its_season() -> None:
    days = windows(quiet_days(21, rows=50))
    for i, reference in _references(days, weekdays(days)):
        assert reference == dl.merge(day.profile for j, day in enumerate(days) if j != i and (i - j) % 7 == 0)


def test_quiet_days_raise_nothing_and_keep_their_policy() -> None:
    found = replay(windows(quiet_days(30)))
    assert found.rate("alert", "warn") == found.detector_rate == found.streak_rate == 0.0
    assert found.months == pytest.approx(30 / 30.436875)
    assert [outcome.start for outcome in found.outcomes] == [i * DAY for i in range(30)]
    assert suggest_policy(found) == dl.Policy()


def test_windows_as_blocks_are_judged_by_how_much_windows_differ() -> None:
    rng = np.random.default_rng(4)
    days = windows([{"x": rng.normal(rng.normal(0.0, 0.3), 1.0, 400)} for _ in range(25)])
    plain, blocked = replay(days), replay(days, blocks=True)
    assert plain.rate("alert", "warn") > 0.0 == blocked.rate("alert", "warn")
    few = [max(outcome.columns["x"].certain["psi"] for outcome in found.outcomes) for found in (plain, blocked)]
    assert few[0] > few[1]


def test_the_order_in_which_windows_are_given_does_not_matter() -> None:
    days = windows(quiet_days(12))
    assert replay(days[::-1]) == replay(days)


def test_an_odd_day_is_found_and_raises_the_tolerances_of_its_columns_alone() -> None:
    tables = quiet_days(40)
    rng = np.random.default_rng(5)
    tables[17]["x"] = np.where(rng.random(400) < 0.3, np.nan, rng.normal(1.0, 1.0, 400))
    found = replay(windows(tables))
    assert found.noisy == [("x", 1)]
    assert [outcome.start // DAY for outcome in found.outcomes if outcome.by_detector] == [17]
    assert found.rate("alert") == pytest.approx(1 / found.months)
    policy = suggest_policy(found)
    assert set(policy.by_column) == {"x"}
    tolerances = policy.settings("x", "numeric").tolerances
    for source, floor in (("psi", (0.1, 0.25)), ("nulls", (0.02, 0.1))):
        warn, alert = tolerances[source] or (0.0, None)
        assert warn >= found.outcomes[17].columns["x"].certain[source] > floor[0]
        assert alert == pytest.approx(warn + floor[1] - floor[0], abs=0.011)
    assert replay(windows(tables), policy).rate("alert", "warn") == 0.0
    # One odd day of 40 is more than the allowed one of ten, so the tolerance is that of the fourth.
    assert suggest_policy(found, rate=0.1) == dl.Policy()


def test_what_the_policy_says_already_is_kept() -> None:
    found = Replay([Outcome(0, DAY, "warn", {"x": ColumnOutcome("warn", certain={"psi": 0.3, "nulls": 0.9})}, (), ())])
    given = dl.Policy(alpha=0.01, by_column={"x": {"tolerances": {"psi": (0.5, None)}}, "y": {"judge": False}})
    policy = suggest_policy(found, given)
    assert policy.alpha == 0.01
    assert policy.by_column["y"] == {"judge": False}
    assert policy.settings("x", "numeric").tolerance("psi") == (0.5, None)
    assert policy.settings("x", "numeric").tolerance("nulls") == (0.9, 0.98)
    silent = dl.Policy(tolerances={"psi": (0.1, None), "nulls": None})
    assert suggest_policy(found, silent).settings("x", "numeric").tolerance("psi") == (0.3, None)
    assert suggest_policy(found, silent).settings("x", "numeric").tolerance("nulls") is None


def test_a_new_window_exceeds_the_suggested_tolerance_as_rarely_as_promised() -> None:
    """The rank of the last of n + 1 exchangeable windows: the bound fails with a probability of one in a million."""
    rng = np.random.default_rng(7)
    n, trials = 24, 800
    exceeded = 0
    for _ in range(trials):
        certain = rng.exponential(size=n + 1)
        outcomes = [
            Outcome(i, i + 1, "ok", {"x": ColumnOutcome("ok", certain={"psi": float(low)})}, (), ())
            for i, low in enumerate(certain[:-1])
        ]
        settings = suggest_policy(Replay(outcomes)).settings("x", "numeric")
        exceeded += certain[-1] > (settings.tolerance("psi") or (0.0, None))[0]
    assert exceeded <= trials / (n + 1) + 4.9 * np.sqrt(trials / (n + 1))
    assert exceeded >= 0.5 * trials / (n + 1)


def test_a_weekly_pattern_is_found_and_same_weekday_references_take_it_away() -> None:
    rng = np.random.default_rng(8)
    weekend = (5, 6)
    tables: list[dict[str, object]] = [
        {"x": rng.normal(1.5 if day % 7 in weekend else 0.0, 1.0, 400), "flat": rng.normal(size=400)}
        for day in range(56)
    ]
    days = windows(tables, start=4)  # 1970-01-05 was a Monday
    assert weekdays(days)[:8] == [0, 1, 2, 3, 4, 5, 6, 0]
    patterns = weekly_patterns(days)
    assert patterns["x"].is_strong
    assert patterns["x"].explained > 0.9
    assert not patterns["flat"].is_strong
    assert replay(days).rate("alert", "warn") > 5
    assert replay(days, seasons=weekdays(days)).rate("alert", "warn") == 0.0


def test_the_size_of_a_pattern_is_the_psi_of_its_windows() -> None:
    # Two sorts of days, half of them each: shares 0.5 ± d in two bins, PSI of either against the average.
    tables: list[dict[str, object]] = [
        {"x": ["a"] * (600 if i % 2 else 400) + ["b"] * (400 if i % 2 else 600)} for i in range(28)
    ]
    found = weekly_patterns(windows(tables), [i % 2 for i in range(28)])["x"]
    psi = 0.1 * np.log(0.6 / 0.5) - 0.1 * np.log(0.4 / 0.5)
    assert found.psi == pytest.approx(psi, rel=0.05)
    assert found.explained == 1.0
    assert found.is_strong


def test_columns_without_enough_windows_have_no_pattern() -> None:
    tables = quiet_days(14)
    for table in tables[:9]:
        del table["city"]
    assert set(weekly_patterns(windows(tables))) == {"x"}
    assert not Season(psi=0.01, explained=1.0).is_strong


def test_rows_of_raised_windows_and_levels_are_those_asked_for() -> None:
    rng = np.random.default_rng(9)
    tables: list[dict[str, object]] = [{"x": rng.normal(1.0 if i in (5, 6, 12) else 0.0, 1.0, 400)} for i in range(40)]
    found = replay(windows(tables), alert_after=2)
    assert [outcome.start // DAY for outcome in found.outcomes if outcome.by_streak] == [6]
    raised = [outcome.start // DAY for outcome in found.outcomes if outcome.verdict in ("alert", "warn")]
    assert raised == [5, 6, 12]
    assert found.streak_rate == pytest.approx(1 / found.months)


def test_what_cannot_be_replayed_is_refused() -> None:
    days = windows(quiet_days(12, rows=5))
    with pytest.raises(dl.OptionError, match="9 windows say too little"):
        replay(days[:9])
    overlapping = [*days[:11], Window(10 * DAY + 1, 12 * DAY, days[0].profile)]
    with pytest.raises(dl.OptionError, match="window 11 starts before window 10 ends"):
        replay(overlapping)
    with pytest.raises(dl.OptionError, match="got 3 seasons for 12 windows"):
        replay(days, seasons=[1, 2, 3])
    with pytest.raises(dl.OptionError, match="season 'b' has a single window"):
        replay(days, seasons=["a"] * 11 + ["b"])
    with pytest.raises(dl.OptionError, match="rate must be above 0"):
        suggest_policy(Replay([]), rate=0.0)
    assert all(a.end <= b.start for a, b in pairwise(days))
