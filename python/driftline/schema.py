"""Schema: what kind each column is and which part it plays, where the data's own types do not say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from driftline.errors import OptionError

__all__ = ["KINDS", "ROLES", "Schema", "column_name"]

KINDS = ("numeric", "categorical", "boolean", "datetime", "ignore")
ROLES = ("feature", "prediction", "target", "timestamp", "id", "weight")


@dataclass(frozen=True, eq=True)
class Schema:
    """Kinds and roles of columns, by name.

    Columns that are not named keep the kind that follows from their type, and the role ``feature``.

    Parameters
    ----------
    kinds
        Column name to ``numeric``, ``categorical``, ``boolean``, ``datetime`` or ``ignore`` (leave the column out).
        Text is never parsed: a text column cannot be made numeric here.
    roles
        Column name to ``feature``, ``prediction``, ``target``, ``timestamp``, ``id`` or ``weight``.

    Raises
    ------
    OptionError
        For a kind or role that does not exist.

    Examples
    --------
    >>> schema = Schema(kinds={"zip": "categorical"}, roles={"score": "prediction"})
    >>> schema.kinds["zip"]
    'categorical'
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", _checked(self.kinds, "kind", KINDS))
        object.__setattr__(self, "roles", _checked(self.roles, "role", ROLES))

    def __hash__(self) -> int:
        return hash((frozenset(self.kinds.items()), frozenset(self.roles.items())))

    def __reduce__(self) -> tuple[type[Schema], tuple[dict[str, str], dict[str, str]]]:
        return Schema, (dict(self.kinds), dict(self.roles))

    def __repr__(self) -> str:
        return f"Schema(kinds={dict(self.kinds)!r}, roles={dict(self.roles)!r})"

    @property
    def names(self) -> list[str]:
        """Every column the schema speaks of, each once."""
        return list(dict.fromkeys([*self.kinds, *self.roles]))


def column_name(name: object) -> str:
    """The text under which a column is known: ``str(name)``, with what UTF-8 cannot hold written as an escape."""
    return str(name).encode("utf-8", "backslashreplace").decode("utf-8")


def _checked(values: Mapping[Any, str], what: str, allowed: tuple[str, ...]) -> Mapping[str, str]:
    if not isinstance(values, Mapping):
        raise OptionError(f"{what}s must be a mapping from column name to {what}, not {type(values).__name__}")
    for name, value in values.items():
        if value == "embedding" and what == "kind":
            raise OptionError(
                f"column {column_name(name)!r}: the kind 'embedding' is not available; list columns are counted and "
                "reported as unsupported_type. Give one column per dimension, or the kind 'ignore'"
            )
        if value not in allowed:
            near = get_close_matches(str(value), allowed, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise OptionError(
                f"column {column_name(name)!r}: unknown {what} {value!r}{hint}; there are {', '.join(allowed)}"
            )
    return MappingProxyType({column_name(name): value for name, value in values.items()})
