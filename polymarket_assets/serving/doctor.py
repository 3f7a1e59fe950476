"""`polymarket doctor`: is this machine, this home and each venue fit, and what to do if not.

Belongs here: the order of the checks and how they are run and shown. Not here: the checks
themselves (doctor_machine.py, doctor_stores.py, doctor_venues.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from rich.console import Console

from polymarket_assets.serving.doctor_check import Check, guarded
from polymarket_assets.serving.doctor_machine import MACHINE_CHECKS
from polymarket_assets.serving.doctor_stores import STORE_CHECKS, postgres
from polymarket_assets.serving.doctor_venues import venue_checks
from polymarket_assets.serving.tables import Field, safe, table
from polymarket_assets.settings import Settings
from polymarket_assets.store.logs import redactor


def doctor(settings: Settings) -> list[Check]:
    """Run every check; none of them stops another. Starts the embedded Postgres if need be.

    A failed check has ok False and a next action; one that is fine may have one, too, as a hint.
    """
    checks = [guarded(name, partial(check, settings)) for name, check in MACHINE_CHECKS.items()]
    server = guarded("postgres", partial(postgres, settings))
    checks.append(server)
    for name, check in STORE_CHECKS.items():
        checks.append(guarded(name, _needing(server, name, partial(check, settings))))
    checks += venue_checks(settings)
    hide = redactor(settings)
    return [
        Check(check.name, check.ok, hide(check.detail), hide(check.next_action)) for check in checks
    ]


def render(checks: Sequence[Check], console: Console) -> None:
    """Print the checks as a table; below it, how many failed."""
    fields = (
        Field("state", ""),
        Field("name", "check", safe),
        Field("words", "finding", safe, width="wrap"),
    )
    rows = [
        {
            "state": "ok" if check.ok else "failed",
            "name": check.name,
            "words": check.detail + (f" → {check.next_action}" if check.next_action else ""),
        }
        for check in checks
    ]
    console.print(table("", fields, rows))
    failed = sum(not check.ok for check in checks)
    console.print(
        f"{len(checks)} checks, "
        + (f"[red]{failed} failed[/]" if failed else "[green]all well[/]"),
        highlight=False,
    )


def _needing(server: Check, name: str, check: Callable[[], Check]) -> Callable[[], Check]:
    """`check`, or without Postgres the reason why it was not made."""
    if server.ok:
        return check
    return lambda: Check(name, False, "not checked, because Postgres does not run", "see postgres")
