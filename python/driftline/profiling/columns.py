"""What a profile knows about each column: values that read, and never change, one column of the core's profile."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from driftline import _core

__all__ = ["CategoricalColumn", "Column", "NumericColumn", "OtherColumn", "wrap_column"]


class Column:
    """One column of a `Profile`: its type and how many rows hold what.

    Every row is counted once: ``n_rows == n_valid + n_null + n_nan + n_pos_inf + n_neg_inf + n_absent``.
    """

    __slots__ = ("_core",)

    def __init__(self, core: _core.ColumnProfile) -> None:
        self._core = core

    @property
    def name(self) -> str:
        """Name of the column."""
        return self._core.name

    @property
    def kind(self) -> str:
        """``numeric``, ``categorical``, ``boolean``, ``datetime``, ``null`` (never a value) or ``unsupported``."""
        return self._core.kind

    @property
    def type_name(self) -> str:
        """The type in the words of the container it came from."""
        return self._core.type_name

    @property
    def role(self) -> str:
        """``feature``, ``prediction``, ``target``, ``timestamp``, ``id`` or ``weight``."""
        return self._core.role

    @property
    def n_rows(self) -> int:
        """All rows, absent ones included."""
        return self._core.n_rows

    @property
    def n_valid(self) -> int:
        """Rows with a value: neither missing nor infinite."""
        return self._core.n_valid

    @property
    def n_null(self) -> int:
        """Rows that the container marks as missing."""
        return self._core.n_null

    @property
    def n_nan(self) -> int:
        """Rows that hold NaN."""
        return self._core.n_nan

    @property
    def n_pos_inf(self) -> int:
        """Rows that hold +inf."""
        return self._core.n_pos_inf

    @property
    def n_neg_inf(self) -> int:
        """Rows that hold -inf."""
        return self._core.n_neg_inf

    @property
    def n_absent(self) -> int:
        """Rows of batches that had no such column."""
        return self._core.n_absent

    def summary(self) -> str:
        """A few words about the values."""
        return ""

    def __repr__(self) -> str:
        counts = f"{self.n_valid:,} valid, {self.n_null + self.n_nan:,} missing"
        return f"{type(self).__name__}({', '.join(filter(None, (repr(self.name), self.kind, counts, self.summary())))})"


class NumericColumn(Column):
    """A column of numbers, of booleans (0 and 1) or of points in time (seconds since 1970, UTC).

    Missing and infinite rows enter none of the statistics. `mean` and `std` are correctly rounded from exact sums.
    `quantile` and `cdf` are plain numbers; the ``_bounds`` certainly enclose what the rows themselves would give.
    """

    __slots__ = ()

    @property
    def min(self) -> float | None:
        """Smallest value; None without values."""
        return self._core.min

    @property
    def max(self) -> float | None:
        """Largest value; None without values."""
        return self._core.max

    @property
    def mean(self) -> float | None:
        """Mean; None without values."""
        return self._core.mean

    @property
    def std(self) -> float | None:
        """Standard deviation with n - 1 in the denominator; None with fewer than two values."""
        return self._core.std

    @property
    def n_zero(self) -> int:
        """Rows that hold zero."""
        return self._core.n_zero

    @property
    def n_negative(self) -> int:
        """Rows that hold a negative value."""
        return self._core.n_negative

    @property
    def exact(self) -> bool:
        """Whether every value is kept with its count, so that nothing is estimated."""
        return self._core.exact

    @property
    def n_distinct(self) -> float:
        """How many distinct values there are, an estimate unless `exact`."""
        return self._core.n_distinct

    @property
    def n_distinct_bounds(self) -> tuple[float, float]:
        """95 % interval of the number of distinct values."""
        return self._core.n_distinct_bounds

    def quantile(self, q: float) -> float:
        """The value below which a share `q` of the values lies, ``0 <= q <= 1``."""
        return self._core.quantile(q)

    def quantile_bounds(self, q: float) -> tuple[float, float]:
        """Certain bounds of the quantile."""
        return self._core.quantile_bounds(q)

    def cdf(self, x: float) -> float:
        """Share of the values that are at most `x`."""
        return self._core.cdf(x)

    def cdf_bounds(self, x: float) -> tuple[float, float]:
        """Certain bounds of that share."""
        return self._core.cdf_bounds(x)

    def histogram(self, edges: ArrayLike) -> NDArray[np.float64]:
        """Values per bin between ascending `edges`, the last bin closed, as `numpy.histogram` has it.

        Counts are whole numbers where an edge cuts no cell, else estimates.
        """
        return self._core.histogram(np.asarray(edges, dtype=np.float64))

    def summary(self) -> str:
        """Smallest, median and largest value."""
        if self.min is None or self.max is None:
            return ""
        texts = [_number(value, self.kind) for value in (self.min, self.quantile(0.5), self.max)]
        return "{} … {} … {}".format(*texts)


class CategoricalColumn(Column):
    """A column of labels. Labels are typed: the text ``"1"`` is not the integer 1."""

    __slots__ = ()

    shown_labels: ClassVar[int] = 3

    @property
    def counts(self) -> dict[Any, int]:
        """Label to number of rows, most frequent first; only the labels that were kept if `overflowed`."""
        return dict(self._core.counts())

    def top(self, k: int = 10) -> list[tuple[Any, int]]:
        """The `k` most frequent labels that were kept, with their exact counts."""
        return self._core.counts()[:k]

    @property
    def overflowed(self) -> bool:
        """Whether there were more labels than ``max_categories``, so that some were not kept."""
        return self._core.overflowed

    @property
    def n_distinct(self) -> float:
        """How many distinct labels there are, an estimate if `overflowed`."""
        return self._core.n_distinct

    @property
    def n_distinct_bounds(self) -> tuple[float, float]:
        """95 % interval of the number of distinct labels; both ends exact unless `overflowed`."""
        return self._core.n_distinct_bounds

    def summary(self) -> str:
        """Number of labels and the most frequent ones."""
        n_labels = f"{'about ' * self.overflowed}{self.n_distinct:,.0f} labels"
        if self.overflowed:
            return f"{n_labels}, not all kept"
        shown = [f"{_short(repr(label))} {count:,}" for label, count in self.top(self.shown_labels)]
        return f"{n_labels}: {', '.join(shown)}" if shown else n_labels


class OtherColumn(Column):
    """A column without statistics: never a value, or values of a type that cannot be summarised."""

    __slots__ = ()

    @property
    def reason(self) -> str:
        """Why there are none."""
        return self._core.reason

    def summary(self) -> str:
        """Why there are no statistics."""
        return self.reason


def wrap_column(core: _core.ColumnProfile) -> Column:
    """The class that fits the kind of the column."""
    if core.kind in ("numeric", "boolean", "datetime"):
        return NumericColumn(core)
    return CategoricalColumn(core) if core.kind == "categorical" else OtherColumn(core)


def _number(value: float, kind: str) -> str:
    if kind != "datetime":
        return f"{value:.6g}"
    try:
        moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=value)
    except OverflowError:
        return f"{value:.6g} s"
    return moment.strftime("%Y-%m-%d" if value % 86_400 == 0 else "%Y-%m-%d %H:%M:%S")


def _short(text: str, width: int = 24) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
