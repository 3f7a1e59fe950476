"""`polymarket status`: how fresh the data is, and whether anything is wrong.

`Status.as_json()` is the machine's view; its keys are stable. Times are RFC 3339 in UTC by the
platform's clock, ages whole seconds, amounts integers, what is not known null:

    overall             "OK", "DEGRADED" or "DOWN"; exit_code 0, 1 or 2
    reasons             why it is not OK, one sentence each with the next action
    checked_at, home, mode
    sources[]           source (the last is "warehouse"), freshness ("FRESH", "STALE", "VERY STALE",
                        "NEVER"), age_s, current_until, last_success_at, last_success_age_s,
                        last_attempt_at, last_outcome ("ok", "failed"), last_error, next_action,
                        data_until, and over 24 h: fetches, ok, failed, rows_added
    fetches_24h         total, ok, failed, success_rate (0 to 1), requests, retries, rate_limited
    rows_added_24h
    markets             total, active, resolved, read_from
    errors[]            the last five: source, at, age_s, error, next_action, recovered
    unfinished[]        source, walks, last_page_at, age_s, running
    published           version, published_at, age_s, models, tests; null before the first
    head_version
    kill_switch         state ("off", "on", "unreadable"), reason, actor, since
    disk                folder, free_bytes, total_bytes, free_share

When the stores cannot be read, what they would have told is null or empty.

Belongs here: putting facts (status_facts.py) and rules (health.py) together. Not here: showing the
result (status_view.py).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from polymarket_assets.serving.health import (
    LEAST_DISK_FREE,
    WAREHOUSE,
    Freshness,
    Overall,
    SourceAccount,
    age_of,
    classify,
    why_degraded,
    why_down,
)
from polymarket_assets.serving.status_facts import (
    Disk,
    Facts,
    KillSwitchState,
    read_disk,
    read_facts,
)
from polymarket_assets.serving.stores import is_new, open_stores
from polymarket_assets.settings import Settings

NOTHING_YET = "nothing collected yet: run `polymarket run`"


@dataclass(frozen=True)
class Status:
    """The state of one home at one moment; `facts` is None when the stores could not be read."""

    checked_at: datetime
    home: str
    mode: str
    overall: Overall
    reasons: tuple[str, ...]
    disk: Disk
    kill_switch: KillSwitchState
    facts: Facts | None = None

    @property
    def exit_code(self) -> int:
        """0 OK, 1 DEGRADED, 2 DOWN."""
        return self.overall.exit_code

    def freshness(self, account: SourceAccount) -> Freshness:
        """The class of one source's data at `checked_at`."""
        return classify(age_of(account.current_until, self.checked_at), account.source)

    def as_json(self) -> dict[str, Any]:
        """The keys of the module's docstring, ready for `json.dumps`."""
        facts = self.facts
        fetched = [a for a in facts.accounts if a.source != WAREHOUSE] if facts else []
        total, ok = sum(a.fetches for a in fetched), sum(a.ok for a in fetched)
        answer = {
            "overall": self.overall,
            "exit_code": self.exit_code,
            "reasons": self.reasons,
            "checked_at": self.checked_at,
            "home": self.home,
            "mode": self.mode,
            "sources": [self._source(account) for account in facts.accounts] if facts else [],
            "fetches_24h": {
                "total": total,
                "ok": ok,
                "failed": total - ok,
                "success_rate": round(ok / total, 4) if total else None,
                **asdict(facts.traffic),
            }
            if facts
            else None,
            "rows_added_24h": sum(a.rows_added for a in fetched) if facts else None,
            "markets": facts and asdict(facts.markets),
            "errors": [self._aged(asdict(error), "at") for error in facts.errors] if facts else [],
            "unfinished": [self._aged(asdict(walk), "last_page_at") for walk in facts.unfinished]
            if facts
            else [],
            "published": self._aged(asdict(facts.published), "published_at")
            if facts and facts.published
            else None,
            "head_version": facts and facts.head_version,
            "kill_switch": asdict(self.kill_switch),
            "disk": {**asdict(self.disk), "free_share": round(self.disk.free_share, 4)},
        }
        return plain(answer)

    def _source(self, account: SourceAccount) -> dict[str, Any]:
        age = age_of(account.current_until, self.checked_at)
        success_age = age_of(account.last_success_at, self.checked_at)
        described = asdict(account)
        del described["found_nothing_at"]
        return {
            **described,
            "freshness": self.freshness(account),
            "current_until": account.current_until,
            "age_s": age,
            "last_success_age_s": success_age,
        }

    def _aged(self, described: dict[str, Any], moment: str) -> dict[str, Any]:
        return {**described, "age_s": age_of(described[moment], self.checked_at)}


def status(settings: Settings, *, now: Callable[[], datetime] | None = None) -> Status:
    """The state of the home of `settings`; answers whatever is broken, and creates nothing.

    Args:
        settings: whose home; PM_NOW and the base URLs do not matter, the home keeps its own clock.
        now: a clock to use instead of the home's.
    """
    disk = read_disk(settings)
    try:
        if is_new(settings):
            return _down(settings, NOTHING_YET, disk, now, kill_switch="there is no ledger yet")
        with open_stores(settings) as stores:
            moment = (now or stores.clock.now)()
            return judge(settings, read_facts(stores, _sources(), moment), disk, moment)
    except Exception as error:  # noqa: BLE001 - whatever is broken, status says so and ends
        words = " ".join(str(error).split())
        reason = (
            f"the stores cannot be read: {type(error).__name__}: {words}. Next: `polymarket doctor`"
        )
        return _down(settings, reason, disk, now, kill_switch=words)


def judge(settings: Settings, facts: Facts, disk: Disk, now: datetime) -> Status:
    """Apply the rules of health.py to what was read."""
    switch = facts.kill_switch
    down = [reason for reason in [why_down(facts.accounts, now)] if reason]
    if switch.state == "unreadable":
        down.append(
            f"the kill switch cannot be read, so nothing is traded: {switch.reason}. "
            "Next: `polymarket doctor`"
        )
    degraded = why_degraded(facts.accounts, now)
    built = any(a.source == WAREHOUSE and a.last_success_at for a in facts.accounts)
    if facts.published is None and built:
        degraded.append("no version is published: run the whole warehouse job, not a part of it")
    if switch.state == "on":
        degraded.append(f"the kill switch is on ({switch.reason}): `polymarket unkill` when resolved")
    degraded += _disk_reasons(disk)
    overall = Overall.DOWN if down else Overall.DEGRADED if degraded else Overall.OK
    return Status(
        checked_at=now,
        home=str(settings.home),
        mode=settings.mode,
        overall=overall,
        # Before anything was collected, that every single source is missing says nothing more.
        reasons=tuple(down if down[:1] == [NOTHING_YET] else [*down, *degraded]),
        disk=disk,
        kill_switch=switch,
        facts=facts,
    )


def write_file(found: Status, file: Path) -> None:
    """Write the JSON to `file`, whole or not at all: a reader sees the old or the new one."""
    import json  # noqa: PLC0415 - only some calls write a file

    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(found.as_json(), out, indent=2)
            out.write("\n")
            os.fchmod(out.fileno(), 0o644)
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def plain(value: Any) -> Any:
    """Times as RFC 3339, durations as whole seconds, exact numbers as text; the rest unchanged."""
    from decimal import Decimal

    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return str(value) if isinstance(value, Decimal | Path) else value


def _sources() -> tuple[str, ...]:
    """Every source by name; each is named like its raw table, and their registry imports httpx."""
    from polymarket_assets.store.raw import ROW_TABLES  # noqa: PLC0415 - see serving

    return tuple(ROW_TABLES)


def _disk_reasons(disk: Disk) -> list[str]:
    if disk.free_share >= LEAST_DISK_FREE:
        return []
    return [
        f"only {disk.free_share:.1%} of the disk of {disk.folder} is free "
        f"({disk.free_bytes / 1e9:.1f} GB): make room before writes fail"
    ]


def _down(
    settings: Settings,
    reason: str,
    disk: Disk,
    now: Callable[[], datetime] | None,
    *,
    kill_switch: str,
) -> Status:
    return Status(
        checked_at=now() if now else datetime.now(UTC),
        home=str(settings.home),
        mode=settings.mode,
        overall=Overall.DOWN,
        reasons=(reason, *_disk_reasons(disk)),
        disk=disk,
        kill_switch=KillSwitchState("unreadable", kill_switch),
    )
