"""One run at a time per folder: a lock that says who holds it, and that ends with its owner."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from harvester.errors import OutputError, UserError

LOCK = ".lock"


@contextmanager
def hold_lock(*folders: Path) -> Iterator[None]:
    """Hold `.lock` in each folder for the time of the block.

    The kernel drops the lock when the process ends, however it ends, so that a killed run never locks out the next.

    Raises
    ------
    UserError
        Another run holds it; the message says which process, on which machine, since when.
    OutputError
        A folder cannot be made, written or locked.
    """
    with ExitStack() as held:
        for folder in {folder.resolve(): folder for folder in folders}.values():
            held.enter_context(_hold_one(folder))
        yield


@contextmanager
def _hold_one(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        why = "it is a file, or a link that leads nowhere" if isinstance(error, FileExistsError) else error.strerror
        raise OutputError(f"Cannot write in {folder}: {why}.", "Choose another folder in course.yaml.") from error
    try:
        if not _try_lock(handle, folder):
            raise UserError(f"Another run is at work in {folder} ({_owner(handle)}).", "Wait for it, or stop it first.")
        os.ftruncate(handle, 0)
        since = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}).encode(), 0)
        yield
    finally:
        os.close(handle)


def _try_lock(handle: int, folder: Path) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows has no flock; there the lock is one of courtesy
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be locked: {error.strerror}. Two runs could not be kept apart there.",
            "Choose a folder on another disk in course.yaml.",
        ) from error
    return True


def _owner(handle: int) -> str:
    try:
        owner = json.loads(os.pread(handle, 4096, 0))
        return f"process {owner['pid']} on {owner['host']}, since {owner['since']}"
    except (ValueError, KeyError, TypeError):
        return "it has not said who it is yet"
