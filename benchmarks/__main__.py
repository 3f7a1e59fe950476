"""`python -m benchmarks [--quick | --transform] [--json]`: what we cost, beside a floor.

The sources are measured against a bare asyncio client, and with `--transform` the warehouse against
bare DuckDB, in the same run.

Everything is measured against the project's own simulator, on this machine and in these minutes, so
that ratios mean something and seconds little. The exit code is 1 only when rows were lost, doubled
or invented, by us or by the floor; a missed target is printed and no failure.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measure import measure
from benchmarks.plan import QUICK, Plan
from benchmarks.transform import TransformPlan, transform
from benchmarks.transform_verdict import transform_lines
from benchmarks.verdict import Line, lines, wrong


def main() -> int:
    """Measure and print; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="fills only, in a small world: rough numbers"
    )
    parser.add_argument(
        "--transform", action="store_true", help="the warehouse on ten million fills, instead"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args()
    if arguments.transform:
        return bench_transform(TransformPlan(), as_json=arguments.json)
    return bench(QUICK if arguments.quick else Plan(), as_json=arguments.json)


def bench(plan: Plan, *, as_json: bool) -> int:
    """Measure a plan and print it; 1 if any run's rows are wrong."""

    def run(folder: Path, say: Callable[[str], None]) -> tuple[list[Line], list[str]]:
        measured = measure(plan, folder, say)
        return lines(measured), wrong(measured)

    title = "ours beside the floor (bare asyncio, msgspec, Parquet and the bodies)"
    return _print(run, title, as_json=as_json)


def bench_transform(plan: TransformPlan, *, as_json: bool) -> int:
    """Measure what the warehouse costs and print it; it has no wrong rows, its tests would fail."""

    def run(folder: Path, say: Callable[[str], None]) -> tuple[list[Line], list[str]]:
        return transform_lines(transform(plan, folder, say)), []

    return _print(run, "dbt's models, by their statements alone", as_json=as_json)


def _print(
    run: Callable[[Path, Callable[[str], None]], tuple[list[Line], list[str]]],
    title: str,
    *,
    as_json: bool,
) -> int:
    out, progress = Console(), Console(stderr=True)
    load = os.getloadavg()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        figures, problems = run(Path(folder), lambda text: progress.log(text, highlight=False))
    machine = {
        "cores": os.cpu_count(),
        "load_before": load,
        "load_after": os.getloadavg(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "seconds": time.monotonic() - began,
    }
    if as_json:
        facts = {"figures": [asdict(line) for line in figures], "wrong": problems}
        print(json.dumps(facts | {"machine": machine}, indent=1))
    else:
        out.print(table(figures, title))
        out.print(
            f"{machine['cores']} cores, load {load[0]:.1f} before and "
            f"{machine['load_after'][0]:.1f} after, Python {machine['python']}, "
            f"{machine['seconds']:.0f} s; only the ratios say something about other machines",
            highlight=False,
        )
        for problem in problems:
            out.print(f"[red]WRONG ROWS[/] {problem}", highlight=False)
    return 1 if problems else 0


def table(figures: Sequence[Line], title: str) -> Table:
    """The figures for people."""
    shown = Table(title=title)
    shown.add_column("what")
    for name in ("ours", "floor", "", "ratio", "target", "met"):
        shown.add_column(name, justify="left" if name == "" else "right")
    for line in figures:
        met = {None: "", True: "[green]yes[/]", False: "[red]no[/]"}[line.met]
        shown.add_row(
            line.what, _number(line.ours), _number(line.floor), line.unit,
            _number(line.ratio), line.target, met,
        )  # fmt: skip
    return shown


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
