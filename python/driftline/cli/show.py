"""A saved profile, told: one line per column, or plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from driftline import formatting as fmt
from driftline.profiling.columns import CategoricalColumn, Column, NumericColumn

if TYPE_CHECKING:
    from driftline.profiling import Profile

__all__ = ["describe_profile", "render_profile"]

NAME_WIDTH = 40
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
TOP = 20
_COUNTS = ("n_rows", "n_valid", "n_null", "n_nan", "n_pos_inf", "n_neg_inf", "n_absent")
_HEAD = ("column", "kind", "type", "values", "missing", "")


def render_profile(profile: Profile) -> str:
    """Rows, digest and options, then a table of the columns."""
    options = ", ".join(f"{key} {value}" for key, value in profile.options.items())
    lines = [
        f"{fmt.count(profile.n_rows)} rows, {fmt.count(len(profile.columns))} columns, digest {profile.digest}",
        f"made with {options}",
    ]
    rows = [_HEAD, *map(_row, profile.columns.values())]
    widths = [max(fmt.display_width(row[i]) for row in rows) for i in range(len(_HEAD))]
    for row in rows:
        cells = [_aligned(cell, width, i) for i, (cell, width) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([*lines[:2], "", *lines[2:]])


def _aligned(cell: str, width: int, index: int) -> str:
    return (
        " " * (width - fmt.display_width(cell)) + cell
        if _HEAD[index] in ("values", "missing")
        else fmt.pad(cell, width)
    )


def _row(column: Column) -> tuple[str, ...]:
    missing = column.n_null + column.n_nan
    share = f" ({fmt.share(missing / column.n_rows)} %)" if missing else ""
    kind = column.kind if column.role == "feature" else f"{column.kind}, {column.role}"
    name = fmt.shorten(fmt.name(column.name), NAME_WIDTH)
    texts = (fmt.count(column.n_valid), f"{fmt.count(missing)}{share}", fmt.printable(column.summary()))
    return (name, kind, fmt.shorten(fmt.printable(column.type_name), NAME_WIDTH), *texts)


def describe_profile(profile: Profile) -> dict[str, Any]:
    """The profile as plain data: counts and statistics, without the cells of the histograms."""
    return {
        "n_rows": profile.n_rows,
        "digest": profile.digest,
        "name": profile.name,
        "options": dict(profile.options),
        "columns": [_describe(column) for column in profile.columns.values()],
    }


def _describe(column: Column) -> dict[str, Any]:
    about = {"name": column.name, "kind": column.kind, "type": column.type_name, "role": column.role}
    counts = {count: getattr(column, count) for count in _COUNTS}
    if isinstance(column, NumericColumn):
        return {**about, **counts, **_numeric(column)}
    if isinstance(column, CategoricalColumn):
        top = [{"label": label, "count": count} for label, count in column.top(TOP)]
        return {**about, **counts, "n_distinct": column.n_distinct, "overflowed": column.overflowed, "top": top}
    return {**about, **counts}


def _numeric(column: NumericColumn) -> dict[str, Any]:
    quantiles = {str(q): column.quantile(q) for q in QUANTILES} if column.n_valid else {}
    names = ("exact", "min", "max", "mean", "std", "n_zero", "n_negative", "n_distinct")
    return {**{name: getattr(column, name) for name in names}, "quantiles": quantiles}
