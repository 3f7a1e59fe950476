"""Data API v2: `/v2/positions` and `/v2/holders`, what is held now.

Belongs here: holdings by fills and acts up to the clock, valued and spelled. How they come about is
`acts`' business.

Quirks: a position that has been redeemed or sold is not listed; one of a resolved market stays
until it is redeemed. Holders come grouped by token, the page size counts for each of them, and
combos are refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polymarket_assets.simulator.acts import Holdings, Ledger
from polymarket_assets.simulator.answers import EMPTY_PAGE, Query, Signer
from polymarket_assets.simulator.clock import VenueClock
from polymarket_assets.simulator.data_pages import (
    CONDITION_NAMES,
    invalid,
    markets_asked,
    offset_page,
    page,
    paging,
    titles,
    wallet_asked,
)
from polymarket_assets.simulator.plans import MICRO
from polymarket_assets.simulator.randomness import Ints
from polymarket_assets.simulator.spelling import number, rfc3339
from polymarket_assets.simulator.world import World

COMBO_LENGTH = 64
LEAST_HOLDING_MICRO = MICRO // 100
HOLDERS_WITH_PNL = 100

Row = dict[str, Any]


class HoldingRoutes:
    """The routes over one world."""

    def __init__(self, world: World, clock: VenueClock, signer: Signer, ledger: Ledger) -> None:
        self._world, self._clock, self._signer, self._ledger = world, clock, signer, ledger

    def routes(self) -> list[Route]:
        """Routes below /data/v2."""
        return [
            Route("/data/v2/positions", self.positions),
            Route("/data/v2/holders", self.holders),
        ]

    async def positions(self, request: Request) -> Response:
        """What a wallet holds, by falling value."""
        query, now = Query(request), self._clock.now_s()
        position = paging(self._signer, query, "positions")
        wallet, markets = wallet_asked(self._world, query), markets_asked(self._world, query)
        rows: list[Row] = []
        if wallet >= 0:
            own = self._world.rows_of_wallet[wallet]
            acts = self._ledger.of_wallet.get(wallet, np.empty(0, dtype=np.int64))
            rows = self._position_rows(self._held(own, acts, now), now)
        if markets is not None:
            wanted = {self._world.markets[m].condition_id for m in markets}
            rows = [row for row in rows if row["condition_id"] in wanted]
        if status := (query.one("status", default="") or "").upper():
            rows = [row for row in rows if row["status"] == status]
        rows.sort(key=lambda row: (-row["current_value"], row["token_id"]))
        return offset_page(
            self._signer,
            "positions",
            rows,
            position,
            lambda here: here,
            empty=bool(request.scope.get(EMPTY_PAGE)),
        )

    async def holders(self, request: Request) -> Response:
        """Who holds the tokens of some markets, the largest first, grouped by token."""
        query, now = Query(request), self._clock.now_s()
        most = HOLDERS_WITH_PNL if query.flag("include_pnl", False) else 1000
        limit, params = paging(self._signer, query, "holders", most=most)
        if any(len(condition) == COMBO_LENGTH for condition in query.many(*CONDITION_NAMES)):
            raise invalid("combo conditions are not supported", "condition")
        markets = markets_asked(self._world, query)
        if markets is None:
            raise invalid("required query param 'condition' not provided", "condition")
        offset, more, groups = int(params["o"]) if params else 0, False, []
        for market in markets:
            acts = np.flatnonzero(self._ledger.acts.market == market)
            held = self._held(self._world.rows_of_market[market], acts, now)
            for outcome, token in enumerate(self._world.markets[market].tokens):
                sizes = held.held[:, outcome]
                found = np.flatnonzero(sizes >= LEAST_HOLDING_MICRO)
                found = found[np.lexsort((held.wallet[found], -sizes[found]))]
                here = found[offset : offset + limit].tolist()
                more = more or offset + limit < len(found)
                if here:
                    holders = [
                        self._holder(int(held.wallet[h]), token, outcome, int(sizes[h]))
                        for h in here
                    ]
                    groups.append({"token_id": token, "holders": holders})
        cursor = None
        if more:
            cursor = self._signer.cursor("holders", {"l": limit, "o": offset + limit})
        return page(orjson.dumps(groups)[1:-1], limit, offset, cursor)

    def _held(self, rows: Ints, acts: Ints, now_s: float) -> Holdings:
        return self._ledger.holdings(
            rows[self._world.fills.event_s[rows] <= now_s],
            acts[self._ledger.acts.event_s[acts] <= now_s],
        )

    def _holder(self, wallet: int, token: str, outcome: int, size_micro: int) -> Row:
        wallets = self._world.wallets
        return {
            "proxy_wallet": wallets.address[wallet],
            "bio": "",
            "token_id": token,
            "pseudonym": wallets.pseudonym[wallet],
            "amount": number(size_micro),
            "display_username_public": wallets.name[wallet] != "",
            "outcome_index": outcome,
            "name": wallets.name[wallet],
            "profile_image": "",
            "profile_image_optimized": "",
            "verified": False,
        }

    def _position_rows(self, held: Holdings, now_s: float) -> list[Row]:
        return [
            self._position(held, line, outcome, now_s)
            for line, outcome in np.argwhere(held.held >= LEAST_HOLDING_MICRO).tolist()
        ]

    def _position(self, held: Holdings, line: int, outcome: int, now_s: float) -> Row:
        world = self._world
        wallet, market = int(held.wallet[line]), int(held.market[line])
        listed = world.markets[market]
        resolved = bool(world.resolved_s[market] <= now_s)
        price = self._price_micro(market, outcome, now_s)
        size = int(held.held[line, outcome])
        bought, spent = int(held.bought[line, outcome]), int(held.spent[line, outcome])
        average = spent * MICRO // bought if bought else 0
        cost, value = size * average // MICRO, size * price // MICRO
        sold = int(held.sold[line, outcome])
        realized = int(held.received[line, outcome]) - sold * average // MICRO
        fees = int(held.fees[line, outcome])
        mergeable = bool((held.held[line] >= LEAST_HOLDING_MICRO).all())
        other = 1 - outcome
        return {
            "proxy_wallet": world.wallets.address[wallet],
            "token_id": listed.tokens[outcome],
            "condition_id": listed.condition_id,
            "current_size": number(size),
            "avg_price": number(average),
            "entry_cost_usdc": number(cost),
            "entry_fees_usdc": number(fees),
            "total_cost_usdc": number(cost + fees),
            "current_price": number(price),
            "current_value": number(value),
            "total_size": number(bought),
            "realized_pnl": number(realized),
            "unrealized_pnl": number(value - cost),
            "total_pnl": number(realized + value - cost),
            "percent_pnl": round(100 * (value - cost) / cost, 4) if cost else 0,
            "percent_realized_pnl": round(100 * realized / spent, 4) if spent else 0,
            "status": "REDEEMABLE" if resolved else "OPEN",
            "redeemable": resolved,
            "mergeable": mergeable and not resolved,
            "negative_risk": world.plan_of(listed).neg_risk,
            "archived": False,
            **titles(world, market),
            "event_id": world.events[listed.event].id,
            "outcome": listed.plan.outcomes[outcome],
            "outcome_index": outcome,
            "opposite_outcome": listed.plan.outcomes[other],
            "opposite_token_id": listed.tokens[other],
            "end_date": rfc3339(world.plan_of(listed).ends_s)[:10],
            "last_event_at": int(held.last_s[line, outcome]),
            "first_entry_at": int(held.first_s[line, outcome]),
            "name": world.wallets.name[wallet],
            "profile_image": "",
            "verified": False,
        }

    def _price_micro(self, market: int, outcome: int, now_s: float) -> int:
        """Payout once resolved, the midpoint before."""
        world = self._world
        first = int(world.payout_micro[market])
        if world.resolved_s[market] > now_s:
            mid = world.quotes.mid(np.array([market]), int(now_s) // 60)[0]
            first = round(float(mid) * MICRO)
        return first if outcome == 0 else MICRO - first
