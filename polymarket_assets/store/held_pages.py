"""Which pages are held: the memory that keeps equal bodies, and the rows of equal pages, apart.

Belongs here: the hashes of one writer's pages by source and day, read from the lake when they are
first needed and kept up with the writer's commits. Not here: what is written (appender.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import duckdb

from polymarket_assets.store.batch import Page


@dataclass
class _Day:
    """Pages of one source received on one day."""

    bodies: set[str] = field(default_factory=set)
    answers: set[tuple[str, str]] = field(default_factory=set)

    def add(self, sha256: str, scope: str) -> None:
        self.bodies.add(sha256)
        self.answers.add((sha256, scope))


class HeldPages:
    """What one writer knows of the pages in the lake.

    Another process may add some later. Then a body is kept twice, which costs only space, and a
    fill's row is written twice, which its key tells apart.
    """

    def __init__(self) -> None:
        self._days: dict[tuple[str, date], _Day] = {}

    def has_body(self, connection: duckdb.DuckDBPyConnection, page: Page) -> bool:
        """Whether the page's body is held for its source and day."""
        return page.sha256 in self._day(connection, page).bodies

    def has_answer(self, connection: duckdb.DuckDBPyConnection, page: Page) -> bool:
        """Whether it is held in the page's own scope: the same bytes as answer to one question.

        The same bytes may answer two questions, and their rows then differ.
        """
        return (page.sha256, page.scope) in self._day(connection, page).answers

    def remember(self, page: Page) -> None:
        """Take over a page that was just committed."""
        self._days[page.source, page.dt].add(page.sha256, page.scope)

    def _day(self, connection: duckdb.DuckDBPyConnection, page: Page) -> _Day:
        key = (page.source, page.dt)
        if key not in self._days:
            day = _Day()
            rows = connection.execute(
                "SELECT DISTINCT sha256, scope FROM raw.pages WHERE source = ? AND dt = ?", [*key]
            )
            for sha256, scope in rows.fetchall():
                day.add(sha256, scope)
            self._days[key] = day
        return self._days[key]
