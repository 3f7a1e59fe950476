"""`polymarket backup` and `restore`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from polymarket_assets.commands.terminal import Json, console, open_settings, print_json
from polymarket_assets.commands.upkeep_commands import progress_bar


def backup(
    folder: Annotated[Path, typer.Argument(help="New folder, or one with a backup of this home.")],
    with_dagster: Annotated[bool, typer.Option(help="Also Dagster's runs and events.")] = False,
    quick: Annotated[
        bool,
        typer.Option(help="Do not read every row for the state hash; files are hashed anyway."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Copy catalog, ledger and data files, all of one moment, while sources run.

    Into a folder with a backup only new files are copied; one that is broken off leaves the backup
    before it usable. Damaged files are never copied as if they were well. Keys are not in it.
    """
    from polymarket_assets.store.backup import back_up  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.lake import Lake  # noqa: PLC0415 - see terminal.py

    lake = Lake.open(open_settings("backup"))
    with progress_bar() as progress:
        made = back_up(lake, folder, with_dagster=with_dagster, quick=quick, progress=progress)
    if as_json:
        print_json(asdict(made))
        return
    console.print(
        f"version {made.version} in {made.folder}: {made.files:,} files,"
        f" {made.bytes / 1e6:,.1f} MB, of which {made.copied_files:,} files"
        f" ({made.copied_bytes / 1e6:,.1f} MB) are new",
        highlight=False,
    )
    console.print(f"state hash {made.state_hash or 'not taken (--quick)'}", highlight=False)
    for path, wrong in made.left_out.items():
        console.print(f"left out, only older versions need it: {path}: {wrong}", highlight=False)


def restore(
    folder: Annotated[Path, typer.Argument(help="Folder with a backup.")], as_json: Json = False
) -> None:
    """Make a new home from a backup and prove that it is equal; PM_HOME names it.

    Every byte is checked before it is used. The home must be new or empty; a restore that was
    broken off is removed and begun again.
    """
    from polymarket_assets.settings import load_settings  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.store.restore import restore as bring_back  # noqa: PLC0415 - see terminal.py

    # No log file: nothing may lie in the home before it is restored.
    settings = load_settings()
    with progress_bar() as progress:
        made = bring_back(settings, folder, progress=progress)
    if as_json:
        print_json(asdict(made))
        return
    proof = (
        f"state hash {made.state_hash}, equal to the backup's"
        if made.state_hash
        else "every file has its hash (the backup was made with --quick, so rows were not compared)"
    )
    console.print(
        f"{made.home} restored in {made.seconds:.1f} s: version {made.version}, {made.files:,}"
        f" files, {made.bytes / 1e6:,.1f} MB; {proof}",
        highlight=False,
    )
