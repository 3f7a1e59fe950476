"""The shared budget: no window holds more than the limit, no allowed slot is given away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from bisect import bisect_right
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.clients import data_api
from polymarket_assets.clients.budget import LONGEST_HOLD_S, SLOTS, SharedBudget
from polymarket_assets.clients.endpoints import ENDPOINTS, GROUP_LIMITS, WINDOW_S
from polymarket_assets.clients.lane import MARGIN_S
from tests.clients.venue import (
    ManualTime,
    ScriptedVenue,
    asking,
    json_reply,
    payload,
    run,
    settings_for,
)


class Clock:
    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def fullest(moments: list[float], window: float) -> int:
    """The largest number of moments in any half-open window."""
    ordered = sorted(moments)
    return max(
        i + 1 - bisect_right(ordered, moment - window + 1e-9) for i, moment in enumerate(ordered)
    )


@given(
    limit=st.integers(1, 12),
    waits=st.lists(st.floats(0, 3, allow_subnormal=False), min_size=1, max_size=120),
)
def test_no_window_ever_holds_more_than_the_limit(
    tmp_path_factory: pytest.TempPathFactory, limit: int, waits: list[float]
) -> None:
    clock = Clock()
    path = tmp_path_factory.mktemp("rates") / "budget"
    budgets = [SharedBudget(path, limit=limit, window_s=2.0, clock=clock) for _ in range(2)]
    sent = []
    for n, wait in enumerate(waits):
        clock.now += wait
        sent.append(budgets[n % 2].reserve())
        assert sent[-1] >= clock.now
    for budget in budgets:
        budget.close()
    assert fullest(sent, 2.0) <= limit
    assert sent == sorted(sent)


def test_a_burst_goes_out_at_once_and_a_walk_uses_every_slot(tmp_path: Path) -> None:
    clock = Clock()
    budget = SharedBudget(tmp_path / "b", limit=300, window_s=10.0, clock=clock)
    sent = []
    for _ in range(3000):
        sent.append(budget.reserve())
        clock.now = max(clock.now, sent[-1])
    budget.close()
    assert sent[299] == sent[0]
    assert sent[-1] - sent[0] == pytest.approx(90)
    assert fullest(sent, 10.0) == 300


def test_a_hold_stops_all_who_share_the_budget_and_ends(tmp_path: Path) -> None:
    clock = Clock()
    first = SharedBudget(tmp_path / "b", limit=5, window_s=1.0, clock=clock)
    second = SharedBudget(tmp_path / "b", limit=5, window_s=1.0, clock=clock)
    first.hold(20)
    first.hold(3)
    assert second.reserve() == clock.now + 20
    second.hold(10**9)
    assert first.reserve() == clock.now + LONGEST_HOLD_S
    first.close()
    second.close()


def test_moments_from_before_a_reboot_are_forgotten(tmp_path: Path) -> None:
    clock = Clock(5_000_000.0)
    budget = SharedBudget(tmp_path / "b", limit=2, window_s=10.0, clock=clock)
    for _ in range(5):
        budget.reserve()
    budget.hold(60)
    clock.now = 30.0
    assert budget.reserve() == 30.0
    assert budget.reserve() == 30.0
    assert budget.reserve() == 40.0
    budget.close()


def test_a_changed_limit_still_counts_what_was_sent_under_the_old_one(tmp_path: Path) -> None:
    clock = Clock()
    wide = SharedBudget(tmp_path / "b", limit=8, window_s=10.0, clock=clock)
    for _ in range(8):
        wide.reserve()
    wide.close()
    narrow = SharedBudget(tmp_path / "b", limit=2, window_s=10.0, clock=clock)
    assert narrow.reserve() == clock.now + 10
    narrow.close()


@pytest.mark.parametrize("limit", [0, SLOTS + 1])
def test_a_limit_it_cannot_keep_is_refused(tmp_path: Path, limit: int) -> None:
    with pytest.raises(ValueError, match="outside 1"):
        SharedBudget(tmp_path / "b", limit=limit, window_s=10.0, clock=Clock())


WORKER = """
import json, sys, time
from pathlib import Path
from polymarket_assets.clients.budget import SharedBudget
path, limit, window, count = sys.argv[1:]
budget = SharedBudget(
    Path(path), limit=int(limit), window_s=float(window), clock=time.monotonic
)
print("ready", flush=True)
sys.stdin.readline()
sent = []
for _ in range(int(count)):
    slot = budget.reserve()
    time.sleep(max(0.0, slot - time.monotonic()))
    sent.append(slot)
print(json.dumps(sent))
"""


def start(*arguments: object) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_processes_together_keep_the_limit_and_use_all_of_it(tmp_path: Path) -> None:
    limit, window, each = 30, 0.5, 75
    workers = [start(tmp_path / "b", limit, window, each) for _ in range(2)]
    outputs = []
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        output, _ = worker.communicate(timeout=30)
        outputs.append(json.loads(output))
    sent = sorted(outputs[0] + outputs[1])
    assert len(sent) == 2 * each
    assert fullest(sent, window) <= limit
    least = (2 * each / limit - 1) * window
    assert sent[-1] - sent[0] <= least / 0.95


def test_a_process_killed_while_it_holds_the_lock_stops_nobody(tmp_path: Path) -> None:
    script = (
        "import fcntl, os, sys, time\n"
        "fd = os.open(sys.argv[1], os.O_RDWR); fcntl.flock(fd, fcntl.LOCK_EX)\n"
        "print('locked', flush=True); time.sleep(60)\n"
    )
    budget = SharedBudget(tmp_path / "b", limit=5, window_s=1.0, clock=time.monotonic)
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "b")], stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        os.kill(holder.pid, signal.SIGKILL)
        budget.reserve()
    budget.close()


def test_the_file_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "run" / "rates" / "b"
    SharedBudget(path, limit=5, window_s=1.0, clock=Clock()).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_endpoints_together_stay_below_the_limits_of_their_service() -> None:
    sums: dict[str, int] = defaultdict(int)
    for endpoint in ENDPOINTS:
        sums[endpoint.service] += endpoint.limit
    assert all(sums[service] <= limit for service, limit in GROUP_LIMITS.items())
    assert len({e.name for e in ENDPOINTS}) == len({(e.service, e.path) for e in ENDPOINTS})


@pytest.mark.parametrize(("override", "factor", "limit"), [(None, 0.97, 291), ("20", 0.5, 10)])
def test_clients_of_one_home_share_one_budget_per_endpoint(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    override: str | None,
    factor: float,
    limit: int,
) -> None:
    if override:
        monkeypatch.setenv("PM_RATE_DATA_TRADES", override)

    async def scenario() -> list[float]:
        moment, sent = ManualTime(), []
        async with ScriptedVenue.of(json_reply(payload("data_trades"))) as venue:
            settings = settings_for(tmp_path, venue.url, http_rate_factor=factor)
            async with asking(settings, moment) as first, asking(settings, moment) as second:
                for n in range(limit + 5):
                    await data_api.trades_page((first, second)[n % 2], taker_only=True)
                    sent.append(moment.now)
        return sent

    sent = run(scenario())
    assert fullest(sent, WINDOW_S) == limit
    assert max(sent) - min(sent) == pytest.approx(WINDOW_S + MARGIN_S)
