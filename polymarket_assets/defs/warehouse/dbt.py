"""The warehouse: every dbt model an asset, every dbt test a check, a version published at the end.

Write, audit, publish: `dbt build` writes and tests while this step holds the build lock; only a
whole build whose tests passed names its version in ops.published. Whoever trades or analyses reads
there.
"""

import os
import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliInvocation,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)
from packaging.version import Version

from polymarket_assets.defs.partitions import daily, days_of_run
from polymarket_assets.defs.resources import Platform
from polymarket_assets.defs.warehouse.gate import refuse_gaps
from polymarket_assets.defs.warehouse.manifest import DBT, prepare_manifest
from polymarket_assets.defs.warehouse.model_version import model_version
from polymarket_assets.settings import project_root
from polymarket_assets.store.batch import SourceRun
from polymarket_assets.store.locks import advisory_lock
from polymarket_assets.store.maintenance import BUILD_LOCK
from polymarket_assets.store.postgres import ensure_postgres

BUILD_WAIT_S = 900
"""Seconds to wait for another build or for maintenance before giving up."""
project = DbtProject(project_dir=project_root(Path(__file__).parent) / "dbt_project")
prepare_manifest(project)


class Translator(DagsterDbtTranslator):
    """Asset keys are schema/table, groups are schemas, facts and what follows are daily."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """`schema/table`; a source table is the asset of the same name.

        Watermarks and pages are no assets of their own: every source writes its part of them with
        its rows. Who reads them is named here by the source whose part it reads.
        """
        shared = {"watermarks": "gamma_markets", "pages": "data_positions"}
        if source := shared.get(dbt_resource_props["name"]):
            return dg.AssetKey(["raw", source])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The schema."""
        return dbt_resource_props["schema"]

    def get_partitions_def(
        self, dbt_resource_props: Mapping[str, Any]
    ) -> dg.PartitionsDefinition[str] | None:
        """Daily for tables that grow by day, as the model's `meta.partitions` says."""
        meta = dbt_resource_props.get("config", {}).get("meta", {})
        return daily if meta.get("partitions") == "daily" else None


class Dbt(DbtCliResource):
    """dbt beside this Python: what dagster-dbt asks of it first is known, 2.5 s cheaper."""

    @cached_property
    def _cli_version(self) -> Version:
        return Version(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:  # ty: ignore[incompatible-method-override]
        """No connection of this process: it would serve to fetch rows and columns after a model."""


@dg.definitions
def warehouse() -> dg.Definitions:
    """The dbt assets and the resource that runs dbt."""
    return dg.Definitions(
        assets=[warehouse_assets],
        resources={"dbt": Dbt(project_dir=project, dbt_executable=str(DBT))},
    )


@dbt_assets(
    manifest=project.manifest_path,
    project=project,
    name="dbt_build",
    dagster_dbt_translator=Translator(
        settings=DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True)
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool="warehouse",
)
def warehouse_assets(
    context: dg.AssetExecutionContext, dbt: Dbt, platform: Platform
) -> Iterator[Any]:
    """Build and test the selected models; publish when the whole project was built."""
    home = platform.home()
    lake = platform.lake()
    started = home.clock.now()
    with (
        advisory_lock(ensure_postgres(home.settings), BUILD_LOCK, wait_s=BUILD_WAIT_S),
        _told_to_children(PM_BUILD_LOCK="held"),
    ):
        invocation = dbt.cli(["build"], context=context, raise_on_error=False)
        yield from invocation.stream()
        failures = _failures(invocation)
        lake.record_source_run(_account(started, home.clock.now(), failures))
        if failures:
            raise dg.Failure(
                f"{len(failures)} of the build's nodes failed: {failures[0]}. Nothing was "
                "published; readers keep the last version. Next: mend the named model or its "
                "input, then run the warehouse job again.",
                metadata={"failed": "\n".join(failures)},
            )
        if not context.is_subset:
            refuse_gaps(platform, days_of_run(context.run))
            counts = _counts(invocation)
            published = lake.publish(
                lake.head_version(),
                published_at=home.clock.now(),
                note="dbt build, all tests passed",
                model_version=model_version(invocation.get_artifact("manifest.json")),
                **counts,
            )
            context.log.info("published version %s: %s", published.version, counts)


@contextmanager
def _told_to_children(**variables: str) -> Generator[None]:
    """Set variables for child processes: dbt's plugin must not wait for the lock held here."""
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]


def _results(invocation: DbtCliInvocation) -> list[dict[str, Any]]:
    if not (invocation.target_path / "run_results.json").is_file():
        return []
    return invocation.get_artifact("run_results.json")["results"]


def _failures(invocation: DbtCliInvocation) -> list[str]:
    bad = [
        f"{result['unique_id']}: {(result['message'] or result['status']).splitlines()[0]}"
        for result in _results(invocation)
        if result["status"] in {"error", "fail", "runtime error"}
    ]
    if not bad and not invocation.is_successful():
        error = invocation.get_error()
        return [str(error) if error else "dbt ended without saying why; see the step's logs"]
    return bad


def _counts(invocation: DbtCliInvocation) -> dict[str, int]:
    kinds = [result["unique_id"].split(".")[0] for result in _results(invocation)]
    return {
        "models": sum(kind in {"model", "seed"} for kind in kinds),
        "tests": sum(kind in {"test", "unit_test"} for kind in kinds),
    }


def _account(started: datetime, ended: datetime, failures: list[str]) -> SourceRun:
    return SourceRun(
        run_id=uuid.uuid4().hex,
        source="warehouse",
        started_at=started,
        ended_at=ended,
        outcome="failed" if failures else "ok",
        window_from=None,
        window_to=None,
        requests=0,
        pages=0,
        rows=0,
        accepted=0,
        unchanged=0,
        quarantined=0,
        retries=0,
        rate_limited=0,
        bytes=0,
        duration_s=(ended - started).total_seconds(),
        data_until=None,
        error_class="BuildFailed" if failures else None,
        error_message="; ".join(failures) or None,
        next_action="mend the named model or its input, then run the warehouse job again"
        if failures
        else None,
    )
