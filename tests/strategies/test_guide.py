"""The example in the guide is a strategy that runs."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from polymarket_assets.strategies.registry import python_strategies
from tests.commands.documented import ROOT
from tests.strategies.packages import install
from tests.strategies.test_flow_follow import snapshot


def test_the_guide_s_example_can_be_installed_and_proposes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "add-a-strategy.md").read_text()
    [source] = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    install(tmp_path, monkeypatch, "cheap_yes", source + "\n\nFound = CheapYes\n")
    cheap = python_strategies()["cheap_yes"]
    assert not cheap(cheap.Parameters()).filter(snapshot())
    strategy = cheap(cheap.Parameters.model_validate({"price_max": "0.6"}))
    shown = snapshot(book_imbalance=0.9)
    assert strategy.filter(shown)
    [proposal] = strategy.scan([shown])
    assert (proposal.price_limit, proposal.chance) == (Decimal("0.51"), Decimal("0.52"))
    assert list(strategy.scan([snapshot(book_imbalance=0.1)])) == []
