"""Gamma's market and event objects at a moment.

Belongs here: which fields an object has at `now`, and their spelling: lists inside strings,
strings beside numbers, absent instead of null, three kinds of time stamp. Filters and paging are
in `gamma_routes`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import orjson

from polymarket_assets.simulator.books import Depth, depth
from polymarket_assets.simulator.gamma_fixed import Json, fixed_event, fixed_market
from polymarket_assets.simulator.listing import ListedEvent, ListedMarket
from polymarket_assets.simulator.plans import DAY_S, HOUR_S, MICRO
from polymarket_assets.simulator.spelling import decimal_text, number, rfc3339, spaced
from polymarket_assets.simulator.world import World

CHANGES = (
    ("oneHourPriceChange", HOUR_S),
    ("oneDayPriceChange", DAY_S),
    ("oneWeekPriceChange", 7 * DAY_S),
)
WINDOWS = (("24hr", DAY_S), ("1wk", 7 * DAY_S), ("1mo", 30 * DAY_S), ("1yr", 365 * DAY_S))


@dataclass(frozen=True)
class Volumes:
    """Taker notional of one market up to now, millionths of a pUSD; `rolling` follows `WINDOWS`."""

    total: int
    rolling: tuple[int, ...]


class GammaShapes:
    """Builds Gamma objects of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._fixed: dict[str, Json] = {}

    # --- state at a moment -----------------------------------------------------------------------

    def is_closed(self, market: ListedMarket, now_s: float) -> bool:
        """Whether the venue lists the market as closed; placeholders never close."""
        return market.index >= 0 and self._world.settlements[market.index].closed_s <= now_s

    def event_closed_s(self, event: ListedEvent) -> int:
        """When the last traded market of the event closes."""
        return max(self._world.settlements[i].resolved_s for i in event.markets)

    def volumes(self, market: int, now_s: float) -> Volumes:
        """Σ price × size of the takers, in all and over rolling windows."""
        fills = self._world.market_fills[market]
        total = int(fills.notional_micro[fills.at(now_s)])
        before = [int(fills.notional_micro[fills.at(now_s - span)]) for _, span in WINDOWS]
        return Volumes(total, tuple(total - b for b in before))

    # --- markets ---------------------------------------------------------------------------------

    def markets(self, wanted: list[ListedMarket], now_s: float) -> list[Json]:
        """Market objects without events and tags; placeholders too."""
        traded = np.array([m.index for m in wanted if m.index >= 0], dtype=np.int64)
        # Quotes stand still once the outcome is proposed.
        seen_s = np.minimum(int(now_s), self._world.proposed_s[traded])
        books = depth(self._world, traded, seen_s // 60)
        rows = iter(range(len(traded)))
        return [
            self._traded(m, now_s, books, next(rows)) if m.index >= 0 else self._placeholder(m)
            for m in wanted
        ]

    def _fixed_part(self, market: ListedMarket) -> Json:
        held = self._fixed.get(market.id)
        if held is None:
            held = self._fixed[market.id] = fixed_market(market, self._world.plan_of(market))
        return held

    def _placeholder(self, market: ListedMarket) -> Json:
        """A slot of an augmented event: inactive, yet accepting orders, without outcomes."""
        body = dict(self._fixed_part(market))
        for name in ("outcomes", "clobTokenIds", "positionIds", "orderPriceMinTickSize"):
            body.pop(name)
        body |= {
            "active": False,
            "closed": False,
            "acceptingOrders": True,
            "updatedAt": body["createdAt"],
        }
        return body

    def _traded(self, market: ListedMarket, now_s: float, books: Depth, row: int) -> Json:
        world, index = self._world, market.index
        settlement = world.settlements[index]
        closed, proposed = settlement.closed_s <= now_s, settlement.proposed_s <= now_s
        resolved = settlement.resolved_s <= now_s
        volumes = self.volumes(index, now_s)
        seen = [status for at, status in settlement.steps if at <= now_s]
        body = self._fixed_part(market) | {
            "volume": decimal_text(volumes.total),
            "volumeNum": number(volumes.total),
            "volumeClob": number(volumes.total),
            "active": True,
            "closed": closed,
            # Some closed markets go on saying that they accept orders, as on the venue.
            "acceptingOrders": market.opens_s <= now_s and (not closed or index % 7 == 0),
            "umaResolutionStatuses": orjson.dumps([s for s in seen if s != "resolved"]).decode(),
            "updatedAt": rfc3339(self._changed_s(market, now_s)),
        }
        body |= self._prices(market, now_s, books, row)
        if market.opens_s <= now_s:
            body["acceptingOrdersTimestamp"] = rfc3339(market.opens_s)
        if seen:
            body["umaResolutionStatus"] = seen[-1]
        if closed:
            payout = int(world.payout_micro[index])
            # The first proposal of a disputed market is wrong; later ones are the result.
            is_wrong = settlement.is_disputed and settlement.proposals(now_s) == 1
            body["outcomePrices"] = _pair_text(MICRO - payout if is_wrong else payout)
        if resolved:
            body["closedTime"] = spaced(settlement.resolved_s)
            body["umaEndDate"] = rfc3339(settlement.resolved_s)
        if closed:
            return body
        for (name, _), value in zip(WINDOWS, volumes.rolling, strict=True):
            body[f"volume{name}"] = body[f"volume{name}Clob"] = number(value)
        if not proposed and market.opens_s <= now_s:
            liquidity = books.liquidity_micro(row)
            body["liquidity"] = decimal_text(liquidity)
            body["liquidityNum"] = body["liquidityClob"] = number(liquidity)
        return body

    def _changed_s(self, market: ListedMarket, now_s: float) -> int:
        """Last change: the last step of its settlement, else the minute of its quotes."""
        steps = [at for at, _ in self._world.settlements[market.index].steps if at <= now_s]
        return steps[-1] if steps else max(market.created_s, int(now_s) // 60 * 60)

    def _prices(self, market: ListedMarket, now_s: float, books: Depth, row: int) -> Json:
        """Quotes and changes of outcome 0, frozen once the outcome is proposed."""
        if market.opens_s > now_s:
            return {"outcomePrices": _pair_text(MICRO // 2)}
        world, tick = self._world, market.plan.tick_micro
        view_s = min(now_s, world.settlements[market.index].proposed_s)
        bid, ask = int(books.bid[row, 0]) * tick, int(books.ask[row, 0]) * tick
        mid = (bid + ask) // 2
        body: Json = {
            "outcomePrices": _pair_text(mid),
            "spread": number(ask - bid),
            "bestAsk": number(ask),
        }
        if bid > 0:
            body["bestBid"] = number(bid)
        fills = world.market_fills[market.index]
        if done := fills.at(view_s):
            body["lastTradePrice"] = number(int(fills.last_price_micro[done - 1]))
        own = np.array([market.index])
        for name, span in CHANGES:
            if view_s - span >= market.opens_s:
                then = world.quotes.mid(own, int(view_s - span) // 60)[0]
                body[name] = number(mid - round(float(then) * MICRO))
        body["competitive"] = competitive(mid)
        return body

    # --- events ----------------------------------------------------------------------------------

    def event(self, event: ListedEvent, now_s: float) -> Json:
        """An event object without its markets and tags."""
        world, plan = self._world, event.plan
        held = self._fixed.get(f"event {event.id}")
        if held is None:
            held = self._fixed[f"event {event.id}"] = fixed_event(event)
        closed = self.event_closed_s(event) <= now_s
        volumes = [self.volumes(i, now_s) for i in event.markets]
        open_markets = [i for i in event.markets if world.settlements[i].resolved_s > now_s]
        minted = sum(
            int(world.market_fills[i].minted_micro[world.market_fills[i].at(now_s)])
            for i in open_markets
        )
        changed = max(self._changed_s(world.markets[i], now_s) for i in event.markets)
        body = held | {
            "active": True,
            "closed": closed,
            "volume": number(sum(v.total for v in volumes)),
            "openInterest": number(minted),
            "updatedAt": rfc3339(min(max(plan.created_s, changed), int(now_s))),
        }
        if closed:
            return body | {"closedTime": rfc3339(self.event_closed_s(event))}
        for position, (name, _) in enumerate(WINDOWS):
            body[f"volume{name}"] = number(sum(v.rolling[position] for v in volumes))
        quoted = np.array(open_markets, dtype=np.int64)
        books = depth(world, quoted, int(now_s) // 60)
        with_book = [
            r for r, i in enumerate(open_markets) if world.settlements[i].proposed_s > now_s
        ]
        liquidity = sum(books.liquidity_micro(r) for r in with_book)
        mids = world.quotes.mid(quoted, int(now_s) // 60)
        body["liquidity"] = body["liquidityClob"] = number(liquidity)
        body["competitive"] = max(competitive(round(float(m) * MICRO)) for m in mids)
        return body


def competitive(price_micro: int) -> float:
    """1 / (1 + (price − 0.5)²)."""
    return 1 / (1 + (price_micro / MICRO - 0.5) ** 2)


def _pair_text(micro: int) -> str:
    """Prices of both outcomes, as text inside a list inside text."""
    return f'["{decimal_text(micro)}", "{decimal_text(MICRO - micro)}"]'
