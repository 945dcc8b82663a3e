"""Progress of a pass over data: a bar on a terminal or in a notebook, or the caller's own function."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from driftline.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Progress", "progress_reports"]

ProgressCallback: TypeAlias = "Callable[[int, int | None], object]"
Progress: TypeAlias = "bool | ProgressCallback | None"

# Unless asked for, a bar appears only where there is time to look at it.
SHOWN_AFTER_S = 1.0
REDRAWN_AFTER_S = 0.1
WIDTH = 30


@contextmanager
def progress_reports(
    progress: Progress, count_rows: Callable[[], int | None]
) -> Iterator[Callable[[int], None] | None]:
    """What to call with the rows done after each part of the work; None: nothing.

    `count_rows` gives the rows in all, where known; it is called at most once. True draws a bar at once and None draws
    one after a second, on stderr if that is a terminal or else in the notebook this runs in, if any.
    """
    if progress is not None and not isinstance(progress, bool):
        if not callable(progress):
            raise OptionError(f"progress must be True, False, None or a callable, not {progress!r}")
        yield _calls(progress, count_rows())
        return
    canvas = None if progress is False else _canvas()
    if canvas is None:
        yield None
        return
    bar = _Bar(canvas, count_rows, 0.0 if progress else SHOWN_AFTER_S)
    try:
        yield bar.report
    finally:
        bar.close()


def _calls(function: ProgressCallback, total: int | None) -> Callable[[int], None]:
    def report(done: int) -> None:
        function(done, total)

    return report


class _Bar:
    """Draws now and then."""

    def __init__(self, canvas: _Terminal | _Notebook, count_rows: Callable[[], int | None], delay: float) -> None:
        self._canvas = canvas
        self._count_rows = count_rows
        self._next = time.monotonic() + delay
        self._drawn: int | None = None
        self._done = 0
        self._total: int | None = None

    def report(self, done: int) -> None:
        """Accept the rows done so far."""
        self._done = done
        if time.monotonic() >= self._next:
            self._draw()
            self._next = time.monotonic() + REDRAWN_AFTER_S

    def close(self) -> None:
        """Draw the last state and leave the line, if anything was drawn."""
        if self._drawn is None:
            return
        if self._drawn != self._done:
            self._draw()
        self._canvas.close()

    def _draw(self) -> None:
        if self._drawn is None:
            self._total = self._count_rows()
        self._drawn = self._done
        if self._total:
            share = min(1.0, self._done / self._total)
            self._canvas.draw(f"{self._done:,} of {self._total:,} rows ({share:.0%})", share)
        else:
            self._canvas.draw(f"{self._done:,} rows", None)


class _Terminal:
    """A line on stderr."""

    def draw(self, text: str, share: float | None) -> None:
        bar = "" if share is None else f"[{'#' * round(share * WIDTH):<{WIDTH}}] "
        sys.stderr.write(f"\r{bar}{text}")
        sys.stderr.flush()

    def close(self) -> None:
        sys.stderr.write("\n")


class _Notebook:
    """A bar below the cell, made by the browser."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._handle: Any = None

    def draw(self, text: str, share: float | None) -> None:
        value = "" if share is None else f' value="{share:.3f}"'
        content = {"text/plain": text, "text/html": f"<progress{value}></progress> {text}"}
        if self._handle is None:
            self._handle = self._display.display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)

    def close(self) -> None:
        pass


def _canvas() -> _Terminal | _Notebook | None:
    if sys.stderr is not None and sys.stderr.isatty():
        return _Terminal()
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    # The shell of a kernel: only its front end can show a bar.
    if type(shell).__name__ != "ZMQInteractiveShell":
        return None
    import IPython.display

    return _Notebook(IPython.display)
