"""All commits of a repository in one `git log`, and what can be said of them without reading any file."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from harvester.errors import SnapshotError
from harvester.models.snapshot import Commit
from harvester.snapshot.objects import Objects
from harvester.snapshot.text import read_coauthors, read_moment, read_person, show_path

MOST_COMMITS = 20_000
_FIELDS = ("%H", "%P", "%T", "%an", "%ae", "%ad", "%cd", "%B")
_LONGEST_MESSAGE = 20_000
_NO_BLOB = frozenset(("0" * 40, "0" * 64))


class Change(NamedTuple):
    """One path that a commit changed against its first parent. A blob id is None where there was, or is, no file."""

    path: str
    raw_path: bytes
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class LoggedCommit:
    """A commit of the log, its tree's id, and the paths it changed (none for a merge)."""

    commit: Commit
    tree: str
    changes: tuple[Change, ...]

    @property
    def time(self) -> datetime:
        """When it was committed."""
        return self.commit.committed_at


Log = Mapping[str, LoggedCommit]


def read_log(objects: Objects, tips: Iterable[str]) -> Log:
    """Every commit that leads to one of the tips, by sha.

    Raises
    ------
    SnapshotError
        More than 20,000 commits, or a damaged mirror.
    """
    args = ["log", "--stdin", "--raw", "-z", "--no-renames", "--no-abbrev", "--no-notes", "--no-decorate"]
    args += ["--no-ext-diff", "--no-textconv", "--date=raw", "--encoding=UTF-8", "--diff-merges=off", "--root"]
    args += [f"--max-count={MOST_COMMITS + 1}", f"--format={'%x00'.join(_FIELDS)}"]
    log = {entry.commit.sha: entry for entry in _parse(objects.run(args, data=tips))}
    if len(log) > MOST_COMMITS:
        raise SnapshotError(f"The repository has more than {MOST_COMMITS:,} commits, which is more than is read.")
    return log


def _parse(out: bytes) -> Iterator[LoggedCommit]:
    tokens = out.split(b"\0")
    at = 0
    while at + len(_FIELDS) < len(tokens):
        fields = [token.decode("utf-8", errors="replace") for token in tokens[at : at + len(_FIELDS)]]
        at += len(_FIELDS)
        changes = []
        if tokens[at].startswith(b"\n:"):
            tokens[at] = tokens[at][1:]
        while tokens[at].startswith(b":"):
            _, _, old, new, _ = tokens[at].decode().split(" ")
            path = tokens[at + 1]
            changes.append(
                Change(show_path(path), path, None if old in _NO_BLOB else old, None if new in _NO_BLOB else new)
            )
            at += 2
        yield _commit(fields, tuple(changes))


def _commit(fields: list[str], changes: tuple[Change, ...]) -> LoggedCommit:
    sha, parents, tree, name, mail, authored, committed, message = fields
    message = message.strip()[:_LONGEST_MESSAGE]
    commit = Commit(
        sha=sha,
        parents=tuple(parents.split()),
        author=read_person(name, mail),
        authored_at=read_moment(authored),
        committed_at=read_moment(committed),
        message=message,
        coauthors=read_coauthors(message),
    )
    return LoggedCommit(commit, tree, changes)


def walk(log: Log, sha: str) -> list[LoggedCommit]:
    """The commits that lead to one, itself first, then newest first; equal times in the order of their shas."""
    start = log[sha]
    heap = [(-start.time.timestamp(), sha)]
    seen = {sha}
    found = []
    while heap:
        _, sha = heapq.heappop(heap)
        entry = log[sha]
        found.append(entry)
        for parent in entry.commit.parents:
            if parent in log and parent not in seen:
                seen.add(parent)
                heapq.heappush(heap, (-log[parent].time.timestamp(), parent))
    return found


def first_parents(log: Log, sha: str) -> Iterator[LoggedCommit]:
    """A branch's own line: its tip, the tip's first parent, and so on."""
    step: str | None = sha
    while step is not None and (entry := log.get(step)) is not None:
        yield entry
        step = entry.commit.parents[0] if entry.commit.parents else None


def find_deleted(history: Iterable[LoggedCommit], present: Iterable[str]) -> dict[str, str]:
    """Path -> sha of the newest commit that deleted it, for what is not there any more. A move is no deletion."""
    gone: dict[str, str] = {}
    there = set(present)
    for entry in history:
        missing = [change for change in entry.changes if change.new is None and change.path not in there]
        added = {change.new for change in entry.changes if change.old is None} if missing else ()
        for change in missing:
            if change.old not in added:
                gone.setdefault(change.path, entry.commit.sha)
    return dict(sorted(gone.items()))
