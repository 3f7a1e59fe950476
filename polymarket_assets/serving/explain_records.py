"""The records of a signal as the bytes give them, and a value beside the same made of them.

Belongs here: finding the records by what they are to the signal. Not here: which values are made of
them (explain_checks.py and the files it names).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from polymarket_assets.domain.derivation import Terms, Touch, touch_of
from polymarket_assets.serving.explain_facts import Role
from polymarket_assets.serving.explain_pages import Place, Proof
from polymarket_assets.serving.explain_rows import Fact, Grounds, Row

Bound = Literal["above", "at least", "at most"]
_HOLDS: Mapping[Bound, Callable[[Any, Any], bool]] = {
    "above": operator.gt,
    "at least": operator.ge,
    "at most": operator.le,
}


@dataclass(frozen=True)
class Check:
    """One value.

    Attributes:
        what: column of the signal, `snapshot.` and one of the snapshot, `reason.` and a number of
            its reason, `history.` and a column of an earlier snapshot, or `leader.` and a number
            that the settings bound.
        stored: what is written there.
        derived: what the bytes give.
        at: moment of the earlier snapshot.
        bound: how `derived` has to lie to `stored` where that is a bound.
    """

    what: str
    stored: Any
    derived: Any
    at: datetime | None = None
    bound: Bound | None = None

    @property
    def holds(self) -> bool:
        """Whether both are the same, or the bound is kept."""
        if self.bound is None:
            return self.stored == self.derived
        return self.derived is not None and _HOLDS[self.bound](self.derived, self.stored)

    @property
    def problem(self) -> str:
        """What does not agree, in words."""
        moment = f" of {self.at:%Y-%m-%d %H:%M:%S}" if self.at else ""
        stored = f"to be {self.bound} {self.stored}" if self.bound else self.stored
        return f"{self.what}{moment} is {stored}, the bytes give {self.derived}"


NUMBER = "-?[0-9.]+(?:e[-+]?[0-9]+)?"
"""A number in a reason."""


def numbers_said(reason: str, pattern: str) -> dict[str, Decimal]:
    """The named numbers of a reason in words, those it does say; none where it reads otherwise."""
    found = re.search(pattern, reason)
    said = found.groupdict() if found else {}
    return {name: Decimal(text) for name, text in said.items() if text is not None}


class Records:
    """The records of a signal's facts as the bytes give them."""

    def __init__(self, grounds: Grounds, proved: Mapping[Place, Proof]) -> None:
        self._grounds = grounds
        self._proved = proved
        [market] = self.of("market version")[-1:] or [None]
        self.terms = None if market is None else Terms.of(market["payload"])

    def of(self, role: Role) -> list[Row]:
        """The records of one role; those that the bytes do not give are left out."""
        return [record for _, record, _ in self.with_facts(role) if record is not None]

    def with_facts(self, role: Role) -> Iterator[tuple[Fact, Row | None, datetime | None]]:
        """The facts of one role, each with what the bytes give of it and when we received them.

        Both are None where the bytes do not give it, or there is no such raw row.
        """
        for fact in self._grounds.of(role):
            proof = self._proved.get(fact.place)
            if proof is None or proof.held is None:
                yield fact, None, None
            else:
                yield fact, proof.read, proof.held["received_at"]

    def touch(self, role: Role = "book") -> Touch | None:
        """The touch of a book, seen from YES; None without the book or the market's tokens."""
        books = self.of(role)
        return self.from_yes(books[0]) if books else None

    def from_yes(self, book: Row) -> Touch | None:
        """The touch of the record of a book, seen from YES; None without the market's tokens."""
        if self.terms is None:
            return None
        touch = touch_of(book["bids"], book["asks"])
        return touch.turned if self.is_yes(book["token_id"]) is False else touch

    def is_yes(self, token_id: str) -> bool | None:
        """Whether a token is that of YES; None when the bytes do not say so of the market."""
        return None if self.terms is None else self.terms.is_yes(token_id)

    def of_side(self) -> Touch | None:
        """The touch of the signal's token, at its own book if it is a leg of a complement."""
        own = bool(self._grounds.of("own book"))
        touch = self.touch("own book" if own else "book")
        if touch is None:
            return None
        return touch.turned if self.is_yes(self._grounds.signal["token_id"]) is False else touch

    def kalshi_ask(self) -> Any:
        """Best ask of the Kalshi outcome that a leg buys."""
        books = self.of("Kalshi book")
        outcome = self._grounds.signal["token_id"].rpartition(":")[2].lower()
        return touch_of([], books[0][f"{outcome}_asks"]).ask if books else None
