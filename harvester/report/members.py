"""The group number and the study numbers of questions 1 and 2, compared with the roster and with the other answers."""

import re
from collections.abc import Iterable, Sequence

from harvester.models.group import Group
from harvester.models.problem import Problem
from harvester.models.report import Answer, Report

_ID = re.compile(r"(?<![0-9a-z])s[ \t-]?(\d{6})(?!\d)", re.IGNORECASE)
_ANY_ID = re.compile(r"(?<![0-9a-z])(?:s[ \t-]?)?(\d{6})(?!\d)", re.IGNORECASE)
_OTHER_ID = re.compile(r"(?<![\w.-])\d{7,9}(?![\w.-]\d|\w)")
_OTHER_FORM = re.compile(r"(?<![\w@.])[a-z]{1,4}[-_]?\d{3,9}(?![\w@])", re.IGNORECASE)
_BARE_ID = re.compile(r"(?<![0-9a-z])(?<!s[ \t-])\d{6}(?!\d)", re.IGNORECASE)
_NEARLY = re.compile(r"(?<![0-9a-z])s[ \t-]?(?:\d{1,5}|\d{7,9})(?!\w)", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,6}")
_LONGEST = 5_000
_SEEN = "\0"
"""Stands for an id that the roster has."""


def read_group_number(text: str) -> str | None:
    """The group number as written, without leading zeros; None where there is none or more than one."""
    numbers = {number.lstrip("0") or "0" for number in _NUMBER.findall(text[:_LONGEST])}
    return numbers.pop() if len(numbers) == 1 else None


def read_members(text: str) -> tuple[str, ...]:
    """The study numbers of a text as `s123456`, each once, in its order; where it has none, another university's.

    Those are numbers of seven to nine digits, given as they are.
    """
    text = text[:_LONGEST]
    return tuple(dict.fromkeys([f"s{digits}" for digits in _ANY_ID.findall(text)] or _OTHER_ID.findall(text)))


def judge_members(report: Report, group: Group) -> Report:
    """The report with what is odd about its members' ids, which only the roster tells: it says how they are written."""
    rostered = tuple(member.id.strip() for member in group.members)
    return report.model_copy(
        update={"answers": tuple(_judge(one, rostered) if one.kind == "members" else one for one in report.answers)}
    )


def _judge(answer: Answer, rostered: tuple[str, ...]) -> Answer:
    return answer.model_copy(update={"problems": (*answer.problems, *_member_problems(answer, rostered))})


def _member_problems(answer: Answer, rostered: Sequence[str]) -> list[Problem]:
    """What is odd about the study numbers themselves: malformed, twice, none at all.

    Ids as the roster has them never are; where it has no study number of DTU's, nothing is malformed.
    """
    text = answer.text[:_LONGEST]
    for one in sorted(rostered, key=len, reverse=True):
        if not _ID.fullmatch(one):
            text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", _SEEN, text, flags=re.IGNORECASE)
    some = _SEEN in text or bool(read_members(text)) or not answer.answered
    other = bool(_OTHER_FORM.search(text))
    if rostered and not any(map(_ANY_ID.fullmatch, rostered)):
        some = some or (other and not any(map(_OTHER_FORM.fullmatch, rostered)))
        return [] if some else [_unreadable(answer, "No id that the roster has was found.")]
    problems = [
        Problem(
            code="member_malformed", message=f"“{written}” is no study number (an s and six digits).", line=answer.line
        )
        for written in dict.fromkeys(match[0] for match in _NEARLY.finditer(text))
    ]
    problems += [
        Problem(code="member_malformed", message=f"“{written}” lacks its s.", line=answer.line)
        for written in dict.fromkeys(_BARE_ID.findall(text))
    ]
    found = [f"s{digits}" for digits in _ANY_ID.findall(text)]
    problems += [
        Problem(code="member_twice", message=f"{member} stands twice.", line=answer.line)
        for member in dict.fromkeys(one for one in found if found.count(one) > 1)
    ]
    if not (some or other or problems):
        problems.append(_unreadable(answer, "No study number was found."))
    return problems


def _unreadable(answer: Answer, message: str) -> Problem:
    return Problem(code="members_unreadable", message=message, line=answer.line)


def compare_members(report: Report, group: Group | None) -> tuple[Problem, ...]:
    """What the report says of its group and members against what the roster says, where there is one, and itself.

    None of it is fatal.
    """
    problems = [*_compare_number(report, group), *_compare_ids(report, group)] if group else []
    own = set(report.member_ids)
    said = next((answer for answer in report.answers if answer.id == "contributions"), None)
    if own and said is not None:
        for member in read_members_with_letter(said.text):
            if member not in own:
                message = f"{member} is named under question {said.number} and not among the members."
                problems.append(Problem(code="member_elsewhere", message=message, line=said.line))
    return tuple(problems)


def read_members_with_letter(text: str) -> tuple[str, ...]:
    """Study numbers of a longer text, where six digits alone could be anything."""
    return tuple(dict.fromkeys(f"s{digits}" for digits in _ID.findall(text[: 4 * _LONGEST])))


def _compare_number(report: Report, group: Group) -> Iterable[Problem]:
    line = _line_of(report, "group_number")
    wanted = _NUMBER.findall(group.id)
    if report.group_number and len(wanted) == 1 and int(wanted[0]) != int(report.group_number):
        message = f"The report says group {report.group_number}, the roster {group.id}."
        yield Problem(code="group_number_differs", message=message, line=line)


def _compare_ids(report: Report, group: Group) -> Iterable[Problem]:
    line = _line_of(report, "members")
    rostered = [match[1] for member in group.members if (match := _ID.fullmatch(member.id.strip()))]
    if not rostered or not report.member_ids:
        return
    listed = [f"s{digits}" for digits in rostered]
    for member in listed:
        if member not in report.member_ids:
            yield Problem(code="member_missing", message=f"{member} of the roster is not in the report.", line=line)
    for member in report.member_ids:
        if member not in listed and len(listed) == len(group.members):
            yield Problem(code="member_extra", message=f"{member} is not in the roster's group.", line=line)


def _line_of(report: Report, kind: str) -> int | None:
    return next((answer.line for answer in report.answers if answer.kind == kind), None)
