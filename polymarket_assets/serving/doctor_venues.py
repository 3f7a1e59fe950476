"""Checks of the venues: one cheap request each, and whose clock is wrong.

Belongs here: whether an endpoint answers what we know it by. Not here: fetching (clients/); these
four requests use no budget and are never repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

import httpx

from polymarket_assets.serving.doctor_check import Check, guarded
from polymarket_assets.settings import Settings

TIMEOUT_S = 5.0
MOST_SKEW_S = 5.0
_OK = 200
_NEXT = "check the network and the address; a venue in trouble is worth a second try in a minute"


@dataclass(frozen=True)
class _Answer:
    """A JSON answer, and the real time (unix seconds) half way between question and answer."""

    value: Any
    asked_at: float
    milliseconds: float


def venue_checks(settings: Settings) -> list[Check]:
    """Ask Gamma, CLOB, Data API and Kalshi at once; all are back within about five seconds."""
    checks: dict[str, Callable[[], Check]] = {
        "gamma": partial(
            _lists, "gamma", f"{settings.gamma_url}/markets/keyset?limit=1", "markets"
        ),
        "clob": partial(_clock, settings),
        "data api": partial(_lists, "data api", f"{settings.data_url}/v2/trades?limit=1", "data"),
        "kalshi": partial(_lists, "kalshi", f"{settings.kalshi_url}/events?limit=1", "events"),
    }
    with ThreadPoolExecutor(max_workers=len(checks)) as pool:
        return list(pool.map(lambda item: guarded(*item), checks.items()))


def _lists(name: str, url: str, key: str) -> Check:
    """The endpoint answers with an object that has its list."""
    answer = _ask(name, url)
    if isinstance(answer, Check):
        return answer
    if not isinstance(answer.value, dict) or not isinstance(answer.value.get(key), list):
        action = "another server may be answering in its place: check the address and the network"
        return Check(name, False, f"{url} answered JSON without a list {key!r}", action)
    return Check(name, True, f"{url} in {answer.milliseconds:.0f} ms")


def _clock(settings: Settings) -> Check:
    """The CLOB answers its time, and this machine's clock agrees with it."""
    url = f"{settings.clob_url}/time"
    answer = _ask("clob", url)
    if isinstance(answer, Check):
        return answer
    if not isinstance(answer.value, int):
        action = "another server may be answering in its place: check the address and the network"
        return Check("clob", False, f"{url} answered {str(answer.value)[:60]!r}, no time", action)
    words = f"{url} in {answer.milliseconds:.0f} ms"
    if settings.now is not None:
        return Check("clob", True, f"{words}; clocks are not compared, PM_NOW is set")
    # The venue gives whole seconds, so half of one is the best guess of what it cut off.
    skew = answer.asked_at - (answer.value + 0.5)
    if abs(skew) > MOST_SKEW_S:
        ahead = "ahead of" if skew > 0 else "behind"
        words += f"; this machine's clock is {abs(skew):.0f} s {ahead} the venue's"
        return Check("clob", False, words, "synchronise it, e.g. timedatectl set-ntp true")
    return Check("clob", True, f"{words}; the clocks agree")


def _ask(name: str, url: str) -> _Answer | Check:
    headers = {
        "User-Agent": f"polymarket-assets/{version('polymarket-assets')} (+python httpx)",
        "Accept": "application/json",
    }
    began, began_wall = time.monotonic(), time.time()
    try:
        with httpx.Client(timeout=TIMEOUT_S, trust_env=False, headers=headers) as client:
            reply = client.get(url)
    except httpx.HTTPError as error:
        words = f"{url}: {type(error).__name__}: {error}".removesuffix(": ")
        return Check(name, False, words, _NEXT)
    took = time.monotonic() - began
    if reply.status_code != _OK:
        return Check(name, False, f"{url} answered status {reply.status_code}", _NEXT)
    try:
        value = reply.json()
    except ValueError:
        return Check(name, False, f"{url} answered with what is not JSON", _NEXT)
    return _Answer(value, began_wall + took / 2, took * 1000)
