"""Whatever bytes it gets, the loader gives a sound profile or a FormatError, in bounded memory and time.

The bytes are read in a process of its own, so that a crash, a hang or a flood of memory is seen as such.
"""

from __future__ import annotations

import os
import resource
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import driftline as dl

POLYNOMIAL = 0x82F63B78  # CRC-32C, bits reversed
HEADER_BYTES = 10  # magic, major and minor version
ADDRESS_SPACE_BYTES = 3 << 30
CPU_SECONDS = 100

LARGE = [2**7 - 1, 2**7, 2**14, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1]


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return table


CRC_TABLE = _crc_table()


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def repaired(body: bytes) -> bytes:
    """A profile's bytes up to the checksum, with the checksum that fits."""
    return body + struct.pack("<I", crc32c(body))


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def seeds() -> dict[str, bytes]:
    """Small profiles that use every part of the format."""
    rng = np.random.default_rng(1)
    labels = np.array([f"v{i}" for i in range(200)])
    profiles = {
        "empty": dl.merge([]),
        "exact": dl.profile({"x": [1.5, -2.0, 0.0, 1e300], "n": [1, 2, 2, None], "label": ["a", "b", "", None]}),
        "coarse": dl.profile({"x": rng.normal(size=500)}, resolution=64),
        "integers": dl.profile({"n": rng.integers(-(2**62), 2**62, 300)}, resolution=64),
        "overflowed": dl.profile({"label": rng.choice(labels, 400)}, max_categories=64),
        "hashed": dl.profile({"label": ["a", "b", "c"] * 5}, hash_labels=True, salt="s"),
        "kinds": dl.profile({"flag": [True, False], "day": np.array(["2015-01-01"] * 2, dtype="M8[D]")})
        + dl.profile({"list": pa.array([[1], [2], None]), "none": [None] * 3}),
    }
    return {name: profile.to_bytes() for name, profile in profiles.items()}


def truncations(data: bytes) -> Iterator[bytes]:
    step = max(1, len(data) // 150)
    for length in {*range(min(len(data), 64)), *range(0, len(data), step)}:
        yield data[:length]
        yield repaired(data[:length])
    yield data + b"\0"
    yield repaired(data + b"\0" * 9)


def bit_flips(data: bytes, rng: np.random.Generator) -> Iterator[bytes]:
    for _ in range(150):
        damaged = bytearray(data)
        for position in rng.integers(0, len(data), rng.integers(1, 4)).tolist():
            damaged[position] ^= 1 << int(rng.integers(8))
        yield bytes(damaged)
        yield repaired(bytes(damaged[:-4]))


def blown_up_lengths(data: bytes, rng: np.random.Generator) -> Iterator[bytes]:
    """A huge number, as a varint or fixed-width, written over or inserted at any place."""
    body = data[:-4]
    places = range(HEADER_BYTES, len(body)) if len(body) < 160 else rng.integers(HEADER_BYTES, len(body), 150).tolist()
    for place in places:
        value = LARGE[int(rng.integers(len(LARGE)))]
        for number in (varint(value), struct.pack("<Q", value)):
            yield repaired(body[:place] + number + body[place + 1 :])
            yield repaired(body[:place] + number + body[place + len(number) :])


def splices(data: bytes, other: bytes, rng: np.random.Generator) -> Iterator[bytes]:
    for _ in range(60):
        a, b = int(rng.integers(len(data))), int(rng.integers(len(other)))
        yield repaired(data[:a] + other[b:-4])


def random_bytes(rng: np.random.Generator) -> Iterator[bytes]:
    for _ in range(200):
        noise = rng.bytes(int(rng.integers(0, 400)))
        yield noise
        yield repaired(b"DRFTLN\x01\0\0\0" + noise)


def test_the_version_that_wrote_a_profile_is_no_part_of_it():
    for data in seeds().values():
        length = data[HEADER_BYTES]
        other = repaired(data[:HEADER_BYTES] + b"\x0512.34" + data[HEADER_BYTES + 1 + length : -4])
        read = dl.Profile.from_bytes(other)
        assert read == dl.Profile.from_bytes(data)
        assert read.digest == dl.Profile.from_bytes(data).digest


READER = """
import sys
from pathlib import Path
import driftline as dl
from driftline import FormatError

def after_version(data):  # the writer's own version is the one field that reading does not keep
    return data[11 + data[10]:-4]

folder = Path(sys.argv[1])
accepted = 0
for path in sorted(folder.iterdir()):
    data = path.read_bytes()
    print(path.name, end=" ", flush=True)
    try:
        profile = dl.Profile.from_bytes(data)
    except FormatError as error:
        assert str(error), path.name
        continue
    accepted += 1
    again = profile.to_bytes()
    assert after_version(again) == after_version(data), "accepted bytes that are not canonical"
    assert dl.Profile.from_bytes(again) == profile
    repr(profile)
    for column in profile.columns.values():
        counted = column.n_valid + column.n_null + column.n_nan + column.n_pos_inf + column.n_neg_inf + column.n_absent
        assert counted == column.n_rows, "rows were lost"
        if column.kind in ("numeric", "boolean", "datetime") and column.n_valid:
            low, high = column.quantile_bounds(0.3)
            assert column.min <= low <= column.quantile(0.3) <= high <= column.max
            assert 0.0 <= column.cdf(0.0) <= 1.0
            column.mean, column.std, column.n_distinct_bounds
    profile.merge(profile)
    dl.check(profile, profile).to_json()
print("accepted", accepted)
"""


def read_all(cases: Iterator[bytes], folder: Path) -> int:
    """Reads all cases in a process with limited memory and time; the number that were accepted."""
    for index, data in enumerate(cases):
        (folder / f"{index:06d}").write_bytes(data)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))

    done = subprocess.run(
        [sys.executable, "-c", READER, str(folder)],
        capture_output=True,
        text=True,
        timeout=4 * CPU_SECONDS,
        preexec_fn=limit,
        env={**os.environ, "DRIFTLINE_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        check=False,
    )
    words = done.stdout.split()
    assert done.returncode == 0, f"case {words[-1:]}: exit {done.returncode}\n{done.stderr[-2000:]}"
    return int(words[-1])


SEEDS = ["empty", "exact", "coarse", "integers", "overflowed", "hashed", "kinds"]


@pytest.mark.parametrize("name", SEEDS)
class TestTheLoaderSurvives:
    def test_truncated_profiles(self, name: str, tmp_path: Path) -> None:
        assert read_all(truncations(seeds()[name]), tmp_path) <= 1  # the whole one, with its own checksum

    def test_flipped_bits(self, name: str, tmp_path: Path) -> None:
        read_all(bit_flips(seeds()[name], np.random.default_rng(2)), tmp_path)

    def test_lengths_blown_up(self, name: str, tmp_path: Path) -> None:
        read_all(blown_up_lengths(seeds()[name], np.random.default_rng(3)), tmp_path)

    def test_profiles_spliced_together(self, name: str, tmp_path: Path) -> None:
        every = seeds()
        rng = np.random.default_rng(4)
        read_all((case for other in every.values() for case in splices(every[name], other, rng)), tmp_path)


def test_the_loader_survives_random_bytes(tmp_path: Path) -> None:
    read_all(random_bytes(np.random.default_rng(5)), tmp_path)


def test_what_is_fuzzed_are_sound_profiles(tmp_path: Path) -> None:
    every = seeds()
    assert list(every) == SEEDS
    assert read_all(iter(repaired(data[:-4]) for data in every.values()), tmp_path) == len(SEEDS)


def test_the_checksum_is_crc32c() -> None:
    assert crc32c(b"123456789") == 0xE3069283  # the check value of RFC 3720


def test_flips_without_a_repaired_checksum_are_always_refused() -> None:
    data = seeds()["coarse"]
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 0x01
        with pytest.raises(dl.FormatError):
            dl.Profile.from_bytes(bytes(damaged))


def test_a_newer_version_is_refused_by_its_number() -> None:
    data = seeds()["exact"]
    newer = repaired(data[:6] + struct.pack("<HH", 2, 0) + data[HEADER_BYTES:-4])
    with pytest.raises(dl.FormatError, match=r"version 2\.0.*newer driftline"):
        dl.Profile.from_bytes(newer)
