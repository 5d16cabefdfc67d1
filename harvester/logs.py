"""Logging: quiet by default, more with --verbose, JSON lines in a file; never a secret, never an answer."""

import json
import logging
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from harvester.errors import OutputError
from harvester.models.seemly import escape_json, terminal_text


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return escape_json(json.dumps(line, ensure_ascii=False))


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return terminal_text(super().format(record))


class _Handler(logging.FileHandler):
    """On a disk that is full, a line of the log is lost, not the run."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say nothing: where nothing can be written, the run says so itself."""

    def close(self) -> None:
        """Close the file, whatever still waits to be written."""
        with suppress(OSError):
            super().close()


class _Screen(logging.StreamHandler[TextIO]):
    """Standard error as it is when a line is written: a progress bar puts itself in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        self.stream = sys.stderr
        super().emit(record)


def with_fields(**fields: str | float | None) -> dict[str, dict[str, str | float]]:
    """What a line of the JSON log says beside its message: give it as `extra`. Fields of None are left out."""
    return {"fields": {name: value for name, value in fields.items() if value is not None}}


def set_up_logs(*, verbose: bool, file: Path | None) -> None:
    """Say where the project's log goes.

    Raises
    ------
    OutputError
        The log file cannot be written.
    """
    logger = logging.getLogger("harvester")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.handlers.clear()
    screen = _Screen()
    screen.setLevel(logging.INFO if verbose else logging.CRITICAL)
    screen.setFormatter(_Lines("%(message)s"))
    logger.addHandler(screen)
    if file is not None:
        logger.addHandler(_handler(file))


@contextmanager
def log_file(file: Path) -> Iterator[None]:
    """Also write the log of a block to this file, which begins anew each time.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    handler = _handler(file)
    logger = logging.getLogger("harvester")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()


def say_bug(error: BaseException) -> str:
    """Keep the trace of a bug in a file of its own, where the disk has room, and say where."""
    sentence = f"A bug in Harvester: {type(error).__name__}."
    with suppress(OSError):
        trace = "".join(traceback.format_exception(error))
        with tempfile.NamedTemporaryFile(
            "w", prefix="harvester-", suffix=".log", delete=False, encoding="utf-8"
        ) as log:
            log.write(trace)
        sentence += f" The log {log.name} says where; please send it to us."
    return sentence


def _handler(file: Path) -> logging.Handler:
    try:
        handler = _Handler(file, mode="w", encoding="utf-8")
        file.chmod(0o600)
    except OSError as error:
        raise OutputError(f"The log file {file} cannot be written: {error.strerror}.") from error
    handler.setFormatter(_JsonLines())
    return handler
