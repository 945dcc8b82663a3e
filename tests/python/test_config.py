"""The configuration file: what it says is what the policy does, and a slip is named with its place."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import jsonschema
import pytest
import typer

from driftline import KS, PSI, Policy, Schema
from driftline.cli import commands
from driftline.cli.config import CheckConfig, Level, PolicyTable, read_config
from driftline.errors import OptionError

FULL = """
columns = ["age", "zip"]
methods = ["ks", { name = "psi", bins = 20 }]

[schema.kinds]
zip = "categorical"
[schema.roles]
"sco.re" = "prediction"

[policy]
alpha = 0.01
correction = "bonferroni"
min_rows = 0
share = 0.5
on_absent = "note"
on_extra = "warn"
on_change = "warn"
[policy.tolerances]
psi = [0.2, 0.3]
nulls = false
far_out = [0.01]
[policy.by_kind.numeric]
method = "ks"
tolerances.ks = [0.1, 0.3]
[policy.by_column."sco.re"]
judge = false
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "driftline.toml"
    path.write_text(text, encoding="utf-8")
    return path


def build_all(path: Path) -> None:
    config = read_config(path)
    config.build_schema()
    config.build_policy()
    config.build_methods()


def refused(folder: Path, text: str) -> str:
    with pytest.raises(OptionError) as caught:
        build_all(write(folder, text))
    return str(caught.value)


def test_the_file_says_what_python_says(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, FULL))
    expected = Policy(
        alpha=0.01,
        correction="bonferroni",
        min_rows=0,
        share=0.5,
        on_absent="note",
        on_extra="warn",
        on_change="warn",
        tolerances={"psi": (0.2, 0.3), "nulls": None, "far_out": (0.01, None)},
        by_kind={"numeric": {"method": "ks", "tolerances": {"ks": (0.1, 0.3)}}},
        by_column={"sco.re": {"judge": False}},
    )
    assert config.build_policy().to_dict() == expected.to_dict()
    roles = {"sco.re": "prediction", "label": "target"}
    assert config.build_schema(["label"]) == Schema(kinds={"zip": "categorical"}, roles=roles)
    assert config.build_methods() == (KS(), PSI(bins=20))
    assert config.columns == ["age", "zip"]


def test_without_a_file_everything_is_default() -> None:
    config = read_config(None)
    assert config.build_policy().to_dict() == Policy().to_dict()
    assert config.build_schema() == Schema()
    assert config.build_methods() is None


def test_the_file_can_say_everything_that_a_policy_can() -> None:
    assert set(PolicyTable.model_fields) == {field.name for field in dataclasses.fields(Policy) if field.init}
    for setting in Level.model_fields:
        with pytest.raises(OptionError, match=setting):  # each is one that a policy knows
            Policy(by_column={"x": {setting: object()}})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[polciy]\nalpha = 0.1", "polciy: unknown key (did you mean 'policy'?); known here: schema, policy, methods"),
        ("[policy]\nalhpa = 0.1", "policy.alhpa: unknown key (did you mean 'alpha'?)"),
        ("[schema.kind]\nx = 'numeric'", "schema.kind: unknown key (did you mean 'kinds'?); known here: kinds, roles"),
        (
            '[policy.by_column."a.b"]\nmethods = "ks"',
            "policy.by_column.\"a.b\".methods: unknown key (did you mean 'method'?)",
        ),
        ("methods = [{ name = 'psi', bin = 3 }]", "methods.0.bin: unknown key (did you mean 'bins'?)"),
        ("[policy]\nalpha = '0.1'", "policy.alpha: "),
        ("[policy]\nmin_rows = 1.5", "policy.min_rows: "),
        ("[policy]\nmin_rows = true", "policy.min_rows: "),
        ("[policy]\nalpha = nan", "policy.alpha: "),
        ("[policy]\non_absent = 'fail'", "policy.on_absent: "),
        ("[policy.tolerances]\npsi = 0.2", "policy.tolerances.psi: must be [warn, alert]"),
        ("[policy.tolerances]\npsi = [0.1, 'x']", "policy.tolerances.psi: must be [warn, alert]"),
        ("[policy.tolerances]\npsi = [0.1, 0.2, 0.3]", "policy.tolerances.psi: must be [warn, alert]"),
        ("[policy.tolerances]\npsi = true", "policy.tolerances.psi: must be [warn, alert]"),
        ("methods = [3]", "methods.0: must be a name or a table"),
        ("methods = ['pis']", "unknown method 'pis' (did you mean 'psi'?)"),
        ("methods = [{ name = 'pis' }]", "unknown method 'pis' (did you mean 'psi'?)"),
        ("methods = [{ name = 'ks', bins = 3 }]", "ks takes no option bins"),
        ("[schema.kinds]\nx = 'nmueric'", "unknown kind 'nmueric' (did you mean 'numeric'?)"),
        ("[policy.tolerances]\npis = [0.1, 0.2]", "(did you mean 'psi'?)"),
        ("[policy]\nalpha = 2", "alpha must be a number above 0 and below 0.5"),
        ("alpha = ", "is not TOML"),
    ],
)
def test_a_slip_is_named_with_its_place_and_what_would_work(tmp_path: Path, text: str, said: str) -> None:
    assert said in refused(tmp_path, text)


def test_all_slips_are_named_at_once_each_once(tmp_path: Path) -> None:
    said = refused(tmp_path, "[policy]\nalhpa = 1\nbeta = 2\n[policy.tolerances]\npsi = 'x'\n")
    assert [said.count(name) for name in ("policy.alhpa", "policy.beta", "policy.tolerances.psi")] == [1, 1, 1]


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"nowhere\.toml.*No such file"):
        read_config(tmp_path / "nowhere.toml")
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(OptionError, match="is not TOML"):
        read_config(path)


def test_the_published_schema_agrees_with_the_reader(tmp_path: Path) -> None:
    try:
        import tomllib
    except ModuleNotFoundError:
        import tomli as tomllib
    schema = json.loads(json.dumps(CheckConfig.model_json_schema()))
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(tomllib.loads(FULL))
    policies = ("alhpa = 1", "tolerances.psi = 0.2", "tolerances.psi = [1, 2, 3]")
    for wrong in ("methods = [3]", *(f"[policy]\n{policy}" for policy in policies)):
        assert not validator.is_valid(tomllib.loads(wrong))
        refused(tmp_path, wrong)


def test_the_example_of_the_docs_can_be_read(tmp_path: Path) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
    (example,) = page.read_text(encoding="utf-8").split("```toml\n")[1:]
    build_all(write(tmp_path, example.split("```")[0]))


def test_the_docs_name_every_option_and_no_other() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    command = typer.main.get_command(commands.app)
    options = {
        name
        for each in command.commands.values()  # type: ignore[attr-defined]
        for parameter in each.params
        for name in parameter.opts
        if name.startswith("--")
    }
    assert options - {"--output"} == set(re.findall(r"--[a-z][a-z-]+", page)) - {"--help"}
