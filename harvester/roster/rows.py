"""Rows of a table -> one entry per group and row, before anything is merged or judged."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harvester.errors import RosterError
from harvester.models.group import Member
from harvester.roster.columns import WANTED, Columns, find_columns
from harvester.roster.tables import Row
from harvester.roster.urls import shown

_HEADER_ROWS = 10
_ADDRESS = re.compile(r"://|git@|^(www\.)?(github|gitlab)\.|^/\w", re.IGNORECASE)
_NOTHING = frozenset(["", "-", "--", "–", "?", "none", "n/a", "na", "nan", "null", "no link found", "tbd", "ingen"])
_SUMS = frozenset(["total", "totals", "sum", "in all", "i alt", "average", "mean", "gennemsnit"])
_STUDY_NUMBER = re.compile(r"(?<!\w)#?(s?\d{6})(?!\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """What one row says of one group. `group` is empty where the row names none."""

    row: int
    group: str
    url: str = ""
    name: str = ""
    members: tuple[Member, ...] = ()


@dataclass(frozen=True)
class Table:
    """All entries of a roster, and whether each row is one student's."""

    entries: tuple[Entry, ...]
    per_student: bool = False
    numbered: bool = True
    """Whether the table has a column of groups; without one, each row with an address is a group."""
    blank_rows: tuple[int, ...] = ()


def read_table(sheets: Sequence[Sequence[Row]], name: str) -> Table:
    """The entries of the first sheet that looks like a roster.

    Raises
    ------
    RosterError
        No sheet has a column of addresses; the message says which columns were seen and which are wanted.
    """
    for rows in sheets:
        header = _find_header(rows)
        if header is not None:
            return _with_header(rows[header + 1 :], find_columns(rows[header].cells))
    for rows in sheets:
        if any(_ADDRESS.search(cell) for row in rows[:_HEADER_ROWS] for cell in row.cells):
            return _without_header(rows, name)
    raise _no_column(name, "columns seen", next((row for rows in sheets for row in rows if not row.blank), Row(1, ())))


def _no_column(name: str, where: str, row: Row) -> RosterError:
    columns = ", ".join(shown(cell) for cell in row.cells[:12] if cell) or "none"
    return RosterError(
        f"The roster {name} has no column of repository addresses ({where}: {columns}).", f"Name the columns {WANTED}."
    )


def is_missing(text: str) -> bool:
    """Whether a cell says that there is nothing."""
    return text.casefold() in _NOTHING


def read_members(cell: str, name: str = "", login: str = "") -> tuple[Member, ...]:
    """The students that a cell names: study numbers, user names or mails, with or without names around them."""
    if is_missing(cell):
        return ()
    numbers = _STUDY_NUMBER.findall(cell)
    if numbers:
        rest = " ".join(_STUDY_NUMBER.sub(" ", re.sub(r"@\S+", " ", cell)).strip(" ,;()-").split())
        only = name or (rest if len(numbers) == 1 else "")
        return tuple(Member(id=number.lower(), name=only or None, github=login or None) for number in numbers)
    parts = [part.strip().lstrip("#") for part in re.split(r"[;,\n]", cell)]
    return tuple(Member(id=part[:200], name=name or None, github=login or None) for part in parts if part)


def _find_header(rows: Sequence[Row]) -> int | None:
    for i, row in enumerate(rows[:_HEADER_ROWS]):
        if any(_ADDRESS.search(cell) for cell in row.cells):
            return None
        if find_columns(row.cells).url is not None:
            return i
    return None


def _with_header(rows: Sequence[Row], columns: Columns) -> Table:
    found = [_entry(row, columns) for row in rows]
    entries = tuple(entry for entry in found if (entry.group or entry.url or entry.members) and not _is_sum(entry))
    return Table(
        entries=entries,
        per_student=len(columns.students) == 1 and all(len(entry.members) <= 1 for entry in entries),
        numbered=columns.group is not None,
        blank_rows=tuple(sorted({row.number for row in rows} - {entry.row for entry in entries})),
    )


def _is_sum(entry: Entry) -> bool:
    """Whether a row sums up the others: `Total`, with nothing that a group has."""
    return entry.group.casefold().rstrip(":") in _SUMS and is_missing(entry.url) and not _has_student(entry)


def _has_student(entry: Entry) -> bool:
    return any(not member.id.isdecimal() or _STUDY_NUMBER.fullmatch(member.id) for member in entry.members)


def _entry(row: Row, columns: Columns) -> Entry:
    def cell(i: int | None) -> str:
        return row.cells[i] if i is not None and i < len(row.cells) else ""

    person = " ".join(filter(None, map(cell, columns.person)))
    login = cell(columns.login) if len(columns.students) == 1 else ""
    members = [member for i in columns.students for member in read_members(cell(i), person, login)]
    url = cell(columns.url)
    link = row.links.get(columns.url, "") if columns.url is not None else ""
    if link and not _ADDRESS.search(url):
        url = link
    return Entry(row.number, cell(columns.group), url, cell(columns.name), tuple(members))


def _is_header(row: Row) -> bool:
    """Whether a row before all addresses names columns, and no group: several words, no number in the first."""
    filled = [cell for cell in row.cells if cell]
    words = len(filled) > 1 and not re.search(r"\d", filled[0])
    return words and not any(is_missing(cell) or _STUDY_NUMBER.search(cell) for cell in filled)


def _without_header(rows: Sequence[Row], name: str) -> Table:
    """Addresses, with a group's number before and students around them where a row has more than one cell."""
    entries: list[Entry] = []
    for row in rows:
        if row.blank or row.cells[0].startswith("#"):
            continue
        at = next((i for i, cell in enumerate(row.cells) if _ADDRESS.search(cell)), None)
        if at is None and not entries and _is_header(row):
            raise _no_column(name, f"row {row.number}", row)
        group = row.cells[0] if at != 0 else ""
        others = [cell for i, cell in enumerate(row.cells) if i not in (0, at)]
        members = [member for cell in others for member in read_members(cell)]
        url = row.cells[at] if at is not None else " ".join(filter(None, row.cells))
        entries.append(Entry(row.number, group if at is not None else "", url, members=tuple(members)))
    return Table(tuple(entries), numbered=any(entry.group for entry in entries))
