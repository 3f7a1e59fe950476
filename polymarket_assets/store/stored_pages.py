"""Stored pages to be read again: which ones, in the order they came, a few bodies at a time.

Belongs here: finding the pages and loading them. Not here: reading them (clients/contracts) or what
is written then (late_rows.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import duckdb

from polymarket_assets.domain.windows import DAY, DayWindow, start_of_day
from polymarket_assets.store.tables.shape import Table

PAGES_AT_ONCE = 32
"""Bodies in memory together; a body has at most some megabytes."""
EVER = DayWindow(date(2000, 1, 1), date(2200, 1, 1))


@dataclass(frozen=True)
class StoredPage:
    """A page of raw.pages with what has become of its records by now.

    `own`: something of it is to be looked at for its own sake; else only for objects that an
    earlier page has changed.
    """

    page_id: str
    received_at: datetime
    dt: date
    sha256: str
    own: bool
    accepted: int
    unchanged: int
    quarantined: int


@dataclass(frozen=True)
class Content:
    """The bytes of a page and how they were asked for."""

    contract: str | None
    path: str
    request: str
    body: bytes


class StoredPages:
    """The pages of one source to be read again, listed in a temporary table of one connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: str, table: Table) -> None:
        self._connection = connection
        self._source = source
        self._table = table
        self.first: str | None = None
        """The first page that is looked at for its own sake."""
        self.count = 0

    def choose(
        self,
        *,
        received: DayWindow | None,
        page_ids: Sequence[str],
        missing: bool,
        since: str | None,
    ) -> None:
        """List the pages.

        Args:
            received: days the pages were received on; None for all.
            page_ids: these pages and no others, whatever they hold.
            missing: also pages with fewer rows, or quarantined records, than they should have.
            since: page from which an interrupted reading is to be gone through again.
        """
        window = received or EVER
        parameters = {
            "source": self._source,
            "from": window.first,
            "to": window.last,
            "since": start_of_day(window.first),
            "until": start_of_day(window.last) + DAY,
            "pages": list(page_ids),
            "named": bool(page_ids),
            "again": since,
        }
        rows = self._table.qualified if missing else f"(FROM {self._table.qualified} LIMIT 0)"
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE own_pages AS {_OWN}".format(rows=rows, missing=missing),
            {name: parameters[name] for name in _OWN_PARAMETERS},
        )
        self.first = self._one("SELECT min(page_id) FROM own_pages")
        follow = "unchanged > 0" if self._table.version_key else "false"
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE todo AS {_TODO}".format(follow=follow),
            {"source": self._source, "first": self.first},
        )
        self.count = self._one("SELECT count(*) FROM todo")

    def groups(self) -> Iterator[list[StoredPage]]:
        """The pages in the order they were received, `PAGES_AT_ONCE` at a time."""
        for start in range(0, self.count, PAGES_AT_ONCE):
            rows = self._connection.execute(
                "SELECT * EXCLUDE (n) FROM todo WHERE n > $start AND n <= $end ORDER BY n",
                {"start": start, "end": start + PAGES_AT_ONCE},
            ).fetchall()
            yield [StoredPage(row[0], row[1].astimezone(UTC), *row[2:]) for row in rows]

    def load(self, pages: Sequence[StoredPage]) -> dict[str, Content]:
        """Bytes and requests of some pages, by page id; a page whose body is gone is left out."""
        wanted = {
            "source": self._source,
            "days": sorted({page.dt for page in pages}),
            "pages": [page.page_id for page in pages],
            "hashes": sorted({page.sha256 for page in pages}),
        }
        bodies = {
            (day, sha256): body
            for day, sha256, body in self._connection.execute(
                _BODIES, _given(_BODIES, wanted)
            ).fetchall()
        }
        asked = {
            page_id: tuple(rest)
            for page_id, *rest in self._connection.execute(
                _ASKED, _given(_ASKED, wanted)
            ).fetchall()
        }
        return {
            page.page_id: Content(*asked[page.page_id], body=bodies[page.dt, page.sha256])
            for page in pages
            if (page.dt, page.sha256) in bodies and page.page_id in asked
        }

    def _one(self, sql: str) -> Any:
        return self._connection.execute(sql).fetchall()[0][0]


_OWN_PARAMETERS = ("source", "from", "to", "since", "until", "pages", "named", "again")
_OWN = """
WITH accounts AS (
    SELECT * FROM ops.page_accounts WHERE source = $source
),
refused AS (
    SELECT page_id, count(*) AS n FROM ops.open_quarantine WHERE source = $source GROUP BY page_id
),
refused_ever AS (
    SELECT DISTINCT page_id FROM raw.quarantine WHERE source = $source
),
held AS (
    SELECT page_id, count(*) AS n
    FROM {rows}
    WHERE received_at >= $since AND received_at < $until
    GROUP BY page_id
)
SELECT page_id
FROM accounts
LEFT JOIN refused USING (page_id)
LEFT JOIN refused_ever AS ever USING (page_id)
LEFT JOIN held USING (page_id)
WHERE
    ($named AND list_contains($pages, page_id))
    OR (
        NOT $named AND dt BETWEEN $from AND $to
        AND (
            refused.n > 0
            OR (
                {missing}
                AND (
                    coalesce(held.n, 0) < accounts.accepted
                    OR coalesce(refused.n, 0) < accounts.quarantined
                )
            )
        )
    )
    OR (page_id >= $again AND ever.page_id IS NOT NULL)
"""
_TODO = """
SELECT
    row_number() OVER (ORDER BY page_id) AS n,
    page_id,
    received_at,
    dt,
    sha256,
    own.page_id IS NOT NULL AS own,
    accepted,
    unchanged,
    quarantined
FROM ops.page_accounts
LEFT JOIN own_pages AS own USING (page_id)
WHERE
    source = $source
    AND (own.page_id IS NOT NULL OR (page_id > $first AND {follow}))
"""
_BODIES = """
SELECT dt, sha256, body
FROM raw.pages
WHERE
    source = $source AND list_contains($days, dt) AND list_contains($hashes, sha256)
    AND body IS NOT NULL
"""
_ASKED = """
SELECT page_id, contract, path, request
FROM raw.pages
WHERE source = $source AND list_contains($days, dt) AND list_contains($pages, page_id)
"""


def _given(sql: str, parameters: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in parameters.items() if f"${name}" in sql}
