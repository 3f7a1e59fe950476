"""When one request to one endpoint may go out.

Belongs here: what the calls to an endpoint share in this process, and what each waits for in turn:
breaker, queue, connection, slot of the shared budget. Not here: sending (attempt.py), or whether to
try again (http.py).
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from polymarket_assets.clients.attempt import AttemptFailedError
from polymarket_assets.clients.breaker import Breaker
from polymarket_assets.clients.budget import SharedBudget
from polymarket_assets.clients.counters import EndpointCounters
from polymarket_assets.clients.endpoints import WINDOW_S, Endpoint
from polymarket_assets.clients.errors import BreakerOpenError, RateLimitedError
from polymarket_assets.clients.kalshi_auth import kalshi_signer
from polymarket_assets.settings import Settings, rate_override

MARGIN_S = 0.15
"""Added to the venue's 10 s window: requests leave evenly spaced and arrive a little less so. A
pool's shorter window gets none: whole requests of a small limit are margin enough."""
_BREAKER_POLL_S = 0.5


@dataclass(frozen=True)
class Timing:
    """Time and chance, so that tests can pass their own.

    `clock` is monotonic seconds, the same for all processes of the machine; `wall` is real unix
    time, not the platform's, since servers name real dates; `chance` is uniform in [0, 1).
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    wall: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random


class Lane:
    """The way to one endpoint."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        settings: Settings,
        timing: Timing,
        connections: asyncio.Semaphore,
        counters: EndpointCounters,
    ) -> None:
        """Open the lane.

        Args:
            endpoint: where it leads.
            settings: base URLs, rate limits and the deadline of a call.
            timing: time and chance.
            connections: connections of the process, shared by all lanes.
            counters: where what happens is counted.
        """
        self.endpoint = endpoint
        self.counters = counters
        self.base_url = {
            "gamma": settings.gamma_url,
            "data": settings.data_url,
            "data_v1": settings.data_url,
            "clob": settings.clob_url,
            "kalshi": settings.kalshi_url,
        }[endpoint.service]
        self._signer = kalshi_signer(settings) if endpoint.service == "kalshi" else None
        self._deadline_s = settings.http_deadline_s
        self._timing = timing
        self._connections = connections
        self._breaker = Breaker()
        # One first attempt at a time waits for a slot: a kill wastes no more than that one.
        self._gate = asyncio.Lock()
        self._budget = self._open_budget(settings) if settings.rates else None

    def _open_budget(self, settings: Settings) -> SharedBudget:
        host = hashlib.sha256(self.base_url.encode()).hexdigest()[:12]
        pool = self.endpoint.pool
        name = pool.name if pool else self.endpoint.name
        allowed = (rate_override(name) or self.endpoint.limit) * settings.http_rate_factor
        return SharedBudget(
            settings.home / "run" / "rates" / f"{host}-{name}",
            limit=max(1, int(allowed * (pool.window_s / WINDOW_S if pool else 1))),
            window_s=pool.window_s if pool else WINDOW_S + MARGIN_S,
            clock=self._timing.clock,
        )

    def headers(self, path: str) -> dict[str, str]:
        """Headers that sign one attempt at `path`; none where no key is configured."""
        if self._signer is None:
            return {}
        whole_path = urlsplit(self.base_url).path + path
        return self._signer.headers(self.endpoint.method, whole_path, self._timing.wall())

    def close(self) -> None:
        """Close the budget's file."""
        if self._budget is not None:
            self._budget.close()

    async def first_turn(self, *, patient: bool = True) -> None:
        """Wait until a call may send its first attempt; a connection is then held for it.

        Calls queue here, thousands perhaps, so no deadline runs yet. One that is not `patient`
        waits for no endpoint that is down.

        Raises:
            BreakerOpenError: the endpoint is down for longer than a call may take.
        """
        while True:
            longest = self._deadline_s if patient else 0
            await self._wait_for_breaker(self._timing.clock() + longest, attempts=0)
            async with self._gate:
                # It may have opened while this call stood in the queue.
                if self._breaker.admits(self._timing.clock()):
                    await self._take_connection_and_slot(deadline=None, attempts=0)
                    return

    async def next_turn(self, deadline: float, attempts: int, *, patient: bool = True) -> None:
        """Wait until a call may send again; it goes ahead of the queue, since its deadline runs.

        One that is not `patient` waits for no endpoint that is down.

        Raises:
            BreakerOpenError: the endpoint stays closed to us past the deadline.
            RateLimitedError: the budget's next slot is past the deadline.
        """
        limit = deadline if patient else self._timing.clock()
        await self._wait_for_breaker(limit, attempts)
        self._breaker.admits(self._timing.clock())  # it does: nobody ran since the wait ended
        await self._take_connection_and_slot(deadline, attempts)

    def leave(self) -> None:
        """The attempt is over: free its connection."""
        self._connections.release()

    def succeeded(self) -> None:
        """The endpoint answered as a healthy one does, if only by refusing."""
        self._breaker.succeeded()

    def failed(self, failure: AttemptFailedError, wait_s: float) -> None:
        """Note a failed attempt; the venue's wish for fewer requests stops every process."""
        if failure.limited:
            self.counters.rate_limited += 1
            if self._budget is not None:
                self._budget.hold(min(wait_s, self._deadline_s))
        elif failure.is_outage:
            self._breaker.failed(self._timing.clock(), failure.cause)
        else:
            self._breaker.succeeded()

    async def _wait_for_breaker(self, limit: float, attempts: int) -> None:
        breaker, clock = self._breaker, self._timing.clock
        while (left := breaker.remaining(now := clock())) > 0:
            if now + left > limit:
                raise BreakerOpenError(
                    self.endpoint.name,
                    f"{breaker.failures} failures in a row, the last: {breaker.cause}",
                    attempts=attempts,
                )
            await self._timing.sleep(min(left, _BREAKER_POLL_S))

    async def _take_connection_and_slot(self, deadline: float | None, attempts: int) -> None:
        await self._connections.acquire()
        try:
            if self._budget is not None:
                await self._wait_for_slot(self._budget.reserve(), deadline, attempts)
        except BaseException:
            self._connections.release()
            raise

    async def _wait_for_slot(self, slot: float, deadline: float | None, attempts: int) -> None:
        clock = self._timing.clock
        if deadline is not None and slot > deadline:
            raise RateLimitedError(
                self.endpoint.name,
                f"the shared budget's next slot is {slot - clock():.0f} s away, past the deadline",
                attempts=attempts,
            )
        while (left := slot - clock()) > 0:
            await self._timing.sleep(left)
