"""The benchmark in a tiny world: its numbers are computed and wrong rows are found.

How large the numbers are is not tested: a busy machine must not turn a test red.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import get_args

import duckdb
import pytest
from rich.console import Console

from benchmarks.__main__ import bench, table
from benchmarks.measure import Increment, Limited, Measured, Pairs
from benchmarks.plan import Case, Plan, Tasks
from benchmarks.stage import ChildFailedError, Run, Seen, Stage
from benchmarks.tasks import Kind, Task
from benchmarks.truth import Difference, Truth
from benchmarks.verdict import lines, wrong
from polymarket_assets.simulator.process import SimulatorHandle, simulator

TINY = Plan(
    days=2, markets=60, fills=600, few=200, many=2_000, kinds=(), new=50, history=3_000,
    increments=1, limited_windows=0, tries=1, time_s=0,
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """A stage, a venue and its truth."""

    stage: Stage
    venue: SimulatorHandle
    truth: Truth
    tasks: dict[Kind, Task]

    def ours(self, task: Task) -> Run:
        """A run of ours at the task's time."""
        self.venue.set_clock(task.now)
        return self.stage.ours(task, self.venue, self.truth)

    def floor(self, task: Task) -> Run:
        """A run of the floor at the task's time."""
        self.venue.set_clock(task.now)
        return self.stage.floor(task, self.venue, self.truth)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("bench")
    truth = Truth(folder / "truth")
    with simulator(TINY.world(folder / "truth")) as venue, closing(Stage(folder)) as stage:
        tasks = Tasks(replace(TINY, kinds=get_args(Kind)), venue.url, truth)
        large = {case.kind: case.large for case in tasks.cases()}
        made = World(stage, venue, truth, large)
        made.ours(large["markets"])
        stage.remember_markets()
        yield made


@pytest.mark.parametrize("kind", get_args(Kind))
def test_ours_and_the_floor_fetch_exactly_the_rows_there_are(world: World, kind: Kind) -> None:
    task = world.tasks[kind]
    floor, ours = world.floor(task), world.ours(task)
    for run in (floor, ours):
        assert run.difference.expected > 20
        assert run.difference.none
        assert run.seen.requests > 0
        assert run.seen.refused == 0
        assert run.seen.wall_s > 0
        assert run.seen.cpu_s > 0
        assert run.seen.peak_mb > 20
    assert ours.seen.peak_with_postgres_mb > ours.seen.peak_mb
    assert ours.seen.requests <= floor.seen.requests + 3


def test_a_lost_and_a_doubled_row_are_found_though_their_number_is_right(world: World) -> None:
    task = world.tasks["trades feed"]
    world.ours(task)

    def spoil(connection: duckdb.DuckDBPyConnection) -> None:
        rows = connection.execute(
            "FROM raw.data_trades WHERE taker_only ORDER BY page_id, position LIMIT 2"
        ).to_arrow_table()
        connection.register("doubled", rows.slice(0, 1))
        connection.execute("INSERT INTO raw.data_trades FROM doubled")
        page, position = (rows[name][1].as_py() for name in ("page_id", "position"))
        connection.execute(
            "DELETE FROM raw.data_trades WHERE page_id = ? AND position = ?", [page, position]
        )

    world.stage.lake.transaction(spoil)
    with world.stage.lake.connect(read_only=True) as connection:
        difference = world.truth.difference(connection, task)
    assert (difference.lost, difference.surplus) == (1, 1)


def test_invented_markets_are_asked_for_and_have_no_rows(world: World) -> None:
    known = world.tasks["trades by condition"]
    invented = tuple(f"0x{number:064x}" for number in range(30))
    world.stage.invent_markets(invented)
    run = world.ours(Task(known.kind, known.url, known.now, known.first, known.last, invented))
    times = world.stage.page_times()
    assert run.seen.requests == 2 * 2  # two groups of 20, in both passes
    assert run.difference == Difference(0, 0, 0)
    assert len(times) == 4
    assert times[0] == 0


def test_a_child_that_fails_is_named_with_what_it_said(world: World) -> None:
    nowhere = Task("books", "http://127.0.0.1:9", TINY.now, TINY.last, TINY.last, tokens=("1", "2"))
    with pytest.raises(ChildFailedError, match=r"benchmarks\.floor ended with 1 at books") as told:
        world.floor(nowhere)
    assert "ClientConnectorError" in str(told.value)


def test_the_whole_prints_its_figures_and_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench(TINY, as_json=True) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["wrong"] == []
    assert facts["machine"]["cores"] > 0
    rows = facts["figures"][-1]
    assert (rows["ours"], rows["met"]) == (0, True)
    assert rows["floor"] > 2 * TINY.many


def test_a_table_shows_every_figure_and_what_could_not_be_told() -> None:
    figures = lines(measured(ours=[(a_run(2, 1_000), a_run(2, 101_000))]))
    screen = Console(width=140, record=True, file=io.StringIO())
    screen.print(table(figures, "ours beside the floor"))
    shown = screen.export_text()
    assert all(line.what in shown for line in figures)
    assert "–" in shown


# --- arithmetic ----------------------------------------------------------------------------------

TASK = Task("prices", "http://127.0.0.1", TINY.now, TINY.last, TINY.last)


def a_run(
    wall_s: float, rows: int, *, requests: int = 100, refused: int = 0, peak_mb: float = 200
) -> Run:
    """A run with round numbers."""
    seen = Seen(wall_s, wall_s / 2, requests, refused, peak_mb, peak_mb + 50)
    return Run("ours", TASK, seen, Difference(rows, 0, 0))


def measured(*, ours: list[tuple[Run, Run]], refused: int = 0) -> Measured:
    """A benchmark of one case; its floor takes 10 µs a row and 100 requests."""
    case = Case("prices", TASK, TASK)
    return Measured(
        pairs=[Pairs(case, floor=[(a_run(1, 1_000), a_run(2, 101_000))], ours=ours)],
        idle=a_run(1, 0, peak_mb=100.0),
        markets=a_run(1, 10),
        delayed=(a_run(2, 5), a_run(3, 5)),
        increment=Increment(
            1_000_000, empty=[a_run(1, 9), a_run(2, 9)], aged=[a_run(3, 9), a_run(1.1, 9)]
        ),
        limited=Limited(a_run(20, 0, refused=refused), windows=2, allowed=600, answered=582),
    )


def test_the_cost_of_a_row_is_what_the_best_large_run_took_more_than_the_best_small_one() -> None:
    slow = (a_run(9, 1_000), a_run(99, 101_000))
    best = (a_run(2, 1_000), a_run(5, 101_000))
    time, cpu, requests, *_ = lines(measured(ours=[slow, best]))
    assert (time.ours, time.floor, time.ratio, time.met) == (30, 10, 3, False)
    assert (cpu.ours, cpu.floor, cpu.ratio, cpu.met) == (15, 5, 3, None)
    assert (requests.ours, requests.floor, requests.met) == (100, 100, True)


def test_runs_too_short_to_be_told_apart_give_no_ratio() -> None:
    time, *_ = lines(measured(ours=[(a_run(2, 1_000), a_run(2, 101_000))]))
    assert (time.ours, time.ratio, time.met) == (None, None, None)


def test_more_requests_more_memory_and_refusals_miss_their_targets() -> None:
    ours = [(a_run(1, 1_000), a_run(2, 101_000, requests=103, peak_mb=251.0))]
    found = {line.what: line for line in lines(measured(ours=ours, refused=2))}
    missed = {what for what, line in found.items() if line.met is False}
    assert missed == {
        "prices: requests",
        "prices, 5 rows, 50 ms latency",
        "memory above idle, most in prices, 101000 rows",
        "rate limits: refused (429), of all requests",
    }


def test_a_history_that_makes_new_rows_dearer_misses_its_target() -> None:
    kept = measured(ours=[(a_run(1, 1_000), a_run(2, 101_000))])
    [line] = [line for line in lines(kept) if "on top of" in line.what]
    assert (line.what, line.ours, line.floor) == (
        "9 new rows on top of 1,000,000, and of none", 1.1, 1,
    )  # fmt: skip
    assert line.met is True
    slow = replace(kept, increment=Increment(1_000_000, [a_run(1, 9)], [a_run(1.3, 9)]))
    [line] = [line for line in lines(slow) if "on top of" in line.what]
    assert line.met is False


def test_wrong_rows_are_said_in_words() -> None:
    lost = replace(a_run(2, 101_000), difference=Difference(101_000, lost=7, surplus=1))
    whole = measured(ours=[(a_run(1, 1_000), lost)])
    assert wrong(whole) == ["prices (ours): of 101000 rows 7 are missing, and 1 are too many"]
    assert lines(whole)[-1].met is False
