"""How facts become tables on a terminal, CSV and JSON.

What venues send is untrusted: their words are shown as plain text, never as markup, and without the
control characters that could steer a terminal. CSV and JSON are complete and exact; a text that a
spreadsheet would run as a formula gets an apostrophe in front.

Belongs here: formatting of values, tables and query results. Not here: which facts are shown.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Protocol, TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

Output = Literal["table", "csv", "json"]
Rows = Sequence[Mapping[str, Any]]

MOST_SHOWN = 500
"""Rows of a query a person is shown; the other formats are complete."""
_END = 8
"""Characters of each end that a long id is shown by."""
_CHUNK = 10_000
# Control characters, and the marks that turn the direction of what follows.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LONG_ID = re.compile(r"(0x)?[0-9a-fA-F]{21,}")  # hashes, wallets, 77-digit token ids
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_STYLES = {
    **dict.fromkeys(("OK", "FRESH", "ok", "off"), "green"),
    **dict.fromkeys(("DEGRADED", "STALE", "partial"), "yellow"),
    **dict.fromkeys(("DOWN", "VERY STALE", "NEVER", "failed", "on", "unreadable"), "red"),
}


class Cursor(Protocol):
    """The result of a query, as DuckDB gives it."""

    @property
    def description(self) -> list[Any]:
        """One tuple per column, its name first."""

    def fetchmany(self, size: int = 1) -> list[Any]:
        """The next rows; empty at the end."""


@dataclass(frozen=True)
class Field:
    """One column of a table.

    Attributes:
        key: where a row keeps the value.
        heading: shown above; the key with spaces unless given.
        show: makes text of a value.
        right: align right, as numbers are.
        width: as its content needs, or what is left with longer words cut or wrapped.
    """

    key: str
    heading: str = ""
    show: Callable[[Any], str] | None = None
    right: bool = False
    width: Literal["content", "cut", "wrap"] = "content"


def table(title: str, fields: Sequence[Field], rows: Iterable[Mapping[str, Any]]) -> Table:
    """A table with one line per row; words that name a known state get its colour."""
    made = Table(
        title=Text(title, style="bold") if title else None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
    )
    for field in fields:
        made.add_column(
            Text(field.heading or field.key.replace("_", " ")),
            justify="right" if field.right else "left",
            ratio=None if field.width == "content" else 1,
            overflow="ellipsis" if field.width == "cut" else "fold",
            no_wrap=field.width == "content",
        )
    for row in rows:
        made.add_row(*(_text(field, row[field.key]) for field in fields))
    return made


def _text(field: Field, value: Any) -> Text:
    words = (field.show or cell)(value)
    # Not the column's no_wrap: columns that have it keep their width and starve the others.
    return Text(words, style=state_style(words), no_wrap=field.width == "cut" or None)


def state_style(words: str) -> str:
    """The colour of a word that names a state, "" for other words."""
    return _STYLES.get(words, "")


def print_result(
    cursor: Cursor, output: Output, console: Console, *, stream: TextIO | None = None
) -> None:
    """Print what a query gives: for people to `console`, or as CSV or JSON to `stream` (stdout).

    Ids are shortened if that makes a table fit the terminal; what is wider still is shown record by
    record. In CSV null is an empty field; in
    JSON it is null, and exact numbers are text.
    """
    names = [str(column[0]) for column in cursor.description]
    out = stream or sys.stdout
    if output == "table":
        _print_table(names, cursor.fetchmany(MOST_SHOWN + 1), console)
    elif output == "csv":
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([_inert(name) for name in names])
        writer.writerows([_csv(value) for value in row] for row in _all(cursor))
    else:
        separator = "["
        for row in _all(cursor):
            described = dict(zip(names, map(plain, row), strict=True))
            out.write(separator + "\n  " + json.dumps(described, ensure_ascii=False, default=str))
            separator = ","
        out.write("[]\n" if separator == "[" else "\n]\n")


def plain(value: Any) -> Any:
    """What JSON can hold: times as RFC 3339, durations as whole seconds, exact numbers as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        # A time without a zone stays without one: which it is in is not ours to say.
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return str(value) if isinstance(value, date | Decimal | Path) else value


def cell(value: Any) -> str:
    """A value as a person reads it: `1,234`, `0.55`, `2026-03-02 21:00:00`, `–` for unknown."""
    if value is None:
        return "–"
    for kinds, show in _SHOWN:
        if isinstance(value, kinds):
            return show(value)
    words = safe(str(value))
    return f"{words[:_END]}…{words[-_END:]}" if _LONG_ID.fullmatch(words) else words


def moment(value: datetime | None) -> str:
    """A time in UTC to the second."""
    if value is None:
        return "–"
    return f"{value.astimezone(UTC) if value.tzinfo else value:%Y-%m-%d %H:%M:%S}"


def minute(value: datetime | None) -> str:
    """A time in UTC as month, day, hour and minute, for narrow columns."""
    return "–" if value is None else f"{value.astimezone(UTC):%m-%d %H:%M}"


_SHOWN: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (bool, lambda value: "yes" if value else "no"),
    (int, lambda value: f"{value:,}"),
    (Decimal, lambda value: f"{value.normalize():,f}"),
    (float, lambda value: f"{value:,.6g}"),
    (datetime, moment),
    ((list, dict), lambda value: safe(json.dumps(plain(value), ensure_ascii=False, default=str))),
)


def safe(words: str) -> str:
    """`words` on one line, without characters that steer a terminal."""
    return _STEERING.sub("", words.replace("\n", " ").replace("\t", " "))


def usd(amount: Decimal | None) -> str:
    """An amount of money to the cent, `–` for unknown."""
    return "–" if amount is None else f"{amount:,.2f}"


def signed_usd(amount: Decimal | None) -> str:
    """A profit or a loss to the cent, with its sign."""
    return "–" if amount is None else f"{amount:+,.2f}"


def price(amount: Decimal | None) -> str:
    """A price per share with as many decimals as it has, at least two."""
    if amount is None:
        return "–"
    exponent = amount.normalize().as_tuple().exponent
    return f"{amount:.{max(2, -int(exponent))}f}"


def _print_table(names: Sequence[str], rows: Sequence[Sequence[Any]], console: Console) -> None:
    shown = rows[:MOST_SHOWN]
    keys = [str(number) for number in range(len(names))]
    right = [_numeric([row[n] for row in shown]) for n in range(len(names))]
    described = [dict(zip(keys, row, strict=True)) for row in shown]
    for show in (_full, cell):
        fields = [
            Field(key, safe(name), show, right=number)
            for key, name, number in zip(keys, names, right, strict=True)
        ]
        made = table("", fields, described)
        room = console.options.update(width=10_000)
        if console.measure(made, options=room).maximum <= console.width:
            console.print(made)
            break
    else:
        for number, row in enumerate(shown, 1):
            console.print(_record(number, names, row))
    more = f"the first {MOST_SHOWN} rows; --format csv or json gives all"
    count = f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"
    console.print(Text(more if len(rows) > MOST_SHOWN else count, style="dim"))


def _record(number: int, names: Sequence[str], row: Sequence[Any]) -> Table:
    """One row from top to bottom, its values in full."""
    made = Table(
        title=Text(f"row {number}", style="dim"),
        title_justify="left",
        box=None,
        show_header=False,
        pad_edge=False,
        collapse_padding=True,
    )
    made.add_column(style="bold", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in zip(names, row, strict=True):
        made.add_row(Text(safe(name)), Text(_full(value)))
    return made


def _numeric(values: Sequence[Any]) -> bool:
    return any(isinstance(v, int | float | Decimal) for v in values) and not any(
        isinstance(v, str) for v in values
    )


def _full(value: Any) -> str:
    """A value as a person reads it, ids not shortened."""
    return safe(value) if isinstance(value, str) else cell(value)


def _all(cursor: Cursor) -> Iterator[Sequence[Any]]:
    while rows := cursor.fetchmany(_CHUNK):
        yield from rows


def _csv(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _inert(value)
    if isinstance(value, list | dict):
        return json.dumps(plain(value), ensure_ascii=False, default=str)
    return str(plain(value))


def _inert(words: str) -> str:
    return f"'{words}" if words.startswith(_FORMULA) else words
