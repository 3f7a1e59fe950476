"""Dagster as its own processes: what trials that start a daemon share.

Belongs here: finding programs, waiting, and asking whether runs are under way. Not here: a trial.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg

_PATIENCE_S = 240
_LOOK_EVERY_S = 0.5
_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def program(name: str) -> str:
    """The program of this interpreter's environment."""
    return str(Path(sys.executable).parent / name)


def wait_for(what: str, happened: Callable[[], bool]) -> float:
    """Look until it has happened; give the seconds.

    Raises:
        TimeoutError: it did not happen in four minutes.
    """
    begun = time.monotonic()
    while not happened():
        if time.monotonic() - begun > _PATIENCE_S:
            raise TimeoutError(f"{what}: not within {_PATIENCE_S} s")
        time.sleep(_LOOK_EVERY_S)
    return time.monotonic() - begun


def idle(instance: dg.DagsterInstance, runs: int = 1) -> bool:
    """Whether there were at least so many runs and none is under way."""
    return (
        len(instance.get_runs()) >= runs
        and not instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED))
    )  # fmt: skip
