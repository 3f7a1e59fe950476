"""Control routes below /__simulator: information, clock, faults, statistics.

Belongs here: what a test or a demo may ask of the simulator itself. They are not part of the
venue, are not counted and know no faults.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polymarket_assets.simulator.answers import RefusedError, json_answer
from polymarket_assets.simulator.clock import VenueClock
from polymarket_assets.simulator.faults import FaultRule
from polymarket_assets.simulator.gate import CONTROL
from polymarket_assets.simulator.options import SimulatorInfo
from polymarket_assets.simulator.spelling import rfc3339
from polymarket_assets.simulator.traffic import Traffic
from polymarket_assets.simulator.world import World


class ControlRoutes:
    """The simulator about itself."""

    def __init__(
        self, world: World, clock: VenueClock, traffic: Traffic, info: SimulatorInfo
    ) -> None:
        self._world, self._clock, self._traffic, self._info = world, clock, traffic, info

    def routes(self) -> list[Route]:
        """Routes below /__simulator."""
        return [
            Route(f"{CONTROL}info", self.get_info),
            Route(f"{CONTROL}clock", self.set_clock, methods=["POST"]),
            Route(f"{CONTROL}stats", self.get_stats, methods=["GET"]),
            Route(f"{CONTROL}stats", self.reset_stats, methods=["DELETE"]),
            Route(f"{CONTROL}faults", self.get_faults, methods=["GET"]),
            Route(f"{CONTROL}faults", self.add_faults, methods=["POST"]),
            Route(f"{CONTROL}faults", self.clear_faults, methods=["DELETE"]),
        ]

    async def get_info(self, _: Request) -> Response:
        """Clock, world and when the next markets are settled."""
        now = self._clock.now_s()
        later = np.sort(self._world.resolved_s[self._world.resolved_s > now])
        return json_answer(
            self._info.as_dict()
            | self._clock_body()
            | {
                "last_fill_day_ends_at": rfc3339(int(self._world.ends_at.timestamp())),
                "next_resolutions_at": [rfc3339(int(at)) for at in later[:10]],
                "unresolved_markets": len(later),
            }
        )

    def _clock_body(self) -> dict[str, Any]:
        return {"now": self._clock.now().isoformat(), "speed": self._clock.speed}

    async def set_clock(self, request: Request) -> Response:
        """Move the clock: {"now": RFC 3339} and/or {"speed": number}."""
        body = await _json_object(request)
        try:
            now = datetime.fromisoformat(body["now"]) if "now" in body else None
            speed = float(body["speed"]) if "speed" in body else None
            self._clock.move(now.astimezone(UTC) if now and now.tzinfo else now, speed)
        except (ValueError, TypeError) as error:
            raise RefusedError(400, {"error": str(error)}) from None
        return json_answer(self._clock_body())

    async def get_stats(self, _: Request) -> Response:
        """Counts by path."""
        paths = {path: stats.as_dict() for path, stats in sorted(self._traffic.stats.items())}
        total = sum(stats["requests"] for stats in paths.values())
        return json_answer({"total": total, "paths": paths})

    async def reset_stats(self, _: Request) -> Response:
        """Start counting anew."""
        self._traffic.stats.clear()
        return json_answer({})

    async def get_faults(self, _: Request) -> Response:
        """The rules and how often each struck."""
        return json_answer([rule.as_dict() for rule in self._traffic.rules])

    async def add_faults(self, request: Request) -> Response:
        """Add one rule or a list of rules."""
        try:
            body = orjson.loads(await request.body())
            rules = [FaultRule.parse(rule) for rule in (body if isinstance(body, list) else [body])]
        except (ValueError, TypeError, AttributeError) as error:
            raise RefusedError(400, {"error": str(error)}) from None
        self._traffic.rules.extend(rules)
        return await self.get_faults(request)

    async def clear_faults(self, request: Request) -> Response:
        """Forget all rules."""
        self._traffic.rules.clear()
        return await self.get_faults(request)


async def _json_object(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.body())
    except ValueError as error:
        raise RefusedError(400, {"error": str(error)}) from None
    if not isinstance(body, dict):
        raise RefusedError(400, {"error": "expected a JSON object"})
    return body
