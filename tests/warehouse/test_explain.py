"""What every strategy's signals say is derived again from the raw rows behind them.

These rows are made by hand and have no pages; that rows are what their bytes say is shown on the
home of the chain (tests/commands/test_explain.py).
"""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace

import pytest
from rich.console import Console

from polymarket_assets.serving.explain import Evidence, Explanation, Told
from polymarket_assets.serving.explain_checks import checks
from polymarket_assets.serving.explain_pages import Place, Proof, proofs
from polymarket_assets.serving.explain_records import Check
from polymarket_assets.serving.explain_rows import Fact, Grounds, grounds, some
from polymarket_assets.serving.explain_view import render
from polymarket_assets.store.batch import Publication
from tests.warehouse.world import at


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
    assert (
        whats["copy_trading", "reason.profit"] == whats["copy_trading", "leader.maker_share"] == 2
    )
    assert whats["mean_reversion", "reason.z"] == whats["mean_reversion", "action"] == 6
    assert whats["mean_reversion", "history.mid_price"] == 6 * 32 + 5
    assert whats["mean_reversion", "reason.edge"] == 2
    assert whats["longshot_yes", "edge_after_fees"] == 1


def test_nothing_a_signal_rests_on_was_known_later(explained):
    """Every market of this world has a later version, book and fill."""
    found, _ = explained
    assert all(fact.row["known_at"] <= one.signal["as_of"] for one in found for fact in one.facts)
    roles = Counter(fact.role for one in found for fact in one.facts)
    assert roles["own book"] == 1, "of two legs at their own books one is the snapshot's"
    assert roles["Kalshi book"] == roles["Kalshi market"] > 0
    assert min(roles["fill"], roles["leader's fill"], roles["event version"]) > 0
    assert roles["earlier snapshot"] == 6 * 32 + 5, "ends of bars, before and after the move"
    assert roles["leader's past fill"] == roles["match of a past fill"] == 2 * 3
    assert roles["decided market"] == 2 * 3
    assert roles["earlier fill"] == 6
    earlier = {fact.row["as_of"] for one in found for fact in one.of("earlier snapshot")}
    within, end = at("06:35", "2026-11-19"), at("06:40", "2026-11-19")
    assert (within in earlier, end in earlier) == (False, True), "of a bar its last"


@pytest.mark.parametrize(
    ("kind", "role", "change", "what"),
    [
        ("intra_market_arbitrage", "own book", "asks", "price_limit"),
        ("cross_venue", "Kalshi book", "asks", "price_limit"),
        ("copy_trading", "leader's fill", "price", "confidence"),
        ("copy_trading", "leader's fill", "size", "suggested_size"),
        ("copy_trading", "leader's past fill", "price", "reason.profit"),
        ("copy_trading", "leader's past fill", None, "leader.events"),
        ("copy_trading", "match of a past fill", "size", "leader.maker_share"),
        ("copy_trading", "decided market", None, "reason.events"),
        ("mean_reversion", "fill", "size", "snapshot.volume_1h"),
        ("mean_reversion", "earlier snapshot", "asks", "history.mid_price"),
        ("mean_reversion", "earlier snapshot", None, "reason.z"),
        ("mean_reversion", "earlier fill", "size", "history.volume_1h"),
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


@pytest.mark.parametrize("strategy", ["mean_reversion", "copy_trading"])
def test_every_number_of_a_reason_is_derived(explained, strategy):
    found, proved = explained
    for one in found:
        if one.signal["strategy"] == strategy:
            reason = one.signal["reason"]
            wallet_ends = 42 if strategy == "copy_trading" else 0
            digits = [n for n in range(wallet_ends, len(reason)) if reason[n].isdigit()]
            assert len(digits) > 10
            for n in digits:
                other = f"{reason[:n]}{(int(reason[n]) + 1) % 10}{reason[n + 1 :]}"
                told = replace(one, signal=one.signal | {"reason": other})
                assert not all(check.holds for check in checks(told, proved)), other


def test_a_book_that_came_after_its_snapshot_says_nothing_of_it(explained):
    found, proved = explained
    one = next(one for one in found if one.signal["strategy"] == "mean_reversion")
    last = one.of("earlier snapshot")[-1]
    held = proved[last.place].held
    late = replace(proved[last.place], held=held | {"received_at": one.signal["expires_at"]})
    wrong = [check for check in checks(one, proved | {last.place: late}) if not check.holds]
    assert "history.mid_price" in {check.what for check in wrong}
    assert "the bytes give None" in wrong[0].problem


def test_a_terminal_shows_the_ends_of_a_past_and_what_of_it_does_not_agree(explained, publication):
    found, proved = explained
    one = next(one for one in found if one.signal["strategy"] == "mean_reversion")
    sound = {place: replace(proof, problems=()) for place, proof in proved.items()}
    shown = _rendered(one, sound, publication)
    earlier = [f"{fact.row['as_of']:%Y-%m-%d %H:%M:%S}" for fact in one.of("earlier snapshot")]
    assert f"earlier snapshot × {len(earlier)}" in shown
    assert [moment in shown for moment in (earlier[0], earlier[2], earlier[3], earlier[-1])] == [
        True, True, False, True,
    ]  # fmt: skip
    assert f"and {len(earlier) - 6} more" in shown
    assert f"✓ history.mid_price × {len(earlier)}" in shown
    place = one.of("earlier snapshot")[5].place
    shown = _rendered(one, sound | {place: replace(sound[place], read=None)}, publication)
    assert f"history.mid_price of {earlier[5]} is" in shown
    assert ": 1 do not agree" in shown


def _rendered(one: Grounds, proved: dict[Place, Proof], publication: Publication) -> str:
    evidence = tuple(Evidence(fact, proved[fact.place]) for fact in one.facts)
    told = Explanation(one, evidence, tuple(checks(one, proved)), ())
    screen = io.StringIO()
    render(Told(told, publication, None), Console(file=screen, width=140))
    return screen.getvalue()


def _changed(proof: Proof, change: str | None) -> Proof:
    """The record with a number, or the sizes and prices of a side of its book, halved; or none."""
    if change is None:
        return replace(proof, read=None)
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
