"""The home: one origin, one clock.

A home holds data of one set of venues, and either real time or a clock that was set with PM_NOW.
The first process stores both; a process that was told something else stops here instead of mixing
two worlds.

Belongs here: the origin check and the platform's clock. Not here: the stores themselves.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from polymarket_assets.settings import Settings
from polymarket_assets.store.ledger import home_facts, open_ledger


class OriginMismatchError(RuntimeError):
    """The home belongs to other venues or to the other kind of clock."""


class ClockMovedBackError(RuntimeError):
    """PM_NOW lies before a time at which this home already received data."""


@dataclass(frozen=True)
class Clock:
    """Platform time: real time, or a start that runs on with real time.

    Attributes:
        start: platform time at `real_start`, or None for real time.
        real_start: real time at which the platform's clock stood at `start`.
    """

    start: datetime | None = None
    real_start: datetime | None = None
    real_now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def now(self) -> datetime:
        """The platform's current time (aware, UTC)."""
        if self.start is None or self.real_start is None:
            return self.real_now()
        return self.start + (self.real_now() - self.real_start)


@dataclass(frozen=True)
class Home:
    """The open home: its settings and its clock."""

    settings: Settings
    clock: Clock


def origin_of(settings: Settings) -> dict[str, str]:
    """What a home must agree on: the base URLs, and whether the clock is real or set."""
    return {
        "PM_GAMMA_URL": settings.gamma_url,
        "PM_CLOB_URL": settings.clob_url,
        "PM_DATA_URL": settings.data_url,
        "PM_KALSHI_URL": settings.kalshi_url,
        "clock": "real" if settings.now is None else "set by PM_NOW",
    }


def open_home(settings: Settings) -> Home:
    """Check the home's origin, store it on first use, and give the platform's clock.

    Raises:
        OriginMismatchError: the home was filled from other venues or with another kind of clock.
        ClockMovedBackError: PM_NOW was set to a time before the one this home runs on.
    """
    engine = open_ledger(settings)
    try:
        with engine.begin() as connection:
            _keep_origin(connection, settings)
            clock = Clock() if settings.now is None else _keep_clock(connection, settings.now)
    finally:
        engine.dispose()
    return Home(settings, clock)


def _fact(connection: sa.Connection, key: str, first: dict[str, Any]) -> dict[str, Any]:
    """The stored value of `key`; `first` becomes it when there is none. The row stays locked."""
    connection.execute(
        sa.text(
            "insert into home_facts (key, value, recorded_at) values (:key, :value, now())"
            " on conflict (key) do nothing"
        ),
        {"key": key, "value": json.dumps(first)},
    )
    row = connection.execute(
        sa.select(home_facts.c.value).where(home_facts.c.key == key).with_for_update()
    )
    return row.scalar_one()


def _keep_origin(connection: sa.Connection, settings: Settings) -> None:
    asked = origin_of(settings)
    held = _fact(connection, "origin", asked)
    if held == asked:
        return
    differences = "\n".join(
        f"  {name}: this home holds {held.get(name)}, asked for {asked[name]}"
        for name in asked
        if held.get(name) != asked[name]
    )
    msg = (
        f"the home {settings.home} belongs to another origin:\n{differences}\n"
        "Either run with the settings it was filled with, or set PM_HOME to another folder."
    )
    raise OriginMismatchError(msg)


def _keep_clock(connection: sa.Connection, asked: datetime) -> Clock:
    real_now = datetime.now(UTC)
    first = {"asked": asked.isoformat(), "real_start": real_now.isoformat()}
    held = _fact(connection, "clock", first)
    clock = Clock(datetime.fromisoformat(held["asked"]), datetime.fromisoformat(held["real_start"]))
    if held["asked"] == asked.isoformat():
        return clock
    if asked < clock.now():
        msg = (
            f"PM_NOW={asked.isoformat()} lies before this home's clock, which stands at "
            f"{clock.now().isoformat()}; data already received would seem to come from the future. "
            "Choose a later time, or set PM_HOME to another folder."
        )
        raise ClockMovedBackError(msg)
    connection.execute(
        sa.text("update home_facts set value = :value, recorded_at = now() where key = 'clock'"),
        {"value": json.dumps(first)},
    )
    return Clock(asked, real_now)


def remember(settings: Settings, key: str, value: dict[str, Any]) -> None:
    """Keep a fact about this home under `key`, over what was there."""
    engine = open_ledger(settings)
    try:
        with engine.begin() as connection:
            connection.execute(
                sa.text(
                    "insert into home_facts (key, value, recorded_at) values (:key, :value, now())"
                    " on conflict (key) do update set value = excluded.value, recorded_at = now()"
                ),
                {"key": key, "value": json.dumps(value)},
            )
    finally:
        engine.dispose()


def recall(settings: Settings, key: str) -> dict[str, Any] | None:
    """The fact kept under `key`, or None."""
    engine = open_ledger(settings)
    try:
        with engine.connect() as connection:
            return connection.execute(
                sa.select(home_facts.c.value).where(home_facts.c.key == key)
            ).scalar_one_or_none()
    finally:
        engine.dispose()
