"""What every strategy's signals say is derived again from the raw rows behind them.

These rows are made by hand and have no pages; that rows are what their bytes say is shown on the
home of the chain (tests/commands/test_explain.py).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from polymarket_assets.serving.explain_checks import Check, checks
from polymarket_assets.serving.explain_pages import Place, Proof, proofs
from polymarket_assets.serving.explain_rows import Fact, Grounds, grounds, some


@pytest.fixture(scope="module")
def explained(warehouse, publication) -> tuple[list[Grounds], dict[Place, Proof]]:
    """Every signal but the one told by hand, and its raw rows taken for what the bytes say."""
    with warehouse.lake.connect(version=publication.version) as connection:
        found = [
            one
            for one in grounds(connection, some(connection, 1_000))
            if len(one.signal["signal_id"]) == 64
        ]
        proved = proofs(connection, (fact for one in found for fact in one.facts))
    return found, {place: replace(proof, read=proof.held) for place, proof in proved.items()}


def test_the_values_of_all_strategies_follow_from_raw_rows(explained):
    found, proved = explained
    kinds, whats = Counter(), Counter()
    for one in found:
        signal = one.signal
        kinds[signal["strategy"], signal["venue"], signal["action"], one.is_complement] += 1
        made = list(checks(one, proved))
        assert [check for check in made if not check.holds] == [], signal["question"]
        whats.update((signal["strategy"], check.what) for check in made)
    polymarket, kalshi = "polymarket", "kalshi"
    assert set(kinds) == {
        ("longshot_yes", polymarket, "enter", False),
        ("longshot_no", polymarket, "enter", False),
        ("mean_reversion", polymarket, "enter", False),
        ("mean_reversion", polymarket, "exit", False),
        ("mean_reversion", polymarket, "hold", False),
        ("term_structure", polymarket, "enter", False),
        ("intra_market_arbitrage", polymarket, "enter", False),
        ("intra_market_arbitrage", polymarket, "enter", True),
        ("copy_trading", polymarket, "enter", False),
        ("copy_trading", polymarket, "exit", False),
        ("cross_venue", polymarket, "enter", False),
        ("cross_venue", kalshi, "enter", False),
    }
    for strategy, _, _, _ in kinds:
        assert whats[strategy, "price_limit"] > 0
    assert whats["copy_trading", "confidence"] == 1
    assert whats["longshot_yes", "edge_after_fees"] == 1


def test_nothing_a_signal_rests_on_was_known_later(explained):
    """Every market of this world has a later version, book and fill."""
    found, _ = explained
    assert all(fact.row["known_at"] <= one.signal["as_of"] for one in found for fact in one.facts)
    roles = Counter(fact.role for one in found for fact in one.facts)
    assert roles["own book"] == 1, "of two legs at their own books one is the snapshot's"
    assert roles["Kalshi book"] == roles["Kalshi market"] > 0
    assert min(roles["fill"], roles["leader's fill"], roles["event version"]) > 0


@pytest.mark.parametrize(
    ("kind", "role", "change", "what"),
    [
        ("intra_market_arbitrage", "own book", "asks", "price_limit"),
        ("cross_venue", "Kalshi book", "asks", "price_limit"),
        ("copy_trading", "leader's fill", "price", "confidence"),
        ("mean_reversion", "fill", "size", "snapshot.volume_1h"),
    ],
)
def test_another_record_gives_another_value(explained, kind, role, change, what):
    found, proved = explained
    wrong: list[Check] = []
    for one in found:
        if one.signal["strategy"] == kind:
            other = {
                f.place: _changed(proved[f.place], change) for f in one.facts if f.role == role
            }
            wrong += [check for check in checks(one, proved | other) if not check.holds]
    assert what in {check.what for check in wrong}


def _changed(proof: Proof, change: str) -> Proof:
    """The record with a number, or the sizes and prices of a side of its book, halved."""
    assert proof.read is not None
    read = {
        name: [{side: amount / 2 for side, amount in level.items()} for level in value]
        if isinstance(value, list) and name.endswith(change)
        else value / 2
        if name == change
        else value
        for name, value in proof.read.items()
    }
    return replace(proof, read=read)


def test_a_fact_leads_to_its_raw_row(explained):
    found, proved = explained
    facts: list[Fact] = [fact for one in found for fact in one.facts]
    assert all(proved[fact.place].held is not None for fact in facts)
    assert all("raw.pages has no page" in proved[fact.place].problems[0] for fact in facts)
