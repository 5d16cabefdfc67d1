"""The command line: what can be typed, exit codes, and the one boundary where errors become sentences.

Exit codes: 0 well; 1 the run finished and some group has a problem; 2 the run could not start; 3 a bug; 4 a result
could not be written; 130 interrupted. Whatever is heavy is imported by the command that needs it.
"""

import os
import sys
import tempfile
import traceback
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from harvester import __version__
from harvester.errors import HarvesterError, OutputError, say_error

app = typer.Typer(
    name="harvester",
    help="Mirrors every group's repository, reads its report, checks each claim and writes grading sheets and pages.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
marks_app = typer.Typer(help="What graders typed, and how far the grading is.", no_args_is_help=True)
app.add_typer(marks_app, name="marks")

_INTERRUPTED = 130


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


CourseFile = Annotated[Path, typer.Argument(metavar="COURSE", help="The course's course.yaml.")]
Groups = Annotated[str, typer.Option("--groups", "-g", help="Only these groups, such as 3,7-9.")]
Jobs = Annotated[Optional[int], typer.Option("--jobs", "-j", min=1, max=64, help="Groups at the same time.")]  # noqa: UP045
ProbeLinks = Annotated[bool, typer.Option("--probe-links", help="Ask each public link of the groups once.")]
Force = Annotated[bool, typer.Option("--force", "-f", help="Grade again what has not changed, too.")]


def main() -> None:
    """Run the command line; every error leaves as a sentence and an exit code. What it writes is private."""
    os.umask(0o077)
    try:
        code = app(standalone_mode=False)
    except HarvesterError as error:
        _say_error(str(error))
        sys.exit(4 if isinstance(error, OutputError) else 2)
    except OSError as error:  # a disk that is full, a folder that vanished
        _say_error(say_error(error, "this moment"))
        sys.exit(4)
    except (typer.Abort, KeyboardInterrupt):
        code = _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the error boundary
        _end_on(error)
    if code == _INTERRUPTED:  # as typer, too, ends what Ctrl-C stopped
        _say_error("Interrupted; what is finished is kept, and the next run goes on from there.")
    sys.exit(code if isinstance(code, int) else 0)


def _end_on(error: Exception) -> None:
    """Usage errors are shown as click words them; anything else is a bug, whose trace goes to a log file."""
    show, exit_code = getattr(error, "show", None), getattr(error, "exit_code", None)
    if callable(show) and isinstance(exit_code, int):  # ClickException; some versions of typer have one of their own
        show()
        sys.exit(exit_code)
    with tempfile.NamedTemporaryFile("w", prefix="harvester-", suffix=".log", delete=False, encoding="utf-8") as log:
        log.write("".join(traceback.format_exception(error)))
    _say_error(f"A bug in Harvester: {type(error).__name__}. The log {log.name} says where; please send it to us.")
    sys.exit(3)


def _say_error(sentence: str) -> None:
    from rich.markup import escape

    from harvester.console import err

    err.print(f"[bold red]Error:[/] {escape(sentence)}")


def _show_version(value: bool) -> None:
    if value:
        print(f"harvester {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more of what is done.")] = False,
    log_file: Annotated[
        Optional[Path], typer.Option("--log-file", help="Also write the log as JSON lines to this file.")  # noqa: UP045
    ] = None,
) -> None:
    from harvester.logs import set_up_logs

    set_up_logs(verbose=verbose, file=log_file)


@app.command()
def harvest(
    course: CourseFile,
    groups: Groups = "",
    jobs: Jobs = None,
    offline: Annotated[bool, typer.Option("--offline", help="Touch no network: grade from the mirrors.")] = False,
    force: Force = False,
    probe_links: ProbeLinks = False,
) -> int:
    """Sync every group's repository, grade it and write all sheets and pages."""
    return _run(
        course, groups=groups, jobs=jobs, sync=not offline, grade=True, force=force, probe_links=probe_links or None
    )


@app.command()
def sync(course: CourseFile, groups: Groups = "", jobs: Jobs = None, probe_links: ProbeLinks = False) -> int:
    """Bring the mirrors up to date, nothing else. The only step that needs the network."""
    return _run(course, groups=groups, jobs=jobs, sync=True, grade=False, force=False, probe_links=probe_links or None)


@app.command()
def grade(course: CourseFile, groups: Groups = "", jobs: Jobs = None, force: Force = False) -> int:
    """Grade from the mirrors, offline, and write all sheets and pages."""
    return _run(course, groups=groups, jobs=jobs, sync=False, grade=True, force=force)


@app.command()
def regrade(
    course: CourseFile,
    group: Annotated[str, typer.Argument(help="The group's id in the roster.")],
    commit: Annotated[str, typer.Option("--commit", help="Grade this commit (its sha, or the beginning).")] = "",
    at: Annotated[str, typer.Option("--at", help="Grade what was there at this time.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Grade what the deadline gives again.")] = False,
) -> int:
    """Grade another commit of a group than the deadline gives; its record, sheets and pages say so."""
    from harvester.opened import open_course
    from harvester.regrade import choose_for

    choose_for(open_course(course), group, commit=commit, at=at, undo=undo)
    return _run(course, groups=group, jobs=None, sync=False, grade=True, force=False)


@app.command()
def watch(
    course: CourseFile,
    until: Annotated[str, typer.Option("--until", help="When the last sync begins, such as 2026-01-24T06:00:00.")],
    every: Annotated[float, typer.Option("--every", min=1, help="Minutes between two syncs.")] = 30,
    probe_links: ProbeLinks = False,
) -> int:
    """Sync at intervals and at the deadline, so that it is known what was there when."""
    from datetime import timedelta

    from harvester.console import err
    from harvester.moments import read_moment
    from harvester.opened import open_course
    from harvester.watch import Watch, watch_course

    opened = open_course(course).course
    plan = Watch(read_moment(until, opened.timezone), timedelta(minutes=every), opened.deadline)

    probing = probe_links or opened.probe_links

    def run(ask: bool) -> int:
        return _run(course, groups="", jobs=None, sync=True, grade=False, force=False, probe_links=probing and ask)

    return watch_course(plan, run, say=lambda text: err.print(text, markup=False))


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to build the demo course.")] = Path("demo-course"),
    force: Force = False,
) -> int:
    """Build the built-in demo course of invented groups, and harvest it."""
    from harvester.demo import build_demo

    return _run(build_demo(folder), groups="", jobs=None, sync=True, grade=True, force=force)


def _run(
    course_file: Path,
    *,
    groups: str,
    jobs: int | None,
    sync: bool,
    grade: bool,
    force: bool,
    probe_links: bool | None = None,
) -> int:
    from harvester.bounds import collect_seldom
    from harvester.console import RunProgress, show_run
    from harvester.harvest import RunOptions, run_course
    from harvester.opened import open_course

    collect_seldom()
    course = open_course(course_file)
    options = RunOptions(groups=groups, jobs=jobs, sync=sync, grade=grade, force=force, probe_links=probe_links)
    with RunProgress() as progress:
        report = run_course(course, options, progress)
    show_run(report)
    return report.exit_code


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
    family: Annotated[str, typer.Option(help="The family of templates and checks.")] = "dtu-02476",
) -> None:
    """Explain what a check looks for, what counts, and what it cannot see."""
    from harvester.console import out
    from harvester.explain import explain_check

    out.print(explain_check(check, family), markup=False)


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="A working copy, or any folder.")] = Path(),
    html: Annotated[Optional[Path], typer.Option("--html", help="Also write the page that staff will see.")] = None,  # noqa: UP045
    family: Annotated[str, typer.Option(help="The family of templates and checks.")] = "dtu-02476",
) -> int:
    """For students: show, before the deadline, what the harvest will see. Exit code 1 when something is wrong."""
    from harvester.console import show_self_check
    from harvester.selfcheck import check_working_copy, is_well, write_page

    seen = check_working_copy(path, family)
    show_self_check(seen.record, seen.uncommitted)
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

    opened = open_course(course).course if course else None
    output = opened.output if opened else Path("out")
    mirrors = opened.mirrors if opened else Path("mirrors")
    diagnoses = diagnose(output=output, mirrors=mirrors, has_token=find_token() is not None)
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
    groups: Groups = "",
) -> None:
    """Write a page that each group may see, and a zip per group: what is asked for, and nothing else."""
    from harvester.console import show_release
    from harvester.opened import open_course
    from harvester.release import release_groups
    from harvester.roster import select_groups

    opened = open_course(course)
    chosen = select_groups(opened.roster, groups) if groups else opened.roster.groups
    show_release(release_groups(opened, chosen, [part.strip() for part in parts.split(",") if part.strip()]))


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
    from harvester.console import out
    from harvester.opened import open_course
    from harvester.release import forget_course

    left = forget_course(open_course(course), marks_too=marks)
    out.print("Left: " + (", ".join(map(str, left)) if left else "nothing"), markup=False)


@marks_app.command("status")
def marks_status(course: CourseFile) -> None:
    """Show how far the grading is, per group and grader."""
    from harvester.console import show_marks
    from harvester.opened import open_course
    from harvester.outputs.marks import marks_status as read_status

    show_marks(read_status(open_course(course).course.output))
