"""When to stop asking an endpoint that is down.

Belongs here: the state of one endpoint's circuit breaker. Not here: what counts as a failure
(attempt.py) or waiting (http.py). One breaker per endpoint and process: an endpoint that is down
stops nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass

FAILURES_TO_OPEN = 10
"""Failures in a row that open the breaker; twice a usual burst of one bad second."""
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 60.0


@dataclass
class Breaker:
    """Closed: everything passes. Open: one trial per pause; each failed one doubles the pause."""

    failures: int = 0
    cause: str = ""
    """Why the last attempt failed."""
    _pause_s: float = FIRST_PAUSE_S
    _opens_again_at: float = 0.0
    _on_trial: bool = False

    @property
    def is_open(self) -> bool:
        """Whether attempts are being held back."""
        return self.failures >= FAILURES_TO_OPEN

    def remaining(self, now: float) -> float:
        """Seconds until the next attempt may pass; 0 when it may now."""
        return max(0.0, self._opens_again_at - now) if self.is_open else 0.0

    def admits(self, now: float) -> bool:
        """Whether one attempt may pass now; while open, the one that passes is the trial."""
        if not self.is_open:
            return True
        if self.remaining(now) > 0:
            return False
        # Should the trial be cancelled, the next one is due a pause later all the same.
        self._opens_again_at = now + self._pause_s
        self._on_trial = True
        return True

    def succeeded(self) -> None:
        """The endpoint answered: close."""
        self.failures, self.cause = 0, ""
        self._pause_s, self._on_trial = FIRST_PAUSE_S, False

    def failed(self, now: float, cause: str) -> None:
        """The endpoint did not answer as it should."""
        was_open = self.is_open
        self.failures += 1
        self.cause = cause
        if not was_open and self.is_open:
            self._opens_again_at = now + self._pause_s
        elif self._on_trial:  # other failures while open were under way when it opened
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
            self._opens_again_at = now + self._pause_s
            self._on_trial = False
