"""What is too old goes, what something points to stays, and nobody at work is disturbed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa

from polymarket_assets.store import raw
from polymarket_assets.store.batch import Batch, QuarantinedRow
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.ledger import open_ledger
from polymarket_assets.store.ledger_tables import Approval
from polymarket_assets.store.maintenance import MaintenanceReport, maintain
from polymarket_assets.store.retention import FOR_EVER, LISTS, SNAPSHOTS
from tests.store.lakes import NOON, append_all, batch, contents, lake_in, markets, trades

pytestmark = pytest.mark.timeout(120)

OLD = NOON - timedelta(days=91)
KEPT_DAYS = 90


def books(tokens: Sequence[str], *, market: str = "0xm") -> pa.Table:
    """Empty books of some tokens of one market."""
    schema = raw.CLOB_BOOKS.parser_schema
    columns = {
        "position": list(range(len(tokens))),
        "token_id": list(tokens),
        "condition_id": [market] * len(tokens),
        "bids": [[]] * len(tokens),
        "asks": [[]] * len(tokens),
    }
    return pa.Table.from_arrays(
        [pa.array(columns.get(f.name, [None] * len(tokens)), f.type) for f in schema], schema=schema
    )


def books_page(number: int, at: datetime, *, market: str, body: bytes | None = None) -> Batch:
    return batch(
        f"books {number}",
        {"clob_books": books([f"{market} yes", f"{market} no"], market=market)},
        source="clob_books",
        number=number,
        received_at=at,
        body=body,
    )


def decided(lake: Lake, condition_id: str, as_of: datetime) -> None:
    """A signal on a market at a moment that was judged (and refused, which says all we need)."""
    engine = open_ledger(lake.settings)
    names = ("approval_id", "signal_id", "strategy", "strategy_version", "token_id", "outcome")
    with engine.begin() as connection:
        connection.execute(
            sa.insert(Approval).values(
                **dict.fromkeys((*names, "question", "decided_by", "reason"), condition_id),
                mode="paper", account="paper", action="enter", side="BUY", state="REJECTED",
                condition_id=condition_id, neg_risk=False, signal_as_of=as_of,
                created_at=as_of, decided_at=as_of, expires_at=as_of,
            )
        )  # fmt: skip
    engine.dispose()


@dataclass(frozen=True)
class Aged:
    """A lake with a day that is too old, and its upkeep."""

    lake: Lake
    version: int
    before: dict[str, tuple[int, int | None]]
    foretold: MaintenanceReport
    report: MaintenanceReport


FOR_GOOD = ("raw.data_trades", "raw.gamma_markets", "raw.quarantine", "raw.watermarks")


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aged]:
    with lake_in(tmp_path_factory.mktemp("aged") / "home") as lake:
        rejected = [QuarantinedRow(2, "made to be rejected", b"{}")]
        same = b"a body that came twice"
        append_all(
            lake,
            [
                # Too old: five pages of books, of which two are needed.
                books_page(0, OLD, market="0xa"),
                books_page(1, OLD + timedelta(minutes=1), market="0xa", body=same),
                books_page(2, OLD + timedelta(minutes=2), market="0xb", body=same),
                books_page(3, OLD + timedelta(minutes=9), market="0xa"),
                batch(
                    "books 4", {"clob_books": books(["q", "r"])}, source="clob_books", number=4,
                    received_at=OLD, rejected=rejected,
                ),
                # Too old: lists, of which the rows stay; and fills, of which everything stays.
                batch(
                    "list 0", {"gamma_markets": markets([("a", "old"), ("c", "old")])},
                    source="gamma_markets", received_at=OLD, body=b"list 0",
                ),
                batch(
                    "list 1", {"gamma_markets": markets([("c", "new")])},
                    source="gamma_markets", received_at=OLD + timedelta(hours=1), body=b"list 1",
                ),
                batch("fills", {"data_trades": trades(5, day=OLD.date())}, received_at=OLD),
                # Young enough, by one day.
                books_page(5, OLD + timedelta(days=1), market="0xa"),
                batch(
                    "list 2", {"gamma_markets": markets([("c", "newest")])},
                    source="gamma_markets", received_at=OLD + timedelta(days=1),
                ),
            ],
        )  # fmt: skip
        decided(lake, "0xa", OLD + timedelta(minutes=5))  # the book of minute 1, list 0
        before = {table: contents(lake, table) for table in FOR_GOOD}
        version = lake.head_version()
        lake.publish(version, published_at=NOON, models=1, tests=1, note="before retention")
        foretold = maintain(lake, today=NOON.date(), dry_run=True)
        report = maintain(lake, today=NOON.date())
        yield Aged(lake, version, before, foretold, report)


def test_old_snapshots_and_list_pages_go_and_facts_stay(aged: Aged) -> None:
    old = f"dt = DATE '{OLD.date()}'"
    left = aged.lake.rows(f"select source, scope from raw.pages where {old} order by scope")
    assert {scope for _, scope in left} == {"books 1", "books 2", "books 4", "list 0", "fills"}
    assert {table: contents(aged.lake, table) for table in FOR_GOOD} == aged.before
    young = "select scope from raw.pages where dt > ? order by scope"
    assert aged.lake.rows(young, [OLD.date()]) == [("books 5",), ("list 2",)]


def test_what_a_signal_or_a_quarantined_row_points_to_stays_with_its_bytes(aged: Aged) -> None:
    rows = aged.lake.rows(
        "select scope, count(*) from raw.clob_books join raw.pages using (page_id)"
        " where clob_books.dt < ? group by 1 order by 1",
        [OLD.date() + timedelta(days=1)],
    )
    # Minute 1 is the newest before the signal; minute 2 has the same bytes, which are held once.
    assert rows == [("books 1", 2), ("books 2", 2), ("books 4", 2)]
    bodies = aged.lake.rows(
        "select count(*) from raw.pages where scope in ('books 1', 'books 2') and body is not null"
    )
    assert bodies == [(1,)]
    assert aged.report.pages_kept == 4  # books 1, 2 and 4, list 0


def test_a_dry_run_foretells_what_is_dropped_and_drops_nothing(aged: Aged) -> None:
    assert aged.foretold.dry_run
    assert aged.foretold.dropped_rows == {"raw.pages": 3, "raw.clob_books": 4}
    assert aged.report.dropped_rows == aged.foretold.dropped_rows
    assert aged.report.dropped_body_bytes == aged.foretold.dropped_body_bytes > 0
    again = maintain(aged.lake, today=NOON.date())
    assert again.dropped_rows == {}


def test_published_versions_give_up_what_was_dropped_and_keep_the_rest(aged: Aged) -> None:
    for table in ("raw.pages", "raw.clob_books"):
        question = f"select count(t), sum(hash(t)) from {table} as t where dt = ?"
        now = aged.lake.rows(question, [OLD.date()])
        assert now[0][0] > 0
        assert aged.lake.rows(question, [OLD.date()], version=aged.version) == now
    whole = "select count(t), sum(hash(t)) from raw.data_trades as t"
    assert aged.lake.rows(whole, version=aged.version) == [aged.before["raw.data_trades"]]
    folder = Path(aged.lake.settings.lake_path)
    listed = {path for (path,) in aged.lake.rows("select path from ops.files")}
    assert all((folder / path).exists() for path in listed)


def test_every_table_of_rows_has_its_rule() -> None:
    rules = [*FOR_EVER, *SNAPSHOTS, *LISTS]
    assert len(rules) == len(set(rules))
    assert set(raw.ROW_TABLES) <= set(rules)


def test_appenders_at_work_are_never_refused(aged: Aged) -> None:
    """Retention drops ten days, one by one, while two writers append as fast as they can."""
    first = OLD - timedelta(days=30)
    days = [first + timedelta(days=n) for n in range(10)]
    append_all(aged.lake, [books_page(n, at, market="0xz") for n, at in enumerate(days)])
    fills = [
        batch(f"fills {n}", {"data_trades": trades(2, first=50 + n)}, received_at=at)
        for n, at in enumerate(days[:4])
    ]
    append_all(aged.lake, fills)
    # Books go with their files; of four days' files of pages one row goes and one stays.
    maintain(aged.lake, expire=False)
    held = contents(aged.lake, "raw.data_trades")
    stop, errors, written = threading.Event(), [], []

    def write(name: str) -> None:
        number = 0
        try:
            while not stop.is_set():
                append_all(
                    aged.lake,
                    [
                        books_page(number * 5 + n, datetime.now(UTC), market=f"{name} {number}")
                        for n in range(5)
                    ],
                )
                written.append(10)
                number += 1
        except Exception as error:  # whatever it is, it fails the test
            errors.append(error)

    before = contents(aged.lake, "raw.clob_books")[0]
    writers = [threading.Thread(target=write, args=(name,)) for name in ("one", "two")]
    for writer in writers:
        writer.start()
    report = maintain(aged.lake, today=date(2025, 3, 1))
    stop.set()
    for writer in writers:
        writer.join()
    assert errors == []
    assert len(written) >= 2
    assert report.dropped_rows == {"raw.pages": 10, "raw.clob_books": 20}
    assert contents(aged.lake, "raw.clob_books")[0] == before - 20 + sum(written)
    assert contents(aged.lake, "raw.data_trades") == held
    left = "select count(p) from raw.pages as p where dt <= ?"
    assert aged.lake.rows(left, [days[-1].date()]) == [(4,)]
