"""What is done for one group: its record is made, or read, and what shows it is written."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harvester.beside import load_beside
from harvester.bounds import bounded
from harvester.comparison import drop_prints
from harvester.errors import GroupError, HarvesterError, OutputError, say_error
from harvester.examining import examine, fault_record, links_of, take, take_again
from harvester.jobs import PAGE, RECORD, RESULT, WORKBOOK, GradeJob, GradeResult, Rules
from harvester.keys import marks_key, shown_key
from harvester.models.course import Course
from harvester.models.group import Group
from harvester.models.marks import GroupMarks, WriteResult
from harvester.models.mirror import MirrorState
from harvester.models.record import GroupRecord
from harvester.models.status import Claim, Status
from harvester.syncing import stored_state

if TYPE_CHECKING:
    from harvester.mirrors.link_probe import LinkProbe
    from harvester.models.snapshot import Snapshot
    from harvester.outputs.page_options import PageOptions

log = logging.getLogger("harvester")


def grade_group(job: GradeJob) -> GradeResult:
    """Grade one group and write its record, workbook and page. Runs in a worker; touches no network.

    Whatever goes wrong with the group's own material becomes its status, also when it takes too much time or memory;
    only a bug raises, and a result that cannot be written.
    """
    from harvester.snapshot import reader_kept

    try:
        with bounded(job.seconds), reader_kept():
            return _grade(job)
    except GroupError as error:
        return stopped_group(job, error)


def _grade(job: GradeJob) -> GradeResult:
    from harvester.outputs.files import make_folder
    from harvester.outputs.record_file import write_record

    make_folder(job.output)
    begun = time.perf_counter()
    record = _fresh_record(job)
    if record is not None:
        snapshot = take_again(job)
    else:
        if not job.material_fresh:
            _forget_result(job)
        record, snapshot = examine(job)
        write_record(record, job.output / RECORD)
    graded = time.perf_counter()
    sheets = _write_sheets(job, record, snapshot)
    seconds = {"grade": round(graded - begun, 3), "write": round(time.perf_counter() - graded, 3)}
    return _finish(job, record, sheets, seconds)


def _fresh_record(job: GradeJob) -> GroupRecord | None:
    """The record of before where it is up to date and can still be read."""
    from harvester.outputs.record_file import read_record

    try:
        return read_record(job.output / RECORD) if job.record_fresh else None
    except OutputError:
        return None


def _forget_result(job: GradeJob) -> None:
    """What lies beside a record of other material: a run that is killed before it is made anew leaves none of it."""
    drop_prints(job.output)
    (job.output / RESULT).unlink(missing_ok=True)


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


@dataclass(frozen=True)
class _Sheets:
    """What came of writing a group's workbook, and a fingerprint of all that workbook and page show."""

    workbook: WriteResult
    shown_key: str


def _write_sheets(job: GradeJob, record: GroupRecord, snapshot: "Snapshot | None") -> _Sheets:
    """Write the workbook and the page, each only where it would show something else."""
    from harvester.outputs.workbook_group import group_inputs, write_group_workbook

    course, shown = job.rules.course, job.masked(record)
    inputs = group_inputs(shown, job.marks, course.points, course.timezone)
    key = shown_key(job.material, course, inputs)
    if job.before is None or job.before.shown_key != key or not (job.sheets / PAGE).is_file():
        _write_page(job, shown, snapshot)
    path = job.sheets / WORKBOOK
    return _Sheets(write_group_workbook(shown, job.marks, course.points, path, course.timezone, inputs), key)


def _write_page(job: GradeJob, shown: GroupRecord, snapshot: "Snapshot | None") -> None:
    from harvester.outputs.files import write_atomic
    from harvester.outputs.pages import render_handin
    from harvester.outputs.picture_cache import PictureCache

    with PictureCache(job.mirror) as pictures:
        page = render_handin(
            shown,
            figures=snapshot.tree.figure if snapshot else lambda _path: None,
            marks=job.marks,
            options=page_options(job.rules.course),
            scale=pictures.scale,
        )
    write_atomic(job.sheets / PAGE, page.encode(), last=False)


def figures_of(rules: Rules, group: Group) -> Callable[[str], bytes | None]:
    """Reads a group's figures from its mirror, at the graded commit; nothing where there is no mirror."""
    state = stored_state(group, rules.course)
    if state is None or state.head is None:
        return lambda _path: None
    try:
        return take(_unmarked(rules, group, state)).tree.figure
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
        snapshot = take(job)
        links = links_of(read_report(snapshot.tree, rules.templates), snapshot, job)
        probe_links([link.url for link in links], job.mirror, probe, stop)
    except GroupError as error:
        log.warning("links of group %s: %s", group.id, error)


def page_options(course: Course) -> "PageOptions":
    """What all pages of a course are told."""
    from harvester.outputs.page_options import PageOptions

    return PageOptions(zone=course.timezone, course=course.name)


def _finish(job: GradeJob, record: GroupRecord, sheets: _Sheets, seconds: dict[str, float]) -> GradeResult:
    from harvester.outputs.files import write_atomic

    result = GradeResult(
        group=job.group.id,
        status=record.status,
        problem=record.problem,
        sha=record.snapshot.sha if record.snapshot else None,
        ticked=sum(item.claim is Claim.TICKED for item in record.checklist),
        verdicts=dict(sorted(Counter(item.verdict.value for item in record.checklist).items())),
        seconds=seconds,
        workbook=sheets.workbook,
        key=job.key,
        material=job.material,
        shown_key=sheets.shown_key,
        marks_key=marks_key(job.marks, job.rules.course),
    )
    write_atomic(job.output / RESULT, result.model_copy(update={"changed": False}).model_dump_json().encode())
    return result
