"""The 65 features of markets at any past moment, from the published version.

Belongs here: which moments and markets may be asked for, reading them, and writing them to a file.
Not here: what a feature is. That is said once, by the models of dbt_project/models/features; the
build leaves their SQL in the lake as the table macro `features.snapshots_at`, bound to a moment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from polymarket_assets.serving.boards import NotFoundError
from polymarket_assets.serving.published import NotPublishedError, Published, open_published
from polymarket_assets.settings import Settings
from polymarket_assets.store.home import open_home

FORMATS = {".parquet": "FORMAT parquet", ".csv": "FORMAT csv", ".json": "FORMAT json, ARRAY true"}
_CONDITION = re.compile(r"0x[0-9a-f]{64}")
_SNAPSHOTS = """
select snapshots.*, markets.question
from features.snapshots_at($at, wanted_conditions := $wanted) as snapshots
left join core.dim_market as markets on snapshots.condition_id = markets.condition_id
order by snapshots.volume_24h desc nulls last, snapshots.condition_id
"""


class MomentError(ValueError):
    """No moment in UTC, or one of which nothing can be known."""


def moment_of(text: str) -> datetime:
    """The moment a text names, which must say that it is UTC: 2026-11-20T10:30:00Z.

    Raises:
        MomentError: it names none, no time zone, or another one than UTC.
    """
    example = "write it in UTC, like 2026-11-20T10:30:00Z"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise MomentError(f"{text!r} is no moment: {example}") from None
    if moment.tzinfo is None:
        raise MomentError(f"{text!r} names no time zone: {example}")
    if moment.utcoffset() != timedelta(0):
        raise MomentError(f"{text!r} is not UTC, where it is {_words(moment)}: {example}")
    return moment.astimezone(UTC)


def snapshots(settings: Settings, moment: datetime, conditions: Sequence[str] = ()) -> pa.Table:
    """Rows of `features.market_snapshots`, and the question, as known at a moment (aware).

    Without `conditions` those of every market that was known and not closed by then; the largest
    volume of the last 24 hours first.

    Raises:
        MomentError: the moment lies in the future, after the published build or before all data.
        NotFoundError: a named market is not held, or was not known yet.
        NotPublishedError: no build was published yet.
    """
    now = open_home(settings).clock.now()
    with open_published(settings) as published:
        built_at, connection = published.publication.published_at, published.connection
        _check_built(published)
        if moment > now:
            raise MomentError(f"{_words(moment)} lies in the future: it is {_words(now)} here")
        if moment > built_at:
            raise MomentError(
                f"{_words(moment)} lies after the published build of {_words(built_at)}:"
                " run `polymarket run --no-trade` for a newer one"
            )
        _check_held(connection, moment)
        for condition in conditions:
            _check_known(connection, moment, condition.lower())
        wanted = ",".join(condition.lower() for condition in conditions)
        return connection.execute(_SNAPSHOTS, {"at": moment, "wanted": wanted}).to_arrow_table()


def _check_built(published: Published) -> None:
    """Models that an earlier release built may have left no macro."""
    found = published.connection.execute(
        "select 1 from duckdb_functions()"
        " where database_name = current_database()"
        " and schema_name = 'features' and function_name = 'snapshots_at'"
    ).fetchall()
    if not found:
        raise NotPublishedError(
            f"version {published.publication.version} was built by an earlier release, which kept"
            " no way to compute features at a moment: run `polymarket run --no-trade` for a new one"
        )


def write(rows: pa.Table, file: Path) -> None:
    """Write rows to a Parquet, CSV or JSON file, by its ending; what was there is replaced.

    Raises:
        ValueError: another ending.
    """
    if file.suffix not in FORMATS:
        raise ValueError(f"{file}: the name must end in one of {', '.join(FORMATS)}")
    target = str(file).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("snapshots", rows)
        connection.execute(f"COPY snapshots TO '{target}' ({FORMATS[file.suffix]})")


def _check_held(connection: duckdb.DuckDBPyConnection, moment: datetime) -> None:
    [(first,)] = connection.execute(
        "select min(as_of) from features.int_snapshot_moments"
    ).fetchall()
    if first is None:
        raise MomentError("no market was ever observed: run `polymarket run --no-trade` first")
    if moment < first:
        raise MomentError(
            f"{_words(moment)} lies before all that is held, which begins at {_words(first)}:"
            " collect earlier days by `polymarket run --no-trade --from DAY --to DAY`"
        )


def _check_known(connection: duckdb.DuckDBPyConnection, moment: datetime, condition: str) -> None:
    if not _CONDITION.fullmatch(condition):
        raise NotFoundError(
            f"{condition!r} is no condition id: find it by `polymarket markets search WORD`"
        )
    found = connection.execute(
        "select is_binary, known_at from core.dim_market where condition_id = ?", [condition]
    ).fetchall()
    if not found:
        raise NotFoundError(
            f"no market {condition} is held; find it by `polymarket markets search WORD`"
        )
    [(is_binary, known_at)] = found
    if not is_binary:
        raise NotFoundError(f"{condition} has no features: it is not known to have two outcomes")
    if known_at > moment:
        raise NotFoundError(
            f"{condition} was not known at {_words(moment)}, but {_words(known_at)}"
        )


def _words(moment: datetime) -> str:
    """A moment in UTC to the second, or to what it has of one."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
