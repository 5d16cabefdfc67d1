"""What every run says of the marks as they stand."""

from dataclasses import replace
from pathlib import Path

import pytest

from harvester.marking import grading_status, say_marks
from harvester.models.group import Group, Roster
from harvester.opened import KEY, OpenedCourse
from harvester.outputs.anonymous_key import open_key
from tests.support.courses import make_rules
from tests.support.grader import Course, opened, type_into
from tests.support.records import OTHER_SHA, make_record


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = Course(tmp_path / "out", [make_record(str(n), items=5, questions=4, variant=n) for n in (1, 2)])
    made.harvest()
    return made


def said(course: Course) -> list[str]:
    """What a run of the course says after all workbooks are written."""
    book = course.harvest()
    groups = tuple(Group(id=one.group.id, repo_url=one.group.repo_url) for one in course.records)
    return list(say_marks(OpenedCourse(Path("course.yaml"), make_rules(course.out.parent), Roster(groups)), book, None))


def test_nothing_is_said_of_marks_that_are_well(course: Course) -> None:
    type_into(course.group_path("1"), "git_repo", {"points": 1, "comment": "fine"})
    assert said(course) == []


def test_a_mark_whose_id_was_changed_is_told_until_it_is_home(course: Course) -> None:
    type_into(course.group_path("1"), "git_repo", {"Id": "gitrepo", "points": 1})
    sentence = (
        "1 mark has lost its row and stands on the sheet “Marks without a home”, where nothing counts: group 1 (1)."
    )
    assert said(course) == [sentence]
    assert said(course) == [sentence]
    with opened(course.group_path("1")) as book:
        sheet = book["Marks without a home"]
        for cell in sheet[2][3:]:
            cell.value = None
    assert said(course) == []


def test_marks_that_were_given_to_another_repository_are_told_until_they_are_given_anew(course: Course) -> None:
    """Two groups that swapped their numbers in the roster, say."""
    type_into(course.group_path("1"), "git_repo", {"points": 1})
    type_into(course.group_path("1"), "write_access", {"points": 1})
    course.harvest()
    course.records = [
        make_record("1", items=5, questions=4, variant=1, sha=OTHER_SHA, root="5eed" * 10),
        course.records[1],
    ]
    sentence = (
        "Another repository than when they were marked, or its history was written anew: group 1 (2 marks). "
        "“Changed since marked” says which; they count as they are."
    )
    assert said(course) == [sentence]
    assert said(course) == [sentence]
    for key in ("git_repo", "write_access"):
        type_into(course.group_path("1"), key, {"points": 0.5})
    assert said(course) == []


def test_marks_of_checks_that_are_gone_and_of_the_class_workbook_are_told(course: Course) -> None:
    type_into(course.group_path("2"), "data_script", {"comment": "on an item"})
    type_into(course.class_path, "git_repo@1", {"Id": "nothing", "points": 1})
    course.harvest()
    course.records = [course.records[0], make_record("2", items=3, questions=4, variant=2)]

    (sentence,) = said(course)

    assert sentence.startswith("2 marks have lost their rows and stand on the sheet")
    assert sentence.endswith(": group 2 (1), the class workbook (1).")


@pytest.mark.parametrize("keyed", [False, True])
def test_who_only_looks_changes_nothing(course: Course, *, keyed: bool) -> None:
    """No key is made or gets new groups, and a damaged ledger stays where it is, for the run that may move it."""
    type_into(course.group_path("1"), "git_repo", {"points": 1})
    course.harvest()
    key = open_key(course.out / KEY, ["1"]) if keyed else None
    (course.out / "marks.json").write_bytes(b'{"groups": {"1": ')
    rules = make_rules(course.out.parent)
    blind = replace(rules, course=rules.course.model_copy(update={"anonymous": True}))
    before = {path: path.read_bytes() for path in course.out.rglob("*") if path.is_file()}

    groups = Roster((Group(id="1"), Group(id="2")))
    status = grading_status(OpenedCourse(Path("course.yaml"), blind, groups))

    assert {path: path.read_bytes() for path in course.out.rglob("*") if path.is_file()} == before
    marked = {one.group: one.marked_items for one in status.groups}
    assert marked[key.group("1") if key else "1"] == 1
    assert any("marks.json is damaged;" in message for message in status.messages)


def test_copies_that_are_not_read_are_named(course: Course) -> None:
    """In a folder of their own, or in a format of another program; what a program leaves beside an open one is none."""
    folder = course.group_path("1").parent
    for name in ("anna/grading.xlsx", "grading.ods", "bo/old/marks.XLS", "~$grading.xls", ".x/a.xlsx", "kept/a.xlsx"):
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_bytes(b"PK")
    (course.out / "class.ods").write_bytes(b"PK")

    (sentence,) = said(course)

    assert sentence.startswith(
        "4 files look like workbooks and are not read: class.ods, groups/1/anna/grading.xlsx, "
        "groups/1/bo/old/marks.XLS, groups/1/grading.ods. "
    )


def test_conflicts_are_told_until_they_are_settled(course: Course) -> None:
    type_into(course.group_path("1"), "git_repo", {"points": 1})
    type_into(course.class_path, "git_repo@1", {"points": 0})
    sentence = "1 conflict between workbooks is not settled: group 1 (1)."
    assert said(course) == [sentence]
    assert said(course) == [sentence]
