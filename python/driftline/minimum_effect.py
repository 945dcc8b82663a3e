"""One effect of one column, tested against its tolerances: the smallest step of a decision."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

from driftline.evidence import Evidence, Signal
from driftline.policy import Tolerance
from driftline.reasons import Finding
from driftline.report import ColumnReport

__all__ = ["ToleranceTest"]


@dataclass(slots=True)
class ToleranceTest:
    """One method or signal of one column, tested against its tolerances."""

    source: str
    column: ColumnReport
    evidence: Evidence | None  # None: a signal, looked up when it is needed
    value: float
    warn: float
    alert: float | None
    p_warn: float = 1.0
    p_alert: float = 1.0
    adjusted_warn: float = 1.0
    adjusted_alert: float = 1.0
    n_tests: int = 0

    @classmethod
    def of(
        cls, source: str, column: ColumnReport, evidence: Evidence | None, value: float, tolerance: Tolerance
    ) -> ToleranceTest:
        """The test of an effect; no effect at all is above no tolerance."""
        test = cls(source, column, evidence, value, *tolerance)
        if value:
            above = partial(column.signal_p_above, source) if evidence is None else evidence.p_above
            test.p_warn = above(test.warn)
            test.p_alert = 1.0 if test.alert is None else above(test.alert)
        return test

    @property
    def measured(self) -> Evidence | Signal:
        """Where value and p-values come from."""
        return self.column.signals[self.source] if self.evidence is None else self.evidence

    @property
    def size(self) -> float:
        """Effect in units of the alert tolerance."""
        limit = self.warn if self.alert is None else self.alert
        return self.value / limit if limit else math.inf if self.value else 0.0

    def finding(self, verdict: str, code: str, alpha: float, **more: Any) -> Finding:
        """What the test comes to, as a reason of the column's verdict."""
        limits = (self.warn,) if self.alert is None else (self.warn, self.alert)
        return Finding(verdict, code, "", self.source, self.measured, limits=limits, alpha=alpha, **more)
