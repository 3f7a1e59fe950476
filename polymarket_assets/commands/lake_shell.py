"""`polymarket lake shell`: SQL at the published version, statement by statement.

Belongs here: reading lines, finding where statements end, commands that begin with a dot. Not here:
what a statement may do (store/query_guard.py), how results look (serving/tables.py).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from rich.console import Console
from rich.text import Text

from polymarket_assets.serving.tables import Field, moment, print_result
from polymarket_assets.serving.tables import table as listing
from polymarket_assets.store.batch import Publication
from polymarket_assets.store.query_guard import QueryConnection, QueryRefusedError

PROMPT, CONTINUED = "polymarket> ", "        ...> "
HISTORY_LINES = 1000
HELP = """\
A statement ends with ; and may span lines: SELECT, FROM, WITH, DESCRIBE, SUMMARIZE, SHOW.
.tables [WORD]   tables and views, or those whose name contains WORD
.schema TABLE    columns of schema.table
.help            this
.quit            leave; so does Ctrl-D. Ctrl-C cancels the statement."""


class ShellError(ValueError):
    """A dot command that cannot be done."""


def statements(text: str) -> tuple[list[str], str]:
    """The statements of a text that end with a semicolon, and what is left after the last one.

    Semicolons in texts, quoted names and comments end nothing. A statement without words is none.
    """
    encoded = text.encode()
    ends = [at for at, _ in duckdb.tokenize(text) if encoded[at : at + 1] == b";"]
    starts = [0, *(at + 1 for at in ends)]
    parts = [encoded[start:end].decode().strip() for start, end in zip(starts, ends, strict=False)]
    return [part for part in parts if duckdb.tokenize(part)], encoded[starts[-1] :].decode()


@dataclass
class Shell:
    """Runs lines as they come; `pending` is the statement that has not ended yet.

    Attributes:
        queries: the connection.
        console: where results go.
    """

    queries: QueryConnection
    console: Console
    pending: str = field(default="", init=False)

    def feed(self, line: str) -> bool:
        """Take one line and run what it completes; whether the shell goes on after it.

        Raises:
            ShellError, QueryRefusedError, duckdb.Error: something of the line failed.
            KeyboardInterrupt: a statement was cancelled.
        """
        if not self.pending.strip() and line.lstrip().startswith("."):
            return self._command(line.split())
        complete, self.pending = statements(f"{self.pending}{line}\n")
        for statement in complete:
            self._run(statement)
        return True

    def finish(self) -> None:
        """Run what was not ended with a semicolon."""
        rest, self.pending = self.pending, ""
        if duckdb.tokenize(rest):
            self._run(rest)

    def _run(self, statement: str) -> None:
        try:
            print_result(self.queries.execute(statement), "table", self.console)
        except KeyboardInterrupt:
            self.queries.cancel()
            raise

    def _command(self, words: list[str]) -> bool:
        match [words[0].lower(), *words[1:]]:
            case [".quit" | ".exit"]:
                return False
            case [".help"]:
                self.console.print(HELP, highlight=False, markup=False)
            case [".tables"]:
                self._run(_TABLES.format(word="''"))
            case [".tables", word]:
                self._run(_TABLES.format(word=_literal(word)))
            case [".schema", table]:
                self._schema(table)
            case _:
                raise ShellError(f"no command {' '.join(words)}; .help lists them")
        return True

    def _schema(self, table: str) -> None:
        columns = self.queries.execute(_COLUMNS.format(table=_literal(table))).fetchall()
        if not columns:
            raise ShellError(f"no table {table}; .tables lists them, named schema.table")
        fields = (Field("column"), Field("type"), Field("description", width="wrap"))
        names = [field.key for field in fields]
        rows = [dict(zip(names, column, strict=True)) for column in columns]
        self.console.print(listing("", fields, rows))


def run_script(shell: Shell, lines: Iterable[str], complain: Console) -> int:
    """Run lines until the first that fails; the exit status."""
    number = 0
    try:
        for line in lines:
            number += 1
            if not shell.feed(line.rstrip("\n")):
                return 0
        shell.finish()
    except (ShellError, QueryRefusedError, duckdb.Error) as error:
        complain.print(_failure(error, f"line {number}: "), soft_wrap=True)
        return 1
    return 0


def run_interactively(shell: Shell, read: Callable[[str], str], complain: Console) -> None:
    """Read lines until .quit or the end; what fails or is cancelled does not end the shell.

    Args:
        shell: runs them.
        read: shows a prompt and gives a line, as `input` does.
        complain: where errors go.
    """
    going = True
    while going:
        try:
            going = shell.feed(read(CONTINUED if shell.pending.strip() else PROMPT))
        except EOFError:
            going = False
            shell.console.print()
        except KeyboardInterrupt:
            shell.pending = ""
            complain.print("cancelled")
        except (ShellError, QueryRefusedError, duckdb.Error) as error:
            shell.pending = ""
            complain.print(_failure(error), soft_wrap=True)


@contextlib.contextmanager
def history(file: Path) -> Generator[None]:
    """Lines are remembered from one shell to the next, where Python has readline."""
    try:
        import readline  # noqa: PLC0415 - not every Python has it
    except ImportError:
        yield
        return
    with contextlib.suppress(OSError):
        readline.read_history_file(file)
    readline.set_history_length(HISTORY_LINES)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            file.touch(mode=0o600)
            readline.write_history_file(file)


def greeting(published: Publication | None) -> str:
    """Which version is read, and where help is."""
    if published is None:
        return "nothing is published yet, this is the newest version; .help for help"
    at = moment(published.published_at)
    return f"version {published.version}, published {at} UTC; .help for help"


def _failure(error: Exception, where: str = "") -> Text:
    return Text.assemble((f"{where}{type(error).__name__}", "bold red"), f": {error}")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_TABLES = """
WITH held AS (
    SELECT database_name, schema_name, table_name AS name, 'table' AS kind FROM duckdb_tables()
    UNION ALL
    SELECT database_name, schema_name, view_name, 'view' FROM duckdb_views()
    UNION ALL
    SELECT database_name, schema_name, function_name, 'macro'
    FROM duckdb_functions()
    WHERE function_type = 'table_macro'
),

named AS (
    SELECT schema_name || '.' || name AS "table", kind FROM held WHERE database_name = 'lake'
    UNION ALL
    SELECT 'ledger.' || name, kind
    FROM held
    WHERE database_name = 'ledger' AND schema_name = 'public'
)

FROM named WHERE contains("table", lower({word})) ORDER BY ALL
"""
_COLUMNS = """
SELECT column_name, lower(data_type), coalesce("comment", '')
FROM duckdb_columns()
WHERE
    (database_name = 'lake' AND schema_name || '.' || table_name = lower({table}))
    OR (
        database_name = 'ledger' AND schema_name = 'public'
        AND 'ledger.' || table_name = lower({table})
    )
ORDER BY column_index
"""
