"""A small world and how the tests reach it: a server in a thread, walks over its lists."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from polymarket_assets.simulator.options import SimulatorInfo, SimulatorOptions
from polymarket_assets.simulator.server import SimulatorServer

START = date(2026, 11, 18)
SMALL = {"seed": 7, "start": START, "days": 2, "markets": 60, "fills": 1_500}
EVENING = datetime(2026, 11, 19, 21, tzinfo=UTC)
"""Evening of the last generated day of the small world."""
MORNING = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""Twelve hours after its last midnight."""


@contextmanager
def serving(options: SimulatorOptions) -> Iterator[SimulatorServer]:
    """A simulator in a thread of this process, so that coverage sees it."""
    server = SimulatorServer(options)
    ready: list[SimulatorInfo] = []
    thread = threading.Thread(target=server.serve, args=(ready.append,))
    thread.start()
    try:
        with httpx.Client(base_url=server.info.url, trust_env=False) as client:
            assert client.get("/__simulator/info").status_code == 200
        assert ready == [server.info]
        yield server
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


def gamma_walk(client: httpx.Client, kind: str, **params: Any) -> list[dict[str, Any]]:
    """Every object of a keyset list."""
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.get(f"/gamma/{kind}/keyset", params={"limit": 100} | params | cursor)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        rows += body[kind]
        if "next_cursor" not in body:
            return rows
        cursor = {"after_cursor": body["next_cursor"]}


def feed_walk(client: httpx.Client, **params: Any) -> list[dict[str, Any]]:
    """Every row of /v2/trades under some filters."""
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        asked = {"limit": 1000, "filter_amount": "0"} | params | cursor
        answer = client.get("/data/v2/trades", params=asked)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        rows += body["data"]
        page = body["pagination"]
        assert page["has_more"] == (page["next_cursor"] is not None)
        if page["next_cursor"] is None:
            return rows
        cursor = {"cursor": page["next_cursor"]}


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def hours(count: float) -> timedelta:
    return timedelta(hours=count)
