"""A signal followed to the bytes it rests on, and its values derived from them again.

Belongs here: putting rows, pages and checks together, for one signal or many. Not here: what people
see of it (explain_view.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import sqlalchemy as sa
from sqlalchemy.orm import Session

from polymarket_assets.serving.explain_checks import checks
from polymarket_assets.serving.explain_pages import Page, Proof, proofs
from polymarket_assets.serving.explain_records import Check
from polymarket_assets.serving.explain_rows import (
    GOING_BY_THE_PAST,
    Fact,
    Grounds,
    grounds,
    some,
)
from polymarket_assets.serving.published import Published, open_published
from polymarket_assets.settings import Settings
from polymarket_assets.store.batch import Publication
from polymarket_assets.store.ledger import open_ledger
from polymarket_assets.store.ledger_tables import Approval, Order

AT_ONCE = 200
"""Signals whose facts are in memory together."""
PAST = 20
"""As many of them weigh as much as one that goes by a past of hundreds of rows."""


class UnknownSignalError(LookupError):
    """There is no such signal in the version, nor an approval or order that names one."""


@dataclass(frozen=True)
class Evidence:
    """A fact with the raw row it was made of and what its page's bytes say of that."""

    fact: Fact
    proof: Proof


@dataclass(frozen=True)
class Explanation:
    """One signal: what it rests on and what of it was derived from bytes again.

    Attributes:
        grounds: signal, snapshot and settings.
        evidence: a raw row and its page for each fact.
        checks: values as stored and as derived.
        problems: everything that does not agree, in words; empty when the signal is proved.
    """

    grounds: Grounds
    evidence: tuple[Evidence, ...]
    checks: tuple[Check, ...]
    problems: tuple[str, ...]

    @property
    def pages(self) -> list[Page]:
        """The pages it rests on, each once, by the time received."""
        pages = {one.proof.page.page_id: one.proof.page for one in self.evidence if one.proof.page}
        return [pages[page_id] for page_id in sorted(pages)]

    def as_json(self) -> dict[str, Any]:
        """Facts for machines."""
        return {
            "signal": self.grounds.signal,
            "settings": self.grounds.settings,
            "built_at": self.grounds.built_at,
            "snapshot": self.grounds.snapshot,
            "evidence": [
                {
                    "role": one.fact.role,
                    "table": one.fact.table,
                    "row": one.fact.row,
                    "raw_table": f"raw.{one.fact.source}",
                    "page_id": one.fact.row["page_id"],
                    "position": one.fact.row["position"],
                    "raw_row": one.proof.held,
                    "problems": one.proof.problems,
                }
                for one in self.evidence
            ],
            "pages": [asdict(page) for page in self.pages],
            "checks": [{**asdict(check), "holds": check.holds} for check in self.checks],
            "problems": self.problems,
            "is_proved": not self.problems,
        }


@dataclass(frozen=True)
class Told:
    """An explanation and the version of the lake it was read at."""

    explanation: Explanation
    publication: Publication
    model_version: str | None

    def as_json(self) -> dict[str, Any]:
        """Facts for machines."""
        return {
            "version": self.publication.version,
            "published_at": self.publication.published_at,
            "model_version": self.model_version,
            **self.explanation.as_json(),
        }


def explain(
    connection: duckdb.DuckDBPyConnection, signal_ids: Sequence[str]
) -> Iterator[Explanation]:
    """Explain signals of the version the connection reads, in the order given.

    Every page is read once for some hundred signals, so many cost little more than one.

    Raises:
        UnknownSignalError: naming those that signals.signals does not have.
    """
    for wanted in _groups(connection, list(dict.fromkeys(signal_ids))):
        found = grounds(connection, wanted)
        if len(found) < len(wanted):
            held = {one.signal["signal_id"] for one in found}
            lacking = [signal_id for signal_id in wanted if signal_id not in held]
            raise UnknownSignalError(f"signals.signals has no signal {', '.join(lacking)}")
        proved = proofs(connection, (fact for one in found for fact in one.facts))
        for one in found:
            yield _explained(one, [Evidence(f, proved[f.place]) for f in one.facts])


def explain_one(settings: Settings, key: str, *, version: int | None = None) -> Told:
    """Explain a signal of the published version, or one that was approved before it.

    Args:
        settings: of the home.
        key: id of a signal, of an approval or of an order (intent id or order hash).
        version: a published version other than the newest.

    Raises:
        NotPublishedError: nothing was published yet, or not this version.
        VersionNotHeldError: the version has expired.
        UnknownSignalError: nothing has this id.
    """
    with open_published(settings, version=version) as published:
        if _has(published.connection, key):
            return _told(published, key)
        looked_in = published.publication.version
    approved = _approved(settings, key) if version is None else None
    if approved is None:
        raise UnknownSignalError(
            f"no signal {key} is in version {looked_in}, nor has an approval or order that id; "
            "those that live are told by `polymarket lake query 'from signals.signals'`"
        )
    signal_id, then = approved
    with open_published(settings, version=then) as published:
        return _told(published, signal_id)


def explain_some(
    settings: Settings, most: int, *, version: int | None = None
) -> Iterator[tuple[Explanation, int]]:
    """Explain up to `most` signals chosen by their hash; each comes with how many there will be.

    Raises:
        NotPublishedError: nothing was published yet, or not this version.
        VersionNotHeldError: the version has expired.
    """
    with open_published(settings, version=version) as published:
        chosen = some(published.connection, most)
        for explanation in explain(published.connection, chosen):
            yield explanation, len(chosen)


def _groups(
    connection: duckdb.DuckDBPyConnection, signal_ids: Sequence[str]
) -> Iterator[list[str]]:
    """The signals in their order, so many at a time as are to be in memory together."""
    sql = "SELECT signal_id FROM signals.signals WHERE list_contains($names, strategy)"
    rows = connection.execute(sql, {"names": list(GOING_BY_THE_PAST)}).fetchall()
    going_by_the_past = {signal_id for (signal_id,) in rows}
    group: list[str] = []
    weight = 0
    for signal_id in signal_ids:
        added = PAST if signal_id in going_by_the_past else 1
        if weight + added > AT_ONCE:
            yield group
            group, weight = [], 0
        group.append(signal_id)
        weight += added
    if group:
        yield group


def _has(connection: duckdb.DuckDBPyConnection, signal_id: str) -> bool:
    sql = "SELECT 1 FROM signals.signals WHERE signal_id = ?"
    return bool(connection.execute(sql, [signal_id]).fetchall())


def _told(published: Published, signal_id: str) -> Told:
    [explanation] = explain(published.connection, [signal_id])
    return Told(explanation, published.publication, published.model_version)


def _approved(settings: Settings, key: str) -> tuple[str, int] | None:
    """Signal and version of the newest approval that has this id, or whose order has."""
    orders = sa.select(Order.intent_id).where(Order.order_hash == key)
    asked = (
        sa.select(Approval.signal_id, Approval.lake_version)
        .where(
            sa.or_(
                Approval.signal_id == key,
                Approval.approval_id == key,
                Approval.intent_id == key,
                Approval.intent_id.in_(orders),
            ),
            Approval.lake_version.is_not(None),
        )
        .order_by(Approval.created_at.desc())
    )
    engine = open_ledger(settings)
    try:
        with Session(engine) as session:
            found = session.execute(asked).first()
    finally:
        engine.dispose()
    return None if found is None else (found[0], found[1])


def _explained(found: Grounds, evidence: Sequence[Evidence]) -> Explanation:
    made = tuple(checks(found, {one.proof.place: one.proof for one in evidence}))
    return Explanation(found, tuple(evidence), made, tuple(_problems(found, evidence, made)))


def _problems(found: Grounds, evidence: Sequence[Evidence], made: Sequence[Check]) -> Iterator[str]:
    signal, snapshot = found.signal, found.snapshot
    if snapshot is None:
        key = signal["feature_snapshot_key"]
        yield f"features.market_snapshots has no row {key} on the day of the signal"
    if signal["strategy"] in GOING_BY_THE_PAST and found.settings and found.built_at is None:
        yield "the version does not keep the time of its build, from which the past is counted"
    for one in evidence:
        yield from one.proof.problems
        if one.fact.row["known_at"] > signal["as_of"]:
            yield (
                f"{one.fact.role} of page {one.fact.row['page_id']} was known at"
                f" {one.fact.row['known_at']}, later than the signal's {signal['as_of']}"
            )
    for check in made:
        if not check.holds:
            yield check.problem
