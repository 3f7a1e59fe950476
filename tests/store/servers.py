"""What the tests of the embedded Postgres share: other users, processes, folders."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from polymarket_assets.settings import Settings, load_settings
from polymarket_assets.store.postgres import stop_postgres
from polymarket_assets.store.postgres_server import EmbeddedServer

needs_root = pytest.mark.skipif(
    os.geteuid() != 0,
    reason="only root can become another OS user: run the tests as root to see this",
)
needs_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="reads /proc and Linux process flags"
)


def settings_for(home: Path, **overrides: object) -> Settings:
    """Settings of an embedded server in `home`, whatever the environment says."""
    return load_settings(home=home, postgres_url=None, _env_file=None, **overrides)


@contextmanager
def stopped_afterwards(settings: Settings) -> Iterator[Settings]:
    """The same settings; whatever server ran in their home is gone at the end."""
    try:
        yield settings
    finally:
        stop_postgres(settings)


def main_process(settings: Settings) -> psutil.Process:
    """The postmaster of the home's server, which somebody may just be starting again."""
    server = EmbeddedServer(settings.home)
    found: list[psutil.Process] = []

    def runs() -> bool:
        with suppress(psutil.NoSuchProcess):
            if (pid := server.pid()) is not None:
                found.append(psutil.Process(pid))
        return bool(found)

    until(runs)
    return found[0]


def ended(process: psutil.Process) -> bool:
    """Whether a process is gone, or a zombie that only its parent can remove."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def kill(pid: int) -> None:
    """SIGKILL, and wait until the process has ended."""
    process = psutil.Process(pid)
    os.kill(pid, signal.SIGKILL)
    until(lambda: ended(process))


def until(happened: Callable[[], bool], *, within_s: float = 20) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def as_user(name: str, work: Callable[[], str]) -> str:
    """What `work` returns, or the error it raises, in a forked process of another OS user."""
    entry = pwd.getpwnam(name)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            answer = work()
        except BaseException as error:  # whatever it is, it is the answer
            answer = f"{type(error).__name__}: {error}"
        os.write(writer, answer.encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as answers:
        return answers.read()


def python(code: str, *, home: Path, **popen: object) -> subprocess.Popen[str]:
    """A Python process that runs `code` with `settings` of `home` at hand."""
    program = (
        "from pathlib import Path\n"
        "from tests.store.servers import settings_for\n"
        f"settings = settings_for(Path({str(home)!r}))\n{code}"
    )
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", program], cwd=root, text=True, stdout=subprocess.PIPE, **popen
    )
