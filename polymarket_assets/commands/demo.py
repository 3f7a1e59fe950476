"""The demo: three generated days through the whole chain, against a simulated venue over HTTP.

Each stage is remembered in the home when it is done; a demo that was interrupted goes on where it
stopped, and one that is complete only prints its report.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from rich.console import Console

from polymarket_assets.commands.pipeline import Step, render_steps, run_steps
from polymarket_assets.domain.windows import DayWindow, start_of_day
from polymarket_assets.serving.report import render_report, report
from polymarket_assets.settings import load_settings, project_root
from polymarket_assets.simulator.options import SimulatorOptions
from polymarket_assets.simulator.process import SimulatorHandle, simulator
from polymarket_assets.store.home import open_home, recall, remember

FIRST_DAY = date(2026, 3, 2)
DAYS = 3
MARKETS = 300
FILLS = 40_000
"""The first two days' pages of fills are as many as the venue allows without a pause."""
TRACKED = "5"
"""Wallets followed of each of the venue's boards."""
SEED = 7
THIRD_DAY = FIRST_DAY + timedelta(days=2)


class PortTakenError(RuntimeError):
    """Another program listens where this home's simulated venue belongs."""


@dataclass(frozen=True)
class Stage:
    """A moment on the demo's clock and the jobs that run then."""

    name: str
    title: str
    clock: datetime
    steps: tuple[Step, ...]


def stages() -> list[Stage]:
    """History, a trading day, and the morning after."""
    history = DayWindow(FIRST_DAY, FIRST_DAY + timedelta(days=1))
    today = DayWindow(THIRD_DAY, THIRD_DAY)
    after = DayWindow(THIRD_DAY + timedelta(days=1), THIRD_DAY + timedelta(days=1))
    return [
        Stage(
            "history",
            f"Days 1 and 2 ({history}) in one range run, then one build",
            start_of_day(THIRD_DAY) + timedelta(minutes=30),
            (Step("collect", history), Step("warehouse", history)),
        ),
        Stage(
            "trading",
            f"Day 3 ({today}) at 21:00: collect, build, approve, trade on paper",
            start_of_day(THIRD_DAY) + timedelta(hours=21),
            (Step("collect", today), Step("warehouse", today), Step("trade", None)),
        ),
        Stage(
            "settlement",
            "The morning after: the first markets have resolved, positions settle",
            start_of_day(THIRD_DAY) + timedelta(hours=33),
            (Step("collect", after), Step("warehouse", after), Step("trade", None)),
        ),
    ]


def run_demo(console: Console, *, markets: int = MARKETS, fills: int = FILLS) -> bool:
    """Run what is left of the demo and print its report; returns whether all of it succeeded.

    Args:
        console: where progress and report go.
        markets: markets a day.
        fills: matches a day.

    Raises:
        PortTakenError: the port on which this home's simulated venue ran is in use.
    """
    home = Path(os.environ.setdefault("PM_HOME", str(project_root() / ".polymarket-demo")))
    began = time.monotonic()
    console.print(f"Demo home [bold]{home}[/] (delete it to start anew)", highlight=False)
    with ExitStack() as stack:
        with console.status("generating three days of markets, books and fills …"):
            venue = stack.enter_context(simulator(_options(home, markets, fills)))
        # A hundred wallets of each board would take half a minute at the venue's own rate.
        os.environ.update(venue.settings_environment() | {"PM_TRACK_TOP": TRACKED})
        ok = all(_run_stage(stage, venue, console) for stage in stages())
    render_report(report(load_settings()), console)
    console.print(_where_to_look(home, ok, time.monotonic() - began), highlight=False)
    return ok


def _options(home: Path, markets: int, fills: int) -> SimulatorOptions:
    return SimulatorOptions(
        seed=SEED,
        start=FIRST_DAY,
        days=DAYS,
        markets=markets,
        fills=fills,
        port=_port(home),
        now=stages()[0].clock,
    )


def _port(home: Path) -> int:
    """The venue's port, the same on every run: a home belongs to its base URLs."""
    kept = home / "demo-venue-port"
    if not kept.is_file():
        home.mkdir(parents=True, exist_ok=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            kept.write_text(str(free.getsockname()[1]))
    port = int(kept.read_text())
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        msg = (
            f"the port {port} of this demo's simulated venue is in use ({error}); stop what uses "
            f"it, or delete {home} to start anew"
        )
        raise PortTakenError(msg) from error
    return port


def _run_stage(stage: Stage, venue: SimulatorHandle, console: Console) -> bool:
    """Set both clocks to the stage's moment and run its jobs, unless this home has done so."""
    os.environ["PM_NOW"] = _clock_of_home(stage).isoformat()
    settings = load_settings()
    home = open_home(settings)
    venue.set_clock(home.clock.now())
    if recall(settings, f"demo:{stage.name}"):
        console.print(f"[green]✓[/] {stage.title} [dim](done before)[/]", highlight=False)
        return True
    console.print(f"[bold]{stage.title}[/]", highlight=False)
    steps = list(stage.steps)
    ok = run_steps(settings, steps, console)
    render_steps(steps, console)
    if ok:
        remember(settings, f"demo:{stage.name}", {"at": home.clock.now().isoformat()})
    return ok


def _clock_of_home(stage: Stage) -> datetime:
    """The stage's moment, or the later one at which an earlier run of this home already stood."""
    stored = recall(load_settings(), "clock")
    later = datetime.fromisoformat(stored["asked"]) if stored else stage.clock
    return max(stage.clock, later)


def _where_to_look(home: Path, ok: bool, seconds: float) -> str:
    return (
        f"\n{'Done' if ok else '[red]Incomplete[/]'} in {seconds:.0f} s. "
        f"Look further with PM_HOME={home}:\n"
        "  make dev     the Dagster UI on http://127.0.0.1:3000: assets, runs, partitions, checks\n"
        "  make docs    the tables explained, in dbt_project/target/static_index.html\n"
        "  .venv/bin/polymarket lake query 'from signals.signals'"
    )
