"""The ledger comes to head by itself, and the database is the last to refuse what may not be."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError, StatementError
from sqlalchemy.orm import Session

from polymarket_assets.settings import Settings
from polymarket_assets.store import ledger as ledger_module
from polymarket_assets.store.ledger import (
    HEAD,
    LedgerVersionError,
    bring_to_head,
    home_facts,
    ledger_engine,
    open_ledger,
)
from polymarket_assets.store.ledger_accounts import CashEntry, HomeFact, KillSwitch
from polymarket_assets.store.ledger_tables import Order, OrderEvent
from polymarket_assets.store.ledger_types import Base
from polymarket_assets.store.postgres import ensure_postgres
from tests.prepared import prepared
from tests.store.servers import settings_for, stopped_afterwards

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MIGRATIONS = Path(ledger_module.__file__).parent / "migrations"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """One home for all tests here."""
    home = prepared(tmp_path_factory.mktemp("ledger") / "home")
    with stopped_afterwards(settings_for(home)) as made:
        yield made


@pytest.fixture(scope="module")
def engine(settings: Settings) -> Iterator[sa.Engine]:
    """An open ledger."""
    made = open_ledger(settings)
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection whose changes are undone."""
    with engine.connect() as made:
        yield made
        made.rollback()


def fresh(settings: Settings, name: str) -> sa.Engine:
    """An engine on a new, empty database of the home's server."""
    _execute(settings, f'CREATE DATABASE "{name}"')
    return ledger_engine(ensure_postgres(settings).url(name))


def _execute(settings: Settings, *statements: str) -> None:
    connection = ensure_postgres(settings).connect("postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


def test_the_migrations_make_exactly_the_tables_the_code_declares(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [HEAD]


def test_the_migrations_make_exactly_the_checks_the_code_declares(
    engine: sa.Engine, settings: Settings
) -> None:
    """Alembic's comparison leaves CHECK constraints out."""
    checks = sa.text(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
        " ORDER BY conname"
    )
    declared = fresh(settings, "declared")
    Base.metadata.create_all(declared)
    with engine.connect() as ours, declared.connect() as theirs:
        assert ours.execute(checks).all() == theirs.execute(checks).all()
    declared.dispose()


def test_every_table_and_column_is_described(engine: sa.Engine) -> None:
    inspector = sa.inspect(engine)
    for table in Base.metadata.tables:
        assert inspector.get_table_comment(table)["text"], table
        bare = [c["name"] for c in inspector.get_columns(table) if not c["comment"]]
        assert bare == [], table


def test_two_starters_on_an_empty_database_both_find_it_at_head(settings: Settings) -> None:
    engines = [fresh(settings, "raced")]
    engines += [ledger_engine(engines[0].url.render_as_string(hide_password=False))] * 3
    failures: list[BaseException] = []

    def start(engine: sa.Engine) -> None:
        try:
            bring_to_head(engine)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start, args=[engine]) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with engines[0].connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM kill_switch")) == 1
        version = connection.execute(sa.text("SELECT version_num FROM alembic_version"))
        assert version.scalars().all() == [HEAD]
    for engine in engines:
        engine.dispose()


def test_a_migration_killed_in_the_middle_leaves_nothing_behind(settings: Settings) -> None:
    engine = fresh(settings, "torn")
    program = (
        "import os, signal, sqlalchemy as sa\n"
        "from polymarket_assets.store.ledger import bring_to_head, ledger_engine\n"
        f"engine = ledger_engine({engine.url.render_as_string(hide_password=False)!r})\n"
        "@sa.event.listens_for(engine, 'before_cursor_execute')\n"
        "def stop(connection, cursor, statement, *_):\n"
        "    if 'CREATE TABLE orders' in statement: os.kill(os.getpid(), signal.SIGKILL)\n"
        "bring_to_head(engine)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], env=dict(os.environ), check=False)
    assert done.returncode == -9
    assert sa.inspect(engine).get_table_names() == []
    bring_to_head(engine)
    assert "orders" in sa.inspect(engine).get_table_names()
    engine.dispose()


def test_a_ledger_at_head_opens_without_loading_alembic(settings: Settings) -> None:
    open_ledger(settings).dispose()
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from tests.store.servers import settings_for\n"
        "from polymarket_assets.store.ledger import open_ledger\n"
        f"open_ledger(settings_for(Path({str(settings.home)!r}))).dispose()\n"
        "sys.exit('alembic' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0


def test_a_ledger_of_a_newer_version_is_refused(settings: Settings) -> None:
    engine = fresh(settings, "newer")
    bring_to_head(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerVersionError, match=r"revision 9999.*update the code"):
        bring_to_head(engine)
    engine.dispose()


def test_amounts_and_times_come_back_exactly(engine: sa.Engine) -> None:
    with Session(engine) as session:
        session.add(entry(1, 10**17 + 1, 10**17 + 1))
        session.flush()
        session.expire_all()
        [read] = session.scalars(sa.select(CashEntry)).all()
        assert read.amount_usd == 10**17 + 1
        assert read.entry_at == NOW
        assert read.entry_at.tzinfo == UTC
        held = session.execute(sa.text("SELECT amount_usd FROM cash_entries")).scalar_one()
        assert held == Decimal("100000000000.000001")


def test_a_time_without_a_zone_is_refused(engine: sa.Engine) -> None:
    row = KillSwitch(engaged=True, reason="r", actor="a", changed_at=NOW.replace(tzinfo=None))
    with Session(engine) as session:
        session.add(row)
        with pytest.raises(StatementError, match="has no time zone"):
            session.flush()


def test_facts_of_the_home_are_documents(connection: sa.Connection) -> None:
    connection.execute(
        sa.insert(HomeFact).values(key="origin", value={"a": [1, None]}, recorded_at=NOW)
    )
    assert connection.scalar(sa.select(home_facts.c.value)) == {"a": [1, None]}


@pytest.mark.parametrize(
    "table",
    [
        "intents",
        "order_events",
        "fills",
        "cash_entries",
        "settlements",
        "kill_switch",
        "paper_orders",
        "paper_matches",
    ],
)
@pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "UPDATE {} SET {}={}"])
def test_what_is_append_only_cannot_be_changed(
    table: str, change: str, connection: sa.Connection
) -> None:
    column = next(iter(Base.metadata.tables[table].columns)).name
    statement = change.format(table, column, column)
    with pytest.raises((InternalError, DBAPIError), match="append-only"):
        connection.execute(sa.text(statement))


def entry(seq: int, amount: int, balance: int, kind: str = "deposit") -> CashEntry:
    return CashEntry(
        entry_id=f"{kind}:{seq}",
        mode="paper",
        account="paper",
        seq=seq,
        kind=kind,
        amount_usd=amount,
        balance_usd=balance,
        reference="r",
        entry_at=NOW,
    )


@pytest.mark.parametrize(
    ("entries", "constraint"),
    [
        ([entry(1, 5, 5), entry(1, 5, 10, "sell")], "cash_entries_mode_account_seq_key"),
        ([entry(1, 0, 0)], "cash_entries_amount_check"),
        ([entry(1, -5, 5)], "cash_entries_direction_check"),
        ([entry(1, 5, -1)], "cash_entries_balance_check"),
        ([entry(1, 5, 5, "gift")], "cash_entries_direction_check|cash_entries_kind_check"),
        ([entry(0, 5, 5)], "cash_entries_seq_check"),
    ],
)
def test_cash_that_cannot_be_is_refused(
    entries: list[CashEntry], constraint: str, engine: sa.Engine
) -> None:
    with Session(engine) as session:
        session.add_all(entries)
        with pytest.raises(IntegrityError, match=constraint):
            session.flush()


APPROVAL = """
INSERT INTO approvals (approval_id, mode, account, signal_id, strategy, strategy_version, action,
    condition_id, token_id, outcome, question, side, price_limit, max_size, reserved_usd, fee_rate,
    fee_exponent, neg_risk, state, decided_by, signal_as_of, created_at, decided_at, expires_at)
VALUES ('a', 'paper', 'paper', 's', 's', '1', 'enter', 'c', 't', 'Yes', 'Q?', 'BUY', 0.95, 10, 9.6,
    0.04, 1, false, 'APPROVED', 'auto', now(), now(), now(), now())
"""
INTENT = """
INSERT INTO intents (intent_id, approval_id, mode, account, strategy, strategy_version, signal_id,
    condition_id, token_id, outcome, question, side, price, size, time_in_force, attempt_group,
    reserved_usd, tick_size, fee_rate, fee_exponent, neg_risk, sizing_cap, book_hash, created_at,
    expires_at)
VALUES ('i', 'a', 'paper', 'paper', 's', '1', 's', 'c', 't', 'Yes', 'Q?', 'BUY', 0.95, 10, 'FAK',
    '1', 9.6, 0.01, 0.04, 1, false, 'fixed', 'h', now(), now())
"""
ORDER = """
INSERT INTO orders (intent_id, mode, account, state, reserved_usd, filled_size, filled_usd, fee_usd,
    created_at, updated_at)
VALUES ('i', 'paper', 'paper', 'INTENT', 9.6, 0, 0, 0, now(), now())
"""


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (APPROVAL.replace("'a', 'paper'", "'b', 'paper'"), "approvals_mode_signal_id_key"),
        ("UPDATE approvals SET state = 'REJECTED'", "approvals_reason_check"),
        ("UPDATE approvals SET state = 'CONSUMED'", "approvals_consumed_check"),
        ("UPDATE approvals SET intent_id = 'i'", "approvals_consumed_check"),
        ("UPDATE approvals SET max_size = NULL", "approvals_bounds_check"),
        (INTENT.replace("('i'", "('j'"), "intents_approval_id_key"),
        (INTENT.replace("('i', 'a'", "('j', 'none'"), "intents_.*_(key|fkey)"),
        ("UPDATE orders SET state = 'SENDING'", "orders_signed_check"),
        ("UPDATE orders SET state = 'DENIED'", "orders_released_check"),
        ("UPDATE orders SET state = 'LOST', order_hash = 'h', body = ''", "orders_state_check"),
        ("UPDATE orders SET filled_size = 1", "orders_unfilled_check"),
        ("DELETE FROM orders", "append-only"),
    ],
)
def test_orders_and_approvals_that_cannot_be_are_refused(
    statement: str, words: str, connection: sa.Connection
) -> None:
    for sound in (APPROVAL, INTENT, ORDER):
        connection.execute(sa.text(sound))
    with pytest.raises(DBAPIError, match=words):
        connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("price = 0.955", "intents_price_check"),
        ("size = 10.001", "intents_size_check"),
        ("price = 1", "intents_price_check"),
        ("size = NULL", "null value"),
    ],
)
def test_an_intent_that_no_venue_would_take_is_refused(
    change: str, words: str, connection: sa.Connection
) -> None:
    connection.execute(sa.text(APPROVAL))
    column, _, value = change.partition(" = ")
    old = {"price": "0.95, 10, 'FAK'", "size": "0.95, 10, 'FAK'"}[column]
    new = f"{value}, 10, 'FAK'" if column == "price" else f"0.95, {value}, 'FAK'"
    with pytest.raises(IntegrityError, match=words):
        connection.execute(sa.text(INTENT.replace(old, new)))


def test_a_signed_order_is_never_signed_again_and_a_final_one_never_moves(
    connection: sa.Connection,
) -> None:
    for sound in (APPROVAL, INTENT, ORDER):
        connection.execute(sa.text(sound))
    signed = {"state": "SIGNED", "order_hash": "0x1", "body": b"1", "reserved_usd": 0}
    connection.execute(sa.update(Order).values(**signed))
    for again in ({"body": b"2"}, {"order_hash": "0x2"}, {"order_hash": None, "body": None}):
        nested = connection.begin_nested()
        with pytest.raises(DBAPIError, match="never signed again"):
            connection.execute(sa.update(Order).values(state="INTENT", **again))
        nested.rollback()
    connection.execute(sa.update(Order).values(state="CANCELED"))
    with pytest.raises(DBAPIError, match="CANCELED, which is final"):
        connection.execute(sa.update(Order).values(state="SENDING"))


def test_a_journal_has_one_entry_per_number(connection: sa.Connection) -> None:
    for sound in (APPROVAL, INTENT, ORDER):
        connection.execute(sa.text(sound))
    event = {"intent_id": "i", "seq": 1, "state": "INTENT", "event_at": NOW}
    connection.execute(sa.insert(OrderEvent).values(**event))
    with pytest.raises(IntegrityError, match="order_events_pkey"):
        connection.execute(sa.insert(OrderEvent).values(**{**event, "state": "SIGNED"}))
