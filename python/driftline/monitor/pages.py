"""A folder of pages: one for each window, and ``index.html`` for the whole history."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import quote

from driftline.file_output import write_whole
from driftline.monitor.acceptance import audit_lines
from driftline.monitor.timeline import render_timeline
from driftline.store import SqlStore, WindowKey

__all__ = ["report_path", "write_timeline"]


def report_path(folder: Path, key: WindowKey, title: str) -> Path:
    """Where the page of a window is: a folder for each reference, a file for each window and segment.

    Examples
    --------
    >>> from driftline.store import Series
    >>> key = WindowKey(Series("log", "rolling 28", "c"), 0, 1, "CITY=Oslo")
    >>> report_path(Path("reports"), key, "2015-04-01").as_posix()
    'reports/rolling_28/2015-04-01--CITY=Oslo.html'
    """
    name = _file_name(title) + (f"--{_file_name(key.segment)}" if key.segment else "")
    return folder / _file_name(key.series.reference) / f"{name}.html"


def write_timeline(folder: Path, dataset: str, config_hash: str, store: SqlStore) -> Path:
    """Draw the history of a data set under one configuration into ``index.html``, and return its path."""
    records = [each for each in store.windows(dataset=dataset) if each.key.series.config_hash == config_hash]
    links = {}
    for each in records:
        path = report_path(folder, each.key, each.title)
        if path.exists():
            links[each.key] = quote(path.relative_to(folder).as_posix())
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "index.html", render_timeline(records, links, audit_lines(store, dataset)).encode())
    return folder / "index.html"


def _file_name(text: str) -> str:
    """`text` where it is fit for a file name, else with what is not replaced and a hash that keeps names apart."""
    safe = re.sub(r"[^\w.+=-]+", "_", text)
    if safe == text.replace(" ", "_").replace(":", "_") and len(safe) < 100 and not safe.startswith("."):
        return safe
    return f"{safe[:80].lstrip('.')}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
