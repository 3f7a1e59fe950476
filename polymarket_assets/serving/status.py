"""`polymarket status`: how fresh the data is, and whether anything is wrong.

The record and the keys of its JSON are described in status_record.py, the rules in health.py.

Belongs here: what the command does. Not here: which facts, which rules, which layout.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.live import Live

from polymarket_assets.serving.health import NOTHING_YET, Overall
from polymarket_assets.serving.status_facts import Disk, KillSwitchState, read_disk, read_facts
from polymarket_assets.serving.status_record import Status, disk_reasons, judge
from polymarket_assets.serving.status_view import view
from polymarket_assets.serving.stores import is_new, open_stores
from polymarket_assets.settings import Settings
from polymarket_assets.store.logs import redactor

INTERVAL_S = 5.0


def status(settings: Settings, *, now: Callable[[], datetime] | None = None) -> Status:
    """The state of the home of `settings`; answers whatever is broken, and creates nothing.

    Args:
        settings: whose home; PM_NOW and the base URLs do not matter, the home keeps its own clock.
        now: a clock to use instead of the home's.
    """
    disk = read_disk(settings)
    try:
        if is_new(settings):
            return _down(settings, NOTHING_YET, disk, now, kill_switch="there is no ledger yet")
        with open_stores(settings) as stores:
            moment = (now or stores.clock.now)()
            return judge(settings, read_facts(stores, moment), disk, moment)
    except Exception as error:  # noqa: BLE001 - whatever is broken, status says so and ends
        words = redactor(settings)(" ".join(str(error).split()))
        reason = (
            f"the stores cannot be read: {type(error).__name__}: {words}. Next: `polymarket doctor`"
        )
        return _down(settings, reason, disk, now, kill_switch=words)


def write_file(found: Status, file: Path) -> None:
    """Write the JSON to `file`, whole or not at all: a reader sees the old or the new one."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(found.as_json(), out, indent=2)
            out.write("\n")
            # For a monitoring agent, which may run as somebody else; nothing secret is in it.
            os.fchmod(out.fileno(), 0o644)
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def watch(
    settings: Settings,
    console: Console,
    interval_s: float = INTERVAL_S,
    stop: threading.Event | None = None,
    *,
    file: Path | None = None,
    read: Callable[[Settings], Status] = status,
) -> Status:
    """Show the status and refresh it every `interval_s` seconds until `stop` is set or Ctrl-C.

    Each refresh is also written to `file`, if one is given. Returns what was shown last.
    """
    stop = stop or threading.Event()
    found = read(settings)
    with Live(view(found), console=console, auto_refresh=False) as live:
        try:
            while True:
                if file is not None:
                    write_file(found, file)
                if stop.wait(interval_s):
                    return found
                found = read(settings)
                live.update(view(found), refresh=True)
        except KeyboardInterrupt:
            return found


def render(found: Status, console: Console) -> None:
    """Print the status once."""
    console.print(view(found))


def _down(
    settings: Settings,
    reason: str,
    disk: Disk,
    now: Callable[[], datetime] | None,
    *,
    kill_switch: str,
) -> Status:
    return Status(
        checked_at=now() if now else datetime.now(UTC),
        home=str(settings.home),
        mode=settings.mode,
        overall=Overall.DOWN,
        reasons=(reason, *disk_reasons(disk)),
        disk=disk,
        kill_switch=KillSwitchState("unreadable", kill_switch),
    )
