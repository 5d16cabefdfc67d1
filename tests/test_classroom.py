"""The class loop: whatever becomes of one group, the others never notice."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harvester.classroom import ClassRun, run_class
from harvester.errors import MirrorError, OutputError, UserError
from harvester.jobs import GradeJob, GradeResult, Rules
from harvester.models.group import Group
from harvester.models.mirror import MirrorState
from harvester.models.status import Status
from tests.support.courses import make_job, make_rules

GROUPS = ("1", "2", "3", "4", "5", "6")


class Silent:
    """Watches, and counts who is through."""

    def __init__(self) -> None:
        self.through: list[str] = []
        self.graded: list[str] = []

    def started(self, group: str, stage: str) -> None:
        """One more that is graded."""
        if stage == "grading":
            self.graded.append(group)

    def finished(self, group: str) -> None:
        """One more."""
        self.through.append(group)


def run(
    rules: Rules,
    *,
    sync: Callable[[Group], MirrorState | None] = lambda group: None,
    job: Callable[[Group, MirrorState | None], GradeJob | GradeResult] | None = None,
    groups: tuple[str, ...] = GROUPS,
    watcher: Silent | None = None,
    spare: Callable[[], object] = lambda: None,
) -> dict[str, GradeResult]:
    """Run the loop over invented groups; each is told as finished once."""
    watcher = watcher or Silent()
    results = run_class(
        ClassRun(
            groups=[Group(id=name, repo_url=f"https://example.org/a/{name}") for name in groups],
            jobs=4,
            engine="local",
            sync=sync,
            job=job or (lambda group, state: make_job(rules, group.id)),
            watcher=watcher,
            stop=lambda: None,
            spare=spare,
        )
    )
    assert sorted(watcher.through) == sorted(results) == sorted(groups)
    return results


def _result(job: GradeJob) -> GradeResult:
    return GradeResult(group=job.group.id, status=Status.OK, key=job.key)


def die_at_2(job: GradeJob) -> GradeResult:
    """Grade, but be killed at group 2."""
    if job.group.id == "2":
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)
    return _result(job)


def die_once(job: GradeJob) -> GradeResult:
    """Grade, but be killed the first time that anybody comes here."""
    try:
        (job.rules.course.output / "died").mkdir(parents=True)
    except FileExistsError:
        return _result(job)
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)
    return _result(job)


def raise_at_2(job: GradeJob) -> GradeResult:
    """Grade, but have a bug at group 2."""
    if job.group.id == "2":
        raise ZeroDivisionError("secret of the group")
    return _result(job)


def overrun_at_2(job: GradeJob) -> GradeResult:
    """Grade, but have no room for group 2."""
    if job.group.id == "2":
        raise OutputError("out/groups/2 could not be written: no space left on device.")
    return _result(job)


def wait_for_all(job: GradeJob) -> GradeResult:
    """Grade, but not before every group has been fetched."""
    while not (job.rules.course.output / "fetched").is_dir():
        time.sleep(0.01)
    return _result(job)


def test_of_those_that_wait_the_largest_is_graded_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large repository that is fetched last must not be what everybody waits for in the end."""
    monkeypatch.setattr("harvester.classroom.grade_group", wait_for_all)
    monkeypatch.setattr("harvester.engine.os.cpu_count", lambda: 2)
    groups = [str(number) for number in range(12)]
    rules, fetched = make_rules(tmp_path), set()

    def job(group: Group, state: MirrorState | None) -> GradeJob:
        made = make_job(rules, group.id)
        packs = made.mirror / "repo.git" / "objects" / "pack"
        packs.mkdir(parents=True)
        (packs / "pack-1.idx").write_bytes(bytes(1_000 * int(group.id)))
        fetched.add(group.id)
        if len(fetched) == len(groups):
            (tmp_path / "out" / "fetched").mkdir(parents=True)
        return made

    watcher = Silent()
    run(rules, job=job, groups=tuple(groups), watcher=watcher)

    at_once = watcher.graded[:3]
    assert watcher.graded[3:] == sorted(set(groups) - set(at_once), key=int, reverse=True)


def slow_at_last(job: GradeJob) -> GradeResult:
    """Grade, the last group longer than all others."""
    time.sleep(1 if job.group.id == "6" else 0)
    return _result(job)


@pytest.mark.parametrize("graded", [True, False])
def test_what_follows_is_prepared_once_while_the_last_group_is_at_work(
    graded: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not where nothing is graded, for then nothing follows."""
    monkeypatch.setattr("harvester.classroom.grade_group", slow_at_last)
    monkeypatch.setattr("harvester.engine.os.cpu_count", lambda: 2)
    rules, watcher, through = make_rules(tmp_path), Silent(), list[list[str]]()

    def job(group: Group, state: MirrorState | None) -> GradeJob | GradeResult:
        made = make_job(rules, group.id)
        return made if graded else _result(made)

    run(rules, job=job, watcher=watcher, spare=lambda: through.append(list(watcher.through)))

    assert [set(GROUPS) - set(names) for names in through] == ([{"6"}] if graded else [])


def test_a_group_that_kills_its_worker_is_alone_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are graded again in processes of their own; the culprit gets a sentence and keeps no result."""
    monkeypatch.setattr("harvester.classroom.grade_group", die_at_2)
    results = run(make_rules(tmp_path))

    assert {name: result.status for name, result in results.items()} == {
        name: Status.FAILED if name == "2" else Status.OK for name in GROUPS
    }
    assert "more memory or time" in (results["2"].problem or "")
    assert results["2"].key == ""
    assert (tmp_path / "out" / "groups" / "2" / "harvest.json").is_file()


def test_a_worker_killed_by_chance_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine killed once is graded all the same."""
    monkeypatch.setattr("harvester.classroom.grade_group", die_once)

    assert {result.status for result in run(make_rules(tmp_path)).values()} == {Status.OK}
    assert (tmp_path / "out" / "died").is_dir()


@pytest.mark.parametrize(("grade", "words"), [(raise_at_2, "ZeroDivisionError"), (overrun_at_2, "no space left")])
def test_whatever_grading_raises_is_a_sentence(
    grade: Callable[[GradeJob], GradeResult], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug says no more than its kind: its text may hold what is the group's."""
    monkeypatch.setattr("harvester.classroom.grade_group", grade)
    results = run(make_rules(tmp_path))

    assert words in (results["2"].problem or "")
    assert "secret" not in (results["2"].problem or "")
    assert [name for name, result in results.items() if result.status is not Status.OK] == ["2"]


def test_a_group_whose_folder_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Nothing of it can be written, and still it has a result."""
    rules = make_rules(tmp_path)
    (tmp_path / "out" / "groups").mkdir(parents=True)
    (tmp_path / "out" / "groups" / "2").write_text("a file in the folder's place")
    results = run(rules)

    assert results["2"].status is Status.FAILED
    assert "groups/2" in (results["2"].problem or "")
    assert {result.status for name, result in results.items() if name != "2"} == {Status.UNREACHABLE}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MirrorError("m/2/state.json could not be written: no space.", "Make room."), "Make room"),
        (OSError(28, "No space left on device", "m/2"), "m/2 could not be used at group 2: No space left on device."),
        (ValueError("x"), "ValueError"),
    ],
)
def test_whatever_syncing_raises_is_a_sentence(error: Exception, words: str, tmp_path: Path) -> None:
    """A disk that is full at one group's mirror stops nobody else."""

    def sync(group: Group) -> MirrorState | None:
        if group.id == "2":
            raise error
        return None

    results = run(make_rules(tmp_path), sync=sync)

    assert results["2"].status is Status.FAILED
    assert words in (results["2"].problem or "")
    assert {result.status for name, result in results.items() if name != "2"} == {Status.UNREACHABLE}


def test_what_no_group_can_do_without_stops_the_run(tmp_path: Path) -> None:
    """A machine without git is no group's fault."""

    def sync(group: Group) -> MirrorState | None:
        raise UserError("git was not found on this machine.")

    with pytest.raises(UserError, match="git was not found"):
        run(make_rules(tmp_path), sync=sync)


def test_each_group_has_its_times(tmp_path: Path) -> None:
    """Sync, grade and write in seconds; what was not graded has none of an earlier run."""
    rules = make_rules(tmp_path)

    def job(group: Group, state: MirrorState | None) -> GradeJob | GradeResult:
        if group.id == "1":
            return GradeResult(group="1", status=Status.OK, seconds={"grade": 99.0}, changed=False)
        return make_job(rules, group.id)

    results = run(rules, job=job, groups=("1", "2"))

    assert set(results["1"].seconds) == {"sync"}
    assert set(results["2"].seconds) == {"sync", "grade", "write"}
