"""The TOML file that `driftline check --config` reads: schema, policy, methods and columns.

The models say what may stand where; what the values mean is for `driftline.Schema`, `driftline.Policy` and the method
records to check.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from driftline.errors import OptionError
from driftline.methods import METHODS, Method, choose, suggest
from driftline.policy import Policy
from driftline.schema import KINDS, ROLES, Schema

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    pass

__all__ = ["CheckConfig", "Number", "Table", "explain", "read_config", "read_toml"]

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Tolerance = Annotated[list[Number], Field(min_length=1, max_length=2)] | Literal[False]
Outcome = Literal["note", "warn", "alert"]


class Table(BaseModel):
    """A table that may hold the keys it names and no others."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SchemaTable(Table):
    """Kinds and roles of columns that their types do not say."""

    kinds: dict[str, str] = Field(default={}, description=f"Column to its kind: {', '.join(KINDS)}.")
    roles: dict[str, str] = Field(default={}, description=f"Column to its role: {', '.join(ROLES)}.")


class Level(Table):
    """Settings of one kind of column, or of one column."""

    method: str | None = None
    tolerances: dict[str, Tolerance] = {}
    judge: bool | None = Field(default=None, description="true: judge even a row id or a date; false: leave it out.")


class PolicyTable(Table):
    """The fields of driftline.Policy. A tolerance is [warn, alert], [warn] for no alert, or false for "only inform"."""

    alpha: Number | None = None
    correction: Literal["benjamini_hochberg", "bonferroni", "none"] | None = None
    method: str | None = None
    tolerances: dict[str, Tolerance] = {}
    by_kind: dict[str, Level] = {}
    by_column: dict[str, Level] = {}
    min_rows: int | None = None
    min_columns: int | None = None
    share: Number | None = None
    on_absent: Outcome | None = None
    on_extra: Outcome | None = None
    on_change: Literal["note", "warn"] | None = None


class MethodTable(Table):
    """A method with options of its own."""

    name: str
    bins: int | None = None
    p_value: bool | None = None
    definition: str | None = None


def _or_a_path(schema: dict[str, Any]) -> None:
    """In the published schema: a path may stand for a table. `read_toml` has put the table in its place."""
    table = {name: schema.pop(name) for name in ("$ref", "allOf") if name in schema}
    schema["anyOf"] = [table, {"type": "string"}]


class CheckConfig(Table):
    """Everything that a configuration file may say.

    Examples
    --------
    >>> CheckConfig.model_validate({"policy": {"alpha": 0.01}}).build_policy().alpha
    0.01
    """

    table_schema: SchemaTable = Field(default=SchemaTable(), alias="schema")
    policy: PolicyTable = Field(
        default=PolicyTable(),
        description='The table, or the path of a file that holds it: policy = "policy.toml".',
        json_schema_extra=_or_a_path,
    )
    methods: list[str | MethodTable] | None = None
    columns: list[str] | None = None

    def build_schema(self, targets: Sequence[str] = ()) -> Schema:
        """The schema, with ``targets`` as further target columns."""
        roles = {**self.table_schema.roles, **dict.fromkeys(targets, "target")}
        return Schema(kinds=self.table_schema.kinds, roles=roles)

    def build_policy(self) -> Policy:
        """The policy that the file describes; what it does not say keeps its default."""
        given = self.policy.model_dump(exclude_unset=True)
        given["tolerances"] = _tolerances(given.get("tolerances", {}))
        for levels in ("by_kind", "by_column"):
            given[levels] = {name: _level(level) for name, level in given.get(levels, {}).items()}
        return Policy(**given)

    def build_methods(self) -> tuple[Method, ...] | None:
        """The methods to measure, or ``None`` for the default ones."""
        if self.methods is None:
            return None
        return choose([method if isinstance(method, str) else _record(method) for method in self.methods])


def _level(level: dict[str, Any]) -> dict[str, Any]:
    if "tolerances" in level:
        level["tolerances"] = _tolerances(level["tolerances"])
    return level


def _tolerances(given: dict[str, Any]) -> dict[str, tuple[float, float | None] | None]:
    return {name: (value[0], value[1] if len(value) > 1 else None) if value else None for name, value in given.items()}


def _record(table: MethodTable) -> Method:
    options = table.model_dump(exclude_unset=True, exclude={"name"})
    if table.name not in METHODS:
        known = ", ".join(METHODS)
        raise OptionError(f"methods: unknown method {table.name!r}{suggest(table.name, METHODS)}; known: {known}")
    unknown = options.keys() - METHODS[table.name]().options().keys()
    if unknown:
        raise OptionError(f"methods: {table.name} takes no option {', '.join(sorted(unknown))}")
    return METHODS[table.name](**options)


def read_config(path: Path | None) -> CheckConfig:
    """The configuration in a file; the empty one without a path.

    Raises
    ------
    OptionError
        If the file cannot be read, is no TOML, or says something that is not allowed; each mistake with its place.
    """
    if path is None:
        return CheckConfig()
    return _validated(path, read_toml(path)[1])


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file and what it says. Raises OptionError naming the file.

    ``policy = "policy.toml"`` says what the ``[policy]`` table of that file says; its path is relative to this one.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise OptionError(f"configuration {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(f"configuration {path} is not TOML: {error}") from error
    if isinstance(content.get("policy"), str):
        content["policy"] = _policy_in(path.absolute().parent / content["policy"])
    return text, content


def _policy_in(path: Path) -> dict[str, Any]:
    """The ``[policy]`` table of a file that holds nothing else."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OptionError(f"policy: {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(f"policy: {path} is not TOML: {error}") from error
    if content.keys() != {"policy"} or not isinstance(content["policy"], dict):
        found = ", ".join(content) or "nothing"
        raise OptionError(f"policy: {path} must hold the table [policy] and nothing else; it holds {found}")
    _validated(path, content)
    table: dict[str, Any] = content["policy"]
    return table


def _validated(path: Path, content: dict[str, Any]) -> CheckConfig:
    try:
        return CheckConfig.model_validate(content)
    except ValidationError as error:
        mistakes = dict.fromkeys(explain(mistake) for mistake in error.errors(include_url=False))
        raise OptionError("\n  ".join([f"configuration {path}:", *mistakes])) from error


def explain(
    mistake: Mapping[str, Any],
    root: type[Table] = CheckConfig,
    tables: Mapping[str, type[Table]] = MappingProxyType({}),
) -> str:
    """One mistake: where it is, what it is, what would work; `tables` are those of `root` by their key.

    pydantic reports a value that may be of several types once for each of them; here that is one mistake.
    """
    place = mistake["loc"]
    if "tolerances" in place and len(place) > place.index("tolerances") + 2:
        place = place[: place.index("tolerances") + 2]
        return f"{_written(place)}: must be [warn, alert], [warn] for no alert, or false for none"
    if place[0] == "methods" and len(place) == 3:
        return f'{_written(place[:2])}: must be a name or a table such as {{ name = "psi", bins = 20 }}'
    if mistake["type"] == "extra_forbidden":
        known = _keys_beside(place, root, tables)
        close = suggest(str(place[-1]), known)
        return f"{_written(place)}: unknown key{close}; known here: {', '.join(known)}"
    return f"{_written(place)}: {mistake['msg']}, got {mistake['input']!r}"


def _keys_beside(place: tuple[int | str, ...], root: type[Table], tables: Mapping[str, type[Table]]) -> list[str]:
    """The keys that may stand where ``place`` ends."""
    table = tables.get(str(place[0]), root) if len(place) > 1 else root
    if place[0] == "schema" and len(place) > 1:
        table = SchemaTable
    elif place[0] == "methods":
        table = MethodTable
    elif place[0] == "policy" and len(place) > 1:
        table = Level if place[1] in ("by_kind", "by_column") else PolicyTable
    return [field.alias or name for name, field in table.model_fields.items()]


def _written(place: tuple[int | str, ...]) -> str:
    """The place as TOML writes it; the names of the models that pydantic tried are no part of it."""
    parts = [part for part in place if part not in ("str", "MethodTable")]
    return ".".join(str(part) if re.fullmatch(r"[\w-]+", str(part)) else json.dumps(part) for part in parts)
