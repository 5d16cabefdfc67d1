"""Marks go to the new number of a group that the roster has renamed, and nothing else moves."""

import json
from functools import partial
from pathlib import Path

import pytest

from harvester.errors import UserError
from harvester.harvest import RunOptions, run_course
from harvester.marking import grading_status
from harvester.models.run import RunReport
from harvester.moving import move_marks
from harvester.opened import open_course
from harvester.progress import RunProgress
from tests.support.grader import shown, type_into
from tests.support.repos import Commit, build_repo

COURSE = "name: Small\nroster: roster.csv\ntemplate: dtu-02476\nallow_protocols: [file]\n"


@pytest.fixture(params=["named", "anonymous"])
def course(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Groups 7 and 8, of which 7 was marked and is called 70 now."""
    urls = [build_repo(tmp_path / f"{name}.git", [Commit({"a.txt": name})]).url for name in ("ash", "oak")]
    (tmp_path / "course.yaml").write_text(COURSE + "anonymous: true\n" * (request.param == "anonymous"))
    roster = tmp_path / "roster.csv"
    roster.write_text(f"group_nb,student 1,repo_url\n7,s000007,{urls[0]}\n8,s000008,{urls[1]}\n")
    run(tmp_path)
    type_into(workbook(tmp_path, "7"), "hydra", {"points": 0.25, "comment": "seen"})
    run(tmp_path)
    type_into(workbook(tmp_path, "7"), person(tmp_path, "7"), {"points": -1})
    roster.write_text(roster.read_text().replace("\n7,", "\n70,"))
    return tmp_path


def run(course: Path, *move: str) -> RunReport:
    """Grade; or move, and grade who got the marks."""
    opened = open_course(course / "course.yaml")
    if not move:
        return run_course(opened, RunOptions(jobs=1), RunProgress(quiet=True))
    options = RunOptions(groups=move[1], jobs=1, sync=False)
    return run_course(opened, options, RunProgress(quiet=True), first=partial(move_marks, old=move[0], named=move[1]))


def name(course: Path, group: str) -> str:
    """How the sheets call a group."""
    key = course / "out" / "anonymous-key.json"
    return str(json.loads(key.read_text())["groups"][group]) if key.exists() else group


def workbook(course: Path, group: str) -> Path:
    return course / "out" / "groups" / name(course, group) / "grading.xlsx"


def person(course: Path, group: str) -> str:
    """The row of the group's only member."""
    record = json.loads((course / "out" / "groups" / group / "harvest.json").read_bytes())
    (member,) = (one["id"] for one in record["group"]["members"])
    if name(course, group) == group:
        return f"m:{member}"
    from harvester.outputs.anonymous_key import open_key

    return f"m:{open_key(course / 'out' / 'anonymous-key.json', [], keep=False).member(group, member)}"


def ledger(course: Path) -> dict[str, dict[str, dict[str, object]]]:
    groups = json.loads((course / "out" / "marks.json").read_bytes())["groups"]
    assert isinstance(groups, dict)
    return groups


def test_marks_go_to_the_new_number_with_their_history(course: Path) -> None:
    """What was typed and not read yet, too; and the old workbook is read no more."""
    before = ledger(course)[name(course, "7")]["hydra"]
    (said,) = (text for text in run(course).messages if "no longer" in text)
    assert f"`harvester marks move {course / 'course.yaml'} 7 70` takes them there" in said
    old = workbook(course, "7")
    report = run(course, "7", "70")

    marks = {("hydra", "points"): 0.25, ("hydra", "comment"): "seen", (person(course, "70"), "points"): -1}
    assert shown(workbook(course, "70")) == marks
    after = ledger(course)
    assert name(course, "7") not in after
    assert after[name(course, "70")]["hydra"]["history"] == before["history"]
    assert not [text for text in report.messages if "marks" in text or "mark " in text]
    assert not old.exists()
    assert len(list((old.parent / "kept").glob("*.xlsx"))) >= 1
    assert not [text for text in run(course).messages if "no longer" in text]
    groups = {one.group: one.marked_items for one in grading_status(open_course(course / "course.yaml")).groups}
    assert groups[name(course, "70")] == 1


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("70", "8", "Group 70 is in the roster, so its marks are its own"),
        ("7", "9", "The roster has no group “9”"),
        ("9", "70", "Group 9 has no marks"),
        ("07", "70", "Group 07 has no marks \\(did you mean `7`\\?\\)"),
    ],
)
def test_what_is_no_renumbering_is_refused(course: Path, old: str, new: str, why: str) -> None:
    run(course)
    before = ledger(course)
    with pytest.raises(UserError, match=why):
        run(course, old, new)
    assert ledger(course) == before


def test_marks_of_two_groups_are_never_mixed(course: Path) -> None:
    run(course)
    type_into(workbook(course, "70"), "git_repo", {"points": 1})
    with pytest.raises(UserError, match="Group 70 has 1 mark of its own, so those of group 7 stay"):
        run(course, "7", "70")

    assert shown(workbook(course, "70")) == {("git_repo", "points"): 1}
    assert "hydra" in ledger(course)[name(course, "7")]
    assert workbook(course, "7").exists()


def test_a_workbook_that_is_open_or_damaged_is_waited_for(course: Path) -> None:
    run(course)
    old = workbook(course, "7")
    lock = old.with_name(f"~${old.name}")
    lock.touch()
    with pytest.raises(UserError, match="is open in another program"):
        run(course, "7", "70")
    lock.unlink()
    old.write_bytes(b"PK damaged")
    with pytest.raises(UserError, match="is not read"):
        run(course, "7", "70")
    assert "hydra" in ledger(course)[name(course, "7")]
