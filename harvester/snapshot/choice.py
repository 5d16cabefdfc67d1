"""Which commit is graded."""

import re
from dataclasses import dataclass
from datetime import datetime

from harvester.errors import SnapshotError
from harvester.models.status import Status
from harvester.snapshot.history import Log, first_parents
from harvester.snapshot.objects import Objects

_SHA = re.compile(r"[0-9a-f]{4,64}")


@dataclass(frozen=True)
class Choice:
    """The graded commit and how it was chosen (`Snapshot.method`)."""

    sha: str
    method: str


def choose_commit(log: Log, head: str, deadline: datetime | None) -> Choice:
    """The newest commit on the default branch's own line at the deadline; the head where there is none.

    The line is that of first parents: what was merged later does not count, whenever it was written.

    Raises
    ------
    SnapshotError
        Status `empty`: no commit is early enough.
    """
    if deadline is None:
        return Choice(head, "head")
    first = log[head]
    for entry in first_parents(log, head):
        if entry.time <= deadline:
            return Choice(entry.commit.sha, "committer_date")
        first = entry
    raise SnapshotError(
        f"There is no commit before the deadline ({_show(deadline)}); the first is of {_show(first.time)}.",
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
        raise SnapshotError(f"The mirror has no commit {text[:80]!r}.", "Name it by its whole sha.")
    return oid[0]


def _show(moment: datetime) -> str:
    zone = moment.strftime("%z")
    return f"{moment:%Y-%m-%d %H:%M:%S} {zone[:3]}:{zone[3:5]}"
