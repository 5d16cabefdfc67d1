"""Where a new workbook goes: in place of the old one, or beside it where the old one must not be touched."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from harvester.errors import OutputError
from harvester.models.marks import FileState, GroupProgress, WriteResult
from harvester.outputs.files import fingerprint, make_folder, open_elsewhere, replacing

KEPT = "kept"
"""The folder beside a workbook for its predecessors that somebody had edited."""
_KEEP = 10
_BESIDE = 9


def place_workbook(
    path: Path,
    files: Mapping[str, FileState],
    inputs: str,
    build: Callable[[Path, str], None],
    progress: Mapping[str, GroupProgress],
) -> WriteResult:
    """Write a workbook so that no file that may hold unread marks is lost.

    Parameters
    ----------
    path
        Where it belongs.
    files
        The workbooks of its folder as they were when the marks were read, by file name.
    inputs
        SHA-256 of all that it is made from; a file made from the same is left alone.
    build
        Writes it to a path, with a write id.

    Raises
    ------
    OutputError
        It can be written nowhere.
    """
    reasons: list[str] = []
    for candidate in _candidates(path):
        state = files.get(candidate.name, FileState())
        reason = _untouchable(candidate, state)
        if reason is not None:
            if state.inputs == inputs and fingerprint(candidate) == state.fingerprint and not state.seen:
                return _unchanged(path, candidate, state, progress)
            reasons.append(reason)
            continue
        if candidate.exists() and state.inputs == inputs:
            result = _unchanged(path, candidate, state, progress)
        else:
            try:
                result = _write(candidate, state, inputs, build, progress)
            except OutputError as error:
                if not isinstance(error.__cause__, PermissionError) or not candidate.exists():
                    raise
                reasons.append(f"{candidate.name} cannot be replaced: another program may have it open.")
                continue
        if candidate == path:
            return result.model_copy(update={"retired": _retire(path, files)})
        message = (
            f"{reasons[0]} The new workbook is {candidate.name}, beside it; marks in both are read by the next run."
        )
        return result.model_copy(update={"outcome": "beside", "message": message})
    raise OutputError(f"{path} could not be written, nor anything beside it: {reasons[0]}", "Close or move the files.")


@lru_cache(maxsize=1)
def layout() -> str:
    """A fingerprint of what lays the sheets out, so that unchanged groups get the sheets of a new version."""
    folder = Path(__file__).parent
    return digest(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))


def digest(parts: Iterable[str]) -> str:
    """SHA-256 over texts, one at a time."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "replace")
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()


def _candidates(path: Path) -> list[Path]:
    numbered = [path.with_name(f"{path.stem} (new {number}){path.suffix}") for number in range(2, _BESIDE + 1)]
    return [path, path.with_name(f"{path.stem} (new){path.suffix}"), *numbered]


def _untouchable(path: Path, state: FileState) -> str | None:
    """Why the file must stay as it is; None where it can be replaced, or is not there."""
    if path.is_dir():
        return f"{path.name} is a folder."
    if not path.exists():
        return None
    if (opened := open_elsewhere(path)) is not None:
        return opened
    if state.blocked:
        return f"{path.name} stays as it is: {state.blocked}."
    if fingerprint(path) != state.fingerprint:
        return f"{path.name} was saved by somebody while the harvest ran."
    return None


def _write(
    path: Path,
    state: FileState,
    inputs: str,
    build: Callable[[Path, str], None],
    progress: Mapping[str, GroupProgress],
) -> WriteResult:
    write = digest((inputs, state.fingerprint, state.write))[:16]
    with replacing(path) as temporary:
        build(temporary, write)
        if fingerprint(path) != (state.fingerprint if path.exists() else ""):
            raise PermissionError(13, "saved by somebody at this moment", str(path))
        if state.edited and path.exists():
            _keep(path)
    new = FileState(fingerprint=fingerprint(path), write=write, inputs=inputs)
    return WriteResult(path=str(path), outcome="written", state=new, progress=dict(progress))


def _unchanged(path: Path, candidate: Path, state: FileState, progress: Mapping[str, GroupProgress]) -> WriteResult:
    outcome = "unchanged" if candidate == path else "beside"
    return WriteResult(path=str(candidate), outcome=outcome, state=state, progress=dict(progress))


def _retire(path: Path, files: Mapping[str, FileState]) -> tuple[str, ...]:
    """Move workbooks away that stood beside the right one while it could not be written; it has their marks now."""
    retired = []
    for candidate in _candidates(path)[1:]:
        state = files.get(candidate.name)
        if state is not None and candidate.exists() and _untouchable(candidate, state) is None:
            _keep(candidate)
            with suppress(OSError):
                candidate.unlink()
                retired.append(candidate.name)
    return tuple(retired)


def put_away(path: Path) -> None:
    """Move a workbook whose marks are elsewhere now into the folder `kept`."""
    _keep(path)
    path.unlink()


def _keep(path: Path) -> None:
    """Put a second name for the file into the folder `kept`; the oldest ones there go."""
    folder = make_folder(path.parent / KEPT)
    moment = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    copy = folder / f"{path.stem} {moment:%Y-%m-%d %H.%M.%S}{path.suffix}"
    copy.unlink(missing_ok=True)
    try:
        os.link(path, copy)
    except OSError:
        shutil.copy2(path, copy)
    for old in sorted(folder.glob(f"*{path.suffix}"), key=lambda one: one.stat().st_mtime_ns)[:-_KEEP]:
        old.unlink(missing_ok=True)
