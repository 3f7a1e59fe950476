"""One attempt: send a request, read the answer within a size and a time, name what went wrong.

Belongs here: every way an attempt can fail, and whether another one may help. Not here: when to try
again (http.py), or what a page must hold (contracts).
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx
import msgspec

from polymarket_assets.clients.errors import (
    BodyTooLargeError,
    MalformedPageError,
    RateLimitedError,
    RequestRefusedError,
    TlsError,
    VenueBlockedError,
    VenueError,
    VenueUnavailableError,
)

ONCE = 1
"""Tries a fault is worth when the same request must fail again."""
BLOCKED_TRIES = 3
"""Tries a firewall page is worth: some are gone a second later, some never go."""
_SHOWN = 200
"""Characters of a venue's own words that an error repeats."""
_TOO_MANY = re.compile(r"too many|rate.?limit", re.IGNORECASE)
_SECONDS = re.compile(r"\d{1,12}(\.\d{1,9})?", re.ASCII)
# 501 says the route does not exist: unlike the other 5xx it will not pass.
_RETRIED_STATUSES = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request ready to be sent any number of times."""

    method: str
    url: str
    body: bytes | None
    headers: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: status, header names in lower case, bytes after decompression."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class AttemptFailedError(Exception):
    """An attempt that gave no usable page.

    Attributes:
        cause: what happened, in words.
        becomes: the error it is when nothing more is tried.
        tries: how many attempts it is worth at most; None for as many as the settings allow.
        status: HTTP status, if there was an answer.
        retry_after_s: seconds the venue asked us to wait, if it said so.
    """

    def __init__(
        self,
        cause: str,
        becomes: type[VenueError],
        *,
        tries: int | None = None,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.becomes = becomes
        self.tries = tries
        self.status = status
        self.retry_after_s = retry_after_s

    @property
    def limited(self) -> bool:
        """The venue wants fewer requests."""
        return self.becomes is RateLimitedError

    @property
    def is_outage(self) -> bool:
        """The endpoint itself is unwell: counts for the breaker."""
        return self.becomes in (VenueUnavailableError, VenueBlockedError)


async def attempt(
    transport: httpx.AsyncBaseTransport,
    request: Outgoing,
    *,
    timeout_s: float,
    max_bytes: int,
    wall_now: float,
) -> Answer:
    """Send `request` once and read all of its answer.

    Args:
        transport: the connections to use. A client around it would look for cookies, redirects and
            the like, none of which a venue's API has.
        request: what to send.
        timeout_s: seconds for everything, from connecting to the last byte.
        max_bytes: largest body read, after decompression.
        wall_now: real time (unix seconds), for a Retry-After that names a date.

    Raises:
        AttemptFailedError: there is no complete answer with status 200.
    """
    try:
        async with asyncio.timeout(timeout_s):
            answer = await _exchange(transport, request, max_bytes)
    except TimeoutError:
        raise AttemptFailedError(
            f"no complete answer within {timeout_s:g} s", VenueUnavailableError
        ) from None
    except httpx.HTTPError as error:
        raise _broken_exchange(error) from error
    if answer.status != HTTPStatus.OK:
        raise _refusal(answer, wall_now)
    return answer


async def _exchange(
    transport: httpx.AsyncBaseTransport, request: Outgoing, max_bytes: int
) -> Answer:
    reply = await transport.handle_async_request(
        httpx.Request(request.method, request.url, headers=request.headers, content=request.body)
    )
    try:
        encoding = reply.headers.get("content-encoding", "identity").lower()
        if encoding not in ("identity", "gzip"):
            raise AttemptFailedError(
                f"the answer is encoded as {encoding[:_SHOWN]!r}, which was not asked for",
                VenueUnavailableError,
                status=reply.status_code,
            )
        parts: list[bytes] = []
        size = 0
        async for part in reply.aiter_bytes():
            parts.append(part)
            size += len(part)
            if size > max_bytes:
                raise AttemptFailedError(
                    f"the answer is larger than {max_bytes} bytes",
                    BodyTooLargeError,
                    tries=ONCE,
                    status=reply.status_code,
                )
        return Answer(reply.status_code, reply.headers, b"".join(parts))
    finally:
        await reply.aclose()


def _broken_exchange(error: httpx.HTTPError) -> AttemptFailedError:
    """What a transport error was: its innermost cause says more than httpx's own text."""
    innermost: BaseException = error
    while (deeper := innermost.__cause__ or innermost.__context__) is not None:
        innermost = deeper
        # An end of file during the handshake is a dropped connection, not a wrong certificate.
        if isinstance(deeper, ssl.SSLError) and not isinstance(deeper, ssl.SSLEOFError):
            return AttemptFailedError(f"TLS: {deeper}", TlsError, tries=ONCE)
    words = f"{type(error).__name__}: {error}".removesuffix(": ")
    if innermost is not error and str(innermost) not in words:
        words += f" ({type(innermost).__name__}: {innermost})"
    return AttemptFailedError(words, VenueUnavailableError)


def _refusal(answer: Answer, wall_now: float) -> AttemptFailedError:
    """What a status other than 200 means."""
    status = answer.status
    cause = f"status {status}"
    if words := _words(answer.body):
        cause += f": {words}"
    becomes: type[VenueError] = RequestRefusedError
    tries: int | None = ONCE
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        becomes, tries = RateLimitedError, None
    elif status == HTTPStatus.FORBIDDEN and _is_html(answer.body):
        becomes, tries = VenueBlockedError, BLOCKED_TRIES
    elif status in _RETRIED_STATUSES or (
        status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED
    ):
        becomes, tries = VenueUnavailableError, None
    elif HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        target = answer.headers.get("location", "nowhere")
        cause = f"status {status}: a redirect to {target[:_SHOWN]!r} is not followed"
    elif status < HTTPStatus.MULTIPLE_CHOICES:
        becomes, tries = VenueUnavailableError, None
        cause = f"status {status} instead of 200"
    wait, remark = _retry_after(answer.headers, wall_now)
    return AttemptFailedError(
        cause + remark, becomes, tries=tries, status=status, retry_after_s=wait
    )


def not_a_page(answer: Answer, error: MalformedPageError) -> AttemptFailedError | None:
    """What an answer with status 200 was that is no page; None when asking again is no use."""
    if error.said is not None:
        becomes = RateLimitedError if _TOO_MANY.search(error.said) else VenueUnavailableError
        cause = f"status 200 with an error: {error.said[:_SHOWN]}"
        return AttemptFailedError(cause, becomes, status=answer.status)
    if _is_html(answer.body):
        cause = f"status 200 with an HTML page: {_words(answer.body)}"
        return AttemptFailedError(cause, VenueBlockedError, status=answer.status)
    if error.undecodable:
        cause = f"{len(answer.body)} bytes that are not a whole JSON text ({error.cause})"
        return AttemptFailedError(cause, VenueUnavailableError, status=answer.status)
    return None


def _retry_after(headers: Mapping[str, str], wall_now: float) -> tuple[float | None, str]:
    """Seconds the venue asks us to wait, and a remark for the error's text."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None, ""
    if _SECONDS.fullmatch(text):
        return float(text), f" (Retry-After: {text})"
    try:
        moment = parsedate_to_datetime(text).timestamp()
        # The server's own clock decides what its date means; ours stands in when it sends none.
        base = parsedate_to_datetime(headers["date"]).timestamp() if "date" in headers else wall_now
    except (ValueError, OverflowError):
        return None, f" (with an unreadable Retry-After: {text[:_SHOWN]!r})"
    return max(0.0, moment - base), f" (Retry-After: {text})"


def _is_html(body: bytes) -> bool:
    return body.lstrip()[:1] == b"<"


def _words(body: bytes) -> str:
    """What an answer says in words: its `error` or `message`, an HTML title, or its first bytes."""
    if _is_html(body):
        title = re.search(rb"<title[^>]*>(.*?)</title>", body[:20_000], re.DOTALL | re.IGNORECASE)
        text = title[1] if title else b"a page without a title"
        return " ".join(text.decode(errors="replace").split())[:_SHOWN]
    try:
        fields = msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body[:_SHOWN].decode(errors="replace").strip()
    said = next((fields[key] for key in ("error", "message", "error_msg") if key in fields), fields)
    return str(said)[:_SHOWN]
