"""One finding of the doctor, and how a check that breaks becomes one.

Belongs here: the record. Not here: any check.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

UNFORESEEN = "if the message does not say what to do, look into HOME/logs/polymarket.log"


@dataclass(frozen=True)
class Check:
    """A finding: what was checked, whether it is well, what was seen, and what to do."""

    name: str
    ok: bool
    detail: str
    next_action: str = ""

    def as_json(self) -> dict[str, Any]:
        """The four fields by name."""
        return asdict(self)


def guarded(name: str, check: Callable[[], Check]) -> Check:
    """What `check` finds; its failure is a finding, too."""
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - the doctor reports what is broken, whatever it is
        words = " ".join(str(error).split())
        return Check(name, False, f"{type(error).__name__}: {words}", UNFORESEEN)
