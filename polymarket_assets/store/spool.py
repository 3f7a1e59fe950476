"""The spool: pages on their way to the lake, safe on this machine's disk before their walk goes on.

A commit to the lake costs some 35 ms for one page as for ten, writing a page to a file less than
one. So a walk waits for the file alone, and commits gather what has come since the last one
(writer.py). What a killed process leaves here the next writer of the home commits before it asks a
venue for anything: no page is lost, and none is fetched twice.

The files are not synced: the machine itself going down costs what was handed in during the last
second. No watermark knows of it, so that it is asked for again.

Layout: `PM_HOME/spool/<name>.lock`, locked as long as its writer lives, and `<name>.<n>.pages`, the
pages of one commit each, deleted after it. A page is a frame: its length, its checksum, its bytes.

Belongs here: the files, and the form of a page in them. Not here: when pages are committed
(writer.py), or which of those left behind are still missing in the lake (appender.py).
"""

from __future__ import annotations

import fcntl
import functools
import json
import os
import struct
import uuid
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from polymarket_assets.settings import Settings
from polymarket_assets.store.batch import Batch, Page, QuarantinedRow, Watermark
from polymarket_assets.store.disk_full import disk_full

_FRAME = struct.Struct(">QI")
_HEADER = struct.Struct(">I")
_PAGE_FACTS = tuple(field.name for field in fields(Page) if field.name != "body")
_WATERMARK_FACTS = tuple(field.name for field in fields(Watermark))


class SpoolDamagedError(ValueError):
    """A file of the spool ends within a page, or holds something else than pages."""


class Spool:
    """The files of one writer; for one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        self._folder = _folder(settings)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._name = f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
        self._lock = _locked(self._folder, self._name)
        self._number = 0
        self._file: BinaryIO | None = None

    def add(self, batch: Batch) -> None:
        """Write a page; once this returns it survives the process.

        Raises:
            DiskFullError: there is no room for it; nothing of it was written.
        """
        parts = framed(batch)
        try:
            file = self._file or self._next_file()
        except OSError as error:
            raise _said(error, self._folder / self._name) from error
        before = file.tell()
        try:
            for part in parts:
                left = memoryview(part)
                while left:
                    left = left[file.write(left) :]
        except OSError as error:
            file.truncate(before)
            file.seek(before)
            raise _said(error, Path(file.name)) from error

    def seal(self) -> Spooled:
        """The file of the pages added since the last one was sealed; later ones go to another."""
        file, self._file = self._file or self._next_file(), None
        file.close()
        return Spooled(Path(file.name))

    def close(self) -> None:
        """Give up the files; those that were not deleted are left to the next writer."""
        if self._file is not None:
            self.seal()
        if not _segments(self._folder, self._name):
            _lock_file(self._folder, self._name).unlink(missing_ok=True)
        self._lock.close()

    def _next_file(self) -> BinaryIO:
        path = self._folder / f"{self._name}.{self._number:06d}.pages"
        self._number += 1
        self._file = path.open("xb", buffering=0)
        return self._file


@dataclass(frozen=True)
class Spooled:
    """A file to which nothing is added any more."""

    path: Path

    def batches(self) -> Iterator[Batch]:
        """Its pages in the order they came.

        Raises:
            SpoolDamagedError: after the last one that can be read.
        """
        yield from read_frames(self.path.read_bytes(), str(self.path))

    def remove(self) -> None:
        """Delete it: its pages are in the lake."""
        self.path.unlink()

    def set_aside(self) -> Path:
        """Keep it under another name, so that nobody reads it again; give the name."""
        return self.path.rename(self.path.with_suffix(".unreadable"))


@contextmanager
def left_behind(settings: Settings) -> Generator[list[Spooled]]:
    """What writers that live no more have left, oldest first, for one process at a time.

    Whoever comes meanwhile waits, so that no walk begins before what it builds on is in the lake.
    """
    folder = _folder(settings)
    names = [path.stem for path in sorted(folder.glob("*-*.lock"), key=_age)]
    if not names:
        yield []
        return
    with (folder / "recovery.lock").open("w") as mine:
        fcntl.flock(mine, fcntl.LOCK_EX)
        dead = {name: lock for name in names if (lock := _lock_of_dead(folder, name)) is not None}
        try:
            yield [Spooled(path) for name in dead for path in _segments(folder, name)]
        finally:
            for name, lock in dead.items():
                if not _segments(folder, name):
                    _lock_file(folder, name).unlink(missing_ok=True)
                lock.close()


def framed(batch: Batch) -> list[bytes | pa.Buffer]:
    """A page as a frame, in parts."""
    rows = {name: _arrow_bytes(table) for name, table in batch.rows.items()}
    watermark = batch.watermark
    header = json.dumps(
        {
            "page": {name: _plain(getattr(batch.page, name)) for name in _PAGE_FACTS},
            "watermark": watermark
            and {name: _plain(getattr(watermark, name)) for name in _WATERMARK_FACTS},
            "quarantine": [[row.position, row.reason, len(row.row)] for row in batch.quarantine],
            "rows": {name: table.size for name, table in rows.items()},
            "body": len(batch.page.body),
        }
    ).encode()
    rejected = b"".join(row.row for row in batch.quarantine)
    parts = [_HEADER.pack(len(header)) + header, batch.page.body, *rows.values(), rejected]
    checksum = functools.reduce(lambda sum_, part: zlib.crc32(part, sum_), parts, 0)
    length = sum(memoryview(part).nbytes for part in parts)
    return [_FRAME.pack(length, checksum), *parts]


def read_frames(held: bytes, where: str) -> Iterator[Batch]:
    """The pages of a file's bytes.

    Raises:
        SpoolDamagedError: after the last one that can be read.
    """
    view, at = memoryview(held), 0
    while at < len(view):
        try:
            length, checksum = _FRAME.unpack_from(view, at)
            payload = view[at + _FRAME.size : at + _FRAME.size + length]
            if len(payload) != length or zlib.crc32(payload) != checksum:
                raise SpoolDamagedError("a page is not whole")
            batch = _unpacked(payload)
        except (struct.error, ValueError, KeyError, TypeError) as error:
            raise SpoolDamagedError(f"{where}, byte {at} of {len(view)}: {error!r}") from error
        yield batch
        at += _FRAME.size + length


def _unpacked(payload: memoryview) -> Batch:
    (length,) = _HEADER.unpack_from(payload)
    header = json.loads(bytes(payload[_HEADER.size : _HEADER.size + length]))
    at = _HEADER.size + length

    def take(size: int) -> bytes:
        nonlocal at
        part, at = bytes(payload[at : at + size]), at + size
        return part

    body = take(header["body"])
    rows = {name: _arrow_table(take(size)) for name, size in header["rows"].items()}
    rejected = tuple(
        QuarantinedRow(position, reason, take(size))
        for position, reason, size in header["quarantine"]
    )
    page, watermark = header["page"], header["watermark"]
    return Batch(
        page=Page(**page | _moment(page, "received_at"), body=body),
        rows=rows,
        quarantine=rejected,
        watermark=watermark and Watermark(**watermark | _moment(watermark, "recorded_at")),
    )


def _said(error: OSError, file: Path) -> Exception:
    """The error with the file it is about, and what to do where its disk is full."""
    named = OSError(f'{error} (file "{file}")')
    return disk_full(named) or named


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _moment(facts: dict[str, Any], name: str) -> dict[str, datetime]:
    return {name: datetime.fromisoformat(facts[name])}


def _arrow_bytes(table: pa.Table) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


def _arrow_table(held: bytes) -> pa.Table:
    with pa.ipc.open_stream(held) as stream:
        return stream.read_all()


def _folder(settings: Settings) -> Path:
    return settings.home / "spool"


def _lock_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.lock"


def _segments(folder: Path, name: str) -> list[Path]:
    return sorted(folder.glob(f"{name}.*.pages"))


def _age(path: Path) -> float:
    with suppress(FileNotFoundError):
        return path.stat().st_mtime
    return 0.0


def _locked(folder: Path, name: str) -> BinaryIO:
    """A new lock file, locked before anybody can find it unlocked."""
    hidden = folder / f".{name}"
    lock = hidden.open("wb")
    fcntl.flock(lock, fcntl.LOCK_EX)
    hidden.rename(_lock_file(folder, name))
    return lock


def _lock_of_dead(folder: Path, name: str) -> BinaryIO | None:
    """The lock of a writer that lives no more; None while it lives or if it has just ended."""
    try:
        lock = _lock_file(folder, name).open("r+b")
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock
