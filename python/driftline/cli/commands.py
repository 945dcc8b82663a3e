"""The commands and their options; each says what it did through its exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.models import OptionInfo

from driftline.cli.config import CheckConfig, Table, read_config
from driftline.cli.exit_codes import ExitCode
from driftline.cli.inputs import expand, read_side, refuse_overwriting
from driftline.cli.junit import render_junit
from driftline.cli.outcome import outcome, say
from driftline.cli.output import NotDeliveredError, print_result, wants_color, write_file
from driftline.cli.show import describe_profile, render_profile

if TYPE_CHECKING:
    from driftline.decision import Decision
    from driftline.notify import Webhook

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Have the data of a production model moved away from a reference, by how much, and how sure is that?",
    epilog="Exit codes: 0 no alert, 1 alert, 2 usage or configuration, 3 could not evaluate, 4 evaluated but not "
    "delivered, 130 interrupted.",
)


class Format(str, Enum):
    """How `check` prints its result."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


class ShowFormat(str, Enum):
    """How `show` prints a profile."""

    TEXT = "text"
    JSON = "json"


class FailOn(str, Enum):
    """The mildest verdict that exits with 1; the worse ones do as well."""

    ALERT = "alert"
    WARN = "warn"
    INCONCLUSIVE = "inconclusive"

    @property
    def verdicts(self) -> frozenset[str]:
        """Every verdict that fails."""
        order = [each.value for each in FailOn]
        return frozenset(order[: order.index(self.value) + 1])


DATA = "Data files, globs, or a saved profile"
Config = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="TOML: schema, policy, methods.")]
Columns = Annotated[list[str] | None, typer.Option("--columns", metavar="COL", help="Only this one; may be repeated.")]
Threads = Annotated[int | None, typer.Option("--threads", min=1, help="At most this many threads.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no messages, only the result.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where the profile goes.")]


def config_schema_option(model: type[Table]) -> OptionInfo:
    """``--config-schema``: prints the JSON Schema of a configuration file, and nothing else is done."""

    def show(wanted: bool) -> None:  # noqa: FBT001 - typer calls it
        if wanted:
            print_result(json.dumps(model.model_json_schema(), indent=2))
            raise typer.Exit

    about = "Print the JSON Schema of the configuration file and exit."
    option: OptionInfo = typer.Option("--config-schema", callback=show, is_eager=True, help=about)
    return option


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it
    if wanted:
        from driftline import __version__

        print_result(f"driftline {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def profile(
    data: Annotated[list[str], typer.Argument(metavar="DATA...", help="Data files or globs.")],
    output: Output,
    config: Config = None,
    columns: Columns = None,
    threads: Threads = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Profile data and save what is kept of them: no rows, only one summary per column."""
    with outcome(debug=debug):
        settings = read_config(config)
        refuse_overwriting([output], data)
        made = read_side(
            data, schema=settings.build_schema(), columns=columns or settings.columns, threads=threads, quiet=quiet
        )
        _save({output: made.to_bytes()}, quiet=quiet)


@app.command()
def merge(
    files: Annotated[list[str], typer.Argument(metavar="FILES...", help="Saved profiles.")],
    output: Output,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Merge saved profiles into the profile of all their rows."""
    with outcome(debug=debug):
        from driftline import load
        from driftline import merge as merge_profiles

        merged = merge_profiles(load(path) for path in expand(files))
        _save({output: merged.to_bytes()}, quiet=quiet)


@app.command()
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A saved profile.")],
    format_: Annotated[ShowFormat, typer.Option("--format", help="What to print.")] = ShowFormat.TEXT,
    debug: Debug = False,
) -> None:
    """Print what a saved profile holds, one line per column."""
    with outcome(debug=debug):
        from driftline import load
        from driftline.render.json import to_json

        made = load(file)
        print_result(render_profile(made) if format_ is ShowFormat.TEXT else to_json(describe_profile(made), indent=2))


@app.command()
def check(
    reference: Annotated[list[str], typer.Option("--reference", "-r", metavar="R", help=f"{DATA}; may be repeated.")],
    current: Annotated[list[str], typer.Option("--current", "-c", metavar="C", help=f"{DATA}; may be repeated.")],
    config: Config = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="OUT", help="Write the report as a page.")] = None,
    json_: Annotated[Path | None, typer.Option("--json", metavar="OUT", help="Write the decision as JSON.")] = None,
    format_: Annotated[Format, typer.Option("--format", help="What standard output gets.")] = Format.TEXT,
    fail_on: Annotated[FailOn, typer.Option("--fail-on", help="The mildest verdict that exits with 1.")] = FailOn.ALERT,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 whatever the verdict.")] = False,
    webhook: Annotated[
        list[str] | None,
        typer.Option(
            "--webhook",
            metavar="URL",
            help="Post a message there when the verdict fails; '${NAME}' stands for a variable. May be repeated.",
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option("--target", metavar="COL", help="Column with labels that come late; may be repeated."),
    ] = None,
    columns: Columns = None,
    threads: Threads = None,
    quiet: Quiet = False,
    debug: Debug = False,
    config_schema: Annotated[bool, config_schema_option(CheckConfig)] = False,  # noqa: ARG001 - prints and exits
) -> None:
    """Compare current data with a reference and say whether they have drifted."""
    with outcome(debug=debug):
        settings = read_config(config)
        files = [path for path in (html, json_) if path is not None]
        refuse_overwriting(files, [*reference, *current])
        targets = _webhooks(webhook or ())
        sides = (reference, current)
        decision = _decide(sides, settings, target or (), columns or settings.columns, threads, quiet=quiet)
        undelivered = _write_reports(decision, html, json_, quiet=quiet)
        if targets and decision.verdict in fail_on.verdicts:
            undelivered = _post(decision, targets, html) or undelivered
        print_result(_rendered(decision, format_, fail_on))
        if undelivered is not None:
            raise undelivered
        if decision.verdict == "skipped":
            say("no column could be judged")
            raise typer.Exit(ExitCode.NOT_EVALUATED)
        if decision.verdict in fail_on.verdicts and not exit_zero:
            raise typer.Exit(ExitCode.ALERT)


def _decide(
    sides: tuple[Sequence[str], Sequence[str]],
    settings: CheckConfig,
    targets: Sequence[str],
    columns: Sequence[str] | None,
    threads: int | None,
    *,
    quiet: bool,
) -> Decision:
    from driftline.checking import check as check_profiles

    schema = settings.build_schema(targets)
    policy, methods = settings.build_policy(), settings.build_methods()
    reference = read_side(sides[0], schema=schema, columns=columns, threads=threads, quiet=quiet)
    current = read_side(sides[1], like=reference, schema=schema, columns=columns, threads=threads, quiet=quiet)
    return check_profiles(
        reference, current, policy=policy, schema=schema, methods=methods, columns=columns, threads=threads
    )


def _rendered(decision: Decision, format_: Format, fail_on: FailOn) -> str:
    if format_ is Format.JSON:
        return decision.to_json(indent=2)
    if format_ is Format.JUNIT:
        return render_junit(decision, fail_on.verdicts)
    from driftline.render.text import render_text

    return render_text(decision, color=wants_color(sys.stdout))


def _write_reports(decision: Decision, html: Path | None, json_: Path | None, *, quiet: bool) -> Exception | None:
    """Write the reports that are wanted; a failure is kept for later, so that the result is printed all the same."""
    try:
        if json_ is not None:
            _save({json_: decision.to_json(indent=2) + "\n"}, quiet=quiet)
        if html is not None:
            _save({html: decision.to_html()}, quiet=quiet)
    except NotDeliveredError as error:
        return error
    return None


def _webhooks(urls: Sequence[str]) -> list[Webhook]:
    if not urls:
        return []
    from driftline.notify import Webhook

    return [Webhook(url) for url in urls]


def _post(decision: Decision, targets: Sequence[Webhook], html: Path | None) -> Exception | None:
    """Tell the webhooks; a failure is kept for later, as that of a report."""
    from driftline.notify import Message, send

    dataset = decision.report.current.name or "data"
    message = Message.of_decision(decision, dataset=dataset, link="" if html is None else str(html))
    failures = send(message, targets)
    return NotDeliveredError("not delivered: " + "; ".join(map(str, failures))) if failures else None


def _save(files: dict[Path, str] | dict[Path, bytes], *, quiet: bool) -> None:
    for path, content in files.items():
        write_file(path, content)
        if not quiet:
            print(f"wrote {path}", file=sys.stderr)
