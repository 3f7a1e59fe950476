"""What a run of a source came to: what it committed, and its row in ops.source_runs."""

from __future__ import annotations

import json
import traceback
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from polymarket_assets.clients.counters import Counters
from polymarket_assets.clients.errors import VenueError
from polymarket_assets.domain.windows import Interval
from polymarket_assets.sources.limits import StoppedEarlyError
from polymarket_assets.store.batch import SourceRun


@dataclass
class Tally:
    """What a run has committed so far; rows = accepted + unchanged + quarantined."""

    pages: int = 0
    rows: int = 0
    accepted: int = 0
    unchanged: int = 0
    quarantined: int = 0
    unknown_fields: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    data_until: datetime | None = None


def _outcome(error: Exception | None) -> Literal["ok", "failed", "partial"]:
    if error is None:
        return "ok"
    return "partial" if isinstance(error, StoppedEarlyError) else "failed"


def account(
    source: str,
    counters: Counters,
    tally: Tally,
    error: Exception | None,
    *,
    window: Interval,
    started: datetime,
    ended: datetime,
    duration_s: float,
) -> SourceRun:
    """The row of ops.source_runs.

    Args:
        source: name of the source.
        counters: what its requests came to.
        tally: what it committed.
        error: what ended it, None when it came to its end.
        window: time it was asked for.
        started: the platform's time at its begin.
        ended: and at its end.
        duration_s: seconds in between.
    """
    next_action = None
    if error is not None:
        next_action = (
            error.next_action
            if isinstance(error, VenueError | StoppedEarlyError)
            else "look at the traceback in ops.source_runs, then run the source again; "
            "it goes on where it stopped"
        )
    return SourceRun(
        run_id=uuid.uuid4().hex,
        source=source,
        started_at=started,
        ended_at=ended,
        outcome=_outcome(error),
        window_from=window.start,
        window_to=window.end,
        requests=counters.requests,
        pages=tally.pages,
        rows=tally.rows,
        accepted=tally.accepted,
        unchanged=tally.unchanged,
        quarantined=tally.quarantined,
        retries=counters.retries,
        rate_limited=counters.rate_limited,
        bytes=counters.bytes,
        duration_s=duration_s,
        data_until=tally.data_until,
        error_class=type(error).__name__ if error else None,
        error_message=str(error) if error else None,
        next_action=next_action,
        traceback="".join(traceback.format_exception(error)) if error else None,
        notes=json.dumps({"notes": tally.notes, "unknown_fields": sorted(tally.unknown_fields)}),
    )
