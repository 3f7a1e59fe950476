"""What a simulator run is asked for and what it says once it listens.

Belongs here: the two records that cross the process border, without numpy or a web framework, so
that a command line can name them cheaply. Behaviour lives elsewhere.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

PastCap = Literal["error", "repeat"]
RateLimitMode = Literal["off", "429", "delay"]


@dataclass(frozen=True)
class SimulatorOptions:
    """One run of the simulator; the fields are the options of `polymarket simulator run`.

    Attributes:
        seed: Everything generated follows from it.
        start: First generated day (UTC).
        days: Number of generated days.
        markets: Markets that trade on each day.
        fills: Matches per day, that is rows of the feed with `taker_only=true` and a size above 0.
        port: TCP port on 127.0.0.1; 0 takes a free one.
        now: The venue's clock at the start; default 21:00 UTC of the last day.
        speed: Venue seconds per real second; 0 stops the clock.
        rate_limit: What happens above the documented limits: nothing, an answer 429, or a delay.
        latency_ms: Added to each answer, uniform between half and one and a half of it.
        v1_most_rows: Most rows of a page of v1's trades; 500 and 1000 have been others.
        v1_offset_cap: Largest offset of the Data API v1; 3000 and 5000 have been others.
        v1_past_cap: What v1 does beyond it: answer 400, or the page at the cap again.
        truth: Folder that receives the truth ledger.
    """

    seed: int = 7
    start: date = date(2026, 11, 18)
    days: int = 3
    markets: int = 300
    fills: int = 50_000
    port: int = 0
    now: datetime | None = None
    speed: float = 1.0
    rate_limit: RateLimitMode = "off"
    latency_ms: float = 0.0
    v1_most_rows: int = 10_000
    v1_offset_cap: int = 10_000
    v1_past_cap: PastCap = "error"
    truth: Path | None = None

    def __post_init__(self) -> None:
        least = {"seed": 0, "days": 1, "markets": 3, "fills": 1, "speed": 0, "latency_ms": 0}
        least |= {"v1_offset_cap": 1, "v1_most_rows": 1}
        for name, value in least.items():
            if getattr(self, name) < value:
                msg = f"simulator option {name}={getattr(self, name)}: expected at least {value}"
                raise ValueError(msg)
        if not 0 <= self.port < 2**16:
            msg = f"simulator option port={self.port}: expected 0 (any free port) to 65535"
            raise ValueError(msg)
        if self.rate_limit not in ("off", "429", "delay"):
            msg = f"simulator option rate_limit={self.rate_limit!r}: expected off, 429 or delay"
            raise ValueError(msg)
        if self.v1_past_cap not in ("error", "repeat"):
            msg = f"simulator option v1_past_cap={self.v1_past_cap!r}: expected error or repeat"
            raise ValueError(msg)
        if self.now is not None and self.now.tzinfo is None:
            msg = "simulator option now: needs a time zone, e.g. 2026-11-20T21:00:00Z"
            raise ValueError(msg)

    @property
    def clock_start(self) -> datetime:
        """Where the venue's clock starts (UTC)."""
        if self.now is not None:
            return self.now.astimezone(UTC)
        last = self.start + timedelta(days=self.days - 1)
        return datetime.combine(last, time(21), tzinfo=UTC)

    def arguments(self) -> list[str]:
        """The same options as arguments of `python -m polymarket_assets.simulator`."""
        values = asdict(self) | {
            "start": self.start.isoformat(),
            "now": self.clock_start.isoformat(),
        }
        return [
            f"--{name.replace('_', '-')}={value}"
            for name, value in values.items()
            if value is not None
        ]


@dataclass(frozen=True)
class SimulatorInfo:
    """A simulator that listens.

    Attributes:
        url: Base address; Gamma, Data API and CLOB are below /gamma, /data and /clob, Kalshi below
            /kalshi/trade-api/v2.
        pid: Process that serves.
        seed: The seed the world follows from.
        start: First generated day, ISO.
        days: Generated days.
        counts: Events, markets, matches, fills, wallets of the world; markets, trades of Kalshi.
        generated_in_s: Seconds the generation took, truth ledger included.
    """

    url: str
    pid: int
    seed: int
    start: str
    days: int
    generated_in_s: float
    counts: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)
