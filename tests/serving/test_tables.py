"""How values, tables and query results look, and what they must not do."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from polymarket_assets.serving.tables import (
    MOST_SHOWN,
    Field,
    cell,
    plain,
    price,
    print_result,
    safe,
    signed_usd,
    table,
    usd,
)

MOMENT = datetime(2026, 3, 2, 21, 0, 5, tzinfo=UTC)
TOKEN = "8" * 77


@pytest.fixture
def query() -> Callable[..., str]:
    """Runs SQL and gives what is printed, at a width."""

    def run(sql: str, output: Any = "table", width: int = 100) -> str:
        out = StringIO()
        console = Console(file=out, width=width)
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            print_result(connection.execute(sql), output, console, stream=out)
        return out.getvalue()

    return run


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (True, "yes"),
        (False, "no"),
        (1234567, "1,234,567"),
        (Decimal("1234.500000"), "1,234.5"),
        (Decimal("100.000000"), "100"),
        (Decimal("0E-6"), "0"),
        (0.25, "0.25"),
        (MOMENT, "2026-03-02 21:00:05"),
        (MOMENT.replace(tzinfo=None), "2026-03-02 21:00:05"),
        (date(2026, 3, 2), "2026-03-02"),
        (TOKEN, "88888888…88888888"),
        ("0x" + "ab" * 20, "0xababab…abababab"),
        ("a_long_name_that_is_no_id_at_all", "a_long_name_that_is_no_id_at_all"),
        ([Decimal("0.5"), None], '["0.5", null]'),
        ("two\nlines", "two lines"),
    ],
)
def test_values_are_shown_as_people_read_them(value: object, words: str) -> None:
    assert cell(value) == words


@given(st.text())
def test_no_text_can_steer_the_terminal(words: str) -> None:
    kept = safe(words)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2066" for c in kept)


@pytest.mark.parametrize(
    ("amount", "money", "profit", "per_share"),
    [
        (Decimal("1234.567"), "1,234.57", "+1,234.57", "1234.567"),
        (Decimal("-0.5"), "-0.50", "-0.50", "-0.50"),
        (Decimal("0.955000"), "0.96", "+0.96", "0.955"),
        (None, "–", "–", "–"),
    ],
)
def test_amounts_have_their_own_forms(
    amount: Decimal | None, money: str, profit: str, per_share: str
) -> None:
    assert (usd(amount), signed_usd(amount), price(amount)) == (money, profit, per_share)


def test_json_values_keep_exact_numbers_and_zones() -> None:
    value = {
        "a": Decimal("0.10"),
        "b": [MOMENT, timedelta(seconds=90)],
        "c": Path("/x"),
        "d": date(2026, 3, 2),
        "e": 1.5,
        "f": MOMENT.replace(tzinfo=None),
    }
    assert plain(value) == {
        "a": "0.10",
        "b": ["2026-03-02T21:00:05Z", 90],
        "c": "/x",
        "d": "2026-03-02",
        "e": 1.5,
        "f": "2026-03-02T21:00:05",
    }


def test_markup_in_data_is_shown_and_not_obeyed() -> None:
    out = StringIO()
    fields = (Field("a"), Field("b", right=True), Field("c", width="cut"))
    made = table("T [i]x[/i]", fields, [{"a": "[red]Bo[/red]", "b": 1, "c": "y" * 200}])
    Console(file=out, width=60).print(made)
    words = out.getvalue()
    assert "[red]Bo[/red]" in words
    assert "T [i]x[/i]" in words
    assert "…" in words
    assert max(map(len, words.splitlines())) <= 60


def test_a_narrow_result_is_a_table_with_its_count(query: Callable[..., str]) -> None:
    words = query("SELECT 1 AS n, 'x' AS name UNION ALL SELECT 2, NULL")
    assert "name" in words
    assert "2 rows" in words
    assert "1 row\n" in query("SELECT 1")


def test_ids_are_shortened_only_when_the_terminal_is_too_narrow(query: Callable[..., str]) -> None:
    assert TOKEN in query(f"SELECT '{TOKEN}' AS token_id, 1 AS n")
    words = query(f"SELECT '{TOKEN}' AS token_id, 1 AS n", width=60)
    assert "88888888…88888888" in words
    assert "row 1" not in words


def test_a_result_too_wide_for_the_terminal_is_shown_record_by_record(
    query: Callable[..., str],
) -> None:
    columns = ", ".join(f"{n} AS column_{n}" for n in range(30))
    words = query(f"SELECT {columns}, '{TOKEN}' AS token_id")
    assert "row 1" in words
    assert "column_29" in words
    assert TOKEN in words.replace("\n", "").replace(" ", "")
    assert max(map(len, words.splitlines())) <= 100


def test_people_see_the_first_rows_and_are_told_so(query: Callable[..., str]) -> None:
    words = query(f"SELECT * FROM range({MOST_SHOWN + 5}) AS t (n) ORDER BY n")
    assert f"the first {MOST_SHOWN} rows" in words
    assert f" {MOST_SHOWN}" not in words.split("the first")[0]


def test_csv_is_complete_exact_and_inert(query: Callable[..., str]) -> None:
    sql = (
        "SELECT n, CAST('0.1' AS DECIMAL(18, 6)) AS price, NULL AS nothing,"
        " '=HYPERLINK(1)' AS trap, -5 AS less, [1, 2] AS list, 'a,\"b' AS quoted"
        " FROM range(20001) AS t (n) ORDER BY n"
    )
    rows = list(csv.reader(StringIO(query(sql, "csv"))))
    assert rows[0] == ["n", "price", "nothing", "trap", "less", "list", "quoted"]
    assert len(rows) == 20_002
    assert rows[-1] == ["20000", "0.100000", "", "'=HYPERLINK(1)", "-5", "[1, 2]", 'a,"b']


def test_json_is_complete_and_exact(query: Callable[..., str]) -> None:
    sql = (
        "SELECT n, CAST('0.1' AS DECIMAL(18, 6)) AS price, NULL AS nothing,"
        " TIMESTAMPTZ '2026-03-02 21:00:05+00' AS at FROM range(2) AS t (n) ORDER BY n"
    )
    assert json.loads(query(sql, "json")) == [
        {"n": n, "price": "0.100000", "nothing": None, "at": "2026-03-02T21:00:05Z"}
        for n in range(2)
    ]
    assert json.loads(query("SELECT 1 AS n WHERE false", "json")) == []
