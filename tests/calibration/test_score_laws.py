"""The promises of docs/methods/psi.md in short: the shipped law keeps them where the plain one breaks them.

A rate fails when as many come with a probability of at most one in a million if the promise holds. There are fewer than
300 rates, so a correct build fails with fewer than one of 3,000 seeds. ``nox -s laws`` is the long form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest
import scipy.stats

from tests.calibration import law_pages, score_groups
from tests.calibration.bin_tables import SHAPES
from tests.calibration.boundary_laws import Bootstrap, QuadraticForm, SaddlePoint, moved
from tests.calibration.candidate_laws import FixedPools, Law, Plain, Shipped, Wald
from tests.calibration.rates import Rate
from tests.calibration.score_laws import SIZES, SOME_SIZES, Scores, Setting, accused, look_closer, measure, score

FAILURE_PROBABILITY = 1e-6
SEED = 1
COLUMNS = 1_000
SETTINGS = (
    Setting("10 even bins", 50, 50),
    Setting("ties", 200, 200),
    Setting("zero-inflated", 5_000, 100),
    Setting("10 even", 100_000, 1_000),
    Setting("22 Zipf", 500, 500),
    Setting("skewed", 500, 500),
    Setting("10,000 Zipf", 200, 1_000),
)


@cache
def scores(setting: Setting) -> Scores:
    return measure(setting, {Plain: COLUMNS, Shipped: COLUMNS}, SEED)


def broken(rates: Sequence[Rate]) -> list[Rate]:
    return [rate for rate in rates if rate.chance() <= FAILURE_PROBABILITY]


def shares(law: type[Law], setting: Setting, claim: str) -> list[float]:
    return [rate.mean for rate in scores(setting).rates[law.name] if rate.claim == claim]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_the_shipped_law_keeps_every_promise(setting: Setting) -> None:
    assert not broken(scores(setting).rates["shipped"])


@pytest.mark.parametrize(("setting", "claim"), [(SETTINGS[3], "below"), (SETTINGS[5], "above")], ids=str)
def test_the_plain_law_breaks_promises_of_labels(setting: Setting, claim: str) -> None:
    assert claim in {rate.claim for rate in broken(scores(setting).rates["plain"])}


def test_the_shipped_law_finds_most_of_what_the_plain_one_does() -> None:
    """Whoever never claims anything keeps every promise."""
    for setting, claim in ((SETTINGS[0], "finds 0.25"), (SETTINGS[4], "finds 0.1"), (SETTINGS[4], "ok")):
        plain, shipped = (shares(law, setting, claim) for law in (Plain, Shipped))
        assert np.mean(shipped) > 0.5 * np.mean(plain) > 0.05


@pytest.mark.parametrize("law", [Plain, FixedPools, Wald, Shipped, SaddlePoint])
def test_the_interval_holds_the_tolerances_of_which_nothing_is_claimed(law: type[Law]) -> None:
    rng = np.random.default_rng(1)
    references = SHAPES["22 Zipf"](rng, 500, 5)
    tables, _ = references.draw(rng, "diffuse", references.part_for("diffuse", 0.25, 300), 300)
    made = law(tables)
    low, high = made.interval(10)
    assert (high - low > 0.01).all()
    assert not (made.above(1.1 * low + 0.01) | made.below(0.9 * high)).any()
    assert (made.above(0.99 * low) | (low < 0.001)).all()
    assert made.below(1.01 * high).all()


def test_the_bootstrap_claims_what_is_clear_and_nothing_else() -> None:
    rng = np.random.default_rng(1)
    references = SHAPES["10 even bins"](rng, 1_000, 10)
    tables, true = references.draw(rng, "diffuse", references.part_for("diffuse", 0.5, 1_000), 1_000)
    law = Bootstrap(tables)
    for tolerance, above, below in ((0.1, True, False), (true, False, False), (2.0, False, True)):
        # Of ten columns whose PSI is the tolerance, three or more claims of a kind come in 1 % of the seeds.
        assert law.above(tolerance).sum() >= 8 if above else law.above(tolerance).sum() <= 2
        assert law.below(tolerance).sum() >= 8 if below else law.below(tolerance).sum() <= 2


def test_the_saddle_point_is_the_tail_of_the_quadratic_form() -> None:
    """Against simulated normal errors."""
    rng = np.random.default_rng(2)
    n, m, draws = 500, 300, 100_000
    tables, _ = SHAPES["10 even"](rng, n, 1).draw(rng, "diffuse", 0.3, m)
    occupied = (tables.reference + tables.current)[0] > 0
    p, q = moved(tables, 0.1)
    form = QuadraticForm(tables.score, p, q)
    errors = [
        rng.multivariate_normal(np.zeros(occupied.sum()), covariance(side[0][occupied]) / rows, draws, method="eigh")
        for side, rows in ((p, n), (q, m))
    ]
    values = simulated_form(tables.score.shrink, [side[0][occupied] for side in (p, q)], errors)
    for tail in (0.02, 0.05, 0.95, 0.98):
        found = form.tail(np.quantile(values, [1 - tail]))[0]
        # Five standard errors of the simulated tail fail once in a million; 0.001: the saddle point is no integral.
        assert found == pytest.approx(tail, abs=5 * (tail * (1 - tail) / draws) ** 0.5 + 0.001)


def covariance(shares: np.ndarray) -> np.ndarray:
    return np.diag(shares) - np.outer(shares, shares)


def simulated_form(shrink: Callable[..., tuple[np.ndarray, np.ndarray]], shares: list, errors: list) -> np.ndarray:
    """Second-order Taylor polynomial of PSI of the shrunk shares, which are linear in the shares."""
    x, y = shrink(*shares)
    x, y = x.ravel(), y.ravel()
    dx, dy = shrink(*errors)
    log = np.log(x / y)
    first = (log + 1 - y / x) * dx + (1 - x / y - log) * dy
    second = (1 / x + y / x**2) * dx**2 - 2 * (1 / x + 1 / y) * dx * dy + (1 / y + x / y**2) * dy**2
    return ((x - y) * log).sum() + (first + second / 2).sum(axis=1)


def test_moved_shares_have_the_psi_that_is_wanted() -> None:
    rng = np.random.default_rng(3)
    references = SHAPES["22 Zipf"](rng, 500, 20)
    tables, _ = references.draw(rng, "diffuse", 0.3, 300)
    p, q = moved(tables, 0.15)
    n, m = 500, 300
    assert tables.score.terms(p * n, q * m, endless=True).sum(axis=1) == pytest.approx(np.full(20, 0.15), rel=1e-4)


def test_the_grid_has_every_pair_of_sizes_and_the_lines_of_the_selection() -> None:
    assert len(SIZES) == 64
    for shape, change, n, m in law_pages.LINES:
        assert (n, m) in SOME_SIZES
        assert change in SHAPES[shape](np.random.default_rng(1), 50, 1).shares


def test_a_law_is_broken_where_two_runs_accuse_it() -> None:
    found = score(Setting("10 even", 1_000, 50), 60, SEED)
    assert found.broken["fixed pools"]
    assert set(found.broken["fixed pools"]) <= set(accused(found.rates["fixed pools"]))
    assert not found.broken["shipped"]


def test_a_closer_look_has_more_columns_and_both_kinds_of_claims() -> None:
    above, below = look_closer(SETTINGS[0], 20, SEED).closer
    assert (above.claim, below.claim) == ("above", "below")
    assert above.trials == below.trials > 20


def test_the_page_names_what_the_shipped_law_breaks() -> None:
    found = Scores()
    found.add(scores(SETTINGS[5]))
    assert "The shipped law breaks no promise" in law_pages.page(found, "", SOME_SIZES)
    found.broken["shipped"] = [Rate("above", "skewed", "one cell", 0.1, 500, 500, 90, 1_000, 0.05)]
    assert "| above | skewed | one cell (0.1) | 500 / 500 | 9.0 % |" in law_pages.page(found, "", SOME_SIZES)


def test_sixteen_groups_are_between_eight_and_thirty_two() -> None:
    """The compromise that docs/methods/index.md tells, on few columns; a chance of one in a million each."""
    eight, sixteen, thirty_two = (
        score_groups.claims(score_groups.FIFTY, groups, 2_000, 2_000, 100, SEED)[0] for groups in (8, 16, 32)
    )
    assert eight < sixteen <= thirty_two
    fine = [score_groups.claims(score_groups.THOUSAND, groups, 500, 500, 100, SEED)[1] for groups in (16, 32)]
    assert fine[0] > scipy.stats.binom.isf(FAILURE_PROBABILITY, 100, 0.5) / 100 > 0.5 > fine[1]
