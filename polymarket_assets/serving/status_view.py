"""`polymarket status` on a terminal: one screen.

Belongs here: layout. Not here: facts and rules (status_record.py, health.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from polymarket_assets.serving.health import WAREHOUSE, age_of, spoken, with_action
from polymarket_assets.serving.status_facts import Facts, Unfinished
from polymarket_assets.serving.status_record import Status
from polymarket_assets.serving.tables import Field, cell, moment, safe, state_style, table

WARNING = "yellow"


def view(found: Status) -> RenderableType:
    """The whole screen."""
    parts: list[RenderableType] = [_headline(found)]
    parts += [_bullets(found.reasons, state_style(found.overall))] if found.reasons else []
    parts += [_bullets(found.warnings, WARNING)] if found.warnings else []
    if found.facts is not None:
        parts += ["", _sources(found, found.facts), "", _numbers(found, found.facts)]
        parts += ["", _errors(found, found.facts)] if found.facts.errors else []
    return Group(*parts)


def _headline(found: Status) -> Text:
    return Text.assemble(
        (found.overall, f"bold {state_style(found.overall)}"),
        f"  {moment(found.checked_at)} UTC · {found.mode} · {found.home}",
    )


def _bullets(sentences: Iterable[str], style: str) -> RenderableType:
    return _grid((Text(" •"), Text(safe(sentence), style=style)) for sentence in sentences)


def _sources(found: Status, facts: Facts) -> RenderableType:
    fields = (
        Field("source"),
        Field("data"),
        Field("age", "data age", right=True),
        Field("success", "last ok", right=True),
        Field("outcome", "last"),
        Field("fetches", "24 h", right=True),
        Field("rows", "added", right=True),
    )
    rows: list[dict[str, Any]] = [
        {
            "source": account.source,
            "data": found.freshness(account),
            "age": _age(found, account.current_until),
            "success": _age(found, account.last_success_at),
            "outcome": account.last_outcome,
            "fetches": f"{account.fetches - account.failed}/{account.fetches}",
            "rows": None if account.source == WAREHOUSE else account.rows_added,
        }
        for account in facts.accounts
    ]
    return table("", fields, rows)


def _numbers(found: Status, facts: Facts) -> RenderableType:
    markets, switch, disk = facts.markets, found.kill_switch, found.disk
    since = f" since {moment(switch.since)} by {switch.actor}" if switch.since else ""
    active, resolved = cell(markets.active), cell(markets.resolved)
    kept = f"{active} active, {resolved} resolved ({markets.read_from})"
    lines = [
        ("24 h", _traffic(found.as_json())),
        ("markets", f"{cell(markets.total)} in all, {kept}"),
        ("published", _published(found, facts)),
        *(("walks", _walk(found, walk)) for walk in facts.unfinished),
        ("kill switch", f"{switch.state}{since}: {safe(switch.reason)}"),
        ("disk", f"{disk.free_bytes / 1e9:,.1f} GB free ({disk.free_share:.0%}) for {disk.folder}"),
    ]
    texts = [(Text(name, style="bold"), Text(words)) for name, words in lines]
    texts[-2][1].stylize(state_style(switch.state), 0, len(switch.state))
    return _grid(texts)


def _traffic(numbers: dict[str, Any]) -> str:
    fetches, rate = numbers["fetches_24h"], numbers["fetches_24h"]["success_rate"]
    parts = {name: cell(number) for name, number in fetches.items()}
    succeeded = "" if rate is None else f" ({rate:.1%} succeeded)"
    return (
        "{total} runs, {ok} ok, {failed} failed".format(**parts)
        + succeeded
        + "; {requests} requests, {retries} of them repeated, {rate_limited} × 429; ".format(
            **parts
        )
        + f"{cell(numbers['rows_added_24h'])} rows added"
    )


def _published(found: Status, facts: Facts) -> str:
    published, head = facts.published, f"the head is version {facts.head_version}"
    if published is None:
        return f"nothing yet; {head}"
    built = f"{published.models} models, {published.tests} tests"
    ago = _age(found, published.published_at)
    return f"version {published.version}, {ago} ago, {built}; {head}"


def _walk(found: Status, walk: Unfinished) -> str:
    state = "running" if walk.running else "cut off; the next run goes on there"
    return (
        f"{walk.source}: {walk.walks} unfinished, last page {_age(found, walk.last_page_at)} ago:"
        f" {state}"
    )


def _errors(found: Status, facts: Facts) -> RenderableType:
    """The newest errors in full: a cause cut off at the edge helps nobody."""
    rows = [
        (
            Text(error.source, style=state_style("ok" if error.recovered else "failed")),
            Text.assemble(
                (f"{_age(found, error.at)} ago", "dim"),
                (", succeeded since" if error.recovered else "", "dim"),
                f": {safe(with_action(error.error, error.next_action))}",
            ),
        )
        for error in facts.errors
    ]
    return Group(Text("Recent errors", style="bold"), _grid(rows))


def _age(found: Status, moment_of: datetime | None) -> str:
    age = age_of(moment_of, found.checked_at)
    return "never" if age is None else spoken(age)


def _grid(rows: Iterable[tuple[Text, Text]]) -> RenderableType:
    """Names to the left, words to the right, wrapped under themselves."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*row)
    return grid
