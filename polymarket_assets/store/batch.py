"""What passes between sources and the lake: pages, rows, watermarks, and the account of a fetch.

Belongs here: frozen records without behaviour, and the id of a page. How they are stored is
`writer.py`'s and `lake.py`'s business.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Literal

import pyarrow as pa


@dataclass(frozen=True)
class Page:
    """One answer of a venue, as received.

    Attributes:
        source: source that asked, named like its raw table.
        scope: what the walk covers (a day, a group of tokens, …), free text.
        path: path of the request.
        request: parameters or body of the request as JSON text.
        received_at: when the answer was complete, by the platform's clock; aware.
        status: HTTP status.
        body: the bytes of the answer, decompressed.
        row_count: records in the page, rejected ones included.
        walk_id: the walk this page belongs to.
        page_number: place in the walk.
        next_cursor: cursor of the next page; None at the end.
        contract: endpoint and version of the contract that read it.
    """

    source: str
    scope: str
    path: str
    request: str
    received_at: datetime
    status: int
    body: bytes
    row_count: int
    walk_id: str
    page_number: int
    next_cursor: str | None
    contract: str | None = None

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the body, hex."""
        return hashlib.sha256(self.body).hexdigest()

    @cached_property
    def page_id(self) -> str:
        """Time received in ms, start of the body's hash, the rest's hash: unique, sorts by time."""
        asked = json.dumps(
            [
                self.source,
                self.scope,
                self.walk_id,
                self.page_number,
                self.path,
                self.request,
                self.received_at.isoformat(),
            ]
        )
        milliseconds = int(self.received_at.timestamp() * 1000)
        request_hash = hashlib.sha256(asked.encode()).hexdigest()[:12]
        return f"{milliseconds:013d}-{self.sha256[:16]}-{request_hash}"

    @property
    def dt(self) -> date:
        """UTC date the page was received."""
        return self.received_at.astimezone(UTC).date()


@dataclass(frozen=True)
class Watermark:
    """How far the walk `walk_id` of (source, scope) has come.

    `cursor` says where it goes on, `complete` that it has reached its end, `state` (a JSON object)
    whatever else the source remembers; `recorded_at` decides which watermark is the latest.
    """

    source: str
    scope: str
    walk_id: str
    cursor: str | None
    complete: bool
    state: dict[str, Any]
    recorded_at: datetime


@dataclass(frozen=True)
class QuarantinedRow:
    """A record that broke its contract: its index in the page, the broken rule, its bytes."""

    position: int
    reason: str
    row: bytes


@dataclass(frozen=True)
class Batch:
    """One page and all that came of it; committed whole or not at all.

    `rows` maps names of raw tables to Arrow tables with the table's `parser_schema` (raw.py); their
    rows and the quarantined ones add up to `page.row_count`.
    """

    page: Page
    rows: Mapping[str, pa.Table]
    quarantine: Sequence[QuarantinedRow]
    watermark: Watermark | None


@dataclass(frozen=True)
class Receipt:
    """What became of a committed batch; the three counts add up to the page's row_count."""

    page_id: str
    accepted: int
    unchanged: int
    quarantined: int


@dataclass(frozen=True)
class SourceRun:
    """The account of one fetch of one source, a row of ops.source_runs (raw.py names the units)."""

    run_id: str
    source: str
    started_at: datetime
    ended_at: datetime
    outcome: Literal["ok", "failed", "partial"]
    window_from: datetime | None
    window_to: datetime | None
    requests: int
    pages: int
    rows: int
    accepted: int
    unchanged: int
    quarantined: int
    retries: int
    rate_limited: int
    bytes: int
    duration_s: float
    data_until: datetime | None
    error_class: str | None = None
    error_message: str | None = None
    next_action: str | None = None
    traceback: str | None = None
    notes: str | None = None


@dataclass(frozen=True)
class Publication:
    """One row of ops.published: a version of the lake whose build passed its tests."""

    version: int
    published_at: datetime
    models: int
    tests: int
    note: str
