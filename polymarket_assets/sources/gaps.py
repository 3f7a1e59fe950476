"""What is not proved of a source's days, in words, and the command that fetches it.

Belongs here: the gap and the evaluation it is part of. Not here: finding one (completeness.py).
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from polymarket_assets.domain.windows import DayWindow, Interval
from polymarket_assets.sources.selection import name_for_people

NARROWED_BY = {"data_trades": "--conditions", "clob_prices": "--tokens"}
"""Sources that can be asked for some ids alone, and the option that names the file of ids."""
SHOWN = 5


@dataclass(frozen=True)
class Gap:
    """Something that is not proved.

    Attributes:
        scope: which walk or part of the source.
        interval: which time of the venue, where that is known.
        what: which pages and why, in words.
        promised: a run or watermark says it is held; else a run is known to have failed or stopped.
        ids: the conditions or tokens concerned, where it is about some of them.
        fillable: whether the venue still serves it.
    """

    scope: str
    interval: Interval | None
    what: str
    promised: bool
    ids: tuple[str, ...] = ()
    fillable: bool = True

    def __str__(self) -> str:
        when = (
            f" {utc_text(self.interval.start)} to {utc_text(self.interval.end)}"
            if self.interval
            else ""
        )
        return f"{self.scope}{when}: {self.what}"


@dataclass(frozen=True)
class Evaluation:
    """What of a window is proved for one source."""

    source: str
    window: DayWindow
    gaps: tuple[Gap, ...]
    walks: int = 0
    pages: int = 0
    notes: tuple[str, ...] = ()

    @property
    def disproved(self) -> tuple[Gap, ...]:
        """Gaps in what is said to be held: nothing may be built on it."""
        return tuple(gap for gap in self.gaps if gap.promised)

    def command(self, ids_file: str | None = None) -> str | None:
        """The command that fetches what is missing; None when nothing is, or nothing can be."""
        fillable = [gap for gap in self.gaps if gap.fillable]
        if not fillable:
            return None
        words = ["polymarket sources run", name_for_people(self.source)]
        days = [gap.interval for gap in fillable if gap.interval]
        if days:
            last = max(interval.end for interval in days) - timedelta(microseconds=1)
            words += ["--from", str(min(i.start for i in days).date()), "--to", str(last.date())]
        if self.source in NARROWED_BY and ids_file and all(gap.ids for gap in fillable):
            words += [NARROWED_BY[self.source], ids_file]
        if any(gap.promised for gap in fillable):
            words.append("--fresh")
        return " ".join(words)

    def words(self, ids_file: str | None = None) -> str:
        """The gaps and what to do about them, for people."""
        if not self.gaps:
            return "; ".join(self.notes) or "every page is held, every walk ended where it may"
        shown = "; ".join(str(gap) for gap in self.gaps[:SHOWN])
        more = f"; and {len(self.gaps) - SHOWN} more" if len(self.gaps) > SHOWN else ""
        command = self.command(ids_file)
        advice = f"next: {command}" if command else "the venue serves no past of it"
        return f"{shown}{more}; {advice}"


def write_ids(found: Evaluation, folder: Path) -> str | None:
    """Write the ids that gaps are about to a file, one a line; its path, None without any."""
    ids = sorted({one for gap in found.gaps if gap.fillable for one in gap.ids})
    if not ids:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{found.source}-{str(found.window).replace('...', '-to-')}.txt"
    file.write_text("\n".join(ids) + "\n")
    return shlex.quote(str(file))


def utc_text(moment: datetime) -> str:
    """A moment for people, in UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
