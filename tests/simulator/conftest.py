"""A simulator that serves a small world over real HTTP, with a standing clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import httpx
import pytest

from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.server import SimulatorServer
from polymarket_assets.simulator.world import World
from tests.simulator.venue import EVENING, SMALL, serving


@pytest.fixture(scope="session")
def served() -> Iterator[SimulatorServer]:
    with serving(SimulatorOptions(**SMALL, now=EVENING, speed=0)) as server:
        yield server


@pytest.fixture
def world(served: SimulatorServer) -> World:
    return served.world


@pytest.fixture
def client(served: SimulatorServer) -> Iterator[httpx.Client]:
    """A client of the small world: clock at `EVENING`, no faults, counts at zero."""
    with httpx.Client(base_url=served.info.url, trust_env=False, timeout=10) as http:
        http.post("/__simulator/clock", json={"now": EVENING.isoformat(), "speed": 0})
        http.delete("/__simulator/faults")
        http.delete("/__simulator/stats")
        yield http


@pytest.fixture
def set_clock(client: httpx.Client) -> Callable[[datetime], None]:
    def move(now: datetime) -> None:
        assert client.post("/__simulator/clock", json={"now": now.isoformat()}).status_code == 200

    return move
