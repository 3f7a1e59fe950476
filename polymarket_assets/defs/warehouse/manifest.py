"""dbt's manifest, parsed again when the dbt project is newer; Dagster names the assets by it."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

from dagster_dbt import DbtProject

DBT = Path(sys.executable).parent / "dbt"
"""dbt beside this interpreter: the virtual environment need not be on PATH."""


class DbtParseError(RuntimeError):
    """dbt could not read its own project."""


def prepare_manifest(project: DbtProject) -> None:
    """Run `dbt parse` if the manifest is missing or older than the project; one process at a time.

    Raises:
        DbtParseError: with dbt's own words.
    """
    folder, manifest = Path(project.project_dir), Path(project.manifest_path)
    if not is_stale(folder, manifest):
        return
    manifest.parent.mkdir(parents=True, exist_ok=True)
    with (manifest.parent / ".parse.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_stale(folder, manifest):
            _parse(folder)


def is_stale(folder: Path, manifest: Path) -> bool:
    """Whether some file of the dbt project is newer than the manifest."""
    if not manifest.is_file():
        return True
    made = manifest.stat().st_mtime
    sources = (
        path
        for part in ("models", "macros", "seeds", "tests", "dbt_project.yml", "profiles.yml")
        for path in ([folder / part] if (folder / part).is_file() else (folder / part).rglob("*"))
    )
    return any(path.is_file() and path.stat().st_mtime > made for path in sources)


def _parse(folder: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own interpreter's dbt, no outside input
        [str(DBT), "parse", "--quiet", "--profiles-dir", str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        msg = f"dbt parse failed in {folder}:\n{done.stdout}{done.stderr}"
        raise DbtParseError(msg)
