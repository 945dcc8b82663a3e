"""driftline tells whether data have moved away from a reference, by how much, and how sure that is.

>>> import driftline as dl
>>> decision = dl.check({"age": [31, 42, 27] * 100}, {"age": [61, 72, 57] * 100})
>>> decision.verdict
'alert'

One value moves forward: `profile` makes a `Profile` of data, `compare` a `DriftReport` of two, `decide` a `Decision` of
that under a `Policy`; `check` is all three in one call.

Names are imported when first used, so importing the package costs little and starts nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from driftline.errors import DataError, DriftlineError, FormatError, InputError, OptionError, SchemaError, StoreError

if TYPE_CHECKING:
    from driftline import monitor
    from driftline.checking import check
    from driftline.comparison import compare
    from driftline.decision import Decision, decide
    from driftline.methods import (
        KS,
        PSI,
        AndersonDarling,
        ChiSquare,
        CramerVonMises,
        Energy,
        Hellinger,
        JensenShannon,
        KLDivergence,
        TotalVariation,
        Wasserstein,
        WassersteinScaled,
    )
    from driftline.monitor import Monitor
    from driftline.policy import Policy
    from driftline.profiling import Profile, load, merge, profile
    from driftline.report import DriftReport
    from driftline.schema import Schema

    __version__: str

__all__ = [
    "KS",
    "PSI",
    "AndersonDarling",
    "ChiSquare",
    "CramerVonMises",
    "DataError",
    "Decision",
    "DriftReport",
    "DriftlineError",
    "Energy",
    "FormatError",
    "Hellinger",
    "InputError",
    "JensenShannon",
    "KLDivergence",
    "Monitor",
    "OptionError",
    "Policy",
    "Profile",
    "Schema",
    "SchemaError",
    "StoreError",
    "TotalVariation",
    "Wasserstein",
    "WassersteinScaled",
    "__version__",
    "check",
    "compare",
    "decide",
    "load",
    "merge",
    "monitor",
    "profile",
]

_MODULE_OF = {
    **dict.fromkeys(["profile", "merge", "load", "Profile"], "profiling"),
    **dict.fromkeys(["decide", "Decision"], "decision"),
    **dict.fromkeys(["KS", "PSI", "ChiSquare", "Hellinger", "JensenShannon", "KLDivergence"], "methods"),
    **dict.fromkeys(["TotalVariation", "Wasserstein", "WassersteinScaled"], "methods"),
    **dict.fromkeys(["AndersonDarling", "CramerVonMises", "Energy"], "methods"),
    "DriftReport": "report",
    "Monitor": "monitor",
    "Policy": "policy",
    "Schema": "schema",
    "__version__": "_core",
    "check": "checking",
    "compare": "comparison",
}


def __getattr__(name: str) -> Any:
    if name == "monitor":
        return import_module("driftline.monitor")
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'driftline' has no attribute {name!r}")
    try:
        value = getattr(import_module(f"driftline.{_MODULE_OF[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name != "driftline._core":
            raise
        raise ImportError(
            "driftline._core, the compiled part of driftline, is missing. In a source folder run 'pip install .' "
            "first, and do not import from its python/ folder"
        ) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
