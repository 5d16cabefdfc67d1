"""Entries -> exactly one group per id, and everything odd about them as problems by row. No network."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from harvester.models.group import Group, Member, called, safe_name
from harvester.models.problem import Problem
from harvester.models.seemly import UNSEEMLY
from harvester.roster.rows import Entry, Table, is_missing
from harvester.roster.urls import canonical_url, other_repositories, same_repository, shown, without_secrets

_STUDY_NUMBER = re.compile(r"s\d{6}")
_NUMBERED = re.compile(r"(?P<prefix>\D*?)[ _-]*(?P<number>\d{1,9})(?:\.0)?")
_NO_URL = "The roster names no repository."


def merge(table: Table, allow_protocols: Sequence[str]) -> tuple[list[Group], list[Problem], list[Member]]:
    """The groups in the table's order, what is odd about them, and the students without a group."""
    entries, unassigned, problems = _with_ids(table)
    by_id: dict[str, list[Entry]] = {}
    for entry in entries:
        by_id.setdefault(entry.group.casefold(), []).append(entry)
    groups = []
    for same in by_id.values():
        group, odd = _one_group(same, table.per_student, allow_protocols)
        groups.append(group)
        problems.extend(odd)
    groups, odd = _apart(groups)
    problems.extend([*odd, *_shared(groups), *_twice(groups), *_odd_students(groups), *_lonely(groups)])
    if table.blank_rows:
        problems.append(_about_blank(table.blank_rows))
    return groups, sorted(problems, key=lambda problem: (problem.line or 0, problem.code)), unassigned


def _with_ids(table: Table) -> tuple[list[Entry], list[Member], list[Problem]]:
    """Entries that all name a group: `Group 12` is called 12 where all are called so, and rows without get an id."""
    entries: list[Entry] = []
    unassigned: list[Member] = []
    problems: list[Problem] = []
    numbers: dict[str, int] = {}
    for entry in _shortened(table.entries):
        if entry.group:
            entries.append(entry)
        elif not table.numbered:
            key = entry.url if table.per_student and not is_missing(entry.url) else f"row {entry.row}"
            number = numbers.setdefault(key, len(numbers) + 1)
            entries.append(replace(entry, group=str(number)))
        elif table.per_student and is_missing(entry.url):
            unassigned.extend(entry.members)
            problems.extend(
                _problem("roster_no_group", f"{shown(member.id)} is in no group.", entry.row)
                for member in entry.members
            )
        else:
            entries.append(replace(entry, group=f"row {entry.row}"))
            problems.append(
                _problem(
                    "roster_no_group", f"Row {entry.row} names no group; it is called “row {entry.row}”.", entry.row
                )
            )
    return entries, unassigned, problems


def _shortened(entries: Iterable[Entry]) -> list[Entry]:
    plain = [replace(entry, group=_group_text(entry.group)) for entry in entries]
    hits = [_NUMBERED.fullmatch(entry.group) for entry in plain if entry.group]
    if len({hit["prefix"].casefold().strip() if hit else None for hit in hits}) != 1 or None in hits:
        return plain
    return [_numbered(entry) for entry in plain]


def _numbered(entry: Entry) -> Entry:
    hit = _NUMBERED.fullmatch(entry.group)
    if hit is None:
        return entry
    return replace(entry, group=hit["number"], name=entry.name or (entry.group if hit["prefix"] else ""))


def _group_text(text: str) -> str:
    text = " ".join(re.sub(rf"[{UNSEEMLY}]", " ", text).split())[:100].strip()
    return "" if is_missing(text) else text


def _one_group(
    entries: Sequence[Entry], per_student: bool, allow_protocols: Sequence[str]
) -> tuple[Group, list[Problem]]:
    """One group of all rows that name it: the first address that can be used wins, and all students are in it."""
    first, problems = entries[0], []
    if len(entries) > 1 and not per_student:
        rows = " and ".join(str(entry.row) for entry in entries[:5])
        text = f"{called(first.group)} stands in rows {rows}; its students are taken from all, the rest from the first."
        problems.append(_problem("roster_duplicate_group", text, entries[1].row))
    members = {member.id.casefold(): member for entry in reversed(entries) for member in reversed(entry.members)}
    url, written, fault, odd = _address(entries, allow_protocols)
    group = Group(
        id=first.group,
        name=next((entry.name for entry in entries if entry.name), ""),
        repo_url=url,
        written_url=without_secrets(written)[:500],
        members=tuple(reversed(members.values())),
        row=first.row,
        fault=fault,
    )
    return group, problems + odd


def _address(
    entries: Sequence[Entry], allow_protocols: Sequence[str]
) -> tuple[str | None, str, str | None, list[Problem]]:
    """The group's canonical address, the written one, the fault where there is none, and what is odd."""
    chosen: tuple[str | None, str, str | None] = (None, "", _NO_URL)
    problems: dict[str, Problem] = {}
    for entry in entries:
        if is_missing(entry.url):
            continue
        url, note = canonical_url(entry.url, allow_protocols)
        rest = " and ".join(map(shown, other_repositories(entry.url, allow_protocols)[:3]))
        if url and rest:
            text = f"{called(entry.group)} has several addresses in one cell; {shown(url)} counts, {rest} does not."
            problems.setdefault(entry.url, _problem("roster_two_urls", text, entry.row))
        if note:
            more = f" {rest} in the same cell does not count either." if rest and not url else ""
            problems.setdefault(note, _about_address(entry, url, note + more))
        if chosen[0] is None and (url or not chosen[1]):
            chosen = (url, entry.url, None if url else note)
        elif url and chosen[0] and same_repository(url) != same_repository(chosen[0]):
            text = f"{called(entry.group)} has two addresses; {shown(chosen[1])} counts, {shown(entry.url)} does not."
            problems.setdefault(url, _problem("roster_two_urls", text, entry.row))
    if not chosen[1]:
        text = f"{called(entries[0].group)} has no repository address."
        problems[""] = _problem("roster_no_url", text, entries[0].row)
    return (*chosen, list(problems.values()))


def _about_address(entry: Entry, url: str | None, note: str) -> Problem:
    code = "roster_bad_url" if url is None else "roster_odd_url"
    if url is not None and without_secrets(entry.url) != entry.url:
        code = "roster_credentials"
    return _problem(code, f"{called(entry.group)}: {note}", entry.row)


def _apart(groups: Sequence[Group]) -> tuple[list[Group], list[Problem]]:
    """Groups whose ids would share a folder, told apart by the row."""
    folders: dict[str, Group] = {}
    problems = []
    for group in groups:
        folder = group.folder.casefold()
        if folder in folders:
            other, old, number = folders[folder], group.id, group.row
            while safe_name(f"{number} {old}").casefold() in folders:
                number = (number or 0) + 1
            group = group.model_copy(update={"id": f"{number} {old}"})
            both = f"Groups {shown(other.id)} and {shown(old)} would share a folder"
            text = f"{both}; the second is called {shown(group.id)}."
            problems.append(_problem("roster_alike_ids", text, group.row))
        folders[group.folder.casefold()] = group
    return list(folders.values()), problems


def _shared(groups: Iterable[Group]) -> list[Problem]:
    seen: dict[str, Group] = {}
    problems = []
    for group in groups:
        if group.repo_url is None:
            continue
        other = seen.setdefault(same_repository(group.repo_url), group)
        if other is not group:
            text = f"{_named(other)} and {_named(group, 'group')} name one repository, {group.repo_url}."
            problems.append(_problem("roster_shared_repository", text, group.row))
    return problems


def _twice(groups: Iterable[Group]) -> list[Problem]:
    seen: dict[str, Group] = {}
    problems = []
    for group in groups:
        for member in group.members:
            other = seen.setdefault(member.id.casefold(), group)
            if other is not group:
                text = f"{_named(other)} and {_named(group, 'group')} both have {shown(member.id)}."
                problems.append(_problem("roster_student_twice", text, group.row))
    return problems


def _odd_students(groups: Iterable[Group]) -> list[Problem]:
    """Ids that are no study number, where most are."""
    ids = [(member.id, group) for group in groups for member in group.members]
    odd = [(text, group) for text, group in ids if not _STUDY_NUMBER.fullmatch(text)]
    if 2 * len(odd) >= len(ids):
        return []
    return [
        _problem(
            "roster_odd_student",
            f"{shown(text)} in {called(group.id, 'group')} is no study number such as s000001.",
            group.row,
        )
        for text, group in odd
    ]


def _lonely(groups: Sequence[Group]) -> list[Problem]:
    """Groups without a student, where others have some."""
    if not any(group.members for group in groups):
        return []
    return [
        _problem("roster_no_members", f"{called(group.id)} has no students.", group.row)
        for group in groups
        if not group.members
    ]


def _about_blank(rows: Sequence[int]) -> Problem:
    if len(rows) == 1:
        return _problem("roster_blank_row", "A row that names no group was left out.", rows[0])
    more = f" and {len(rows) - 10} more" if len(rows) > 10 else ""
    numbers = ", ".join(map(str, rows[:10]))
    return _problem("roster_blank_row", f"Rows that name no group were left out: {numbers}{more}.", None)


def _named(group: Group, word: str = "Group") -> str:
    return f"{called(group.id, word)} (row {group.row})"


def _problem(code: str, message: str, row: int | None) -> Problem:
    return Problem(code=code, message=message, line=row)
