"""Answers that are no page, on every endpoint: an error of ours that names it, never an empty page.

What a page's bytes may hold is tried in contracts/test_malformed.py; here it is what HTTP adds.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from polymarket_assets.clients.contracts.registry import ALL, Contract
from polymarket_assets.clients.endpoints import ENDPOINTS
from polymarket_assets.clients.errors import (
    BodyTooLargeError,
    VenueBlockedError,
    VenueError,
    VenueUnavailableError,
)
from polymarket_assets.clients.pages import FetchedPage
from tests.clients.venue import (
    HTML,
    ManualTime,
    Reply,
    ScriptedVenue,
    asking,
    run,
    settings_for,
)
from tests.payloads.samples import SAMPLES

GZIP = (("Content-Encoding", "gzip"),)
BROTLI = (("Content-Encoding", "br"),)
ANSWERS: dict[str, tuple[Reply, type[VenueError]]] = {
    "a bomb of 200 MB": (Reply(gzip.compress(b" " * 200_000_000, 1), 200, GZIP), BodyTooLargeError),
    "gzip that is none": (Reply(b"[]", 200, GZIP), VenueUnavailableError),
    "an encoding nobody asked for": (Reply(b"[]", 200, BROTLI), VenueUnavailableError),
    "nothing with status 200": (Reply(b""), VenueUnavailableError),
    "status 204": (Reply(b"", 204), VenueUnavailableError),
    "status 206": (Reply(b"[]", 206), VenueUnavailableError),
    "HTML with status 200": (Reply(HTML), VenueBlockedError),
    "an error with status 200": (Reply(b'{"error":"upstream hiccup"}'), VenueUnavailableError),
    "UTF-16": (Reply("{}".encode("utf-16")), VenueUnavailableError),
}


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.name)
def test_what_is_no_page_is_an_error_by_name_and_never_an_empty_page(
    tmp_path: Path, contract: Contract
) -> None:
    [endpoint] = [one for one in ENDPOINTS if one.name == contract.endpoint]
    [sample] = [one for one in SAMPLES if one.contract == contract.name]

    async def ask(answer: Reply) -> FetchedPage | VenueError:
        venue = ScriptedVenue.of(answer)
        async with venue:
            settings = settings_for(tmp_path, venue.url, http_max_body_mb=2, http_attempts=2)
            async with asking(settings, ManualTime()) as http:
                try:
                    return await http.fetch(
                        endpoint, lambda response: contract.parse(response.body, sample.asked)
                    )
                except VenueError as error:
                    return error

    for name, (answer, expected) in ANSWERS.items():
        found = run(ask(answer))
        assert type(found) is expected, name
        assert found.endpoint == contract.endpoint
        assert found.next_action in str(found)
