"""The state file beside a mirror: written last and in one step, so that a half mirror is never read."""

import os
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from harvester.errors import MirrorError
from harvester.models.mirror import REPOSITORY, MirrorState

STATE = "state.json"
_LARGEST = 50_000_000


def load_state(folder: Path) -> MirrorState | None:
    """The state of a group's mirror, or None where there is none that can be trusted.

    None is also the answer for a damaged file, and for one that promises refs whose repository is not there.
    """
    path = folder / STATE
    try:
        if path.stat().st_size > _LARGEST:
            return None
        state = MirrorState.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    repository = folder / REPOSITORY
    whole = all((repository / name).exists() for name in ("HEAD", "objects", "refs"))
    return state if state.schema_version == 1 and (whole or not state.refs) else None


def save_state(folder: Path, state: MirrorState) -> None:
    """Write the state file whole or not at all, readable by its owner only.

    Raises
    ------
    MirrorError
        It cannot be written; the file of before stands.
    """
    write_whole(folder, STATE, state.model_dump_json(indent=1).encode() + b"\n")


def write_whole(folder: Path, name: str, data: bytes) -> None:
    """Write a file beside a mirror whole or not at all, readable by its owner only.

    Raises
    ------
    MirrorError
        It cannot be written; the file of before stands.
    """
    temporary = folder / f".{name}.part"
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / name)
        sync_folder(folder)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise MirrorError(
            f"{folder / name} could not be written: {error.strerror or error}.", "Make room, or allow writing there."
        ) from error


def sync_folder(folder: Path) -> None:
    """Have the disk remember a folder's entries (a rename) before anything later is written."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
