"""Nothing that feeds a signal knows its future: the project's own SQL over futures that never were.

For a moment, the raw rows known later are deleted, or are poisoned: other prices, sizes, sides,
books, outcomes, end dates, fees, topics and proofs, and three invented rows for each told one.
Whatever the warehouse said of the time up to that moment it must say again, and a build as of that
moment must give every table, signals included, row by row. Leaks are then planted, one at a time,
and each is caught.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import pyarrow as pa
import pytest

from tests.warehouse import futures
from tests.warehouse.leaks import LEAKS, SIGNALLING, Leak
from tests.warehouse.rebuilds import Rebuilds, fingerprint, rebuilding
from tests.warehouse.world import NOW

# What a fact is called by its market's newest version, and whether it is on the takers' list, may
# be learned later than the fact, and so may the fee, which hangs on both; no feature reads these.
LATER_LABELS = ("event_id", "market_status")
HISTORIES: Mapping[str, tuple[str, Sequence[str]]] = {
    "features.market_snapshots": ("as_of", ()),
    "core.tier_transitions": ("transition_at", ()),
    "core.market_versions": ("known_at", ()),
    "core.fct_trades": ("known_at", LATER_LABELS),
    "core.fct_wallet_fills": ("known_at", (*LATER_LABELS, "role", "fee_usd", "fee_source")),
    "core.fct_books": ("known_at", ()),
    "core.fct_prices": ("known_at", ()),
}
"""Tables that tell of every moment: its column, and those that are not compared."""
Fingerprints = dict[str, tuple[int, int]]


@dataclass
class Worlds:
    """The tests' world in a plain DuckDB, as it was told and with other futures."""

    rebuilds: Rebuilds
    tables: Mapping[str, pa.Table]
    rows: futures.Rows

    def tell(self, rows: futures.Rows | None = None) -> None:
        """Make the raw tables hold `rows`, or what they were told at first."""
        self.rebuilds.tell(
            self.tables
            if rows is None
            else {
                name: pa.Table.from_pylist(those, schema=self.tables[name].schema)
                for name, those in rows.items()
            }
        )

    def futures(self, cut: datetime) -> Iterator[tuple[str, futures.Rows]]:
        """What was known at `cut`, and that with a poisoned future."""
        yield "deleted", futures.deleted(self.rows, cut)
        yield "poisoned", futures.poisoned(self.rows, cut, Random(f"{cut}"))

    def histories(self, cut: datetime) -> Fingerprints:
        """What the tables say of every moment up to `cut`."""
        return {table: self.up_to(cut, table) for table in HISTORIES}

    def up_to(self, cut: datetime, table: str) -> tuple[int, int]:
        """What a table says of every moment up to `cut`; of one that has none, all of it."""
        moment, without = HISTORIES.get(table, (f"TIMESTAMPTZ '{cut.isoformat()}'", ()))
        where = f"{moment} <= TIMESTAMPTZ '{cut.isoformat()}'"
        return fingerprint(self.rebuilds.connection, table, where, without)

    def everything(self) -> Fingerprints:
        """Every table."""
        connection = self.rebuilds.connection
        return {table: fingerprint(connection, table) for table in self.rebuilds.tables()}


@pytest.fixture(scope="module")
def worlds(warehouse) -> Iterator[Worlds]:
    """The rows that the session's build knew, read from its lake once."""
    with rebuilding(warehouse) as rebuilds:
        with warehouse.lake.connect(read_only=True) as lake:
            tables = {
                name: lake.execute(f"FROM {name}").to_arrow_table()
                for name in (*futures.KNOWN_AT, "raw.pages")
            }
        rebuilds.tell(tables)
        rows = {
            name: rebuilds.connection.execute(
                f"SELECT * {'' if known == 'known_at' else f', {known} AS known_at'}"
                f" FROM {name} WHERE {known} <= TIMESTAMPTZ '{NOW.isoformat()}'"
            )
            .to_arrow_table()
            .to_pylist()
            for name, known in futures.KNOWN_AT.items()
        }
        yield Worlds(rebuilds, tables, rows)


def test_what_is_rebuilt_here_is_what_dbt_built(worlds, warehouse):
    worlds.tell()
    worlds.rebuilds.build(NOW)
    # Hashes of marks, which dbt's builds alone keep.
    marks = ("versions_hash", "fills_hash")
    with warehouse.lake.connect(read_only=True) as lake:
        different = [
            table
            for table in worlds.rebuilds.tables()
            # Other tests score wallets and change settings of strategies in the session's lake.
            if table.startswith(("core.", "features.", "leaderboards.trader"))
            and fingerprint(lake, table, without=marks)
            != fingerprint(worlds.rebuilds.connection, table, without=marks)
        ]
    assert different == []


def test_a_future_is_cut_by_the_rule_that_staging_holds(worlds):
    worlds.tell()
    worlds.rebuilds.build(NOW, only={m.name for m in worlds.rebuilds.models if m.kind == "view"})
    compared = {}
    for table, rule in futures.KNOWN_AT.items():
        schema, name = table.split(".")
        if schema == "raw" and name != "watermarks":
            [(same, rows)] = worlds.rebuilds.connection.execute(
                f"SELECT count(*) FILTER (WHERE staged.known_at = told.rule), count(*)"
                f" FROM lake.staging.stg_{name} AS staged"
                f" JOIN (SELECT page_id, position, {rule} AS rule FROM lake.{table}) AS told"
                f" USING (page_id, position)"
            ).fetchall()
            assert same == rows, table
            compared[table] = rows
    rows = [compared[f"raw.{name}"] for name in ("data_trades", "clob_prices", "gamma_markets")]
    assert min(rows) > 20


def _cuts() -> list[datetime]:
    """Random moments, the same in every run; when every strategy speaks; and the end."""
    chance = Random(20261120)
    days = (14, 1, 1)
    anywhere = [NOW - timedelta(days=chance.uniform(0, reach)) for reach in days]
    return [*anywhere, SIGNALLING, NOW]


@pytest.mark.parametrize("cut", _cuts(), ids=lambda cut: f"{cut:%m-%dT%H:%M:%S}")
def test_no_table_says_anything_else_when_the_future_is_gone_or_poisoned(worlds, cut):
    rebuilds = worlds.rebuilds
    worlds.tell()
    rebuilds.build(NOW, only=rebuilds.feeding(*HISTORIES))
    histories = worlds.histories(cut)
    rebuilds.build(cut)
    everything = worlds.everything()
    for name, rows in worlds.futures(cut):
        worlds.tell(rows)
        rebuilds.build(NOW, only=rebuilds.feeding(*HISTORIES))
        assert _unlike(histories, worlds.histories(cut)) == {}, f"up to the cut, future {name}"
        rebuilds.build(cut)
        assert _unlike(everything, worlds.everything()) == {}, f"as of the cut, future {name}"


def _unlike(these: Fingerprints, those: Fingerprints) -> dict[str, tuple[int, int]]:
    """Tables that differ, with the numbers of their rows."""
    return {
        table: (these[table][0], those[table][0]) for table in these if these[table] != those[table]
    }


def test_the_moments_looked_at_have_something_to_say(worlds):
    worlds.tell()
    worlds.rebuilds.build(SIGNALLING)
    everything = worlds.everything()
    silent = [
        table for table in everything if table.startswith("signals.") and not everything[table][0]
    ]
    assert silent == []
    assert everything["features.market_snapshots"][0] > 700
    histories = worlds.histories(NOW - timedelta(days=1))
    assert [table for table in histories if not histories[table][0]] == []


@pytest.fixture(scope="module")
def planted(worlds) -> dict[str, tuple[Fingerprints, Fingerprints]]:
    """Of each leak: its table as told and with another future, without the leak and with it."""
    found: dict[str, tuple[Fingerprints, Fingerprints]] = {}
    for cut in sorted({leak.cut for leak in LEAKS}):
        told = _with_leaks(worlds, None, [leak for leak in LEAKS if leak.cut == cut])
        for future, rows in worlds.futures(cut):
            leaks = [leak for leak in LEAKS if (leak.cut, leak.future) == (cut, future)]
            if leaks:
                otherwise = _with_leaks(worlds, rows, leaks)
                found |= {name: (told[name], otherwise[name]) for name in otherwise}
    return found


def _with_leaks(
    worlds: Worlds, rows: futures.Rows | None, leaks: Sequence[Leak]
) -> dict[str, Fingerprints]:
    """The tables of leaks that share a cut, each as "honest" and "leaking", by the leak's name."""
    rebuilds, cut = worlds.rebuilds, leaks[0].cut
    worlds.tell(rows)
    found: dict[str, Fingerprints] = {}
    for now in (NOW, cut):
        these = [leak for leak in leaks if leak.as_of_the_cut is (now == cut)]
        tables = [leak.table for leak in these]
        rebuilds.build(now, only=rebuilds.feeding("core.fct_resolutions", *tables))
        found |= {leak.name: {"honest": worlds.up_to(cut, leak.table)} for leak in these}
        leaky: frozenset[str] = frozenset()
        for leak in these:
            leaking = rebuilds.fed_by(*leak.instead) & rebuilds.feeding(leak.table)
            rebuilds.build(now, only=leaking | leaky, instead=leak.instead)
            found[leak.name]["leaking"] = worlds.up_to(cut, leak.table)
            leaky = leaking
    return found


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.name.replace(" ", "-"))
def test_a_planted_leak_is_caught(planted, leak):
    told, otherwise = planted[leak.name]
    assert told["honest"] == otherwise["honest"]
    assert told["leaking"] != otherwise["leaking"]
