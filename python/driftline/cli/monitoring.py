"""The commands that watch a log over time."""

from __future__ import annotations

import getpass
import time
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from driftline.cli.commands import Debug, FailOn, Quiet, Threads, app, config_schema_option
from driftline.cli.exit_codes import ExitCode
from driftline.cli.monitor_config import MonitorConfig, read_monitor_config
from driftline.cli.outcome import outcome, say
from driftline.cli.output import NotDeliveredError, print_result, write_file
from driftline.cli.toml_text import expand_variables
from driftline.errors import InputError, OptionError

if TYPE_CHECKING:
    from driftline.monitor import Monitor, MonitorRun
    from driftline.store import SqlStore

__all__ = ["app"]


class HistoryFormat(str, Enum):
    """How runs and histories are printed."""

    TEXT = "text"
    JSON = "json"


ConfigFile = Annotated[Path, typer.Argument(metavar="CONFIG", help="TOML: log, windows, reference, store, policy.")]
Printed = Annotated[HistoryFormat, typer.Option("--format", help="What standard output gets.")]


@app.command()
def monitor(
    config: ConfigFile,
    now: Annotated[str | None, typer.Option("--now", metavar="TIME", help="Decide as if it were this time.")] = None,
    format_: Printed = HistoryFormat.TEXT,
    fail_on: Annotated[FailOn, typer.Option("--fail-on", help="The mildest verdict that exits with 1.")] = FailOn.ALERT,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 whatever the verdict.")] = False,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="OUT", help="Write the windows decided now as JUnit XML.")
    ] = None,
    prometheus: Annotated[
        Path | None, typer.Option("--prometheus", metavar="OUT", help="Write the last window's metrics as a text file.")
    ] = None,
    threads: Threads = None,
    quiet: Quiet = False,
    debug: Debug = False,
    config_schema: Annotated[bool, config_schema_option(MonitorConfig)] = False,  # noqa: ARG001 - prints and exits
) -> None:
    """Decide every new window of a log, keep what it came to, and tell what needs attention.

    The exit code is that of the windows decided now: 0 when nothing is new.
    """
    with outcome(debug=debug):
        from driftline.cli.monitor_output import render_run, run_dict
        from driftline.render.json import to_json

        file = read_monitor_config(config)
        outputs = file.output("junit", junit), file.output("prometheus", prometheus)
        file.check_log()
        with file.build(threads=threads) as watch:
            run = watch.run(now=now)
            unwritten = _write_outputs(watch, run, outputs, fail_on)
        several = len(file.config.references) > 1
        print_result(
            to_json(run_dict(run), indent=2) if format_ is HistoryFormat.JSON else render_run(run, several=several)
        )
        if run.undelivered:
            told = "; ".join(run.undelivered)
            raise NotDeliveredError(f"{file.place('notify')}: not delivered, tried again at the next run: {told}")
        if unwritten is not None:
            raise unwritten
        if run.windows and run.verdict == "skipped" and not quiet:
            say("no window could be judged")
        if run.verdict in fail_on.verdicts and not exit_zero:
            raise typer.Exit(ExitCode.ALERT)


def _write_outputs(
    watch: Monitor, run: MonitorRun, outputs: tuple[Path | None, Path | None], fail_on: FailOn
) -> Exception | None:
    """Write what CI and Prometheus read; a failure is kept for later, so that the result is printed all the same."""
    junit, prometheus = outputs
    try:
        if junit is not None:
            from driftline.cli.monitor_junit import render_run_junit

            write_file(junit, render_run_junit(run, fail_on.verdicts) + "\n")
        if prometheus is not None:
            from driftline.monitor.metrics import write_metrics

            write_metrics(prometheus, watch.settings, watch.store, run.references, now=time.time())
    except (NotDeliveredError, InputError) as error:
        return NotDeliveredError(str(error))
    return None


@app.command()
def history(
    store: Annotated[str, typer.Argument(metavar="STORE", help="A store's path or URL, or a monitor's TOML file.")],
    dataset: Annotated[str | None, typer.Option("--dataset", help="Only this data set.")] = None,
    segment: Annotated[str | None, typer.Option("--segment", help="Only this segment ('' for all rows).")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Only windows after it (UTC).")] = None,
    format_: Printed = HistoryFormat.TEXT,
    parquet: Annotated[
        Path | None, typer.Option("--parquet", metavar="OUT", help="Write one row per window and column.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="OUT", help="Write the timeline as a page.")] = None,
    delete_before: Annotated[
        str | None, typer.Option("--delete-before", metavar="DATE", help="Delete older windows first.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Print what a store holds; export it, draw it, or delete what is old."""
    with outcome(debug=debug):
        from driftline.cli.monitor_output import history_dict, render_history
        from driftline.monitor.acceptance import audit_lines
        from driftline.monitor.table import write_parquet
        from driftline.monitor.timeline import render_timeline
        from driftline.render.json import to_json

        with _open_existing(store) as opened:
            if delete_before is not None:
                say(f"deleted {opened.delete_before(_instant(delete_before), dataset=dataset):,} windows")
            records = opened.windows(dataset=dataset, segment=segment, since=_instant(since) if since else 0)
            if parquet is not None:
                write_parquet(records, parquet)
            if html is not None:
                words = [
                    line for name in opened.datasets() if dataset in (None, name) for line in audit_lines(opened, name)
                ]
                write_file(html, render_timeline(records, words=words))
        print_result(
            to_json(history_dict(records), indent=2) if format_ is HistoryFormat.JSON else render_history(records)
        )


@app.command()
def accept(
    config: ConfigFile,
    column: Annotated[str, typer.Argument(metavar="COLUMN", help="The column whose change is expected.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the audit log.")],
    by: Annotated[str | None, typer.Option("--by", help="Who says so; by default the user.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="From when it alerts again.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="From which windows on it holds; by default now.")
    ] = None,
    segment: Annotated[str, typer.Option("--segment", help="Only in this segment.")] = "",
    debug: Debug = False,
) -> None:
    """Say that a change is expected: it is still reported, and alerts no more."""
    with outcome(debug=debug):
        file = read_monitor_config(config)
        file.check_column(column)
        with file.build() as watch:
            given = watch.accept(
                column, reason=reason, by=by or getpass.getuser(), until=until, since=since, segment=segment
            )
        say(f"{column!r} is accepted by {given.by}" + (f" until {until}" if until else ""))


@app.command()
def mute(
    config: ConfigFile,
    column: Annotated[str, typer.Argument(metavar="COLUMN", help="The column nobody wants to hear of for a while.")],
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="From when messages are sent again.")],
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="From which windows on it holds; by default now.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the audit log.")] = "",
    by: Annotated[str | None, typer.Option("--by", help="Who says so; by default the user.")] = None,
    segment: Annotated[str, typer.Option("--segment", help="Only in this segment.")] = "",
    debug: Debug = False,
) -> None:
    """Send no messages about a column until a date; it is still judged, stored and shown."""
    with outcome(debug=debug):
        file = read_monitor_config(config)
        file.check_column(column)
        with file.build() as watch:
            given = watch.mute(
                column, until=until, since=since, by=by or getpass.getuser(), reason=reason, segment=segment
            )
        say(f"{column!r} is muted by {given.by} until {until}")


@app.command()
def rebaseline(
    config: ConfigFile,
    begin: Annotated[str, typer.Option("--from", metavar="DATE", help="First window of the new reference.")],
    end: Annotated[str, typer.Option("--to", metavar="DATE", help="End of its last window.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where it goes; by default the profile the file names."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Make a new reference of stored windows: their profiles, merged."""
    with outcome(debug=debug):
        file = read_monitor_config(config)
        target = output or _saved_reference(file.config.reference, config)
        with file.build() as watch:
            made, number = watch.merged_windows(begin, end)
        write_file(target, made.to_bytes())
        say(f"wrote {target}: {made.n_rows:,} rows of {number:,} windows, digest {made.digest}")


@app.command()
def calibrate(
    config: ConfigFile,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE", help="Write a policy that fits the reference, as TOML.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace that file if it is there.")] = False,
    debug: Debug = False,
) -> None:
    """Replay the reference against itself, to tell how often this policy alerts while nothing is wrong."""
    with outcome(debug=debug):
        from driftline.monitor.calibration import policy_toml

        file = read_monitor_config(config)
        if write is not None:
            _check_target(write, config, force=force)
        file.check_log()
        file.config.store = ":memory:"  # nothing of a replay is kept
        with file.build() as watch:
            text, fitted = watch.calibrate()
        print_result(text)
        if write is not None:
            write_file(write, policy_toml(fitted) + "\n")
            say(f'wrote {write}; the configuration reads it with policy = "{write.name}" in place of [policy]')


def _check_target(target: Path, config: Path, *, force: bool) -> None:
    """Refuse a file that could not be written, or should not, before any work."""
    if not target.absolute().parent.is_dir():
        raise OptionError(f"--write {target}: the folder {target.absolute().parent} does not exist")
    if target.is_dir():
        raise OptionError(f"--write {target}: this is a folder; name a file")
    if target.exists() and target.samefile(config):
        raise OptionError(f"--write {target}: this is the configuration itself; name another file")
    if target.is_file() and not force:
        raise OptionError(f"--write {target}: the file is there already; --force replaces it")


def _saved_reference(reference: object, config: Path) -> Path:
    from driftline.profiling import is_saved_profile

    if isinstance(reference, str) and is_saved_profile(config.absolute().parent / reference):
        return config.absolute().parent / reference
    raise OptionError("the reference of this file is no saved profile; name a file with --output, and in the file")


def _open_existing(place: str) -> SqlStore:
    from driftline.store import open_store

    file = read_monitor_config(Path(place)) if place.endswith(".toml") else None
    if file is not None:
        given = expand_variables(file.config.store)
        place = given if "://" in given else str(Path(place).absolute().parent / given)
    if "://" not in place and not Path(place).is_file():
        raise OptionError(f"{place}: there is no store; give the path of one, or the TOML file of a monitor that ran")
    return open_store(place) if file is None else file.open_store()


def _instant(text: str) -> int:
    from driftline.monitor.windows import WindowSpec
    from driftline.monitor.zones import to_micros

    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise OptionError(f"{text!r} is no date; write 2015-04-01") from None
    return to_micros(moment if moment.tzinfo else moment.replace(tzinfo=WindowSpec.parse("1d").zone))
