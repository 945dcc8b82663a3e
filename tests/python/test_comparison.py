"""From two data sets to a report: statuses, what is left out, notes, and that the container does not matter."""

from __future__ import annotations

import copy
import gc
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import stats

import driftline as dl

FLIGHTS = Path(__file__).resolve().parents[2] / "notebooks" / "data"
RNG = np.random.default_rng(20)
NORMAL = RNG.normal(size=4000)
LISTS = pa.array([[1], [2]] * 50)
CITIES = RNG.choice(["Oslo", "Rome", "Bonn"], 4000, p=[0.5, 0.3, 0.2])


def status(reference: Any, current: Any) -> tuple[str, str]:
    column = dl.compare({"x": reference}, {"x": current}).columns["x"]
    return column.status, column.reason


def test_the_default_methods_follow_the_kind() -> None:
    data = {
        "n": NORMAL,
        "c": CITIES,
        "b": NORMAL > 0,
        "t": NORMAL.astype("timedelta64[D]") + np.datetime64("2020-01-01"),
    }
    columns = dl.compare(data, data).columns
    numeric = ["psi", "ks", "wasserstein", "wasserstein_scaled"]
    categorical = ["psi", "total_variation", "chi_square"]
    assert {name: list(column.evidence) for name, column in columns.items()} == {
        "n": numeric,
        "c": categorical,
        "b": categorical,
        "t": numeric,
    }


def test_methods_are_applied_where_they_fit_and_with_their_options() -> None:
    data = {"n": NORMAL, "c": CITIES}
    report = dl.compare(data, data, methods=["ks", dl.PSI(bins=20)])
    assert list(report.columns["n"].evidence) == ["ks", "psi"]
    assert list(report.columns["c"].evidence) == ["psi"]
    assert len(report["n", "psi"].details["reference_counts"]) == 20


@pytest.mark.parametrize(("a", "b"), [(NORMAL, NORMAL), (CITIES, CITIES), (NORMAL > 0, NORMAL > 0)])
def test_a_side_against_itself_has_no_distance(a: Any, b: Any) -> None:
    for evidence in dl.compare({"x": a}, {"x": b}).columns["x"].evidence.values():
        assert evidence.value == 0


def test_the_distances_are_those_of_the_rows() -> None:
    shifted = RNG.normal(0.3, 1.2, size=3000)
    column = dl.compare({"x": NORMAL}, {"x": shifted}).columns["x"]
    assert column.evidence["ks"].value == pytest.approx(stats.ks_2samp(NORMAL, shifted).statistic, abs=1e-12)
    assert column.evidence["wasserstein"].value == pytest.approx(stats.wasserstein_distance(NORMAL, shifted), rel=1e-9)


@pytest.mark.parametrize(
    ("reference", "current", "expected", "reason"),
    [
        (["1", "2", "3"] * 50, [1, 2, 3] * 50, "kind_changed", "100 % of the labels match after casting"),
        (["1", "2", "x", "4"] * 50, [1, 2, 3] * 50, "kind_changed", "50 % of the labels match after casting"),
        ([1, 2, 3, 4] * 50, ["1", "2"] * 50, "kind_changed", "100 % of the labels match after casting"),
        (["a", "b"] * 50, [1, 2] * 50, "kind_changed", "0 % of the labels match after casting"),
        (["true", "false"] * 50, [True, False] * 50, "kind_changed", "100 % of the labels match after casting"),
        (
            ["2015-01-01", "2015-01-02"] * 50,
            np.array(["2015-01-01"] * 100, dtype="datetime64[s]"),
            "kind_changed",
            "100 % of the labels are dates",
        ),
        ([1.5, 2.5] * 50, np.array(["2015-01-01"] * 100, dtype="datetime64[s]"), "kind_changed", " → "),
        (LISTS, LISTS, "unsupported_type", "list"),
        ([1, 2] * 50, LISTS, "kind_changed", " → "),
        ([1, 2] * 50, [None, None] * 50, "insufficient_data", "no value in the current data"),
        ([None] * 100, [1, 2] * 50, "insufficient_data", "no value in the reference"),
        ([None] * 100, [None] * 50, "insufficient_data", "no value in the reference and the current data"),
        ([1.0, 2.0] * 50, np.full(100, np.nan), "insufficient_data", "no value in the current data"),
        (["a", "b"] * 50, np.full(100, np.nan), "insufficient_data", "no value in the current data"),
        ([1, 2] * 50, np.array([]), "insufficient_data", "no row in the current data"),
    ],
)
def test_a_column_that_cannot_be_compared_says_why(reference: Any, current: Any, expected: str, reason: str) -> None:
    found, said = status(reference, current)
    assert found == expected
    assert reason in said


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        (np.arange(100) % 2, np.arange(100) % 2 == 1),
        (np.arange(100) % 2 == 1, np.arange(100) % 2.0),
        (np.arange(100) % 3, np.arange(100) % 3.0),
        (np.arange(100, dtype="int8"), np.arange(100, dtype="float32")),
        (np.arange(100).astype("timedelta64[s]"), (1000 * np.arange(100)).astype("timedelta64[ms]")),
    ],
)
def test_numbers_of_another_type_are_compatible(reference: Any, current: Any) -> None:
    report = dl.compare({"x": reference}, {"x": current})
    assert report.columns["x"].status == "ok"
    assert report["x", "psi"].value == 0
    assert [note for note in report.notes if note.startswith("x: ")]


def test_one_bad_column_never_costs_the_run() -> None:
    good = {f"good{i}": NORMAL for i in range(20)}
    bad: dict[str, Any] = {"list": pa.array([[1]] * 4000), "null": [None] * 4000, "kind": CITIES}
    report = dl.compare({**good, **bad, "gone": NORMAL}, {**good, **bad, "kind": NORMAL, "extra": NORMAL})
    assert [report.columns[name].status for name in good] == ["ok"] * 20
    assert {name: report.columns[name].status for name in (*bad, "gone", "extra")} == {
        "list": "unsupported_type",
        "null": "insufficient_data",
        "kind": "kind_changed",
        "gone": "absent_in_current",
        "extra": "absent_in_reference",
    }
    assert list(report.columns)[-1] == "extra"
    assert all(column.sentence for column in report.columns.values())


def test_strict_lists_every_bad_column_in_one_error() -> None:
    with pytest.raises(
        dl.DataError, match=r"(?s)2 columns could not be compared.*'gone': absent.*'null': insufficient"
    ):
        dl.check({"x": NORMAL, "gone": NORMAL, "null": NORMAL}, {"x": NORMAL, "null": NORMAL * np.nan}, strict=True)


def test_a_column_that_became_null_alarms() -> None:
    decision = dl.check({"x": NORMAL}, {"x": NORMAL * np.nan})
    assert decision.columns["x"].verdict == "alert"
    assert decision.columns["x"].reasons[0].code == "nulls_above_alert"


def test_half_of_the_values_gone_is_drift_though_the_rest_is_as_before() -> None:
    half = NORMAL.copy()
    half[::2] = np.nan
    decision = dl.check({"x": NORMAL}, {"x": half})
    assert decision.columns["x"].verdict == "alert"
    assert decision.report["x", "ks"].p_value > 0.05  # type: ignore[operator]


def test_a_late_target_is_exempt() -> None:
    schema = dl.Schema(roles={"y": "target"})
    assert dl.check({"x": NORMAL, "y": NORMAL}, {"x": NORMAL}, schema=schema).verdict == "ok"
    assert dl.check({"x": NORMAL, "y": NORMAL}, {"x": NORMAL, "y": [None] * 4000}, schema=schema).verdict == "ok"
    saved = dl.profile({"x": NORMAL, "y": NORMAL})
    assert dl.check(saved, {"x": NORMAL}, schema=schema).verdict == "ok"
    assert dl.check(saved, {"x": NORMAL}).alerts == ["y"]


def test_a_role_for_a_column_that_does_not_exist_is_refused() -> None:
    with pytest.raises((dl.OptionError, dl.SchemaError), match="yy"):
        dl.check({"y": NORMAL}, {"y": NORMAL}, schema=dl.Schema(roles={"yy": "target"}))


def test_a_schema_cannot_contradict_a_saved_profile() -> None:
    saved = dl.profile({"zip": [10115, 20095] * 100})
    with pytest.raises(dl.OptionError, match="'zip' is categorical, but the reference was profiled as numeric"):
        dl.check(saved, {"zip": [10115] * 100}, schema=dl.Schema(kinds={"zip": "categorical"}))


def test_an_ignored_column_is_not_compared() -> None:
    schema = dl.Schema(kinds={"y": "ignore"})
    for reference in ({"x": NORMAL, "y": NORMAL}, dl.profile({"x": NORMAL, "y": NORMAL})):
        assert list(dl.check(reference, {"x": NORMAL, "y": NORMAL + 5}, schema=schema).columns) == ["x"]


def test_columns_restricts_the_comparison_to_columns_that_exist() -> None:
    both = {"x": NORMAL, "y": NORMAL}
    assert list(dl.compare(both, both, columns=["y"]).columns) == ["y"]
    gone = dl.compare(both, {"x": NORMAL}, columns=["x", "y"])
    assert [column.status for column in gone.columns.values()] == ["ok", "absent_in_current"]
    with pytest.raises(dl.OptionError, match=r"'z'.*in neither data set"):
        dl.compare(dl.profile(both), dl.profile(both), columns=["z"])
    with pytest.raises(dl.OptionError, match=r"columns=\['x'\]"):
        dl.compare(both, both, columns="x")


def test_no_common_column_is_an_alert_with_a_note() -> None:
    decision = dl.check({"a": NORMAL}, {"b": NORMAL})
    assert decision.verdict == "alert"
    assert "The two sides have no column in common." in decision.report.notes


def test_an_empty_side_is_skipped_and_noted() -> None:
    decision = dl.check({"x": NORMAL, "c": CITIES}, {"x": np.array([]), "c": np.array([], dtype=str)})
    assert decision.verdict == "skipped"
    assert "The current data have no rows." in decision.report.notes
    assert dl.check({"x": np.array([])}, {"x": NORMAL}).verdict == "skipped"


def days(first: str, n: int = 200) -> Any:
    return np.datetime64(first) + (np.arange(n) % 90).astype("timedelta64[D]")


@pytest.mark.parametrize("as_text", [False, True])
def test_swapped_sides_are_noted(as_text: bool) -> None:
    early, late = days("2024-01-01"), days("2024-06-01")
    if as_text:
        early, late = early.astype(str), late.astype(str)
    assert not dl.compare({"day": early}, {"day": late}).notes
    assert not dl.compare({"day": early}, {"day": early}).notes
    assert "look swapped: in day the current data end" in dl.compare({"day": late}, {"day": early}).notes[0]


def test_hashed_labels_on_one_side_are_refused() -> None:
    hashed = dl.profile({"c": CITIES}, hash_labels=True, salt="s")
    with pytest.raises(dl.OptionError, match="hashed on one side only, in the reference"):
        dl.compare(hashed, dl.profile({"c": CITIES}))
    same = dl.profile({"c": CITIES}, hash_labels=True, salt="s")
    assert dl.compare(hashed, same)["c", "psi"].value == 0


CONTAINERS = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "arrow": pa.table,
    "batches": lambda data: iter([{k: v[:1500] for k, v in data.items()}, {k: v[1500:] for k, v in data.items()}]),
    "profile": dl.profile,
    "polars lazy": pl.LazyFrame,
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_the_container_does_not_matter(container: str) -> None:
    reference = {"n": NORMAL, "i": np.arange(4000) % 7, "c": CITIES.astype(object), "b": NORMAL > 1}
    current = {
        "n": NORMAL[:3000] + 0.1,
        "i": np.arange(3000) % 5,
        "c": CITIES[1000:].astype(object),
        "b": NORMAL[:3000] > 0,
    }
    make = CONTAINERS[container]
    plain = [column.to_dict() for column in dl.compare(reference, current).columns.values()]
    other = [column.to_dict() for column in dl.compare(make(reference), make(current)).columns.values()]
    np.testing.assert_equal(other, plain)


def test_a_report_can_be_indexed_and_says_what_it_has() -> None:
    report = dl.compare({"x": NORMAL}, {"x": NORMAL})
    assert report["x", "psi"] is report.columns["x"].evidence["psi"]
    with pytest.raises(KeyError, match="no column 'y' in this report; it has 'x'"):
        report["y", "psi"]
    with pytest.raises(KeyError, match="'hellinger' was not measured on column 'x'; measured: psi, ks"):
        report["x", "hellinger"]
    with pytest.raises(KeyError, match="column, method"):
        report["x"]  # type: ignore[index]


def test_effects_and_single_evidence_are_those_of_the_records() -> None:
    data = {"n": NORMAL, "c": CITIES, "gone": NORMAL}
    moved = {"n": np.where(RNG.random(4000) < 0.1, np.nan, NORMAL + 1), "c": np.where(NORMAL > 1, "Cork", CITIES)}
    for column in dl.compare(data, moved).columns.values():
        expected = [
            (name, signal.value, signal.reference, min(signal.n_reference, signal.n_current))
            for name, signal in column.signals.items()
        ]
        assert column.effects == expected
        for name, signal in column.signals.items():
            assert column.signal_p_above(name, 0.01) == signal.p_above(0.01)
        for name, evidence in column.evidence.items():
            found = column.find_evidence(name)
            assert repr(found.to_dict() if found else None) == repr(evidence.to_dict())
        assert column.find_evidence("hellinger") is None


def test_a_signal_that_was_not_measured_has_no_p_value() -> None:
    column = dl.compare({"x": NORMAL}, {"x": NORMAL}).columns["x"]
    with pytest.raises(dl.OptionError, match='no signal "unseen"'):
        column.signal_p_above("unseen", 0.1)


def test_evidence_outlives_its_report() -> None:
    found = dl.compare({"x": NORMAL}, {"x": NORMAL + 1}).columns["x"].find_evidence("psi")
    gc.collect()
    assert found is not None
    assert found.p_above(0.1) < 0.01
    assert found.details["bin_edges"].size == 9


def test_a_frame_has_a_row_per_column_and_method() -> None:
    report = dl.compare({"x": NORMAL, "c": CITIES, "gone": NORMAL}, {"x": NORMAL, "c": CITIES})
    frame = report.to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert len(frame) == 4 + 3 + 1
    assert frame.loc[frame.method == "ks", "value"].item() == 0
    assert frame.loc[frame.column == "gone", "status"].item() == "absent_in_current"


def test_reports_and_decisions_travel_through_pickle() -> None:
    decision = dl.check({"x": NORMAL, "c": CITIES}, {"x": NORMAL + 1, "c": CITIES}, policy=dl.Policy(alpha=0.01))
    for twin in (pickle.loads(pickle.dumps(decision)), copy.deepcopy(decision)):
        assert twin.to_json() == decision.to_json()
    report = pickle.loads(pickle.dumps(decision.report))
    assert report.to_json() == decision.report.to_json()


def test_the_methods_that_decide_are_measured_beside_those_asked_for() -> None:
    decision = dl.check({"x": NORMAL}, {"x": NORMAL + 2}, methods=["ks"])
    assert list(decision.report.columns["x"].evidence) == ["ks", "psi"]
    scaled = dl.check({"x": NORMAL}, {"x": NORMAL + 2}, policy=dl.Policy(method="wasserstein_scaled"))
    assert scaled.columns["x"].reasons[0].code == "wasserstein_scaled_above_alert"


@pytest.mark.parametrize(
    ("shift", "verdict", "changed"), [(0.0, "ok", False), (0.25, "ok", True), (0.5, "warn", True), (1.0, "alert", True)]
)
def test_what_to_expect_from_the_defaults(shift: float, verdict: str, changed: bool) -> None:
    # Quantiles of the normal law stand for ideal samples: PSI 0, 0.06, 0.24, 1 (docs/decisions.md).
    ideal = stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    found = dl.check({"x": ideal}, {"x": ideal + shift}).columns["x"]
    assert (found.verdict, found.changed) == (verdict, changed)


def test_many_rows_do_not_make_a_small_change_matter() -> None:
    rng = np.random.default_rng(1)
    decision = dl.check({"x": rng.normal(size=1_000_000)}, {"x": rng.normal(0.02, 1, size=1_000_000)})
    found = decision.columns["x"]
    assert (found.verdict, found.changed) == ("ok", True)
    assert found.reasons[1].code == "small_but_certain"


@pytest.fixture(scope="module")
def flights() -> dl.Decision:
    return dl.check(FLIGHTS / "flights_reference.parquet", FLIGHTS / "flights_current.parquet")


def test_the_flights_alert_because_of_the_airline_alone(flights: dl.Decision) -> None:
    assert (flights.verdict, flights.alerts, flights.warnings) == ("alert", ["AIRLINE"], [])
    assert flights.headline == "1 of 6 judged columns drifted"
    assert {name: column.verdict for name, column in flights.columns.items()} == {
        "AIRLINE": "alert",
        "AIR_TIME": "ok",
        "CANCELLED": "ok",
        "DATE": "skipped",
        "DEPARTURE_DELAY": "ok",
        "DISTANCE": "ok",
        "TAXI_OUT": "ok",
        "Unnamed: 0": "skipped",
    }
    assert flights.columns["Unnamed: 0"].reasons[0].code == "left_out_row_id"
    assert flights.columns["DATE"].reasons[0].code == "left_out_date"


def test_the_flights_say_what_moved(flights: dl.Decision) -> None:
    sentences = {name: column.sentence for name, column in flights.report.columns.items()}
    assert "US vanished: 6.84 % → 0 (9" in sentences["AIRLINE"]
    assert "; AA 9.24 → 15.9 %" in sentences["AIRLINE"]
    assert "median −1 → −2" in sentences["DEPARTURE_DELAY"]
    assert "nulls 2.06 → 0.89 %" in sentences["DEPARTURE_DELAY"]
    assert "2.15 → 0.93 %" in sentences["CANCELLED"]


def test_flights_swapped_by_mistake_are_noted() -> None:
    report = dl.compare(FLIGHTS / "flights_current.parquet", FLIGHTS / "flights_reference.parquet")
    assert "look swapped: in DATE" in report.notes[0]
