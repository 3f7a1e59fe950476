"""Data API v2: `/v2/resolutions`, how markets end.

Belongs here: the states of a result up to the clock and their spelling.

Quirks: a result under way has another shape than a final one, with "69" for a price that is not set
and a time in seconds as text; a market without a proposal is missing from the answer; there are no
pages.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polymarket_assets.simulator.answers import Query, json_answer, trace_id
from polymarket_assets.simulator.clock import VenueClock
from polymarket_assets.simulator.data_pages import (
    CONDITION_NAMES,
    EVENT_NAMES,
    invalid,
    markets_asked,
)
from polymarket_assets.simulator.plans import MICRO
from polymarket_assets.simulator.randomness import digest
from polymarket_assets.simulator.spelling import rfc3339
from polymarket_assets.simulator.world import World

UNSET = "69"

Row = dict[str, Any]


class ResultRoutes:
    """The route over one world."""

    def __init__(self, world: World, clock: VenueClock) -> None:
        self._world, self._clock = world, clock

    def routes(self) -> list[Route]:
        """Routes below /data/v2."""
        return [Route("/data/v2/resolutions", self.resolutions)]

    async def resolutions(self, request: Request) -> Response:
        """The state of results; exactly one way to choose markets is taken."""
        query, now = Query(request), self._clock.now_s()
        question = query.one("question_id")
        ways = (question, query.many(*CONDITION_NAMES), query.many(*EVENT_NAMES))
        if sum(map(bool, ways)) != 1:
            raise invalid("provide exactly one of question_id, condition, event_id")
        markets = markets_asked(self._world, query)
        if markets is None:
            asked = [m.index for m in self._world.markets if m.question_id == question]
            markets = tuple(asked)
        rows = [row for m in markets if (row := self._resolution(m, now)) is not None]
        return json_answer({"data": rows}, headers={"x-trace-id": trace_id()})

    def _resolution(self, market: int, now_s: float) -> Row | None:
        """A market's state; None before its outcome is proposed."""
        world = self._world
        listed, settlement = world.markets[market], world.settlements[market]
        steps = [(at, status) for at, status in settlement.steps if at <= now_s]
        if not steps:
            return None
        at, status = steps[-1]
        disputed = any(step == "disputed" for _, step in steps)
        payout = int(world.payout_micro[market])
        common = {
            "condition_id": listed.condition_id,
            "status": status,
            "extended_review": False,
            "was_disputed": disputed,
        }
        if status == "resolved":
            return common | {
                "new_version_q": False,
                "transaction_hash": "",
                "log_index": "",
                "last_update_timestamp": rfc3339(at),
                "payouts": [payout, MICRO - payout],
                "resolution_source": "reported",
                "was_arbitrated": False,
                "resolved_block": 80_000_000 + at // 2 % 10_000_000,
                "resolved_at": rfc3339(at),
            }
        price = str(payout * 10**12)
        return (
            {"question_id": listed.question_id}
            | common
            | {
                "new_version_q": True,
                "proposed_price": price,
                "reproposed_price": price if disputed and status == "proposed" else UNSET,
                "price": UNSET,
                "transaction_hash": "0x" + digest(world.seed, "proposal", market, at).hex(),
                "log_index": str(at % 1_000),
                "last_update_timestamp": str(at),
                "expected_settlement_time": rfc3339(at + 7_200),
                "settlement_time_basis": "managed_proposal_expiration",
            }
        )
