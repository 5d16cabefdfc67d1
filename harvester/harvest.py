"""One run over a class: course, roster and marks in; records, sheets and pages out."""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from harvester import __version__
from harvester.beside import load_beside, open_github
from harvester.class_outputs import ClassOutputs
from harvester.classroom import ClassRun, Watcher, run_class
from harvester.comparison import has_lost_prints
from harvester.errors import UserError
from harvester.jobs import WORKBOOK, GradeJob, GradeResult, say_unmasked, stored_result
from harvester.keys import code_sha256, grade_key, marks_key, material_key
from harvester.lock import hold_lock
from harvester.logs import log_file, with_fields
from harvester.marking import say_marks
from harvester.models.course import Course
from harvester.models.group import Group
from harvester.models.mirror import MirrorState
from harvester.models.run import GroupOutcome, RunReport
from harvester.models.seemly import escape_json
from harvester.models.status import Status
from harvester.opened import RUN, OpenedCourse, pseudonyms_of, renaming_of
from harvester.outputs.files import write_atomic
from harvester.outputs.tables import load_pandas
from harvester.pipeline import ask_links
from harvester.privacy import check_private
from harvester.processes import check_git, find_ruff
from harvester.syncing import stored_state, sync_group

if TYPE_CHECKING:
    from harvester.mirrors.link_probe import LinkProbe

LOG = "harvester.log"
log = logging.getLogger(__name__)


class Progress(Watcher, Protocol):
    """A watcher that is first told how many groups there are."""

    def begin(self, total: int) -> None:
        """So many groups are to come."""

    def waiting(self, seconds: float, why: str) -> None:
        """The server asks everybody to wait for so many seconds more; 0 when that is over."""


@dataclass(frozen=True)
class RunOptions:
    """What a run does: `sync` alone, `grade` alone, or both."""

    groups: str | None = None
    """Such as `3,7-9`; None: all of them."""
    jobs: int | None = None
    sync: bool = True
    grade: bool = True
    force: bool = False
    probe_links: bool | None = None
    """None: as the course says."""


def run_course(
    opened: OpenedCourse,
    options: RunOptions,
    progress: Progress,
    *,
    first: Callable[[OpenedCourse], tuple[str, ...]] = lambda _: (),
) -> RunReport:
    """Run over the groups of a course.

    Parameters
    ----------
    first
        What is to be done before the groups, once no other run is at work; what it says is told with the rest.

    Raises
    ------
    UserError
        Another run is at work, a group that was asked for is not in the roster, the output could be committed, or git
        or ruff is of no use.
    OutputError
        The output folder cannot be written.
    """
    from harvester.mirrors import is_settled, settle_mirrors
    from harvester.roster import select_groups

    begun, started = time.monotonic(), datetime.now(UTC).astimezone()
    course = opened.course
    groups = opened.roster.groups if options.groups is None else select_groups(opened.roster, options.groups)
    if not groups:
        raise UserError(f"The roster {course.roster} holds no group.", "Give it a row per group.")
    if options.sync:
        check_git()
    if options.grade:
        find_ruff()
    check_private([course.output, course.mirrors])
    progress.begin(len(groups))
    settled = is_settled(opened.roster.groups, course.mirrors)
    shared = [course.mirrors] if options.sync or not settled else []
    with hold_lock(course.output, *shared), log_file(course.output / LOG):
        log.info(
            "harvester %s: %d groups of %s, %d jobs, engine %s",
            __version__,
            len(groups),
            course.name,
            options.jobs or course.jobs,
            course.engine,
            extra=with_fields(event="begin", groups=len(groups)),
        )
        moved = settle_mirrors(opened.roster.groups, course.mirrors) if shared else ()
        told = first(opened)
        run = _Run(opened, options, progress)
        try:
            results = run_class(
                ClassRun(
                    groups=groups,
                    jobs=options.jobs or course.jobs,
                    engine=course.engine,
                    sync=run.sync,
                    job=run.job,
                    watcher=progress,
                    stop=run.stopped.set,
                    shared=(course.output, course.mirrors),
                    spare=load_pandas if options.grade else lambda: None,
                )
            )
        finally:
            run.close()
        log.info("all groups are through; the class's sheets and pages follow", extra=with_fields(event="class"))
        said = run.finish(results)
        messages = (*moved, *(one for one in told if not any(other.startswith(one) for other in said)), *said)
        outcomes = tuple(_outcome(course, results[group.id], run.unsynced.get(group.id)) for group in groups)
        report = RunReport(
            output=course.output,
            graded=options.grade,
            rewritten=run.rewritten,
            outcomes=outcomes,
            roster_problems=opened.roster.problems,
            messages=messages,
            seconds=round(time.monotonic() - begun, 1),
        )
        _write_run(opened, report, started)
        log.info("done in %.1f s", report.seconds, extra=with_fields(event="end", seconds=report.seconds))
    return report


class _Run:
    """The parts of a run that the class loop calls back, and what follows the loop."""

    def __init__(self, opened: OpenedCourse, options: RunOptions, progress: Progress) -> None:
        from harvester.outputs.marks import load_marks

        self.opened = opened
        self.course = opened.course
        self.options = options
        self.stopped = threading.Event()
        self.rewritten = False
        self.unsynced: dict[str, str] = {}
        """Why this run could not sync a group, also one whose mirror of before is graded."""
        self.token = _find_token() if options.sync else None
        self.api = open_github(self.token, self.stopped.is_set, progress.waiting) if self.token else None
        probing = self.course.probe_links if options.probe_links is None else options.probe_links
        self.probe = _open_probe() if options.sync and probing else None
        self.pseudonyms = pseudonyms_of(opened, keep=True)
        renaming = renaming_of(opened, blind=self.course.anonymous, keep=True)
        self.book = load_marks(self.course.output, datetime.now(UTC), renaming) if options.grade else None

    def sync(self, group: Group) -> MirrorState | None:
        """The group's mirror state, brought up to date where the run syncs."""
        if self.options.sync:
            state = sync_group(group, self.course, self.token, self.stopped.is_set, self.api)
            if state.problem:
                self.unsynced[group.id] = state.problem
            if self.probe is not None:
                ask_links(self.opened.rules, group, state, self.probe, self.stopped.is_set)
            return state
        return stored_state(group, self.course)

    def close(self) -> None:
        """End what holds connections."""
        if self.api is not None:
            self.api.close()

    def job(self, group: Group, state: MirrorState | None) -> GradeJob | GradeResult:
        """What grading the group takes; or its result, where there is nothing to grade."""
        if self.book is None:
            return _synced(group, state)
        rules = self.opened.rules
        beside = load_beside(self.course.mirrors / group.folder, group.repo_url)
        material = material_key(rules, group, state, beside)
        key = grade_key(rules, material)
        marks = self.book.for_group(self.pseudonyms.group(group.id) if self.pseudonyms else group.id)
        job = GradeJob(
            rules, group, state, marks, key, material, self.options.force, beside=beside, pseudonyms=self.pseudonyms
        )
        before = None if self.options.force else stored_result(job)
        job = replace(job, before=before)
        if before is None or before.key != key or has_lost_prints(job):
            return job
        written = before.marks_key == marks_key(job.marks, self.course) and (job.sheets / WORKBOOK).is_file()
        if not written or job.marks.waiting:
            return replace(job, record_fresh=True)
        return before

    def finish(self, results: Mapping[str, GradeResult]) -> tuple[str, ...]:
        """Write what the class gets. Returns what a teacher should know, in sentences."""
        if self.book is None:
            return ()
        for result in results.values():
            if result.changed and result.workbook:
                self.book.note(result.workbook)
        outputs = ClassOutputs(self.opened, self.book, self.pseudonyms)
        about_class: tuple[str, ...] = ()
        if self.options.force or not outputs.is_fresh(results):
            about_class = outputs.write(results)
            self.rewritten = True
        self.book.save()
        unmasked = say_unmasked(self.course.output) if self.pseudonyms else ()
        return (*self.book.messages, *say_marks(self.opened, self.book, self.pseudonyms), *about_class, *unmasked)


def _synced(group: Group, state: MirrorState | None) -> GradeResult:
    status = state.status if state else Status.UNREACHABLE
    return GradeResult(
        group=group.id, status=status, problem=state.problem if state else None, sha=state.head if state else None
    )


def _find_token() -> str | None:
    from harvester.mirrors import find_token

    return find_token()


def _open_probe() -> "LinkProbe":
    from harvester.mirrors.link_probe import LinkProbe

    return LinkProbe()


def _outcome(course: Course, result: GradeResult, unsynced: str | None) -> GroupOutcome:
    return GroupOutcome(
        group=result.group,
        status=result.status,
        problem=result.problem or unsynced,
        expected=result.group in course.expected_problems,
        changed=result.changed,
        sha=result.sha,
        ticked=result.ticked,
        verdicts=result.verdicts,
        seconds=result.seconds,
    )


def _write_run(opened: OpenedCourse, report: RunReport, started: datetime) -> None:
    """`run.json`: what was run, on what, when, and what came of each group."""
    run = {
        "tool": {"name": "harvester", "version": __version__, "code_sha256": code_sha256()},
        "course": opened.course.name,
        "config_sha256": opened.rules.sha256,
        "roster_sha256": opened.roster.sha256,
        "started": started.isoformat(timespec="seconds"),
        "seconds": report.seconds,
        "graded": report.graded,
        "messages": report.messages,
        "roster_problems": [problem.model_dump(exclude_none=True) for problem in report.roster_problems],
        "groups": [outcome.model_dump(mode="json") for outcome in report.outcomes],
    }
    text = escape_json(json.dumps(run, indent=1, ensure_ascii=False))
    write_atomic(opened.course.output / RUN, text.encode() + b"\n")
