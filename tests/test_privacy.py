"""Students' work is nobody's but its owner's: not to be committed, not to be read by others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harvester.doctor import diagnose
from harvester.errors import UserError
from harvester.models.group import Group, Roster
from harvester.models.problem import Problem
from harvester.privacy import check_private
from tests.support.repos import run_git


@pytest.fixture
def work_tree(tmp_path: Path) -> Path:
    """A git work tree that ignores nothing."""
    top = tmp_path / "course"
    top.mkdir()
    run_git(top, "init", "--quiet")
    return top


def test_a_folder_that_would_be_committed_is_refused(work_tree: Path) -> None:
    """The message names the lines that end it, and with them it is ended."""
    folders = [work_tree / "2026" / "o[u]t #1", work_tree / "2026" / "mirrors"]
    with pytest.raises(UserError, match="students' work could be committed") as caught:
        check_private(folders)
    where, _, lines = caught.value.hint.removeprefix("Add to ").partition(": ")
    assert Path(where) == work_tree / ".gitignore"
    Path(where).write_text("\n".join(lines.split(" and ")) + "\n")

    check_private(folders)


def test_each_kind_of_file_has_to_be_ignored(work_tree: Path) -> None:
    """A rule that leaves the workbooks in is not enough."""
    (work_tree / ".gitignore").write_text("*.json\n*.html\n")
    with pytest.raises(UserError, match="could be committed"):
        check_private([work_tree / "out"])


@pytest.mark.parametrize("place", [".gitignore", ".git/info/exclude"])
def test_an_ignored_folder_is_fine(place: str, work_tree: Path) -> None:
    """However the work tree ignores it, also through a link."""
    (work_tree / place).write_text("/out\n")
    (work_tree.parent / "link").symlink_to(work_tree)

    check_private([work_tree / "out", work_tree.parent / "link" / "out"])


def test_a_link_into_a_work_tree_is_followed(work_tree: Path) -> None:
    """What counts is where the files will be."""
    (work_tree.parent / "out").symlink_to(work_tree / "out")
    with pytest.raises(UserError, match="could be committed"):
        check_private([work_tree.parent / "out"])


def test_a_work_tree_itself_is_no_output(work_tree: Path) -> None:
    """No line helps there."""
    with pytest.raises(UserError, match="Name a folder outside"):
        check_private([work_tree])


def test_a_folder_in_no_work_tree_is_fine(tmp_path: Path) -> None:
    """No git is asked."""
    check_private([tmp_path / "out"])


def test_a_run_is_refused_before_it_writes(work_tree: Path) -> None:
    """Exit code 2, and nothing is there."""
    (work_tree / "course.yaml").write_text("name: X\nroster: roster.csv\ntemplate: dtu-02476\n")
    (work_tree / "roster.csv").write_text("group_nb,repo_url\n1,https://github.com/a/b\n")
    before = {path.name for path in work_tree.iterdir()}
    done = subprocess.run(
        [sys.executable, "-m", "harvester", "grade", work_tree / "course.yaml"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )

    assert done.returncode == 2
    assert "/out/ and /mirrors/" in " ".join(done.stderr.split())
    assert {path.name for path in work_tree.iterdir()} == before


@pytest.mark.parametrize(("ignored", "well"), [("", False), ("/out/\n/mirrors/\n", True)])
def test_the_doctor_says_what_a_run_would_refuse(work_tree: Path, ignored: str, well: bool) -> None:
    """With the line to add, before the night of the deadline."""
    (work_tree / ".gitignore").write_text(ignored)
    seen = diagnose(output=work_tree / "out", mirrors=work_tree / "mirrors", has_token=True)
    privacy = next(one for one in seen if one.name == "students' work")
    assert not any(one.name == "roster" for one in seen)
    assert privacy.well is well
    assert well or (privacy.serious and "/out/ and /mirrors/" in privacy.advice)


@pytest.mark.parametrize("odd", [0, 1, 2])
def test_the_doctor_says_what_is_odd_about_a_roster(tmp_path: Path, odd: int) -> None:
    """What every run would say, by row; a run can do without a perfect one."""
    problems = [Problem(code="roster_no_url", message=f"Group {n} has no repository address.", line=n) for n in (2, 3)]
    roster = Roster(groups=(Group(id="2"), Group(id="3")), problems=tuple(problems[:odd]))
    seen = diagnose(output=tmp_path / "out", mirrors=tmp_path / "mirrors", has_token=True, roster=roster)[0]

    things = ("nothing is odd", "1 thing is odd", "2 things are odd")[odd]
    assert (seen.name, seen.seen, seen.well, seen.serious) == ("roster", f"2 groups, {things}", not odd, False)
    assert seen.listed == tuple(f"Group {n} has no repository address. (row {n})" for n in (2, 3))[:odd]
