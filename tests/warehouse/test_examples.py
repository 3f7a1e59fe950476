"""The guide for analysts: every query in it gives rows, its notebook line works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from polymarket_assets.store.query_guard import QueryConnection

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "for-analysts.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def titles() -> list[str]:
    """What stands above each query."""
    return re.findall(r"^(.*):\n\n```sql$", GUIDE, re.MULTILINE)


@pytest.fixture(scope="module")
def queries(warehouse, publication) -> Iterator[QueryConnection]:
    with warehouse.lake.connect_for_queries() as connection:
        yield connection


@pytest.mark.parametrize("sql", blocks("sql"), ids=titles())
def test_a_query_of_the_guide_gives_rows_where_people_type_it(queries, sql):
    assert queries.execute(sql).fetchone() is not None


def test_the_guide_has_queries_and_says_what_each_is_for():
    assert len(titles()) == len(blocks("sql")) > 8


def test_the_line_for_notebooks_is_one_and_gives_a_connection(at_home):
    [line] = re.findall("^from polymarket_assets.*", GUIDE, re.MULTILINE)
    notebook: dict = {}
    exec(line, notebook)
    with closing(notebook["con"]) as con:
        assert len(con.sql("from core.dim_market").df()) > 10
