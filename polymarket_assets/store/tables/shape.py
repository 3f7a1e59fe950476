"""What a declared table is, and the columns many tables share.

Belongs here: the shape of a declaration and what follows from it alone (DDL text, Arrow schemas).
Not here: any one table.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

MONEY = "DECIMAL(18,6)"
AMOUNTS = "DECIMAL(18,6)[]"
LEVELS = "STRUCT(price DECIMAL(18,6), size DECIMAL(18,6))[]"
_ARROW_TYPES = {
    "VARCHAR": pa.string(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "BLOB": pa.binary(),
    "DATE": pa.date32(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
    MONEY: pa.decimal128(18, 6),
    AMOUNTS: pa.list_(pa.decimal128(18, 6)),
    LEVELS: pa.list_(
        pa.struct([("price", pa.decimal128(18, 6)), ("size", pa.decimal128(18, 6))]),
    ),
}


@dataclass(frozen=True)
class Column:
    """One column: `type` is DuckDB's, `required` columns hold no null."""

    name: str
    type: str
    description: str
    required: bool = False

    @property
    def arrow_type(self) -> pa.DataType:
        """The Arrow type that DuckDB reads as `type` without a cast."""
        return _ARROW_TYPES[self.type]


@dataclass(frozen=True)
class Table:
    """One table of the lake that code (not dbt) writes.

    `partition` names the column of the Hive partitions. `dt_from_rows`: the parser supplies `dt`
    (the date of each row's event), else it is the date the page was received. `version_key`: rows
    are versions of the object with this id; one equal to the object's last version is not written.
    `events`: rows are things that happened, so a page with the body of an earlier one of its scope
    and day tells nothing new and is not written again (a snapshot is: the same book at two moments
    is two facts). `row_group_bytes` bounds the row groups of a table with large values, of which
    whoever writes or merges it holds one in memory.
    """

    schema: str
    name: str
    description: str
    columns: tuple[Column, ...]
    partition: str | None = None
    dt_from_rows: bool = False
    version_key: str | None = None
    events: bool = False
    row_group_bytes: int | None = None

    @property
    def qualified(self) -> str:
        """`schema.name`, the way SQL in the lake names it."""
        return f"{self.schema}.{self.name}"

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """Schema of the whole table in column order."""
        return pa.schema([_field(column) for column in self.columns])

    @cached_property
    def parser_schema(self) -> pa.Schema:
        """Schema of what a parser delivers: all but the columns the writer takes from the page."""
        supplied = {"page_id", "received_at"} | (set() if self.dt_from_rows else {"dt"})
        return pa.schema([_field(c) for c in self.columns if c.name not in supplied])

    def ddl(self) -> str:
        """The CREATE TABLE statement; partitions and comments are the lake's business."""
        columns = ", ".join(f"{column.name} {column.type}" for column in self.columns)
        return f"CREATE TABLE IF NOT EXISTS {self.qualified} ({columns})"


@dataclass(frozen=True)
class View:
    """One view of the lake that code (not dbt) owns."""

    schema: str
    name: str
    description: str
    query: str

    @property
    def qualified(self) -> str:
        """`schema.name`, the way SQL in the lake names it."""
        return f"{self.schema}.{self.name}"


def _field(column: Column) -> pa.Field:
    return pa.field(column.name, column.arrow_type, nullable=not column.required)


RECEIVED_AT = Column("received_at", "TIMESTAMPTZ", "When our request's answer was complete.", True)


def rows_table(
    name: str,
    description: str,
    *columns: Column,
    dt_from_rows: bool = False,
    version_key: str | None = None,
    events: bool = False,
) -> Table:
    """A raw table of parsed rows: its own columns framed by those every row has."""
    dt = "UTC date of event_at." if dt_from_rows else "UTC date of received_at."
    return Table(
        schema="raw",
        name=name,
        description=description,
        columns=(
            Column("page_id", "VARCHAR", "Page in raw.pages this row was read from.", True),
            Column("position", "INTEGER", "Index of the row in its page's records, from 0.", True),
            *columns,
            RECEIVED_AT,
            Column("dt", "DATE", dt, True),
        ),
        partition="dt",
        dt_from_rows=dt_from_rows,
        version_key=version_key,
        events=events,
    )


PAYLOAD_SHA256 = Column("payload_sha256", "VARCHAR", "SHA-256 of payload, hex.", True)
TOKEN_ID = Column("token_id", "VARCHAR", "Outcome token, decimal digits (usually 77).", True)
