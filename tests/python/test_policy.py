"""Policies: precedence, validation, and that no setting is silently without effect."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest

from driftline.errors import OptionError
from driftline.methods import KS, PSI, WassersteinScaled
from driftline.policy import DEFAULT_TOLERANCES, Policy


def test_the_defaults_are_the_documented_ones() -> None:
    settings = Policy().to_dict()
    assert settings["alpha"] == 0.05
    assert settings["correction"] == "benjamini_hochberg"
    assert settings["methods"] == dict.fromkeys(("numeric", "categorical", "boolean", "datetime"), "psi")
    assert settings["min_rows"] == 50
    assert settings["min_columns"] == 1
    assert settings["share"] is None
    assert (settings["on_absent"], settings["on_extra"], settings["on_change"]) == ("alert", "note", "note")
    assert settings["tolerances"] == {
        "psi": [0.10, 0.25],
        "ks": [0.12, 0.20],
        "total_variation": [0.12, 0.20],
        "wasserstein_scaled": [0.3, 0.5],
        "jensen_shannon": [0.1, 0.2],
        "hellinger": [0.1, 0.2],
        "nulls": [0.02, 0.10],
        "nulls_new": [0.005, 0.05],
        "far_out": [0.001, 0.01],
        "unseen": [0.01, 0.05],
        "vanished": [0.01, 0.05],
        "non_finite": [0.001, 0.01],
    }


def test_a_column_wins_over_its_kind_and_that_over_all_columns() -> None:
    policy = Policy(
        tolerances={"psi": (0.2, 0.3)},
        by_kind={"numeric": {"tolerances": {"psi": (0.3, 0.4)}}},
        by_column={"age": {"tolerances": {"psi": (0.4, 0.5)}}},
    )
    assert policy.settings("age", "numeric").tolerance("psi") == (0.4, 0.5)
    assert policy.settings("income", "numeric").tolerance("psi") == (0.3, 0.4)
    assert policy.settings("city", "categorical").tolerance("psi") == (0.2, 0.3)
    assert policy.settings("city", "categorical").tolerance("unseen") == DEFAULT_TOLERANCES["unseen"]


def test_naming_one_tolerance_keeps_the_others() -> None:
    policy = Policy(tolerances={"psi": (0.2, 0.3)}, by_column={"age": {"tolerances": {"unseen": (0.1, 0.2)}}})
    assert policy.settings("age", "numeric").tolerance("psi") == (0.2, 0.3)
    assert policy.settings("age", "numeric").tolerance("far_out") == (0.001, 0.01)


def test_a_global_method_applies_where_it_fits() -> None:
    policy = Policy(method="ks")
    assert policy.settings("a", "numeric").method == "ks"
    assert policy.settings("a", "categorical").method == "psi"
    assert policy.deciding_methods() == (KS(), PSI())


def test_a_method_that_needs_its_null_law_asks_for_it() -> None:
    assert WassersteinScaled(p_value=True) in Policy(method="wasserstein_scaled").deciding_methods()


def test_zero_and_false_are_values() -> None:
    policy = Policy(tolerances={"psi": (0, 0)}, min_rows=0, by_column={"x": {"judge": False}})
    assert policy.settings("y", "numeric").tolerance("psi") == (0.0, 0.0)
    assert policy.settings("x", "numeric").judge is False
    assert policy.settings("y", "numeric").judge is None
    assert policy.min_rows == 0


def test_nulls_where_the_reference_has_none_have_a_tolerance_of_their_own() -> None:
    settings = Policy().settings("x", "numeric")
    assert settings.tolerance("nulls", 0.01) == (0.02, 0.10)
    assert settings.tolerance("nulls", 0.0) == (0.005, 0.05)


def test_a_named_tolerance_of_nulls_holds_with_and_without_nulls_in_the_reference() -> None:
    policy = Policy(tolerances={"nulls": (0.3, 0.5)}, by_column={"x": {"tolerances": {"nulls_new": (0.1, 0.2)}}})
    assert policy.settings("y", "numeric").tolerance("nulls", 0.0) == (0.3, 0.5)
    assert policy.settings("x", "numeric").tolerance("nulls", 0.0) == (0.1, 0.2)
    assert policy.settings("x", "numeric").tolerance("nulls", 0.5) == (0.3, 0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": 0.5}, "alpha must be"),
        ({"alpha": 0}, "alpha must be"),
        ({"alpha": float("nan")}, "alpha must be"),
        ({"alpha": True}, "alpha must be"),
        ({"alpha": "0.05"}, "alpha must be"),
        ({"correction": "bonferoni"}, "did you mean 'bonferroni'"),
        ({"method": "psy"}, "unknown method 'psy'.*did you mean 'psi'"),
        ({"method": "kl_divergence"}, "kl_divergence decides but has no tolerances"),
        ({"tolerances": {"pis": (0.1, 0.2)}}, "did you mean 'psi'"),
        ({"tolerances": {"psi": 0.2}}, "must be a pair"),
        ({"tolerances": {"psi": (0.3, 0.2)}}, "above the alert tolerance"),
        ({"tolerances": {"psi": (None, 0.2)}}, "finite numbers"),
        ({"tolerances": {"psi": (0.1, float("inf"))}}, "finite numbers"),
        ({"tolerances": {"psi": (-0.1, 0.2)}}, "finite numbers of at least 0"),
        ({"tolerances": {"nulls": (2, 10)}}, "nulls lies between 0 and 1"),
        ({"tolerances": {"psi": None}}, "psi decides but has no tolerances"),
        ({"tolerances": ["psi"]}, "must map"),
        ({"tolerances": {"distinct_ratio": (1, 2)}}, "a method or signal must be one of"),
        ({"by_kind": {"numbers": {"method": "ks"}}}, "a kind in by_kind"),
        ({"by_kind": {"categorical": {"method": "ks"}}}, "ks cannot be measured on categorical columns"),
        ({"by_kind": {"numeric": {"metod": "ks"}}}, "did you mean 'method'"),
        ({"by_kind": {"numeric": {}}}, "must hold some of method, tolerances, judge"),
        ({"by_column": {"age": "ks"}}, "must hold some of"),
        ({"by_column": {"age": {"judge": 1}}}, "judge must be True or False"),
        ({"by_column": {"age": {"method": "kl_divergence"}}}, "kl_divergence decides but has no tolerances"),
        ({"min_rows": -1}, "min_rows"),
        ({"min_rows": 10.0}, "min_rows"),
        ({"min_columns": 0}, "min_columns"),
        ({"share": 0}, "share must be"),
        ({"share": 1.5}, "share must be"),
        ({"share": 0.5, "min_columns": 3}, "exclude each other"),
        ({"on_absent": "error"}, "on_absent must be one of note, warn, alert"),
        ({"on_change": "alert"}, "on_change must be one of note, warn"),
    ],
)
def test_a_setting_that_is_not_allowed_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Policy(**options)  # type: ignore[arg-type]


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(TypeError, match="min_row"):
        Policy(min_row=3)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "options",
    [
        {"tolerances": {"ks": (0.05, 0.1)}},
        {"by_kind": {"categorical": {"tolerances": {"ks": (0.05, 0.1)}}, "numeric": {"method": "ks"}}},
        {"by_column": {"age": {"tolerances": {"hellinger": (0.3, 0.4)}}}},
    ],
)
def test_a_tolerance_of_a_method_that_decides_nowhere_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(OptionError, match="would have no effect"):
        Policy(**options)  # type: ignore[arg-type]


def test_the_examples_of_the_documentation_are_allowed() -> None:
    Policy(
        alpha=0.05,
        tolerances={"psi": (0.1, 0.25), "nulls": (0.02, 0.10)},
        by_kind={"numeric": {"method": "ks"}},
        by_column={"age": {"tolerances": {"ks": (0.1, 0.2)}}},
    )


def test_a_policy_is_a_value_that_cannot_be_changed_and_travels() -> None:
    given = {"psi": (0.2, 0.3)}
    policy = Policy(tolerances=given, by_column={"x": {"judge": True}})
    given["psi"] = (0.0, 0.0)
    assert policy.tolerances["psi"] == (0.2, 0.3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        policy.alpha = 0.1  # type: ignore[misc]
    with pytest.raises(TypeError):
        policy.tolerances["psi"] = None  # type: ignore[index]
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert copy.deepcopy(policy) == policy
    assert dataclasses.replace(policy, alpha=0.01).tolerances == policy.tolerances
    assert dataclasses.replace(policy, alpha=0.01) != policy


def test_a_misspelt_column_is_refused_with_the_closest_one() -> None:
    with pytest.raises(OptionError, match=r"'aeg' \(did you mean 'age'\?\)"):
        Policy(by_column={"aeg": {"judge": True}}).check_columns(["age", "city"])
