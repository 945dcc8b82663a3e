"""Values and labels that are awkward by themselves: what driftline answers is stated here and in the guide to them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import driftline as dl

Rows = NDArray[Any]
N = 5_000


def check(reference: object, current: object, **options: Any) -> dl.Decision:
    return dl.check({"x": reference}, {"x": current}, **options)


def codes(decision: dl.Decision) -> list[str]:
    return [reason.code for reason in decision.columns["x"].reasons]


def normal(n: int = N, mean: float = 0.0, seed: int = 0) -> Rows:
    return np.random.default_rng([seed, n]).normal(mean, 1.0, n)


def with_share(rows: Rows, share: float, value: float) -> Rows:
    changed = rows.copy()
    changed[: round(share * len(rows))] = value
    return changed


class TestConstants:
    @pytest.mark.parametrize(
        ("before", "after"),
        [(3.0, 4.0), (3.0, 2.0), (0, 1), (1e300, -1e300), (0.0, 5e-324), (True, False), ("a", "b")],
    )
    def test_another_constant_is_an_alert_and_a_certain_change(self, before: object, after: object) -> None:
        decision = check([before] * 1_000, [after] * 700)
        assert decision.verdict == "alert"
        assert codes(decision)[0] == "psi_above_alert"
        assert decision.columns["x"].changed
        assert decision.report.columns["x"].signals["constant"].value == 1.0

    def test_what_happened_is_said_without_limits_that_mean_nothing(self) -> None:
        sentence = check([3.0] * 1_000, [4.0] * 700).report.columns["x"].sentence
        assert sentence == "x moved up: median 3 → 4; 100 % of the values are not 3."

    def test_a_constant_that_differs_by_rounding_is_the_same(self) -> None:
        for decision in (check([0.3] * 500, [0.1 + 0.2] * 500), check([0.3] * 500, np.full(500, 0.3, np.float32))):
            assert (decision.verdict, decision.report["x", "psi"].value) == ("ok", 0.0)
            assert not decision.columns["x"].changed

    @pytest.mark.parametrize("n", [1_000, 10_000, 1_000_000])
    def test_losing_a_thousandth_is_reported_with_its_share_and_no_alarm(self, n: int) -> None:
        decision = check(np.full(n, 3.0), with_share(np.full(n, 3.0), 0.001, 4.0))
        assert decision.verdict == "ok"
        constant = decision.report.columns["x"].signals["constant"]
        assert (constant.reference, constant.current) == (1.0, 0.999)
        if n >= 10_000:
            assert decision.columns["x"].changed
            assert "share of 3: 100 → 99.9 %" in decision.to_text()

    def test_losing_a_tenth_is_an_alert(self) -> None:
        assert check(np.full(N, 3.0), with_share(np.full(N, 3.0), 0.1, 3.5)).verdict == "alert"

    def test_becoming_constant_is_an_alert(self) -> None:
        decision = check(normal(1_000), [0.0] * 700)
        assert decision.verdict == "alert"
        assert "became constant" in decision.to_text()


class TestOneOutlier:
    @pytest.mark.parametrize("value", [1e300, -1e300, 1.7976931348623157e308])
    def test_it_moves_no_score_that_ranks_and_alarms_nobody(self, value: float) -> None:
        clean, dirty = normal(seed=1), normal(seed=1)
        dirty[7] = value
        reference = normal()
        decision, before = check(reference, dirty), check(reference, clean)
        assert decision.verdict == "ok"
        for method in ("psi", "ks"):
            moved = abs(decision.report["x", method].value - before.report["x", method].value)
            assert moved < (1e-3 if method == "psi" else 1.0 / N + 1e-12)
        assert decision.report.columns["x"].signals["far_out"].current == 1 / N

    def test_in_the_reference_it_does_not_blind(self) -> None:
        reference = normal()
        reference[7] = 1e300
        assert check(reference, normal(seed=1)).verdict == "ok"
        assert check(reference, normal(mean=1.0, seed=1)).verdict == "alert"

    def test_a_distance_in_units_of_the_column_says_what_it_is(self) -> None:
        dirty = normal(seed=1)
        dirty[7] = 1e300
        decision = check(normal(), dirty)
        assert decision.report["x", "wasserstein"].value == pytest.approx(1e300 / N)
        assert "NaN" not in decision.to_json()
        assert "<svg" in decision.to_html()


class TestZerosAndSentinels:
    def zero_inflated(self, share: float, seed: int = 0) -> Rows:
        return with_share(np.exp(normal(seed=seed)), share, 0.0)

    def test_thirty_percent_of_zeros_are_a_bin_of_their_own(self) -> None:
        decision = check(self.zero_inflated(0.3), self.zero_inflated(0.3, 1))
        assert decision.verdict == "ok"
        assert decision.report["x", "psi"].details["reference_counts"][0] == 0.3 * N

    def test_more_zeros_are_seen(self) -> None:
        assert check(self.zero_inflated(0.3), self.zero_inflated(0.6, 1)).verdict == "alert"

    @pytest.mark.parametrize("instead", [-0.5, -1.0])
    def test_zeros_that_became_another_value_are_seen_although_the_range_hardly_grew(self, instead: float) -> None:
        decision = check(self.zero_inflated(0.3), with_share(self.zero_inflated(0.0, 1), 0.3, instead))
        assert decision.verdict == "alert"
        assert decision.report["x", "psi"].details["current_counts"][0] == 0.3 * N

    def test_a_third_code_in_a_column_of_two_is_never_ok(self) -> None:
        flags = (np.arange(N) % 10 < 3).astype(int)
        for code in (2, -1):
            mixed = with_share(flags, 0.05, code)
            assert check(flags, mixed).verdict != "ok"
            assert check(np.tile(flags, 4), np.tile(mixed, 4)).verdict in ("warn", "alert")

    def test_a_sentinel_on_both_sides_is_a_value_like_others(self) -> None:
        assert check(with_share(normal(), 0.1, -999.0), with_share(normal(seed=1), 0.1, -999.0)).verdict == "ok"

    @pytest.mark.parametrize(("share", "verdict"), [(0.005, "warn"), (0.1, "alert")])
    def test_a_new_sentinel_is_far_out_with_its_share(self, share: float, verdict: str) -> None:
        decision = check(normal(), with_share(normal(seed=1), share, -999.0))
        assert decision.verdict == verdict
        assert codes(decision)[0] == f"far_out_above_{verdict}"
        assert decision.columns["x"].reasons[0].value == share
        assert f"{100 * share:g} % of the values below" in decision.to_text()

    def test_more_of_a_known_sentinel_is_seen(self) -> None:
        decision = check(with_share(normal(), 0.02, -999.0), with_share(normal(seed=1), 0.4, -999.0))
        assert decision.verdict == "alert"


class TestRoundingAndEdges:
    def prices(self, seed: int = 0) -> Rows:
        return np.exp(3 + normal(seed=seed))

    def test_data_rounded_to_cents_are_judged_like_others(self) -> None:
        cents = [np.round(self.prices(seed), 2) for seed in (0, 1)]
        assert check(*cents).verdict == "ok"
        assert check(cents[0], np.round(cents[1] * 2, 2)).verdict == "alert"

    @pytest.mark.parametrize("decimals", [2, 0])
    def test_rounding_on_one_side_is_no_alarm(self, decimals: int) -> None:
        decision = check(self.prices(), np.round(self.prices(), decimals))
        assert decision.verdict == "ok"
        assert not decision.columns["x"].changed

    def test_values_never_lie_on_edges(self) -> None:
        steps = np.arange(10.0)
        psi = check(np.repeat(steps, 300), np.repeat(steps, 200)).report["x", "psi"]
        assert psi.value == 0.0
        assert not set(psi.details["bin_edges"].tolist()) & set(steps.tolist())

    def test_half_a_step_is_seen_and_a_rounding_error_is_not(self) -> None:
        steps = np.repeat(np.arange(10.0), 300)
        assert check(steps, steps + 0.5).verdict in ("warn", "alert")
        nudged = check(steps, np.nextafter(steps, np.inf))
        assert (nudged.verdict, nudged.report["x", "psi"].value) == ("ok", 0.0)


class TestShapes:
    def two_modes(self, share: float, seed: int = 0, n: int = N) -> Rows:
        rows = normal(n, seed=seed)
        rows[round(share * n) :] += 1e6
        return rows

    def test_two_modes_far_apart_are_resolved_alike(self) -> None:
        decision = check(self.two_modes(0.5), self.two_modes(0.5, 1))
        assert decision.verdict == "ok"
        psi = decision.report["x", "psi"]
        assert psi.certified_low == psi.certified_high
        assert not psi.coarse

    def test_a_change_of_their_weights_or_within_one_is_seen(self) -> None:
        assert check(self.two_modes(0.5), self.two_modes(0.8, 1)).verdict == "alert"
        assert check(self.two_modes(0.5), self.two_modes(0.5, 1) + 1.0).verdict == "alert"

    def test_a_tail_of_one_in_ten_thousand_comes_and_goes_without_alarm(self) -> None:
        n = 100_000
        tails = [with_share(normal(n, seed=seed), 1e-4, 55.0) for seed in (0, 1)]
        assert check(*tails).verdict == "ok"
        assert check(tails[0], normal(n, seed=1)).verdict == "ok"
        new = check(normal(n), tails[1])
        assert new.verdict == "ok"
        assert new.report.columns["x"].signals["far_out"].value == 1e-4

    def test_a_tail_that_grew_fifty_fold_is_warned_of(self) -> None:
        n = 100_000
        decision = check(normal(n), with_share(normal(n, seed=1), 5e-3, 55.0))
        assert (decision.verdict, codes(decision)[0]) == ("warn", "far_out_above_warn")

    def test_a_rare_label_comes_and_goes_without_alarm(self) -> None:
        rare = ["rare"] * 10 + ["common"] * 99_990
        for sides in ((rare, rare), (["common"] * 100_000, rare), (rare, ["common"] * 100_000)):
            assert check(*sides).verdict == "ok"


class TestLabelsThatDifferInWriting:
    CITIES = ("Paris", "k\u00f6ln", "New York", "us") * 200

    @pytest.mark.parametrize(
        ("rewrite", "differs_in"),
        [
            (str.upper, ["case"]),
            ("{} ".format, ["spaces"]),
            (lambda text: unicodedata.normalize("NFD", text), ["Unicode form"]),
        ],
    )
    def test_they_are_other_values_and_the_report_says_what_happened(
        self, rewrite: Callable[[str], str], differs_in: list[str]
    ) -> None:
        decision = check(self.CITIES, [rewrite(city) for city in self.CITIES])
        assert decision.verdict == "alert"
        assert "likely_encoding_change" in codes(decision)
        assert decision.to_dict()["columns"][0]["encoding_change"]["differs_in"] == differs_in

    def test_nulls_that_became_text_and_back(self) -> None:
        for text in ("nan", "None", "N/A", "", "null"):
            nulls = [*self.CITIES, *[None] * 200]
            words = [*self.CITIES, *[text] * 200]
            for sides, example in (((nulls, words), [None, text]), ((words, nulls), [text, None])):
                told = check(*sides).to_dict()["columns"][0]
                assert told["verdict"] == "alert"
                assert told["encoding_change"]["examples"] == [example]
