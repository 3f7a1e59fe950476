"""Gamma: events, markets and tags, a row per version of an object."""

from __future__ import annotations

from polymarket_assets.store.tables.shape import PAYLOAD_SHA256, Column, rows_table

GAMMA_EVENTS = rows_table(
    "gamma_events",
    "Versions of Gamma events: one row whenever an event's object had changed.",
    Column("event_id", "VARCHAR", "Gamma's id of the event.", True),
    Column("payload", "VARCHAR", "The event as JSON, `markets` replaced by `marketIds`.", True),
    PAYLOAD_SHA256,
    version_key="event_id",
)

GAMMA_MARKETS = rows_table(
    "gamma_markets",
    "Versions of Gamma markets: one row whenever a market's object had changed.",
    Column("market_id", "VARCHAR", "Gamma's id of the market.", True),
    Column("condition_id", "VARCHAR", "Condition id; null while Gamma has none."),
    Column("closed", "BOOLEAN", "Gamma's `closed`."),
    Column("payload", "VARCHAR", "The market as JSON, `events` replaced by `eventIds`.", True),
    PAYLOAD_SHA256,
    version_key="market_id",
)

GAMMA_TAGS = rows_table(
    "gamma_tags",
    "Versions of Gamma tags: one row whenever a tag's object had changed.",
    Column("tag_id", "VARCHAR", "Gamma's id of the tag.", True),
    Column("payload", "VARCHAR", "The tag as JSON.", True),
    PAYLOAD_SHA256,
    version_key="tag_id",
)
