"""Where runs of several processes wait for each other.

Belongs here: that, and the variables by which they know of it. PM_BENCH_ names are the benchmarks'.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

FOLDER, PARTIES = "PM_BENCH_MEETING", "PM_BENCH_PARTIES"
"""Variables: the folder in which runs leave word, and how many of them are expected."""
PATIENCE_S = 120
LOOK_EVERY_S = 0.02


def meet(place: str) -> None:
    """Wait until every expected process has come to `place`.

    Raises:
        TimeoutError: somebody did not come.
    """
    folder, parties = Path(os.environ[FOLDER]) / place, int(os.environ[PARTIES])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / str(os.getpid())).touch()
    begun = time.monotonic()
    while len(list(folder.iterdir())) < parties:
        if time.monotonic() - begun > PATIENCE_S:
            raise TimeoutError(f"{place}: not all of {parties} runs came within {PATIENCE_S} s")
        time.sleep(LOOK_EVERY_S)


def anybody_came() -> bool:
    """Whether the first process has come to some place."""
    return any(Path(os.environ[FOLDER]).iterdir())
