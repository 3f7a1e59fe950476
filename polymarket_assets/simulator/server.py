"""The simulator as a server: generate, write the truth, listen, serve until stopped.

Belongs here: putting world, routes and gate together and running them in this process. A child
process with a handle is `process`.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Callable
from contextlib import closing

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from polymarket_assets.simulator.acts import Ledger
from polymarket_assets.simulator.answers import RefusedError, Signer, json_answer
from polymarket_assets.simulator.clob_prices import PriceRoutes
from polymarket_assets.simulator.clob_routes import ClobRoutes
from polymarket_assets.simulator.clock import VenueClock
from polymarket_assets.simulator.control import ControlRoutes
from polymarket_assets.simulator.data_activity import ActivityRoutes
from polymarket_assets.simulator.data_holdings import HoldingRoutes
from polymarket_assets.simulator.data_results import ResultRoutes
from polymarket_assets.simulator.data_routes import DataRoutes
from polymarket_assets.simulator.data_v1 import V1Routes
from polymarket_assets.simulator.gamma_routes import GammaRoutes
from polymarket_assets.simulator.gate import Gate
from polymarket_assets.simulator.kalshi_data_routes import KalshiDataRoutes
from polymarket_assets.simulator.kalshi_routes import KalshiRoutes
from polymarket_assets.simulator.kalshi_tape import KalshiVenue
from polymarket_assets.simulator.kalshi_truth import write_kalshi_truth
from polymarket_assets.simulator.options import SimulatorInfo, SimulatorOptions
from polymarket_assets.simulator.traffic import Traffic
from polymarket_assets.simulator.truth import write_truth
from polymarket_assets.simulator.world import World

HOST = "127.0.0.1"


class SimulatorServer:
    """One simulator in this process.

    Args:
        options: What to generate and how to serve it.

    Raises:
        OSError: The port is taken; the message names it.
    """

    def __init__(self, options: SimulatorOptions) -> None:
        begun = time.monotonic()
        self._socket = _listen(options.port)
        self.world = World(
            options.seed, options.start, options.days, options.markets, options.fills
        )
        self.kalshi = KalshiVenue(self.world, options.markets, options.fills)
        if options.truth is not None:
            write_truth(self.world, options.truth)
            write_kalshi_truth(self.kalshi, options.truth)
        self.info = SimulatorInfo(
            url=f"http://{HOST}:{self._socket.getsockname()[1]}",
            pid=os.getpid(),
            seed=options.seed,
            start=options.start.isoformat(),
            days=options.days,
            generated_in_s=round(time.monotonic() - begun, 3),
            counts={
                "events": len(self.world.events),
                "markets": len(self.world.markets),
                "matches": len(self.world.matches.market),
                "fills": len(self.world.fills),
                "wallets": len(self.world.wallets),
                "kalshi_markets": len(self.kalshi.markets),
                "kalshi_trades": len(self.kalshi.tape),
            },
        )
        traffic = Traffic()
        self._gate = Gate(
            self._application(options, traffic),
            traffic,
            mode=options.rate_limit,
            latency_ms=options.latency_ms,
            seed=options.seed,
            drop=self._drop,
        )
        config = uvicorn.Config(
            self._gate,
            lifespan="off",
            access_log=False,
            log_level="critical",
            ws="none",
            backlog=1024,
            timeout_graceful_shutdown=1,
            server_header=False,
        )
        self._server = uvicorn.Server(config)

    def _application(self, options: SimulatorOptions, traffic: Traffic) -> Starlette:
        clock, signer = VenueClock(options.clock_start, options.speed), Signer(options.seed)
        ledger = Ledger(self.world)
        activity = ActivityRoutes(self.world, clock, signer, ledger)
        parts = (
            GammaRoutes(self.world, clock, signer),
            DataRoutes(self.world, clock, signer),
            activity,
            HoldingRoutes(self.world, clock, signer, ledger),
            ResultRoutes(self.world, clock),
            V1Routes(
                self.world,
                clock,
                activity,
                most_rows=options.v1_most_rows,
                offset_cap=options.v1_offset_cap,
                past_cap=options.v1_past_cap,
            ),
            ClobRoutes(self.world, clock),
            PriceRoutes(self.world, clock),
            KalshiDataRoutes(self.kalshi, clock, signer),
            KalshiRoutes(self.kalshi, clock, signer),
            ControlRoutes(self.world, clock, traffic, self.info),
        )
        return Starlette(
            routes=[route for part in parts for route in part.routes()],
            exception_handlers={RefusedError: _refuse},
        )

    def _drop(self, client: tuple[str, int]) -> None:
        """Reset the connection of that client address."""
        for connection in self._server.server_state.connections:
            if getattr(connection, "client", None) == client:
                transport = connection.transport
                raw = transport.get_extra_info("socket")
                # Lingering zero seconds turns the close into a reset.
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                transport.abort()

    def serve(self, ready: Callable[[SimulatorInfo], None]) -> None:
        """Serve until `stop` or a signal; `ready` is called when requests are accepted."""
        with closing(self._socket):
            ready(self.info)
            self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """Let `serve` return soon; may be called from another thread."""
        self._server.should_exit = True


def run_simulator(options: SimulatorOptions, *, ready: Callable[[SimulatorInfo], None]) -> None:
    """Generate the world and serve it in this process until interrupted.

    Args:
        options: What to generate and how to serve it.
        ready: Called once requests are accepted (they wait in the backlog until the loop runs).

    Raises:
        OSError: The port is taken; the message names it.
    """
    SimulatorServer(options).serve(ready)


async def _refuse(_: Request, error: Exception) -> Response:
    if not isinstance(error, RefusedError):
        raise error
    return json_answer(error.body, status=error.status)


def _listen(port: int) -> socket.socket:
    """A listening socket: connections wait in its backlog while the world is generated."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        msg = f"simulator: port {port} on {HOST} is not free ({error.strerror}); use another or 0"
        raise OSError(error.errno, msg) from error
    listener.listen(1024)
    return listener
