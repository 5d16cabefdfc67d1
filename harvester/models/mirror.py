"""What a sync leaves beside a mirror: its state, written last, so that a half mirror is never read."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from harvester.models.status import Status

REPOSITORY = "repo.git"
"""The mirror itself, in the group's folder under `mirrors`."""


class Chosen(BaseModel):
    """What staff chose to grade, not what the deadline gives: a commit (by the beginning of its sha) or a time."""

    model_config = ConfigDict(frozen=True)

    commit: str | None = None
    at: datetime | None = None
    made_at: datetime


WHOLE_SHA = r"(?:[0-9a-f]{40}|[0-9a-f]{64})"
"""A pattern: the whole id of an object. What becomes part of a path may be nothing else."""
Sha = Annotated[str, Field(pattern=f"^{WHOLE_SHA}$")]


class HeadSeen(BaseModel):
    """A commit that the default branch stood at, from the first sync that saw it there to the last one in a row."""

    model_config = ConfigDict(frozen=True)

    sha: Sha
    first: datetime
    last: datetime


class MirrorState(BaseModel):
    """The state file of one group's mirror. `status` is ok, empty, unreachable or refused (or failed, for a bug).

    A sync that fails on a mirror that an earlier sync completed keeps `path` and the refs of that one: grading goes on
    from the last good state, and `problem` says so with its time.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: int = 1
    repo_url: str
    status: Status
    problem: str | None = None
    hint: str = ""
    synced_at: datetime | None = None
    """When the refs below were last seen on the server."""
    tried_at: datetime | None = None
    default_branch: str | None = None
    head: Sha | None = None
    refs: dict[str, Sha] = {}
    """Full ref name -> sha, branches and tags, as the server had them."""
    redirected_to: str | None = None
    """The canonical URL that the server sent us to, where that is another one."""
    first_seen: dict[str, datetime] = {}
    """Sha of a branch's tip -> when a sync first saw it there."""
    figures_for: str = ""
    """Head, deadline and other commits that may be graded, whose pictures above the blob limit were fetched or given
    up."""
    forced: tuple[str, ...] = ()
    """Branches whose history was rewritten between two syncs, as `branch old..new time`."""
    heads: tuple[HeadSeen, ...] = ()
    """Where the syncs saw the default branch, oldest first."""

    def heads_around(self, moment: datetime) -> tuple[HeadSeen | None, HeadSeen | None]:
        """The newest head that was seen at a moment or before, and the oldest one seen at it or after.

        They are one where syncs on both sides of the moment saw the same: then the branch stood there.
        """
        before = [seen for seen in self.heads if seen.first <= moment]
        after = [seen for seen in self.heads if seen.last >= moment]
        return (before[-1] if before else None, after[0] if after else None)
