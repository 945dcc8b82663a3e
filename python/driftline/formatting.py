"""Numbers and foreign text as people read them: short, honest and harmless on a terminal."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from decimal import ROUND_CEILING, Decimal

__all__ = [
    "at_most",
    "count",
    "display_width",
    "interval",
    "label",
    "name",
    "number",
    "p_value",
    "pad",
    "printable",
    "share",
    "shorten",
]

MISSING = "–"
LABEL_WIDTH = 60
_JOINERS = {"\u200c", "\u200d"}  # needed by scripts and emoji, and invisible only where they do something
_PLAIN = frozenset("_-./")


def number(value: float | None, *, digits: int = 2, apart_from: Iterable[float] = (), trim: bool = True) -> str:
    """Write ``value`` with ``digits`` significant digits, more where rounding would cross or touch a threshold.

    Zeros at the end of a fraction are left off, unless ``trim`` is false.

    Examples
    --------
    >>> number(0.00968)
    '0.0097'
    >>> number(0.2497, apart_from=(0.1, 0.25))
    '0.2497'
    >>> number(50008)
    '50,008'
    """
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return _shown(_exact(value), digits, [_exact(limit) for limit in apart_from], trim=trim)


def _exact(value: float) -> Decimal:
    """The number that ``value`` is written as: thresholds are what people read, 0.07 is not its nearest double."""
    return Decimal(repr(float(value)))


def _shown(value: Decimal, digits: int, limits: list[Decimal], *, trim: bool = True) -> str:
    text = ""
    for precision in range(digits, 18):
        text = _round(value, precision, trim=trim)
        shown = Decimal(text.replace(",", ""))
        if all((shown > limit) == (value > limit) and (shown < limit) == (value < limit) for limit in limits):
            break
    return text.replace("-", "−")


def _round(value: Decimal, digits: int, *, trim: bool) -> str:
    if value == 0:
        return "0"
    rounded = f"{value:.{digits - 1}e}"
    power = Decimal(rounded).adjusted()
    if power >= 15 or power < -4:
        mantissa, exponent = rounded.split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}e{int(exponent)}"
    text = f"{value:,.{max(0, digits - 1 - power)}f}"
    return text.rstrip("0").rstrip(".") if trim and "." in text else text


def interval(low: float | None, high: float | None, *, apart_from: Iterable[float] = ()) -> str:
    """Write an interval, or nothing when there is none.

    Examples
    --------
    >>> interval(0.0271, 0.0352), interval(0.503, 0.529)
    ('[0.027, 0.035]', '[0.50, 0.53]')
    """
    if low is None or high is None:
        return ""
    limits = tuple(apart_from)
    return f"[{', '.join(number(end, apart_from=limits, trim=False) for end in (low, high))}]"


def share(value: float | None, *, apart_from: Iterable[float] = ()) -> str:
    """Write a share of rows in percent, without the sign.

    Examples
    --------
    >>> share(0.0684), share(0.92), share(0.0), share(0.00002)
    ('6.84', '92', '0', '0.002')
    """
    if value is None or math.isnan(value):
        return MISSING
    percent = 100 * _exact(value)
    digits = 3 if abs(percent) >= 1 or percent == 0 else 2 if 10 * abs(percent) >= 1 else 1
    limits = [100 * _exact(limit) for limit in apart_from]
    if 0 < value < 1:  # "0 %" and "100 %" are said of none and all only
        limits += [Decimal(0), Decimal(100)]
    return _shown(percent, digits, limits)


def at_most(value: float, limit: float = math.inf) -> str:
    """Write a bound that no smaller value exceeds: rounded up, to one digit unless that would reach ``limit``.

    Examples
    --------
    >>> at_most(0.00151), at_most(0.096, 0.1), at_most(0.0)
    ('0.002 or less', '0.096 or less', '0')
    """
    if value == 0:
        return "0"
    exact = _exact(value)
    for digits in range(1, 18):
        bound = exact.quantize(Decimal((0, (1,), exact.adjusted() + 1 - digits)), rounding=ROUND_CEILING)
        if bound < _exact(limit) or value >= limit:
            break
    return f"{_shown(bound, digits, [])} or less"


def p_value(value: float | None) -> str:
    """Write a p-value; tiny ones as a bound, since their digits mean nothing.

    Examples
    --------
    >>> p_value(0.0312), p_value(1e-40)
    ('0.031', '< 1e−15')
    """
    if value is None:
        return MISSING
    return "< 1e−15" if value < 1e-15 else number(value, apart_from=(0.05,))


def count(value: float) -> str:
    """Write a number of rows.

    Examples
    --------
    >>> count(49992)
    '49,992'
    """
    return f"{value:,.0f}"


def printable(text: object, *, most: int = 2000) -> str:
    r"""Escape whatever could move the cursor, change colours, reorder or hide text; cut after ``most`` characters.

    Examples
    --------
    >>> printable("a\x1b[31mb\nc")
    'a\\x1b[31mb\\nc'
    """
    raw = text if isinstance(text, str) else str(text)
    if len(raw) > most:
        raw = raw[: most - 1] + "…"
    if raw.isascii() and raw.isprintable():
        return raw
    return "".join(_escape(char) if _hides(char) else char for char in raw)


def _hides(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"} and char not in _JOINERS


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def label(value: object) -> str:
    r"""Write a category as text: cut, bytes by their text where they have one, the empty string as quotes.

    Examples
    --------
    >>> label(""), label(b"caf\xc3\xa9"), label(7)
    ('""', 'café', '7')
    """
    if isinstance(value, (bytes, bytearray)):
        value = bytes(value[:LABEL_WIDTH]).decode("utf-8", errors="backslashreplace")
    return printable(value, most=LABEL_WIDTH) if value != "" else '""'


def name(value: str) -> str:
    """Write a column's name, in quotes where its end would not be plain to see.

    Examples
    --------
    >>> name("age"), name("Unnamed: 0")
    ('age', '"Unnamed: 0"')
    """
    text = printable(value)
    return text if text and all(char.isalnum() or char in _PLAIN for char in text) else f'"{text}"'


def display_width(text: str) -> int:
    """Terminal cells that ``text`` takes: two for East Asian wide characters, none for combining ones.

    Examples
    --------
    >>> display_width("data"), display_width("数据")
    (4, 4)
    """
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def _cells(char: str) -> int:
    if unicodedata.combining(char) or char in _JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def pad(text: str, width: int) -> str:
    """Fill ``text`` with blanks to ``width`` terminal cells.

    Examples
    --------
    >>> pad("ok", 5)
    'ok   '
    """
    return text + " " * (width - display_width(text))


def shorten(text: str, width: int) -> str:
    """Cut ``text`` in its middle to ``width`` terminal cells: both ends tell columns apart.

    Examples
    --------
    >>> shorten("customer_address_zip_code", 12)
    'custome…code'
    """
    if display_width(text) <= width:
        return text
    tail = max(0, (width - 1) // 3 + (width > 2))
    head = width - 1 - tail
    return f"{_take(text, head)}…{_take(text[::-1], tail)[::-1]}"


def _take(text: str, width: int) -> str:
    taken, used = "", 0
    for char in text:
        used += _cells(char)
        if used > width:
            break
        taken += char
    return taken
