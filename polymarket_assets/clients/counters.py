"""What asking the venues cost, per endpoint and in all.

Belongs here: plain sums of one `VenueHttp`'s life. Not here: storing them (ops.source_runs does).
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class EndpointCounters:
    """Sums for one endpoint.

    Attributes:
        requests: requests sent, repeated ones included.
        retries: requests that were sent again.
        rate_limited: answers that asked for fewer requests (429, or a 200 that says so).
        bytes: bytes of complete bodies, after decompression.
    """

    requests: int = 0
    retries: int = 0
    rate_limited: int = 0
    bytes: int = 0


@dataclass
class Counters:
    """Sums per endpoint; the properties are the totals."""

    by_endpoint: dict[str, EndpointCounters] = field(default_factory=dict)

    def of(self, endpoint: str) -> EndpointCounters:
        """The counters of one endpoint, new ones if it was not asked before."""
        return self.by_endpoint.setdefault(endpoint, EndpointCounters())

    @property
    def requests(self) -> int:
        """Requests sent, repeated ones included."""
        return sum(c.requests for c in self.by_endpoint.values())

    @property
    def retries(self) -> int:
        """Requests that were sent again."""
        return sum(c.retries for c in self.by_endpoint.values())

    @property
    def rate_limited(self) -> int:
        """Answers that asked for fewer requests."""
        return sum(c.rate_limited for c in self.by_endpoint.values())

    @property
    def bytes(self) -> int:
        """Bytes of complete bodies."""
        return sum(c.bytes for c in self.by_endpoint.values())
