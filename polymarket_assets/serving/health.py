"""How old is too old, and what that makes of the whole: the rules behind `polymarket status`.

The age that counts
    Of a source the age of its *data* counts, not of its last run: a run that wrote nothing also
    looks fresh. It is `now` minus the newest of
      - `data_until`, the newest venue time among the rows any run received: the newest fill for
        data_trades; the end of a complete walk for gamma_events and gamma_markets; the moment of
        the snapshot for clob_books, data_leaderboard, data_positions, data_holders and
        data_resolutions; the end of the window asked for with clob_prices and data_activity;
      - the end of the newest successful run whose window reached the present and which found
        nothing: then there was nothing newer to hold.
    A source whose runs never saw any data (a venue serves no books of the past, no prices before
    December 2022) is judged by its last success, whatever window that was for.
    The warehouse is judged by its last successful build.

Classes
    FRESH < 20 min ≤ STALE < 1 h ≤ VERY STALE; NEVER without a success or any data. A source that
    delivers in steps (clob_prices: one point an hour, fetched hourly) is only late once its next
    step is overdue, so `EXPECTED_LAG` is subtracted from its age before it is classified.

Overall
    DOWN      the stores or the kill switch cannot be read; nothing was ever collected; no source
              succeeded within the last hour.
    DEGRADED  a source is STALE, VERY STALE or NEVER, or its last run failed; the last build failed
              or none was published; the kill switch is on; a data file is damaged; less than 10 %
              of the disk is free.
    OK        none of these.

Belongs here: thresholds and judgements as pure functions of what was read. Not here: reading it
(status.py, status_facts.py) or showing it (status_view.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FRESH_FOR = timedelta(minutes=20)
STALE_FOR = timedelta(hours=1)
SUCCESS_WITHIN = timedelta(hours=1)
LEAST_DISK_FREE = 0.10
EXPECTED_LAG = {"clob_prices": timedelta(hours=1), "kalshi_candles": timedelta(hours=1)}
WAREHOUSE = "warehouse"
NOTHING_YET = "nothing collected yet: run `polymarket run`"
NOTHING_FETCHED = "nothing collected yet: every attempt failed"


class Freshness(StrEnum):
    """Class of a source's age."""

    FRESH = "FRESH"
    STALE = "STALE"
    VERY_STALE = "VERY STALE"
    NEVER = "NEVER"


class Overall(StrEnum):
    """The one word for everything."""

    OK = "OK"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"

    @property
    def exit_code(self) -> int:
        """0, 1 or 2: what `polymarket status` exits with."""
        return list(Overall).index(self)


@dataclass(frozen=True)
class SourceAccount:
    """What ops.source_runs says of one source, all its runs taken together.

    Attributes:
        source: its name, as in raw.pages; or "warehouse".
        last_success_at: end of the newest successful run.
        last_attempt_at: end of the newest run.
        last_outcome: "ok", "failed" or "partial" (stopped by a limit); None if it never ran.
        data_until: newest venue time among the rows received in any run.
        found_nothing_at: end of the newest successful run that reached the present and saw no data.
        last_error: "Class: message" of the newest run if that failed.
        next_action: what to do about it.
        fetches, ok, failed: runs that ended within the last 24 h.
        rows_added: rows these runs wrote.
    """

    source: str
    last_success_at: datetime | None = None
    last_attempt_at: datetime | None = None
    last_outcome: str | None = None
    data_until: datetime | None = None
    found_nothing_at: datetime | None = None
    last_error: str | None = None
    next_action: str | None = None
    fetches: int = 0
    ok: int = 0
    failed: int = 0
    rows_added: int = 0

    @property
    def current_until(self) -> datetime | None:
        """Up to which moment its data is held, by the rule in the module's docstring."""
        known = [m for m in (self.data_until, self.found_nothing_at) if m is not None]
        if self.data_until is None or self.source == WAREHOUSE:
            return self.last_success_at
        return max(known)


def age_of(moment: datetime | None, now: datetime) -> timedelta | None:
    """Age of `moment`, never negative (clocks differ a little); None for None."""
    return None if moment is None else max(now - moment, timedelta(0))


def classify(age: timedelta | None, source: str = "") -> Freshness:
    """The class of an age, with what is normal for `source` taken off."""
    if age is None:
        return Freshness.NEVER
    late = age - EXPECTED_LAG.get(source, timedelta(0))
    if late < FRESH_FOR:
        return Freshness.FRESH
    return Freshness.STALE if late < STALE_FOR else Freshness.VERY_STALE


def why_down(accounts: Sequence[SourceAccount], now: datetime) -> str | None:
    """Why nothing can be relied on, as far as the sources tell."""
    successes = [a.last_success_at for a in accounts if a.source != WAREHOUSE and a.last_success_at]
    if not successes:
        failed = any(a.last_outcome == "failed" for a in accounts if a.source != WAREHOUSE)
        return NOTHING_FETCHED if failed else NOTHING_YET
    age = age_of(max(successes), now)
    if age is not None and age >= SUCCESS_WITHIN:
        return (
            f"no source succeeded within the last hour, the last one {spoken(age)} ago: "
            "run `polymarket run`, or `make dev` for the schedules"
        )
    return None


def why_degraded(accounts: Sequence[SourceAccount], now: datetime) -> list[str]:
    """What is wrong with single sources, the warehouse among them; one sentence each."""
    reasons = []
    for account in accounts:
        name, age = account.source, age_of(account.current_until, now)
        freshness = classify(age, name)
        failed = account.last_outcome == "failed"
        if failed:
            cause = with_action(account.last_error or "no cause recorded", account.next_action)
            reasons.append(f"{name} failed last time: {cause}")
        if freshness is Freshness.NEVER and not failed:
            verb = "built" if name == WAREHOUSE else "collected"
            reasons.append(f"{name} was never {verb}: run `polymarket run`")
        elif freshness in (Freshness.STALE, Freshness.VERY_STALE) and age is not None:
            reasons.append(f"{name} is {freshness}: its data ends {spoken(age)} ago")
    return reasons


def with_action(error: str, action: str | None) -> str:
    """An error with its next action; many errors say theirs already."""
    return error if action is None or action in error else f"{error}; next: {action}"


def spoken(age: timedelta) -> str:
    """An age in the two units that say enough: `42 s`, `5 min 3 s`, `2 h 10 min`, `3 d 4 h`."""
    seconds = int(age.total_seconds())
    for size, unit, smaller_size, smaller in (
        (86400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if seconds >= size:
            rest = seconds % size // smaller_size
            return f"{seconds // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{seconds} s"
