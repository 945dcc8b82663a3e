"""Flat metrics: names that MLflow takes, one series per column, finite numbers that are the decision's own."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import driftline as dl
from driftline.errors import OptionError
from driftline.notify import failing_verdicts, flat_metrics, summary
from driftline.notify.flat_metrics import safe_names

# What mlflow.utils.validation accepts, and its rule that a name read as a path must be that same path.
ALLOWED = re.compile(r"[\w.\- /]+", re.ASCII)


def check(before: dict[str, object], after: dict[str, object]) -> dl.Decision:
    return dl.check(before, after)


def test_the_numbers_are_those_of_the_decision() -> None:
    random = np.random.default_rng(5)
    decision = check({"age": random.normal(0, 1, 900)}, {"age": random.normal(1, 1, 900)})
    metrics = flat_metrics(decision)
    psi = decision.report["age", "psi"]
    low, high = psi.interval(0.9) or (None, None)
    assert metrics["drift/psi/age"] == psi.value
    assert (metrics["drift/psi_low/age"], metrics["drift/psi_high/age"]) == (low, high)
    assert metrics["drift/alert"] == 1
    assert [metrics[f"drift/n_{verdict}"] for verdict in ("alert", "warn", "ok")] == [1, 0, 0]


def test_what_is_undefined_is_left_out() -> None:
    decision = check({"gone": [1, 2] * 100, "null": [None] * 200}, {"null": [None] * 200})
    metrics = flat_metrics(decision)
    assert all(math.isfinite(value) for value in metrics.values())
    assert not [name for name in metrics if name.endswith("/gone")]


@given(st.lists(st.text(min_size=1, max_size=30), unique=True, min_size=1, max_size=8))
def test_different_columns_get_different_names_that_are_allowed(names: list[str]) -> None:
    safe = safe_names(names)
    assert len({name.lower() for name in safe.values()}) == len(names)
    for name in safe.values():
        assert ALLOWED.fullmatch(name)
        assert "/" not in name
        assert name.strip(". ")


def test_a_name_does_not_depend_on_the_columns_beside_it_unless_they_clash() -> None:
    assert safe_names(["a b", "c"])["a b"] == safe_names(["a b"])["a b"] == "a b"
    clash = safe_names(["a/b", "a:b"])
    assert clash["a/b"] != clash["a:b"]


def test_the_summary_is_capped_and_counts_all() -> None:
    names = [f"c{index}" for index in range(30)]
    decision = check({name: [1, 2] * 200 for name in names}, {name: [5, 6] * 200 for name in names})
    found = summary(decision, most=3, report="report.html")
    assert (found["status"], len(found["worst"]), found["counts"]["alert"]) == ("drift", 3, 30)
    assert found["report"] == "report.html"


@pytest.mark.parametrize(
    ("verdict", "fail_on", "status"),
    [
        ("alert", "alert", "drift"),
        ("warn", "alert", "no_drift"),
        ("warn", "warn", "drift"),
        ("inconclusive", "warn", "no_drift"),
        ("inconclusive", "inconclusive", "drift"),
        ("ok", "inconclusive", "no_drift"),
        ("skipped", "inconclusive", "not_judged"),
    ],
)
def test_status_follows_from_the_verdict_and_the_mildest_that_counts(verdict: str, fail_on: str, status: str) -> None:
    decision = check({"x": [1, 2] * 200}, {"x": [1, 2] * 200})
    decision.verdict = verdict
    assert summary(decision, fail_on=fail_on)["status"] == status


def test_an_unknown_mildest_verdict_is_refused() -> None:
    with pytest.raises(OptionError, match="fail_on must be one of alert, warn, inconclusive, got 'ok'"):
        failing_verdicts("ok")
