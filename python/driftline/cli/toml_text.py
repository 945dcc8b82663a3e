"""Where keys stand in the text of a TOML file, and the variables of the environment that its values name."""

from __future__ import annotations

import os
import re

from driftline.errors import OptionError

__all__ = ["expand_variables", "key_lines"]


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    r"""The line of every key and table of a TOML text, by its whole name.

    Examples
    --------
    >>> key_lines('window = "1d"\n[policy]\nalpha = 0.01')[("policy", "alpha")]
    3
    """
    part = r"""[\w-]+|"[^"]*"|'[^']*'"""
    dotted = rf"(?:{part})(?:\s*\.\s*(?:{part}))*"
    table: tuple[str, ...] = ()
    lines: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(rf"\s*\[\[?\s*({dotted})\s*\]", line)
        key = re.match(rf"\s*({dotted})\s*=", line)
        if header:
            table = _parts(header[1], part)
            lines.setdefault(table, number)
        elif key:
            lines.setdefault((*table, *_parts(key[1], part)), number)
    return lines


def _parts(dotted: str, part: str) -> tuple[str, ...]:
    return tuple(each.strip("\"'") for each in re.findall(part, dotted))


def expand_variables(text: str) -> str:
    """`text` with every ``${NAME}`` replaced by that variable of the environment. Raises OptionError if one is not set.

    Examples
    --------
    >>> expand_variables("history.db")
    'history.db'
    """

    def value(found: re.Match[str]) -> str:
        if found[1] not in os.environ:
            raise OptionError(f"the environment has no variable {found[1]}")
        return os.environ[found[1]]

    return re.sub(r"\$\{(\w+)\}", value, text)
