"""The sources by name: which function fetches which raw table, in the order they depend on.

Belongs here: the list. Assets, commands and tests read it, so that a source is added in one place.
"""

from __future__ import annotations

from polymarket_assets.sources import kalshi_books, kalshi_candles, kalshi_lists, kalshi_trades
from polymarket_assets.sources.activity import collect_activity
from polymarket_assets.sources.books import collect_books
from polymarket_assets.sources.clob_markets import collect_clob_markets
from polymarket_assets.sources.gamma import collect_events, collect_markets
from polymarket_assets.sources.holders import collect_holders
from polymarket_assets.sources.leaderboard import collect_leaderboards
from polymarket_assets.sources.positions import collect_positions
from polymarket_assets.sources.prices import collect_prices
from polymarket_assets.sources.resolutions import collect_resolutions
from polymarket_assets.sources.session import Collect
from polymarket_assets.sources.tags import collect_tags
from polymarket_assets.sources.trades import collect_trades

SOURCES: dict[str, Collect] = {
    "gamma_events": collect_events,
    "gamma_markets": collect_markets,
    "gamma_tags": collect_tags,
    "data_trades": collect_trades,
    "data_leaderboard": collect_leaderboards,
    "data_activity": collect_activity,
    "data_positions": collect_positions,
    "data_holders": collect_holders,
    "data_resolutions": collect_resolutions,
    "clob_markets": collect_clob_markets,
    "clob_books": collect_books,
    "clob_prices": collect_prices,
    "kalshi_series": kalshi_lists.collect_series,
    "kalshi_events": kalshi_lists.collect_events,
    "kalshi_markets": kalshi_lists.collect_markets,
    "kalshi_trades": kalshi_trades.collect_trades,
    "kalshi_books": kalshi_books.collect_books,
    "kalshi_candles": kalshi_candles.collect_candles,
}
LISTS = (
    *("gamma_events", "gamma_markets", "gamma_tags", "clob_markets"),
    *("kalshi_series", "kalshi_events", "kalshi_markets"),
)
"""Sources that are asked for what there is now, and have no days."""
