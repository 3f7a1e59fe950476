"""The development server: Dagster's UI and daemon for one home, ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from polymarket_assets.commands.pipeline import instance_of_home
from polymarket_assets.defs.daemon import hold_daemon_lock
from polymarket_assets.defs.reaper import reap_dead_runs
from polymarket_assets.settings import Settings, project_root

GRACE_S = 20


def run_dev(settings: Settings, port: int) -> int:
    """Run `dagster dev` on 127.0.0.1:`port` until it ends or is interrupted; gives its exit status.

    Raises:
        LockHeldError: another daemon serves this home; two would fire every schedule twice.
    """
    root = project_root(Path(__file__).parent)
    with hold_daemon_lock(settings):
        with instance_of_home() as instance:
            reap_dead_runs(instance)
        # Its own process group: dagster dev leaves children behind when it alone is told to stop.
        server = subprocess.Popen(  # noqa: S603 - our own interpreter's dagster, no outside input
            [
                str(Path(sys.executable).parent / "dagster"),
                "dev",
                "--workspace",
                str(root / "workspace.yaml"),
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
            ],
            cwd=root,
            env={**os.environ, "DAGSTER_HOME": str(root)},
            start_new_session=True,
        )
        previous = signal.signal(signal.SIGTERM, lambda *_: _end(server))
        try:
            return server.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            _end(server)
            signal.signal(signal.SIGTERM, previous)


def _end(server: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, sign)
        except ProcessLookupError:
            return
        try:
            server.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            continue
        if sign is signal.SIGTERM:
            # The leader is gone; whatever it started must be too.
            continue
