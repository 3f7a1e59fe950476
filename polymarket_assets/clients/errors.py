"""What may go wrong between us and a venue, each with where, why, how often tried and what next.

Belongs here: the error types every client raises. Not here: deciding which one applies (attempt.py,
http.py). No error of this page is ever to be read as an empty answer.
"""

from __future__ import annotations

from http import HTTPStatus


class VenueError(RuntimeError):
    """A venue gave no usable answer.

    Attributes:
        endpoint: name of the endpoint, as in `endpoints.py`.
        cause: what happened, in words.
        attempts: requests sent for this call; 0 when none was allowed out.
        next_action: what a person should do.
        status: HTTP status of the last answer, if there was one.
    """

    advice = "run the source again: it goes on where it stopped"

    def __init__(
        self,
        endpoint: str,
        cause: str,
        *,
        attempts: int = 1,
        status: int | None = None,
        next_action: str | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.cause = cause
        self.attempts = attempts
        self.status = status
        self.next_action = next_action or self.advice
        tried = "no attempt" if attempts == 0 else f"{attempts} attempt{'s' * (attempts > 1)}"
        super().__init__(f"{endpoint}: {cause} ({tried}); next: {self.next_action}")


class VenueUnavailableError(VenueError):
    """Every attempt failed: no connection, a timeout, a 5xx, or an answer cut short."""

    advice = (
        "wait until the venue answers again (try the address by hand), then run the source again"
    )


class BreakerOpenError(VenueUnavailableError):
    """The endpoint failed too often in a row; nothing is sent until it has had a pause."""


class RateLimitedError(VenueError):
    """The venue asked us to wait longer than the deadline allows, or refused every attempt."""

    advice = (
        "run the source again later; if it repeats, lower PM_HTTP_RATE_FACTOR or look for another "
        "program that shares this address"
    )


class VenueBlockedError(VenueError):
    """The venue's firewall answered with a page for humans instead of data."""

    advice = (
        "open the address in a browser from this machine: the venue or a proxy on the way refuses "
        "this address or region"
    )


class RequestRefusedError(VenueError):
    """The venue refused the request itself (4xx, a redirect); the same request fails again."""

    advice = "compare the request with the venue's documentation: its contract may have changed"


class InvalidCursorError(RequestRefusedError):
    """The venue refused a request that carried a cursor: it no longer knows our place."""

    advice = "start this walk from its beginning"


class TlsError(VenueError):
    """The server's certificate or TLS set-up is wrong; asking again would not make it right."""

    advice = "check this machine's clock, its CA certificates and who answers at that address"


class BodyTooLargeError(VenueError):
    """The answer is larger than PM_HTTP_MAX_BODY_MB after decompression; it was not read on."""

    advice = "look at the address by hand; if the size is right, raise PM_HTTP_MAX_BODY_MB"


class MalformedPageError(VenueError):
    """The answer is not the page the contract promises, so none of its rows can be trusted."""

    advice = (
        "look at the answer: if the venue changed its contract, the parser in clients/contracts "
        "must follow"
    )

    def __init__(
        self,
        endpoint: str,
        cause: str,
        *,
        attempts: int = 1,
        undecodable: bool = False,
        said: str | None = None,
    ) -> None:
        super().__init__(endpoint, cause, attempts=attempts)
        self.undecodable = undecodable
        """Not JSON at all: perhaps cut on the way, so worth another attempt."""
        self.said = said
        """The error the venue put in place of a page, in its own words."""


class CursorLoopError(VenueError):
    """The venue led a walk back to a cursor it had given before."""

    advice = (
        "report it to the venue, and run the source again later; everything up to the repeated "
        "cursor is kept"
    )


class OffsetCapError(RequestRefusedError):
    """The venue serves no rows that far down one window; the window must be cut."""

    advice = "ask for a shorter window"


class CapReachedError(VenueError):
    """One second holds more rows than the venue serves of one window, so some stay missing."""

    advice = "run the source again once the current version of the endpoint answers"


_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.NOT_IMPLEMENTED})


def is_away(error: VenueError) -> bool:
    """Whether the endpoint itself is not served (now), so that another way to ask makes sense.

    It is after lasting 5xx, an open breaker, and the statuses 404, 410 and 501.
    """
    if isinstance(error, BreakerOpenError):
        return True
    if isinstance(error, VenueUnavailableError):
        return error.status is not None and error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, RequestRefusedError) and error.status in _GONE
