"""The lake's catalog of data files: which there are, and taking some out of it.

Belongs here: the part of `lake.py`'s knowledge that concerns files as files (where they lie, how
old versions hold on to them). Not here: which files go (retention.py, repair.py), what is in them
(checksums.py).

Each change is one Postgres transaction that makes a version of its own, the way DuckLake's commits
do: its number is a primary key, so of two commits at once one is refused and repeated by whoever
made it, and the change it names (`deleted_from_table`) makes DuckLake repeat appends to that table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path

import psycopg2
from psycopg2 import errorcodes, extensions

from polymarket_assets.settings import Settings
from polymarket_assets.store.postgres import Postgres

_ATTEMPTS = 20
# A merged file holds rows of several versions; `partial_max` is the last of them.
_DAYS = """
    SELECT s.schema_name, t.table_name, p.partition_value,
        coalesce(f.partial_max, f.begin_snapshot) AS last_version,
        f.record_count - coalesce(d.deleted, 0) AS records
    FROM ducklake_data_file f
    JOIN ducklake_file_partition_value p USING (data_file_id)
    JOIN ducklake_table t ON t.table_id = f.table_id AND t.end_snapshot IS NULL
    JOIN ducklake_schema s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
    LEFT JOIN (
        SELECT data_file_id, sum(delete_count)::bigint AS deleted
        FROM ducklake_delete_file
        WHERE end_snapshot IS NULL
        GROUP BY data_file_id
    ) d USING (data_file_id)
    WHERE f.end_snapshot IS NULL AND s.schema_name = 'raw'
"""


class RemoteLakeError(RuntimeError):
    """The lake's files lie in an object store, which this cannot read as files."""


@dataclass(frozen=True)
class LakeFile:
    """One Parquet file the catalog knows.

    Attributes:
        path: below the lake's data path.
        table: `schema.name` of its table.
        partition: its partition's value (a date as text), None without one.
        bytes: its size by the catalog.
        rows: rows in it; for a file of deletions, how many it deletes.
        at_head: whether the newest version needs it; else only older ones do.
        data_file_id: the data file; for a file of deletions the one it is about.
        deletes: whether it is a file of deletions.
    """

    path: str
    table: str
    partition: str | None
    bytes: int
    rows: int
    at_head: bool
    data_file_id: int
    deletes: bool


_FOLDERS = """
    SELECT DISTINCT ON (t.table_id)
        t.table_id, s.schema_name || '.' || t.table_name AS name,
        (CASE WHEN s.path_is_relative THEN '' ELSE 'absolute:' END) || s.path || t.path AS folder
    FROM ducklake_table t
    JOIN ducklake_schema s ON s.schema_id = t.schema_id
    ORDER BY t.table_id, t.begin_snapshot DESC, s.begin_snapshot DESC
"""
_BLANK_STATISTICS = """
    WITH empty AS (
        INSERT INTO ducklake_table_stats (table_id, record_count, next_row_id, file_size_bytes)
        SELECT t.table_id, 0, 0, 0
        FROM ducklake_table t
        JOIN ducklake_schema s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
        WHERE t.end_snapshot IS NULL AND s.schema_name = ANY(%s)
            AND NOT EXISTS (SELECT FROM ducklake_table_stats k WHERE k.table_id = t.table_id)
        RETURNING table_id
    )
    INSERT INTO ducklake_table_column_stats (table_id, column_id)
    SELECT table_id, column_id FROM ducklake_column JOIN empty USING (table_id)
    WHERE end_snapshot IS NULL
"""
_FILES = f"""
    WITH folders AS ({_FOLDERS}),
    files AS (
        SELECT data_file_id, table_id, path, file_size_bytes, record_count AS rows,
            end_snapshot IS NULL AS at_head, false AS deletes
        FROM ducklake_data_file
        UNION ALL
        SELECT data_file_id, table_id, path, file_size_bytes, delete_count,
            end_snapshot IS NULL, true
        FROM ducklake_delete_file
    )
    SELECT folders.folder || files.path, folders.name, parts.partition_value,
        files.file_size_bytes, files.rows, files.at_head, files.data_file_id, files.deletes
    FROM files
    JOIN folders USING (table_id)
    LEFT JOIN ducklake_file_partition_value parts
        ON parts.data_file_id = files.data_file_id AND parts.partition_key_index = 0
    ORDER BY 1
"""  # noqa: S608 - our own texts


def list_files(connection: extensions.connection) -> list[LakeFile]:
    """Every file that some held version needs, by path; `connection` is to the catalog's database.

    Files that are only waiting to be deleted are none of them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FILES)
        return [LakeFile(*row) for row in cursor.fetchall()]


def lake_files(postgres: Postgres) -> list[LakeFile]:
    """`list_files` on a connection of its own."""
    with closing(postgres.connect("lake")) as connection:
        return list_files(connection)


def write_blank_statistics(postgres: Postgres, schemas: Collection[str]) -> None:
    """Give the schemas' tables that never had a row statistics that say nothing.

    DuckLake asks the catalog again for each column of a table that has none, 50 ms for one scan of
    it (mended in later releases than ours). It fills these in with the first rows.
    """
    with closing(postgres.connect("lake")) as connection, connection, connection.cursor() as cursor:
        cursor.execute(_BLANK_STATISTICS, (list(schemas),))


def index_catalog(postgres: Postgres) -> None:
    """Give the catalog's longest tables an index, where they have none yet.

    DuckLake makes none. Every statement asks for the files of a table and most for what some of its
    columns hold: read from end to end, ten thousand files' statistics took a quarter of a build.
    """
    with closing(postgres.connect("lake")) as connection, connection, connection.cursor() as cursor:
        for name, columns in _INDEXES.items():
            # Asked first: "if not exists" would wait for whoever writes to the table.
            cursor.execute("SELECT to_regclass(%s)", (name,))
            if cursor.fetchall()[0][0] is None:
                cursor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {columns}")


_INDEXES = {
    "ducklake_data_file_of_table": "ducklake_data_file (table_id)",
    "ducklake_file_column_stats_of_column": "ducklake_file_column_stats (table_id, column_id)",
}


def received_days(postgres: Postgres, file: LakeFile) -> tuple[date, date] | None:
    """First and last UTC date on which a file's rows were received; None if no column says it."""
    with closing(postgres.connect("lake")) as connection, connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT min(stats.min_value::timestamptz), max(stats.max_value::timestamptz)
            FROM ducklake_file_column_stats stats
            JOIN ducklake_column USING (table_id, column_id)
            WHERE stats.data_file_id = %s AND column_name = 'received_at'
            """,
            (file.data_file_id,),
        )
        first, last = cursor.fetchall()[0]
    return (first.astimezone(UTC).date(), last.astimezone(UTC).date()) if first else None


def data_folder(settings: Settings) -> Path:
    """The folder the paths of files are below.

    Raises:
        RemoteLakeError: they lie in an object store.
    """
    if "://" in settings.lake_path:
        raise RemoteLakeError(
            f"the lake's files lie in {settings.lake_path}, which keeps its own checksums and"
            " copies: use the store's versioning and replication, and pg_dump for the catalog"
        )
    return Path(settings.lake_path)


def take_out(postgres: Postgres, files: Sequence[LakeFile]) -> int:
    """Make a version without these data files and the rows in them; its number.

    Older versions still need the files. A file of deletions takes its data file with it: without
    the deletions, rows that were deleted would come back.
    """
    ids = sorted({file.data_file_id for file in files})

    def change(cursor: extensions.cursor) -> int:
        cursor.execute(
            "SELECT DISTINCT table_id FROM ducklake_data_file WHERE data_file_id = ANY(%s)", (ids,)
        )
        tables = [row[0] for row in cursor.fetchall()]
        version = _next_version(cursor, [f"deleted_from_table:{table}" for table in tables])
        cursor.execute(
            """
            WITH gone AS (
                UPDATE ducklake_data_file SET end_snapshot = %(version)s
                WHERE data_file_id = ANY(%(ids)s) AND end_snapshot IS NULL
                RETURNING data_file_id, table_id, record_count, file_size_bytes
            ),
            undone AS (
                UPDATE ducklake_delete_file SET end_snapshot = %(version)s
                WHERE data_file_id = ANY(%(ids)s) AND end_snapshot IS NULL
                RETURNING data_file_id, delete_count
            ),
            sums AS (
                SELECT table_id, sum(record_count - coalesce(delete_count, 0)) AS rows,
                    sum(file_size_bytes) AS bytes
                FROM gone LEFT JOIN undone USING (data_file_id)
                GROUP BY 1
            )
            UPDATE ducklake_table_stats stats
            SET record_count = record_count - rows, file_size_bytes = file_size_bytes - bytes
            FROM sums WHERE sums.table_id = stats.table_id
            """,
            {"version": version, "ids": ids},
        )
        return version

    return _changed(postgres, change)


def drop_from_history(postgres: Postgres, tables: Sequence[str], *, before: date) -> int:
    """Let older versions see old partitions as the newest one does; how many files they gave up.

    Of the partitions of `tables` with a date before `before`, files that the newest version does
    not need leave the catalog and are deleted a day later, as after a merge. Else each published
    version would keep what retention has dropped. What was kept, older versions find in the newest
    version's files.
    """

    def change(cursor: extensions.cursor) -> int:
        cursor.execute(
            f"""
            WITH folders AS ({_FOLDERS})
            SELECT f.data_file_id, folders.folder || f.path, f.table_id, parts.partition_value,
                f.end_snapshot IS NULL, coalesce(f.partial_max, f.begin_snapshot)
            FROM ducklake_data_file f
            JOIN folders USING (table_id)
            JOIN ducklake_file_partition_value parts
                ON parts.data_file_id = f.data_file_id AND parts.partition_key_index = 0
            WHERE folders.name = ANY(%s) AND parts.partition_value < %s
            """,  # noqa: S608 - our own texts
            (list(tables), before.isoformat()),
        )
        rows = cursor.fetchall()
        dead = [row for row in rows if not row[4]]
        for file_id, _, table, partition, live, begun in rows:
            older = [d[5] for d in dead if (d[2], d[3]) == (table, partition)]
            if live and older and max(older) < begun:
                # Never shown to a version from before one of its rows was committed.
                cursor.execute(
                    "UPDATE ducklake_data_file SET begin_snapshot = %s WHERE data_file_id = %s",
                    (max(older), file_id),
                )
        ids = [row[0] for row in dead]
        cursor.execute(
            f"""
            WITH folders AS ({_FOLDERS}), gone AS (
                DELETE FROM ducklake_delete_file WHERE data_file_id = ANY(%s)
                RETURNING delete_file_id, table_id, path
            )
            SELECT delete_file_id, folder || path FROM gone JOIN folders USING (table_id)
            """,  # noqa: S608 - our own texts
            (ids,),
        )
        doomed = [(row[0], row[1]) for row in dead] + cursor.fetchall()
        for file_id, path in doomed:
            cursor.execute(
                "INSERT INTO ducklake_files_scheduled_for_deletion VALUES (%s, %s, true, now())",
                (file_id, path),
            )
        for table in ("file_partition_value", "file_column_stats", "data_file"):
            cursor.execute(f"DELETE FROM ducklake_{table} WHERE data_file_id = ANY(%s)", (ids,))  # noqa: S608 - names of this file
        return len(doomed)

    return _changed(postgres, change)


def set_data_path(postgres: Postgres, path: str) -> None:
    """Tell the catalog where its files lie now."""
    with closing(postgres.connect("lake")) as connection, connection, connection.cursor() as cursor:
        cursor.execute("UPDATE ducklake_metadata SET value = %s WHERE key = 'data_path'", (path,))


def _changed(postgres: Postgres, change: Callable[[extensions.cursor], int]) -> int:
    for attempt in range(_ATTEMPTS):
        with closing(postgres.connect("lake")) as connection:
            try:
                with connection, connection.cursor() as cursor:
                    return change(cursor)
            except psycopg2.Error as error:
                # Another commit took the number in the same moment.
                if error.pgcode != errorcodes.UNIQUE_VIOLATION or attempt == _ATTEMPTS - 1:
                    raise
    raise AssertionError


def _next_version(cursor: extensions.cursor, changes: Sequence[str]) -> int:
    cursor.execute(
        """
        INSERT INTO ducklake_snapshot
        SELECT snapshot_id + 1, now(), schema_version, next_catalog_id, next_file_id
        FROM ducklake_snapshot ORDER BY snapshot_id DESC LIMIT 1
        RETURNING snapshot_id
        """
    )
    version = cursor.fetchall()[0][0]
    cursor.execute(
        "INSERT INTO ducklake_snapshot_changes VALUES (%s, %s, NULL, NULL, NULL)",
        (version, ",".join(changes)),
    )
    return version


def day_marks_query(schema: str, table: str) -> str:
    """SQL that a connection to the lake answers with a row per UTC day of a table.

    The day is the table's partition. `mark` is a text that is another one as soon as rows were
    added to the day or taken from it, as the transaction sees it, and the same one after a merge of
    its files. No data file is read.
    """
    days = _DAYS.replace("'", "''")
    return f"""
        SELECT
            CAST(partition_value AS DATE) AS dt,
            concat_ws('+', max(last_version), sum(records)) AS mark
        FROM postgres_query('__ducklake_metadata_lake', '{days}')
        WHERE
            schema_name = '{schema}'
            AND table_name = '{table}'
            AND last_version <= (SELECT id FROM ducklake_current_snapshot('lake'))
        GROUP BY dt
    """  # noqa: S608 - our own text, names of a declared table
