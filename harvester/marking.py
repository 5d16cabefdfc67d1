"""What a teacher should know of the marks as they stand, in every run and wherever they are used: sentences."""

import shlex
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from harvester.errors import UserError
from harvester.models.group import called
from harvester.opened import OpenedCourse, last_record, pseudonyms_of, renaming_of

if TYPE_CHECKING:
    from harvester.outputs.anonymous_key import AnonymousKey
    from harvester.outputs.marks import HasRow, MarksBook, MarksStatus

_SHOWN = 5


def grading_status(opened: OpenedCourse) -> "MarksStatus":
    """How far the grading is, and what to know of it, under the names that the sheets have. Reads only.

    Raises
    ------
    OutputError
        `marks.json` cannot be read.
    """
    from harvester.outputs.marks import status_of

    book, key = look_at_marks(opened, datetime.now(UTC))
    has_row = _rows_of(opened, key)
    book.messages += _say(opened, book, key, has_row)
    return status_of(book, has_row)


def look_at_marks(opened: OpenedCourse, now: datetime) -> "tuple[MarksBook, AnonymousKey | None]":
    """All marks with what is typed and not read yet, and the key where groups go by pseudonyms. Reads only.

    Raises
    ------
    OutputError
        `marks.json` cannot be read.
    """
    from harvester.outputs.marks import read_marks

    key = pseudonyms_of(opened)
    return read_marks(opened.course.output, now, renaming_of(opened, blind=key is not None)), key


def require_read(book: "MarksBook", folder: str = "") -> None:
    """See that nothing is lost where a folder's workbooks are put away or written over: all are read, none is open.

    Parameters
    ----------
    folder
        Relative to the output folder; empty for itself.

    Raises
    ------
    UserError
        One cannot be read, or is open in another program.
    """
    from harvester.outputs.files import open_elsewhere

    for file, state in book.files_in(folder).items():
        where = f"{folder}/" if folder else ""
        if state.blocked:
            raise UserError(f"{where}{file} is not read: {state.blocked}.", "Mend or remove it first.")
        if told := open_elsewhere(book.out / folder / file):
            raise UserError(f"{where}{told}", "Close it first.")


def say_marks(opened: OpenedCourse, book: "MarksBook", key: "AnonymousKey | None") -> tuple[str, ...]:
    """What is to be said of the marks, whichever run they came with.

    Parameters
    ----------
    key
        The pseudonyms, where the book's groups are called by them.
    """
    return _say(opened, book, key, _rows_of(opened, key))


def _say(opened: OpenedCourse, book: "MarksBook", key: "AnonymousKey | None", has_row: "HasRow") -> tuple[str, ...]:
    from harvester.outputs.unusable import find_unusable, say_unusable

    names = {key.group(group.id) if key else group.id for group in opened.roster.groups}
    unusable = [one for one in find_unusable(book.ledger.groups, opened.course.points) if has_row(one.group, one.key)]
    told = say_unusable(unusable)
    gone, homeless = _say_gone(opened, book, key, names), _say_homeless(book, names)
    return (*gone, *_say_moved(book, names), *homeless, *told, *_say_conflicts(book), *_say_unread(book))


def _rows_of(opened: OpenedCourse, key: "AnonymousKey | None") -> "HasRow":
    """Whether the last harvest has a group's row of an item or an answer; where nobody can tell, it has."""

    @cache
    def rows(group: str) -> frozenset[str] | None:
        record = last_record(opened, (key.unmask(group) if key else None) or group)
        if record is None:
            return None
        return frozenset([*(one.id for one in record.checklist), *(f"q:{one.id}" for one in record.questions)])

    def has_row(group: str, row: str) -> bool:
        known = rows(group) if ":" not in row or row.startswith("q:") else None
        return known is None or row in known

    return has_row


def _say_gone(opened: OpenedCourse, book: "MarksBook", key: "AnonymousKey | None", names: set[str]) -> Iterator[str]:
    """Groups with marks that the roster has no more: left out of everything, or only called by another number."""
    from harvester.outputs.wording import plural

    counts = {group: sum(not mark.blank for mark in marks.values()) for group, marks in book.ledger.groups.items()}
    gone = [group for group, count in counts.items() if count and group and group not in names]
    for group in gone[:_SHOWN]:
        real = (key.unmask(group) if key else None) or group
        marks = plural(counts[group], "mark")
        yield f"{called(real)} is no longer in the roster and has {marks} (in marks.json){_heir(opened, real)}."
    if len(gone) > _SHOWN:
        yield f"{plural(len(gone) - _SHOWN, 'more group')} with marks are no longer in the roster."


def _say_moved(book: "MarksBook", names: set[str]) -> Iterator[str]:
    """Marks that another repository was given: the roster was changed, or the group's history."""
    from harvester.outputs.wording import first_few, plural

    counts = {group: one.moved for group, one in book.ledger.progress.items() if one.moved and group in names}
    if counts:
        where = first_few([f"{called(group, 'group')} ({plural(count, 'mark')})" for group, count in counts.items()])
        yield (
            f"Another repository than when they were marked, or its history was written anew: {where}. "
            "“Changed since marked” says which; they count as they are."
        )


def _say_homeless(book: "MarksBook", names: set[str]) -> Iterator[str]:
    """Marks whose row is gone: its id was changed in a workbook, or the last harvest does not have it."""
    from harvester.outputs.wording import first_few, plural

    counts = {called(group, "group"): one.homeless for group, one in book.ledger.progress.items() if group in names}
    counts["the class workbook"] = sum(not mark.blank for mark in book.ledger.groups.get("", {}).values())
    found = [f"{place} ({count})" for place, count in counts.items() if count]
    if found:
        total = sum(counts.values())
        stand = "has lost its row and stands" if total == 1 else "have lost their rows and stand"
        where = first_few(found)
        yield f"{plural(total, 'mark')} {stand} on the sheet “Marks without a home”, where nothing counts: {where}."


def _say_conflicts(book: "MarksBook") -> Iterator[str]:
    """Cells that two workbooks have differently, until somebody says which counts."""
    from harvester.outputs.wording import first_few, plural

    counts = Counter(conflict.group for conflict in book.ledger.conflicts)
    found = [
        f"{called(group, 'group')} ({count})" if group else f"the class ({count})" for group, count in counts.items()
    ]
    if found:
        are = "is" if counts.total() == 1 else "are"
        yield f"{plural(counts.total(), 'conflict')} between workbooks {are} not settled: {first_few(found)}."


def _say_unread(book: "MarksBook") -> Iterator[str]:
    """Files that somebody may have graded in, and that no run reads."""
    from harvester.outputs.wording import first_few, plural
    from harvester.outputs.workbook_files import unread_workbooks

    names = unread_workbooks(book.out)
    if names:
        what = "looks like a workbook and is not read" if len(names) == 1 else "look like workbooks and are not read"
        yield (
            f"{plural(len(names), 'file')} {what}: {first_few(names)}. "
            "What was marked there counts once it is saved as .xlsx in the group's own folder, beside its workbook."
        )


def _heir(opened: OpenedCourse, group_id: str) -> str:
    """The group that has the repository of one that is gone, and how it gets the marks."""
    from harvester.roster import same_repository

    record = last_record(opened, group_id)
    url = record.group.repo_url if record else ""
    heirs = (
        group.id
        for group in opened.roster.groups
        if url and group.repo_url and same_repository(group.repo_url) == same_repository(url)
    )
    heir = next(heirs, None)
    if heir is None:
        return ""
    command = shlex.join(["harvester", "marks", "move", str(opened.file), group_id, heir])
    return f"; {called(heir, 'group')} has the same repository: `{command}` takes them there"
