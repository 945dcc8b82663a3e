"""The TOML file that `driftline monitor` reads; every mistake in it is told with its key and its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError

from driftline.cli.config import CheckConfig, Number, Table, explain, read_toml
from driftline.cli.output import require_writable
from driftline.cli.toml_text import expand_variables, key_lines
from driftline.errors import DriftlineError, InputError, OptionError

if TYPE_CHECKING:
    from driftline.monitor import Monitor
    from driftline.store import SqlStore

__all__ = ["MonitorConfig", "MonitorFile", "read_monitor_config"]

Moment = date | datetime | str
Count = Annotated[int, Field(strict=True, ge=1)]


class ReferenceTable(Table):
    """What windows are compared with: exactly one of data, a range of the log, or windows before."""

    data: str | list[str] | None = Field(default=None, description="Data files, globs, or a saved profile.")
    from_: Moment | None = Field(default=None, alias="from", description="First day of a range of the log.")
    to: Moment | None = Field(default=None, description="First day after that range.")
    previous: bool | None = None
    rolling: Count | None = None
    same_weekday: Count | None = None
    same_hour: Count | None = None


class WebhookTable(Table):
    """An address that gets messages as JSON."""

    url: str
    headers: dict[str, str] = Field(default={})


class NotifyTable(Table):
    """Where messages go. Secrets stand here only as ${VAR}."""

    webhook: WebhookTable | None = None
    apprise: list[str] | None = None


class MonitorConfig(CheckConfig):
    """Everything that a monitor's configuration file may say; paths are relative to the file."""

    dataset: str = Field(description="The name under which the history is kept.")
    log: str | list[str] = Field(description="Data files or globs.")
    timestamp: str | None = None
    timestamp_unit: str | None = None
    timestamp_format: str | None = None
    window: str | int = "1d"
    timezone: str = "UTC"
    delay: str = "0"
    start: Moment | None = None
    end: Moment | None = None
    block: str | None = Field(default=None, description="hour, day, week, a length, or a column: rows come in these.")
    lookback: str | None = None
    store: str = Field(default="driftline.db", description="A path for SQLite, or a postgresql:// URL.")
    profiles: str | None = Field(default=None, description="A URL that fsspec knows, for the profiles of windows.")
    reports: str | None = Field(default=None, description="A folder for pages.")
    junit: str | None = Field(default=None, description="A file for the windows of each run as JUnit XML.")
    prometheus: str | None = Field(default=None, description="A file for the metrics of the last window, *.prom.")
    reference: str | ReferenceTable | None = None
    references: dict[str, ReferenceTable] = Field(default={}, description="Several references, by name.")
    segments: list[str] = Field(default=[], description="Columns whose values are judged apart as well.")
    segment_values: dict[str, list[str | int | bool | float]] = Field(default={})
    max_segments: int | None = None
    merge: int | None = None
    volume: list[Number] | None = None
    on_missing: str | None = None
    on_volume: str | None = None
    alert_after: int | None = None
    arl: Number | None = None
    max_open_windows: int | None = None
    notify: NotifyTable = NotifyTable()
    mute: dict[str, Moment] = Field(default={}, description="Column to the day until which nobody hears of it.")


_TABLES: Mapping[str, type[Table]] = {"reference": ReferenceTable, "notify": NotifyTable}
_EITHER = {  # keys that take values of several types; a mistake in one is told once
    "window": "a length such as '15min', '1h', '7d' or '1mo', or a number of rows",
    "log": "a path, or a list of paths",
    **dict.fromkeys(("start", "end"), "a date such as 2015-04-01"),
}
_OPTIONS = (
    *("segment_values", "max_segments", "merge", "on_missing", "on_volume", "alert_after", "arl", "max_open_windows"),
    *("timestamp_unit", "timestamp_format"),
)


class MonitorFile:
    """A configuration file that has been read: its settings, and where in the file each of them stands."""

    def __init__(self, path: Path, text: str, config: MonitorConfig) -> None:
        self.path = path
        self.config = config
        self._lines = key_lines(text)

    def build(self, *, threads: int | None = None) -> Monitor:
        """The monitor, with its store opened and its references found.

        Raises OptionError, naming key and line, for whatever cannot be.
        """
        from driftline.monitor import Monitor

        config = self.config
        with self.located("policy"):
            policy = config.build_policy()
        with self.located("schema"):
            schema = config.build_schema()
        with self.located("methods"):
            methods = config.build_methods()
        given = {name: getattr(config, name) for name in _OPTIONS if getattr(config, name) not in (None, {})}
        if config.volume is not None:
            with self.located("volume"):
                given["volume"] = _pair(config.volume)
        references, targets = self._references(), self._targets()
        store = self.open_store()
        with self.located():
            return Monitor(
                self.log_files(),
                reference=references,
                timestamp=config.timestamp,
                window=config.window,
                timezone=config.timezone,
                store=store,
                dataset=config.dataset,
                policy=policy,
                schema=schema,
                methods=methods,
                columns=config.columns,
                segments=config.segments,
                delay=config.delay,
                start=config.start,
                end=config.end,
                block=config.block,
                lookback=config.lookback,
                reports=None if config.reports is None else self._path(config.reports),
                targets=targets,
                mute=config.mute,
                threads=threads,
                **given,
            )

    def open_store(self) -> SqlStore:
        """The store, and the files of its profiles if it has such."""
        from driftline.store import ProfileFiles, open_store

        files = None
        if self.config.profiles is not None:
            with self.located("profiles"):
                files = ProfileFiles(expand_variables(self.config.profiles))
                files.check()
        with self.located("store"):
            store = open_store(self._path(expand_variables(self.config.store)))
        store.files = files
        return store

    def output(self, key: str, given: Path | None = None) -> Path | None:
        """Where the file of a key goes, or the one given on the command line.

        Raises OptionError if it cannot be written there.
        """
        named = getattr(self.config, key)
        if given is None and named is None:
            return None
        path = given if given is not None else Path(self._path(named))
        with located_option(key) if given is not None else self.located(key):
            require_writable(path)
            if key == "prometheus":
                from driftline.notify.prometheus import Gauges

                Gauges()
        return path

    def log_files(self) -> list[str]:
        """Paths and globs of the log."""
        given = self.config.log
        return [self._path(each) for each in ([given] if isinstance(given, str) else given)]

    def check_log(self) -> None:
        """Refuse a log that is not there or lacks a column that the configuration names."""
        from driftline.ingest import read_batches

        with self.located("log"):
            batches = read_batches(self.log_files())
        for key, names in self._named_columns().items():
            with self.located(*key):
                batches.require(names, OptionError)

    def check_column(self, name: str) -> None:
        """Refuse a column that the log lacks; where no log can be opened nothing is known, and nothing refused."""
        from driftline.ingest import read_batches

        with suppress(InputError):
            read_batches(self.log_files()).require([name], OptionError)

    def _named_columns(self) -> dict[tuple[str, ...], list[str]]:
        """Every key that names columns of the log, and which."""
        from driftline.monitor.blocks import BlockSpec

        config = self.config
        block = None if config.block is None else BlockSpec.parse(config.block, "UTC").column
        return {
            ("timestamp",): [config.timestamp] if config.timestamp else [],
            ("block",): [block] if block else [],
            ("segments",): config.segments,
            ("columns",): config.columns or [],
            ("mute",): list(config.mute),
            ("schema", "kinds"): list(config.table_schema.kinds),
            ("schema", "roles"): list(config.table_schema.roles),
        }

    @contextmanager
    def located(self, *key: str) -> Iterator[None]:
        """Makes an error inside one of this file: with its line, and the key that is to blame."""
        try:
            yield
        except DriftlineError as error:
            text = str(error)
            place = key or _named_key(text)
            named = ".".join(place)
            shown = text if not named or text.startswith(named) else f"{named}: {text}"
            raise OptionError(f"{self.place(*place)}: {shown}") from error

    def place(self, *key: str) -> str:
        """The file, and the line of a key where it stands in it."""
        line = self.line(*key)
        return f"{self.path}:{line}" if line else str(self.path)

    def line(self, *place: object) -> int | None:
        """The line on which a key stands, or the nearest table around it."""
        parts = tuple(map(str, place))
        return next((self._lines[parts[:n]] for n in range(len(parts), 0, -1) if parts[:n] in self._lines), None)

    def _references(self) -> dict[str, Any]:
        config = self.config
        if (config.reference is None) == (not config.references):
            with self.located("reference"):
                raise OptionError("give either reference, or [references.NAME] tables for several")
        found: dict[str, Any] = {}
        given: dict[str, Any] = dict(config.references)
        if config.reference is not None:
            whole = ReferenceTable(data=config.reference) if isinstance(config.reference, str) else config.reference
            given["reference"] = whole
        for name, table in given.items():
            with self.located(*(("reference",) if name == "reference" else ("references", name))):
                found[name] = self._reference(table)
        return found

    def _reference(self, table: ReferenceTable) -> Any:
        from driftline.monitor import LogRange, previous, rolling, same_hour, same_weekday
        from driftline.profiling import is_saved_profile

        given = set(table.model_fields_set)
        if given == {"from_", "to"}:
            return LogRange(table.from_, table.to)
        if len(given) != 1 or given <= {"from_", "to"}:
            raise OptionError(
                "a reference is one of: data, from and to, previous = true, rolling, same_weekday, same_hour; got "
                + (" and ".join(sorted(name.strip("_") for name in given)) or "nothing")
            )
        if table.data is None:
            moving = {"rolling": rolling, "same_weekday": same_weekday, "same_hour": same_hour}
            (name,) = given
            return previous() if name == "previous" else moving[name](getattr(table, name))
        paths = [self._path(each) for each in ([table.data] if isinstance(table.data, str) else table.data)]
        if len(paths) == 1 and is_saved_profile(paths[0]):
            return paths[0]
        from driftline.ingest import read_batches

        read_batches(paths)  # is it there, is it of a known format?
        return paths if len(paths) > 1 else paths[0]

    def _targets(self) -> list[Any]:
        notify = self.config.notify
        targets: list[Any] = []
        if notify.webhook is not None:
            with self.located("notify", "webhook"):
                from driftline.notify import Webhook

                targets.append(Webhook(notify.webhook.url, notify.webhook.headers))
        if notify.apprise:
            with self.located("notify", "apprise"):
                from driftline.notify import AppriseTarget

                targets.append(AppriseTarget(notify.apprise))
        return targets

    def _path(self, given: str) -> str:
        return given if "://" in given or given == ":memory:" else str(self.path.absolute().parent / given)


def read_monitor_config(path: Path) -> MonitorFile:
    """The configuration in a file.

    Raises
    ------
    OptionError
        If the file cannot be read, is no TOML, or says something that is not allowed; each mistake with its line.
    """
    text, content = read_toml(path)
    try:
        return MonitorFile(path, text, MonitorConfig.model_validate(content))
    except ValidationError as error:
        lines = key_lines(text)
        mistakes: dict[str, None] = {}
        for mistake in error.errors(include_url=False):
            place = tuple(str(part) for part in mistake["loc"] if part not in ("ReferenceTable", "str", "int"))
            number = next((lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in lines), None)
            mistakes[f"{path}:{number}: {_told(mistake)}" if number else f"{path}: {_told(mistake)}"] = None
        raise OptionError("\n".join(mistakes)) from error


def _told(mistake: Any) -> str:
    place = mistake["loc"]
    if mistake["type"] == "missing":
        return f"{'.'.join(map(str, place))}: is missing"
    if place[0] in _EITHER:
        return f"{place[0]}: must be {_EITHER[place[0]]}, got {mistake['input']!r}"
    if place[0] == "mute" and len(place) > 1:
        return f"mute.{place[1]}: must be {_EITHER['end']}, got {mistake['input']!r}"
    if place[0] == "references" and len(place) > 2:
        inner = {**mistake, "loc": ("reference", *place[2:])}
        return f"references.{place[1]}, as {explain(inner, MonitorConfig, _TABLES)}"
    if place[0] == "reference" and len(place) > 1:
        rest = [part for part in place[1:] if part not in ("str", "ReferenceTable")]
        if not rest:
            return "reference: must be a path, or a table such as { rolling = 28 }"
        mistake = {**mistake, "loc": ("reference", *rest)}
    return explain(mistake, MonitorConfig, _TABLES)


@contextmanager
def located_option(key: str) -> Iterator[None]:
    """Makes an error inside one of an option of the command line."""
    try:
        yield
    except DriftlineError as error:
        raise OptionError(f"--{key}: {error}") from error


def _pair(volume: list[float]) -> tuple[float, float]:
    if len(volume) != 2:
        raise InputError("must be two shares, such as [0.5, 1.5]")
    return volume[0], volume[1]


def _named_key(text: str) -> tuple[str, ...]:
    """The key that an error's text begins with, where it does."""
    first = re.match(r"(\w+)", text)
    return (first[1],) if first and first[1] in MonitorConfig.model_fields else ()
