"""From a live approval and the book of now to one order, or the reason why there is none.

Belongs here: the decision, as a pure function of what it is given. Not here: reading, writing or
sending anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from polymarket_assets.domain.book import OrderBook, book_problem, depth_within, within
from polymarket_assets.domain.fees import FeeSchedule
from polymarket_assets.domain.money import MICRO, Micros, from_micros, to_micros
from polymarket_assets.domain.orders import TIME_IN_FORCE, intent_id
from polymarket_assets.domain.risk import (
    Account,
    Entry,
    Limits,
    Refusal,
    market_cost,
    refusal,
    total_cost,
)
from polymarket_assets.domain.sizing import (
    Cap,
    Quote,
    Sized,
    shares_for,
    shares_with_fee,
    size_order,
    worst_cost,
)
from polymarket_assets.domain.ticks import to_grid
from polymarket_assets.executor.desk import AccountKey, limits_of, max_book_age
from polymarket_assets.settings import Settings
from polymarket_assets.store.ledger_tables import Approval, Intent

# Reasons that will still hold in the next step: the approval ends instead of waiting.
FINAL = frozenset({"price_moved", "nothing_held"})


def entry_caps(
    quote: Quote, account: Account, settings: Settings, condition_id: str, suggested: Micros | None
) -> list[Cap]:
    """The caps on an entry that follow from the settings and the account, in their order."""
    limits = limits_of(settings)

    def within_budget(budget: Micros) -> Micros:
        return shares_with_fee(budget, quote)

    caps = [Cap("fixed", shares_for(to_micros(settings.sizing_fixed_usd), quote.price))]
    if suggested is not None:
        caps.append(Cap("suggested", shares_for(suggested, quote.price)))
    return [
        *caps,
        Cap("position", within_budget(limits.position - market_cost(account, condition_id))),
        Cap("total", within_budget(limits.total - total_cost(account))),
        Cap("cash", within_budget(account.available)),
    ]


def enter(
    quote: Quote, caps: Sequence[Cap], place: Entry, account: Account, limits: Limits
) -> tuple[Sized, Micros] | Refusal:
    """The size of an entry at `place` and the most it can cost, or why there is none.

    The rules are asked twice: first without a cost, since a strategy already in, a drawdown and a
    full house say more than the size of zero that follows from them; then with the cost.
    """
    refused = refusal(place, account, limits)
    if refused:
        return refused
    sized = size_order("BUY", quote, caps)
    if isinstance(sized, Refusal):
        return sized
    cost = worst_cost(sized.size, quote)
    return refusal(replace(place, cost=cost), account, limits) or (sized, cost)


@dataclass(frozen=True)
class Situation:
    """What a decision looks at besides the approval and the book.

    Attributes:
        account: as the risk rules see it, everything committed included.
        held: micro-shares the approval's strategy holds of the token.
        settings: limits and sizing.
        key: whose order it is.
        now: the platform's time.
    """

    account: Account
    held: Micros
    settings: Settings
    key: AccountKey
    now: datetime


def plan_order(approval: Approval, book: OrderBook, situation: Situation) -> Intent | Refusal:
    """The intent that carries out a live `approval` against `book`, or why there is none."""
    quote = _quote(approval, book, situation)
    if isinstance(quote, Refusal):
        return quote
    if approval.action == "exit":
        answer = _leave(approval, quote, situation.held)
    else:
        place = Entry(approval.strategy, approval.condition_id, approval.token_id, 0)
        caps = _entry_caps(approval, quote, book, situation)
        answer = enter(quote, caps, place, situation.account, limits_of(situation.settings))
    if isinstance(answer, Refusal):
        return answer
    sized, cost = answer
    return _intent(approval, quote, sized, cost, snapshot=book.snapshot, situation=situation)


def _quote(approval: Approval, book: OrderBook, situation: Situation) -> Quote | Refusal:
    """The approval's bound on the book's grid, if the book can be traded against within it."""
    bound, rate, exponent = approval.price_limit, approval.fee_rate, approval.fee_exponent
    if bound is None or rate is None or exponent is None:
        return Refusal("incomplete", "the approval has no bounds")
    problem = book_problem(book, approval.side, situation.now, max_book_age(situation.settings))
    if problem:
        code, _, text = problem.partition(": ")
        return Refusal(code, text)
    best = book.facing(approval.side)[0].price
    if not within(approval.side, best, bound):
        return Refusal(
            "price_moved",
            f"the best price is {from_micros(best)}, the approval ends at {from_micros(bound)}",
        )
    # A tick that changed since the signal moves the limit inwards, never outwards.
    price = to_grid(approval.side, bound, book.tick_size)
    return Quote(price, book.tick_size, book.min_order_size, FeeSchedule(rate, exponent))


def _leave(approval: Approval, quote: Quote, held: Micros) -> tuple[Sized, Micros] | Refusal:
    """The size of an exit, which costs nothing."""
    if not held:
        return Refusal("nothing_held", f"{approval.strategy} holds nothing of this token")
    sized = size_order("SELL", quote, [Cap("held", held), Cap("approved", approval.max_size or 0)])
    return sized if isinstance(sized, Refusal) else (sized, 0)


def _entry_caps(
    approval: Approval, quote: Quote, book: OrderBook, situation: Situation
) -> list[Cap]:
    settings = situation.settings
    depth = depth_within(book, approval.side, quote.price, {})
    share = depth * to_micros(settings.sizing_depth_share) // MICRO
    *first, last = entry_caps(
        quote, situation.account, settings, approval.condition_id, approval.suggested_usd
    )
    return [*first, Cap("depth", share), last, Cap("approved", approval.max_size or 0)]


def _intent(
    approval: Approval,
    quote: Quote,
    sized: Sized,
    cost: Micros,
    *,
    snapshot: str,
    situation: Situation,
) -> Intent:
    key = situation.key
    # Paper and live may act on one signal; their intents are different decisions.
    group = f"{key.mode}/{key.account}/1"
    return Intent(
        intent_id=intent_id(
            strategy=approval.strategy,
            version=approval.strategy_version,
            signal_id=approval.signal_id,
            token_id=approval.token_id,
            side=approval.side,
            price=quote.price,
            size=sized.size,
            time_in_force=TIME_IN_FORCE,
            attempt_group=group,
        ),
        approval_id=approval.approval_id,
        mode=key.mode,
        account=key.account,
        strategy=approval.strategy,
        strategy_version=approval.strategy_version,
        signal_id=approval.signal_id,
        condition_id=approval.condition_id,
        token_id=approval.token_id,
        outcome=approval.outcome,
        question=approval.question,
        side=approval.side,
        price=quote.price,
        size=sized.size,
        time_in_force=TIME_IN_FORCE,
        attempt_group=group,
        reserved_usd=cost,
        tick_size=quote.tick,
        fee_rate=approval.fee_rate,
        fee_exponent=approval.fee_exponent,
        neg_risk=approval.neg_risk,
        sizing_cap=sized.cap,
        book_hash=snapshot,
        created_at=situation.now,
        expires_at=approval.expires_at,
    )
