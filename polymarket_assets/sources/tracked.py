"""Which wallets are tracked: the venue's best, those named in the settings, leaders of open copies.

Belongs here: that choice, and when a snapshot is young enough. Not here: what is asked about them
(activity.py, positions.py, holders.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from polymarket_assets.clients.contracts.values import WALLET_LENGTHS, hex_ids
from polymarket_assets.sources.session import Session
from polymarket_assets.store.batch import Watermark

POLLED = timedelta(days=7)
"""A board older than this names nobody any more."""
FRESH = timedelta(minutes=5)
"""A younger snapshot is not taken again: a run after one that was cut off takes the rest."""


def tracked_wallets(session: Session) -> list[str]:
    """Addresses of the tracked wallets, in lower case, each once, in order.

    Raises:
        ValueError: PM_TRACK_WALLETS names something that is no address.
    """
    settings, now = session.settings, session.now()
    named = [wallet.strip() for wallet in settings.track_wallets.split(",") if wallet.strip()]
    try:
        given = hex_ids("PM_TRACK_WALLETS", named, WALLET_LENGTHS)
    except ValueError as error:
        msg = f"{error}; set it to addresses of 0x and 40 hex digits, separated by commas"
        raise ValueError(msg) from None
    category = settings.leaderboard_categories.split(",", maxsplit=1)[0].strip()
    best = session.lake.rows(_BEST, [category, settings.track_top, (now - POLLED).date()])
    return sorted({*given, *(wallet for (wallet,) in best), *_leaders(session, now)})


def _leaders(session: Session, now: datetime) -> list[str]:
    """Wallets that open signals of the strategy copy_trading follow; none before there are any."""
    columns = {name for (name,) in session.lake.rows(_SIGNAL_COLUMNS)}
    if not {"strategy", "leader_wallet", "expires_at"} <= columns:
        return []
    return [wallet.lower() for (wallet,) in session.lake.rows(_LEADERS, [now])]


def is_fresh(held: Watermark | None, now: datetime) -> bool:
    """Whether a walk's last page was kept so lately that its snapshot still counts."""
    return held is not None and held.recorded_at > now - FRESH


_BEST = """
with newest as (
    select wallet, rank
    from raw.data_leaderboard
    where category = $1 and dt >= $3
    qualify received_at = max(received_at) over (partition by time_period, sort_by)
)
select distinct wallet from newest where rank <= $2
"""

_SIGNAL_COLUMNS = """
select column_name from information_schema.columns
where table_schema = 'signals' and table_name = 'signals'
"""

_LEADERS = """
select distinct leader_wallet from signals.signals
where strategy = 'copy_trading' and expires_at > $1 and leader_wallet is not null
"""
