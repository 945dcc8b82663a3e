"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from driftline.errors import InputError

__all__ = ["write_whole"]


def _sync(descriptor: int) -> None:
    """Waits until the data and the size are on the disk.

    They must be there before the name is. fsync, which is all that some systems have, waits for the times of the file,
    too.
    """
    getattr(os, "fdatasync", os.fsync)(descriptor)


def write_whole(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes `data` to a file beside `path` and renames it: readers see the old content or the new, never a part.

    Raises InputError, naming the path, when it cannot be written; then nothing is left behind.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            _sync(file.fileno())
        temporary.replace(target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise InputError(f"cannot write {os.fspath(path)}: {error.strerror or error}") from error
        raise
