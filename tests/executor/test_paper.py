"""The paper venue answers an order once, from the book that is there when it arrives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest

from polymarket_assets.domain.money import to_micros
from polymarket_assets.executor.brokers.base import Answer
from polymarket_assets.executor.brokers.paper import PaperBroker
from polymarket_assets.store.crashpoint import Crashpoints
from polymarket_assets.store.ledger_tables import Intent
from tests.executor.worlds import NOON, Ledger, World, book

SHOWN = book(bids=[["0.92", "50"]], asks=[["0.94", "6"], ["0.95", "100"]])


def intent(name: str, *, side: str = "BUY", price: str = "0.95", size: str = "10") -> Intent:
    return Intent(
        intent_id=name,
        account="paper",
        token_id="rain",
        side=side,
        price=to_micros(price),
        size=to_micros(size),
        time_in_force="FAK",
        fee_rate=Decimal("0.04"),
        fee_exponent=Decimal(1),
        neg_risk=False,
        created_at=NOON,
    )


@pytest.fixture
def broker(world: World, ledger: Ledger) -> Iterator[PaperBroker]:
    """The paper venue of a world in which it rains."""
    world.change(books={"rain": SHOWN})
    engine = ledger.engine
    yield PaperBroker(engine, world, timedelta(seconds=60), world.now, Crashpoints(None))
    engine.dispose()


def submit(broker: PaperBroker, order: Intent) -> Answer:
    return broker.submit(broker.sign(order).body)


def test_signing_the_same_intent_gives_the_same_bytes_and_names_the_intent(
    broker: PaperBroker,
) -> None:
    signed = broker.sign(intent("a"))
    assert signed == broker.sign(intent("a"))
    assert signed.order_hash != broker.sign(intent("b")).order_hash
    body = json.loads(signed.body)
    assert (body["metadata"], body["timestamp"]) == ("a", int(NOON.timestamp() * 1000))


def test_the_same_bytes_get_the_recorded_answer_whatever_the_book_is_by_then(
    broker: PaperBroker, world: World
) -> None:
    first = submit(broker, intent("a"))
    assert first.status == "FILLED"
    world.change(books="the venue is down")
    assert submit(broker, intent("a")) == first
    assert broker.lookup(broker.sign(intent("a")).order_hash) == first
    assert broker.lookup(broker.sign(intent("b")).order_hash) is None


@pytest.mark.parametrize(
    ("changes", "order", "status", "code"),
    [
        ({"age_s": 61}, {}, "CANCELED", "stale_book"),
        ({"bids": [["0.94", "1"]]}, {}, "CANCELED", "crossed_book"),
        ({"asks": []}, {}, "CANCELED", "empty_book"),
        ({"asks": [["0.955", "1"]]}, {}, "CANCELED", "off_grid_book"),
        ({"asks": [["0.96", "100"]]}, {}, "CANCELED", "unfilled"),
        ({"min_order_size": "11"}, {}, "REJECTED", "invalid_order"),
        ({"tick_size": "0.1", "asks": [["0.9", "50"]]}, {}, "REJECTED", "invalid_order"),
        ({}, {"size": "10.01"}, "REJECTED", "invalid_order"),
        ({}, {"side": "SELL", "price": "0.93"}, "CANCELED", "unfilled"),
    ],
)
def test_what_cannot_be_filled_is_answered_with_its_reason_and_without_a_fill(
    changes: dict[str, object],
    order: dict[str, str],
    status: str,
    code: str,
    broker: PaperBroker,
) -> None:
    world = broker.books
    assert isinstance(world, World)
    world.change(books={"rain": {**SHOWN, **changes}})
    answer = submit(broker, intent("a", **order))
    assert (answer.status, (answer.reason or "").partition(":")[0]) == (status, code)
    assert answer.matches == ()


@pytest.mark.parametrize(
    ("books", "code"),
    [("timeout", "book_unavailable"), ({}, "no_book"), ({"rain": "torn"}, "bad_book")],
)
def test_an_order_that_meets_no_book_is_cancelled(
    books: object, code: str, broker: PaperBroker, world: World
) -> None:
    world.change(books=books)
    answer = submit(broker, intent("a"))
    assert (answer.status, (answer.reason or "").partition(":")[0]) == ("CANCELED", code)


def test_a_sale_walks_the_bids_down_to_its_limit(broker: PaperBroker, world: World) -> None:
    bids = [["0.92", "4"], ["0.90", "3"], ["0.80", "100"]]
    world.change(books={"rain": {**SHOWN, "bids": bids}})
    answer = submit(broker, intent("a", side="SELL", price="0.90", size="10"))
    assert [(m.price, m.size) for m in answer.matches] == [
        (to_micros("0.92"), to_micros(4)),
        (to_micros("0.90"), to_micros(3)),
    ]
    assert answer.status == "CANCELED"


def test_orders_that_arrive_together_never_take_more_than_is_shown(
    broker: PaperBroker, ledger: Ledger
) -> None:
    orders = [intent(f"order {n}", size="20") for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda order: submit(broker, order), [*orders, *orders]))
    assert answers[:8] == answers[8:]
    filled = sum(m.size for answer in answers[:8] for m in answer.matches)
    assert filled == to_micros("106")
    rows = ledger.rows("SELECT price, sum(size) FROM paper_matches GROUP BY price ORDER BY price")
    assert rows == [(Decimal("0.94"), Decimal(6)), (Decimal("0.95"), Decimal(100))]
