"""The HTML report: one page that needs nothing, hides nothing, and runs nothing."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import driftline as dl
from driftline.decision import Decision, decide
from driftline.render.distribution import MAX_BINS, shared_bars, shared_histogram
from driftline.render.html import render_fragment, render_html
from tests.python.fakes import column, report

DATA = Path(__file__).resolve().parents[2] / "notebooks" / "data"
VOID = {"meta", "br", "path", "rect", "circle"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "section", "header", "footer", "div", "span", "p", "b"),
    *("h1", "h2", "h3", "ul", "li", "dl", "dt", "dd", "br", "a", "i", "code", "details", "summary", "figure"),
    *("figcaption", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("svg", "desc", "path", "rect", "circle", "g", "text"),
}
EVIL = "</script></style><script>alert(1)</script><img src=x onerror=alert(2)>\"'`&{{7*7}}\n\x1b[31m"


class Page(HTMLParser):
    """Every element with its attributes; complains about elements that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"<{tag}> has an attribute twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self) -> str:
        return " ".join(data for tag, data in self.texts if tag not in {"style", "title", "desc"})


@pytest.fixture(scope="module")
def flights() -> Decision:
    return dl.check(DATA / "flights_reference.parquet", DATA / "flights_current.parquet")


def many_columns(n: int, *, shift: float) -> Decision:
    """A decision on n columns of all sorts, each with 2,000 rows."""
    random = np.random.default_rng(7)
    labels = np.array([f"label number {i}" for i in range(60)])
    sides: list[dict[str, object]] = [{}, {}]
    for i in range(n):
        for side, move in zip(sides, (0.0, shift), strict=True):
            name = f"a_rather_long_name_of_a_feature_{i:04}"
            if i % 5 == 4:
                side[name] = labels[np.minimum(59, random.geometric(0.1 + 0.1 * move, 2000) - 1)]
            else:
                side[name] = random.normal(move, 1, 2000) * 10.0 ** (i % 7 - 3)
    return dl.check(*sides)


def assert_harmless(text: str) -> Page:
    page = Page(text)
    assert {tag for tag, _ in page.elements} <= TAGS
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name in {"src", "srcset", "action"}]
        assert (attributes.get("href") or "#").startswith("#"), f"<{tag}> leads outside"
    for outside in ("http:", "https:", "//", "url(", "@import", "javascript:", "data:"):
        assert outside not in text.replace("</", ""), f"the page says {outside}"
    return page


def test_the_page_is_well_formed_self_contained_and_harmless(flights: Decision) -> None:
    page = assert_harmless(render_html(flights))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert [name for name, n in Counter(ids).items() if n > 1] == []
    targets = {attributes["href"] for attributes in page.all("a")}
    assert targets
    assert {f"#{name}" for name in ids} >= targets
    policy = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_the_page_says_what_the_decision_says(flights: Decision) -> None:
    text = Page(render_html(flights)).text()
    for said in ("1 of 6 judged columns drifted", "ALERT", "flights_reference.parquet", "49,992", "50,008"):
        assert said in text
    assert "2015-01-01 to 2015-07-01" in text
    assert flights.report.reference.digest in text
    for name, decided in flights.columns.items():
        assert name in text
        for reason in decided.reasons:
            assert reason.text in text
    assert "US vanished: 6.84 % → 0" in text
    assert '"benjamini_hochberg"' in text


def test_columns_are_ranked_by_severity(flights: Decision) -> None:
    page = render_html(flights)
    table = page[page.index('<table class="dl-columns">') : page.index("</table>")]
    places = [table.index(f">{name}<") for name in ("AIRLINE", "DEPARTURE_DELAY", "DATE")]
    assert places == sorted(places)


def test_names_and_labels_are_data_not_markup() -> None:
    reference = {EVIL: ["a", EVIL] * 200, "n": [1.0, 2.0] * 200}
    current = {EVIL: ["b", EVIL] * 200, "n": [1.0, 3.0] * 200}
    for text in (render_html(dl.check(reference, current), title=EVIL), render_fragment(dl.check(reference, current))):
        page = assert_harmless(text)
        assert "{{7*7}}" in page.text()
        assert "<script>alert(1)</script>" in page.text()
        assert "\x1b" not in text


def test_reading_needs_neither_colour_nor_sight(flights: Decision) -> None:
    page = Page(render_html(flights))
    assert page.all("html") == [{"lang": "en"}]
    assert all(th.get("scope") in {"row", "col"} for th in page.all("th"))
    images = [index for index, (tag, _) in enumerate(page.elements) if tag == "svg"]
    assert images
    for index in images:
        assert page.elements[index][1].get("role") == "img"
        assert page.elements[index + 1][0] == "title"
    charts = sum(page.elements[index + 2][0] == "desc" for index in images)
    assert charts == page.text().count("Data of this chart")
    words = [data for tag, data in page.texts if "alert" in data]
    assert any(data.strip() == "▲ alert" for data in words)
    style = render_html(flights).split("<style>")[1].split("</style>")[0]
    assert "prefers-color-scheme:dark" in style
    assert "@media print" in style


def luminance(color: str) -> float:
    digits = color * 2 if len(color) == 3 else color
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_text_has_the_contrast_that_wcag_asks_for(flights: Decision, scheme: int) -> None:
    style = render_html(flights).split("<style>")[1].split("</style>")[0]
    blocks = re.findall(r"\.dl\{(--bg:.*?)\}", style, re.DOTALL)
    assert len(blocks) == 3
    color = {name: luminance(value) for name, value in re.findall(r"--([\w-]+):#([0-9a-f]{3,6})", blocks[scheme])}
    verdicts = ("alert", "warn", "ok", "inconclusive", "skipped")
    pairs = [("ink", "card"), ("soft", "card"), ("soft", "bg"), *((v, f"{v}-bg") for v in verdicts)]
    for text, ground in pairs:
        dark, light = sorted((color[text], color[ground]))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{text} on {ground}"


@pytest.mark.parametrize("shift", [0.0, 1.0], ids=["quiet", "all drifted"])
def test_500_columns_stay_below_a_megabyte_and_all_are_named(shift: float) -> None:
    decision = many_columns(500, shift=shift)
    page = render_html(decision)
    assert len(page.encode()) <= 1_000_000
    parsed = assert_harmless(page)
    shown = Counter(data for _, data in parsed.texts)
    assert all(shown[name] for name in decision.columns)
    assert "more columns are in the table above only" in page
    assert len(render_fragment(decision).encode()) < len(page.encode())


def test_a_few_columns_all_have_a_section(flights: Decision) -> None:
    page = render_html(flights)
    assert "in the table above only" not in page
    assert {f"dl-{i}" for i in range(8)} <= {element.get("id") for _, element in Page(page).elements}


def test_a_report_without_a_decision_has_no_verdicts(flights: Decision) -> None:
    page = assert_harmless(flights.report.to_html())
    text = page.text()
    assert "8 columns compared" in text
    assert not re.search(r"▲|✓|tolerances", text)
    assert "AIRLINE" in text


def test_a_fragment_reaches_nothing_outside_of_it(flights: Decision) -> None:
    fragment = render_fragment(flights)
    page = assert_harmless(fragment)
    assert page.elements[0] == ("div", {"class": "dl dl-fragment"})
    assert not {"html", "head", "body", "meta"} & {tag for tag, _ in page.elements}
    style = re.sub(r"@media[^{]*\{", "", fragment.split("<style>")[1].split("</style>")[0])
    for selectors in re.findall(r"([^{}]+)\{", style):
        assert all(selector.strip().startswith(".dl") for selector in selectors.split(","))
    other = render_fragment(dl.check({"x": [1.0, 2.0] * 100}, {"x": [1.0, 3.0] * 100}))
    ids = [set(re.findall(r' id="([^"]+)"', text)) for text in (fragment, other)]
    assert all(ids)
    assert not ids[0] & ids[1]
    assert flights._repr_html_() == fragment


def test_the_same_decision_gives_the_same_page(flights: Decision) -> None:
    again = dl.check(DATA / "flights_reference.parquet", DATA / "flights_current.parquet")
    assert render_html(again) == render_html(flights)


def sides(reference: object, current: object) -> tuple[object, object]:
    return tuple(dl.profile({"x": values}).columns["x"] for values in (reference, current))  # type: ignore[return-value]


NORMAL = np.random.default_rng(1).normal(size=5000)
DAYS = np.arange("2020-01-01", "2020-07-01", dtype="datetime64[D]")
SHAPES = {
    "normal": (NORMAL, np.random.default_rng(2).normal(1, size=5000)),
    "outlier": (np.append(NORMAL, 1e300), np.random.default_rng(2).normal(size=5000)),
    "heavy tail": (np.random.default_rng(1).lognormal(0, 3, 5000), np.random.default_rng(2).lognormal(1, 3, 5000)),
    "whole numbers": (np.random.default_rng(1).poisson(30, 5000), np.random.default_rng(2).poisson(33, 5000)),
    "sentinel": (np.where(np.arange(5000) % 1000, np.arange(5000) % 97, -999.0), np.arange(5000) % 97),
    "constant": (np.full(100, 3.5), np.full(100, 3.5)),
    "far apart": (NORMAL, np.random.default_rng(2).normal(1e6, 1, 5000)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_histogram_holds_every_row_inside_or_outside(shape: str) -> None:
    reference, current = SHAPES[shape]
    drawn = shared_histogram(*sides(reference, current))
    assert drawn is not None
    assert len(drawn.reference) == len(drawn.edges) - 1 <= 2 * MAX_BINS
    for shares, below, above, values in zip(
        (drawn.reference, drawn.current), drawn.below, drawn.above, (reference, current), strict=True
    ):
        assert shares.sum() + below + above == pytest.approx(1)
        exact = np.histogram(values, drawn.edges)[0] / len(values)
        assert np.abs(shares - exact).sum() < 0.02


@pytest.mark.parametrize("shape", ["outlier", "heavy tail", "sentinel"])
def test_an_outlier_does_not_flatten_the_rest(shape: str) -> None:
    drawn = shared_histogram(*sides(*SHAPES[shape]))
    assert drawn is not None
    assert drawn.reference.sum() > 0.98
    assert (drawn.reference > 0.001).sum() >= 10


def test_an_axis_without_a_finite_width_is_not_drawn() -> None:
    assert shared_histogram(*sides([-1.7e308, 1.7e308] * 50, [0.0] * 100)) is None
    assert "NaN" not in render_html(dl.check({"x": [-1.7e308, 1.7e308] * 50}, {"x": [0.0] * 100})).replace(">NaN<", "")


def test_bars_hold_every_row_and_keep_types_apart() -> None:
    bars = shared_bars([("1", 30), (1, 10), (True, 10)], [(f"new {i}", 1) for i in range(50)])
    assert bars is not None
    assert sum(bars.reference) + bars.others[0] == pytest.approx(1)
    assert sum(bars.current) + bars.others[1] == pytest.approx(1)
    assert bars.labels[:1] == ["1"]
    assert bars.reference[:3] == [0.6, 0.2, 0.2]
    assert len(bars.labels) + bars.n_others == 53


def test_every_kind_of_column_has_a_section() -> None:
    decision = decide(
        report(
            column("gone", status="absent_in_current"),
            column("new", status="absent_in_reference"),
            column("lists", status="unsupported_type", reason="values of type list are not supported"),
            column("moved", value=0.5),
        )
    )
    text = assert_harmless(render_html(decision)).text()
    for said in ("absent from the current data", "new: absent from the reference", "values of type list"):
        assert said in text


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        ([True, False] * 100, [True, True] * 100),
        (DAYS, DAYS + 366),
        ([1.5] * 100, ["text"] * 100),
        ([None] * 100, [1.0] * 100),
        ([float("nan"), float("inf"), 1.0, 2.0] * 100, [1.0, 2.0, None, 3.0] * 100),
        ([str(i) for i in range(20_000)], [str(i) for i in range(20_000)]),
        ([1], [1]),
    ],
    ids=["boolean", "dates", "kind changed", "nulls", "non-finite", "overflow", "one row"],
)
def test_every_sort_of_data_can_be_drawn(reference: object, current: object) -> None:
    assert_harmless(render_html(dl.check({"x": reference}, {"x": current})))


def test_a_notebook_cell_stays_small_whatever_the_number_of_columns() -> None:
    decision = decide(report(*(column(f"c{i}", value=0.5) for i in range(3000))))
    fragment = render_fragment(decision)
    assert len(fragment.encode()) < 500_000
    assert "2800 more columns are not shown here" in Page(fragment).text()
