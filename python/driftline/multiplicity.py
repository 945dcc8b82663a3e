"""Correction of p-values for the number of tests made at once."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["CORRECTIONS", "adjust"]

CORRECTIONS = ("benjamini_hochberg", "bonferroni", "none")


def adjust(p_values: Sequence[float], correction: str) -> list[float]:
    """Adjusted p-values, in the order given: a hypothesis is rejected where its own is at most alpha.

    ``"benjamini_hochberg"`` bounds the share of false rejections (for independent or positively dependent tests),
    ``"bonferroni"`` the probability of a single one, ``"none"`` corrects nothing.

    Examples
    --------
    >>> adjust([0.01, 0.02, 0.9, 0.03], "benjamini_hochberg")
    [0.04, 0.04, 0.9, 0.04]
    >>> adjust([0.01, 0.4], "bonferroni")
    [0.02, 0.8]
    """
    if correction == "none":
        return list(p_values)
    n_tests = len(p_values)
    if correction == "bonferroni":
        return [min(1.0, n_tests * p) for p in p_values]
    adjusted = [1.0] * n_tests
    smallest = 1.0
    # A p-value of 1 stays 1, and most are: one rank is left for each of the others.
    descending = sorted((i for i, p in enumerate(p_values) if p < 1.0), key=p_values.__getitem__, reverse=True)
    for rank, index in zip(range(len(descending), 0, -1), descending, strict=True):
        p_value = p_values[index]
        smallest = min(smallest, max(p_value, p_value * n_tests / rank))  # rounding must not make it smaller
        adjusted[index] = smallest
    return adjusted
