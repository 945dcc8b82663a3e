"""Shows in seconds that an installed driftline works: ``python tests/smoke.py``. Needs NumPy and Jinja2 only."""

from __future__ import annotations

import json

import numpy as np

import driftline as dl

ROWS = 5_000


def main() -> None:
    """Profile, save, merge, compare, decide, render."""
    generator = np.random.default_rng(7)
    reference = {"amount": generator.normal(size=ROWS), "country": generator.choice(["de", "fr", "it"], ROWS)}
    current = {"amount": generator.normal(1.0, 1.0, ROWS), "country": generator.choice(["de", "fr", "it"], ROWS)}

    profile = dl.profile(reference)
    assert profile.n_rows == ROWS
    assert dl.Profile.from_bytes(profile.to_bytes()) == profile

    first = dl.profile({name: values[: ROWS // 3] for name, values in reference.items()})
    rest = dl.profile({name: values[ROWS // 3 :] for name, values in reference.items()})
    assert (rest + first).to_bytes() == profile.to_bytes()

    assert dl.check(profile, reference).verdict == "ok"
    decision = dl.check(profile, current)
    assert decision.verdict == "alert"
    assert list(decision.alerts) == ["amount"]
    assert json.loads(decision.to_json())["verdict"] == "alert"
    assert "amount" in decision.to_html()
    print(f"driftline {dl.__version__} works")


if __name__ == "__main__":
    main()
