"""From data to a `Profile`."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from driftline import _core
from driftline.errors import InputError, OptionError, SchemaError
from driftline.ingest import Batch, Batches, read_batches
from driftline.profiling.kinds import KindRule, by_reference, by_schema
from driftline.profiling.progress import Progress, progress_reports
from driftline.profiling.running import Pass, run_in_turn, run_parts, run_stream
from driftline.profiling.value import MAGIC, Profile, empty_profile, load
from driftline.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["BatchProfiler", "as_profile", "is_saved_profile", "profile", "profile_like"]

# With progress wanted, a table in memory is handed to the core in slices of this many rows.
PROGRESS_ROWS = 1 << 21


def profile(
    data: Any,
    *,
    schema: Schema | None = None,
    columns: Iterable[object] | None = None,
    threads: int | None = None,
    progress: Progress = None,
    resolution: int = 8192,
    max_categories: int = 16384,
    hash_labels: bool = False,
    salt: str = "",
) -> Profile:
    """The profile of a data set, in one pass.

    Parameters
    ----------
    data
        pandas or polars frame (eager or lazy), pyarrow Table, RecordBatchReader or Dataset, NumPy array (1-D: the
        column ``value``; 2-D: ``0``, ``1``, …; structured: its fields), dict of arrays or lists, any object with
        ``__arrow_c_stream__`` or ``__arrow_c_array__`` (a DuckDB relation), the result of a query (ADBC or DB-API
        cursor, SQLAlchemy result), an iterable of these (a stream of batches), or a path, glob or list of paths
        (Parquet, CSV, JSON Lines, Arrow IPC). It is never changed.
    schema
        Kinds and roles that the types do not say.
    columns
        Names of the columns to read; all without it.
    threads
        At most this many threads; by default what the process may use.
    progress
        By default a bar when it takes longer than a second, on a terminal or in a notebook; True for one at once, False
        for none; or a callable that gets the rows done and the rows in all (None where unknown).
    resolution
        Most cells of a numeric histogram, at least 64.
    max_categories
        Most labels kept with their counts, at least 64.
    hash_labels
        Keep salted hashes in place of labels.
    salt
        Salt of these hashes; needs ``hash_labels=True``.

    Raises
    ------
    InputError
        When `data` is no table, or a file cannot be read.
    SchemaError
        When column names are not unique, `schema` names a column that is not there, or a column changes its kind
        between batches.
    OptionError
        For an option with a value that is not allowed.

    Examples
    --------
    >>> import driftline as dl
    >>> ages = dl.profile({"age": [31, 42, None], "city": ["Oslo", "Rome", "Oslo"]})
    >>> ages.n_rows, ages.columns["age"].mean, ages.columns["city"].counts
    (3, 36.5, {'Oslo': 2, 'Rome': 1})
    """
    if isinstance(data, Profile):
        raise InputError("this is a Profile already; compare, merge or save it as it is")
    _check_hashing(hash_labels, salt)
    if not (schema is None or isinstance(schema, Schema)):
        raise OptionError(f"schema must be a driftline.Schema, not {type(schema).__name__}")
    options: dict[str, Any] = {
        "resolution": _positive("resolution", resolution),
        "max_categories": _positive("max_categories", max_categories),
        "hash_labels": hash_labels,
        "salt": salt,
    }
    new_profiler = _checked(options)
    n_threads = _thread_count(threads)
    with _refusals():
        batches = read_batches(data, columns=columns)
        return _run(new_profiler, batches, by_schema(schema or Schema()), schema, progress, n_threads)


def profile_like(
    reference: Profile,
    data: Any,
    *,
    schema: Schema | None = None,
    columns: Iterable[object] | None = None,
    threads: int | None = None,
    progress: Progress = None,
    salt: str = "",
) -> Profile:
    """The profile of `data` made the way `reference` was made: its options, and its kind and role for each column.

    A column whose values are of another sort than the reference's keeps the kind of its own type. `schema` is for the
    columns that the reference does not have, and may say ``ignore`` for any. Of `columns`, those that the reference has
    may be missing.
    """
    options = reference.options
    if salt and not options["hash_labels"]:
        raise OptionError("salt is only used when the reference was made with hash_labels=True")
    new_profiler = _checked({**options, "salt": salt})
    n_threads = _thread_count(threads)
    with _refusals():
        batches = read_batches(data, columns=columns, optional=reference.columns)
        rule = by_reference(reference, schema or Schema())
        return _run(new_profiler, batches, rule, None, progress, n_threads)


class BatchProfiler:
    """A profile that grows batch by batch: of data like `like`, or, without it, of any data under `schema`.

    Adding what one data set was cut into gives the profile of the whole.
    """

    def __init__(self, *, like: Profile | None, schema: Schema, threads: int | None = None) -> None:
        options = dict(empty_profile().options if like is None else like.options)
        if options["hash_labels"]:
            raise OptionError("a reference with hashed labels cannot be continued batch by batch; keep the labels")
        rule = by_schema(schema) if like is None else by_reference(like, schema)
        self._work = Pass(_checked({**options, "salt": ""}), rule, _thread_count(threads), _no_report)
        self._profiler = self._work.new_profiler(self._work.threads)

    def add(self, batch: Batch) -> None:
        """Adds the rows of a batch. Raises SchemaError when a column changes its kind."""
        self._work.add(self._profiler, batch, counts_rows=True)

    def begin_anew(self) -> BatchProfiler:
        """One of the same sort without rows: sooner made than a first one."""
        other = object.__new__(BatchProfiler)
        other._work = self._work
        other._profiler = self._work.new_profiler(self._work.threads)
        return other

    def finish(self, name: str = "") -> Profile:
        """The profile of all rows so far; `name` says where they came from."""
        return Profile(self._profiler.finish(), name)


def as_profile(data: Any, *, like: Profile | None = None, schema: Schema | None = None, **options: Any) -> Profile:
    """`data` itself if it is a profile, the profile it holds if it is the path of one, else the profile of the data.

    With `like`, data are profiled as that reference was. `options` are those of `profile` or `profile_like`.
    """
    if isinstance(data, Profile):
        return data
    if is_saved_profile(data):
        return load(data)
    if like is not None:
        return profile_like(like, data, schema=schema, **options)
    return profile(data, schema=schema, **options)


def is_saved_profile(data: object) -> bool:
    """True for the path of a file that begins as a saved profile does."""
    if not isinstance(data, (str, os.PathLike)):
        return False
    try:
        with Path(data).open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError):
        return False


def _checked(options: dict[str, Any]) -> Callable[[int], _core.Profiler]:
    """Makes profilers with these options. Raises OptionError now if they are out of range."""
    _core.Profiler(threads=1, **options)
    return lambda threads: _core.Profiler(threads=threads, **options)


def _run(
    new_profiler: Callable[[int], _core.Profiler],
    batches: Batches,
    rule: KindRule,
    schema: Schema | None,
    progress: Progress,
    threads: int,
) -> Profile:
    names = schema.names if schema is not None else []
    batches.require(names, lambda text: SchemaError(f"schema: {text}"))
    with progress_reports(progress, lambda: batches.n_rows_hint) as report:
        work = Pass(new_profiler, rule, threads, report or _no_report)
        core = _pass(work, batches, sliced=report is not None).finish()
    batches.require(names, lambda text: SchemaError(f"schema: {text}"))
    return Profile(core, batches.name)


@contextmanager
def _refusals() -> Iterator[None]:
    """Memory or a thread that the system refuses, as an error that says what would work."""
    try:
        yield
    except MemoryError as error:
        raise InputError(
            f"memory ran out{f' ({error})' if str(error) else ''}; give the process more, profile fewer columns at a "
            "time (columns=...), use fewer threads, or hand over smaller batches"
        ) from error
    except RuntimeError as error:
        # The words of Python and of TBB.
        if not str(error).startswith(("can't start new thread", "pthread_create has failed")):
            raise
        raise InputError(
            f"a thread could not be started ({error}): memory, or the number of threads, is limited; use threads=1 or "
            "raise the limit"
        ) from error


def _pass(work: Pass, batches: Batches, *, sliced: bool) -> _core.Profiler:
    parts = batches.parts(work.threads)
    if parts is not None:
        return run_parts(work, parts)
    if batches.streamed:
        return run_stream(work, batches)
    return run_in_turn(work, _sliced(batches) if sliced else batches)


def _no_report(done: int) -> None:
    pass


def _sliced(batches: Iterable[Batch]) -> Iterator[Batch]:
    for batch in batches:
        for begin in range(0, max(batch.n_rows, 1), PROGRESS_ROWS):
            yield batch.slice(begin, min(begin + PROGRESS_ROWS, batch.n_rows))


def _check_hashing(hash_labels: object, salt: object) -> None:
    if not isinstance(hash_labels, bool) or not isinstance(salt, str):
        raise OptionError(f"hash_labels must be True or False and salt a text, not {hash_labels!r} and {salt!r}")
    if salt and not hash_labels:
        raise OptionError("salt is only used with hash_labels=True")


def _thread_count(threads: int | None) -> int:
    return _core.available_threads() if threads is None else _positive("threads", threads)


def _positive(name: str, value: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or not 1 <= value.__index__() < 2**31:
        raise OptionError(f"{name} must be a positive whole number below 2**31, not {value!r}")
    return value.__index__()
