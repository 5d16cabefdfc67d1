"""Files that are whole or not there: atomic writes, private modes, fingerprints, and office programs' locks."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harvester.errors import OutputError


def make_folder(folder: Path) -> Path:
    """Make a folder (and its parents) that only its owner can enter; one that is there already is left as it is."""
    try:
        if folder.is_dir():
            return folder
        for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)
        if not folder.is_dir():
            raise NotADirectoryError(20, "not a folder", str(folder))
    except OSError as error:
        raise OutputError(
            f"The folder {folder} could not be made: {error.strerror}.", "Choose another `output`."
        ) from error
    return folder


@contextmanager
def replacing(path: Path, *, last: bool = True) -> Iterator[Path]:
    """Yield a temporary file beside `path` that takes its place once it is whole and on the disk.

    Parameters
    ----------
    last
        Whether nothing follows into this folder that would have the disk remember its entries anyway.

    Raises
    ------
    OutputError
        The file cannot be written; the old one is then untouched.
    """
    make_folder(path.parent)
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        _sync(temporary)
        temporary.replace(path)
        if last:
            _sync(path.parent)
    except OSError as error:
        raise OutputError(f"{path} could not be written: {error.strerror or error}.") from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def write_atomic(path: Path, data: bytes, *, last: bool = True) -> None:
    """Write a file whole or not at all, readable by its owner only (mode 0600); `last` as for `replacing`."""
    with replacing(path, last=last) as temporary:
        temporary.write_bytes(data)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def clear_leftovers(folder: Path) -> None:
    """Remove the temporary files that a killed run left in a folder. Only for the run that holds the lock."""
    for left in folder.glob(".*.part"):
        with suppress(OSError):
            left.unlink()


def fingerprint(path: Path) -> str:
    """Modification time and size, by which a file that nobody saved again is known; empty where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_mtime_ns}-{found.st_size}"


def open_elsewhere(path: Path) -> str | None:
    """A sentence where Excel or LibreOffice has the file open (or died with it open), else None."""
    for lock in (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#")):
        if lock.exists():
            return f"{path.name} is open in another program; if it is not, remove the file {lock.name} beside it."
    return None
