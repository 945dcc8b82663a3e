"""Where results go: standard output, and files that appear whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TextIO

from driftline.errors import InputError, OptionError
from driftline.file_output import write_whole

__all__ = ["NotDeliveredError", "print_result", "require_writable", "use_utf8", "wants_color", "write_file"]


class NotDeliveredError(Exception):
    """A result exists and could not be put where it was wanted."""


def write_file(path: Path, data: str | bytes) -> None:
    """Write a file in one step; what a link points to is replaced, a device or pipe is written to.

    Raises
    ------
    NotDeliveredError
        If the file cannot be written; then an older one is still there.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    try:
        target = path.resolve()
        if target.exists() and not target.is_file() and not target.is_dir():
            target.write_bytes(content)
        else:
            write_whole(target, content)
    except (OSError, InputError, RuntimeError) as error:  # RuntimeError: links that go in a circle
        raise NotDeliveredError(f"cannot write {path}: {_cause(error)}") from error


def require_writable(path: Path) -> None:
    """Refuse a place where no file can be written, before there is anything to write.

    Raises
    ------
    OptionError
        If its folder is not there, or this user may not write it, or it is a folder itself.
    """
    folder = path.absolute().parent
    if not folder.is_dir():
        raise OptionError(f"cannot write {path}: the folder {folder} does not exist")
    if path.is_dir():
        raise OptionError(f"cannot write {path}: it is a folder")
    if not os.access(path if path.exists() and not path.is_file() else folder, os.W_OK):
        raise OptionError(f"cannot write {path}: permission denied")


def _cause(error: BaseException) -> str:
    cause = error.__cause__ or error
    return (cause.strerror if isinstance(cause, OSError) else None) or str(cause)


def print_result(text: str) -> None:
    """Print to standard output; a reader who has seen enough (``| head``) is no failure.

    Raises
    ------
    NotDeliveredError
        If standard output is closed or full.
    """
    try:
        print(text, flush=True)
    except BrokenPipeError:
        _silence_stdout()
    except (OSError, ValueError) as error:  # ValueError: closed
        _silence_stdout()
        raise NotDeliveredError(f"cannot write to standard output: {_cause(error)}") from error


def _silence_stdout() -> None:
    """Let the interpreter flush what is left of standard output into nothing at its exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def use_utf8() -> None:
    """Make both streams take any character: UTF-8 in files and pipes, escapes where a terminal cannot show it."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            encoding = None if stream.isatty() else "utf-8"
            reconfigure(encoding=encoding, errors="backslashreplace")


def wants_color(stream: TextIO) -> bool:
    """Colour on terminals only, unless FORCE_COLOR asks for it or NO_COLOR forbids it."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")
