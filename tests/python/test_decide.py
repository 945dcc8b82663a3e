"""Verdicts on made-up evidence whose law is known, so that every expected verdict is worked out by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from driftline.decision import Decision, decide
from driftline.errors import InputError, OptionError
from driftline.policy import Policy
from driftline.report import ColumnReport
from tests.python.fakes import FakeSide, FakeSignal, column, report


def decided(*columns: ColumnReport, **options: Any) -> Decision:
    return decide(report(*columns), Policy(**options))


def verdict(one: ColumnReport, **options: Any) -> str:
    return decided(one, **options).columns[one.name].verdict


def code(one: ColumnReport, **options: Any) -> str:
    return decided(one, **options).columns[one.name].reasons[0].code


def nulls(reference: float, current: float, error: float = 0.001, **more: Any) -> FakeSignal:
    return FakeSignal(abs(current - reference), error, reference=reference, current=current, name="nulls", **more)


@pytest.mark.parametrize(
    ("value", "expected", "reason"),
    [
        (0.02, "ok", "within_tolerance"),
        (0.08, "ok", "within_tolerance"),
        (0.085, "inconclusive", "not_settled"),
        (0.09, "inconclusive", "not_settled"),
        (0.11, "inconclusive", "not_settled"),
        (0.115, "inconclusive", "not_settled"),
        (0.12, "warn", "psi_above_warn"),
        (0.25, "warn", "psi_above_warn"),
        (0.28, "alert", "psi_above_alert"),
    ],
)
def test_a_verdict_needs_an_effect_that_is_certainly_on_one_side(value: float, expected: str, reason: str) -> None:
    # The error is 0.01, so "certain" at 5 % is 0.01645 away from a tolerance.
    assert verdict(column(value=value)) == expected
    assert code(column(value=value)) == reason


def test_ok_is_a_claim_at_level_alpha_whatever_the_number_of_columns() -> None:
    # p = 0.0228: no correction is applied to ok.
    many = [column(f"c{i}", value=0.08) for i in range(100)]
    assert decided(*many).counts["ok"] == 100


def test_an_alert_among_many_columns_must_survive_the_correction() -> None:
    # p(psi <= 0.1) = P(Z > 2) = 0.0228: claimed alone, held back among 20 columns that did not move.
    one = column("moved", value=0.12)
    quiet = [column(f"q{i}", value=0.0) for i in range(19)]
    assert verdict(one) == "warn"
    found = decided(one, *quiet).columns["moved"]
    assert found.verdict == "inconclusive"
    reason = found.reasons[0]
    assert reason.code == "held_back_by_correction"
    assert reason.p_adjusted == pytest.approx(20 * 0.02275013194817921)
    assert "20 tests" in reason.text
    assert decided(one, *quiet, correction="none").columns["moved"].verdict == "warn"


def test_a_warn_that_would_alert_but_for_the_correction_says_so() -> None:
    quiet = [column(f"q{i}", value=0.0) for i in range(19)]
    found = decided(column("moved", value=0.27), *quiet).columns["moved"]
    assert found.verdict == "warn"
    assert [reason.code for reason in found.reasons] == ["psi_above_warn", "held_back_by_correction"]
    assert found.reasons[1].tolerance == 0.25


def test_a_column_without_an_alert_tolerance_never_alerts() -> None:
    assert verdict(column(value=9.0), tolerances={"psi": (0.1, None)}) == "warn"


def test_coarse_evidence_cannot_be_ok() -> None:
    assert verdict(column(value=0.0, coarse=True)) == "inconclusive"
    assert code(column(value=0.0, coarse=True)) == "coarse_bins"
    assert verdict(column(value=1.0, coarse=True)) == "alert"


@pytest.mark.parametrize(
    ("needed", "expected", "rows"),
    [
        ((1200, ""), "not_settled", 1200),
        ((None, "at_tolerance"), "at_tolerance", None),
        ((None, "reference_too_small"), "reference_too_small", None),
        ((None, "no_law"), "sparse_bins", None),
    ],
)
def test_inconclusive_says_what_would_settle_it(
    needed: tuple[int | None, str], expected: str, rows: int | None
) -> None:
    found = decided(column(value=0.1, needed=needed)).columns["x"]
    assert found.verdict == "inconclusive"
    assert (found.reasons[0].code, found.reasons[0].rows_needed) == (expected, rows)
    assert ("1,200 current rows" in found.reasons[0].text) == (rows is not None)


def test_a_small_certain_change_stands_beside_the_verdict() -> None:
    certain = column(value=0.03, p_value=1e-9)
    found = decided(certain).columns["x"]
    assert (found.verdict, found.changed) == ("ok", True)
    assert [reason.code for reason in found.reasons] == ["within_tolerance", "small_but_certain"]
    assert found.reasons[1].text.startswith("small but certain: PSI 0.03 [")
    assert found.reasons[1].p_adjusted == 1e-9
    assert verdict(certain, on_change="warn") == "warn"
    assert code(certain, on_change="warn") == "small_but_certain"
    assert verdict(column(value=0.03, p_value=0.2), on_change="warn") == "ok"


def test_a_certain_change_is_not_told_with_an_interval_that_reaches_zero() -> None:
    reason = decided(column(value=0.003, p_value=0.004)).columns["x"].reasons[1]
    assert reason.text == "small but certain: PSI 0.003 (p 0.004), tolerance 0.1"


def test_changed_is_corrected_among_primary_methods_only() -> None:
    moved = column("moved", 0.03, *[FakeSignal(0.0, name=name) for name in ("far_out", "unseen")], p_value=0.04)
    assert decided(moved).columns["moved"].changed
    assert not decided(moved, column("other", 0.03, p_value=0.9)).columns["moved"].changed


def test_a_signal_can_raise_a_column() -> None:
    assert verdict(column("x", 0.01, nulls(0.02, 0.03))) == "ok"
    assert verdict(column("x", 0.01, nulls(0.02, 0.07))) == "warn"
    assert verdict(column("x", 0.01, nulls(0.02, 0.5))) == "alert"
    assert code(column("x", 0.01, nulls(0.02, 0.5))) == "nulls_above_alert"


def test_a_signal_is_undecided_only_if_its_estimate_exceeds_the_tolerance() -> None:
    assert verdict(column("x", 0.01, nulls(0.02, 0.04, error=0.1))) == "ok"
    assert verdict(column("x", 0.01, nulls(0.02, 0.0401, error=0.1))) == "inconclusive"


def test_nulls_are_judged_more_strictly_where_the_reference_has_none() -> None:
    assert verdict(column("x", 0.01, nulls(0.001, 0.016))) == "ok"
    assert verdict(column("x", 0.01, nulls(0.0, 0.015))) == "warn"


def test_a_signal_without_tolerances_only_informs() -> None:
    assert verdict(column("x", 0.01, FakeSignal(5.0, name="mean_shift"))) == "ok"
    assert verdict(column("x", 0.01, FakeSignal(5.0, name="mean_shift")), tolerances={"mean_shift": (1, 2)}) == "alert"
    assert verdict(column("x", 0.01, nulls(0.0, 0.9)), tolerances={"nulls": None}) == "ok"


def test_the_worst_of_method_and_signals_wins_and_comes_first() -> None:
    found = decided(column("x", 0.15, nulls(0.02, 0.5))).columns["x"]
    assert found.verdict == "alert"
    assert [reason.code for reason in found.reasons] == ["nulls_above_alert", "psi_above_warn"]


@pytest.mark.parametrize("side", ["reference", "current"])
def test_too_few_values_are_skipped_but_signals_with_enough_rows_count(side: str) -> None:
    few = {side: FakeSide(n_valid=49)}
    assert verdict(column(value=5.0, **few)) == "skipped"
    assert code(column(value=5.0, **few)) == "insufficient_data"
    assert verdict(column("x", 5.0, nulls(0.0, 0.9), **few)) == "alert"
    assert verdict(column("x", 5.0, nulls(0.0, 0.9, n_current=49), **few)) == "skipped"
    assert verdict(column("x", 5.0, nulls(0.0, 0.001), **few)) == "skipped"
    assert verdict(column(value=5.0, **few), min_rows=49) == "alert"


def test_no_value_at_all_is_skipped_but_the_nulls_alarm() -> None:
    empty = column(
        "x", None, nulls(0.0, 1.0, error=0.0), status="insufficient_data", reason="no value in the current data"
    )
    found = decided(empty).columns["x"]
    assert found.verdict == "alert"
    assert [reason.code for reason in found.reasons] == ["nulls_above_alert", "insufficient_data"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("absent_in_current", "alert"),
        ("absent_in_reference", "skipped"),
        ("kind_changed", "alert"),
        ("unsupported_type", "skipped"),
        ("insufficient_data", "skipped"),
        ("error", "skipped"),
    ],
)
def test_statuses_have_verdicts(status: str, expected: str) -> None:
    found = decided(column(status=status, reason="string → int64")).columns["x"]
    assert found.verdict == expected
    assert found.reasons[0].code == status
    assert found.reasons[0].text


@pytest.mark.parametrize(("outcome", "expected"), [("note", "skipped"), ("warn", "warn"), ("alert", "alert")])
def test_the_policy_says_what_absent_and_extra_columns_come_to(outcome: str, expected: str) -> None:
    assert verdict(column(status="absent_in_current"), on_absent=outcome) == expected
    assert verdict(column(status="absent_in_reference"), on_extra=outcome) == expected


@pytest.mark.parametrize("status", ["absent_in_current", "absent_in_reference", "insufficient_data"])
def test_a_target_without_values_is_exempt(status: str) -> None:
    sides = {"reference": FakeSide(role="target"), "current": FakeSide(role="target", n_valid=0)}
    late = column("x", None, nulls(0.0, 1.0), status=status, **sides)
    assert verdict(late, on_extra="alert") == "skipped"
    assert code(late, on_extra="alert") == "exempt_target"


def test_a_target_with_values_is_judged_by_them_and_not_by_late_labels() -> None:
    sides = {"reference": FakeSide(role="target"), "current": FakeSide(role="target")}
    assert verdict(column("x", 0.01, nulls(0.0, 0.5), **sides)) == "ok"
    assert verdict(column("x", 0.50, nulls(0.0, 0.5), **sides)) == "alert"


def integers(name: str, *, repeats: bool = False, p_value: float = 0.5, n_valid: int = 1000) -> FakeSide:
    return FakeSide(name, all_integers=True, unique=(not repeats, p_value), n_valid=n_valid)


def texts(*labels: Any, n_distinct: float = 0.0) -> FakeSide:
    return FakeSide(
        "t", "categorical", overflowed=n_distinct > 0, n_distinct=n_distinct, labels=[(x, 1) for x in labels]
    )


LEFT_OUT_ROW_ID = ("id", "ID", "customer_id", "UUID", "index", "Unnamed: 0", "unnamed: 12", "Unnamed: 0.1")
JUDGED_NAMES = ("idea", "paid", "_id", "price_index", "Unnamed", "my id")
BY_NATURE = {
    "unique though repeats were to be expected": (integers("n", p_value=1e-6), "row_id"),
    "unique by the width of their range": (integers("n"), ""),
    "integers that repeat": (integers("n", repeats=True, p_value=1e-6), ""),
    "an id by name that repeats": (integers("customer_id", repeats=True), ""),
    **{f"named {name}": (integers(name), "row_id") for name in LEFT_OUT_ROW_ID},
    **{f"named {name}": (integers(name), "") for name in JUDGED_NAMES},
    "datetime": (FakeSide("t", "datetime", "timestamp[us]"), "date"),
    "role timestamp": (FakeSide("t", role="timestamp"), "date"),
    "role id": (FakeSide("t", role="id"), "row_id"),
    "texts that are dates": (texts("2015-01-01", "2015-06-30"), "date"),
    "texts that are time stamps": (texts("2015-01-01T12:30:05.25+02:00", "2015-01-01 12:30"), "date"),
    "texts that are months": (texts("2015-01", "2015-12"), "date"),
    "dates and another text": (texts("2015-01-01", "unknown"), ""),
    "no such month": (texts("2015-13-01"), ""),
    "integers that look like dates": (texts(20150101), ""),
    "no label": (texts(), ""),
    "labels that hardly repeat": (texts("a", n_distinct=501), "overflow"),
    "many labels that repeat": (texts("a", n_distinct=500), ""),
    "a time stamp for every row": (texts("2015-01-01T00:00:01Z", n_distinct=900), "date"),
}


@pytest.mark.parametrize("case", BY_NATURE)
def test_columns_that_differ_by_nature_are_left_out_unless_the_policy_names_them(case: str) -> None:
    side, expected = BY_NATURE[case]
    one = column(side.name, 5.0, reference=side, current=side)
    assert one.left_out == expected
    found = decided(one).columns[side.name]
    if not expected:
        assert found.verdict == "alert"
        return
    assert (found.verdict, found.reasons[0].code) == ("skipped", f"left_out_{expected}")
    assert decided(one, by_column={side.name: {"judge": True}}).columns[side.name].verdict == "alert"
    assert decided(one, by_kind={side.kind: {"judge": True}}).columns[side.name].verdict == "alert"


def test_a_column_that_is_left_out_does_not_alert_by_being_gone() -> None:
    side = FakeSide("Unnamed: 0", all_integers=True, unique=(True, 1e-9))
    assert verdict(column("Unnamed: 0", status="absent_in_current", reference=side)) == "skipped"


def test_the_policy_can_leave_a_column_out() -> None:
    assert code(column(value=5.0), by_column={"x": {"judge": False}}) == "left_out_policy"
    both = {"by_kind": {"numeric": {"judge": False}}, "by_column": {"x": {"judge": True}}}
    assert verdict(column(value=5.0), **both) == "alert"


def test_columns_left_out_do_not_enter_the_correction() -> None:
    dates = [column(f"d{i}", 0.0, reference=FakeSide(f"d{i}", "datetime")) for i in range(50)]
    assert decided(column("moved", value=0.12), *dates).columns["moved"].verdict == "warn"


def columns_with(**counts: int) -> list[ColumnReport]:
    values = {"alert": 1.0, "warn": 0.18, "inconclusive": 0.1, "ok": 0.0}
    made = [column(f"{kind}{i}", values[kind]) for kind in values for i in range(counts.get(kind, 0))]
    return made + [column(f"s{i}", status="error", reason="?") for i in range(counts.get("skipped", 0))]


@pytest.mark.parametrize(
    ("counts", "options", "expected"),
    [
        ({"alert": 1, "ok": 9}, {}, "alert"),
        ({"alert": 1, "ok": 9}, {"min_columns": 2}, "ok"),
        ({"alert": 1, "warn": 1, "ok": 8}, {"min_columns": 2}, "warn"),
        ({"alert": 2, "warn": 1, "ok": 8}, {"min_columns": 2}, "alert"),
        ({"warn": 1, "ok": 9}, {}, "warn"),
        ({"alert": 3, "ok": 7}, {"share": 0.3}, "alert"),
        ({"alert": 2, "ok": 8}, {"share": 0.3}, "ok"),
        ({"alert": 7, "ok": 93}, {"share": 0.07}, "alert"),
        ({"alert": 2, "warn": 1, "ok": 7}, {"share": 0.3}, "warn"),
        ({"ok": 5}, {"share": 0.1}, "ok"),
        ({"alert": 3, "ok": 7, "skipped": 90}, {"share": 0.3}, "alert"),
        ({"inconclusive": 2, "ok": 8}, {}, "ok"),
        ({"inconclusive": 3, "ok": 7}, {}, "inconclusive"),
        ({"inconclusive": 1, "ok": 3, "skipped": 50}, {}, "inconclusive"),
        ({"alert": 1, "inconclusive": 9}, {}, "alert"),
        ({"skipped": 3}, {}, "skipped"),
        ({}, {}, "skipped"),
    ],
)
def test_the_verdict_of_the_data_set(counts: dict[str, int], options: dict[str, Any], expected: str) -> None:
    decision = decided(*columns_with(**counts), **options)
    assert {name: n for name, n in decision.counts.items() if n} == {k: n for k, n in counts.items() if n}
    assert decision.verdict == expected
    assert decision.headline


def test_the_headline_tells_of_undecided_columns() -> None:
    assert decided(*columns_with(inconclusive=1, ok=9)).headline == "none of 10 judged columns drifted, 1 undecided"
    assert decided(*columns_with(alert=1)).headline == "1 of 1 judged column drifted"
    assert decided(*columns_with(skipped=2)).headline == "no column could be judged"


def test_columns_are_ranked_by_how_bad_they_are() -> None:
    decision = decided(
        column("small", 0.3),
        column("quiet", 0.0),
        column("large", 1.3),
        column("gone", status="absent_in_current"),
        column("late", 0.0, nulls(0.1, 0.9)),
        column("warned", 0.2),
        column("close", 0.05),
    )
    assert decision.alerts == ["gone", "late", "large", "small"]
    assert decision.warnings == ["warned"]
    assert decision.ranked == ["gone", "late", "large", "small", "warned", "close", "quiet"]


def test_a_stricter_alpha_shows_wider_intervals_that_agree_with_the_test() -> None:
    loose, strict = (decided(column(value=0.2), alpha=alpha).columns["x"].reasons[0] for alpha in (0.05, 0.01))
    assert strict.ci_low is not None
    assert loose.ci_low is not None
    assert strict.ci_low < loose.ci_low
    assert decided(column(value=0.2), alpha=0.01).to_dict()["columns"][0]["evidence"]["psi"]["level"] == 0.98


def test_a_report_without_the_deciding_method_is_refused() -> None:
    with pytest.raises(
        OptionError, match=r"'x' is judged by ks, but the report holds psi; compare with methods=\['ks'"
    ):
        decided(column(), method="ks")


def test_a_policy_for_a_column_that_does_not_exist_is_refused() -> None:
    with pytest.raises(OptionError, match="'y', which is in neither data set"):
        decided(column(), by_column={"y": {"judge": True}})


def test_an_undefined_value_is_skipped_and_never_compared() -> None:
    undefined = column(value=None, reason="undefined_scale", status="ok")
    undefined.evidence["psi"]._core.reason = "undefined_scale"
    found = decided(undefined).columns["x"]
    assert (found.verdict, found.reasons[0].code) == ("skipped", "undefined_scale")


def test_the_wrong_thing_is_refused() -> None:
    with pytest.raises(InputError, match="decide takes a DriftReport, got dict"):
        decide({"x": 1})  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="policy must be a Policy, got dict"):
        decide(report(column()), {"alpha": 0.1})  # type: ignore[arg-type]


def test_texts_are_harmless_and_complete() -> None:
    found = decided(column("x", 0.5134, nulls(0.0206, 0.5032))).columns["x"]
    assert [reason.text for reason in found.reasons] == [
        "PSI 0.51 [0.50, 0.53], alert above 0.25",
        "nulls 2.06 → 50.3 %, a change of 48.3 [48.1, 48.4] %, alert above 10 %",
    ]
    assert json.dumps(decided(column()).columns["x"].reasons[0].to_dict())
