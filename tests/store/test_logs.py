"""What is logged, where it goes, and what never gets there."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.settings import Settings, load_settings
from polymarket_assets.store.logs import SharedFileHandler, configure_logs, redactor

_PASSWORD = 'p@ss "wörd"\\1'
_URL = f"postgresql://me:{quote(_PASSWORD, safe='')}@db.example/x"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("polymarket_assets")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    yield
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
    structlog.reset_defaults()


def _settings(home: Path, **overrides: object) -> Settings:
    return load_settings(home=home, _env_file=None, **{"postgres_url": _URL, **overrides})


def _lines(home: Path) -> list[dict[str, Any]]:
    text = (home / "logs" / "polymarket.log").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_says_what_when_who_and_from_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(_settings(tmp_path), process="executor")
    structlog.contextvars.bind_contextvars(run_id="r1")
    structlog.get_logger("polymarket_assets.executor").info("order sent", size=3)
    structlog.contextvars.clear_contextvars()
    (line,) = _lines(tmp_path)
    assert line.pop("timestamp").endswith("Z")
    assert isinstance(line.pop("pid"), int)
    assert line == {
        "event": "order sent",
        "size": 3,
        "run_id": "r1",
        "level": "info",
        "logger": "polymarket_assets.executor",
        "process": "executor",
    }
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert "order sent" in shown
    assert "size=3" in shown


def test_json_on_stderr_is_the_line_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(_settings(tmp_path, log_format="json"), process="cli")
    logging.getLogger("polymarket_assets.x").warning("plain %s", "logging", extra={"k": 1})
    (line,) = _lines(tmp_path)
    assert (line["event"], line["k"], line["level"]) == ("plain logging", 1, "warning")
    assert json.loads(capsys.readouterr().err).keys() == line.keys()


def test_a_second_call_replaces_the_first(tmp_path: Path) -> None:
    configure_logs(_settings(tmp_path, log_level="ERROR"), process="cli")
    handlers = len(logging.getLogger().handlers)
    configure_logs(_settings(tmp_path), process="cli")
    assert len(logging.getLogger().handlers) == handlers
    structlog.get_logger("polymarket_assets.x").info("once")
    assert [line["event"] for line in _lines(tmp_path)] == ["once"]


def test_levels_are_ours_and_libraries_speak_when_something_is_wrong(tmp_path: Path) -> None:
    logging.getLogger("chatty").setLevel(logging.DEBUG)  # as Dagster's own loggers do
    for level in ("WARNING", "INFO", "DEBUG"):
        configure_logs(_settings(tmp_path, log_level=level), process="cli")
        for name in ("polymarket_assets.x", "polymarket_assets_other", "chatty"):
            for said in ("debug", "info", "warning"):
                getattr(structlog.get_logger(name), said)(f"{level} {name} {said}")
    ours, other, chatty = "polymarket_assets.x", "polymarket_assets_other", "chatty"
    expected = {
        "WARNING": [(ours, "warning"), (other, "warning"), (chatty, "warning")],
        "INFO": [(ours, "info"), (ours, "warning"), (other, "warning"), (chatty, "warning")],
        "DEBUG": [
            *((ours, said) for said in ("debug", "info", "warning")),
            *((name, said) for name in (other, chatty) for said in ("info", "warning")),
        ],
    }
    assert [line["event"] for line in _lines(tmp_path)] == [
        f"{level} {name} {said}" for level, lines in expected.items() for name, said in lines
    ]


@pytest.mark.parametrize("log_format", ["plain", "json"])
def test_no_secret_appears_in_any_shape(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logs(_settings(tmp_path, log_format=log_format), process="cli")
    log = structlog.get_logger("polymarket_assets.x")
    log.warning("in words %s", _PASSWORD, url=_URL, nested={"list": [_PASSWORD, {_PASSWORD: 1}]})
    log.warning("an object", held=type("Held", (), {"__repr__": lambda _: f"<{_URL}>"})())
    logging.getLogger("library").error("args %s %r", _PASSWORD, _PASSWORD)
    logging.getLogger("library").error("a password nobody told us: postgresql://u:other-one@h/d")
    logging.getLogger("library").error("dsn host=h password='other one' user=u")
    try:
        raise ValueError(f"cannot connect to {_URL} with {_PASSWORD!r}")  # noqa: TRY301
    except ValueError:
        log.exception("failed")
        logging.getLogger("library").exception("failed, too")
    written = (tmp_path / "logs" / "polymarket.log").read_text() + capsys.readouterr().err
    for shape in (
        _PASSWORD,
        quote(_PASSWORD),
        quote(_PASSWORD, safe=""),
        json.dumps(_PASSWORD)[1:-1],
        json.dumps(_PASSWORD, ensure_ascii=False)[1:-1],
        repr(_PASSWORD)[1:-1],
        "other",
        "wörd",
    ):
        assert shape not in written
    assert written.count("failed, too") == 2
    assert "host=h password=*** user=u" in written


@given(st.text(min_size=4), st.text(), st.text())
def test_whatever_the_password_it_is_hidden(password: str, before: str, after: str) -> None:
    url = f"postgresql://me:{quote(password.encode('utf-8', 'replace'), safe='')}@h/x"
    settings = load_settings(postgres_url=url, _env_file=None)
    password = password.encode("utf-8", "replace").decode()
    hide = redactor(settings)
    if password not in "***" + before + after:
        assert password not in hide(f"{before} {password} {after}").replace("***", "")
    assert url not in hide(f"{before} {url} {after}")


def test_without_secrets_ordinary_words_are_left_as_they_are(tmp_path: Path) -> None:
    hide = redactor(_settings(tmp_path, postgres_url=None))
    text = "https://gamma.example:443/x?y=1@2 a password is needed, ratio 3:4@5"
    assert hide(text) == text
    short = redactor(_settings(tmp_path, postgres_url="postgresql://me:a@h/x"))
    assert short("a man, postgresql://me:a@h/y") == "a man, postgresql://me:***@h/y"


def test_processes_that_write_and_rotate_at_once_lose_and_mix_nothing(tmp_path: Path) -> None:
    code = f"""
import logging, pathlib, sys
from polymarket_assets.store.logs import SharedFileHandler
handler = SharedFileHandler(pathlib.Path({str(tmp_path)!r}) / "a.log", file_bytes=20_000, files=999)
log = logging.getLogger("w"); log.addHandler(handler); log.setLevel("INFO"); log.propagate = False
sys.stdin.readline()
for n in range(1500):
    log.info("%s %05d %s", sys.argv[1], n, "x" * (n % 200))
"""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(writer)], stdin=subprocess.PIPE, text=True
        )
        for writer in range(4)
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    files = sorted(tmp_path.glob("a.log*"), key=lambda file: file.stat().st_size)
    lines = [line for file in files for line in file.read_text().splitlines()]
    wanted = [f"{w} {n:05d} {'x' * (n % 200)}" for w in range(4) for n in range(1500)]
    assert sorted(lines) == sorted(wanted)
    assert max(file.stat().st_size for file in files) < 20_000 + 4 * 300


def test_a_process_follows_when_another_has_rotated(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    one, other = (SharedFileHandler(path, file_bytes=100) for _ in range(2))
    one.emit(logging.makeLogRecord({"msg": "early"}))
    other.emit(logging.makeLogRecord({"msg": "x" * 100}))
    other.emit(logging.makeLogRecord({"msg": "next"}))
    one.emit(logging.makeLogRecord({"msg": "late"}))
    for handler in (one, other):
        handler.close()
    assert path.read_text() == "next\nlate\n"
    assert (tmp_path / "a.log.1").read_text() == "early\n" + "x" * 100 + "\n"
    assert not (tmp_path / "a.log.2").exists()


def test_only_so_many_files_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.log"
    handler = SharedFileHandler(path, file_bytes=100, files=3)
    for number in range(40):
        handler.emit(logging.makeLogRecord({"msg": f"line {number:03d} " + "x" * 40}))
    handler.close()
    kept = sorted(file.name for file in path.parent.iterdir())
    assert kept == ["a.lock", "a.log.1", "a.log.2"]
    newest = "".join((path.parent / name).read_text() for name in ("a.log.2", "a.log.1"))
    assert [line[5:8] for line in newest.splitlines()] == ["036", "037", "038", "039"]


def test_a_file_taken_away_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    handler = SharedFileHandler(path)
    handler.emit(logging.makeLogRecord({"msg": "one"}))
    path.unlink()
    handler.emit(logging.makeLogRecord({"msg": "two"}))
    handler.close()
    assert path.read_text() == "two\n"


def test_a_log_that_cannot_be_written_stops_no_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("not a folder")
    configure_logs(_settings(tmp_path), process="cli")
    structlog.get_logger("polymarket_assets.x").warning("still working")
    shown = capsys.readouterr().err
    assert "still working" in shown
    assert "a log line of polymarket_assets.x (" in shown
    assert f"File exists: '{tmp_path}/logs'" in shown


def test_a_log_call_that_makes_no_sense_is_told_without_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(_settings(tmp_path), process="cli")
    record = logging.LogRecord("library", logging.ERROR, "x.py", 7, "%d", (_PASSWORD,), None)
    for handler in logging.getLogger().handlers[-2:]:
        handler.handle(record)
    shown = capsys.readouterr().err
    assert shown == "a log line of library (x.py:7) is lost: TypeError\n" * 2
