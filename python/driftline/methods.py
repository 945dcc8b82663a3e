"""What can be measured between the two sides of a column, and with which options.

Each method is a frozen record; its name alone stands for the record with default options.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from driftline.errors import OptionError

if TYPE_CHECKING:
    from driftline import _core

__all__ = [
    "FOREIGN",
    "JUDGED_KINDS",
    "KS",
    "METHODS",
    "PSI",
    "AndersonDarling",
    "ChiSquare",
    "CramerVonMises",
    "Energy",
    "Hellinger",
    "JensenShannon",
    "KLDivergence",
    "Method",
    "TotalVariation",
    "Wasserstein",
    "WassersteinScaled",
    "cannot_decide",
    "choose",
    "core_specs",
    "default_methods",
    "suggest",
    "title",
]

JUDGED_KINDS = ("numeric", "categorical", "boolean", "datetime")
_ORDERED_KINDS = frozenset({"numeric", "boolean", "datetime"})
# Kinds that other tools define a method for.
_NUMBERS = frozenset({"numeric"})
_LABELS = frozenset({"categorical", "boolean"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way to measure how far two distributions are apart. Use the records below, not this class."""

    name: ClassVar[str]
    title: ClassVar[str]
    kinds: ClassVar[frozenset[str]] = frozenset(JUDGED_KINDS)
    definitions: ClassVar[Mapping[str, frozenset[str]]] = MappingProxyType({})
    """Other tools that define the method, each with the kinds of columns it does so for."""

    @property
    def key(self) -> str:
        """The name in reports; another tool's definition ends in the name of the tool."""
        return self.name

    def fits(self, kind: str) -> bool:
        """Whether columns of this kind can be measured."""
        return kind in self.kinds

    def options(self) -> dict[str, Any]:
        """Options by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _check_bins(name: str, bins: object) -> None:
    if isinstance(bins, bool) or not isinstance(bins, int) or not 2 <= bins <= 1000:
        raise OptionError(f"{name}: bins must be a whole number from 2 to 1000, got {bins!r}")


def _check_p_value(name: str, p_value: object) -> None:
    if not isinstance(p_value, bool):
        raise OptionError(f"{name}: p_value must be True or False, got {p_value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Binned(Method):
    bins: int = 10

    def __post_init__(self) -> None:
        _check_bins(self.name, self.bins)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Defined(Method):
    definition: str = "driftline"

    def __post_init__(self) -> None:
        definition: object = self.definition
        known = ("driftline", *self.definitions)
        if definition not in known:
            close = suggest(definition, known) if isinstance(definition, str) else ""
            raise OptionError(f"{self.name}: no definition {definition!r}{close}; there are {', '.join(known)}")

    @property
    def key(self) -> str:
        return self.name if self.definition == "driftline" else f"{self.name}_{self.definition}"

    def fits(self, kind: str) -> bool:
        return kind in self.definitions.get(self.definition, self.kinds)

    def refuse_option(self, option: str) -> None:
        """Refuse an option that another tool's definition does not have."""
        if self.definition != "driftline":
            raise OptionError(f"{self.name}: the definition of {self.definition} has no {option}; leave it out")


@dataclass(frozen=True, slots=True, kw_only=True)
class _DefinedBinned(_Defined):
    bins: int = 10

    def __post_init__(self) -> None:
        _Defined.__post_init__(self)
        _check_bins(self.name, self.bins)
        if self.bins != 10:
            self.refuse_option("bins")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Transport(Method):
    kinds: ClassVar[frozenset[str]] = _ORDERED_KINDS
    p_value: bool = False

    def __post_init__(self) -> None:
        _check_p_value(self.name, self.p_value)


@dataclass(frozen=True, slots=True, kw_only=True)
class PSI(_DefinedBinned):
    """Population stability index, on bins that hold equal shares of the reference.

    ``definition="evidently"`` gives that tool's number instead; the methods below have such definitions too. A report
    holds it beside ours, as ``psi_evidently``.

    Examples
    --------
    >>> PSI(bins=20).bins
    20
    """

    name: ClassVar[str] = "psi"
    title: ClassVar[str] = "PSI"
    definitions: ClassVar[Mapping[str, frozenset[str]]] = MappingProxyType({"evidently": _NUMBERS | _LABELS})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChiSquare(_DefinedBinned):
    """Pearson's homogeneity statistic; grows with the number of rows, so it cannot say how large a change is.

    Examples
    --------
    >>> ChiSquare().name
    'chi_square'
    """

    name: ClassVar[str] = "chi_square"
    title: ClassVar[str] = "chi-square"
    definitions: ClassVar[Mapping[str, frozenset[str]]] = MappingProxyType(
        {"evidently": _NUMBERS | _LABELS, "nannyml": _LABELS, "whylogs": _LABELS}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JensenShannon(_DefinedBinned):
    """Jensen–Shannon distance, base 2, in [0, 1].

    Examples
    --------
    >>> JensenShannon().name
    'jensen_shannon'
    """

    name: ClassVar[str] = "jensen_shannon"
    title: ClassVar[str] = "Jensen–Shannon"
    definitions: ClassVar[Mapping[str, frozenset[str]]] = MappingProxyType(
        {"evidently": _NUMBERS | _LABELS, "nannyml": _NUMBERS | _LABELS}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hellinger(_Binned):
    """Hellinger distance, in [0, 1].

    Examples
    --------
    >>> Hellinger().name
    'hellinger'
    """

    name: ClassVar[str] = "hellinger"
    title: ClassVar[str] = "Hellinger"


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalVariation(_Binned):
    """Share of the rows that would have to move to another bin or category, in [0, 1].

    Examples
    --------
    >>> TotalVariation().name
    'total_variation'
    """

    name: ClassVar[str] = "total_variation"
    title: ClassVar[str] = "total variation"


@dataclass(frozen=True, slots=True, kw_only=True)
class KLDivergence(_Binned):
    """Kullback–Leibler divergence of the current from the reference data, in nats.

    Examples
    --------
    >>> KLDivergence().name
    'kl_divergence'
    """

    name: ClassVar[str] = "kl_divergence"
    title: ClassVar[str] = "KL divergence"


@dataclass(frozen=True, slots=True, kw_only=True)
class KS(_Defined):
    """Kolmogorov–Smirnov distance: the largest gap between the two distribution functions, in [0, 1].

    Examples
    --------
    >>> sorted(KS().kinds)
    ['boolean', 'datetime', 'numeric']
    """

    name: ClassVar[str] = "ks"
    title: ClassVar[str] = "KS"
    kinds: ClassVar[frozenset[str]] = _ORDERED_KINDS
    definitions: ClassVar[Mapping[str, frozenset[str]]] = MappingProxyType(
        {"evidently": _NUMBERS, "nannyml": _NUMBERS, "whylogs": _NUMBERS | frozenset({"boolean"})}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wasserstein(_Defined):
    """Mean distance that a value moves, in the column's own unit.

    ``p_value=True`` simulates its null law, which also gives its confidence interval.

    Examples
    --------
    >>> Wasserstein(p_value=True).options()
    {'definition': 'driftline', 'p_value': True}
    """

    name: ClassVar[str] = "wasserstein"
    title: ClassVar[str] = "Wasserstein"
    kinds: ClassVar[frozenset[str]] = _ORDERED_KINDS
    p_value: bool = False
    definitions: ClassVar[Mapping[str, frozenset[str]]] = MappingProxyType({"evidently": _NUMBERS, "nannyml": _NUMBERS})

    def __post_init__(self) -> None:
        _Defined.__post_init__(self)
        _check_p_value(self.name, self.p_value)
        if self.p_value:
            self.refuse_option("p_value")


@dataclass(frozen=True, slots=True, kw_only=True)
class WassersteinScaled(_Transport):
    """Mean distance that a value moves, in units of the reference's robust standard deviation.

    ``p_value=True`` simulates its null law, which also gives its confidence interval.

    Examples
    --------
    >>> WassersteinScaled().options()
    {'p_value': False}
    """

    name: ClassVar[str] = "wasserstein_scaled"
    title: ClassVar[str] = "scaled Wasserstein"


@dataclass(frozen=True, slots=True, kw_only=True)
class CramerVonMises(Method):
    """Mean square of the gap between the two distribution functions, in [0, 1/3].

    Examples
    --------
    >>> CramerVonMises().name
    'cramer_von_mises'
    """

    name: ClassVar[str] = "cramer_von_mises"
    title: ClassVar[str] = "Cramér–von Mises"
    kinds: ClassVar[frozenset[str]] = _ORDERED_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy(Method):
    """Energy distance, in the root of the column's own unit.

    Examples
    --------
    >>> Energy().name
    'energy'
    """

    name: ClassVar[str] = "energy"
    title: ClassVar[str] = "energy"
    kinds: ClassVar[frozenset[str]] = _ORDERED_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class AndersonDarling(Method):
    """Anderson–Darling statistic, which looks into the tails; grows with the number of rows, like chi-square.

    Examples
    --------
    >>> AndersonDarling().name
    'anderson_darling'
    """

    name: ClassVar[str] = "anderson_darling"
    title: ClassVar[str] = "Anderson–Darling"
    kinds: ClassVar[frozenset[str]] = _ORDERED_KINDS


_RECORDS: tuple[type[Method], ...] = (
    PSI,
    ChiSquare,
    JensenShannon,
    Hellinger,
    TotalVariation,
    KLDivergence,
    KS,
    Wasserstein,
    WassersteinScaled,
    CramerVonMises,
    Energy,
    AndersonDarling,
)
METHODS: dict[str, type[Method]] = {record.name: record for record in _RECORDS}
# By the definitions of other tools, under the names that reports give them.
FOREIGN: dict[str, Method] = {
    method.key: method
    for record in (PSI, ChiSquare, JensenShannon, KS, Wasserstein)
    for method in (record(definition=tool) for tool in record.definitions)
}

_ORDERED_DEFAULTS: tuple[Method, ...] = (PSI(), KS(), Wasserstein(), WassersteinScaled())
_CATEGORY_DEFAULTS: tuple[Method, ...] = (PSI(), TotalVariation(), ChiSquare())


def default_methods(kind: str) -> tuple[Method, ...]:
    """Methods that a column of this kind is measured with unless the caller names others.

    Examples
    --------
    >>> [method.name for method in default_methods("categorical")]
    ['psi', 'total_variation', 'chi_square']
    """
    return _ORDERED_DEFAULTS if kind in ("numeric", "datetime") else _CATEGORY_DEFAULTS


def choose(methods: Iterable[str | Method] | None) -> tuple[Method, ...] | None:
    """Records for what the caller named; ``None`` stays ``None``: the defaults of each kind.

    Raises
    ------
    OptionError
        If a name is unknown or a method is named twice.

    Examples
    --------
    >>> [method.name for method in choose(["psi", KS()])]
    ['psi', 'ks']
    """
    if methods is None:
        return None
    if isinstance(methods, (str, Method)):
        raise OptionError(f"methods must be a list, got {methods!r}; try methods=[{methods!r}]")
    records = tuple(_record(method) for method in methods)
    if not records:
        raise OptionError(f"methods is empty; leave it out for the defaults, or name some of {', '.join(METHODS)}")
    names = [record.key for record in records]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise OptionError(f"methods names {', '.join(twice)} more than once; a report holds one value per method")
    return records


def _record(method: object) -> Method:
    if isinstance(method, Method) and type(method) in _RECORDS:
        return method
    if isinstance(method, type) and issubclass(method, Method):
        raise OptionError(f"methods holds the class {method.__name__}; write {method.__name__}() or its name")
    if isinstance(method, str) and method in FOREIGN:
        return FOREIGN[method]
    if not isinstance(method, str):
        raise OptionError(f"a method is a name or an option record such as PSI(bins=20), got {method!r}")
    if method not in METHODS:
        raise OptionError(f"unknown method {method!r}{suggest(method, METHODS)}; known: {', '.join(METHODS)}")
    return METHODS[method]()


def title(key: str) -> str:
    """What a method is called in texts, given its name in a report.

    Examples
    --------
    >>> title("psi"), title("psi_evidently")
    ('PSI', 'PSI (evidently)')
    """
    foreign = FOREIGN.get(key)
    return METHODS[key].title if foreign is None else f"{foreign.title} ({foreign.options()['definition']})"


def cannot_decide(key: str) -> str:
    """Why a method by another tool's definition cannot make a verdict, and what can."""
    return f"{key} has no sampling law, so it cannot decide; {FOREIGN[key].name} can, and both can be measured"


def suggest(name: str, known: Iterable[str]) -> str:
    """``" (did you mean 'psi'?)"`` when a known name is close, else nothing.

    Examples
    --------
    >>> suggest("pis", ["psi", "ks"])
    " (did you mean 'psi'?)"
    """
    close = get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def core_specs(methods: Sequence[Method] | None, kind: str) -> list[_core.MethodSpec]:
    """What the core measures on a column of this kind: the methods that fit it, in the order given."""
    from driftline import _core

    chosen = default_methods(kind) if methods is None else [method for method in methods if method.fits(kind)]
    return [_core.MethodSpec(method.name, **method.options()) for method in chosen]
