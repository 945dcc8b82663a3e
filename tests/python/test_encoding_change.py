"""Labels that came or went only because they are written in another way."""

from __future__ import annotations

import random
import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import driftline as dl
from driftline.encoding_change import EncodingChange

ROWS = 60  # of each label: certainly not missed by chance


def found(reference: list[object], current: list[object]) -> EncodingChange | None:
    return dl.compare({"x": reference}, {"x": current}).columns["x"].encoding_change


def is_told_apart(labels: list[str], rewrite: Callable[[str], str]) -> bool:
    """Whether every label is written in another way, and no two are one after it or say the same as another's."""
    written = [rewrite(label) for label in labels]
    return len({*labels, *written}) == 2 * len(labels)


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\u0131"), min_size=1, max_size=8
)
LABELS = st.lists(WORDS, min_size=1, max_size=8, unique=True)
REWRITES = {
    "upper case": str.upper,
    "blanks around": "  {}\t".format,
    "NFD": lambda text: unicodedata.normalize("NFD", text),
    "NFKC": lambda text: unicodedata.normalize("NFKC", text),
    "byte order mark": "\ufeff{}".format,
}


@pytest.mark.parametrize("rewrite", REWRITES.values(), ids=REWRITES)
@settings(max_examples=150, deadline=None)
@given(labels=LABELS)
@example(labels=["straße", "Å", "ﬁn", "ǅ"])
def test_labels_written_in_another_way_are_recognised_whatever_they_are(
    rewrite: Callable[[str], str], labels: list[str]
) -> None:
    labels = [label for label in labels if rewrite(label) != label and label.strip()]
    assume(labels and is_told_apart(labels, rewrite))
    change = found(labels * ROWS, [rewrite(label) for label in labels] * ROWS)
    assert change is not None
    assert (change.reference_rows, change.current_rows) == (ROWS * len(labels),) * 2
    assert change.n_labels >= len(labels)  # more where labels of one side are alike among themselves


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_other_labels_are_not(seed: int) -> None:
    letters = random.Random(seed)
    words = sorted({"".join(letters.choices("abcdefghijklmnop", k=12)) for _ in range(40)})
    assert found(words[:20] * ROWS, words[20:] * ROWS) is None


@pytest.mark.parametrize(
    ("before", "after", "differs_in", "example_pair"),
    [
        (["US", "DE"], ["us", "de"], ("case",), ("DE", "de")),
        (["New York"], ["New  York "], ("spaces",), ("New York", "New  York ")),
        (["caf\u00e9"], ["cafe\u0301"], ("Unicode form",), ("caf\u00e9", "cafe\u0301")),
        (["us"], ["US "], ("case", "spaces"), ("us", "US ")),
        (["a", None], ["a", "nan"], ("missing values",), (None, "nan")),
        (["a", "N/A"], ["a", None], ("missing values",), ("N/A", None)),
        (["a", "None"], ["a", ""], ("missing values",), ("None", "")),
        (["1", "2"], ["1.0", "2.0"], ("number format",), None),
        (["0012"], ["12"], ("number format",), ("0012", "12")),
        (["x", 1], ["x", "1"], ("type",), (1, "1")),
    ],
)
def test_what_differs_is_named(
    before: list[object], after: list[object], differs_in: tuple[str, ...], example_pair: tuple[object, object] | None
) -> None:
    change = found(before * ROWS, after * ROWS)
    assert change is not None
    assert change.differs_in == differs_in
    assert example_pair is None or example_pair in change.examples


@pytest.mark.parametrize(
    ("before", "after"), [(["1"], ["10"]), (["0.1"], ["0.01"]), (["-1"], ["1"]), (["1e3"], ["1000"])]
)
def test_other_numbers_are_other_labels(before: list[object], after: list[object]) -> None:
    assert found(before * ROWS, after * ROWS) is None


def test_the_closest_likeness_is_paired() -> None:
    letters = ["\u00dd", "\u00fd"]
    change = found(letters * ROWS, [unicodedata.normalize("NFD", letter) for letter in letters] * ROWS)
    assert change is not None
    assert (change.n_labels, change.differs_in) == (2, ("Unicode form",))


def test_a_label_nan_is_not_explained_by_nulls_that_stayed() -> None:
    assert found(["a", "b", "b", None] * ROWS, ["a", "nan", "b", None] * ROWS) is None


def test_a_label_is_also_compared_with_one_that_stayed() -> None:
    change = found(["US"] * 2 * ROWS, ["US", "us"] * ROWS)
    assert change is not None
    assert (change.reference_rows, change.current_rows, change.examples) == (0, ROWS, (("US", "us"),))


def test_one_pair_among_many_other_labels_is_an_accident() -> None:
    names = [f"name {i}" for i in range(40)]
    assert found(["Smith", *names] * ROWS, ["smith", *(f"other {i}" for i in range(40))] * ROWS) is None


def test_at_most_five_examples_those_with_the_most_rows_first() -> None:
    labels = [chr(ord("a") + i) for i in range(8) for _ in range(ROWS * (8 - i))]
    change = found(labels, [label.upper() for label in labels])
    assert change is not None
    assert change.n_labels == 8
    assert change.examples == tuple((label, label.upper()) for label in "abcde")
    assert change.text.count("→") == 5
    assert ", … (8 labels" in change.text


def test_the_verdict_is_that_without_the_hint_and_every_report_shows_it() -> None:
    decision = dl.check({"country": ["US", "DE"] * ROWS}, {"country": ["us", "de"] * ROWS})
    column = decision.columns["country"]
    assert (decision.verdict, column.verdict) == ("alert", "alert")
    assert column.reasons[0].code == "psi_above_alert"
    assert column.reasons[-1].code == "likely_encoding_change"
    assert '"DE" → "de"' in column.reasons[-1].text
    told = decision.to_dict()["columns"][0]
    assert told["encoding_change"] == {
        "n_labels": 2,
        "reference_rows": 2 * ROWS,
        "current_rows": 2 * ROWS,
        "differs_in": ["case"],
        "examples": [["DE", "de"], ["US", "us"]],
    }
    assert told["notes"] == ["likely_encoding_change"]
    assert "likely encoding change" in decision.to_text()
    for page in (decision.to_html(), decision.report.to_html()):
        assert "likely encoding change" in page


def test_letters_that_look_the_same_are_written_as_escapes() -> None:
    change = found(["caf\u00e9"] * ROWS, ["cafe\u0301"] * ROWS)
    assert change is not None
    assert '"caf\\xe9" → "cafe\\u0301"' in change.text


def test_hostile_labels_neither_cost_time_nor_reach_the_terminal() -> None:
    hostile = ["\x1b[31m<script>", "\ufdfa" * 900, "0" * 999 + "x", "A" * 100_000, "e" + "\u0301" * 900, "." * 999]
    hostile += [" " * 500 + f"{i}" for i in range(2000)]
    start = time.perf_counter()
    decision = dl.check({"x": hostile * 2}, {"x": [label.lower() + " " for label in hostile] * 2})
    text, page = decision.to_text(), decision.to_html()
    assert time.perf_counter() - start < 5
    assert decision.report.columns["x"].encoding_change is not None
    assert "\x1b" not in text
    assert "<script>" not in page


def test_hashed_labels_cannot_be_paired() -> None:
    sides = [dl.profile({"x": labels * ROWS}, hash_labels=True) for labels in (["US", "DE"], ["us", "de"])]
    assert dl.compare(*sides).columns["x"].encoding_change is None


def test_bytes_are_read_as_text_where_they_are_utf8() -> None:
    change = found([b"US", b"\xff\xfe"] * ROWS, [b"us", b"\xfe\xff"] * ROWS)
    assert change is not None
    assert change.examples == ((b"US", b"us"),)
