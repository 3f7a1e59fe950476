"""What becomes of a batch: it lands whole and once, and without what is already held."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polymarket_assets.store import appender
from polymarket_assets.store.appender import BatchRefusedError
from polymarket_assets.store.batch import Batch, QuarantinedRow, Receipt
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.writer import LakeWriter
from tests.store.lakes import (
    NOON,
    append_all,
    batch,
    committed,
    contents,
    lake_in,
    markets,
    moment,
    pages,
    trades,
)

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with lake_in(tmp_path_factory.mktemp("lake") / "home") as opened:
        yield opened


# What lands


def test_a_batch_lands_with_its_rows_page_rejects_and_watermark(lake: Lake) -> None:
    rejected = [QuarantinedRow(position=3, reason="size is not a number", row=b'{"size":"x"}')]
    one = batch("whole", {"data_trades": trades(3)}, rejected=rejected)
    [receipt] = append_all(lake, [one])
    page = one.page
    assert receipt == Receipt(page.page_id, accepted=3, unchanged=0, quarantined=1)
    assert lake.rows("SELECT * EXCLUDE (body), body FROM raw.pages WHERE scope = 'whole'") == [
        (
            page.page_id, "data_trades", "whole", "walk of whole", 0, "/v2/trades", '{"page": 0}',
            200, page.received_at, page.sha256, 7, 4, 3, 0, 1, "1", None, NOON.date(),
                b"whole 0",
        )
    ]  # fmt: skip
    assert lake.rows("SELECT * FROM raw.quarantine WHERE page_id = ?", [page.page_id]) == [
        (page.page_id, "data_trades", 3, "size is not a number", b'{"size":"x"}',
         page.received_at, NOON.date())
    ]  # fmt: skip
    written = lake.frame(
        "SELECT * FROM raw.data_trades WHERE page_id = ? ORDER BY position", [page.page_id]
    )
    assert written["transaction_hash"].tolist() == [f"0x{n:064x}" for n in range(3)]
    assert lake.watermarks("data_trades")["whole"] == one.watermark


def test_all_of_it_is_one_version_of_the_lake(lake: Lake) -> None:
    lake.rows("SELECT 1")
    before = lake.head_version()
    rejected = [QuarantinedRow(0, "no", b"")]
    append_all(lake, [batch("one version", {"data_trades": trades(5)}, rejected=rejected)])
    assert lake.head_version() == before + 1


def test_rows_go_to_the_day_of_their_event_and_pages_to_the_day_received(lake: Lake) -> None:
    day = date(2024, 2, 29)
    one = batch("days", {"data_trades": trades(2, day=day)})
    append_all(lake, [one])
    assert lake.rows(
        "SELECT DISTINCT t.dt, p.dt FROM raw.data_trades t JOIN raw.pages p USING (page_id)"
        " WHERE p.scope = 'days'"
    ) == [(day, NOON.date())]


def test_pages_without_rows_are_kept_too(lake: Lake) -> None:
    empty = batch("empty", {}, body=b"[]")
    nothing = batch("empty", {"data_trades": trades(0)}, body=b"[ ]", number=1, watermark=False)
    assert [r.accepted for r in append_all(lake, [empty, nothing])] == [0, 0]
    assert pages(lake, "empty", "row_count, body") == [(0, b"[]"), (0, b"[ ]")]
    assert lake.watermarks("data_trades")["empty"] == empty.watermark


def test_the_latest_watermark_of_each_scope_counts(lake: Lake) -> None:
    batches = [batch(f"marks {n % 2}", {}, source="marks", number=n) for n in range(5)]
    append_all(lake, batches, together=True)
    assert lake.watermarks("marks") == {
        "marks 0": batches[4].watermark,
        "marks 1": batches[3].watermark,
    }
    assert lake.watermarks("nobody") == {}


# Bodies


def test_a_body_is_kept_once_per_source_and_day(lake: Lake) -> None:
    body = b'{"same": true}'
    tomorrow = moment() + timedelta(days=1)
    first = [batch("body", {}, source="a", number=n, body=body) for n in range(3)]
    append_all(lake, first, together=True)
    later = [
        batch("body", {}, source="a", number=3, body=body),
        batch("body", {}, source="b", number=4, body=body),
        batch("body", {}, source="a", number=5, body=body, received_at=tomorrow),
    ]
    append_all(lake, later)
    held = pages(lake, "body", "source, body IS NOT NULL")
    assert held == [("a", True), ("a", False), ("a", False), ("a", False), ("b", True), ("a", True)]
    assert len({page_id for (page_id,) in pages(lake, "body", "page_id")}) == 6


def test_the_same_answer_again_brings_no_row_twice_unless_it_answers_another_question(
    lake: Lake,
) -> None:
    rejected = [QuarantinedRow(2, "no size", b"{}")]

    def answer(scope: str, number: int) -> Batch:
        return batch(
            scope,
            {"data_trades": trades(2)},
            source="again",
            number=number,
            body=b"[fills]",
            rejected=rejected,
        )

    together = append_all(lake, [answer("again", 0), answer("again", 1)], together=True)
    later = append_all(lake, [answer("again", 2), answer("another question", 0)])
    counts = [(r.accepted, r.unchanged, r.quarantined) for r in (*together, *later)]
    assert counts == [(2, 0, 1), (0, 3, 0), (0, 3, 0), (2, 0, 1)]
    held = "page_id IN (SELECT page_id FROM raw.pages WHERE source = 'again')"
    assert contents(lake, "raw.data_trades", held)[0] == 4
    assert contents(lake, "raw.quarantine", held)[0] == 2
    assert len(lake.watermarks("again")) == 2


# Versions


def held_markets(lake: Lake, prefix: str) -> list[tuple]:
    return lake.rows(
        "SELECT market_id, json_extract_string(payload, 'question') FROM raw.gamma_markets"
        " WHERE starts_with(market_id, ?) ORDER BY received_at, page_id, position",
        [prefix],
    )


def market_batch(versions: Sequence[tuple[str, str]]) -> Batch:
    return batch("markets", {"gamma_markets": markets(versions)}, source="gamma_markets")


def test_an_unchanged_object_is_counted_but_not_written_again(lake: Lake) -> None:
    receipts = append_all(
        lake,
        [
            market_batch([("m1", "a"), ("m2", "a")]),
            market_batch([("m1", "a"), ("m2", "b"), ("m3", "a")]),
            market_batch([("m1", "a"), ("m2", "a"), ("m3", "a")]),
        ],
    )
    assert [(r.accepted, r.unchanged) for r in receipts] == [(2, 0), (2, 1), (1, 2)]
    versions = [("m1", "a"), ("m2", "a"), ("m2", "b"), ("m3", "a"), ("m2", "a")]
    assert held_markets(lake, "m") == versions
    assert pages(lake, "markets", "sum(accepted), sum(unchanged), sum(row_count)") == [(5, 3, 8)]


def test_a_later_writer_knows_what_an_earlier_one_wrote(lake: Lake) -> None:
    append_all(lake, [market_batch([("later", "a")])])
    [again] = append_all(lake, [market_batch([("later", "a")])])
    assert (again.accepted, again.unchanged) == (0, 1)


def test_what_another_writer_changed_in_between_is_seen(lake: Lake) -> None:
    async def work() -> list[Receipt]:
        async with LakeWriter(lake) as mine, LakeWriter(lake) as other:
            return [
                await committed(mine, market_batch([("between", "a")])),
                await committed(other, market_batch([("between", "b")])),
                await committed(mine, market_batch([("between", "a")])),
                await committed(mine, market_batch([("between", "a")])),
            ]

    assert [receipt.accepted for receipt in asyncio.run(work())] == [1, 1, 1, 0]


@pytest.fixture(scope="module")
def committing(lake: Lake) -> Iterator[appender.Appender]:
    """The thread side of a writer, for groups whose members a test chooses."""
    opened = appender.Appender(lake)
    yield opened
    opened.close()


examples = itertools.count()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    groups=st.lists(
        st.lists(
            st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("abc")), max_size=5),
            min_size=1,
            max_size=3,
        ),
        max_size=4,
    )
)
def test_versions_are_those_of_a_plain_walk_however_pages_are_grouped(
    lake: Lake, committing: appender.Appender, groups: list[list[list[tuple[str, str]]]]
) -> None:
    example = f"example {next(examples)} "
    expected: list[tuple[str, str]] = []
    last: dict[str, str] = {}
    for market, text in itertools.chain(*itertools.chain(*groups)):
        if last.get(market) != text:
            expected.append((example + market, text))
            last[market] = text

    receipts = [
        receipt
        for group in groups
        for receipt in committing.commit(
            [market_batch([(example + market, text) for market, text in page]) for page in group]
        )
    ]
    assert held_markets(lake, example) == expected
    assert sum(receipt.accepted for receipt in receipts) == len(expected)
    total = sum(len(page) for group in groups for page in group)
    assert sum(receipt.unchanged for receipt in receipts) == total - len(expected)


# Refusals


def refuse(lake: Lake, one: Batch, words: str) -> None:
    """The batch is refused alone, before it is queued, and a good one beside it lands."""

    async def work() -> None:
        async with LakeWriter(lake) as writer:
            good = await writer.append(batch("good", {}, number=1))
            with pytest.raises(BatchRefusedError, match=words):
                await writer.append(one)
            writer.flush()
            await good

    before = contents(lake, "raw.data_trades")
    asyncio.run(work())
    assert contents(lake, "raw.data_trades") == before


def test_counts_that_do_not_add_up_are_refused(lake: Lake) -> None:
    refuse(
        lake,
        batch("bad", {"data_trades": trades(3)}, row_count=4),
        r"page 0 of walk walk of bad .* has 4 records, but rows and quarantined rows are 3",
    )


def test_a_table_that_takes_no_rows_is_refused(lake: Lake) -> None:
    refuse(lake, batch("bad", {"pages": trades(1)}), r"raw\.pages takes no rows; .*data_trades")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop_columns(["wallet"]), "wallet is missing instead of string"),
        (
            lambda t: t.append_column("extra", pa.array([1] * t.num_rows)),
            "extra is int64 instead of no column",
        ),
        (
            lambda t: t.set_column(t.column_names.index("size"), "size", t["size"].cast("double")),
            r"size is double instead of decimal128\(18, 6\)",
        ),
        (
            lambda t: t.set_column(
                t.column_names.index("wallet"), "wallet", pa.nulls(t.num_rows, pa.string())
            ),
            r"wallet is null in 2 row\(s\); the parser must quarantine",
        ),
    ],
)
def test_rows_that_do_not_fit_their_table_are_refused(
    lake: Lake, change: Callable[[pa.Table], pa.Table], words: str
) -> None:
    refuse(lake, batch("bad", {"data_trades": change(trades(2))}), words)


def test_times_without_a_zone_are_refused(lake: Lake) -> None:
    refuse(lake, batch("bad", {}, received_at=NOON.replace(tzinfo=None)), "has no time zone")
