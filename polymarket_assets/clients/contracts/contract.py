"""What a contract is: a parser with what is known of it, and the question a page answers.

Belongs here: the two types. Not here: any one contract, or the list of them (registry.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from polymarket_assets.clients.contracts.page import ParsedPage


@dataclass(frozen=True)
class Asked:
    """What a page answers: the request as raw.pages keeps it, and when the answer was complete.

    Attributes:
        path: path of the request.
        params: query parameters by name; a repeated one is a list.
        body: JSON body of the request, or None.
        received_at: when the answer was complete; aware.
    """

    path: str
    params: Mapping[str, Any]
    body: Any
    received_at: datetime

    @classmethod
    def of(cls, request: str, received_at: datetime) -> Asked:
        """Read the request text of raw.pages."""
        described = msgspec.json.decode(request)
        return cls(
            described["path"], described.get("params", {}), described.get("body"), received_at
        )


Parse = Callable[[bytes, Asked], ParsedPage]


@dataclass(frozen=True)
class Contract:
    """One version of what an endpoint answers.

    Attributes:
        endpoint: name of the endpoint, as in endpoints.py.
        version: the venue's version, or the shape's.
        path: path of the request, as in raw.pages; a name in braces stands for one part of it.
        table: raw table of the rows, without schema.
        parse: bytes of a page and what was asked for, to rows.
        required: fields a record must have; without one it is quarantined.
        known: every field the contract knows; others are kept in the page and reported.
    """

    endpoint: str
    version: str
    path: str
    table: str
    parse: Parse
    required: frozenset[str]
    known: frozenset[str]

    @property
    def name(self) -> str:
        """`endpoint/version`, as raw.pages keeps it."""
        return f"{self.endpoint}/{self.version}"

    def answers(self, path: str) -> bool:
        """Whether it is of this path."""
        return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", self.path), path) is not None


def required_fields(record: type[msgspec.Struct]) -> frozenset[str]:
    """The JSON names of the fields a record must have."""
    return frozenset(f.encode_name for f in msgspec.structs.fields(record) if f.required)
