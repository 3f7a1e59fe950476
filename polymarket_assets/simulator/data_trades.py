"""The feed of fills: which rows a filter selects at a moment, and how a row is written.

Belongs here: selection over the columns of the world and the spelling of rows. Parameters,
cursors and errors are in `data_routes`.

Quirks: by default only rows of at least 0.01 shares; a fresh row may lack its outcome index (999)
and event; a transaction has several rows, some of them alike; names may be empty.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

import numpy as np
import orjson

from polymarket_assets.simulator.gamma_fixed import IMAGES
from polymarket_assets.simulator.plans import MICRO, MINUTE_S
from polymarket_assets.simulator.randomness import Ints
from polymarket_assets.simulator.world import FIRST_SEQUENCE, World

FRESH_S = 5 * MINUTE_S
"""Age below which one row in four is not labelled yet."""
UNLABELLED = 999
KEPT_SELECTIONS = 256
"""Filters whose selected rows stay in memory between pages."""


@dataclass(frozen=True)
class Selection:
    """Filters of the feed; all that are given must hold.

    Attributes:
        markets: Positions of markets, None for all.
        wallet: Number of a wallet, None for all, -1 for an address nobody has.
        taker_only: One row per match instead of both sides.
        least_micro: Least size (TOKENS) or notional (CASH).
        start_s, end_s: Bounds of the time, both included.
    """

    markets: tuple[int, ...] | None
    wallet: int | None
    side: Literal["BUY", "SELL"] | None
    taker_only: bool
    least_of: Literal["TOKENS", "CASH"]
    least_micro: int
    start_s: int
    end_s: int | None


class TradeFeed:
    """The feed of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._selected: OrderedDict[Selection, Ints] = OrderedDict()
        self._label = [self._labels(m) for m in range(len(world.markets))]
        wallets = world.wallets
        self._person = [
            f'"name":{_json(name)},"pseudonym":"{pseudonym}","bio":"","profile_image":"",'
            f'"profile_image_optimized":"","transaction_hash":"'
            for name, pseudonym in zip(wallets.name, wallets.pseudonym, strict=True)
        ]

    def page(
        self, selection: Selection, now_s: float, before: int | None, limit: int
    ) -> tuple[list[int], bool]:
        """Positions of the newest rows older than sequence `before`, and whether more follow."""
        rows = self._rows(selection)
        upto = int(np.searchsorted(self._world.fills.event_s[rows], now_s, side="right"))
        if before is not None:
            upto = min(upto, int(np.searchsorted(rows, before - FIRST_SEQUENCE, side="left")))
        low = max(0, upto - limit)
        return rows[low:upto][::-1].tolist(), low > 0

    def slice(self, selection: Selection, now_s: float, offset: int, limit: int) -> list[int]:
        """Positions of the newest rows behind the first `offset` of them."""
        rows = self._rows(selection)
        upto = int(np.searchsorted(self._world.fills.event_s[rows], now_s, side="right")) - offset
        return rows[max(0, upto - limit) : max(0, upto)][::-1].tolist()

    def sequence(self, row: int) -> int:
        """Sequence id of a row."""
        return FIRST_SEQUENCE + row

    def event_s(self, row: int) -> int:
        """Block time of a row."""
        return int(self._world.fills.event_s[row])

    def write(self, rows: list[int], now_s: float) -> bytes:
        """The rows as JSON objects joined by commas."""
        world, fills = self._world, self._world.fills
        at = np.array(rows, dtype=np.int64)
        columns = (
            fills.market, fills.outcome, fills.wallet, fills.buy, fills.size_micro,
            fills.price_micro, fills.event_s,
        )  # fmt: skip
        values = [column[at].tolist() for column in columns]
        transactions = world.matches.transaction[fills.match[at]].tolist()
        fresh_from = now_s - FRESH_S
        address, label, person = world.wallets.address, self._label, self._person
        texts = []
        for row, m, o, w, b, s, p, t, x in zip(rows, *values, transactions, strict=True):
            bare = t > fresh_from and row % 4 == 0
            texts.append(
                f'{{"proxy_wallet":"{address[w]}","side":"{"BUY" if b else "SELL"}",'
                f'{label[m][o]}"size":{s / MICRO},"price":{p / MICRO},"timestamp":{t},'
                f"{label[m][3 if bare else 2]}"
                f'"outcome_index":{UNLABELLED if bare else o},"outcome":{label[m][4 + o]},'
                f'{person[w]}{world.transaction_hash(x)}"}}'
            )
        return ",".join(texts).encode()

    def _labels(self, market: int) -> tuple[str, ...]:
        """Ready pieces of a row: ids by outcome, titles with and without event, outcome texts."""
        listed = self._world.markets[market]
        event = self._world.plan_of(listed)
        tokens = [
            f'"token_id":"{token}","condition_id":"{listed.condition_id}",'
            for token in listed.tokens
        ]
        titles = [
            f'"title":{_json(listed.plan.question)},"slug":"{listed.plan.slug}",'
            f'"icon":"{IMAGES}{event.slug}.jpg","event_slug":"{slug}",'
            for slug in (event.slug, "")
        ]
        return (*tokens, *titles, *map(_json, listed.plan.outcomes))

    def _rows(self, selection: Selection) -> Ints:
        """Positions the filters select, ascending, whatever the clock; kept for the next page."""
        held = self._selected.pop(selection, None)
        if held is None:
            held = self._select(selection)
            while len(self._selected) >= KEPT_SELECTIONS:
                self._selected.popitem(last=False)
        self._selected[selection] = held
        return held

    def _select(self, selection: Selection) -> Ints:
        world, fills = self._world, self._world.fills
        if selection.wallet is not None:
            own = world.rows_of_wallet[selection.wallet] if selection.wallet >= 0 else _nothing()
            keep = np.isin(fills.market[own], selection.markets or ())
            rows = own if selection.markets is None else own[keep]
        elif selection.markets is not None:
            parts = [world.rows_of_market[m] for m in selection.markets]
            rows = np.sort(np.concatenate([*parts, _nothing()]))
        else:
            rows = np.arange(len(fills))
        measure = fills.size_micro if selection.least_of == "TOKENS" else fills.cash_micro
        keep = measure[rows] >= selection.least_micro
        keep &= fills.event_s[rows] >= selection.start_s
        if selection.end_s is not None:
            keep &= fills.event_s[rows] <= selection.end_s
        if selection.taker_only:
            keep &= fills.taker[rows]
        if selection.side is not None:
            keep &= fills.buy[rows] == (selection.side == "BUY")
        return rows[keep]


def _nothing() -> Ints:
    return np.empty(0, dtype=np.int64)


def _json(text: str) -> str:
    return orjson.dumps(text).decode()
