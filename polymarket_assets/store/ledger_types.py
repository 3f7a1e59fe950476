"""Column types of the ledger: exact amounts, UTC instants, and short forms that demand a comment.

Belongs here: how a Python value becomes a column. Not here: the tables (ledger_tables.py,
ledger_accounts.py).
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column

from polymarket_assets.domain.money import Micros, from_micros, to_micros


class Amount(sa.types.TypeDecorator[int]):
    """NUMERIC(18,6) in the database, whole micro-units in Python; neither side rounds."""

    impl = sa.Numeric(18, 6)
    cache_ok = True

    def process_bind_param(self, value: Micros | None, dialect: sa.Dialect) -> Decimal | None:
        """Micro-units to NUMERIC."""
        return None if value is None else from_micros(value)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> Micros | None:
        """NUMERIC to micro-units."""
        return None if value is None else to_micros(value)


class Utc(sa.types.TypeDecorator[datetime]):
    """TIMESTAMPTZ that refuses naive times and always answers in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse an instant without a zone."""
        if value is not None and value.tzinfo is None:
            msg = f"{value.isoformat()} has no time zone; the ledger keeps UTC instants"
            raise ValueError(msg)
        return value

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:
        """The instant in UTC."""
        return None if value is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables of the ledger; constraints are named by one convention, for the migrations."""

    metadata = sa.MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "fk": "%(table_name)s_%(column_0_name)s_fkey",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        }
    )


def text(comment: str, *arguments: Any, **options: Any) -> MappedColumn[Any]:
    """A TEXT column."""
    return mapped_column(sa.Text, *arguments, comment=comment, **options)


def amount(comment: str, **options: Any) -> MappedColumn[Any]:
    """A column of money, price or shares."""
    return mapped_column(Amount, comment=comment, **options)


def instant(comment: str, **options: Any) -> MappedColumn[Any]:
    """A column of a UTC instant."""
    return mapped_column(Utc, comment=comment, **options)


def flag(comment: str) -> MappedColumn[Any]:
    """A BOOLEAN column."""
    return mapped_column(sa.Boolean, comment=comment)


def whole(comment: str, **options: Any) -> MappedColumn[Any]:
    """A BIGINT column."""
    return mapped_column(sa.BigInteger, comment=comment, **options)


def factor(comment: str) -> MappedColumn[Any]:
    """A NUMERIC(18,6) column of a dimensionless number, Decimal in Python."""
    return mapped_column(sa.Numeric(18, 6), comment=comment)


def check(name: str, condition: str) -> sa.CheckConstraint:
    """A named CHECK."""
    return sa.CheckConstraint(condition, name=name)
