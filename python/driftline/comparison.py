"""Two profiles in, one report out: which columns can be compared, and what is measured on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from driftline import _core
from driftline.errors import DriftlineError, InputError, OptionError
from driftline.kind_change import comparable, describe_kind_change
from driftline.methods import Method, choose, core_specs, suggest
from driftline.profiling import Profile, as_profile
from driftline.report import ColumnReport, DriftReport
from driftline.row_worth import check_blocks, worth_of_rows
from driftline.schema import column_name
from driftline.sequential.blocks import RowWorth

if TYPE_CHECKING:
    from driftline.schema import Schema

__all__ = ["column_names", "compare", "compare_profiles", "profile_sides"]


def compare(
    reference: Any,
    current: Any,
    *,
    methods: Iterable[str | Method] | None = None,
    columns: Iterable[object] | None = None,
    blocks: tuple[Iterable[Profile], Iterable[Profile]] | None = None,
    threads: int | None = None,
) -> DriftReport:
    """Measure, column by column, how far ``current`` has moved from ``reference``.

    Measures only; what is alarming is for :func:`driftline.decide` to say.

    Parameters
    ----------
    reference, current : Profile or data
        Data are profiled first, the current ones the way the reference was. Columns are matched by name.
    methods : iterable of names or option records, optional
        Default: psi, ks, wasserstein, wasserstein_scaled for numbers; psi, total_variation, chi_square for categories.
        A method is applied to the columns it fits.
    columns : iterable of names, optional
        Compare only these.
    blocks : (profiles of the reference's blocks, profiles of the current blocks), optional
        For rows that are not independent: profiles of each day, user or session, which merged are the two sides.
        Intervals and p-values then follow from how much blocks differ; values stay. One side needs at least 10 blocks.
    threads : int, optional
        At most this many threads; by default what the process may use.

    Raises
    ------
    InputError
        If a side cannot be read as a table.
    OptionError
        If a method or a column is unknown, or the sides were profiled in ways that cannot be compared.

    Notes
    -----
    Nulls, NaN and infinities never enter a distance; their shares are compared as signals. A column that cannot be
    compared has a status and a reason, and never costs the others.

    Examples
    --------
    >>> import driftline as dl
    >>> report = dl.compare({"age": [31, 42, 27] * 100}, {"age": [31, 42, 27] * 50})
    >>> report["age", "psi"].value
    0.0
    """
    chosen = choose(methods)
    names = column_names(columns)
    sides = profile_sides(reference, current, columns=names, threads=threads)
    worth = None if blocks is None else worth_of_rows(sides[0], check_blocks(blocks, *sides))
    return compare_profiles(*sides, chosen, names, threads, worth=worth)


def profile_sides(
    reference: Any,
    current: Any,
    *,
    schema: Schema | None = None,
    columns: Sequence[str] | None = None,
    threads: int | None = None,
) -> tuple[Profile, Profile]:
    """Profiles of both sides: the current data are summarised the way the reference was."""
    made = as_profile(reference, schema=schema, threads=threads, columns=columns)
    return made, _current_profile(current, made, schema, columns, threads)


def _current_profile(
    data: Any, like: Profile, schema: Schema | None, columns: Sequence[str] | None, threads: int | None
) -> Profile:
    if columns is not None and not isinstance(data, Profile) and not hasattr(data, "__next__"):
        try:
            return as_profile(data, like=like, schema=schema, threads=threads, columns=columns)
        except InputError:
            pass  # Perhaps one of the columns is missing: a finding, not an error. Anything else is raised again.
    return as_profile(data, like=like, schema=schema, threads=threads)


def compare_profiles(
    reference: Profile,
    current: Profile,
    methods: Sequence[Method] | None = None,
    columns: Sequence[str] | None = None,
    threads: int | None = None,
    roles: Mapping[str, str] | None = None,
    worth: Mapping[str, RowWorth] | None = None,
) -> DriftReport:
    """Compare two profiles; ``roles`` replaces the roles that the reference's columns have.

    ``worth``: how many independent rows a row of each column is worth, where that is not one.
    """
    _check_options(reference, current)
    sides = [{column.name: column for column in side._core.columns} for side in (reference, current)]
    names = [*sides[0], *(name for name in sides[1] if name not in sides[0])]
    if columns is not None:
        _check_columns(columns, names)
        wanted = set(columns)
        names = [name for name in names if name in wanted]
    pairs = [(sides[0].get(name), sides[1].get(name)) for name in names]
    found = _compare_all(pairs, methods, _core.available_threads() if threads is None else threads, worth or {})
    given = roles or {}
    reports = {
        name: ColumnReport(status, reason, *pair, comparison, given.get(name, ""))
        for name, pair, (status, reason, comparison) in zip(names, pairs, found, strict=True)
    }
    return DriftReport(reference, current, reports, methods, roles, worth)


_Pair = tuple["_core.ColumnProfile | None", "_core.ColumnProfile | None"]
_Found = tuple[str, str, "_core.Comparison | None"]


def _compare_all(
    pairs: Sequence[_Pair], methods: Sequence[Method] | None, threads: int, worth: Mapping[str, RowWorth]
) -> list[_Found]:
    specs: dict[str, list[_core.MethodSpec]] = {"": []}
    found: list[_Found] = []
    measured: list[tuple[int, tuple[_core.ColumnProfile, _core.ColumnProfile], list[_core.MethodSpec]]] = []
    for index, (reference, current) in enumerate(pairs):
        status, reason = _status(reference, current)
        found.append((status, reason, None))
        if status in ("ok", "insufficient_data") and reference is not None and current is not None:
            kind = reference.kind if status == "ok" else ""
            if kind not in specs:
                specs[kind] = core_specs(methods, kind)
            measured.append((index, (reference, current), specs[kind]))
    weights = [_weights(worth.get(pair[0].name)) for _, pair, _ in measured] if worth else []
    comparisons = _measure([pair for _, pair, _ in measured], [wanted for _, _, wanted in measured], threads, weights)
    for (index, _, _), comparison in zip(measured, comparisons, strict=True):
        status, reason, _ = found[index]
        found[index] = ("error", comparison, None) if isinstance(comparison, str) else (status, reason, comparison)
    return found


def _weights(worth: RowWorth | None) -> _core.RowWeights:
    rows = RowWorth() if worth is None else worth
    return _core.RowWeights(shares=rows.shares, order=rows.order, nulls=rows.nulls)


def _measure(
    pairs: list[tuple[_core.ColumnProfile, _core.ColumnProfile]],
    methods: list[list[_core.MethodSpec]],
    threads: int,
    weights: list[_core.RowWeights],
) -> list[_core.Comparison] | list[_core.Comparison | str]:
    """A comparison for each pair, or what went wrong with it."""
    try:
        return _core.compare_columns(pairs, methods, threads, weights)
    except OptionError:
        raise
    except (DriftlineError, ArithmeticError, ValueError, RuntimeError):
        # One bad column never costs the run: find it by comparing them one by one.
        each = [[weight] for weight in weights] or [[] for _ in pairs]
        return [_measure_one(*one) for one in zip(pairs, methods, each, strict=True)]


def _measure_one(
    pair: tuple[_core.ColumnProfile, _core.ColumnProfile],
    methods: list[_core.MethodSpec],
    weights: list[_core.RowWeights],
) -> _core.Comparison | str:
    try:
        return _core.compare_columns([pair], [methods], 1, weights)[0]
    except (DriftlineError, ArithmeticError, ValueError, RuntimeError) as error:
        return str(error) or type(error).__name__


def _status(reference: _core.ColumnProfile | None, current: _core.ColumnProfile | None) -> tuple[str, str]:
    if current is None:
        return "absent_in_current", "the column is in the reference only"
    if reference is None:
        return "absent_in_reference", "the column is in the current data only"
    for column, other in ((reference, current), (current, reference)):
        if column.kind == "unsupported" and (other.kind in ("unsupported", "null") or not other.n_valid):
            return "unsupported_type", column.reason or f"values of type {column.type_name} are not supported"
    if "unsupported" in (reference.kind, current.kind):
        return "kind_changed", describe_kind_change(reference, current)
    for column in (reference, current):
        if column.reason:
            return "error", column.reason
    if not reference.n_valid or not current.n_valid:
        return "insufficient_data", _emptiness(reference, current)
    if not comparable(reference.kind, current.kind):
        return "kind_changed", describe_kind_change(reference, current)
    return "ok", ""


def _emptiness(reference: _core.ColumnProfile, current: _core.ColumnProfile) -> str:
    empty = {"the reference": reference, "the current data": current}
    sides = [side for side, column in empty.items() if not column.n_valid]
    n_rows = sum(column.n_rows for column in empty.values() if not column.n_valid)
    return f"no {'value' if n_rows else 'row'} in {' and '.join(sides)}"


def column_names(columns: Iterable[object] | None) -> list[str] | None:
    """Names as text; ``None`` stays ``None``: all columns."""
    if isinstance(columns, (str, bytes)):
        raise OptionError(f"columns must be a list of column names, got {columns!r}; try columns=[{columns!r}]")
    return None if columns is None else [column_name(name) for name in columns]


def _check_columns(columns: Sequence[str], known: Sequence[str]) -> None:
    for column in columns:
        if column not in known:
            raise OptionError(f"columns names {column!r}{suggest(column, known)}, which is in neither data set")


def _check_options(reference: Profile, current: Profile) -> None:
    hashed = reference.options["hash_labels"], current.options["hash_labels"]
    if hashed[0] != hashed[1]:
        side = "reference" if hashed[0] else "current data"
        raise OptionError(
            f"labels are hashed on one side only, in the {side}; profile both sides with the same hash_labels and salt"
        )
