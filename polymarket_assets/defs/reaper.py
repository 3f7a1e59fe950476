"""Runs whose process has died without a word: how they are recognised, and how they end.

Belongs here: the mark a run's process leaves on its run, and the judgement of that mark later. Not
here: runs that take too long (run_monitoring in dagster.yaml ends those).

Dagster itself does not notice: after kill -9 of everything a run stays STARTED for ever. A pid
alone does not tell either, because numbers are used again. So the mark names host, boot, pid
namespace, pid and the moment the process started (in clock ticks since boot, which no change of the
clock moves).
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import dagster as dg
import psutil

PROCESS_TAG = ".dagster/polymarket_process"
_UNFINISHED = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]

log = logging.getLogger(__name__)


class Life(Enum):
    """What can be said from here about a process."""

    ALIVE = "alive"
    GONE = "gone"
    UNKNOWN = "unknown"  # it is on another host or in another container


@dataclass(frozen=True)
class ProcessMark:
    """A process, told apart from every other one that ever had its pid."""

    host: str
    boot: str
    namespace: str
    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> ProcessMark | None:
        """The mark of a live process of this machine; None if there is none, or only a zombie."""
        started = _started(pid)
        if started is None:
            return None
        return cls(socket.gethostname(), _boot(), _namespace(), pid, started)

    @classmethod
    def parse(cls, text: str) -> ProcessMark | None:
        """The mark a tag holds; None if it is none."""
        parts = text.split()
        if len(parts) != 5 or not parts[3].isdigit():  # noqa: PLR2004 - the five fields
            return None
        return cls(parts[0], parts[1], parts[2], int(parts[3]), parts[4])

    def __str__(self) -> str:
        return f"{self.host} {self.boot} {self.namespace} {self.pid} {self.started}"

    def life(self) -> Life:
        """Whether the process still lives, as far as this process can see."""
        if self.host != socket.gethostname():
            return Life.UNKNOWN
        if self.boot != _boot():
            return Life.GONE
        if self.namespace != _namespace():
            return Life.UNKNOWN
        return Life.ALIVE if ProcessMark.of(self.pid) == self else Life.GONE


def mark_of_this_process() -> str:
    """The value of PROCESS_TAG for a run that this process executes or launches."""
    return str(ProcessMark.of(os.getpid()))


def life_of_run(run: dg.DagsterRun) -> Life:
    """Whether the process of an unfinished run still lives."""
    mark = ProcessMark.parse(run.tags.get(PROCESS_TAG, ""))
    return mark.life() if mark else Life.UNKNOWN


def reap_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """End every unfinished run whose process is gone from this machine; the ids of those runs.

    A canceled one becomes CANCELED, all others FAILURE, so that Dagster's retries may take them up.
    Runs of other hosts are left to run_monitoring.
    """
    ended = []
    for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED)):
        mark = ProcessMark.parse(run.tags.get(PROCESS_TAG, ""))
        if mark is None or mark.life() is not Life.GONE:
            continue
        # Its last word, or its next process, may have come between the list and that look.
        now = instance.get_run_by_id(run.run_id)
        if now is None or now.status not in _UNFINISHED or now.tags.get(PROCESS_TAG) != str(mark):
            continue
        message = (
            f"Process {mark.pid} on {mark.host}, which executed this run, is gone without having"
            " reported an end: it was killed, or the machine restarted. What it had committed is"
            " kept; run it again to do the rest."
        )
        if now.status is dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(now, message)
        else:
            instance.report_run_failed(now, message)
        log.warning("run %s (%s) ended: %s", now.run_id, now.job_name, message)
        ended.append(now.run_id)
    return ended


def _started(pid: int) -> str | None:
    try:
        if sys.platform == "linux":
            state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            return None if state in "ZX" else fields[18]
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except (OSError, psutil.Error):
        return None


def _boot() -> str:
    identity = Path("/proc/sys/kernel/random/boot_id")
    return identity.read_text().strip() if identity.exists() else "-"


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return "-"
