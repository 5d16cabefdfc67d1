"""A bad night: two runs at once, a full disk, folders that vanish or cannot be written, a clock that jumps."""

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harvester.config import load_templates
from harvester.harvest import RunOptions, run_course
from harvester.opened import open_course
from tests.support.grader import type_into
from tests.support.hostile import REPORT, write_report
from tests.support.repos import Commit, Repo, build_repo, run_git

HARVEST = (sys.executable, "-m", "harvester", "harvest")
COURSE = "name: Night\nroster: roster.csv\ntemplate: dtu-02476\nallow_protocols: [file]\n"
GROUPS = 3
ENVIRONMENT = {**os.environ, "NO_COLOR": "1", "COLUMNS": "500"}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The folder of a course of a few groups."""
    report = write_report(load_templates("dtu-02476")[-1])
    files = {f"src/part{number}.py": f"x = {number}\n" for number in range(200)}
    remotes = [
        build_repo(tmp_path / "remotes" / f"{number}.git", [Commit({REPORT: report, **files})])
        for number in range(1, GROUPS + 1)
    ]
    return make_course(tmp_path / "course", remotes)


def make_course(folder: Path, remotes: list[Repo]) -> Path:
    """A course over remotes."""
    folder.mkdir()
    (folder / "course.yaml").write_text(COURSE)
    with (folder / "roster.csv").open("w", newline="") as file:
        rows = ((number, repo.url) for number, repo in enumerate(remotes, 1))
        csv.writer(file).writerows([("group_nb", "repo_url"), *rows])
    return folder


def start(course: Path) -> "subprocess.Popen[str]":
    """A harvest, under way."""
    command = [*HARVEST, str(course / "course.yaml")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT)


def finish(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Its exit code and what it said; never a traceback."""
    said, _ = process.communicate(timeout=120)
    assert "Traceback" not in said
    assert "bug" not in said
    return process.returncode, said


def check_all_is_well(course: Path) -> None:
    """The next run makes everything whole."""
    code, said = finish(start(course))
    assert code == 0, said
    run = json.loads((course / "out" / "run.json").read_bytes())
    assert [one["status"] for one in run["groups"]] == ["ok"] * GROUPS
    for group in range(1, GROUPS + 1):
        names = {path.name for path in (course / "out" / "groups" / str(group)).iterdir()}
        assert {"harvest.json", "handin.html", "grading.xlsx"} <= names
    assert (course / "out" / "grading.xlsx").is_file()
    assert [*course.rglob("*.part"), *course.rglob(".part-*"), *course.rglob("tmp_*")] == []


def wait_for(path: Path) -> None:
    """Until something is there."""
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.01)


def test_of_two_runs_at_once_one_works_and_the_other_says_who(course: Path) -> None:
    """It names the process and since when, touches nothing, and can be started again later."""
    first = start(course)
    wait_for(course / "out" / ".lock")
    second = start(course)
    outcomes = sorted((finish(first), finish(second)))

    (code, _), (refused, said) = outcomes
    assert (code, refused) == (0, 2), outcomes
    owner = first.pid if second.returncode == 2 else second.pid
    assert f"Another run is at work in {course / 'out'} (process {owner} on " in said
    assert "since 20" in said
    check_all_is_well(course)


_SMALL_DISK = """
mount -t tmpfs -o size={size} none {course}
cp {kept}/* {course}
{harvest} {course}/course.yaml >{kept}/said 2>&1
echo $? >{kept}/code
find {course}/out -name '*.json' -exec {python} -m json.tool {{}} {kept}/last \\; 2>>{kept}/broken
mount -o remount,size=500m {course}
{harvest} {course}/course.yaml >{kept}/said2 2>&1
echo $? >{kept}/code2
cp {course}/out/run.json {kept}
"""


def _may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode == 0


def _on_a_disk_of(size: str, course: Path, script: str = _SMALL_DISK) -> Path:
    """Harvest on a disk of its own, which then grows; returns the folder that tells of it."""
    kept = course.with_name("kept")
    course.rename(kept)
    course.mkdir()
    harvest = " ".join(HARVEST)
    script = script.format(size=size, course=course, kept=kept, harvest=harvest, python=sys.executable)
    subprocess.run(["unshare", "-rm", "sh", "-c", script], env=ENVIRONMENT, timeout=200, check=True)
    return kept


@pytest.mark.skipif(not _may_mount(), reason="needs Linux and the right to mount")
@pytest.mark.parametrize("size", ["40k", "200k", "1200k"])
def test_a_full_disk_is_a_sentence_and_loses_nothing(size: str, course: Path) -> None:
    """Wherever it fills up; what is there is whole, and with room the next run ends well."""
    kept = _on_a_disk_of(size, course)

    said = (kept / "said").read_text()
    assert (kept / "code").read_text().strip() in ("0", "1", "2", "4"), said
    assert "Traceback" not in said
    assert "bug" not in said
    assert "No space left on device" in said or "disk" in said
    assert (kept / "broken").read_text() == ""
    assert (kept / "code2").read_text().strip() == "0", (kept / "said2").read_text()
    assert {one["status"] for one in json.loads((kept / "run.json").read_bytes())["groups"]} == {"ok"}


_READ_ONLY = """
mount -t tmpfs -o size=100m none {course}
cp {kept}/* {course}
{before}
mount -o remount,ro {course}
{harvest} {course}/course.yaml >{kept}/said 2>&1
echo $? >{kept}/code
"""


@pytest.mark.skipif(not _may_mount(), reason="needs Linux and the right to mount")
@pytest.mark.parametrize("before", ["true", "{harvest} {course}/course.yaml"])
def test_a_disk_that_cannot_be_written_is_a_sentence(before: str, course: Path) -> None:
    """On the first night and on the second."""
    kept = _on_a_disk_of("100m", course, _READ_ONLY.replace("{before}", before))

    said = (kept / "said").read_text()
    assert (kept / "code").read_text().strip() == "4", said
    assert "Read-only file system" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("name", ["out", "mirrors", "out/groups"])
def test_a_folder_that_vanishes_under_way_is_made_good(name: str, course: Path) -> None:
    """A sentence for whoever missed it; the next run writes all again."""
    process = start(course)
    wait_for(course / name)
    time.sleep(0.3)
    shutil.rmtree(course / name, ignore_errors=True)
    code, said = finish(process)

    assert code in (0, 1, 4), said
    check_all_is_well(course)


class _Silent:
    def begin(self, total: int) -> None:
        """Nothing to see."""

    def waiting(self, seconds: float, why: str) -> None:
        """Nothing to see."""

    def started(self, group: str, stage: str) -> None:
        """Nothing to see."""

    def finished(self, group: str) -> None:
        """Nothing to see."""


class _Clock(datetime):
    shift = timedelta(0)

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        """The moment that a wrong clock shows."""
        return datetime.now(UTC) + cls.shift


def test_a_clock_that_jumps_changes_times_only(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into the far future and back: what was pushed is graded, what was typed is kept."""
    monkeypatch.setattr("harvester.harvest.datetime", _Clock)
    monkeypatch.setattr("harvester.mirrors.remote.datetime", _Clock)
    remote = course.parent / "remotes" / "1.git"
    for turn, years in enumerate((0, 30, -20, 0)):
        monkeypatch.setattr(_Clock, "shift", timedelta(days=365 * years))
        report = run_course(open_course(course / "course.yaml"), RunOptions(jobs=2), _Silent())

        head = run_git(remote, "rev-parse", "main").decode().strip()
        assert [one.status.value for one in report.outcomes] == ["ok"] * GROUPS
        assert report.outcomes[0].sha == head
        assert 0 <= report.seconds < 60
        marks = json.loads((course / "out" / "marks.json").read_bytes())
        if turn:
            assert f"turn {turn - 1}" in json.dumps(marks)
        type_into(course / "out" / "groups" / "1" / "grading.xlsx", "git_repo", {"comment": f"turn {turn}"})
        tree = run_git(remote, "rev-parse", "main^{tree}").decode().strip()
        sha = run_git(remote, "commit-tree", tree, "-p", head, "-m", f"turn {turn}").decode().strip()
        run_git(remote, "update-ref", "refs/heads/main", sha)
