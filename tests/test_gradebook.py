"""Marks out to gradebooks."""

import csv
import io

import pytest

from harvester.errors import UserError
from harvester.models.group import Member
from harvester.models.marks import OVERALL, Conflict, GroupMarks, Mark
from harvester.models.points import PointsSettings
from harvester.models.status import Status
from harvester.outputs.gradebook import GradeChange, Kind, export_gradebook
from tests.support.records import make_record

SETTINGS = PointsSettings(item=1, question=0, questions={}, proposals=False)
RECORDS = (
    make_record("1", items=2, questions=1, members=("s000001", "s000002")),
    make_record("2", items=2, questions=1, members=("s000003",)),
    make_record("3", status=Status.UNREACHABLE, members=("s000004",)),
)
MARKS = {
    "1": GroupMarks(
        group_id="1",
        marks={
            "git_repo": Mark(points=1.0),
            "write_access": Mark(decision="partial"),
            "m:s000002": Mark(points=-0.5),
            OVERALL: Mark(points=1.0),
        },
    ),
    "2": GroupMarks(group_id="2", marks={"git_repo": Mark(decision="found")}),
}


def marks_of(group: str) -> GroupMarks:
    return MARKS.get(group, GroupMarks(group_id=group))


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_brightspace_wants_its_own_headers_and_a_hash_at_the_end() -> None:
    export = export_gradebook(RECORDS, marks_of, SETTINGS, "brightspace", item="Report")

    assert rows_of(export.text) == [
        ["OrgDefinedId", "Report Points Grade", "End-of-Line Indicator"],
        ["#s000001", "2.5", "#"],
        ["#s000002", "2", "#"],
        ["#s000003", "1", "#"],
    ]
    assert export.text.endswith("\r\n")


def test_who_is_missing_or_not_finished_is_listed() -> None:
    notes = export_gradebook(RECORDS, marks_of, SETTINGS, "moodle", unassigned=[Member(id="s000009")]).notes

    assert "Group 3 has no marks yet (not reachable) and is left out." in notes
    assert any("Group 2" in note and "1 row still to be marked" in note for note in notes)
    assert any("s000009" in note for note in notes)


def test_a_file_of_the_platform_keeps_everything_but_the_grades() -> None:
    template = (
        "\ufeffOrgDefinedId,Last Name,Report Points Grade <Numeric MaxPoints:10>,Other,End-of-Line Indicator\r\n"
        '#s000002,"Ås, B",1,x,#\r\n#s000001,Ør,"2,5",y,#\r\n#s000008,Stranger,4,z,#\r\n'
    )

    export = export_gradebook(RECORDS, marks_of, SETTINGS, "brightspace", item="Report", template_csv=template)

    assert rows_of(export.text)[1:] == [
        ["#s000002", "Ås, B", "2", "x", "#"],
        ["#s000001", "Ør", "2,5", "y", "#"],
        ["#s000008", "Stranger", "4", "z", "#"],
    ]
    assert export.changes == (GradeChange("s000002", "1", "2"),)
    assert any("s000008" in note for note in export.notes)
    assert any("s000003" in note and "not in the" in note for note in export.notes)


def test_a_missing_column_is_added_before_the_end_of_the_line() -> None:
    export = export_gradebook(
        RECORDS, marks_of, SETTINGS, "brightspace", item="Report",
        template_csv="Username;End-of-Line Indicator\ns000001;#\n",
    )  # fmt: skip

    assert export.text == "Username;Report Points Grade;End-of-Line Indicator\ns000001;2.5;#\n"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("between", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_of_the_platform_keeps_its_form(mark: str, between: str, end: str) -> None:
    """Separator, byte order mark and line ends: some platforms take no other than their own."""
    lines = ("OrgDefinedId", "Report Points Grade", "End-of-Line Indicator"), ("#s000001", "", "#")
    template = mark + "".join(between.join(line) + end for line in lines)
    export = export_gradebook(RECORDS, marks_of, SETTINGS, "brightspace", item="Report", template_csv=template)

    assert export.text == template.replace(f"#s000001{between}", f"#s000001{between}2.5")


@pytest.mark.parametrize(
    ("others", "written"),
    [
        (("7,5", "10"), "2,5"),
        (("7.5", "10"), "2.5"),
        (("7,5", "7.25"), "2.5"),
        (("1,000", "2,000"), "2.5"),
        (("", ""), "2.5"),
    ],
    ids=["commas", "points", "both", "thousands", "none"],
)
def test_grades_have_the_decimal_sign_of_the_file(others: tuple[str, str], written: str) -> None:
    first, second = others
    template = (
        "OrgDefinedId;Exam Points Grade;Report Points Grade;End-of-Line Indicator\n"
        f"#s000001;{first};;#\n#s000002;{second};2;#\n"
    )

    export = export_gradebook(RECORDS, marks_of, SETTINGS, "brightspace", item="Report", template_csv=template)

    assert export.text == template.replace(f"{first};;#", f"{first};{written};#", 1)
    assert export.changes == (GradeChange("s000001", None, written),)


@pytest.mark.parametrize(
    ("kind", "template"),
    [
        (
            "brightspace",
            "OrgDefinedId,Report Points Grade <Numeric MaxPoints:{most} Weight:50>,End-of-Line Indicator\n",
        ),
        ("canvas", "SIS Login ID,Report (4711)\n  Points Possible,{most}\n"),
    ],
)
def test_a_column_of_other_points_is_noted(kind: Kind, template: str) -> None:
    """Points above its maximum are a fault of a setting, which nobody sees in the numbers alone."""

    def notes(most: str) -> list[str]:
        text = template.replace("{most}", most) + "s000001,,#\n"
        done = export_gradebook(RECORDS, marks_of, SETTINGS, kind, item="Report", template_csv=text)
        return [note for note in done.notes if "The column takes" in note]

    assert notes("2") == notes("2.0") == []
    assert "takes 1.5 points, and full marks are 2" in notes("1.5")[0]
    assert "More than it takes: s000001, s000002." in notes("1.5")[0]
    assert "No student has more" in notes("100")[0]


def test_canvas_is_matched_by_login_and_keeps_points_possible() -> None:
    template = (
        "Student,ID,SIS User ID,SIS Login ID,Section,Report (4711)\n"
        '    Points Possible,,,,,10\n"Ås, B",77,,s000001,A,\n'
    )

    export = export_gradebook(RECORDS, marks_of, SETTINGS, "canvas", item="Report", template_csv=template)

    assert rows_of(export.text)[1:] == [
        ["    Points Possible", "", "", "", "", "10"],
        ["Ås, B", "77", "", "s000001", "A", "2.5"],
    ]
    assert export.changes == (GradeChange("s000001", None, "2.5"),)


def test_a_student_of_the_file_is_named_by_what_the_file_has() -> None:
    """Moodle lists people without an ID number, Canvas a test student without any id of the university's."""
    template = "ID number,Email address,Project\n,ada@example.org,-\n"
    notes = export_gradebook(RECORDS, marks_of, SETTINGS, "moodle", template_csv=template).notes
    assert "Student ada@example.org of the moodle file has no grade here; the row stays as it is." in notes


def test_moodle_has_id_number_and_item() -> None:
    export = export_gradebook(RECORDS, marks_of, SETTINGS, "moodle", item="Report")
    assert rows_of(export.text)[:2] == [["ID number", "Report"], ["s000001", "2.5"]]


def test_a_student_in_two_groups_gets_none_until_somebody_looked() -> None:
    twins = (RECORDS[0], make_record("2", items=2, questions=1, members=("s000001",)))

    export = export_gradebook(twins, marks_of, SETTINGS, "brightspace")

    assert "s000001" not in export.text
    assert any("s000001" in note and "1, 2" in note for note in export.notes)


def test_conflicts_are_listed() -> None:
    conflicts = (Conflict(id="c:1", group="1", key="git_repo", field="points"),)
    torn = GroupMarks(group_id="1", marks={"git_repo": Mark(points=1.0)}, conflicts=conflicts)

    notes = export_gradebook(RECORDS[:1], lambda _: torn, SETTINGS, "moodle").notes

    assert "Group 1: 1 conflict between workbooks not settled." in notes


def test_a_group_with_nothing_but_conflicts_is_not_said_to_be_without_marks() -> None:
    conflicts = tuple(Conflict(id=f"c:{n}", group="1", key="git_repo", field="points") for n in range(3))
    torn = GroupMarks(group_id="1", marks={"git_repo": Mark(comment="see")}, conflicts=conflicts)

    notes = export_gradebook(RECORDS[:1], lambda _: torn, SETTINGS, "moodle").notes

    assert notes == ("Group 1 has no marks but 3 conflicts between workbooks not settled, and is left out.",)


def test_a_decision_that_nobody_knows_is_no_mark() -> None:
    unknown = GroupMarks(group_id="1", marks={"git_repo": Mark(decision="enig"), "q:tests": Mark(decision="found")})

    notes = export_gradebook(RECORDS[:1], lambda _: unknown, SETTINGS, "moodle").notes

    assert any(note.startswith("Group 1 is left out: 1 mark cannot be counted: ") for note in notes)


@pytest.mark.parametrize(
    "marks",
    [
        {"gone_check": Mark(points=1.0, decision="found")},
        {"q:gone_question": Mark(decision="full")},
        {"m:s000001": Mark(points=1.0, decision="as the group")},
    ],
)
def test_marks_without_a_row_and_adjustments_alone_are_no_grading(marks: dict[str, Mark]) -> None:
    """A check was renamed since: what counts is then the tool's word alone, and nobody has read that."""
    only = GroupMarks(group_id="1", marks=marks)

    export = export_gradebook(RECORDS[:1], lambda _: only, PointsSettings(), "moodle")

    assert export.changes == ()
    assert export.notes == ("Group 1 has no marks yet and is left out.",)


def test_the_word_that_a_group_is_graded_is_one() -> None:
    """The only way to grade a group whose repository nobody could read."""
    done = GroupMarks(group_id="3", marks={OVERALL: Mark(decision="graded")})
    export = export_gradebook(RECORDS[2:], lambda _: done, SETTINGS, "moodle")
    assert [(change.student, change.new) for change in export.changes] == [("s000004", "0")]


def test_a_file_of_something_else_is_refused_in_a_sentence() -> None:
    with pytest.raises(UserError, match="none of the columns OrgDefinedId"):
        export_gradebook(RECORDS, marks_of, SETTINGS, "brightspace", template_csv="a,b\n1,2\n")
    with pytest.raises(UserError, match="cannot be called"):
        export_gradebook(RECORDS, marks_of, SETTINGS, "brightspace", item="a,b")


@pytest.mark.parametrize(
    ("key", "mark"),
    [
        (OVERALL, Mark(points=99.0)),
        ("git_repo", Mark(points="50%")),
        ("git_repo", Mark(points=7.0)),
        ("write_access", Mark(decision="fuond")),
    ],
)
def test_a_group_with_marks_that_cannot_be_meant_is_left_out(key: str, mark: Mark) -> None:
    """No gradebook takes what no page would show."""
    marks = MARKS["1"].model_copy(update={"marks": MARKS["1"].marks | {key: mark}})

    export = export_gradebook(RECORDS[:2], lambda one: marks if one == "1" else marks_of(one), SETTINGS, "moodle")

    assert rows_of(export.text)[1:] == [["s000003", "1"]]
    assert [note for note in export.notes if note.startswith("Group 1 is left out: 1 mark ")]


@pytest.mark.parametrize("points", [99.0, "1/2"])
def test_a_student_with_points_that_cannot_be_meant_is_left_out(points: float | str) -> None:
    """The others of the group are not."""
    marks = MARKS["1"].model_copy(update={"marks": MARKS["1"].marks | {"m:s000001": Mark(points=points)}})

    export = export_gradebook(RECORDS[:1], lambda _: marks, SETTINGS, "moodle")

    assert [row[0] for row in rows_of(export.text)[1:]] == ["s000002"]
    assert [note for note in export.notes if note.startswith("Student s000001 is left out: 1 mark ")]


def test_a_mark_that_has_lost_its_row_leaves_no_group_out() -> None:
    marks = MARKS["1"].model_copy(update={"marks": MARKS["1"].marks | {"gone": Mark(points="50%")}})

    assert len(rows_of(export_gradebook(RECORDS[:1], lambda _: marks, SETTINGS, "moodle").text)) == 3


def test_an_adjustment_alone_is_not_said_to_be_nothing() -> None:
    marks = GroupMarks(group_id="2", marks={OVERALL: Mark(points=2.0)})

    (note,) = export_gradebook(RECORDS[1:2], lambda _: marks, SETTINGS, "moodle").notes

    assert note == "Group 2 has no marks but its adjustment (2 rows open) and is left out."
