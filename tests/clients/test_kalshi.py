"""Kalshi's calls: what they ask, one budget for all of them, and signatures only with a key."""

from __future__ import annotations

import base64
import logging
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from polymarket_assets.clients import kalshi
from polymarket_assets.clients.errors import (
    CursorLoopError,
    InvalidCursorError,
    MalformedPageError,
    RequestRefusedError,
)
from polymarket_assets.clients.kalshi_auth import KalshiKeyError, kalshi_signer
from polymarket_assets.clients.rsa_pss import KeyFormatError, RsaKey
from tests.clients.venue import (
    NOW,
    ManualTime,
    Request,
    ScriptedVenue,
    as_bytes,
    asking,
    collect,
    json_reply,
    payload,
    run,
    settings_for,
)

EMPTY = {"cursor": "", "markets": [], "events": [], "trades": [], "orderbooks": [], "series": []}
OPENSSL = shutil.which("openssl")


def test_a_walk_ends_at_the_empty_cursor_and_says_its_filters_each_time(tmp_path: Path) -> None:
    pages = [payload("kalshi_markets"), payload("kalshi_markets") | {"cursor": ""}]

    async def scenario() -> list[Request]:
        async with (
            ScriptedVenue.of(*map(json_reply, pages)) as venue,
            asking(settings_for(tmp_path, venue.url)) as http,
        ):
            walked = await collect(kalshi.market_pages(http, filters=[("status", "open")]))
        assert [page.next_cursor for page in walked] == ["Q2dZSW9lV3k", None]
        return venue.requests

    first, second = run(scenario())
    asked = {"limit": "1000", "mve_filter": "exclude", "status": "open"}
    assert first.query == asked
    assert second.query == asked | {"cursor": "Q2dZSW9lV3k"}


def test_a_circle_of_cursors_is_left(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            ScriptedVenue.of(json_reply(payload("kalshi_markets"))) as venue,
            asking(settings_for(tmp_path, venue.url)) as http,
        ):
            await collect(kalshi.market_pages(http))

    with pytest.raises(CursorLoopError):
        run(scenario())


def test_a_window_of_trades_is_asked_for_in_whole_seconds(tmp_path: Path) -> None:
    async def scenario() -> Request:
        async with (
            ScriptedVenue.of(json_reply(payload("kalshi_trades"))) as venue,
            asking(settings_for(tmp_path, venue.url)) as http,
        ):
            start = datetime(2026, 9, 15, 11, 0, 0, 900_000, tzinfo=UTC)
            end = datetime(2026, 9, 15, 11, 59, 59, 100_000, tzinfo=UTC)
            page = await kalshi.trades_page(http, start=start, end=end, historical=True)
            assert page.parsed.table.num_rows == 2
        return venue.requests[0]

    asked = run(scenario())
    assert asked.path == "/historical/trades"
    assert asked.query == {"limit": "1000", "min_ts": "1789470000", "max_ts": "1789473600"}


@pytest.mark.parametrize("nested", [False, True])
def test_a_forgotten_cursor_is_told_apart_in_both_shapes_of_an_error(
    tmp_path: Path, nested: bool
) -> None:
    error = {"code": "bad", "message": "invalid cursor"}
    body = {"error": error} if nested else error

    async def scenario() -> None:
        async with (
            ScriptedVenue.of(json_reply(body, status=400)) as venue,
            asking(settings_for(tmp_path, venue.url)) as http,
        ):
            await kalshi.trades_page(http, start=NOW, end=NOW + timedelta(1), cursor="old")

    with pytest.raises(InvalidCursorError, match="invalid cursor"):
        run(scenario())


def test_the_cutoff_is_two_moments_or_nothing_and_never_an_error_read_as_nothing(
    tmp_path: Path,
) -> None:
    body = {
        "market_settled_ts": "2026-06-15T00:00:00Z",
        "trades_created_ts": "2026-06-16T00:00:00Z",
        "orders_updated_ts": "2026-06-17T00:00:00Z",
    }
    answers = [
        json_reply(body),
        json_reply({"code": "not_found", "message": "not found"}, status=404),
        json_reply({"code": "forbidden", "message": "no"}, status=401),
        json_reply({"market_settled_ts": 5}),
    ]

    async def scenario() -> None:
        async with (
            ScriptedVenue.of(*answers) as venue,
            asking(settings_for(tmp_path, venue.url)) as http,
        ):
            assert await kalshi.cutoff(http) == kalshi.Cutoff(
                datetime(2026, 6, 15, tzinfo=UTC), datetime(2026, 6, 16, tzinfo=UTC)
            )
            assert await kalshi.cutoff(http) is None
            with pytest.raises(RequestRefusedError, match="401"):
                await kalshi.cutoff(http)
            with pytest.raises(MalformedPageError):
                await kalshi.cutoff(http)

    run(scenario())


@pytest.mark.parametrize(("override", "a_second"), [(None, 19), ("1000", 97)])
def test_all_endpoints_share_one_budget_and_no_second_holds_more_than_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, override: str | None, a_second: int
) -> None:
    if override:
        monkeypatch.setenv("PM_RATE_KALSHI", override)

    async def scenario() -> list[float]:
        moment, sent = ManualTime(), []
        async with ScriptedVenue.of(json_reply(EMPTY)) as venue:
            settings = settings_for(tmp_path, venue.url)
            async with asking(settings, moment) as first, asking(settings, moment) as second:
                for n in range(2 * a_second + 3):
                    http = (first, second)[n % 2]
                    match n % 3:
                        case 0:
                            await kalshi.series_page(http)
                        case 1:
                            await kalshi.books_page(http, tickers=["A"])
                        case _:
                            await collect(kalshi.event_pages(http))
                    sent.append(moment.now)
        return sent

    sent = run(scenario())
    assert max(sum(at <= other < at + 0.999 for other in sent) for at in sent) == a_second
    assert max(sent) - min(sent) == pytest.approx(2.0)


# --- signatures ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A key in both forms of PEM, and its public half, made by OpenSSL."""
    if OPENSSL is None:
        pytest.skip("no openssl to make a key with")
    folder = tmp_path_factory.mktemp("keys")
    made = {name: folder / f"{name}.pem" for name in ("pkcs8", "pkcs1", "public", "short")}
    for arguments in (
        ["genrsa", "-out", str(made["pkcs8"]), "2048"],
        ["rsa", "-in", str(made["pkcs8"]), "-traditional", "-out", str(made["pkcs1"])],
        ["rsa", "-in", str(made["pkcs8"]), "-pubout", "-out", str(made["public"])],
        ["genrsa", "-out", str(made["short"]), "1024"],
    ):
        subprocess.run([OPENSSL, *arguments], check=True, capture_output=True)
    for file in made.values():
        file.chmod(0o600)
    return made


@pytest.mark.parametrize("form", ["pkcs8", "pkcs1"])
def test_openssl_accepts_a_signature_and_no_other_message(
    keys: dict[str, Path], tmp_path: Path, form: str
) -> None:
    key = RsaKey.from_pem(keys[form].read_text())
    signature = key.sign(b"message")
    (tmp_path / "signature").write_bytes(signature)

    def accepted(message: bytes) -> bool:
        command = [
            str(OPENSSL), "dgst", "-sha256", "-verify", str(keys["public"]),
            "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest",
            "-sigopt", "rsa_mgf1_md:sha256", "-signature", str(tmp_path / "signature"),
        ]  # fmt: skip
        done = subprocess.run(command, input=message, capture_output=True, check=False)
        return done.returncode == 0

    assert accepted(b"message")
    assert not accepted(b"another")
    assert key.verifies(b"message", signature)
    assert not key.verifies(b"another", signature)
    assert key.sign(b"message") != signature, "each has a salt of its own"


def test_every_attempt_is_signed_over_its_own_time_and_path_without_the_query(
    keys: dict[str, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key_file = keys["pkcs8"]
    answers = [json_reply({}, status=503), json_reply(EMPTY)]

    async def scenario() -> tuple[list[Request], str]:
        async with ScriptedVenue.of(*answers) as venue:
            settings = settings_for(
                tmp_path,
                venue.url,
                kalshi_url=f"{venue.url}/trade-api/v2",
                kalshi_key_id="the-key-id",
                kalshi_key_file=key_file,
            )
            async with asking(settings, ManualTime()) as http:
                page = await kalshi.books_page(http, tickers=["A"])
        return venue.requests, page.response.request

    with caplog.at_level(logging.DEBUG):
        requests, described = run(scenario())
    assert len(requests) == 2
    assert len({request.headers["kalshi-access-timestamp"] for request in requests}) == 2
    key = RsaKey.from_pem(key_file.read_text())
    for request in requests:
        stamp = request.headers["kalshi-access-timestamp"]
        signed = f"{stamp}GET/trade-api/v2/markets/orderbooks".encode()
        assert key.verifies(signed, base64.b64decode(request.headers["kalshi-access-signature"]))
        assert request.headers["kalshi-access-key"] == "the-key-id"
    said = caplog.text + described + repr(key)
    assert not [secret for secret in ("the-key-id", str(key.private_exponent)) if secret in said]


def test_without_a_key_nothing_is_signed(tmp_path: Path) -> None:
    async def scenario() -> Request:
        async with (
            ScriptedVenue.of(json_reply(EMPTY)) as venue,
            asking(settings_for(tmp_path, venue.url)) as http,
        ):
            await kalshi.series_page(http)
        return venue.requests[0]

    assert not [name for name in run(scenario()).headers if name.startswith("kalshi")]


def test_a_key_that_can_not_be_used_says_why_and_nothing_of_itself(
    keys: dict[str, Path], tmp_path: Path
) -> None:
    def refused(key_id: str | None, file: Path | None) -> str:
        settings = settings_for(tmp_path, "http://x", kalshi_key_id=key_id, kalshi_key_file=file)
        with pytest.raises(KalshiKeyError) as caught:
            kalshi_signer(settings)
        return str(caught.value)

    assert "go together" in refused("id", None)
    assert "go together" in refused(None, keys["pkcs8"])
    assert "No such file" in refused("id", tmp_path / "absent")
    assert "at least 2048" in refused("id", keys["short"])
    open_file = tmp_path / "open.pem"
    open_file.write_text(keys["pkcs8"].read_text())
    open_file.chmod(0o644)
    assert "chmod 600" in refused("id", open_file)
    assert refused("id", keys["public"]).endswith("or PRIVATE KEY")
    with pytest.raises(KeyFormatError, match="encrypted"):
        RsaKey.from_pem("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    with pytest.raises(KeyFormatError, match="holds no RSA private key"):
        RsaKey.from_pem(
            "-----BEGIN PRIVATE KEY-----\n"
            + base64.b64encode(as_bytes("no key")).decode()
            + "\n-----END PRIVATE KEY-----"
        )
