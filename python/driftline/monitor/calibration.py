"""The seam to replay: the windows of a reference, and what a policy would have said of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from driftline import formatting as fmt
from driftline.errors import DataError, OptionError
from driftline.monitor.partition import Segments, collect_windows
from driftline.monitor.references import LogRange, Moving
from driftline.monitor.settings import Settings, instant_of
from driftline.monitor.windows import Window
from driftline.policy import Policy
from driftline.profiling import Profile, is_saved_profile
from driftline.sequential.replay import (
    LEAST_WINDOWS,
    Replay,
    held_out_rate,
    replay,
    suggest_policy,
    weekdays,
    weekly_patterns,
)
from driftline.sequential.replay import Window as Replayed

__all__ = ["describe_replay", "policy_toml", "reference_windows"]


def reference_windows(settings: Settings, reference: Any, log: Any, now: int) -> list[tuple[Window, Profile]]:
    """The windows that the reference is made of, each with its profile, in the order of time.

    Raises OptionError for a reference that holds no rows which could be cut into windows, DataError for one with too
    few windows.
    """
    if isinstance(reference, LogRange):
        start, end = (instant_of(each, settings.spec, "reference") for each in (reference.start, reference.end))
        data, chosen = log, replace(settings, start=start, end=end, segments=())
    elif isinstance(reference, Moving):
        data, chosen = log, replace(settings, segments=())
    elif isinstance(reference, Profile) or is_saved_profile(reference):
        raise OptionError(
            "reference: a saved profile holds no windows that could be replayed; give its data, or a range of the log: "
            "{ from = ..., to = ... }"
        )
    else:
        data, chosen = reference, replace(settings, start=None, end=None, segments=())
    found = collect_windows(data, chosen, like=None, segments=Segments({}), now=now)
    profiles = [(window, found.profile(window)) for window in sorted(found.facts)]
    windows = [(window, profile) for window, profile in profiles if profile is not None]
    if len(windows) < LEAST_WINDOWS:
        raise DataError(
            f"reference: it has {len(windows) or 'no'} windows of {settings.spec} with rows, and calibrating needs at "
            f"least {LEAST_WINDOWS}; take a longer reference or shorter windows{_left_out(found.counts)}"
        )
    return windows


def _left_out(counts: Mapping[str, int]) -> str:
    told = [f"{number:,} rows: {name.replace('_', ' ')}" for name, number in counts.items()]
    return f" ({', '.join(told)})" if told else ""


def describe_replay(settings: Settings, windows: list[tuple[Window, Profile]]) -> tuple[str, Policy]:
    """What the policy would have said of these windows, in words, and a policy that fits their spread."""
    given = [Replayed(*window, profile) for window, profile in windows]
    found = _replay(settings, given)
    fitted = suggest_policy(found, settings.policy)
    raised = found.rate("alert", "warn")
    noisy = ", ".join(f"{fmt.name(name)} ({number})" for name, number in found.noisy[:10]) or "none"
    lines = [
        f"{len(given):,} windows of {settings.spec}, {found.months:.1f} months, each against all the others",
        f"with this policy {_a_month(raised)} are raised, of which {_a_month(found.rate('alert'))} alert",
        *_told_by_rule(settings, found),
        f"columns raised, with the number of windows: {noisy}",
        f"with tolerances that fit these windows, expect {_a_month(held_out_rate(found, settings.policy))} to be raised"
        " (each judged by what the others suggest)",
        *_weekly(settings, given),
    ]
    return "\n".join(lines), fitted


def _replay(settings: Settings, given: list[Replayed], seasons: list[int] | None = None) -> Replay:
    arl = 200.0 if settings.arl is None else settings.arl
    return replay(given, settings.policy, arl=arl, alert_after=settings.alert_after, seasons=seasons)


def _a_month(rate: float) -> str:
    return f"{rate:.1f} windows a month"


def _told_by_rule(settings: Settings, found: Replay) -> list[str]:
    """How often people would be told, where that is another rule than each window's verdict."""
    if settings.arl is not None:
        return [f"with arl = {settings.arl:g} {_a_month(found.detector_rate)} alarm"]
    if settings.alert_after > 1:
        return [f"with alert_after = {settings.alert_after} {_a_month(found.streak_rate)} alarm"]
    return []


def _weekly(settings: Settings, given: list[Replayed]) -> list[str]:
    """Whether references of the same weekday fit better, and what they would change."""
    if settings.spec.unit not in ("min", "h") and str(settings.spec) != "1d":
        return []
    weekly = [fmt.name(name) for name, season in weekly_patterns(given).items() if season.is_strong]
    if not weekly:
        return []
    told = f"weekly pattern in {', '.join(weekly[:10])}: a reference with same_weekday = 4 fits better"
    seasons = weekdays(given)
    if min(Counter(seasons).values()) > 1:
        seasonal = _replay(settings, given, seasons).rate("alert", "warn")
        told += f"; against windows of the same weekday {_a_month(seasonal)} are raised"
    return [told]


def policy_toml(policy: Policy) -> str:
    """A policy as the ``[policy]`` table of a configuration file: everything in it that is not a default.

    Examples
    --------
    >>> print(policy_toml(Policy(alpha=0.01, by_column={"x": {"tolerances": {"psi": (0.2, 0.4)}}})))
    [policy]
    alpha = 0.01
    <BLANKLINE>
    [policy.by_column.x.tolerances]
    psi = [0.2, 0.4]
    """
    defaults = Policy()
    own = {each.name: getattr(policy, each.name) for each in fields(Policy)}
    changed = {name: value for name, value in own.items() if value != getattr(defaults, name)}
    if "tolerances" in changed:
        known = defaults.tolerances
        changed["tolerances"] = {
            name: limits for name, limits in policy.tolerances.items() if name not in known or known[name] != limits
        }
    return "\n\n".join(["[policy]"] * (not changed) + _tables(("policy",), changed))


def _tables(place: tuple[str, ...], content: Mapping[str, Any]) -> list[str]:
    values = [f"{_key(name)} = {_value(each)}" for name, each in content.items() if not isinstance(each, Mapping)]
    tables = ["\n".join([f"[{'.'.join(map(_key, place))}]", *values])] if values else []
    for name, each in content.items():
        if isinstance(each, Mapping):
            tables += _tables((*place, name), each)
    return tables


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):  # a tolerance of none is false
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(repr(each) for each in value if each is not None)}]"
    return repr(value)


def _text(text: str) -> str:
    """A basic string of TOML: that of JSON, but for a control character that JSON lets stand."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
