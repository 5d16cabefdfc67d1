"""Marks survive: read from every workbook before anything is written, merged, kept with their history."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harvester.models.group import called, safe_name
from harvester.models.marks import Conflict, FileState, GroupMarks, GroupProgress, Mark, WriteResult, is_given
from harvester.outputs.files import clear_leftovers, fingerprint
from harvester.outputs.ledger import Ledger, read_ledger, write_ledger
from harvester.outputs.wording import first_few, plural
from harvester.outputs.workbook_files import GROUPS, workbooks

if TYPE_CHECKING:
    from harvester.outputs.renaming import Renaming

_MANY_CLEARED = 5

HasRow = Callable[[str, str], bool]
"""Whether a group has a row of that key."""


@dataclass
class MarksBook:
    """All marks of a class, during a run."""

    out: Path
    ledger: Ledger
    messages: list[str] = field(default_factory=list)
    """What a teacher should know: unreadable workbooks, conflicts, marks that were cleared. Sentences."""

    def for_group(self, group_id: str) -> GroupMarks:
        """What a worker needs to write a group's workbook and pages. Can be pickled."""
        return GroupMarks(
            group_id=group_id,
            marks=self.ledger.groups.get(group_id, {}),
            conflicts=tuple(one for one in self.ledger.conflicts if one.group == group_id),
            files=self.files_in(f"{GROUPS}/{safe_name(group_id)}"),
            serial=self.ledger.serial,
        )

    def files_in(self, folder: str) -> dict[str, FileState]:
        """The workbooks of a folder (relative to the output folder, empty for itself), by file name."""
        prefix = f"{folder}/" if folder else ""
        return {
            name[len(prefix) :]: state
            for name, state in self.ledger.files.items()
            if name.startswith(prefix) and "/" not in name[len(prefix) :]
        }

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Cells on which two workbooks disagree."""
        return self.ledger.conflicts

    @property
    def groups(self) -> tuple[str, ...]:
        """Every group that has (or had) a mark."""
        return tuple(self.ledger.groups)

    def note(self, result: WriteResult) -> None:
        """Remember how a workbook was written. The result may come from another process."""
        name = Path(result.path).relative_to(self.out).as_posix()
        folder = name.rpartition("/")[0]
        files = dict(self.ledger.files)
        if result.state is not None:
            files[name] = result.state
        for retired in result.retired:
            files.pop(f"{folder}/{retired}" if folder else retired, None)
        self.ledger = self.ledger.model_copy(
            update={"files": files, "progress": {**self.ledger.progress, **result.progress}}
        )
        if result.message:
            said = f"{folder}/{result.message}" if folder else result.message
            self.messages = [*(one for one in self.messages if not said.startswith(one)), said]

    def save(self) -> None:
        """Write `marks.json`, whole or not at all.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        write_ledger(self.ledger, self.out)


@dataclass(frozen=True)
class GroupStatus:
    """How far one group's grading is."""

    group: str
    progress: GroupProgress
    marked_items: int
    marked_answers: int
    graders: Mapping[str, int]
    """Initials -> rows; an empty text for rows without initials."""
    conflicts: int
    last: str
    """When the last mark was first seen or changed, ISO 8601; empty where there is none."""


@dataclass(frozen=True)
class MarksStatus:
    """How far the grading is, over all groups that were harvested or have marks."""

    groups: tuple[GroupStatus, ...]
    messages: tuple[str, ...] = ()

    @property
    def graders(self) -> dict[str, int]:
        """Initials -> rows, over all groups."""
        found: dict[str, int] = {}
        for group in self.groups:
            for name, count in group.graders.items():
                found[name] = found.get(name, 0) + count
        return dict(sorted(found.items()))


def load_marks(out: Path, now: datetime, renaming: "Renaming | None" = None) -> MarksBook:
    """Read the graders' cells of every workbook that was saved since the last run, and keep them.

    `marks.json` is written before this returns, so that nothing that was typed is in a workbook alone while new
    ones are written. Call it in the run that holds the lock, before its first workbook; hand `for_group` to whoever
    writes; `note` each result; `save`.

    Parameters
    ----------
    renaming
        How groups are called now that had another name in the sheets; none in a course that never was anonymous.

    Raises
    ------
    OutputError
        `marks.json` is there and cannot be read, or cannot be written.
    """
    for folder in (out, *out.glob(f"{GROUPS}/*")):
        clear_leftovers(folder)
    book = _read(out, now, renaming, set_aside=True)
    if book.ledger != Ledger():
        book.save()
    return book


def read_marks(out: Path, now: datetime, renaming: "Renaming | None" = None) -> MarksBook:
    """Like `load_marks`, but write and move nothing."""
    return _read(out, now, renaming, set_aside=False)


def _read(out: Path, now: datetime, renaming: "Renaming | None", *, set_aside: bool) -> MarksBook:
    stored, messages = read_ledger(out, set_aside=set_aside)
    when = now.isoformat(timespec="seconds")
    ledger = stored if renaming is None else _follow(stored, renaming, when, messages if set_aside else [])
    found = dict(workbooks(out))
    fresh = {name: path for name, path in found.items() if fingerprint(path) != _known(ledger, name).fingerprint}
    files = {name: state for name, state in ledger.files.items() if name in found}
    book = MarksBook(out, ledger.model_copy(update={"files": files}), messages)
    for name in files.keys() - fresh.keys():
        _say_blocked(book, name, files[name])
    if fresh:
        _read_fresh(book, fresh, when, renaming)
    if ledger is not stored:
        book.ledger = book.ledger.model_copy(update={"serial": book.ledger.serial + 1})
    return book


def _follow(ledger: Ledger, renaming: "Renaming", when: str, messages: list[str]) -> Ledger:
    """The ledger under the names that hold now, where it was written under others; of the generation that it was."""
    if not any(renaming(group) for group in (*ledger.groups, *ledger.progress)):
        return ledger
    from harvester.outputs.renaming import rename_ledger  # heavy, and seldom needed

    renamed = rename_ledger(ledger, renaming, when)
    moved = sum(group not in renamed.groups for group in ledger.groups)
    if moved:
        messages.append(f"The sheets call the groups by other names now; the marks of {plural(moved, 'group')} follow.")
    _say_conflicts(messages, ledger.conflicts, renamed.conflicts)
    return renamed


def status_of(book: MarksBook, has_row: HasRow | None = None) -> MarksStatus:
    """How far the grading is, as a book of marks has it.

    Parameters
    ----------
    has_row
        Tells marks that have lost their row, which count as none; without it all are taken to have theirs.
    """
    ledger = book.ledger
    names = sorted({*ledger.progress, *(group for group in ledger.groups if group)}, key=_natural)
    return MarksStatus(tuple(_status(ledger, group, has_row) for group in names), tuple(book.messages))


def _status(ledger: Ledger, group: str, has_row: HasRow | None) -> GroupStatus:
    marks = {key: mark for key, mark in ledger.groups.get(group, {}).items() if not mark.blank}
    graders: dict[str, int] = {}
    for mark in marks.values():
        graders[mark.grader or ""] = graders.get(mark.grader or "", 0) + 1
    given = [key for key, mark in marks.items() if is_given(key, mark) and (has_row is None or has_row(group, key))]
    return GroupStatus(
        group=group,
        progress=ledger.progress.get(group, GroupProgress()),
        marked_items=sum(":" not in key for key in given),
        marked_answers=sum(key.startswith("q:") for key in given),
        graders=graders,
        conflicts=sum(one.group == group for one in ledger.conflicts),
        last=max((mark.changed for mark in marks.values()), default=""),
    )


def _known(ledger: Ledger, name: str) -> FileState:
    return ledger.files.get(name, FileState())


def _read_fresh(book: MarksBook, fresh: Mapping[str, Path], when: str, renaming: "Renaming | None") -> None:
    from harvester.outputs.merging import Source, merge, older_cells, unwritten
    from harvester.outputs.renaming import rename_source
    from harvester.outputs.workbook_grid import UnreadableError
    from harvester.outputs.workbook_reader import read_workbook

    ledger, sources = book.ledger, []
    files = dict(ledger.files)
    for name, path in fresh.items():
        stamp, known = fingerprint(path), _known(ledger, name)
        try:
            reading = read_workbook(path, path.parent.name if name.startswith(f"{GROUPS}/") else "")
        except UnreadableError as error:
            files[name] = FileState(fingerprint=stamp, blocked=f"it could not be read ({error})", edited=True)
            _say_blocked(book, name, files[name])
            continue
        seen = known.seen if known.write == reading.identity.write else {}
        newer = reading.identity.serial > ledger.serial
        source = Source(name, reading, seen, newer)
        sources.append(rename_source(source, renaming) if renaming else source)
        if known.write != reading.identity.write:
            _say_older(book, name, older_cells(sources[-1], ledger.groups))
        files[name] = FileState(
            fingerprint=stamp,
            write=reading.identity.write,
            seen=unwritten(reading),
            edited=True,
            blocked="; ".join(reading.trouble) or None,
        )
        _say_blocked(book, name, files[name])
        if reading.notes:
            book.messages.append(f"{name}: {'; '.join(reading.notes)} stay in the copy in the folder “kept” beside it.")
    merged = merge(ledger.groups, ledger.conflicts, sources, when)
    labels = {place: row.label for source in sources for place, row in source.reading.rows.items() if row.label}
    groups = {group: _labelled(group, marks, labels) for group, marks in merged.marks.items()}
    conflicts = tuple(merged.conflicts.values())
    changed = groups != ledger.groups or conflicts != ledger.conflicts
    serial = max([ledger.serial, *(source.reading.identity.serial for source in sources)]) + changed
    _say_merged(book, ledger, groups, conflicts)
    book.ledger = ledger.model_copy(update={"groups": groups, "conflicts": conflicts, "files": files, "serial": serial})


def _labelled(group: str, marks: dict[str, Mark], labels: Mapping[tuple[str, str], str]) -> dict[str, Mark]:
    return {
        key: mark.model_copy(update={"label": labels[group, key]})
        if (group, key) in labels and not mark.label
        else mark
        for key, mark in marks.items()
    }


def _say_blocked(book: MarksBook, name: str, state: FileState) -> None:
    if state.blocked:
        book.messages.append(f"{name} stays as it is: {state.blocked}.")


def _say_older(book: MarksBook, name: str, cells: list[tuple[str, str, str]]) -> None:
    """That an old copy, or a workbook that was put back, does not bring back by itself what was changed since."""
    if cells:
        are, they = ("is", "it does") if len(cells) == 1 else ("are", "they do")
        where = first_few([f"{group} {key} ({field})" for group, key, field in cells])
        book.messages.append(
            f"{name} is a copy of an earlier harvest: {plural(len(cells), 'cell')} in it {are} older than the marks "
            f"that are known, and {they} not take their place: {where}. To have them back, copy them into the new "
            "workbook; for many, there is `harvester marks restore`."
        )


def _say_merged(
    book: MarksBook, before: Ledger, groups: Mapping[str, Mapping[str, Mark]], conflicts: tuple[Conflict, ...]
) -> None:
    _say_conflicts(book.messages, before.conflicts, conflicts)
    for group, marks in groups.items():
        known = before.groups.get(group, {})
        cleared = [key for key, mark in marks.items() if mark.blank and key in known and not known[key].blank]
        if len(cleared) >= _MANY_CLEARED:
            book.messages.append(
                f"{called(group)}: {len(cleared)} marks were cleared in a workbook. "
                f"`harvester marks history COURSE {shlex.quote(group)}` shows them, `harvester marks restore COURSE "
                "--at TIME --groups ...` brings them back, and the workbooks of before are in the folders “kept”."
            )


def _say_conflicts(messages: list[str], before: tuple[Conflict, ...], conflicts: tuple[Conflict, ...]) -> None:
    known = {one.id for one in before}
    new = [one for one in conflicts if one.id not in known]
    twice = [one for one in new if len({source for source, _ in one.values}) == 1]
    if apart := [one for one in new if one not in twice]:
        were, wait = ("was", "waits") if len(apart) == 1 else ("were", "wait")
        what = f"{plural(len(apart), 'cell')} {were} changed in two workbooks to different values, and {wait}"
        messages.append(f"{what}: {first_few([*map(_say_cell, apart)])}.")
    if twice:
        stand, wait = ("stands", "waits") if len(twice) == 1 else ("stand", "wait")
        what = f"{plural(len(twice), 'cell')} {stand} twice in one workbook with different values, and {wait}"
        messages.append(f"{what}: {first_few([f'{_say_cell(one)} in {one.values[0][0]}' for one in twice])}.")


def _say_cell(one: Conflict) -> str:
    return f"{one.group} {one.key} ({one.field})"


def _natural(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isascii() and name.isdigit() else (10**12, name)
