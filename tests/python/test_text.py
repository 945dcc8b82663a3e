"""The text report: the layout, its width, and what hostile names cannot do to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import driftline as dl
from driftline import formatting as fmt
from driftline.decision import Decision, decide
from driftline.render.text import render_text
from tests.python.fakes import column, report

DATA = Path(__file__).resolve().parents[2] / "notebooks" / "data"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def flights() -> Decision:
    return dl.check(DATA / "flights_reference.parquet", DATA / "flights_current.parquet")


def test_the_flights_say_what_happened_at_a_glance(flights: Decision) -> None:
    lines = render_text(flights, width=100).splitlines()
    assert lines[:4] == [
        "ALERT  1 of 6 judged columns drifted",
        "reference  flights_reference.parquet  49,992 rows  2015-01-01 to 2015-07-01",
        "current    flights_current.parquet    50,008 rows  2015-07-02 to 2015-12-31",
        "",
    ]
    assert re.match(r"ALERT AIRLINE +PSI 0\.5\d \[.+\], alert above 0\.25", lines[4])
    text = "\n".join(lines)
    assert "US vanished: 6.84 % → 0" in text
    assert re.search(r"AA\s+9\.24 → 15\.9 %", text)
    assert re.search(r"DEPARTURE_DELAY +PSI 0\.01 .*warn above 0\.1", text)
    assert "nulls 2.06 → 0.89 %" in text
    assert "2.15 → 0.93 %" in text
    assert re.search(r"^ok +quiet \(3\) +\w+, \w+, \w+: PSI 0\.002 or less$", text, re.MULTILINE)
    assert re.search(r'^left out \(2\) .*"Unnamed: 0" looks like a row id', text, re.MULTILINE)
    assert "DATE is a date" in text
    assert len(lines) <= 20


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
def test_no_line_is_wider_than_the_terminal(flights: Decision, width: int) -> None:
    # A word is not broken before its second half line, so the header with its file names may be wider than 40.
    lines = render_text(flights, width=width).splitlines()
    body = lines[lines.index("") :]
    assert max(map(fmt.display_width, body)) <= width
    assert not any(line.endswith((" ", "→")) for line in lines)


def test_colour_changes_nothing_but_colour(flights: Decision) -> None:
    plain, painted = render_text(flights, width=100), render_text(flights, color=True, width=100)
    assert "\x1b" not in plain
    assert "\x1b[" in painted
    strip = [line.rstrip() for line in ANSI.sub("", painted).splitlines()]
    assert strip == plain.splitlines()


def test_hostile_names_and_labels_are_shown_escaped() -> None:
    name = "\x1b]0;owned\x07\x1b[2J\ncol"
    reference = {name: ["ok", "fine"] * 200}
    current = {name: ["ok", "\x1b[31mred\r\nnew line\u202e"] * 200}
    text = render_text(dl.check(reference, current), width=100)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\r" not in text
    assert "\\x1b]0;owned" in text


def test_names_are_cut_and_wide_characters_counted() -> None:
    names = ["顧客の住所" * 10, "a" * 500, "b"]
    decision = decide(report(*(column(name, value=0.5) for name in names)))
    body = render_text(decision, width=80).split("\n\n")[1].splitlines()
    heads = [line for line in body if line.startswith("ALERT")]
    assert len(heads) == 3
    assert {fmt.display_width(line[: line.index("PSI")]) for line in heads} == {len("ALERT ") + 26 + 2}


def test_ten_thousand_columns_are_still_at_a_glance() -> None:
    columns = [column(f"c{i}", value=0.5 if i % 2 else 0.0) for i in range(10_000)]
    lines = render_text(decide(report(*columns)), width=100).splitlines()
    assert len(lines) < 100
    assert any("4,970" in line and line.startswith("alert") for line in lines)
    assert any(line.startswith("ok") and "quiet (5,000)" in line for line in lines)


def test_quiet_columns_share_a_line_with_a_bound_on_all_of_them() -> None:
    decision = decide(report(column("a", value=0.0011), column("b", value=0.0019), column("c", value=0.0)))
    (line,) = [line for line in render_text(decision, width=100).splitlines() if "quiet" in line]
    assert re.fullmatch(r"ok +quiet \(3\) +.*: PSI 0\.002 or less", line)
    assert all(name in line for name in "abc")


def test_a_certain_change_by_a_trace_of_the_tolerance_is_quiet() -> None:
    text = render_text(
        decide(report(column("trace", value=0.004, p_value=0.0), column("news", value=0.03, p_value=0.0)))
    )
    assert re.search(r"^ok +quiet \(1\) +trace: PSI 0\.004 or less$", text, re.MULTILINE)
    assert re.search(r"^ok +news +PSI 0\.03 .*small but certain", text, re.MULTILINE)


def test_the_guide_shows_what_is_printed(flights: Decision) -> None:
    guide = (DATA.parents[1] / "docs" / "guides" / "first-report.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```\n(ALERT.*?)```", guide, re.DOTALL)
    assert example == render_text(flights, width=100) + "\n"


def test_every_kind_of_verdict_has_its_line() -> None:
    text = render_text(
        decide(
            report(
                column("drifted", value=0.5),
                column("moved", value=0.15),
                column("open", value=0.1),
                column("small", value=0.03, p_value=1e-9),
                column("gone", status="absent_in_current"),
                column("odd", status="unsupported_type", reason="values of type list are not supported"),
            )
        ),
        width=120,
    )
    assert re.search(r"^ALERT +drifted", text, re.MULTILINE)
    assert re.search(r"^ALERT +gone +absent from the current data", text, re.MULTILINE)
    assert re.search(r"^WARN +moved", text, re.MULTILINE)
    assert re.search(r"^inconclusive +open", text, re.MULTILINE)
    assert re.search(r"^ok +small .*small but certain", text, re.MULTILINE)
    assert re.search(r"^skipped \(1\) +odd: values of type list are not supported", text, re.MULTILINE)


def test_nothing_to_judge_is_said() -> None:
    assert render_text(dl.check({"a": []}, {"a": []})).startswith("SKIPPED  no column could be judged")


def test_a_name_in_running_text_is_not_cut_to_the_column_of_names() -> None:
    """Where all columns are quiet that column is narrow."""
    rows = {"Unnamed: 0": list(range(1000)), "x": [1.0, 2.0] * 500}
    assert '"Unnamed: 0" looks like a row id' in dl.check(rows, rows).to_text()
