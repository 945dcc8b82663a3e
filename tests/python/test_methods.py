"""Option records and names: what is accepted, what is refused, and what the message says."""

from __future__ import annotations

import dataclasses

import pytest

from driftline.errors import OptionError
from driftline.methods import (
    KS,
    METHODS,
    PSI,
    Hellinger,
    Method,
    Wasserstein,
    WassersteinScaled,
    choose,
    default_methods,
)


def test_a_name_stands_for_its_record_with_default_options() -> None:
    assert choose(["psi", "ks", Wasserstein()]) == (PSI(bins=10), KS(), Wasserstein(p_value=False))


def test_nothing_named_means_the_defaults_of_each_kind() -> None:
    assert choose(None) is None
    assert [m.name for m in default_methods("numeric")] == ["psi", "ks", "wasserstein", "wasserstein_scaled"]
    assert default_methods("datetime") == default_methods("numeric")
    assert [m.name for m in default_methods("categorical")] == ["psi", "total_variation", "chi_square"]
    assert default_methods("boolean") == default_methods("categorical")


@pytest.mark.parametrize("record", METHODS.values())
def test_records_are_frozen_values_with_keyword_options_only(record: type[Method]) -> None:
    assert record() == record()
    assert hash(record()) == hash(record())
    with pytest.raises(TypeError):
        record(5)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        record(bandwidth=1)  # type: ignore[call-arg]
    for name in record().options():
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(record(), name, 3)


@pytest.mark.parametrize("bins", [1, 1001, -1, 10.0, "10", True, None])
def test_a_number_of_bins_that_is_not_allowed_is_refused(bins: object) -> None:
    with pytest.raises(OptionError, match="bins must be a whole number from 2 to 1000"):
        Hellinger(bins=bins)  # type: ignore[arg-type]


def test_zero_is_not_false() -> None:
    with pytest.raises(OptionError, match="p_value must be True or False, got 0"):
        WassersteinScaled(p_value=0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        (["pis"], "did you mean 'psi'.*known: psi, chi_square"),
        (["psi", PSI(bins=20)], "psi more than once"),
        ("psi", r"try methods=\['psi'\]"),
        (PSI(), "must be a list"),
        ([PSI], r"holds the class PSI; write PSI\(\)"),
        ([3], "a method is a name or an option record"),
        ([], "methods is empty"),
    ],
)
def test_a_wrong_method_is_refused_with_what_would_work(methods: object, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        choose(methods)  # type: ignore[arg-type]


def test_methods_on_order_do_not_fit_categories() -> None:
    ordered = {name for name, record in METHODS.items() if "categorical" not in record.kinds}
    on_cells = {"ks", "wasserstein", "wasserstein_scaled", "cramer_von_mises", "energy", "anderson_darling"}
    assert ordered == on_cells
