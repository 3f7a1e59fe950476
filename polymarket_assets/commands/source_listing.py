"""The list of sources: where each asks, what it fills, when it runs, how it has fared.

Belongs here: putting together the registry, Dagster's schedules and the accounts of runs.
"""

from __future__ import annotations

import importlib
import pkgutil
from datetime import timedelta
from typing import Any

import dagster as dg
from rich.console import Console

from polymarket_assets.clients.endpoints import ENDPOINTS
from polymarket_assets.defs import automation
from polymarket_assets.defs import sources as source_assets
from polymarket_assets.domain.windows import Interval
from polymarket_assets.serving.collection_plan import ENDPOINT_OF
from polymarket_assets.serving.source_runs import last_successes, outcomes_since, success_rates
from polymarket_assets.serving.stores import open_stores
from polymarket_assets.serving.tables import Field, minute, table
from polymarket_assets.settings import Settings
from polymarket_assets.sources.registry import SOURCES


def schedules() -> dict[str, list[str]]:
    """Per raw table: the cron expressions of the schedules whose job fills it."""
    modules = [
        importlib.import_module(f"{source_assets.__name__}.{module.name}")
        for module in pkgutil.iter_modules(source_assets.__path__)
    ]
    assets = [
        value for module in modules for value in vars(module).values()
        if isinstance(value, dg.AssetsDefinition)
    ]  # fmt: skip
    found: dict[str, list[str]] = {}
    for value in vars(automation).values():
        if not isinstance(value, dg.ScheduleDefinition):
            continue
        selection = getattr(getattr(automation, value.job_name, None), "selection", None)
        for key in selection.resolve(assets) if selection else ():
            if key.path[0] == "raw":
                found.setdefault(key.path[-1], []).append(str(value.cron_schedule))
    return {name: sorted(crons) for name, crons in found.items()}


def listing(settings: Settings, span: timedelta) -> list[dict[str, Any]]:
    """One row per source; the success rate is over the runs that ended within `span`."""
    crons = schedules()
    endpoints = {e.name: f"{e.method} {e.path}" for e in ENDPOINTS}
    with open_stores(settings) as stores:
        now = stores.clock.now()
        window = Interval(now - span, now + timedelta(seconds=1))
        rates = success_rates(outcomes_since(stores.lake, window.start), window)
        succeeded = last_successes(stores.lake)
        rows = []
        for source in SOURCES:
            rate = rates.get(source)
            [(held,)] = stores.lake.rows(f"select count(*) from raw.{source}")  # noqa: S608 - ours
            rows.append(
                {
                    "source": source,
                    "endpoint": endpoints.get(ENDPOINT_OF.get(source, source)),
                    "table": f"raw.{source}",
                    "schedule": crons.get(source, []),
                    "last_success_at": succeeded.get(source),
                    "rows": held,
                    "runs": rate.runs if rate else 0,
                    "failed": rate.failed if rate else 0,
                    "success_rate": rate.share if rate else None,
                }
            )
    return rows


def render(rows: list[dict[str, Any]], window: str, screen: Console) -> None:
    """The list as a table."""
    fields = [
        Field("source"),
        Field("endpoint", width="wrap"),
        Field("schedule", width="wrap", show=lambda crons: ", ".join(crons) or "by hand"),
        Field("last_success_at", "last success", show=minute),
        Field("rows", right=True, show=lambda count: f"{count:,}"),
        Field("success_rate", f"ok in {window}", right=True, show=_share),
    ]
    screen.print(table("Sources; each fills the raw table of its name", fields, rows))


def _share(share: float | None) -> str:
    return "no run" if share is None else f"{share:.0%}"
