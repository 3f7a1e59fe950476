"""What the processes of the platform say: to stderr, and to one rotated file in the home.

Belongs here: how a log line looks, where it goes and what must never be in it. Not here: what is
worth saying. Everything goes through the standard library's logging, so lines of libraries look the
same.

The file HOME/logs/polymarket.log is shared by all processes. A line is one write to a file opened
for appending, so lines never mix; before each write the file is compared with the one at the path,
so that a process follows when another has rotated it; rotating itself happens under a lock.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import structlog
from pydantic import SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

from polymarket_assets.settings import Settings

FILE_BYTES = 50_000_000
FILES = 3
_PACKAGE = "polymarket_assets"
_HIDDEN = "***"
_USERINFO = re.compile(r"(\w://[^\s/:@]*):[^\s/@]+@")
_PASSWORD = re.compile(r"(password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s'&]+)", re.IGNORECASE)
_SHORTEST_SECRET = (
    4  # shorter ones would blacken ordinary words; the patterns above still hide them
)


def configure_logs(settings: Settings, *, process: str) -> None:
    """Send this process's logs to stderr and to the shared file; a second call replaces the first.

    Args:
        settings: level, format on stderr, home, and the secrets that must not appear.
        process: what this process is, e.g. "cli", "executor"; stands in each line.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _origin(process),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    hide = redactor(settings)
    as_json = structlog.processors.JSONRenderer(ensure_ascii=False, default=repr)
    plain = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(),
        exception_formatter=structlog.dev.plain_traceback,
        sort_keys=False,
    )
    console = _Console()
    console.setFormatter(
        _formatter(shared, as_json if settings.log_format == "json" else plain, hide)
    )
    file = SharedFileHandler(settings.logs_path / "polymarket.log")
    file.setFormatter(_formatter(shared, as_json, hide))

    root = logging.getLogger()
    for old in [held for held in root.handlers if isinstance(held, (_Console, SharedFileHandler))]:
        root.removeHandler(old)
        old.close()
    level = logging.getLevelNamesMapping()[settings.log_level]
    libraries = logging.INFO if level == logging.DEBUG else max(logging.WARNING, level)
    for handler in (console, file):
        # Libraries log each request; the root's level does not stop loggers with one of their own.
        handler.addFilter(lambda record: record.levelno >= libraries or _is_ours(record))
        root.addHandler(handler)
    root.setLevel(libraries)
    logging.getLogger(_PACKAGE).setLevel(level)


def redactor(settings: Settings) -> Callable[[str], str]:
    """A function that hides in a text the settings' secrets and any password of a URL or DSN."""
    forms: set[str] = set()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            secret = value.get_secret_value()
            encoded = urlsplit(secret).password if "://" in secret else None
            for text in (secret, encoded, encoded and unquote(encoded)):
                if text and len(text) >= _SHORTEST_SECRET:
                    # Twice: a line may be the JSON of a repr.
                    forms |= {twice for once in _shapes(text) for twice in _shapes(once)}
    ordered = sorted(forms, key=len, reverse=True)  # a secret inside another one goes with it
    known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def hide(text: str) -> str:
        if known is not None:
            text = known.sub(_HIDDEN, text)
        return _PASSWORD.sub(rf"\1{_HIDDEN}", _USERINFO.sub(rf"\1:{_HIDDEN}@", text))

    return hide


class _Discreet(logging.Handler):
    """Tells of a line that could not be logged without showing what was in it, unlike logging."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say on stderr where the line came from and what went wrong."""
        error = sys.exception()
        reason = str(error) if isinstance(error, OSError) else type(error).__name__
        where = f"{record.pathname}:{record.lineno}"
        sys.stderr.write(f"a log line of {record.name} ({where}) is lost: {reason}\n")


class SharedFileHandler(_Discreet):
    """Appends each record as one line to a file that other processes append to and rotate, too."""

    def __init__(self, path: Path, *, file_bytes: int = FILE_BYTES, files: int = FILES) -> None:
        super().__init__()
        self._path = path
        self._file_bytes = file_bytes
        self._files = files
        self._descriptor: int | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a failure (a full disk, a bad call) is told on stderr, not raised."""
        try:
            line = self.format(record).encode("utf-8", "backslashreplace") + b"\n"
            descriptor = self._current()
            os.write(descriptor, line)
            if os.fstat(descriptor).st_size >= self._file_bytes:
                self._rotate()
        except Exception:  # noqa: BLE001 - like all handlers: a line that fails must not stop the work
            self.handleError(record)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        super().close()

    def _current(self) -> int:
        """The descriptor of the file that is at the path now."""
        if self._descriptor is not None:
            held = os.fstat(self._descriptor)
            try:
                found = self._path.stat()
            except FileNotFoundError:
                found = None
            if found is not None and (found.st_dev, found.st_ino) == (held.st_dev, held.st_ino):
                return self._descriptor
            os.close(self._descriptor)
            self._descriptor = None
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        return self._descriptor

    def _rotate(self) -> None:
        """Move the full file to .1, .1 to .2 and so on; the oldest goes."""
        lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o640)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if os.fstat(self._current()).st_size < self._file_bytes:
                return  # another process was faster
            for number in range(self._files - 1, 0, -1):
                source = self._numbered(number - 1)
                if source.exists():
                    source.replace(self._numbered(number))
        finally:
            os.close(lock)

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}") if number else self._path


def _without_rendered(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop what another handler's formatter left on the record; it is no extra of the caller."""
    event.pop("message", None)
    event.pop("asctime", None)
    return event


def _shapes(text: str) -> set[str]:
    """A text as it stands in URLs, in Python's and in JSON's quotes."""
    as_json = json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]
    return {text, quote(text), quote(text, safe=""), repr(text)[1:-1], *as_json}


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == _PACKAGE or record.name.startswith(f"{_PACKAGE}.")


class _Console(_Discreet, logging.StreamHandler):
    """Our handler of stderr, told from other libraries' by its class."""


def _formatter(
    shared: list[Processor], renderer: Processor, hide: Callable[[str], str]
) -> structlog.stdlib.ProcessorFormatter:
    def render(logger: WrappedLogger, method: str, event: EventDict) -> str:
        # Hidden on the finished line: nothing comes after it, and no nested value escapes it.
        return hide(str(renderer(logger, method, event)))

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _without_rendered, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
    )


def _origin(process: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["process"], event["pid"] = process, os.getpid()
        return event

    return add
