"""A full disk, told in a way that says which disk and what to do.

Belongs here: recognising it in what DuckDB and Postgres say. Not here: what follows from it: a
transaction that met it did not happen (session.py).
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

_SAID = "No space left on device"
_FILE = re.compile(r'file "([^"]+)"')


class DiskFullError(RuntimeError):
    """Nothing of a transaction was written, since a disk has no room for it."""


def disk_full(error: Exception) -> DiskFullError | None:
    """What to tell when `error` comes from a full disk; None when it does not."""
    text = str(error)
    if _SAID not in text:
        return None
    found = _FILE.search(text)
    place = "a disk"
    if found is not None:
        folder = Path(found[1]).parent.resolve()
        there = next(place for place in (folder, *folder.parents) if place.exists())
        place = f"the disk of {folder} ({shutil.disk_usage(there).free:,} bytes free)"
    return DiskFullError(
        f"{place} is full, so nothing of this transaction was written. Make room there, then run"
        f" the same command again: it goes on where it stopped. ({text})"
    )
