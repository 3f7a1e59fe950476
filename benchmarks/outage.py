"""The catalog's server is away for a minute while Dagster's daemon runs work through it.

Run it by `python -m benchmarks.outage [--seconds 60]` (or `make faults`). In a temporary home a
daemon executes a run that appends pages and writes an event for each; the server is stopped as by a
crash and nobody may start it for that long. It ends with exit code 1 unless: the daemon lives, no
run is stuck, every page is there once with all its rows, and a second run succeeds afterwards.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
from rich.console import Console

from benchmarks.dagster_processes import idle, program, wait_for
from polymarket_assets.settings import load_settings, project_root
from polymarket_assets.store.lake import Lake
from polymarket_assets.store.postgres import stop_postgres
from polymarket_assets.store.postgres_server import EmbeddedServer

PAGES, PAUSE_S = 40, 0.5
_DEFINITIONS = """
import time
import dagster as dg
from benchmarks.outage import append_pages

@dg.op
def append(context):
    append_pages(context.run_id, context.log.info)

@dg.job(executor_def=dg.in_process_executor)
def appends():
    append()

defs = dg.Definitions(jobs=[appends])
"""

console = Console()


def append_pages(scope: str, say: Callable[[str], None]) -> None:
    """Append pages slowly, each an event of the run as well."""
    from tests.store.lakes import append_all, batch, trades  # noqa: PLC0415 - made-up rows

    lake = Lake.open(load_settings())
    for number in range(PAGES):
        append_all(
            lake, [batch(scope, {"data_trades": trades(5, first=5 * number)}, number=number)]
        )
        say(f"page {number}")
        time.sleep(PAUSE_S)


def outage(home: Path, seconds: float) -> None:
    """Stop the server as a crash would, and let nobody start it for so long."""
    server = EmbeddedServer(home)
    with server.starting():
        pid = server.pid()
        if pid is None:
            raise RuntimeError(f"no server runs in {home}")
        os.kill(pid, signal.SIGQUIT)  # what `pg_ctl stop -m immediate` sends
        time.sleep(seconds)


def _launch(project: Path) -> str:
    done = subprocess.run(
        [program("dagster"), "job", "launch", "-w", "workspace.yaml", "-j", "appends"],
        cwd=project, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout


def _checked(lake: Lake, problems: list[str]) -> int:
    rows = lake.rows(
        """
        WITH fills AS (SELECT page_id, count(t) AS n FROM raw.data_trades AS t GROUP BY page_id)
        SELECT scope, count(*), count(DISTINCT page_number), max(page_number) + 1, sum(n)
        FROM raw.pages LEFT JOIN fills USING (page_id)
        GROUP BY scope
        """
    )
    for scope, pages, distinct, last, fills in rows:
        if not pages == distinct == last or fills != 5 * pages:
            problems.append(f"{scope}: {pages} pages, {distinct} distinct, {fills} rows")
    return sum(row[1] for row in rows)


def run(seconds: float) -> list[str]:
    """The whole trial; what went wrong."""
    problems: list[str] = []
    root = Path(tempfile.mkdtemp(prefix="pm-outage-"))
    project = root / "project"
    project.mkdir()
    source = project_root(Path(__file__).parent)
    shutil.copy(source / "dagster.yaml", project)
    (project / "trial.py").write_text(_DEFINITIONS)
    (project / "workspace.yaml").write_text(
        f"load_from:\n  - python_file: {{relative_path: trial.py, working_directory: {source}}}\n"
    )
    os.environ |= {
        "PM_HOME": str(root / "home"), "DAGSTER_HOME": str(project), "PYTHONPATH": str(source),
    }  # fmt: skip
    settings = load_settings()
    lake = Lake.open(settings)
    log = (project / "daemon.log").open("w")
    daemon = subprocess.Popen(
        [program("dagster-daemon"), "run", "-w", "workspace.yaml"],
        cwd=project, stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
    try:
        _launch(project)
        held = lake.rows
        wait_for("the first page", lambda: held("SELECT count(*) FROM raw.pages")[0][0] >= 3)
        console.print(f"the run appends; the server goes away for {seconds:.0f} s")
        outage(settings.home, seconds)
        back = wait_for("the lake after the outage", lambda: bool(lake.rows("SELECT 1")))
        with dg.DagsterInstance.from_config(str(project)) as instance:
            first = wait_for("the end of the run", lambda: idle(instance))
            _launch(project)
            second = wait_for("the end of a second run", lambda: idle(instance, runs=2))
            outcomes = [str(record.status.value) for record in instance.get_runs()]
            errors = instance.get_daemon_statuses()
        console.print(
            f"lake usable {back:.1f} s after the outage, run ended {first:.1f} s after it, a second"
            f" one took {second:.1f} s; outcomes, newest first: {', '.join(outcomes)}"
        )
        if daemon.poll() is not None:
            problems.append(f"the daemon ended with status {daemon.returncode}")
        unhealthy = [name for name, status in errors.items() if not status.healthy]
        if unhealthy:
            problems.append(f"daemons without a heartbeat: {', '.join(unhealthy)}")
        if outcomes[0] != "SUCCESS":
            problems.append(f"the run after the outage ended as {outcomes[0]}")
        console.print(f"{_checked(lake, problems)} pages, each there once with all its rows")
    finally:
        os.killpg(daemon.pid, signal.SIGTERM)
        daemon.wait(30)
        log.close()
        lines = (project / "daemon.log").read_text().splitlines()
        console.print(f"the daemon's log has {sum('Error' in line for line in lines)} error lines")
        stop_postgres(settings)
        shutil.rmtree(root, ignore_errors=True)
    return problems


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    problems = run(parser.parse_args().seconds)
    for problem in problems:
        console.print(f"[red]{problem}[/]")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
