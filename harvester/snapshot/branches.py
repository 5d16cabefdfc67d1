"""The branches that are not merged into the graded commit, and what only they have."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from harvester.snapshot.history import Log, LoggedCommit, first_parents
from harvester.snapshot.kept import KeptBranch
from harvester.snapshot.trees import Difference, with_size

MOST_BRANCHES = 30
_MOST_COMPARED = 200


@dataclass(frozen=True)
class OpenBranch:
    """An unmerged branch at its newest commit in time, and how its tree differs from the graded one."""

    name: str
    tip: LoggedCommit
    difference: Difference
    own: frozenset[str]
    changed: Mapping[str, tuple[str, ...]]


def find_tips(
    log: Log, history: list[LoggedCommit], tips: Mapping[str, str], deadline: datetime | None
) -> list[tuple[str, LoggedCommit]]:
    """The newest 200 unmerged branches with their newest commits, newest first.

    Parameters
    ----------
    history
        The commits that lead to the graded one, itself first.
    tips
        Branch name -> sha, without the default branch.
    deadline
        A branch counts as it stood then.
    """
    merged = {entry.commit.sha for entry in history}
    found: dict[str, tuple[str, LoggedCommit]] = {}
    stood: dict[str, LoggedCommit | None] = {}
    for name, sha in sorted(tips.items()):
        tip = find_stand(log, sha, deadline, stood)
        if tip is not None and tip.commit.sha not in merged:
            found.setdefault(tip.commit.sha, (name, tip))
    return sorted(found.values(), key=lambda pair: (-pair[1].time.timestamp(), pair[0]))[:_MOST_COMPARED]


def choose_branches(
    tips: Iterable[tuple[str, LoggedCommit]],
    differences: Iterable[Difference],
    history: list[LoggedCommit],
    present: Iterable[str],
) -> list[OpenBranch]:
    """Thirty of the branches that `find_tips` gives, those with paths of their own before the others.

    Parameters
    ----------
    differences
        What each has other than the graded commit, whose paths are `present`.
    """
    compared = list(zip(tips, differences, strict=True))
    if not compared:
        return []
    known = {change.path for entry in history for change in entry.changes} | set(present)
    versions = _versions(history, {path for _, difference in compared for path, entry in difference.items() if entry})
    branches = [
        OpenBranch(
            name,
            tip,
            difference,
            frozenset(path for path, entry in difference.items() if entry) - known,
            {
                path: old
                for path, entry in difference.items()
                if entry and entry.oid not in (old := versions.get(path, ()))
            },
        )
        for (name, tip), difference in compared
    ]
    return sorted(branches, key=lambda branch: not branch.own)[:MOST_BRANCHES]


def find_stand(
    log: Log, sha: str, deadline: datetime | None, known: dict[str, LoggedCommit | None]
) -> LoggedCommit | None:
    """Where a branch stood at the deadline: the first commit of its own line that is no later, None where all are.

    `known` is where the branches stood that led through each commit: many may share thousands of late ones.
    """
    passed: list[str] = []
    found = None
    for entry in first_parents(log, sha):
        if entry.commit.sha in known:
            found = known[entry.commit.sha]
            break
        passed.append(entry.commit.sha)
        if deadline is None or entry.time <= deadline:
            found = entry
            break
    known.update(dict.fromkeys(passed, found))
    return found


def _versions(history: list[LoggedCommit], paths: Container[str]) -> Mapping[str, tuple[str, ...]]:
    """Path -> blob ids that the graded history ever had there, newest first; of these paths."""
    found: dict[str, list[str | None]] = {}
    for entry in history:
        for path, _, old, new in entry.changes:
            if path in paths:
                found.setdefault(path, []).extend((new, old))
    return {path: tuple(filter(None, dict.fromkeys(ids))) for path, ids in found.items()}


def keep_branch(branch: OpenBranch, graded: Container[str], sizes: Mapping[str, int]) -> KeptBranch:
    """The branch with its files' sizes; `graded` are the graded commit's paths."""
    difference = {path: with_size(entry, sizes) if entry else None for path, entry in branch.difference.items()}
    changed = {path: ids for path, ids in branch.changed.items() if path in graded and path not in branch.own}
    return KeptBranch(branch.name, branch.tip.commit.sha, difference, branch.own, changed)
