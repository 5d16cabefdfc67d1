"""Which files of an output folder may hold marks: those that are read, and those that look as if they were."""

import os
from collections.abc import Iterator
from pathlib import Path

from harvester.outputs.placing import KEPT

GROUPS = "groups"
_READ = ".xlsx"
_LIKE = frozenset((_READ, ".xlsm", ".xlsb", ".xls", ".ods", ".fods", ".numbers"))


def workbooks(out: Path) -> Iterator[tuple[str, Path]]:
    """Every workbook that may hold marks, also a renamed one: (path relative to the output folder, path)."""
    for path in sorted((*out.glob("*.*"), *out.glob(f"{GROUPS}/*/*.*"))):
        if path.suffix.casefold() == _READ and path.is_file() and _is_saved(path.name):
            yield path.relative_to(out).as_posix(), path


def unread_workbooks(out: Path) -> list[str]:
    """Files in which somebody may have graded and that are not read: of another format, or in a folder too deep."""
    read = {name for name, _ in workbooks(out)}
    beside = [path for path in out.glob("*.*") if path.is_file()]
    for folder, below, files in os.walk(out / GROUPS):
        below[:] = [name for name in below if name != KEPT and not name.startswith(".")]
        beside += [Path(folder, name) for name in files]
    names = (path.relative_to(out).as_posix() for path in beside if _is_saved(path.name) and _is_like(path))
    return sorted(name for name in names if name not in read)


def _is_like(path: Path) -> bool:
    return path.suffix.casefold() in _LIKE


def _is_saved(name: str) -> bool:
    """Whether a file is more than what an office program puts beside one that is open."""
    return not name.startswith((".", "~$"))
