"""Grading on Dask: the same records as at home, lost workers and all."""

import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harvester import cluster
from harvester.beside import load_beside
from harvester.errors import UserError
from harvester.harvest import RunOptions, run_course
from harvester.jobs import GradeJob, GradeResult
from harvester.models.group import Group, Roster
from harvester.models.run import RunReport
from harvester.models.status import Status
from harvester.opened import OpenedCourse
from harvester.pipeline import grade_group, stored_state
from tests.support.courses import make_job, make_rules
from tests.support.repos import Commit, build_repo

distributed = pytest.importorskip("distributed")

GROUPS = ("1", "2", "3", "4", "5", "6")
FILES = (".likeness.json", "harvest.json", "handin.html")
REPORT = """# Exam template

## Week 1

* [x] Write unit tests

### Question 1

> **What did you test, and how much of your code?**

Answer:

We tested the beds and half of the rakes.
"""


class Silent:
    """Watches nothing, and may be told to call somebody when a group is through."""

    def __init__(self, then: Callable[[str], None] = lambda group: None) -> None:
        self.then = then
        self.through: list[str] = []

    def begin(self, total: int) -> None:
        """Nothing to see."""

    def started(self, group: str, stage: str) -> None:
        """Nothing to see."""

    def waiting(self, seconds: float, why: str) -> None:
        """Nothing to see."""

    def finished(self, group: str) -> None:
        """One more."""
        self.through.append(group)
        self.then(group)


@pytest.fixture(scope="module")
def workers() -> Iterator[Any]:
    """Two worker processes of this machine, as a cluster that a course names by its address."""
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
        ) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def remotes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository per group."""
    folder = tmp_path_factory.mktemp("remotes")
    for name in GROUPS:
        files = {
            "reports/README.md": REPORT,
            f"tests/test_{name}.py": f"def test_bed():\n    assert {name} + 1 > {name}\n",
            "src/garden/bed.py": "def dig(bed):\n" + f"    bed.dig(depth={name}, spade=bed.shed.spade)\n" * 5,
        }
        build_repo(folder / name, [Commit(files)])
    return folder


def open_course(folder: Path, remotes: Path, engine: str) -> OpenedCourse:
    """The course of all repositories, its results in a folder."""
    rules = make_rules(folder)
    rules = replace(rules, course=rules.course.model_copy(update={"engine": engine}))
    groups = tuple(Group(id=name, repo_url=(remotes / name).as_uri()) for name in GROUPS)
    return OpenedCourse(folder / "course.yaml", rules, Roster(groups=groups, sha256=""))


def harvest(course: OpenedCourse, watcher: Silent | None = None) -> RunReport:
    """A whole run."""
    return run_course(course, RunOptions(jobs=2), watcher or Silent())


def written(course: OpenedCourse) -> dict[str, bytes]:
    """What a run wrote of each group, but for the times of the sync."""
    groups = course.course.output / "groups"
    return {f"{name}/{file}": (groups / name / file).read_bytes() for name in GROUPS for file in FILES}


@pytest.fixture(scope="module")
def at_home(tmp_path_factory: pytest.TempPathFactory, remotes: Path) -> tuple[OpenedCourse, dict[str, bytes]]:
    """The course, run without Dask."""
    course = open_course(tmp_path_factory.mktemp("home"), remotes, "local")
    assert {outcome.status for outcome in harvest(course).outcomes} == {Status.OK}
    return course, written(course)


@pytest.fixture
def course(at_home: tuple[OpenedCourse, dict[str, bytes]], workers: Any, tmp_path: Path) -> OpenedCourse:
    """The same mirrors, to be graded on the cluster into another folder."""
    opened, _ = at_home
    update = {"engine": workers.scheduler_address, "output": tmp_path / "out"}
    return replace(opened, rules=replace(opened.rules, course=opened.course.model_copy(update=update)))


def grade(course: OpenedCourse, watcher: Silent | None = None) -> RunReport:
    """A run without the network."""
    return run_course(course, RunOptions(jobs=2, sync=False), watcher or Silent())


def die_half_way(job: GradeJob) -> GradeResult:
    """Grade; at group 3, the first worker is killed when the record is written and the page is not."""
    import harvester.pipeline

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)

    died = job.rules.course.output / "died"
    if job.group.id == "3" and not died.exists():
        died.mkdir()
        harvester.pipeline._write_sheets = die  # type: ignore[assignment]
    return grade_group(job)


def die_always_at_3(job: GradeJob) -> GradeResult:
    """Grade, but kill whoever grades group 3."""
    if job.group.id == "3":
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)
    return grade_group(job)


def take_long(job: GradeJob) -> GradeResult:
    """Grade group 1, and be slow at the others."""
    if job.group.id != "1":
        time.sleep(2)
    return grade_group(job)


def raise_at_3(job: GradeJob) -> GradeResult:
    """Grade, but have a bug at group 3."""
    if job.group.id == "3":
        raise ZeroDivisionError("secret of the group")
    return grade_group(job)


def test_a_cluster_gives_the_same_bytes(course: OpenedCourse, at_home: tuple[OpenedCourse, dict[str, bytes]]) -> None:
    """Two workers elsewhere write what the processes here write; all groups are told as through."""
    watcher = Silent()
    report = grade(course, watcher)

    assert {outcome.status for outcome in report.outcomes} == {Status.OK}
    assert sorted(watcher.through) == sorted(GROUPS)
    assert written(course) == at_home[1]


def test_a_worker_killed_half_way_changes_nothing(
    course: OpenedCourse, at_home: tuple[OpenedCourse, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the worker had begun is done again by another, into the same bytes."""
    monkeypatch.setattr("harvester.classroom.grade_group", die_half_way)
    report = grade(course)

    assert (course.course.output / "died").is_dir()
    assert {outcome.status for outcome in report.outcomes} == {Status.OK}
    assert written(course) == at_home[1]


def test_a_worker_killed_from_outside_changes_nothing(
    course: OpenedCourse, at_home: tuple[OpenedCourse, dict[str, bytes]], workers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of two workers is killed after the second group, whatever it is at."""
    monkeypatch.setattr("harvester.classroom.grade_group", slowly)
    before = {worker.pid for worker in workers.workers.values()}
    watcher = Silent(lambda _: len(watcher.through) == 2 and os.kill(min(before), signal.SIGKILL))
    report = grade(course, watcher)

    assert {outcome.status for outcome in report.outcomes} == {Status.OK}
    assert written(course) == at_home[1]
    assert {worker.pid for worker in workers.workers.values()} != before


def slowly(job: GradeJob) -> GradeResult:
    """Grade in no less than a quarter of a second."""
    time.sleep(0.25)
    return grade_group(job)


def test_a_group_that_kills_every_worker_is_alone_with_it(
    course: OpenedCourse, at_home: tuple[OpenedCourse, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets a sentence, as at home; the others are as ever."""
    monkeypatch.setattr("harvester.classroom.grade_group", die_always_at_3)
    outcomes = {outcome.group: outcome for outcome in grade(course).outcomes}

    assert outcomes["3"].status is Status.FAILED
    assert "more memory or time" in (outcomes["3"].problem or "")
    now = written_but_3(course)
    assert now == {name: data for name, data in at_home[1].items() if not name.startswith("3/")}


def written_but_3(course: OpenedCourse) -> dict[str, bytes]:
    """What a run wrote of all groups but 3."""
    groups = course.course.output / "groups"
    return {f"{name}/{file}": (groups / name / file).read_bytes() for name in GROUPS if name != "3" for file in FILES}


def test_a_bug_is_one_groups(course: OpenedCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    """What grading raises on a worker comes home as that group's sentence."""
    monkeypatch.setattr("harvester.classroom.grade_group", raise_at_3)
    outcomes = {outcome.group: outcome for outcome in grade(course).outcomes}

    assert "ZeroDivisionError" in (outcomes["3"].problem or "")
    assert {outcome.status for name, outcome in outcomes.items() if name != "3"} == {Status.OK}


def test_an_interrupted_run_leaves_the_cluster_idle(
    course: OpenedCourse, workers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends at once, the cluster forgets what was waiting, and the next run goes on."""
    monkeypatch.setattr("harvester.classroom.grade_group", take_long)

    def interrupt(group: str) -> None:
        raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        grade(course, Silent(interrupt))

    assert time.monotonic() - begun < 5
    deadline = time.monotonic() + 10
    while workers.scheduler.tasks and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not workers.scheduler.tasks
    monkeypatch.setattr("harvester.classroom.grade_group", grade_group)
    assert {outcome.status for outcome in grade(course).outcomes} == {Status.OK}


def test_a_cluster_of_this_machine(at_home: tuple[OpenedCourse, dict[str, bytes]], tmp_path: Path) -> None:
    """`engine: dask` opens its own workers, bounded as at home, and closes them."""
    opened, records = at_home
    update = {"engine": "dask", "output": tmp_path / "out"}
    course = replace(opened, rules=replace(opened.rules, course=opened.course.model_copy(update=update)))
    grade(course)

    assert written(course) == records
    with cluster.open_cluster("dask", workers=1, shared=()) as executor:
        assert executor.submit(os.umask, 0o022).result() == 0o077
        assert executor.submit(os.getpid).result() != os.getpid()


def test_workers_that_cannot_help_are_refused(
    course: OpenedCourse, workers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version of Harvester, or another file system: said before any group is graded."""
    monkeypatch.setattr(cluster, "look_around", see_another_version)
    with pytest.raises(UserError, match="another version of Harvester"):
        grade(course)
    monkeypatch.setattr(cluster, "look_around", see_nothing)
    with pytest.raises(UserError, match=r"does not see .*out"):
        grade(course)
    assert not (course.course.output / "groups").exists()


def see_another_version(folders: list[str]) -> tuple[str, list[str]]:
    """What a worker with older code would answer."""
    return "0" * 64, []


def see_nothing(folders: list[str]) -> tuple[str, list[str]]:
    """What a worker of another file system would answer."""
    return cluster.code_sha256(), list(folders)


def test_a_scheduler_that_is_not_there_is_said(course: OpenedCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence, not a trace."""
    monkeypatch.setattr(cluster, "PATIENCE", "1s")
    update = {"engine": "tcp://127.0.0.1:9"}
    rules = replace(course.rules, course=course.course.model_copy(update=update))
    with pytest.raises(UserError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        grade(replace(course, rules=rules))


def test_a_job_travels(tmp_path: Path) -> None:
    """A job is the same after it was pickled, and small enough to be sent a thousand times."""
    job = make_job(make_rules(tmp_path), "1")
    data = pickle.dumps(job)

    assert pickle.loads(data) == job
    assert len(data) < 20_000


def test_rules_are_read_once_for_all_jobs_of_a_worker(tmp_path: Path) -> None:
    """What a worker keeps of the rules, such as patterns made of the templates, serves all groups; others are read."""
    rules = make_rules(tmp_path)
    first, second = (pickle.loads(pickle.dumps(make_job(rules, group))) for group in "12")
    other = pickle.loads(pickle.dumps(make_job(replace(rules, sha256="1" * 64), "3")))

    assert first.rules is second.rules
    assert (first.rules, other.rules.sha256) == (rules, "1" * 64)


def test_grading_twice_at_once_is_safe(at_home: tuple[OpenedCourse, dict[str, bytes]], tmp_path: Path) -> None:
    """A task that is done twice at the same time, as a lost worker's may be, leaves whole files."""
    opened, records = at_home
    update = {"output": tmp_path / "out"}
    course = replace(opened, rules=replace(opened.rules, course=opened.course.model_copy(update=update)))
    threads = [threading.Thread(target=grade_at, args=(course, name)) for name in ("1", "1", "1")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    folder = tmp_path / "out" / "groups" / "1"
    assert {file: (folder / file).read_bytes() for file in FILES} == {file: records[f"1/{file}"] for file in FILES}
    assert list(folder.glob(".*.part")) == []


def grade_at(course: OpenedCourse, name: str) -> None:
    """Grade one group of a course."""
    group = next(one for one in course.roster.groups if one.id == name)
    beside = load_beside(course.course.mirrors / group.folder, group.repo_url)
    job = make_job(course.rules, name, state=stored_state(group, course.course), beside=beside)
    grade_group(replace(job, group=group))
