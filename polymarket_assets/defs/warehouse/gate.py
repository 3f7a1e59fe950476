"""What keeps a tested build from being published: raw data that is not what it says it is."""

import dagster as dg

from polymarket_assets.defs.resources import Platform
from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.sources.registry import SOURCES


def refuse_gaps(platform: Platform, window: DayWindow | None) -> None:
    """Raise when held pages disprove what a source promised of the days that were built.

    A source that failed says so by itself and stops nobody; one that lost something unseen does.
    """
    today = platform.home().clock.now().date()
    days = window or DayWindow(today, today)
    lake = platform.lake()
    with lake.kept_open():
        gaps = [
            f"{source}: {found.words(platform.file_of_ids(found))}"
            for source in SOURCES
            if (found := platform.evaluate(source, days, lake)).disproved
        ]
    if gaps:
        raise dg.Failure(
            f"Built and tested, but not published, since raw data of {days} is not whole; readers "
            f"keep the last version. {gaps[0]}",
            metadata={"gaps": "\n".join(gaps)},
        )
