"""Marks follow their group when its name in the sheets changes: its id where names are shown, else its pseudonym."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from harvester.models.group import safe_name
from harvester.models.marks import FIELDS, Conflict, Context, Mark, Value
from harvester.models.record import GroupRecord
from harvester.outputs.anonymous import mask_record
from harvester.outputs.anonymous_key import MEMBER_PREFIX, AnonymousKey
from harvester.outputs.contexts import contexts_of
from harvester.outputs.ledger import Ledger
from harvester.outputs.merging import Merged, Source, merge
from harvester.outputs.workbook_meta import Baseline, Identity, class_id
from harvester.outputs.workbook_reader import Reading, Row

_TYPED_ID = re.compile(r"“([^“”@]*)(?:@([^“”@]*))?”$")
_UNSEEN = "[masked]"


@dataclass(frozen=True)
class RowName:
    """A row under the name that holds now, and what stands beside it under either name."""

    key: str
    then: Context
    now: Context


@dataclass(frozen=True)
class Renamed:
    """A group under the name that holds now."""

    old: str
    name: str
    rows: Mapping[str, RowName]
    """By the key under the old name; what the last harvest knows."""
    member: Callable[[str], str]
    """A member's name now, from the one of before."""
    sha: Callable[[str], str]
    blind: bool
    """Whether the name that holds now must not tell who the group is."""
    rooted: bool = True
    """Whether it is known what the beginnings of the group's history are called now."""

    def key(self, key: str) -> str:
        """A row's key; those of members are names, too."""
        if key in self.rows:
            return self.rows[key].key
        return f"m:{self.member(key[2:])}" if key.startswith("m:") else key

    def context(self, key: str, context: Context) -> Context:
        """What a mark was given against, in the words that are shown now; so that a new name alone flags nothing."""
        row, sha = self.rows.get(key), self.sha(context.sha)
        roots = " ".join(map(self.sha, context.roots.split())) if self.rooted else ""
        kept = {"sha", "roots", "steps", "most"}
        if row and context.model_dump(exclude=kept) == row.then.model_dump(exclude=kept):
            return row.now.model_copy(update={"sha": sha, "roots": roots, "most": context.most})
        begins = _UNSEEN if self.blind and context.begins else context.begins
        return context.model_copy(update={"sha": sha, "begins": begins, "roots": roots, "steps": ""})

    def label(self, label: str) -> str:
        """What a mark without a home was about: it may hold an id of the group's, as a grader typed it."""
        typed = _TYPED_ID.search(label)
        if typed is None or typed[2] not in (None, self.old):
            return label
        key = self.key(typed[1])
        return f"{label[: typed.start()]}“{class_id(key, self.name) if typed[2] else key}”"

    def source(self, path: str) -> str:
        """A workbook of the group's own folder, or a text that names some, as graders may read it."""
        return path.replace(f"groups/{safe_name(self.old)}/", f"groups/{safe_name(self.name)}/")

    def mark(self, key: str, mark: Mark) -> Mark:
        """A mark of a row, with its history."""
        history = tuple(
            one.model_copy(update={"was": self.context(key, one.was)}) if one.was else one for one in mark.history
        )
        update = {"against": self.context(key, mark.against), "label": self.label(mark.label), "history": history}
        return mark.model_copy(update=update)

    def conflict(self, one: Conflict) -> Conflict:
        """A conflict over one of the group's cells."""
        values = tuple((self.source(path), value) for path, value in one.values)
        return one.model_copy(update={"group": self.name, "key": self.key(one.key), "values": values})


Renaming = Callable[[str], Renamed | None]
"""The group under the name that holds now; None for one that has it, or that nobody knows."""


def rename_group(
    real: str, record: GroupRecord | None, key: AnonymousKey, *, blind: bool, members: Iterable[str] = ()
) -> Renamed:
    """Between a group's id and its pseudonym.

    Parameters
    ----------
    record
        The group as the last harvest left it, with its names; None where there was none.
    blind
        Whether the pseudonym is the name that holds now.
    members
        Whom the roster has in the group; those of the record are known anyway.
    """
    rows: dict[str, RowName] = {}
    people = {key.member(real, one): one for one in members}
    shas: dict[str, str] = {}
    if record is not None:
        shown, masked = contexts_of(record), contexts_of(mask_record(record, key)[0])
        if [one[:2] for one in shown] == [one[:2] for one in masked]:
            before, after = (shown, masked) if blind else (masked, shown)
            rows = {
                old: RowName(new, then, now)
                for (old, then), (new, now) in zip(before.items(), after.items(), strict=True)
            }
        people |= {key.member(real, one.id): one.id for one in record.group.members}
        known = (record.snapshot.sha, *record.snapshot.roots) if record.snapshot else ()
        shas = {key.sha(sha): sha for sha in known}
    if blind:
        return Renamed(real, key.group(real), rows, lambda one: _masked(one, real, key), key.sha, blind=True)

    def unmasked(sha: str) -> str:
        return shas.get(sha, sha)

    pseudonym = key.group(real)
    return Renamed(pseudonym, real, rows, lambda one: people.get(one, one), unmasked, blind=False, rooted=bool(shas))


def _masked(member: str, group: str, key: AnonymousKey) -> str:
    """A member's pseudonym; one who had left when the names came back was left with it."""
    return member if member.startswith(MEMBER_PREFIX) else key.member(group, member)


def rename_ledger(ledger: Ledger, renaming: Renaming, when: str) -> Ledger:
    """The marks of all groups under the names that hold now; those under both names are merged as two copies are."""
    found = {old: renaming(old) for old in (*ledger.groups, *ledger.progress)}
    renamed = {old: new for old, new in found.items() if new is not None}
    if not renamed:
        return ledger
    groups = {old: dict(marks) for old, marks in ledger.groups.items() if old not in renamed}
    if "" in groups:
        groups[""] = {
            key: mark.model_copy(update={"label": _relabel(mark.label, renamed)}) for key, mark in groups[""].items()
        }
    conflicts = [renamed[one.group].conflict(one) if one.group in renamed else one for one in ledger.conflicts]
    for old, new in renamed.items():
        for key, mark in ledger.groups.get(old, {}).items():
            both = _merge((new.name, new.key(key)), groups.get(new.name, {}), new.mark(key, mark), when)
            groups |= both.marks
            conflicts += both.conflicts.values()
    progress = {renamed[old].name: one for old, one in ledger.progress.items() if old in renamed}
    progress |= {old: one for old, one in ledger.progress.items() if old not in renamed}
    return ledger.model_copy(update={"groups": groups, "conflicts": tuple(conflicts), "progress": progress})


def rename_source(source: Source, renaming: Renaming) -> Source:
    """A workbook that was written under the other names, as if it had been written under those that hold now."""
    reading = source.reading
    groups = dict.fromkeys((reading.identity.group, *reading.baselines, *(group for group, _ in reading.rows)))
    renamed = {old: new for old in groups if (new := renaming(old)) is not None}
    if not renamed:
        return source
    rows: dict[tuple[str, str], Row] = {}
    for (old, key), row in reading.rows.items():
        new = renamed.get(old)
        place = (new.name, new.key(key)) if new else (old, key)
        label = new.label(row.label) if new else _relabel(row.label, renamed)
        rows[place] = replace(row, label=label, values=_joined(rows.get(place, Row()).values, row.values))
    baselines = {}
    for old, written in reading.baselines.items():
        new = renamed.get(old)
        baselines[new.name if new else old] = _rename_baselines(new, written) if new else written
    seen = {}
    for old, cells in source.seen.items():
        new = renamed.get(old)
        seen[new.name if new else old] = {new.key(key) if new else key: values for key, values in cells.items()}
    name = source.name
    for new in renamed.values():
        name = new.source(name)
    return replace(source, name=name, reading=replace(reading, rows=rows, baselines=baselines), seen=seen)


def _rename_baselines(new: Renamed, written: Mapping[str, Baseline]) -> dict[str, Baseline]:
    return {new.key(key): replace(base, context=new.context(key, base.context)) for key, base in written.items()}


def _relabel(label: str, renamed: Mapping[str, Renamed]) -> str:
    """The label of a row of the class workbook, which may be any group's."""
    typed = _TYPED_ID.search(label)
    new = renamed.get(typed[2]) if typed else None
    return new.label(label) if new else label


def _joined(some: Mapping[str, list[Value]], more: Mapping[str, list[Value]]) -> dict[str, list[Value]]:
    """The cells of a row that stands in a workbook under two names."""
    return {name: [*some.get(name, ()), *more.get(name, ())] for name in (*some, *more)}


def _merge(place: tuple[str, str], known: Mapping[str, Mark], mark: Mark, when: str) -> Merged:
    """A group's marks, and one that it had under its other name."""
    group, key = place
    if key not in known:
        return Merged({group: {**known, key: mark}}, {})
    row = Row({name: [value] for name in FIELDS if (value := getattr(mark, name)) is not None})
    reading = Reading(Identity("group", "", 0, group), {place: row}, {group: {key: Baseline(context=mark.against)}})
    merged = merge({group: dict(known)}, (), [Source("marks under the other name", reading)], when)
    now = merged.marks[group][key]
    history = sorted((*mark.history, *now.history), key=lambda event: event.when)
    update = {"history": tuple(history), "label": now.label or mark.label}
    merged.marks[group][key] = now.model_copy(update=update)
    return merged
