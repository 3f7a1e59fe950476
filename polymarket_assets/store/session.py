"""One thread's connection that reopens itself, and the one way a transaction is retried.

Belongs here: begin, work, commit, and what follows from each way they can fail. A conflict did not
happen and is tried again; a connection that breaks before the commit is replaced; a commit that
breaks may have landed or not, and only the database can say which. How it is asked, and what keeps
a broken commit's files from harm, is `commit_guard.py`'s business.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import duckdb

from polymarket_assets.store.disk_full import disk_full

T = TypeVar("T")

DELAYS_S: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2, 2, 2, 2, 2)
"""Waits between attempts, each taken times 0.5 to 1.5: together a Postgres restart and more."""


class LakeUnavailableError(RuntimeError):
    """No connection to the lake could be opened."""


_BROKEN = (
    LakeUnavailableError,
    duckdb.IOException,
    duckdb.InternalException,
    duckdb.FatalException,
    duckdb.TransactionException,
    duckdb.ConnectionException,
)


# How libpq says that the line is gone. Where a statement is only being looked at, DuckDB calls it a
# wrong statement (BinderException).
_GONE = (
    "server closed the connection",
    "terminating connection",
    "no connection to the server",
    "could not receive data from server",
    "could not send data to server",
    "SSL connection has been closed",
    "the database system is",
)


class TransactionFailedError(RuntimeError):
    """A transaction was tried as often as allowed and is not in the lake."""


class CommitUnknownError(RuntimeError):
    """A commit broke off: whether it landed is unknown. Look in the lake before doing it again."""


class Link(Protocol):
    """An open connection, with a way to commit and a way to learn what became of the commit."""

    connection: duckdb.DuckDBPyConnection

    def commit(self) -> None:
        """Commit; after an error nobody knows whether it landed, but nothing it wrote is lost."""
        ...

    def landed(self) -> bool:
        """Whether the last commit landed; asked when the connection is closed."""
        ...

    def close(self) -> None:
        """Roll back and close, whatever state the connection is in."""
        ...


class Session:
    """A connection for one thread, opened when needed and replaced after an error.

    `opened` counts the connections so far: whoever keeps something in a connection (a temporary
    table) compares it to learn that the connection is another one.
    """

    def __init__(
        self,
        connect: Callable[[], Link],
        is_conflict: Callable[[duckdb.Error], bool],
        *,
        delays_s: Sequence[float] = DELAYS_S,
    ) -> None:
        self._connect = connect
        self._is_conflict = is_conflict
        self._delays_s = delays_s
        self._link: Link | None = None
        self.opened = 0

    @property
    def is_open(self) -> bool:
        """Whether there is a connection; without one the next use opens it."""
        return self._link is not None

    def connection(self) -> duckdb.DuckDBPyConnection:
        """The open connection; a new one after `close`."""
        return self._open().connection

    def close(self) -> None:
        """Close the connection, whatever state it is in; the next use opens another."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def transaction(self, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Begin, `work`, commit; the whole is repeated after a conflict or a broken connection.

        `work` may run several times and must have no effect outside the transaction. After a commit
        of unknown outcome the catalog is asked; only if it is not there is it made again.

        Raises:
            CommitUnknownError: a commit broke off and nobody could be asked what became of it.
            TransactionFailedError: every attempt conflicted or broke before its commit.
            DiskFullError: there was no room for what `work` writes.
            duckdb.Error: `work` made an error that another attempt would make again.
        """
        in_doubt: tuple[Link, T] | None = None
        failure: duckdb.Error | LakeUnavailableError | None = None
        for delay in (0.0, *self._delays_s):
            time.sleep(delay * random.uniform(0.5, 1.5))
            try:
                if in_doubt is not None:
                    link, result = in_doubt
                    if link.landed():
                        return result
                    in_doubt = None
                link = self._open()
                link.connection.begin()
                result = work(link.connection)
            except (duckdb.Error, LakeUnavailableError) as error:
                full = disk_full(error)  # asked while the connection still reaches its files
                self.close()
                if full is not None:
                    raise full from error
                if not _may_pass(error):
                    raise
                failure = error
                continue
            except BaseException:
                self.close()
                raise
            commit_error = self._commit(link)
            if commit_error is None:
                return result
            failure = commit_error
            # Also after a conflict: what `work` left in the connection must not outlive it.
            self.close()
            if not self._is_conflict(commit_error):
                in_doubt = link, result
        if in_doubt is not None:
            raise CommitUnknownError(
                f"the connection to the lake's catalog broke during a commit ({failure}); whether "
                "it landed is unknown: read the lake before doing it again"
            ) from failure
        raise TransactionFailedError(
            f"the lake refused a transaction {len(self._delays_s) + 1} times, lastly: {failure}"
        ) from failure

    def once(self, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Begin, `work`, commit, not tried again: for upkeep, which another round can do as well.

        Raises:
            duckdb.Error: it failed, or broke off and may have been done.
            LakeUnavailableError: no connection could be opened.
        """
        try:
            link = self._open()
            link.connection.begin()
            result = work(link.connection)
            link.commit()
        except BaseException:
            self.close()
            raise
        return result

    def _open(self) -> Link:
        if self._link is None:
            self._link = self._connect()
            self.opened += 1
        return self._link

    def _commit(self, link: Link) -> duckdb.Error | None:
        try:
            link.commit()
        except duckdb.Error as error:
            return error
        except BaseException:
            self.close()
            raise
        return None


def close_quietly(connection: duckdb.DuckDBPyConnection) -> None:
    """Roll back and close; without the rollback DuckDB aborts the process if Postgres has died.

    What a Ctrl-C broke off works on behind it, and closing would wait for its end.
    """
    with contextlib.suppress(duckdb.Error):
        connection.interrupt()
        connection.rollback()
    with contextlib.suppress(duckdb.Error):
        connection.close()


def _may_pass(error: Exception) -> bool:
    """Whether a broken connection may be the cause; the extension raises bare `Error`s too."""
    if isinstance(error, _BROKEN) or type(error) is duckdb.Error:
        return True
    return any(words in str(error) for words in _GONE)
