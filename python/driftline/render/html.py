"""The HTML report: one self-contained page without scripts, or a fragment for a notebook's cell."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from driftline.render.page import Page, describe_page
from driftline.render.section import describe_section

if TYPE_CHECKING:
    import jinja2

    from driftline.decision import Decision
    from driftline.report import DriftReport

__all__ = ["environment", "render_fragment", "render_html"]

PAGE_BYTES = 950_000
FRAGMENT_BYTES = 250_000
LEAST_SECTION_BYTES = 150_000  # however long the table of columns is
FRAGMENT_ROWS = 200
_MARKUP_AROUND_SECTION = 900


def render_html(result: Decision | DriftReport, *, title: str | None = None) -> str:
    """The whole page for a decision, or for a report (the same without verdicts).

    Sections are drawn for the most severe columns first, and only as long as the page stays below a megabyte; the
    table names every column.

    Examples
    --------
    >>> import driftline as dl
    >>> page = render_html(dl.check({"age": [31, 42, 27] * 100}, {"age": [61, 72, 57] * 100}))
    >>> page.startswith("<!DOCTYPE html>"), "<script" in page
    (True, False)
    """
    page = describe_page(result, "dl", title)
    return _render("page.html.j2", page, PAGE_BYTES)


def render_fragment(result: Decision | DriftReport) -> str:
    """The report as one element for a notebook: its styles reach nothing outside of it, its ids are its own.

    Examples
    --------
    >>> import driftline as dl
    >>> render_fragment(dl.compare({"age": [31, 42] * 50}, {"age": [31, 43] * 50})).startswith('<div class="dl')
    True
    """
    page = describe_page(result, "", None)
    sides = " ".join([side["digest"] for side in page.sides] + [page.verdict])
    page.id = f"dl-{hashlib.sha256(sides.encode()).hexdigest()[:8]}"
    page.n_without_row = len(page.rows[FRAGMENT_ROWS:])
    del page.rows[FRAGMENT_ROWS:]
    return _render("fragment.html.j2", page, FRAGMENT_BYTES)


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """Templates of this package, escaping on."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("driftline.render", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _render(template: str, page: Page, most_bytes: int) -> str:
    whole = environment().get_template(template)
    without_sections = len(whole.render(page=page).encode())
    _add_sections(page, max(LEAST_SECTION_BYTES, most_bytes - without_sections))
    return whole.render(page=page)


def _add_sections(page: Page, most_bytes: int) -> None:
    """Draw the sections of as many columns as fit, the most severe ones first."""
    section = environment().get_template("section.html.j2").make_module()
    for index, row in enumerate(page.rows):
        content = describe_section(page.report, row.column, row.deciding, page.level)
        row.body = section.body(row, content, page.level_text)  # type: ignore[attr-defined]
        most_bytes -= len(row.body.encode()) + _MARKUP_AROUND_SECTION
        if most_bytes < 0:
            row.body = ""
            page.n_without_section = len(page.rows) - index
            return
        row.target = f"{page.id}-{index}"
