"""Logging: quiet by default, more with --verbose, JSON lines in a file; never a secret, never an answer."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from harvester.errors import OutputError


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


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
    screen = logging.StreamHandler()
    screen.setLevel(logging.INFO if verbose else logging.CRITICAL)
    screen.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(screen)
    if file is not None:
        add_log_file(file)


def add_log_file(file: Path) -> None:
    """Write JSON lines to this file, too."""
    try:
        handler = logging.FileHandler(file, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"The log file {file} cannot be written: {error.strerror}.") from error
    file.chmod(0o600)
    handler.setFormatter(_JsonLines())
    logging.getLogger("harvester").addHandler(handler)
