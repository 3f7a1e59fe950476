"""Ways to break a page, and what must hold of every parser whatever it is given."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import strategies as st

from polymarket_assets.clients.contracts.page import ParsedPage
from polymarket_assets.clients.errors import MalformedPageError

Parse = Callable[[bytes], ParsedPage]
START, END = "@<", ">@"


def raw(text: str) -> str:
    """Stands in a value for JSON text that `json.dumps` could not write."""
    return f"{START}{text}{END}"


def written(value: Any) -> bytes:
    """The bytes of `value` with every `raw` text put in as it is."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    parts = text.split(f'"{START}')
    out = parts[0]
    for part in parts[1:]:
        literal, rest = part.split(f'{END}"', 1)
        out += json.loads(f'"{literal}"') + rest
    return out.encode("utf-8", "surrogateescape")


def parsed_or_refused(parse: Parse, body: bytes) -> ParsedPage | None:
    """The page, after its counts were added up; None when the page as a whole was refused."""
    try:
        page = parse(body)
    except MalformedPageError:
        return None
    assert page.table.num_rows + len(page.rejected) == page.row_count
    accepted = page.table.column("position").to_pylist()
    rejected = [row.position for row in page.rejected]
    assert rejected == sorted(rejected)
    assert sorted(accepted + rejected) == list(range(page.row_count))
    page.table.validate(full=True)
    for field in page.table.schema:
        assert field.nullable or page.table.column(field.name).null_count == 0
    for row in page.rejected:
        assert row.reason.encode()
        assert "\0" not in row.reason
        assert row.row in body
    return page


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["", "0", "0.5", "1e309", "NaN", "٣", "1_0", " 1 ", "0x", "2026-01-01", "[]"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where values stand in a JSON value, itself included."""
    children: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    return [at, *(path for key, child in children for path in paths(child, (*at, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of `value` with `new` at `path`."""
    if not path:
        return new
    if isinstance(value, dict):
        return value | {path[0]: changed(value[path[0]], path[1:], new)}
    index = path[0]
    return [*value[:index], changed(value[index], path[1:], new), *value[index + 1 :]]


@st.composite
def broken_pages(draw: st.DrawFn, page: Any) -> bytes:
    """The page with a few values replaced by anything, perhaps cut or with a byte changed."""
    for _ in range(draw(st.integers(1, 3))):
        page = changed(page, draw(st.sampled_from(paths(page))), draw(values))
    body = json.dumps(page, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 4)) == 0:
        body = body[: draw(st.integers(0, len(body)))]
    if body and draw(st.integers(0, 2)) == 0:
        at = draw(st.integers(0, len(body) - 1))
        body = body[:at] + bytes([draw(st.integers(0, 255))]) + body[at + 1 :]
    return body
