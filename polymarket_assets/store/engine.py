"""DuckDB itself: opening an in-memory engine with our extensions, limits and time zone.

Belongs here: what is true of every DuckDB connection of the platform. What the lake is and how it
is attached is `lake.py`'s business. The extensions are loaded from their wheels: nothing is
downloaded or copied at run time, and DuckDB verifies their signatures when it loads them.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from polymarket_assets.settings import Settings

EXTENSIONS = ("ducklake", "postgres_scanner", "httpfs")
"""Extensions of the pinned wheels."""
_VERSION = f"v{duckdb.__version__}"

_spill_numbers = itertools.count()
_verified: set[tuple] = set()
"""Extension files whose signature this process has checked, as they were then."""


class ExtensionMissingError(RuntimeError):
    """A DuckDB extension wheel is not installed, or was built for another DuckDB."""


def engine_config(settings: Settings, extensions: Sequence[str]) -> dict[str, Any]:
    """What an engine of the platform that loads `extensions` is started with.

    Raises:
        ExtensionMissingError: a wheel is absent or does not fit this DuckDB.
    """
    # DuckDB makes the folder it spills into, but not the one around it.
    _spill_root(settings).mkdir(parents=True, exist_ok=True)
    return {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_unsigned_extensions": _fingerprints(extensions) <= _verified,
        "memory_limit": settings.lake_memory_limit,
        "threads": settings.lake_threads,
        "temp_directory": str(_spill_root(settings) / f"{os.getpid()}-{next(_spill_numbers)}"),
    }


def open_duckdb(settings: Settings, *, extensions: Sequence[str]) -> duckdb.DuckDBPyConnection:
    """A new in-memory engine with `extensions` loaded, our limits set and UTC as its time zone.

    Each call gives an engine of its own, so that threads share nothing and a fatal error in one
    connection takes no other down. A process checks the signature of an extension file once (0.15 s
    each); while the file stays as it was, later engines load it as already checked (10 ms in all).
    """
    fingerprints = _fingerprints(extensions)
    connection = duckdb.connect(config=engine_config(settings, extensions))
    try:
        prepare(connection, extensions)
    except BaseException:
        connection.close()
        raise
    _verified.update(fingerprints)
    return connection


def prepare(connection: duckdb.DuckDBPyConnection, extensions: Sequence[str]) -> None:
    """Load `extensions` into an engine started with `engine_config`; its time zone becomes UTC."""
    for name in extensions:
        connection.execute(f"LOAD '{_quoted(wheel_file(name))}'")
    connection.execute("SET TimeZone = 'UTC'")
    # DuckDB draws a bar on stdout when a query takes two seconds, into whatever is printed there.
    connection.execute("SET enable_progress_bar = false")


def remove_dead_spills(settings: Settings, *, older_than_s: float) -> int:
    """Remove spill folders that killed processes left behind; give their number."""
    now = time.time()
    removed = 0
    for folder in _spill_root(settings).glob("*-*"):
        if now - folder.stat().st_mtime > older_than_s:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _spill_root(settings: Settings) -> Path:
    return settings.home / "duckdb" / "spill"


@functools.cache
def wheel_file(name: str) -> Path:
    """The file of an extension, in its wheel.

    Raises:
        ExtensionMissingError: the wheel is absent or does not fit this DuckDB.
    """
    package = f"duckdb_extension_{name}"
    spec = importlib.util.find_spec(package)
    for location in (spec.submodule_search_locations or []) if spec else []:
        path = Path(location) / "extensions" / _VERSION / f"{name}.duckdb_extension"
        if path.is_file():
            return path
    distribution = package.replace("_", "-")
    raise ExtensionMissingError(
        f"DuckDB {duckdb.__version__} needs the extension {name!r} from the package "
        f"{distribution}=={duckdb.__version__}, which is not installed; run make setup"
    )


def _fingerprints(extensions: Sequence[str]) -> set[tuple]:
    files = [wheel_file(name) for name in extensions]
    return {
        (file, file.stat().st_ino, file.stat().st_size, file.stat().st_mtime_ns) for file in files
    }


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
