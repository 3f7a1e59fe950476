"""Packages with strategies, installed as Python installs them: a module and its entry points."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

GOOD = """
from dataclasses import replace
from decimal import Decimal

from pydantic import BaseModel, Field

from polymarket_assets.strategies.strategy import Parameters, Proposal, Strategy


class Params(Parameters):
    least: Decimal = Field(Decimal("0.5"), ge=0, le=1, description="Least of it")


class Found(Strategy):
    name = "found_one"
    description = "Buys YES of everything"
    version = "3"
    Parameters = Params

    def scan(self, snapshots):
        for snapshot in snapshots:
            side = snapshot.yes
            yield Proposal(
                snapshot, side.token_id, side.ask, Decimal(20), Decimal(1), "just so"
            )
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str) -> None:
    """Put a package with one strategy, the class Found of `source`, on the path of this test."""
    (folder / f"{name}.py").write_text(source)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[polymarket_assets.strategies]\n{name} = {name}:Found\n"
    )
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, name, raising=False)
    importlib.invalidate_caches()
