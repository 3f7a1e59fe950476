"""As whom the embedded Postgres runs.

Belongs here: the choice of the server's OS account and how a command is started as it. Not here:
what is started. Standard library only: the idle watcher imports this and should stay small.

Postgres refuses to run as root. Started by root it runs under a numeric user id that belongs to no
account (derived from the home, out of a range no distribution hands out). So no account is created,
nothing else on the machine runs as it, and nobody can log in as it; `nobody` would be shared with
other services. Where that id could not reach its files (a home below a 0700 folder such as /root),
the server is given the single Linux capability to read and search folders, instead of opening those
folders to everybody.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

# systemd's table of user ids lists 60706-61183 as unused; a container maps ids below 65536 at
# least.
_FREE_IDS = range(60706, 61184)
_CAPABILITIES = {"dac_read_search": 2, "dac_override": 1}


class PostgresError(RuntimeError):
    """Postgres cannot be started, reached or stopped; the text says where, why and what to do."""


@dataclass(frozen=True)
class Account:
    """The OS identity of the server: numeric ids, and whether this process must change to them."""

    uid: int
    gid: int

    def owns(self, folder: Path) -> bool:
        """Whether `folder` itself (not what a link points to) belongs to this account."""
        return folder.lstat().st_uid == self.uid

    def take(self, path: Path) -> None:
        """Give `path`, which this process has just created, to the account."""
        if os.geteuid() == 0:
            os.lchown(path, self.uid, self.gid)

    def command(self, arguments: Sequence[str | Path], *, reaches: Iterable[Path]) -> list[str]:
        """The command line that runs `arguments` as this account.

        Args:
            arguments: program and arguments.
            reaches: files and folders the program must be able to reach.

        Raises:
            PostgresError: if the account could not reach them and no capability can be given.
        """
        program = [str(part) for part in arguments]
        if os.geteuid() == self.uid:
            return program
        wrapper = self._wrapper([path for path in reaches if not _reachable(self.uid, path)])
        return [*wrapper, *program]

    def _wrapper(self, unreachable: Sequence[Path]) -> list[str]:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise PostgresError(
                "Postgres does not run as root, and this machine has no `setpriv` (package"
                " util-linux) to start it under another user id. Install it, work as an ordinary"
                " user, or set PM_POSTGRES_URL to a server of your own."
            )
        wrapper = [
            setpriv,
            f"--reuid={self.uid}",
            f"--regid={self.gid}",
            "--clear-groups",
            "--no-new-privs",
        ]
        if unreachable:
            only = f"-all,+{_capability(unreachable)}"
            wrapper += [f"--inh-caps={only}", f"--ambient-caps={only}"]
        return [*wrapper, "--"]


def account_of(folder: Path) -> Account:
    """The account of the server whose files are, or will be, in `folder`.

    Raises:
        PostgresError: if the folder belongs to another user than the one asking.
    """
    euid = os.geteuid()
    try:
        held = folder.lstat()
    except (FileNotFoundError, NotADirectoryError):
        held = None
    except PermissionError:
        raise PostgresError(_foreign(folder, "another user")) from None
    if held is not None and not stat.S_ISDIR(held.st_mode):
        raise PostgresError(f"{folder} is not a folder; move it away or set PM_HOME elsewhere.")
    if euid != 0:
        if held is not None and held.st_uid != euid:
            raise PostgresError(_foreign(folder, f"user id {held.st_uid}"))
        return Account(euid, os.getegid())
    if held is not None and held.st_uid != 0:
        return Account(held.st_uid, held.st_gid)
    free = _free_id(folder)
    return Account(free, free)


def initdb_account() -> Account:
    """An account listed in the user database: `initdb` insists on that, the server does not."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    listed = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    if not listed:
        raise PostgresError(
            "Postgres does not run as root, and the user database lists no other user to create its"
            " files with. Add one, or set PM_POSTGRES_URL to a server of your own."
        )
    entry = listed.get("nobody") or next(iter(listed.values()))
    return Account(entry.pw_uid, entry.pw_gid)


def owner_names(account: Account) -> list[str]:
    """OS user names that may connect: the owner of the home, and root."""
    names = []
    for uid in sorted({0, os.geteuid(), account.uid}):
        try:
            names.append(pwd.getpwuid(uid).pw_name)
        except KeyError:
            if uid == os.geteuid():
                raise PostgresError(
                    f"User id {uid} has no name in the user database, and Postgres knows its"
                    " clients by name. Add an entry, or set PM_POSTGRES_URL to a server of yours."
                ) from None
    return names


def _free_id(folder: Path) -> int:
    start = int.from_bytes(hashlib.sha256(os.fsencode(folder)).digest()[:4])
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    for step in range(len(_FREE_IDS)):
        uid = _FREE_IDS[(start + step) % len(_FREE_IDS)]
        if uid not in taken:
            return uid
    raise PostgresError(
        f"Every user id from {_FREE_IDS.start} to {_FREE_IDS.stop - 1} is taken, so none is left"
        " for Postgres, which does not run as root. Work as another user or set PM_POSTGRES_URL."
    )


def _reachable(uid: int, path: Path) -> bool:
    """Whether every folder above `path` lets the user id through."""
    for folder in path.parents:
        held = folder.stat()
        needed = stat.S_IXUSR if held.st_uid == uid else stat.S_IXOTH
        if not held.st_mode & needed:
            return False
    return True


def _capability(unreachable: Sequence[Path]) -> str:
    """The least capability this process has that opens the way; containers may lack the lesser."""
    status = Path("/proc/self/status").read_text() if Path("/proc/self/status").exists() else ""
    line = next((line for line in status.splitlines() if line.startswith("CapEff:")), "CapEff: 0")
    held = int(line.split()[1], 16)
    for name, bit in _CAPABILITIES.items():
        if held >> bit & 1:
            return name
    raise PostgresError(
        "Postgres does not run as root, and the user id it would run as cannot reach"
        f" {unreachable[0]} (a folder above it is closed to others). Set PM_HOME to a folder others"
        " may pass through, work as an ordinary user, or set PM_POSTGRES_URL."
    )


def _foreign(folder: Path, owner: str) -> str:
    return (
        f"{folder} belongs to {owner}, and only its owner (or root) may use the Postgres in it."
        " Work as that user, or set PM_HOME to a folder of your own."
    )
