"""From what a command ran into to a short message and an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from driftline.cli.exit_codes import ExitCode
from driftline.cli.output import NotDeliveredError
from driftline.errors import DriftlineError, OptionError

__all__ = ["outcome", "say"]


@contextmanager
def outcome(*, debug: bool) -> Iterator[None]:
    """Turn every error inside into a short message and an exit code, never Python's 1, which would read as drift."""
    try:
        yield
    except KeyboardInterrupt:
        say("interrupted")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except OptionError as error:
        raise _failure(error, ExitCode.USAGE, debug=debug) from error
    except NotDeliveredError as error:
        raise _failure(error, ExitCode.NOT_DELIVERED, debug=debug) from error
    except DriftlineError as error:
        raise _failure(error, ExitCode.NOT_EVALUATED, debug=debug) from error
    except typer.Exit:
        raise
    except Exception as error:
        text = f"unexpected {type(error).__name__}: {error}" + " (--debug shows where)" * (not debug)
        raise _failure(error, ExitCode.NOT_EVALUATED, text, debug=debug) from error


def _failure(error: Exception, code: ExitCode, text: str = "", *, debug: bool) -> typer.Exit:
    if debug:
        traceback.print_exception(error)
    say(text or str(error))
    return typer.Exit(code)


def say(text: str) -> None:
    """A message to the person, on standard error."""
    print(f"driftline: {text}", file=sys.stderr)
