"""Our numbers by the definitions of other tools against those of the tools themselves.

Runs the real packages, each in an environment of its own, on seeded columns, and compares: to ten digits where every
value is kept, and by the certified interval elsewhere. Prints a Markdown table, exits with 1 where something differs.

    python benchmarks/python/check_parity.py
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import driftline as dl

sys.path.insert(0, str(Path(__file__).resolve().parent / "other_tools"))
import environments

SEED = 20261121
RELATIVE = 1e-10  # accepted difference where nothing is estimated
# The root in a Jensen–Shannon distance magnifies the last bit of the tool's sum: below this it is all rounding.
SMALLEST = {"jensen_shannon": 1e-7}
# whylogs' sketch keeps every value up to here; beyond, its numbers are random.
MOST_SKETCHED = 1000
# Our name for each number of a tool, and where it stands in the evidence.
OURS = {
    "evidently": {
        "psi": ("psi", "value"),
        "jensenshannon": ("jensen_shannon", "value"),
        "wasserstein": ("wasserstein", "value"),
        "ks": ("ks", "p_value"),
        "chisquare": ("chi_square", "p_value"),
    },
    "nannyml": {
        "jensen_shannon": ("jensen_shannon", "value"),
        "wasserstein": ("wasserstein", "value"),
        "kolmogorov_smirnov": ("ks", "value"),
        "chi2": ("chi_square", "value"),
        "chi2_p": ("chi_square", "p_value"),
    },
    "whylogs": {
        "ks": ("ks", "value"),
        "ks_p": ("ks", "p_value"),
        "chi-square": ("chi_square", "value"),
        "chi-square_p": ("chi_square", "p_value"),
    },
}

Case = tuple[str, str, NDArray[Any], NDArray[Any]]


def numeric_cases(random: np.random.Generator) -> Iterator[Case]:
    def pair(name: str, reference: Any, current: Any) -> Case:
        return name, "numeric", np.asarray(reference), np.asarray(current)

    normal = random.normal
    yield pair("normal small", normal(size=400), normal(0.2, 1, 300))
    yield pair("equal sizes", normal(size=256), normal(0.1, 1.3, 256))
    yield pair("same", same := normal(size=300), same)
    yield pair("far apart", normal(size=60), normal(20, 1, 50))
    yield pair("lognormal", random.lognormal(size=3000), random.lognormal(0.1, 1, 2500))
    yield pair("uneven sizes", normal(size=7000), normal(0.1, 1, 90))
    yield pair("beyond the exact test", normal(size=700).round(3), normal(0.02, 1, 12_000).round(3))
    yield pair("rounded large", normal(size=40_000).round(2), normal(0.05, 1, 30_000).round(2))
    yield pair("zero-inflated", inflated(random, 20_000), inflated(random, 15_000))
    yield pair("normal large", normal(size=60_000), normal(0.1, 1.1, 40_000))
    yield pair("lognormal large", random.lognormal(0, 2, 50_000), random.lognormal(0.1, 2, 50_000))
    yield pair("integers", random.poisson(40, 5000), random.poisson(42, 4000))
    yield pair("narrow integers", random.integers(0, 24, 60_000), random.integers(0, 26, 50_000))
    yield pair("few values", random.integers(0, 4, 900), random.integers(0, 5, 800))
    yield pair("twenty values", random.integers(0, 20, 900).astype(float), random.integers(3, 23, 800).astype(float))
    yield pair("nulls", with_nulls(random, normal(size=800)), with_nulls(random, normal(0.1, 1, 700)))
    yield pair("constant", np.full(200, 3.5), np.full(150, 3.5))
    yield pair("constant moves", np.full(200, 3.5), np.full(150, 4.25))


def label_cases(random: np.random.Generator) -> Iterator[Case]:
    def pair(name: str, labels: str, before: Any, now: Any) -> Case:
        names = np.array(labels.split())
        counts = [np.asarray(side)[: len(names)] for side in (before, now)]
        return name, "label", *(random.permutation(np.repeat(names, side)) for side in counts)  # type: ignore[return-value]

    yield pair("labels", "a b c d", [120, 80, 60, 40], [70, 60, 40, 30])
    yield pair("new label", "a b c new", [120, 80, 60, 0], [70, 60, 40, 5])
    yield pair("label gone", "a b c gone", [120, 80, 60, 30], [70, 60, 40, 0])
    yield pair("rare labels", "a b c d e", [60_000, 30_000, 9000, 4, 0], [40_000, 21_000, 8000, 0, 2])
    yield pair("two labels", "yes no", [120, 480], [70, 200])
    yield pair("one label", "a", [120], [70])
    yield pair("null labels", "a b <null>", [120, 80, 50], [70, 60, 90])
    zipf = 1 / np.arange(1, 201)
    draws = [random.multinomial(size, zipf / zipf.sum()) for size in (20_000, 3000)]
    yield pair("zipf", " ".join(f"v{i}" for i in range(200)), *draws)


def inflated(random: np.random.Generator, size: int) -> NDArray[np.float64]:
    return np.where(random.random(size) < 0.4, 0.0, random.lognormal(size=size).round(2))


def with_nulls(random: np.random.Generator, values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(random.random(len(values)) < 0.1, np.nan, values)


def evidence_of(case: Case, tool: str) -> dict[str, dl.Evidence]:
    _, kind, *sides = case
    records = (dl.PSI, dl.JensenShannon, dl.Wasserstein, dl.KS, dl.ChiSquare)
    methods = [record(definition=tool) for record in records if tool in record.definitions]
    columns = [{"x": side if kind == "numeric" else labels_of(side)} for side in sides]
    found = dl.compare(*columns, methods=methods).columns["x"].evidence
    return {name.removesuffix(f"_{tool}"): evidence for name, evidence in found.items()}


def labels_of(values: NDArray[Any]) -> list[str | None]:
    return [None if value == "<null>" else value for value in values.tolist()]


def relative_difference(ours: float, theirs: float, method: str) -> float:
    if ours == theirs or max(ours, theirs) <= SMALLEST.get(method, 0.0):
        return 0.0
    return abs(ours - theirs) / max(abs(theirs), 1e-300)


def judge(evidence: dl.Evidence, part: str, theirs: float, method: str) -> tuple[str, float]:
    """``exact`` or ``bounded`` and the relative difference; a difference of infinity is a failure."""
    ours = getattr(evidence, part)
    if ours is None:
        undefined = (math.isinf(theirs) and evidence.reason == "infinite") or math.isnan(theirs)
        return "exact", 0.0 if undefined else math.inf
    difference = relative_difference(ours, theirs, method)
    if evidence.certified_low == evidence.certified_high:
        return "exact", difference if difference <= RELATIVE else math.inf
    if part == "value":
        low, high = evidence.certified_low or 0.0, evidence.certified_high or math.inf
        return "bounded", difference if low <= theirs <= high else math.inf
    return "bounded", difference


def main() -> int:
    random = np.random.default_rng(SEED)
    cases = [*numeric_cases(random), *label_cases(random)]
    arrays = {}
    for name, kind, reference, current in cases:
        arrays[f"{name}:{kind}:reference"], arrays[f"{name}:{kind}:current"] = reference, current
    worst: dict[tuple[str, str, str, str], list[float]] = defaultdict(list)
    wrong = 0
    versions = {}
    for tool, names in OURS.items():
        found = environments.run(tool, "numbers", arrays)
        versions[tool] = found["versions"]
        for case in cases:
            evidence = evidence_of(case, tool)
            for number, theirs in found["found"][case[0]].items():
                method, part = names[number]
                if tool == "whylogs" and max(len(case[2]), len(case[3])) > MOST_SKETCHED and method == "ks":
                    continue
                if method not in evidence:
                    print(f"not measured: {tool} {number} on {case[0]}")
                    wrong += 1
                    continue
                sort, difference = judge(evidence[method], part, theirs, method)
                if math.isinf(difference):
                    own = evidence[method]
                    print(
                        f"differs: {tool} {number} on {case[0]}: {theirs!r}, ours {getattr(own, part)!r} {own.reason} "
                        f"in [{own.certified_low}, {own.certified_high}]"
                    )
                    wrong += 1
                worst[tool, method, part, sort].append(difference)
    print("| tool | method | number | columns | worst relative difference |\n|---|---|---|---|---|")
    for (tool, method, part, sort), differences in worst.items():
        kept = "exact" if sort == "exact" else "cells, within the certified interval"
        print(f"| {tool} | `{method}` | {part} | {len(differences)}, {kept} | {max(differences):.1g} |")
    for tool, packages in versions.items():
        print(f"{tool}: {', '.join(' '.join(package) for package in packages.items())}")
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
