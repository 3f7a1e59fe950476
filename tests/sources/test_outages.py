"""The catalog's server restarts, the disk fills up: nothing is lost, and work goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from polymarket_assets.cli import app
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.process import SimulatorHandle, simulator
from polymarket_assets.sources.audit import audit
from polymarket_assets.sources.session import SourceFailedError
from polymarket_assets.store.checksums import record_files, scrub
from polymarket_assets.store.disk_full import DiskFullError
from polymarket_assets.store.lake_files import lake_files
from polymarket_assets.store.postgres_server import EmbeddedServer
from polymarket_assets.store.repair import repair
from tests.sources.children import Child
from tests.sources.platforms import FILLS, day, platform

EVENING = datetime(2026, 11, 19, 21, tzinfo=UTC)
WORLD = SimulatorOptions(
    seed=5, start=date(2026, 11, 18), days=2, markets=150, fills=3_000, now=EVENING, speed=0
)
DAYS, RECEIVED = day("2026-11-18", "2026-11-19"), DayWindow(EVENING.date(), EVENING.date())
HELD = f"select taker_only, count(*), sum(hash(f)) from ({FILLS}) as f group by 1 order by 1"
OUTAGE_S = 5.0
DISK_BYTES = 6_000_000

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def venue() -> Iterator[SimulatorHandle]:
    with simulator(WORLD) as handle:
        yield handle


@pytest.fixture(scope="module")
def truth(venue: SimulatorHandle, tmp_path_factory: pytest.TempPathFactory) -> list[tuple]:
    """What a home holds whose run nothing disturbs."""
    with platform(tmp_path_factory.mktemp("calm"), venue.url, now=EVENING) as calm:
        calm.run("data_trades", DAYS)
        return calm.lake.rows(HELD)


def outage(home: Path, seconds: float) -> None:
    """Stop the server as a crash would, and let nobody start it for some seconds."""
    server = EmbeddedServer(home)
    with server.starting():
        pid = server.pid()
        assert pid is not None
        os.kill(pid, signal.SIGQUIT)  # what `pg_ctl stop -m immediate` sends
        deadline = time.monotonic() + seconds
        while not server.gone() or time.monotonic() < deadline:
            time.sleep(0.05)


def test_sources_go_on_after_their_catalog_was_away_for_seconds(
    venue: SimulatorHandle, truth: list[tuple], tmp_path: Path
) -> None:
    with platform(tmp_path, venue.url, now=EVENING) as home:
        before = home.lake.head_version()
        children = [Child(home.settings, "data_trades", DAYS) for _ in range(2)]
        while home.lake.head_version() < before + 2:
            time.sleep(0.02)
        outage(home.settings.home, OUTAGE_S)
        assert [child.ended() for child in children] == [0, 0]
        assert home.lake.rows(HELD) == truth
        assert audit(home.lake, "data_trades", RECEIVED).problems == []
        runs = home.lake.rows("select outcome from ops.source_runs where source = 'data_trades'")
        assert runs == [("ok",), ("ok",)]


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of a few megabytes, or a skip where there can be none."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if (
        sys.platform != "linux"
        or os.geteuid() != 0
        or subprocess.run(mount, check=False).returncode
    ):
        pytest.skip("only root on Linux can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_refuses_what_does_not_fit_and_keeps_the_rest(
    venue: SimulatorHandle, truth: list[tuple], tmp_path: Path
) -> None:
    with (
        small_disk(tmp_path / "disk") as disk,
        platform(tmp_path / "home", venue.url, now=EVENING, lake_data=str(disk / "lake")) as home,
    ):
        ballast = disk / "ballast"
        home.run("data_trades", day("2026-11-18"))
        before = home.lake.rows(HELD)
        room = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        ballast.write_bytes(bytes(room - 8_192))

        # The account of the failed run may not fit, either.
        with pytest.raises((SourceFailedError, DiskFullError)) as caught:
            home.run("data_trades", DAYS)
        told = str(caught.value)
        assert "is full" in told
        assert str(disk / "lake") in told
        assert "bytes free" in told
        assert "run the same command again" in told
        assert home.lake.rows(HELD) == before  # nothing of what did not fit, all that was there

        ballast.unlink()
        home.run("data_trades", DAYS)
        assert home.lake.rows(HELD) == truth
        assert audit(home.lake, "data_trades", RECEIVED).problems == []


def test_rows_of_a_damaged_file_are_made_again_from_their_pages(
    venue: SimulatorHandle, truth: list[tuple], tmp_path: Path
) -> None:
    with platform(tmp_path, venue.url, now=EVENING) as home:
        home.run("data_trades", DAYS)
        record_files(home.lake)
        fills = [f for f in lake_files(home.lake.postgres) if f.table == "raw.data_trades"]
        file = Path(home.settings.lake_path, fills[0].path)
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)

        (repaired,) = repair(home.lake, scrub(home.lake).damaged)
        assert home.lake.rows(HELD) != truth
        (command,) = repaired.remedy.commands
        with pytest.MonkeyPatch.context() as patch:
            for name, value in home.settings.model_dump(exclude_defaults=True).items():
                patch.setenv(f"PM_{name.upper()}", str(value))
            done = CliRunner().invoke(app, command.split()[1:])
        assert done.exit_code == 0, done.exception
        assert home.lake.rows(HELD) == truth
        assert audit(home.lake, "data_trades", RECEIVED).problems == []
