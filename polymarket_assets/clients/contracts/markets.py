"""GET /markets/keyset: one market per object, into raw.gamma_markets.

Belongs here: the contract of a market: types of the fields we read, ids, and the lists that belong
together. Not here: the request (gamma.py); what a field means (dbt).
"""

from __future__ import annotations

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.keyset import (
    Flag,
    KeysetContract,
    MarketsPage,
    Number,
    Payload,
    Reference,
    Text,
    check_moments,
    check_references,
    listed,
    payload,
    with_typed_fields,
    words,
)
from polymarket_assets.clients.contracts.page import FieldError, ParsedPage

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("market_id", pa.string(), nullable=False),
        pa.field("condition_id", pa.string()),
        pa.field("closed", pa.bool_()),
        pa.field("payload", pa.string(), nullable=False),
        pa.field("payload_sha256", pa.string(), nullable=False),
    ]
)


class FeeSchedule(msgspec.Struct, rename="camel"):
    """What a taker pays: C * rate * (p * (1 - p)) ** exponent."""

    exponent: Number = None
    rate: Number = None
    taker_only: Flag = None
    rebate_rate: Number = None


class _Market(msgspec.Struct, rename="camel"):
    """The fields that are looked into; `conditionId` is "" until the market is deployed."""

    id: str
    condition_id: str
    question: str
    closed: bool
    outcomes: Text = None
    outcome_prices: Text = None
    clob_token_ids: Text = None
    created_at: Text = None
    start_date: Text = None
    end_date: Text = None
    updated_at: Text = None
    closed_time: Text = None
    game_start_time: Text = None
    events: list[Reference] | None = None
    fee_schedule: FeeSchedule | None = None


_NUMBERS = words(
    "bestAsk bestBid spread lastTradePrice oneHourPriceChange oneDayPriceChange oneWeekPriceChange "
    "oneMonthPriceChange oneYearPriceChange volumeNum volumeAmm volumeClob volume24hr volume1wk "
    "volume1mo volume1yr volume24hrAmm volume1wkAmm volume1moAmm volume1yrAmm volume24hrClob "
    "volume1wkClob volume1moClob volume1yrClob liquidityNum liquidityAmm liquidityClob competitive "
    "orderMinSize orderPriceMinTickSize rewardsMinSize rewardsMaxSpread makerBaseFee takerBaseFee "
    "secondsDelay customLiveness"
)
_FLAGS = words(
    "active archived acceptingOrders enableOrderBook negRisk negRiskOther feesEnabled restricted "
    "featured approved automaticallyResolved"
)
_TEXTS = words(
    "slug description category resolutionSource groupItemTitle volume liquidity marketType "
    "formatType marketMakerAddress questionID negRiskMarketID negRiskRequestID resolvedBy feeType "
    "umaResolutionStatus umaResolutionStatuses sportsMarketType"
)
# Fields we know and do not read: of any type.
_UNREAD = words(
    "acceptingOrdersTimestamp automaticallyActive bannerImage categoryMailchimpTag "
    "clearBookOnStart clobRewards comboStatus commentsEnabled creator cyom denominationToken "
    "deploying deployingTimestamp disqusThread endDateIso eventStartTime fee fpmmLive funded "
    "gameId groupItemRange groupItemThreshold hasReviewedDates holdingRewardsEnabled icon image "
    "line lowerBound mailchimpTag makerRebatesFeeShareBps manualActivation marketGroup new "
    "notificationsEnabled pagerDutyNotificationEnabled pendingDeployment positionIds ready "
    "readyForCron requiresTranslation rfqEnabled sentDiscord seriesColor showGmpOutcome "
    "showGmpSeries sponsorImage startDateIso subcategory submitted_by tags teamAID teamBID "
    "twitterCardImage twitterCardLastRefreshed twitterCardLastValidated twitterCardLocation "
    "umaBond umaEndDate umaEndDateIso umaReward updatedBy upperBound version wideFormat"
)

Record = with_typed_fields(_Market, numbers=_NUMBERS, flags=_FLAGS, texts=_TEXTS)

KNOWN = frozenset(Record.__struct_encode_fields__) | frozenset(_UNREAD)

_CONTRACT = KeysetContract(
    endpoint="gamma_markets",
    page=MarketsPage,
    key="markets",
    rows=lambda page: page.markets,
    record=Record,
    known=KNOWN,
)


def parse(body: bytes) -> ParsedPage:
    """Parse a page of markets.

    Raises:
        MalformedPageError: the answer is no such page.
    """
    rows = _CONTRACT.take_apart(body, _accept)
    payloads = [payload for *_, payload in rows.accepted]
    table = pa.table(
        [
            pa.array(rows.positions, pa.int32()),
            pa.array([market_id for market_id, *_ in rows.accepted], pa.string()),
            pa.array([condition_id for _, condition_id, *_ in rows.accepted], pa.string()),
            pa.array([closed for _, _, closed, _ in rows.accepted], pa.bool_()),
            pa.array([payload.text for payload in payloads], pa.string()),
            pa.array([payload.sha256 for payload in payloads], pa.string()),
        ],
        schema=SCHEMA,
    )
    return rows.page(table)


def _accept(market: _Market, raw: bytes) -> tuple[str, str | None, bool, Payload]:
    """Market id, condition id, closed and payload of one market."""
    values.digit_ids("id", [market.id])
    condition_id = None
    if market.condition_id:
        [condition_id] = values.hex_ids(
            "conditionId", [market.condition_id], values.CONDITION_LENGTHS
        )
    _check_outcomes(market)
    check_moments(
        (
            ("createdAt", market.created_at),
            ("startDate", market.start_date),
            ("endDate", market.end_date),
            ("updatedAt", market.updated_at),
            ("closedTime", market.closed_time),
            ("gameStartTime", market.game_start_time),
        )
    )
    event_ids = check_references("events", market.events)
    return market.id, condition_id, market.closed, payload(raw, "events", "eventIds", event_ids)


def _check_outcomes(market: _Market) -> None:
    """The three lists, where present, are sound and of one length; old markets have no tokens."""
    outcomes = listed("outcomes", market.outcomes)
    prices = listed("outcomePrices", market.outcome_prices)
    tokens = listed("clobTokenIds", market.clob_token_ids)
    for name, other in (("outcomePrices", prices), ("clobTokenIds", tokens)):
        if outcomes is not None and other is not None and len(outcomes) != len(other):
            raise FieldError(name, f"{len(other)} entries for {len(outcomes)} outcomes")
    if tokens is not None:
        values.digit_ids("clobTokenIds", tokens)
        if len(set(tokens)) < len(tokens):
            raise FieldError("clobTokenIds", "one token for two outcomes")
    if prices is not None:
        values.amounts(
            "outcomePrices", values.plain_decimals("outcomePrices", prices), low=0, high=1
        )
