"""Folders that belong to somebody else, links that lead nowhere, files in the place of folders."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

COURSE = "name: Night\nroster: roster.csv\ntemplate: dtu-02476\n"
_DROP = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")
"""Makes root a user like others, who may do what the rights of a file allow."""

pytestmark = pytest.mark.skipif(
    os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root may do everything here"
)


def run(course: Path, *command: str) -> tuple[int, str]:
    """A command of harvester over a course; its exit code and what it said, never a traceback."""
    drop = _DROP if os.geteuid() == 0 else ()
    line = [*drop, sys.executable, "-m", "harvester", *command[:1], str(course / "course.yaml"), *command[1:]]
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stdout
    assert "bug" not in done.stdout
    return done.returncode, done.stdout


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Path]:
    """The folder of a course of two groups whose addresses git refuses, so that nothing is asked."""
    (tmp_path / "roster.csv").write_text("group_nb,repo_url\n1,ext::sh -c true\n2,ext::sh -c true\n")
    (tmp_path / "course.yaml").write_text(COURSE)
    yield tmp_path
    for path in tmp_path.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)


@pytest.mark.parametrize("name", ["out", "mirrors"])
def test_a_folder_that_may_not_be_entered_is_named(name: str, course: Path) -> None:
    """By the doctor as what it is, and by a run with what to do."""
    (course / name).mkdir(mode=0)

    code, said = run(course, "harvest")

    assert code == 4
    assert f"Cannot write in {course / name}: Permission denied. Choose another folder" in said
    code, said = run(course, "doctor")
    assert code == 1
    assert f"{course / name} cannot be written" in said


def test_a_group_whose_folder_may_not_be_entered_does_not_stop_the_class(course: Path) -> None:
    """It is said of that group, and everybody else has a row."""
    run(course, "harvest")
    (course / "out" / "index.html").unlink()
    (course / "out" / "groups" / "2").chmod(0)

    code, said = run(course, "harvest")

    assert code == 1
    assert f"{course / 'out/groups/2'}" in said
    assert "Permission denied" in said
    assert "answers.csv" not in said
    assert (course / "out" / "index.html").is_file()
    code, said = run(course, "show", "2")
    assert code == 4
    assert f"{course / 'out/groups/2/harvest.json'} could not be" in said


@pytest.mark.parametrize("name", ["out", "mirrors"])
@pytest.mark.parametrize("leads", ["nowhere", "in a circle", "a file"])
def test_what_is_no_folder_is_said(leads: str, name: str, course: Path) -> None:
    """Before anything is asked of anybody; the doctor sees it, too."""
    place = course / name
    if leads == "a file":
        place.write_text("")
    else:
        place.symlink_to(name if leads == "in a circle" else "gone")

    code, said = run(course, "harvest")

    assert code in ((2, 4) if leads == "in a circle" else (4,))
    assert str(place) in said or f"`{name}`" in said
    assert "File exists" not in said
    assert run(course, "doctor")[0] in (1, 2)


def test_a_folder_behind_a_link_is_forgotten_and_the_link_stays(course: Path) -> None:
    """Scratch disks are often linked into the folder of a course."""
    for name in ("out", "mirrors"):
        (course / "scratch" / name).mkdir(parents=True)
        (course / name).symlink_to(course / "scratch" / name)
    run(course, "harvest")

    code, said = run(course, "forget", "--marks")

    assert code == 0, said
    assert said.startswith("Left: nothing")
    assert {path for path in course.rglob("*") if path.is_file()} == {course / "course.yaml", course / "roster.csv"}
    assert (course / "out").is_symlink()
