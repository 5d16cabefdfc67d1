"""What the class page keeps of a group: small, picklable, made from a record as soon as it is there."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from harvester.models.group import safe_name
from harvester.models.record import GroupRecord
from harvester.models.status import Claim, EvidenceWord, Status, Verdict
from harvester.models.template import Limits
from harvester.outputs.plots import sum_days
from harvester.outputs.wording import AT_ONCE, STATUSES, VERDICTS, named_problems, plural, say_status

MINUTES = {Verdict.UNSUPPORTED: 2.0, Verdict.WEAK: 1.5, Verdict.ASK: 0.5, Verdict.UNCLAIMED: 1.0}
"""Minutes that a person needs to settle one item, by its verdict."""
MINUTES_ANSWER = 0.75
"""Minutes to read and mark one answer."""
MINUTES_PROBLEM = 0.5
MINUTES_BROKEN = 10.0
"""Minutes to find out what became of a group that did not come through."""


@dataclass(frozen=True, slots=True)
class Column:
    """One item or question, as a column of the class."""

    id: str
    title: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class AnswerSize:
    """What the class page needs of one answer."""

    id: str
    number: int
    title: str
    answered: bool
    words: int
    problems: int
    limits: Limits


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a person should look, in words, and how much it weighs."""

    text: str
    weight: int


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """One row of the class page."""

    id: str
    name: str
    folder: str
    status: Status
    harvested: bool
    """False: nothing is known of the group, and no page of it is there."""
    problem: str
    repo_url: str
    committed_at: str
    branch: str
    ticked: int
    counts: tuple[tuple[Verdict, int], ...]
    columns: tuple[Column, ...]
    claims: str
    """One letter per column: T ticked, N not ticked, M missing."""
    verdicts: str
    """One letter per column, as in `VERDICTS`."""
    answers: tuple[AnswerSize, ...]
    problems: int
    commits: int
    people: int
    members: int
    by_day: tuple[tuple[str, int], ...]
    minutes: int
    reasons: tuple[Reason, ...]

    @property
    def status_words(self) -> str:
        """The status, for people."""
        return say_status(self.status, harvested=self.harvested)

    @property
    def weight(self) -> int:
        """How much the group needs a look; 0 where nothing stands out."""
        return sum(reason.weight for reason in self.reasons)

    def count(self, verdict: Verdict) -> int:
        """How many items have that verdict."""
        return dict(self.counts).get(verdict, 0)


def summarise(record: GroupRecord) -> GroupSummary:
    """The summary of one record."""
    if not record.harvested or not record.looked_through:
        record = record.model_copy(update={"checklist": (), "questions": ()})
    counts = Counter(item.verdict for item in record.checklist)
    problems = len(record.problems) + sum(len(answer.problems) for answer in record.questions)
    letters = {Claim.TICKED: "T", Claim.UNTICKED: "N", Claim.MISSING: "M"}
    snapshot = record.snapshot
    return GroupSummary(
        id=record.group.id,
        name=record.group.name,
        folder=safe_name(record.group.id),
        status=record.status,
        harvested=record.harvested,
        problem=record.problem or "",
        repo_url=record.group.repo_url,
        committed_at=snapshot.committed_at if snapshot else "",
        branch=snapshot.branch if snapshot else "",
        ticked=sum(item.claim is Claim.TICKED for item in record.checklist),
        counts=tuple((verdict, counts[verdict]) for verdict in VERDICTS if counts[verdict]),
        columns=tuple(Column(item.id, item.title or item.text, item.section) for item in record.checklist),
        claims="".join(letters[item.claim] for item in record.checklist),
        verdicts="".join(VERDICTS[item.verdict].letter for item in record.checklist),
        answers=tuple(
            AnswerSize(a.id, a.number, a.title, a.answered, a.words, len(a.problems), a.limits)
            for a in record.questions
        ),
        problems=problems,
        commits=sum(one.commits for one in record.contributions),
        people=sum(one.people for one in record.contributions if one.wrote),
        members=len(record.group.members),
        by_day=tuple(sorted(sum_days(one.by_day for one in record.contributions).items())),
        minutes=_expect_minutes(record, counts, problems),
        reasons=tuple(_give_reasons(record, counts)),
    )


def _expect_minutes(record: GroupRecord, counts: Counter[Verdict], problems: int) -> int:
    if not record.harvested:
        return 0
    if not record.looked_through:
        return round(MINUTES_BROKEN)
    minutes = sum(share * counts[verdict] for verdict, share in MINUTES.items())
    minutes += MINUTES_ANSWER * sum(answer.answered for answer in record.questions) + MINUTES_PROBLEM * problems
    minutes += MINUTES_BROKEN if record.status is Status.NO_REPORT else 0
    return max(1, round(minutes))


def _give_reasons(record: GroupRecord, counts: Counter[Verdict]) -> Iterable[Reason]:
    """Reasons, heaviest first. What a repository can never show is no reason: every group has it."""
    if not record.harvested:
        return
    if record.status is not Status.OK:
        yield Reason(record.problem or STATUSES[record.status], 1000)
    if not record.looked_through:
        return
    if count := counts[Verdict.UNSUPPORTED]:
        yield Reason(f"{plural(count, 'tick')} without a trace", 10 * count)
    if record.snapshot is not None and not any(one.wrote for one in record.contributions):
        yield Reason("no commit that counts", 100)
    if record.snapshot is not None and record.snapshot.commits_after_deadline:
        yield Reason(f"{plural(record.snapshot.commits_after_deadline, 'commit')} after the deadline", 8)
    named = named_problems(record)
    for code, title in named.items():
        yield Reason(title[0].lower() + title[1:], AT_ONCE[code])
    if count := sum(not answer.answered for answer in record.questions if record.status is Status.OK):
        yield Reason(f"{plural(count, 'question')} not answered", 3 * count)
    if count := _silent_members(record):
        yield Reason(f"no commit tied to {count} of {plural(len(record.group.members), 'member')}", 6 * count)
    if count := counts[Verdict.WEAK]:
        yield Reason(f"{plural(count, 'weak trace')}", 4 * count)
    unseen = (EvidenceWord.ABSENT, EvidenceWord.UNKNOWN)
    if count := sum(item.verdict is Verdict.ASK and item.evidence in unseen for item in record.checklist):
        yield Reason(f"{plural(count, 'tick')} to ask about", 2 * count)
    if count := counts[Verdict.UNCLAIMED]:
        yield Reason(_say_unclaimed(record, count), count)
    if count := sum(problem.code not in named for problem in record.problems):
        yield Reason(plural(count, "problem with the whole report", "problems with the whole report"), 2 * count)
    if count := sum(link.dead for link in record.links):
        yield Reason(f"{plural(count, 'link')} that did not answer", count)


def _say_unclaimed(record: GroupRecord, count: int) -> str:
    claims = {item.claim for item in record.checklist}
    if Claim.TICKED in claims:
        return f"{count} unclaimed"
    found = f"{plural(count, 'item')} found"
    if record.status is Status.NO_REPORT:
        return found
    return f"{'nothing ticked' if Claim.UNTICKED in claims else 'the checklist is not in the report'}, and {found}"


def _silent_members(record: GroupRecord) -> int:
    if record.snapshot is None or not record.contributions:
        return 0
    active = {one.member for one in record.contributions if one.member is not None and one.wrote}
    return sum(member.id not in active for member in record.group.members)
