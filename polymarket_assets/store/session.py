"""One thread's connection that reopens itself, and the one way a transaction is retried.

Belongs here: begin, work, commit, and what follows from each way they can fail. A conflict did not
happen and is tried again; a connection that breaks before the commit is replaced; a commit that
breaks may have landed or not, and only the database can say which.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

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


class TransactionFailedError(RuntimeError):
    """A transaction was tried as often as allowed and is not in the lake."""


class CommitUnknownError(RuntimeError):
    """A commit broke off: whether it landed is unknown. Look in the lake before doing it again."""


class Session:
    """A connection for one thread, opened when needed and replaced after an error.

    `opened` counts the connections so far: whoever keeps something in a connection (a temporary
    table) compares it to learn that the connection is another one.
    """

    def __init__(
        self,
        connect: Callable[[], duckdb.DuckDBPyConnection],
        is_conflict: Callable[[duckdb.Error], bool],
        *,
        delays_s: Sequence[float] = DELAYS_S,
    ) -> None:
        self._connect = connect
        self._is_conflict = is_conflict
        self._delays_s = delays_s
        self._connection: duckdb.DuckDBPyConnection | None = None
        self.opened = 0

    def connection(self) -> duckdb.DuckDBPyConnection:
        """The open connection; a new one after `close`."""
        if self._connection is None:
            self._connection = self._connect()
            self.opened += 1
        return self._connection

    def close(self) -> None:
        """Close the connection, whatever state it is in; the next use opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            close_quietly(connection)

    def transaction(
        self,
        work: Callable[[duckdb.DuckDBPyConnection], T],
        *,
        landed: Callable[[duckdb.DuckDBPyConnection], bool] | None = None,
    ) -> T:
        """Begin, `work`, commit; the whole is repeated after a conflict or a broken connection.

        `work` may run several times and must have no effect outside the transaction. After a commit
        of unknown outcome `landed` is asked, on a new connection, whether it is in the lake.

        Raises:
            CommitUnknownError: a commit broke off and there is no `landed`, or nobody to ask.
            TransactionFailedError: every attempt conflicted or broke before its commit.
            DiskFullError: there was no room for what `work` writes.
            duckdb.Error: `work` made an error that another attempt would make again.
        """
        in_doubt: list[T] = []
        failure: duckdb.Error | LakeUnavailableError | None = None
        for delay in (0.0, *self._delays_s):
            time.sleep(delay * random.uniform(0.5, 1.5))
            try:
                connection = self.connection()
                if in_doubt and landed is not None and landed(connection):
                    return in_doubt[-1]
                in_doubt.clear()
                connection.begin()
                result = work(connection)
            except (duckdb.Error, LakeUnavailableError) as error:
                self.close()
                if full := disk_full(error):
                    raise full from error
                if not _may_pass(error):
                    raise
                failure = error
                continue
            except BaseException:
                self.close()
                raise
            commit_error = self._commit(connection)
            if commit_error is None:
                return result
            failure = commit_error
            # Also after a conflict: what `work` left in the connection must not outlive it.
            self.close()
            if self._is_conflict(commit_error):
                continue
            in_doubt.append(result)
            if landed is None:
                break
        if in_doubt:
            raise CommitUnknownError(
                f"the connection to the lake's catalog broke during a commit ({failure}); whether "
                "it landed is unknown: read the lake before doing it again"
            ) from failure
        raise TransactionFailedError(
            f"the lake refused a transaction {len(self._delays_s) + 1} times, lastly: {failure}"
        ) from failure

    def _commit(self, connection: duckdb.DuckDBPyConnection) -> duckdb.Error | None:
        try:
            connection.commit()
        except duckdb.Error as error:
            return error
        except BaseException:
            self.close()
            raise
        return None


def close_quietly(connection: duckdb.DuckDBPyConnection) -> None:
    """Roll back and close; without the rollback DuckDB aborts the process if Postgres has died."""
    with contextlib.suppress(duckdb.Error):
        connection.rollback()
    with contextlib.suppress(duckdb.Error):
        connection.close()


def _may_pass(error: Exception) -> bool:
    """Whether a broken connection may be the cause; the extension raises bare `Error`s too."""
    return isinstance(error, _BROKEN) or type(error) is duckdb.Error
