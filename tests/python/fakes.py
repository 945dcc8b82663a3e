"""Stand-ins for what the core measures, with laws so simple that a verdict can be worked out by hand.

An effect is normal around ``value`` with standard error ``error``; ``error=0`` is certainty.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

from driftline.report import ColumnReport, DriftReport

_NORMAL = NormalDist()


@dataclass
class FakeEffect:
    value: float | None
    error: float = 0.01
    n_reference: int = 1000
    n_current: int = 1000
    p_value: float | None = 0.5
    more: dict[str, Any] = field(default_factory=dict)

    def interval(self, level: float) -> tuple[float, float] | None:
        if self.value is None:
            return None
        half = _NORMAL.inv_cdf(0.5 + level / 2) * self.error
        return max(0.0, self.value - half), self.value + half

    def p_above(self, tolerance: float) -> float:
        return 1 - self.p_below(tolerance)

    def p_below(self, tolerance: float) -> float:
        assert self.value is not None
        if not self.error:
            return float(self.value > tolerance)
        return _NORMAL.cdf((self.value - tolerance) / self.error)

    def details(self) -> dict[str, Any]:
        return self.more


@dataclass
class FakeEvidence(FakeEffect):
    method: str = "psi"
    reason: str = ""
    law: str = "normal"
    coarse: bool = False
    weights: tuple[float, float] = (1.0, 1.0)
    certified_low: float | None = None
    certified_high: float | None = None
    needed: tuple[int | None, str] = (4321, "")

    def rows_needed(self, tolerance: float, alpha: float) -> tuple[int | None, str]:
        return self.needed


@dataclass
class FakeSignal(FakeEffect):
    name: str = "nulls"
    reference: float | None = 0.1
    current: float | None = 0.1


@dataclass
class FakeComparison:
    evidence: list[FakeEvidence] = field(default_factory=list)
    signals: list[FakeSignal] = field(default_factory=list)
    direction: str = ""
    notes: list[str] = field(default_factory=list)

    def evidence_of(self, method: str) -> FakeEvidence | None:
        return next((each for each in self.evidence if each.method == method), None)

    @property
    def effects(self) -> list[tuple[str, float | None, float | None, int]]:
        return [(each.name, each.value, each.reference, min(each.n_reference, each.n_current)) for each in self.signals]

    def signal_p_above(self, name: str, tolerance: float) -> float:
        return next(each for each in self.signals if each.name == name).p_above(tolerance)


@dataclass
class FakeSide:
    """One side of a column. ``unique`` is what the test for row ids says, ``labels`` the labels with their counts."""

    name: str = "x"
    kind: str = "numeric"
    type_name: str = "double"
    role: str = "feature"
    n_valid: int = 1000
    n_null: int = 0
    n_rows: int = 1000
    n_nan: int = 0
    n_pos_inf: int = 0
    n_neg_inf: int = 0
    n_absent: int = 0
    reason: str = ""
    all_integers: bool = False
    unique: tuple[bool, float] = (False, 1.0)
    overflowed: bool = False
    n_distinct: float = 10.0
    min: float | None = 0.0
    max: float | None = 9.0
    mean: float | None = 4.5
    labels: list[tuple[Any, int]] = field(default_factory=list)
    exact: bool = True

    def looks_unique(self) -> tuple[bool, float]:
        return self.unique

    def counts(self) -> list[tuple[Any, int]]:
        return self.labels

    @property
    def n_labels(self) -> int:
        return len(self.labels)

    def label(self, index: int) -> Any:
        return self.labels[index][0]

    def quantile(self, q: float) -> float:
        assert self.min is not None
        assert self.max is not None
        return self.min + q * (self.max - self.min)


@dataclass
class FakeProfile:
    n_rows: int = 1000
    digest: str = "0123456789abcdef"
    name: str = ""
    columns: dict[str, Any] = field(default_factory=dict)


def column(
    name: str = "x",
    value: float | None = 0.01,
    *signals: FakeSignal,
    status: str = "ok",
    reason: str = "",
    reference: FakeSide | None = None,
    current: FakeSide | None = None,
    **evidence: Any,
) -> ColumnReport:
    """A column with one psi evidence; sides may be replaced."""
    found = FakeComparison([FakeEvidence(value, **evidence)] if status == "ok" else [], list(signals))
    sides: list[Any] = [reference or FakeSide(name), current or FakeSide(name)]
    if status == "absent_in_current":
        sides[1] = None
    if status == "absent_in_reference":
        sides[0] = None
    return ColumnReport(status, reason, sides[0], sides[1], found)  # type: ignore[arg-type]


def report(*columns: ColumnReport) -> DriftReport:
    return DriftReport(FakeProfile(), FakeProfile(), {each.name: each for each in columns})  # type: ignore[arg-type]
