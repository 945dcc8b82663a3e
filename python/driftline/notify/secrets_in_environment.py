"""`${NAME}` in an address or a header: the secret stays in the environment until the moment it is used."""

from __future__ import annotations

import os
import re

from driftline.errors import OptionError

__all__ = ["expand"]

_REFERENCE = re.compile(r"\$\{([^}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def expand(text: str, what: str) -> str:
    """``text`` with every ``${NAME}`` replaced by that environment variable.

    Raises
    ------
    OptionError
        If a variable is not set or empty, or a reference is not closed. It names ``what`` and the variable, and quotes
        nothing else, since the rest may be secret.

    Examples
    --------
    >>> import os
    >>> os.environ["HOOK_TOKEN"] = "abc"
    >>> expand("https://example.com/${HOOK_TOKEN}", "webhook")
    'https://example.com/abc'
    """

    def value(reference: re.Match[str]) -> str:
        name, end = reference.groups()
        if not end or not _NAME.fullmatch(name):
            raise OptionError(f"{what}: a reference to the environment is written ${{NAME}}, with letters, digits, _")
        if not os.environ.get(name):
            raise OptionError(f"{what}: the environment variable {name} is not set")
        return os.environ[name]

    return _REFERENCE.sub(value, text)
