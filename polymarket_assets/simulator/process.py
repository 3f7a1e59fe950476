"""The simulator as a child process with a handle.

Belongs here: starting it, waiting until it listens, talking to its control routes, and ending it
for certain: the child watches its standard input and leaves when that closes, so it does not
outlive a killed parent.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

import httpx
import orjson

from polymarket_assets.simulator.options import SimulatorInfo, SimulatorOptions

CONTROL_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0


class SimulatorFailedError(RuntimeError):
    """The simulator did not start or refused a control request; the message says what it said."""


@dataclass(frozen=True)
class SimulatorHandle:
    """A running simulator.

    Attributes:
        info: What it said when it was ready.
    """

    info: SimulatorInfo

    @property
    def url(self) -> str:
        """Base address, without a slash at the end."""
        return self.info.url

    def settings_environment(self) -> dict[str, str]:
        """Settings that point the platform at this venue."""
        return {
            "PM_GAMMA_URL": f"{self.url}/gamma",
            "PM_DATA_URL": f"{self.url}/data",
            "PM_CLOB_URL": f"{self.url}/clob",
            "PM_KALSHI_URL": f"{self.url}/kalshi/trade-api/v2",
        }

    def set_clock(self, now: datetime | None = None, *, speed: float | None = None) -> None:
        """Move the venue's clock and/or change its speed; what is not given stays."""
        body = {"now": now and now.isoformat(), "speed": speed}
        self._control("POST", "clock", {k: v for k, v in body.items() if v is not None})

    def now(self) -> datetime:
        """The venue's clock."""
        return datetime.fromisoformat(self.details()["now"])

    def details(self) -> dict[str, Any]:
        """Clock, counts, and when the next markets are settled."""
        return self._control("GET", "info")

    def stats(self) -> dict[str, Any]:
        """{"total": requests, "paths": {path: counts}}."""
        return self._control("GET", "stats")

    def reset_stats(self) -> None:
        """Count from zero."""
        self._control("DELETE", "stats")

    def faults(self, *rules: dict[str, Any]) -> list[dict[str, Any]]:
        """Add rules (see `FaultRule`); gives all rules with how often each struck."""
        if rules:
            return self._control("POST", "faults", list(rules))
        return self._control("GET", "faults")

    def clear_faults(self) -> None:
        """Forget all rules."""
        self._control("DELETE", "faults")

    def _control(self, method: str, name: str, body: object = None) -> Any:
        address = f"{self.url}/__simulator/{name}"
        content = None if body is None else orjson.dumps(body)
        try:
            answer = httpx.request(
                method, address, content=content, timeout=CONTROL_TIMEOUT_S, trust_env=False
            )
        except httpx.HTTPError as error:
            msg = f"simulator: {method} {address}: {error!r}; is process {self.info.pid} alive?"
            raise SimulatorFailedError(msg) from error
        if answer.status_code != httpx.codes.OK:
            msg = f"simulator: {method} {address} answered {answer.status_code}: {answer.text}"
            raise SimulatorFailedError(msg)
        return answer.json()


@contextmanager
def simulator(options: SimulatorOptions) -> Generator[SimulatorHandle]:
    """Run a simulator in a child process while the block lasts.

    Raises:
        SimulatorFailedError: It ended before it listened; the message holds what it printed.
    """
    with tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(  # noqa: S603 - this interpreter, our module, checked options
            [*_command(), *options.arguments(), "--until-stdin-closes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        try:
            yield SimulatorHandle(_first_words(child, complaints))
        finally:
            _end(child)


def _command() -> Sequence[str]:
    return (sys.executable, "-m", "polymarket_assets.simulator")


def _first_words(child: subprocess.Popen[bytes], complaints: IO[bytes]) -> SimulatorInfo:
    """The line of JSON the child prints once it listens."""
    line = child.stdout.readline() if child.stdout else b""
    if not line:
        code = child.wait()
        complaints.seek(0)
        said = complaints.read().decode(errors="replace").strip()
        msg = f"simulator: ended with code {code} before it was ready; it said:\n{said}"
        raise SimulatorFailedError(msg)
    return SimulatorInfo(**orjson.loads(line))


def _end(child: subprocess.Popen[bytes]) -> None:
    """Close the child's input, on which it leaves; kill it if it does not."""
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
    try:
        child.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
