"""What GitHub says of a group's repository, each fact with the time it was taken or the reason it is not known.

Taken at `sync` by `harvester.mirrors`, stored beside the mirror, and read offline from then on.
"""

from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")
NEVER_ASKED = "GitHub was never asked: no sync has taken these facts."


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Fact(_Frozen, Generic[T]):
    """One fact. Unknown where `value` is None, and then `reason` says why.

    A value with a reason is an older one that could not be taken again (`taken_at` is when it held), or lacks the
    part that the reason names.
    """

    value: T | None = None
    reason: str = ""
    taken_at: datetime | None = None


class Repository(_Frozen):
    """The repository itself. `name` is `owner/name` as it is now, which may not be what the roster names."""

    name: str
    visibility: str
    default_branch: str
    created_at: datetime
    pushed_at: datetime | None = None
    archived: bool = False
    fork: bool = False
    fork_of: str | None = None
    renamed: bool = False
    has_pages: bool = False
    template: str | None = None
    """The template repository it was made from."""


class Push(_Frozen):
    """One entry of the push log, by the server's clock. `kind` is push, force_push, pr_merge, branch_creation, ..."""

    at: datetime
    before: str
    after: str
    ref: str
    kind: str
    actor: str | None = None

    @property
    def forced(self) -> bool:
        """Whether it may have taken commits off the branch."""
        return self.kind in ("force_push", "branch_deletion")


class PushLog(_Frozen):
    """The pushes to one branch, newest first. `complete` tells whether older ones may be missing."""

    branch: str
    pushes: tuple[Push, ...] = ()
    complete: bool = True

    def head_at(self, moment: datetime) -> str | None:
        """The commit that the branch stood at; None where there was no such branch, or the log does not reach back."""
        pushes = sorted(self.pushes, key=lambda push: push.at)
        before = [push for push in pushes if push.at <= moment]
        if before:
            return _commit(before[-1].after)
        return _commit(pushes[0].before) if pushes and self.complete else None

    def since(self, moment: datetime) -> tuple[Push, ...]:
        """The pushes after a moment, oldest first."""
        return tuple(sorted((push for push in self.pushes if push.at > moment), key=lambda push: push.at))


def _commit(sha: str) -> str | None:
    return sha if sha.strip("0") else None


class WorkflowRun(_Frozen):
    """One run of a workflow. `conclusion` is None while it is under way; `attempt` counts from 1."""

    id: int
    name: str
    path: str
    sha: str
    event: str
    status: str
    conclusion: str | None = None
    branch: str | None = None
    number: int = 0
    attempt: int = 1
    created_at: datetime | None = None
    updated_at: datetime | None = None
    url: str = ""

    @property
    def own(self) -> bool:
        """Whether the group's own workflow ran, not one of GitHub's (Pages, Dependabot, code scanning)."""
        return not self.path.startswith("dynamic/") and self.event != "dynamic"


class RunLog(_Frozen):
    """Workflow runs: the newest ones, and all of the commits that were asked for (`commits`).

    `total` counts all runs that GitHub has; `complete` tells whether all of them are here.
    """

    total: int
    runs: tuple[WorkflowRun, ...] = ()
    commits: tuple[str, ...] = ()
    complete: bool = False

    def of(self, sha: str) -> tuple[WorkflowRun, ...] | None:
        """The group's own runs on a commit; None where they were not asked for and may be missing."""
        if sha not in self.commits and not self.complete:
            return None
        return tuple(run for run in self.runs if run.sha == sha and run.own)


class Pull(_Frozen):
    """A pull request. `reviewers` are others than its author; None where reviews were not asked for."""

    number: int
    author: str | None
    state: str
    created_at: datetime | None = None
    updated_at: str = ""
    merged_at: datetime | None = None
    reviewers: tuple[str, ...] | None = None


class PullLog(_Frozen):
    """Pull requests, newest first. `complete` tells whether all are here."""

    pulls: tuple[Pull, ...] = ()
    complete: bool = True

    @property
    def merged(self) -> tuple[Pull, ...]:
        """Those that were merged."""
        return tuple(pull for pull in self.pulls if pull.merged_at)


class Collaborator(_Frozen):
    """Someone who may write, and as what (`admin`, `maintain`, `write`, ...)."""

    login: str
    role: str = ""


class Protection(_Frozen):
    """Whether the default branch is protected, by what kinds of rules, and which checks have to pass."""

    protected: bool
    rules: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()


class PagesSite(_Frozen):
    """GitHub Pages: whether there is a site, its address and state where the token may see them."""

    exists: bool
    url: str | None = None
    status: str | None = None


class Release(_Frozen):
    """One release."""

    tag: str
    published_at: datetime | None = None


class Deployment(_Frozen):
    """One deployment to an environment."""

    environment: str
    sha: str
    created_at: datetime | None = None


class Contributor(_Frozen):
    """Someone whom GitHub counts commits for; `login` is empty for one without an account."""

    login: str
    name: str = ""
    commits: int = 0


class RepositoryFact(Fact[Repository]):
    """The repository itself."""


class PushLogFact(Fact[PushLog]):
    """The pushes to the default branch."""


class RunsFact(Fact[RunLog]):
    """Workflow runs."""


class PullsFact(Fact[PullLog]):
    """Pull requests."""


class CollaboratorsFact(Fact[tuple[Collaborator, ...]]):
    """Who may write."""


class ProtectionFact(Fact[Protection]):
    """What protects the default branch."""


class PagesFact(Fact[PagesSite]):
    """GitHub Pages."""


class ReleasesFact(Fact[tuple[Release, ...]]):
    """Releases, newest first."""


class DeploymentsFact(Fact[tuple[Deployment, ...]]):
    """Deployments, newest first."""


class ContributorsFact(Fact[tuple[Contributor, ...]]):
    """Whom GitHub counts commits for."""


class GitHubFacts(_Frozen):
    """All facts of one repository. `calls` counts what the last sync asked; `unchanged` those answered by 304."""

    schema_version: int = 1
    repo_url: str
    asked_at: datetime
    repository: RepositoryFact = RepositoryFact()
    push_log: PushLogFact = PushLogFact()
    runs: RunsFact = RunsFact()
    pulls: PullsFact = PullsFact()
    collaborators: CollaboratorsFact = CollaboratorsFact()
    protection: ProtectionFact = ProtectionFact()
    pages: PagesFact = PagesFact()
    releases: ReleasesFact = ReleasesFact()
    deployments: DeploymentsFact = DeploymentsFact()
    contributors: ContributorsFact = ContributorsFact()
    calls: int = 0
    unchanged: int = 0


FACTS = (
    "repository",
    "push_log",
    "runs",
    "pulls",
    "collaborators",
    "protection",
    "pages",
    "releases",
    "deployments",
    "contributors",
)
"""The names of the facts in `GitHubFacts`, in the order they are asked for."""
