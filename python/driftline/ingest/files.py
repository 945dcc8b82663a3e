"""Files, through pyarrow: Parquet, Arrow IPC, CSV and JSON Lines, one file after the other.

Files are not made to agree beforehand: each brings its own columns and widths, as batches in memory may.
"""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from driftline.errors import InputError
from driftline.ingest.arrow_streams import BATCH_ROWS, READAHEAD_BATCHES, kept_columns, open_stream, stream_batches
from driftline.ingest.batches import Batch, Part, Selection, Source, unique_names
from driftline.ingest.file_errors import TEXT_BLOCK_BYTES, reading
from driftline.ingest.parquet_parts import OpenFile, ParquetReader, open_parquet, parquet_parts

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
# Enough for the last thread to finish soon after the first.
PARTS_PER_THREAD = 4
COMPRESSIONS = (".gz", ".bz2", ".zst", ".lz4")


def is_path(value: object) -> bool:
    """True for a path, as text or as a path object."""
    return isinstance(value, (str, os.PathLike))


def file_source(paths: Sequence[PathLike], selection: Selection) -> Source:
    """The rows of all files, in the order of the paths; a glob stands for its matches in sorted order."""
    _require_pyarrow()
    files = [_File(path) for pattern in paths for path in _expand(pattern)]

    def batches() -> Iterator[Batch]:
        opened = OpenFile()
        try:
            for file in files:
                for part in file.parts(selection, at_least=0, use_threads=True):
                    yield from part.batches(opened)
        finally:
            opened.close()

    def count_rows() -> int | None:
        counts = [file.count_rows() for file in files]
        return None if None in counts else sum(filter(None, counts))

    def parts(threads: int) -> Iterator[Part]:
        # Where every thread has a file to itself, pyarrow's threads would only get in the way.
        use_threads = len(files) < threads
        for file in files:
            at_least = max(1, PARTS_PER_THREAD * threads // len(files))
            yield from file.parts(selection, at_least, use_threads=use_threads)

    return Source(batches(), name=_display_name(files), names=_Names(files), count_rows=count_rows, parts=parts)


class _File:
    """One file that exists and is not empty, in a known format."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._format = _format(path)
        _require_content(path)

    def names(self) -> list[str]:
        with reading(self.path):
            if self._format == "parquet":
                with open_parquet(self.path) as file:
                    return unique_names(file.schema_arrow.names)
            data = self._dataset() if self._has_types() else self._text_reader(use_threads=False)
            return unique_names(data.schema.names)

    def parts(self, selection: Selection, at_least: int, *, use_threads: bool) -> Iterator[Part]:
        """What may be read independently: of a Parquet file as much as asked for, another as a whole.

        The latter with the help of pyarrow's threads where `use_threads`.
        """
        if self._format != "parquet":
            yield _WholeFile(self, selection, use_threads)
            return
        with reading(self.path):
            reader = ParquetReader(self.path)
            parts = list(parquet_parts(reader, selection, at_least))
            reader.close()
        yield from parts

    def batches(self, selection: Selection, *, use_threads: bool) -> Iterator[Batch]:
        """The rows of a file that is no Parquet file."""
        with reading(self.path):
            if self._has_types():
                dataset = self._dataset()
                kept = kept_columns(unique_names(dataset.schema.names), selection)
                reader = dataset.scanner(
                    columns=kept, batch_size=BATCH_ROWS, batch_readahead=READAHEAD_BATCHES, use_threads=use_threads
                ).to_reader()
            else:
                reader = self._text_reader(use_threads=use_threads)
            names = unique_names(reader.schema.names)
        with reading(self.path, names):
            yield from stream_batches(open_stream(reader), names, selection, str(self.path))

    def count_rows(self) -> int | None:
        """From the file's metadata; None for text, where it would take a pass."""
        if not self._has_types():
            return None
        with reading(self.path):
            if self._format == "parquet":
                with open_parquet(self.path) as file:
                    return int(file.metadata.num_rows)
            return int(self._dataset().count_rows())

    def _has_types(self) -> bool:
        return self._format in ("parquet", "ipc")

    def _dataset(self) -> Any:
        import pyarrow.dataset
        import pyarrow.fs

        local = pyarrow.fs.LocalFileSystem()
        return pyarrow.dataset.dataset(str(self.path.absolute()), format=self._format, filesystem=local)

    def _text_reader(self, *, use_threads: bool) -> Any:
        # Not through pyarrow.dataset: its JSON reader drops, without a word, fields that the first block did not have.
        if self._format == "json":
            import pyarrow.json

            options = pyarrow.json.ReadOptions(block_size=TEXT_BLOCK_BYTES, use_threads=use_threads)
            if not hasattr(pyarrow.json, "open_json"):  # an older pyarrow, which can only read the file whole
                return pyarrow.json.read_json(str(self.path), read_options=options).to_reader()
            return pyarrow.json.open_json(str(self.path), read_options=options)
        import pyarrow.csv

        return pyarrow.csv.open_csv(
            str(self.path),
            read_options=pyarrow.csv.ReadOptions(block_size=TEXT_BLOCK_BYTES, use_threads=use_threads),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter="\t" if self._format == "tsv" else ",", newlines_in_values=True
            ),
            # An empty field is a missing value, "" is the empty text.
            convert_options=pyarrow.csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False),
        )


class _WholeFile:
    """A file that is read from its beginning to its end."""

    counts_rows = True
    share = 1.0

    def __init__(self, file: _File, selection: Selection, use_threads: bool) -> None:  # noqa: FBT001
        self._file = file
        self._selection = selection
        self._use_threads = use_threads

    def batches(self, files: OpenFile) -> Iterator[Batch]:  # noqa: ARG002 (it opens its own)
        return self._file.batches(self._selection, use_threads=self._use_threads)


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
    with reading(path), path.open("rb") as file:
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


def _display_name(files: list[_File]) -> str:
    names = [file.path.name for file in files]
    return ", ".join(names) if len(names) <= 3 else f"{names[0]}, … ({len(names)} files)"
