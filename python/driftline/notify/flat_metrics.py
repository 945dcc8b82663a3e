"""A decision as name and number, for tools that keep metrics of runs."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from driftline.decision import Decision

__all__ = ["flat_metrics"]

_NAME_WIDTH = 150
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_.\- ]")


def flat_metrics(decision: Decision, *, prefix: str = "drift") -> dict[str, float]:
    """Every number of a decision that a tool such as MLflow or W&B can plot over runs.

    ``drift/alert`` is 1 or 0, ``drift/n_alert``, ``drift/n_warn``, … count columns; ``drift/psi/<column>`` is what each
    method measured, ``drift/psi_low/<column>`` and ``drift/psi_high/<column>`` its interval, and
    ``drift/nulls/<column>`` each signal that is not 0. What is undefined is left out.

    Characters that MLflow refuses in a name become ``_``. Columns that would share a name then get a part of their
    digest, so that no series ever holds two columns.

    Examples
    --------
    >>> import driftline as dl
    >>> metrics = flat_metrics(dl.check({"age [years]": [31, 42, 27] * 100}, {"age [years]": [61, 72, 57] * 100}))
    >>> metrics["drift/alert"], metrics["drift/n_alert"], metrics["drift/ks/age _years_"]
    (1.0, 1.0, 1.0)
    """
    metrics: dict[str, float | None] = {f"{prefix}/alert": float(decision.verdict == "alert")}
    metrics |= {f"{prefix}/n_{verdict}": float(n_columns) for verdict, n_columns in decision.counts.items()}
    safe = safe_names(decision.columns)
    level = 1 - 2 * decision.policy.alpha
    for name, column in decision.report.columns.items():
        for method, evidence in column.evidence.items():
            low, high = evidence.interval(level) or (None, None)
            metrics[f"{prefix}/{method}/{safe[name]}"] = evidence.value
            metrics[f"{prefix}/{method}_low/{safe[name]}"] = low
            metrics[f"{prefix}/{method}_high/{safe[name]}"] = high
        for signal, value, _, _ in column.effects:
            if value:
                metrics[f"{prefix}/{signal}/{safe[name]}"] = value
    return {name: float(value) for name, value in metrics.items() if value is not None and math.isfinite(value)}


def safe_names(names: Iterable[str]) -> dict[str, str]:
    """Names that MLflow accepts as the last part of a metric's name, different for different names.

    Examples
    --------
    >>> safe_names(["a/b", "c"])
    {'a/b': 'a_b', 'c': 'c'}
    """
    plain = {name: _plain(name) for name in names}
    folded = [safe.lower() for safe in plain.values()]  # File systems and databases may not tell "A" from "a".
    return {
        name: safe if folded.count(safe.lower()) == 1 else f"{safe}-{_digest(name)}" for name, safe in plain.items()
    }


def _plain(name: str) -> str:
    safe = _NOT_ALLOWED.sub("_", name)
    if not safe.strip(". "):  # would be a folder's name, or none
        safe = f"_{'_' * len(safe)}"
    return safe if len(safe) <= _NAME_WIDTH else f"{safe[:_NAME_WIDTH]}-{_digest(name)}"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", errors="surrogatepass")).hexdigest()[:8]
