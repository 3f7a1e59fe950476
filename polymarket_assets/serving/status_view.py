"""`polymarket status` on a terminal: one screen.

Belongs here: layout. Not here: facts and rules (status_record.py, health.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from polymarket_assets.serving.health import WAREHOUSE, age_of, spoken
from polymarket_assets.serving.status_facts import Facts
from polymarket_assets.serving.status_record import Status
from polymarket_assets.serving.tables import Field, cell, moment, safe, state_style, table


def view(found: Status) -> RenderableType:
    """The whole screen."""
    parts: list[RenderableType] = [_headline(found), *_reasons(found)]
    if found.facts is not None:
        parts += ["", _sources(found, found.facts), "", *_numbers(found, found.facts)]
        parts += _errors(found, found.facts) if found.facts.errors else ()
    return Group(*parts)


def _headline(found: Status) -> Text:
    return Text.assemble(
        (found.overall, f"bold {state_style(found.overall)}"),
        f"  {moment(found.checked_at)} UTC · {found.mode} · {found.home}",
    )


def _reasons(found: Status) -> Iterable[Text]:
    for reason in found.reasons:
        yield Text(f"  • {safe(reason)}", style=state_style(found.overall))


def _sources(found: Status, facts: Facts) -> RenderableType:
    def ago(age: timedelta | None) -> str:
        return "never" if age is None else f"{spoken(age)} ago"

    fields = (
        Field("source"),
        Field("data"),
        Field("age", "data age", right=True),
        Field("success", "last success", right=True),
        Field("outcome", "last run"),
        Field("fetches", "24 h: runs", right=True),
        Field("failed", right=True, show=str),
        Field("rows", "rows added", right=True),
    )
    rows: list[dict[str, Any]] = [
        {
            "source": account.source,
            "data": found.freshness(account),
            "age": ago(age_of(account.current_until, found.checked_at)),
            "success": ago(age_of(account.last_success_at, found.checked_at)),
            "outcome": account.last_outcome,
            "fetches": account.fetches,
            "failed": account.failed,
            "rows": None if account.source == WAREHOUSE else account.rows_added,
        }
        for account in facts.accounts
    ]
    return table("", fields, rows)


def _numbers(found: Status, facts: Facts) -> Iterable[Text]:
    numbers = found.as_json()
    fetches, markets = numbers["fetches_24h"], facts.markets
    rate = fetches["success_rate"]
    yield _line(
        "24 h",
        f"{cell(fetches['total'])} runs, {cell(fetches['ok'])} ok, {cell(fetches['failed'])} failed"
        + (f" ({rate:.1%} succeeded)" if rate is not None else "")
        + f"; {cell(fetches['requests'])} requests, {cell(fetches['retries'])} of them repeated,"
        f" {cell(fetches['rate_limited'])} × 429; {cell(numbers['rows_added_24h'])} rows added",
    )
    yield _line(
        "markets",
        f"{cell(markets.total)} in all, {cell(markets.active)} active, {cell(markets.resolved)}"
        f" resolved ({markets.read_from})",
    )
    yield _line("published", _published(found, facts))
    for walk in facts.unfinished:
        state = "running" if walk.running else "cut off; the next run goes on there"
        ago = spoken(found.checked_at - walk.last_page_at)
        yield _line(
            "walks", f"{walk.source}: {walk.walks} unfinished, last page {ago} ago: {state}"
        )
    switch = found.kill_switch
    since = f" since {moment(switch.since)} by {switch.actor}" if switch.since else ""
    line = _line("kill switch", f"{switch.state}{since}: {safe(switch.reason)}")
    line.highlight_words([switch.state], state_style(switch.state))
    yield line
    disk = found.disk
    yield _line(
        "disk", f"{disk.free_bytes / 1e9:,.1f} GB free ({disk.free_share:.0%}) for {disk.folder}"
    )


def _published(found: Status, facts: Facts) -> str:
    published = facts.published
    if published is None:
        return f"nothing yet; the head is version {facts.head_version}"
    age = age_of(published.published_at, found.checked_at)
    ago, built = spoken(age or timedelta(0)), f"{published.models} models, {published.tests} tests"
    head = f"the head is version {facts.head_version}"
    return f"version {published.version}, {ago} ago, {built}; {head}"


def _line(name: str, words: str) -> Text:
    return Text.assemble((f"{name:12}", "bold"), words)


def _errors(found: Status, facts: Facts) -> Iterable[Text]:
    """The newest errors in full: a cause cut off at the edge helps nobody."""
    yield Text("\nRecent errors", style="bold")
    for error in facts.errors:
        ago = spoken(age_of(error.at, found.checked_at) or timedelta(0))
        end = ", succeeded since" if error.recovered else ""
        yield Text.assemble(
            (f"  {error.source}", state_style("ok" if error.recovered else "failed")),
            (f" {ago} ago{end}: ", "dim"),
            safe(error.error),
            (f" → {safe(error.next_action)}" if error.next_action else "", "italic"),
        )
