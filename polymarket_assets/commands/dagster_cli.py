"""The `dagster` command of this environment: Dagster's own, told where this project is.

Dagster's `asset` commands want the code location named every time, and some commands insist on
DAGSTER_HOME. Here both have a default, so that `dagster asset materialize --select ...` works in a
fresh checkout; whatever is given on the command line or in the environment wins.
"""

from __future__ import annotations

import os
import sys

from polymarket_assets.settings import project_root

MODULE = "polymarket_assets.definitions"
POINTERS = ("-m", "--module-name", "-f", "--python-file", "--package-name", "--autoload-defs")
COMMANDS = ("ASSET_MATERIALIZE", "ASSET_LIST", "JOB_EXECUTE", "JOB_SCAFFOLD_CONFIG")


def main() -> None:
    """Run Dagster's command line with this project's defaults."""
    os.environ.setdefault("DAGSTER_HOME", str(project_root()))
    if not any(argument.startswith(POINTERS) for argument in sys.argv[1:]):
        for command in COMMANDS:
            os.environ.setdefault(f"DAGSTER_CLI_{command}_MODULE_NAME", MODULE)

    from dagster._cli import main as dagster  # noqa: PLC0415 - what Dagster's own script calls

    dagster()
