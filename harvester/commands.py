"""The commands beside a run: looking, measuring, releasing, and what is written once."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from harvester.errors import OutputError

if TYPE_CHECKING:
    from harvester.config import Family
    from harvester.models.course import Course

app = typer.Typer()
marks_app = typer.Typer(help="What graders typed, and how far the grading is.", no_args_is_help=True)
app.add_typer(marks_app, name="marks")

CourseFile = Annotated[Path, typer.Argument(metavar="COURSE", help="The course's course.yaml.")]
Groups = Annotated[Optional[str], typer.Option("--groups", "-g", help="Only these groups, such as 3,7-9.")]  # noqa: UP045
FamilyName = Annotated[str, typer.Option("--family", help="A built-in family of templates and checks.")]
OwnCourse = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--course", help="A course.yaml, for its own templates and checks; its roster is not read."),
]


class Gradebook(StrEnum):
    """The platforms that a gradebook file can be made for."""

    BRIGHTSPACE = "brightspace"
    CANVAS = "canvas"
    MOODLE = "moodle"


class SchemaKind(StrEnum):
    """The kinds of YAML files that have a schema."""

    COURSE = "course"
    TEMPLATE = "template"
    CHECKS = "checks"
    FAMILY = "family"


def _load_family(name: str, file: Path | None) -> "tuple[Family, Course | None]":
    """The templates and checks that are asked for, found right, and the course whose own they are."""
    from harvester.config import load_course, load_course_family, load_family
    from harvester.probes import bind_checks

    course = load_course(file) if file else None
    family = load_course_family(course, file) if course and file else load_family(name)
    bind_checks(family.checks)
    return family, course


@app.command()
def show(
    course: CourseFile,
    group: Annotated[str, typer.Argument(help="The group's id in the roster.")],
    check: Annotated[str, typer.Argument(help="A check's id, such as hydra; all of them without.")] = "",
) -> None:
    """Show what the last harvest found for a group, or the whole trail of one check."""
    from harvester.console import show_group
    from harvester.opened import load_record, open_course

    show_group(load_record(open_course(course), group), check)


@app.command()
def explain(
    check: Annotated[str, typer.Argument(help="A check's id; without one, all checks are listed.")] = "",
    family: FamilyName = "dtu-02476",
    course: OwnCourse = None,
) -> None:
    """Explain what a check looks for, what counts, and what it cannot see."""
    from harvester.console import out
    from harvester.explain import explain_check

    out.print(explain_check(check, _load_family(family, course)[0]), markup=False)


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="A working copy, or any folder.")] = Path(),
    html: Annotated[Optional[Path], typer.Option("--html", help="Also write the page that staff will see.")] = None,  # noqa: UP045
    family: FamilyName = "dtu-02476",
    course: OwnCourse = None,
) -> int:
    """For students: show, before the deadline, what the harvest will see. Exit code 1 when something is wrong."""
    from harvester.console import show_self_check
    from harvester.selfcheck import check_working_copy, is_well, write_page

    seen = check_working_copy(path, *_load_family(family, course))
    show_self_check(seen.record, seen.uncommitted, seen.top)
    if html:
        write_page(seen.page, html)
    return 0 if is_well(seen.record) else 1


@app.command()
def doctor(
    course: Annotated[Optional[Path], typer.Argument(metavar="[COURSE]", help="The course's course.yaml.")] = None,  # noqa: UP045
) -> int:
    """Look for the usual causes of trouble on this machine, and say what to do."""
    from harvester.console import show_diagnoses
    from harvester.doctor import diagnose
    from harvester.mirrors import find_token
    from harvester.opened import open_course

    opened = open_course(course) if course else None
    output = opened.course.output if opened else Path("out")
    mirrors = opened.course.mirrors if opened else Path("mirrors")
    roster = opened.roster if opened else None
    diagnoses = diagnose(output=output, mirrors=mirrors, has_token=find_token() is not None, roster=roster)
    show_diagnoses(diagnoses)
    return int(any(not one.well for one in diagnoses if one.serious))


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("course.yaml"),
) -> None:
    """Write a commented course.yaml to start from."""
    from harvester.config import course_yaml_example
    from harvester.console import out

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(course_yaml_example())
    except FileExistsError as error:
        raise OutputError(f"{path} is there already.", "Name another file: harvester init other.yaml") from error
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}.") from error
    out.print(f"Wrote {path}. Set `name` and `roster` in it, then: harvester harvest {path}", markup=False)


@app.command()
def schema(
    kind: Annotated[SchemaKind, typer.Argument(help="Which of the YAML files.")] = SchemaKind.COURSE,
) -> None:
    """Print the JSON Schema of a YAML file, for editors."""
    import json

    from harvester.config import json_schema

    print(json.dumps(json_schema(kind.value), indent=2, ensure_ascii=False))


@app.command()
def reference() -> None:
    """Print the reference of checks, probes and problem codes, in Markdown."""
    from harvester.explain import reference_text

    print(reference_text(), end="")


@app.command()
def calibrate(
    audits: Annotated[Path, typer.Argument(help="A folder of hand audits (JSON), or a harvest's output folder.")],
    records: Annotated[Path, typer.Argument(help="A folder with harvest.json files somewhere below it.")],
) -> None:
    """Measure each check against hand audits, or against the decisions that staff typed into the workbooks."""
    from harvester.calibrate import calibrate_checks
    from harvester.console import show_calibration

    show_calibration(calibrate_checks(audits, records))


@app.command()
def release(
    course: CourseFile,
    parts: Annotated[
        str, typer.Option("--with", help="What to release, such as points,comments,decisions,evidence,answers.")
    ] = "",
    groups: Groups = None,
) -> int:
    """Write a page that each group may see, and a zip per group: what is asked for, and nothing else."""
    from harvester.console import show_release
    from harvester.opened import open_course
    from harvester.release import release_groups
    from harvester.roster import select_groups

    opened = open_course(course)
    chosen = opened.roster.groups if groups is None else select_groups(opened.roster, groups)
    released = release_groups(opened, chosen, [part.strip() for part in parts.split(",") if part.strip()])
    show_release(released)
    return int(bool(released.left_out))


@app.command()
def export(
    course: CourseFile,
    kind: Annotated[Gradebook, typer.Argument(help="The platform.")] = Gradebook.BRIGHTSPACE,
    item: Annotated[str, typer.Option(help="The name of the gradebook's item.")] = "Project",
    template: Annotated[
        Optional[Path], typer.Option(help="The file that the platform exported; its columns and rows are kept.")  # noqa: UP045
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="The file to write; without it, only what would change is shown.")
    ] = None,
) -> None:
    """Grades for the gradebook, one row per student. Without --to, a dry run that shows what would change."""
    from harvester.console import show_export
    from harvester.opened import open_course
    from harvester.outputs.files import write_atomic
    from harvester.release import export_grades

    result = export_grades(open_course(course), kind.value, item, template)
    if to:
        write_atomic(to, result.text.encode())
    show_export(result, to)


@app.command()
def forget(
    course: CourseFile,
    marks: Annotated[bool, typer.Option("--marks", help="Remove the workbooks and marks, too.")] = False,
) -> None:
    """Remove a course's mirrors and outputs from this machine; marks stay unless asked for. Says what is left."""
    from harvester.console import show_left
    from harvester.forget import forget_course
    from harvester.opened import open_course

    show_left(forget_course(open_course(course), marks_too=marks))


@marks_app.command("status")
def marks_status(course: CourseFile) -> None:
    """Show how far the grading is, per group and grader."""
    from harvester.console import show_marks
    from harvester.marking import grading_status
    from harvester.opened import open_course

    show_marks(grading_status(open_course(course)))


@marks_app.command("history")
def marks_history(
    course: CourseFile,
    group: Annotated[str, typer.Argument(help="The group, as its sheets call it.")],
    row: Annotated[str, typer.Option("--row", help="This row alone, such as q:dependencies; texts whole.")] = "",
) -> None:
    """Show who changed which mark of a group when, oldest first.

    A time is that of the harvest that read the change, not of the keystroke.
    """
    from harvester.console import show_history
    from harvester.opened import open_course
    from harvester.restoring import history_of

    show_history(history_of(open_course(course), group, row), whole=bool(row))
