"""Takes the marks of a group that the roster calls by another number now to the group that it is."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harvester.errors import UserError, nearest
from harvester.marking import require_read
from harvester.models.group import safe_name
from harvester.opened import OpenedCourse, last_record, pseudonyms_of, renaming_of

if TYPE_CHECKING:
    from harvester.outputs.anonymous_key import AnonymousKey
    from harvester.outputs.marks import MarksBook
    from harvester.outputs.renaming import Renamed


def move_marks(opened: OpenedCourse, old: str, named: str) -> tuple[str, ...]:
    """Give a group's marks, with their history, to another group. Only for the run that holds the lock.

    What is typed in the old group's workbooks is read before; the files then lie in its folder `kept`. Returns what
    was found in reading them, in sentences.

    Parameters
    ----------
    old
        The group that had them, which the roster has no more.
    named
        The group that gets them, which has none of its own.

    Raises
    ------
    UserError
        One of both is not so, or a workbook of the old group cannot be read. Nothing is moved then.
    """
    from harvester.outputs.marks import load_marks
    from harvester.outputs.placing import put_away
    from harvester.outputs.renaming import rename_ledger
    from harvester.roster import find_group

    new = find_group(opened.roster, named).id
    roster = opened.roster.groups
    if any(group.id == old for group in roster):
        raise UserError(f"Group {old} is in the roster, so its marks are its own.")
    key = pseudonyms_of(opened, keep=True)
    now = datetime.now(UTC)
    book = load_marks(opened.course.output, now, renaming_of(opened, blind=opened.course.anonymous, keep=True))
    names = (key.groups.get(old, old), key.group(new)) if key else (old, new)
    gone = {(key.unmask(name) if key else None) or name for name in book.groups} - {one.id for one in roster}
    _refuse(book, old, new, names, gone)
    renamed = _renamed(opened, (old, new), names, key)
    when = now.isoformat(timespec="seconds")
    ledger = rename_ledger(book.ledger, lambda group: renamed if group == names[0] else None, when)
    book.ledger = ledger.model_copy(update={"serial": ledger.serial + 1})
    book.save()
    for file in book.files_in(_folder(names[0])):
        put_away(book.out / _folder(names[0]) / file)
    return tuple(book.messages)


def _refuse(book: "MarksBook", old: str, new: str, names: tuple[str, str], gone: set[str]) -> None:
    """Refuse what would lose marks, or mix those of two groups. `gone` have marks, and are not in the roster."""
    from harvester.outputs.wording import plural

    marks, own = (sum(not mark.blank for mark in book.for_group(name).marks.values()) for name in names)
    if not marks:
        raise UserError(
            f"Group {old} has no marks{nearest(old, gone)}.", "`harvester marks status COURSE` says who has some."
        )
    if own:
        what = f"Group {new} has {plural(own, 'mark')} of its own, so those of group {old} stay where they are."
        raise UserError(what, f"Clear what counts less in the workbook of group {new}, or copy by hand.")
    require_read(book, _folder(names[0]))


def _folder(name: str) -> str:
    from harvester.outputs.workbook_files import GROUPS

    return f"{GROUPS}/{safe_name(name)}"


def _renamed(
    opened: OpenedCourse, groups: tuple[str, str], names: tuple[str, str], key: "AnonymousKey | None"
) -> "Renamed":
    """The old group under the new name; members keep theirs, but that a pseudonym tells of the group's number."""
    from harvester.outputs.renaming import Renamed

    members: dict[str, str] = {}
    if key is not None:
        old, new = groups
        record = last_record(opened, old)
        known = {one.id for group in opened.roster.groups for one in group.members}
        known |= {one.id for one in record.group.members} if record else set()
        members = {key.member(old, one): key.member(new, one) for one in known}
    return Renamed(*names, {}, lambda one: members.get(one, one), lambda sha: sha, blind=False)
