"""Nothing in README and docs may name a command, option or target that does not exist."""

from __future__ import annotations

import re

import click
import pytest
import typer
from dagster._cli import cli as dagster

from polymarket_assets.cli import app
from tests.commands.documented import ROOT, commands

SHELL = {"make": None, "polymarket": typer.main.get_command(app), "dagster": dagster}


def parse(command: click.Command, words: list[str]) -> None:
    """Parse words as the command would, groups included, without running anything."""
    context = command.make_context(command.name or "", list(words))
    while isinstance(context.command, click.Group):
        rest = [*context._protected_args, *context.args]
        if not rest:
            return
        name, found, rest = context.command.resolve_command(context, rest)
        assert found is not None, f"no command {name}"
        context = found.make_context(name, rest, parent=context)


@pytest.mark.parametrize(
    "words", [w for w in commands() if w[0] in {"polymarket", "dagster"}], ids=" ".join
)
def test_a_documented_command_parses(words: list[str]) -> None:
    if words[0] == "dagster" and len(words) == 1:
        return
    command = SHELL[words[0]]
    assert command is not None
    if words == ["polymarket"]:
        return
    parse(command, words[1:])


def test_every_documented_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {words[1] for words in commands() if words[0] == "make" and len(words) > 1}
    assert {"demo", "test", "dev", "docs"} <= named
    assert named <= targets


def test_an_unknown_option_would_be_noticed() -> None:
    with pytest.raises(click.UsageError):
        parse(typer.main.get_command(app), ["status", "--no-such-option"])
