"""Which runs are dead, and which only look so."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import dagster as dg
import psutil
import pytest
from dagster._core.launcher.base import WorkerStatus
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.defs.reaper import (
    PROCESS_TAG,
    Life,
    ProcessMark,
    life_of_run,
    mark_of_this_process,
    reap_dead_runs,
)


@dg.job
def nothing() -> None:
    """A job with nothing to do."""


def _run(instance: dg.DagsterInstance, *events: str) -> dg.DagsterRun:
    """A run this process has reported the given events of."""
    run = instance.create_run_for_job(nothing)
    for event in events:
        instance.report_dagster_event(
            dg.DagsterEvent(event_type_value=event, job_name="nothing"), run_id=run.run_id
        )
    return _again(instance, run)


def _again(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRun:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found


def _mark(instance: dg.DagsterInstance, run: dg.DagsterRun, mark: ProcessMark) -> None:
    instance.add_run_tags(run.run_id, {PROCESS_TAG: str(mark)})


@pytest.fixture
def own_mark() -> ProcessMark:
    mark = ProcessMark.of(os.getpid())
    assert mark is not None
    return mark


@pytest.fixture
def dead_mark() -> ProcessMark:
    """The mark of a process that was killed."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    mark = ProcessMark.of(process.pid)
    process.kill()
    process.wait()
    assert mark is not None
    return mark


@pytest.mark.parametrize(
    ("events", "status"),
    [
        (["PIPELINE_STARTING"], dg.DagsterRunStatus.STARTING),
        (["PIPELINE_START"], dg.DagsterRunStatus.STARTED),
        (["PIPELINE_START", "PIPELINE_CANCELING"], dg.DagsterRunStatus.CANCELING),
    ],
)
def test_a_run_whose_process_lives_is_left_alone(
    instance: dg.DagsterInstance, events: list[str], status: dg.DagsterRunStatus
) -> None:
    run = _run(instance, *events)
    assert run.status is status
    assert run.tags[PROCESS_TAG] == mark_of_this_process()
    assert run.run_id not in reap_dead_runs(instance)
    assert _again(instance, run).status is status
    assert instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
    instance.delete_run(run.run_id)


@pytest.mark.parametrize(
    ("events", "end"),
    [
        (["PIPELINE_STARTING"], dg.DagsterRunStatus.FAILURE),
        (["PIPELINE_START"], dg.DagsterRunStatus.FAILURE),
        (["PIPELINE_START", "PIPELINE_CANCELING"], dg.DagsterRunStatus.CANCELED),
    ],
)
def test_a_run_whose_process_was_killed_is_ended(
    instance: dg.DagsterInstance,
    dead_mark: ProcessMark,
    events: list[str],
    end: dg.DagsterRunStatus,
) -> None:
    run = _run(instance, *events)
    _mark(instance, run, dead_mark)
    assert reap_dead_runs(instance) == [run.run_id]
    assert _again(instance, run).status is end
    said = [record.message for record in instance.all_logs(run.run_id)]
    assert any(f"Process {dead_mark.pid} on {dead_mark.host}" in message for message in said)


def test_a_run_of_an_earlier_boot_is_ended_and_one_of_another_host_is_not(
    instance: dg.DagsterInstance, own_mark: ProcessMark
) -> None:
    earlier, elsewhere, container, unmarked = (_run(instance, "PIPELINE_START") for _ in range(4))
    _mark(instance, earlier, replace(own_mark, boot="an-earlier-one"))
    _mark(instance, elsewhere, replace(own_mark, host="elsewhere", boot="another"))
    _mark(instance, container, replace(own_mark, namespace="pid:[1]"))
    instance.add_run_tags(unmarked.run_id, {PROCESS_TAG: "scribbled"})
    assert reap_dead_runs(instance) == [earlier.run_id]
    for run in (elsewhere, container, unmarked):
        assert life_of_run(_again(instance, run)) is Life.UNKNOWN
        assert _again(instance, run).status is dg.DagsterRunStatus.STARTED
        instance.delete_run(run.run_id)


def test_a_pid_used_again_does_not_keep_a_run_alive(own_mark: ProcessMark) -> None:
    assert own_mark.life() is Life.ALIVE
    assert replace(own_mark, started="1").life() is Life.GONE


def test_a_zombie_is_not_alive() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    mark = ProcessMark.of(process.pid)
    assert mark is not None
    assert mark.life() is Life.ALIVE
    process.kill()
    watched = psutil.Process(process.pid)
    while watched.status() != psutil.STATUS_ZOMBIE:
        pass
    assert mark.life() is Life.GONE
    assert ProcessMark.of(process.pid) is None
    process.wait()


def test_a_run_that_ended_or_moved_on_since_the_list_was_made_is_left_alone(
    instance: dg.DagsterInstance, dead_mark: ProcessMark
) -> None:
    finished, moved_on, deleted = (_run(instance, "PIPELINE_START") for _ in range(3))
    for run in (finished, moved_on, deleted):
        _mark(instance, run, dead_mark)
    stale = [_again(instance, run) for run in (finished, moved_on, deleted)]
    instance.report_dagster_event(
        dg.DagsterEvent(event_type_value="PIPELINE_SUCCESS", job_name="nothing"), finished.run_id
    )
    instance.add_run_tags(moved_on.run_id, {PROCESS_TAG: mark_of_this_process()})
    instance.delete_run(deleted.run_id)
    late: Any = SimpleNamespace(get_runs=lambda _: stale, get_run_by_id=instance.get_run_by_id)
    assert reap_dead_runs(cast("dg.DagsterInstance", late)) == []
    assert _again(instance, finished).status is dg.DagsterRunStatus.SUCCESS
    assert _again(instance, moved_on).status is dg.DagsterRunStatus.STARTED
    instance.delete_run(moved_on.run_id)


@given(st.text())
def test_no_tag_whatever_is_in_it_is_read_as_a_dead_process(text: str) -> None:
    mark = ProcessMark.parse(text)
    assert mark is None or mark.life() is Life.UNKNOWN


def test_a_mark_survives_being_written_down(own_mark: ProcessMark) -> None:
    assert ProcessMark.parse(str(own_mark)) == own_mark
