"""The group record, `harvest.json`: what every output is made from. Names are fixed by the record format."""

from pydantic import BaseModel, ConfigDict, Field

from harvester.models.evidence import Place
from harvester.models.hosting import CiFacts, GitHubSummary
from harvester.models.links import Link
from harvester.models.problem import Problem
from harvester.models.report import Answer, Tick
from harvester.models.status import Claim, EvidenceWord, Status, Trace, Verdict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class ToolInfo(_Frozen):
    """What made the record."""

    version: str
    config: str
    config_sha256: str


class GroupMember(_Frozen):
    """A member as the roster has it."""

    id: str
    name: str | None = None
    github: str | None = None


class GroupInfo(_Frozen):
    """The group as the roster has it."""

    id: str
    name: str
    repo_url: str
    members: tuple[GroupMember, ...] = ()


class SnapshotInfo(_Frozen):
    """The commit that was graded. Times are ISO 8601 with an offset."""

    sha: str
    committed_at: str
    branch: str
    deadline: str | None = None
    commits_after_deadline: int = 0
    report_path: str | None = None
    method: str = "head"
    head_sha: str | None = None
    """The newest commit of the default branch, where it is not the graded one."""
    roots: tuple[str, ...] = ()
    """The commits that its history begins with: another repository begins with others, under whatever address."""


class ChecklistItem(_Frozen):
    """One item: claim, evidence, verdict, and how we know."""

    id: str
    section: str
    text: str
    title: str
    claim: Claim
    evidence: EvidenceWord
    verdict: Verdict
    where: tuple[Place, ...] = ()
    why: str
    hints: tuple[Place, ...] = ()
    blind_spots: str = ""
    trace: Trace
    line: int | None = None
    note: str = ""
    written: str = ""


class Contribution(_Frozen):
    """One person's part in the history. `member` is None where nobody of the roster could be tied to the names."""

    member: str | None
    names: tuple[str, ...]
    emails: tuple[str, ...] = ()
    commits: int
    added: int
    removed: int
    first: str | None = None
    last: str | None = None
    merges: int = 0
    coauthored: int = 0
    """Commits that name the person as a co-author; `commits` and lines are the author's alone."""
    active_days: int = 0
    by_day: tuple[tuple[str, int], ...] = ()
    """(ISO date, commits made or helped with)"""
    reviews: int | None = None
    """Merged pull requests of others that the person reviewed on GitHub; None where that is not known."""

    people: int = 1
    """How many persons it is of: more than one where the most active are listed, and this is all others together."""

    @property
    def wrote(self) -> bool:
        """Whether the person made a commit, or helped with one."""
        return bool(self.commits or self.coauthored)


class GroupRecord(_Frozen):
    """Everything the harvest knows of one group."""

    schema_version: int = Field(default=1, alias="schema")
    tool: ToolInfo
    status: Status
    problem: str | None = None
    group: GroupInfo
    snapshot: SnapshotInfo | None = None
    template: str | None = None
    questions: tuple[Answer, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    extra_items: tuple[Tick, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    problems: tuple[Problem, ...] = ()
    """What is odd about the whole report, the members, the mirror or the history."""
    ci: CiFacts | None = None
    github: GitHubSummary | None = None
    links: tuple[Link, ...] = ()
    harvested: bool = Field(default=True, exclude=True)
    """False where no harvest came to the group yet: `status` has no word for that, and no file holds such a record."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    @property
    def looked_through(self) -> bool:
        """Whether the repository could be looked through; if not, nothing is known, not even what is not there."""
        return self.status in (Status.OK, Status.NO_REPORT)
