"""The trade flow: approvals, intents, orders with their journal, fills.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

from polymarket_assets.store.migrations.shapes import (
    amount,
    append_only,
    flag,
    instant,
    raw,
    reference,
    table,
    text,
    whole,
)

revision = "0002"
down_revision = "0001"

GUARD_ORDER = """
CREATE FUNCTION guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED', 'DENIED') THEN
        RAISE EXCEPTION 'order % is %, which is final', OLD.intent_id, OLD.state;
    END IF;
    IF OLD.order_hash IS NOT NULL AND (NEW.order_hash, NEW.body)
        IS DISTINCT FROM (OLD.order_hash, OLD.body) THEN
        RAISE EXCEPTION 'order % is signed; it is never signed again', OLD.intent_id;
    END IF;
    RETURN NEW;
END $$
"""
APPEND_ONLY = ("intents", "order_events", "fills")


def upgrade() -> None:
    table(
        "approvals",
        "One row per mode and signal: the permission to trade it, or why not",
        text("approval_id", "sha256 of mode and signal_id"),
        text("mode", "paper or live"),
        text("account", "the account it is for: 'paper', or the wallet that holds the funds"),
        text("signal_id", "signals.signals.signal_id"),
        text("strategy", "strategy that proposed it"),
        text("strategy_version", "version of that strategy"),
        text("action", "enter or exit"),
        text("condition_id", "market"),
        text("token_id", "outcome token to trade"),
        text("outcome", "label of the outcome"),
        text("question", "question of the market"),
        text("side", "BUY or SELL"),
        amount("price_limit", "worst price allowed, pUSD per share", nullable=True),
        amount("max_size", "most shares allowed", nullable=True),
        amount("reserved_usd", "most it may cost with fees; 0 for an exit", nullable=True),
        amount("edge_after_fees", "the signal's edge, pUSD per share", nullable=True),
        amount("suggested_usd", "notional the signal suggested", nullable=True),
        amount("fee_rate", "taker fee rate of the market", nullable=True),
        amount("fee_exponent", "exponent of the fee formula", nullable=True),
        flag("neg_risk", "whether the market belongs to a neg-risk event"),
        text("state", "RISK_PASSED (waits for a person), APPROVED, REJECTED, CONSUMED, EXPIRED"),
        text("decided_by", "auto:<policy> or human:<name>"),
        text("reason", "why it was rejected or expired: code and sentence", nullable=True),
        text("note", "why the last step did not act on it although it was live", nullable=True),
        text("intent_id", "intent that consumed it", nullable=True),
        whole("lake_version", "published lake version the signal was read at", nullable=True),
        instant("signal_as_of", "moment the signal speaks of"),
        instant("created_at", "when it was first judged"),
        instant("decided_at", "when its state last changed"),
        instant("expires_at", "from when on it allows nothing"),
        key=("approval_id",),
        unique=(("mode", "signal_id"),),
        checks={
            "action": "action IN ('enter', 'exit')",
            "bounds": (
                "state = 'REJECTED' OR (price_limit IS NOT NULL AND price_limit > 0 AND"
                " price_limit < 1 AND max_size IS NOT NULL AND max_size > 0 AND fee_rate IS NOT"
                " NULL AND fee_exponent IS NOT NULL AND reserved_usd IS NOT NULL)"
            ),
            "consumed": "(state = 'CONSUMED') = (intent_id IS NOT NULL)",
            "mode": "mode IN ('paper', 'live')",
            "reason": "reason IS NOT NULL OR state NOT IN ('REJECTED', 'EXPIRED')",
            "side": "side IN ('BUY', 'SELL')",
            "state": "state IN ('RISK_PASSED', 'APPROVED', 'REJECTED', 'CONSUMED', 'EXPIRED')",
        },
        indexes=(("mode", "account", "state"),),
    )
    table(
        "intents",
        "One row per decision to place an order, written before anything is signed",
        text("intent_id", "sha256 of what is intended: the same decision twice is one row"),
        text(
            "approval_id",
            "approval it used up",
            reference("intents", "approval_id", "approvals.approval_id"),
        ),
        text("mode", "paper or live"),
        text("account", "the account it trades for"),
        text("strategy", "strategy that proposed it"),
        text("strategy_version", "version of that strategy"),
        text("signal_id", "signals.signals.signal_id"),
        text("condition_id", "market"),
        text("token_id", "outcome token to trade"),
        text("outcome", "label of the outcome"),
        text("question", "question of the market"),
        text("side", "BUY or SELL"),
        amount("price", "limit price, pUSD per share"),
        amount("size", "shares ordered"),
        text("time_in_force", "FAK: fill what the book shows, cancel the rest"),
        text("attempt_group", "tells deliberate repetitions of one decision apart"),
        amount(
            "reserved_usd", "cash set aside: limit price × size plus the worst fee; 0 for a SELL"
        ),
        amount("tick_size", "grid of prices when it was decided"),
        amount("fee_rate", "taker fee rate of the market"),
        amount("fee_exponent", "exponent of the fee formula"),
        flag("neg_risk", "whether the market belongs to a neg-risk event"),
        text("sizing_cap", "the cap that decided the size"),
        text("book_hash", "book snapshot it was sized against"),
        instant("created_at", "when it was decided; also the order's signed timestamp"),
        instant("expires_at", "from when on it may not be sent any more"),
        key=("intent_id",),
        unique=(
            ("approval_id",),
            ("mode", "strategy", "signal_id", "attempt_group"),
        ),
        checks={
            "mode": "mode IN ('paper', 'live')",
            "price": "price > 0 AND price < 1 AND price % tick_size = 0",
            "reserved": "reserved_usd >= 0",
            "side": "side IN ('BUY', 'SELL')",
            "size": "size > 0 AND size % 0.01 = 0",
            "time_in_force": "time_in_force = 'FAK'",
        },
    )
    table(
        "orders",
        "One row per intent: where its one order stands",
        text(
            "intent_id",
            "intent it carries out",
            reference("orders", "intent_id", "intents.intent_id"),
        ),
        text("mode", "paper or live"),
        text("account", "the account it trades for"),
        text(
            "state", "INTENT, SIGNED, SENDING, UNKNOWN, FILLED, CANCELED, REJECTED, EXPIRED, DENIED"
        ),
        text("order_hash", "the venue's id of the order, known before it is sent", nullable=True),
        raw("body", "the signed bytes; only these are ever sent", nullable=True),
        amount("reserved_usd", "cash still set aside for it; 0 once it is final"),
        amount("filled_size", "shares filled"),
        amount("filled_usd", "sum of price × size over its fills"),
        amount("fee_usd", "sum of its fees"),
        text(
            "reason",
            "why it ended as it did, or what is not known: code and sentence",
            nullable=True,
        ),
        instant("created_at", "when it was decided"),
        instant("updated_at", "when its state last changed"),
        key=("intent_id",),
        unique=(("order_hash",),),
        checks={
            "filled": "filled_size >= 0 AND filled_usd >= 0 AND fee_usd >= 0",
            "released": (
                "reserved_usd = 0 OR state NOT IN ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED',"
                " 'DENIED')"
            ),
            "reserved": "reserved_usd >= 0",
            "signed": (
                "(order_hash IS NOT NULL AND body IS NOT NULL) OR state IN ('INTENT', 'DENIED',"
                " 'EXPIRED')"
            ),
            "state": (
                "state IN ('INTENT', 'SIGNED', 'SENDING', 'UNKNOWN', 'FILLED', 'CANCELED',"
                " 'REJECTED', 'EXPIRED', 'DENIED')"
            ),
            "unfilled": "filled_size = 0 OR state IN ('FILLED', 'CANCELED')",
        },
        indexes=(("mode", "account", "state"),),
    )
    table(
        "fills",
        "One row per fill of one of our orders, append-only",
        text("fill_id", "sha256 of order_hash and ordinal"),
        text(
            "intent_id", "order it belongs to", reference("fills", "intent_id", "orders.intent_id")
        ),
        text(
            "position_id",
            "position it changed",
            reference("fills", "position_id", "positions.position_id"),
        ),
        text("order_hash", "the venue's id of the order"),
        whole("ordinal", "1, 2, 3 … within the order, best price first"),
        text("mode", "paper or live"),
        text("account", "the account that traded"),
        text("strategy", "strategy that proposed the order"),
        text("condition_id", "market"),
        text("token_id", "outcome token traded"),
        text("side", "BUY or SELL"),
        text("role", "taker: we met a resting order"),
        amount("price", "pUSD per share"),
        amount("size", "shares"),
        amount("notional_usd", "price × size, exactly"),
        amount("fee_usd", "taker fee"),
        instant("event_at", "the venue's time of the match"),
        instant("recorded_at", "when the ledger learned of it"),
        key=("fill_id",),
        unique=(("order_hash", "ordinal"),),
        checks={
            "fee": "fee_usd >= 0",
            "notional": "notional_usd = price * size",
            "price": "price > 0 AND price < 1",
            "role": "role = 'taker'",
            "side": "side IN ('BUY', 'SELL')",
            "size": "size > 0",
        },
    )
    table(
        "order_events",
        "Journal of orders: one row per state entered, append-only",
        text(
            "intent_id",
            "order that moved",
            reference("order_events", "intent_id", "orders.intent_id"),
        ),
        whole("seq", "1, 2, 3 … within the order"),
        text("state", "state entered"),
        text("reason", "why", nullable=True),
        instant("event_at", "when"),
        key=("intent_id", "seq"),
        checks={
            "seq": "seq >= 1",
            "state": (
                "state IN ('INTENT', 'SIGNED', 'SENDING', 'UNKNOWN', 'FILLED', 'CANCELED',"
                " 'REJECTED', 'EXPIRED', 'DENIED')"
            ),
        },
    )
    for name in APPEND_ONLY:
        append_only(name)
    op.execute(GUARD_ORDER)
    op.execute(
        "CREATE TRIGGER orders_guard BEFORE UPDATE ON orders"
        " FOR EACH ROW EXECUTE FUNCTION guard_order()"
    )
    op.execute(
        "CREATE TRIGGER orders_kept BEFORE DELETE OR TRUNCATE ON orders"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
