"""What the history of marks tells: every change of a group's marks, and all of them as they were at a time."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from harvester.models.marks import FIELDS, Conflict, Context, Mark, MarkEvent, Value
from harvester.outputs.cells import show_value
from harvester.outputs.ledger import Ledger

CONFLICT = "conflict"
"""The field of an event that keeps what a conflict was about, which a restore has closed."""
Commits = Callable[[str], str]
"""What a commit of the history is called in the sheets now."""


@dataclass(frozen=True)
class Told:
    """One change of one cell. `initials` are those that stood in the row once all of the change was read."""

    key: str
    event: MarkEvent
    initials: str


def tell(marks: Mapping[str, Mark]) -> list[Told]:
    """All changes of a group's marks, oldest first."""
    told = [Told(key, event, _initials(mark, event)) for key, mark in marks.items() for event in mark.history]
    return sorted(told, key=lambda one: one.event.when)


def _initials(mark: Mark, event: MarkEvent) -> str:
    with_it = [one.new for one in mark.history if one.field == "grader" and one.when == event.when]
    return str((with_it[-1] if with_it else event.grader) or "")


@dataclass(frozen=True)
class Restoring:
    """To which moment marks are brought back, and what their history says of it. Times are UTC, to the second."""

    moment: str
    when: str
    source: str
    serial: int
    """The generation of marks that comes of it."""

    def restore(self, ledger: Ledger, groups: Mapping[str, Commits]) -> "Restored":
        """The ledger with the marks of groups as they were; everything that is given up is in their history.

        Parameters
        ----------
        groups
            By the names that the ledger has for them.
        """
        after = dict(ledger.groups)
        closed = [one for one in ledger.conflicts if one.group in groups and one.since > self.moment]
        for one in closed:
            marks = after.get(one.group, {})
            mark = marks.get(one.key) or Mark(first_seen=self.when)
            text = f"{one.field}: {'; '.join(say_values(one))}"
            event = MarkEvent(when=self.when, field=CONFLICT, old=text, source=self.source)
            after[one.group] = {**marks, one.key: mark.after(event, mark.against)}
        cells: dict[str, int] = {}
        for group, commits in groups.items():
            marks = {key: self._restore(mark, commits) for key, mark in after.get(group, {}).items()}
            if count := sum(len(_differing(mark, after[group][key])) for key, mark in marks.items()):
                after[group], cells[group] = marks, count
        conflicts = tuple(one for one in ledger.conflicts if one not in closed)
        changed = ledger.model_copy(update={"groups": after, "conflicts": conflicts, "serial": self.serial})
        return Restored(changed if cells or closed else ledger, cells, len(closed))

    def _restore(self, mark: Mark, commits: Commits) -> Mark:
        then = {name: _value_at(mark, name, self.moment) for name in FIELDS}
        against = _against_at(mark, self.moment, commits)
        for name in [name for name in FIELDS if then[name] != getattr(mark, name)]:
            event = MarkEvent(
                when=self.when,
                field=name,
                old=getattr(mark, name),
                new=then[name],
                source=self.source,
                grader=mark.grader or "",
                sha=against.sha,
                serial=self.serial,
            )
            mark = mark.after(event, against)
        return mark


@dataclass(frozen=True)
class Restored:
    """A ledger as of a time, and what has changed for that."""

    ledger: Ledger
    cells: Mapping[str, int]
    """How many of each group, for those that had any."""
    conflicts: int
    """How many were closed."""


def first_seen(ledger: Ledger, groups: Iterable[str]) -> str:
    """When the first mark of any of the groups was seen; empty where none has a mark."""
    marks = (mark for group in groups for mark in ledger.groups.get(group, {}).values())
    return min((event.when for mark in marks for event in mark.history), default="")


def _differing(some: Mark, other: Mark) -> list[str]:
    return [name for name in FIELDS if getattr(some, name) != getattr(other, name)]


def _value_at(mark: Mark, name: str, moment: str) -> Value:
    later = (event.old for event in mark.history if event.field == name and event.when > moment)
    return next(later, getattr(mark, name))


def _against_at(mark: Mark, moment: str, commits: Commits) -> Context:
    """What the mark was given against; only its commit where the history has no more, so that it is flagged."""
    later = (event.was for event in mark.history if event.when > moment and event.was is not None)
    against = next(later, mark.against)
    shas = [event.sha for event in mark.history if event.when <= moment and event.sha]
    sha = commits(shas[-1]) if shas else ""
    return against if sha in ("", against.sha) else Context(sha=sha)


def say_values(one: Conflict) -> list[str]:
    """What a conflict is about: each value, and the workbook and initials that it came with."""
    graders = (*(f", {name}" if name else "" for name in one.graders), *("" for _ in one.values))
    return [f"{show_value(value)}\n({source}{who})" for (source, value), who in zip(one.values, graders, strict=False)]
