"""Servers made once per test run: a home that gets a copy saves seconds of making and syncing one.

Nor do these servers wait for the disk, as real ones do: fsync guards against a power cut, which no
test stages. Nor do they tidy: they do not grow old.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from polymarket_assets.settings import load_settings
from polymarket_assets.store.postgres import ensure_postgres, stop_postgres

_NOT_NEEDED = ("fsync", "full_page_writes", "autovacuum")
_VARIABLE = "TESTS_PREPARED"
"""Folder of this run, for all workers; without it (outside pytest) homes make their own server."""


def begin() -> None:
    """Called by the process that starts the workers."""
    os.environ[_VARIABLE] = tempfile.mkdtemp(prefix="pm")


def end() -> None:
    """Called by it when they are done."""
    shutil.rmtree(os.environ.pop(_VARIABLE), ignore_errors=True)


def prepared(home: Path) -> Path:
    """The home, made if it is not there, with the files of a stopped server with its databases."""
    if _VARIABLE not in os.environ:
        return home
    home.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", _made() / "postgres", home], check=True)
    return home


def _made() -> Path:
    folder = Path(os.environ[_VARIABLE])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            made = load_settings(home=folder, postgres_url=None, _env_file=None)
            ensure_postgres(made)
            stop_postgres(made)
            with (folder / "postgres" / "data" / "postgresql.conf").open("a") as configuration:
                configuration.writelines(f"{name} = off\n" for name in _NOT_NEEDED)
            (folder / "done").touch()
    return folder
