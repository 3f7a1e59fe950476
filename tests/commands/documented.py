"""The commands that README and docs tell people to type."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
STARTS = ("polymarket", ".venv/bin/polymarket", "dagster", "make")


def commands() -> Iterator[list[str]]:
    """Every command in a code block or in backticks, as words."""
    for page in PAGES:
        text = page.read_text()
        blocks = re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        lines = [line for block in blocks for line in block.splitlines()]
        prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        inline = re.findall(r"`([^`\n]+)`", prose)
        for line in [*lines, *inline]:
            if line.split(" ")[0] in STARTS:
                words = shlex.split(line)
                yield [words[0].rsplit("/", 1)[-1], *words[1:]]
