"""Which books are due: each market's as often as its tier asks for, on any venue.

One schedule serves all tiers: a run takes the books whose last snapshot is older than the interval
of the tier their market is in (PM_TIER_BOUNDARIES_H, PM_TIER_INTERVALS_S).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from polymarket_assets.domain import tiers
from polymarket_assets.sources.session import Session


def due(
    session: Session, markets: Iterable[tuple[str, datetime]], *, table: str, key: str
) -> list[str]:
    """Ids of the markets whose next snapshot is due, in their order; those that wait are noted.

    Args:
        session: the run.
        markets: id and scheduled end of each market.
        table: raw table of the snapshots.
        key: its column that holds the id.
    """
    settings, now = session.settings, session.now()
    boundaries = tiers.parse_boundaries(settings.tier_boundaries_h)
    intervals = dict(
        zip(tiers.TIERS, tiers.parse_intervals(settings.tier_intervals_s), strict=True)
    )
    slack = timedelta(minutes=settings.schedule_live_minutes) / 2
    since = now - max(intervals.values())
    last = {} if session.fresh else _last_snapshots(session, table, key, since=since)
    wanted, early = [], 0
    for market, ends_at in markets:
        tier = tiers.tier_of(tiers.hours_between(now, ends_at), boundaries)
        if tiers.is_due(last.get(market), now, intervals[tier], slack):
            wanted.append(market)
        else:
            early += 1
    if early:
        session.tally.notes.append(f"{early} books are younger than their tier's interval")
    return wanted


def _last_snapshots(
    session: Session, table: str, key: str, *, since: datetime
) -> dict[str, datetime]:
    """When each market's last book was received, of those received after `since`."""
    rows = session.lake.rows(
        f"select {key}, max(received_at) from raw.{table}"  # noqa: S608 - our own names
        " where dt >= $day and received_at > $since group by 1",
        {"day": since.astimezone(UTC).date(), "since": since},
    )
    return {market: received.astimezone(UTC) for market, received in rows}
