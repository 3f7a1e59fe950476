"""How the venue spells numbers and times: the same value in up to three ways.

Belongs here: integers and epoch seconds in, JSON values out. Which field takes which spelling is
decided where the answer is built.
"""

from __future__ import annotations

from datetime import UTC, datetime

from polymarket_assets.simulator.plans import MICRO


def decimal_text(micro: int) -> str:
    """Millionths as the shortest decimal text: 24500 → `0.0245`, 1000000 → `1`."""
    whole, part = divmod(abs(micro), MICRO)
    text = f"{whole}.{part:06d}".rstrip("0").rstrip(".")
    return f"-{text}" if micro < 0 else text


def number(micro: int) -> int | float:
    """Millionths as a JSON number: an integer when whole, as the venue mixes them."""
    return micro // MICRO if micro % MICRO == 0 else micro / MICRO


def rfc3339(seconds: int, salt: int = 0) -> str:
    """`2026-11-20T21:00:00.12Z`; the salt gives the fraction, of none to six digits."""
    fraction = f"{salt * 7919 % 1_000_000:06d}".rstrip("0") if salt else ""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}{'.' if fraction else ''}{fraction}Z"


def spaced(seconds: int) -> str:
    """`2026-11-20 21:00:00+00`, the third spelling."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}+00"


def iso_day(seconds: int) -> str:
    """`2026-11-20`."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
