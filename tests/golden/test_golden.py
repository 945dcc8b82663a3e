"""Profiles written by earlier versions: still readable, and what is made of the same rows today is the same."""

from __future__ import annotations

import pytest

import driftline as dl
from tests.golden.tables import FOLDER, TABLES


@pytest.mark.parametrize("name", TABLES)
def test_a_profile_of_an_earlier_version_is_read_and_is_what_the_rows_make_today(name):
    old = dl.load(FOLDER / f"{name}.dlp")
    new = TABLES[name]()
    assert old == new
    assert old.digest == new.digest
    assert old.to_bytes() == new.to_bytes()


def test_every_file_has_a_table():
    assert {path.stem for path in FOLDER.iterdir()} == set(TABLES)


def test_a_profile_of_an_earlier_version_merges_with_one_of_today():
    old = dl.load(FOLDER / "numbers.dlp")
    both = dl.merge([old, TABLES["numbers"]()])
    assert both.n_rows == 2 * old.n_rows
    assert both.columns["score"].mean == old.columns["score"].mean
