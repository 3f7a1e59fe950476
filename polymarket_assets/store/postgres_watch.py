"""The idle watcher: ends the embedded Postgres some time after its last use.

Belongs here: the loop of that one small process, `python -m polymarket_assets.store.postgres_watch
HOME IDLE_SECONDS`, which every start of the server leaves behind. Not here: starting, or what use
is for.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from polymarket_assets.store.postgres_server import EmbeddedServer

# Sessions count as use also when they began and ended between two looks. The watcher's own sessions
# go to the database `postgres`, which nothing else uses, so they are not in the sum.
_USE = """
SELECT (SELECT count(*) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
       (SELECT coalesce(sum(sessions), 0)::bigint FROM pg_stat_database WHERE datname <> 'postgres')
"""


@dataclass(frozen=True)
class Use:
    """Clients connected now, and sessions ever begun."""

    clients: int
    sessions: int


def watch(home: Path, idle_s: float) -> bool:
    """Look at the server of `home` until it is gone or has been idle; whether this call ended it.

    Looks are `idle_s`/30 apart (at most a minute), and the stop comes early by as much as a look
    may be late, so that the server never outlives its last use by more than `idle_s`.
    """
    server = EmbeddedServer(home)
    pause_s = min(60.0, idle_s / 30)
    last, last_use_at = None, time.monotonic()
    while not server.gone():
        use = _use(server)
        if use is not None and (use.clients or use != last):
            last, last_use_at = use, time.monotonic()
        elif time.monotonic() - last_use_at >= idle_s - 2 * pause_s:
            with server.starting():
                if _use(server) in (last, None):
                    return server.stop()
        look_at = time.monotonic() + pause_s
        while time.monotonic() < look_at and not server.gone():
            time.sleep(min(1.0, pause_s))  # a stopped server should not leave its watcher for long
    return False


def _use(server: EmbeddedServer) -> Use | None:
    """What uses the server; None while it does not answer."""
    try:
        connection = server.connect("postgres")
    except psycopg2.OperationalError:
        return None
    try:
        with connection.cursor() as cursor:
            cursor.execute(_USE)
            return Use(*cursor.fetchall()[0])
    except psycopg2.Error:
        return None
    finally:
        connection.close()


if __name__ == "__main__":
    watch(Path(sys.argv[1]), float(sys.argv[2]))
