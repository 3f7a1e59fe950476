"""Short forms the revisions are written in: one line per column, each with its comment.

Belongs here: what released revisions call, so nothing here changes its meaning any more. Not here:
tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB


def table(
    name: str,
    comment: str,
    *columns: sa.Column[Any],
    key: Sequence[str],
    unique: Sequence[Sequence[str]] = (),
    checks: Mapping[str, str],
    indexes: Sequence[Sequence[str]] = (),
) -> None:
    """Create a table; constraints get the names that the models' naming convention gives them."""
    op.create_table(
        name,
        *columns,
        sa.PrimaryKeyConstraint(*key, name=op.f(f"{name}_pkey")),
        *(sa.UniqueConstraint(*u, name=op.f(f"{name}_{'_'.join(u)}_key")) for u in unique),
        *(
            sa.CheckConstraint(condition, name=op.f(f"{name}_{short}_check"))
            for short, condition in checks.items()
        ),
        comment=comment,
    )
    for index in indexes:
        op.create_index(op.f(f"{name}_{'_'.join(index)}_idx"), name, list(index))


def append_only(name: str) -> None:
    """Let the database refuse every change of a row of `name`."""
    op.execute(
        f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def reference(own: str, column: str, target: str) -> sa.ForeignKey:
    """A foreign key from `own`.`column`."""
    return sa.ForeignKey(target, name=op.f(f"{own}_{column}_fkey"))


def text(name: str, comment: str, *more: Any, nullable: bool = False) -> sa.Column[Any]:
    """TEXT."""
    return sa.Column(name, sa.Text(), *more, nullable=nullable, comment=comment)


def amount(name: str, comment: str, *, nullable: bool = False) -> sa.Column[Any]:
    """NUMERIC(18,6)."""
    return sa.Column(name, sa.Numeric(18, 6), nullable=nullable, comment=comment)


def instant(name: str, comment: str, *, nullable: bool = False) -> sa.Column[Any]:
    """TIMESTAMPTZ."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, comment=comment)


def whole(name: str, comment: str, *more: Any, nullable: bool = False) -> sa.Column[Any]:
    """BIGINT."""
    return sa.Column(name, sa.BigInteger(), *more, nullable=nullable, comment=comment)


def flag(name: str, comment: str) -> sa.Column[Any]:
    """BOOLEAN."""
    return sa.Column(name, sa.Boolean(), nullable=False, comment=comment)


def raw(name: str, comment: str, *, nullable: bool = False) -> sa.Column[Any]:
    """BYTEA."""
    return sa.Column(name, sa.LargeBinary(), nullable=nullable, comment=comment)


def document(name: str, comment: str, *, nullable: bool = False) -> sa.Column[Any]:
    """JSONB."""
    # A missing document is SQL's NULL, not JSON's.
    kind = JSONB(none_as_null=True)
    return sa.Column(name, kind, nullable=nullable, comment=comment)
