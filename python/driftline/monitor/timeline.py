"""The page of a whole history: one strip per column, a cell per window, and in words what a person should look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import groupby

from driftline import formatting as fmt
from driftline.decision import SEVERITY, VERDICTS
from driftline.reasons import title
from driftline.render.html import environment
from driftline.store import Series, WindowKey, WindowRecord

__all__ = ["render_timeline"]

MOST_STRIPS = 500
MOST_EPISODES = 30
MOST_FINDINGS = 60
MOST_WINDOWS = 400
_BAR_HEIGHT = 30


@dataclass(frozen=True)
class Strip:
    """A line of cells: the path of each verdict's cells, and the words beside it."""

    name: str
    verdict: str
    paths: list[tuple[str, str]]
    counts: str


@dataclass(frozen=True)
class Episode:
    """Consecutive windows in which a column alerted or warned."""

    column: str
    verdict: str
    text: str


@dataclass
class SeriesPage:
    """What is drawn of one series."""

    title: str
    subtitle: str
    first: str
    last: str
    n_windows: int
    whole: Strip
    volume: str
    most_rows: str
    strips: list[Strip]
    n_hidden: int
    segments: list[Strip]
    episodes: list[Episode]
    findings: list[tuple[str, str, str]]
    windows: list[tuple[str, str, str, str, str]] = field(default_factory=list)


def render_timeline(
    records: Iterable[WindowRecord],
    links: Mapping[WindowKey, str] | None = None,
    words: Sequence[tuple[str, str]] = (),
) -> str:
    """A self-contained page without scripts for the given windows (those of a store, in its order).

    `links` are addresses of the reports of single windows, by their keys; `words` what people said about columns.

    Examples
    --------
    >>> render_timeline([]).startswith("<!DOCTYPE html>")
    True
    """
    given = list(records)
    pages = [
        _series_page(series, list(windows), links or {})
        for series, windows in groupby(given, lambda each: each.key.series)
    ]
    template = environment().get_template("timeline.html.j2")
    return template.render(pages=pages, words=words, verdicts=VERDICTS, bar_height=_BAR_HEIGHT)


def _series_page(series: Series, records: Sequence[WindowRecord], links: Mapping[WindowKey, str]) -> SeriesPage:
    whole = [each for each in records if each.key.segment == ""]
    names = list(dict.fromkeys(name for each in whole for name in each.columns))
    verdicts = {name: [each.columns[name][0] if name in each.columns else "" for each in whole] for name in names}
    ranked = sorted(names, key=lambda name: _rank(verdicts[name]), reverse=True)
    most = max((each.n_rows for each in whole), default=0)
    return SeriesPage(
        title=fmt.printable(series.dataset),
        subtitle=f"against {series.reference}, configuration {series.config_hash}",
        first=whole[0].title if whole else "",
        last=whole[-1].title if whole else "",
        n_windows=len(whole),
        whole=_strip("all columns", [each.verdict for each in whole]),
        volume=_bars([each.n_rows for each in whole], most),
        most_rows=fmt.count(most),
        strips=[_strip(fmt.name(name), verdicts[name], _silence(whole, name)) for name in ranked[:MOST_STRIPS]],
        n_hidden=max(0, len(ranked) - MOST_STRIPS),
        segments=_segments(whole, records),
        episodes=_episodes(whole, {name: verdicts[name] for name in ranked}),
        findings=[
            (each.title, found["verdict"], found["text"])
            for each in reversed(whole)
            for found in each.findings
            if found["verdict"] in SEVERITY or found["code"] == "late_rows"
        ][:MOST_FINDINGS],
        windows=[_window_row(each, links) for each in whole[: -MOST_WINDOWS - 1 : -1]],
    )


def _segments(whole: Sequence[WindowRecord], records: Sequence[WindowRecord]) -> list[Strip]:
    place = {(each.key.start, each.key.end): index for index, each in enumerate(whole)}
    found: dict[str, list[str]] = {}
    for each in records:
        if each.key.segment and (each.key.start, each.key.end) in place:
            line = found.setdefault(each.key.segment, [""] * len(whole))
            line[place[each.key.start, each.key.end]] = each.verdict
    ranked = sorted(found, key=lambda name: _rank(found[name]), reverse=True)
    return [_strip(fmt.printable(name), found[name]) for name in ranked]


def _rank(verdicts: Sequence[str]) -> tuple[int, ...]:
    return tuple(verdicts.count(verdict) for verdict in ("alert", "warn", "inconclusive"))


def _strip(name: str, verdicts: Sequence[str], more: str = "") -> Strip:
    paths: dict[str, list[str]] = {}
    at = 0
    for verdict, cells in groupby(verdicts):
        length = sum(1 for _ in cells)
        if verdict:
            paths.setdefault(verdict, []).append(f"M{at} 5h{length}")
        at += length
    counts = ", ".join(
        f"{verdicts.count(verdict)} {verdict}" for verdict in ("alert", "warn", "inconclusive") if verdict in verdicts
    )
    last = next((verdict for verdict in reversed(verdicts) if verdict), "skipped")
    return Strip(
        name,
        last,
        [(verdict, "".join(parts)) for verdict, parts in paths.items()],
        ", ".join(filter(None, (counts, more))),
    )


def _silence(whole: Sequence[WindowRecord], name: str) -> str:
    """Why nobody hears of a column's open alert, as of the last window."""
    state = whole[-1].state.get("alerts", {}).get(name, {}).get("state", "") if whole else ""
    return state if state in ("muted", "accepted") else ""


def _bars(numbers: Sequence[int], most: int) -> str:
    heights = [round(_BAR_HEIGHT * number / most, 1) if most else 0.0 for number in numbers]
    return "".join(f"M{x} {_BAR_HEIGHT}h1v-{height:g}h-1z" for x, height in enumerate(heights) if height)


def _episodes(whole: Sequence[WindowRecord], verdicts: Mapping[str, Sequence[str]]) -> list[Episode]:
    """Runs of raised windows, the most severe and longest first; a window that settled nothing does not end one."""
    runs = (
        ((max(SEVERITY[line[index]] for index in raised), raised[-1] - raised[0] + 1), name, raised)
        for name, line in verdicts.items()
        for raised in _raised_runs(line)
    )
    worst = nlargest(MOST_EPISODES, runs, key=lambda each: each[0])
    return [_episode(name, whole, raised, verdicts[name]) for _, name, raised in worst]


def _raised_runs(line: Sequence[str]) -> list[list[int]]:
    runs: list[list[int]] = []
    goes_on = False
    for index, verdict in enumerate(line):
        if verdict in ("alert", "warn"):
            if not goes_on:
                runs.append([])
            runs[-1].append(index)
            goes_on = True
        elif verdict == "ok":
            goes_on = False
    return runs


def _episode(name: str, whole: Sequence[WindowRecord], raised: Sequence[int], line: Sequence[str]) -> Episode:
    begin, end = raised[0], raised[-1]
    most = max(raised, key=lambda index: (SEVERITY[line[index]], _value(whole[index], name)))
    number = end - begin + 1
    span = whole[begin].title if number == 1 else f"{whole[begin].title} to {whole[end].title}, {number:,} windows"
    verdict, value, low, high, source = whole[most].columns[name]
    amount = "" if value is None else f" {fmt.number(value)} {fmt.interval(low, high)}".rstrip()
    measured = f"; most in {whole[most].title}: {title(source)}{amount}" if source else ""
    still = ", still open" if end == len(line) - 1 else ""
    return Episode(fmt.name(name), verdict, f"{span}{still}{measured}")


def _value(record: WindowRecord, name: str) -> float:
    value = record.columns[name][1]
    return 0.0 if value is None else float(value)


def _window_row(record: WindowRecord, links: Mapping[WindowKey, str]) -> tuple[str, str, str, str, str]:
    raised = [fmt.name(name) for name, found in record.columns.items() if found[0] in ("alert", "warn")]
    more = f" and {len(raised) - 5} more" if len(raised) > 5 else ""
    text = "; ".join([*(each["text"] for each in record.findings), *([", ".join(raised[:5]) + more] if raised else [])])
    return record.title, record.verdict, fmt.count(record.n_rows), text, links.get(record.key, "")
