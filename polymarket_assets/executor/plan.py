"""From a live approval and the book of now to one order, or the reason why there is none.

Belongs here: the decision, as a pure function of what it is given. Not here: reading, writing or
sending anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from polymarket_assets.domain.book import OrderBook, book_problem, depth_within, within
from polymarket_assets.domain.fees import FeeSchedule
from polymarket_assets.domain.money import Micros, from_micros, to_micros
from polymarket_assets.domain.orders import TIME_IN_FORCE, intent_id
from polymarket_assets.domain.risk import (
    Account,
    Entry,
    Refusal,
    market_cost,
    refusal,
    total_cost,
)
from polymarket_assets.domain.sizing import (
    Cap,
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


@dataclass(frozen=True)
class Quote:
    """What an order is sized against: its limit on the grid, the grid, the minimum, the fees."""

    price: Micros
    tick: Micros
    least: Micros
    schedule: FeeSchedule


def entry_caps(
    quote: Quote, account: Account, settings: Settings, condition_id: str, suggested: Micros | None
) -> list[Cap]:
    """The caps on an entry that follow from the settings and the account, in their order."""
    limits = limits_of(settings)

    def within_budget(budget: Micros) -> Micros:
        return shares_with_fee(budget, quote.price, quote.tick, quote.schedule)

    caps = [Cap("fixed", shares_for(to_micros(settings.sizing_fixed_usd), quote.price))]
    if suggested is not None:
        caps.append(Cap("suggested", shares_for(suggested, quote.price)))
    return [
        *caps,
        Cap("position", within_budget(limits.position - market_cost(account, condition_id))),
        Cap("total", within_budget(limits.total - total_cost(account))),
        Cap("cash", within_budget(account.available)),
    ]


def plan_order(
    approval: Approval,
    book: OrderBook,
    account: Account,
    held: Micros,
    settings: Settings,
    key: AccountKey,
    now: datetime,
) -> Intent | Refusal:
    """The intent that carries out `approval` now, or why there is none.

    Args:
        approval: live, so its bounds and fees are known.
        book: the token's book of now.
        account: as the risk rules see it, everything committed included.
        held: micro-shares the approval's strategy holds of the token.
        settings: limits and sizing.
        key: whose order it is.
        now: the platform's time.
    """
    bound, most = approval.price_limit, approval.max_size
    if bound is None or most is None or approval.fee_rate is None or approval.fee_exponent is None:
        return Refusal("incomplete", "the approval has no bounds")
    problem = book_problem(book, approval.side, now, max_book_age(settings))
    if problem:
        code, _, text = problem.partition(": ")
        return Refusal(code, text)
    best = book.facing(approval.side)[0].price
    if not within(approval.side, best, bound):
        return Refusal(
            "price_moved",
            f"the best price is {from_micros(best)}, the approval ends at {from_micros(bound)}",
        )
    quote = Quote(
        to_grid(approval.side, bound, book.tick_size),
        book.tick_size,
        book.min_order_size,
        FeeSchedule(approval.fee_rate, approval.fee_exponent),
    )
    caps = (
        _entry_caps(approval, quote, book, account, settings, most)
        if approval.action == "enter"
        else [Cap("held", held), Cap("approved", most)]
    )
    if approval.action == "exit" and not held:
        return Refusal("nothing_held", f"{approval.strategy} holds nothing of this token")
    sized = size_order(approval.side, quote.price, tick=quote.tick, least=quote.least, caps=caps)
    if isinstance(sized, Refusal):
        return sized
    cost = 0
    if approval.action == "enter":
        cost = worst_cost(quote.price, sized.size, quote.tick, quote.schedule)
        entry = Entry(approval.strategy, approval.condition_id, approval.token_id, cost)
        refused = refusal(entry, account, limits_of(settings))
        if refused:
            return refused
    return _intent(approval, quote, sized, cost, book, key, now)


def _entry_caps(
    approval: Approval,
    quote: Quote,
    book: OrderBook,
    account: Account,
    settings: Settings,
    most: Micros,
) -> Sequence[Cap]:
    depth = depth_within(book, approval.side, quote.price, {})
    share = depth * to_micros(settings.sizing_depth_share) // to_micros(1)
    caps = entry_caps(quote, account, settings, approval.condition_id, approval.suggested_usd)
    return [Cap("approved", most), *caps[:-1], Cap("depth", share), caps[-1]]


def _intent(
    approval: Approval,
    quote: Quote,
    sized: Sized,
    cost: Micros,
    book: OrderBook,
    key: AccountKey,
    now: datetime,
) -> Intent:
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
        book_hash=book.snapshot,
        created_at=now,
        expires_at=approval.expires_at,
    )
