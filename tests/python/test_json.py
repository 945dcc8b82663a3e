"""The JSON that machines read: strict, described by the published schemas, and enough to recompute a score."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from jsonschema import Draft202012Validator

import driftline as dl
from driftline.render.json import json_schema, plain, to_json


def refuse(text: str) -> None:
    raise AssertionError(f"{text} is not JSON")


def tables() -> tuple[dict[str, Any], dict[str, Any]]:
    """Two sides with every kind of column, hostile names and labels, and every status that data can cause."""
    rng = np.random.default_rng(7)
    n, m = 2000, 1500
    hostile = ['<script>alert("x")</script>', "a\nb", "\x1b[31m", "\u202egnp", "", "'\"\\"]
    reference = {
        "number": rng.normal(size=n),
        "huge": np.where(rng.random(n) < 0.5, 1.7e308, -1.7e308),
        "infinite": np.where(rng.random(n) < 0.1, np.inf, rng.normal(size=n)),
        "whole": np.where(rng.random(n) < 0.5, 2**62, 2**62 + 4096),
        "empty": np.full(n, np.nan),
        "constant": np.ones(n),
        "label": rng.choice(hostile, n),
        "binary": [b"\xff\xfe", b"ok"] * (n // 2),
        "flag": rng.random(n) < 0.3,
        "time": np.datetime64("2024-01-01") + rng.integers(0, 90, n).astype("timedelta64[D]"),
        "type": rng.choice(["1", "2", "3"], n),
        "gone": rng.normal(size=n),
        "list": pa.array([[1, 2]] * n),
        '"quoted", <b>': rng.normal(size=n),
    }
    current = {
        "number": rng.normal(0.5, 1, size=m),
        "huge": np.where(rng.random(m) < 0.1, 1.7e308, -1.7e308),
        "infinite": np.where(rng.random(m) < 0.4, -np.inf, rng.normal(size=m)),
        "whole": np.where(rng.random(m) < 0.2, 2**62, 2**62 + 4096),
        "empty": np.full(m, np.nan),
        "constant": np.ones(m),
        "label": rng.choice([*hostile[:-1], "new"], m),
        "binary": [b"\xff\xfe", b"new"] * (m // 2),
        "flag": rng.random(m) < 0.6,
        "time": np.datetime64("2024-04-01") + rng.integers(0, 90, m).astype("timedelta64[D]"),
        "type": rng.integers(1, 4, m),
        "list": pa.array([[1, 2]] * m),
        '"quoted", <b>': rng.normal(size=m),
        "extra": rng.normal(size=m),
    }
    return reference, current


@pytest.fixture(scope="module")
def decision() -> dl.Decision:
    policy = dl.Policy(
        by_kind={"numeric": {"method": "ks"}},
        by_column={"number": {"tolerances": {"ks": (0.1, None), "far_out": None}}},
    )
    return dl.check(*tables(), policy=policy)


@pytest.mark.parametrize("name", ["decision", "report"])
def test_the_published_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(json_schema(name))


@pytest.mark.parametrize("name", ["decision", "report"])
def test_what_is_written_is_what_the_schema_says(name: str, decision: dl.Decision) -> None:
    text = (decision if name == "decision" else decision.report).to_json()
    data = json.loads(text, parse_constant=refuse)
    errors = sorted(Draft202012Validator(json_schema(name)).iter_errors(data), key=lambda error: list(error.path))
    assert not errors, "\n".join(f"{list(error.path)}: {error.message}" for error in errors[:5])


def test_the_schema_refuses_what_it_does_not_describe(decision: dl.Decision) -> None:
    validator = Draft202012Validator(json_schema("decision"))
    data = json.loads(decision.to_json())
    for change in ({"verdict": "drift"}, {"extra": 1}, {"counts": {}}, {"schema_version": "2.0"}):
        assert not validator.is_valid({**data, **change})


def test_a_report_is_a_decision_without_verdicts_and_policy(decision: dl.Decision) -> None:
    full, bare = json_schema("decision"), json_schema("report")
    assert set(full["properties"]) - set(bare["properties"]) == {"verdict", "counts", "policy"}
    columns = [schema["$defs"]["column"]["properties"] for schema in (full, bare)]
    assert set(columns[0]) - set(columns[1]) == {"verdict", "changed", "reasons"}
    for name, definition in bare["$defs"].items():
        assert name == "column" or definition == full["$defs"][name]


def test_every_status_and_every_verdict_of_the_data_is_there(decision: dl.Decision) -> None:
    status = {column["name"]: column["status"] for column in decision.to_dict()["columns"]}
    assert status["gone"] == "absent_in_current"
    assert status["extra"] == "absent_in_reference"
    assert status["type"] == "kind_changed"
    assert status["list"] == "unsupported_type"
    assert status["empty"] == "insufficient_data"
    assert status['"quoted", <b>'] == "ok"


def test_equal_decisions_are_equal_text(decision: dl.Decision) -> None:
    again = dl.check(*tables(), policy=decision.policy)
    assert again.to_json() == decision.to_json()


@pytest.mark.parametrize("column", ["number", "label", "flag", "whole"])
def test_psi_can_be_recomputed_from_the_json(column: str, decision: dl.Decision) -> None:
    columns = {each["name"]: each for each in json.loads(decision.to_json())["columns"]}
    evidence = columns[column]["evidence"]["psi"]
    r, c = (np.array(evidence["details"][f"{side}_counts"]) for side in ("reference", "current"))
    used = r + c > 0  # a group of rarer labels may be empty on both sides
    r, c = r[used], c[used]
    n, m, bins = r.sum(), c.sum(), len(r)
    pooled = (r + c) / (n + m)
    extra_n, extra_m = max(bins / 2, 0.002 * n), max(bins / 2, 0.002 * m)
    p = (r + extra_n * pooled) / (n + extra_n)
    q = (c + extra_m * pooled) / (m + extra_m)
    parts = (p - q) * np.log(p / q)
    assert evidence["value"] == pytest.approx(parts.sum(), rel=1e-12)
    shown = np.array(evidence["details"]["contributions"])
    assert shown[used].tolist() == pytest.approx(parts.tolist(), rel=1e-9, abs=1e-15)
    assert not shown[~used].any()
    assert (n, m) == (evidence["n_reference"], evidence["n_current"])


def test_numeric_bins_can_be_counted_again_from_the_rows(decision: dl.Decision) -> None:
    details = decision.report["number", "psi"].details
    edges = [-np.inf, *details["bin_edges"], np.inf]
    for side, data in zip(("reference", "current"), tables(), strict=True):
        counts = np.histogram(data["number"], edges)[0]
        assert details[f"{side}_counts"].tolist() == counts.tolist()


def test_undefined_numbers_are_null() -> None:
    assert plain([math.nan, math.inf, -math.inf, np.float64("nan"), np.float32("inf")]) == [None] * 5


def test_labels_keep_their_type() -> None:
    assert to_json(["1", 1, 1.5, True, None, b"text", b"\xff"]) == '["1", 1, 1.5, true, null, "text", {"hex": "ff"}]'


def test_what_has_no_json_is_refused() -> None:
    with pytest.raises(TypeError, match="no JSON for object"):
        to_json(object())
