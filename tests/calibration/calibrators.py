"""Which calibrator of p-values finds a change soonest? The choice behind `driftline.sequential.shiryaev_roberts`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.stats
from numpy.typing import NDArray

Logs = NDArray[Any]
MOST = 200


def power(kappa: float) -> Callable[[Logs], Logs]:
    return lambda log_p: np.log(kappa) + (kappa - 1.0) * log_p


def mixture(log_p: Logs) -> Logs:
    """Of the powers over all κ in (0, 1): (eᵘ − 1 − u) / u² with u = −ln p."""
    u = np.maximum(-log_p, 1e-6)
    return np.log(-np.expm1(-u) - u * np.exp(-u)) + u - 2.0 * np.log(u)


def inverse(log_p: Logs) -> Logs:
    """1/p, cut at 10⁷ and scaled to the mean 1."""
    cut = np.log(1e-7)
    return -np.maximum(log_p, cut) - np.log(1.0 - cut)


CALIBRATORS = {
    "κ = 1/2": power(0.5),
    "κ = 1/5": power(0.2),
    "κ = 1/10": power(0.1),
    "mixture": mixture,
    "cut 1/p": inverse,
}


def mean_delays(effect: float, log_threshold: float, repeats: int, seed: int) -> dict[str, float]:
    """Windows until M reaches the threshold, if every window's p-value is that of a normal score of mean `effect`."""
    scores = np.random.default_rng([seed, round(100 * effect)]).normal(effect, 1.0, (repeats, MOST))
    log_p = np.where(scores < 0.0, 0.0, scipy.stats.norm.logsf(scores))  # below the tolerance nothing is claimed
    found = {}
    for name, calibrator in CALIBRATORS.items():
        log_e = calibrator(log_p)
        log_m = np.full(repeats, -np.inf)
        waited = np.full(repeats, MOST + 1)
        for window in range(MOST):
            log_m = np.logaddexp(0.0, log_m) + log_e[:, window]
            waited = np.where((waited > MOST) & (log_m >= log_threshold), window + 1, waited)
        found[name] = float(waited.mean())
    return found


def table(repeats: int, seed: int) -> str:
    lines = [
        "Windows until one of 200 columns alarms with `arl` = 200, on average (at most 200), by calibrator. A window's "
        "p-value is that of a normal score, whose mean is the effect beyond the tolerance in standard errors:",
        "",
        f"| effect | {' | '.join(CALIBRATORS)} |",
        "|---" * (len(CALIBRATORS) + 1) + "|",
    ]
    for effect in (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0):
        found = mean_delays(effect, float(np.log(200 * 200)), repeats, seed)
        lines.append(f"| {effect:g} | " + " | ".join(f"{found[name]:.1f}" for name in CALIBRATORS) + " |")
    return "\n".join(lines)
