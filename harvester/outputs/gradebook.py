"""Marks out to a learning platform's gradebook: one row per student, the platform's own headers, a dry run first.

Brightspace (DTU Learn) wants `OrgDefinedId`, `<Item> Points Grade` and `End-of-Line Indicator`; each row ends with `#`,
and ids begin with `#` so that no spreadsheet takes them for numbers. Canvas and Moodle import changes best into a file
that they have exported: pass it as the template, and names, other columns and the order of rows stay.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from harvester.errors import UserError
from harvester.models.group import Member, called
from harvester.models.marks import GroupMarks, Mark
from harvester.models.points import PointsSettings
from harvester.models.record import GroupMember, GroupRecord
from harvester.outputs.cells import neutral
from harvester.outputs.counting import count_points, round_points
from harvester.outputs.gaps import say_gaps, say_unmarked, say_unmeant
from harvester.outputs.unusable import find_unusable, say_unusable
from harvester.outputs.wording import first_few

Kind = Literal["brightspace", "canvas", "moodle"]

_ID_HEADERS: dict[str, tuple[str, ...]] = {
    "brightspace": ("OrgDefinedId", "Username"),
    "canvas": ("SIS Login ID", "SIS User ID", "Student", "ID"),
    "moodle": ("ID number", "Username", "Email address", "idnumber", "username", "email"),
}
_END = "End-of-Line Indicator"
_BOM = "\ufeff"


@dataclass(frozen=True)
class GradeChange:
    """One student whose grade the file would change. Grades are the platform's text, None where there was none."""

    student: str
    old: str | None
    new: str


@dataclass(frozen=True)
class GradebookExport:
    """A file for the platform, what it changes, and what is not in it."""

    text: str
    changes: tuple[GradeChange, ...] = ()
    notes: tuple[str, ...] = ()
    """Students without a group, groups without marks, and anything else to look at, in sentences."""


@dataclass(frozen=True)
class _Grade:
    student: str
    name: str
    group: str
    points: str
    most: str


def export_gradebook(
    records: Iterable[GroupRecord],
    marks_of: Callable[[str], GroupMarks],
    settings: PointsSettings,
    kind: Kind,
    *,
    item: str = "Project",
    template_csv: str | None = None,
    unassigned: Sequence[Member] = (),
) -> GradebookExport:
    """Turn marks into a gradebook file. Nothing is written: a dry run is to look at `changes` and `notes`.

    A student's points are the group's total and the student's own adjustment, not below 0. A group that no grader
    has marked, or with marks that cannot be meant, is left out, and listed; one whose grading is not finished is in,
    and listed.

    Parameters
    ----------
    marks_of
        The marks of a group by its id (`MarksBook.for_group`).
    item
        The name of the grade item on the platform.
    template_csv
        The text of a file that the platform exported. Rows and columns are kept, and its separator, byte order mark
        and line ends; `changes` compares with its grades.
    unassigned
        Students that the roster knows without a group.

    Raises
    ------
    UserError
        The template has no header that the platform's exports have, or the item's name cannot be one.
    """
    if not item.strip() or re.search(r"[\x00-\x1f,]", item):
        raise UserError(f"A grade item cannot be called {item!r}.", "Use a name without commas and line ends.")
    grades: list[_Grade] = []
    notes: list[str] = []
    for record in records:
        _grade_group(record, marks_of(record.group.id), settings, grades, notes)
    grades = _without_twins(grades, notes)
    notes += [f"Student {one.id} is in no group and gets no grade." for one in unassigned]
    if template_csv is None:
        return _new_file(grades, kind, item, notes)
    return _filled_template(grades, kind, item, template_csv, notes)


def grade_header(kind: Kind, item: str) -> str:
    """The heading of the item's column."""
    return f"{item} Points Grade" if kind == "brightspace" else item


def _grade_group(
    record: GroupRecord, marks: GroupMarks, settings: PointsSettings, grades: list[_Grade], notes: list[str]
) -> None:
    group = record.group.id
    if not record.group.members:
        notes.append(f"{called(group)} has no students in the roster.")
    if unmeant := say_unmeant(record, marks, settings, ("points", "decision")):
        notes.append(f"{called(group)} is left out: {unmeant}")
        return
    total = count_points(record, marks, settings)
    if unmarked := say_unmarked(record, marks, total, " and is left out"):
        notes.append(unmarked)
        return
    notes += say_gaps(record, marks, settings, total)
    for member in record.group.members:
        own = marks.mark(f"m:{member.id}") or Mark()
        wrong = (one for one in find_unusable({group: {f"m:{member.id}": own}}, settings) if one.field == "points")
        if sentences := list(say_unusable(wrong)):
            notes.append(f"Student {member.id} is left out: {' '.join(sentences)}")
            continue
        adjustment = own.points if isinstance(own.points, float) else 0.0
        points = max(0.0, round_points(total.total + adjustment, settings))
        grades.append(_Grade(member.id, _name(member), group, f"{points:.10g}", f"{total.most:.10g}"))


def _name(member: GroupMember) -> str:
    return member.name or member.id


def _without_twins(grades: Sequence[_Grade], notes: list[str]) -> list[_Grade]:
    """One row per student: someone in two groups gets none until a person has looked."""
    groups: dict[str, list[str]] = {}
    for grade in grades:
        groups.setdefault(_bare(grade.student), []).append(grade.group)
    for student, found in groups.items():
        if len(found) > 1:
            notes.append(f"Student {student} is in the groups {', '.join(found)} and is left out.")
    return [grade for grade in grades if len(groups[_bare(grade.student)]) == 1]


def _new_file(grades: Sequence[_Grade], kind: Kind, item: str, notes: list[str]) -> GradebookExport:
    column = grade_header(kind, item)
    rows: list[list[str]]
    if kind == "brightspace":
        rows = [["OrgDefinedId", column, _END], *([f"#{_bare(one.student)}", one.points, "#"] for one in grades)]
    elif kind == "canvas":
        most = grades[0].most if grades else ""
        rows = [
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", column],
            ["Points Possible", "", "", "", "", most],
        ]
        rows += [[neutral(one.name), "", "", neutral(_bare(one.student)), "", one.points] for one in grades]
        notes.append(
            "Canvas matches students best by its own ID column: export its gradebook and pass it as the template."
        )
    else:
        rows = [["ID number", column], *([neutral(_bare(one.student)), one.points] for one in grades)]
    changes = tuple(GradeChange(_bare(one.student), None, one.points) for one in grades)
    return GradebookExport(_csv(rows), changes, tuple(notes))


def _filled_template(
    grades: Sequence[_Grade], kind: Kind, item: str, template: str, notes: list[str]
) -> GradebookExport:
    text, dialect = template.removeprefix(_BOM), _dialect(template)
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), dialect) if row]
    header = rows[0] if rows else []
    ids = [header.index(name) for name in _ID_HEADERS[kind] if name in header]
    if not ids:
        raise UserError(
            f"The {kind} file has none of the columns {', '.join(_ID_HEADERS[kind])}.",
            "Export the gradebook from the platform and pass that file.",
        )
    place = _grade_column(header, kind, item)
    if place is None:
        place = header.index(_END) if _END in header else len(header)
        width = len(header)
        for number, row in enumerate(rows):
            row += [""] * (width - len(row))
            row.insert(place, grade_header(kind, item) if number == 0 else "")
        ids = [one + (one >= place) for one in ids]
        notes.append(f"The file has no column for “{item}”: one is added, and the platform will ask what it is.")
    notes += _note_maximum(grades, rows, place)
    by_student = {_bare(one.student).casefold(): one for one in grades}
    sign = _decimal_sign(rows)
    changes, seen = [], set()
    for row in rows[1:]:
        row += [""] * (len(rows[0]) - len(row))
        names = [name for one in ids if (name := _bare(row[one]))]
        found = next((key for key in map(str.casefold, names) if key in by_student), None)
        if found is None:
            if names and not _is_possible(row):
                notes.append(f"Student {names[0]} of the {kind} file has no grade here; the row stays as it is.")
            continue
        seen.add(found)
        old, points = row[place].strip(), by_student[found].points
        if _number(old) != float(points):
            new = points.replace(".", sign)
            changes.append(GradeChange(_bare(by_student[found].student), old or None, new))
            row[place] = new
    notes += [
        f"Student {_bare(one.student)} ({called(one.group, 'group')}) is not in the {kind} file."
        for name, one in by_student.items()
        if name not in seen
    ]
    return GradebookExport(_BOM * template.startswith(_BOM) + _csv(rows, dialect), tuple(changes), tuple(notes))


def _note_maximum(grades: Sequence[_Grade], rows: Sequence[Sequence[str]], place: int) -> list[str]:
    """That the platform's column is of other points than the course's, where the file says how many it takes."""
    said = re.search(r"<[^>]*MaxPoints:\s*([\d.,]+)", rows[0][place], flags=re.IGNORECASE)
    possible = next((row[place] for row in rows[1:] if _is_possible(row) and len(row) > place), "")
    limit = _number(said[1] if said else possible)
    full = max((float(one.most) for one in grades), default=limit)
    if limit is None or full == limit:
        return []
    above = [_bare(one.student) for one in grades if float(one.points) > limit]
    more = f"More than it takes: {first_few(above)}." if above else "No student has more than it takes."
    return [
        f"The column takes {limit:g} points, and full marks are {full:g}: set `scale` of `points` in course.yaml, or "
        f"the column's maximum. {more}"
    ]


def _is_possible(row: Sequence[str]) -> bool:
    """Whether it is the row in which Canvas says how many points each column takes."""
    return row[0].strip().casefold().startswith("points possible")


def _grade_column(header: Sequence[str], kind: Kind, item: str) -> int | None:
    """The item's column, also with what the platforms append: `<Numeric MaxPoints:100>`, ` (1234)`, ` (Real)`."""
    wanted = grade_header(kind, item).casefold()
    for place, name in enumerate(header):
        bare = re.sub(r"\s*(<[^>]*>|\((\d+|real)\))\s*$", "", name, flags=re.IGNORECASE).strip().casefold()
        bare = bare.removeprefix("assignment: ").removeprefix("assignment:")
        if bare == wanted or name.strip().casefold() == wanted:
            return place
    return None


def _dialect(text: str) -> type[csv.Dialect]:
    first = text.split("\n", 1)[0]

    class Found(csv.excel):
        delimiter = max(",;\t", key=first.count)
        lineterminator = "\r\n" if first.endswith("\r") else "\n"

    return Found


def _decimal_sign(rows: Iterable[Sequence[str]]) -> str:
    """A comma where the file's own numbers have one; a point else."""
    numbers = [one.strip() for row in rows for one in row]
    commas = any(re.fullmatch(r"-?\d+,\d\d?", one) for one in numbers)
    return "," if commas and not any(re.fullmatch(r"-?\d+\.\d+", one) for one in numbers) else "."


def _number(text: str) -> float | None:
    """A number with a point or a comma; None where it is none."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _bare(student: str) -> str:
    """A student's id without the `#` of Brightspace exports and the apostrophe of ours."""
    return student.strip().lstrip("'").lstrip("#").strip()


def _csv(rows: Iterable[Sequence[str]], dialect: type[csv.Dialect] = csv.excel) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, dialect).writerows(rows)
    return stream.getvalue()
