"""Boards, wallets and markets on a terminal.

Belongs here: layout. Not here: which rows (boards.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from polymarket_assets.serving.boards import Rows
from polymarket_assets.serving.tables import (
    Field,
    minute,
    moment,
    price,
    safe,
    signed_usd,
    table,
    usd,
)

BARS = " ▁▂▃▄▅▆▇█"
PLOT_WIDTH = 60
POSITIONS_SHOWN = 20


def percent(share: Any) -> str:
    """A share of one as whole percent."""
    return "–" if share is None else f"{share:.0%}"


def render_leaderboard(rows: Rows, title: str, console: Console) -> None:
    """A board; a star marks wallets of which not all is known."""
    fields = (
        Field("rank", "#", right=True),
        Field("who", "trader", width="cut"),
        Field("pnl_usd", "profit", signed_usd, right=True),
        Field("win_rate", "wins", percent, right=True),
        Field("win_rate_low", "at least", percent, right=True),
        Field("volume_usd", "volume", usd, right=True),
        Field("fills", right=True),
        Field("biggest_win_share", "one event", percent, right=True),
        Field("mark", ""),
    )
    shown = [
        {**row, "who": row["name"] or row["wallet"], "mark": "" if row["is_complete"] else "*"}
        for row in rows
    ]
    console.print(table(title, fields, shown))
    if any(row["mark"] for row in shown):
        console.print(Text("* shares from outside the fills: the profit is not complete", "dim"))


def render_trader(found: dict[str, Any], console: Console) -> None:
    """One wallet: its numbers, its equity over days, its positions, the venue's view."""
    for part in _trader(found):
        console.print(part)


def _trader(found: dict[str, Any]) -> Iterator[RenderableType]:
    stats = found["stats"]
    if stats:
        yield Text(safe(f"{stats['name'] or ''} {found['wallet']}").strip(), "bold")
        yield Text(
            f"profit {signed_usd(stats['pnl_usd'])}, "
            f"realised {signed_usd(stats['realized_pnl_usd'])}"
            f", volume {usd(stats['volume_usd'])} in {stats['fills']:,} fills"
            f" and {stats['markets']:,} markets; won {stats['wins']}, lost {stats['losses']}"
            f" ({percent(stats['win_rate'])}, at least {percent(stats['win_rate_low'])})"
            f"; best event {percent(stats['biggest_win_share'])} of all won"
            f"; maker {percent(stats['maker_share'])}"
            + ("" if stats["is_complete"] else "; not complete: shares from outside the fills")
        )
    if found["days"]:
        days = found["days"]
        yield Text(f"profit from {days[0]['dt']} to {days[-1]['dt']}")
        yield Text(sparkline([day["pnl_usd"] for day in days]), "cyan")
    fields = (
        Field("question", width="cut"),
        Field("outcome"),
        Field("net_shares", "shares", usd, right=True),
        Field("mark", show=price, right=True),
        Field("value_usd", "worth", usd, right=True),
        Field("pnl_usd", "profit", signed_usd, right=True),
        Field("last_fill_at", "last fill", minute),
    )
    rows = found["positions"][:POSITIONS_SHOWN]
    if rows:
        yield table(f"Positions, {len(rows)} of {len(found['positions'])}", fields, rows)
    if found["venue"]:
        yield table("The venue's own boards", _VENUE_FIELDS, found["venue"])
        yield Text(
            "The venue counts day, week and month as marked change of equity and `all` as realised "
            "alone, its volume in shares of both sides; ours is before fees, over what is held.",
            "dim",
        )


_VENUE_FIELDS = (
    Field("category"),
    Field("time_period", "window"),
    Field("sort_by", "by"),
    Field("rank", right=True),
    Field("venue_pnl_usd", "profit", signed_usd, right=True),
    Field("venue_volume_shares", "shares", usd, right=True),
    Field("received_at", "seen", moment),
)


def sparkline(changes: Sequence[Decimal]) -> str:
    """The running sum of changes as a row of bars, at most PLOT_WIDTH wide."""
    total, levels = Decimal(0), []
    for change in changes:
        total += change
        levels.append(total)
    step = max(1, -(-len(levels) // PLOT_WIDTH))
    shown = levels[step - 1 :: step] or levels
    low, high = min(*shown, Decimal(0)), max(*shown, Decimal(0))
    height = (high - low) or Decimal(1)
    bars = "".join(BARS[1 + int((level - low) / height * (len(BARS) - 2))] for level in shown)
    return (
        f"{bars}  {signed_usd(levels[-1])} (lowest {signed_usd(low)}, highest {signed_usd(high)})"
    )


def render_traders(rows: Rows, console: Console) -> None:
    """Found wallets."""
    fields = (
        Field("name", width="cut"),
        Field("wallet"),
        Field("volume_usd", "volume", usd, right=True),
        Field("pnl_usd", "profit", signed_usd, right=True),
        Field("win_rate", "wins", percent, right=True),
        Field("markets", right=True),
        Field("last_fill_at", "last fill", minute),
    )
    console.print(table("Traders", fields, rows))


def render_markets(rows: Rows, console: Console) -> None:
    """Found markets."""
    fields = (
        Field("question", width="cut"),
        Field("category"),
        Field("is_closed", "closed"),
        Field("end_at", "ends", moment),
        Field("volume_usd", "volume", usd, right=True),
        Field("condition_id", "condition"),
    )
    console.print(table("Markets", fields, rows))


def render_market(found: dict[str, Any], console: Console) -> None:
    """One market with its outcomes, its newest features and its largest traders."""
    console.print(Text(safe(found["question"] or found["condition_id"]), "bold"))
    facts = (
        f"{found['category']}; {'closed' if found['is_closed'] else 'open'}; ends"
        f" {moment(found['end_at'])}; volume {usd(found['volume_usd'])}; condition"
        f" {found['condition_id']}"
    )
    console.print(Text(safe(facts)))
    console.print(
        table(
            "Outcomes",
            (Field("outcome"), Field("is_yes", "yes"), Field("payout"), Field("token_id", "token")),
            found["tokens"],
        )
    )
    if found["snapshot"]:
        known = [
            {"feature": name, "value": value}
            for name, value in found["snapshot"].items()
            if value is not None
        ]
        console.print(table("Newest snapshot", (Field("feature"), Field("value")), known))
    fields = (
        Field("wallet"),
        Field("volume_usd", "volume", usd, right=True),
        Field("pnl_usd", "profit", signed_usd, right=True),
        Field("is_decided", "decided"),
    )
    if found["traders"]:
        console.print(table("Largest traders", fields, found["traders"]))
