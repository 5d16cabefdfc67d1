"""A course that is ready to run, and what its last harvest left: the records, by group."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from harvester.errors import OutputError, UserError
from harvester.examining import fault_record
from harvester.jobs import RECORD, Rules
from harvester.keys import code_sha256
from harvester.models.course import Course
from harvester.models.group import Group, Roster, called, safe_name
from harvester.models.problem import Problem
from harvester.models.record import GroupRecord
from harvester.models.status import Status

if TYPE_CHECKING:
    from harvester.outputs.anonymous_key import AnonymousKey
    from harvester.outputs.renaming import Renamed, Renaming

KEY = "anonymous-key.json"
RUN = "run.json"


@dataclass(frozen=True)
class OpenedCourse:
    """A course whose files have all been read and found right."""

    file: Path
    rules: Rules
    roster: Roster

    @property
    def course(self) -> Course:
        """The course's settings."""
        return self.rules.course


def open_course(file: Path, beside: Callable[[Course, Roster], object] = lambda *_: None) -> OpenedCourse:
    """Read and validate everything that a run needs before it touches any network.

    Parameters
    ----------
    beside
        Begins what can be done while the rules are read, as soon as the settings and the roster are.

    Raises
    ------
    UserError
        course.yaml, a template, a check or the roster cannot be used; the message says where and what to do.
    """
    from harvester.config import config_sha256, count_questions, load_aliases, load_course, load_course_family
    from harvester.roster import load_roster

    course = load_course(file)
    roster = load_roster(course.roster, allow_protocols=course.allow_protocols)
    beside(course, roster)
    family = load_course_family(course, file)
    course = count_questions(course, family)
    aliases = load_aliases(course)
    sha256 = config_sha256(course, family.templates, family.checks)
    if not _ran_before(course.output, sha256):
        from harvester.probes import bind_checks  # loads every probe

        bind_checks(family.checks)
    material = config_sha256(course, family.templates, ())
    rules = Rules(course, family.templates, family.checks, sha256, material, aliases)
    return OpenedCourse(file, rules, replace(roster, problems=(*roster.problems, *_unknown(course, roster))))


def _unknown(course: Course, roster: Roster) -> Iterator[Problem]:
    """Groups that `expected_problems` names and the roster has not."""
    for group in sorted(set(course.expected_problems) - {group.id for group in roster.groups}):
        message = f"expected_problems in course.yaml names group {group}, which the roster does not have."
        yield Problem(code="roster_not_expected", message=message)


class Records:
    """The records of all rostered groups, in the roster's order, read one at a time; can be gone through again."""

    def __init__(
        self, opened: OpenedCourse, pseudonyms: "AnonymousKey | None" = None, *, damaged_ok: bool = False
    ) -> None:
        self.opened = opened
        self.pseudonyms = pseudonyms
        self.damaged_ok = damaged_ok
        self.damaged: dict[str, str] = {}
        """Groups (with their folders) that a record that fails stands for, because theirs cannot be read."""

    def __iter__(self) -> Iterator[GroupRecord]:
        for group in self.opened.roster.groups:
            yield self._shown(group)

    def contents(self) -> Iterator[str]:
        """What each of them says, as `content_text` has it: told from the files alone where these are shown."""
        from harvester.outputs.record_file import content_text, stored_content

        for group in self.opened.roster.groups:
            stored = None if self.pseudonyms else stored_content(_path(self.opened, group))
            yield content_text(self._shown(group)) if stored is None else stored

    def _shown(self, group: Group) -> GroupRecord:
        record = self._load(group)
        return _mask(record, self.pseudonyms) if self.pseudonyms else record

    def _load(self, group: Group) -> GroupRecord:
        try:
            return _load(self.opened, group) or _unharvested(self.opened, group)
        except OutputError:
            if not self.damaged_ok:
                raise
            self.damaged[group.id] = group.folder
            return fault_record(
                self.opened.rules, group, None, Status.FAILED, "Its record is damaged, or may not be read."
            )


def pseudonyms_of(opened: OpenedCourse, *, keep: bool = False) -> "AnonymousKey | None":
    """The key of an anonymous course; None where the course is not anonymous, or has no key yet.

    Parameters
    ----------
    keep
        Whether the key is made where it is missing, and kept with the groups that are new. Only for the run that holds
        the lock.
    """
    path = opened.course.output / KEY
    if not opened.course.anonymous or not (keep or path.exists()):
        return None
    from harvester.outputs.anonymous_key import open_key

    return open_key(path, [group.id for group in opened.roster.groups], keep=keep)


def renaming_of(opened: OpenedCourse, *, blind: bool, keep: bool = False) -> "Renaming":
    """How marks follow their groups to the names that are wanted now: pseudonyms where `blind`, else ids.

    `keep` is that of `pseudonyms_of`.
    """
    rostered = {group.id for group in opened.roster.groups}

    @cache
    def renamed(group: str) -> "Renamed | None":
        if not group or (group in rostered and not blind):
            return None
        return _renamed(opened, group, blind=blind, keep=keep)

    return renamed


def _renamed(opened: OpenedCourse, group: str, *, blind: bool, keep: bool) -> "Renamed | None":
    from harvester.outputs.anonymous_key import PREFIX, open_key
    from harvester.outputs.renaming import rename_group

    path = opened.course.output / KEY
    if group.startswith(PREFIX) == blind or not (blind or path.is_file()):
        return None
    key = open_key(path, [group] if blind else [], keep=keep)
    real = group if blind else key.unmask(group)
    if real is None:
        return None
    members = [member.id for one in opened.roster.groups if one.id == real for member in one.members]
    return rename_group(real, last_record(opened, real), key, blind=blind, members=members)


def other_name(opened: OpenedCourse, real: str, *, blind: bool) -> "Renamed | None":
    """How what was kept of a group under its other name (id, or pseudonym) is called now; None where it has no other.

    Parameters
    ----------
    real
        The group's id.
    blind
        Whether its pseudonym is the name that holds now.
    """
    path = opened.course.output / KEY
    if not path.is_file():
        return None
    from harvester.outputs.anonymous_key import open_key

    other = real if blind else open_key(path, [real], keep=False).group(real)
    return renaming_of(opened, blind=blind)(other)


def last_record(opened: OpenedCourse, group_id: str) -> GroupRecord | None:
    """The record of a group, also of one that the roster has no more; None where there is none that can be read."""
    from harvester.outputs.record_file import read_record

    try:
        return read_record(opened.course.output / "groups" / safe_name(group_id) / RECORD)
    except OutputError:
        return None


def load_record(opened: OpenedCourse, named: str) -> GroupRecord:
    """The record of a group, as the last harvest wrote it.

    Raises
    ------
    UserError
        No such group, or it was never harvested.
    """
    from harvester.roster import find_group

    group = find_group(opened.roster, named)
    record = _load(opened, group)
    if record is None:
        raise UserError(f"{called(group.id)} was not harvested yet.", f"Run: harvester harvest {opened.file}")
    return record


def _load(opened: OpenedCourse, group: Group) -> GroupRecord | None:
    from harvester.outputs.record_file import read_record

    path = _path(opened, group)
    try:
        return read_record(path) if path.is_file() else None
    except PermissionError as error:
        raise OutputError(f"{path} could not be read: {error.strerror}.") from error


def _path(opened: OpenedCourse, group: Group) -> Path:
    return opened.course.output / "groups" / group.folder / RECORD


def _unharvested(opened: OpenedCourse, group: Group) -> GroupRecord:
    record = fault_record(opened.rules, group, None, Status.UNREACHABLE, "Not harvested yet.")
    return record.model_copy(update={"harvested": False})


def _mask(record: GroupRecord, key: "AnonymousKey") -> GroupRecord:
    from harvester.outputs.anonymous import mask_record

    return mask_record(record, key)[0]


def is_first_run(output: Path) -> bool:
    """Whether no run has left anything in an output folder; one that may not be entered is told of later."""
    with suppress(OSError):
        return not (output / RUN).exists()
    return True


def _ran_before(output: Path, sha256: str) -> bool:
    """Whether the last run was by this version on these rules, which were found right then."""
    try:
        run = json.loads((output / RUN).read_bytes())
        return bool(run["config_sha256"] == sha256 and run["tool"]["code_sha256"] == code_sha256())
    except (OSError, ValueError, TypeError, KeyError):
        return False
