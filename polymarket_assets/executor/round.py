"""One round of one account, from what an earlier round left open to the report.

    open account → reconcile → settle → expire → audit → mark → plan and send → mark → report

A round may be killed anywhere and started again: the result is that of an undisturbed one. A round
with nothing to do changes nothing.

Belongs here: that order. Not here: any single part, or how the parts are made (step.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from polymarket_assets.domain.money import from_micros
from polymarket_assets.domain.risk import Refusal
from polymarket_assets.executor.account import (
    cash,
    live_approvals,
    open_account,
    open_orders,
    open_positions,
    risk_account,
)
from polymarket_assets.executor.approve import end, expire
from polymarket_assets.executor.audit import audit
from polymarket_assets.executor.books import BadBook, Books, BooksUnavailableError
from polymarket_assets.executor.desk import Desk
from polymarket_assets.executor.journal import open_order
from polymarket_assets.executor.kill import kill_state
from polymarket_assets.executor.mark import mark
from polymarket_assets.executor.plan import FINAL, Situation, plan_order
from polymarket_assets.executor.portfolio import drawdown, order_lines
from polymarket_assets.executor.reconcile import reconcile
from polymarket_assets.executor.report import (
    ApprovalLine,
    SettlementLine,
    StepReport,
    amount,
    approval_line,
    codes,
)
from polymarket_assets.executor.send import carry_on
from polymarket_assets.executor.settle import settle
from polymarket_assets.store.ledger_accounts import Equity
from polymarket_assets.store.ledger_tables import Approval, Intent

log = structlog.get_logger(__name__)


@dataclass
class Round:
    """A round and what it has done so far."""

    desk: Desk
    recovered: list[str] = field(default_factory=list)
    settlements: list[SettlementLine] = field(default_factory=list)
    expired: list[ApprovalLine] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    placed: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def run(self) -> StepReport:
        """Do all of it."""
        desk = self.desk
        started_at = desk.now()
        with Session(desk.engine) as session, session.begin():
            open_account(session, desk.key, desk.settings, started_at)
        self.recovered = reconcile(desk)
        self.settlements = settle(desk)
        self._expire()
        with Session(desk.engine) as session:
            self.problems = audit(session, desk.key)
        books, trouble = self._books()
        self._mark(books)
        for approval_id in self.seen:
            if self.problems:
                refused = Refusal("ledger_unbalanced", self.problems[0])
            elif books is None:
                refused = Refusal("book_unavailable", trouble)
            else:
                refused = self._act(approval_id, books)
            if refused is not None:
                self._wait(approval_id, refused)
        if self.placed:
            self._mark(books)
        return self._report(started_at)

    def _expire(self) -> None:
        """End the approvals that are over; the others are what this round acts on, in turn."""
        desk = self.desk
        with Session(desk.engine) as session, session.begin():
            self.expired = [approval_line(a) for a in expire(session, desk.key, desk.now())]
            self.seen = [a.approval_id for a in live_approvals(session, desk.key, "APPROVED")]
        desk.crash("executor.expired")

    def _books(self) -> tuple[Books | None, str]:
        """The books of everything held or about to be ordered, or why they are not known."""
        desk = self.desk
        with Session(desk.engine) as session:
            tokens = {p.token_id for p in open_positions(session, desk.key)}
            tokens |= {a.token_id for a in live_approvals(session, desk.key, "APPROVED")}
        if not tokens:
            return {}, ""
        try:
            return desk.books.books(sorted(tokens)), ""
        except BooksUnavailableError as error:
            log.warning("books unavailable", error=str(error))
            return None, str(error)

    def _mark(self, books: Books | None) -> None:
        desk = self.desk
        with Session(desk.engine) as session, session.begin():
            mark(session, desk.key, desk.settings, books, desk.now())
        desk.crash("executor.marked")

    def _act(self, approval_id: str, books: Books) -> Refusal | None:
        """Place the order of one approval, or say why not now."""
        desk = self.desk
        switch = kill_state(desk.engine)
        if switch.engaged:
            return Refusal("kill_switch", switch.reason)
        with Session(desk.engine) as session, session.begin():
            approval = session.get_one(Approval, approval_id, with_for_update=True)
            if approval.state != "APPROVED" or approval.expires_at <= desk.now():
                return Refusal("withdrawn", "its approval ended meanwhile")
            intent = self._plan(session, approval, books)
            if isinstance(intent, Refusal):
                return intent
            intent_id = intent.intent_id
            approval.state = "CONSUMED"
            approval.intent_id = intent_id
            approval.note = None
            approval.decided_at = intent.created_at
            open_order(session, intent)
            desk.crash("executor.intent_before_commit")
        desk.crash("executor.intent_committed")
        self.placed.append(intent_id)
        carry_on(desk, intent_id)
        return None

    def _plan(self, session: Session, approval: Approval, books: Books) -> Intent | Refusal:
        desk = self.desk
        unproven = {intent.condition_id for _, intent in open_orders(session, desk.key)}
        if approval.condition_id in unproven:
            return Refusal("order_unknown", "an order in this market has no proven outcome yet")
        book = books.get(approval.token_id)
        if book is None:
            return Refusal("no_book", "the venue shows no book for this token")
        if isinstance(book, BadBook):
            return Refusal("bad_book", book.reason)
        situation = Situation(
            account=risk_account(session, desk.key, with_approvals=False),
            held=sum(
                position.size
                for position in open_positions(session, desk.key)
                if position.strategy == approval.strategy and position.token_id == approval.token_id
            ),
            settings=desk.settings,
            key=desk.key,
            now=desk.now(),
        )
        return plan_order(approval, book, situation)

    def _wait(self, approval_id: str, refused: Refusal) -> None:
        """Keep the reason on the approval; one that will still hold next time ends it."""
        desk = self.desk
        self.waiting.append(str(refused))
        with Session(desk.engine) as session, session.begin():
            approval = session.get_one(Approval, approval_id, with_for_update=True)
            if approval.state != "APPROVED":
                return
            approval.note = str(refused)
            if refused.code in FINAL:
                end(approval, str(refused), desk.now())

    def _report(self, started_at: datetime) -> StepReport:
        desk = self.desk
        switch = kill_state(desk.engine)
        with Session(desk.engine) as session:
            equity = session.get_one(Equity, (desk.key.mode, desk.key.account))
            return StepReport(
                mode=desk.key.mode,
                account=desk.key.account,
                at=started_at,
                kill_switch=switch.engaged,
                kill_reason=switch.reason if switch.engaged else "",
                recovered=len(self.recovered),
                approvals_seen=len(self.seen),
                approvals_expired=tuple(self.expired),
                approvals_waiting=codes(self.waiting),
                orders=order_lines(session, [*self.recovered, *self.placed]),
                settlements=tuple(self.settlements),
                problems=tuple(self.problems),
                cash_usd=from_micros(cash(session, desk.key)),
                equity_usd=amount(equity.equity_usd),
                peak_usd=from_micros(equity.peak_usd),
                drawdown=drawdown(equity.equity_usd, equity.peak_usd),
                positions_open=len(open_positions(session, desk.key)),
            )
