"""`polymarket config show`: every setting with its value, where it comes from, and what it means.

Belongs here: the list and its layout. Not here: the settings themselves (settings.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import SecretStr
from rich.console import Console
from rich.text import Text

from polymarket_assets.clients.endpoints import ENDPOINTS
from polymarket_assets.serving.tables import Field, plain, safe, table
from polymarket_assets.settings import Settings, origins, rate_override, unknown_variables

MASK = "**********"


def settings_table(settings: Settings) -> list[dict[str, Any]]:
    """One row per setting, in the order of settings.py, then one per endpoint's rate.

    Each row has the keys name (PM_…), value (null when unset, masked when secret), default, origin
    ("default", "environment" or ".env") and meaning; all of them fit for JSON.

    Raises:
        ValueError: a PM_RATE_<ENDPOINT> is not a whole number.
    """
    where = origins()
    rows: list[dict[str, Any]] = [
        {
            "name": f"PM_{name.upper()}",
            "value": _shown(getattr(settings, name)),
            "default": _shown(field.default),
            "origin": where[name],
            "meaning": field.description,
        }
        for name, field in Settings.model_fields.items()
    ]
    for endpoint in ENDPOINTS:
        rate = rate_override(endpoint.name)
        rows.append(
            {
                "name": f"PM_RATE_{endpoint.name.upper()}",
                "value": endpoint.limit if rate is None else rate,
                "default": endpoint.limit,
                "origin": "default" if rate is None else "environment",
                "meaning": f"requests per 10 s to {endpoint.method} {endpoint.path}",
            }
        )
    return rows


def render(rows: Sequence[dict[str, Any]], console: Console) -> None:
    """Print the rows as a table, and after it the variables that name no setting."""
    fields = (
        Field("name", "setting", show=safe),
        Field("value", show=_words, width="wrap"),
        Field("origin"),
        Field("meaning", show=safe, width="wrap"),
    )
    console.print(table("", fields, rows))
    for name in unknown_variables():
        words = f"{name} is set but names no setting; correct it or remove it"
        console.print(Text(words, style="yellow"))


def _shown(value: object) -> Any:
    return MASK if isinstance(value, SecretStr) else plain(value)


def _words(value: object) -> str:
    return "–" if value is None else safe(str(value))
