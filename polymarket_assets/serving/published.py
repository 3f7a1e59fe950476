"""The published version, opened for reading.

Belongs here: which version readers see and its connection. Not here: what they read of it.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from polymarket_assets.settings import Settings
from polymarket_assets.store.batch import Publication
from polymarket_assets.store.lake import Lake


class NotPublishedError(LookupError):
    """Nothing was published yet, so there is nothing to read."""


@dataclass(frozen=True)
class Published:
    """A connection at a published version, read-only, and what is known of that version.

    Attributes:
        connection: the lake, in use as `lake` at this version.
        publication: the row of ops.published.
        model_version: which models built it; None where it was published by hand.
    """

    connection: duckdb.DuckDBPyConnection
    publication: Publication
    model_version: str | None


def publication_of(lake: Lake, version: int | None = None) -> Publication:
    """The newest publication, or that of `version`.

    Raises:
        NotPublishedError: no build was published yet, or not this one.
    """
    publications = lake.publications()
    if not publications:
        msg = "nothing was published yet: run `polymarket run --no-trade` first"
        raise NotPublishedError(msg)
    asked = [one for one in publications if version in (None, one.version)]
    if not asked:
        msg = (
            f"version {version} was never published; "
            "`polymarket lake query 'from ops.published'` lists those that were"
        )
        raise NotPublishedError(msg)
    return asked[-1]


@contextmanager
def open_published(settings: Settings, *, version: int | None = None) -> Generator[Published]:
    """The newest published version, or `version` if that was published.

    Raises:
        NotPublishedError: no build was published yet, or not this one.
        VersionNotHeldError: it was published and has expired.
    """
    lake = Lake.open(settings)
    publication = publication_of(lake, version)
    with lake.connect(version=publication.version) as connection:
        yield Published(connection, publication, lake.model_version(publication.version))
