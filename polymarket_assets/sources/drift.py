"""Whether the venues still keep to their contracts: refused records and fields nobody knows.

Belongs here: what the lake tells about it, and the words for it. Not here: contracts
(clients/contracts), checks (defs) or the status screen (serving).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

RECENT = timedelta(hours=24)
NAMED = 3
"""Reasons that are named."""


@dataclass(frozen=True)
class Drift:
    """What one source was sent that its contract does not provide for.

    Attributes:
        source: the source.
        open: quarantined records that no later reading has accepted.
        recent: those received within 24 h.
        reasons: what they broke, with the number of records, the most frequent first.
        new_fields: fields seen within 24 h that the contract does not know.
    """

    source: str
    open: int = 0
    recent: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    new_fields: tuple[str, ...] = ()

    @property
    def quarantined(self) -> str | None:
        """How many records are quarantined, why, and what to do; None when none is."""
        if not self.open:
            return None
        why = "; ".join(f"{reason} ({count:,})" for reason, count in self.reasons[:NAMED])
        more = len(self.reasons) - NAMED
        return (
            f"{self.source}: {self.open:,} quarantined, {self.recent:,} of them within 24 h: {why}"
            + (f" and {more} other reasons" if more > 0 else "")
            + '. Next: `polymarket lake query "from ops.open_quarantine where source = '
            f"'{self.source}'\"` shows them; once the contract in clients/contracts accepts them, "
            f"`polymarket lake reparse {self.source}` makes rows of them"
        )

    @property
    def unknown(self) -> str | None:
        """Which fields are new and what to do; None when none is."""
        if not self.new_fields:
            return None
        return (
            f"{self.source}: new fields are kept and not read: {', '.join(self.new_fields)}. "
            "Next: add them to the contract in clients/contracts"
        )


def read_drift(
    connection: duckdb.DuckDBPyConnection, now: datetime, *, source: str | None = None
) -> dict[str, Drift]:
    """Every source that has something to tell, by name; of one alone it reads fewer files."""
    # No parameters: binding one makes DuckDB import pandas, half a second.
    since = f"timestamptz '{(now - RECENT).isoformat()}'"
    asked = f"source = '{source}'" if source else "true"
    reasons: dict[str, list[tuple[str, int]]] = defaultdict(list)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, reason, held, recent in connection.execute(
        f"""
        select
            source,
            split_part(reason, '; got ', 1) as rule,
            count(*) as held,
            count(*) filter (where received_at > {since})
        from ops.open_quarantine
        where {asked}
        group by source, rule
        order by source, held desc, rule
        """  # noqa: S608 - our own clock
    ).fetchall():
        reasons[name].append((reason, held))
        counts[name][0] += held
        counts[name][1] += recent
    fields: dict[str, tuple[str, ...]] = {
        name: tuple(names)
        for name, names in connection.execute(
            f"""
            with named as (
                select
                    source,
                    unnest(json_extract_string(notes, '$.unknown_fields[*]')) as field
                from ops.source_runs
                where {asked} and ended_at > {since} and notes is not null
            )
            select source, list_sort(list_distinct(list(field)))
            from named
            group by source
            """  # noqa: S608 - our own clock
        ).fetchall()
    }
    return {
        name: Drift(name, *counts[name], tuple(reasons[name]), fields.get(name, ()))
        for name in sorted({*reasons, *fields})
    }
