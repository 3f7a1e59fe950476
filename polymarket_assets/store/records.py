"""What the lake knows about itself: watermarks, source runs, published versions.

Belongs here: reading and writing raw.watermarks, ops.source_runs and ops.published in plain SQL, as
the part of `Lake` that needs no knowledge of DuckLake.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from typing import TypeVar

import duckdb

from polymarket_assets.store.batch import Publication, SourceRun, Watermark
from polymarket_assets.store.tables.ops import BUILDS, PUBLISHED, SOURCE_RUNS
from polymarket_assets.store.tables.shape import Table

T = TypeVar("T")
Parameters = Sequence[object] | Mapping[str, object] | None


class LakeRecords(ABC):
    """The bookkeeping side of `Lake`."""

    @abstractmethod
    def rows(
        self, sql: str, params: Parameters = None, *, version: int | None = None
    ) -> list[tuple]:
        """All rows of a query."""

    @abstractmethod
    def transaction(self, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Begin, work, commit, retried."""

    def watermarks(self, source: str, *, scopes: str = "%") -> dict[str, Watermark]:
        """The latest watermark of each scope of a source, by scope; `scopes` is a LIKE pattern."""
        latest = self.rows(
            """
            SELECT source, scope, walk_id, cursor, complete, state, recorded_at
            FROM raw.watermarks
            WHERE source = ? AND scope LIKE ?
            QUALIFY 1 = row_number() OVER (
                PARTITION BY scope ORDER BY recorded_at DESC, page_id DESC
            )
            """,
            [source, scopes],
        )
        return {
            row[1]: Watermark(
                *row[:5], state=json.loads(row[5]), recorded_at=row[6].astimezone(UTC)
            )
            for row in latest
        }

    def record_source_run(self, run: SourceRun) -> None:
        """Add one row to ops.source_runs, once even if a commit breaks off."""
        self._append(SOURCE_RUNS, astuple(run))

    def published(self) -> Publication | None:
        """The newest published version, read at the head; None before the first."""
        publications = self.publications()
        return publications[-1] if publications else None

    def publications(self) -> list[Publication]:
        """Every row of ops.published, the oldest version first."""
        rows = self.rows(
            "SELECT version, published_at, models, tests, note FROM ops.published"
            " ORDER BY version, published_at"
        )
        return [Publication(row[0], row[1].astimezone(UTC), *row[2:]) for row in rows]

    def publish(
        self,
        version: int,
        *,
        published_at: datetime,
        models: int,
        tests: int,
        note: str,
        model_version: str | None = None,
    ) -> Publication:
        """Make `version` what consumers read; the caller built and tested it under the build lock.

        Raises:
            VersionNotHeldError: there is no such version.
        """
        self.require_version(version)
        publication = Publication(version, published_at, models, tests, note)
        if model_version is not None:
            self._append(BUILDS, (version, model_version))
        self._append(PUBLISHED, astuple(publication))
        return publication

    def model_version(self, version: int) -> str | None:
        """Which models a published version was built by; None where it was published by hand."""
        built = self.rows("SELECT model_version FROM ops.builds WHERE version = ?", [version])
        return built[-1][0] if built else None

    @abstractmethod
    def require_version(self, version: int) -> None:
        """Raise VersionNotHeldError unless the version is held."""

    def _append(self, table: Table, values: Sequence[object]) -> None:
        marks = ", ".join("?" for _ in values)
        # Only names this file gives are put into the text; the values are parameters.
        insert = f"INSERT INTO {table.qualified} VALUES ({marks})"  # noqa: S608
        self.transaction(lambda connection: connection.execute(insert, values))
