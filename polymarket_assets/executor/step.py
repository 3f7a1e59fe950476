"""The executor's two doors: judge the published signals, and trade what was approved.

Belongs here: putting a home's real parts together, and the lock under which an account trades.
Not here: what a round does (round.py) or how signals are judged (approve.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from polymarket_assets.executor.approve import approve
from polymarket_assets.executor.books import BookSource, LiveBooks
from polymarket_assets.executor.brokers.paper import PaperBroker
from polymarket_assets.executor.desk import Desk, account_key, max_book_age
from polymarket_assets.executor.report import ApprovalReport, StepReport
from polymarket_assets.executor.resolutions import LakeResolutions, ResolutionSource
from polymarket_assets.executor.round import Round
from polymarket_assets.executor.signals import LakeSignals
from polymarket_assets.settings import Settings
from polymarket_assets.store.crashpoint import crashpoints
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.ledger import open_ledger
from polymarket_assets.store.locks import advisory_lock
from polymarket_assets.store.postgres import Postgres, ensure_postgres

LOCK_WAIT_S = 5.0
"""The server needs a moment to notice that a holder was killed; a living one keeps the lock."""


def approvals_step(settings: Settings, now: Callable[[], datetime]) -> ApprovalReport:
    """Judge this home's published signals and write the approvals.

    Raises:
        LiveNotAvailableError: the mode is live.
        NothingPublishedError: no version of the warehouse is published.
    """
    account_key(settings)
    engine = open_ledger(settings)
    try:
        return approve(
            settings,
            engine=engine,
            source=LakeSignals(Lake.open(settings)),
            now=now,
            crash=crashpoints(settings),
        )
    finally:
        engine.dispose()


def executor_step(settings: Settings, now: Callable[[], datetime]) -> StepReport:
    """One round of this home's executor, with its lake, its ledger and the venue's books.

    Raises:
        LiveNotAvailableError: the mode is live.
        LockHeldError: another executor is at work on this account; it names the holder.
    """
    account_key(settings)
    engine = open_ledger(settings)
    try:
        return run_step(
            settings,
            engine=engine,
            postgres=ensure_postgres(settings),
            books=LiveBooks(settings, now),
            resolutions=LakeResolutions(Lake.open(settings)),
            now=now,
        )
    finally:
        engine.dispose()


def run_step(
    settings: Settings,
    *,
    engine: sa.Engine,
    postgres: Postgres,
    books: BookSource,
    resolutions: ResolutionSource,
    now: Callable[[], datetime],
    lock_wait_s: float = LOCK_WAIT_S,
) -> StepReport:
    """One round with the given parts.

    Args:
        settings: mode, limits, sizing.
        engine: the ledger.
        postgres: where the account's lock is held.
        books: the venue's books, for sizing, marking and the paper venue.
        resolutions: payouts of resolved markets.
        now: the platform's clock.
        lock_wait_s: seconds to wait for the account's lock.

    Raises:
        LiveNotAvailableError: the mode is live.
        LockHeldError: another executor is at work on this account; it names the holder.
    """
    key = account_key(settings)
    crash = crashpoints(settings)
    with advisory_lock(postgres, key.lock, wait_s=lock_wait_s) as lock:
        desk = Desk(
            settings=settings,
            engine=engine,
            key=key,
            broker=PaperBroker(engine, books, max_book_age(settings), now, crash),
            books=books,
            resolutions=resolutions,
            now=now,
            crash=crash,
            fence=lock.verify,
        )
        return Round(desk).run()
