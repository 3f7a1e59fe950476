"""`python -m polymarket_assets.simulator`: the child behind `process.simulator`.

Belongs here: arguments in, one line of JSON (a `SimulatorInfo`) out when it listens. People use
`polymarket simulator run`.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson

from polymarket_assets.simulator.options import SimulatorInfo, SimulatorOptions
from polymarket_assets.simulator.server import SimulatorServer


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted, or until standard input closes if asked to."""
    values = _parse(arguments)
    until_stdin_closes = values.pop("until_stdin_closes")
    try:
        server = SimulatorServer(SimulatorOptions(**values))
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if until_stdin_closes:
        threading.Thread(target=_stop_with_stdin, args=(server,), daemon=True).start()
    server.serve(_announce)
    return 0


def _parse(arguments: Sequence[str] | None) -> dict[str, Any]:
    defaults = SimulatorOptions()
    parser = argparse.ArgumentParser(prog="polymarket_assets.simulator", description=__doc__)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--start", type=date.fromisoformat, default=defaults.start)
    parser.add_argument("--days", type=int, default=defaults.days)
    parser.add_argument("--markets", type=int, default=defaults.markets)
    parser.add_argument("--fills", type=int, default=defaults.fills)
    parser.add_argument("--port", type=int, default=defaults.port)
    parser.add_argument("--now", type=datetime.fromisoformat)
    parser.add_argument("--speed", type=float, default=defaults.speed)
    parser.add_argument("--rate-limit", choices=("off", "429", "delay"), default="off")
    parser.add_argument("--latency-ms", type=float, default=defaults.latency_ms)
    parser.add_argument("--v1-most-rows", type=int, default=defaults.v1_most_rows)
    parser.add_argument("--v1-offset-cap", type=int, default=defaults.v1_offset_cap)
    parser.add_argument("--v1-past-cap", choices=("error", "repeat"), default="error")
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--until-stdin-closes", action="store_true")
    return vars(parser.parse_args(arguments))


def _announce(info: SimulatorInfo) -> None:
    sys.stdout.buffer.write(orjson.dumps(info.as_dict()) + b"\n")
    sys.stdout.flush()


def _stop_with_stdin(server: SimulatorServer) -> None:
    sys.stdin.buffer.read()
    server.stop()


if __name__ == "__main__":
    sys.exit(main())
