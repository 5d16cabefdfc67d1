"""Removes what Harvester has of a course from this machine, and says what is left."""

import shutil
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from harvester.errors import OutputError
from harvester.lock import hold_lock
from harvester.models.mirror import REPOSITORY
from harvester.opened import OpenedCourse

_MIRRORED = (REPOSITORY, "state.json", "facts.sqlite")
"""A folder with one of these is a mirror, or what is left of one; also of a group that the roster no longer has."""
_WRITTEN = (
    *("index.html", "likeness.html", "likeness.csv", "groups.csv", "claims.csv", "answers.csv", "run.json"),
    *("harvester.log", ".class-key", "handin.html", "harvest.json", ".result.json", ".likeness.json"),
    *("not-masked.txt", "*.zip", ".*.part"),
)
_MARKS = ("*.xlsx", "marks.json*", "anonymous-key.json")
"""Marks, and by which group's name they go."""
_LOCK = ".lock"


def forget_course(opened: OpenedCourse, *, marks_too: bool) -> tuple[Path, ...]:
    """Remove a course's mirrors, facts and outputs; marks (and the workbooks that hold them) only when asked.

    Whatever Harvester has not written stays. Returns what is left.

    Raises
    ------
    UserError
        A run is at work.
    OutputError
        Something could not be removed.
    """
    course = opened.course
    ours = (*_WRITTEN, *(_MARKS if marks_too else ()))
    try:
        with hold_lock(course.output):
            for mirror in _mirrors(course.mirrors):
                shutil.rmtree(mirror)
            for path in sorted(course.output.rglob("*"), reverse=True):
                if path.is_dir() and not path.is_symlink():
                    _remove_empty(path)
                elif any(fnmatch(path.name, name) for name in ours):
                    path.unlink()
        left = tuple(_left(course.output))
        if not left:
            (course.output / _LOCK).unlink(missing_ok=True)
        for folder in (course.output, course.mirrors):
            _remove_empty(folder)
    except OSError as error:
        raise OutputError(f"{error.filename} could not be removed: {error.strerror}.") from error
    return (*left, *_left(course.mirrors))


def _mirrors(folder: Path) -> list[Path]:
    return [
        path
        for path in (sorted(folder.iterdir()) if folder.is_dir() else ())
        if path.is_dir() and not path.is_symlink() and any((path / name).exists() for name in _MIRRORED)
    ]


def _remove_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _left(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.name != _LOCK and not path.is_dir())
