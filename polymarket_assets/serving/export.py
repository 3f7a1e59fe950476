"""A table of the published version as one file that outlives the lake: Parquet or CSV.

What must be reproducible for ever is frozen so: versions of the lake expire, a file does not. A
Parquet file says in its metadata which version and which models it is of.

Belongs here: which rows go into the file, and how it gets there whole or not at all. Not here: what
people see of it (commands/export_commands.py).
"""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

import duckdb

from polymarket_assets.serving.published import Published, open_published
from polymarket_assets.settings import Settings

Format = Literal["parquet", "csv"]
SCHEMAS = ("core", "features", "leaderboards", "raw", "signals")
"""Schemas whose tables can be exported."""
DATE_COLUMNS = ("dt", "as_of_date", "as_of", "known_at")
"""Columns a range of days is cut by: the first of them that a table has. Moments count by UTC."""
LOOK_S = 0.1
"""Seconds between two looks at how far a query has come."""


class NoSuchTableError(LookupError):
    """The published version has no such table to export."""


class NoDateColumnError(LookupError):
    """A range of days was asked of a table that has no column to cut it by."""


@dataclass(frozen=True)
class Wanted:
    """What is to be exported.

    Attributes:
        table: schema.table.
        first: first day (UTC); None from the beginning.
        last: last day (UTC), included; None to the end.
        format: None for what the ending of `out` says, else Parquet.
        out: the file, or the folder it goes into under a name that tells what it holds.
    """

    table: str
    first: date | None
    last: date | None
    format: Format | None
    out: Path

    def __post_init__(self) -> None:
        if self.first and self.last and self.last < self.first:
            raise ValueError(f"--from {self.first} is after --to {self.last}; exchange them")


@dataclass(frozen=True)
class Exported:
    """What was written: the account of one file.

    Attributes:
        version: published version of the lake it was read at.
        model_version: which models built that; None where it was published by hand.
        date_column: column the range was cut by; None for a whole table.
        sha256: of the file, hex.
    """

    file: Path
    table: str
    format: Format
    rows: int
    bytes: int
    sha256: str
    version: int
    published_at: datetime
    model_version: str | None
    date_column: str | None
    first: date | None
    last: date | None


def export(
    settings: Settings, wanted: Wanted, *, report: Callable[[float | None], None]
) -> Exported:
    """Write a table's rows of a range of days to a new file, with their exact types.

    The file appears under its name when it is complete. In CSV an empty field is null, an empty
    text is "", times are RFC 3339.

    Args:
        settings: whose lake.
        wanted: which rows, and where to.
        report: told at the start and ten times a second how far it is: a share of one, or None
            when not known.

    Raises:
        NotPublishedError: nothing was published yet.
        NoSuchTableError: there is no such table in the published version.
        NoDateColumnError: days were asked for and the table has none.
        FileExistsError: the file is there; nothing is overwritten.
        FileNotFoundError: its folder is not.
    """
    with open_published(settings) as published:
        schema, name, columns = _columns(published.connection, wanted.table)
        cut_by = _date_column(wanted, columns)
        file_format = _format(wanted)
        target = _target(wanted, file_format, published.publication.version)
        # Beside its place, so that it gets there by being renamed.
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        facts = _facts(wanted, cut_by, published)
        condition = _condition(wanted, cut_by, columns)
        copy = (
            f'COPY (SELECT * FROM lake."{schema}"."{name}"{condition})'  # noqa: S608 - held names
            f" TO {_literal(str(part))} ({_options(file_format, facts)})"
        )
        try:
            rows = _run(published.connection, copy, report)
            with part.open("rb") as written:
                sha256 = hashlib.file_digest(written, "sha256").hexdigest()
                os.fsync(written.fileno())
            _refuse_existing(target)
            size = part.stat().st_size
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)
    return Exported(
        file=target,
        table=wanted.table,
        format=file_format,
        rows=rows,
        bytes=size,
        sha256=sha256,
        version=published.publication.version,
        published_at=published.publication.published_at,
        model_version=published.model_version,
        date_column=cut_by,
        first=wanted.first,
        last=wanted.last,
    )


def _columns(
    connection: duckdb.DuckDBPyConnection, table: str
) -> tuple[str, str, Mapping[str, str]]:
    """Schema and name of a table as the lake spells them, and its columns with their types."""
    held = {
        f"{schema}.{name}": (schema, name)
        for schema, name in connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables()"
            " WHERE database_name = 'lake' AND list_contains(?, schema_name)",
            [list(SCHEMAS)],
        ).fetchall()
    }
    if table.lower() not in held:
        near = difflib.get_close_matches(table.lower(), held, n=3)
        hint = f"; near: {', '.join(near)}" if near else ""
        raise NoSuchTableError(
            f"no table {table} of {', '.join(SCHEMAS)} is in the published version{hint}; "
            "`polymarket lake query 'show all tables'` lists them"
        )
    schema, name = held[table.lower()]
    described = connection.execute(f'DESCRIBE lake."{schema}"."{name}"').fetchall()
    return schema, name, {column[0]: column[1] for column in described}


def _date_column(wanted: Wanted, columns: Mapping[str, str]) -> str | None:
    if wanted.first is None and wanted.last is None:
        return None
    for name in DATE_COLUMNS:
        if name in columns:
            return name
    raise NoDateColumnError(
        f"{wanted.table} has none of the columns {', '.join(DATE_COLUMNS)} to cut a range of days "
        "by; leave --from and --to out to export all of it"
    )


def _condition(wanted: Wanted, cut_by: str | None, columns: Mapping[str, str]) -> str:
    """The WHERE clause of the range; a partition column is compared as it is, so that it prunes."""
    if cut_by is None:
        return ""
    # A moment before midnight belongs to the day, one at midnight to the next.
    cast = "DATE '{}'" if columns[cut_by] == "DATE" else "TIMESTAMPTZ '{} 00:00:00+00'"
    parts = []
    if wanted.first:
        parts.append(f'"{cut_by}" >= {cast.format(wanted.first)}')
    if wanted.last:
        parts.append(f'"{cut_by}" < {cast.format(wanted.last + timedelta(days=1))}')
    return f" WHERE {' AND '.join(parts)}"


def _format(wanted: Wanted) -> Format:
    if wanted.format is not None:
        return wanted.format
    return "csv" if wanted.out.suffix.lower() == ".csv" else "parquet"


def _target(wanted: Wanted, file_format: Format, version: int) -> Path:
    target = wanted.out
    if target.is_dir():
        days = [str(day) for day in (wanted.first, wanted.last) if day]
        target /= f"{'_'.join([wanted.table.lower(), *days, f'v{version}'])}.{file_format}"
    if not target.parent.is_dir():
        raise FileNotFoundError(f"the folder {target.parent} does not exist; create it first")
    _refuse_existing(target)
    return target


def _refuse_existing(target: Path) -> None:
    if target.exists():
        raise FileExistsError(f"{target} exists and is not overwritten; name another file in --out")


def _facts(wanted: Wanted, cut_by: str | None, published: Published) -> dict[str, str]:
    """What a Parquet file says of itself."""
    facts = {
        "table": wanted.table.lower(),
        "lake_version": str(published.publication.version),
        "published_at": published.publication.published_at.isoformat(),
        "model_version": published.model_version,
        "date_column": cut_by,
        "first_day": str(wanted.first or ""),
        "last_day": str(wanted.last or ""),
    }
    return {f"polymarket.{name}": fact for name, fact in facts.items() if fact}


def _options(file_format: Format, facts: Mapping[str, str]) -> str:
    if file_format == "csv":
        return "FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%fZ'"
    pairs = ", ".join(f"{_literal(name)}: {_literal(fact)}" for name, fact in facts.items())
    return f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{pairs}}}"


def _run(
    connection: duckdb.DuckDBPyConnection, copy: str, report: Callable[[float | None], None]
) -> int:
    """Run a COPY in a thread of its own; rows written. Stopped by whatever stops this one."""
    # DuckDB measures progress only with its bar on; printing it is left to the caller.
    connection.execute("SET enable_progress_bar_print = false")
    connection.execute("SET enable_progress_bar = true")
    with ThreadPoolExecutor(1) as pool:
        copied = pool.submit(lambda: connection.execute(copy).fetchall()[0][0])
        try:
            report(None)
            while not wait([copied], timeout=LOOK_S).done:
                percent = connection.query_progress()
                report(percent / 100 if percent >= 0 else None)
        except BaseException:
            connection.interrupt()
            raise
    return copied.result()


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
