"""What Dagster loads: everything under defs/."""

from pathlib import Path

from dagster import Definitions, definitions, load_from_defs_folder


@definitions
def defs() -> Definitions:
    """All assets, checks, jobs, schedules, sensors and resources of the platform."""
    return load_from_defs_folder(path_within_project=Path(__file__).parent)
