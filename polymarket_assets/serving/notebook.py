"""The lake in a notebook: one line gives a connection at the published version.

    from polymarket_assets.serving.notebook import lake; con = lake()

Belongs here: that line. Not here: SQL typed into the platform's own commands, which is checked
before it runs (store/query_guard.py); a notebook is its owner's program and reads its files too.
"""

from __future__ import annotations

import duckdb

from polymarket_assets.serving.published import publication_of
from polymarket_assets.settings import Settings, load_settings
from polymarket_assets.store.lake import Lake


def lake(
    version: int | None = None, *, settings: Settings | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection of its own to the newest published version, which it goes on showing.

    Tables are `core.fct_trades` and so on, the ledger's `ledger.orders`; both are read-only. Frames
    and files of the notebook may be joined, temporary tables made. Times are UTC. Another thread
    takes `con.cursor()`, and says `lake.core.fct_trades`, or a connection of its own.

    Args:
        version: an older published version.
        settings: of another home than PM_HOME says.

    Raises:
        NotPublishedError: nothing was published yet, or not this version.
        VersionNotHeldError: it was published and has expired.
    """
    home = Lake.open(settings or load_settings())
    shown = publication_of(home, version).version
    connection = home.attached(shown, read_only=True, with_ledger=True)
    # Of the whole engine: a cursor begins with the engine's settings.
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    return connection
