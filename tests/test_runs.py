"""Runs over a small class: what is lost or damaged is made again, and two runs never meet in a folder."""

import csv
import json
import shutil
from functools import partial
from pathlib import Path

import pytest

from harvester.config import load_templates
from harvester.errors import ConfigError, UserError
from harvester.forget import forget_course
from harvester.harvest import RunOptions, run_course
from harvester.lock import hold_lock
from harvester.mirrors import settle_mirrors
from harvester.models.group import Group
from harvester.models.run import RunReport
from harvester.models.status import Status
from harvester.opened import open_course
from harvester.probes.binding import bind_check
from harvester.probes.table import PROBES
from harvester.progress import RunProgress
from harvester.regrade import choose_for
from tests.support.hostile import REPORT, write_report
from tests.support.repos import Commit, build_repo
from tests.test_likeness import CODE, RENAMED

COURSE = "name: Small\nroster: roster.csv\ntemplate: dtu-02476\nallow_protocols: [file]\n"


@pytest.fixture(scope="module")
def harvested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a course of three groups, of which 1 and 2 share a function, harvested until nothing is new."""
    folder = tmp_path_factory.mktemp("small")
    report = write_report(load_templates("dtu-02476")[-1])
    remotes = [
        build_repo(folder / "remotes" / f"{name}.git", [Commit({REPORT: report, f"src/{name}.py": code})])
        for name, code in (("ash", CODE), ("oak", RENAMED), ("elm", "x = 1\n"))
    ]
    (folder / "course.yaml").write_text(COURSE)
    with (folder / "roster.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("group_nb", "repo_url"), *((n, repo.url) for n, repo in enumerate(remotes, 1))])
    for _ in range(2):
        run_course(open_course(folder / "course.yaml"), RunOptions(jobs=1), RunProgress(quiet=True))
    return folder


@pytest.fixture
def course(harvested: Path, tmp_path: Path) -> Path:
    """A copy that a test may change; its mirrors are those of the same addresses."""
    return Path(shutil.copytree(harvested, tmp_path / "course", symlinks=True))


def grade(course: Path, *, groups: str | None = None, force: bool = False) -> RunReport:
    options = RunOptions(groups=groups, jobs=1, sync=False, force=force)
    return run_course(open_course(course / "course.yaml"), options, RunProgress(quiet=True))


def leads(course: Path) -> int:
    with (course / "out" / "likeness.csv").open(encoding="utf-8", newline="") as file:
        return len(list(csv.DictReader(file)))


def test_a_run_without_changes_writes_nothing(course: Path) -> None:
    assert not grade(course).rewritten


@pytest.mark.parametrize("name", ["likeness.html", "likeness.csv", "index.html", "claims.csv"])
def test_what_the_class_has_lost_is_written_again(course: Path, name: str) -> None:
    before = (course / "out" / name).read_bytes()
    (course / "out" / name).unlink()

    assert grade(course).rewritten
    assert (course / "out" / name).read_bytes() == before


def test_a_damaged_fingerprint_of_the_class_is_one_that_is_not_there(course: Path) -> None:
    (course / "out" / ".class-key").write_bytes(b"\xff\x00")

    assert grade(course).rewritten
    assert not grade(course).rewritten


def test_what_is_compared_for_nobody_is_not_missed(course: Path) -> None:
    with (course / "course.yaml").open("a") as file:
        file.write("likeness: {enabled: false}\n")
    grade(course)

    assert not (course / "out" / "likeness.html").exists()
    assert not grade(course).rewritten


def test_fingerprints_that_were_lost_are_made_again(course: Path) -> None:
    prints = course / "out" / "groups" / "1" / ".likeness.json"
    before = prints.read_bytes()
    prints.unlink()
    grade(course)

    assert prints.read_bytes() == before
    assert leads(course) > 0
    assert not grade(course).rewritten


def test_an_earlier_harvest_that_comes_later_is_compared_with(course: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "mlops-2025" / "out"
    with (course / "course.yaml").open("a") as file:
        file.write(f"likeness: {{earlier: [{earlier}]}}\n")
    assert "holds no fingerprints" in " ".join(grade(course).messages)
    before = leads(course)
    shutil.copytree(course / "out" / "groups" / "1", earlier / "groups" / "9")

    assert grade(course).rewritten
    assert leads(course) > before
    assert not grade(course).rewritten


def test_a_forced_run_writes_the_classes_pages_again(course: Path) -> None:
    index = course / "out" / "index.html"
    before = index.read_bytes()
    index.write_text("damaged")

    assert grade(course, force=True).rewritten
    assert index.read_bytes() == before


def damage(course: Path, how: str) -> tuple[Path, bytes]:
    """Group 1's record, damaged; and what it was."""
    record = course / "out" / "groups" / "1" / "harvest.json"
    whole = record.read_bytes()
    record.write_bytes(whole[: len(whole) // 2] if how == "cut" else whole.replace(b'"status"', b'"stat\xff"', 1))
    return record, whole


@pytest.mark.parametrize("how", ["cut", "within"])
def test_a_damaged_record_is_said_of_its_group_alone(course: Path, how: str) -> None:
    """The class's sheets are written; and the next run over the group grades it again."""
    record, whole = damage(course, how)
    (course / "out" / "claims.csv").unlink()
    report = grade(course, groups="2")

    assert report.rewritten
    assert report.exit_code == 0
    (said,) = (message for message in report.messages if "damaged" in message)
    assert "group 1" in said
    with (course / "out" / "groups.csv").open(encoding="utf-8", newline="") as file:
        assert {row["group"]: row["status"] for row in csv.DictReader(file)} == {"1": "failed", "2": "ok", "3": "ok"}

    assert grade(course).rewritten
    assert record.read_bytes() == whole
    with (course / "out" / "groups.csv").open(encoding="utf-8", newline="") as file:
        assert {row["group"]: row["status"] for row in csv.DictReader(file)} == {"1": "ok", "2": "ok", "3": "ok"}


def test_a_record_that_was_cut_is_graded_again_by_the_next_run(course: Path) -> None:
    record, whole = damage(course, "cut")
    report = grade(course)

    assert record.read_bytes() == whole
    assert [outcome.status for outcome in report.outcomes] == [Status.OK] * 3


@pytest.mark.parametrize("how", ["cut", "within"])
def test_other_points_do_not_fail_a_group_whose_record_is_damaged(course: Path, how: str) -> None:
    record, whole = damage(course, how)
    with (course / "course.yaml").open("a") as file:
        file.write("points: {checklist_weight: 20}\n")
    report = grade(course)

    assert [outcome.status for outcome in report.outcomes] == [Status.OK] * 3
    assert json.loads(record.read_bytes())["checklist"] == json.loads(whole)["checklist"]


def test_while_a_run_is_at_work_nothing_is_chosen(course: Path) -> None:
    opened = open_course(course / "course.yaml")
    sha = json.loads((course / "out" / "groups" / "1" / "harvest.json").read_bytes())["snapshot"]["sha"]

    choose = partial(choose_for, named="1", commit=sha)
    options = RunOptions(groups="1", jobs=1, sync=False)
    with hold_lock(course / "out"), pytest.raises(UserError, match="Another run"):
        run_course(opened, options, RunProgress(quiet=True), first=choose)
    assert not (course / "mirrors" / "1" / "chosen.json").exists()

    run_course(opened, options, RunProgress(quiet=True), first=choose)
    assert (course / "mirrors" / "1" / "chosen.json").exists()


def test_two_courses_never_sync_one_folder_of_mirrors_at_the_same_time(course: Path) -> None:
    """Grading from it goes on meanwhile, where no mirror has to be moved."""
    opened = open_course(course / "course.yaml")
    with hold_lock(course / "mirrors"):
        with pytest.raises(UserError, match=r"Another run is at work in .*mirrors"):
            run_course(opened, RunOptions(jobs=1), RunProgress(quiet=True))
        with pytest.raises(UserError, match=r"Another run is at work in .*mirrors"):
            forget_course(opened, marks_too=False)
        assert grade(course).exit_code == 0
        roster = course / "roster.csv"
        roster.write_text(roster.read_text().replace("\n2,", "\n22,"))
        with pytest.raises(UserError, match=r"Another run is at work in .*mirrors"):
            grade(course)
    assert grade(course).exit_code == 0


def test_the_lock_of_mirrors_is_nobodys_mirror_and_nothing_that_is_left(course: Path) -> None:
    run_course(open_course(course / "course.yaml"), RunOptions(groups="1", jobs=1), RunProgress(quiet=True))
    assert (course / "mirrors" / ".lock").is_file()
    assert settle_mirrors([Group(id="lock", repo_url="file:///nowhere")], course / "mirrors") == ()

    assert forget_course(open_course(course / "course.yaml"), marks_too=True) == ()
    assert not (course / "mirrors").exists()
    assert not (course / "out").exists()


def test_a_course_with_its_mirrors_in_its_output_holds_one_lock(tmp_path: Path) -> None:
    with hold_lock(tmp_path, tmp_path / "mirrors" / ".."):
        assert (tmp_path / ".lock").is_file()


def test_a_wrong_built_in_check_is_told_before_any_group_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever adds a check to the configs hears of a typo at once, and not as a failure of each group."""
    (tmp_path / "roster.csv").write_text("group_nb,repo_url\n1,https://github.com/owner/name\n")
    (tmp_path / "course.yaml").write_text("name: X\nroster: roster.csv\ntemplate: dtu-02476\n")
    monkeypatch.delitem(PROBES, "calls")
    bind_check.cache_clear()
    with pytest.raises(ConfigError, match="there is no probe `calls`"):
        open_course(tmp_path / "course.yaml")
