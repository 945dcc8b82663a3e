"""Files, through pyarrow: Parquet, Arrow IPC, CSV and JSON Lines, one file after the other.

Files are not made to agree beforehand: each brings its own columns and widths, as batches in memory may.
"""

from __future__ import annotations

import glob
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from driftline.errors import DriftlineError, InputError
from driftline.ingest.arrow_streams import BATCH_ROWS, READAHEAD_BATCHES, kept_columns, open_stream, stream_batches
from driftline.ingest.batches import Batch, Selection, Source, unique_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["FORMATS", "file_source", "is_path"]

PathLike: TypeAlias = "str | os.PathLike[str]"

FORMATS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".arrow": "ipc",
    ".feather": "ipc",
    ".ipc": "ipc",
}
COMPRESSIONS = (".gz", ".bz2", ".zst", ".lz4")

# Types come from the first block, so a large one meets more of a sparse column.
BLOCK_BYTES = 8 << 20


def is_path(value: object) -> bool:
    """True for a path, as text or as a path object."""
    return isinstance(value, (str, os.PathLike))


def file_source(paths: Sequence[PathLike], selection: Selection) -> Source:
    """The rows of all files, in the order of the paths; a glob stands for its matches in sorted order."""
    _require_pyarrow()
    files = [_File(path) for pattern in paths for path in _expand(pattern)]

    def batches() -> Iterator[Batch]:
        for file in files:
            yield from file.batches(selection)

    def count_rows() -> int | None:
        counts = [file.count_rows() for file in files]
        return None if None in counts else sum(filter(None, counts))

    return Source(batches(), name=_display_name(files), names=_Names(files), count_rows=count_rows)


class _File:
    """One file that exists and is not empty, in a known format."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._format = _format(path)
        _require_content(path)

    def names(self) -> list[str]:
        with _reading(self.path):
            return unique_names((self._dataset() if self._has_types() else self._text_reader()).schema.names)

    def batches(self, selection: Selection) -> Iterator[Batch]:
        with _reading(self.path):
            if self._has_types():
                dataset = self._dataset()
                unique_names(dataset.schema.names)
                kept = kept_columns(dataset.schema.names, selection)
                reader = dataset.scanner(
                    columns=kept, batch_size=BATCH_ROWS, batch_readahead=READAHEAD_BATCHES
                ).to_reader()
            else:
                reader = self._text_reader()
            names = unique_names(reader.schema.names)
        with _reading(self.path, names):
            yield from stream_batches(open_stream(reader), names, selection, self.path.name)

    def count_rows(self) -> int | None:
        """From the file's metadata; None for text, where it would take a pass."""
        if not self._has_types():
            return None
        with _reading(self.path):
            return int(self._dataset().count_rows())

    def _has_types(self) -> bool:
        return self._format in ("parquet", "ipc")

    def _dataset(self) -> Any:
        import pyarrow.dataset
        import pyarrow.fs

        local = pyarrow.fs.LocalFileSystem()
        return pyarrow.dataset.dataset(str(self.path.absolute()), format=self._reader(), filesystem=local)

    def _reader(self) -> Any:
        import pyarrow.dataset

        if self._format != "parquet":
            return self._format
        # Buffering ahead would hold whole row groups of the file in memory.
        options = pyarrow.dataset.ParquetFragmentScanOptions(pre_buffer=False)
        return pyarrow.dataset.ParquetFileFormat(default_fragment_scan_options=options)

    def _text_reader(self) -> Any:
        # Not through pyarrow.dataset: its JSON reader drops, without a word, fields that the first block did not have.
        if self._format == "json":
            import pyarrow.json

            options = pyarrow.json.ReadOptions(block_size=BLOCK_BYTES)
            if not hasattr(pyarrow.json, "open_json"):  # an older pyarrow, which can only read the file whole
                return pyarrow.json.read_json(str(self.path), read_options=options).to_reader()
            return pyarrow.json.open_json(str(self.path), read_options=options)
        import pyarrow.csv

        return pyarrow.csv.open_csv(
            str(self.path),
            read_options=pyarrow.csv.ReadOptions(block_size=BLOCK_BYTES),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter="\t" if self._format == "tsv" else ",", newlines_in_values=True
            ),
            # An empty field is a missing value, "" is the empty text.
            convert_options=pyarrow.csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False),
        )


class _Names:
    """The column names of all files; opens one file after the other while it is iterated."""

    def __init__(self, files: list[_File]) -> None:
        self._files = files

    def __iter__(self) -> Iterator[str]:
        seen: set[str] = set()
        for file in self._files:
            fresh = [name for name in file.names() if name not in seen]
            seen.update(fresh)
            yield from fresh


def _expand(pattern: PathLike) -> list[Path]:
    path = Path(pattern)
    if "://" in str(pattern):
        raise InputError(f"{pattern}: only local files are read; hand over pyarrow.dataset.dataset({str(pattern)!r})")
    if not glob.has_magic(str(path)) or path.exists():
        return [path]
    found = glob.glob(str(path), recursive=True)  # noqa: PTH207 (Path.glob takes no absolute pattern)
    matches = sorted(match for match in map(Path, found) if not match.is_dir())
    if not matches:
        raise InputError(f"{path}: no file matches this pattern (in {Path.cwd()})")
    return matches


def _format(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    compressed = bool(suffixes) and suffixes[-1] in COMPRESSIONS
    extension = suffixes[-2] if compressed and len(suffixes) > 1 else suffixes[-1] if suffixes else ""
    file_format = FORMATS.get(extension)
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give a pattern such as {path / '**' / '*.parquet'}")
    if file_format is None:
        raise InputError(
            f"{path}: unknown extension {extension!r}; known are {', '.join(FORMATS)}, the text formats also with "
            f"{', '.join(COMPRESSIONS)}. Other data: read it yourself and hand over the table"
        )
    if compressed and file_format in ("parquet", "ipc"):
        raise InputError(f"{path}: a {file_format} file is compressed inside; unpack it first")
    return file_format


def _require_content(path: Path) -> None:
    with _reading(path), path.open("rb") as file:
        if not file.read(1):
            raise InputError(f"{path}: the file is empty (0 bytes)")


def _require_pyarrow() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise InputError(
            "reading files needs pyarrow: pip install 'driftline[files]', or read the file yourself and hand over the "
            "DataFrame"
        ) from error


@contextmanager
def _reading(path: Path, names: Sequence[str] = ()) -> Iterator[None]:
    """Makes what goes wrong in here an error that names the file; `names` are its columns, where known."""
    try:
        yield
    except DriftlineError as error:
        raise (error if str(error).startswith(str(path)) else type(error)(_explain(path, str(error), names))) from error
    except (OSError, ValueError, NotImplementedError) as error:  # every pyarrow error is one of these
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(_explain(path, reason, names)) from error


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
        f"{path}: {what}{reason}. Types follow from the first {BLOCK_BYTES >> 20} MiB of a text file; read it with the "
        "types you want (pandas.read_csv(dtype=...), pyarrow.csv, polars) and hand over the table, or store it as "
        "Parquet"
    )


def _display_name(files: list[_File]) -> str:
    names = [file.path.name for file in files]
    return ", ".join(names) if len(names) <= 3 else f"{names[0]}, … ({len(names)} files)"
