"""Exports: one file, whole or not at all, with exact types and what it is of."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polymarket_assets.serving.export import (
    Exported,
    Format,
    NoDateColumnError,
    NoSuchTableError,
    Wanted,
    export,
)
from tests.serving.homes import NOON, House

TOKEN = "7" * 77
MODELS = "ab" * 32
FIRST, LAST = date(2026, 11, 18), date(2026, 11, 19)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def published(shared_house: House) -> Iterator[House]:
    """Four days of a table of every type, a dimension, moments; rows added since are not shown."""
    house = shared_house
    house.execute(
        f"""
        CREATE TABLE core.fct_made AS
        SELECT
            '{TOKEN}' AS token_id, CAST(n / 3 AS DECIMAL(18, 6)) AS price,
            TIMESTAMPTZ '2026-11-17 23:59:59.123456+00' + to_days(CAST(n AS INTEGER)) AS event_at,
            CASE n % 2 WHEN 0 THEN '' END AS note, '=1+"a,b"' || chr(10) AS words,
            [CAST(0.1 AS DECIMAL(18, 6))] AS levels, n % 2 = 1 AS is_odd,
            DATE '2026-11-17' + CAST(n AS INTEGER) AS dt
        FROM range(4) AS r(n)
        """,
        "CREATE TABLE core.dim_made AS SELECT 'a' AS wallet",
        f"CREATE TABLE signals.made AS SELECT unnest([TIMESTAMPTZ '{MIDNIGHT}',"
        f" TIMESTAMPTZ '{MIDNIGHT}' - INTERVAL 1 MICROSECOND]) AS as_of",
    )
    house.lake.publish(
        house.lake.head_version(),
        published_at=NOON,
        models=1,
        tests=1,
        note="by a test",
        model_version=MODELS,
    )
    house.execute("INSERT INTO core.fct_made SELECT * FROM core.fct_made")
    yield house
    made = ("core.fct_made", "core.dim_made", "signals.made")
    house.execute(*(f"DROP TABLE {table}" for table in made), "DELETE FROM ops.published")


def frozen(
    house: House, table: str, out: Path, *days: date | None, file_format: Format | None = None
) -> Exported:
    first, last = days or (None, None)
    wanted = Wanted(table, first, last, file_format, out)
    return export(house.settings, wanted, report=lambda share: None)


def test_a_parquet_file_has_every_type_of_the_table_and_says_what_it_is_of(
    published: House, tmp_path: Path
) -> None:
    done = frozen(published, "core.fct_made", tmp_path, FIRST, LAST)
    assert done.file == tmp_path / f"core.fct_made_{FIRST}_{LAST}_v{done.version}.parquet"
    assert (done.rows, done.bytes) == (2, done.file.stat().st_size)
    assert done.sha256 == hashlib.sha256(done.file.read_bytes()).hexdigest()
    held = pq.read_table(done.file)
    assert dict(zip(held.schema.names, held.schema.types, strict=True)) == {
        "token_id": pa.string(),
        "price": pa.decimal128(18, 6),
        "event_at": pa.timestamp("us", tz="UTC"),
        "note": pa.string(),
        "words": pa.string(),
        "levels": pa.list_(pa.decimal128(18, 6)),
        "is_odd": pa.bool_(),
        "dt": pa.date32(),
    }
    first = held.sort_by("dt").to_pylist()[0]
    assert (first["token_id"], first["price"]) == (TOKEN, Decimal("0.333333"))
    assert first["event_at"] == datetime(2026, 11, 18, 23, 59, 59, 123456, UTC)
    assert pq.read_metadata(done.file).row_group(0).column(0).compression == "ZSTD"
    said = {
        name.decode().removeprefix("polymarket."): text.decode()
        for name, text in pq.read_schema(done.file).metadata.items()
    }
    assert said == {
        "table": "core.fct_made",
        "lake_version": str(done.version),
        "published_at": NOON.isoformat(),
        "model_version": MODELS,
        "date_column": "dt",
        "first_day": str(FIRST),
        "last_day": str(LAST),
    }


def test_a_csv_file_of_what_was_published_loses_no_digit_and_tells_null_from_nothing(
    published: House, tmp_path: Path
) -> None:
    done = frozen(published, "core.fct_made", tmp_path / "made.CSV", FIRST, FIRST)
    assert (done.format, done.rows) == ("csv", 1)
    with done.file.open(newline="") as lines:
        [row] = csv.DictReader(lines)
    assert row == {
        "token_id": TOKEN,
        "price": "0.333333",
        "event_at": "2026-11-18T23:59:59.123456Z",
        "note": "",
        "words": '=1+"a,b"\n',
        "levels": "[0.100000]",
        "is_odd": "true",
        "dt": "2026-11-18",
    }
    whole = frozen(published, "core.fct_made", tmp_path / "whole", file_format="csv").file
    assert published.lake.rows("select count(*) from core.fct_made") == [(8,)], "written since"
    lines = duckdb.read_csv(str(whole), header=True, allow_quoted_nulls=False)
    back = lines.aggregate("note IS NULL, count(*)")
    assert sorted(back.fetchall()) == [(False, 2), (True, 2)]


def test_moments_belong_to_their_day_in_utc_and_a_range_may_be_open_to_either_side(
    published: House, tmp_path: Path
) -> None:
    done = frozen(published, "signals.made", tmp_path, None, LAST)
    assert (done.date_column, done.rows) == ("as_of", 1)
    assert frozen(published, "signals.made", tmp_path, MIDNIGHT.date(), None).rows == 1


def test_a_table_without_a_date_column_is_exported_whole_or_not(
    published: House, tmp_path: Path
) -> None:
    with pytest.raises(NoDateColumnError, match=r"core\.dim_made has none .* leave --from"):
        frozen(published, "core.dim_made", tmp_path, FIRST, LAST)
    assert frozen(published, "core.dim_made", tmp_path).rows == 1


@pytest.mark.parametrize(
    ("table", "hint"),
    [
        ("core.fct_mad", "near: core.fct_made"),
        ("staging.stg_data_trades", "of core, features, leaderboards, raw, signals"),
    ],
)
def test_another_table_is_refused(published: House, tmp_path: Path, table: str, hint: str) -> None:
    with pytest.raises(NoSuchTableError, match=f"no table {table} .*{hint}"):
        frozen(published, table, tmp_path)


def test_a_file_that_is_there_stays_as_it_is(published: House, tmp_path: Path) -> None:
    held = tmp_path / "held.parquet"
    held.write_text("mine")
    with pytest.raises(FileExistsError, match="is not overwritten"):
        frozen(published, "core.fct_made", held)
    with pytest.raises(FileNotFoundError, match="does not exist; create it"):
        frozen(published, "core.fct_made", tmp_path / "no" / "such.parquet")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["mine"]


def test_an_export_that_fails_leaves_nothing(published: House, tmp_path: Path) -> None:
    """A file appears meanwhile, or the one who waits has had enough."""
    target = tmp_path / "late.parquet"

    def enough(share: float | None) -> None:
        raise KeyboardInterrupt

    def appear(share: float | None) -> None:
        target.write_text("mine")

    wanted = Wanted("core.fct_made", None, None, None, target)
    with pytest.raises(KeyboardInterrupt):
        export(published.settings, wanted, report=enough)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileExistsError):
        export(published.settings, wanted, report=appear)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["mine"]


def test_days_in_the_wrong_order_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="--from 2026-11-19 is after --to 2026-11-18"):
        Wanted("core.fct_trades", LAST, FIRST, None, Path())
