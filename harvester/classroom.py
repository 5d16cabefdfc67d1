"""The class loop: every rostered group through sync and grade, side by side, and never one group's fault on another."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any, Protocol

from harvester.engine import grade_workers, open_executor
from harvester.models.group import Group
from harvester.models.mirror import MirrorState
from harvester.pipeline import GradeJob, GradeResult, grade_group, stopped_group


class Watcher(Protocol):
    """Who is told how the run goes."""

    def started(self, group: str, stage: str) -> None:
        """A group enters a stage."""

    def finished(self, group: str) -> None:
        """A group is through all stages."""


@dataclass
class ClassRun:
    """What the loop needs to know of a run.

    `sync` brings one group's mirror up to date (or, offline, reads its state); it runs in threads. `job` says what
    grading the group takes, or None where nothing has changed; `unchanged` then gives the earlier result.
    """

    groups: Sequence[Group]
    jobs: int
    engine: str
    sync: Callable[[Group], MirrorState | None]
    job: Callable[[Group, MirrorState | None], GradeJob | GradeResult]
    watcher: Watcher
    stop: Callable[[], None]
    """Ends what is being fetched, when the run is interrupted."""
    seconds: dict[str, dict[str, float]] = field(default_factory=dict)


def run_class(run: ClassRun) -> dict[str, GradeResult]:
    """Sync and grade all groups; a group is graded while others are still being fetched.

    Returns one result per group. An exception in one group's work becomes that group's result.
    """
    results: dict[str, GradeResult] = {}
    workers = grade_workers(run.jobs, len(run.groups))
    with open_executor(run.engine, workers=workers) as cpu, ThreadPoolExecutor(run.jobs) as net:
        try:
            broken = _loop(run, net, cpu, results)
        except BaseException:
            run.stop()
            net.shutdown(wait=False, cancel_futures=True)
            cpu.shutdown(wait=False, cancel_futures=True)
            raise
    for job in broken:
        _retry(run, job, results)
    return results


def _loop(run: ClassRun, net: Executor, cpu: Executor, results: dict[str, GradeResult]) -> list[GradeJob]:
    """Returns the jobs whose worker process died under them, by their own fault or a neighbour's."""
    syncing: dict[Future[MirrorState | None], Group] = {
        net.submit(_timed_sync, run, group): group for group in run.groups
    }
    grading: dict[Future[GradeResult], GradeJob] = {}
    broken: list[GradeJob] = []
    while syncing or grading:
        waiting: list[Future[Any]] = [*syncing, *grading]
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            if future in syncing:
                _after_sync(run, syncing.pop(future), future, cpu, grading, results, broken)
            else:
                job = grading.pop(future)
                try:
                    results[job.group.id] = future.result()
                except BrokenProcessPool:
                    broken.append(job)
                    continue
                except Exception as error:  # noqa: BLE001 - one group never stops the class
                    results[job.group.id] = stopped_group(job, error)
                run.watcher.finished(job.group.id)
    return broken


def _timed_sync(run: ClassRun, group: Group) -> MirrorState | None:
    run.watcher.started(group.id, "fetching")
    begun = time.perf_counter()
    try:
        return run.sync(group)
    finally:
        run.seconds[group.id] = {"sync": round(time.perf_counter() - begun, 3)}


def _after_sync(
    run: ClassRun,
    group: Group,
    future: "Future[MirrorState | None]",
    cpu: Executor,
    grading: dict[Future[GradeResult], GradeJob],
    results: dict[str, GradeResult],
    broken: list[GradeJob],
) -> None:
    job = run.job(group, future.result())
    if isinstance(job, GradeResult):
        results[group.id] = job
        run.watcher.finished(group.id)
        return
    run.watcher.started(group.id, "grading")
    try:
        grading[cpu.submit(grade_group, job)] = job
    except BrokenProcessPool:
        broken.append(job)


def _retry(run: ClassRun, job: GradeJob, results: dict[str, GradeResult]) -> None:
    """Grade a group whose worker process died, in a process of its own; one that dies again is its own fault."""
    try:
        with open_executor("local", workers=2) as alone:
            results[job.group.id] = alone.submit(grade_group, job).result()
    except BrokenProcessPool as error:
        results[job.group.id] = stopped_group(job, error)
    run.watcher.finished(job.group.id)
