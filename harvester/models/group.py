"""A group of the roster."""

import re
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from harvester.models.problem import Problem


class Member(BaseModel):
    """One student: a study number or user name, and what else the roster knows."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str | None = None
    github: str | None = None


class Group(BaseModel):
    """One row of the roster.

    `repo_url` is canonical (`https://host/owner/name`), or None where the roster names none that can be used; then
    `fault` says why in a sentence. `written_url` is what the roster holds, letter for letter.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str = ""
    repo_url: str | None = None
    written_url: str = ""
    members: tuple[Member, ...] = ()
    row: int | None = None
    fault: str | None = None

    @property
    def folder(self) -> str:
        """The group's id as a safe folder name, the same on every system."""
        return safe_name(self.id)


@dataclass(frozen=True)
class Roster:
    """All groups in the roster's order, one per id, and what is odd about them (by row)."""

    groups: tuple[Group, ...]
    problems: tuple[Problem, ...] = ()
    sha256: str = ""
    unassigned: tuple[Member, ...] = field(default=())


_CALLED_SO = re.compile(r"(?:group|gruppe)(?![^\W_])", re.IGNORECASE)


def called(group_id: str, word: str = "Group") -> str:
    """The group in a sentence: `Group 12`, and no second `Group` before an id that has one."""
    return group_id if _CALLED_SO.match(group_id) else f"{word} {group_id}"


def say_problem(problem: Problem) -> str:
    """What is odd about a roster, and in which row."""
    return f"{problem.message} (row {problem.line})" if problem.line else problem.message


_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)


def safe_name(text: str) -> str:
    """Turn an id into a file name that no system refuses and that cannot leave its folder.

    Letters (Danish ones too), digits, `-`, `_` and `.` stay; anything else becomes `_`.
    """
    name = re.sub(r"[^\w.-]+", "_", text.strip()).strip("._-")[:80].rstrip(".")
    if not name or _RESERVED.match(name):
        name = f"group_{name}"
    return name
