"""The errors driftline raises on purpose. Each says what was asked, what was found, and what would work."""

__all__ = ["DataError", "DriftlineError", "FormatError", "InputError", "OptionError", "SchemaError", "StoreError"]


class DriftlineError(Exception):
    """Base of every error that driftline raises on purpose."""


class InputError(DriftlineError, TypeError):
    """The data handed in cannot be read as a table, or a file cannot be opened."""


class OptionError(DriftlineError, ValueError):
    """An option is unknown, or has a value that is not allowed."""


class SchemaError(DriftlineError, ValueError):
    """Two schemas, or a schema and the data, do not fit together."""


class FormatError(DriftlineError, ValueError):
    """Bytes that should hold a profile do not: truncated, damaged, foreign, or from a newer version."""


class DataError(DriftlineError, ValueError):
    """``strict=True`` found columns that cannot be judged; the message lists all of them."""


class StoreError(DriftlineError, OSError):
    """The store of a monitor cannot be read or written: locked for too long, disk full, unreachable, or damaged."""
