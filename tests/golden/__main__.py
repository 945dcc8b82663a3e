"""Write the profiles that are not there yet; those that are stay as an earlier version wrote them."""

from __future__ import annotations

from tests.golden.tables import FOLDER, TABLES

FOLDER.mkdir(exist_ok=True)
for name, profile in TABLES.items():
    path = FOLDER / f"{name}.dlp"
    if not path.exists():
        profile().save(path)
        print(f"wrote {path}")
