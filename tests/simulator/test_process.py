from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest

from polymarket_assets.simulator import __main__ as command
from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.process import SimulatorFailedError, simulator
from polymarket_assets.simulator.server import run_simulator
from tests.simulator.venue import EVENING, START

TINY = SimulatorOptions(start=START, days=1, markets=10, fills=50, now=EVENING)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while is_alive(pid):
        assert time.monotonic() < deadline, f"process {pid} lives on"
        time.sleep(0.02)


def test_a_child_serves_obeys_its_handle_and_ends_with_the_block():
    with simulator(TINY) as handle:
        environment = handle.settings_environment()
        assert environment == {
            "PM_GAMMA_URL": f"{handle.url}/gamma",
            "PM_DATA_URL": f"{handle.url}/data",
            "PM_CLOB_URL": f"{handle.url}/clob",
            "PM_KALSHI_URL": f"{handle.url}/kalshi/trade-api/v2",
        }
        assert handle.info.counts["matches"] >= 50
        assert 0 <= (handle.now() - EVENING).total_seconds() < 60
        moved = datetime(2026, 11, 18, 6, tzinfo=UTC)
        handle.set_clock(moved, speed=0)
        assert handle.now() == moved
        handle.set_clock(speed=2)
        assert handle.details()["speed"] == 2
        (rule,) = handle.faults({"path": "/clob/time", "kind": "503", "times": 1})
        assert rule["kind"] == "503"
        assert httpx.get(f"{environment['PM_CLOB_URL']}/time").status_code == 503
        assert handle.faults()[0]["struck"] == 1
        handle.clear_faults()
        assert handle.faults() == []
        assert handle.stats()["total"] == 1
        handle.reset_stats()
        assert handle.stats()["total"] == 0
        with pytest.raises(SimulatorFailedError, match="unknown fields often"):
            handle.faults({"path": "*", "kind": "503", "often": 1})
        pid = handle.info.pid
        assert is_alive(pid)
    assert not is_alive(pid)
    with pytest.raises(SimulatorFailedError, match=f"process {pid} alive"):
        handle.stats()


def test_a_child_ends_when_the_block_fails():
    with pytest.raises(RuntimeError, match="inside"), simulator(TINY) as handle:
        raise RuntimeError("inside")
    assert not is_alive(handle.info.pid)


PARENT = """
import time
from contextlib import suppress
from datetime import date
from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.process import simulator
with simulator(SimulatorOptions(start=date(2026, 11, 18), days=1, markets=10, fills=50)) as handle:
    print(handle.info.pid, flush=True)
    time.sleep(60)
"""


def test_a_child_does_not_outlive_a_killed_parent():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent, parent.stdout:
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        try:
            wait_until_gone(pid)
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_a_taken_port_is_named_with_what_to_do():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        taken = SimulatorOptions(start=START, days=1, markets=10, fills=50, port=port)
        with pytest.raises(OSError, match=f"port {port} on 127.0.0.1 is not free"):
            run_simulator(taken, ready=lambda _: None)
        said = pytest.raises(SimulatorFailedError, match=f"code 2.*\n.*port {port}")
        with said, simulator(taken):
            pass


def test_the_command_refuses_impossible_options(capsys: pytest.CaptureFixture[str]):
    assert command.main(["--days=0"]) == 2
    assert "days=0: expected at least 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"seed": -1}, "seed=-1"),
        ({"markets": 2}, "markets=2"),
        ({"speed": -0.5}, "speed=-0.5"),
        ({"port": 70_000}, "port=70000"),
        ({"rate_limit": "slow"}, "rate_limit='slow'"),
        ({"now": EVENING.replace(tzinfo=None)}, "time zone"),
    ],
)
def test_impossible_options_are_named(wrong, named: str):
    with pytest.raises(ValueError, match=named):
        SimulatorOptions(**wrong)


def test_options_survive_the_way_to_the_child(tmp_path: Path):
    options = SimulatorOptions(
        seed=3,
        start=date(2026, 2, 1),
        days=2,
        markets=12,
        fills=34,
        port=8901,
        speed=2.5,
        rate_limit="429",
        latency_ms=7.5,
        truth=tmp_path,
    )
    values = command._parse(options.arguments())
    assert values.pop("until_stdin_closes") is False
    assert values.pop("now") == options.clock_start == datetime(2026, 2, 2, 21, tzinfo=UTC)
    assert SimulatorOptions(**values) == options
