"""Signals become approvals: one row per mode and signal, with its bounds or the reason against it.

The policy of paper mode approves by itself what the risk rules let pass. Judging the same signals
twice adds nothing. A strategy that is already in a token, or on its way into it, gets no second
approval for it, however often it signals. The legs of a basket are allowed all in one size, or not
at all.

Belongs here: judging signals, deciding by hand, expiring. Not here: acting on approvals (step.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from polymarket_assets.domain.money import MICRO, SHARE_LOT, Micros, floor_to
from polymarket_assets.domain.risk import Account, Entry, Exposure, Refusal
from polymarket_assets.domain.signal import Signal, quote_of
from polymarket_assets.domain.sizing import Cap, Quote
from polymarket_assets.executor.account import (
    live_approvals,
    open_account,
    open_orders,
    open_positions,
    risk_account,
)
from polymarket_assets.executor.desk import AccountKey, account_key, limits_of
from polymarket_assets.executor.kill import kill_state
from polymarket_assets.executor.plan import enter, entry_caps
from polymarket_assets.executor.report import ApprovalLine, ApprovalReport, approval_line
from polymarket_assets.executor.signals import SignalSource
from polymarket_assets.settings import Settings
from polymarket_assets.store.crashpoint import Crashpoints
from polymarket_assets.store.ledger_tables import Approval

POLICY = "auto:paper-v1"

# Worst price, most shares, and the most they may cost.
Bounds: TypeAlias = tuple[Micros, Micros, Micros]


def approve(
    settings: Settings,
    *,
    engine: sa.Engine,
    source: SignalSource,
    now: Callable[[], datetime],
    crash: Crashpoints,
) -> ApprovalReport:
    """Judge the live signals that were not judged yet, in one transaction.

    Raises:
        LiveNotAvailableError: the mode is live.
        NothingPublishedError: there is no published version to read signals from.
    """
    key = account_key(settings)
    at = now()
    batch = source.live(at)
    killed = kill_state(engine)
    proposals = [signal for signal in batch.signals if signal.action != "hold"]
    newest = _newest(batch.signals)
    lines: list[ApprovalLine] = []
    with Session(engine) as session, session.begin():
        # Approvers take turns, so that none counts past the other's approvals.
        session.execute(
            sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"approve-{key.lock}")))
        )
        open_account(session, key, settings, at)
        judged = _judged(session, key, [signal.signal_id for signal in proposals])
        judge = _Judge(session, key, settings, at, batch.version)

        def stop_of(signal: Signal) -> Refusal | None:
            if killed.engaged:
                return Refusal("kill_switch", killed.reason)
            if signal.as_of < newest[signal.strategy, signal.token_id]:
                return Refusal("superseded", "the strategy has spoken of this token since")
            return None

        for legs in _in_turn(s for s in proposals if s.signal_id not in judged):
            for approval in judge.judge([(signal, stop_of(signal)) for signal in legs]):
                session.add(approval)
                session.flush()
                lines.append(approval_line(approval))
        crash("approve.before_commit")
    crash("approve.committed")
    return ApprovalReport(
        mode=key.mode,
        account=key.account,
        at=at,
        lake_version=batch.version,
        kill_switch=killed.engaged,
        signals=len(batch.signals),
        held=len(batch.signals) - len(proposals),
        known=len(judged),
        approvals=tuple(lines),
    )


def decide(
    engine: sa.Engine,
    approval_id: str,
    *,
    allow: bool,
    actor: str,
    reason: str,
    now: datetime,
) -> ApprovalLine:
    """A person's word on an approval that waits for one, or a withdrawal of one that was given.

    Raises:
        LookupError: there is no such approval, or it is not waiting any more.
    """
    with Session(engine, expire_on_commit=False) as session, session.begin():
        approval = session.get(Approval, approval_id, with_for_update=True)
        waiting = ("RISK_PASSED",) if allow else ("RISK_PASSED", "APPROVED")
        if approval is None or approval.state not in waiting or approval.expires_at <= now:
            state = "unknown" if approval is None else approval.state
            msg = (
                f"approval {approval_id} is {state} or out of its time and cannot be decided; "
                "`polymarket signals list` shows those that wait"
            )
            raise LookupError(msg)
        approval.state = "APPROVED" if allow else "REJECTED"
        approval.decided_by = f"human:{actor}"
        approval.decided_at = now
        approval.reason = f"by_hand: {reason}"
    return approval_line(approval)


def expire(session: Session, key: AccountKey, now: datetime) -> list[Approval]:
    """End the approvals whose time is over."""
    over = [
        approval
        for approval in live_approvals(session, key, "APPROVED", "RISK_PASSED")
        if approval.expires_at <= now
    ]
    for approval in over:
        end(approval, f"expired: {approval.note or 'nothing acted on it in time'}", now)
    return over


def end(approval: Approval, reason: str, now: datetime) -> None:
    """Let an approval expire for `reason`."""
    approval.state = "EXPIRED"
    approval.reason = reason
    approval.decided_at = now


class _Judge:
    """Judges signals one after the other, each against what the earlier ones were given."""

    def __init__(
        self,
        session: Session,
        key: AccountKey,
        settings: Settings,
        at: datetime,
        version: int | None,
    ) -> None:
        self._key = key
        self._settings = settings
        self._at = at
        self._version = version
        self._account = risk_account(session, key, with_approvals=True)
        self._held = {(p.strategy, p.token_id): p.size for p in open_positions(session, key)}
        self._exiting = {
            (a.strategy, a.token_id)
            for a in live_approvals(session, key, "APPROVED", "RISK_PASSED")
            if a.action == "exit"
        } | {(i.strategy, i.token_id) for _, i in open_orders(session, key) if i.side == "SELL"}

    def judge(self, legs: Sequence[tuple[Signal, Refusal | None]]) -> list[Approval]:
        """The approval rows of one signal, or of the legs of one basket: all accepted or none."""
        before = self._account
        bounds = [stop or self._bounds(signal) for signal, stop in legs]
        basket, _ = legs[0]
        # Sizes go in steps that depend on the price, so that a common one is reached by turns.
        while basket.basket_id is not None:
            broken = _broken(basket, bounds)
            sizes = {bound[1] for bound in bounds if not isinstance(bound, Refusal)}
            if not broken and len(sizes) == 1:
                break
            self._account = before
            if broken:
                bounds = [b if isinstance(b, Refusal) else broken for b in bounds]
                break
            bounds = [self._bounds(signal, Cap("basket", min(sizes))) for signal, _ in legs]
        return [self._approval(s, b) for (s, _), b in zip(legs, bounds, strict=True)]

    def _approval(self, signal: Signal, bounds: Bounds | Refusal) -> Approval:
        if isinstance(bounds, Refusal):
            return self._row(signal, state="REJECTED", reason=str(bounds))
        state = "APPROVED" if self._settings.approval_auto else "RISK_PASSED"
        approval = self._row(signal, state=state, reason=None)
        approval.price_limit, approval.max_size, approval.reserved_usd = bounds
        return approval

    def _bounds(self, signal: Signal, *more: Cap) -> Bounds | Refusal:
        quote = quote_of(signal, self._at)
        if isinstance(quote, Refusal):
            return quote
        if signal.action == "exit":
            return self._exit(signal, quote)
        return self._enter(signal, quote, *more)

    def _enter(self, signal: Signal, quote: Quote, *more: Cap) -> Bounds | Refusal:
        place = Entry(signal.strategy, signal.condition_id, signal.token_id, 0)
        caps = entry_caps(
            quote, self._account, self._settings, signal.condition_id, signal.suggested_notional
        )
        caps += more
        answer = enter(quote, caps, place, self._account, limits_of(self._settings))
        if isinstance(answer, Refusal):
            return answer
        sized, cost = answer
        self._account = _spent(self._account, place, cost)
        return quote.price, sized.size, cost

    def _exit(self, signal: Signal, quote: Quote) -> Bounds | Refusal:
        place = (signal.strategy, signal.token_id)
        held = floor_to(self._held.get(place, 0), SHARE_LOT)
        if not held:
            return Refusal("nothing_held", f"{signal.strategy} holds nothing of this token")
        if place in self._exiting:
            return Refusal("already_leaving", f"{signal.strategy} already has an exit under way")
        self._exiting.add(place)
        return quote.price, held, 0

    def _row(self, signal: Signal, *, state: str, reason: str | None) -> Approval:
        lifetime = timedelta(minutes=self._settings.approval_minutes)
        return Approval(
            approval_id=_approval_id(self._key, signal),
            mode=self._key.mode,
            account=self._key.account,
            signal_id=signal.signal_id,
            strategy=signal.strategy,
            strategy_version=signal.strategy_version,
            action=signal.action,
            condition_id=signal.condition_id,
            token_id=signal.token_id,
            outcome=signal.outcome,
            question=signal.question,
            side=signal.side,
            price_limit=signal.price_limit,
            edge_after_fees=signal.edge_after_fees,
            suggested_usd=signal.suggested_notional,
            fee_rate=signal.fee_rate,
            fee_exponent=signal.fee_exponent,
            neg_risk=signal.neg_risk,
            state=state,
            decided_by=POLICY,
            reason=reason,
            lake_version=self._version,
            signal_as_of=signal.as_of,
            created_at=self._at,
            decided_at=self._at,
            expires_at=min(self._at + lifetime, signal.expires_at),
        )


def _spent(account: Account, entry: Entry, cost: Micros) -> Account:
    exposure = Exposure(entry.strategy, entry.condition_id, entry.token_id, cost, "approval")
    return replace(
        account,
        available=account.available - cost,
        exposures=(*account.exposures, exposure),
    )


def _broken(leg: Signal, bounds: Sequence[Bounds | Refusal]) -> Refusal | None:
    """Why no leg of the basket of `leg` may be traded."""
    refused = next((bound for bound in bounds if isinstance(bound, Refusal)), None)
    if refused:
        return Refusal("basket_broken", f"another leg of it is refused: {refused}")
    if len(bounds) != leg.basket_legs:
        return Refusal("basket_broken", f"{len(bounds)} of its {leg.basket_legs} legs are left")
    return None


def _in_turn(signals: Iterable[Signal]) -> list[list[Signal]]:
    """The order of judging: exits first, then the best edge per dollar; the id settles ties.

    The legs of a basket are judged together, when the turn of the first of them comes.
    """

    def rank(signal: Signal) -> tuple[bool, int, str]:
        edge, price = signal.edge_after_fees or 0, signal.price_limit or 1
        return signal.action != "exit", -(edge * MICRO // price), signal.signal_id

    turns: dict[tuple[str, str], list[Signal]] = {}
    for signal in sorted(signals, key=rank):
        turns.setdefault((signal.strategy, signal.basket_id or signal.signal_id), []).append(signal)
    return list(turns.values())


def _newest(signals: Iterable[Signal]) -> dict[tuple[str, str], datetime]:
    """When each strategy last spoke of each token."""
    newest: dict[tuple[str, str], datetime] = {}
    for signal in signals:
        place = (signal.strategy, signal.token_id)
        newest[place] = max(newest.get(place, signal.as_of), signal.as_of)
    return newest


def _judged(session: Session, key: AccountKey, signal_ids: list[str]) -> set[str]:
    return set(
        session.scalars(
            sa.select(Approval.signal_id).where(
                Approval.mode == key.mode, Approval.signal_id.in_(signal_ids)
            )
        )
    )


def _approval_id(key: AccountKey, signal: Signal) -> str:
    return hashlib.sha256(f"{key.mode}|{signal.signal_id}".encode()).hexdigest()
