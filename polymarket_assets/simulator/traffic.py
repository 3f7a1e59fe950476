"""What was asked, and what shall go wrong: the state the gate and the control routes share.

Belongs here: counts by path and the list of fault rules.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from polymarket_assets.simulator.faults import FaultRule
from polymarket_assets.simulator.limits import WINDOW_S


@dataclass
class PathStats:
    """Counts of one path since the start or the last reset."""

    requests: int = 0
    rate_limited: int = 0
    delayed: int = 0
    faults: int = 0
    bytes: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    max_in_10s: int = 0
    _recent: deque[float] = field(default_factory=deque)

    def arrived(self) -> None:
        """Count an arriving request."""
        now = time.monotonic()
        self.requests += 1
        self._recent.append(now)
        while self._recent[0] <= now - WINDOW_S:
            self._recent.popleft()
        self.max_in_10s = max(self.max_in_10s, len(self._recent))

    def answered(self, status: int, size: int) -> None:
        """Count a complete answer."""
        self.statuses[str(status)] += 1
        self.bytes += size

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        shown = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        return shown | {"statuses": dict(self.statuses)}


@dataclass
class Traffic:
    """Counts by path and the rules in force."""

    stats: defaultdict[str, PathStats] = field(default_factory=lambda: defaultdict(PathStats))
    rules: list[FaultRule] = field(default_factory=list)

    def striking(self, path: str, cursor: str | None) -> FaultRule | None:
        """The first rule that strikes this request; the rules behind it do not count it."""
        return next((rule for rule in self.rules if rule.strikes(path, cursor)), None)
