"""A decision at a glance, for a terminal or a log."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from driftline import formatting as fmt
from driftline.explain import clauses
from driftline.reasons import title
from driftline.render.overview import Groups, Side, describe_sides, group_columns, judged_by

if TYPE_CHECKING:
    from driftline.decision import Decision

__all__ = ["render_text"]

FALLBACK_WIDTH = 100
NARROWEST = 40
MOST_DETAILED = 30  # columns with lines of their own; the rest of a long list is counted
MOST_NAMED = 12
MOST_NOTES = 8
_COLORS = {"alert": "1;31", "warn": "1;33", "inconclusive": "35", "ok": "32", "skipped": "2", "note": "36"}


def render_text(decision: Decision, *, color: bool = False, width: int | None = None) -> str:
    """The verdict, the two sides, then the columns by severity; quiet and left-out ones share a line.

    Control characters in names and labels are shown escaped, so nothing in the data can reach the terminal.

    Examples
    --------
    >>> import driftline as dl
    >>> print(render_text(dl.check({"age": [31, 42, 27] * 100}, {"age": [31, 42, 27] * 100}), width=80))
    OK  none of 1 judged column drifted
    reference  300 rows
    current    300 rows
    <BLANKLINE>
    ok quiet (1)  age: PSI 0
    """
    available = width or shutil.get_terminal_size((FALLBACK_WIDTH, 24)).columns
    layout = _Layout(decision, max(NARROWEST, available), color=color)
    return "\n".join(line.rstrip() for line in layout.lines())


class _Layout:
    """Lays a decision out: verdict, name and text in three columns."""

    def __init__(self, decision: Decision, width: int, *, color: bool) -> None:
        self._decision = decision
        self._groups: Groups = group_columns(decision)
        self._width = width
        self._color = color
        detailed = self._detailed()
        verdicts = [decision.columns[name].verdict for name in detailed] + ["ok"] * bool(self._groups.quiet)
        self._verdict_width = max(map(len, verdicts), default=0) + 1
        names = [fmt.display_width(fmt.name(name)) for name in detailed] + [len("quiet (9)")]
        self._name_width = min(max(names), max(12, width // 3))
        self._indent = self._verdict_width + self._name_width + 2

    def lines(self) -> Iterator[str]:
        """The whole text, line by line."""
        yield from self._header()
        notes = self._decision.report.notes
        for note in notes[:MOST_NOTES]:
            yield from self._tagged("note", "note  ", fmt.printable(note))
        if len(notes) > MOST_NOTES:
            yield f"note  {len(notes) - MOST_NOTES:,} more notes are in the JSON and HTML reports"
        yield ""
        for name in self._detailed():
            yield from self._column(name)
        yield from self._rest()

    def _detailed(self) -> list[str]:
        return self._groups.drifted()[:MOST_DETAILED]

    def _header(self) -> Iterator[str]:
        verdict = self._decision.verdict
        yield f"{self._paint(verdict, verdict.upper())}  {self._decision.headline}"
        sides = describe_sides(self._decision.report)
        names = [fmt.shorten(fmt.printable(side.name), self._width // 2) for side in sides]
        rows = [f"{fmt.count(side.n_rows)} rows" for side in sides]
        for side, name, n_rows in zip(sides, names, rows, strict=True):
            yield "  ".join(filter(None, self._side(side, name, n_rows, names, rows)))

    @staticmethod
    def _side(side: Side, name: str, n_rows: str, names: Sequence[str], rows: Sequence[str]) -> list[str]:
        return [
            f"{side.role:<9}",
            fmt.pad(name, max(map(fmt.display_width, names))),
            n_rows.rjust(max(map(len, rows))),
            fmt.printable(side.time_range),
        ]

    def _column(self, name: str) -> Iterator[str]:
        verdict = self._decision.columns[name].verdict
        shown = verdict.upper() if verdict in ("alert", "warn") else verdict
        label = self._paint(verdict, fmt.pad(shown, self._verdict_width))
        head = label + fmt.pad(fmt.shorten(fmt.name(name), self._name_width), self._name_width) + "  "
        for index, line in enumerate(self._told(name)):
            yield (head if index == 0 else " " * self._indent) + line

    def _told(self, name: str) -> list[str]:
        """Why the verdict, then what moved: on one line if there is room."""
        column = self._decision.columns[name]
        reasons = [reason for reason in column.reasons if reason.code != "small_but_certain"]
        why = "; ".join(reason.text for reason in reasons)
        told = tuple(f"{title(reason.source)} " for reason in reasons if reason.source)
        what = "; ".join(text for text in clauses(self._decision.report.columns[name]) if not text.startswith(told))
        if column.changed and column.verdict == "ok":
            what = f"small but certain{': ' * bool(what)}{what}"
        room = self._width - self._indent
        together = "; ".join(filter(None, (why, what)))
        if fmt.display_width(together) <= room:
            return [together]
        return [*_wrap(why, room), *_wrap(what, room)]

    def _rest(self) -> Iterator[str]:
        groups = self._groups
        hidden = groups.drifted()[MOST_DETAILED:]
        for verdict in ("alert", "warn", "inconclusive", "ok"):
            names = [name for name in hidden if self._decision.columns[name].verdict == verdict]
            if names:
                yield from self._tagged(verdict, self._heading(verdict, f"more ({len(names):,})"), _listed(names))
        if groups.quiet:
            heading = self._heading("ok", f"quiet ({len(groups.quiet):,})")
            yield from self._tagged("ok", heading, f"{_listed(groups.quiet)}{self._at_most(groups.quiet)}")
        for title_, names in (("skipped", groups.skipped), ("left out", groups.left_out)):
            if names:
                heading = fmt.pad(f"{title_} ({len(names):,})", self._indent - 2) + "  "
                yield from self._tagged("skipped", heading, self._reasons(names))

    def _heading(self, verdict: str, text: str) -> str:
        return fmt.pad(verdict, self._verdict_width) + fmt.pad(text, self._name_width) + "  "

    def _at_most(self, names: Sequence[str]) -> str:
        """The largest value among quiet columns, for each method that decides about some."""
        largest: dict[str, tuple[float, float]] = {}
        for name in names:
            judged = judged_by(self._decision, name)
            if judged is not None:
                known = largest.get(judged.evidence.method, (0.0, judged.warn))
                largest[judged.evidence.method] = max(known[0], judged.value), min(known[1], judged.warn)
        bounds = [f"{title(method)} {fmt.at_most(*bound)}" for method, bound in largest.items()]
        return f": {', '.join(bounds)}" if bounds else ""

    def _reasons(self, names: Sequence[str]) -> str:
        """Names with the reason; columns that were skipped for the same one are listed before it."""
        alike: dict[str, list[str]] = {}
        for name in names:
            reason = self._decision.columns[name].reasons[0]
            is_of_one = reason.code.startswith("left_out")  # "is a date"
            key = f"{name} {reason.text}" if is_of_one else reason.text
            alike.setdefault(key, []).append(name)
        told = [self._reason(group) for group in list(alike.values())[:MOST_NAMED]]
        n_more = sum(map(len, list(alike.values())[MOST_NAMED:]))
        return "; ".join(told + [f"{n_more:,} more"] * (n_more > 0))

    def _reason(self, names: Sequence[str]) -> str:
        reason = self._decision.columns[names[0]].reasons[0]
        colon = "" if reason.code.startswith("left_out") else ":"
        return f"{_listed(names)}{colon} {fmt.printable(reason.text)}"

    def _tagged(self, color: str, heading: str, text: str) -> Iterator[str]:
        """A painted heading, and the text beside it, wrapped."""
        indent = fmt.display_width(heading)
        for index, line in enumerate(_wrap(text, self._width - indent)):
            yield (self._paint(color, heading) if index == 0 else " " * indent) + line

    def _paint(self, color: str, text: str) -> str:
        return f"\x1b[{_COLORS[color]}m{text}\x1b[0m" if self._color else text


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(fmt.shorten(fmt.name(name), NARROWEST) for name in names[:MOST_NAMED])
    return shown + (f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else "")


def _wrap(text: str, width: int) -> list[str]:
    """Break at blanks into lines of at most ``width`` terminal cells; a longer word is broken inside.

    The two sides of an arrow, an interval, and a number and its percent sign stay together.
    """
    lines: list[str] = []
    line = ""
    for word in re.split(r"(?<!→) (?![→%])(?![^\[\]]*\])", text):
        candidate = f"{line} {word}" if line else word
        if fmt.display_width(candidate) <= width:
            line = candidate
            continue
        lines += [line] * bool(line)
        *full, line = _pieces(word, width)
        lines += full
    return [*lines, line] if line else lines


def _pieces(word: str, width: int) -> list[str]:
    pieces = [""]
    for char in word:
        if fmt.display_width(pieces[-1] + char) > width:
            pieces.append("")
        pieces[-1] += char
    return pieces
