"""Bad data in a column becomes its status, a bad call an error that says what would work; nothing else is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import driftline as dl

GOOD = {"good": [float(i % 97) for i in range(1_000)]}


def with_good(bad: Any, name: str = "bad") -> dict[str, Any]:
    """A sound column beside the one in question."""
    return {**GOOD, name: bad}


def assert_only_bad_is_lost(report: dl.DriftReport, status: str, *words: str) -> None:
    """The bad column has the status and a reason with these words; the sound one its scores."""
    bad = report.columns["bad"]
    assert bad.status == status
    assert bad.reason
    for word in words:
        assert word in bad.reason
    assert report.columns["good"].status == "ok"
    assert report["good", "psi"].value == 0.0
    json.loads(report.to_json(), parse_constant=pytest.fail)


class TestTables:
    @pytest.mark.parametrize(
        "empty",
        [{}, pd.DataFrame(), pl.DataFrame(), pa.table({}), np.empty((0, 0)), np.empty((5, 0)), []],
        ids=["dict", "pandas", "polars", "pyarrow", "0x0", "5x0", "no batches"],
    )
    def test_without_columns_are_profiles_without_columns(self, empty: Any) -> None:
        profile = dl.profile(empty)
        assert dict(profile.columns) == {}
        assert dl.Profile.from_bytes(profile.to_bytes()) == profile
        decision = dl.check(empty, empty)
        assert decision.verdict == "skipped"
        assert "no rows" in " ".join(decision.report.notes) or profile.n_rows

    def test_without_rows_are_told_apart_from_tables_without_drift(self) -> None:
        none = {"good": np.empty(0)}
        for sides, side in [((none, GOOD), "reference"), ((GOOD, none), "current"), ((none, none), "reference")]:
            decision = dl.check(*sides)
            assert decision.verdict == "skipped"
            assert decision.report.columns["good"].status == "insufficient_data"
            assert side in decision.report.columns["good"].reason
            assert "no rows" in " ".join(decision.report.notes)

    def test_without_a_common_column_say_so(self) -> None:
        decision = dl.check({"a": GOOD["good"]}, {"b": GOOD["good"]})
        assert {name: column.status for name, column in decision.report.columns.items()} == {
            "a": "absent_in_current",
            "b": "absent_in_reference",
        }
        assert "no column in common" in " ".join(decision.report.notes)
        assert decision.columns["a"].verdict == "alert"

    def test_with_an_empty_batch_among_many_count_the_others(self) -> None:
        batches = [{"x": np.arange(50.0)}, {"x": np.empty(0)}, {"x": np.arange(50.0, 90.0)}]
        assert dl.profile(iter(batches)) == dl.profile({"x": np.arange(90.0)})
        table = pa.table({"x": pa.chunked_array([[1.0, 2.0], [], [3.0], []], pa.float64())})
        assert dl.profile(table).n_rows == 3

    @pytest.mark.parametrize(
        "data",
        [None, 3, 3.5, object(), "no such thing", b"bytes", {"x": 5}, {"x": "text"}, [1, 2, 3], [{"a": 1}, 3]],
        ids=lambda data: type(data).__name__ if type(data) is object else repr(data),
    )
    def test_that_are_none_are_refused(self, data: Any) -> None:
        with pytest.raises(dl.DriftlineError) as caught:
            dl.profile(data)
        assert len(str(caught.value)) > 20

    def test_of_columns_with_unequal_length_are_refused(self) -> None:
        with pytest.raises(dl.InputError, match=r"one length.*3 rows in 'a'.*2 rows in 'b'"):
            dl.profile({"a": [1, 2, 3], "b": [1, 2]})

    @pytest.mark.parametrize("make", [pd.DataFrame, lambda values, columns: pa.table(list(values.T), names=columns)])
    def test_with_doubled_names_are_refused_by_name(self, make: Callable[..., Any]) -> None:
        with pytest.raises(dl.SchemaError, match=r"'a' \(2 times\).*[Rr]ename"):
            dl.profile(make(np.ones((3, 3)), columns=["a", "b", "a"]))

    def test_with_names_that_are_equal_as_text_are_refused(self) -> None:
        with pytest.raises(dl.SchemaError, match=r"'1' \(2 times\)"):
            dl.profile(pd.DataFrame({1: [1], "1": [2]}))

    def test_swapped_by_mistake_are_noticed(self) -> None:
        days = np.datetime64("2015-01-01") + np.arange(400)
        before, after = ({"day": days[part], "x": np.ones(200)} for part in (slice(0, 200), slice(200, 400)))
        for reference, current in ((after, before), (dl.profile(after), dl.profile(before))):
            report = dl.compare(reference, current)
            assert "swapped" in " ".join(report.notes)
            assert "day" in " ".join(report.notes)
            assert "swapped" in report.to_html()
        assert "swapped" not in " ".join(dl.compare(before, after).notes)


SCRIPT = "<script>alert(1)</script>"
NAMES = [0, 1.5, None, True, ("a", 1), "", " ", SCRIPT, 'quo"te', "new\nline", "ü", "\ud800", "a" * 5000]


class TestColumnNames:
    @pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
    def test_may_be_anything(self, name: Any) -> None:
        columns = pd.Index([name], dtype=object, tupleize_cols=False)
        frame = pd.DataFrame(np.arange(100.0).reshape(-1, 1), columns=columns)
        profile = dl.profile(frame)
        (text,) = profile.columns
        assert dl.Profile.from_bytes(profile.to_bytes()) == profile
        decision = dl.check(frame, frame)
        assert list(decision.columns) == [text]
        assert decision.columns[text].verdict != "alert"
        assert json.loads(decision.to_json())["columns"][0]["name"] == text
        assert "<script" not in decision.to_html()
        decision.to_text().encode("utf-8")
        repr(profile).encode("utf-8")

    def test_that_do_not_exist_are_refused_with_the_ones_that_do(self) -> None:
        with pytest.raises(dl.DriftlineError, match=r"'aeg'.*'age'"):
            dl.profile({"age": [1, 2]}, columns=["aeg"])
        with pytest.raises(dl.DriftlineError, match=r"'aeg'.*'age'"):
            dl.profile({"age": [1, 2]}, schema=dl.Schema(kinds={"aeg": "numeric"}))
        with pytest.raises(dl.DriftlineError, match=r"'aeg'.*'age'"):
            dl.compare({"age": [1, 2]}, {"age": [1, 2]}, columns=["aeg"])


class TestOneBadColumn:
    @pytest.mark.parametrize(
        "nothing",
        [[None] * 1_000, np.full(1_000, np.nan), pa.nulls(1_000), pa.nulls(1_000, pa.string()), np.full(1_000, np.inf)],
        ids=["None", "nan", "null type", "null strings", "inf"],
    )
    def test_without_a_value_has_insufficient_data(self, nothing: Any) -> None:
        values = np.arange(1_000.0) / 7 if not isinstance(nothing, pa.Array) else ["a", "b"] * 500
        assert_only_bad_is_lost(dl.compare(with_good(nothing), with_good(nothing)), "insufficient_data", "no value")
        report = dl.compare(with_good(values), with_good(nothing))
        assert_only_bad_is_lost(report, "insufficient_data", "current")
        assert_only_bad_is_lost(dl.compare(with_good(nothing), with_good(values)), "insufficient_data", "reference")
        if not (isinstance(nothing, np.ndarray) and np.isinf(nothing[0])):
            assert dl.decide(report).columns["bad"].verdict == "alert", "all values went missing"

    def test_of_another_kind_on_each_side_has_changed_its_kind(self) -> None:
        texts, numbers = [str(i % 50) for i in range(1_000)], [i % 50 for i in range(1_000)]
        report = dl.compare(with_good(texts), with_good(numbers))
        assert_only_bad_is_lost(report, "kind_changed", "→", "match after casting")
        decision = dl.decide(report)
        assert decision.columns["bad"].verdict == "alert"
        assert decision.columns["bad"].reasons[0].code == "kind_changed"
        assert_only_bad_is_lost(dl.compare(with_good(numbers), with_good(texts)), "kind_changed", "→")
        days = np.datetime64("2015-01-01") + np.arange(1_000)
        assert_only_bad_is_lost(dl.compare(with_good(numbers), with_good(days)), "kind_changed", "→")

    @pytest.mark.parametrize(
        "bad",
        [pa.array([[1, 2]] * 1_000), pa.array([{"a": 1}] * 1_000), np.ones(1_000, dtype=complex), np.ones((1_000, 3))],
        ids=["list", "struct", "complex", "matrix"],
    )
    def test_of_a_type_without_statistics_is_counted(self, bad: Any) -> None:
        profile = dl.profile(with_good(bad))
        assert profile.columns["bad"].kind == "unsupported"
        assert profile.columns["bad"].n_rows == 1_000
        assert_only_bad_is_lost(dl.compare(with_good(bad), with_good(bad)), "unsupported_type")
        assert dl.check(with_good(bad), with_good(bad)).columns["bad"].verdict == "skipped"

    def test_that_cannot_have_the_kind_of_the_schema_is_counted(self) -> None:
        schema = dl.Schema(kinds={"bad": "numeric"})
        data = with_good(["not a number"] * 1_000)
        decision = dl.check(data, data, schema=schema)
        assert decision.report.columns["bad"].status == "unsupported_type"
        assert "numeric" in decision.report.columns["bad"].reason
        assert decision.columns["good"].verdict == "ok"

    def test_that_changes_its_kind_between_batches_is_refused_by_name(self) -> None:
        with pytest.raises(dl.SchemaError, match=r"'x'|\"x\"|column x"):
            dl.profile(iter([{"x": [1.0, 2.0]}, {"x": ["a", "b"]}]))
        with pytest.raises(dl.SchemaError, match="x"):
            dl.profile({"x": [1.0]}) + dl.profile({"x": ["a"]})

    def test_is_listed_with_all_others_when_strict(self) -> None:
        bad = {
            "lists": pa.array([[1]] * 1_000),
            "nothing": [None] * 1_000,
            "gone": list(range(1_000)),
            "texts": ["1", "2"] * 500,
        }
        current = {**GOOD, "lists": bad["lists"], "nothing": bad["nothing"], "texts": list(range(1_000))}
        with pytest.raises(dl.DataError) as caught:
            dl.check({**GOOD, **bad}, current, strict=True)
        message = str(caught.value)
        for name, status in [
            ("lists", "unsupported_type"),
            ("nothing", "insufficient_data"),
            ("gone", "absent_in_current"),
            ("texts", "kind_changed"),
        ]:
            assert name in message
            assert status in message
        assert "good" not in message
        assert dl.check(GOOD, GOOD, strict=True).verdict == "ok"

    def test_among_a_thousand_costs_nothing_else(self) -> None:
        good = {f"good{i}": np.arange(200.0) for i in range(1_000)}
        broken = {
            "bad0": pa.array([[1]] * 200),
            "bad1": [None] * 200,
            "bad2": np.ones(200, dtype=complex),
            "bad3": np.full(200, np.nan),
            "bad4": [object()] * 200,
        }
        report = dl.compare({**good, **broken}, {**good, **broken, "bad4": np.arange(200.0)})
        assert sum(column.status == "ok" for column in report.columns.values()) == 1_000
        assert {name for name, column in report.columns.items() if column.status != "ok"} == set(broken)


class TestExtremeNumbers:
    @pytest.mark.parametrize(
        "values",
        [
            np.array([1.7e308, -1.7e308] * 500),
            np.array([np.inf, -np.inf, np.nan, 1.0] * 250),
            np.array([5e-324, -5e-324, 0.0, -0.0] * 250),
            np.array([-(2**63), 2**63 - 1] * 500, dtype=np.int64),
            np.array([0, 2**64 - 1] * 500, dtype=np.uint64),
            np.array([1e300, *[1.0] * 999]),
        ],
        ids=["±1.7e308", "non-finite", "subnormal", "int64", "uint64", "one outlier"],
    )
    def test_have_profiles_scores_and_reports(self, values: Any) -> None:
        profile = dl.profile(with_good(values))
        column = profile.columns["bad"]
        assert column.n_rows == 1_000
        assert dl.Profile.from_bytes(profile.to_bytes()) == profile
        decision = dl.check(profile, with_good(values))
        assert decision.report.columns["bad"].status == "ok"
        assert decision.columns["bad"].verdict in ("ok", "inconclusive", "skipped")
        other = dl.check(with_good(values), with_good(np.arange(1_000.0)))
        for result in (decision, other):
            json.loads(result.to_json(), parse_constant=pytest.fail)
            assert "nan" not in result.to_html().lower().split()

    def test_in_one_row_leave_the_other_scores_alone(self) -> None:
        rng = np.random.default_rng(3)
        reference, current = rng.normal(size=5_000), rng.normal(0.1, 1.0, 5_000)
        plain = dl.compare({"x": reference}, {"x": current})["x", "psi"].value
        outlier = dl.compare({"x": reference}, {"x": np.append(current, 1e300)})["x", "psi"].value
        assert outlier == pytest.approx(plain, abs=0.001)

    def test_a_constant_is_no_drift_from_itself_and_drift_from_another(self) -> None:
        same = dl.check({"x": [7.0] * 500}, {"x": [7.0] * 300})
        assert (same.verdict, same.report["x", "psi"].value) == ("ok", 0.0)
        other = dl.check({"x": [7.0] * 500}, {"x": [8.0] * 500})
        assert other.verdict == "alert"
        assert other.report["x", "wasserstein_scaled"].reason == "undefined_scale"
        labels = dl.check({"x": ["a"] * 500}, {"x": ["a"] * 300})
        assert labels.verdict == "ok"

    @pytest.mark.parametrize("n", [1, 2, 49])
    def test_few_rows_are_never_ok_or_drift(self, n: int) -> None:
        decision = dl.check({"x": np.arange(1_000.0) / 7}, {"x": np.arange(float(n)) * 100})
        assert decision.columns["x"].verdict == "skipped"
        assert decision.columns["x"].reasons[0].code == "insufficient_data"


AWKWARD = ['quo"te', "it's", "a,b;c", "new\nline", "\r\n", "\t", "\x00", "", " ", SCRIPT, "</svg>", "☃", "𝔘"]


class TestAwkwardLabels:
    def test_are_kept_reported_and_shown_safely(self) -> None:
        reference = {"x": AWKWARD * 100}
        current = {"x": AWKWARD[:6] * 100 + AWKWARD[9:] * 200}
        profile = dl.profile(reference)
        assert set(profile.columns["x"].counts) == set(AWKWARD)
        decision = dl.check(reference, current)
        assert decision.verdict == "alert"
        page = decision.to_html()
        assert "<script>alert" not in page
        assert json.loads(decision.to_json())["columns"][0]["name"] == "x"
        decision.to_text().encode("utf-8")

    def test_that_are_not_utf8_are_counted_and_shown(self) -> None:
        payloads = [b"\xff\xfe", b"ok", b"\xc3", b"\xed\xa0\x80", b""]
        texts = pa.array(payloads * 100, pa.binary()).view(pa.string())
        profile = dl.profile(pa.table({"x": texts}))
        assert sum(profile.columns["x"].counts.values()) == 500
        assert profile.columns["x"].n_distinct == 5
        decision = dl.check(profile, pa.table({"x": texts.slice(0, 499)}))
        json.loads(decision.to_json())
        decision.to_html().encode("utf-8")
        decision.to_text().encode("utf-8")
        vanished = dl.check(profile, {"x": ["ok"] * 400})
        json.loads(vanished.to_json())
        vanished.to_html().encode("utf-8")
        vanished.to_text().encode("utf-8")

    def test_with_lone_surrogates_are_counted(self) -> None:
        column = dl.profile({"x": ["\ud800", "a", "\ud800"]}).columns["x"]
        assert sorted(column.counts.values()) == [1, 2]

    def test_of_a_hundred_megabytes_are_one_label(self) -> None:
        giant = "x" * 100_000_000
        profile = dl.profile({"x": [giant, "a", None], "y": [1, 2, 3]})
        assert profile.columns["x"].n_valid == 2
        assert profile.columns["y"].mean == 2.0
        assert len(repr(profile)) < 10_000
        restored = dl.Profile.from_bytes(profile.to_bytes())
        assert restored == profile

    def test_of_a_hundred_megabytes_do_not_fill_a_report(self) -> None:
        giant = pa.array(["y" * 100_000_000, "a", "b"])
        reference = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2] * 200, pa.int8()), giant)
        decision = dl.check({"x": reference}, {"x": ["a", "b"] * 300})
        assert decision.verdict == "alert"
        assert len(decision.to_html()) < 1_000_000
        assert len(decision.to_text()) < 10_000


class TestWideTables:
    def test_ten_thousand_columns_are_checked(self) -> None:
        rng = np.random.default_rng(0)
        names = [f"c{i}" for i in range(10_000)]
        reference, current = (pa.table(list(rng.normal(size=(10_000, 20))), names=names) for _ in range(2))
        profile = dl.profile(reference)
        assert len(profile.columns) == 10_000
        assert dl.Profile.from_bytes(profile.to_bytes()) == profile
        decision = dl.check(profile, current)
        assert decision.counts["skipped"] == 10_000
        assert len(repr(profile)) < 10_000

    def test_ten_thousand_columns_of_pandas_are_profiled(self) -> None:
        frame = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 10_000)))
        assert len(dl.profile(frame).columns) == 10_000


class TestBadCalls:
    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"resolution": 0}, "resolution"),
            ({"resolution": 63}, "resolution.*64"),
            ({"resolution": -5}, "resolution"),
            ({"max_categories": 1}, "max_categories.*64"),
            ({"threads": 0}, "threads"),
            ({"threads": 1.5}, "threads"),
            ({"salt": "pepper"}, "hash_labels"),
            ({"columns": []}, "columns"),
            ({"columns": "x"}, "columns"),
            ({"schema": {"x": "numeric"}}, "Schema"),
        ],
        ids=str,
    )
    def test_of_profile_name_the_option(self, options: dict[str, Any], words: str) -> None:
        with pytest.raises(dl.OptionError, match=words):
            dl.profile({"x": [1.0]}, **options)

    def test_with_an_option_that_does_not_exist_are_refused(self) -> None:
        with pytest.raises(TypeError, match="resolutoin"):
            dl.profile({"x": [1.0]}, resolutoin=100)

    @pytest.mark.parametrize("method", ["pis", "KS", dl.PSI, 3, None])
    def test_with_an_unknown_method_list_the_known_ones(self, method: Any) -> None:
        with pytest.raises(dl.OptionError, match=r"psi|PSI"):
            dl.compare(GOOD, GOOD, methods=[method])

    def test_with_options_of_two_profiles_that_do_not_fit_name_them(self) -> None:
        with pytest.raises(dl.OptionError, match="resolution"):
            dl.profile(GOOD, resolution=64) + dl.profile(GOOD)
        with pytest.raises(dl.OptionError, match="hash"):
            dl.compare(dl.profile(GOOD, hash_labels=True), dl.profile(GOOD))

    def test_of_quantiles_outside_the_unit_interval_are_refused(self) -> None:
        column = dl.profile(GOOD).columns["good"]
        for q in (-0.1, 1.1, float("nan")):
            with pytest.raises(dl.OptionError, match="0"):
                column.quantile(q)

    def test_with_wrong_types_say_what_is_taken(self) -> None:
        with pytest.raises(dl.DriftlineError, match="Policy"):
            dl.check(GOOD, GOOD, policy={"alpha": 0.05})
        with pytest.raises(dl.DriftlineError, match="check"):
            dl.decide(GOOD)
        with pytest.raises(dl.DriftlineError, match="Profile"):
            dl.merge([GOOD])
        with pytest.raises(dl.DriftlineError, match="bytes"):
            dl.Profile.from_bytes("text")
