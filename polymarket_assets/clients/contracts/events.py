"""GET /events/keyset: one event per object, into raw.gamma_events.

Belongs here: the contract of an event: types of the fields we read, and its ids. Not here: the
request (gamma.py); the event's markets (markets.py); what a field means (dbt).
"""

from __future__ import annotations

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.keyset import (
    EventsPage,
    KeysetContract,
    Payload,
    Reference,
    Text,
    check_moments,
    check_references,
    payload,
    with_typed_fields,
    words,
)
from polymarket_assets.clients.contracts.page import ParsedPage

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("event_id", pa.string(), nullable=False),
        pa.field("payload", pa.string(), nullable=False),
        pa.field("payload_sha256", pa.string(), nullable=False),
    ]
)


class Tag(msgspec.Struct):
    """A tag of an event; categories are told from the slugs."""

    id: str
    label: Text = None
    slug: Text = None


class _Event(msgspec.Struct, rename="camel"):
    """The fields that are looked into."""

    id: str
    title: str
    created_at: Text = None
    start_date: Text = None
    end_date: Text = None
    updated_at: Text = None
    closed_time: Text = None
    start_time: Text = None
    markets: list[Reference] | None = None
    tags: list[Tag] | None = None


_NUMBERS = words(
    "volume volume24hr volume1wk volume1mo volume1yr liquidity liquidityAmm liquidityClob "
    "openInterest competitive commentCount negRiskFeeBips"
)
_FLAGS = words(
    "active closed archived featured restricted enableOrderBook negRisk enableNegRisk "
    "negRiskAugmented live ended"
)
_TEXTS = words("ticker slug description category resolutionSource negRiskMarketID seriesSlug")
# Fields we know and do not read: of any type.
_UNREAD = words(
    "automaticallyActive automaticallyResolved cantEstimate carouselMap color commentsEnabled "
    "countryName createdBy creationDate cumulativeMarkets cyom deploying deployingTimestamp "
    "disableEventImage disqusThread elapsed electionType estimateValue estimatedValue eventDate "
    "eventMetadata eventWeek featuredImage featuredOrder finishedTimestamp gameId gmpChartMode "
    "icon image isTemplate new parentEvent parentEventId pendingDeployment period published_at "
    "requiresTranslation score series showAllOutcomes showMarketImages sortBy spreadsMainLine "
    "subcategory subcategories subEvents teams totalsMainLine updatedBy version"
)

Record = with_typed_fields(_Event, numbers=_NUMBERS, flags=_FLAGS, texts=_TEXTS)

KNOWN = frozenset(Record.__struct_encode_fields__) | frozenset(_UNREAD)

_CONTRACT = KeysetContract(
    endpoint="gamma_events",
    page=EventsPage,
    key="events",
    rows=lambda page: page.events,
    record=Record,
    known=KNOWN,
)


def parse(body: bytes) -> ParsedPage:
    """Parse a page of events.

    Raises:
        MalformedPageError: the answer is no such page.
    """
    rows = _CONTRACT.take_apart(body, _accept)
    table = pa.table(
        [
            pa.array(rows.positions, pa.int32()),
            pa.array([event_id for event_id, _ in rows.accepted], pa.string()),
            pa.array([payload.text for _, payload in rows.accepted], pa.string()),
            pa.array([payload.sha256 for _, payload in rows.accepted], pa.string()),
        ],
        schema=SCHEMA,
    )
    return rows.page(table)


def _accept(event: _Event, raw: bytes) -> tuple[str, Payload]:
    """Event id and payload of one event."""
    values.digit_ids("id", [event.id])
    check_moments(
        (
            ("createdAt", event.created_at),
            ("startDate", event.start_date),
            ("endDate", event.end_date),
            ("updatedAt", event.updated_at),
            ("closedTime", event.closed_time),
            ("startTime", event.start_time),
        )
    )
    market_ids = check_references("markets", event.markets)
    return event.id, payload(raw, "markets", "marketIds", market_ids)
