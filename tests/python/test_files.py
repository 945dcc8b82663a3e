"""Files: what is read, what is refused and in which words."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset
import pyarrow.json
import pyarrow.parquet
import pytest

import driftline as dl
from driftline.ingest import read_batches

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def parquet(path: Path, **columns: Any) -> Path:
    pyarrow.parquet.write_table(pa.table(columns), path)
    return path


BAD_FILES: dict[str, tuple[str, str | bytes, str]] = {
    "empty": ("x.csv", b"", "empty"),
    "empty Parquet": ("x.parquet", b"", "empty"),
    "not Parquet": ("x.parquet", "a,b\n1,2\n", "magic bytes"),
    "not Arrow": ("x.arrow", "a,b\n" + "1,2\n" * 99, "Not an Arrow file"),
    "not JSON Lines": ("x.json", '[{"a": 1}]', "object to array"),
    "not JSON": ("x.jsonl", "a,b\n1,2\n", "Invalid value"),
    "ragged": ("x.csv", "a,b\n1,2\n3\n", "Expected 2 columns, got 1"),
    "not gzip": ("x.csv.gz", "a,b\n1,2\n", "gzip|zlib"),
    "unknown extension": ("x.xls", "x", r"unknown extension '\.xls'; known are \.parquet.*\.csv.*\.jsonl"),
    "no extension": ("data", "x", "unknown extension ''"),
    "compressed Parquet": ("x.parquet.gz", "x", "compressed inside"),
}


@pytest.mark.parametrize(("name", "content", "reason"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_refused_with_its_name_and_the_reason(
    name: str, content: str | bytes, reason: str, tmp_path: Path
) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(dl.InputError, match=reason) as caught:
        dl.profile(path)
    assert str(path) in str(caught.value)


def test_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    for path, reason in (
        (tmp_path / "none.csv", "No such file"),
        (tmp_path / "*.csv", "no file matches"),
        (tmp_path, r"is a folder; give a pattern such as .*\*\.parquet"),
        ("s3://bucket/x.parquet", r"pyarrow\.dataset\.dataset\('s3://bucket/x\.parquet'\)"),
        ("\0.csv", "null"),
    ):
        with pytest.raises(dl.InputError, match=reason):
            dl.profile(path)
    with pytest.raises(dl.InputError, match="No such file"):
        dl.profile([parquet(tmp_path / "a.parquet", a=[1]), tmp_path / "b.parquet"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "a\n1\n")
    path.chmod(0)
    with pytest.raises(dl.InputError, match=r"x\.csv: Permission denied"):
        dl.profile(path)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    content = parquet(path, a=np.random.default_rng(5).normal(size=50_000)).read_bytes()
    for damaged in (content[:-100], content[: len(content) // 2], content[:1000] + b"\0" * 300_000 + content[-5000:]):
        path.write_bytes(damaged)
        with pytest.raises(dl.InputError, match=r"x\.parquet"):
            dl.profile(path)


MANY = 1_500_000  # lines of more than one block of text


@pytest.mark.parametrize(
    ("name", "head", "line", "last", "column"),
    [
        ("x.csv", "when,amount\n", "2024,1234567\n", "2024,n/k\n", "amount"),
        ("x.csv", "when,amount\n", "2024,\n", "2024,5\n", "amount"),
        ("x.jsonl", "", '{"amount": 12}\n', '{"amount": "n/k"}\n', "amount"),
    ],
    ids=["CSV", "CSV after blanks", "JSON Lines"],
)
def test_text_that_changes_its_type_late_is_refused_with_the_column(
    name: str, head: str, line: str, last: str, column: str, tmp_path: Path
) -> None:
    path = write(tmp_path / name, head + line * MANY + last)
    with pytest.raises(
        dl.InputError, match=rf"x\.\w+: column '{column}' changes its type: .*pandas\.read_csv.*Parquet"
    ):
        dl.profile(path)


@pytest.mark.skipif(not hasattr(pyarrow.json, "open_json"), reason="pyarrow reads such files whole, and right")
def test_a_field_that_appears_late_is_never_dropped(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", '{"amount": 12}\n' * MANY + '{"amount": 12, "tip": 1}\n')
    with pytest.raises(dl.InputError, match=r"x\.jsonl: a field appears that was not there before"):
        dl.profile(path)


def test_line_breaks_inside_quotes_belong_to_the_value(tmp_path: Path) -> None:
    n = 700_000  # so that a block ends inside a value
    path = write(tmp_path / "x.csv", "text,number\n" + '"a\n,b""c",1\n' * n)
    profile = dl.profile(path)
    assert profile.columns["text"].counts == {'a\n,b"c': n}
    assert profile.columns["number"].n_valid == n


def test_blank_is_missing_and_quoted_blank_is_text_in_csv(tmp_path: Path) -> None:
    column = dl.profile(write(tmp_path / "x.csv", 'a,b\n"",1\n,2\nNA,3\n"NA",4\n')).columns["a"]
    assert (column.n_null, column.counts) == (2, {"": 1, "NA": 1})


def test_files_may_differ_in_columns_and_widths(tmp_path: Path) -> None:
    files = [
        parquet(tmp_path / "1.parquet", a=pa.array([1, 2], pa.int16()), b=["x", "y"]),
        parquet(tmp_path / "2.parquet", c=[True], a=pa.array([3.5])),
        parquet(tmp_path / "3.parquet", a=pa.array([None, None]), b=["x", "x"]),
        write(tmp_path / "4.csv", "a,b\n9,z\n"),
    ]
    profile = dl.profile(files)
    assert {n: (c.n_valid, c.n_null, c.n_absent) for n, c in profile.columns.items()} == {
        "a": (4, 2, 0),
        "b": (5, 0, 1),
        "c": (1, 0, 5),
    }
    assert profile == dl.merge(map(dl.profile, files))


def test_a_kind_that_differs_between_files_is_refused_with_the_file(tmp_path: Path) -> None:
    files = [parquet(tmp_path / "1.parquet", a=[1]), parquet(tmp_path / "2.parquet", a=["x"])]
    with pytest.raises(dl.SchemaError, match=r"2\.parquet.*'?a'?.*Schema\(kinds="):
        dl.profile(files)
    both = dl.profile(files, schema=dl.Schema(kinds={"a": "categorical"}))
    assert both.columns["a"].counts == {1: 1, "x": 1}


def test_names_that_occur_twice_in_a_file_are_named(tmp_path: Path) -> None:
    for path in (write(tmp_path / "x.csv", "a,a\n1,2\n"),):
        with pytest.raises(dl.SchemaError, match=r"x\.csv.*'a' \(2 times\)"):
            dl.profile(path)


def test_columns_of_files_are_checked_before_the_rows_are_read(tmp_path: Path) -> None:
    files = [parquet(tmp_path / "1.parquet", a=[1], b=[1]), write(tmp_path / "2.csv", "a,c\n1,2\n")]
    assert list(dl.profile(files, columns=["c"]).columns) == ["c"]
    with pytest.raises(dl.InputError, match=r"no column 'd'.*'a', 'b', 'c'"):
        read_batches(files, columns=["d"])


def test_odd_names_of_files_and_columns_are_taken_as_they_are(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a[1] %20 #é.parquet", **{"x.y": [1, 2], "": [3, 4], "<script>": [5, 6]})
    assert {name: c.mean for name, c in dl.profile(path).columns.items()} == {"": 3.5, "<script>": 5.5, "x.y": 1.5}
    assert list(dl.profile(path, columns=["x.y"]).columns) == ["x.y"]


def test_a_profile_of_files_is_named_after_them(tmp_path: Path) -> None:
    files = [parquet(tmp_path / f"{day}.parquet", a=[day]) for day in range(5)]
    assert dl.profile(files[0]).name == "0.parquet"
    assert dl.profile(files[:2]).name == "0.parquet, 1.parquet"
    assert dl.profile(tmp_path / "*.parquet").name == "0.parquet, … (5 files)"
    assert dl.profile(tmp_path / "**" / "[12].parquet").n_rows == 2


def test_reading_leaves_the_file_alone(tmp_path: Path) -> None:
    path = parquet(tmp_path / "x.parquet", a=[1, 2, 3])
    path.chmod(0o444)
    before = hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns
    dl.profile(path)
    assert (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns) == before
    assert list(tmp_path.iterdir()) == [path]
