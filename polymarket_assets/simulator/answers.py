"""What the three APIs have in common: query parameters, signed cursors, error bodies, JSON answers.

Belongs here: the forms. Which parameter means what, and which error it earns, is each route's
business.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

Handler = Callable[[Request], Awaitable[Response]]

EMPTY_PAGE = "simulator.empty_page"
"""Key in the request's scope: answer an empty page in the middle of the walk, losing nothing."""


class RefusedError(Exception):
    """A request the venue answers with an error; carries status and body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body = status, body


class Query:
    """Query parameters; a name may be repeated, some hold lists separated by commas."""

    def __init__(self, request: Request) -> None:
        self._items = request.query_params.multi_items()

    def __contains__(self, name: str) -> bool:
        return any(name == own for own, _ in self._items)

    def one(self, *names: str, default: str | None = None) -> str | None:
        """First value under any of the names."""
        return next((value for name, value in self._items if name in names), default)

    def many(self, *names: str) -> list[str]:
        """All values under any of the names, split at commas, each once."""
        values = (v for name, value in self._items if name in names for v in value.split(","))
        return list(dict.fromkeys(v for v in values if v))

    def flag(self, name: str, default: bool) -> bool:
        """`true` or `1` is true; anything else false."""
        value = self.one(name)
        return default if value is None else value.lower() in ("true", "1")


class Signer:
    """Cursors that carry their position, typed and signed; the key follows from the seed."""

    def __init__(self, seed: int) -> None:
        self._key = f"simulator cursor {seed}".encode()
        self._nonce = itertools.count(1)

    def _signature(self, data: dict[str, Any]) -> str:
        return hmac.new(self._key, orjson.dumps(data), hashlib.sha256).hexdigest()[:32]

    def cursor(self, kind: str, params: dict[str, Any], *, again: bool = False) -> str:
        """A cursor of that kind; `again` gives a new text for a position already given out."""
        data: dict[str, Any] = {"type": kind, "params": params}
        if again:
            data["n"] = next(self._nonce)
        box = orjson.dumps({"data": data, "sig": self._signature(data)})
        return base64.urlsafe_b64encode(box).decode().rstrip("=")

    def params(self, kind: str, cursor: str) -> dict[str, Any] | None:
        """What `cursor` packed; None if the text was altered or belongs to another kind."""
        try:
            box = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            data, signature = box["data"], str(box["sig"])
            genuine = hmac.compare_digest(self._signature(data), signature)
            return data["params"] if genuine and data["type"] == kind else None
        except (ValueError, KeyError, TypeError):
            return None


_traces = itertools.count(1)


def trace_id() -> str:
    """A new trace id, 32 hexadecimal digits."""
    return f"{next(_traces):032x}"


def v2_error(status: int, code: str, message: str, parameter: str | None = None) -> RefusedError:
    """An error of the Data API v2."""
    retryable = status >= HTTPStatus.TOO_MANY_REQUESTS
    body = {"error": message, "code": code, "retryable": retryable, "trace_id": trace_id()}
    return RefusedError(status, body | ({"parameter": parameter} if parameter else {}))


def gamma_error(message: str) -> RefusedError:
    """A validation error of Gamma."""
    return RefusedError(422, {"type": "validation error", "error": message})


def clob_error(message: str, status: int = 400) -> RefusedError:
    """An error of the CLOB."""
    return RefusedError(status, {"error": message})


def json_answer(
    body: object, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """A JSON answer from Python values."""
    return raw_answer([orjson.dumps(body)], status=status, headers=headers)


def raw_answer(
    parts: Iterable[bytes], *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """A JSON answer from bytes already spelled."""
    return Response(b"".join(parts), status, headers, "application/json")
