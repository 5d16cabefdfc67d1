"""Takes a snapshot of a mirror: a handful of git processes, nothing written, nothing fetched."""

import operator
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from pathlib import Path

from harvester.errors import SnapshotError
from harvester.models.github import PushLog
from harvester.models.mirror import REPOSITORY, MirrorState
from harvester.models.snapshot import Commit, EntryKind, History, Snapshot
from harvester.models.status import Status
from harvester.snapshot.branches import choose_branches, find_tips, keep_branch
from harvester.snapshot.choice import Choice, Sightings, choose_commit, resolve_commit
from harvester.snapshot.history import Log, LoggedCommit, find_deleted, read_log, walk
from harvester.snapshot.kept import KeptSnapshot
from harvester.snapshot.lines import Counts, count_lines, find_sources, list_blobs
from harvester.snapshot.objects import Objects
from harvester.snapshot.oddities import Moments, find_oddities
from harvester.snapshot.text import show_name
from harvester.snapshot.trees import read_trees, with_size

_HEADS = "refs/heads/"
_TAGS = "refs/tags/"
_MOST_TAGS = 1_000
Remember = Callable[[Callable[[], KeptSnapshot]], KeptSnapshot]
"""Given what makes something: what it made before of the same things, else what it makes now."""


def take_snapshot(
    folder: Path,
    state: MirrorState,
    *,
    deadline: datetime | None = None,
    web_url: str | None = None,
    choose: str | None = None,
    at: datetime | None = None,
    pushes: PushLog | None = None,
    remember: Remember = operator.call,
) -> Snapshot:
    """The graded commit of a mirror, in memory.

    Parameters
    ----------
    folder
        The group's folder under `mirrors`.
    state
        What its state file says: only these refs are read, whatever else a sync under way may have put there.
    deadline
        The last commit of the default branch at that time is graded; its newest one where there is none.
    choose
        The sha (or its beginning) of a commit that staff chose to grade instead.
    at
        A time that staff chose instead of the deadline.
    pushes
        The push log of the default branch, where it is known.
    remember
        Given what looks into the mirror: gives what that gave before of the same mirror and settings, else calls it.

    Raises
    ------
    SnapshotError
        Status `empty` where there is no commit, or none early enough; `failed` where the mirror is damaged or holds
        more than 20,000 commits or 200,000 files.
    """
    if state.head is None:
        raise SnapshotError(state.problem or "The repository is empty.", state.hint, Status.EMPTY)
    objects, head = Objects(folder / REPOSITORY), state.head

    def look() -> KeptSnapshot:
        graded = _choose(objects, state, deadline, choose, at, pushes)
        oddities = find_oddities(graded.log, graded.history, Moments(state, graded.method, graded.moment, pushes))
        return replace(_look(objects, state, graded, head), deadline=deadline, web_url=web_url, problems=oddities)

    return remember(look).open(objects)


def _look(objects: Objects, state: MirrorState, graded: "_Graded", head: str) -> KeptSnapshot:
    log, history = graded.log, graded.history
    default = f"{_HEADS}{state.default_branch or ''}"
    others = {name.removeprefix(_HEADS): sha for name, sha in _tips(state).items() if name != default}
    tips = find_tips(log, history, others, graded.moment)
    entries, differences = read_trees(objects, history[0].tree, [tip.tree for _, tip in tips])
    branches = choose_branches(tips, differences, history, entries)
    changed = [entry for branch in branches for entry in branch.difference.values() if entry]
    tags = {name.removeprefix(_TAGS): f"{sha}^{{commit}}" for name, sha in state.refs.items() if name.startswith(_TAGS)}
    names = sorted(tags)[:_MOST_TAGS]
    touched = find_sources(history)
    blobs = {entry.oid for entry in (*entries.values(), *changed) if entry.kind is not EntryKind.SUBMODULE}
    blobs.update(oid for changes in touched.values() for oid in list_blobs(changes))
    known = objects.sizes([*blobs, *(tags[name] for name in names)])
    sizes = {oid: found[1] for oid in blobs if (found := known[oid])}
    counts = count_lines(objects, touched, sizes)
    open_branches = tuple(keep_branch(branch, entries, sizes) for branch in branches)
    replaced = {oid for branch in open_branches for ids in branch.changed.values() for oid in ids}
    return KeptSnapshot(
        sha=graded.sha,
        branch=show_name(default.removeprefix(_HEADS)),
        committed_at=history[0].time,
        entries=tuple(with_size(entry, sizes) for entry in entries.values()),
        replaced={oid: sizes[oid] for oid in sorted(replaced) if oid in sizes},
        history=History(
            commits=tuple(_with_lines(entry.commit, counts or {}) for entry in history),
            tags=tuple((show_name(name), found[0]) for name in names if (found := known[tags[name]])),
            deleted=find_deleted(history, entries),
            counted=counts is not None,
        ),
        branches=open_branches,
        branch_names=tuple(sorted(show_name(name.removeprefix(_HEADS)) for name in _tips(state))),
        commits_after_deadline=_count_later(log, head, graded.due),
        method=graded.method,
    )


@dataclass(frozen=True)
class _Graded:
    """The graded commit, how it was chosen, what leads to it (itself first), and the log of all branches.

    `due` is what was there at the deadline, whatever staff chose to grade; None where there is no deadline.
    """

    sha: str
    method: str
    moment: datetime | None
    log: Log
    history: list[LoggedCommit]
    due: list[LoggedCommit] | None


def _choose(
    objects: Objects,
    state: MirrorState,
    deadline: datetime | None,
    choose: str | None,
    at: datetime | None,
    pushes: PushLog | None,
) -> _Graded:
    """The commit that staff name, else the last one of the default branch at a moment (staff's, or the deadline)."""
    assert state.head is not None  # noqa: S101 - for the type checker; the caller looks first
    chosen = resolve_commit(objects, choose) if choose else None
    moment = at or deadline
    sightings = _find_sightings(objects, state, moment, pushes)
    due = _find_sightings(objects, state, deadline, pushes) if at else sightings
    seen = (chosen, *astuple(sightings), *astuple(due))
    log = read_log(objects, dict.fromkeys([state.head, *_tips(state).values(), *(sha for sha in seen if sha)]))
    if state.head not in log:
        raise SnapshotError("The default branch leads to no commit.", "Ask the group what it has pushed.")
    named = "the time that staff chose" if at else "the deadline"
    choice = Choice(chosen, "chosen") if chosen else choose_commit(log, state.head, moment, sightings, named)
    history = walk(log, choice.sha)
    there = history if not (chosen or at) else _find_due(log, state.head, deadline, due)
    return _Graded(choice.sha, "chosen" if at else choice.method, moment, log, history, there if deadline else None)


def _find_due(log: Log, head: str, deadline: datetime | None, sightings: Sightings) -> list[LoggedCommit]:
    """What leads to the commit that the deadline gives; nothing where none is early enough."""
    try:
        return walk(log, choose_commit(log, head, deadline, sightings).sha)
    except SnapshotError:
        return []


def _tips(state: MirrorState) -> dict[str, str]:
    return {name: sha for name, sha in state.refs.items() if name.startswith(_HEADS)}


def _find_sightings(objects: Objects, state: MirrorState, moment: datetime | None, pushes: PushLog | None) -> Sightings:
    """Where the branch is known to have stood, of commits that are in the mirror."""
    if moment is None:
        return Sightings()
    around = [seen.sha if seen else None for seen in state.heads_around(moment)]
    shas = [pushes.head_at(moment) if pushes else None, *around]
    there = objects.sizes(f"{sha}^{{commit}}" for sha in shas if sha and sha != state.head)
    return Sightings(*(sha if sha == state.head or there.get(f"{sha}^{{commit}}") else None for sha in shas))


def _with_lines(commit: Commit, counts: Counts) -> Commit:
    lines = counts.get(commit.sha)
    return replace(commit, changes=lines) if lines else commit


def _count_later(log: Log, head: str, due: list[LoggedCommit] | None) -> int:
    """How many commits lead to the head and were not there at the deadline."""
    there = {entry.commit.sha for entry in due or ()}
    return 0 if due is None else sum(1 for entry in walk(log, head) if entry.commit.sha not in there)
