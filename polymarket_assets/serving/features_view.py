"""Feature rows on a terminal.

Belongs here: layout. Not here: which rows (features.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from polymarket_assets.serving.tables import Field, price, safe, table, usd
from polymarket_assets.store.seeds import feature_units

MOST_SHOWN = 50


def render(rows: Sequence[Mapping[str, Any]], console: Console, *, whole: bool) -> None:
    """A line per market, or all 65 features of each."""
    if whole:
        for row in rows:
            _render_whole(row, console)
        return
    fields = (
        Field("question", width="cut"),
        Field("tier"),
        Field("mid_price", "mid", price, right=True),
        Field("spread_rel", "spread", right=True),
        Field("volume_24h", "volume 24h", usd, right=True),
        Field("trade_count_1h", "trades 1h", right=True),
        Field("hours_to_close", "h to close", right=True),
    )
    console.print(table("", fields, rows[:MOST_SHOWN]))
    count = f"{len(rows):,} markets" + (
        f", the first {MOST_SHOWN}; --json or --out FILE gives all, with all features"
        if len(rows) > MOST_SHOWN
        else "; --market CONDITION shows all features of one"
    )
    console.print(Text(count, style="dim"))


def _render_whole(row: Mapping[str, Any], console: Console) -> None:
    title = f"{safe(row['question'] or '')} {row['condition_id']}, {row['as_of_kind']}"
    features = [
        {"name": name, "value": row[name], "unit": unit} for name, unit in feature_units().items()
    ]
    fields = (Field("name", "feature"), Field("value", right=True), Field("unit"))
    console.print(table(title.strip(), fields, features))
