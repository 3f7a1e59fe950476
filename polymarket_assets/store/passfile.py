"""Passwords of Postgres, kept out of every text that DuckDB shows.

Belongs here: giving libpq a password by file instead of in the address. DuckDB repeats the address
of a Postgres database in its errors and in `duckdb_databases()`, and errors are stored and shown.
"""

from __future__ import annotations

import os
from pathlib import Path

from psycopg2.extensions import make_dsn, parse_dsn


def without_password(dsn: str, file: Path) -> str:
    """The same address, its password moved to `file` (0600), which the address names.

    A libpq address without a password is returned as it is.
    """
    parameters = parse_dsn(dsn)
    password = parameters.pop("password", None)
    if password is None:
        return dsn
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    line = f"*:*:*:*:{escaped}\n"
    if not file.exists() or file.read_text() != line:
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f"{file.name}.{os.getpid()}")
        new.touch(mode=0o600)
        new.write_text(line)
        new.replace(file)
    return make_dsn(passfile=str(file), **parameters)
