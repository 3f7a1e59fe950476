"""The status of a home as one record, and how it is judged.

`Status.as_json()` is the machine's view; its keys are stable. Times are RFC 3339 in UTC by the
platform's clock, ages whole seconds, amounts integers, what is not known null:

    overall             "OK", "DEGRADED" or "DOWN"; exit_code 0, 1 or 2
    reasons             why it is not OK, one sentence each with the next action
    warnings            what does not make it worse but wants a look: quarantine, new fields
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
    drift[]             source, open (quarantined records), recent (of them, within 24 h), reasons
                        (pairs of rule and number), new_fields (within 24 h)
    published           version, published_at, age_s, models, tests; null before the first
    head_version
    kill_switch         state ("off", "on", "unreadable"), reason, actor, since
    disk                folder, free_bytes, total_bytes, free_share

When the stores cannot be read, what they would have told is null or empty.

Belongs here: putting facts (status_facts.py) and rules (health.py) together. Not here: reading the
stores (status_facts.py) or layout (status_view.py).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from polymarket_assets.serving.health import (
    LEAST_DISK_FREE,
    NOTHING_YET,
    WAREHOUSE,
    Freshness,
    Overall,
    SourceAccount,
    age_of,
    classify,
    why_degraded,
    why_down,
)
from polymarket_assets.serving.status_facts import Disk, Facts, KillSwitchState
from polymarket_assets.serving.tables import plain
from polymarket_assets.settings import Settings


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

    @property
    def warnings(self) -> list[str]:
        """What does not make the state worse, yet wants a look; one sentence each."""
        drift = self.facts.drift if self.facts else ()
        said = [words for one in drift for words in (one.quarantined, one.unknown)]
        return [words for words in said if words]

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
            "warnings": self.warnings,
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
            "drift": [asdict(one) for one in facts.drift] if facts else [],
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
        degraded.append(
            f"the kill switch is on ({switch.reason}): `polymarket unkill` when resolved"
        )
    degraded += disk_reasons(disk)
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


def disk_reasons(disk: Disk) -> list[str]:
    """What the rule about free space says."""
    if disk.free_share >= LEAST_DISK_FREE:
        return []
    free = f"{disk.free_share:.1%} ({disk.free_bytes / 1e9:.1f} GB)"
    return [f"only {free} of the disk of {disk.folder} is free: make room before writes fail"]
