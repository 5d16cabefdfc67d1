"""The class loop: every rostered group through sync and grade, side by side, and never one group's fault on another."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from harvester.engine import LOCAL, grade_workers, open_executor, run_alone
from harvester.errors import UserError
from harvester.jobs import GradeJob, GradeResult
from harvester.logs import with_fields
from harvester.models.group import Group
from harvester.models.mirror import MirrorState
from harvester.models.status import Status
from harvester.pipeline import grade_group, say_stopped, stopped_group

log = logging.getLogger(__name__)
_LONGEST_WAIT = 0.5
"""Seconds: a signal that comes just before a wait is heard after it only."""


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
    grading the group takes, or gives its result where there is nothing to grade.
    """

    groups: Sequence[Group]
    jobs: int
    engine: str
    sync: Callable[[Group], MirrorState | None]
    job: Callable[[Group, MirrorState | None], GradeJob | GradeResult]
    watcher: Watcher
    stop: Callable[[], None]
    """Ends what is being fetched, when the run is interrupted."""
    shared: Sequence[Path] = ()
    """Folders that every machine that grades has to see."""
    spare: Callable[[], object] = lambda: None
    """Called once when the last groups are at work and a core has nothing left to do."""
    seconds: dict[str, dict[str, float]] = field(default_factory=dict)


def run_class(run: ClassRun) -> dict[str, GradeResult]:
    """Sync and grade all groups; a group is graded while others are still being fetched.

    Returns one result per group. An exception in one group's work becomes that group's result.

    Raises
    ------
    UserError
        The run can do nothing for any group: there is no git, say.
    """
    workers = grade_workers(run.jobs, len(run.groups))
    opened = open_executor(run.engine, workers=workers, shared=run.shared)
    with opened as cpu, ThreadPoolExecutor(run.jobs) as net:
        loop = _Loop(run, net, cpu, workers, workers + 1 if run.engine == LOCAL else len(run.groups))
        try:
            loop.go()
        except BaseException:
            run.stop()
            net.shutdown(wait=False, cancel_futures=True)
            cpu.shutdown(wait=False, cancel_futures=True)
            raise
    if loop.broken:
        with ThreadPoolExecutor(workers) as threads:
            for result in threads.map(_grade_alone, loop.broken):
                loop.finish(result)
    return loop.results


@dataclass
class _Loop:
    """What is under way. `broken` are the jobs whose worker process died, by their own fault or a neighbour's.

    So many jobs as `most` says are handed to the workers at once. Of the others the largest is the next, so that none
    of those begins when all the rest are done.
    """

    run: ClassRun
    net: Executor
    cpu: Executor
    workers: int
    most: int
    ready: list[tuple[int, int, GradeJob]] = field(default_factory=list)
    number: Iterator[int] = field(default_factory=count)
    at_work: int = 0
    results: dict[str, GradeResult] = field(default_factory=dict)
    broken: list[GradeJob] = field(default_factory=list)
    waiting: dict[Future[Any], Callable[[Future[Any]], None]] = field(default_factory=dict)
    done: SimpleQueue[Future[Any]] = field(default_factory=SimpleQueue)

    def go(self) -> None:
        """Take each group through its stages, as they end."""
        for group in self.run.groups:
            self._await(self.net.submit(_timed_sync, self.run, group), partial(self._after_sync, group))
        told = False
        while self.waiting:
            try:
                future = self.done.get(timeout=_LONGEST_WAIT)
            except Empty:
                continue
            self.waiting.pop(future)(future)
            if not told and 0 < self.at_work < self.workers and self.at_work == len(self.waiting):
                told = True
                self.run.spare()

    def finish(self, result: GradeResult) -> None:
        """A group is through."""
        times = {**self.run.seconds.get(result.group, {}), **(result.seconds if result.changed else {})}
        self.results[result.group] = result.model_copy(update={"seconds": times})
        self.run.watcher.finished(result.group)
        _log(result, times)

    def _await(self, future: Future[Any], then: Callable[[Future[Any]], None]) -> None:
        self.waiting[future] = then
        future.add_done_callback(self.done.put)

    def _after_sync(self, group: Group, future: "Future[MirrorState | None]") -> None:
        try:
            job = self.run.job(group, future.result())
        except UserError:
            raise
        except Exception as error:  # noqa: BLE001 - one group never stops the class
            problem = say_stopped(group, error)
            self.finish(GradeResult(group=group.id, status=Status.FAILED, problem=problem))
            return
        if isinstance(job, GradeResult):
            self.finish(job)
            return
        heappush(self.ready, (-job.weight, next(self.number), job))
        self._grade_next()

    def _grade_next(self) -> None:
        while self.ready and self.at_work < self.most:
            *_, job = heappop(self.ready)
            self.run.watcher.started(job.group.id, "grading")
            try:
                self._await(self.cpu.submit(grade_group, job), partial(self._after_grade, job))
                self.at_work += 1
            except BrokenExecutor:
                self.broken.append(job)

    def _after_grade(self, job: GradeJob, future: Future[GradeResult]) -> None:
        self.at_work -= 1
        self._grade_next()
        try:
            result = future.result()
        except BrokenExecutor:
            self.broken.append(job)
            return
        except Exception as error:  # noqa: BLE001 - one group never stops the class
            result = stopped_group(job, error)
        self.finish(result)


def _log(result: GradeResult, times: Mapping[str, float]) -> None:
    fields = with_fields(
        event="group",
        group=result.group,
        status=result.status.value,
        commit=result.sha,
        problem=result.problem,
        **times,
    )
    level = logging.WARNING if result.problem else logging.INFO
    seconds = ", ".join(f"{stage} {duration:.1f} s" for stage, duration in times.items() if duration >= 0.05)
    log.log(
        level,
        "group %s: %s%s%s",
        result.group,
        result.problem or result.status.value,
        "" if result.changed else ", unchanged",
        f" ({seconds})" if seconds else "",
        extra=fields,
    )


def _timed_sync(run: ClassRun, group: Group) -> MirrorState | None:
    run.watcher.started(group.id, "fetching")
    begun = time.perf_counter()
    try:
        return run.sync(group)
    finally:
        run.seconds[group.id] = {"sync": round(time.perf_counter() - begun, 3)}


def _grade_alone(job: GradeJob) -> GradeResult:
    """Grade a group whose worker process died, in a process of its own; one that dies again is its own fault."""
    try:
        return run_alone(grade_group, job)
    except Exception as error:  # noqa: BLE001 - one group never stops the class
        return stopped_group(job, error)
