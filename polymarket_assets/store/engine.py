"""DuckDB itself: opening an in-memory engine with our extensions, limits and time zone.

Belongs here: what is true of every DuckDB connection of the platform. What the lake is and how it
is attached is `lake.py`'s business. The extensions come from wheels: nothing is downloaded at run
time, and DuckDB still verifies their signatures when it loads them.
"""

from __future__ import annotations

import fcntl
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
_verified: dict[Path, tuple[int, int, int]] = {}
"""Extension files whose signature this process has checked, as they were then."""


class ExtensionMissingError(RuntimeError):
    """A DuckDB extension wheel is not installed, or was built for another DuckDB."""


def extension_directory(settings: Settings) -> Path:
    """Where DuckDB finds our extensions; `extension_directory` of every connection, dbt's too."""
    return settings.home / "duckdb" / "extensions"


def install_extensions(settings: Settings) -> Path:
    """Put the wheels' extensions where DuckDB looks for them; give that folder.

    Safe when several processes do it at once, and a matter of milliseconds once it is done. A file
    of another size than the wheel's (cut off, or of an older wheel) is replaced.

    Raises:
        ExtensionMissingError: a wheel is absent or does not fit this DuckDB.
    """
    folder = extension_directory(settings)
    if not _missing(folder):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = _missing(folder)
        if missing:
            with duckdb.connect(config={"extension_directory": str(folder)}) as connection:
                for source in missing:
                    connection.execute(f"FORCE INSTALL '{_quoted(source)}'")
    return folder


def engine_config(settings: Settings, extensions: Sequence[str]) -> dict[str, Any]:
    """What an engine of the platform is started with: our extensions, limits and spill folder."""
    folder = install_extensions(settings)
    # DuckDB makes the folder it spills into, but not the one around it.
    _spill_root(settings).mkdir(parents=True, exist_ok=True)
    return {
        "extension_directory": str(folder),
        "autoinstall_known_extensions": False,
        "allow_unsigned_extensions": _fingerprints(folder, extensions).items() <= _verified.items(),
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
    config = engine_config(settings, extensions)
    fingerprints = _fingerprints(Path(config["extension_directory"]), extensions)
    connection = duckdb.connect(config=config)
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
        connection.execute(f"LOAD {name}")
    connection.execute("SET TimeZone = 'UTC'")
    # DuckDB draws a bar on stdout when a query takes two seconds, into whatever is printed there.
    connection.execute("SET enable_progress_bar = false")


def _fingerprints(folder: Path, extensions: Sequence[str]) -> dict[Path, tuple[int, int, int]]:
    files = [next((folder / _VERSION).glob(f"*/{_file_name(name)}")) for name in extensions]
    return {file: _fingerprint(file) for file in files}


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


def _missing(folder: Path) -> list[Path]:
    """Extension files of the wheels that `folder` does not hold."""
    missing = []
    for name in EXTENSIONS:
        source = _wheel_file(name)
        installed = list((folder / _VERSION).glob(f"*/{source.name}"))
        if not installed or installed[0].stat().st_size != source.stat().st_size:
            missing.append(source)
    return missing


def _wheel_file(name: str) -> Path:
    package = f"duckdb_extension_{name}"
    spec = importlib.util.find_spec(package)
    for location in (spec.submodule_search_locations or []) if spec else []:
        path = Path(location) / "extensions" / _VERSION / _file_name(name)
        if path.is_file():
            return path
    distribution = package.replace("_", "-")
    raise ExtensionMissingError(
        f"DuckDB {duckdb.__version__} needs the extension {name!r} from the package "
        f"{distribution}=={duckdb.__version__}, which is not installed; run make setup"
    )


def _file_name(name: str) -> str:
    return f"{name}.duckdb_extension"


def _fingerprint(file: Path) -> tuple[int, int, int]:
    facts = file.stat()
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
