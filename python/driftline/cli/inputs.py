"""What stands on the command line for data: files, globs and saved profiles."""

from __future__ import annotations

from collections.abc import Sequence
from glob import glob, has_magic
from pathlib import Path
from typing import Any

from driftline.errors import InputError, OptionError
from driftline.profiling import Profile, as_profile, is_saved_profile, load, merge
from driftline.schema import Schema

__all__ = ["expand", "read_side", "refuse_overwriting"]


def expand(patterns: Sequence[str]) -> list[str]:
    """The files that the patterns match, each pattern's in sorted order; what matches nothing stays as it is."""
    return [path for pattern in patterns for path in _matches(pattern)]


def _matches(pattern: str) -> list[str]:
    if Path(pattern).exists() or not has_magic(pattern):
        return [pattern]
    found = glob(pattern, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    return sorted(path for path in found if not Path(path).is_dir()) or [pattern]


def read_side(
    patterns: Sequence[str],
    *,
    schema: Schema,
    like: Profile | None = None,
    columns: Sequence[str] | None = None,
    threads: int | None = None,
    quiet: bool = False,
) -> Profile:
    """The profile of everything that one side names: saved profiles, which are recognised by their content, and data.

    With ``like``, data are profiled the way that profile was; then a column that they lack is a finding, not an error.
    """
    paths = expand(patterns)
    profiles = [load(path) for path in paths if is_saved_profile(path)]
    data = [path for path in paths if not is_saved_profile(path)]
    if data:
        options: dict[str, Any] = {"like": like, "schema": schema, "threads": threads, "progress": not quiet}
        try:
            profiles.append(as_profile(data, columns=columns, **options))
        except InputError:
            if like is None or columns is None:
                raise
            profiles.append(as_profile(data, **options))
    return merge(profiles)


def refuse_overwriting(outputs: Sequence[Path], inputs: Sequence[str]) -> None:
    """Refuse outputs that are the same file as another one or as an input.

    Raises
    ------
    OptionError
        If one of them is.
    """
    resolved = [output.resolve() for output in outputs]
    if len(set(resolved)) < len(resolved):
        raise OptionError(f"two outputs are the same file, {outputs[0]}")
    for path in expand(inputs):
        if Path(path).resolve() in resolved:
            raise OptionError(f"{path} is an input and would be overwritten; name another output")
