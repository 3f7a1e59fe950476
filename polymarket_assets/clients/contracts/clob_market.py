"""GET /clob-markets/{condition_id}: one market's trading terms, into raw.clob_markets.

Belongs here: the contract of the record. Its keys are abbreviated, and one whose value is false, 0
or "" is left out: a missing key is no defect. Not here: the request (clob.py); what the terms mean
(dbt reads the payload).

    t tokens {t token id, o outcome} · c condition id · mos smallest order · mts tick · mbf, tbf old
    fees · fd fee {r rate, e exponent, to taker only} · nr neg-risk · ao accepts orders · aot since
    when · cbos book cleared at the start · itode taker delay · sd sports delay, seconds · gst start
    of the game · r rewards
"""

from __future__ import annotations

import math

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.keyset import (
    Flag,
    Number,
    Payload,
    Text,
    check_moments,
    unnested_payload,
)
from polymarket_assets.clients.contracts.lenient import LenientError, members
from polymarket_assets.clients.contracts.page import (
    FieldError,
    ParsedPage,
    RejectedRow,
    blame,
    decode_each,
    malformed,
    reject,
    unknown_fields,
)

ENDPOINT = "clob_markets"

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("condition_id", pa.string(), nullable=False),
        pa.field("payload", pa.string(), nullable=False),
        pa.field("payload_sha256", pa.string(), nullable=False),
    ]
)


class Token(msgspec.Struct):
    """An outcome's token and its label."""

    t: str
    o: Text = None


class Fee(msgspec.Struct):
    """What a taker pays: C * r * (p * (1 - p)) ** e."""

    r: Number = None
    e: Number = None
    to: Flag = None


class ClobMarket(msgspec.Struct):
    """One record."""

    t: list[Token]
    c: str
    mos: Number = None
    mts: Number = None
    nr: Flag = None
    ao: Flag = None
    aot: Text = None
    cbos: Flag = None
    itode: Flag = None
    sd: Number = None
    gst: Text = None
    oas: Number = None
    fd: Fee | None = None


# Fields we know and do not read: of any type.
_UNREAD = frozenset({"mbf", "tbf", "ibce", "r", "v", "fpmm", "rfqe"})

VERSION = "v1"
KNOWN = frozenset(ClobMarket.__struct_fields__) | _UNREAD


_market = msgspec.json.Decoder(ClobMarket).decode


def parse(body: bytes, *, condition: str) -> ParsedPage:
    """Parse the record of one market.

    Args:
        body: the answer as received.
        condition: the condition id that was asked for; another one's record is rejected.

    Raises:
        MalformedPageError: the answer is no such object, or says that something went wrong.
    """
    try:
        # A record with a value that is no strict JSON is still a record, and is kept as such.
        fields = members(body)
    except LenientError as error:
        raise malformed(ENDPOINT, error, body) from None
    if "c" not in fields:
        raise malformed(ENDPOINT, msgspec.ValidationError("no record: c is missing"), body)
    typed, rejected = decode_each([body], _market)
    rows: list[tuple[str, Payload]] = []
    for located in typed:
        try:
            rows.append((_checked(located.row, condition), unnested_payload(located.raw)))
        except (FieldError, UnicodeDecodeError) as error:
            cause = error if isinstance(error, FieldError) else blame(located.raw, error)
            rejected.append(reject(located.position, located.raw, cause))
    return _page(body, rows, rejected)


def _page(body: bytes, rows: list[tuple[str, Payload]], rejected: list[RejectedRow]) -> ParsedPage:
    table = pa.table(
        [
            pa.array([0] * len(rows), pa.int32()),
            pa.array([condition_id for condition_id, _ in rows], pa.string()),
            pa.array([payload.text for _, payload in rows], pa.string()),
            pa.array([payload.sha256 for _, payload in rows], pa.string()),
        ],
        schema=SCHEMA,
    )
    return ParsedPage(
        table,
        tuple(rejected),
        1,
        None,
        unknown_fields(body, 0, KNOWN),
        f"{ENDPOINT}/{VERSION}",
    )


def _checked(market: ClobMarket, condition: str) -> str:
    """The condition id of a sound record."""
    [condition_id] = values.hex_ids("c", [market.c], values.CONDITION_LENGTHS)
    if condition_id != condition:
        raise FieldError("c", "not the market that was asked for")
    tokens = [token.t for token in market.t]
    values.digit_ids("t", tokens)
    if len(set(tokens)) < len(tokens):
        raise FieldError("t", "one token for two outcomes")
    _bounded("mts", market.mts, high=1)
    _bounded("mos", market.mos)
    _bounded("sd", market.sd)
    if market.fd is not None:
        _bounded("fd.r", market.fd.r, high=1)
        _bounded("fd.e", market.fd.e)
    check_moments((("aot", market.aot), ("gst", market.gst)))
    return condition_id


def _bounded(name: str, value: Number, *, high: float = math.inf) -> None:
    if value is not None and not (0 <= value <= high and value < math.inf):
        raise FieldError(name, f"expected a number from 0 to {high:g}")
