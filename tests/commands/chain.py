"""What the tests of the chain share: playing the demo, typing commands in its home."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from polymarket_assets.cli import app
from polymarket_assets.commands.demo import run_demo

MARKETS, FILLS = 100, 2_000
_ANYTHING = (
    "price_min=0 price_max=1 spread_max=1 hours_max=8760 depth_min=0 calibration_margin=2"
    " min_edge=0 depth_share=1"
)
WIDE = {
    "longshot_yes": _ANYTHING,
    "longshot_no": _ANYTHING,
    "copy_trading": (
        "leaders_max=1000 events_min=1 profit_min_usd=-1000000 win_rate_low_min=0 maker_share_max=1"
        " biggest_win_share_max=1 fill_age_max_s=86400 fill_min_usd=0 slippage_max=1 discount_max=1"
        " hours_min=0 min_edge=0 copy_share=1 depth_share=1"
    ),
}
"""Settings under which strategies propose much."""


@dataclass(frozen=True)
class Demo:
    """A home through which the demo went, and what it printed."""

    environment: Mapping[str, str]
    output: str
    ok: bool

    def enter(self, patch: pytest.MonkeyPatch) -> None:
        """Set the demo's environment, with little patience for the venue that has gone."""
        for name, value in self.environment.items():
            patch.setenv(name, value)
        patch.setenv("PM_HTTP_ATTEMPTS", "1")
        patch.setenv("PM_HTTP_DEADLINE_S", "2")


def play() -> tuple[bool, str]:
    """Run the demo; whether all went well, and what it printed."""
    screen = io.StringIO()
    ok = run_demo(Console(file=screen, width=110), markets=MARKETS, fills=FILLS)
    return ok, screen.getvalue()


def polymarket(*arguments: str) -> Result:
    """One command."""
    return CliRunner().invoke(app, list(arguments))
