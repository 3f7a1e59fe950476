"""Quarantine: refused records, what was later read again, and what is still open.

Belongs here: raw.quarantine, raw.reparsed and the views that set one against the other. Nothing of
it is ever deleted: what became of a record is another row.
"""

from __future__ import annotations

from polymarket_assets.store.tables.shape import RECEIVED_AT, Column, Table, View

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
        RECEIVED_AT,
        Column("dt", "DATE", "UTC date of received_at.", True),
    ),
    partition="dt",
)

REPARSED = Table(
    schema="raw",
    name="reparsed",
    description="Records of which a later reading of their page made something else.",
    columns=(
        Column("page_id", "VARCHAR", "Page in raw.pages the record is in.", True),
        Column("source", "VARCHAR", "Source, as in raw.pages.", True),
        Column("position", "INTEGER", "Index of the record in its page, from 0.", True),
        Column("was", "VARCHAR", "What it was: accepted, unchanged or quarantined.", True),
        Column("became", "VARCHAR", "What it became: accepted, unchanged or quarantined.", True),
        Column("contract", "VARCHAR", "Endpoint and version of the contract that read it."),
        Column("reparsed_at", "TIMESTAMPTZ", "When it was read again.", True),
        Column("dt", "DATE", "UTC date the page was received.", True),
    ),
    partition="dt",
)

OPEN_QUARANTINE = View(
    schema="ops",
    name="open_quarantine",
    description="Refused records that no later reading has accepted.",
    query="""
        WITH resolved AS (
            SELECT page_id, position
            FROM raw.reparsed
            WHERE was = 'quarantined'
        )
        SELECT page_id, source, position, reason, "row", received_at, dt
        FROM raw.quarantine
        ANTI JOIN resolved USING (page_id, position)
    """,
)

PAGE_ACCOUNTS = View(
    schema="ops",
    name="page_accounts",
    description="Per page what has become of its records by now, later readings included.",
    query="""
        WITH changes AS (
            SELECT
                page_id,
                count(*) FILTER (WHERE became = 'accepted')
                    - count(*) FILTER (WHERE was = 'accepted') AS accepted,
                count(*) FILTER (WHERE became = 'unchanged')
                    - count(*) FILTER (WHERE was = 'unchanged') AS unchanged,
                count(*) FILTER (WHERE became = 'quarantined')
                    - count(*) FILTER (WHERE was = 'quarantined') AS quarantined
            FROM raw.reparsed
            GROUP BY page_id
        )
        SELECT
            pages.page_id,
            pages.source,
            pages.sha256,
            pages.dt,
            pages.received_at,
            pages.row_count,
            pages.accepted + coalesce(changes.accepted, 0) AS accepted,
            pages.unchanged + coalesce(changes.unchanged, 0) AS unchanged,
            pages.quarantined + coalesce(changes.quarantined, 0) AS quarantined
        FROM raw.pages
        LEFT JOIN changes USING (page_id)
    """,
)
