"""kill -9 at every point of approving and trading, then again: the ledger of an undisturbed run."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

import polymarket_assets.executor
from tests.executor.children import KILLED, start
from tests.executor.worlds import NOON, Ledger, World, book, signal, trade_in

RANDOM_KILLS = 24


def _points() -> list[str]:
    """Every crash point that stands in the executor's code."""
    folder = Path(polymarket_assets.executor.__file__).parent
    code = "".join(path.read_text() for path in sorted(folder.rglob("*.py")))
    return sorted(set(re.findall(r'crash\("([a-z_.]+)"\)', code)))


def _morning(path: Path) -> World:
    """Three positions are opened: one will resolve, one will be left, one stays."""
    names = ["resolves", "leaves", "stays"]
    shown = book(bids=[["0.92", "80"]], asks=[["0.94", "6"], ["0.95", "100"]])
    return World.make(path, signals=[signal(n) for n in names], books=dict.fromkeys(names, shown))


def _afternoon(world: World) -> None:
    """A market resolves, an exit and entries are signalled, two of them for the same depth."""
    now = NOON + timedelta(hours=2)
    times = {"as_of": now.isoformat(), "expires_at": (now + timedelta(minutes=30)).isoformat()}
    leave = {"action": "exit", "side": "SELL", "price_limit": "0.90"}
    thin = book(bids=[["0.90", "9"]], asks=[["0.95", "24"]], hash="h3")
    world.change(
        now=now.isoformat(),
        signals=[
            signal("leaving", token_id="leaves", **leave, **times),
            signal("again", token_id="stays", **times),
            signal("first", token_id="thin", suggested_notional="5", **times),
            signal(
                "second",
                token_id="thin",
                strategy="longshot_no",
                suggested_notional="5.7",
                edge_after_fees="0.009",
                **times,
            ),
            signal("gone", price_limit="0.80", **times),
            signal("unseen", **times),
        ],
        books={
            "leaves": book(bids=[["0.93", "4"], ["0.91", "100"]], asks=[["0.95", "9"]], hash="h2"),
            "stays": book(bids=[["0.94", "80"]], asks=[["0.96", "9"]], hash="h2"),
            "thin": thin,
            "gone": book(bids=[["0.90", "9"]], asks=[["0.95", "99"]]),
        },
        payouts={"resolves": "1"},
    )


@pytest.fixture(scope="module")
def noon(
    tmp_path_factory: pytest.TempPathFactory, new_ledger: Callable[[], Ledger]
) -> tuple[World, Ledger]:
    """The world in the afternoon, and the ledger as the morning left it."""
    world, ledger = _morning(tmp_path_factory.mktemp("crash") / "world.json"), new_ledger()
    trade_in(world, ledger)
    _afternoon(world)
    return world, ledger.keep("noon")


@pytest.fixture(scope="module")
def undisturbed(noon: tuple[World, Ledger]) -> str:
    """The ledger after an afternoon that nothing disturbed."""
    world, ledger = noon
    child = start(world, ledger)
    child.began()
    assert child.ended() == 0
    outcomes = dict(
        ledger.rows(
            "SELECT i.signal_id, o.state || ' ' || o.filled_size::float FROM orders o"
            " JOIN intents i USING (intent_id)"
        )
    )
    assert outcomes == {
        "resolves": "FILLED 10.4",
        "leaves": "FILLED 10.4",
        "stays": "FILLED 10.4",
        "leaving": "FILLED 10.4",
        "first": "FILLED 5.2",
        "second": "FILLED 6",
    }
    assert ledger.rows("SELECT count(*) FROM settlements") == [(1,)]
    return ledger.dump()


@pytest.mark.parametrize("point", _points())
def test_a_run_killed_at_a_point_and_started_again_ends_as_if_undisturbed(
    point: str, noon: tuple[World, Ledger], undisturbed: str
) -> None:
    """The n-th passing of the point for n = 1, 2, … until a run passes it less often."""
    world, ledger = noon
    for passing in range(1, 50):
        ledger.restore("noon")
        child = start(world, ledger, f"{point}:{passing}")
        child.began()
        code = child.ended()
        if code == 0:
            assert passing > 1, f"no run ever passes {point}"
            break
        assert code == KILLED
        ledger.wait_until_left()
        trade_in(world, ledger)
        assert ledger.dump() == undisturbed


def test_runs_killed_at_random_moments_end_as_if_undisturbed(
    noon: tuple[World, Ledger], undisturbed: str
) -> None:
    """Killed twice in a row, at any moment of the time an undisturbed run takes."""
    world, ledger = noon
    chance = random.Random(20)
    ledger.restore("noon")
    started = time.monotonic()
    child = start(world, ledger)
    child.began()
    child.ended()
    length = time.monotonic() - started
    killed = 0
    for _ in range(RANDOM_KILLS // 2):
        ledger.restore("noon")
        for _ in range(2):
            child = start(world, ledger)
            child.began()
            time.sleep(chance.uniform(0, length))
            child.kill()
            landed = child.ended() == KILLED
            killed += landed
            # The machine was slower when the time was taken: aim earlier.
            length *= 1.0 if landed else 0.7
            ledger.wait_until_left()
        trade_in(world, ledger)
        assert ledger.dump() == undisturbed
    assert killed >= RANDOM_KILLS // 2
