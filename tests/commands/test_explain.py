"""Every signal of generated days, followed to the venue's bytes and derived from them again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager

import duckdb
import pytest
from typer.testing import Result

from polymarket_assets.serving.explain import (
    AT_ONCE,
    PAST,
    UnknownSignalError,
    explain,
    explain_one,
)
from polymarket_assets.serving.explain_rows import some
from polymarket_assets.serving.notebook import lake
from polymarket_assets.serving.published import open_published
from polymarket_assets.settings import load_settings
from polymarket_assets.store.lake import Lake
from tests.commands.chain import Demo, polymarket

pytestmark = pytest.mark.timeout(1500)
READ = (
    "signals.signals", "signals.strategy_settings", "features.market_snapshots", "core.fct_books",
    "core.market_versions", "core.int_event_versions", "core.fct_trades", "core.fct_prices",
    "core.fct_wallet_fills", "core.fct_resolutions", "staging.stg_kalshi_books",
    "staging.stg_kalshi_markets", "raw.pages", "raw.clob_books", "raw.clob_prices",
    "raw.gamma_markets", "raw.gamma_events", "raw.data_trades",
)  # fmt: skip


@contextmanager
def _copy(version: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy in memory of what explaining reads of a version."""
    with closing(lake(version)) as con:
        con.execute("ATTACH ':memory:' AS copy")
        for table in READ:
            con.execute(f"CREATE SCHEMA IF NOT EXISTS copy.{table.split('.')[0]}")
            con.execute(f"CREATE TABLE copy.{table} AS FROM lake.{table}")
        con.execute("USE copy")
        yield con


@pytest.fixture(scope="module")
def trading(demo: Demo) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy as published when the demo first traded."""
    with pytest.MonkeyPatch.context() as patch:
        demo.enter(patch)
        traded = Lake.open(load_settings()).publications()[1].version
        with _copy(traded) as con:
            yield con


def test_every_signal_of_every_published_version_is_proved(inside: Demo, rebuilt: Result) -> None:
    settings = load_settings()
    strategies: Counter[str] = Counter()
    roles: Counter[str] = Counter()
    derived: Counter[str] = Counter()
    for publication in Lake.open(settings).publications():
        with open_published(settings, version=publication.version) as published:
            chosen = some(published.connection, 1_000)
            for one, signal_id in zip(explain(published.connection, chosen), chosen, strict=True):
                assert one.grounds.signal["signal_id"] == signal_id
                assert one.problems == (), one.grounds.signal
                strategies[one.grounds.signal["strategy"]] += 1
                roles.update(evidence.fact.role for evidence in one.evidence)
                derived.update(check.what for check in one.checks)
                assert {"price_limit", "signal_id"} <= {check.what for check in one.checks}
    assert strategies.total() > 50
    assert {"longshot_yes", "longshot_no", "copy_trading"} <= set(strategies)
    assert strategies["copy_trading"] * PAST > AT_ONCE, "more than are in memory together"
    assert roles["book"] == roles["market version"] == strategies.total()
    assert min(roles["fill"], roles["leader's fill"], derived["snapshot.volume_1h"]) > 0
    past = ("leader's past fill", "match of a past fill", "decided market")
    assert min(roles[role] for role in past) >= strategies["copy_trading"]
    assert derived["reason.profit"] == strategies["copy_trading"]


LIES = {
    "UPDATE signals.signals SET price_limit = price_limit + tick_size": "price_limit is",
    "UPDATE signals.signals SET edge_after_fees = edge_after_fees + 0.000001": "edge_after_fees",
    "UPDATE signals.signals SET feature_snapshot_key = 'x'": "has no row x",
    "UPDATE signals.strategy_settings SET value = '0.9' WHERE name = 'price_min'": "params_hash is",
    "UPDATE features.market_snapshots SET book_best_ask = book_best_ask + 0.01": "book_best_ask",
    "UPDATE core.fct_books SET known_at = known_at + INTERVAL 1 HOUR": "later than the signal's",
    "DELETE FROM core.fct_trades": "trade_count_1h",
    "UPDATE raw.clob_books SET last_trade_price = 0.123456": "last_trade_price is 0.123456",
    "UPDATE raw.gamma_markets SET payload = payload || ' '": "the bytes say",
    "UPDATE raw.data_trades SET size = size * 2": "raw.data_trades, record",
    "DELETE FROM raw.gamma_events": "raw.gamma_events has no record",
    "DELETE FROM raw.pages WHERE source = 'clob_books'": "raw.pages has no page",
    "UPDATE raw.pages SET body = NULL": "its bytes are no longer held",
    "UPDATE raw.pages SET body = body || ' '::BLOB": "its bytes have the SHA-256",
    "UPDATE raw.pages SET body = '{'::BLOB, sha256 = sha256('{')": "cannot be read",
    "UPDATE raw.pages SET body = '[]'::BLOB, sha256 = sha256('[]') WHERE source = 'clob_books'": (
        "today's contract gives no record"
    ),
}


def test_nothing_is_found_in_a_true_copy(trading: duckdb.DuckDBPyConnection) -> None:
    found = list(explain(trading, some(trading, 1_000)))
    assert [problem for one in found for problem in one.problems] == []
    assert any(evidence.fact.role == "fill" for one in found for evidence in one.evidence)


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_anywhere_on_the_way_is_found(trading: duckdb.DuckDBPyConnection, lie: str) -> None:
    assert LIES[lie] in _problems(trading, lie)


def _problems(connection: duckdb.DuckDBPyConnection, lie: str) -> str:
    """What explaining every signal finds after a lie, which is taken back."""
    connection.execute("BEGIN")
    try:
        connection.execute(lie)
        found = list(explain(connection, some(connection, 1_000)))
        return "\n".join(problem for one in found for problem in one.problems)
    finally:
        connection.execute("ROLLBACK")


@pytest.fixture(scope="module")
def copying(demo: Demo, rebuilt: Result) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same of the newest version, with two of the signals that copy leaders."""
    with pytest.MonkeyPatch.context() as patch:
        demo.enter(patch)
        newest = Lake.open(load_settings()).publications()[-1].version
        with _copy(newest) as con:
            copies = "SELECT signal_id FROM signals.signals WHERE strategy = 'copy_trading'"
            con.execute(
                f"DELETE FROM signals.signals WHERE signal_id NOT IN ({copies} ORDER BY 1 LIMIT 2)"
            )
            yield con


LIES_ABOUT_LEADERS = {
    "UPDATE signals.signals SET reason = regexp_replace(reason, '[0-9]+ won', '999 won')": (
        "reason.wins is 999, the bytes give"
    ),
    "UPDATE signals.strategy_settings SET built_at = built_at - INTERVAL 1 DAY": "reason.events is",
    "UPDATE signals.strategy_settings SET built_at = NULL": "does not keep the time of its build",
    "ALTER TABLE signals.strategy_settings DROP COLUMN built_at": "does not keep the time",
    "UPDATE core.fct_wallet_fills SET known_at = known_at + INTERVAL 90 DAY": "reason.leader_usd",
    "DELETE FROM core.fct_resolutions": "leader.events is to be at least 1, the bytes give None",
    "UPDATE core.fct_resolutions SET known_at = known_at - INTERVAL 90 DAY": "reason.profit",
    "UPDATE raw.pages SET body = body || ' '::BLOB WHERE source = 'gamma_markets'": "the SHA-256",
}


def test_a_leaders_past_is_shown(inside: Demo, copying: duckdb.DuckDBPyConnection) -> None:
    shown = polymarket("explain", some(copying, 1)[0])
    assert shown.exit_code == 0
    for words in ("leader's past fill ×", "decided market ×", "✓ reason.profit", "sha256"):
        assert words in shown.stdout


@pytest.mark.parametrize("lie", LIES_ABOUT_LEADERS)
def test_a_lie_about_a_leader_is_found(copying: duckdb.DuckDBPyConnection, lie: str) -> None:
    assert LIES_ABOUT_LEADERS[lie] in _problems(copying, lie)


def test_the_earlier_snapshots_of_a_market_lead_to_their_books(
    trading: duckdb.DuckDBPyConnection,
) -> None:
    """The demo is too short for a volatility: its signals are told to be of mean_reversion."""
    trading.execute("BEGIN")
    try:
        trading.execute("UPDATE signals.signals SET strategy = 'mean_reversion'")
        for found in explain(trading, some(trading, 1_000)):
            earlier = [one for one in found.evidence if one.fact.role == "earlier snapshot"]
            assert earlier[-1].fact.row["as_of"] == found.grounds.signal["as_of"]
            assert all(one.proof.problems == () for one in earlier)
            history = [check for check in found.checks if check.at]
            assert {check.at for check in history} == {one.fact.row["as_of"] for one in earlier}
            assert [check for check in history if not check.holds] == []
        trading.execute("UPDATE features.market_snapshots SET logit_mid = logit_mid + 1")
        for found in explain(trading, some(trading, 1_000)):
            assert any(problem.startswith("history.logit_mid of") for problem in found.problems)
    finally:
        trading.execute("ROLLBACK")


POINTS = """
INSERT INTO core.fct_prices BY NAME
SELECT
    points.* REPLACE (
        signals.condition_id AS condition_id, true AS is_yes, 1 AS fidelity_minutes,
        false AS is_after_close, signals.as_of - INTERVAL 1 MINUTE AS event_at,
        signals.as_of AS known_at
    )
FROM signals.signals
CROSS JOIN (FROM core.fct_prices WHERE dt = DATE '2026-03-04' LIMIT 1) AS points
"""


def test_the_points_of_a_volatility_are_part_of_what_a_signal_rests_on(
    trading: duckdb.DuckDBPyConnection,
) -> None:
    """The demo has none of one minute: points of an hour are told to be some."""
    trading.execute("BEGIN")
    try:
        trading.execute("UPDATE features.market_snapshots SET realized_vol_1h = 1")
        trading.execute(POINTS)
        for found in explain(trading, some(trading, 1_000)):
            assert Counter(one.fact.role for one in found.evidence)["price point"] == 1
            assert found.problems == ()
        trading.execute("UPDATE raw.clob_prices SET price = price / 2")
        for found in explain(trading, some(trading, 1_000)):
            assert "raw.clob_prices, record" in found.problems[0]
    finally:
        trading.execute("ROLLBACK")


def test_a_signal_that_is_not_there_is_named(trading: duckdb.DuckDBPyConnection) -> None:
    [first, *_] = some(trading, 1)
    with pytest.raises(UnknownSignalError, match="no signal none"):
        list(explain(trading, [first, "none"]))


def test_an_order_is_explained_at_the_version_it_was_decided_on(inside: Demo) -> None:
    order = json.loads(polymarket("orders", "--json").stdout)[-1]
    told = explain_one(load_settings(), order["intent_id"])
    facts = told.as_json()
    assert facts["is_proved"] is True
    assert facts["signal"]["token_id"] == order["token_id"]
    assert len(facts["model_version"]) == 64
    version, signal_id = facts["version"], facts["signal"]["signal_id"]
    assert version < Lake.open(load_settings()).publications()[-1].version
    shown = polymarket("explain", signal_id, "--version", str(version))
    assert shown.exit_code == 0
    for words in ("raw.clob_books", "sha256", "/books", "✓ price_limit", "proved"):
        assert words in shown.stdout


def test_many_are_counted_and_an_unknown_one_is_an_error(inside: Demo, rebuilt: Result) -> None:
    told = json.loads(polymarket("explain", "--sample", "20", "--json").stdout)
    assert (told["signals"], told["problems"]) == (20, {})
    assert told["pages"] >= 3
    unknown = polymarket("explain", "0x123")
    assert unknown.exit_code != 0
    assert "no signal 0x123" in str(unknown.exception)
    assert polymarket("explain").exit_code == 2
