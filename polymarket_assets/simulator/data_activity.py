"""Data API v2: `/v2/activity`, what a wallet did.

Belongs here: a wallet's trades and invented acts in one order, and their spelling, which v1 shares.
What is invented is `acts`' business.

Quirks: what an act does not have is "" or 999, never missing; a start of 0 means three years ago, 1
everything; fresh trades may not be labelled yet.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polymarket_assets.simulator.acts import NO_MARKET, TYPES, Ledger
from polymarket_assets.simulator.answers import EMPTY_PAGE, Query, Signer
from polymarket_assets.simulator.clock import VenueClock
from polymarket_assets.simulator.data_pages import (
    SERVED_S,
    markets_asked,
    page,
    paging,
    seconds,
    side_asked,
    titles,
    wallet_asked,
)
from polymarket_assets.simulator.data_trades import FRESH_S, UNLABELLED
from polymarket_assets.simulator.plans import MICRO
from polymarket_assets.simulator.randomness import Ints
from polymarket_assets.simulator.spelling import number
from polymarket_assets.simulator.world import World

TRADE = "TRADE"

Row = dict[str, Any]


class ActivityRoutes:
    """The route over one world."""

    def __init__(self, world: World, clock: VenueClock, signer: Signer, ledger: Ledger) -> None:
        self._world, self._clock, self._signer, self._ledger = world, clock, signer, ledger
        self._moves: dict[int, tuple[Ints, Ints]] = {}

    def routes(self) -> list[Route]:
        """Routes below /data/v2."""
        return [Route("/data/v2/activity", self.activity)]

    async def activity(self, request: Request) -> Response:
        """What a wallet did, newest first; a cursor holds the place in its whole history."""
        query, now = Query(request), self._clock.now_s()
        limit, params = paging(self._signer, query, "activity")
        wallet = wallet_asked(self._world, query)
        places = self.selected(
            wallet,
            now,
            types=[t.upper() for t in query.many("type")],
            side=side_asked(query),
            markets=markets_asked(self._world, query),
            # Zero or nothing means three years, one means everything.
            start_s=seconds(query, "start") or int(now) - SERVED_S,
            end_s=seconds(query, "end") or None,
        )
        before = int(params["sq"]) if params else None
        done = int(params["d"]) if params else 0
        if request.scope.get(EMPTY_PAGE):
            held = params or {"l": limit, "ts": int(now), "sq": str(2**62), "d": 0}
            return page(b"", limit, done, self._signer.cursor("activity", held, again=True))
        upto = len(places) if before is None else int(np.searchsorted(places, before))
        here = places[max(0, upto - limit) : upto][::-1].tolist()
        cursor = None
        if upto > limit:
            at = self._event_s(wallet, here[-1])
            last = {"l": limit, "ts": at, "sq": str(here[-1]), "d": done + len(here)}
            cursor = self._signer.cursor("activity", last)
        rows = [self.act_row(wallet, place, now) for place in here]
        return page(orjson.dumps(rows)[1:-1], limit, done, cursor)

    def selected(
        self,
        wallet: int,
        now_s: float,
        *,
        types: list[str],
        side: str | None,
        markets: tuple[int, ...] | None,
        start_s: int,
        end_s: int | None,
    ) -> Ints:
        """Places of acts in a wallet's history, ascending; none of a wallet nobody has."""
        if wallet < 0:
            return np.empty(0, dtype=np.int64)
        is_act, index = self._history(wallet)
        fills, acts = self._world.fills, self._ledger.acts
        event_s = self._times(is_act, index)
        keep = (event_s <= now_s) & (event_s >= start_s)
        if end_s is not None:
            keep &= event_s <= end_s
        names = np.array([*TYPES, TRADE])
        kind = np.full(len(index), len(TYPES))
        kind[is_act == 1] = acts.type[index[is_act == 1]]
        if types:
            keep &= np.isin(names[kind], types)
        if side is not None:
            keep &= is_act == 0
            keep[is_act == 0] &= fills.buy[index[is_act == 0]] == (side == "BUY")
        if markets is not None:
            market = np.where(is_act == 1, NO_MARKET, 0)
            market[is_act == 0] = fills.market[index[is_act == 0]]
            market[is_act == 1] = acts.market[index[is_act == 1]]
            keep &= np.isin(market, markets)
        return np.flatnonzero(keep)

    def act_row(self, wallet: int, place: int, now_s: float) -> Row:
        """One act as v2 spells it."""
        is_act, index = self._history(wallet)
        at = int(index[place])
        world, wallets = self._world, self._world.wallets
        row: Row = {"proxy_wallet": wallets.address[wallet]}
        if is_act[place]:
            row |= self._invented(at)
        else:
            row |= self._trade(at, now_s)
        return row | {
            "name": wallets.name[wallet],
            "pseudonym": world.wallets.pseudonym[wallet],
            "bio": "",
            "profile_image": "",
            "profile_image_optimized": "",
        }

    def _trade(self, at: int, now_s: float) -> Row:
        world, fills = self._world, self._world.fills
        listed = world.markets[int(fills.market[at])]
        outcome, buy = int(fills.outcome[at]), bool(fills.buy[at])
        fee = int(fills.fee_micro[at])
        bare = at % 4 == 0 and int(fills.event_s[at]) > now_s - FRESH_S
        return {
            "timestamp": int(fills.event_s[at]),
            "condition_id": listed.condition_id,
            "type": TRADE,
            "size": int(fills.size_micro[at]) / MICRO,
            "usdc_size": (int(fills.cash_micro[at]) + (fee if buy else -fee)) / MICRO,
            "transaction_hash": world.transaction_hash(
                int(world.matches.transaction[fills.match[at]])
            ),
            "price": int(fills.price_micro[at]) / MICRO,
            "token_id": listed.tokens[outcome],
            "side": "BUY" if buy else "SELL",
            "outcome_index": UNLABELLED if bare else outcome,
            **titles(world, listed.index, bare=bare),
            "outcome": listed.plan.outcomes[outcome],
        }

    def _invented(self, at: int) -> Row:
        acts = self._ledger.acts
        market = int(acts.market[at])
        named = market != NO_MARKET
        empty = {"title": "", "slug": "", "icon": "", "event_slug": ""}
        return {
            "timestamp": int(acts.event_s[at]),
            "condition_id": self._world.markets[market].condition_id if named else "",
            "type": TYPES[int(acts.type[at])],
            "size": number(int(acts.size_micro[at])),
            "usdc_size": number(int(acts.cash_micro[at])),
            "transaction_hash": self._ledger.transaction_hash(at),
            "price": 0,
            "token_id": "",
            "side": "",
            "outcome_index": UNLABELLED,
            **(titles(self._world, market) if named else empty),
            "outcome": "",
        }

    def _history(self, wallet: int) -> tuple[Ints, Ints]:
        """A wallet's fills and acts in order of time: whether each is an act, and its position."""
        if wallet not in self._moves:
            rows = self._world.rows_of_wallet[wallet]
            own = self._ledger.of_wallet.get(wallet, np.empty(0, dtype=np.int64))
            is_act = np.repeat([0, 1], [len(rows), len(own)])
            index = np.concatenate([rows, own])
            order = np.lexsort((index, is_act, self._times(is_act, index)))
            self._moves[wallet] = (is_act[order], index[order])
        return self._moves[wallet]

    def _times(self, is_act: Ints, index: Ints) -> Ints:
        times = np.empty(len(index), dtype=np.int64)
        times[is_act == 0] = self._world.fills.event_s[index[is_act == 0]]
        times[is_act == 1] = self._ledger.acts.event_s[index[is_act == 1]]
        return times

    def _event_s(self, wallet: int, place: int) -> int:
        is_act, index = self._history(wallet)
        return int(self._times(is_act[place : place + 1], index[place : place + 1])[0])
