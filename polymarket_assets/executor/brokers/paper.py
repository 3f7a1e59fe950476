"""The paper broker: a venue that exists in the ledger and fills against real books.

It answers like the venue would: it walks the book that is there when the order arrives, charges the
taker's fee level by level, never fills better than the book or deeper than it, and does not hand
out the same displayed shares twice. Its record of an order commits at once and is keyed by the
order's hash: it survives a crash of the executor, and bytes sent twice get the first answer twice.

Belongs here: the far side of paper trading. Not here: what the executor books (journal.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from polymarket_assets.domain.book import OrderBook, book_problem, walk, within
from polymarket_assets.domain.fees import FeeSchedule, taker_fee
from polymarket_assets.domain.money import Micros, from_micros, to_micros
from polymarket_assets.domain.orders import salt
from polymarket_assets.domain.ticks import Side, order_problem
from polymarket_assets.executor.books import BadBook, BookSource, BooksUnavailableError
from polymarket_assets.executor.brokers.base import Answer, Match, SignedOrder
from polymarket_assets.store.crashpoint import Crashpoints
from polymarket_assets.store.ledger_accounts import PaperMatch, PaperOrder
from polymarket_assets.store.ledger_tables import Intent


@dataclass(frozen=True)
class _Request:
    """An order as the paper venue reads it from the bytes."""

    account: str
    token_id: str
    side: Side
    price: Micros
    size: Micros
    schedule: FeeSchedule


@dataclass(frozen=True)
class PaperBroker:
    """One account's way to the paper venue.

    Attributes:
        engine: the ledger, which also holds the paper venue's records.
        books: where the venue's books are seen.
        max_age: oldest book an order may meet.
        now: the platform's clock.
        crash: the crash points of this process.
    """

    engine: sa.Engine
    books: BookSource
    max_age: timedelta
    now: Callable[[], datetime]
    crash: Crashpoints

    def sign(self, intent: Intent) -> SignedOrder:
        """The order as canonical JSON and the sha256 of it; paper needs no key."""
        body = json.dumps(
            {
                "account": intent.account,
                "feeExponent": str(intent.fee_exponent),
                "feeRate": str(intent.fee_rate),
                "metadata": intent.intent_id,
                "negRisk": intent.neg_risk,
                "orderType": intent.time_in_force,
                "price": str(from_micros(intent.price)),
                "salt": salt(intent.intent_id),
                "side": intent.side,
                "size": str(from_micros(intent.size)),
                "timestamp": int(intent.created_at.timestamp() * 1000),
                "tokenId": intent.token_id,
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode()
        return SignedOrder(_hash(body), body)

    def submit(self, body: bytes) -> Answer:
        """Answer an order once; the same bytes get the recorded answer ever after."""
        order_hash = _hash(body)
        recorded = self.lookup(order_hash)
        if recorded is not None:
            return recorded
        request = _parse(body)
        book, reason = self._arrive(request)
        with Session(self.engine) as session, session.begin():
            # Orders that meet one token's book are served one after the other.
            session.execute(
                sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(request.token_id)))
            )
            recorded = _recorded(session, order_hash)
            if recorded is not None:
                return recorded
            row, matches = self._answer(session, request, body, book, reason)
            session.add(row)
            session.flush()
            session.add_all(matches)
            session.flush()
            answer = _as_answer(row, matches)
            self.crash("paper.before_commit")
        return answer

    def lookup(self, order_hash: str) -> Answer | None:
        """The recorded answer; the paper venue always knows whether it has one."""
        with Session(self.engine) as session:
            return _recorded(session, order_hash)

    def _arrive(self, request: _Request) -> tuple[OrderBook | None, str | None]:
        """The book the order meets, and why it cannot be filled against it, if so."""
        try:
            book = self.books.books([request.token_id]).get(request.token_id)
        except BooksUnavailableError as error:
            return None, f"book_unavailable: {error}"
        if book is None:
            return None, "no_book: the venue shows no book for this token"
        if isinstance(book, BadBook):
            return None, f"bad_book: {book.reason}"
        return book, book_problem(book, request.side, self.now(), self.max_age)

    def _answer(
        self,
        session: Session,
        request: _Request,
        body: bytes,
        book: OrderBook | None,
        reason: str | None,
    ) -> tuple[PaperOrder, list[PaperMatch]]:
        row = PaperOrder(
            order_hash=_hash(body),
            account=request.account,
            token_id=request.token_id,
            body=body,
            status="CANCELED",
            reason=reason,
            answered_at=self.now(),
        )
        if book is None:
            return row, []
        row.book_hash = book.snapshot
        row.book_at = book.book_at
        row.book_received_at = book.received_at
        row.displayed = [
            [str(from_micros(level.price)), str(from_micros(level.size))]
            for level in book.facing(request.side)
            if within(request.side, level.price, request.price)
        ]
        problem = order_problem(
            request.side,
            request.price,
            request.size,
            tick=book.tick_size,
            least=book.min_order_size,
        )
        if problem:
            row.status, row.reason = "REJECTED", f"invalid_order: {problem}"
            return row, []
        if reason:
            return row, []
        matches = _match(session, request, row.order_hash, book)
        missing = request.size - sum(match.size for match in matches)
        if missing:
            row.reason = f"unfilled: {from_micros(missing)} shares were not there up to the limit"
        else:
            row.status = "FILLED"
        return row, matches


def _match(
    session: Session, request: _Request, order_hash: str, book: OrderBook
) -> list[PaperMatch]:
    """What the order takes from the snapshot, less what earlier orders took from it."""
    earlier = session.execute(
        sa.select(PaperMatch.price, PaperMatch.size).where(
            PaperMatch.token_id == request.token_id,
            PaperMatch.book_hash == book.snapshot,
            PaperMatch.side == request.side,
        )
    )
    taken: dict[Micros, Micros] = {}
    for price, size in earlier:
        taken[price] = taken.get(price, 0) + size
    levels = walk(book, request.side, request.price, request.size, taken)
    return [
        PaperMatch(
            order_hash=order_hash,
            ordinal=ordinal,
            token_id=request.token_id,
            side=request.side,
            book_hash=book.snapshot,
            price=level.price,
            size=level.size,
            fee_usd=taker_fee(level.price, level.size, request.schedule),
        )
        for ordinal, level in enumerate(levels, start=1)
    ]


def _recorded(session: Session, order_hash: str) -> Answer | None:
    row = session.get(PaperOrder, order_hash)
    if row is None:
        return None
    matches = session.scalars(
        sa.select(PaperMatch)
        .where(PaperMatch.order_hash == order_hash)
        .order_by(PaperMatch.ordinal)
    )
    return _as_answer(row, list(matches))


def _as_answer(row: PaperOrder, matches: list[PaperMatch]) -> Answer:
    return Answer(
        status=row.status,
        matches=tuple(Match(match.price, match.size, match.fee_usd) for match in matches),
        reason=row.reason,
        answered_at=row.answered_at,
    )


def _parse(body: bytes) -> _Request:
    order: dict[str, Any] = json.loads(body)
    return _Request(
        account=order["account"],
        token_id=order["tokenId"],
        side=order["side"],
        price=to_micros(order["price"]),
        size=to_micros(order["size"]),
        schedule=FeeSchedule(Decimal(order["feeRate"]), Decimal(order["feeExponent"])),
    )


def _hash(body: bytes) -> str:
    return "0x" + hashlib.sha256(body).hexdigest()
