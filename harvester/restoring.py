"""The past of a group's marks: what its history tells, and how all of it is brought back."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from harvester.errors import UserError, nearest
from harvester.marking import look_at_marks, require_read
from harvester.models.group import Group, called, safe_name
from harvester.models.marks import OVERALL
from harvester.moments import read_moment
from harvester.opened import OpenedCourse, last_record, other_name, pseudonyms_of, renaming_of

if TYPE_CHECKING:
    from harvester.models.marks import Mark, MarkEvent
    from harvester.outputs.anonymous_key import AnonymousKey
    from harvester.outputs.mark_history import Commits, Restored
    from harvester.outputs.marks import MarksBook
    from harvester.outputs.renaming import Renamed

_MASKED = "[masked]"
_UNREAD = "not read yet"


@dataclass(frozen=True)
class HistoryLine:
    """One change of one cell, in words; `before` and `after` are whole."""

    when: str
    row: str
    about: str
    cell: str
    before: str
    after: str
    initials: str
    workbook: str
    commit: str


@dataclass(frozen=True)
class GroupHistory:
    """Every change of a group's marks, oldest first, and what was found in reading the workbooks."""

    lines: tuple[HistoryLine, ...]
    messages: tuple[str, ...]


def history_of(opened: OpenedCourse, named: str, row: str = "") -> GroupHistory:
    """Who changed which mark of a group when, under the names that the sheets have. Reads only.

    Parameters
    ----------
    named
        The group's id, or its pseudonym.
    row
        A row's key; without one, all rows.

    Raises
    ------
    UserError
        There is no such group, or it has no marks, or none in that row.
    """
    from harvester.outputs.mark_history import tell

    now = datetime.now(UTC)
    book, key = look_at_marks(opened, now)
    real, name = _find(opened, named, book, key)
    marks = book.ledger.groups.get(name, {})
    if not marks:
        raise UserError(f"{called(name)} has no marks.", "`harvester marks status COURSE` says who has some.")
    row = row.strip().removesuffix(f"@{name}")
    if row and row not in marks:
        raise UserError(f"{called(name)} has no mark in the row {row!r}{nearest(row, marks)}.")
    blind = key is not None
    renamed, commits = other_name(opened, real, blind=blind), _commits(opened, real, marks, blind=blind)
    titles = _titles(opened, real) | {key: mark.label for key, mark in marks.items() if mark.label}
    lines = []
    for one in tell(marks):
        if row not in ("", one.key):
            continue
        workbook = renamed.source(one.event.source) if renamed else one.event.source
        cell, before, after = _cell(one.event, renamed)
        lines.append(
            HistoryLine(
                when=_UNREAD if one.event.when == _utc(now) else _local(one.event.when, opened.course.timezone),
                row=one.key,
                about=titles.get(one.key, ""),
                cell=cell,
                before=before,
                after=after,
                initials=one.initials,
                workbook=workbook,
                commit=commits(one.event.sha)[:10],
            )
        )
    return GroupHistory(tuple(lines), tuple(book.messages))


def _cell(event: "MarkEvent", renamed: "Renamed | None") -> tuple[str, str, str]:
    """What was changed, as the sheets head it, from what, and to what; under names that tell nobody more than they."""
    from harvester.outputs.cells import show_value
    from harvester.outputs.columns import FLAG, HEADINGS
    from harvester.outputs.mark_history import CONFLICT

    before, after = show_value(event.old), show_value(event.new)
    if event.field == "flag":
        return FLAG, _MASKED if renamed and renamed.blind else before, after
    if event.field == CONFLICT:
        return "Conflict", renamed.source(before) if renamed else before, after
    return HEADINGS.get(event.field, event.field), before, after


def _local(when: str, zone: str) -> str:
    """A time of the history in the course's zone, as `restore --at` takes it."""
    from harvester.outputs.wording import moment

    seen = moment(when, zone)
    return f"{seen:%Y-%m-%dT%H:%M:%S}" if seen else when


def _find(opened: OpenedCourse, named: str, book: "MarksBook", key: "AnonymousKey | None") -> tuple[str, str]:
    """A group's id, and its name in the sheets; also of one that has marks and is no longer in the roster."""
    from harvester.roster import find_group

    for name in (named, key.groups.get(named, named) if key else named):
        if name and name in book.ledger.groups:
            return (key.unmask(name) if key else None) or name, name
    real = (key.unmask(named) if key else None) or find_group(opened.roster, named).id
    return real, key.group(real) if key else real


def _titles(opened: OpenedCourse, real: str) -> dict[str, str]:
    """What the rows of a group are called in its sheets."""
    record = last_record(opened, real)
    if record is None:
        return {}
    titles = {OVERALL: "Overall"} | {item.id: item.title for item in record.checklist}
    return titles | {f"q:{answer.id}": answer.title for answer in record.questions}


def _commits(opened: OpenedCourse, real: str, marks: "Mapping[str, Mark]", *, blind: bool) -> "Commits":
    """What commits of a group's history are called now: some were kept while the group had its other name."""
    shown = {"", *(mark.against.sha for mark in marks.values())}
    shown |= {event.was.sha for mark in marks.values() for event in mark.history if event.was}
    renamed = cache(partial(other_name, opened, real, blind=blind))

    def called_now(sha: str) -> str:
        other = None if sha in shown else renamed()
        return other.sha(sha) if other else sha

    return called_now


def restore_marks(opened: OpenedCourse, at: str, groups: str | None = None) -> tuple[str, ...]:
    """Bring every mark of groups back to what it was at a time. Only for the run that holds the lock.

    What is typed until now is read before, a second earlier, so that there is a time to go back to. Groups that the
    roster has no more stay as they are, and so does text of the class workbook that stands in no group's row.

    Parameters
    ----------
    at
        The time; a mark is there from the harvest that read it.
    groups
        Such as `3,7-9`; None: all of the roster.

    Returns
    -------
    What was restored, and what was found in reading the workbooks; in sentences.

    Raises
    ------
    UserError
        The time is none, to come, or before the first mark; or a workbook of the groups cannot be read now, or is
        open. Nothing is changed then.
    """
    from harvester.outputs.mark_history import Restoring
    from harvester.outputs.marks import load_marks
    from harvester.roster import select_groups

    now = datetime.now(UTC)
    moment = read_moment(at, opened.course.timezone)
    if moment > now:
        raise UserError(f"{at.strip()} is still to come.", "Marks can be brought back to a time that has been.")
    chosen = opened.roster.groups if groups is None else select_groups(opened.roster, groups)
    read = now - timedelta(seconds=1)
    book, key = look_at_marks(opened, read)
    _refuse(opened, book, _names(chosen, key), moment)

    key = pseudonyms_of(opened, keep=True)
    book = load_marks(opened.course.output, read, renaming_of(opened, blind=opened.course.anonymous, keep=True))
    said = moment.isoformat(timespec="seconds")
    names = _names(chosen, key)
    commits = {
        name: _commits(opened, real, book.ledger.groups.get(name, {}), blind=key is not None)
        for real, name in names.items()
    }
    restoring = Restoring(_utc(moment), _utc(now), f"restored as of {said}", book.ledger.serial + 1)
    restored = restoring.restore(book.ledger, commits)
    book.ledger = restored.ledger
    book.save()
    return (*book.messages, *_say(opened, restored, said, read, groups))


def _utc(moment: datetime) -> str:
    return max(moment, datetime(1970, 1, 2, tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")


def _names(groups: Iterable[Group], key: "AnonymousKey | None") -> dict[str, str]:
    """What groups are called in their sheets, by id."""
    return {one.id: key.group(one.id) if key else one.id for one in groups}


def _refuse(opened: OpenedCourse, book: "MarksBook", names: Mapping[str, str], moment: datetime) -> None:
    """Refuse what would lose marks, or say that all of them never were."""
    from harvester.outputs.mark_history import first_seen
    from harvester.outputs.wording import say_time
    from harvester.outputs.workbook_files import GROUPS

    first = first_seen(book.ledger, names.values())
    if not first:
        raise UserError("There are no marks to restore.")
    if _utc(moment) < first:
        when = say_time(first, opened.course.timezone)
        raise UserError(f"The first mark was read later: {when}.", "`harvester marks history` has all times.")
    for folder in ("", *(f"{GROUPS}/{safe_name(name)}" for name in names.values())):
        require_read(book, folder)


def _say(opened: OpenedCourse, restored: "Restored", said: str, read: datetime, groups: str | None) -> tuple[str, ...]:
    """What was restored, and how that is taken back."""
    from harvester.outputs.wording import first_few, moment, plural

    if not restored.cells and not restored.conflicts:
        return (f"All marks are as they were at {said}: nothing was restored.",)
    count, names = sum(restored.cells.values()), list(restored.cells)
    what = f"{plural(count, 'cell')} of {plural(len(names), 'group')}"
    where = f" ({first_few(names, 8)})" if names else ""
    closed = f", and {plural(restored.conflicts, 'conflict')} closed" if restored.conflicts else ""
    done = f"Restored as of {said}: {what}{where}{closed}. What was there is in the history"
    if not restored.cells:
        return (f"{done}.",)
    back = moment(read.isoformat(timespec="seconds"), opened.course.timezone) or read
    only = ["--groups", groups] if groups else []
    command = shlex.join(["harvester", "marks", "restore", str(opened.file), "--at", back.isoformat(), *only])
    return (f"{done}; `{command}` takes it back.",)
