"""What a record says of CI and of GitHub: facts with their times, never verdicts."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class CiWord(StrEnum):
    """How the runs on the graded commit ended, all workflows together."""

    PASSING = "passing"
    FAILING = "failing"
    MIXED = "mixed"
    """Some workflows succeeded and some failed."""
    UNFINISHED = "unfinished"
    UNDECIDED = "undecided"
    """They were skipped, cancelled or wait for a person."""
    NO_RUNS = "no_runs"
    UNKNOWN = "unknown"


class CiRun(_Frozen):
    """The newest run of one workflow on the graded commit. `conclusion` is GitHub's word."""

    workflow: str
    path: str
    conclusion: str
    event: str
    attempt: int = 1
    finished_at: str | None = None
    url: str = ""


class CiFacts(_Frozen):
    """Four facts, each on its own: a workflow exists, it ran, it ran on this commit, and how that ended.

    `ran` and `on_commit` are None where that is not known; `reason` then says why.
    """

    exists: bool
    workflows: tuple[str, ...] = ()
    """Paths of the workflows in the graded commit."""
    ran: bool | None = None
    on_commit: bool | None = None
    conclusion: CiWord = CiWord.UNKNOWN
    runs: tuple[CiRun, ...] = ()
    reason: str = ""
    taken_at: str | None = None


class GitHubSummary(_Frozen):
    """What GitHub says of the repository, in numbers and words. None is unknown; `unknown` then has the reason.

    Names of people are left out: who did what is for `contributions`.
    """

    taken_at: str | None = None
    visibility: str | None = None
    archived: bool | None = None
    fork_of: str | None = None
    renamed_to: str | None = None
    created_at: str | None = None
    pushes: int | None = None
    force_pushes: int | None = None
    pulls: int | None = None
    pulls_merged: int | None = None
    pulls_reviewed: int | None = None
    """Merged ones that another member reviewed, of the `pulls_asked` whose reviews were asked for."""
    pulls_asked: int | None = None
    writers: int | None = None
    """How many people may write."""
    protected: bool | None = None
    required_checks: tuple[str, ...] = ()
    pages: bool | None = None
    pages_url: str | None = None
    releases: int | None = None
    deployments: int | None = None
    contributors: int | None = None
    unknown: dict[str, str] = {}
    """Fact -> why it is not known, or was not taken again."""
