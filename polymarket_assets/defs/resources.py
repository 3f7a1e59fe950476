"""What assets are handed: the platform (settings, home, clock, lake), and the lake as a resource.

Nothing secret is a field here: Dagster shows every resource field to whoever can open the UI.
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any

import dagster as dg
import duckdb
from dagster_duckdb import DuckDBResource
from pydantic import PrivateAttr

from polymarket_assets.domain.windows import DayWindow
from polymarket_assets.settings import load_settings
from polymarket_assets.sources.completeness import evaluate
from polymarket_assets.sources.gaps import Evaluation, write_ids
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
    """The home of this process; a run opens it once, and its steps share the lake's connections."""

    _run: ExitStack | None = PrivateAttr(default=None)
    _home: Home | None = PrivateAttr(default=None)
    _lake: Lake | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator["Platform"]:
        """The platform for the steps of a run, which are done one after the other."""
        with ExitStack() as self._run:
            yield self
        self._run = self._home = self._lake = None

    def home(self) -> Home:
        """The home with its clock; refuses a home of another origin."""
        home = self._home or open_home(load_settings())
        if self._run is not None:
            self._home = home
        return home

    def lake(self) -> Lake:
        """The lake of this home."""
        lake = self._lake or Lake.open(load_settings())
        if self._run is not None and self._lake is None:
            self._run.enter_context(lake.kept_open())
            self._lake = lake
        return lake

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
