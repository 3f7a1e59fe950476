"""core.venue_pairs from a real lake, and approvals pinned to the words of both markets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError
from typer.testing import CliRunner, Result

from polymarket_assets.cli import app
from polymarket_assets.executor.pairs import (
    PairNotApprovableError,
    PairNotFoundError,
    approve_pair,
    pair_standings,
    revoke_pair,
)
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.ledger import open_ledger
from polymarket_assets.warehouse.venue_pairs import Matched, refresh_venue_pairs
from tests.store.lakes import lake_in

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
YES = 'This market resolves to "Yes" if {}. Otherwise it resolves to "No".'
IF = "If {}, then the market resolves to Yes."
TABLES = """
    CREATE TABLE core.market_versions (
        condition_id VARCHAR, market_id VARCHAR, event_id VARCHAR, question VARCHAR,
        description VARCHAR, outcomes VARCHAR[], token_ids VARCHAR[], yes_token_id VARCHAR,
        is_binary BOOLEAN, is_closed BOOLEAN, end_at TIMESTAMPTZ, received_at TIMESTAMPTZ,
        known_at TIMESTAMPTZ, page_id VARCHAR, position INTEGER
    );
    CREATE TABLE core.dim_event (
        event_id VARCHAR, title VARCHAR, series_slug VARCHAR, category VARCHAR, market_ids VARCHAR[]
    );
"""
KALSHI_TABLES = """
    CREATE TABLE staging.stg_kalshi_markets (
        ticker VARCHAR, event_ticker VARCHAR, title VARCHAR, yes_sub_title VARCHAR,
        rules_primary VARCHAR, rules_secondary VARCHAR, status VARCHAR, close_at TIMESTAMPTZ,
        expected_expiration_at TIMESTAMPTZ, received_at TIMESTAMPTZ, known_at TIMESTAMPTZ,
        page_id VARCHAR, position INTEGER
    );
    CREATE TABLE staging.stg_kalshi_events (
        event_ticker VARCHAR, series_ticker VARCHAR, title VARCHAR, category VARCHAR,
        received_at TIMESTAMPTZ, page_id VARCHAR, position INTEGER
    );
"""
ENDS = datetime(2099, 6, 30, tzinfo=UTC)


class House:
    """A lake with the tables of a first build, and markets told one by one."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.minutes = 0

    def execute(self, sql: str, *params: Any) -> None:
        def work(connection: duckdb.DuckDBPyConnection) -> None:
            connection.execute(sql, list(params) or None)

        self.lake.transaction(work)

    def later(self) -> datetime:
        self.minutes += 1
        return NOW - timedelta(days=1) + timedelta(minutes=self.minutes)

    def poly(self, name: str, title: str, rules: str, *, closed: bool = False) -> None:
        at = self.later()
        self.execute(
            "INSERT INTO core.market_versions VALUES (?, ?, 'e', ?, ?, ['Yes', 'No'], ['1', '2'],"
            " '1', true, ?, ?, ?, ?, 'page', 0)",
            name, name, title, YES.format(rules), closed, ENDS, at, at,
        )  # fmt: skip

    def kalshi(
        self, ticker: str, title: str, label: str, rules: str, status: str = "active"
    ) -> None:
        at = self.later()
        self.execute(
            "INSERT INTO staging.stg_kalshi_markets VALUES"
            " (?, 'E', ?, ?, ?, NULL, ?, ?, NULL, ?, ?, 'page', 0)",
            ticker, title, label, IF.format(rules), status, ENDS + timedelta(hours=14), at, at,
        )  # fmt: skip

    def refresh(self, now: datetime = NOW) -> Matched:
        return refresh_venue_pairs(self.lake, now)

    def pairs(self) -> dict[tuple[str, str], str]:
        rows = self.lake.rows("SELECT market_a, market_b, relation FROM core.venue_pairs")
        return {(a, b): relation for a, b, relation in rows}

    def id_of(self, a: str, b: str) -> str:
        sql = "SELECT pair_id FROM core.venue_pairs WHERE market_a = ? AND market_b = ?"
        return self.lake.rows(sql, [a, b])[0][0]


@pytest.fixture(scope="module")
def shared_lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with lake_in(tmp_path_factory.mktemp("pairs") / "home") as lake:
        yield lake


@pytest.fixture(scope="module")
def engine(shared_lake: Lake) -> Iterator[sa.Engine]:
    made = open_ledger(shared_lake.settings)
    yield made
    made.dispose()


@pytest.fixture
def house(shared_lake: Lake) -> Iterator[House]:
    made = House(shared_lake)
    for statement in (*TABLES.split(";"), *KALSHI_TABLES.split(";")):
        if statement.strip():
            made.execute(statement)
    made.execute("INSERT INTO core.dim_event VALUES ('e', 'Westland', NULL, 'politics', ['1'])")
    yield made
    for name in (
        "core.market_versions", "core.dim_event", "staging.stg_kalshi_markets",
        "staging.stg_kalshi_events",
    ):  # fmt: skip
        made.execute(f"DROP TABLE IF EXISTS {name}")
    for name in ("core.venue_pairs", "core.venue_texts"):
        made.execute(f"DELETE FROM {name}")


def tell(house: House) -> None:
    """An equivalent pair, one with an earlier deadline, and markets that are in no pair."""
    house.poly("0xnato", "Will Westland join NATO by June 30?",
               "Westland becomes a member of NATO by June 30, 2099, 11:59 PM ET")  # fmt: skip
    house.poly(
        "0xclosed",
        "Will Westland join NATO by June 30?",
        "Westland becomes a member of NATO by June 30, 2099, 11:59 PM ET",
        closed=True,
    )
    house.poly("0xcup", "Will Arsenal win the cup?", "Arsenal win the cup in 2099")
    house.kalshi("KXNATO", "Will Westland join NATO before Jul 1, 2099?", "Yes",
                 "Westland becomes a member of NATO before Jul 1, 2099")  # fmt: skip
    house.kalshi("KXNATO-MAY", "Will Westland join NATO before Jun 29, 2099?", "Yes",
                 "Westland becomes a member of NATO before Jun 29, 2099")  # fmt: skip
    house.kalshi(
        "KXNATO-OLD",
        "Will Westland join NATO before Jul 1, 2099?",
        "Yes",
        "Westland becomes a member of NATO before Jul 1, 2099",
        status="finalized",
    )


def test_open_markets_are_paired_with_relation_and_evidence(house: House) -> None:
    tell(house)
    done = house.refresh()
    assert house.pairs() == {
        ("0xnato", "KXNATO"): "EQUIVALENT",
        ("0xnato", "KXNATO-MAY"): "SUPERSET",
    }
    assert (done.polymarket, done.kalshi, done.note) == (2, 2, "")
    row = house.lake.frame("SELECT * FROM core.venue_pairs ORDER BY market_b").iloc[0]
    evidence, slots = json.loads(row["evidence"]), json.loads(row["slots"])
    assert "window" in evidence["agree"]
    assert evidence["vetoes"] == []
    assert slots["a"]["window"].startswith("deadline")
    assert row["matched_at"] == NOW
    # Known since the later of the two texts was.
    assert row["known_at"] == NOW - timedelta(days=1) + timedelta(minutes=4)


def test_nothing_new_is_not_judged_and_not_written_again(house: House) -> None:
    tell(house)
    first = house.refresh()
    version = house.lake.head_version()
    again = house.refresh(NOW + timedelta(minutes=5))
    assert first.judged >= 2
    assert again.judged == 0
    assert again.pairs == first.pairs
    assert house.lake.head_version() == version


def test_a_new_market_is_judged_alone_and_all_are_once_a_day(house: House) -> None:
    tell(house)
    first = house.refresh()
    house.poly("0xjuly", "Will Westland join NATO by June 28?",
               "Westland becomes a member of NATO by June 28, 2099, 11:59 PM ET")  # fmt: skip
    second = house.refresh(NOW + timedelta(minutes=5))
    assert second.judged == 2
    assert house.pairs()["0xjuly", "KXNATO-MAY"] == "EQUIVALENT"
    assert house.pairs()["0xnato", "KXNATO"] == "EQUIVALENT"
    assert house.refresh(NOW + timedelta(days=1)).judged == first.judged + second.judged


def test_a_version_with_other_quotes_but_the_same_words_moves_nothing(house: House) -> None:
    tell(house)
    house.refresh()
    known = house.lake.rows("SELECT known_at FROM core.venue_pairs ORDER BY 1")
    house.poly("0xnato", "Will Westland join NATO by June 30?",
               "Westland becomes a member of NATO by June 30, 2099, 11:59 PM ET")  # fmt: skip
    assert house.refresh(NOW + timedelta(minutes=5)).judged == 0
    assert house.lake.rows("SELECT known_at FROM core.venue_pairs ORDER BY 1") == known


def test_without_kalshi_there_are_no_pairs_and_it_says_so(house: House) -> None:
    tell(house)
    house.refresh()
    house.execute("DROP TABLE staging.stg_kalshi_markets")
    done = house.refresh(NOW + timedelta(minutes=5))
    assert "no Kalshi markets" in done.note
    assert house.pairs() == {}
    house.execute("DROP TABLE core.market_versions")
    assert "never built" in house.refresh(NOW + timedelta(minutes=6)).note


def test_an_approval_holds_until_a_text_changes_by_a_letter(
    house: House, engine: sa.Engine
) -> None:
    tell(house)
    house.refresh()
    pair = house.id_of("0xnato", "KXNATO")
    approve_pair(engine, house.lake, pair, actor="ann", note="read both", now=NOW)
    assert [(s.pair.pair_id, s.holds) for s in pair_standings(engine, house.lake)] == [(pair, True)]

    house.kalshi("KXNATO", "Will Westland join NATO before Jul 1, 2099?", "Yes",
                 "Westland becomes a member of NATO before Jul 1, 2099 ")  # fmt: skip
    house.refresh(NOW + timedelta(minutes=5))
    assert house.pairs()["0xnato", "KXNATO"] == "EQUIVALENT"
    (standing,) = pair_standings(engine, house.lake)
    assert not standing.holds
    assert "KXNATO have changed since they were approved" in standing.why_void

    approve_pair(engine, house.lake, pair, actor="ann", note="read again", now=NOW)
    assert pair_standings(engine, house.lake)[0].holds
    house.execute("DELETE FROM core.market_versions WHERE condition_id = '0xnato'")
    house.refresh(NOW + timedelta(minutes=6))
    assert "no longer an open market" in pair_standings(engine, house.lake)[0].why_void
    revoke_pair(engine, pair, actor="ann", note="gone", now=NOW)
    assert pair_standings(engine, house.lake) == []


def test_an_approval_of_a_relation_the_matcher_no_longer_finds_is_void(
    house: House, engine: sa.Engine
) -> None:
    tell(house)
    house.refresh()
    pair = house.id_of("0xnato", "KXNATO")
    approve_pair(engine, house.lake, pair, actor="ann", note="read both", now=NOW)
    house.execute("UPDATE core.venue_pairs SET relation = 'SUBSET' WHERE pair_id = ?", pair)
    assert "now finds SUBSET" in pair_standings(engine, house.lake)[0].why_void
    revoke_pair(engine, pair, actor="ann", note="gone", now=NOW)


def test_only_pairs_that_are_one_question_can_be_approved(house: House, engine: sa.Engine) -> None:
    tell(house)
    house.refresh()
    superset = house.id_of("0xnato", "KXNATO-MAY")
    with pytest.raises(PairNotApprovableError, match="SUPERSET"):
        approve_pair(engine, house.lake, superset, actor="ann", note="close", now=NOW)
    with pytest.raises(PairNotFoundError, match="pairs list"):
        approve_pair(engine, house.lake, "nothing", actor="ann", note="x", now=NOW)
    with pytest.raises(PairNotFoundError, match="not approved"):
        revoke_pair(engine, superset, actor="ann", note="x", now=NOW)
    equivalent = house.id_of("0xnato", "KXNATO")
    with pytest.raises(ValueError, match="--note"):
        approve_pair(engine, house.lake, equivalent, actor="ann", note=" ", now=NOW)


def test_the_database_keeps_every_decision_and_refuses_unknown_ones(engine: sa.Engine) -> None:
    sha = "0" * 64
    row = f"'p', 'polymarket', 'a', 'kalshi', 'b', 'approve', '{{}}', '{sha}', '{sha}', 'ann', 'x'"
    names = (
        "pair_id, venue_a, market_a, venue_b, market_b, action, relation, rules_sha256_a,"
        " rules_sha256_b, actor, note, decided_at"
    )
    insert = f"INSERT INTO pair_approvals ({names}) VALUES ({row}, now())"
    with engine.connect() as connection:
        with pytest.raises(IntegrityError, match="relation"):
            connection.execute(sa.text(insert.format("SUBSET")))
        connection.rollback()
        connection.execute(sa.text(insert.format("EQUIVALENT")))
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(sa.text("DELETE FROM pair_approvals"))
        connection.rollback()


def polymarket(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["pairs", *arguments])


def test_the_commands_list_show_approve_and_revoke(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PM_HOME", str(Path(house.lake.settings.home)))
    assert "no pairs" in polymarket("list").stdout
    tell(house)
    house.refresh()
    rows = json.loads(polymarket("list", "--json").stdout)
    assert [row["relation"] for row in rows] == ["EQUIVALENT", "SUPERSET"]
    assert [row["approval"] for row in rows] == ["", ""]
    pair = rows[0]["pair_id"]

    shown = json.loads(polymarket("show", pair, "--json").stdout)
    assert "by June 30, 2099" in shown["rules_a"]
    assert "before Jul 1, 2099" in shown["rules_b"]
    assert "both" not in shown["evidence"]["differences"]
    assert "Westland" in polymarket("show", pair).stdout

    approved = polymarket("approve", pair, "--note", "read both")
    assert approved.exit_code == 0, approved.exception
    assert shown["rules_sha256_a"][:12] in approved.stdout
    listed = json.loads(polymarket("list", "--approved", "--json").stdout)
    assert [(row["pair_id"], row["approval"]) for row in listed] == [(pair, "holds")]
    assert "holds" in polymarket("list").stdout
    refused = polymarket("approve", rows[1]["pair_id"], "--note", "close enough")
    assert refused.exit_code != 0
    assert "SUPERSET" in str(refused.exception)

    assert polymarket("revoke", pair, "--note", "second thoughts").exit_code == 0
    assert json.loads(polymarket("list", "--approved", "--json").stdout) == []
    assert isinstance(polymarket("show", "nothing").exception, PairNotFoundError)
