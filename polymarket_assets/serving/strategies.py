"""Strategies as people see them: the list, and one with its settings and their history.

Belongs here: `polymarket strategies list | show`. Not here: what may be set and how it is written
(warehouse/strategy_settings.py).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from rich.console import Console

from polymarket_assets.serving.tables import Field, table
from polymarket_assets.warehouse.strategy_settings import (
    Parameter,
    StrategySettings,
    history_of,
    settings_of,
    settings_of_all,
)

Row = dict[str, Any]
_LIST = (
    Field("strategy"),
    Field("kind"),
    Field("enabled", show=lambda enabled: "yes" if enabled else "no"),
    Field("settings_version", "version", right=True),
    Field("description", width="wrap"),
)
_PARAMETERS = (
    Field("name", "parameter"),
    Field("value", right=True),
    Field("default", right=True),
    Field("allowed"),
    Field("description", "meaning", width="wrap"),
)
_HISTORY = (
    Field("version", right=True),
    Field("changed_at", "when"),
    Field("changed_by", "who"),
    Field("change", "what", width="wrap"),
)


def read_strategies(engine: sa.Engine) -> list[Row]:
    """Every strategy: name, kind, whether it is enabled, version of its settings, what it does."""
    return [_summary(held) for held in settings_of_all(engine)]


def read_strategy(engine: sa.Engine, name: str) -> Row:
    """One strategy with each parameter and every version of its settings, the newest first.

    Raises:
        UnknownStrategyError: no strategy has this name.
    """
    held = settings_of(engine, name)
    return {
        **_summary(held),
        "params_hash": held.params_hash,
        "parameters": [
            _parameter(parameter, held.values[parameter.name])
            for parameter in held.specification.parameters
        ],
        "history": [
            {
                "version": row.version,
                "changed_at": row.decided_at,
                "changed_by": row.actor,
                "change": row.change,
                "enabled": row.is_enabled,
                "parameters": row.parameters,
            }
            for row in history_of(engine, name)
        ],
    }


def render_strategies(rows: list[Row], console: Console) -> None:
    """Print the list."""
    console.print(table("Strategies", _LIST, rows))
    console.print("`polymarket strategies show NAME` explains one and its parameters", markup=False)


def render_strategy(row: Row, console: Console) -> None:
    """Print one strategy: what it does, its parameters, who changed what."""
    state = "enabled" if row["enabled"] else "disabled"
    console.print(
        f"{row['strategy']} ({row['kind']}, rule version {row['strategy_version']}, {state})",
        markup=False,
        highlight=False,
    )
    console.print(f"{row['description']}.", markup=False, highlight=False)
    console.print(table("", _PARAMETERS, row["parameters"]))
    if row["history"]:
        console.print(table("Changes", _HISTORY, row["history"]))
    else:
        console.print("nobody changed its settings; all are the defaults")


def _summary(held: StrategySettings) -> Row:
    spec = held.specification
    return {
        "strategy": spec.name,
        "kind": spec.kind,
        "enabled": held.is_enabled,
        "strategy_version": spec.version,
        "settings_version": held.version,
        "changed_by": held.changed_by,
        "changed_at": held.changed_at,
        "description": spec.description,
    }


def _parameter(parameter: Parameter, value: str) -> Row:
    return {
        "name": parameter.name,
        "value": value,
        "default": parameter.default,
        "allowed": parameter.allowed,
        "description": parameter.description,
    }
