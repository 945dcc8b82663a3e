"""The seam to replay: the windows of a reference, and what a policy would have said of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from driftline.errors import OptionError
from driftline.monitor.partition import Segments, collect_windows
from driftline.monitor.references import LogRange, Moving
from driftline.monitor.settings import Settings, instant_of
from driftline.monitor.windows import Window
from driftline.policy import Policy
from driftline.profiling import Profile, is_saved_profile

__all__ = ["describe_replay", "policy_toml", "reference_windows"]


def reference_windows(settings: Settings, reference: Any, log: Any, now: int) -> list[tuple[Window, Profile]]:
    """The windows that the reference is made of, each with its profile, in the order of time.

    Raises OptionError for a reference that holds no rows which could be cut into windows.
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
    return [(window, profile) for window, profile in profiles if profile is not None]


def describe_replay(settings: Settings, windows: list[tuple[Window, Profile]]) -> tuple[str, Policy]:
    """What the policy would have said of these windows, in words, and a policy that fits their spread."""
    from driftline.sequential.replay import Window as Replayed
    from driftline.sequential.replay import replay, suggest_policy, weekly_patterns

    given = [Replayed(*window, profile) for window, profile in windows]
    found = replay(given, settings.policy, alert_after=settings.alert_after)
    fitted = suggest_policy(found, settings.policy)
    after = replay(given, fitted, alert_after=settings.alert_after)
    noisy = ", ".join(f"{name} ({number})" for name, number in found.noisy[:10]) or "none"
    lines = [
        f"{len(given):,} windows of {settings.spec}, {found.months:.1f} months, each against all the others",
        f"a month, with this policy: {found.rate('alert'):.1f} windows alert, {found.rate('warn'):.1f} warn",
        f"a month, with tolerances from these windows: {after.rate('alert'):.1f} alert, {after.rate('warn'):.1f} warn",
        f"columns raised, with the number of windows: {noisy}",
    ]
    if settings.spec.unit in ("min", "h") or str(settings.spec) == "1d":
        weekly = [name for name, season in weekly_patterns(given).items() if season.is_strong]
        if weekly:
            lines.append(f"weekly pattern in {', '.join(weekly[:10])}: a reference with same_weekday = 4 fits better")
    return "\n".join(lines), fitted


def policy_toml(policy: Policy, base: Policy) -> str:
    """The columns' tolerances of a policy that differ from another one's, as the ``[policy]`` tables of TOML.

    Examples
    --------
    >>> print(policy_toml(Policy(by_column={"x": {"tolerances": {"psi": (0.2, 0.4)}}}), Policy()))
    [policy.by_column."x".tolerances]
    psi = [0.2, 0.4]
    """
    lines: list[str] = []
    for column, level in policy.by_column.items():
        known: Mapping[str, Any] = base.by_column.get(column, {}).get("tolerances", {})
        changed = {name: limits for name, limits in level.get("tolerances", {}).items() if known.get(name) != limits}
        if changed:
            lines += [""] * bool(lines)
            lines.append(f"[policy.by_column.{json.dumps(column, ensure_ascii=False)}.tolerances]")
            lines += [f"{name} = {_limits(limits)}" for name, limits in changed.items()]
    return "\n".join(lines)


def _limits(limits: tuple[float, float | None] | None) -> str:
    return "false" if limits is None else "[" + ", ".join(repr(each) for each in limits if each is not None) + "]"
