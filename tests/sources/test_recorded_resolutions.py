"""Winners of recorded markets: what comes of Gamma's lists, against another recording of results.

It was made by somebody else and knows every winner's label, and the token of those whose prices it
has. Gamma's recording has lists of markets, and a few more markets inside its events.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.audit import audit
from tests.conftest import RECORDED, RecordedVenue, replaying
from tests.sources.platforms import Platform, build, platform

NOW = datetime(2025, 7, 1, tzinfo=UTC)
TODAY = DayWindow(NOW.date(), NOW.date())
RESULTS = str(RECORDED / "price_history" / "resolutions.parquet")
POINTS = str(RECORDED / "price_history" / "candles_1d_gamma2024.parquet")
LISTS = str(RECORDED / "gamma" / "markets_*.jsonl.gz")
LISTED, INSIDE_EVENTS, WITH_PRICES = 737, 7, 717


@pytest.fixture(scope="module")
def venue() -> Iterator[RecordedVenue]:
    with replaying(NOW.isoformat()) as made:
        yield made


@pytest.fixture(scope="module")
def home(venue: RecordedVenue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A home that has collected the markets once and read their results."""
    folder = tmp_path_factory.mktemp("resolutions")
    with platform(folder, venue.url, now=NOW) as made:
        made.run("gamma_markets", TODAY)
        assert audit(made.lake, "gamma_markets", TODAY).problems == []
        build(made, folder, "+fct_resolutions")
        yield made


def test_every_market_that_both_recordings_know_has_the_same_winner(home: Platform) -> None:
    compared = home.lake.rows(
        """
        with ours as (
            select condition_id, list(outcome) filter (where payout = 1) as winners
            from core.fct_resolutions
            group by condition_id
        ),
        listed as (
            select conditionId as condition_id
            from read_json(?, format = 'newline_delimited', columns = {conditionId: 'varchar'})
        )
        select
            condition_id in (from listed) as is_listed,
            count(*),
            count(*) filter (winners = [winning_outcome_label])
        from ours
        inner join read_parquet(?) as theirs using (condition_id)
        group by is_listed
        order by is_listed
        """,
        [LISTS, RESULTS],
    )
    assert compared == [(False, INSIDE_EVENTS, INSIDE_EVENTS), (True, LISTED, LISTED)]


def test_the_winning_token_is_the_one_whose_prices_were_recorded(home: Platform) -> None:
    assert home.lake.rows(
        """
        with tokens as (
            select distinct instrument_id as winning_outcome_instrument_id, token_id
            from read_parquet(?)
        )
        select count(*), count(*) filter (ours.payout = 1)
        from read_parquet(?) as theirs
        inner join tokens using (winning_outcome_instrument_id)
        inner join core.fct_resolutions as ours using (token_id, condition_id)
        """,
        [POINTS, RESULTS],
    ) == [(WITH_PRICES, WITH_PRICES)]
