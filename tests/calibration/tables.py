"""Rates as Markdown tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from tests.calibration.rates import Rate

Groups = dict[tuple[str, ...], list[Rate]]

PROMISES = (
    ("Nothing changed: a column is `warn` or `alert`", "column warns"),
    ("Nothing changed: a data set is `warn` or `alert`", "data set warns"),
    ("Nothing changed: a column of a data set is `changed`", "data set has a changed column"),
    ("Nothing changed: PSI is claimed to be above 0.1", "psi above warn"),
    ("Nothing changed: PSI is claimed to be above 0.25", "psi above alert"),
    ("The claim that PSI is above a value that it equals", "psi above the truth"),
    ("Wrong `ok`: the claim that PSI is below a value that it equals", "psi below the truth"),
    ("Wrong `ok`: PSI is 0.2 or more and claimed to be below 0.1", "psi ok although above warn"),
    ("Settled wrongly with the rows asked for", "settled wrongly"),
)


def pages(rates: Sequence[Rate], broken: Sequence[Rate]) -> str:
    """All tables."""
    return "\n".join(
        [
            *broken_table(broken),
            *promise_table(rates),
            *method_table(rates),
            *signal_table(rates),
            *size_tables(rates),
            *data_set_table(rates),
            *rows_needed_table(rates),
        ]
    )


WORST = ("settings", "on average", "most often", "surely", "where", "promised at most")
"""The head of what `worst` tells."""


def broken_table(broken: Sequence[Rate]) -> list[str]:
    lines = ["### Broken promises", ""]
    if not broken:
        return [*lines, "None: no rate is certainly above what is promised.", ""]
    rows = [
        (rate.claim, rate.shape, changed(rate), size(rate), percent(rate.mean), percent(rate.limit or 0))
        for rate in sorted(broken, key=lambda rate: rate.key)
    ]
    return [*lines, *markdown(("what", "shape", "change", "n / m", "found", "promised"), rows)]


def promise_table(rates: Sequence[Rate]) -> list[str]:
    found = grouped(rates, lambda rate: (rate.claim,))
    rows = [(text, *worst(found[claim,])) for text, claim in PROMISES if (claim,) in found]
    head = ("what", *WORST)
    return ["### Claims", "", *markdown(head, rows)]


def method_table(rates: Sequence[Rate]) -> list[str]:
    """Error rates of each method: p-values, claims, intervals, certified bounds."""
    lines = ["### Methods", ""]
    titles = (
        ("p ≤ 0.01", "No change, `p_value` ≤ 0.01"),
        ("p ≤ 0.05", "No change, `p_value` ≤ 0.05"),
        ("p ≤ 0.1", "No change, `p_value` ≤ 0.1"),
        ("above the truth", "`p_above(the true distance)` ≤ 0.05"),
        ("below the truth", "`p_below(the true distance)` ≤ 0.05"),
        ("interval misses", "The 90 % interval misses the true distance"),
        ("certified misses", "The certified interval misses the distance of the rows"),
    )
    found = grouped(rates, lambda rate: tuple(rate.claim.split(" ", 1)))
    signals = {rate.claim.split()[0] for rate in rates if "finds more than half" in rate.claim}
    for claim, title in titles:
        rows = [
            (f"`{name}`", *worst(group))
            for (name, *rest), group in sorted(found.items())
            if rest == [claim] and name not in signals
        ]
        head = ("method", *WORST)
        lines += [f"**{title}**", "", *markdown(head, rows)]
    return lines


def signal_table(rates: Sequence[Rate]) -> list[str]:
    signals = list(dict.fromkeys(rate.claim.split()[0] for rate in rates if "finds more than half" in rate.claim))
    found = grouped(rates, lambda rate: tuple(rate.claim.split(" ", 1)))
    rows = []
    for claim, title in (
        ("above the truth", "claimed to be above its true effect"),
        ("p ≤ 0.05", "no change, `p_value` ≤ 0.05"),
        ("interval misses", "the 90 % interval misses the true effect"),
    ):
        rows += [(f"`{name}`", title, *worst(found[name, claim])) for name in signals if (name, claim) in found]
    head = ("signal", "what", *WORST)
    return ["### Signals", "", *markdown(head, rows)]


def size_tables(rates: Sequence[Rate]) -> list[str]:
    """What the caution costs, by shape and size."""
    lines = ["### What is found", ""]
    for title, claim, effect in (
        ("Nothing changed: `ok` rather than `inconclusive`", "psi ok", 0.0),
        ("True PSI 0.2: `warn` (least and most over the changes)", "psi finds more than warn", 0.2),
        ("True PSI 0.5: `alert` (least and most over the changes)", "psi finds more than alert", 0.5),
        ("Nothing changed: mean width of the 90 % interval of PSI", "psi width", 0.0),
        ("True PSI 0.1: mean width of the 90 % interval of PSI", "psi width", 0.1),
    ):
        found = grouped(
            (rate for rate in rates if rate.claim == claim and rate.effect == effect),
            lambda rate: (rate.shape, size(rate)),
        )
        show = decimal if "width" in claim else percent
        lines += [f"**{title}**", "", *cross(found, "n / m", show)]
    return lines


def expectations(rates: Sequence[Rate]) -> str:
    """What users may expect of normal columns, by current rows."""
    lines = []
    for title, change, claim in (
        ("Nothing changed: `ok` rather than `inconclusive`", "none", "psi is ok"),
        ("A shift of 0.5 standard deviations: `warn` or `alert`", "shift of 0.5 sd", "psi warns"),
        ("A shift of 1 standard deviation: `warn` or `alert`", "shift of 1 sd", "psi warns"),
        ('Nothing changed: the fixed rule "PSI above 0.1" alarms', "none", "plain PSI above 0.1"),
    ):
        found = grouped(
            (rate for rate in rates if rate.change == change and rate.claim == claim),
            lambda rate: (f"{rate.m:,}", reference(rate)),
        )
        lines += [f"**{title}**", "", *cross(found, "current rows", percent)]
    return "\n".join(lines)


def data_set_table(rates: Sequence[Rate]) -> list[str]:
    rows = [
        (rate.shape, size(rate), rate.claim, percent(rate.mean), f"{rate.trials:,}", limit_of(rate))
        for rate in rates
        if rate.claim.startswith("data set")
    ]
    head = ("data set", "n / m", "what", "found", "of", "promised at most")
    return ["### Data sets without a change", "", *markdown(head, rows)]


def rows_needed_table(rates: Sequence[Rate]) -> list[str]:
    found = grouped(rates, lambda rate: (rate.shape, f"{rate.effect:g}", rate.claim))
    rows = []
    for shape, effect, claim in found:
        if claim == "settled with the rows asked for":
            settled, asked = found[shape, effect, claim][0], found[shape, effect, "rows asked for"][0]
            rows.append((shape, effect, f"{settled.trials:,}", f"{asked.mean:,.0f}", percent(settled.mean)))
    head = ("shape", "true PSI", "undecided columns", "mean of the rows asked for", "settled with them")
    return ["### Rows asked for", "", *markdown(head, rows)]


def grouped(rates: Iterable[Rate], key: Callable[[Rate], tuple[str, ...]]) -> Groups:
    found: defaultdict[tuple[str, ...], list[Rate]] = defaultdict(list)
    for rate in rates:
        found[key(rate)].append(rate)
    return dict(found)


def worst(group: Sequence[Rate]) -> tuple[str, ...]:
    """Number of settings, mean rate, highest rate, what it surely is, where that is, and the promise."""
    top = max(group, key=lambda rate: (rate.surely, rate.mean))
    mean = sum(rate.total for rate in group) / sum(rate.trials for rate in group)
    where = f"{top.shape}, {changed(top)}, {size(top)}" if top.total else ""
    highest = f"{percent(top.mean)} of {top.trials:,}"
    return f"{len(group):,}", percent(mean), highest, f"≥ {percent(top.surely)}", where, limit_of(top)


def cross(found: Groups, corner: str, show: Callable[[float], str]) -> list[str]:
    """First parts of the keys across, second parts down."""
    across, down = (list(dict.fromkeys(key[i] for key in found)) for i in (0, 1))
    rows = []
    for name in down:
        cells = []
        for head in across:
            means = sorted(rate.mean for rate in found.get((head, name), []))
            ends = [show(mean) for mean in (means[:1] + means[-1:])]
            cells.append(" to ".join(dict.fromkeys(ends)))
        rows.append((name, *cells))
    return markdown((corner, *across), rows)


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [" | ".join(cells) for cells in (head, ["---"] * len(head), *rows)]
    return [*(f"| {line} |" for line in lines), ""]


def changed(rate: Rate) -> str:
    return "no change" if not rate.effect else f"{rate.change} ({rate.effect:.3g})"


def size(rate: Rate) -> str:
    return f"{rate.n:,} / {rate.m:,}"


def reference(rate: Rate) -> str:
    return "reference of the same size" if rate.n == rate.m else f"{rate.n:,} reference rows"


def limit_of(rate: Rate) -> str:
    return "" if rate.limit is None else percent(rate.limit)


def percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share in (0, 1) or share >= 0.1 else f"{100 * share:.1f} %"


def decimal(value: float) -> str:
    return f"{value:.2f}"
