"""The examples in the documentation run and show what they say.

An example is a ``python`` block with a prompt (``>>>``). The examples of a page share their names, as for its reader.
"""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from driftline.methods import METHODS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *DOCS.glob("guides/*.md"), *DOCS.glob("methods/*.md")])
MEASURED = ("groups_results", "psi_laws")
"""Tables that other pages include."""
METHOD_PAGES = [page for page in PAGES if page.parent.name == "methods" and page.stem not in MEASURED]
# The two Wasserstein distances share a page.
PAGE_OF = {name: name for name in METHODS} | {"wasserstein_scaled": "wasserstein"}


def code_blocks(page: Path) -> list[str]:
    """The ``python`` blocks, each after as many empty lines as put it on its line of the page."""
    blocks: list[str] = []
    inside: list[str] | None = None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines()):
        if inside is None and line == "```python":
            inside = [""] * (number + 1)
        elif inside is not None and line == "```":
            blocks.append("\n".join(inside) + "\n")
            inside = None
        elif inside is not None:
            inside.append(line)
    assert inside is None, f"{page.name}: a block does not end"
    return blocks


def examples(page: Path) -> list[doctest.Example]:
    parser = doctest.DocTestParser()
    return [example for block in code_blocks(page) for example in parser.get_examples(block, page.name)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_examples_show_what_they_say(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    test = doctest.DocTest(examples(page), {}, page.name, str(page), 0, None)
    said: list[str] = []
    failed, _ = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=said.append)
    assert failed == 0, "".join(said)


@pytest.mark.parametrize("page", METHOD_PAGES, ids=lambda page: page.stem)
def test_every_page_of_a_method_has_an_example_and_nothing_that_does_not_run(page: Path) -> None:
    assert examples(page)
    assert all(">>>" in block for block in code_blocks(page))


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_a_page_that_the_index_names(name: str) -> None:
    index = (DOCS / "methods" / "index.md").read_text(encoding="utf-8")
    assert (DOCS / "methods" / f"{PAGE_OF[name]}.md").is_file()
    assert f"[`{name}`]({PAGE_OF[name]}.md" in index


def test_a_wrong_example_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("text\n\n```python\n>>> 1 + 1\n3\n\n```\n", encoding="utf-8")
    (example,) = examples(page)
    assert (example.source, example.want, example.lineno) == ("1 + 1\n", "3\n", 3)
