"""The rows a signal rests on: its snapshot, the facts that was made of, and the past it goes by.

Belongs here: reading them, for many signals at once. Not here: which rows they are
(explain_facts.py), the raw rows and pages they lead to (explain_pages.py), what follows from them
(explain_checks.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb

from polymarket_assets.serving.explain_facts import FACTS, PAST_OF_LEADERS, Role

Row = dict[str, Any]
LONGSHOTS = ("longshot_yes", "longshot_no")
REVERTING, COPYING = "mean_reversion", "copy_trading"
GOING_BY_THE_PAST = (REVERTING, COPYING)
REACH = timedelta(days=1)
"""How far before the first signal facts with a day may lie: fills an hour, books five minutes."""


@dataclass(frozen=True)
class Fact:
    """One row of the warehouse that a signal rests on.

    Attributes:
        role: what it is to the signal.
        table: schema.table it stands in.
        row: its columns.
        source: raw table, without schema, of the row it was made of.
    """

    role: Role
    table: str
    row: Row
    source: str

    @property
    def place(self) -> tuple[str, str, int]:
        """Where the raw row is: source, page, position in the page."""
        return self.source, self.row["page_id"], self.row["position"]


@dataclass
class Grounds:
    """A signal with all that the warehouse made it of.

    Attributes:
        signal: its row of signals.signals.
        snapshot: the row of features.market_snapshots it names; None when it is not there.
        is_complement: it is a leg of a set of YES and NO of one market, each at its own book.
        settings: of its strategy in that build; None for a strategy in Python.
        built_at: the build's time, which windows of the past are counted from; None for a strategy
            in Python, and where the version does not keep it.
        facts: rows, by role and then time.
    """

    signal: Row
    snapshot: Row | None
    is_complement: bool
    settings: Mapping[str, str] | None
    built_at: datetime | None
    facts: list[Fact] = field(default_factory=list)

    @property
    def life(self) -> timedelta:
        """How long the signal lives."""
        return self.signal["expires_at"] - self.signal["as_of"]

    def of(self, role: Role) -> list[Fact]:
        """The facts of one role."""
        return [fact for fact in self.facts if fact.role == role]


def grounds(connection: duckdb.DuckDBPyConnection, signal_ids: Sequence[str]) -> list[Grounds]:
    """What the signals rest on, in the order they are asked for; unknown ones are left out.

    Makes temporary tables on the connection.
    """
    connection.execute(_ASKED, {"ids": list(signal_ids)})
    found = {
        told[0]["signal_id"]: Grounds(*told)
        for told in connection.execute(
            "SELECT signal, snapshot, is_complement, settings, built_at FROM asked"
        ).fetchall()
    }
    if not found:
        return []
    moments = [one.signal["as_of"] for one in found.values()]
    [earliest] = connection.execute("SELECT min(past_from) FROM asked").fetchall()[0]
    days = {
        "earliest": _day((earliest or min(moments)) - REACH),
        "first": _day(min(moments) - REACH),
        "last": _day(max(moments)),
    }
    connection.execute(PAST_OF_LEADERS)
    for role, table, source, sql in FACTS:
        given = {name: day for name, day in days.items() if f"${name}" in sql}
        for signal_id, row in connection.execute(sql, given).fetchall():
            found[signal_id].facts.append(Fact(role, table, row, source))
    return [found[signal_id] for signal_id in signal_ids if signal_id in found]


def some(connection: duckdb.DuckDBPyConnection, most: int) -> list[str]:
    """Ids of up to `most` signals that have nothing in common; the same ones at every call."""
    rows = connection.execute(
        "SELECT signal_id FROM signals.signals ORDER BY md5(signal_id) LIMIT ?", [most]
    ).fetchall()
    return [signal_id for (signal_id,) in rows]


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


_ASKED = """
CREATE OR REPLACE TEMP TABLE asked AS
WITH baskets AS (
    SELECT basket_id
    FROM signals.signals
    WHERE basket_id IS NOT NULL AND strategy = 'intra_market_arbitrage'
    GROUP BY basket_id
    HAVING count(DISTINCT condition_id) = 1
),

settings AS (
    SELECT
        strategy,
        map_from_entries(list((name, value))) AS settings,
        any_value(built_at) AS built_at
    FROM (
        SELECT CAST(NULL AS TIMESTAMPTZ) AS built_at WHERE false
        UNION ALL BY NAME
        FROM signals.strategy_settings
    )
    GROUP BY strategy
),

windows AS (
    SELECT
        strategy,
        to_days(CAST(settings['vol_days'] AS INTEGER)) AS measured,
        built_at - to_seconds(CAST(settings['hold_hours'] AS DOUBLE) * 3600) - INTERVAL '1 hour'
            AS watched_from,
        CAST(CAST(settings['window_minutes'] AS DOUBLE) * 60000000 AS BIGINT) AS bar_us
    FROM settings
    WHERE strategy = 'mean_reversion'
)

SELECT
    signals AS signal,
    CASE WHEN snapshots.feature_snapshot_key IS NOT NULL THEN snapshots END AS snapshot,
    baskets.basket_id IS NOT NULL AS is_complement,
    settings.settings,
    settings.built_at,
    -- mean_reversion: snapshots of a bar each from the first to the second, all of them after it
    windows.watched_from - windows.measured AS past_from,
    windows.watched_from,
    windows.bar_us,
    -- copy_trading: markets decided between these two, by fills known by the second
    CASE
        WHEN signals.strategy = 'copy_trading'
            THEN date_trunc('day', settings.built_at - (signals.expires_at - signals.as_of))
    END AS frozen_at,
    frozen_at - to_days(CAST(settings.settings['history_days'] AS INTEGER)) AS decided_from
FROM signals.signals AS signals
LEFT JOIN features.market_snapshots AS snapshots
    ON
        signals.feature_snapshot_key = snapshots.feature_snapshot_key
        AND CAST(signals.as_of AT TIME ZONE 'UTC' AS DATE) = snapshots.dt
LEFT JOIN baskets ON signals.basket_id = baskets.basket_id
LEFT JOIN settings ON signals.strategy = settings.strategy
LEFT JOIN windows ON signals.strategy = windows.strategy
WHERE list_contains($ids, signals.signal_id)
"""
