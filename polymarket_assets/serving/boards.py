"""Traders and markets as the published version knows them: boards, one wallet, one market.

Belongs here: which rows answer a question, at the published version. Not here: what the numbers
mean (dbt's docs), or how they are laid out (boards_view.py).
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from polymarket_assets.serving.published import open_published
from polymarket_assets.settings import Settings

Rows = list[dict[str, Any]]
WINDOWS = ("1d", "7d", "30d", "all")
_WALLET = re.compile(r"0x[0-9a-fA-F]{40}")


class NotFoundError(LookupError):
    """No such trader or market in the published version."""


@dataclass(frozen=True)
class Board:
    """What a leaderboard is asked for; limits that are None are the build's own."""

    window: str = "7d"
    as_of: date | None = None
    category: str = "all"
    least_fills: int | None = None
    least_volume_usd: Decimal | None = None
    least_win_rate: Decimal | None = None
    exclude_wash: bool = False
    limit: int = 25


def leaderboard(settings: Settings, board: Board) -> Rows:
    """The best traders by the rule of `leaderboards.leaderboard_as_of`, best first.

    Raises:
        ValueError: no such window.
        NotPublishedError: no build was published yet.
    """
    if board.window not in WINDOWS:
        msg = f"window {board.window!r}: expected one of {', '.join(WINDOWS)}"
        raise ValueError(msg)
    given: dict[str, Any] = {
        "wanted_window": board.window,
        "wanted_category": board.category,
        "least_fills": board.least_fills,
        "least_volume_usd": board.least_volume_usd,
        "least_win_rate": board.least_win_rate,
        "exclude_wash": board.exclude_wash,
    }
    given = {name: value for name, value in given.items() if value is not None}
    named = "".join(f", {name} := ${name}" for name in given)
    with _published(settings) as connection:
        as_of = board.as_of or _last_board(connection)
        return _rows(
            connection,
            f"from leaderboards.leaderboard_as_of($as_of{named}) order by rank limit $most",
            {"as_of": as_of, "most": board.limit, **given},
        )


def trader(
    settings: Settings, wallet: str, first: date | None, last: date | None
) -> dict[str, Any]:
    """Everything about one wallet: stats, days (of a range), its positions, the venue's own view.

    Raises:
        ValueError: not a wallet's address.
        NotFoundError: the wallet has no fills and no rank here.
    """
    if not _WALLET.fullmatch(wallet):
        msg = (
            f"{wallet!r} is no wallet: expected 0x and 40 hex digits (`polymarket traders search`)"
        )
        raise ValueError(msg)
    given = {"wallet": wallet.lower()}
    days = {**given, "first": first or date.min, "last": last or date.max}
    with _published(settings) as connection:
        stats = _rows(connection, _STATS, given)
        venue = _rows(connection, _VENUE, given)
        if not stats and not venue:
            msg = f"no fill and no rank of {wallet} is held; it may not have traded in what is held"
            raise NotFoundError(msg)
        return {
            "wallet": wallet.lower(),
            "stats": stats[0] if stats else None,
            "days": _rows(connection, _DAYS, days),
            "positions": _rows(connection, _POSITIONS, given),
            "venue": venue,
        }


def search_traders(settings: Settings, text: str, limit: int) -> Rows:
    """Wallets whose name, pseudonym or address contains `text`, the largest volume first."""
    with _published(settings) as connection:
        return _rows(connection, _TRADERS, {"text": text.lower(), "most": limit})


def markets(settings: Settings, *, text: str, is_open: bool, limit: int) -> Rows:
    """Markets whose question, slug or id contains `text`, the largest volume first."""
    given = {"text": text.lower(), "open": is_open, "most": limit}
    with _published(settings) as connection:
        return _rows(connection, _MARKETS, given)


def market(settings: Settings, key: str) -> dict[str, Any]:
    """One market by condition id, Gamma id or slug: facts, outcomes, snapshot, largest traders.

    Raises:
        NotFoundError: no such market is held.
    """
    with _published(settings) as connection:
        found = _rows(connection, _MARKET, {"key": key.lower()})
        if not found:
            msg = f"no market {key!r} is held; find it by `polymarket markets search WORD`"
            raise NotFoundError(msg)
        given = {"condition": found[0]["condition_id"]}
        snapshot = _rows(connection, _SNAPSHOT, given)
        return {
            **found[0],
            "tokens": _rows(connection, _TOKENS, given),
            "snapshot": snapshot[0] if snapshot else None,
            "traders": _rows(connection, _MARKET_TRADERS, given),
        }


@contextmanager
def _published(settings: Settings) -> Generator[duckdb.DuckDBPyConnection]:
    with open_published(settings) as published:
        yield published.connection


def _last_board(connection: duckdb.DuckDBPyConnection) -> date:
    newest = connection.execute("select max(dt) from leaderboards.trader_daily").fetchall()[0][0]
    return newest or date.max


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, given: dict[str, Any]) -> Rows:
    found = connection.execute(sql, given)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


_STATS = "select * from leaderboards.trader_stats where wallet = $wallet"

_DAYS = """
select * exclude (wallet)
from leaderboards.trader_daily
where wallet = $wallet and dt between $first and $last
order by dt
"""

_POSITIONS = """
select positions.* exclude (wallet), markets.question
from leaderboards.trader_positions as positions
left join core.dim_market as markets on positions.condition_id = markets.condition_id
where wallet = $wallet
order by payout is not null, last_fill_at desc, token_id
"""

_VENUE = """
select
    boards.category,
    boards.time_period,
    boards.sort_by,
    boards.rank,
    boards.pnl_usd as venue_pnl_usd,
    boards.volume_shares as venue_volume_shares,
    boards.received_at
from staging.stg_data_leaderboard as boards
where boards.wallet = $wallet
qualify row_number() over (
    partition by boards.category, boards.time_period, boards.sort_by
    order by boards.received_at desc
) = 1
order by boards.category, boards.time_period, boards.sort_by
"""

_TRADERS = """
select
    traders.wallet, traders.name, traders.pseudonym, stats.volume_usd, stats.pnl_usd,
    stats.win_rate, stats.markets, traders.fills, traders.last_fill_at
from core.dim_trader as traders
left join leaderboards.trader_stats as stats on traders.wallet = stats.wallet
where
    contains(lower(coalesce(traders.name, '')), $text)
    or contains(lower(coalesce(traders.pseudonym, '')), $text)
    or contains(traders.wallet, $text)
order by stats.volume_usd desc nulls last, traders.wallet
limit $most
"""

_MARKETS = """
select
    condition_id, question, category, is_closed, end_at, volume_usd, liquidity_usd, fee_rate
from core.dim_market
where
    (not $open or not coalesce(is_closed, false))
    and (
        contains(lower(coalesce(question, '')), $text)
        or contains(coalesce(slug, ''), $text)
        or contains(condition_id, $text)
        or market_id = $text
    )
order by volume_usd desc nulls last, condition_id
limit $most
"""

_MARKET = """
select *
from core.dim_market
where condition_id = $key or market_id = $key or slug = $key
"""

_TOKENS = """
select tokens.outcome, tokens.is_yes, tokens.token_id, resolutions.payout
from core.dim_market_token as tokens
left join core.fct_resolutions as resolutions on tokens.token_id = resolutions.token_id
where tokens.condition_id = $condition
order by tokens.outcome_index
"""

_SNAPSHOT = """
select *
from features.market_snapshots
where condition_id = $condition
order by as_of desc
limit 1
"""

_MARKET_TRADERS = """
select wallet, volume_usd, pnl_usd, realized_pnl_usd, is_decided
from leaderboards.trader_markets
where condition_id = $condition
order by volume_usd desc, wallet
limit 10
"""
