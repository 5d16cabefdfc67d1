"""The order of the stages for one group: the only module that knows it."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from harvester import __version__
from harvester.beside import add_beside, load_beside
from harvester.bounds import bounded
from harvester.comparison import drop_prints, keep_prints
from harvester.errors import GroupError, HarvesterError, OutputError, say_error
from harvester.jobs import PAGE, RECORD, RESULT, WORKBOOK, GradeJob, GradeResult, Rules
from harvester.keys import evidence_key, marks_key
from harvester.links import collect_links
from harvester.models.check import CheckSpec
from harvester.models.course import Course
from harvester.models.evidence import Evidence
from harvester.models.group import Group
from harvester.models.marks import GroupMarks, WriteResult
from harvester.models.mirror import MirrorState
from harvester.models.problem import Problem
from harvester.models.record import GroupRecord, ToolInfo
from harvester.models.status import Claim, EvidenceWord, Status
from harvester.models.template import Template
from harvester.record import Findings, make_record
from harvester.syncing import stored_state

if TYPE_CHECKING:
    from harvester.facts import FactCache
    from harvester.mirrors.link_probe import LinkProbe
    from harvester.models.snapshot import Snapshot
    from harvester.outputs.page_options import PageOptions
    from harvester.probes.engine import Known

log = logging.getLogger("harvester")


def grade_group(job: GradeJob) -> GradeResult:
    """Grade one group and write its record, workbook and page. Runs in a worker; touches no network.

    Whatever goes wrong with the group's own material becomes its status, also when it takes too much time or memory;
    only a bug raises, and a result that cannot be written.
    """
    try:
        with bounded(job.seconds):
            return _grade(job)
    except GroupError as error:
        return stopped_group(job, error)


def _grade(job: GradeJob) -> GradeResult:
    from harvester.outputs.files import make_folder
    from harvester.outputs.record_file import read_record, write_record

    make_folder(job.output)
    begun = time.perf_counter()
    if job.record_fresh:
        record, snapshot = read_record(job.output / RECORD), _take_again(job)
    else:
        drop_prints(job.output)
        record, snapshot = examine(job)
        write_record(record, job.output / RECORD)
    graded = time.perf_counter()
    workbook = _write_sheets(job, record, snapshot)
    seconds = {"grade": round(graded - begun, 3), "write": round(time.perf_counter() - graded, 3)}
    return _finish(job, record, workbook, seconds)


def examine(job: GradeJob) -> "tuple[GroupRecord, Snapshot | None]":
    """The group's record, and the snapshot it was made from where there is one."""
    if job.state is None:
        return fault_record(
            job.rules, job.group, job.state, Status.UNREACHABLE, "Never synced from this address: there is no mirror."
        ), None
    if job.state.head is None or job.beside.fault:
        status = Status.FAILED if job.beside.fault else job.state.status
        record = fault_record(job.rules, job.group, job.state, status, job.beside.fault or job.state.problem)
        return add_beside(record, None, job.beside), None
    try:
        snapshot = _take(job)
        findings = examine_snapshot(snapshot, job.rules, job.group, job=job)
        keep_prints(job.rules, job.group, findings, job.output)
    except GroupError as error:
        record = fault_record(job.rules, job.group, job.state, error.status, str(error))
        return add_beside(record, None, job.beside), None
    return add_beside(record_of(job.rules, job.group, job.state, findings), snapshot, job.beside), snapshot


def examine_snapshot(snapshot: "Snapshot", rules: Rules, group: Group, *, job: GradeJob | None = None) -> Findings:
    """Report, people, facts and evidence of one commit: a pure function of the snapshot and the rules.

    With its job, what was found before of the same things is not looked for again.
    """
    from harvester.facts import collect_facts, open_cache
    from harvester.people import resolve_people
    from harvester.probes import bind_checks, run_checks
    from harvester.report import compare_members, explain_missing, read_report

    report = read_report(snapshot.tree, rules.templates)
    people = resolve_people(
        snapshot.history, group.members, report.member_ids if report else (), rules.aliases, staff=rules.course.staff
    )
    template = rules.template_of(report)
    with open_cache(job.mirror if job else None) as cache:
        facts = collect_facts(snapshot, report, people, template=template, members=len(group.members), cache=cache)
        known = _remember(job, snapshot.sha, cache) if job and job.material else None
        evidence = run_checks(bind_checks(rules.checks), facts, year=template.year, known=known)
    members = compare_members(report, group) if report else ()
    missing = "" if report else explain_missing(snapshot.tree, rules.templates)
    problems = (*(report.problems if report else ()), *members, *people.problems, *facts.problems)
    return Findings(snapshot, report, people, evidence, problems, missing, facts)


def _remember(job: GradeJob, sha: str, cache: "FactCache") -> "Known":
    """A check's evidence from before, where the check and all that it looks at are as they were."""

    def known(check: CheckSpec, ask: Callable[[], Evidence]) -> Evidence:
        key = evidence_key(job.material, sha, check)
        evidence = cache.made(key, Evidence, ask, anew=job.anew)
        if evidence.word is EvidenceWord.UNKNOWN:  # what could not look this time may look the next time
            cache.forget(key)
        return evidence

    return known


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


def stopped_group(job: GradeJob, error: BaseException) -> GradeResult:
    """What becomes of a group whose grading raised: a sentence in its record, and of a bug the trace in the log.

    Nothing of it is kept for the next run, which tries again. What cannot be written is no more than a result.
    """
    from harvester.outputs.files import make_folder
    from harvester.outputs.record_file import write_record

    sentence = say_stopped(job.group, error)
    status = error.status if isinstance(error, GroupError) else Status.FAILED
    record = fault_record(job.rules, job.group, job.state, status, sentence)
    try:
        make_folder(job.output)
        write_record(record, job.output / RECORD)
        return _finish(replace(job, key=""), record, _write_sheets(job, record, None), {})
    except OutputError as worse:
        return GradeResult(group=job.group.id, status=Status.FAILED, problem=str(worse))


def say_stopped(group: Group, error: BaseException) -> str:
    """Why a group's work raised, in a sentence; the trace of a bug goes to the log."""
    if not isinstance(error, HarvesterError | OSError):
        log.error("group %s stopped", group.id, exc_info=error)
    if isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker":
        return "Grading this group ended its process: it took more memory or time than one group may have."
    return say_error(error, f"group {group.id}")


def _take_again(job: GradeJob) -> "Snapshot | None":
    """The snapshot of a record that is there already, for its figures."""
    try:
        return _take(job) if job.state and job.state.head else None
    except GroupError:
        return None


def _take(job: GradeJob) -> "Snapshot":
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


def _write_sheets(job: GradeJob, record: GroupRecord, snapshot: "Snapshot | None") -> WriteResult:
    from harvester.outputs.files import write_atomic
    from harvester.outputs.pages import render_handin
    from harvester.outputs.picture_cache import PictureCache
    from harvester.outputs.workbook_group import write_group_workbook

    course = job.rules.course
    shown = job.masked(record)
    with PictureCache(job.mirror) as pictures:
        page = render_handin(
            shown,
            figures=snapshot.tree.figure if snapshot else lambda _path: None,
            marks=job.marks,
            options=page_options(course),
            scale=pictures.scale,
        )
    write_atomic(job.sheets / PAGE, page.encode())
    return write_group_workbook(shown, job.marks, course.points, job.sheets / WORKBOOK, course.timezone)


def figures_of(rules: Rules, group: Group) -> Callable[[str], bytes | None]:
    """Reads a group's figures from its mirror, at the graded commit; nothing where there is no mirror."""
    state = stored_state(group, rules.course)
    if state is None or state.head is None:
        return lambda _path: None
    try:
        return _take(_unmarked(rules, group, state)).tree.figure
    except GroupError:
        return lambda _path: None


def _unmarked(rules: Rules, group: Group, state: MirrorState) -> GradeJob:
    job = GradeJob(rules, group, state, GroupMarks(group_id=group.id), key="")
    return replace(job, beside=load_beside(job.mirror, group.repo_url))


def ask_links(rules: Rules, group: Group, state: MirrorState, probe: "LinkProbe", stop: Callable[[], bool]) -> None:
    """Ask the links of the commit that is to be graded, once each; what answers is kept beside the mirror."""
    from harvester.mirrors.links import probe_links
    from harvester.report import read_report

    if state.head is None:
        return
    job = _unmarked(rules, group, state)
    try:
        tree = _take(job).tree
        report = read_report(tree, rules.templates)
        links = collect_links(report.answers if report else (), report.path if report else None, tree)
        probe_links([link.url for link in links], job.mirror, probe, stop)
    except GroupError as error:
        log.warning("links of group %s: %s", group.id, error)


def page_options(course: Course) -> "PageOptions":
    """What all pages of a course are told."""
    from harvester.outputs.page_options import PageOptions

    return PageOptions(zone=course.timezone, course=course.name)


def _finish(job: GradeJob, record: GroupRecord, workbook: WriteResult, seconds: dict[str, float]) -> GradeResult:
    from harvester.outputs.files import write_atomic

    result = GradeResult(
        group=job.group.id,
        status=record.status,
        problem=record.problem,
        sha=record.snapshot.sha if record.snapshot else None,
        ticked=sum(item.claim is Claim.TICKED for item in record.checklist),
        verdicts=dict(sorted(Counter(item.verdict.value for item in record.checklist).items())),
        seconds=seconds,
        workbook=workbook,
        key=job.key,
        marks_key=marks_key(job.marks, job.rules.course),
    )
    write_atomic(job.output / RESULT, result.model_copy(update={"changed": False}).model_dump_json().encode())
    return result
