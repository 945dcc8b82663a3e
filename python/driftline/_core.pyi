"""The compiled part: no logic of its own, one class for each value of the C++ core."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__version__: str

def available_threads() -> int:
    """Threads this process may use: the least of CPU affinity, cgroup quota and DRIFTLINE_NUM_THREADS."""

def build_info() -> dict[str, str]:
    """Compiler and library versions of this build."""

# columns

class ColumnView:
    """Read-only view of one column, or of a chunk of one; keeps its memory alive."""

    @property
    def length(self) -> int: ...
    @property
    def type_name(self) -> str: ...
    @property
    def logical(self) -> str:
        """null, number, boolean, datetime, duration, text, binary or unsupported; for a dictionary, of its values."""
    @property
    def is_dictionary(self) -> bool: ...
    @property
    def is_integer(self) -> bool: ...
    def slice(self, begin: int, end: int) -> ColumnView:
        """Rows [begin, end), without a copy."""
    def typed_as(self, other: ColumnView) -> ColumnView:
        """The same rows under the type name of another view."""
    def take(self, rows: NDArray[np.int64]) -> ColumnView:
        """These rows, in this order, as a copy."""
    def instants(self, seconds_per_unit: float = 0.0) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
        """Microseconds since 1970 of every row, the least int64 where there is none; and which objects had a zone."""
    def encode_labels(self) -> tuple[NDArray[np.int32], list[Any]]:
        """The code of every row, -1 where there is no label, and the labels that codes stand for."""

def view_numpy(values: NDArray[Any], mask: NDArray[np.bool_] | None = None) -> ColumnView:
    """View a 1-D array of native byte order and any stride, also read-only.

    bool, (u)int8 to 64, float16 to 64, datetime64 and timedelta64 (NaT is null), fixed-width bytes and text. `mask`:
    True means null. Only text is copied.
    """

def view_dictionary(codes: NDArray[Any], categories: ColumnView, type_name: str) -> ColumnView:
    """View integer codes into categories; -1 means null."""

def view_objects(values: NDArray[Any] | list[Any], type_name: str = "object") -> ColumnView:
    """View Python values: None, pd.NA and NaT are null; what is no number, time, text or bytes counts as its str().

    `logical` of the view is what all values have in common; text where they have nothing in common.
    """

def import_arrow_array(schema_capsule: object, array_capsule: object) -> list[tuple[str, ColumnView]]:
    """The columns of an __arrow_c_array__ export: of a struct its fields."""

class ArrowStream:
    """Iterator over an __arrow_c_stream__ export; items are (n_rows, [(name, view), ...])."""

    def __init__(self, capsule: object) -> None: ...
    @property
    def schema(self) -> list[tuple[str, ColumnView]]:
        """The columns as views of length 0."""
    def __iter__(self) -> ArrowStream: ...
    def __next__(self) -> tuple[int, list[tuple[str, ColumnView]]]: ...

# profiles

class Profiler:
    def __init__(self, *, resolution: int, max_categories: int, hash_labels: bool, salt: str, threads: int) -> None: ...
    def add(self, n_rows: int, columns: list[tuple[str, str, str, str, list[ColumnView]]], origin: str = "") -> None:
        """Add a batch; columns are (name, kind, role, reason, chunks). Releases the GIL, stops on Ctrl-C.

        `origin` names the batch in messages.
        """
    def add_rows(self, n_rows: int) -> None:
        """Count rows whose columns come by `add_columns`."""
    def add_columns(
        self, n_rows: int, columns: list[tuple[str, str, str, str, list[ColumnView]]], origin: str = ""
    ) -> None:
        """Add columns of rows that `add_rows` counts, here or in a profiler that is joined with this one."""
    def join(self, other: Profiler) -> None:
        """Take all that another profiler with the same options has read."""
    def stop(self) -> None:
        """Make `add` in another thread raise within a fraction of a second."""
    def finish(self) -> Profile: ...

class Profile:
    @property
    def n_rows(self) -> int: ...
    @property
    def options(self) -> dict[str, Any]:
        """resolution, max_categories, hash_labels."""
    @property
    def columns(self) -> list[ColumnProfile]:
        """In the order of their UTF-8 names."""
    def merge(self, other: Profile) -> Profile: ...
    def to_bytes(self) -> bytes: ...
    @staticmethod
    def content_of(data: bytes) -> bytes:
        """Of what `to_bytes` gave, the part without versions and checksum. Raises FormatError for other bytes."""
    @staticmethod
    def from_bytes(data: bytes) -> Profile: ...
    def __eq__(self, other: object) -> bool: ...

class ColumnProfile:
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def type_name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def n_rows(self) -> int: ...
    @property
    def n_valid(self) -> int: ...
    @property
    def n_null(self) -> int: ...
    @property
    def n_nan(self) -> int: ...
    @property
    def n_pos_inf(self) -> int: ...
    @property
    def n_neg_inf(self) -> int: ...
    @property
    def n_absent(self) -> int: ...
    @property
    def n_zero(self) -> int: ...
    @property
    def n_negative(self) -> int: ...
    @property
    def min(self) -> float | None: ...
    @property
    def max(self) -> float | None: ...
    @property
    def mean(self) -> float | None: ...
    @property
    def std(self) -> float | None: ...
    @property
    def exact(self) -> bool:
        """Every cell is one value, or every label is kept."""
    @property
    def all_integers(self) -> bool: ...
    @property
    def overflowed(self) -> bool: ...
    @property
    def n_distinct(self) -> float: ...
    @property
    def n_distinct_bounds(self) -> tuple[float, float]: ...
    def quantile(self, q: float) -> float: ...
    def quantile_bounds(self, q: float) -> tuple[float, float]: ...
    def cdf(self, x: float) -> float: ...
    def cdf_bounds(self, x: float) -> tuple[float, float]: ...
    def histogram(self, edges: NDArray[np.float64]) -> NDArray[np.float64]:
        """Estimated counts in [e0, e1), [e1, e2), ..., the last bin closed."""
    def cells(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[Any]]:
        """Low, high and count of each occupied cell."""
    @property
    def n_labels(self) -> int:
        """Labels that are kept; 0 where the column has none."""
    def label(self, index: int) -> Any:
        """One of the labels that are kept, in an order of their own."""
    def counts(self) -> list[tuple[Any, int]]:
        """Labels with their counts, most frequent first; a hashed label is "#" and its hash in hex digits."""
    def looks_unique(self) -> tuple[bool, float]:
        """Whether every kept value occurs once, and the p-value of that if repeats were to be expected."""

# drift

class MethodSpec:
    def __init__(
        self, method: str, *, bins: int = 10, p_value: bool = False, definition: str = "driftline"
    ) -> None: ...
    @property
    def method(self) -> str: ...
    @property
    def bins(self) -> int: ...
    @property
    def p_value(self) -> bool: ...
    @property
    def definition(self) -> str: ...

class Evidence:
    @property
    def method(self) -> str:
        """Name of the method; by another tool's definition with that tool's name: "psi_evidently"."""
    @property
    def value(self) -> float | None:
        """None where it is undefined: see `reason`."""
    @property
    def reason(self) -> str: ...
    @property
    def certified_low(self) -> float | None: ...
    @property
    def certified_high(self) -> float | None: ...
    @property
    def p_value(self) -> float | None:
        """Of "no change at all"."""
    @property
    def n_reference(self) -> int: ...
    @property
    def n_current(self) -> int: ...
    @property
    def law(self) -> str:
        """The sampling law that was used, or "none"."""
    @property
    def weights(self) -> tuple[float, float]:
        """Independent rows that one row of the reference, and of the current data, is worth to the law."""
    @property
    def coarse(self) -> bool:
        """A cell that is not one value holds more than 2/bins of the reference."""
    def interval(self, level: float) -> tuple[float, float] | None:
        """Holds summarising and sampling error."""
    def p_above(self, tolerance: float) -> float:
        """P-value of "the true value is at most tolerance"; 1 where that cannot be refuted."""
    def p_below(self, tolerance: float) -> float:
        """P-value of "the true value is at least tolerance"; 1 where that cannot be refuted."""
    def rows_needed(self, tolerance: float, alpha: float) -> tuple[int | None, str]:
        """Smallest number of current rows that settles it; None with at_tolerance, reference_too_small or no_law."""
    def details(self) -> dict[str, Any]: ...

class Signal:
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> float | None: ...
    @property
    def reference(self) -> float | None: ...
    @property
    def current(self) -> float | None: ...
    @property
    def n_reference(self) -> int: ...
    @property
    def n_current(self) -> int: ...
    @property
    def p_value(self) -> float | None: ...
    def interval(self, level: float) -> tuple[float, float] | None: ...
    def p_above(self, tolerance: float) -> float: ...
    def details(self) -> dict[str, Any]: ...

class Comparison:
    @property
    def evidence(self) -> list[Evidence]: ...
    @property
    def signals(self) -> list[Signal]: ...
    def evidence_of(self, method: str) -> Evidence | None:
        """None where the method was not asked for."""
    @property
    def effects(self) -> list[tuple[str, float | None, float | None, int]]:
        """Name, value, the reference's share and the rows of the smaller side of every signal, in their order."""
    def signal_p_above(self, name: str, tolerance: float) -> float:
        """That of the signal with this name; raises OptionError where there is none."""
    @property
    def direction(self) -> str: ...
    @property
    def notes(self) -> list[str]: ...

class RowWeights:
    """Independent rows that one row is worth: (reference, current), for the laws of each sort."""

    def __init__(
        self, *, shares: tuple[float, float], order: tuple[float, float], nulls: tuple[float, float]
    ) -> None: ...

def compare_columns(
    pairs: list[tuple[ColumnProfile, ColumnProfile]],
    methods: list[list[MethodSpec]],
    threads: int,
    weights: list[RowWeights] = ...,
) -> list[Comparison]:
    """Evidence for pairs of columns with values and compatible summaries; methods[i] are those of pairs[i].

    weights[i] are those of pairs[i]; without weights every row is independent.
    """

def block_counts(reference: ColumnProfile, blocks: list[ColumnProfile]) -> NDArray[np.float64]:
    """Rows of each block in the bins that the reference makes, 10 for numbers."""
