"""Checks of this machine and this checkout: what has to be right before anything runs.

Belongs here: Python, settings, folders, disk, key files, extension files, project files. Not here:
the stores (doctor_stores.py) and the venues (doctor_venues.py).
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from polymarket_assets.clients.endpoints import ENDPOINTS
from polymarket_assets.serving.doctor_check import Check
from polymarket_assets.serving.health import LEAST_DISK_FREE
from polymarket_assets.serving.status_facts import Disk, read_disk
from polymarket_assets.settings import (
    Settings,
    origins,
    project_root,
    rate_override,
    unknown_variables,
)
from polymarket_assets.store.engine import EXTENSIONS, open_duckdb

OLDEST, NEWEST = (3, 11), (3, 13)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def python(_settings: Settings) -> Check:
    """The interpreter is one the packages are locked for."""
    version = sys.version_info[:2]
    words = f"Python {sys.version.split()[0]} in {sys.prefix}"
    if OLDEST <= version <= NEWEST:
        return Check("python", True, words)
    return Check("python", False, words, "use Python 3.11, 3.12 or 3.13: make clean, make setup")


def variables(_settings: Settings) -> Check:
    """Every PM_ variable names a setting, and every rate is a number; the rest pydantic checked."""
    for endpoint in ENDPOINTS:
        rate_override(endpoint.name)
    given = sorted(f"PM_{name.upper()}" for name, o in origins().items() if o != "default")
    if unknown := unknown_variables():
        return Check(
            "settings",
            False,
            f"{', '.join(unknown)}: no such setting, so it has no effect",
            "correct or remove it; `polymarket config show` lists every setting",
        )
    return Check("settings", True, f"valid; given: {', '.join(given) or 'none, all defaults'}")


def home(settings: Settings) -> Check:
    """The home can be written to and belongs to whoever runs this."""
    folder = settings.home
    there = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        action = f"make {there} writable for this user, or set PM_HOME to another folder"
        return Check("home", False, f"{folder} cannot be written: {error}", action)
    if there.stat().st_uid != os.geteuid() and there == folder:
        owner = there.stat().st_uid
        action = "run as that user, or set PM_HOME to another folder"
        return Check("home", False, f"{folder} belongs to user {owner}, not {os.geteuid()}", action)
    return Check("home", True, str(folder) if there == folder else f"{folder} (not made yet)")


def disk(settings: Settings) -> Check:
    """There is room."""
    return disk_check(read_disk(settings))


def disk_check(found: Disk) -> Check:
    """Whether that is room enough."""
    words = f"{found.free_bytes / 1e9:.1f} GB ({found.free_share:.0%}) free for {found.folder}"
    if found.free_share < LEAST_DISK_FREE:
        return Check("disk", False, words, "make room, or set PM_HOME or PM_LAKE_DATA elsewhere")
    return Check("disk", True, words)


def key_files(settings: Settings) -> Check:
    """Key files are there and readable by their owner alone; their content is not looked at."""
    files = {"PM_KEY_FILE": settings.key_file, "PM_KALSHI_KEY_FILE": settings.kalshi_key_file}
    given = {name: file.expanduser() for name, file in files.items() if file is not None}
    for name, file in given.items():
        if not file.is_file():
            return Check(
                "key files", False, f"{name}={file} is no file", f"correct or unset {name}"
            )
        held = file.stat()
        if held.st_mode & _OTHERS or held.st_uid != os.geteuid():
            words = f"{name}={file} has mode {stat.S_IMODE(held.st_mode):04o}, owner {held.st_uid}"
            action = f"chown it to user {os.geteuid()} and chmod 600 {file}"
            return Check("key files", False, words, action)
    named = ", ".join(given) or "none configured, none needed for paper trading"
    return Check("key files", True, named)


def extensions(settings: Settings) -> Check:
    """DuckDB loads the extensions of the pinned wheels, without a network."""
    with open_duckdb(settings, extensions=EXTENSIONS) as connection:
        rows = connection.execute(
            "select extension_name, extension_version from duckdb_extensions() where loaded"
            " and list_contains($names, extension_name) order by 1",
            {"names": list(EXTENSIONS)},
        ).fetchall()
    loaded = ", ".join(f"{name} {version}" for name, version in rows)
    return Check("duckdb", True, f"DuckDB {duckdb.__version__} with {loaded}")


def project(_settings: Settings, root: Path | None = None) -> Check:
    """The project files that Dagster and dbt need are beside the package."""
    root = root or project_root(Path(__file__).parent)
    needed = ("dagster.yaml", "workspace.yaml", "dbt_project/dbt_project.yml")
    if missing := [name for name in needed if not (root / name).is_file()]:
        action = "run from a complete checkout, installed with make setup"
        return Check("project", False, f"{root} lacks {', '.join(missing)}", action)
    manifest = root / "dbt_project" / "target" / "manifest.json"
    if not manifest.is_file():
        return Check("project", True, f"{root}; dbt's manifest is made by the first run")
    return Check("project", True, f"{root}, with dbt's manifest")


MACHINE_CHECKS: dict[str, Callable[[Settings], Check]] = {
    "python": python,
    "settings": variables,
    "home": home,
    "disk": disk,
    "key files": key_files,
    "project": project,
    "duckdb": extensions,
}
