"""What assets are handed: the platform (settings, home, clock, lake), and the lake as a resource.

Nothing secret is a field here: Dagster shows every resource field to whoever can open the UI.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import dagster as dg
import duckdb
from dagster_duckdb import DuckDBResource

from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.settings import load_settings
from polymarket_assets.sources.completeness import Evaluation, evaluate, write_ids
from polymarket_assets.sources.registry import SOURCES
from polymarket_assets.sources.session import run_source
from polymarket_assets.store.batch import SourceRun
from polymarket_assets.store.home import Home, open_home
from polymarket_assets.store.lake import Lake


class LakeResource(DuckDBResource):
    """The lake as a DuckDB connection: `with lake.get_connection() as connection: ...`.

    The connection has the lake attached as `lake` and in use; it is closed at the end of the block.
    """

    database: str = ":memory:"

    @contextmanager
    def get_connection(self) -> Generator[duckdb.DuckDBPyConnection]:
        """A short-lived connection to the lake's newest version."""
        with Lake.open(load_settings()).connect() as connection:
            yield connection


class Platform(dg.ConfigurableResource[Any]):
    """The open home of this process; opened once per step, when first used."""

    def home(self) -> Home:
        """The home with its clock; refuses a home of another origin."""
        return open_home(load_settings())

    def lake(self) -> Lake:
        """The lake of this home."""
        return Lake.open(load_settings())

    def collect(self, source: str, window: DayWindow | None, *, fresh: bool = False) -> SourceRun:
        """Run one source for `window`, or for today when it has no partitions."""
        home = self.home()
        today = home.clock.now().date()
        return run_source(
            source,
            SOURCES[source],
            window or DayWindow(today, today),
            settings=home.settings,
            home=home,
            lake=self.lake(),
            fresh=fresh,
        )

    def evaluate(self, source: str, window: DayWindow, lake: Lake | None = None) -> Evaluation:
        """What the held pages of a source prove of some days."""
        home = self.home()
        return evaluate(
            lake or self.lake(),
            source,
            window,
            home.clock.now(),
            keep_pages_days=home.settings.keep_pages_days,
        )

    def file_of_ids(self, found: Evaluation) -> str | None:
        """A file in the home with the ids that gaps are about, for the command that fills them."""
        return write_ids(found, self.home().settings.home / "gaps")


@dg.definitions
def resources() -> dg.Definitions:
    """Resources by name, and the in-process executor: a step process costs six CPU seconds."""
    return dg.Definitions(
        resources={"platform": Platform(), "lake": LakeResource()},
        executor=dg.in_process_executor,
    )
