"""From raw rows to the bytes they were read from, and back: is a row what its page says?

Belongs here: finding pages, hashing their bytes, reading them again with today's contracts, and
comparing. Not here: which rows are asked for (explain_rows.py). Nothing is written
(sources/reparse.py makes good what is lacking).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa

from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.contracts.registry import UnknownContractError
from polymarket_assets.clients.errors import MalformedPageError
from polymarket_assets.serving.explain_rows import Fact, Row
from polymarket_assets.sources.reparse import read_page
from polymarket_assets.store.raw import ROW_TABLES
from polymarket_assets.store.stored_pages import PAGES_AT_ONCE, Content, StoredPage, StoredPages
from polymarket_assets.store.tables.shape import Table

Place = tuple[str, str, int]
"""Source, page, position in the page."""


@dataclass(frozen=True)
class Page:
    """One answer of a venue as raw.pages keeps it; `request` is JSON text, `sha256` hex."""

    page_id: str
    source: str
    path: str
    request: str
    received_at: datetime
    sha256: str
    bytes: int
    contract: str | None


@dataclass(frozen=True)
class Proof:
    """A raw row beside what its page's bytes say.

    Attributes:
        held: the row in its raw table; None when it is not there.
        read: the same record read from the bytes; None when they do not give it.
        page: where it was; None when raw.pages has no such page.
        problems: what does not agree, in words.
    """

    place: Place
    held: Row | None
    read: Row | None
    page: Page | None
    problems: tuple[str, ...]


def proofs(connection: duckdb.DuckDBPyConnection, facts: Iterable[Fact]) -> dict[Place, Proof]:
    """The raw row of each fact, proved by the bytes of its page; each page is read once."""
    wanted: dict[str, dict[Place, date]] = defaultdict(dict)
    for fact in facts:
        wanted[fact.source][fact.place] = fact.row["dt"]
    found: dict[Place, Proof] = {}
    for source, places in wanted.items():
        held = _held(connection, ROW_TABLES[source], places)
        received = {place[1]: row["received_at"] for place, row in held.items()}
        for place in places.keys() - held.keys():
            lost = f"raw.{source} has no record {place[2]} of page {place[1]}"
            found[place] = Proof(place, None, None, None, (lost,))
        found |= _proved(connection, source, held, received)
    return found


def _held(
    connection: duckdb.DuckDBPyConnection, table: Table, places: Mapping[Place, date]
) -> dict[Place, Row]:
    """The raw rows at some places."""
    relation = connection.execute(
        f"""
        SELECT raw.*
        FROM {table.qualified} AS raw
        INNER JOIN (SELECT unnest($pages) AS page_id, unnest($positions) AS position) AS wanted
            ON raw.page_id = wanted.page_id AND raw.position = wanted.position
        WHERE list_contains($days, raw.dt)
        """,  # noqa: S608 - a declared name
        {
            "pages": [page_id for _, page_id, _ in places],
            "positions": [position for _, _, position in places],
            "days": sorted(set(places.values())),
        },
    )
    names = [column[0] for column in relation.description or ()]
    rows = [dict(zip(names, values, strict=True)) for values in relation.fetchall()]
    return {(table.name, row["page_id"], row["position"]): row for row in rows}


def _proved(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    held: Mapping[Place, Row],
    received: Mapping[str, datetime],
) -> Iterator[tuple[Place, Proof]]:
    """A proof for each held row, a few pages at a time."""
    by_page: dict[str, list[Place]] = defaultdict(list)
    for place in held:
        by_page[place[1]].append(place)
    stored = StoredPages(connection, source, ROW_TABLES[source])
    pages = _pages(connection, source, received)
    for place in (place for page_id in by_page.keys() - pages.keys() for place in by_page[page_id]):
        lost = f"raw.pages has no page {place[1]} of {source}"
        yield place, Proof(place, held[place], None, None, (lost,))
    ordered = sorted(pages)
    for start in range(0, len(ordered), PAGES_AT_ONCE):
        group = [pages[page_id] for page_id in ordered[start : start + PAGES_AT_ONCE]]
        contents = stored.load([page for page, _ in group])
        for page, told in group:
            places = by_page[page.page_id]
            parsed, problem = _read(page, contents.get(page.page_id))
            records = _records(parsed, {position for _, _, position in places})
            for place in places:
                read = records.get(place[2])
                problems = (problem,) if problem else _differences(place, held[place], read)
                yield place, Proof(place, held[place], read, told, problems)


def _pages(
    connection: duckdb.DuckDBPyConnection, source: str, received: Mapping[str, datetime]
) -> dict[str, tuple[StoredPage, Page]]:
    rows = connection.execute(
        """
        SELECT
            page_id, received_at, dt, sha256, accepted, unchanged, quarantined,
            path, request, bytes, contract
        FROM raw.pages
        WHERE source = $source AND list_contains($days, dt) AND list_contains($pages, page_id)
        """,
        {
            "source": source,
            "days": sorted({moment.astimezone(UTC).date() for moment in received.values()}),
            "pages": list(received),
        },
    ).fetchall()
    found = {}
    for page_id, at, day, sha256, *counts, path, request, size, contract in rows:
        received_at = at.astimezone(UTC)
        found[page_id] = (
            StoredPage(page_id, received_at, day, sha256, True, *counts),
            Page(page_id, source, path, request, received_at, sha256, size, contract),
        )
    return found


def _read(page: StoredPage, content: Content | None) -> tuple[ParsedPage | None, str | None]:
    """The page read again, or why it cannot be."""
    if content is None:
        return None, f"page {page.page_id}: its bytes are no longer held"
    sha256 = hashlib.sha256(content.body).hexdigest()
    if sha256 != page.sha256:
        return None, f"page {page.page_id}: its bytes have the SHA-256 {sha256}, not {page.sha256}"
    try:
        return read_page(page, content), None
    except (MalformedPageError, UnknownContractError, KeyError) as error:
        return None, f"page {page.page_id} cannot be read: {type(error).__name__}: {error}"


def _records(parsed: ParsedPage | None, positions: Set[int]) -> dict[int, Row]:
    """The accepted records of a page at some positions."""
    if parsed is None:
        return {}
    there = parsed.table.column("position").to_pylist()
    chosen = [index for index, position in enumerate(there) if position in positions]
    rows = parsed.table.take(pa.array(chosen, pa.int64())).to_pylist()
    return {row["position"]: row for row in rows}


def _differences(place: Place, held: Row, read: Row | None) -> tuple[str, ...]:
    """Where a row is not what the bytes say, in words."""
    source, page_id, position = place
    if read is None:
        return (f"page {page_id}: today's contract gives no record {position}",)
    return tuple(
        f"raw.{source}, record {position} of page {page_id}: {name} is {held[name]},"
        f" the bytes say {value}"
        for name, value in read.items()
        if held[name] != value
    )
