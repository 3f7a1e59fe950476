"""What `polymarket status` reads from the stores.

Belongs here: queries and the plain records they fill. Not here: what the numbers amount to
(health.py).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import sqlalchemy as sa

from polymarket_assets.executor.kill import kill_state
from polymarket_assets.serving.health import WAREHOUSE, SourceAccount
from polymarket_assets.serving.stores import Stores
from polymarket_assets.settings import Settings
from polymarket_assets.sources.drift import Drift, read_drift
from polymarket_assets.store.checksums import damaged_files
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.raw import ROW_TABLES
from polymarket_assets.store.repair import next_steps

DAY = timedelta(days=1)
SOURCES = tuple(ROW_TABLES)
"""Every source: each is named like the raw table it fills."""
ERRORS_SHOWN = 5


@dataclass(frozen=True)
class Markets:
    """How many markets are held; `total - active - resolved` are closed and wait for a result."""

    total: int
    active: int
    resolved: int
    read_from: str


@dataclass(frozen=True)
class RecentError:
    """One failed run; `recovered` when the source has succeeded since."""

    source: str
    at: datetime
    error: str
    next_action: str | None
    recovered: bool


@dataclass(frozen=True)
class Traffic:
    """Requests of the sources within 24 h; retries and 429s are among them."""

    requests: int
    retries: int
    rate_limited: int


@dataclass(frozen=True)
class Unfinished:
    """Walks of a source that have not reached their end, with the time of the newest page."""

    source: str
    walks: int
    last_page_at: datetime
    running: bool


@dataclass(frozen=True)
class Published:
    """The version readers see, and the head it will be replaced by."""

    version: int
    published_at: datetime
    models: int
    tests: int


@dataclass(frozen=True)
class KillSwitchState:
    """`state` is "off", "on" or "unreadable", which counts as on."""

    state: str
    reason: str
    actor: str | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class Disk:
    """Free space where the home or the lake's files lie, whichever is fuller."""

    folder: str
    free_bytes: int
    total_bytes: int

    @property
    def free_share(self) -> float:
        """Free part, 0 to 1."""
        return self.free_bytes / self.total_bytes


@dataclass(frozen=True)
class DamagedFile:
    """A data file of the newest version that is not what was written, and the commands that help.

    `damage` names the file, its table and day, and what is wrong.
    """

    path: str
    damage: str
    next_action: str


@dataclass(frozen=True)
class Facts:
    """Everything read, before it is judged."""

    accounts: tuple[SourceAccount, ...]
    traffic: Traffic
    errors: tuple[RecentError, ...]
    unfinished: tuple[Unfinished, ...]
    drift: tuple[Drift, ...]
    markets: Markets
    published: Published | None
    head_version: int
    kill_switch: KillSwitchState
    damaged_files: tuple[DamagedFile, ...] = ()


def read_facts(stores: Stores, now: datetime) -> Facts:
    """Read everything; every source and the warehouse have an account, if an empty one.

    Raises:
        duckdb.Error, LakeUnavailableError: the lake cannot be read.
    """
    with stores.lake.reading() as connection:
        # Not a parameter of the queries: binding one makes DuckDB import pandas, half a second.
        since = f"timestamptz '{(now - DAY).isoformat()}'"
        connection.execute(f"set variable since = {since}")
        accounts = _accounts(connection)
        published = _published(connection)
        return Facts(
            accounts=accounts,
            traffic=_traffic(connection),
            errors=_errors(connection, accounts),
            unfinished=_unfinished(
                connection, now, timedelta(seconds=stores.settings.http_deadline_s)
            ),
            drift=tuple(read_drift(connection, now).values()),
            markets=_markets(connection, published),
            published=published,
            head_version=stores.lake.head_version(),
            kill_switch=read_kill_switch(stores.engine),
            damaged_files=_damaged_files(stores.lake),
        )


def _damaged_files(lake: Lake) -> tuple[DamagedFile, ...]:
    if "://" in lake.settings.lake_path:
        return ()  # an object store checks its files itself
    return tuple(
        DamagedFile(found.file.path, found.described, next_steps(lake, found.file))
        for found in damaged_files(lake)
    )


_ACCOUNTS = """
select
    source,
    max(ended_at) filter (where outcome = 'ok'),
    max(ended_at),
    max_by(outcome, ended_at),
    max(data_until),
    max(ended_at) filter (
        where outcome = 'ok' and data_until is null
            and (window_to is null or window_to >= started_at)
    ),
    max_by(coalesce(error_class || ': ' || error_message, ''), ended_at),
    max_by(coalesce(next_action, ''), ended_at),
    count(*) filter (where ended_at > getvariable('since')),
    count(*) filter (where ended_at > getvariable('since') and outcome = 'ok'),
    count(*) filter (where ended_at > getvariable('since') and outcome = 'failed'),
    coalesce(sum(accepted) filter (where ended_at > getvariable('since')), 0)
from ops.source_runs
group by source
order by source
"""


def _accounts(connection: duckdb.DuckDBPyConnection) -> tuple[SourceAccount, ...]:
    held = {}
    for row in connection.execute(_ACCOUNTS).fetchall():
        source, last_success, last_attempt, outcome, until, nothing, error, action, *counts = row
        account = SourceAccount(
            source,
            last_success_at=_utc(last_success),
            last_attempt_at=_utc(last_attempt),
            last_outcome=outcome,
            data_until=_utc(until),
            found_nothing_at=_utc(nothing),
            last_error=error or None,
            next_action=action or None,
        )
        total, ok, failed, added = (int(count) for count in counts)
        held[source] = replace(account, fetches=total, ok=ok, failed=failed, rows_added=added)
    # A source that was renamed or dropped still has runs; it is no longer anybody's business.
    return tuple(held.get(name, SourceAccount(name)) for name in (*SOURCES, WAREHOUSE))


def _traffic(connection: duckdb.DuckDBPyConnection) -> Traffic:
    row = connection.execute(
        """
        select
            coalesce(sum(requests), 0), coalesce(sum(retries), 0), coalesce(sum(rate_limited), 0)
        from ops.source_runs
        where ended_at > getvariable('since') and source <> 'warehouse'
        """
    ).fetchall()[0]
    return Traffic(*(int(number) for number in row))


def _errors(
    connection: duckdb.DuckDBPyConnection, accounts: Sequence[SourceAccount]
) -> tuple[RecentError, ...]:
    success = {a.source: a.last_success_at for a in accounts}
    rows = connection.execute(
        """
        select source, ended_at, error_class, error_message, next_action
        from ops.source_runs
        where outcome = 'failed'
        order by ended_at desc, run_id
        """
    ).fetchmany(ERRORS_SHOWN)
    errors = []
    for source, ended_at, kind, message, action in rows:
        at, good = ended_at.astimezone(UTC), success.get(source)
        errors.append(
            RecentError(source, at, f"{kind}: {message}", action, good is not None and good > at)
        )
    return tuple(errors)


def _unfinished(
    connection: duckdb.DuckDBPyConnection, now: datetime, longest_request: timedelta
) -> tuple[Unfinished, ...]:
    """Walks without an end; one that got a page within the longest request is taken as running."""
    rows = connection.execute(
        """
        with newest as (
            select
                source, scope,
                max_by(complete, recorded_at) as complete, max(recorded_at) as last_at
            from raw.watermarks
            group by source, scope
        )
        select source, count(*), max(last_at)
        from newest
        where not complete
        group by source
        order by source
        """
    ).fetchall()
    return tuple(
        Unfinished(source, walks, at.astimezone(UTC), now - at <= longest_request)
        for source, walks, at in rows
    )


_RAW_MARKETS = """
with versions as (
    select
        market_id,
        received_at,
        coalesce(closed, false) as closed,
        -- A string that holds JSON, if the venue keeps to it.
        try_cast(try_cast(payload ->> '$.outcomePrices' as json) as decimal(18, 6)[]) as prices
    from raw.gamma_markets
),
markets as (
    select
        max_by(closed, received_at) as closed,
        -- As core.fct_resolutions decides it: one outcome pays 1, or each pays a half.
        max_by(
            coalesce(list_max(prices) >= 0.99 or list_distinct(prices) = [0.5], false), received_at
        ) as has_result
    from versions
    group by market_id
)
select
    count(*), count(*) filter (where not closed), count(*) filter (where closed and has_result)
from markets
"""

_CORE_MARKETS = """
select
    count(*),
    count(*) filter (where not coalesce(is_closed, false)),
    (
        select count(distinct condition_id)
        from core.fct_resolutions at (version => {version:d})
        where payout is not null
    )
from core.dim_market at (version => {version:d})
where metadata_status = 'listed'
"""


def _markets(connection: duckdb.DuckDBPyConnection, published: Published | None) -> Markets:
    """Counts of the published core tables; before the first build those of the raw versions."""
    if published is not None:
        try:
            row = connection.execute(_CORE_MARKETS.format(version=published.version)).fetchall()[0]
        except (duckdb.CatalogException, duckdb.BinderException):
            pass  # a version published before these tables existed: what was received still counts
        else:
            return Markets(*row, read_from=f"core at version {published.version}")
    return Markets(*connection.execute(_RAW_MARKETS).fetchall()[0], read_from="raw.gamma_markets")


def _published(connection: duckdb.DuckDBPyConnection) -> Published | None:
    row = connection.execute(
        """
        select version, published_at, models, tests
        from ops.published
        order by version desc, published_at desc
        limit 1
        """
    ).fetchone()
    return None if row is None else Published(row[0], row[1].astimezone(UTC), row[2], row[3])


def read_kill_switch(engine: sa.Engine) -> KillSwitchState:
    """The kill switch as the executor sees it; it fails closed."""
    held = kill_state(engine)
    if held.changed_at is None:
        return KillSwitchState("unreadable", " ".join(held.reason.split()))
    return KillSwitchState(
        "on" if held.engaged else "off", held.reason, held.actor, held.changed_at
    )


def read_disk(
    settings: Settings, usage: Callable[[Path], tuple[int, int, int]] = shutil.disk_usage
) -> Disk:
    """Space on the disks of the home and, if it lies elsewhere on this machine, of the lake."""
    folders = [settings.home]
    if "://" not in settings.lake_path:
        folders.append(Path(settings.lake_path))
    disks = []
    for folder in folders:
        there = next(place for place in (folder, *folder.parents) if place.exists())
        total, _, free = usage(there)
        disks.append(Disk(str(folder), free, total))
    return min(disks, key=lambda disk: disk.free_share)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
