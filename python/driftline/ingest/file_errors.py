"""What goes wrong while a file is read, as an error that names the file."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from driftline.errors import DriftlineError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["TEXT_BLOCK_BYTES", "reading"]

# Types of text files come from the first block, so a large one meets more of a sparse column.
TEXT_BLOCK_BYTES = 8 << 20


@contextmanager
def reading(path: Path, names: Sequence[str] = ()) -> Iterator[None]:
    """Makes what goes wrong in here an error that names the file; `names` are its columns, where known."""
    try:
        yield
    except DriftlineError as error:
        raise (error if str(error).startswith(str(path)) else type(error)(_explain(path, str(error), names))) from error
    except MemoryError as error:
        raise InputError(
            f"{path}: memory ran out while it was read ({error}); use fewer threads, read fewer columns (columns=...), "
            "or write the file with smaller row groups and pages"
        ) from error
    except (OSError, ValueError, NotImplementedError, _unnamed_arrow_error()) as error:  # all that pyarrow raises
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(_explain(path, reason, names)) from error


def _unnamed_arrow_error() -> type[Exception]:
    """What pyarrow raises where it has no better name: a thread that could not be started."""
    import pyarrow

    return pyarrow.ArrowException  # type: ignore[no-any-return]


def _explain(path: Path, reason: str, names: Sequence[str]) -> str:
    """The file, the reason, and, where text has changed its type, the column and what would work."""
    csv_column = re.search(r"CSV column #(\d+)", reason)
    json_column = re.search(r"Column\(/(.+?)\) changed", reason)
    if csv_column and int(csv_column[1]) < len(names):
        what = f"column {names[int(csv_column[1])]!r} changes its type: "
    elif json_column:
        what = f"column {json_column[1]!r} changes its type: "
    elif "unexpected field" in reason:
        what = "a field appears that was not there before: "
    else:
        return f"{path}: {reason}"
    return (
        f"{path}: {what}{reason}. Types follow from the first {TEXT_BLOCK_BYTES >> 20} MiB of a text file; read it "
        "with the types you want (pandas.read_csv(dtype=...), pyarrow.csv, polars) and hand over the table, or store "
        "it as Parquet"
    )
