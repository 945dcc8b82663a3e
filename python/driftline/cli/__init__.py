"""The command line: what `driftline` does in a shell."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from driftline.cli.exit_codes import ExitCode

__all__ = ["ExitCode", "main"]

_OF_EXTRA = frozenset({"typer", "click", "rich", "shellingham", "pydantic", "pydantic_core", "tomli"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line on ``arguments`` (default: those of the process) and return its exit code."""
    try:
        from driftline.cli.output import use_utf8

        use_utf8()
        from driftline.cli.monitoring import app

        app(args=None if arguments is None else list(arguments), prog_name="driftline")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _OF_EXTRA:
            return _fail(str(error))
        print(f"the command line needs {error.name}: pip install 'driftline[cli]'", file=sys.stderr)
        return ExitCode.USAGE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else ExitCode.NO_ALERT
    except Exception as error:
        return _fail(f"{type(error).__name__}: {error}")
    return ExitCode.NO_ALERT


def _fail(text: str) -> int:
    """An error before any command ran; Python's own exit code 1 would read as drift."""
    print(f"driftline: {text}", file=sys.stderr)
    return ExitCode.NOT_EVALUATED
