"""Students' work stays out of version control: no folder of ours lies in a git work tree that would commit it."""

import re
from collections.abc import Iterable
from pathlib import Path

from harvester.errors import UserError
from harvester.models.mirror import REPOSITORY
from harvester.processes import Ending, collect, git_environment, start_git

_TIMEOUT = 30.0
_FILES = (
    *("groups/1/harvest.json", "groups/1/grading.xlsx", "groups/1/handin.html", "groups.csv"),
    f"1/{REPOSITORY}/HEAD",
)


def check_private(folders: Iterable[Path]) -> None:
    """Refuse folders that lie in a git work tree which does not ignore what will be in them.

    Raises
    ------
    UserError
        The message names the folder, the hint the line to add to the work tree's `.gitignore`.
    """
    open_folders: dict[Path, list[Path]] = {}
    for folder in dict.fromkeys(path.resolve() for path in folders):
        top = _find_work_tree(folder)
        if top is not None and not _is_ignored(top, folder):
            open_folders.setdefault(top, []).append(folder)
    for top, found in open_folders.items():
        names = " and ".join(map(str, found))
        lie = "lies" if len(found) == 1 else "lie"
        message = f"{names} {lie} in the git work tree {top}, so that students' work could be committed."
        if top in found:
            raise UserError(message, "Name a folder outside of it, or one inside that it ignores.")
        lines = " and ".join(_line(folder.relative_to(top)) for folder in found)
        raise UserError(message, f"Add to {top / '.gitignore'}: {lines}")


def _find_work_tree(folder: Path) -> Path | None:
    return next((path for path in (folder, *folder.parents) if _is_there(path / ".git")), None)


def _is_there(path: Path) -> bool:
    """Whether there is such a path; not where nobody lets us look, nor git therefore."""
    try:
        return path.exists()
    except PermissionError:
        return False


def _is_ignored(top: Path, folder: Path) -> bool:
    """Whether git ignores all kinds of files that will be there; True where it cannot say, nor commit then."""
    paths = [str((folder / name).relative_to(top)) for name in _FILES]
    process = start_git(["-C", str(top), "check-ignore", "--", *paths], git_environment())
    outcome = collect(process, timeout=_TIMEOUT)
    if outcome.ending is not Ending.EXITED or outcome.code not in (0, 1):
        return True
    return len(outcome.stdout.splitlines()) == len(paths)


def _line(path: Path) -> str:
    """A path as a line of `.gitignore`."""
    return "/" + re.sub(r"([\\*?\[\]!#])", r"\\\1", path.as_posix()) + "/"
