"""A file that cannot be read is refused by name, with the reason; one that is written appears whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

import driftline as dl

GOOD = {"good": [float(i % 97) for i in range(1_000)]}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "reference.dlp"
    dl.profile({"x": np.arange(500.0), "label": ["a", "b"] * 250}).save(path)
    return path


class TestProfileFiles:
    def test_that_are_truncated_are_refused_by_name(self, saved: Path) -> None:
        data = saved.read_bytes()
        for length in [0, 1, 4, 8, 16, 40, len(data) // 2, len(data) - 1]:
            saved.write_bytes(data[:length])
            with pytest.raises(dl.FormatError, match=r"reference\.dlp"):
                dl.load(saved)

    def test_that_are_damaged_are_refused(self, saved: Path) -> None:
        data = bytearray(saved.read_bytes())
        for position in range(0, len(data), max(1, len(data) // 200)):
            damaged = bytearray(data)
            damaged[position] ^= 0x10
            saved.write_bytes(damaged)
            with pytest.raises(dl.FormatError, match=r"reference\.dlp"):
                dl.load(saved)

    @pytest.mark.parametrize("foreign", [b"PAR1" * 30, b"\x89PNG" + b"\0" * 90, b"a,b\n1,2\n", b"\x80\x04]\x94."])
    def test_that_are_foreign_are_refused(self, tmp_path: Path, foreign: bytes) -> None:
        (tmp_path / "foreign").write_bytes(foreign)
        with pytest.raises(dl.FormatError, match="foreign"):
            dl.load(tmp_path / "foreign")

    def test_that_are_missing_or_folders_are_refused_by_name(self, tmp_path: Path) -> None:
        with pytest.raises(dl.InputError, match=r"nowhere\.dlp.*No such file"):
            dl.load(tmp_path / "nowhere.dlp")
        with pytest.raises(dl.InputError, match=tmp_path.name):
            dl.load(tmp_path)

    def test_appear_whole_or_not_at_all(self, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        before = saved.read_bytes()

        def fails(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "replace", fails)
        with pytest.raises(dl.InputError, match=r"reference\.dlp.*No space left"):
            dl.profile(GOOD).save(saved)
        assert saved.read_bytes() == before
        assert [path.name for path in tmp_path.iterdir()] == ["reference.dlp"]
        with pytest.raises(dl.InputError, match=r"report\.html"):
            dl.check(GOOD, GOOD).to_html(tmp_path / "report.html")
        assert [path.name for path in tmp_path.iterdir()] == ["reference.dlp"]

    def test_into_a_folder_that_does_not_exist_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(dl.InputError, match=r"nowhere.*No such file"):
            dl.profile(GOOD).save(tmp_path / "nowhere" / "p.dlp")


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    path = tmp_path / "data.parquet"
    pa.parquet.write_table(pa.table(GOOD), path)
    return path


class TestDataFiles:
    def test_that_are_missing_are_refused_by_name(self, tmp_path: Path) -> None:
        with pytest.raises(dl.InputError, match=r"nowhere\.parquet.*No such file"):
            dl.profile(tmp_path / "nowhere.parquet")
        with pytest.raises(dl.InputError, match=r"\*\.parquet.*no file matches"):
            dl.profile(str(tmp_path / "*.parquet"))
        with pytest.raises(dl.InputError, match="folder"):
            dl.profile(tmp_path)
        (tmp_path / "file").touch()
        with pytest.raises(dl.InputError, match=r"inside\.parquet.*Not a directory"):
            dl.profile(tmp_path / "file" / "inside.parquet")

    @pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl", "arrow"])
    def test_that_are_empty_are_refused_by_name(self, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"data.{suffix}"
        path.touch()
        with pytest.raises(dl.InputError, match=rf"data\.{suffix}.*empty"):
            dl.profile(path)

    @pytest.mark.parametrize("suffix", ["parquet", "arrow", "jsonl"])
    def test_of_another_format_are_refused_by_name(self, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"data.{suffix}"
        path.write_bytes(b"this is, of all things,\nno such file\n" * 20)
        with pytest.raises(dl.InputError, match=rf"data\.{suffix}"):
            dl.profile(path)

    def test_of_an_unknown_format_are_refused_with_the_known_ones(self, tmp_path: Path) -> None:
        path = tmp_path / "data.xlsx"
        path.write_bytes(b"x")
        with pytest.raises(dl.InputError, match=r"data\.xlsx.*'\.xlsx'.*\.parquet"):
            dl.profile(path)

    def test_that_are_truncated_are_refused_by_name(self, parquet: Path) -> None:
        data = parquet.read_bytes()
        parquet.write_bytes(data[: len(data) // 2])
        with pytest.raises(dl.InputError, match=r"data\.parquet"):
            dl.profile(parquet)

    def test_that_may_not_be_read_are_refused_by_name(self, parquet: Path) -> None:
        parquet.chmod(0)
        if os.access(parquet, os.R_OK):
            pytest.skip("this user may read everything")
        with pytest.raises(dl.InputError, match=r"data\.parquet.*Permission denied"):
            dl.profile(parquet)
        parquet.chmod(stat.S_IRUSR | stat.S_IWUSR)

    def test_with_a_header_and_no_rows_are_tables_without_rows(self, tmp_path: Path) -> None:
        path = tmp_path / "data.csv"
        path.write_text("a,b\n")
        profile = dl.profile(path)
        assert (profile.n_rows, list(profile.columns)) == (0, ["a", "b"])
        pa.parquet.write_table(pa.table({"a": pa.array([], pa.float64())}), tmp_path / "none.parquet")
        assert dl.profile(tmp_path / "none.parquet").n_rows == 0

    def test_with_ragged_rows_are_refused_by_name(self, tmp_path: Path) -> None:
        path = tmp_path / "data.csv"
        path.write_text("a,b\n1,2\n3\n")
        with pytest.raises(dl.InputError, match=r"data\.csv.*2 columns"):
            dl.profile(path)

    def test_a_saved_profile_stands_for_its_data(self, saved: Path, parquet: Path) -> None:
        assert dl.compare(saved, saved).columns["x"].status == "ok"
        with pytest.raises(dl.DriftlineError, match="Profile"):
            dl.profile(dl.load(saved))


def test_a_producer_that_fails_midway_is_quoted() -> None:
    def batches() -> Any:
        yield pa.record_batch({"x": [1.0]})
        raise RuntimeError("the warehouse went away")

    reader = pa.RecordBatchReader.from_batches(pa.schema({"x": pa.float64()}), batches())
    with pytest.raises(dl.InputError, match="the warehouse went away"):
        dl.profile(reader)
