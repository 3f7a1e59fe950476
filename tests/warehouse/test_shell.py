"""The shell: statements typed or piped, results as `lake query` prints them, one error a pipe."""

from __future__ import annotations

import io
import os
import signal
import stat
import threading
from collections.abc import Callable, Iterator

import pytest
from rich.console import Console
from typer.testing import CliRunner

from polymarket_assets.cli import app
from polymarket_assets.commands import lake_shell
from polymarket_assets.commands.lake_shell import Shell, run_interactively, statements
from polymarket_assets.store.query_guard import QueryConnection

ENDLESS = "select count(*) from range(100000000000) as a(x), range(9) as b(y) where x % 7 = y;"


@pytest.fixture(scope="module")
def queries(warehouse, publication) -> Iterator[QueryConnection]:
    with warehouse.lake.connect_for_queries() as connection:
        yield connection


class Typed:
    """A person who types lines, and what the shell showed them."""

    def __init__(self, queries: QueryConnection, *lines: str | Callable[[], str]) -> None:
        self.shown, self.complaints = io.StringIO(), io.StringIO()
        self.prompts: list[str] = []
        self._lines = iter(lines)
        shell = Shell(queries, Console(file=self.shown, width=100))
        run_interactively(shell, self._read, Console(file=self.complaints, width=100))

    def _read(self, prompt: str) -> str:
        self.prompts.append(prompt)
        line = next(self._lines, None)
        if line is None:
            raise EOFError
        return line if isinstance(line, str) else line()


@pytest.mark.parametrize(
    ("text", "complete", "rest"),
    [
        ("select 1", [], "select 1"),
        ("select 1; select\n2;", ["select 1", "select\n2"], ""),
        ("select ';' as \"a;b\"; x", ["select ';' as \"a;b\""], " x"),
        ("-- no; end\nselect $$;$$ /* ; */ ;\n", ["-- no; end\nselect $$;$$ /* ; */"], "\n"),
        (";; -- nothing;\n;", [], ""),
        ("select 'ü–;' ; select 'open; ", ["select 'ü–;'"], " select 'open; "),
    ],
)
def test_a_statement_ends_at_a_semicolon_outside_of_texts_and_comments(text, complete, rest):
    assert statements(text) == (complete, rest)


def test_lines_become_statements_and_errors_end_nothing(queries):
    seen = Typed(
        queries, "select count(*) as n", "from core.dim_market", ";", "select x;",
        "drop table core.dim_market;", ".no_such", "select 1 as one; select 2 as two;", ".quit",
        "select 3;",
    )  # fmt: skip
    assert seen.prompts[:4] == [
        lake_shell.PROMPT, lake_shell.CONTINUED, lake_shell.CONTINUED, lake_shell.PROMPT
    ]  # fmt: skip
    first, one, two = (part.split() for part in seen.shown.getvalue().split(" row\n")[:3])
    assert (first[0], int(first[2]) > 10) == ("n", True)
    assert (one[0], two[0]) == ("one", "two")
    assert "3" not in two
    complaints = seen.complaints.getvalue()
    for words in ('column "x" was not found', "only queries may run", "no command .no_such"):
        assert words in complaints


def test_the_dot_commands_tell_what_there_is(queries):
    seen = Typed(
        queries, ".help", ".tables LEADERBOARD_", ".schema ledger.approvals",
        ".schema core.fct_trades", ".schema core.none", ".tables intents",
    )  # fmt: skip
    shown = seen.shown.getvalue()
    for words in (
        ".schema TABLE", "leaderboards.leaderboard_as_of  macro", "sha256 of mode and signal_id",
        "decimal(18,6)", "ledger.intents",
    ):  # fmt: skip
        assert words in shown
    assert "__ducklake" not in shown
    assert "no table core.none" in seen.complaints.getvalue()


@pytest.fixture
def ctrl_c() -> Iterator[list[int]]:
    """The Ctrl-Cs that came: a process begun in the background would ignore them."""
    came: list[int] = []

    def come(number: int, _: object) -> None:
        came.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, come)
    yield came
    signal.signal(signal.SIGINT, before)


@pytest.mark.timeout(60)
def test_a_ctrl_c_cancels_the_statement_and_not_the_shell(queries, ctrl_c):
    def interrupted() -> str:
        threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()
        return ENDLESS

    def at_the_prompt() -> str:
        raise KeyboardInterrupt

    seen = Typed(queries, interrupted, "select 'on' as goes;", "select 1,", at_the_prompt, "from x")
    assert ctrl_c == [signal.SIGINT], "nothing else ended the endless statement"
    assert seen.complaints.getvalue().split() == ["cancelled", "cancelled"]
    assert "on" in seen.shown.getvalue().split()
    assert seen.prompts[3:] == [lake_shell.CONTINUED, lake_shell.PROMPT, lake_shell.CONTINUED]


def piped(text: str):
    return CliRunner().invoke(app, ["lake", "shell"], input=text)


def test_a_pipe_is_run_to_its_end_even_without_the_last_semicolon(at_home):
    done = piped("select 41 + 1 as\n answer;\nselect count(*) > 5 as many from core.dim_market")
    assert (done.exit_code, done.stderr) == (0, "")
    words = done.stdout.split()
    assert words[words.index("answer") + 2] == "42"
    assert words[words.index("many") + 2] == "yes"
    assert piped("select 1; .quit").exit_code == 1, "a command stands on a line of its own"


def test_a_pipe_ends_at_its_first_error_with_its_line_and_status_1(at_home):
    done = piped("select 1 as a;\n\nselect\nno_such;\nselect 2 as b;")
    assert done.exit_code == 1
    assert "line 4: BinderException" in done.stderr
    assert "a" in done.stdout.split()
    assert "b" not in done.stdout.split()


def test_history_is_kept_from_one_shell_to_the_next_for_the_owner_alone(tmp_path):
    readline = pytest.importorskip("readline")
    file = tmp_path / "history"
    for expected in ([], ["select 1;"]):
        readline.clear_history()
        with lake_shell.history(file):
            held = [
                readline.get_history_item(n + 1)
                for n in range(readline.get_current_history_length())
            ]
            assert held == expected
            readline.add_history("select 1;")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_greeting_names_the_version(publication):
    said = lake_shell.greeting(publication)
    assert said.startswith(f"version {publication.version}, published 2026-11-20 12:00:00 UTC")
    assert "nothing is published" in lake_shell.greeting(None)
