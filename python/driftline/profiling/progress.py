"""Progress of a pass over data."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from driftline.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Progress", "progress_reports"]

ProgressCallback: TypeAlias = "Callable[[int, int | None], object]"
Progress: TypeAlias = "bool | ProgressCallback | None"


@contextmanager
def progress_reports(
    progress: Progress, count_rows: Callable[[], int | None]
) -> Iterator[Callable[[int], None] | None]:
    """What to call with the rows done after each part of the work; None: nothing.

    `count_rows` gives the rows in all, where known; it is called at most once. True draws one line on stderr, and only
    if that is a terminal.
    """
    if progress is not None and not isinstance(progress, bool):
        if not callable(progress):
            raise OptionError(f"progress must be True, False, None or a callable, not {progress!r}")
        total = count_rows()
        call = progress

        def report(done: int) -> None:
            call(done, total)

        yield report
    elif progress and sys.stderr is not None and sys.stderr.isatty():
        total = count_rows()
        try:
            yield lambda done: _write_line(done, total)
        finally:
            sys.stderr.write("\n")
    else:
        yield None


def _write_line(done: int, total: int | None) -> None:
    share = f" of {total:,} ({done / total:.0%})" if total else ""
    sys.stderr.write(f"\r{done:,} rows{share}")
    sys.stderr.flush()
