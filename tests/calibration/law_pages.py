"""Scores of laws as Markdown tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from tests.calibration import tables
from tests.calibration.bin_tables import NO_CHANGE
from tests.calibration.columns import ALERT, WARN
from tests.calibration.rates import CHANCE, Rate

if TYPE_CHECKING:
    from tests.calibration.score_laws import Scores

Chosen = Callable[[Rate], bool]

PROMISES: tuple[tuple[str, Chosen], ...] = (
    ("No change, claimed to be above 0.1", lambda rate: rate.claim == "warns"),
    ("No change, claimed to be above 0.25", lambda rate: rate.claim == "alerts"),
    ("PSI is 0.1 and claimed to be above it", lambda rate: rate.claim == "above" and rate.effect == WARN),
    ("PSI is 0.25 and claimed to be above it", lambda rate: rate.claim == "above" and rate.effect == ALERT),
    ("PSI is 0.1 and claimed to be below it: a wrong `ok`", lambda rate: rate.claim == "below" and rate.effect == WARN),
    ("PSI is 0.25 and claimed to be below it", lambda rate: rate.claim == "below" and rate.effect == ALERT),
    ("The 90 % interval misses the true PSI", lambda rate: rate.claim == "interval misses"),
)
LINES = (
    ("10 even bins", "diffuse", 500, 500),
    ("10 even bins", "one decile", 200, 200),
    ("10 even bins", "diffuse", 100_000, 100),
    ("ties", "diffuse", 200, 200),
    ("zero-inflated", "diffuse", 500, 500),
    ("saturated scores", "one decile", 500, 500),
    ("10 even", "diffuse", 500, 500),
    ("10 even", "a new cell", 500, 500),
    ("10 even", "a new cell", 100_000, 1_000),
    ("22 Zipf", "diffuse", 200, 200),
    ("22 Zipf", "swap", 500, 500),
    ("22 Zipf", "a cell vanishes", 100_000, 5_000),
    ("22 Zipf", "diffuse", 100_000, 200),
    ("skewed", "one cell", 500, 500),
    ("skewed", "one cell", 100_000, 1_000),
    ("1,000 even", "diffuse", 500, 500),
    ("10,000 Zipf", "diffuse", 500, 500),
)
"""Shape, change and sizes of the selection."""


def page(scores: Scores, heading: str, sizes: Sequence[tuple[int, int]]) -> str:
    """All tables; `sizes` are those that every law was measured at."""
    everywhere = {law: [rate for rate in rates if (rate.n, rate.m) in sizes] for law, rates in scores.rates.items()}
    lines = [heading, "", *promises(scores), *gains(scores, everywhere), *selection(everywhere)]
    lines += [*broken(scores), *closer(scores)]
    return "\n".join(lines).rstrip() + "\n"


def promises(scores: Scores) -> list[str]:
    lines = ["### Do the claims hold?", ""]
    for title, chosen in PROMISES:
        rows = []
        for law, rates in scores.rates.items():
            group = [rate for rate in rates if chosen(rate)]
            count, *worst, limit = tables.worst(group)
            beyond = sum(rate.chance() < CHANCE for rate in group)
            again = sum(map(chosen, scores.broken[law]))
            rows.append((law, count, *worst, f"{beyond:,}", f"{again:,}"))
        head = ("law", *tables.WORST[:-1], "settings beyond chance", "again with another seed")
        lines += [f"**{title}**: promised in at most {limit}", "", *tables.markdown(head, rows)]
    return lines


def gains(scores: Scores, everywhere: dict[str, list[Rate]]) -> list[str]:
    rows = []
    for law, rates in everywhere.items():
        means = [mean(rate for rate in rates if rate.claim == claim) for claim in CLAIMS]
        costs = [scores.seconds[law, what] / scores.columns[law, what] for what in ("claims", "interval")]
        shares = [tables.percent(share or 0.0) for share in means[:-1]]
        rows.append((law, *shares, f"{means[-1] or 0.0:.2f}", *(f"{1e6 * seconds:,.0f} µs" for seconds in costs)))
    head = (
        "law",
        "PSI is 0.2: above 0.1",
        "PSI is 0.5: above 0.25",
        "no change: `ok`",
        "no change: width of the interval",
        "both claims of a column",
        "its interval",
    )
    lines = "Means over the shapes, changes and sizes that all laws were measured at; time per column in NumPy."
    return ["### What do they find, and what do they cost?", "", lines, "", *tables.markdown(head, rows)]


CLAIMS = (f"finds {WARN}", f"finds {ALERT}", "ok", "width")


def selection(everywhere: dict[str, list[Rate]]) -> list[str]:
    rows = []
    for shape, change, n, m in LINES:

        def told(claim: str, effect: float, change: str = change, at: tuple[str, int, int] = (shape, n, m)) -> str:
            wanted = (claim, at[0], change, effect, *at[1:])
            found = (mean(rate for rate in rates if rate.key == wanted) for rates in everywhere.values())
            return ", ".join("–" if share is None else f"{100 * share:.0f}" for share in found)

        claims = (told("above", WARN), told("below", WARN), told("ok", 0.0, NO_CHANGE), told(f"finds {WARN}", 2 * WARN))
        rows.append((f"{shape}, {change}, {n:,} / {m:,}", *claims))
    head = ("shape, change, n / m", "PSI 0.1: above", "PSI 0.1: below", "no change: `ok`", "PSI 0.2: above 0.1")
    names = ", ".join(everywhere)
    lines = f"Per cent of the columns, in this order: {names}. The first two should be at most 5. A dash: not reached."
    return ["### A selection", "", lines, "", *tables.markdown(head, rows)]


def broken(scores: Scores) -> list[str]:
    """Where the shipped law breaks a promise, in both runs."""
    rates = scores.broken["shipped"]
    if not rates:
        return ["The shipped law breaks no promise beyond chance.", ""]
    rows = [
        (rate.claim, rate.shape, tables.changed(rate), tables.size(rate), tables.percent(rate.mean)) for rate in rates
    ]
    lines = ["### Where the shipped law breaks a promise", ""]
    return [*lines, *tables.markdown(("what", "shape", "change", "n / m", "found"), rows)]


def closer(scores: Scores) -> list[str]:
    rows = [
        (
            rate.claim,
            rate.shape,
            tables.changed(rate),
            tables.size(rate),
            f"{100 * rate.mean:.2f} %",
            f"{rate.trials:,}",
        )
        for rate in scores.closer
    ]
    lines = "The shipped law's most frequent wrong claims of each kind, where it came nearest to 5 % and further out."
    head = ("claim about the truth", "shape", "change", "n / m", "found", "columns")
    return ["### A closer look", "", lines, "", *tables.markdown(head, rows)]


def mean(rates: Iterable[Rate]) -> float | None:
    """Over settings, each with the same weight."""
    means = [rate.mean for rate in rates]
    return sum(means) / len(means) if means else None
