"""One intent, at most one venue order, whatever the venue answers; unknown is never rejected."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from polymarket_assets.domain.money import to_micros
from polymarket_assets.domain.orders import IllegalMoveError, OrderState
from polymarket_assets.executor.audit import audit
from polymarket_assets.executor.brokers.base import Answer, Broker, Match, SignedOrder
from polymarket_assets.executor.brokers.paper import PaperBroker
from polymarket_assets.executor.desk import AccountKey, Desk
from polymarket_assets.executor.journal import LostOrderError, move
from polymarket_assets.executor.kill import kill
from polymarket_assets.executor.round import Round
from polymarket_assets.executor.send import carry_on
from polymarket_assets.store.crashpoint import Crashpoints
from polymarket_assets.store.ledger_tables import Intent
from polymarket_assets.store.locks import LockLostError
from tests.executor.worlds import Ledger, World, approve_in, book, settings_of, signal

KEY = AccountKey("paper", "paper")
SHOWN = book(bids=[["0.92", "50"]], asks=[["0.94", "6"], ["0.95", "100"]])


@dataclass
class UnreliableVenue:
    """The paper venue behind a bad line: each question gets the next of `faults`.

    lost: the question never arrives. swallowed: it arrives, the answer does not. ok: both do.
    """

    venue: Broker
    faults: Iterator[str]
    signed: list[str] = field(default_factory=list)
    arrived: list[bytes] = field(default_factory=list)

    def sign(self, intent: Intent) -> SignedOrder:
        self.signed.append(intent.intent_id)
        return self.venue.sign(intent)

    def submit(self, body: bytes) -> Answer:
        fault = next(self.faults)
        if fault == "lost":
            raise TimeoutError("no connection")
        self.arrived.append(body)
        answer = self.venue.submit(body)
        if fault == "swallowed":
            raise TimeoutError("no answer")
        return answer

    def lookup(self, order_hash: str) -> Answer | None:
        if next(self.faults) != "ok":
            raise TimeoutError("no answer")
        return self.venue.lookup(order_hash)


@pytest.fixture
def desk(world: World, ledger: Ledger) -> Iterator[Desk]:
    """A desk in front of a venue that always answers."""
    settings = settings_of(ledger)
    engine = ledger.engine
    crash = Crashpoints(None)
    yield Desk(
        settings=settings,
        engine=engine,
        key=KEY,
        broker=PaperBroker(engine, world, timedelta(seconds=60), world.now, crash),
        books=world,
        resolutions=world,
        now=world.now,
        crash=crash,
        fence=lambda: None,
    )
    engine.dispose()


def behind(desk: Desk, *faults: str) -> tuple[Desk, UnreliableVenue]:
    """The same desk with a bad line; after `faults` the line is good."""
    line = itertools.chain(faults, itertools.repeat("ok"))
    venue = UnreliableVenue(desk.broker, line)
    return replace(desk, broker=venue), venue


def order(ledger: Ledger) -> tuple[str, str | None]:
    [row] = ledger.rows("SELECT state, reason FROM orders")
    return row[0], row[1]


@pytest.mark.parametrize("fault", ["lost", "swallowed"])
def test_an_order_without_an_answer_is_unknown_and_holds_its_reservation(
    fault: str, desk: Desk, world: World, ledger: Ledger
) -> None:
    world.change(signals=[signal("rain")], books={"rain": SHOWN})
    approve_in(world, ledger)
    unreliable, _ = behind(desk, fault)
    report = Round(unreliable).run()
    assert report.unknown == 1
    state, reason = order(ledger)
    assert (state, reason) == (
        "UNKNOWN",
        f"uncertain: TimeoutError: {'no connection' if fault == 'lost' else 'no answer'}",
    )
    [(reserved,)] = ledger.rows("SELECT reserved_usd FROM orders")
    assert reserved > 9
    assert ledger.rows("SELECT count(*) FROM fills") == [(0,)]


@pytest.mark.parametrize("fault", ["lost", "swallowed"])
def test_an_unknown_order_is_proven_later_with_the_same_bytes(
    fault: str, desk: Desk, world: World, ledger: Ledger
) -> None:
    world.change(signals=[signal("rain")], books={"rain": SHOWN})
    approve_in(world, ledger)
    unreliable, venue = behind(desk, fault, "lost")
    Round(unreliable).run()
    Round(unreliable).run()
    assert order(ledger)[0] == "UNKNOWN"
    report = Round(unreliable).run()
    assert (report.recovered, report.unknown) == (1, 0)
    assert order(ledger)[0] == "FILLED"
    assert len(venue.signed) == 1
    assert len(venue.arrived) == 1
    assert ledger.rows("SELECT count(*) FROM paper_orders") == [(1,)]
    states = ledger.rows("SELECT state FROM order_events ORDER BY seq")
    assert [s for (s,) in states] == ["INTENT", "SIGNED", "SENDING", "UNKNOWN", "FILLED"]


def test_nothing_new_is_ordered_in_a_market_whose_order_is_unknown(
    desk: Desk, world: World, ledger: Ledger
) -> None:
    one = {"condition_id": "one market"}
    world.change(
        signals=[
            signal("yes", **one),
            signal("no", strategy="longshot_no", edge_after_fees="0.009", **one),
            signal("other", edge_after_fees="0.008"),
        ],
        books={"yes": SHOWN, "no": SHOWN, "other": SHOWN},
    )
    approve_in(world, ledger)
    unreliable, _ = behind(desk, "swallowed")
    report = Round(unreliable).run()
    assert report.approvals_waiting == {"order_unknown": 1}
    assert [line.state for line in report.orders] == ["UNKNOWN", "FILLED"]


def test_cash_set_aside_for_an_unknown_order_is_not_offered_again(
    desk: Desk, world: World, ledger: Ledger
) -> None:
    poor = {"paper_cash_usd": Decimal(15)}
    world.change(signals=[signal("rain")], books={"rain": SHOWN, "snow": SHOWN})
    approve_in(world, ledger, **poor)
    unreliable, _ = behind(desk, "swallowed", "lost")
    Round(unreliable).run()
    world.change(signals=[signal("snow")])
    [line] = approve_in(world, ledger, **poor).approvals
    assert line.max_size == Decimal("5.2")
    report = Round(unreliable).run()
    assert [(o.state, o.size) for o in report.orders] == [
        ("UNKNOWN", Decimal("10.4")),
        ("FILLED", Decimal("5.2")),
    ]


def test_a_token_is_redeemed_only_once_all_its_orders_are_proven(
    desk: Desk, world: World, ledger: Ledger
) -> None:
    other = {"token_id": "rain", "strategy": "longshot_no", "edge_after_fees": "0.009"}
    world.change(signals=[signal("rain"), signal("rain too", **other)], books={"rain": SHOWN})
    approve_in(world, ledger)
    unreliable, _ = behind(desk, "ok", "swallowed", "lost")
    Round(unreliable).run()
    world.change(payouts={"rain": "1"})
    assert Round(unreliable).run().settlements == ()
    assert len(Round(unreliable).run().settlements) == 2


@pytest.mark.parametrize(("what", "end"), [("kill", "DENIED"), ("time", "EXPIRED")])
def test_an_order_the_venue_never_had_is_not_sent_again_once_it_may_not_be(
    what: str, end: str, desk: Desk, world: World, ledger: Ledger
) -> None:
    world.change(signals=[signal("rain")], books={"rain": SHOWN})
    approve_in(world, ledger)
    unreliable, venue = behind(desk, "lost")
    Round(unreliable).run()
    if what == "kill":
        kill(desk.engine, reason="drill", actor="ann", now=world.now())
    else:
        world.change(now=(world.now() + timedelta(minutes=15)).isoformat())
    report = Round(unreliable).run()
    assert [line.state for line in report.orders] == [end]
    assert venue.arrived == []
    assert ledger.rows("SELECT reserved_usd FROM orders") == [(0,)]
    assert report.cash_usd == 1000


WRONG_ANSWERS = {
    "overfilled": ("0.94", "11", "FILLED"),
    "beyond_limit": ("0.96", "10.4", "FILLED"),
    "contradiction: FILLED": ("0.94", "10", "FILLED"),
    "contradiction: CANCELED": ("0.94", "10.4", "CANCELED"),
    "contradiction: REJECTED with fills": ("0.94", "1", "REJECTED"),
}


@pytest.mark.parametrize("words", WRONG_ANSWERS)
def test_an_answer_that_cannot_be_right_proves_nothing(
    words: str, desk: Desk, world: World, ledger: Ledger
) -> None:
    price, size, status = WRONG_ANSWERS[words]

    class Confused(UnreliableVenue):
        def submit(self, body: bytes) -> Answer:
            return Answer(status, (Match(to_micros(price), to_micros(size), 0),), None, desk.now())

    world.change(signals=[signal("rain")], books={"rain": SHOWN})
    approve_in(world, ledger)
    Round(replace(desk, broker=Confused(desk.broker, itertools.repeat("ok")))).run()
    state, reason = order(ledger)
    assert state == "UNKNOWN"
    assert (reason or "").startswith(words)
    assert ledger.rows("SELECT count(*) FROM fills") == [(0,)]


def test_an_executor_that_lost_its_lock_sends_nothing(
    desk: Desk, world: World, ledger: Ledger
) -> None:
    def lost() -> None:
        raise LockLostError("gone")

    world.change(signals=[signal("rain")], books={"rain": SHOWN})
    approve_in(world, ledger)
    with pytest.raises(LockLostError):
        Round(replace(desk, fence=lost)).run()
    assert order(ledger)[0] == "INTENT"
    assert ledger.rows("SELECT count(*) FROM paper_orders") == [(0,)]


def test_an_order_that_somebody_else_moved_is_left_alone(
    desk: Desk, world: World, ledger: Ledger
) -> None:
    world.change(signals=[signal("rain")], books={"rain": SHOWN})
    approve_in(world, ledger)
    Round(desk).run()
    [(intent_id,)] = ledger.rows("SELECT intent_id FROM orders")
    with Session(desk.engine) as session, session.begin():
        with pytest.raises(LostOrderError, match="is not SIGNED any more"):
            move(session, intent_id, OrderState.SIGNED, OrderState.SENDING, world.now())
        with pytest.raises(IllegalMoveError):
            move(session, intent_id, OrderState.FILLED, OrderState.SIGNED, world.now())
    with pytest.raises(IllegalMoveError):
        carry_on(desk, intent_id)


@hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(faults=st.lists(st.sampled_from(["ok", "lost", "swallowed"]), max_size=9))
def test_over_any_faults_each_intent_is_signed_once_and_the_ledger_equals_the_venue(
    faults: list[str], desk: Desk, world: World, ledger: Ledger
) -> None:
    ledger.restore("empty")
    names = ["a", "b", "c"]
    world.change(signals=[signal(n) for n in names], books=dict.fromkeys(names, SHOWN))
    approve_in(world, ledger)
    unreliable, venue = behind(desk, *faults)
    for _ in range(len(faults) + 1):
        unproven = Round(unreliable).run().unknown
        with Session(desk.engine) as session:
            assert audit(session, KEY) == []
        if not unproven:
            break
    assert sorted(venue.signed) == sorted(set(venue.signed))
    assert len(venue.signed) == len(names)
    ours = ledger.rows("SELECT order_hash, state, ordinal, price, size, fills.fee_usd FROM orders"
                       " LEFT JOIN fills USING (order_hash) ORDER BY 1, 3")  # fmt: skip
    theirs = ledger.rows("SELECT order_hash, status, ordinal, price, size, fee_usd"
                         " FROM paper_orders LEFT JOIN paper_matches USING (order_hash)"
                         " ORDER BY 1, 3")  # fmt: skip
    assert ours == theirs
    assert len(theirs) == 2 * len(names)
