"""What reading a repository may take, and why it could not be read, in words for a teacher."""

import signal

from harvester.errors import SnapshotError
from harvester.processes import Ending, Outcome

TIMEOUT = 120.0
"""Seconds that one answer of git may take."""
MOST_OUTPUT = 128_000_000
"""Bytes that one answer of git may have."""
_REPAIR = "Remove the mirror's folder and sync again."


def explain(what: str, outcome: Outcome, timeout: float = TIMEOUT) -> SnapshotError:
    """Why a git command, such as `log`, gave no answer."""
    if outcome.ending is Ending.TIMEOUT:
        return SnapshotError(f"The repository could not be read within {timeout:g} seconds (git {what}).")
    if outcome.ending is Ending.TOO_MUCH:
        return SnapshotError(f"The repository holds more than can be read (git {what}).")
    if outcome.code < 0:
        return _died(what, -outcome.code)
    return damaged(f"{_first_line(outcome.stderr)} (git {what})")


def damaged(why: str) -> SnapshotError:
    """A mirror that does not hold what it should."""
    return SnapshotError(f"The mirror is damaged: {why}.", _REPAIR)


def _died(what: str, number: int) -> SnapshotError:
    """Git ended by a signal: its own fault, or somebody else's; never the mirror's."""
    if number == signal.SIGKILL:
        message = f"git was ended from outside while it read the repository (git {what})."
        return SnapshotError(message, "Run again; if it stays so, the machine has too little memory.")
    message = f"git itself broke down while it read the repository (git {what}, signal {number})."
    return SnapshotError(
        message, "It does where folders lie thousands deep in each other; look at the repository by hand."
    )


def _first_line(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip()), "no message")
    return "".join(mark if mark.isprintable() else " " for mark in line)[:200]
