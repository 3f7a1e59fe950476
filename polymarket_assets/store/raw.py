"""The tables sources write: names, columns, types and meaning, declared once.

Belongs here: declarations and what follows from them alone (DDL text, Arrow schemas). The lake
creates its tables from them, clients build their Arrow tables by `parser_schema`, dbt's sources and
the tests are checked against them. How rows get in is `writer.py`'s, what DuckLake needs is
`lake.py`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

SCHEMAS = ("raw", "staging", "core", "features", "leaderboards", "signals", "ops")
"""Schemas of the lake; dbt adds no others."""

_MONEY = "DECIMAL(18,6)"
_LEVELS = "STRUCT(price DECIMAL(18,6), size DECIMAL(18,6))[]"
_ARROW_TYPES = {
    "VARCHAR": pa.string(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "BLOB": pa.binary(),
    "DATE": pa.date32(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
    _MONEY: pa.decimal128(18, 6),
    _LEVELS: pa.list_(
        pa.struct([("price", pa.decimal128(18, 6)), ("size", pa.decimal128(18, 6))]),
    ),
}


@dataclass(frozen=True)
class Column:
    """One column: `type` is DuckDB's, `required` columns hold no null."""

    name: str
    type: str
    description: str
    required: bool = False

    @property
    def arrow_type(self) -> pa.DataType:
        """The Arrow type that DuckDB reads as `type` without a cast."""
        return _ARROW_TYPES[self.type]


@dataclass(frozen=True)
class Table:
    """One table of the lake that code (not dbt) writes.

    `partition` names the column of the Hive partitions. `dt_from_rows`: the parser supplies `dt`
    (the date of each row's event), else it is the date the page was received. `version_key`: rows
    are versions of the object with this id; one equal to the object's last version is not written.
    `events`: rows are things that happened, so a page with the body of an earlier one of its scope
    and day tells nothing new and is not written again (a snapshot is: the same book at two moments
    is two facts). `row_group_bytes` bounds the row groups of a table with large values, of which
    whoever writes or merges it holds one in memory.
    """

    schema: str
    name: str
    description: str
    columns: tuple[Column, ...]
    partition: str | None = None
    dt_from_rows: bool = False
    version_key: str | None = None
    events: bool = False
    row_group_bytes: int | None = None

    @property
    def qualified(self) -> str:
        """`schema.name`, the way SQL in the lake names it."""
        return f"{self.schema}.{self.name}"

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """Schema of the whole table in column order."""
        return pa.schema([_field(column) for column in self.columns])

    @cached_property
    def parser_schema(self) -> pa.Schema:
        """Schema of what a parser delivers: all but the columns the writer takes from the page."""
        supplied = {"page_id", "received_at"} | (set() if self.dt_from_rows else {"dt"})
        return pa.schema([_field(c) for c in self.columns if c.name not in supplied])

    def ddl(self) -> str:
        """The CREATE TABLE statement; partitions and comments are the lake's business."""
        columns = ", ".join(f"{column.name} {column.type}" for column in self.columns)
        return f"CREATE TABLE IF NOT EXISTS {self.qualified} ({columns})"


@dataclass(frozen=True)
class View:
    """One view of the lake that code (not dbt) owns."""

    schema: str
    name: str
    description: str
    query: str

    @property
    def qualified(self) -> str:
        """`schema.name`, the way SQL in the lake names it."""
        return f"{self.schema}.{self.name}"


def _field(column: Column) -> pa.Field:
    return pa.field(column.name, column.arrow_type, nullable=not column.required)


_RECEIVED_AT = Column("received_at", "TIMESTAMPTZ", "When our request's answer was complete.", True)


def _rows_table(
    name: str,
    description: str,
    *columns: Column,
    dt_from_rows: bool = False,
    version_key: str | None = None,
    events: bool = False,
) -> Table:
    """A raw table of parsed rows: its own columns framed by those every row has."""
    dt = "UTC date of event_at." if dt_from_rows else "UTC date of received_at."
    return Table(
        schema="raw",
        name=name,
        description=description,
        columns=(
            Column("page_id", "VARCHAR", "Page in raw.pages this row was read from.", True),
            Column("position", "INTEGER", "Index of the row in its page's records, from 0.", True),
            *columns,
            _RECEIVED_AT,
            Column("dt", "DATE", dt, True),
        ),
        partition="dt",
        dt_from_rows=dt_from_rows,
        version_key=version_key,
        events=events,
    )


PAGES = Table(
    schema="raw",
    name="pages",
    description="One row per answer; row_count = accepted + unchanged + quarantined.",
    columns=(
        Column(
            "page_id", "VARCHAR", "Received time, body hash and request hash; sorts by time.", True
        ),
        Column("source", "VARCHAR", "Source that asked, named like its raw table.", True),
        Column("scope", "VARCHAR", "What the walk covers, e.g. one day or one token.", True),
        Column("walk_id", "VARCHAR", "The walk the page belongs to.", True),
        Column("page_number", "INTEGER", "Place of the page in its walk, from 0.", True),
        Column("path", "VARCHAR", "Path of the request.", True),
        Column("request", "VARCHAR", "Parameters or body of the request as JSON text.", True),
        Column("status", "INTEGER", "HTTP status of the answer.", True),
        _RECEIVED_AT,
        Column("sha256", "VARCHAR", "SHA-256 of the body, hex.", True),
        Column("bytes", "BIGINT", "Length of the body.", True),
        Column(
            "body",
            "BLOB",
            "The body; null if held on another page of this source and dt.",
        ),
        Column("row_count", "INTEGER", "Records in the page.", True),
        Column("accepted", "INTEGER", "Records written to raw tables.", True),
        Column("unchanged", "INTEGER", "Records not written, since they are held already.", True),
        Column(
            "quarantined",
            "INTEGER",
            "Records that broke the contract, kept in raw.quarantine.",
            True,
        ),
        Column("next_cursor", "VARCHAR", "Cursor of the next page; null at the end."),
        Column("dt", "DATE", "UTC date of received_at.", True),
    ),
    partition="dt",
    row_group_bytes=16_000_000,
)

WATERMARKS = Table(
    schema="raw",
    name="watermarks",
    description="How far each walk has come; the latest recorded_at per (source, scope) counts.",
    columns=(
        Column("source", "VARCHAR", "Source, as in raw.pages.", True),
        Column("scope", "VARCHAR", "Scope, as in raw.pages.", True),
        Column("walk_id", "VARCHAR", "The walk this is the progress of.", True),
        Column(
            "cursor",
            "VARCHAR",
            "Where the walk goes on; null before the first and after the last page.",
        ),
        Column("complete", "BOOLEAN", "The walk has reached its end.", True),
        Column("state", "VARCHAR", "What else the source remembers, a JSON object.", True),
        Column("page_id", "VARCHAR", "Page that was committed together with this row.", True),
        Column("recorded_at", "TIMESTAMPTZ", "When the source recorded it.", True),
    ),
)

QUARANTINE = Table(
    schema="raw",
    name="quarantine",
    description="Records that broke their contract, with the reason and the bytes.",
    columns=(
        Column("page_id", "VARCHAR", "Page in raw.pages the record was in.", True),
        Column("source", "VARCHAR", "Source, as in raw.pages.", True),
        Column("position", "INTEGER", "Index of the record in its page, from 0.", True),
        Column("reason", "VARCHAR", "Which rule it broke, in words.", True),
        Column("row", "BLOB", "The record as received.", True),
        _RECEIVED_AT,
        Column("dt", "DATE", "UTC date of received_at.", True),
    ),
    partition="dt",
)

_PAYLOAD_SHA256 = Column("payload_sha256", "VARCHAR", "SHA-256 of payload, hex.", True)
_TOKEN_ID = Column("token_id", "VARCHAR", "Outcome token, decimal digits (usually 77).", True)

GAMMA_EVENTS = _rows_table(
    "gamma_events",
    "Versions of Gamma events: one row whenever an event's object had changed.",
    Column("event_id", "VARCHAR", "Gamma's id of the event.", True),
    Column("payload", "VARCHAR", "The event as JSON, `markets` replaced by `marketIds`.", True),
    _PAYLOAD_SHA256,
    version_key="event_id",
)

GAMMA_MARKETS = _rows_table(
    "gamma_markets",
    "Versions of Gamma markets: one row whenever a market's object had changed.",
    Column("market_id", "VARCHAR", "Gamma's id of the market.", True),
    Column("condition_id", "VARCHAR", "Condition id; null while Gamma has none."),
    Column("closed", "BOOLEAN", "Gamma's `closed`."),
    Column("payload", "VARCHAR", "The market as JSON, `events` replaced by `eventIds`.", True),
    _PAYLOAD_SHA256,
    version_key="market_id",
)

DATA_TRADES = _rows_table(
    "data_trades",
    "Fills as the Data API lists them: the taker's rows or both sides', by taker_only.",
    Column("taker_only", "BOOLEAN", "The request asked for the takers' rows alone.", True),
    Column("transaction_hash", "VARCHAR", "Polygon transaction; null when the venue names none."),
    _TOKEN_ID,
    Column("condition_id", "VARCHAR", "Condition id of the market.", True),
    Column("wallet", "VARCHAR", "Proxy wallet of this side of the fill, lower case.", True),
    Column("side", "VARCHAR", "BUY or SELL, as seen from the wallet.", True),
    Column("price", _MONEY, "pUSD per share; null when the venue names none."),
    Column("size", _MONEY, "Shares.", True),
    Column("event_at", "TIMESTAMPTZ", "Block time of the fill, whole seconds.", True),
    Column("outcome", "VARCHAR", "Label of the outcome."),
    Column("outcome_index", "INTEGER", "Index of the outcome in its market."),
    Column("title", "VARCHAR", "Question, as the venue repeats it in the row."),
    Column("slug", "VARCHAR", "Slug of the market."),
    Column("event_slug", "VARCHAR", "Slug of the event."),
    Column("name", "VARCHAR", "Public name of the wallet's owner."),
    Column("pseudonym", "VARCHAR", "Pseudonym of the wallet's owner."),
    dt_from_rows=True,
    events=True,
)

DATA_LEADERBOARD = _rows_table(
    "data_leaderboard",
    "The venue's own leaderboard at a moment; it serves no past.",
    Column("category", "VARCHAR", "Category asked for.", True),
    Column("time_period", "VARCHAR", "Window asked for.", True),
    Column("sort_by", "VARCHAR", "Measure the list is sorted by.", True),
    Column("rank", "INTEGER", "Rank, from 1.", True),
    Column("wallet", "VARCHAR", "Proxy wallet, lower case.", True),
    Column("user_name", "VARCHAR", "Public name."),
    Column("pnl_usd", _MONEY, "Profit in the window, by the venue's accounting."),
    Column("volume_shares", _MONEY, "Volume in the window as the venue counts it: shares."),
    Column("verified", "BOOLEAN", "The venue's verified badge."),
)

CLOB_BOOKS = _rows_table(
    "clob_books",
    "Order books at a moment, both sides best price first.",
    _TOKEN_ID,
    Column("condition_id", "VARCHAR", "Condition id of the market."),
    Column("book_at", "TIMESTAMPTZ", "The venue's time of the book."),
    Column("hash", "VARCHAR", "The venue's hash of the book."),
    Column("bids", _LEVELS, "Bids, highest price first; price in pUSD, size in shares.", True),
    Column("asks", _LEVELS, "Asks, lowest price first; price in pUSD, size in shares.", True),
    Column("min_order_size", _MONEY, "Smallest order, shares."),
    Column("tick_size", _MONEY, "Price step, pUSD."),
    Column("neg_risk", "BOOLEAN", "The market belongs to a neg-risk event."),
    Column("last_trade_price", _MONEY, "Price of the last trade, pUSD."),
)

CLOB_PRICES = _rows_table(
    "clob_prices",
    "Points of the venue's price history.",
    _TOKEN_ID,
    Column("event_at", "TIMESTAMPTZ", "Time of the point.", True),
    Column("price", _MONEY, "pUSD per share.", True),
    Column("fidelity_minutes", "INTEGER", "Resolution asked for, minutes.", True),
    dt_from_rows=True,
)

SOURCE_RUNS = Table(
    schema="ops",
    name="source_runs",
    description="One row per fetch of a source, successful or not.",
    columns=(
        Column("run_id", "VARCHAR", "Unique id of the fetch.", True),
        Column("source", "VARCHAR", "Source, as in raw.pages.", True),
        Column("started_at", "TIMESTAMPTZ", "Start.", True),
        Column("ended_at", "TIMESTAMPTZ", "End.", True),
        Column("outcome", "VARCHAR", "ok or failed.", True),
        Column("window_from", "TIMESTAMPTZ", "Start of the window asked for, where there is one."),
        Column("window_to", "TIMESTAMPTZ", "End of the window asked for, exclusive."),
        Column("requests", "BIGINT", "Requests sent, retries included.", True),
        Column("pages", "BIGINT", "Pages committed.", True),
        Column("rows", "BIGINT", "Records in those pages.", True),
        Column("accepted", "BIGINT", "Records written.", True),
        Column("unchanged", "BIGINT", "Records not written, since they are held already.", True),
        Column("quarantined", "BIGINT", "Records quarantined.", True),
        Column("retries", "BIGINT", "Requests that were sent again.", True),
        Column("rate_limited", "BIGINT", "Answers with status 429.", True),
        Column("bytes", "BIGINT", "Bytes of the bodies received.", True),
        Column("duration_s", "DOUBLE", "Seconds from start to end, by a monotonic clock.", True),
        Column(
            "data_until", "TIMESTAMPTZ", "Newest event time seen; null when the fetch saw none."
        ),
        Column("error_class", "VARCHAR", "Class of the error that ended it; null when ok."),
        Column("error_message", "VARCHAR", "What went wrong; null when ok."),
        Column("next_action", "VARCHAR", "What to do about it; null when ok."),
        Column("traceback", "VARCHAR", "Traceback of the error; null when ok."),
        Column("notes", "VARCHAR", "What the source has to say besides, a JSON object."),
    ),
)

PUBLISHED = Table(
    schema="ops",
    name="published",
    description="Versions of the lake whose build passed its tests; consumers read the newest.",
    columns=(
        Column("version", "BIGINT", "Version (snapshot id) of the lake.", True),
        Column("published_at", "TIMESTAMPTZ", "When it was published.", True),
        Column("models", "INTEGER", "dbt models built.", True),
        Column("tests", "INTEGER", "dbt tests passed.", True),
        Column("note", "VARCHAR", "Who or what published it.", True),
    ),
)

FRESHNESS = View(
    schema="ops",
    name="freshness",
    description="Per source: last success, last attempt with its outcome, newest event time seen.",
    query="""
        SELECT
            source,
            max(ended_at) FILTER (WHERE outcome = 'ok') AS last_success_at,
            max(started_at) AS last_attempt_at,
            max(data_until) AS data_until,
            arg_max(outcome, started_at) AS last_outcome
        FROM ops.source_runs
        GROUP BY source
    """,
)

ROW_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        GAMMA_EVENTS,
        GAMMA_MARKETS,
        DATA_TRADES,
        DATA_LEADERBOARD,
        CLOB_BOOKS,
        CLOB_PRICES,
    )
}
"""Tables a Batch may carry rows of, by name without schema."""

TABLES: tuple[Table, ...] = (
    PAGES,
    WATERMARKS,
    QUARANTINE,
    *ROW_TABLES.values(),
    SOURCE_RUNS,
    PUBLISHED,
)
VIEWS: tuple[View, ...] = (FRESHNESS,)
