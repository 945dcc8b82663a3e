"""Which kind a column gets: from its type, or from a schema where its values can be read that way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from driftline.profiling.columns import CategoricalColumn, Column

if TYPE_CHECKING:
    from driftline.ingest import IngestColumn
    from driftline.profiling.value import Profile
    from driftline.schema import Schema

__all__ = ["ColumnPlan", "KindRule", "by_reference", "by_schema"]

# Kind to the logical types whose values it can hold. Text is never parsed, numbers are never taken for dates.
READABLE = {
    "numeric": frozenset({"number", "boolean", "duration", "datetime"}),
    "boolean": frozenset({"boolean", "number"}),
    "datetime": frozenset({"datetime"}),
    "categorical": frozenset({"number", "boolean", "duration", "datetime", "text", "binary"}),
}

KIND_OF_TYPE = {
    "null": "null",
    "number": "numeric",
    "boolean": "boolean",
    "datetime": "datetime",
    "duration": "numeric",
    "text": "categorical",
    "binary": "categorical",
}


class ColumnPlan(NamedTuple):
    """How a column is summarised; `reason` says why not, for the kind ``unsupported``."""

    kind: str
    role: str = "feature"
    reason: str = ""


KindRule: TypeAlias = "Callable[[IngestColumn], ColumnPlan | None]"
"""Decides over the columns of a data set; None leaves a column out."""


def by_schema(schema: Schema) -> KindRule:
    """Kinds and roles of a schema; a kind that the values cannot have makes the column unsupported."""

    def rule(column: IngestColumn) -> ColumnPlan | None:
        asked = schema.kinds.get(column.name)
        role = schema.roles.get(column.name, "feature")
        if asked == "ignore":
            return None
        kind, reason = _kind_of_type(column)
        if asked is None or kind == "unsupported":
            return ColumnPlan(kind, role, reason)
        view = column.chunks[0]
        if kind == "null" or view.logical in READABLE[asked]:
            return ColumnPlan(asked, role)
        reason = f"the schema says {asked}, but the values are of type {view.type_name}; convert them first"
        return ColumnPlan("unsupported", role, reason)

    return rule


def by_reference(reference: Profile, others: Schema) -> KindRule:
    """Kinds and roles of a reference's columns, so that both sides are summarised alike.

    A column keeps the kind of its own type when its values are of another sort than the reference's, for the comparison
    to say so. Columns the reference does not have follow `others`, which may also leave columns out.
    """
    hashed = bool(reference.options["hash_labels"])
    other_rule = by_schema(others)

    def rule(column: IngestColumn) -> ColumnPlan | None:
        known = reference.columns.get(column.name)
        if known is None or known.kind == "unsupported" or others.kinds.get(column.name) == "ignore":
            return other_rule(column)
        kind, reason = _kind_of_type(column)
        if kind not in ("null", "unsupported") and _is_alike(known, column.chunks[0].logical, hashed=hashed):
            kind = known.kind
        return ColumnPlan(kind, known.role, reason)

    return rule


def _kind_of_type(column: IngestColumn) -> tuple[str, str]:
    """Kind, or ``unsupported`` with the reason: never a matter of which values a batch happens to hold."""
    if column.reason:
        return "unsupported", column.reason
    view = column.chunks[0]
    if view.logical == "unsupported":
        return "unsupported", f"values of type {view.type_name} are not supported"
    if view.is_dictionary and view.logical != "null":
        return "categorical", ""
    return KIND_OF_TYPE[view.logical], ""


def _is_alike(reference: Column, logical: str, *, hashed: bool) -> bool:
    if reference.kind == "numeric" and logical == "datetime":
        return False
    if isinstance(reference, CategoricalColumn) and logical not in ("text", "binary"):
        # Numbers can be labels, but not where the reference's labels are all texts. Hashed ones do not tell.
        return hashed or not all(isinstance(label, (str, bytes)) for label, _ in reference.top(1000))
    return logical in READABLE.get(reference.kind, ())
