"""The classes of malformed records and pages as wholes, whatever their fields are."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

from tests.payloads.malformed import Record

RECORDS: dict[str, Callable[[Record], Any]] = {
    "a record that is null": lambda _: None,
    "a record that is a number": lambda _: 5,
    "a record that is text": json.dumps,
    "a record that is true": lambda _: True,
    "a record in a list": lambda record: [record],
    "a record without fields": lambda _: {},
    "names in upper case": lambda record: {name.upper(): v for name, v in record.items()},
    "names in quotes": lambda record: {f'"{name}"': v for name, v in record.items()},
    "a record one level deeper": lambda record: {"record": record},
}
"""Classes of a whole record; each must be rejected."""


def page_classes(body: bytes, name: str) -> dict[str, bytes]:
    """Classes of a whole page of any endpoint; each must fail it by name."""
    text = body.decode()
    return {
        "half a page": body[: len(body) // 2],
        "a page without its last byte": body[:-1],
        "a byte order mark": b"\xef\xbb\xbf" + body,
        "UTF-16": text.encode("utf-16"),
        "UTF-32": text.encode("utf-32"),
        "two pages": body + body,
        "bytes behind the page": body + b"x",
        "NUL behind the page": body + b"\0",
        "compressed bytes": gzip.compress(body),
        "HTML": b"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>",
        "nothing": b"",
        "white space": b" \n",
        "null for the page": b"null",
        "a number for the page": b"5",
        "text for the page": json.dumps(text).encode(),
        "an error alone": b'{"error":"Too Many Requests"}',
        "an error in words": b"upstream connect error",
        "100,000 lists deep": b"[" * 100_000 + b"]" * 100_000,
        "100,000 objects deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "100,000 lists that do not end": b"[" * 100_000,
        "JSONP": b"callback(" + body + b")",
        "a comment": b"/* page */" + body,
        "a trailing comma": body[:-1] + b"," + body[-1:],
        "Python's spelling": str(json.loads(text)).encode(),
        "the page in an object": b'{"page":' + body + b"}",
        "the page in a list": (b"[%s]" if name else b'{"data":%s}') % body,
        "records under another name": body.replace(b'"' + name.encode() + b'"', b'"rows"', 1)
        if name
        else b'{"rows":' + body + b"}",
        "records that are text": _replaced(text, name, "none"),
        "records that are a number": _replaced(text, name, 5),
        "records that are true": _replaced(text, name, True),
    }


def _replaced(text: str, name: str, value: Any) -> bytes:
    page = json.loads(text)
    return json.dumps(page | {name: value} if name else value).encode()
