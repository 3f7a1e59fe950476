"""Strategies whose legs pay together: sets of outcomes, ladders of deadlines, pairs of venues."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from polymarket_assets.store.ledger_pairs import PairApproval
from tests.warehouse import test_kalshi as kalshi
from tests.warehouse.quotes import FAR, LISTED, SNAPPED, cost, quote, signals_of, spoil
from tests.warehouse.world import Market, World, at

D = Decimal


def decide(engine: sa.Engine) -> None:
    """Approve pairs in the ledger before the build."""
    with Session(engine) as session, session.begin():
        for name, when in PAIRS.items():
            session.add(_approval(name, when))


def tell(world: World) -> None:
    """Sets, ladders and pairs that fire, and near misses."""
    _tell_complements(world)
    _tell_sets(world)
    _tell_ladders(world)
    _tell_pairs(world)


COMPLEMENTS = {
    # YES ask, NO ask, seconds between the books, shares
    "fires": ("0.47", "0.48", 0, "400"),
    "two-answers": ("0.47", "0.48", 1, "400"),
    "fee-eats-it": ("0.48", "0.50", 0, "400"),
    "a-few-cents": ("0.47", "0.48", 0, "20"),
}


def _tell_complements(world: World) -> None:
    for name, (yes, no, apart, size) in COMPLEMENTS.items():
        market = quote(world, f"both-{name}", "0.45", yes, size=size)
        # NO's own book; a bid at 0.46 there is an ask at 0.54 on YES.
        seen = SNAPPED - timedelta(seconds=apart)
        world.book(market.no, seen, [("0.46", size)], [(no, size)])


def test_yes_and_no_of_one_answer_that_cost_less_than_one_are_bought_together(warehouse):
    legs = signals_of(warehouse, "intra_market_arbitrage", market := Market("both-fires"))
    paid = cost("0.47", "0.48")
    assert {(leg["token_id"], leg["price_limit"]) for leg in legs} == {
        (market.yes, D("0.47")),
        (market.no, D("0.48")),
    }
    for leg in legs:
        assert (leg["action"], leg["side"], leg["basket_legs"]) == ("enter", "BUY", 2)
        assert leg["edge_after_fees"] == 1 - D("0.002") - paid
        assert leg["suggested_size"] == (100 / paid).quantize(D("0.01"), ROUND_FLOOR)
        assert "YES and NO of one market" in leg["reason"]
    assert len({leg["basket_id"] for leg in legs}) == 1


SETS = {
    # YES (bid, ask) of each outcome; what the event says of itself
    "all-yes": ([("0.28", "0.30"), ("0.26", "0.28"), ("0.18", "0.20"), ("0.10", "0.12")], 4, False),
    "no-of-three": ([("0.46", "0.48"), ("0.30", "0.32"), ("0.30", "0.32")], 5, True),
    "one-not-quoted": ([("0.28", "0.30"), ("0.26", "0.28")], 3, False),
    "augmented": ([("0.28", "0.30"), ("0.26", "0.28")], 2, True),
    "augmented-unknown": ([("0.28", "0.30"), ("0.26", "0.28")], 2, None),
    "dear-no": ([("0.35", "0.37"), ("0.40", "0.42"), ("0.28", "0.30")], 3, False),
    "two-answers": ([("0.28", "0.30"), ("0.26", "0.28")], 2, False),
}


def _tell_sets(world: World) -> None:
    for name, (quotes, members, augmented) in SETS.items():
        event = world.event(
            f"set-{name}",
            seen=LISTED,
            negRisk=True,
            negRiskAugmented=augmented,
            marketIds=[str(n) for n in range(members)],
        )
        for n, (bid, ask) in enumerate(quotes):
            seen = SNAPPED - timedelta(seconds=n if name == "two-answers" else 0)
            quote(world, f"set-{name}-{n}", bid, ask, event=event, negRisk=True, seen=seen)


def _set(name: str) -> list[Market]:
    return [Market(f"set-{name}-{n}") for n in range(len(SETS[name][0]))]


def test_all_outcomes_of_a_whole_event_are_bought_for_less_than_one(warehouse):
    legs = signals_of(warehouse, "intra_market_arbitrage", *_set("all-yes"))
    paid = cost("0.30", "0.28", "0.20", "0.12")
    assert [leg["token_id"] for leg in legs] == [market.yes for market in _set("all-yes")]
    assert {leg["edge_after_fees"] for leg in legs} == {1 - D("0.002") - paid}
    assert {leg["basket_legs"] for leg in legs} == {4}
    assert {leg["neg_risk"] for leg in legs} == {True}


def test_no_of_several_outcomes_pays_all_but_one_even_where_more_may_be_named(warehouse):
    legs = signals_of(warehouse, "intra_market_arbitrage", *_set("no-of-three"))
    paid = cost("0.54", "0.70", "0.70")
    assert {leg["token_id"] for leg in legs} == {market.no for market in _set("no-of-three")}
    assert {leg["edge_after_fees"] for leg in legs} == {2 * (1 - D("0.002")) - paid}
    assert all("pays 2" in leg["reason"] for leg in legs)


@pytest.mark.parametrize(
    "markets",
    [[Market(f"both-{name}")] for name in COMPLEMENTS if name != "fires"]
    + [_set(name) for name in SETS if name not in {"all-yes", "no-of-three"}],
    ids=[
        *list(COMPLEMENTS)[1:],
        *[f"set-{n}" for n in SETS if n not in {"all-yes", "no-of-three"}],
    ],
)
def test_each_of_these_is_no_arbitrage(warehouse, markets):
    assert signals_of(warehouse, "intra_market_arbitrage", *markets) == []


# --- ladders of deadlines ----------------------------------------------------------------------

RULES = 'This resolves to "Yes" if it happens by {}, 11:59 PM ET.'
NOVEMBER, DECEMBER = "2026-11-30T23:59:00Z", "2026-12-31T23:59:00Z"
BY = (("by November 30, 2026?", "November 30, 2026"), ("by December 31?", "December 31, 2026"))
CHEAP = (("0.40", "0.42"), ("0.33", "0.35"))
LADDERS: dict[str, dict[str, Any]] = {
    "fires": {},
    "end-of-month": {
        "words": (("by end of November?", "November 30"), ("by the end of December?", "Dec 31")),
    },
    "no-violation": {"quotes": (("0.40", "0.42"), ("0.61", "0.63"))},
    "fee-eats-it": {"quotes": (("0.40", "0.42"), ("0.37", "0.38"))},
    "interval": {"words": (("in November?", "November 30"), ("in December?", "December 31"))},
    "first-or-last-day": {
        "words": (("by November?", "November 30"), ("by December?", "December 31")),
    },
    "other-rules": {"rules": (RULES, RULES + " Only if announced.")},
    "no-rules": {"rules": (None, None)},
    "misread": {"ends": ("2026-11-20T23:59:00Z", DECEMBER)},
    "excludes": {"neg_risk": True},
    "two-answers": {"apart": 1},
}  # fmt: skip


def _tell_ladders(world: World) -> None:
    for name, told in LADDERS.items():
        risk = told.get("neg_risk", False)
        event = world.event(
            f"ladder-{name}", seen=LISTED, negRisk=risk, marketIds=["1", "2", "3", "4"]
        )
        quotes, words = told.get("quotes", CHEAP), told.get("words", BY)
        rules, ends = told.get("rules", (RULES, RULES)), told.get("ends", (NOVEMBER, DECEMBER))
        for n in (0, 1):
            quote(
                world, f"ladder-{name}-{n}", *quotes[n], event=event, negRisk=risk,
                question=f"Will {name} happen {words[n][0]}", endDate=ends[n],
                description=rules[n].format(words[n][1]) if rules[n] else ...,
                seen=SNAPPED - timedelta(seconds=n * told.get("apart", 0)),
            )  # fmt: skip


@pytest.mark.parametrize("name", ["fires", "end-of-month"])
def test_no_of_the_earlier_and_yes_of_the_later_deadline_are_bought_together(warehouse, name):
    earlier, later = Market(f"ladder-{name}-0"), Market(f"ladder-{name}-1")
    legs = signals_of(warehouse, "term_structure", earlier, later)
    assert [(leg["token_id"], leg["price_limit"]) for leg in legs] == [
        (earlier.no, D("0.60")),
        (later.yes, D("0.35")),
    ]
    assert {leg["edge_after_fees"] for leg in legs} == {1 - D("0.005") - cost("0.60", "0.35")}
    assert len({leg["basket_id"] for leg in legs}) == 1
    assert "by 2026-11-30 implies by 2026-12-31" in legs[0]["reason"]


@pytest.mark.parametrize("name", list(LADDERS)[2:])
def test_each_of_these_is_no_ladder_to_trade(warehouse, name):
    markets = [Market(f"ladder-{name}-{n}") for n in (0, 1)]
    assert signals_of(warehouse, "term_structure", *markets) == []


PAIRS = {
    "fires": at("11:00"),
    "complement": at("11:00"),
    "approved-too-late": at("11:56"),
    "reworded-here": at("11:00"),
    "reworded-there": at("11:00"),
    "text-changed": at("11:00"),
    "old-book": at("11:00"),
    "closed-there": at("11:00"),
    "dear": at("11:00"),
    "matched-on-other-words": at("11:00"),
}
UNAPPROVED = "not-approved"


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _relation(name: str) -> str:
    return "COMPLEMENT" if name == "complement" else "EQUIVALENT"


def _approval(name: str, when: datetime) -> PairApproval:
    return PairApproval(
        pair_id=f"pair-{name}", venue_a="polymarket", market_a=Market(f"pair-{name}").condition,
        venue_b="kalshi", market_b=f"KX-{name}", action="approve", relation=_relation(name),
        rules_sha256_a=_sha(f"a-{name}"), rules_sha256_b=_sha(f"b-{name}"), actor="cli:reader",
        note="read both", decided_at=when,
    )  # fmt: skip


def _tell_pairs(world: World) -> None:
    for name in [*PAIRS, UNAPPROVED]:
        bid, ask = ("0.60", "0.62") if name == "dear" else ("0.53", "0.55")
        market = Market(f"pair-{name}")
        world.market(market, seen=at("08:00"), description="Rules.", **FAR)
        words = {"description": "Other rules." if name == "reworded-here" else "Rules."}
        world.market(market, seen=LISTED, volume=1, **words, **FAR)
        world.book(market.yes, SNAPPED, [(bid, "4000")], [(ask, "4000")])
        spoil(world, market)
        ticker = f"KX-{name}"
        kalshi._market(world, ticker, at("08:00"), "active", rules_primary="If so.")
        if name == "reworded-there":
            kalshi._market(world, ticker, at("11:40"), "active", rules_primary="If not.")
        kalshi._market(world, ticker, at("12:03"), "finalized", rules_primary="If ever.")
        if name == "closed-there":
            kalshi._market(world, ticker, at("11:40"), "inactive", rules_primary="If so.")
        no, yes = ("0.66", "0.36") if name == "complement" else ("0.36", "0.66")
        age = timedelta(seconds=30 if name == "old-book" else 5)
        world.add(
            "raw.kalshi_books", ticker=ticker,
            yes_bids=kalshi._levels((str(1 - D(no)), "900")), yes_asks=kalshi._levels((yes, "900")),
            no_bids=kalshi._levels((str(1 - D(yes)), "900")), no_asks=kalshi._levels((no, "900")),
            **world._received(SNAPPED - age),
        )  # fmt: skip
        # The words of the other market that were approved, matched, and last read.
        approved = f"b-{name}"
        matched = "other words" if name == "matched-on-other-words" else approved
        read = "new words" if name == "text-changed" else matched
        world.add(
            "core.venue_pairs", pair_id=f"pair-{name}", venue_a="polymarket",
            market_a=market.condition, venue_b="kalshi", market_b=ticker, relation=_relation(name),
            score=0.9, title_a="Will it happen?", title_b="Will it happen? [Yes]", evidence="{}",
            rules_sha256_a=_sha(f"a-{name}"), rules_sha256_b=_sha(matched), slots="{}",
            known_at=at("08:00"), matched_at=at("10:00"),
        )  # fmt: skip
        for words, venue, key in (
            (f"a-{name}", "polymarket", market.condition),
            (read, "kalshi", ticker),
        ):
            world.add(
                "core.venue_texts", venue=venue, market_id=key, known_at=at("08:00"),
                rules_sha256=_sha(words),
                matcher_sha256="0" * 64, matched_whole_at=at("10:00"),
            )  # fmt: skip


def _legs(warehouse, name: str) -> list[dict[str, Any]]:
    return warehouse.rows(
        "select * from signals.cross_venue where basket_id in"
        " (select basket_id from signals.cross_venue where condition_id = ?) order by venue",
        [Market(f"pair-{name}").condition],
    )


@pytest.mark.parametrize(("name", "kalshi_side"), [("fires", "NO"), ("complement", "YES")])
def test_an_approved_pair_that_costs_less_than_one_is_one_basket(warehouse, name, kalshi_side):
    there, here = _legs(warehouse, name)
    assert (here["token_id"], here["price_limit"]) == (Market(f"pair-{name}").yes, D("0.55"))
    assert (there["condition_id"], there["token_id"]) == (f"KX-{name}", f"KX-{name}:{kalshi_side}")
    assert (there["price_limit"], there["fee_rate"]) == (D("0.36"), D("0.07"))
    shares = here["suggested_size"]
    assert shares == there["suggested_size"] == 108
    cents = (D("0.07") * shares * D("0.36") * D("0.64") * 100).to_integral_value("ROUND_CEILING")
    paid = cost("0.55") + D("0.36") + cents / 100 / shares
    days = D(30 * 24 * 3600 + 300) / (365 * 24 * 3600)
    edge = 1 - D("0.02") - paid * (1 + D("0.05") * days)
    assert abs(here["edge_after_fees"] - edge) < D("0.00001")
    assert "by cli:reader" in here["reason"]
    assert (here["basket_legs"], here["feature_snapshot_key"]) == (2, there["feature_snapshot_key"])


@pytest.mark.parametrize(
    "name", [*[name for name in PAIRS if name not in {"fires", "complement"}], UNAPPROVED]
)
def test_each_of_these_pairs_is_not_traded(warehouse, name):
    assert _legs(warehouse, name) == []
