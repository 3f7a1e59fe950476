"""GET /tags: one tag per object in a bare list, into raw.gamma_tags.

Belongs here: the contract of a tag. Not here: the request (gamma.py); the tags an event carries
(events.py); which tag means which category (dbt).
"""

from __future__ import annotations

import msgspec
import pyarrow as pa

from polymarket_assets.clients.contracts import values
from polymarket_assets.clients.contracts.keyset import Flag, Text, check_moments, unnested_payload
from polymarket_assets.clients.contracts.lenient import LenientError, elements
from polymarket_assets.clients.contracts.page import (
    DECODE_ERRORS,
    FieldError,
    ParsedPage,
    blame,
    decode_each,
    in_order,
    malformed,
    reject,
    unknown_fields,
)

ENDPOINT = "gamma_tags"

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),
        pa.field("tag_id", pa.string(), nullable=False),
        pa.field("payload", pa.string(), nullable=False),
        pa.field("payload_sha256", pa.string(), nullable=False),
    ]
)


class Tag(msgspec.Struct, rename="camel"):
    """One record."""

    id: str
    label: Text = None
    slug: Text = None
    force_show: Flag = None
    force_hide: Flag = None
    is_carousel: Flag = None
    requires_translation: Flag = None
    created_at: Text = None
    updated_at: Text = None
    published_at: Text = None


# Fields we know and do not read: of any type.
_UNREAD = frozenset({"createdBy", "updatedBy", "activeEventsCount"})

VERSION = "v1"
KNOWN = frozenset(Tag.__struct_encode_fields__) | _UNREAD

_raw_tags = msgspec.json.Decoder(list[msgspec.Raw]).decode
_tag = msgspec.json.Decoder(Tag).decode


def parse(body: bytes) -> ParsedPage:
    """Parse a page of tags.

    Raises:
        MalformedPageError: the answer is no list.
    """
    records = _records(body)
    typed, rejected = decode_each(records, _tag)
    accepted = []
    for located in typed:
        try:
            _check(located.row)
            accepted.append((located.position, located.row.id, unnested_payload(located.raw)))
        except (FieldError, UnicodeDecodeError) as error:
            cause = error if isinstance(error, FieldError) else blame(located.raw, error)
            rejected.append(reject(located.position, located.raw, cause))
    table = pa.table(
        [
            pa.array([position for position, *_ in accepted], pa.int32()),
            pa.array([tag_id for _, tag_id, _ in accepted], pa.string()),
            pa.array([payload.text for *_, payload in accepted], pa.string()),
            pa.array([payload.sha256 for *_, payload in accepted], pa.string()),
        ],
        schema=SCHEMA,
    )
    return ParsedPage(
        table,
        in_order(rejected),
        len(records),
        None,
        unknown_fields(body, 0, KNOWN),
        f"{ENDPOINT}/{VERSION}",
    )


def _records(body: bytes) -> list[bytes]:
    try:
        return [bytes(raw) for raw in _raw_tags(body)]
    except msgspec.ValidationError as error:
        raise malformed(ENDPOINT, error, body) from None
    except DECODE_ERRORS as error:
        try:
            return elements(body)
        except LenientError:
            raise malformed(ENDPOINT, error, body) from None


def _check(tag: Tag) -> None:
    values.digit_ids("id", [tag.id])
    check_moments((("createdAt", tag.created_at), ("updatedAt", tag.updated_at)))
