"""Every contract by endpoint and version: its parser, its fields, and the table of its rows.

Belongs here: the list, and how a stored page is read again. Not here: what a contract demands
(trades.py and the others) or where pages are stored (store).

A stored page names its contract, but it is read again by today's: when a venue's shape changed and
a new version was written for it, the newest version that fits wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import ModuleType

import msgspec

from polymarket_assets.clients.contracts import (
    books,
    clob_market,
    events,
    keyset,
    leaderboard,
    markets,
    prices,
    registry_data,
    registry_kalshi,
    tags,
    trades,
    v2,
)
from polymarket_assets.clients.contracts.contract import Asked, Contract, Parse, required_fields
from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.endpoints import (
    CLOB_BATCH_PRICES,
    CLOB_BOOKS,
    CLOB_MARKETS,
    CLOB_PRICES_HISTORY,
    DATA_LEADERBOARD,
    DATA_TRADES,
    GAMMA_EVENTS,
    GAMMA_MARKETS,
    GAMMA_TAGS,
    Endpoint,
)
from polymarket_assets.clients.errors import MalformedPageError


class UnknownContractError(LookupError):
    """A stored page is of no contract that this code has."""


def _contract(
    endpoint: Endpoint,
    module: ModuleType,
    parse: Parse,
    *,
    version: str,
    record: type[msgspec.Struct],
    table: str | None = None,
) -> Contract:
    return Contract(
        endpoint=endpoint.name,
        version=version,
        path=endpoint.path,
        table=table or endpoint.name,
        parse=parse,
        required=required_fields(record),
        known=module.KNOWN,
    )


def _trades(body: bytes, asked: Asked) -> ParsedPage:
    return trades.parse(
        body, taker_only=asked.params["taker_only"] == "true", received_at=asked.received_at
    )


def _leaderboard(body: bytes, asked: Asked) -> ParsedPage:
    said = {name: asked.params[name] for name in ("category", "time_period", "sort_by")}
    return leaderboard.parse(body, **said)


def _books(body: bytes, asked: Asked) -> ParsedPage:
    tokens = frozenset(wanted["token_id"] for wanted in asked.body)
    return books.parse(body, tokens=tokens, received_at=asked.received_at)


def _clob_market(body: bytes, asked: Asked) -> ParsedPage:
    return clob_market.parse(body, condition=asked.path.rpartition("/")[2])


def _prices(body: bytes, asked: Asked) -> ParsedPage:
    return prices.parse_one(
        body,
        token=asked.params["market"],
        fidelity_minutes=int(asked.params["fidelity"]),
        received_at=asked.received_at,
    )


def _batch_prices(body: bytes, asked: Asked) -> ParsedPage:
    return prices.parse_many(
        body,
        tokens=frozenset(asked.body["markets"]),
        fidelity_minutes=asked.body["fidelity"],
        received_at=asked.received_at,
    )


# Of one endpoint the newest version stands last.
ALL: tuple[Contract, ...] = (
    _contract(
        GAMMA_EVENTS,
        events,
        lambda body, _: events.parse(body),
        version=keyset.VERSION,
        record=events.Record,
    ),
    _contract(
        GAMMA_MARKETS,
        markets,
        lambda body, _: markets.parse(body),
        version=keyset.VERSION,
        record=markets.Record,
    ),
    _contract(
        GAMMA_TAGS, tags, lambda body, _: tags.parse(body), version=tags.VERSION, record=tags.Tag
    ),
    _contract(DATA_TRADES, trades, _trades, version=v2.VERSION, record=trades.Trade),
    _contract(
        DATA_LEADERBOARD, leaderboard, _leaderboard, version=v2.VERSION, record=leaderboard.Rank
    ),
    _contract(
        CLOB_MARKETS,
        clob_market,
        _clob_market,
        version=clob_market.VERSION,
        record=clob_market.ClobMarket,
    ),
    _contract(CLOB_BOOKS, books, _books, version=books.VERSION, record=books.Book),
    _contract(
        CLOB_PRICES_HISTORY,
        prices,
        _prices,
        version=prices.VERSION,
        record=prices.Point,
        table="clob_prices",
    ),
    _contract(
        CLOB_BATCH_PRICES,
        prices,
        _batch_prices,
        version=prices.VERSION,
        record=prices.Point,
        table="clob_prices",
    ),
    *registry_data.ALL,
    *registry_kalshi.ALL,
)


def _by_endpoint(contracts: Iterable[Contract]) -> dict[str, dict[str, Contract]]:
    found: dict[str, dict[str, Contract]] = {}
    for contract in contracts:
        found.setdefault(contract.endpoint, {})[contract.version] = contract
    return found


CONTRACTS: dict[str, dict[str, Contract]] = _by_endpoint(ALL)
"""Endpoint → version → contract."""


def candidates(name: str | None, path: str) -> Sequence[Contract]:
    """The contracts a stored page may be read with, the newest first.

    Args:
        name: the contract the page names, or None.
        path: the path it was asked at; versions of other paths are out of the question.

    Raises:
        UnknownContractError: there is none.
    """
    endpoint = name.partition("/")[0] if name else None
    found = [c for c in reversed(ALL) if c.answers(path) and endpoint in (None, c.endpoint)]
    if not found or (endpoint is None and len({c.endpoint for c in found}) > 1):
        raise UnknownContractError(
            f"no contract reads a page of {name or 'no name'} at {path}; "
            f"known: {', '.join(c.name for c in ALL)}"
        )
    return found


def name_of(path: str) -> str | None:
    """The name of the contract a path has; None when it has several, or none."""
    names = {contract.name for contract in ALL if contract.answers(path)}
    return names.pop() if len(names) == 1 else None


def read_again(contracts: Sequence[Contract], body: bytes, asked: Asked) -> ParsedPage:
    """Read a stored page with the contract that accepts most of it, of equal ones the newest.

    Raises:
        MalformedPageError: to none of them is it a page.
    """
    best: ParsedPage | None = None
    refused: MalformedPageError | None = None
    for contract in contracts:
        try:
            parsed = contract.parse(body, asked)
        except MalformedPageError as error:
            refused = refused or error
            continue
        if best is None or len(parsed.rejected) < len(best.rejected):
            best = parsed
        if not best.rejected:
            break
    if best is not None:
        return best
    if refused is None:
        raise UnknownContractError("no contract was given to read the page with")
    raise refused
