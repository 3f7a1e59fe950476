"""Connections that a block of work shares, instead of opening one for each query.

Attaching the lake takes 60 ms and more; a run of forty steps does it a hundred times. Not here:
how a connection is opened (lake.py), or what a transaction survives (session.py).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

import duckdb

from polymarket_assets.store.session import Session, close_quietly

T = TypeVar("T")
CHEAPEST = "FROM ops.published LIMIT 0"


class Kept:
    """One read connection and one session, opened when first used, closed with the last block.

    For one thread; only a session lent to a writer is used in the writer's until it is back.
    Between statements it holds nothing but its places in the catalog.
    """

    def __init__(
        self,
        connect: Callable[[], duckdb.DuckDBPyConnection],
        session: Callable[[], Session],
        append_session: Callable[[], Session],
    ) -> None:
        self._connect = connect
        self._new_session = session
        self._new_append_session = append_session
        self._blocks = 0
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._session: Session | None = None
        self._append_session: Session | None = None

    @property
    def open(self) -> bool:
        """Whether a block is under way."""
        return self._blocks > 0

    @contextmanager
    def block(self) -> Generator[None]:
        """Share connections until the end of the block, or of the one it is part of."""
        self._blocks += 1
        try:
            yield
        finally:
            self._blocks -= 1
            if not self._blocks:
                self._close()
                for session in (self._session, self._append_session):
                    if session is not None:
                        session.close()
                self._session = self._append_session = None

    def session(self) -> Session:
        """The shared session."""
        if self._session is None:
            self._session = self._new_session()
        return self._session

    @contextmanager
    def lent(self) -> Generator[Session]:
        """A session for appends, to one writer at a time: the kept one, or else one of its own."""
        session, self._append_session = self._append_session, None
        session = session or self._new_append_session()
        try:
            yield session
        finally:
            if self.open and self._append_session is None:
                self._append_session = session
            else:
                session.close()

    def read(self, read: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """What `read` makes of the shared connection, or else of a new one."""
        try:
            return read(self._opened())
        except duckdb.Error:
            # The catalog was restarted, or the query is wrong: a new connection tells which.
            self._close()
        return read(self._opened())

    def connection(self) -> duckdb.DuckDBPyConnection:
        """The shared connection, which answered just now."""
        return self.read(lambda connection: connection.execute(CHEAPEST))

    def _opened(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            close_quietly(connection)
