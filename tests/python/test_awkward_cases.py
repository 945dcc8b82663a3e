"""Awkward sizes, orders, repetitions and types: what driftline answers is stated here and in the guide to them.

Values and labels that are awkward by themselves are in test_awkward_values.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray

import driftline as dl

Rows = NDArray[Any]


def check(reference: object, current: object, **options: Any) -> dl.Decision:
    return dl.check({"x": reference}, {"x": current}, **options)


def codes(decision: dl.Decision) -> list[str]:
    return [reason.code for reason in decision.columns["x"].reasons]


def normal(n: int, mean: float = 0.0, seed: int = 0) -> Rows:
    return np.random.default_rng([seed, n]).normal(mean, 1.0, n)


def interval_width(decision: dl.Decision, method: str = "ks") -> float:
    evidence = decision.report["x", method]
    assert evidence.ci_low is not None
    assert evidence.ci_high is not None
    return evidence.ci_high - evidence.ci_low


class TestAReferenceSmallerThanTheCurrentData:
    def test_without_drift_nothing_alarms_and_more_current_rows_are_not_asked_for(self) -> None:
        for seed in range(20):
            decision = check(normal(60, seed=seed), normal(6_000, seed=seed))
            assert decision.verdict in ("ok", "inconclusive")
            assert decision.verdict == "ok" or codes(decision)[0] in ("reference_too_small", "at_tolerance")

    def test_a_shift_of_three_deviations_is_never_ok_and_ks_is_certain_of_it(self) -> None:
        sides = normal(60), normal(6_000, 3.0)
        assert check(*sides).verdict != "ok"
        assert check(*sides, policy=dl.Policy(method="ks")).verdict == "alert"

    def test_a_few_hundred_rows_are_enough_of_a_reference(self) -> None:
        assert check(normal(500), normal(20_000, 1.0)).verdict == "alert"
        assert check(normal(1_000), normal(20_000)).verdict == "ok"

    def test_the_smaller_side_sets_the_interval(self) -> None:
        small, large = normal(500), normal(50_000)
        widths = interval_width(check(small, large)), interval_width(check(large, small))
        assert widths[0] == pytest.approx(widths[1], rel=1e-9)
        assert widths[0] > 5 * interval_width(check(normal(50_000, seed=1), large))


@pytest.fixture(scope="module")
def ten_million() -> dl.Profile:
    return dl.profile({"x": np.tile(normal(10_000).astype(np.float32), 1_000)})


class TestFiftyRowsAgainstTenMillion:
    def test_without_drift_the_rows_that_would_settle_it_are_named(self, ten_million: dl.Profile) -> None:
        decision = dl.check(ten_million, {"x": normal(50).astype(np.float32)})
        (reason,) = decision.columns["x"].reasons
        assert decision.verdict == "inconclusive"
        assert reason.code == "not_settled"
        assert reason.rows_needed is not None
        assert 50 < reason.rows_needed < 5_000

    def test_the_other_way_round_only_a_larger_reference_would(self, ten_million: dl.Profile) -> None:
        decision = dl.check({"x": normal(50).astype(np.float32)}, ten_million)
        assert decision.verdict == "inconclusive"
        assert codes(decision) == ["reference_too_small"]

    def test_a_large_shift_alerts(self, ten_million: dl.Profile) -> None:
        decision = dl.check(ten_million, {"x": normal(50, 2.0).astype(np.float32)})
        assert decision.verdict == "alert"
        low = decision.report["x", "psi"].ci_low
        assert low is not None
        assert low > 0.25

    def test_the_interval_is_that_of_fifty_rows(self, ten_million: dl.Profile) -> None:
        few = interval_width(dl.check(ten_million, {"x": normal(50)}))
        many = interval_width(dl.check(ten_million, {"x": normal(5_000)}))
        assert few > 4 * many

    def test_fifty_other_rows_after_ten_million_zeros(self) -> None:
        zeros = dl.profile({"x": np.zeros(10_000_000, np.float32)})
        assert dl.check(zeros, {"x": np.zeros(50, np.float32)}).alerts == []
        assert dl.check(zeros, {"x": np.ones(50, np.float32)}).verdict == "alert"


class TestMoreBinsThanRows:
    def test_labels_that_hardly_occur_are_judged_in_groups(self) -> None:
        alarms = 0
        for seed in range(60):
            rng = np.random.default_rng(seed)
            labels = [[f"v{i}" for i in rng.integers(0, 400, n)] for n in (20_000, 60)]
            decision = check(*labels)
            alarms += decision.verdict in ("alert", "warn")
            details = decision.report["x", "psi"].details
            assert len(details["reference_counts"]) == 16
            assert sum(details["current_counts"]) == 60
        assert alarms <= scipy.stats.binom.isf(1e-6, 60, 0.05)

    def test_more_bins_than_rows_are_no_alarm(self) -> None:
        for seed in range(20):
            decision = check(normal(2_000, seed=seed), normal(60, seed=seed), methods=[dl.PSI(bins=100)])
            assert decision.verdict in ("ok", "inconclusive")


class TestAllRowsInOneBin:
    @pytest.mark.parametrize("value", [3.0, 0, True, "a", np.nan])
    def test_the_same_constant_is_no_change(self, value: object) -> None:
        decision = check([value] * 1_000, [value] * 700)
        if value is np.nan:
            assert (decision.verdict, codes(decision)) == ("skipped", ["insufficient_data"])
            return
        psi = decision.report["x", "psi"]
        assert (decision.verdict, psi.value, psi.p_value) == ("ok", 0.0, 1.0)
        assert codes(decision) == ["within_tolerance"]
        assert not decision.columns["x"].changed

    def test_a_distance_without_a_scale_is_undefined_and_decides_nothing(self) -> None:
        scaled = check([3.0] * 100, [3.0] * 100).report["x", "wasserstein_scaled"]
        assert (scaled.value, scaled.reason) == (None, "undefined_scale")


class TestLabelsAtTheEdgeOfTheTwenty:
    """Which of many equally frequent labels get a bin of their own is luck, and must not look like drift."""

    @pytest.mark.parametrize("n_labels", [21, 25, 35])
    def test_being_chosen_by_luck_is_no_drift(self, n_labels: int) -> None:
        n_runs, n = 200, 2_000
        rng = np.random.default_rng(n_labels)
        names = np.array([f"label {i}" for i in range(n_labels)])
        sides = [{f"c{run}": names[rng.integers(0, n_labels, n)] for run in range(n_runs)} for _ in range(2)]
        decision = dl.check(*sides, policy=dl.Policy(correction="none"))
        most = scipy.stats.binom.isf(1e-6, n_runs, 0.05)  # a correct law fails once in a million seeds
        assert decision.counts["alert"] + decision.counts["warn"] <= most
        assert sum(column.changed for column in decision.columns.values()) <= most


class TestRowsInAnotherOrderAndRowsThatRepeat:
    def test_identical_data_in_another_order_are_identical(self) -> None:
        rows = normal(5_000)
        shuffled = np.random.default_rng(1).permutation(rows)
        assert dl.profile({"x": rows}).to_bytes() == dl.profile({"x": shuffled}).to_bytes()
        decision = check(rows, shuffled)
        psi = decision.report["x", "psi"]
        assert decision.verdict == "ok"
        assert (psi.value, psi.certified_low, psi.certified_high, psi.ci_low, psi.ci_high) == (0.0,) * 5
        assert psi.p_value == 1.0
        assert not decision.columns["x"].changed

    def test_duplicates_leave_distances_and_make_them_look_surer_which_is_said(self) -> None:
        sides = normal(300), normal(300, 0.2, seed=1)
        once, repeated = check(*sides), check(*(np.repeat(side, 20) for side in sides))
        assert repeated.report["x", "ks"].value == once.report["x", "ks"].value
        assert repeated.report["x", "wasserstein"].value == pytest.approx(once.report["x", "wasserstein"].value)
        assert interval_width(repeated) < 0.3 * interval_width(once)
        assert once.report.notes == []
        said = [note for note in repeated.report.notes if "20 times" in note]
        assert len(said) == 2
        assert all("surer than the data" in note for note in said)
        assert "20 times" in repeated.to_text()
        assert "20 times" in repeated.to_html()

    @pytest.mark.parametrize("n", [6_000, 20_000])
    def test_repeated_rows_are_noticed_in_exact_and_in_coarse_profiles(self, n: int) -> None:
        rows = normal(n)
        notes = dl.compare({"x": rows}, {"x": np.tile(rows, 3)}).notes
        assert len(notes) == 1
        assert "current data seems to be there 3 times" in notes[0]

    def test_ties_are_no_repeated_rows(self) -> None:
        balanced = np.repeat(np.arange(10), 300)  # ten counts that share a factor are a design, not an accident
        rounded = np.round(normal(5_000), 1)
        for rows in (balanced, rounded, ["a", "b"] * 500):
            assert dl.compare({"x": rows}, {"x": rows}).notes == []

    def test_one_column_that_does_not_repeat_is_enough(self) -> None:
        table = {"x": np.repeat(normal(1_000), 2), "y": normal(2_000)}
        assert dl.compare(table, table).notes == []


class TestTypes:
    @pytest.mark.parametrize("values", [normal(5_000), np.array([0.1, 0.2, 0.3])[np.arange(3_000) % 3]])
    def test_float32_against_float64_is_no_change_and_noted(self, values: Rows) -> None:
        for sides in ((values, values.astype(np.float32)), (values.astype(np.float32), values)):
            decision = check(*sides)
            column = decision.report.columns["x"]
            assert decision.verdict == "ok"
            assert codes(decision) == ["within_tolerance"]
            assert not decision.columns["x"].changed
            assert [column.evidence[method].value for method in ("psi", "ks", "wasserstein")] == [0.0, 0.0, 0.0]
            assert column.notes == ["width_differs"]
            assert any("float32" in note for note in decision.report.notes)

    def test_a_real_change_is_seen_through_another_width(self) -> None:
        assert check(normal(5_000), normal(5_000, 1.0).astype(np.float32)).verdict == "alert"

    @pytest.mark.parametrize("kind", ["numeric", "categorical"])
    def test_integers_against_floats_with_nulls_differ_in_nulls_only(self, kind: str) -> None:
        whole = np.random.default_rng(1).integers(0, 50, 3_000)
        floats = whole.astype(float)
        floats[::10] = np.nan
        decision = check(whole, floats, schema=dl.Schema(kinds={"x": kind}))
        column = decision.columns["x"]
        assert decision.report.columns["x"].status == "ok"
        assert decision.report.notes == ["x: int64 → float64."]
        assert (column.verdict, codes(decision)[0]) == ("alert", "nulls_above_alert")
        kept = {"x": whole[~np.isnan(floats)]}
        assert dl.check(kept, {"x": floats[~np.isnan(floats)]}, schema=dl.Schema(kinds={"x": kind})).verdict == "ok"
        assert decision.report["x", "psi"].n_current == 2_700

    def test_numbers_against_text_are_another_kind_even_in_the_same_container(self) -> None:
        decision = check([1, 2, 3] * 100, ["1", "2", "3"] * 100)
        (reason,) = decision.columns["x"].reasons
        assert (decision.verdict, reason.code) == ("alert", "kind_changed")
        assert reason.text == "object (numeric) → object (categorical); 100 % of the labels match after casting"


class TestColumnsWithFewValues:
    def sometimes(self, n_values: int, seed: int = 0) -> Rows:
        rows = np.full(1_000, np.nan)
        rows[:n_values] = normal(n_values, seed=seed)
        return rows

    def test_a_column_is_judged_from_fifty_values_on_and_never_before(self) -> None:
        reference = {"x": normal(5_000)}
        verdicts = {n: dl.check(reference, {"x": normal(n)}) for n in (0, 1, 49, 50)}
        for n in (0, 1, 49):
            assert verdicts[n].verdict == "skipped"
            assert codes(verdicts[n]) == ["insufficient_data"]
            assert not verdicts[n].columns["x"].changed
        assert verdicts[50].columns["x"].verdict != "skipped"
        assert "49 values in the current data, fewer than 50" in verdicts[49].columns["x"].reasons[0].text

    def test_too_few_values_because_of_nulls_are_an_alert_for_nulls(self) -> None:
        decision = check(self.sometimes(1_000), self.sometimes(30))
        assert decision.verdict == "alert"
        assert codes(decision) == ["nulls_above_alert", "insufficient_data"]

    def test_as_few_as_ever_is_no_finding(self) -> None:
        decision = check(self.sometimes(30), self.sometimes(30, seed=1))
        assert (decision.verdict, codes(decision)) == ("skipped", ["insufficient_data"])


class TestHundredsOfNullColumnsBesideOneRealDrift:
    @pytest.mark.parametrize("null", [np.nan, None])
    def test_they_neither_hide_it_nor_fill_the_page(self, null: object) -> None:
        empty = {f"n{i:03}": [null] * 2_000 for i in range(300)}
        sides = normal(2_000), normal(2_000, 0.75, seed=1)
        alone, beside = check(*sides), dl.check({**empty, "x": sides[0]}, {**empty, "x": sides[1]})
        assert alone.verdict == beside.verdict == "alert"
        assert beside.columns["x"].reasons == alone.columns["x"].reasons, "the same p-values after correction"
        assert beside.counts["skipped"] == 300
        assert beside.headline == "1 of 1 judged column drifted"
        text = " ".join(beside.to_text().split())
        assert text.count("no value in the reference and the current data") == 1
        assert "and 288 more" in text

    def test_a_column_that_becomes_null_is_still_an_alert(self) -> None:
        empty = {f"n{i:03}": [None] * 2_000 for i in range(300)}
        decision = dl.check({**empty, "x": normal(2_000)}, {**empty, "x": [None] * 2_000})
        assert decision.alerts == ["x"]
        assert codes(decision)[0] == "nulls_above_alert"
