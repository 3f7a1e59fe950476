"""Writing groups of batches: rows, rejected rows, watermarks and pages, in one transaction each.

Belongs here: what a group becomes in the raw tables, and the check of a batch before it is queued.
It runs in one thread (writer.py's) with one connection.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import compress
from typing import Any

import duckdb
import pyarrow as pa

from polymarket_assets.store.batch import Batch, Page, Receipt
from polymarket_assets.store.crashpoint import crashpoints
from polymarket_assets.store.ducklake import merge_files
from polymarket_assets.store.held_pages import HeldPages
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.raw import ROW_TABLES
from polymarket_assets.store.session import LakeUnavailableError
from polymarket_assets.store.stored_pages import StoredPage
from polymarket_assets.store.tables.platform import PAGES, WATERMARKS
from polymarket_assets.store.tables.quarantine import QUARANTINE
from polymarket_assets.store.tables.shape import Table
from polymarket_assets.store.versions import HeldVersions

MERGE_EVERY = 200
"""Commits after which a writer merges the small files it has left behind."""
MERGE_BELOW = 1_000_000
"""Bytes; larger files are left to maintenance."""


class BatchRefusedError(ValueError):
    """A batch contradicts itself or the tables it is for; nothing of it was written."""


@dataclass
class _Written:
    """What a transaction wrote: counts per batch, in order, and new versions per table."""

    accepted: list[int]
    unchanged: list[int]
    quarantined: list[int]
    versions: dict[str, pa.Table] = field(default_factory=dict)

    @classmethod
    def nothing_of(cls, batches: Sequence[Batch]) -> _Written:
        """All counts zero."""
        return cls([0] * len(batches), [0] * len(batches), [0] * len(batches))


class Appender:
    """The thread side of LakeWriter; not for two threads at once."""

    def __init__(self, lake: Lake) -> None:
        self._lent = ExitStack()
        self._session = self._lent.enter_context(lake.append_session())
        self._crash = crashpoints(lake.settings)
        self._held = HeldPages()
        self._versions = {
            table.name: HeldVersions(table) for table in ROW_TABLES.values() if table.version_key
        }
        self._commits = 0
        self._touched: set[Table] = set()

    def commit(self, batches: Sequence[Batch]) -> list[Receipt]:
        """Commit the batches together; they are in the lake when this returns.

        After a commit of unknown outcome the catalog is asked for it; only if it is not there is
        the group written again.
        """
        written = self._session.transaction(lambda connection: self._write(connection, batches))
        self._crash("after_commit")
        self._remember(batches, written)
        self._commits += 1
        if self._commits % MERGE_EVERY == 0:
            self._merge()
        return [
            Receipt(batch.page.page_id, *counts)
            for batch, *counts in zip(
                batches, written.accepted, written.unchanged, written.quarantined, strict=True
            )
        ]

    def commit_missing(self, batches: Sequence[Batch]) -> int:
        """Commit what a killed process had still to commit; give the number of pages.

        Left out is what the lake has, and what it cannot take up: a page whose predecessor is
        missing (the lake was set back meanwhile), whose watermark would pass data that are not
        there.
        """
        held = self._held_numbers({batch.page.walk_id for batch in batches})
        missing = []
        for batch in batches:
            walk, number = batch.page.walk_id, batch.page.page_number
            if (walk, number) in held or (number > 0 and (walk, number - 1) not in held):
                continue
            check_batch(batch)
            held.add((walk, number))
            missing.append(batch)
        if missing:
            self.commit(missing)
        return len(missing)

    def close(self) -> None:
        """Give the connection back, with nothing of this writer in it."""
        for versions in self._versions.values():
            versions.forget(self._session)
        self._lent.close()

    def _held_numbers(self, walks: Collection[str]) -> set[tuple[str, int]]:
        """(walk, number) of the pages the lake has of some walks."""
        return set(
            self._session.transaction(
                lambda connection: connection.execute(
                    "SELECT walk_id, page_number FROM raw.pages WHERE list_contains(?, walk_id)",
                    [list(walks)],
                ).fetchall()
            )
        )

    def _write(self, connection: duckdb.DuckDBPyConnection, batches: Sequence[Batch]) -> _Written:
        written = _Written.nothing_of(batches)
        repeated = self._repeated(connection, batches)
        for index, batch in enumerate(batches):
            if repeated[index]:
                written.unchanged[index] = batch.page.row_count
            else:
                written.quarantined[index] = len(batch.quarantine)
        for name in sorted({name for batch in batches for name in batch.rows}):
            parts = [
                (index, completed(ROW_TABLES[name], batch.rows[name], batch.page))
                for index, batch in enumerate(batches)
                if name in batch.rows and not repeated[index]
            ]
            self._write_rows(connection, ROW_TABLES[name], parts, written)
        self._insert(
            connection,
            QUARANTINE,
            _quarantined(compress(batches, (not again for again in repeated))),
        )
        self._insert(connection, WATERMARKS, _watermarks(batches))
        self._insert(connection, PAGES, self._pages(connection, batches, written))
        self._crash("before_commit")
        return written

    def _write_rows(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: Table,
        parts: Sequence[tuple[int, pa.Table]],
        written: _Written,
    ) -> None:
        """Write the rows of some batches, given by their index, and count them there."""
        if not any(part.num_rows for _, part in parts):
            return
        rows = pa.concat_tables(part for _, part in parts)
        versions = self._versions.get(table.name)
        if versions is None:
            for index, part in parts:
                written.accepted[index] += part.num_rows
        else:
            is_new = versions.is_new(connection, self._session.opened, rows)
            start = 0
            for index, part in parts:
                accepted = is_new.slice(start, part.num_rows).true_count
                written.accepted[index] += accepted
                written.unchanged[index] += part.num_rows - accepted
                start += part.num_rows
            rows = rows.filter(is_new)
            written.versions[table.name] = rows
        self._insert(connection, table, rows)

    def _pages(
        self, connection: duckdb.DuckDBPyConnection, batches: Sequence[Batch], written: _Written
    ) -> pa.Table:
        """One row each, in which a body is the batch's own bytes and no copy."""
        here: set[tuple[str, date, str]] = set()
        facts: list[Mapping[str, Any]] = []
        bodies: list[pa.Array] = []
        for index, batch in enumerate(batches):
            page = batch.page
            key = (page.source, page.dt, page.sha256)
            held = key in here or self._held.has_body(connection, page)
            here.add(key)
            bodies.append(pa.nulls(1, pa.binary()) if held else _one_blob(page.body))
            facts.append(
                {
                    "page_id": page.page_id,
                    "source": page.source,
                    "scope": page.scope,
                    "walk_id": page.walk_id,
                    "page_number": page.page_number,
                    "path": page.path,
                    "request": page.request,
                    "status": page.status,
                    "received_at": page.received_at,
                    "sha256": page.sha256,
                    "bytes": len(page.body),
                    "row_count": page.row_count,
                    "accepted": written.accepted[index],
                    "unchanged": written.unchanged[index],
                    "quarantined": written.quarantined[index],
                    "next_cursor": page.next_cursor,
                    "contract": page.contract,
                    "dt": page.dt,
                }
            )
        table = pa.Table.from_pylist(facts, schema=PAGES.arrow_schema)
        place = table.schema.get_field_index("body")
        return table.set_column(place, table.field(place), pa.chunked_array(bodies, pa.binary()))

    def _repeated(
        self, connection: duckdb.DuckDBPyConnection, batches: Sequence[Batch]
    ) -> list[bool]:
        """For each batch: it is of events, and an equal page of its scope and day is held."""
        here: set[tuple[str, str, date, str]] = set()
        repeated = []
        for batch in batches:
            page = batch.page
            key = (page.source, page.scope, page.dt, page.sha256)
            repeated.append(
                all(ROW_TABLES[name].events for name in batch.rows)
                and (key in here or self._held.has_answer(connection, page))
            )
            here.add(key)
        return repeated

    def _insert(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: Table,
        rows: pa.Table | Iterable[Mapping[str, Any]],
    ) -> None:
        if not isinstance(rows, pa.Table):
            rows = pa.Table.from_pylist(list(rows), schema=table.arrow_schema)
        if rows.num_rows == 0:
            return
        connection.register("incoming_rows", rows)
        connection.execute(f"INSERT INTO {table.qualified} BY NAME FROM incoming_rows")
        connection.unregister("incoming_rows")
        self._touched.add(table)

    def _remember(self, batches: Sequence[Batch], written: _Written) -> None:
        for batch in batches:
            self._held.remember(batch.page)
        try:
            for name, rows in written.versions.items():
                connection = self._session.connection()
                self._versions[name].remember(connection, self._session.opened, rows)
        except (duckdb.Error, LakeUnavailableError):
            # The commit has landed. What is remembered lives in the connection, and goes with it.
            self._session.close()

    def _merge(self) -> None:
        """Merge the small files of these commits, so that a long run leaves few behind.

        Readers and appenders are not disturbed. Another merge may win the race: so be it.
        """
        for table in self._touched:
            try:
                self._session.once(
                    lambda connection, table=table: merge_files(
                        connection, table.schema, table.name, smaller_than=MERGE_BELOW
                    )
                )
            except (duckdb.Error, LakeUnavailableError):
                continue  # only tidying failed; the next commit opens another connection
        self._touched.clear()


def _one_blob(content: bytes) -> pa.Array:
    """A binary column of one value, which stays where it is."""
    offsets = pa.array([0, len(content)], pa.int32()).buffers()[1]
    return pa.Array.from_buffers(pa.binary(), 1, [None, offsets, pa.py_buffer(content)])


def check_batch(batch: Batch) -> None:
    """Refuse a batch whose rows do not fit their tables, or whose counts do not add up.

    Raises:
        BatchRefusedError: naming the page, the table and the column.
    """
    page = batch.page
    where = f"page {page.page_number} of walk {page.walk_id} ({page.source}, {page.scope})"
    for moment in (page.received_at, batch.watermark and batch.watermark.recorded_at):
        if isinstance(moment, datetime) and moment.tzinfo is None:
            raise BatchRefusedError(f"{where}: {moment} has no time zone; times are aware and UTC")
    for name, rows in batch.rows.items():
        if name not in ROW_TABLES:
            raise BatchRefusedError(
                f"{where}: raw.{name} takes no rows; tables that do: {', '.join(ROW_TABLES)}"
            )
        _check_rows(f"{where}: raw.{name}", rows, ROW_TABLES[name].parser_schema)
    found = sum(rows.num_rows for rows in batch.rows.values()) + len(batch.quarantine)
    if found != page.row_count:
        raise BatchRefusedError(
            f"{where}: the page has {page.row_count} records, but rows and quarantined rows are "
            f"{found}; a record must be one or the other, so the parser lost or doubled some"
        )


def _check_rows(where: str, rows: pa.Table, schema: pa.Schema) -> None:
    wanted = {column.name: column.type for column in schema}
    given = {column.name: column.type for column in rows.schema}
    if wanted != given:
        differing = [
            f"{name} is {given.get(name, 'missing')} instead of {wanted.get(name, 'no column')}"
            for name in {**wanted, **given}
            if wanted.get(name) != given.get(name)
        ]
        raise BatchRefusedError(f"{where}: {'; '.join(differing)}")
    for column in schema:
        if not column.nullable and rows.column(column.name).null_count:
            raise BatchRefusedError(
                f"{where}: {column.name} is null in {rows.column(column.name).null_count} row(s); "
                "the parser must quarantine such records"
            )


def completed(table: Table, rows: pa.Table, page: Page | StoredPage) -> pa.Table:
    """The parser's rows with the columns that come from the page, in the table's order."""
    supplied = {"page_id": page.page_id, "received_at": page.received_at, "dt": page.dt}
    return pa.Table.from_arrays(
        [
            rows.column(column.name)
            if column.name in rows.column_names
            else pa.repeat(pa.scalar(supplied[column.name], column.type), rows.num_rows)
            for column in table.arrow_schema
        ],
        schema=table.arrow_schema,
    )


def _quarantined(batches: Iterable[Batch]) -> Iterator[Mapping[str, Any]]:
    for batch in batches:
        page = batch.page
        for rejected in batch.quarantine:
            yield {
                "page_id": page.page_id,
                "source": page.source,
                "position": rejected.position,
                "reason": rejected.reason,
                "row": rejected.row,
                "received_at": page.received_at,
                "dt": page.dt,
            }


def _watermarks(batches: Sequence[Batch]) -> Iterator[Mapping[str, Any]]:
    for batch in batches:
        watermark = batch.watermark
        if watermark is not None:
            yield {
                "source": watermark.source,
                "scope": watermark.scope,
                "walk_id": watermark.walk_id,
                "cursor": watermark.cursor,
                "complete": watermark.complete,
                "state": json.dumps(watermark.state, sort_keys=True),
                "page_id": batch.page.page_id,
                "recorded_at": watermark.recorded_at,
            }
