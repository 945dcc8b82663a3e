"""Labels that came or went only because they are written in another way: case, blanks, Unicode form, null, number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from driftline import formatting as fmt

if TYPE_CHECKING:
    from driftline import _core

__all__ = ["EncodingChange", "find_encoding_change"]

_MOST_LABELS = 1000  # of each side, most rows first
_LONGEST = 1000  # characters; no category is longer, and a hostile label must not cost time
_MOST_EXAMPLES = 5
_WORTH_SAYING = 0.1  # of the rows in question: the odd pair of names is alike by accident
_MISSING = frozenset({"", "nan", "none", "null", "n/a", "na", "<na>", "nat"})
_INVISIBLE = dict.fromkeys((0x200B, 0xFEFF))  # zero-width space, byte order mark
_DECIMAL = re.compile(r"\s*([+-]?)0*(\d{0,30}?)(?:\.(\d{1,30}?)0*)?\s*", re.ASCII)

Label = Any  # str, bytes, int, float or bool; None stands for null


@dataclass(frozen=True, slots=True)
class EncodingChange:
    """How many labels are the same but for the way they are written, and the rows that this explains.

    ``differs_in`` holds some of ``"case"``, ``"spaces"``, ``"Unicode form"``, ``"missing values"``,
    ``"number format"`` and ``"type"``. ``examples`` are pairs of a reference label and a current one, ``None`` for
    null; at most 5, those with the most rows first. ``reference_rows`` are rows of labels that vanished,
    ``current_rows`` of new ones.

    Examples
    --------
    >>> import driftline as dl
    >>> report = dl.compare({"country": ["US", "DE"] * 100}, {"country": ["us", "de"] * 100})
    >>> change = report.columns["country"].encoding_change
    >>> change.n_labels, change.differs_in, change.examples[1]
    (2, ('case',), ('US', 'us'))
    """

    n_labels: int
    reference_rows: int
    current_rows: int
    differs_in: tuple[str, ...]
    examples: tuple[tuple[Label, Label], ...]

    @property
    def text(self) -> str:
        """What was found, ready to be shown."""
        shown = ", ".join(_shown(*pair) for pair in self.examples)
        more = ", …" * (self.n_labels > len(self.examples))
        labels = f"{self.n_labels:,} label{'' if self.n_labels == 1 else 's'}"
        rows = f"{fmt.count(self.reference_rows)} rows before, {fmt.count(self.current_rows)} now"
        return f"likely encoding change in {' and '.join(self.differs_in)}: {shown}{more} ({labels}; {rows})"

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "n_labels": self.n_labels,
            "reference_rows": self.reference_rows,
            "current_rows": self.current_rows,
            "differs_in": list(self.differs_in),
            "examples": [list(pair) for pair in self.examples],
        }


def find_encoding_change(reference: _core.ColumnProfile, current: _core.ColumnProfile) -> EncodingChange | None:
    """Pair labels that are on one side only with labels, or nulls, of the other side.

    Two labels belong together when they are the same after Unicode normalisation (NFKC), case folding and collapsing
    of blanks, when both say "missing", or when both write the same decimal number. A word for "missing" belongs to
    null when nulls went the other way by at least half of its share. The 1,000 labels with the most rows of each side
    are looked at, those above 1,000 characters are not. Pairs that explain less than a tenth of the rows on labels
    that came or went are accidents and not reported. O(labels).
    """
    before, after = _Side(reference), _Side(current)
    gone = before.missing_from(after)
    new = after.missing_from(before)
    pairs = dict(_partners(new, after, gone, before))
    back = dict(_partners(gone, before, new, after))
    came, went = sum(new[label] for label in pairs), sum(gone[label] for label in back)
    if not any(part > 0 and part >= _WORTH_SAYING * sum(all_.values()) for part, all_ in ((came, new), (went, gone))):
        return None
    rows: dict[tuple[_Key, _Key], int] = {}
    for label, partner in pairs.items():
        rows[partner, label] = new[label]
    for label, partner in back.items():
        rows[label, partner] = rows.get((label, partner), 0) + gone[label]
    ranked = sorted(rows, key=lambda pair: (-rows[pair], repr(pair)))
    found = [(first[1], second[1]) for first, second in ranked]
    ways = {way for pair in found for way in _differences(*pair)}
    return EncodingChange(
        n_labels=len(found),
        reference_rows=went,
        current_rows=came,
        differs_in=tuple(way for way in _WAYS if way in ways),
        examples=tuple(found[:_MOST_EXAMPLES]),
    )


_Key = tuple[type, Label]  # 1, 1.0 and True are three labels
_NULL: _Key = (type(None), None)
_Form = tuple[str, str]  # how labels are alike, and what they have in common
_MISSING_FORM: _Form = ("missing", "")


class _Side:
    """One side's labels with their rows."""

    def __init__(self, column: _core.ColumnProfile) -> None:
        self.rows: dict[_Key, int] = {(type(label), label): count for label, count in column.counts()}
        self.n_rows = column.n_rows
        self.null_share = (column.n_null + column.n_nan) / max(1, column.n_rows)

    def missing_from(self, other: _Side) -> dict[_Key, int]:
        """The largest labels that the other side does not hold."""
        found = (key for key in self.rows if key not in other.rows)
        return {key: self.rows[key] for key, _ in zip(found, range(_MOST_LABELS), strict=False)}


def _partners(lone: dict[_Key, int], side: _Side, others: dict[_Key, int], other: _Side) -> Iterator[tuple[_Key, _Key]]:
    """Labels of a side that the other does not hold, each with what is the same over there."""
    if not lone:
        return
    known = _by_form([*others, *list(other.rows)[:_MOST_LABELS]])
    nulls_moved = (other.null_share - side.null_share) * side.n_rows
    for key, rows in lone.items():
        for form in _forms(key[1]):
            partner = _NULL if form == _MISSING_FORM and nulls_moved >= 0.5 * rows else known.get(form)
            if partner is not None:
                yield key, partner
                break


def _by_form(keys: list[_Key]) -> dict[_Form, _Key]:
    """The first label of each form, labels that are on one side only before those that both hold."""
    forms: dict[_Form, _Key] = {}
    for key in keys:
        for form in _forms(key[1]):
            forms.setdefault(form, key)
    return forms


def _forms(label: Label) -> Iterator[_Form]:
    """What labels that belong together have in common, the closest likeness first."""
    text = _text(label)
    if text is None:
        return
    composed = _composed(text)
    yield "composed", composed
    yield "collapsed", _collapsed(composed)
    folded = _collapsed(_folded(composed))
    if folded in _MISSING:
        yield _MISSING_FORM
        return
    yield "folded", folded
    number = _decimal(folded)
    if number:
        yield "number", number


def _text(label: Label) -> str | None:
    if isinstance(label, bytes):
        try:
            label = label[: _LONGEST + 1].decode()
        except UnicodeDecodeError:
            return None
    text = label if isinstance(label, str) else str(label)
    return text if len(text) <= _LONGEST else None


def _composed(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _folded(text: str) -> str:
    # Folding can take apart what normalising put together, and the other way round (Unicode 3.13, D146).
    return _composed(_composed(unicodedata.normalize("NFD", text).casefold()).casefold())


def _collapsed(text: str) -> str:
    """Without blanks at the ends, the invisible ones included, and with one blank between words."""
    return " ".join(text.translate(_INVISIBLE).split())


def _decimal(text: str) -> str:
    """A decimal number without zeros that say nothing; "" for other texts."""
    match = _DECIMAL.fullmatch(text)
    if match is None or not any(char.isdigit() for char in text):
        return ""
    sign, whole, fraction = match.groups()
    digits = f"{whole or '0'}.{fraction}" if (fraction or "").strip("0") else whole or "0"
    return f"-{digits}" if sign == "-" and digits != "0" else digits


_STEPS: dict[str, Callable[[str], str]] = {"Unicode form": _composed, "spaces": _collapsed, "case": _folded}
_WAYS = ("case", "spaces", "Unicode form", "missing values", "number format", "type")


def _differences(first: Label, second: Label) -> tuple[str, ...]:
    """In what two labels that belong together differ."""
    texts = [None if label is None else _text(label) for label in (first, second)]
    if texts[0] is None or texts[1] is None:
        return ("missing values",)
    if texts[0] == texts[1]:
        return ("type",)
    if not _same(texts[0], texts[1], tuple(_STEPS)):
        is_missing = _collapsed(_folded(_composed(texts[0]))) in _MISSING
        return ("missing values",) if is_missing else ("number format",)
    for step in ("spaces", "Unicode form", "case"):
        if _same(texts[0], texts[1], (step,)):
            return (step,)
    needed = [step for step in _STEPS if not _same(texts[0], texts[1], tuple(each for each in _STEPS if each != step))]
    return tuple(needed) or ("Unicode form",)


def _same(first: str, second: str, steps: tuple[str, ...]) -> bool:
    for step in steps:
        first, second = _STEPS[step](first), _STEPS[step](second)
    return first == second


def _shown(first: Label, second: Label) -> str:
    """A pair as text; letters that look the same on both sides are written as escapes."""
    texts = [_written(label) for label in (first, second)]
    if _composed(texts[0]) == _composed(texts[1]):
        texts = [text.encode("ascii", "backslashreplace").decode() for text in texts]
    return " → ".join(texts)


def _written(label: Label) -> str:
    if label is None:
        return "null"
    text = fmt.shorten(fmt.label(label), 40)
    return f'"{text}"' if isinstance(label, (str, bytes)) and label else text
