"""One cheap request to each endpoint of a venue: is there an answer, how fast, and is it right.

Belongs here: what to ask. Not here: asking (clients/), or what doctor makes of a venue.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from polymarket_assets.clients import clob, data_api, data_api_v1, data_wallets, gamma, kalshi
from polymarket_assets.clients.contracts import events, markets
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.endpoints import ENDPOINTS, GAMMA_EVENTS, GAMMA_MARKETS, Endpoint
from polymarket_assets.clients.errors import MalformedPageError, VenueError
from polymarket_assets.clients.http import VenueHttp
from polymarket_assets.clients.pages import FetchedPage, Response
from polymarket_assets.settings import Settings

DEADLINE_S = 10.0
BARE = frozenset({"kalshi_cutoff", "kalshi_old_markets", "kalshi_old_trades"})
"""Endpoints of which only that they answer with JSON is looked at."""


@dataclass(frozen=True)
class Probe:
    """What one request told.

    Attributes:
        endpoint: name of the endpoint.
        path: method and path.
        status: HTTP status; None when there was no answer.
        milliseconds: until the whole answer was there.
        contract: "kept", "broken" or "not checked".
        problem: what is wrong; None when nothing is.
    """

    endpoint: str
    path: str
    status: int | None
    milliseconds: float
    contract: str
    problem: str | None

    def as_json(self) -> dict[str, Any]:
        """Facts for machines."""
        return asdict(self)


Ask = Callable[[VenueHttp], Awaitable[FetchedPage]]


def probe(settings: Settings, venue: str) -> list[Probe]:
    """Ask every endpoint of `venue` ("gamma", "data", "clob" or "kalshi") once, none twice."""
    once = settings.model_copy(update={"http_attempts": 1, "http_deadline_s": DEADLINE_S})
    return asyncio.run(_probe(once, venue))


@dataclass(frozen=True)
class _Sample:
    """Ids to ask about, taken from a list of the venue; None where it told none."""

    token: str | None = None
    wallet: str | None = None
    condition: str | None = None
    ticker: str | None = None


async def _probe(settings: Settings, venue: str) -> list[Probe]:
    services = ("data", "data_v1") if venue == "data" else (venue,)
    async with VenueHttp(settings, now=lambda: datetime.now(UTC)) as http:
        asks = _asks(await _sample(http, venue))
        return [
            await _ask(http, endpoint, asks.get(endpoint.name))
            for endpoint in ENDPOINTS
            if endpoint.service in services
        ]


async def _sample(http: VenueHttp, venue: str) -> _Sample:
    """Something to ask about, for one request more."""
    try:
        if venue == "clob":
            return await _any_market(http)
        if venue == "data":
            page = await data_api.trades_page(http, taker_only=True)
            [row] = page.parsed.table.slice(0, 1).to_pylist() or [{}]
            return _Sample(wallet=row.get("wallet"), condition=row.get("condition_id"))
        if venue == "kalshi":
            page = await anext(kalshi.market_pages(http, filters=[("status", "open")]))
            [row] = page.parsed.table.slice(0, 1).to_pylist() or [{}]
            return _Sample(ticker=row.get("ticker"))
    except VenueError:
        pass  # the endpoint's own probe will tell
    return _Sample()


async def _any_market(http: VenueHttp) -> _Sample:
    page = await http.fetch(
        GAMMA_MARKETS,
        lambda response: markets.parse(response.body),
        params=[("limit", "20"), ("closed", "false")],
    )
    rows = page.parsed.table.select(["condition_id", "payload"]).to_pylist()
    for row in rows:
        tokens = json.loads(json.loads(row["payload"]).get("clobTokenIds") or "[]")
        if tokens and row["condition_id"]:
            return _Sample(token=str(tokens[0]), condition=row["condition_id"])
    return _Sample()


def _asks(sample: _Sample) -> dict[str, Ask]:
    """How endpoints are asked that a contract is known of."""
    end = datetime.now(UTC)
    start = end - timedelta(hours=2)
    first, last = int(start.timestamp()), int(end.timestamp())

    def listed(endpoint: Endpoint, parse: Callable[[bytes], ParsedPage]) -> Ask:
        return lambda http: http.fetch(
            endpoint, lambda response: parse(response.body), params=[("limit", "1")]
        )

    asks: dict[str, Ask] = {
        "gamma_events": listed(GAMMA_EVENTS, events.parse),
        "gamma_markets": listed(GAMMA_MARKETS, markets.parse),
        "gamma_tags": lambda http: anext(gamma.tag_pages(http)),
        "data_trades": lambda http: data_api.trades_page(http, taker_only=True),
        "data_v1_trades": lambda http: data_api_v1.trades_page(
            http, taker_only=True, start=first, end=last
        ),
        "data_leaderboard": lambda http: data_api.leaderboard_page(
            http, category="overall", time_period="day", sort_by="PNL", limit=1
        ),
        "kalshi_series": kalshi.series_page,
        "kalshi_events": lambda http: anext(kalshi.event_pages(http)),
        "kalshi_markets": lambda http: anext(
            kalshi.market_pages(http, filters=[("status", "open")])
        ),
        "kalshi_trades": lambda http: kalshi.trades_page(http, start=start, end=end),
    }
    if token := sample.token:
        asks |= {
            "clob_books": lambda http: clob.books_page(http, tokens=[token]),
            "clob_prices_history": lambda http: clob.prices_page(
                http, token=token, start=start, end=end, fidelity_minutes=60
            ),
            "clob_batch_prices": lambda http: clob.batch_prices_page(
                http, tokens=[token], start=start, end=end, fidelity_minutes=60
            ),
        }
    if wallet := sample.wallet:
        asks |= {
            "data_activity": lambda http: data_wallets.activity_page(
                http, wallet=wallet, start=first, end=last
            ),
            "data_v1_activity": lambda http: data_api_v1.activity_page(
                http, wallet=wallet, start=first, end=last
            ),
            "data_positions": lambda http: data_wallets.positions_page(http, wallet=wallet),
        }
    if condition := sample.condition:
        asks |= {
            "clob_markets": lambda http: clob.market_page(http, condition=condition),
            "data_holders": lambda http: data_wallets.holders_page(
                http, conditions=[condition], limit=1
            ),
            "data_resolutions": lambda http: data_wallets.resolutions_page(
                http, conditions=[condition]
            ),
        }
    if ticker := sample.ticker:
        asks |= {
            "kalshi_books": lambda http: kalshi.books_page(http, tickers=[ticker]),
            "kalshi_candles": lambda http: kalshi.candles_page(
                http, tickers=[ticker], start=start, end=end, minutes=60
            ),
        }
    return asks


async def _ask(http: VenueHttp, endpoint: Endpoint, ask: Ask | None) -> Probe:
    path = f"{endpoint.method} {endpoint.path}"
    bare = ask is None
    if bare and endpoint.name not in BARE:
        # An id of its tier is needed, and no list told one.
        return Probe(endpoint.name, path, None, 0.0, "not checked", None)
    begun = time.perf_counter()
    status: int | None = 200
    contract, problem = "not checked" if bare else "kept", None
    try:
        page = await (_bare(http, endpoint) if ask is None else ask(http))
    except MalformedPageError as error:
        contract, problem = "broken", str(error)
    except VenueError as error:
        status, contract, problem = error.status, "not checked", str(error)
    else:
        if page.parsed.rejected:
            contract, problem = "broken", page.parsed.rejected[0].reason
    milliseconds = round(1000 * (time.perf_counter() - begun), 1)
    return Probe(endpoint.name, path, status, milliseconds, contract, problem)


async def _bare(http: VenueHttp, endpoint: Endpoint) -> FetchedPage:
    """One record of a list of which only that it is JSON is known here."""

    def parse(response: Response) -> ParsedPage:
        try:
            json.loads(response.body)
        except ValueError as error:
            raise MalformedPageError(endpoint.name, str(error), undecodable=True) from error
        return ParsedPage(pa.table({}), (), 0)

    return await http.fetch(endpoint, parse, params=[("limit", "1")])
