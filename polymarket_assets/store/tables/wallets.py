"""Data API: what tracked wallets did and hold, who else holds it, and how markets ended."""

from __future__ import annotations

from polymarket_assets.store.tables.shape import (
    AMOUNTS,
    MONEY,
    PAYLOAD_SHA256,
    TOKEN_ID,
    Column,
    rows_table,
)

_WALLET = Column("wallet", "VARCHAR", "Proxy wallet, lower case.", True)
_CONDITION_ID = Column("condition_id", "VARCHAR", "Condition id of the market.", True)
_OUTCOME_INDEX = Column("outcome_index", "INTEGER", "Index of the outcome in its market.")

DATA_ACTIVITY = rows_table(
    "data_activity",
    "What tracked wallets did: trades, splits, merges, redemptions, conversions, rewards and more.",
    _WALLET,
    Column("type", "VARCHAR", "TRADE, SPLIT, MERGE, REDEEM, REWARD, CONVERSION, ...", True),
    Column("event_at", "TIMESTAMPTZ", "Block time, whole seconds.", True),
    Column("transaction_hash", "VARCHAR", "Polygon transaction; null when the venue names none."),
    Column("condition_id", "VARCHAR", "Condition id; null where no market is concerned."),
    Column("token_id", "VARCHAR", "Outcome token; null where it is not of one token."),
    Column("side", "VARCHAR", "BUY or SELL of a TRADE; else null."),
    Column("size", MONEY, "Shares, or for rewards and rebates pUSD.", True),
    Column("usdc_size", MONEY, "pUSD that changed hands; null when the venue names none."),
    Column("price", MONEY, "pUSD per share; 0 or null where there is none."),
    Column("outcome", "VARCHAR", "Label of the outcome."),
    _OUTCOME_INDEX,
    Column("title", "VARCHAR", "Question, as the venue repeats it in the row."),
    Column("slug", "VARCHAR", "Slug of the market."),
    Column("event_slug", "VARCHAR", "Slug of the event."),
    Column("name", "VARCHAR", "Public name of the wallet's owner."),
    dt_from_rows=True,
    events=True,
)

DATA_POSITIONS = rows_table(
    "data_positions",
    "What tracked wallets held at a moment, by the venue's accounting; it serves no past.",
    _WALLET,
    TOKEN_ID,
    _CONDITION_ID,
    Column("size", MONEY, "Shares held.", True),
    Column("average_price", MONEY, "Average price paid, pUSD per share."),
    Column("entry_cost_usd", MONEY, "Paid for what is held, without fees."),
    Column("entry_fees_usd", MONEY, "Fees paid for what is held."),
    Column("current_price", MONEY, "The venue's price of a share."),
    Column("current_value_usd", MONEY, "The venue's value of what is held."),
    Column("bought_size", MONEY, "Shares ever bought."),
    Column("realized_pnl_usd", MONEY, "Realised profit, by the venue's accounting."),
    Column("unrealized_pnl_usd", MONEY, "Unrealised profit, by the venue's accounting."),
    Column("status", "VARCHAR", "OPEN, REDEEMABLE, MERGEABLE or CLOSED."),
    Column("redeemable", "BOOLEAN", "The market is resolved and pays."),
    Column("mergeable", "BOOLEAN", "The wallet holds the other outcome too."),
    Column("neg_risk", "BOOLEAN", "The market belongs to a neg-risk event."),
    Column("event_id", "VARCHAR", "Gamma's id of the event."),
    Column("event_slug", "VARCHAR", "Slug of the event."),
    Column("title", "VARCHAR", "Question, as the venue repeats it in the row."),
    Column("slug", "VARCHAR", "Slug of the market."),
    Column("outcome", "VARCHAR", "Label of the outcome."),
    _OUTCOME_INDEX,
    Column("opposite_token_id", "VARCHAR", "The other outcome's token."),
    Column("end_date", "VARCHAR", "Planned end of the market, as the venue spells it."),
    Column("first_entry_at", "TIMESTAMPTZ", "When the wallet first bought."),
    Column("last_event_at", "TIMESTAMPTZ", "When the position last changed."),
)

DATA_HOLDERS = rows_table(
    "data_holders",
    "The largest holders of tokens that tracked wallets hold, at a moment; it serves no past.",
    TOKEN_ID,
    _WALLET,
    Column("size", MONEY, "Shares held.", True),
    _OUTCOME_INDEX,
    Column("name", "VARCHAR", "Public name of the wallet's owner."),
    Column("pseudonym", "VARCHAR", "Pseudonym of the wallet's owner."),
)

DATA_RESOLUTIONS = rows_table(
    "data_resolutions",
    "How markets end, as the chain and the venue state it: a row whenever a statement had changed.",
    _CONDITION_ID,
    Column("question_id", "VARCHAR", "Question id at the oracle."),
    Column("status", "VARCHAR", "initialized, posed, proposed, disputed, resolved, ...", True),
    Column("was_disputed", "BOOLEAN", "A proposal was disputed."),
    Column("was_arbitrated", "BOOLEAN", "An arbitrator decided."),
    Column("proposed_price", MONEY, "Proposed payout of the first outcome; null when unset."),
    Column("reproposed_price", MONEY, "The same, proposed again after a dispute."),
    Column("price", MONEY, "Settled payout of the first outcome; null when unset."),
    Column("payouts", AMOUNTS, "Payout per share by outcome, pUSD; null before it is reported."),
    Column("resolution_source", "VARCHAR", "Who reported the payouts."),
    Column("resolved_at", "TIMESTAMPTZ", "When the payouts were reported."),
    Column("resolved_block", "BIGINT", "Polygon block of that."),
    Column("last_update_at", "TIMESTAMPTZ", "The venue's time of the statement."),
    Column("expected_settlement_at", "TIMESTAMPTZ", "When the venue expects the result."),
    Column("settlement_time_basis", "VARCHAR", "What that expectation rests on."),
    Column("transaction_hash", "VARCHAR", "Polygon transaction of the last step."),
    Column("payload", "VARCHAR", "The statement as JSON.", True),
    PAYLOAD_SHA256,
    version_key="condition_id",
)
