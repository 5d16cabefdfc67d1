"""Removes what Harvester has of a course from this machine, and says what is left."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from harvester.errors import OutputError
from harvester.lock import LOCK, hold_lock
from harvester.mirrors import load_state
from harvester.mirrors.homes import FORMER, HOMES
from harvester.models.mirror import REPOSITORY
from harvester.opened import KEY, OpenedCourse

_MIRRORED = (
    REPOSITORY,
    "state.json",
    "github.json",
    "chosen.json",
    "links.json",
    "facts.sqlite*",
    "github",
    "pictures",
)
"""What lies in a group's folder of mirrors; `.part-*` is what a killed sync left."""
_WRITTEN = {
    ".": (
        *("index.html", "likeness.html", "likeness.csv", "groups.csv", "claims.csv", "answers.csv", "run.json"),
        *("harvester.log", ".class-key", ".*.part"),
    ),
    "groups/*": ("handin.html", "harvest.json", ".result.json", ".likeness.json", "not-masked.txt", ".*.part"),
    "released": ("*.zip", ".*.part"),
}
"""Folder of the output -> what is written there."""
_MARKS = {
    ".": ("*.xlsx", "marks.json*", KEY),
    "kept": ("*.xlsx",),
    "groups/*": ("*.xlsx",),
    "groups/*/kept": ("*.xlsx",),
}
"""Marks, and by which group's name they go."""


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
    course, places = opened.course, (_WRITTEN, _MARKS) if marks_too else (_WRITTEN,)
    try:
        with hold_lock(course.output, course.mirrors):
            for folder in (*_mirrors(course.mirrors), *_mirrors(course.mirrors / FORMER)):
                _remove_mirror(folder)
            _remove_empty(course.mirrors / FORMER)
            (course.mirrors / HOMES).unlink(missing_ok=True)
            for path in sorted(course.output.rglob("*"), reverse=True):
                if path.is_dir() and not path.is_symlink():
                    _remove_empty(path)
                elif any(_is_written(path, course.output, place) for place in places):
                    path.unlink()
        left = tuple(dict.fromkeys((*_left(course.output), *_left(course.mirrors))))
        for folder in (course.mirrors, course.output):
            if not any(_left(folder)):
                (folder / LOCK).unlink(missing_ok=True)
            _remove_empty(folder)
    except OSError as error:
        raise OutputError(f"{error.filename} could not be removed: {error.strerror}.") from error
    return left


def _mirrors(folder: Path) -> list[Path]:
    """The folders of groups, also of those that the roster no longer has."""
    folders = (path for path in (sorted(folder.iterdir()) if folder.is_dir() else ()) if path.is_dir())
    return [path for path in folders if not path.is_symlink() and (_is_repository(path) or load_state(path))]


def _is_repository(folder: Path) -> bool:
    return (folder / REPOSITORY / "objects").is_dir()


def _remove_mirror(folder: Path) -> None:
    for path in folder.iterdir():
        if not _is_one_of(path, (*_MIRRORED, ".part-*")):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    _remove_empty(folder)


def _is_written(path: Path, output: Path, places: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a file lies where Harvester writes files of that name."""
    folder = path.parent.relative_to(output)
    return any(
        len(folder.parts) == len(Path(place).parts)
        and fnmatchcase(folder.as_posix(), place)
        and _is_one_of(path, names)
        for place, names in places.items()
    )


def _is_one_of(path: Path, names: Iterable[str]) -> bool:
    return any(fnmatchcase(path.name.lower(), name) for name in names)


def _remove_empty(folder: Path) -> None:
    """Remove an empty folder; one behind a link stays, as it was somebody's choice."""
    if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
        folder.rmdir()


def _left(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.name != LOCK and not path.is_dir())
