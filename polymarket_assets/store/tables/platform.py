"""What every source shares: pages as received, and how far walks have come."""

from __future__ import annotations

from polymarket_assets.store.tables.shape import RECEIVED_AT, Column, Table

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
        RECEIVED_AT,
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
        Column("contract", "VARCHAR", "Endpoint and version of the contract that read it."),
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
