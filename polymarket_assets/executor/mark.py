"""What the account is worth: positions at the best bid, equity, and its peak.

Belongs here: marking. Not here: what follows from a drawdown (domain/risk.py).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from polymarket_assets.domain.book import OrderBook
from polymarket_assets.domain.money import Micros
from polymarket_assets.executor.account import cash, open_positions
from polymarket_assets.executor.books import Books
from polymarket_assets.executor.desk import AccountKey, max_book_age
from polymarket_assets.executor.journal import holding
from polymarket_assets.settings import Settings
from polymarket_assets.store.ledger_accounts import Equity


def mark(
    session: Session,
    key: AccountKey,
    settings: Settings,
    books: Books | None,
    now: datetime,
) -> Micros | None:
    """Mark open positions at their bids and keep equity and its peak.

    A token without a fresh book keeps its last known bid: its market has closed and waits for its
    resolution. A book without bids marks at zero, since nobody would take the shares.

    Args:
        session: the caller's transaction.
        key: whose account.
        settings: the oldest book that counts.
        books: what the venue shows, or None when it could not be asked.
        now: the platform's time.

    Returns:
        Equity in micro-pUSD; None while positions are held and the venue could not be asked, or a
        held token never had a bid.
    """
    equity: Micros | None = cash(session, key)
    for position in open_positions(session, key):
        book = None if books is None else books.get(position.token_id)
        if isinstance(book, OrderBook) and abs(now - book.received_at) <= max_book_age(settings):
            position.mark_price = book.best_bid or 0
            position.marked_at = book.received_at
        if books is None or position.mark_price is None:
            equity = None
        elif equity is not None:
            equity += holding(position).value(position.mark_price)
    row = session.get_one(Equity, (key.mode, key.account))
    row.equity_usd = equity
    row.equity_at = now
    if equity is not None and equity > row.peak_usd:
        row.peak_usd = equity
        row.peak_at = now
    return equity
