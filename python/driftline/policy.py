"""What counts as a change that matters: methods, tolerances, level, and the rules for whole data sets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from driftline.errors import OptionError
from driftline.methods import (
    FOREIGN,
    JUDGED_KINDS,
    METHODS,
    Method,
    Wasserstein,
    WassersteinScaled,
    cannot_decide,
    suggest,
)
from driftline.multiplicity import CORRECTIONS

__all__ = ["AT_MOST_ONE", "DEFAULT_TOLERANCES", "SIGNALS", "Policy", "Settings", "Tolerance"]

Tolerance = tuple[float, "float | None"]

SIGNALS = (
    "nulls",
    "non_finite",
    "far_out",
    "out_of_range",
    "unseen",
    "vanished",
    "constant",
    "mean_shift",
    "spread_change",
)  # Those that can decide; distinct_ratio has no sampling law and only informs.
DEFAULT_TOLERANCES: Mapping[str, Tolerance] = MappingProxyType(
    {
        "psi": (0.10, 0.25),
        "ks": (0.12, 0.20),
        "total_variation": (0.12, 0.20),
        "wasserstein_scaled": (0.3, 0.5),
        "jensen_shannon": (0.1, 0.2),
        "hellinger": (0.1, 0.2),
        "nulls": (0.02, 0.10),
        "nulls_new": (0.005, 0.05),
        "far_out": (0.001, 0.01),
        "unseen": (0.01, 0.05),
        "vanished": (0.01, 0.05),
        "non_finite": (0.001, 0.01),
    }
)
_DEFAULT_METHOD = "psi"
_WITH_LAW: Mapping[str, Method] = {
    each.name: each for each in (Wasserstein(p_value=True), WassersteinScaled(p_value=True))
}
_OUTCOMES = ("note", "warn", "alert")
_LEVEL_SETTINGS = ("method", "tolerances", "judge")
_TOLERATED = (*METHODS, *SIGNALS, "nulls_new")
AT_MOST_ONE = frozenset(
    {
        *("ks", "total_variation", "jensen_shannon", "hellinger", "cramer_von_mises"),
        *("nulls", "nulls_new", "non_finite", "far_out", "out_of_range", "unseen", "vanished", "constant"),
    }
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What one column is judged by, all levels of a policy taken together.

    ``judge`` is ``None`` where the policy leaves it to the column's nature (row ids and dates are left out).
    """

    method: str
    tolerances: Mapping[str, Tolerance | None]
    judge: bool | None

    def tolerance(self, source: str, reference_share: float | None = None) -> Tolerance | None:
        """Tolerances of a method or signal; ``None`` where it only informs."""
        if source == "nulls" and reference_share == 0:
            source = "nulls_new"
        return self.tolerances.get(source)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How evidence becomes a verdict. Every field has a default, is validated, and shows up in every report.

    Parameters
    ----------
    alpha : float
        Probability of claiming more than is true; intervals are shown at level ``1 - 2 * alpha``.
    correction : str
        ``"benjamini_hochberg"``, ``"bonferroni"`` or ``"none"``: for the number of tests in one decision.
    method : str
        What decides about a column. A kind that cannot be measured by it keeps ``"psi"``.
    tolerances : mapping
        Method or signal to ``(warn, alert)``, ``(warn, None)`` for no alert, or ``None`` for "only inform". What is
        not named keeps its default. ``"nulls_new"`` is used instead of ``"nulls"`` where the reference has no nulls;
        unless it is named, it follows ``"nulls"``.
    by_kind, by_column : mapping
        ``method``, ``tolerances`` and ``judge`` for columns of a kind, or for a column. A column's settings win over
        its kind's, and those over the ones for all columns. ``judge=True`` judges columns that are left out by
        default (row ids, dates, overflowed labels), ``judge=False`` leaves columns out.
    min_rows : int
        Values that each side must have for a verdict.
    min_columns, share : int, float
        The data set alerts when so many of its columns do, or this share of the judged ones. Give one of them.
    on_absent, on_extra : str
        What a column that is only in the reference, or only in the current data, comes to: ``"note"``, ``"warn"`` or
        ``"alert"``.
    on_change : str
        What a certain change within the tolerance comes to: ``"note"`` or ``"warn"``.

    Raises
    ------
    OptionError
        If a name is unknown, a value is not allowed, or a setting could have no effect.

    Examples
    --------
    >>> policy = Policy(by_kind={"numeric": {"method": "ks"}}, by_column={"age": {"tolerances": {"ks": (0.1, 0.2)}}})
    >>> policy.settings("age", "numeric").tolerance("ks")
    (0.1, 0.2)
    >>> policy.settings("city", "categorical").method
    'psi'
    """

    alpha: float = 0.05
    correction: str = "benjamini_hochberg"
    method: str = _DEFAULT_METHOD
    tolerances: Mapping[str, Tolerance | None] = field(default_factory=dict)
    by_kind: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    by_column: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    min_rows: int = 50
    min_columns: int = 1
    share: float | None = None
    on_absent: str = "alert"
    on_extra: str = "note"
    on_change: str = "note"

    __hash__ = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self._check_numbers()
        _one_of("correction", self.correction, CORRECTIONS)
        _one_of("on_absent", self.on_absent, _OUTCOMES)
        _one_of("on_extra", self.on_extra, _OUTCOMES)
        _one_of("on_change", self.on_change, _OUTCOMES[:2])
        _known_method("method", self.method)
        given = _tolerances("tolerances", self.tolerances)
        for name, value in {
            "tolerances": MappingProxyType({**DEFAULT_TOLERANCES, **given}),
            "by_kind": _levels("by_kind", self.by_kind),
            "by_column": _levels("by_column", self.by_column),
            "_settings": {},
        }.items():
            object.__setattr__(self, name, value)
        self._check_kinds()
        self._check_columns()
        self._check_used()

    def _check_numbers(self) -> None:
        if not _is_number(self.alpha) or not 0 < self.alpha < 0.5:
            raise OptionError(f"alpha must be a number above 0 and below 0.5, got {self.alpha!r}")
        if not _is_whole(self.min_rows) or self.min_rows < 0:
            raise OptionError(f"min_rows must be a whole number of at least 0, got {self.min_rows!r}")
        if not _is_whole(self.min_columns) or self.min_columns < 1:
            raise OptionError(f"min_columns must be a whole number of at least 1, got {self.min_columns!r}")
        if self.share is not None and not (_is_number(self.share) and 0 < self.share <= 1):
            raise OptionError(f"share must be a number above 0 and at most 1, got {self.share!r}")
        if self.share is not None and self.min_columns != 1:
            raise OptionError(f"share={self.share!r} and min_columns={self.min_columns!r} exclude each other; give one")

    def _check_kinds(self) -> None:
        for kind, level in self.by_kind.items():
            _one_of("a kind in by_kind", kind, JUDGED_KINDS)
            method = level.get("method")
            if method is not None and kind not in METHODS[method].kinds:
                raise OptionError(f"by_kind[{kind!r}]: {method} cannot be measured on {kind} columns")
        for kind in JUDGED_KINDS:
            self.settings(None, kind)

    def _check_columns(self) -> None:
        for column in self.by_column:
            problems = []
            for kind in JUDGED_KINDS:
                try:
                    self.settings(column, kind)
                except OptionError as error:
                    problems.append(error)
            if len(problems) == len(JUDGED_KINDS):
                raise problems[0]

    def _check_used(self) -> None:
        by_columns = {level["method"] for level in self.by_column.values() if "method" in level}
        everywhere = by_columns | {self._method(None, kind) for kind in JUDGED_KINDS}
        _refuse_unused("tolerances", self.tolerances, everywhere)
        for kind, level in self.by_kind.items():
            _refuse_unused(f"by_kind[{kind!r}]", level.get("tolerances", {}), {self._method(None, kind), *by_columns})
        for column, level in self.by_column.items():
            used = {self._method(column, kind) for kind in JUDGED_KINDS}
            _refuse_unused(f"by_column[{column!r}]", level.get("tolerances", {}), used)

    def _method(self, column: str | None, kind: str) -> str:
        for level in self._levels_of(column, kind):
            if "method" in level:
                return str(level["method"])
        return self.method if kind in METHODS[self.method].kinds else _DEFAULT_METHOD

    def _levels_of(self, column: str | None, kind: str) -> tuple[Mapping[str, Any], ...]:
        """Settings of the column, then of its kind."""
        of_column = self.by_column.get(column, {}) if column is not None else {}
        return of_column, self.by_kind.get(kind, {})

    def settings(self, column: str | None, kind: str) -> Settings:
        """What a column of this name and kind is judged by.

        Raises
        ------
        OptionError
            If the column's method cannot be measured on its kind, or has no tolerances.

        Examples
        --------
        >>> Policy(method="ks").settings("age", "numeric").method
        'ks'
        """
        key = (column if column in self.by_column else None, kind)
        known: dict[tuple[str | None, str], Settings] = self.__dict__["_settings"]
        if key not in known:
            known[key] = self._resolve(*key)
        return known[key]

    def _resolve(self, column: str | None, kind: str) -> Settings:
        method = self._method(column, kind)
        where = f"by_column[{column!r}]" if column is not None else f"{kind} columns"
        if kind in JUDGED_KINDS and kind not in METHODS[method].kinds:
            raise OptionError(f"{where}: {method} cannot be measured on {kind} columns")
        own, of_kind = self._levels_of(column, kind)
        tolerances = {**self.tolerances, **of_kind.get("tolerances", {}), **own.get("tolerances", {})}
        if tolerances.get(method) is None:
            raise OptionError(
                f"{where}: {method} decides but has no tolerances; give tolerances={{{method!r}: (warn, alert)}}"
            )
        return Settings(method, MappingProxyType(tolerances), own.get("judge", of_kind.get("judge")))

    def deciding_methods(self) -> tuple[Method, ...]:
        """Every method that decides about some column, with what it needs to do so.

        Examples
        --------
        >>> [method.name for method in Policy(by_kind={"numeric": {"method": "ks"}}).deciding_methods()]
        ['ks', 'psi']
        """
        names = [self._method(None, kind) for kind in JUDGED_KINDS]
        names += [level["method"] for level in self.by_column.values() if "method" in level]
        transports: dict[str, Method] = {
            m.name: m for m in (Wasserstein(p_value=True), WassersteinScaled(p_value=True))
        }
        return tuple(transports.get(name) or METHODS[name]() for name in dict.fromkeys(names))

    def check_columns(self, known: Iterable[str]) -> None:
        """Refuse settings for columns that do not exist.

        Examples
        --------
        >>> Policy(by_column={"aeg": {"judge": True}}).check_columns(["age"])
        Traceback (most recent call last):
            ...
        driftline.errors.OptionError: by_column names 'aeg' (did you mean 'age'?), which is in neither data set
        """
        names = set(known)
        for column in self.by_column:
            if column not in names:
                close = suggest(column, names)
                raise OptionError(f"by_column names {column!r}{close}, which is in neither data set")

    def to_dict(self) -> dict[str, Any]:
        """All settings in effect as plain data; ``methods`` holds the deciding method of each kind.

        Examples
        --------
        >>> Policy(alpha=0.01).to_dict()["methods"]["numeric"]
        'psi'
        """
        return {
            **{name: _plain(getattr(self, name)) for name in _field_names()},
            "methods": {kind: self._method(None, kind) for kind in JUDGED_KINDS},
        }

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, ({name: _mutable(getattr(self, name)) for name in _field_names()},)


def _field_names() -> list[str]:
    return [each.name for each in fields(Policy)]


def _rebuild(options: dict[str, Any]) -> Policy:
    return Policy(**options)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _mutable(value: Any) -> Any:
    return {key: _mutable(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _one_of(what: str, value: object, allowed: Sequence[str]) -> None:
    if not isinstance(value, str) or value not in allowed:
        close = suggest(value, allowed) if isinstance(value, str) else ""
        raise OptionError(f"{what} must be one of {', '.join(allowed)}; got {value!r}{close}")


def _known_method(where: str, method: object) -> None:
    if not isinstance(method, str) or method not in METHODS:
        if isinstance(method, str) and method in FOREIGN:
            raise OptionError(f"{where}: {cannot_decide(method)}")
        close = suggest(method, METHODS) if isinstance(method, str) else ""
        raise OptionError(f"{where}: unknown method {method!r}{close}; known: {', '.join(METHODS)}")


def _levels(where: str, given: object) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(given, Mapping):
        raise OptionError(f"{where} must map names to settings, got {given!r}")
    return MappingProxyType({name: _level(f"{where}[{name!r}]", level) for name, level in given.items()})


def _level(where: str, level: object) -> Mapping[str, Any]:
    if not isinstance(level, Mapping) or not level:
        raise OptionError(f"{where} must hold some of {', '.join(_LEVEL_SETTINGS)}; got {level!r}")
    for name in level:
        _one_of(f"{where}: a setting", name, _LEVEL_SETTINGS)
    checked = dict(level)
    if "method" in checked:
        _known_method(where, checked["method"])
    if "tolerances" in checked:
        checked["tolerances"] = MappingProxyType(_tolerances(f"{where}: tolerances", checked["tolerances"]))
    if "judge" in checked and not isinstance(checked["judge"], bool):
        raise OptionError(f"{where}: judge must be True or False, got {checked['judge']!r}")
    return MappingProxyType(checked)


def _tolerances(where: str, given: object) -> dict[str, Tolerance | None]:
    if not isinstance(given, Mapping):
        raise OptionError(f"{where} must map methods or signals to (warn, alert), got {given!r}")
    for name in given:
        if name in FOREIGN:
            raise OptionError(f"{where}: {cannot_decide(name)}")
        _one_of(f"{where}: a method or signal", name, _TOLERATED)
    checked = {name: _tolerance(f"{where}[{name!r}]", name, value) for name, value in given.items()}
    if "nulls" in checked:
        checked.setdefault("nulls_new", checked["nulls"])
    return checked


def _tolerance(where: str, name: str, value: object) -> Tolerance | None:
    if value is None:
        return None
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise OptionError(f"{where} must be a pair (warn, alert), (warn, None) or None, got {value!r}")
    warn, alert = value
    for bound in (warn,) if alert is None else (warn, alert):
        if not _is_number(bound) or bound < 0:
            raise OptionError(f"{where} must hold finite numbers of at least 0, got {value!r}")
        if name in AT_MOST_ONE and bound > 1:
            raise OptionError(f"{where}: {name} lies between 0 and 1, a tolerance of {bound!r} is never exceeded")
    if alert is not None and warn > alert:
        raise OptionError(f"{where}: the warn tolerance {warn!r} is above the alert tolerance {alert!r}")
    return float(warn), None if alert is None else float(alert)


def _refuse_unused(where: str, tolerances: Mapping[str, Tolerance | None], used: set[str]) -> None:
    for name, value in tolerances.items():
        if name in METHODS and name not in used and value != DEFAULT_TOLERANCES.get(name):
            raise OptionError(
                f"{where}: the tolerance of {name} would have no effect, {', '.join(sorted(used))} decides there; "
                f"set method={name!r} as well"
            )
