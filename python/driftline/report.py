"""What was measured between a reference and the current data: evidence and signals per column, never a verdict."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from driftline.evidence import REPORT_LEVEL, Evidence, Signal
from driftline.left_out import reason_to_leave_out

if TYPE_CHECKING:
    from driftline import _core
    from driftline.decision import Decision
    from driftline.encoding_change import EncodingChange
    from driftline.methods import Method
    from driftline.policy import Policy
    from driftline.profiling import Profile
    from driftline.sequential.blocks import RowWorth

__all__ = ["REPORT_LEVEL", "SCHEMA_VERSION", "ColumnReport", "DriftReport", "Evidence", "Signal", "report_head"]

SCHEMA_VERSION = "1.0"
_ROW_COUNTS = ("n_rows", "n_valid", "n_null", "n_nan", "n_pos_inf", "n_neg_inf", "n_absent")


class ColumnReport:
    """Everything measured about one column. Made by :func:`driftline.compare`.

    Examples
    --------
    >>> import driftline as dl
    >>> column = dl.compare({"x": [1, 2] * 100}, {"y": [1, 2] * 100}).columns["x"]
    >>> column.status, column.evidence
    ('absent_in_current', {})
    """

    def __init__(
        self,
        status: str,
        reason: str,
        reference: _core.ColumnProfile | None,
        current: _core.ColumnProfile | None,
        comparison: _core.Comparison | None = None,
        role: str = "",
    ) -> None:
        known = reference if reference is not None else current
        if known is None:
            raise TypeError("a column is on one side at least")
        if reference is not None and current is not None and reference.kind == "null":
            known = current
        self.name: str = known.name
        self.kind: str = known.kind
        self.role: str = role or known.role
        self.status = status
        self.reason = reason
        self.reference = reference
        self.current = current
        self._comparison = comparison

    @cached_property
    def evidence(self) -> dict[str, Evidence]:
        """Method to what it found, in the order asked for."""
        return {} if self._comparison is None else {each.method: Evidence(each) for each in self._comparison.evidence}

    @cached_property
    def signals(self) -> dict[str, Signal]:
        """Signal to what it found."""
        return {} if self._comparison is None else {each.name: Signal(each) for each in self._comparison.signals}

    def find_evidence(self, method: str) -> Evidence | None:
        """What one method found, without making a record for each of the others; ``None`` if it was not measured."""
        found = None if self._comparison is None else self._comparison.evidence_of(method)
        return None if found is None else Evidence(found)

    @property
    def effects(self) -> list[tuple[str, float | None, float | None, int]]:
        """Name, value, the reference's share and the rows of the smaller side of every signal."""
        return [] if self._comparison is None else self._comparison.effects

    def signal_p_above(self, name: str, tolerance: float) -> float:
        """``signals[name].p_above(tolerance)``, without making a record for each of the others."""
        return 1.0 if self._comparison is None else float(self._comparison.signal_p_above(name, tolerance))

    @property
    def direction(self) -> str:
        """Which way it moved: up, down, wider, narrower, new values, vanished values, reshuffled, or unclear ("")."""
        return "" if self._comparison is None else str(self._comparison.direction)

    @property
    def notes(self) -> list[str]:
        """Codes of what to know about the comparison, such as ``width_differs`` or ``likely_encoding_change``."""
        measured = [] if self._comparison is None else list(self._comparison.notes)
        return measured + ["likely_encoding_change"] * (self.encoding_change is not None)

    @cached_property
    def encoding_change(self) -> EncodingChange | None:
        """Labels that came or went only because they are written in another way; looked for when asked for."""
        if self.kind != "categorical" or self.reference is None or self.current is None:
            return None
        changed = [self.signals[name].value for name in ("unseen", "vanished") if name in self.signals]
        if not any(changed):
            return None
        from driftline.encoding_change import find_encoding_change

        return find_encoding_change(self.reference, self.current)

    @cached_property
    def left_out(self) -> str:
        """Why the column is not judged by default: ``"row_id"``, ``"date"``, ``"overflow"``, or nothing."""
        known = self.reference if self.reference is not None else self.current
        if known is self.reference and known is not None and known.kind == "null" and self.current is not None:
            known = self.current
        return "" if known is None else reason_to_leave_out(self.role, known, self.current)

    @property
    def rows(self) -> dict[str, dict[str, int]]:
        """Row counts of each side; nothing for a side without the column."""
        sides = {"reference": self.reference, "current": self.current}
        return {
            side: {count: getattr(column, count) for count in _ROW_COUNTS}
            for side, column in sides.items()
            if column is not None
        }

    @cached_property
    def sentence(self) -> str:
        """What happened to the column, in one plain sentence."""
        from driftline.explain import sentence

        return sentence(self)

    def to_dict(self, level: float = REPORT_LEVEL) -> dict[str, Any]:
        """Plain data, with confidence intervals at ``level``."""
        rows = self.rows
        return {
            "name": self.name,
            "kind": self.kind,
            "role": self.role,
            "status": self.status,
            "reason": self.reason,
            "left_out": self.left_out,
            "direction": self.direction,
            "sentence": self.sentence,
            "notes": self.notes,
            "encoding_change": None if self.encoding_change is None else self.encoding_change.to_dict(),
            "rows": {side: rows.get(side) for side in ("reference", "current")},
            "evidence": {name: evidence.to_dict(level) for name, evidence in self.evidence.items()},
            "signals": {name: signal.to_dict(level) for name, signal in self.signals.items()},
        }

    def __repr__(self) -> str:
        return f"ColumnReport({self.name!r}, {self.kind}, {self.status})"


class DriftReport:
    """Evidence per column and method; what it means is for :func:`driftline.decide` to say.

    Examples
    --------
    >>> import driftline as dl
    >>> report = dl.compare({"x": [1, 2] * 100}, {"x": [1, 3] * 100})
    >>> report["x", "ks"].value
    0.5
    """

    def __init__(
        self,
        reference: Profile,
        current: Profile,
        columns: Mapping[str, ColumnReport],
        methods: Sequence[Method] | None = None,
        roles: Mapping[str, str] | None = None,
        worth: Mapping[str, RowWorth] | None = None,
    ) -> None:
        self.reference = reference
        self.current = current
        self.columns: dict[str, ColumnReport] = dict(columns)
        self._methods = methods
        self._roles = dict(roles or {})
        self.row_worth: dict[str, RowWorth] = dict(worth or {})

    @cached_property
    def notes(self) -> list[str]:
        """What to know about the two sides as a whole, in plain sentences."""
        from driftline.notes import report_notes

        return report_notes(self)

    def __getitem__(self, key: tuple[str, str]) -> Evidence:
        asked: object = key
        if not isinstance(asked, tuple) or len(asked) != 2:
            raise KeyError(f"write report[column, method] or report.columns[column]; got {asked!r}")
        column, method = key
        if column not in self.columns:
            raise KeyError(f"no column {column!r} in this report; it has {', '.join(map(repr, self.columns))}")
        evidence = self.columns[column].evidence
        if method not in evidence:
            found = ", ".join(evidence) or f"nothing ({self.columns[column].status})"
            raise KeyError(f"{method!r} was not measured on column {column!r}; measured: {found}")
        return evidence[method]

    def decide(self, policy: Policy | None = None) -> Decision:
        """Verdicts under ``policy``; the same as ``driftline.decide(report, policy)``."""
        from driftline.decision import decide

        return decide(self, policy)

    def to_dict(self) -> dict[str, Any]:
        """The whole report as plain data; ``report.schema.json`` in ``driftline/render`` describes it."""
        from driftline.render.json import plain

        data: dict[str, Any] = plain(
            {**report_head(self), "columns": [column.to_dict() for column in self.columns.values()]}
        )
        return data

    def to_json(self, *, indent: int | None = None) -> str:
        """The whole report as strict JSON: no NaN, no Infinity."""
        from driftline.render.json import to_json

        return to_json(self.to_dict(), indent=indent)

    def to_frame(self) -> Any:
        """One row per column and method; a column without evidence has one row without method.

        A pandas frame if pandas is loaded, else a polars one if polars is, else of whichever is installed; without
        both a dict of lists.
        """
        rows = [row for column in self.columns.values() for row in _frame_rows(column)]
        table = {name: [row[name] for row in rows] for name in _FRAME_COLUMNS}
        for library in sorted(("pandas", "polars"), key=lambda name: name not in sys.modules):
            if library in sys.modules or find_spec(library) is not None:
                return import_module(library).DataFrame(table)
        return table

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """A page that needs nothing else, also written to ``path`` if that is given."""
        from driftline.file_output import write_whole
        from driftline.render.html import render_html

        page = render_html(self)
        if path is not None:
            write_whole(path, page.encode("utf-8"))
        return page

    def _repr_html_(self) -> str:
        from driftline.render.html import render_fragment

        return render_fragment(self)

    def __repr__(self) -> str:
        n_ok = sum(column.status == "ok" for column in self.columns.values())
        return f"DriftReport({len(self.columns)} columns, {n_ok} of them compared)"

    def __reduce__(self) -> tuple[Any, ...]:
        # Comparing is a pure function of two profiles, so a report travels as these.
        from driftline.comparison import compare_profiles

        return compare_profiles, (
            *(self.reference, self.current, self._methods, list(self.columns), None),
            *(self._roles, self.row_worth or None),
        )


_FRAME_COLUMNS = (
    *("column", "kind", "status", "method", "value", "certified_low", "certified_high", "ci_low", "ci_high"),
    *("p_value", "n_reference", "n_current"),
)


def _frame_rows(column: ColumnReport) -> list[dict[str, Any]]:
    head = {"column": column.name, "kind": column.kind, "status": column.status}
    rows = [
        {name: head[name] if name in head else getattr(evidence, name) for name in _FRAME_COLUMNS}
        for evidence in column.evidence.values()
    ]
    return rows or [{**dict.fromkeys(_FRAME_COLUMNS), **head}]


def report_head(report: DriftReport) -> dict[str, Any]:
    """What a report and its decisions say about versions and sides, as plain data."""
    from driftline import _core

    return {
        "schema_version": SCHEMA_VERSION,
        "driftline_version": _core.__version__,
        "reference": _side(report.reference),
        "current": _side(report.current),
        "notes": report.notes,
    }


def _side(profile: Profile) -> dict[str, Any]:
    return {"n_rows": profile.n_rows, "digest": profile.digest, "name": profile.name}
