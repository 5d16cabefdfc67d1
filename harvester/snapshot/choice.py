"""Which commit is graded."""

import re
from dataclasses import dataclass
from datetime import datetime

from harvester.errors import SnapshotError
from harvester.models.status import Status
from harvester.snapshot.history import Log, first_parents
from harvester.snapshot.objects import Objects

_SHA = re.compile(r"[0-9a-f]{4,64}")
_WHOLE = 40


@dataclass(frozen=True)
class Choice:
    """The graded commit and how it was chosen (`Snapshot.method`)."""

    sha: str
    method: str


@dataclass(frozen=True)
class Sightings:
    """What is known of where the default branch stood at the deadline; only commits that the log has.

    `pushed` is what the push log says, `before` and `after` what the syncs around the deadline saw.
    """

    pushed: str | None = None
    before: str | None = None
    after: str | None = None


def choose_commit(
    log: Log, head: str, deadline: datetime | None, sightings: Sightings = Sightings(), named: str = "the deadline"
) -> Choice:
    """Where the default branch stood at the deadline, by the best that is known; the head where there is none.

    The push log settles it; else a head that syncs saw before the deadline. Between two syncs, and without any, the
    newest commit on the branch's own line counts that is dated early enough. The line is that of first parents: what
    was merged later does not count, whenever it was written. `named` is what an error calls the deadline.

    Raises
    ------
    SnapshotError
        Status `empty`: no commit is early enough.
    """
    if deadline is None:
        return Choice(head, "head")
    if sightings.pushed is not None:
        return Choice(sightings.pushed, "push_log")
    before, after = sightings.before, sightings.after
    if before is not None and after in (None, before):
        return Choice(before, "first_seen")
    first = log[after or head]
    for entry in first_parents(log, after or head):
        if entry.commit.sha == before:
            return Choice(before, "first_seen")
        if entry.time <= deadline:
            return Choice(entry.commit.sha, "committer_date")
        first = entry
    raise SnapshotError(
        f"There is no commit before {named} ({show_moment(deadline)}); the first is of {show_moment(first.time)}.",
        "Ask the group, or grade a later commit by its sha.",
        Status.EMPTY,
    )


def resolve_commit(objects: Objects, text: str) -> str:
    """The full sha of a commit that a person named by its first characters or more.

    Raises
    ------
    SnapshotError
        It is no sha, or the mirror has no such commit, or several.
    """
    name = text.strip().lower()
    found = objects.sizes([f"{name}^{{commit}}"]) if _SHA.fullmatch(name) else {}
    oid = next(iter(found.values()), None)
    if oid is None:
        unseen = "No branch that a sync saw leads to it; sync once more."
        hint = unseen if len(name) >= _WHOLE else "Name it by its whole sha."
        raise SnapshotError(f"The mirror has no commit {text[:80]!r}.", hint)
    return oid[0]


def show_moment(moment: datetime) -> str:
    """A time with its offset, to the second."""
    zone = moment.strftime("%z")
    return f"{moment:%Y-%m-%d %H:%M:%S} {zone[:3]}:{zone[3:5]}"
