"""The endpoints that malformed payloads are tried on: an entry each.

An entry is a page, how it was asked for, where its records lie, and its fields by kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from polymarket_assets.clients.contracts.contract import Asked
from tests.payloads.malformed import (
    KEEP,
    MISSING,
    NOW_SECONDS,
    NULL,
    REJECT,
    Field,
    Kind,
    Outcome,
    Record,
)

HERE = Path(__file__).parent
RECORDED = HERE.parents[1].parent / "shared" / "data" / "payloads"
"""Recorded payloads, on machines that have them beside the repository."""
NOW = datetime.fromtimestamp(NOW_SECONDS, UTC)


@dataclass(frozen=True)
class Special:
    """A class that only this endpoint has: the fields that are changed, and what must happen."""

    name: str
    changes: Record
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True)
class Sample:
    """One endpoint.

    Attributes:
        contract: its name in the registry.
        page: a page with good records.
        key: name of the list of records; "" when the page is that list.
        params, asked_body: the request.
        fields: its fields, by kind; not all of them, but each kind with each treatment.
        swaps: pairs of fields whose exchange must be noticed.
        specials: classes of its own.
        pages: page classes of its own: changes of the envelope, and whether it must fail.
        nested: for payloads: the list of objects that is kept as ids, their name, their own id.
        recorded: file with recorded records.
        records_of, page_of: where the records lie, when they are no list under `key`.
        path: of the request, where the parser reads it.
        refusals: endpoint its refusals name, when it shares its parser with that one.
        alone: a page is one record, with no neighbours a broken one could take with it; the tests
            of its contract try it.
    """

    contract: str
    page: Any
    key: str
    fields: Sequence[Field]
    params: Record = field(default_factory=dict)
    asked_body: Any = None
    swaps: Sequence[tuple[str, str]] = ()
    specials: Sequence[Special] = ()
    pages: dict[str, tuple[Record, bool]] = field(default_factory=dict)
    nested: tuple[str, str, str] | None = None
    recorded: str = ""
    records_of: Callable[[Any], list[Record]] | None = None
    page_of: Callable[[Any, list[Any]], Any] | None = None
    path: str = ""
    refusals: str = ""
    alone: bool = False

    @property
    def asked(self) -> Asked:
        """The request."""
        return Asked(self.path, self.params, self.asked_body, NOW)

    @property
    def records(self) -> list[Record]:
        """The records of the page."""
        if self.records_of:
            return self.records_of(self.page)
        return self.page[self.key] if self.key else self.page

    def with_records(self, records: list[Any]) -> Any:
        """The page with other records."""
        if self.page_of:
            return self.page_of(self.page, records)
        return self.page | {self.key: records} if self.key else records


def page(name: str) -> Any:
    return json.loads((HERE / f"{name}.json").read_text())


def may_be_empty(kind: Kind, name: str, **more: Any) -> Field:
    """A field that may be null, missing or empty."""
    return Field(name, kind, null=NULL, missing=NULL, empty=NULL, **more)


def _level(side: str, kind: Kind, name: str, other: str, value: str) -> Field:
    def wrap(put: Any) -> list[Record]:
        level = {name: put, other: value}
        return [{n: v for n, v in level.items() if v is not MISSING}]

    def shown(kept: Any) -> list[Record]:
        return [{name: kept, other: Decimal(value)}]

    return Field(side, kind, side, wrap=wrap, shown=shown)


def v2_pages() -> dict[str, tuple[Record, bool]]:
    more = {"next_cursor": "abc", "has_more": True}
    return {
        "an empty cursor": ({"pagination": more | {"next_cursor": ""}}, True),
        "a cursor that is a number": ({"pagination": more | {"next_cursor": 5}}, True),
        "more to come and no cursor": ({"pagination": more | {"next_cursor": None}}, True),
        "no word of a cursor": ({"pagination": {"has_more": False}}, True),
        "no pagination": ({"pagination": None}, True),
        "records that are an object": ({"data": {}}, True),
        "an error beside the records": ({"error": "partial outage"}, True),
    }


def _gamma_pages(key: str) -> dict[str, tuple[Record, bool]]:
    return {
        "an empty cursor": ({"next_cursor": ""}, True),
        "a cursor that is a number": ({"next_cursor": 5}, True),
        "a cursor that is a list": ({"next_cursor": ["a"]}, True),
        "records that are an object": ({key: {}}, True),
        "records that are null": ({key: None}, True),
        "an error beside the records": ({"error": "partial outage"}, True),
    }


_LISTS = (
    Special("a list that is no JSON", {"outcomes": '["Yes", "No"'}, REJECT, "outcomes"),
    Special("a real list", {"outcomes": ["Yes", "No"]}, REJECT, "outcomes"),
    Special("a list of numbers", {"outcomes": "[1, 2]"}, REJECT, "outcomes"),
    Special("an object for a list", {"outcomes": '{"Yes": 1}'}, REJECT, "outcomes"),
    Special("a list nested deeply", {"outcomes": "[" * 50_000}, REJECT, "outcomes"),
    Special("lists of unequal length", {"outcomePrices": '["1"]'}, REJECT, "outcomePrices"),
    Special("tokens of unequal length", {"clobTokenIds": '["1"]'}, REJECT, "clobTokenIds"),
    Special("one token twice", {"clobTokenIds": '["1", "1"]'}, REJECT, "clobTokenIds"),
    Special("tokens as numbers", {"clobTokenIds": "[1, 2]"}, REJECT, "clobTokenIds"),
    Special("tokens with exponents", {"clobTokenIds": '["7e76", "8e76"]'}, REJECT, "clobTokenIds"),
    Special("tokens of 300 digits", {"clobTokenIds": '["%s", "1"]' % ("7" * 300)}, REJECT, "clob"),
    Special("prices as numbers", {"outcomePrices": "[0.1, 0.9]"}, REJECT, "outcomePrices"),
    Special("a price of 69 in a list", {"outcomePrices": '["69", "0"]'}, REJECT, "outcomePrices"),
    Special("a negative price in a list", {"outcomePrices": '["-1", "1"]'}, REJECT, "outcomePr"),
    Special("NaN in a list", {"outcomePrices": '["NaN", "1"]'}, REJECT, "outcomePrices"),
    Special("a list with spaces", {"outcomePrices": '[ "0.5" , "0.5" ]'}, KEEP),
    Special("outcomes that do not add up to one", {"outcomePrices": '["0.9", "0.9"]'}, KEEP),
    Special("an end before the start", {"endDate": "2020-01-01T00:00:00Z"}, KEEP),
)

POLYMARKET: tuple[Sample, ...] = (
    Sample(
        contract="gamma_markets/keyset",
        page=page("gamma_markets"),
        key="markets",
        nested=("events", "eventIds", "id"),
        recorded="pm_gamma_markets_keyset_2026-10-06.json",
        fields=(
            Field("id", Kind.DIGITS, "market_id"),
            Field("conditionId", Kind.HEX, "condition_id", empty=NULL),
            Field("question", Kind.TEXT, empty=KEEP),
            Field("closed", Kind.FLAG, "closed"),
            Field("volumeNum", Kind.LOOSE, null=KEEP, missing=KEEP),
            Field("orderPriceMinTickSize", Kind.LOOSE, null=KEEP, missing=KEEP),
            Field("negRisk", Kind.FLAG, null=KEEP, missing=KEEP),
            Field("slug", Kind.TEXT, null=KEEP, missing=KEEP, empty=KEEP),
            Field("endDate", Kind.MOMENT, null=KEEP, missing=KEEP, empty=KEEP),
            Field("closedTime", Kind.MOMENT, null=KEEP, missing=KEEP, empty=KEEP),
            Field("events", Kind.LIST, null=KEEP, missing=KEEP),
        ),
        swaps=(("id", "conditionId"), ("outcomes", "outcomePrices")),
        specials=_LISTS,
        pages=_gamma_pages("markets"),
    ),
    Sample(
        contract="gamma_events/keyset",
        page=page("gamma_events"),
        key="events",
        nested=("markets", "marketIds", "id"),
        recorded="nt_gamma_event.json",
        fields=(
            Field("id", Kind.DIGITS, "event_id"),
            Field("title", Kind.TEXT, empty=KEEP),
            Field("volume", Kind.LOOSE, null=KEEP, missing=KEEP),
            Field("closed", Kind.FLAG, null=KEEP, missing=KEEP),
            Field("endDate", Kind.MOMENT, null=KEEP, missing=KEEP, empty=KEEP),
            Field("tags", Kind.LIST, null=KEEP, missing=KEEP),
            Field("markets", Kind.LIST, null=KEEP, missing=KEEP),
        ),
        swaps=(("id", "title"), ("volume", "slug")),
        specials=(
            Special("a tag without an id", {"tags": [{"slug": "x"}]}, REJECT, "tags"),
            Special("a tag's id as a number", {"tags": [{"id": 5}]}, REJECT, "tags"),
            Special("a market's id as a number", {"markets": [{"id": 5}]}, REJECT, "markets"),
            Special("a market without an id", {"markets": [{}]}, REJECT, "markets"),
        ),
        pages=_gamma_pages("events"),
    ),
    Sample(
        contract="gamma_tags/v1",
        page=page("gamma_tags"),
        key="",
        nested=("no list", "of", "objects"),
        recorded="nt_gamma_tags.json",
        fields=(
            Field("id", Kind.DIGITS, "tag_id"),
            Field("label", Kind.TEXT, null=KEEP, missing=KEEP, empty=KEEP),
            Field("slug", Kind.TEXT, null=KEEP, missing=KEEP, empty=KEEP),
            Field("forceShow", Kind.FLAG, null=KEEP, missing=KEEP),
            Field("createdAt", Kind.MOMENT, null=KEEP, missing=KEEP, empty=KEEP),
        ),
        swaps=(("id", "label"),),
    ),
    Sample(
        contract="data_trades/v2",
        page=page("data_trades"),
        key="data",
        params={"taker_only": "true"},
        recorded="pm_data_v2_trades.json",
        fields=(
            Field("price", Kind.PRICE, "price", null=NULL),
            Field("size", Kind.SIZE, "size"),
            Field("timestamp", Kind.SECONDS),
            Field("token_id", Kind.DIGITS, "token_id"),
            Field("condition_id", Kind.HEX, "condition_id"),
            Field("proxy_wallet", Kind.WALLET, "wallet"),
            Field("side", Kind.SIDE, "side"),
            may_be_empty(Kind.HEX, "transaction_hash", column="transaction_hash"),
            Field("outcome_index", Kind.COUNT, "outcome_index", null=NULL, missing=NULL),
            may_be_empty(Kind.TEXT, "title", column="title"),
        ),
        swaps=(
            ("price", "size"),
            ("token_id", "condition_id"),
            ("proxy_wallet", "transaction_hash"),
            ("timestamp", "price"),
            ("side", "outcome"),
        ),
        pages=v2_pages(),
    ),
    Sample(
        contract="data_leaderboard/v2",
        page=page("data_leaderboard"),
        key="data",
        params={"category": "overall", "time_period": "day", "sort_by": "PNL"},
        recorded="pm_data_v2_leaderboard.json",
        fields=(
            Field("rank", Kind.COUNT, "rank"),
            Field("user_id", Kind.HEX, "wallet"),
            Field("pnl", Kind.SIGNED, "pnl_usd", null=NULL),
            Field("volume", Kind.SIZE, "volume_shares", null=NULL),
            may_be_empty(Kind.TEXT, "user_name", column="user_name"),
            Field("verified", Kind.FLAG, "verified", null=NULL, missing=NULL),
        ),
        swaps=(("rank", "pnl"), ("user_id", "user_name")),
        specials=(Special("rank 0", {"rank": 0}, REJECT, "rank"),),
        pages=v2_pages(),
    ),
    Sample(
        contract="clob_books/v1",
        page=page("clob_books")[::-1],
        key="",
        asked_body=[{"token_id": book["asset_id"]} for book in page("clob_books")],
        fields=(
            Field("market", Kind.HEX, "condition_id"),
            Field("asset_id", Kind.DIGITS, "token_id"),
            Field("timestamp", Kind.MILLIS),
            _level("asks", Kind.PRICE_TEXT, "price", "size", "5"),
            _level("asks", Kind.SIZE_TEXT, "size", "price", "0.9"),
            Field("bids", Kind.LIST),
            may_be_empty(Kind.TEXT, "hash", column="hash"),
            may_be_empty(Kind.PRICE_TEXT, "tick_size", column="tick_size"),
            Field("neg_risk", Kind.FLAG, "neg_risk", null=NULL, missing=NULL),
        ),
        swaps=(("market", "asset_id"), ("timestamp", "hash"), ("bids", "asks")),
        specials=(
            Special(
                "two levels at one price",
                {"bids": [{"price": "0.01", "size": "1"}, {"price": "0.010", "size": "2"}]},
                REJECT,
                "bids",
            ),
            Special(
                "a best bid above the best ask",
                {"bids": [{"price": "0.9", "size": "1"}], "asks": [{"price": "0.8", "size": "1"}]},
                REJECT,
                "bids",
            ),
            Special("levels as pairs", {"bids": [["0.01", "5"]]}, REJECT, "bids"),
            Special("a token nobody asked for", {"asset_id": "12345"}, REJECT, "asset_id"),
        ),
    ),
    Sample(
        contract="clob_markets/v1",
        page={"c": f"0x{1:064x}", "t": [{"t": "1", "o": "Yes"}, {"t": "2", "o": "No"}]},
        key="",
        path=f"/clob-markets/0x{1:064x}",
        fields=(),
        records_of=lambda page: [page],
        page_of=lambda page, records: records[0],
        alone=True,
    ),
    Sample(
        contract="clob_prices_history/v1",
        page=page("clob_prices_history"),
        key="history",
        params={"market": "123", "fidelity": "60"},
        fields=(Field("t", Kind.SECONDS), Field("p", Kind.PRICE, "price")),
        swaps=(("t", "p"),),
        pages={
            "an error beside the records": ({"error": "partial outage"}, True),
            "records that are an object": ({"history": {"t": 1, "p": 1}}, True),
        },
    ),
    Sample(
        contract="clob_batch_prices/v1",
        page=page("clob_batch_prices"),
        key="history",
        asked_body={"markets": list(page("clob_batch_prices")["history"]), "fidelity": 60},
        fields=(Field("t", Kind.SECONDS), Field("p", Kind.PRICE, "price")),
        swaps=(("t", "p"),),
        pages={
            "an error beside the records": ({"error": "partial outage"}, True),
            "records that are a list": ({"history": [{"t": 1, "p": 1}]}, True),
        },
        records_of=lambda page: next(iter(page["history"].values())),
        page_of=lambda page, records: {
            "history": {key: [] for key in page["history"]} | {next(iter(page["history"])): records}
        },
    ),
)
