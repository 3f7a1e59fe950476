"""`polymarket simulator`: a venue on localhost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from polymarket_assets.commands.terminal import DAY, print_json

app = typer.Typer(no_args_is_help=True, help="A venue on localhost with generated days.")


@app.command("run")
def simulator_run(
    *,
    seed: Annotated[int, typer.Option(help="Same seed, same world.")] = 7,
    start: Annotated[
        datetime, typer.Option(formats=DAY, help="First generated day (UTC).")
    ] = datetime(2026, 3, 2, tzinfo=UTC),
    days: Annotated[int, typer.Option(min=1)] = 3,
    markets: Annotated[int, typer.Option(help="Markets a day.", min=3)] = 300,
    fills_a_day: Annotated[int, typer.Option("--fills", help="Fills a day.", min=1)] = 50_000,
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8877,
    now: Annotated[str | None, typer.Option(help="Start of the venue's clock, RFC 3339.")] = None,
    speed: Annotated[float, typer.Option(help="Venue seconds per second.", min=0)] = 1.0,
    rate_limit: Annotated[Literal["off", "429", "delay"], typer.Option()] = "off",
    latency_ms: Annotated[float, typer.Option(help="Added to each answer.", min=0)] = 0,
    v1_most_rows: Annotated[
        int, typer.Option(help="Most rows of a page of the Data API v1.", min=1)
    ] = 10_000,
    v1_offset_cap: Annotated[
        int, typer.Option(help="Largest offset of the Data API v1.", min=1)
    ] = 10_000,
    v1_past_cap: Annotated[
        Literal["error", "repeat"], typer.Option(help="What v1 does beyond that offset.")
    ] = "error",
    truth: Annotated[Path | None, typer.Option(help="Folder for the truth ledger.")] = None,
) -> None:
    """Serve generated days over HTTP, with the venues' documented quirks.

    Prints where it listens and what it generated, then serves until interrupted. Without --now its
    clock starts at 21:00 of the last day.
    """
    from polymarket_assets.simulator.options import SimulatorOptions  # noqa: PLC0415 - see terminal.py
    from polymarket_assets.simulator.server import run_simulator  # noqa: PLC0415 - see terminal.py

    options = SimulatorOptions(
        seed=seed,
        start=start.date(),
        days=days,
        markets=markets,
        fills=fills_a_day,
        port=port,
        now=datetime.fromisoformat(now) if now else None,
        speed=speed,
        rate_limit=rate_limit,
        latency_ms=latency_ms,
        v1_most_rows=v1_most_rows,
        v1_offset_cap=v1_offset_cap,
        v1_past_cap=v1_past_cap,
        truth=truth,
    )
    run_simulator(options, ready=lambda info: print_json(info.as_dict()))
