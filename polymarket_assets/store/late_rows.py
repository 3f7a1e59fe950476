"""Rows written after their page: what is held of a group of pages, and one commit for what is not.

Belongs here: which positions of a page are held, which late version of an object is one, and the
transaction. Only appends, so it runs beside sources. Not here: reading pages (sources/reparse.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import duckdb
import pyarrow as pa

from polymarket_assets.store.crashpoint import Crashpoints
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.session import Session
from polymarket_assets.store.stored_pages import StoredPage
from polymarket_assets.store.tables.platform import WATERMARKS
from polymarket_assets.store.tables.quarantine import QUARANTINE, REPARSED
from polymarket_assets.store.tables.shape import Table

State = Literal["accepted", "unchanged", "quarantined"]

_PLANNED = "planned_versions"
_ORDER = "received_at, page_id, position"


@dataclass
class Held:
    """Positions by page: rows, refused records that are open, and refused ones of all times."""

    rows: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    open: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    refused: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))


@dataclass(frozen=True)
class Origin:
    """A record of a page: what it counted as so far, and which contract read it now."""

    page: StoredPage
    position: int
    was: State
    contract: str | None


@dataclass
class Late:
    """What some pages lack, not yet compared with the versions that are held.

    Attributes:
        rows: with all columns of their table.
        origins: one for each row, in order.
        refused: rows of raw.quarantine that are lacking.
        turned: accepted records that are refused by now.
    """

    rows: list[pa.Table] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    turned: list[Origin] = field(default_factory=list)


@dataclass(frozen=True)
class Written:
    """What a commit has made of them.

    Attributes:
        accepted: refused records that became rows.
        unchanged: refused records that equal what was held.
        restored: rows that had been lost.
        followed: records once found unchanged that are rows now, since an object's version before
            them is another one.
        refused: records newly kept in quarantine.
    """

    accepted: int = 0
    unchanged: int = 0
    restored: int = 0
    followed: int = 0
    refused: int = 0

    def plus(self, other: Written) -> Written:
        """Both together."""
        return Written(
            self.accepted + other.accepted,
            self.unchanged + other.unchanged,
            self.restored + other.restored,
            self.followed + other.followed,
            self.refused + other.refused,
        )


class LateRows:
    """Writes late rows of one source's table; for one thread."""

    def __init__(self, lake: Lake, source: str, table: Table, crash: Crashpoints) -> None:
        self._session: Session = lake.session(for_appends=True)
        self._crash = crash
        self._source = source
        self._table = table

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def held(self, pages: Sequence[StoredPage]) -> Held:
        """What is held of some pages."""
        held = Held()
        parameters = {
            "pages": [page.page_id for page in pages],
            "earliest": min(page.received_at for page in pages),
            "latest": max(page.received_at for page in pages),
        }
        for relation, found in (
            (self._table.qualified, held.rows),
            ("ops.open_quarantine", held.open),
            (QUARANTINE.qualified, held.refused),
        ):
            rows = self._session.connection().execute(
                f"SELECT page_id, position FROM {relation}"  # noqa: S608 - declared names
                " WHERE received_at BETWEEN $earliest AND $latest"
                " AND list_contains($pages, page_id)",
                parameters,
            )
            for page_id, position in rows.fetchall():
                found[page_id].add(position)
        return held

    def commit(
        self, late: Late, *, at: datetime, mark: dict[str, Any] | None, dry_run: bool
    ) -> Written:
        """Write all of it in one transaction; the counts, also when nothing is to be written.

        Args:
            late: what is lacking.
            at: the platform's time.
            mark: a row of raw.watermarks to go with it.
            dry_run: only count.

        Raises:
            TransactionFailedError, CommitUnknownError: see `Session.transaction`.
        """
        if not late.rows and not late.refused:
            return Written()
        rows = pa.concat_tables(late.rows) if late.rows else self._table.arrow_schema.empty_table()
        if dry_run:
            connection = self._session.connection()
            is_new = self._new(connection, rows)
            if self._table.version_key:
                self._plan(connection, rows.filter(is_new))
            return self._account(late, is_new, at)[0]

        def work(connection: duckdb.DuckDBPyConnection) -> Written:
            is_new = self._new(connection, rows)
            written, log = self._account(late, is_new, at)
            _insert(connection, self._table, rows.filter(is_new))
            _insert(connection, REPARSED, _table(REPARSED, log))
            _insert(connection, QUARANTINE, _table(QUARANTINE, late.refused))
            if mark is not None and written != Written():
                _insert(connection, WATERMARKS, _table(WATERMARKS, [mark]))
            self._crash("before_commit")
            return written

        written = self._session.transaction(work)
        self._crash("after_commit")
        return written

    def remember(self, mark: dict[str, Any]) -> None:
        """Write one row of raw.watermarks by itself."""
        self._session.transaction(
            lambda connection: _insert(connection, WATERMARKS, _table(WATERMARKS, [mark]))
        )

    def _new(self, connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> pa.BooleanArray:
        """For each row whether it is to be written: each, or each that differs from the one before.

        The version before it is the one before it in time, held or among the rows themselves.
        """
        key = self._table.version_key
        if key is None:
            return pa.array([True] * rows.num_rows, pa.bool_())
        columns = [key, "received_at", "page_id", "position", "payload_sha256"]
        ordinals = pa.array(range(rows.num_rows), pa.int64())
        connection.register("late_rows", rows.select(columns).append_column("ordinal", ordinals))
        self._plan(connection, rows.slice(0, 0))
        compared = connection.execute(
            f"""
            WITH before AS (
                SELECT {", ".join(columns)} FROM {self._table.qualified}
                UNION ALL
                SELECT {", ".join(columns)} FROM temp.main.{_PLANNED}
            ),
            versions AS (
                SELECT *, NULL AS ordinal FROM before SEMI JOIN late_rows USING ({key})
                UNION ALL
                SELECT * FROM late_rows
            ),
            compared AS (
                SELECT
                    ordinal,
                    lag(payload_sha256) OVER (PARTITION BY {key} ORDER BY {_ORDER})
                        IS DISTINCT FROM payload_sha256 AS is_new
                FROM versions
            )
            SELECT is_new FROM compared WHERE ordinal IS NOT NULL ORDER BY ordinal
            """  # noqa: S608 - declared names
        ).to_arrow_table()
        connection.unregister("late_rows")
        return compared.column("is_new").combine_chunks()

    def _plan(self, connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
        """Note versions that a dry run would have written."""
        names = [str(self._table.version_key), "received_at", "page_id", "position"]
        connection.register("planned_rows", rows.select([*names, "payload_sha256"]))
        create = "CREATE TEMP TABLE IF NOT EXISTS"
        connection.execute(f"{create} {_PLANNED} AS FROM planned_rows LIMIT 0")
        connection.execute(f"INSERT INTO temp.main.{_PLANNED} FROM planned_rows")
        connection.unregister("planned_rows")

    def _account(
        self, late: Late, is_new: pa.BooleanArray, at: datetime
    ) -> tuple[Written, list[dict[str, Any]]]:
        """Counts, and the rows of raw.reparsed that follow from them."""
        counts = {"accepted": 0, "unchanged": 0, "restored": 0, "followed": 0}
        changed: list[tuple[Origin, State]] = [(origin, "quarantined") for origin in late.turned]
        for origin, new in zip(late.origins, is_new.to_pylist(), strict=True):
            if origin.was == "quarantined":
                became: State = "accepted" if new else "unchanged"
                counts[became] += 1
                changed.append((origin, became))
            elif new and origin.was == "unchanged":
                counts["followed"] += 1
                changed.append((origin, "accepted"))
            elif new:
                counts["restored"] += 1
        log = [
            {
                "page_id": origin.page.page_id,
                "source": self._source,
                "position": origin.position,
                "was": origin.was,
                "became": became,
                "contract": origin.contract,
                "reparsed_at": at,
                "dt": origin.page.dt,
            }
            for origin, became in changed
        ]
        return Written(**counts, refused=len(late.refused)), log


def _table(table: Table, rows: Sequence[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=table.arrow_schema)


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> None:
    if rows.num_rows == 0:
        return
    connection.register("incoming_rows", rows)
    connection.execute(f"INSERT INTO {table.qualified} BY NAME FROM incoming_rows")
    connection.unregister("incoming_rows")
