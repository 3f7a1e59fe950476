"""Every recorded Gamma file through the contracts: what they refuse is listed here, one by one."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from polymarket_assets.clients.contracts import events, markets
from polymarket_assets.clients.contracts.page import ParsedPage
from tests.clients.contracts.mutations import Parse, parsed_or_refused
from tests.conftest import RECORDED

GAMMA = RECORDED / "gamma"
OBJECTS = {
    "events_2020_2022.jsonl.gz": (3171, 4833),
    "events_2024_jan_sep.jsonl.gz": (2931, 8666),
    "events_iran_20260301.json.gz": (34, 242),
    "events_weather_2026.json.gz": (63, 341),
    "markets_2020_2022.jsonl.gz": (0, 4860),
    "markets_2024_jan_sep.jsonl.gz": (0, 8656),
}
"""Events and markets (embedded ones too) of each file."""
NO_OBJECTS = {"snapshots_top100_2026_06.parquet"}
"""Tables made of Gamma's answers, not the answers."""
TRULY_BROKEN: list[tuple[str, str, str]] = []
"""(file, id, reason) of each record that is refused; none of those recorded is broken."""


@pytest.fixture(autouse=True)
def _recorded() -> None:
    if not GAMMA.is_dir():
        pytest.skip(f"no recorded data: {GAMMA} is needed")


def recorded(path: Path) -> list[bytes]:
    body = gzip.decompress(path.read_bytes())
    if path.name.endswith(".jsonl.gz"):
        return body.splitlines()
    return [json.dumps(row).encode() for row in json.loads(body)]


def pages(parse: Parse, key: str, objects: list[bytes]) -> Iterator[ParsedPage]:
    for start in range(0, len(objects), 100):
        body = b'{"%s":[%s]}' % (key.encode(), b",".join(objects[start : start + 100]))
        page = parsed_or_refused(parse, body)
        assert page is not None
        yield page


def test_every_file_of_the_folder_is_looked_at() -> None:
    assert {path.name for path in GAMMA.iterdir()} == set(OBJECTS) | NO_OBJECTS


@pytest.mark.parametrize("name", OBJECTS)
def test_nothing_that_is_not_truly_broken_is_quarantined(name: str) -> None:
    rows = recorded(GAMMA / name)
    if "events" in name:
        inside = [
            json.dumps(m).encode() for row in rows for m in json.loads(row).get("markets", ())
        ]
        found = [*pages(events.parse, "events", rows)], [*pages(markets.parse, "markets", inside)]
    else:
        found = [], [*pages(markets.parse, "markets", rows)]
    assert tuple(sum(page.row_count for page in kind) for kind in found) == OBJECTS[name]
    refused = [
        (name, json.loads(record.row)["id"], record.reason)
        for kind in found
        for page in kind
        for record in page.rejected
    ]
    assert refused == [row for row in TRULY_BROKEN if row[0] == name]
    assert {field for kind in found for page in kind for field in page.unknown_fields} == set()
