"""What a sync leaves beside a mirror: its state, written last, so that a half mirror is never read."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from harvester.models.status import Status


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
    head: str | None = None
    refs: dict[str, str] = {}
    """Full ref name -> sha, branches and tags, as the server had them."""
    redirected_to: str | None = None
    """The canonical URL that the server sent us to, where that is another one."""
    first_seen: dict[str, datetime] = {}
    """Sha of a branch's tip -> when a sync first saw it there."""
    forced: tuple[str, ...] = ()
    """Branches whose history was rewritten between two syncs, as `branch old..new time`."""
    figures_for: str = ""
    """The head, and the deadline where there is one, whose pictures above the blob limit were fetched or given up."""
