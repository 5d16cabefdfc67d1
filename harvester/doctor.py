"""Finds the usual causes of a bad night before it begins, and says what to do about each."""

import os
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harvester.errors import UserError
from harvester.models.group import Roster, say_problem
from harvester.privacy import check_private
from harvester.processes import OLDEST_GIT, ask_git_version, find_ruff, is_old_git

_SPACE_NEEDED = 5_000_000_000
_YEAR_OF_BUILD = 2026
_PROXIES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy")


@dataclass(frozen=True)
class Diagnosis:
    """One thing looked at: whether it is well, what was seen, and what to do where it is not."""

    name: str
    well: bool
    seen: str
    advice: str = ""
    serious: bool = True
    """Whether a run cannot do without it."""
    listed: tuple[str, ...] = ()
    """What was seen, one by one, where it is several things."""


def diagnose(*, output: Path, mirrors: Path, has_token: bool, roster: Roster | None = None) -> tuple[Diagnosis, ...]:
    """Look at the machine and at a course; nothing is changed and nobody is asked over the network."""
    return (
        *([_roster(roster)] if roster else []),
        _python(),
        _git(),
        _ruff(),
        _token(has_token),
        _clock(datetime.now(UTC)),
        _folder("output folder", output),
        _folder("mirrors folder", mirrors),
        _private(output, mirrors),
        _space(mirrors),
        _proxy(),
        _open_workbooks(output),
    )


def _roster(roster: Roster) -> Diagnosis:
    from harvester.outputs.wording import plural

    odd = tuple(say_problem(problem) for problem in roster.problems)
    seen = f"{plural(len(roster.groups), 'group')}, "
    seen += plural(len(odd), "thing is odd", "things are odd") if odd else "nothing is odd"
    advice = "Mend what is wrong there before the next sync."
    return Diagnosis("roster", not odd, seen, advice, serious=False, listed=odd)


def _python() -> Diagnosis:
    version = ".".join(map(str, sys.version_info[:3]))
    return Diagnosis("Python", sys.version_info >= (3, 11), version, "Install Python 3.11 or newer.")


def _git() -> Diagnosis:
    version = ask_git_version()
    advice = f"Install git {'.'.join(map(str, OLDEST_GIT))} or newer."
    if version is None:
        return Diagnosis("git", False, "not found", advice)
    return Diagnosis("git", bool(version) and not is_old_git(version), version or "it says no version", advice)


def _ruff() -> Diagnosis:
    try:
        return Diagnosis("ruff", True, find_ruff())
    except UserError as error:
        return Diagnosis("ruff", False, "not found", error.hint)


def _token(has_token: bool) -> Diagnosis:
    seen = "there is one (not shown)" if has_token else "none"
    advice = "Private repositories need one: set GITHUB_TOKEN, or log in with `gh auth login`."
    return Diagnosis("GitHub token", has_token, seen, advice, serious=False)


def _clock(now: datetime) -> Diagnosis:
    advice = "Set the machine's clock: first-seen times and deadlines depend on it."
    return Diagnosis("clock", now.year >= _YEAR_OF_BUILD, now.isoformat(timespec="seconds"), advice)


def _folder(name: str, folder: Path) -> Diagnosis:
    parent = folder
    while not parent.is_symlink() and not parent.exists() and parent != parent.parent:
        parent = parent.parent
    well = parent.is_dir() and os.access(parent, os.W_OK)
    seen = f"{folder} {'can be written' if well else 'cannot be written'}"
    return Diagnosis(
        name, well, seen, f"Give yourself write access to {parent}, or name another folder in course.yaml."
    )


def _private(output: Path, mirrors: Path) -> Diagnosis:
    try:
        check_private([output, mirrors])
    except UserError as error:
        return Diagnosis("students' work", False, error.message.rstrip("."), error.hint)
    return Diagnosis("students' work", True, "no git work tree would commit it")


def _space(folder: Path) -> Diagnosis:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Diagnosis("disk", free >= _SPACE_NEEDED, f"{free / 1e9:.1f} GB free", "Free 5 GB; a class takes 1 to 3 GB.")


def _proxy() -> Diagnosis:
    names = [name for name in _PROXIES if os.environ.get(name)]
    seen = f"set by {', '.join(names)}" if names else "none"
    return Diagnosis("proxy", True, seen)


def _open_workbooks(output: Path) -> Diagnosis:
    marks = [path for pattern in ("**/.~lock.*#", "**/~$*.xlsx") for path in output.glob(pattern)]
    seen = "none is open" if not marks else "open: " + ", ".join(str(path.parent) for path in marks[:5])
    return Diagnosis("workbooks", not marks, seen, "Close them before a run, or the new ones are written beside them.")
