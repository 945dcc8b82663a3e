"""What one method or one signal found between the two sides of a column, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["REPORT_LEVEL", "Evidence", "Signal"]

REPORT_LEVEL = 0.90


class _Measured:
    """What evidence and signals have in common; values are read from the core when asked for."""

    __slots__ = ("_core", "_details", "level")

    def __init__(self, core: Any, level: float = REPORT_LEVEL) -> None:
        self._core = core
        self._details: Mapping[str, Any] | None = None
        self.level = level

    @property
    def value(self) -> float | None:
        """The effect that tolerances speak of; ``None`` where it is undefined."""
        value: float | None = self._core.value
        return value

    @property
    def p_value(self) -> float | None:
        """Probability of at least this effect if nothing had changed; ``None`` where that is not known."""
        p_value: float | None = self._core.p_value
        return p_value

    @property
    def ci_low(self) -> float | None:
        """Lower end of the confidence interval at ``level``."""
        ends = self.interval(self.level)
        return None if ends is None else ends[0]

    @property
    def ci_high(self) -> float | None:
        """Upper end of the confidence interval at ``level``."""
        ends = self.interval(self.level)
        return None if ends is None else ends[1]

    @property
    def n_reference(self) -> int:
        """Reference rows that were used."""
        return int(self._core.n_reference)

    @property
    def n_current(self) -> int:
        """Current rows that were used."""
        return int(self._core.n_current)

    @property
    def details(self) -> Mapping[str, Any]:
        """What the value was computed from."""
        if self._details is None:
            self._details = MappingProxyType(self._core.details())
        return self._details

    def interval(self, level: float) -> tuple[float, float] | None:
        """Two-sided confidence interval; it holds what summarising can hide and what sampling can."""
        ends: tuple[float, float] | None = self._core.interval(level)
        return ends

    def p_above(self, tolerance: float) -> float:
        """p-value of "the true effect is at most ``tolerance``"; 1 where more cannot be claimed."""
        return float(self._core.p_above(tolerance))


class Evidence(_Measured):
    """One method's distance between the two sides of a column, and how sure it is.

    Between ``certified_low`` and ``certified_high`` lies the distance of the rows themselves; between ``ci_low`` and
    ``ci_high``, at ``level``, that of the populations they come from.

    Examples
    --------
    >>> import driftline as dl
    >>> psi = dl.compare({"x": [1, 2] * 100}, {"x": [1, 2] * 100})["x", "psi"]
    >>> psi.value, psi.certified_high
    (0.0, 0.0)
    """

    __slots__ = ()

    @property
    def method(self) -> str:
        """Name of the method."""
        return str(self._core.method)

    @property
    def reason(self) -> str:
        """Why the value is undefined; empty where it is not."""
        return str(self._core.reason)

    @property
    def law(self) -> str:
        """The sampling law behind intervals and p-values; ``"none"`` where there is none."""
        return str(self._core.law)

    @property
    def effective_rows(self) -> tuple[float, float]:
        """Independent rows of the reference and of the current data that the law reckons with: fewer with blocks."""
        weights = self._core.weights
        return self.n_reference * weights[0], self.n_current * weights[1]

    @property
    def coarse(self) -> bool:
        """Whether a cell that is not one value holds so much of the reference that "no change" cannot be claimed."""
        return bool(self._core.coarse)

    @property
    def certified_low(self) -> float | None:
        """The least that the distance of the rows can be."""
        bound: float | None = self._core.certified_low
        return bound

    @property
    def certified_high(self) -> float | None:
        """The most that the distance of the rows can be."""
        bound: float | None = self._core.certified_high
        return bound

    def p_below(self, tolerance: float) -> float:
        """p-value of "the true distance is at least ``tolerance``"; 1 where more cannot be claimed."""
        return float(self._core.p_below(tolerance))

    def rows_needed(self, tolerance: float, alpha: float) -> tuple[int | None, str]:
        """Fewest current rows that settle the tolerance if the shares stay, or ``None`` and the reason."""
        needed: tuple[int | None, str] = self._core.rows_needed(tolerance, alpha)
        return needed

    def to_dict(self, level: float = REPORT_LEVEL) -> dict[str, Any]:
        """Plain data, with the confidence interval at ``level``."""
        low, high = self.interval(level) or (None, None)
        return {
            "value": self.value,
            "certified_low": self.certified_low,
            "certified_high": self.certified_high,
            "ci_low": low,
            "ci_high": high,
            "level": level,
            "p_value": self.p_value,
            "n_reference": self.n_reference,
            "n_current": self.n_current,
            "effective_rows": list(self.effective_rows),
            "reason": self.reason,
            "law": self.law,
            "coarse": self.coarse,
            "details": dict(self.details),
        }

    def __repr__(self) -> str:
        return f"Evidence({self.method}: {self.value}, [{self.ci_low}, {self.ci_high}] at {self.level})"


class Signal(_Measured):
    """Something that happened to a column besides a change of its distribution, with the share on each side.

    Examples
    --------
    >>> import driftline as dl
    >>> nulls = dl.compare({"x": [1, 2, 3, 4] * 50}, {"x": [1, 2, 3, None] * 50}).columns["x"].signals["nulls"]
    >>> nulls.reference, nulls.current
    (0.0, 0.25)
    """

    __slots__ = ()

    @property
    def name(self) -> str:
        """Name of the signal."""
        return str(self._core.name)

    @property
    def reference(self) -> float | None:
        """Share or statistic of the reference."""
        share: float | None = self._core.reference
        return share

    @property
    def current(self) -> float | None:
        """Share or statistic of the current data."""
        share: float | None = self._core.current
        return share

    def to_dict(self, level: float = REPORT_LEVEL) -> dict[str, Any]:
        """Plain data, with the confidence interval at ``level``."""
        low, high = self.interval(level) or (None, None)
        return {
            "value": self.value,
            "reference": self.reference,
            "current": self.current,
            "ci_low": low,
            "ci_high": high,
            "level": level,
            "p_value": self.p_value,
            "n_reference": self.n_reference,
            "n_current": self.n_current,
            "details": dict(self.details),
        }

    def __repr__(self) -> str:
        return f"Signal({self.name}: {self.reference} → {self.current})"
