"""From a group's mirror to its record: the stages up to there, none of which is gone through twice for nothing.

What a stage made is kept with a fingerprint of the group's material (everything but the checks). A change of one check
is then answered by asking that check, and nothing else is made again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar

from harvester import __version__
from harvester.beside import add_beside
from harvester.comparison import keep_prints
from harvester.errors import GroupError
from harvester.jobs import GradeJob, Rules
from harvester.keys import evidence_key
from harvester.links import collect_links, mask_links
from harvester.models.check import CheckSpec
from harvester.models.evidence import Evidence
from harvester.models.group import Group
from harvester.models.links import Link
from harvester.models.mirror import MirrorState
from harvester.models.people import People
from harvester.models.problem import Problem
from harvester.models.record import GroupRecord, ToolInfo
from harvester.models.report import Report
from harvester.models.status import EvidenceWord, Status
from harvester.models.template import Template
from harvester.record import Findings, make_record

if TYPE_CHECKING:
    from harvester.facts import FactCache
    from harvester.models.facts import Facts
    from harvester.models.snapshot import Snapshot
    from harvester.snapshot import KeptSnapshot

T = TypeVar("T")


@dataclass(frozen=True)
class Memory:
    """What was made of a group before; without a cache, or without material, nothing."""

    cache: "FactCache | None" = None
    material: str = ""

    def made(self, what: str, kind: object, make: Callable[[], T], whole: Callable[[T], bool] = lambda _: True) -> T:
        """What a stage made of this material before, else what it makes now; what is not `whole` is not kept."""
        return self._made(f"{what} {self.material}", kind, make, whole)

    def _made(self, key: str, kind: object, make: Callable[[], T], whole: Callable[[T], bool]) -> T:
        if self.cache is None or not self.material:
            return make()
        value = self.cache.made(key, kind, make)
        if not whole(value):
            self.cache.forget(key)
        return value

    def snapshot(self, look: "Callable[[], KeptSnapshot]") -> "KeptSnapshot":
        """The commit that was chosen before, with all but its blobs; one whose lines took too long is tried again."""
        from harvester.snapshot import KeptSnapshot

        return self.made("snapshot", KeptSnapshot, look, lambda kept: kept.history.counted)

    def evidence(self, sha: str, check: CheckSpec, ask: Callable[[], Evidence]) -> Evidence:
        """A check's evidence from before; what could not look that time looks again."""
        key = evidence_key(self.material, sha, check)
        return self._made(key, Evidence, ask, lambda evidence: evidence.word is not EvidenceWord.UNKNOWN)


def examine(job: GradeJob) -> "tuple[GroupRecord, Snapshot | None]":
    """The group's record, and the snapshot it was made from where there is one."""
    from harvester.facts import open_cache

    if job.state is None:
        return fault_record(
            job.rules, job.group, job.state, Status.UNREACHABLE, "Never synced from this address: there is no mirror."
        ), None
    if job.state.head is None or job.beside.fault:
        status = Status.FAILED if job.beside.fault else job.state.status
        record = fault_record(job.rules, job.group, job.state, status, job.beside.fault or job.state.problem)
        return add_beside(record, None, job.beside), None
    try:
        with open_cache(job.mirror, forget=not job.material_fresh, anew=job.anew) as known:
            return _examine(job, Memory(known, job.material))
    except GroupError as error:
        record = fault_record(job.rules, job.group, job.state, error.status, str(error))
        return add_beside(record, None, job.beside), None


def _examine(job: GradeJob, memory: Memory) -> "tuple[GroupRecord, Snapshot]":
    snapshot = take(job, memory)
    findings = examine_snapshot(snapshot, job.rules, job.group, memory)
    keep_prints(job, findings)
    report = findings.report
    links = memory.made("links", tuple[Link, ...], lambda: mask_links(links_of(report, snapshot, job)))
    record = record_of(job.rules, job.group, job.state, findings)
    return add_beside(record, snapshot, job.beside, links), snapshot


def links_of(report: Report | None, snapshot: "Snapshot", job: GradeJob) -> tuple[Link, ...]:
    """The links that a group gives, with what answered when they were asked."""
    answers, path = (report.answers, report.path) if report else ((), None)
    return collect_links(answers, path, snapshot.tree, job.beside.links)


def examine_snapshot(
    snapshot: "Snapshot", rules: Rules, group: Group, memory: Memory = Memory(), *, rostered: bool = True
) -> Findings:
    """Report, people, facts and evidence of one commit: a pure function of the snapshot and the rules.

    Parameters
    ----------
    rostered
        Whether the group is what a roster says, against which the report is held.
    """
    from harvester.facts import collect_facts
    from harvester.people import resolve_people
    from harvester.probes import run_checks
    from harvester.report import compare_members, explain_missing, judge_members, read_report

    report = memory.made("report", Report | None, lambda: read_report(snapshot.tree, rules.templates))
    report = report and judge_members(report, group)
    ids = report.member_ids if report else ()
    staff = rules.course.staff
    people = memory.made(
        "people", People, lambda: resolve_people(snapshot.history, group.members, ids, rules.aliases, staff=staff)
    )
    template = rules.template_of(report)

    @cache
    def facts() -> "Facts":
        members = len(group.members)
        return collect_facts(snapshot, report, people, template=template, members=members, cache=memory.cache)

    known = partial(memory.evidence, snapshot.sha)
    evidence = run_checks(rules.checks, facts, year=template.year, known=known)
    broken = memory.made("problems", tuple[Problem, ...], lambda: facts().problems)
    members = compare_members(report, group if rostered else None) if report else ()
    missing = "" if report else explain_missing(snapshot.tree, rules.templates)
    problems = (*(report.problems if report else ()), *members, *people.problems, *broken)
    return Findings(snapshot, report, people, evidence, problems, missing, facts)


def record_of(rules: Rules, group: Group, state: MirrorState | None, findings: Findings) -> GroupRecord:
    """The record of a group whose snapshot could be read."""
    template = rules.template_of(findings.report)
    problems = list(findings.problems)
    if state and state.problem:
        problems.insert(0, Problem(code="stale_mirror", message=state.problem))
    return make_record(
        tool=_tool(rules, template),
        group=group,
        state=state,
        template=template,
        listed=rules.listed(template),
        checks=[check.for_year(template.year) for check in rules.checks],
        findings=replace(findings, problems=tuple(problems)),
        status=Status.OK if findings.report else Status.NO_REPORT,
        problem=None if findings.report else findings.missing,
        demoted=rules.course.demote,
    )


def take(job: GradeJob, memory: Memory = Memory()) -> "Snapshot":
    """The commit of a group's mirror that is graded.

    Raises
    ------
    GroupError
        There is none, or the mirror cannot be read.
    """
    from harvester.snapshot import take_snapshot

    assert job.state is not None  # noqa: S101 - for the type checker; callers look first
    course = job.rules.course
    web_url = (job.state.redirected_to or job.group.repo_url or "") if job.group.repo_url else ""
    return take_snapshot(
        job.mirror,
        job.state,
        deadline=course.deadline,
        web_url=web_url if web_url.startswith("https://") else None,
        choose=job.beside.chosen.commit if job.beside.chosen else None,
        at=job.beside.chosen.at if job.beside.chosen else None,
        pushes=job.beside.github.push_log.value if job.beside.github else None,
        remember=memory.snapshot,
    )


def fault_record(
    rules: Rules, group: Group, state: MirrorState | None, status: Status, problem: str | None
) -> GroupRecord:
    """The record of a group that could not be looked at: every item `unknown`, and the reason."""
    return make_record(
        tool=_tool(rules, rules.newest),
        group=group,
        state=state,
        template=rules.newest,
        listed=rules.listed(rules.newest),
        checks=[check.for_year(rules.newest.year) for check in rules.checks],
        findings=Findings(),
        status=status,
        problem=problem,
        demoted=rules.course.demote,
    )


def _tool(rules: Rules, template: Template) -> ToolInfo:
    return ToolInfo(version=__version__, config=template.id, config_sha256=rules.sha256)


def take_again(job: GradeJob) -> "Snapshot | None":
    """The snapshot of a record that is there already, for its figures; None where it cannot be read any more."""
    from harvester.facts import open_cache

    if job.state is None or job.state.head is None:
        return None
    try:
        with open_cache(job.mirror, forget=False) as known:
            return take(job, Memory(known, job.material))
    except GroupError:
        return None
