"""Leaks to plant in the warehouse's models: each lets one of them look beyond its moment.

A leak is a passage of a model's compiled SQL and what stands in its place. Some were real once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tests.warehouse.world import at

SIGNALLING = at("11:55")
"""Many snapshots were taken at this moment, and every strategy speaks."""


@dataclass(frozen=True)
class Leak:
    """What a model would know too early, where it would show, and how it comes about."""

    name: str
    table: str
    instead: Mapping[str, tuple[str, str]]
    cut: datetime = SIGNALLING
    as_of_the_cut: bool = False
    """It shows only in a build as of the cut, not in what a later build says of that time."""
    future: str = "poisoned"


def _leak(
    name: str,
    table: str,
    model: str,
    passage: str,
    other: str,
    *,
    cut: datetime = SIGNALLING,
    future: str = "poisoned",
) -> Leak:
    return Leak(name, table, {model: (passage, other)}, cut, future=future)


SNAPSHOTS = "features.market_snapshots"
_DOOR = "    where known_at <= getvariable('platform_now')\n"
"""By which a model takes no row of staging that is known after the build's time."""
_OPEN_MARKETS = (f"{_DOOR}),\n\nvocabulary", "),\n\nvocabulary")
LEAKS = (
    _leak(
        "the final outcome as a price",
        SNAPSHOTS,
        "market_snapshots",
        "-- 1-18 Gamma\n    price,",
        """coalesce(
            (select max(payout) from lake.core.fct_resolutions where token_id = yes_token_id),
            price
        ) as price,""",
    ),
    _leak(
        "a fill that happened before and was known after",
        SNAPSHOTS,
        "market_snapshots",
        "        and trades.known_at <= hours.as_of\n",
        "",
    ),
    _leak(
        "the end date as it was revised later",
        SNAPSHOTS,
        "int_snapshot_quotes",
        "    start_at,\n    end_at\nfrom priced",
        """    start_at,
            (
                select arg_max(v.end_at, v.known_at) from lake.core.market_versions as v
                where v.condition_id = priced.condition_id
            ) as end_at
        from priced""",
    ),
    _leak(
        "a sibling's next price",
        SNAPSHOTS,
        "market_snapshots",
        "pairs.as_of >= versions.known_at",
        "pairs.as_of <= versions.known_at",
    ),
    _leak(
        "a sibling's next book",
        SNAPSHOTS,
        "market_snapshots",
        "and at_version.as_of >= quotes.as_of",
        "and at_version.as_of <= quotes.as_of",
        cut=at("11:54:59"),
    ),
    _leak(
        "the outcomes that an event had later",
        SNAPSHOTS,
        "market_snapshots",
        "versions.event_id = pairs.event_id and ",
        "",
    ),
    _leak(
        "the fees and the topic of a minute later",
        SNAPSHOTS,
        "int_snapshot_quotes",
        "moments.as_of >= versions.known_at",
        "moments.as_of + interval '1 minute' >= versions.known_at",
    ),
    _leak(
        "the book of a minute later",
        SNAPSHOTS,
        "int_snapshot_quotes",
        "moments.as_of >= books.known_at",
        "moments.as_of + interval '1 minute' >= books.known_at",
    ),
    _leak(
        "a walk that went on at the moment",
        SNAPSHOTS,
        "int_snapshot_quotes",
        "at_market.as_of >= market_walks.known_at",
        "at_market.as_of >= market_walks.started_at",
    ),
    _leak(
        "a row because of a fill that was known after its hour",
        SNAPSHOTS,
        "int_snapshot_moments",
        "    where known_at <= make_timestamptz((hour_number + 1) * 3600000000)\n",
        "",
        cut=at("07:01"),
    ),
    _leak(
        "no row because the market was seen live later that day",
        SNAPSHOTS,
        "int_snapshot_moments",
        "hours.as_of < first_live.live_from",
        "cast(hours.as_of as date) < cast(first_live.live_from as date)",
        cut=at("07:01"),
        future="deleted",
    ),
    _leak(
        "what the newest version says of a close",
        "core.fct_prices",
        "fct_prices",
        """min(closed_at) as closed_at
    from "lake"."core"."market_versions"
    where is_closed and""",
        """arg_max(closed_at, received_at) as closed_at
    from "lake"."core"."market_versions"
    where""",
    ),
    _leak(
        "a tier by the last end date of all",
        "core.tier_transitions",
        "int_market_terms",
        "last_value(end_at ignore nulls) over by_time",
        "max(end_at) over (partition by condition_id)",
    ),
    Leak(
        "results of the days after the leaders were frozen",
        "signals.copy_trading",
        {
            "int_market_versions": _OPEN_MARKETS,
            "copy_trading": ("        and resolutions.known_at <= settings.frozen_at\n", ""),
        },
        as_of_the_cut=True,
    ),
    Leak(
        "fills of later on a leaderboard",
        "leaderboards.leaderboard",
        {"int_fills": (_DOOR.strip(), "")},
        as_of_the_cut=True,
    ),
    Leak(
        "terms of later where orders are made",
        "signals.signals",
        {
            "int_market_versions": _OPEN_MARKETS,
        },
        as_of_the_cut=True,
    ),
)  # fmt: skip
