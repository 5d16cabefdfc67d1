"""Three-way merge of marks: what each workbook says, what was written into it, and what is known.

A cell counts as changed where it differs from what its own workbook was last seen to hold. One change, or several to
the same value, become the mark. Changes to different values, and a change to a cell that has moved on since the
workbook was written (a copy that comes back), are conflicts: the known value stays, both are listed. The initials that
came with such a decision wait with it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harvester.models.marks import FIELDS, ORDINALS, Conflict, Context, Mark, MarkEvent, Value
from harvester.outputs.workbook_meta import shorten
from harvester.outputs.workbook_reader import Reading, Row

Ledger = dict[str, dict[str, Mark]]
"""Group -> key -> mark."""
Seen = Mapping[str, Mapping[str, Mapping[str, Value]]]


@dataclass(frozen=True)
class Source:
    """One workbook that was read, and what it was last seen to hold."""

    name: str
    reading: Reading
    seen: Seen = field(default_factory=dict)
    newer: bool = False
    """Whether it was written from a later generation of marks than the known ones (a restored `marks.json`)."""


@dataclass(frozen=True)
class Change:
    """A cell that is not what its workbook was last seen to hold."""

    source: str
    old: Value
    new: Value
    context: Context
    dated: bool = False
    """Whether an old copy may speak: the cell is again what was written, after it was seen to hold another value, or
    it was restored after the workbook was written."""


@dataclass
class Merged:
    """The marks after a merge, and what could not be merged."""

    marks: Ledger
    conflicts: dict[str, Conflict]


def merge(known: Ledger, open_conflicts: Iterable[Conflict], sources: Sequence[Source], when: str) -> Merged:
    """Bring what the workbooks say into the known marks.

    Parameters
    ----------
    known, open_conflicts
        The marks and unsettled conflicts of the last run.
    sources
        The workbooks that somebody may have changed since.
    when
        ISO 8601; the time that the history gives.
    """
    merged = Merged({group: dict(marks) for group, marks in known.items()}, {one.id: one for one in open_conflicts})
    _settle(merged, sources, when)
    rows = dict.fromkeys(place for source in sources for place in source.reading.rows)
    for group, key in rows:
        for name in FIELDS:
            place = (group, key, name)
            changes = [one for source in sources for one in _changes(source, place, merged.marks)]
            if name == "grader":
                changes = _withhold(merged, (group, key), changes, when)
            if changes:
                _apply(merged, place, changes, when)
        _acknowledge(merged, sources, (group, key), when)
    return merged


def unwritten(reading: Reading) -> dict[str, dict[str, dict[str, Value]]]:
    """Cells of a workbook that differ from what was written into it: what it has been seen to hold."""
    seen: dict[str, dict[str, dict[str, Value]]] = {}
    for (group, key), row in reading.rows.items():
        base = reading.baseline(group, key)
        for name, values in row.values.items():
            for value in _changed(values, base.values.get(name)):
                seen.setdefault(group, {}).setdefault(key, {})[name] = shorten(value)
    return seen


def older_cells(source: Source, known: Ledger) -> list[tuple[str, str, str]]:
    """Cells with a text that nobody typed since the workbook was written, and that the known marks have no more."""
    return [
        (group, key, name)
        for (group, key), row in source.reading.rows.items()
        if not source.newer and (mark := known.get(group, {}).get(key)) is not None
        for name, written in source.reading.baseline(group, key).values.items()
        if name in row.values and not _changed(row.values[name], written) and shorten(getattr(mark, name)) != written
    ]


def _changes(source: Source, place: tuple[str, str, str], marks: Ledger) -> list[Change]:
    """The changes of one cell in one workbook: none, one, or several where its row stands there more than once."""
    group, key, name = place
    row = source.reading.rows.get((group, key))
    if row is None or name not in row.values:
        return []
    base = source.reading.baseline(group, key)
    written = base.values.get(name)
    mark = marks.get(group, {}).get(key)
    known = shorten(getattr(mark, name)) if mark else None
    own = not source.newer and mark is not None
    last = source.seen.get(group, {}).get(key, {}).get(name, written) if own else known
    news = _changed(row.values[name], last)
    before = own and source.reading.identity.serial < _restored(mark, name) if news else False
    return [
        Change(source.name, last, one, base.context, before or (own and last != written and shorten(one) == written))
        for one in news
        if mark is not None or one is not None
    ]


def _restored(mark: Mark | None, name: str) -> int:
    """The generation of marks since which a cell is what it had been before; 0 where nobody restored it."""
    return max((one.serial for one in mark.history if one.field == name), default=0) if mark else 0


def _changed(values: Sequence[Value], last: Value) -> list[Value]:
    """What a cell was changed to. Where its row stands more than once, a blank never wins over a text."""
    changed = {shorten(value): value for value in values if shorten(value) != last}
    if any(value is not None for value in values):
        changed.pop(None, None)
    return list(changed.values())


def _withhold(merged: Merged, row: tuple[str, str], changes: list[Change], when: str) -> list[Change]:
    """The changes of a grader's initials without those of a decision, or points, that were just found in conflict."""
    initials = {one.source: str(one.new or "") for one in changes}
    waiting: set[str] = set()
    for id_, one in list(merged.conflicts.items()):
        if (one.group, one.key) == row and one.since == when and one.field in ("decision", "points"):
            graders = tuple(initials.get(source, "") for source, _ in one.values)
            merged.conflicts[id_] = one.model_copy(update={"graders": graders})
            waiting |= {source for source, _ in one.values}
    return [one for one in changes if one.source not in waiting]


def _apply(merged: Merged, place: tuple[str, str, str], changes: Sequence[Change], when: str) -> None:
    group, key, name = place
    mark = merged.marks.get(group, {}).get(key) or Mark()
    known: Value = getattr(mark, name)
    news = [one for one in changes if shorten(one.new) != shorten(known)]
    if not news:
        _close(merged, place)
        return
    values = {shorten(one.new) for one in news}
    stale = any(one.dated or one.old != shorten(known) for one in news)
    if len(values) > 1 or stale:
        said = [(one.source, one.new) for one in news]
        if stale and len(said) == 1:
            said.append(("known from another workbook", known))
        _close(merged, place)
        conflict = _conflict(place, known, tuple(said), when)
        merged.conflicts[conflict.id] = conflict
        return
    _close(merged, place)
    _set(merged, place, news[0], when)


def _set(merged: Merged, place: tuple[str, str, str], change: Change, when: str) -> None:
    group, key, name = place
    marks = merged.marks.setdefault(group, {})
    mark = marks.get(key) or Mark(first_seen=when)
    event = MarkEvent(
        when=when,
        field=name,
        old=getattr(mark, name),
        new=change.new,
        source=change.source,
        grader=mark.grader or "",
        sha=change.context.sha,
    )
    marks[key] = mark.after(event, change.context if change.context != Context() else mark.against)


def _acknowledge(merged: Merged, sources: Sequence[Source], place: tuple[str, str], when: str) -> None:
    """A cleared flag says that the mark holds for what now stands beside it."""
    group, key = place
    mark = merged.marks.get(group, {}).get(key)
    for source in sources:
        row: Row | None = source.reading.rows.get(place)
        base = source.reading.baseline(group, key)
        if mark is None or row is None or not base.flag or row.flag_cleared is not True or mark.against == base.context:
            continue
        event = MarkEvent(when=when, field="flag", old=base.flag, source=source.name, sha=base.context.sha)
        mark = mark.after(event, base.context)
        merged.marks[group][key] = mark


def _settle(merged: Merged, sources: Sequence[Source], when: str) -> None:
    """Conflicts for which a grader chose previous, first, second, ..."""
    for id_, conflict in list(merged.conflicts.items()):
        choices = {choice for source in sources if (choice := source.reading.settled.get(id_))}
        if len(choices) != 1:
            continue
        values = dict(zip(ORDINALS, conflict.values, strict=False))
        choice = choices.pop()
        place = (conflict.group, conflict.key, conflict.field)
        if choice == "previous":
            del merged.conflicts[id_]
        elif choice in values:
            del merged.conflicts[id_]
            mark = merged.marks.get(conflict.group, {}).get(conflict.key) or Mark()
            source = f"settled: {values[choice][0]}"
            _set(merged, place, Change(source, conflict.previous, values[choice][1], mark.against), when)
            grader = dict(zip(ORDINALS, conflict.graders, strict=False)).get(choice)
            if grader and grader != mark.grader:
                _set(merged, (*place[:2], "grader"), Change(source, mark.grader, grader, mark.against), when)


def _close(merged: Merged, place: tuple[str, str, str]) -> None:
    for id_, one in list(merged.conflicts.items()):
        if (one.group, one.key, one.field) == place:
            del merged.conflicts[id_]


def _conflict(place: tuple[str, str, str], known: Value, values: tuple[tuple[str, Value], ...], when: str) -> Conflict:
    group, key, name = place
    text = repr((place, known, values, when))
    id_ = f"c:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}"
    return Conflict(id=id_, group=group, key=key, field=name, previous=known, values=values, since=when)
