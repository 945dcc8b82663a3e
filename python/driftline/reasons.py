"""Why a column has its verdict: one finding per method, signal or status, told when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from driftline import methods
from driftline.evidence import Evidence, Signal
from driftline.formatting import count, interval, number, p_value, share

__all__ = ["Finding", "Reason", "title"]

_SIGNAL_TITLES = {
    "nulls": "nulls",
    "non_finite": "infinite values",
    "far_out": "values far outside",
    "out_of_range": "values out of range",
    "unseen": "unseen values",
    "vanished": "vanished values",
    "constant": "other values beside a constant",
    "mean_shift": "mean shift",
    "spread_change": "spread change",
    "distinct_ratio": "distinct values per row",
}
_SHARES = frozenset({"nulls", "non_finite", "far_out", "out_of_range", "unseen", "vanished", "constant"})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a column has its verdict. ``text`` is ready to be shown; ``source`` is the method or signal it speaks of.

    Examples
    --------
    >>> Reason("absent_in_current", "absent from the current data").source
    ''
    """

    code: str
    text: str
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    tolerance: float | None = None
    p_adjusted: float | None = None
    rows_needed: int | None = None
    source: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {name: getattr(self, name) for name in _REASON_FIELDS}


_REASON_FIELDS = tuple(each.name for each in fields(Reason))


@dataclass(frozen=True, slots=True)
class Finding:
    """What one method, signal or status says about a column, and how the reason for it is told.

    ``measured`` is ``None`` for a status, whose ``text`` is the whole reason. ``tolerance`` is the one that matters.
    """

    verdict: str
    code: str
    text: str = ""
    source: str = ""
    measured: Evidence | Signal | None = None
    tolerance: float | None = None
    limits: tuple[float, ...] = ()
    alpha: float = 0.05
    p_adjusted: float | None = None
    n_tests: int = 0

    def reason(self) -> Reason:
        """The reason with its numbers and its text."""
        if self.measured is None:
            return Reason(self.code, self.text)
        low, high = self.measured.interval(1 - 2 * self.alpha) or (None, None)
        code, rows = self._settlement()
        return Reason(
            code=code,
            text=self._text(code, rows),
            value=self.measured.value,
            ci_low=low,
            ci_high=high,
            tolerance=self.tolerance,
            p_adjusted=self.p_adjusted,
            rows_needed=rows,
            source=self.source,
        )

    def _settlement(self) -> tuple[str, int | None]:
        """What ``not_settled`` comes to: the rows that would settle it, or why none would."""
        if self.code != "not_settled" or not isinstance(self.measured, Evidence) or self.tolerance is None:
            return self.code, None
        if self.measured.coarse and (self.measured.value or 0.0) <= self.tolerance:
            return "coarse_bins", None
        rows, obstacle = self.measured.rows_needed(self.tolerance, self.alpha)
        return ("sparse_bins" if obstacle == "no_law" else obstacle) if rows is None else self.code, rows

    def _text(self, code: str, rows: int | None) -> str:
        measured, limit = self._measured_text(), self._amount(self.tolerance)
        if code.endswith("_above_alert"):
            return f"{measured}, alert above {limit}"
        if code.endswith("_above_warn") or code == "within_tolerance":
            return f"{measured}, warn above {limit}"
        if code == "small_but_certain":
            return f"small but certain: {self._certain_text()}, tolerance {limit}"
        if code == "held_back_by_correction":
            adjusted = number(self.p_adjusted, apart_from=(self.alpha,))
            return (
                f"{measured}, above {limit} but not after correction for {self.n_tests} tests (adjusted p {adjusted})"
            )
        return f"{measured}, {_UNSETTLED[code].format(limit=limit, rows=_rows(rows))}"

    def _measured_text(self) -> str:
        assert self.measured is not None
        value, ends = self.measured.value, self.measured.interval(1 - 2 * self.alpha)
        if self.source not in _SHARES:
            shown = number(value, apart_from=self.limits)
            between = interval(*(ends or (None, None)), apart_from=self.limits)
            return " ".join(filter(None, (title(self.source), shown, between)))
        shown = share(value, apart_from=self.limits)
        between = "" if ends is None else f" [{', '.join(share(end, apart_from=self.limits) for end in ends)}]"
        if self.source == "nulls" and isinstance(self.measured, Signal):
            sides = f"{share(self.measured.reference)} → {share(self.measured.current)} %"
            return f"nulls {sides}, a change of {shown}{between} %"
        return f"{title(self.source)} {shown}{between} %"

    def _certain_text(self) -> str:
        """The test of no change is sharper than an interval that reaches 0: there its p-value tells."""
        assert self.measured is not None
        ends = self.measured.interval(1 - 2 * self.alpha)
        if ends is not None and ends[0] > 0:
            return self._measured_text()
        value = number(self.measured.value, apart_from=self.limits)
        return f"{title(self.source)} {value} (p {p_value(self.p_adjusted)})"

    def _amount(self, value: float | None) -> str:
        """A tolerance as it is, not rounded."""
        if value is None:
            return ""
        if self.source in _SHARES:
            return f"{(Decimal(repr(value)) * 100).normalize():f} %"
        return repr(value).removesuffix(".0")


_UNSETTLED = {
    "not_settled": "not settled against {limit}{rows}",
    "at_tolerance": "too close to the tolerance {limit} to be settled",
    "reference_too_small": "not settled against {limit}: the reference has too few rows",
    "sparse_bins": "not settled against {limit}: some bins hold too few rows",
    "coarse_bins": "not settled against {limit}: the bins of this column are too coarse",
}


def _rows(rows: int | None) -> str:
    return "" if rows is None else f": {count(rows)} current rows would settle it"


def title(source: str) -> str:
    """How a method or signal is called in a text.

    Examples
    --------
    >>> title("psi"), title("far_out")
    ('PSI', 'values far outside')
    """
    return _SIGNAL_TITLES.get(source) or methods.title(source)
