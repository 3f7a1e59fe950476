"""The published version as readers open it."""

from __future__ import annotations

import pytest

from polymarket_assets.serving.published import NotPublishedError, open_published
from tests.serving.homes import House


def test_before_the_first_publication_there_is_nothing_to_read(house: House) -> None:
    with (
        pytest.raises(NotPublishedError, match="polymarket run --no-trade"),
        open_published(house.settings),
    ):
        pass


def test_the_newest_published_version_is_opened_or_an_older_one_that_was_published(
    house: House,
) -> None:
    house.build_core()
    older = house.publish()
    house.execute("DELETE FROM core.dim_market")
    newer = house.publish()
    count = "select count(*) from core.dim_market"
    for version, publication, rows in ((None, newer, 0), (older.version, older, 3)):
        with open_published(house.settings, version=version) as held:
            assert held.publication == publication
            assert held.model_version is None, "published by hand"
            assert held.connection.execute(count).fetchall() == [(rows,)]
    with (
        pytest.raises(NotPublishedError, match=f"version {newer.version + 1} was never"),
        open_published(house.settings, version=newer.version + 1),
    ):
        pass
