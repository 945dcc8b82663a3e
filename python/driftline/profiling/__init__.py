"""From data to profiles: `profile` makes them, `Profile` is what is kept, its columns hold the statistics."""

from driftline.profiling.build import BatchProfiler, as_profile, is_saved_profile, profile, profile_like
from driftline.profiling.columns import CategoricalColumn, Column, NumericColumn, OtherColumn
from driftline.profiling.value import Profile, digest_of, load, merge, read_own

__all__ = [
    "BatchProfiler",
    "CategoricalColumn",
    "Column",
    "NumericColumn",
    "OtherColumn",
    "Profile",
    "as_profile",
    "digest_of",
    "is_saved_profile",
    "load",
    "merge",
    "profile",
    "profile_like",
    "read_own",
]
