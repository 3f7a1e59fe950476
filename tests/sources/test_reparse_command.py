"""What `polymarket lake reparse` shows, and what the checks in Dagster say of the same records."""

from __future__ import annotations

from datetime import datetime
from io import StringIO
from typing import Any

import dagster as dg
import pytest
from rich.console import Console

from polymarket_assets.commands import reparsing
from polymarket_assets.defs.sources.checks import drift_results
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.drift import read_drift
from tests.sources.platforms import StandingPlatform, day
from tests.sources.test_reparse import fills
from tests.sources.venue import Asked, Feed, Fill, Venue


def shown(home: StandingPlatform, *sources: str, dry_run: bool = False) -> str:
    out = StringIO()
    console = Console(file=out, width=100)
    found = reparsing.run(
        home.settings,
        sources=sources,
        received=None,
        page_ids=(),
        missing=False,
        dry_run=dry_run,
        console=console,
    )
    reparsing.render(found, console, dry_run=dry_run)
    return out.getvalue()


def counts(words: str, source: str) -> list[str]:
    """The numbers of a source's row in the account."""
    rows = [line.split() for line in words.splitlines()]
    [row] = [row for row in rows if row[:1] == [source] and len(row) == 7]
    return row[1:]


def test_the_account_names_what_was_written_and_what_could_not_be_read(
    home: StandingPlatform, venue: Venue
) -> None:
    fills(home, 1, 2, 3, refused=[0, 1])
    fills(home, 4, refused=[0], kept=b"gone")
    planned = shown(home, "data_trades", dry_run=True)
    assert "would be written" in planned
    words = shown(home)
    assert "would be written" not in words
    assert max(map(len, words.splitlines())) <= 100
    assert counts(words, "data_trades") == counts(planned, "data_trades")
    assert counts(words, "data_trades") == ["1", "2", "0", "0", "0", "0"]
    assert counts(words, "clob_books") == ["0"] * 6
    assert "MalformedPageError: data_trades" in words
    assert venue.asked == [], "no venue is asked"


NOVEMBER = datetime(2026, 11, 1)  # noqa: DTZ001 - as typer gives days


@pytest.mark.parametrize(
    ("first", "last", "window"),
    [
        (None, None, None),
        (NOVEMBER, None, day("2026-11-01", "2200-01-01")),
        (None, NOVEMBER, day("2000-01-01", "2026-11-01")),
    ],
)
def test_a_window_with_one_end_is_open_to_the_other_side(
    first: datetime | None, last: datetime | None, window: DayWindow | None
) -> None:
    assert reparsing.days(first, last) == window


def results(at: StandingPlatform, source: str) -> dict[str, dg.AssetCheckResult]:
    """What a source's checks say of a home."""

    found = drift_results(at.lake, source, at.home.clock.now())
    return {str(result.check_name): result for result in found}


def test_the_checks_name_counts_reasons_and_what_to_do(
    home: StandingPlatform, venue: Venue
) -> None:
    assert all(found.passed for found in results(home, "data_trades").values())
    feed = Feed([Fill(1, home.clock.look()), Fill(2, home.clock.look())])

    def drifted(asked: Asked) -> Any:
        page = feed(asked)
        page["data"][0] |= {"price": 69, "moon_phase": "full"}
        return page

    venue.answers["/data/v2/trades"] = drifted
    home.run("data_trades", day("2026-11-20"))
    found = results(home, "data_trades")
    refused, new = found["quarantine_is_empty"], found["no_new_fields"]
    assert (refused.passed, refused.severity) == (False, dg.AssetCheckSeverity.ERROR)
    said = str(refused.description)
    assert said.startswith("data_trades: 2 quarantined, 2 of them within 24 h: price: above 1 (2)")
    assert "polymarket lake reparse data_trades" in said
    assert (new.passed, new.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "moon_phase" in str(new.description)
    assert all(found.passed for found in results(home, "clob_books").values())
    with home.lake.connect(read_only=True) as connection:
        later = read_drift(connection, home.clock.passes(hours=25))
    assert (later["data_trades"].recent, later["data_trades"].new_fields) == (0, ())
