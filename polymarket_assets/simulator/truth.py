"""The truth ledger: everything generated, as Parquet files to check the platform against.

Belongs here: writing it. Prices, sizes and money are integers in millionths, times UTC. Files:

    events       event_id, slug, title, category, model (how its true probabilities move, see
                 `paths`), information, burst_s, neg_risk, augmented, created_at, ends_at
    markets      market_id, condition_id, event_id, token_0, token_1, outcome_0, outcome_1,
                 question, category, neg_risk, tick_micro, fee_rate_e4, prior, placeholder,
                 created_at, opens_at, ends_at, decided_at, proposed_at, disputed_at, resolved_at,
                 payout_0_micro (of token 0; null for a placeholder)
    quotes       condition_id, minute_at (each full hour), truth (probability of outcome 0),
                 bid_micro, ask_micro
    wallets      wallet, name, pseudonym, label (noise, skilled, maker, wash), cluster
    matches      match, transaction_hash, event_at, condition_id, taker, token_id, side,
                 price_micro, size_micro, makers, minted_micro (below zero: merged)
    fills        the rows of /v2/trades: sequence, match, transaction_hash, event_at,
                 condition_id, token_id, outcome, wallet, role, side, price_micro, size_micro,
                 cash_micro, fee_micro
    acts         what wallets do besides trading (see `acts`): type, wallet, condition_id (null for
                 a rebate), event_at, transaction_hash, size_micro, cash_micro
    resolutions  condition_id, token_id, outcome, payout_micro, resolved_at
    pnl          wallet, condition_id, cash_micro (received less paid), fee_micro, held_0_micro,
                 held_1_micro (after the last fill), pnl_micro (cash − fees + holdings at payout)
    world.json   the arguments, path parameters and sums per day

Over all wallets of a condition, pnl_micro and fee_micro add up to zero.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from polymarket_assets.simulator.acts import NO_MARKET, TYPES, Ledger
from polymarket_assets.simulator.paths import LONGSHOT_BIAS, NOISE_DEVIATION
from polymarket_assets.simulator.plans import CATEGORIES, DAY_S, MICRO
from polymarket_assets.simulator.randomness import Ints
from polymarket_assets.simulator.spelling import iso_day
from polymarket_assets.simulator.wallets import LABELS
from polymarket_assets.simulator.world import FIRST_SEQUENCE, World

UTC_SECONDS = pa.timestamp("s", tz="UTC")
QUOTE_STEP_MINUTES = 60


def write_truth(world: World, folder: Path) -> None:
    """Write the ledger of `world` into `folder`, replacing files of the same names."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "events": _events(world),
        "markets": _markets(world),
        "quotes": _quotes(world),
        "wallets": _wallets(world),
        "matches": _matches(world),
        "fills": _fills(world),
        "acts": _acts(world),
        "resolutions": _resolutions(world),
        "pnl": _pnl(world),
    }
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    (folder / "world.json").write_bytes(orjson.dumps(_summary(world), option=orjson.OPT_INDENT_2))


def _moments(seconds: Any) -> pa.Array:
    return pa.array(seconds, type=pa.int64()).cast(UTC_SECONDS)


def _named(positions: Ints, names: list[str]) -> pa.DictionaryArray:
    """Texts by position, stored once each."""
    return pa.DictionaryArray.from_arrays(pa.array(positions.astype(np.int32)), pa.array(names))


def _events(world: World) -> pa.Table:
    plans = [event.plan for event in world.events]
    return pa.table(
        {
            "event_id": [event.id for event in world.events],
            "slug": [plan.slug for plan in plans],
            "title": [plan.title for plan in plans],
            "category": [plan.category for plan in plans],
            "model": [plan.model for plan in plans],
            "information": [plan.information for plan in plans],
            "burst_s": [plan.burst_s for plan in plans],
            "neg_risk": [plan.neg_risk for plan in plans],
            "augmented": [plan.augmented for plan in plans],
            "created_at": _moments([plan.created_s for plan in plans]),
            "ends_at": _moments([plan.ends_s for plan in plans]),
        }
    )


def _markets(world: World) -> pa.Table:
    listed = [*world.markets, *(m for event in world.events for m in event.placeholders)]
    plans = [world.plan_of(market) for market in listed]
    ends = [world.settlements[m.index] if m.index >= 0 else None for m in listed]
    disputed = [
        next((at for at, s in end.steps if s == "disputed"), None) if end else None for end in ends
    ]
    return pa.table(
        {
            "market_id": [m.id for m in listed],
            "condition_id": [m.condition_id for m in listed],
            "event_id": [world.events[m.event].id for m in listed],
            "token_0": [m.tokens[0] for m in listed],
            "token_1": [m.tokens[1] for m in listed],
            "outcome_0": [m.plan.outcomes[0] for m in listed],
            "outcome_1": [m.plan.outcomes[1] for m in listed],
            "question": [m.plan.question for m in listed],
            "category": [plan.category for plan in plans],
            "neg_risk": [plan.neg_risk for plan in plans],
            "tick_micro": [m.plan.tick_micro for m in listed],
            "fee_rate_e4": [CATEGORIES[plan.category].fee_rate_e4 for plan in plans],
            "prior": [m.plan.prior for m in listed],
            "placeholder": [m.plan.placeholder for m in listed],
            "created_at": _moments([m.created_s for m in listed]),
            "opens_at": _moments([m.opens_s for m in listed]),
            "ends_at": _moments([plan.ends_s for plan in plans]),
            "decided_at": _moments([end and end.decided_s for end in ends]),
            "proposed_at": _moments([end and end.proposed_s for end in ends]),
            "disputed_at": _moments(disputed),
            "resolved_at": _moments([end and end.resolved_s for end in ends]),
            "payout_0_micro": pa.array(
                [int(world.payout_micro[m.index]) if m.index >= 0 else None for m in listed],
                pa.int64(),
            ),
        }
    )


def _quotes(world: World) -> pa.Table:
    quotes = world.quotes
    markets, minutes = [], []
    for market, (first, length) in enumerate(zip(quotes.first_minute, quotes.length, strict=True)):
        steps = np.arange(
            -(-first // QUOTE_STEP_MINUTES), (first + length - 1) // QUOTE_STEP_MINUTES + 1
        )
        minutes.append(steps * QUOTE_STEP_MINUTES)
        markets.append(np.full(len(steps), market))
    market, minute = np.concatenate(markets), np.concatenate(minutes)
    rows, tick = quotes.at(market, minute), MICRO // quotes.ticks[market]
    return pa.table(
        {
            "condition_id": _named(market, [m.condition_id for m in world.markets]),
            "minute_at": _moments(minute * 60),
            "truth": quotes.truth[rows],
            "bid_micro": quotes.bid[rows] * tick,
            "ask_micro": quotes.ask[rows] * tick,
        }
    )


def _wallets(world: World) -> pa.Table:
    wallets = world.wallets
    return pa.table(
        {
            "wallet": list(wallets.address),
            "name": list(wallets.name),
            "pseudonym": list(wallets.pseudonym),
            "label": [LABELS[label] for label in wallets.label.tolist()],
            "cluster": wallets.cluster,
        }
    )


def _hashes(world: World, matches: Ints) -> list[str]:
    return [world.transaction_hash(t) for t in world.matches.transaction[matches].tolist()]


def _sides(buy: np.ndarray) -> pa.DictionaryArray:
    return _named(np.where(buy, 0, 1), ["BUY", "SELL"])


def _tokens(world: World, market: Ints, outcome: Ints) -> pa.DictionaryArray:
    return _named(2 * market + outcome, [token for m in world.markets for token in m.tokens])


def _matches(world: World) -> pa.Table:
    matches, fills = world.matches, world.fills
    takers = np.flatnonzero(fills.taker)
    return pa.table(
        {
            "match": np.arange(len(takers)),
            "transaction_hash": _hashes(world, np.arange(len(takers))),
            "event_at": _moments(matches.event_s),
            "condition_id": _named(matches.market, [m.condition_id for m in world.markets]),
            "taker": _named(matches.taker, list(world.wallets.address)),
            "token_id": _tokens(world, matches.market, fills.outcome[takers]),
            "side": _sides(fills.buy[takers]),
            "price_micro": matches.price_micro,
            "size_micro": matches.size_micro,
            "makers": matches.makers,
            "minted_micro": matches.minted_micro,
        }
    )


def _fills(world: World) -> pa.Table:
    fills = world.fills
    return pa.table(
        {
            "sequence": FIRST_SEQUENCE + np.arange(len(fills)),
            "match": fills.match,
            "transaction_hash": _hashes(world, fills.match),
            "event_at": _moments(fills.event_s),
            "condition_id": _named(fills.market, [m.condition_id for m in world.markets]),
            "token_id": _tokens(world, fills.market, fills.outcome),
            "outcome": _named(
                2 * fills.market + fills.outcome,
                [o for m in world.markets for o in m.plan.outcomes],
            ),
            "wallet": _named(fills.wallet, list(world.wallets.address)),
            "role": _named(np.where(fills.taker, 0, 1), ["taker", "maker"]),
            "side": _sides(fills.buy),
            "price_micro": fills.price_micro,
            "size_micro": fills.size_micro,
            "cash_micro": fills.cash_micro,
            "fee_micro": fills.fee_micro,
        }
    )


def _acts(world: World) -> pa.Table:
    ledger = Ledger(world)
    acts = ledger.acts
    return pa.table(
        {
            "type": _named(acts.type, list(TYPES)),
            "wallet": _named(acts.wallet, list(world.wallets.address)),
            "condition_id": pa.array(
                [
                    None if m == NO_MARKET else world.markets[m].condition_id
                    for m in acts.market.tolist()
                ],
                pa.string(),
            ),
            "event_at": _moments(acts.event_s),
            "transaction_hash": [ledger.transaction_hash(act) for act in range(len(acts))],
            "size_micro": acts.size_micro,
            "cash_micro": acts.cash_micro,
        }
    )


def _resolutions(world: World) -> pa.Table:
    count = len(world.markets)
    market, outcome = np.repeat(np.arange(count), 2), np.tile([0, 1], count)
    payout = world.payout_micro[market]
    return pa.table(
        {
            "condition_id": _named(market, [m.condition_id for m in world.markets]),
            "token_id": _tokens(world, market, outcome),
            "outcome": [o for m in world.markets for o in m.plan.outcomes],
            "payout_micro": np.where(outcome == 0, payout, MICRO - payout),
            "resolved_at": _moments(world.resolved_s[market]),
        }
    )


def _pnl(world: World) -> pa.Table:
    fills, count = world.fills, len(world.markets)
    keys, place = np.unique(fills.wallet * count + fills.market, return_inverse=True)
    wallet, market = keys // count, keys % count
    sign = np.where(fills.buy, 1, -1)

    def summed(values: Ints) -> Ints:
        total = np.zeros(len(keys), dtype=np.int64)
        np.add.at(total, place, values)
        return total

    cash, fee = summed(-sign * fills.cash_micro), summed(fills.fee_micro)
    held_0 = summed(np.where(fills.outcome == 0, sign * fills.size_micro, 0))
    held_1 = summed(np.where(fills.outcome == 1, sign * fills.size_micro, 0))
    payout = world.payout_micro[market]
    # Exact: sizes are whole thousandths of a share and payouts whole halves of a pUSD.
    worth = held_0 * payout // MICRO + held_1 * (MICRO - payout) // MICRO
    return pa.table(
        {
            "wallet": _named(wallet, list(world.wallets.address)),
            "condition_id": _named(market, [m.condition_id for m in world.markets]),
            "cash_micro": cash,
            "fee_micro": fee,
            "held_0_micro": held_0,
            "held_1_micro": held_1,
            "pnl_micro": cash - fee + worth,
        }
    )


def _summary(world: World) -> dict[str, Any]:
    days = []
    taken = world.fills.cash_micro[world.fills.taker]
    for day in range(world.days):
        begins = world.first_midnight_s + day * DAY_S
        low, high = np.searchsorted(world.matches.event_s, [begins, begins + DAY_S])
        rows = np.searchsorted(world.fills.event_s, [begins, begins + DAY_S])
        sizes = world.matches.size_micro[low:high]
        days.append(
            {
                "date": iso_day(begins),
                "matches": int(high - low),
                "matches_with_size": int((sizes > 0).sum()),
                "fills": int(rows[1] - rows[0]),
                "markets": len(np.unique(world.matches.market[low:high])),
                "wallets": len(np.unique(world.fills.wallet[rows[0] : rows[1]])),
                "notional_micro": int(taken[low:high].sum()),
            }
        )
    return {
        "seed": world.seed,
        "start": world.start.isoformat(),
        "days": days,
        "longshot_bias": LONGSHOT_BIAS,
        "noise_deviation": NOISE_DEVIATION,
        "digest": world.digest(),
    }
