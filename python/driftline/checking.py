"""Data in, decision out: the one-call form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from driftline.comparison import column_names, compare_profiles, profile_sides
from driftline.decision import Decision, decide
from driftline.errors import DataError, OptionError
from driftline.methods import Method, choose, default_methods
from driftline.policy import Policy
from driftline.row_worth import check_blocks, worth_of_rows

if TYPE_CHECKING:
    from driftline.profiling import Profile
    from driftline.report import DriftReport
    from driftline.schema import Schema
    from driftline.sequential.blocks import RowWorth

__all__ = ["check", "measure"]

_BAD = frozenset({"insufficient_data", "unsupported_type", "absent_in_current", "kind_changed", "error"})


def check(
    reference: Any,
    current: Any,
    *,
    policy: Policy | None = None,
    schema: Schema | None = None,
    methods: Iterable[str | Method] | None = None,
    columns: Iterable[object] | None = None,
    blocks: tuple[Iterable[Profile], Iterable[Profile]] | None = None,
    strict: bool = False,
    threads: int | None = None,
) -> Decision:
    """Profile what is not yet a profile, compare, decide.

    Parameters
    ----------
    reference, current : Profile or data
        Columns are matched by name.
    policy : Policy, optional
        Default: ``Policy()``.
    schema : Schema, optional
        Kinds and roles that the types do not say. A reference that is a profile keeps its kinds.
    methods : iterable of names or option records, optional
        What to measure besides the methods that decide.
    columns : iterable of names, optional
        Check only these.
    blocks : (profiles of the reference's blocks, profiles of the current blocks), optional
        For rows that are not independent, as in :func:`driftline.compare`.
    strict : bool
        Raise one error that lists every column that could not be compared.
    threads : int, optional
        At most this many threads; by default what the process may use.

    Raises
    ------
    InputError, OptionError, SchemaError
        If the call is wrong: a side that is no table, an unknown name, a schema that does not fit.
    DataError
        With ``strict=True``, if columns could not be compared.

    Examples
    --------
    >>> import driftline as dl
    >>> dl.check({"age": [31, 42, 27] * 100}, {"age": [31, 42, 27] * 100}).verdict
    'ok'
    """
    rules = Policy() if policy is None else policy
    if not isinstance(rules, Policy):
        raise OptionError(f"policy must be a Policy, got {type(rules).__name__}; write Policy(alpha=...)")
    names = column_names(columns)
    chosen = choose(methods)
    sides = profile_sides(reference, current, schema=schema, columns=names, threads=threads)
    worth = None if blocks is None else worth_of_rows(sides[0], check_blocks(blocks, *sides))
    report = measure(*sides, rules, schema=schema, methods=chosen, columns=names, threads=threads, worth=worth)
    if strict:
        _refuse_bad(report)
    return decide(report, rules)


def measure(
    reference: Profile,
    current: Profile,
    policy: Policy,
    *,
    schema: Schema | None = None,
    methods: tuple[Method, ...] | None = None,
    columns: list[str] | None = None,
    threads: int | None = None,
    worth: Mapping[str, RowWorth] | None = None,
) -> DriftReport:
    """The report of two profiles that holds everything the policy decides by; `worth` as in `compare_profiles`."""
    roles = {} if schema is None else _roles(schema, reference, current)
    if schema is not None:
        columns = _without_ignored(schema, columns, reference, current)
    return compare_profiles(reference, current, _with_deciding(methods, policy), columns, threads, roles, worth)


def _with_deciding(methods: tuple[Method, ...] | None, policy: Policy) -> tuple[Method, ...] | None:
    """The methods asked for and those that the policy decides by."""
    if methods is None and {method.name for method in policy.deciding_methods()} == {"psi"}:
        return None
    asked = methods if methods is not None else (*default_methods("numeric"), *default_methods("categorical"))
    by_name = {method.key: method for method in asked}
    for method in policy.deciding_methods():
        known = by_name.get(method.name)
        if known is None or ("p_value" in known.options() and not known.options()["p_value"]):
            by_name[method.name] = method
    return tuple(by_name.values())


def _roles(schema: Schema, reference: Profile, current: Profile) -> Mapping[str, str]:
    """The roles that the schema gives, to columns that exist."""
    for name, role in schema.roles.items():
        if name not in reference.columns and name not in current.columns:
            raise OptionError(f"schema gives the role {role} to {name!r}, which is in neither data set")
    for name, kind in schema.kinds.items():
        made = reference.columns.get(name)
        if made is not None and kind not in (made.kind, "ignore") and made.kind not in ("null", "unsupported"):
            raise OptionError(
                f"schema says that {name!r} is {kind}, but the reference was profiled as {made.kind}; profile it again"
            )
    return schema.roles


def _without_ignored(schema: Schema, names: list[str] | None, reference: Profile, current: Profile) -> list[str] | None:
    """Names without those that the schema ignores: a saved profile may hold them."""
    ignored = {name for name, kind in schema.kinds.items() if kind == "ignore"}
    if ignored.isdisjoint(reference.columns) and ignored.isdisjoint(current.columns):
        return names
    known = names if names is not None else [*reference.columns, *current.columns]
    return [name for name in known if name not in ignored]


def _refuse_bad(report: DriftReport) -> None:
    bad = [column for column in report.columns.values() if column.status in _BAD and column.role != "target"]
    if bad:
        listed = "\n".join(f"  {column.name!r}: {column.status}, {column.reason}" for column in bad)
        raise DataError(f"{len(bad)} column{'s' * (len(bad) > 1)} could not be compared (strict=True):\n{listed}")
