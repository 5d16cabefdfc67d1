"""What a release looks over before students read it."""

import zipfile
from pathlib import Path

import pytest

from harvester.marking import grading_status
from harvester.models.group import Group, Roster
from harvester.models.marks import OVERALL, Conflict, Context, Mark
from harvester.models.status import Verdict
from harvester.opened import OpenedCourse
from harvester.outputs.ledger import Ledger, write_ledger
from harvester.outputs.record_file import write_record
from harvester.release import Released, export_grades, release_groups
from tests.support.courses import make_rules
from tests.support.records import SHA, make_record

WELL = Mark(points=1.0, comment="Fint")


def make_course(folder: Path, marks: dict[str, dict[str, Mark]], conflicts: int = 0) -> OpenedCourse:
    """A small course of the groups 1 and 2, with these marks in it."""
    rules = make_rules(folder)
    groups = tuple(Group(id=name) for name in ("1", "2"))
    for group in groups:
        record = make_record(group.id, items=2, questions=3)
        write_record(record, rules.course.output / "groups" / group.id / "harvest.json")
    asked = tuple(Conflict(id=f"c:{n}", group="1", key="git_repo", field="points") for n in range(conflicts))
    write_ledger(Ledger(groups=marks, conflicts=asked), rules.course.output)
    return OpenedCourse(folder / "course.yaml", rules, Roster(groups))


def release(folder: Path, marks: dict[str, dict[str, Mark]], *parts: str, conflicts: int = 0) -> Released:
    """Release to both groups what was asked for."""
    course = make_course(folder, marks, conflicts)
    return release_groups(course, course.roster.groups, parts)


def test_points_go_to_nobody_whom_no_grader_has_marked(tmp_path: Path) -> None:
    """By name; a page of comments alone can go out."""
    marks = {"1": {"git_repo": WELL}, "2": {"git_repo": Mark(note="look again")}}
    done = release(tmp_path, marks, "points", "comments")
    comments = release(tmp_path, marks, "comments")

    assert [path.name for path in done.zips] == ["1.zip"]
    assert done.left_out == ("Group 2 has no marks yet.",)
    assert [path.name for path in comments.zips] == ["1.zip", "2.zip"]
    assert "Group 2 has no marks yet." in comments.notes


@pytest.mark.parametrize("points", [17.0, -3.0, "full"])
@pytest.mark.parametrize("key", ["git_repo", "q:frameworks", OVERALL])
def test_no_student_reads_points_that_cannot_be_meant(tmp_path: Path, key: str, points: float | str) -> None:
    """The group waits until they are corrected, and an older page of it is not handed out by mistake."""
    release(tmp_path, {"1": {"git_repo": WELL}, "2": {"git_repo": WELL}}, "points")
    wrong = Mark(points=-99.0 if key == OVERALL and points == -3 else points, comment="Fint")
    done = release(tmp_path, {"1": {key: wrong}, "2": {"git_repo": WELL}}, "points")

    assert [path.name for path in (tmp_path / "out" / "released").iterdir()] == ["2.zip"]
    (sentence,) = done.left_out
    assert sentence.startswith("Group 1: 1 mark ")
    assert f": 1 {key} points " in sentence
    assert sentence.endswith("Its page of an earlier release was removed.")


def test_a_release_says_what_an_export_says(tmp_path: Path) -> None:
    """Rows still open, conflicts, points that are none; of evidence alone there is nothing to say."""
    marks = {"1": {"git_repo": WELL, "m:s000011": Mark(points="bogus")}, "2": {"git_repo": WELL}}
    done = release(tmp_path, marks, "points", conflicts=2)
    evidence = release(tmp_path, marks, "evidence", conflicts=2)

    assert any("Group 1" in note and "still to be marked" in note for note in done.notes)
    assert "Group 1: 2 conflicts between workbooks not settled." in done.notes
    assert "1 mark cannot be counted: 1 m:s000011 points “bogus”." in done.notes
    assert (evidence.notes, evidence.left_out, len(evidence.zips)) == ((), (), 2)


def test_marks_that_were_given_to_something_else_are_told_before_they_go_out(tmp_path: Path) -> None:
    """Who agreed with “unsupported” has not agreed with what stands there now."""
    seen = Context(sha=SHA, verdict=Verdict.UNSUPPORTED, claim="ticked", evidence="absent")
    marks = {"1": {"git_repo": WELL, "write_access": Mark(decision="agree", against=seen)}, "2": {"git_repo": WELL}}
    told = "Group 1: 1 mark was given to something else than is there now, and counts as it is;"

    for notes in (
        release(tmp_path, marks, "points").notes,
        export_grades(make_course(tmp_path, marks), "moodle", "Project", None).notes,
    ):
        assert any(note.startswith(told) for note in notes)


@pytest.mark.parametrize("part", ["decisions", "points"])
def test_no_student_reads_a_decision_that_is_none_or_points_without_it(tmp_path: Path, part: str) -> None:
    marks = {"1": {"git_repo": WELL, "write_access": Mark(decision="bogus")}, "2": {"git_repo": WELL}}
    done = release(tmp_path, marks, part)

    assert [path.name for path in done.zips] == ["2.zip"]
    assert done.left_out == ("Group 1: 1 mark cannot be counted: 1 write_access decision “bogus”.",)


def test_a_mark_that_has_lost_its_row_neither_hands_a_page_out_nor_holds_one_back(tmp_path: Path) -> None:
    marks = {"1": {"git_repo": WELL, "gone_check": Mark(points="x")}, "2": {"gone_check": WELL}}
    done = release(tmp_path, marks, "points")

    assert [path.name for path in done.zips] == ["1.zip"]
    assert done.left_out == ("Group 2 has no marks yet.",)
    assert not any("cannot be counted" in note for note in done.notes)


def test_status_counts_no_mark_that_has_lost_its_row(tmp_path: Path) -> None:
    marks = {"1": {"git_repo": WELL, "gone_check": WELL, "q:gone": Mark(decision="full")}}
    status = grading_status(make_course(tmp_path, marks))
    assert [(one.group, one.marked_items, one.marked_answers) for one in status.groups] == [("1", 1, 0)]


def test_a_page_has_the_points_that_were_given(tmp_path: Path) -> None:
    done = release(tmp_path, {"1": {"git_repo": WELL}}, "points")
    with zipfile.ZipFile(done.zips[0]) as packed:
        page = packed.read("1/feedback.html").decode()
    assert "1 of 1" in " ".join(page.split())


def test_a_file_of_the_platform_is_read_with_its_form(tmp_path: Path) -> None:
    """As its bytes are, so that the new one is the same but for the grades."""
    file = tmp_path / "platform.csv"
    file.write_bytes("\ufeffOrgDefinedId;Project Points Grade\r\n#s000099;\r\n".encode())
    export = export_grades(make_course(tmp_path, {"1": {"git_repo": WELL}}), "brightspace", "Project", file)
    assert export.text.encode() == file.read_bytes()
