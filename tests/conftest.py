"""Fixtures every room's tests share: a home in a temporary folder, and the recorded venue."""

from __future__ import annotations

import gc
import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from polymarket_assets.settings import Settings, load_settings
from polymarket_assets.store.postgres import stop_postgres
from tests.prepared import begin, end, prepared

# The same examples at every run; how long one takes depends on what else the machine does.
hypothesis.settings.register_profile("same", deadline=None, derandomize=True, database=None)
# Other examples at every run: `pytest --hypothesis-profile=search`.
hypothesis.settings.register_profile("search", deadline=None)
hypothesis.settings.load_profile("same")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
RECORDED = SHARED / "data" / "recorded"


# A worker takes the next file when it has none: the long ones must not be begun last.
LONGEST_FIRST = (
    "tests/commands/test_whole_chain.py",
    "tests/commands/test_explain.py",
    "tests/warehouse",
    "tests/sources/test_kill.py",
    "tests/defs/test_collection.py",
    "tests/commands/test_recorded_days.py",
    "tests/executor/test_crash.py",
    "tests/commands/test_sources_commands.py",
    "tests/benchmarks",
    "tests/sources",
    "tests/store",
)


# These run again, at length, often or in many processes, code whose lines and branches other tests
# show already; measuring them would cost more than a minute and add nothing.
NOT_MEASURED = (
    "tests/benchmarks",
    "tests/clients/contracts/test_malformed.py",
    "tests/clients/test_malformed_answers.py",
    "tests/clients/test_recorded_gamma.py",
    "tests/clients/test_replayed_venue.py",
    "tests/domain/matching/test_golden.py",
    "tests/domain/matching/test_properties.py",
    "tests/commands/test_recorded_days.py",
    "tests/commands/test_whole_chain.py",
    "tests/defs/test_collection.py",
    "tests/executor/test_crash.py",
    "tests/executor/test_invariants.py",
    "tests/sources/test_backfill.py",
    "tests/sources/test_kill.py",
    "tests/sources/test_recorded_nobel.py",
    "tests/sources/test_recorded_resolutions.py",
    "tests/store/test_lake_kill.py",
    "tests/store/test_scrub.py",
    "tests/warehouse/test_parts.py",
)
CHAIN = ("tests/commands/test_whole_chain.py", "tests/commands/test_explain.py")


THREADS = "PM_LAKE_THREADS"


def foreign_settings() -> set[str]:
    """The platform's variables in the environment but for the one that all tests set."""
    return {name for name in os.environ if name.startswith("PM_")} - {THREADS}


class Scheduling(LoadScopeScheduling):
    """A file is one worker's, and so is all that reads what is built once for several files."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        if file in CHAIN:
            return CHAIN[0]
        return "tests/warehouse" if file.startswith("tests/warehouse/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Called by pytest-xdist: how tests are shared out among workers."""
    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first."""

    def place(item: pytest.Item) -> int:
        starts = [n for n, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start)]
        return min(starts, default=len(LONGEST_FIRST))

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Imported modules are no garbage: looking through them all the time takes a tenth longer."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_configure(config: pytest.Config) -> None:
    """Called by pytest, in each worker too."""
    # Other tests fill the other cores, and a thread of DuckDB that has nothing to do waits busily.
    os.environ[THREADS] = "1"
    gc.disable()  # until all is collected
    if not hasattr(config, "workerinput"):
        begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Called by pytest, in each worker too."""
    if not hasattr(config, "workerinput"):
        end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Called by pytest for each test with its fixtures: whether coverage is measured."""
    cov = item.config.pluginmanager.get_plugin("_cov")
    controller = cov.cov_controller if cov and item.nodeid.startswith(NOT_MEASURED) else None
    if controller:
        controller.pause()
    try:
        return (yield)
    finally:
        if controller:
            controller.resume()


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own PM_ variables must not reach the tests."""
    for name in foreign_settings():
        monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Settings of a fresh home whose Postgres is stopped at the end."""
    made = load_settings(home=prepared(tmp_path / "home"), _env_file=None)
    yield made
    stop_postgres(made)


@dataclass(frozen=True)
class RecordedVenue:
    """A running replay of recorded days, with its base URLs and control routes."""

    url: str

    @property
    def environment(self) -> dict[str, str]:
        """The PM_ variables that point a platform at it."""
        return {
            "PM_GAMMA_URL": f"{self.url}/gamma",
            "PM_CLOB_URL": f"{self.url}/clob",
            "PM_DATA_URL": f"{self.url}/data",
            "PM_KALSHI_URL": f"{self.url}/kalshi/trade-api/v2",
        }

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A control route's JSON answer."""
        request = urllib.request.Request(
            f"{self.url}/__venue/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"User-Agent": "tests", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")

    def requests(self) -> dict[str, int]:
        """Requests per path since the last reset."""
        stats = self.call("GET", "stats")
        return {path: facts["requests"] for path, facts in stats["paths"].items()}


def _free_port() -> str:
    """A port nobody listens on: the venue takes no 0, and says itself when somebody was faster."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@contextmanager
def replaying(now: str, *options: str) -> Iterator[RecordedVenue]:
    """The replay venue with its clock at `now`, or a skip that says what is absent."""
    if not (SHARED / "venue").is_dir() or not RECORDED.is_dir():
        pytest.skip(f"no recorded data: {SHARED}/venue and {RECORDED} are needed")
    process = subprocess.Popen(
        [
            sys.executable, "-m", "replay_venue", "--data", str(RECORDED), "--port", _free_port(),
            "--now", now, *options,
        ],
        cwd=SHARED / "venue",
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    try:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            pytest.fail(f"the replay venue ended with status {process.wait(10)} before it listened")
        yield RecordedVenue(json.loads(line)["listening"])
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.fixture(scope="session")
def recorded_venue() -> Iterator[RecordedVenue]:
    """The replay venue at 2022-11-20, or a skip that says what is absent."""
    with replaying("2022-11-20T00:00:00Z") as venue:
        yield venue
