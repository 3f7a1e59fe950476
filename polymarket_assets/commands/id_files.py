"""Files of ids that people give to a command: one a line.

Belongs here: reading and checking them. Not here: what is done with the ids.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Kind:
    """What a line must look like, and how that is said."""

    name: str
    pattern: re.Pattern[str]
    shape: str


CONDITION = Kind(
    "condition id", re.compile(r"0x[0-9a-f]{62}(?:[0-9a-f]{2})?"), "0x and 64 hex digits"
)
TOKEN = Kind("token id", re.compile(r"[0-9]{1,78}"), "decimal digits")
SHOWN = 5
LONGEST = 80


class IdFileError(ValueError):
    """A file of ids cannot be used; the message names its lines."""


def read_ids(file: Path, kind: Kind) -> tuple[str, ...]:
    """The ids of a file in its order, each once; empty lines and those that begin with # are not.

    Raises:
        IdFileError: the file cannot be read, has no id, or a line is none.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise IdFileError(
            f"{file}: cannot be read as text ({error}); expected one {kind.name} a line"
        ) from error
    ids: dict[str, None] = {}
    bad = []
    for number, line in enumerate(lines, start=1):
        word = line.strip().lower()
        if not word or word.startswith("#"):
            continue
        if kind.pattern.fullmatch(word):
            ids[word] = None
        else:
            bad.append(f"line {number}: {line.strip()[:LONGEST]!r}")
    if bad:
        more = f" and {len(bad) - SHOWN} more lines" if len(bad) > SHOWN else ""
        raise IdFileError(
            f"{file}: {'; '.join(bad[:SHOWN])}{more}: no {kind.name}; expected {kind.shape}, one a "
            "line"
        )
    if not ids:
        raise IdFileError(f"{file}: holds no {kind.name}; expected {kind.shape}, one a line")
    return tuple(ids)
