"""The command line: what can be typed, exit codes, and the one boundary where errors become sentences.

Exit codes: 0 well; 1 the run finished and some group has a problem; 2 the run could not start; 3 a bug; 4 a result
could not be written; 130 interrupted. Whatever is heavy is imported by the command that needs it.
"""

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from harvester import __version__, commands
from harvester.commands import CourseFile, Groups
from harvester.errors import INTERRUPTED, HarvesterError, OutputError, say_error

if TYPE_CHECKING:
    from harvester.models.course import Course
    from harvester.models.group import Roster
    from harvester.opened import OpenedCourse

app = typer.Typer(
    name="harvester",
    help="Mirrors every group's repository, reads its report, checks each claim and writes grading sheets and pages.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(commands.app)

_INTERRUPTED = 130


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
        _say_error(INTERRUPTED)
    sys.exit(_flush(code if isinstance(code, int) else 0))


def _flush(code: int) -> int:
    """The exit code once all that was printed has reached its reader, or nobody reads it any more."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python tries again, and complains
        if error.errno != errno.EPIPE:
            _say_error(say_error(error, "standard output"))
            return 4
    return code


def _end_on(error: Exception) -> None:
    """Usage errors are shown as click words them; anything else is a bug, whose trace goes to a log file."""
    show, exit_code = getattr(error, "show", None), getattr(error, "exit_code", None)
    if callable(show) and isinstance(exit_code, int):  # ClickException; some versions of typer have one of their own
        show()
        sys.exit(exit_code)
    from harvester.logs import say_bug

    _say_error(say_bug(error))
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
    groups: Groups = None,
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
def sync(course: CourseFile, groups: Groups = None, jobs: Jobs = None, probe_links: ProbeLinks = False) -> int:
    """Bring the mirrors up to date, nothing else. The only step that needs the network."""
    return _run(course, groups=groups, jobs=jobs, sync=True, grade=False, force=False, probe_links=probe_links or None)


@app.command()
def grade(course: CourseFile, groups: Groups = None, jobs: Jobs = None, force: Force = False) -> int:
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
    from harvester.regrade import choose_for

    choose = partial(choose_for, named=group, commit=commit, at=at, undo=undo)
    return _run(course, groups=group, jobs=None, sync=False, grade=True, force=False, first=choose)


@commands.marks_app.command("move")
def marks_move(
    course: CourseFile,
    old: Annotated[str, typer.Argument(metavar="OLD", help="The group that had them, no longer in the roster.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The group that gets them.")],
) -> int:
    """Take the marks of a group that was given another number to where they belong, and write its sheets."""
    from harvester.moving import move_marks

    move = partial(move_marks, old=old, named=new)
    return _run(course, groups=new, jobs=None, sync=False, grade=True, force=False, first=move)


@commands.marks_app.command("restore")
def marks_restore(
    course: CourseFile,
    at: Annotated[str, typer.Option("--at", help="As they were then, such as 2026-02-01T12:00.")],
    groups: Groups = None,
) -> int:
    """Bring the marks of groups back to what they were at a time, and write their sheets.

    A mark counts from the harvest that read it, not from the keystroke: `marks history` has the times. What is typed
    until now is read before; nothing is lost, and another time takes a restore back. Groups that the roster has no
    more keep their marks, and the class workbook keeps text that stands in no group's row.
    """
    from harvester.restoring import restore_marks

    restore = partial(restore_marks, at=at, groups=groups)
    return _run(course, groups=groups, jobs=None, sync=False, grade=True, force=False, first=restore)


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
        return _run(course, groups=None, jobs=None, sync=True, grade=False, force=False, probe_links=probing and ask)

    return watch_course(plan, run, say=lambda text: err.print(text, markup=False))


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to build the demo course.")] = Path("demo-course"),
    force: Force = False,
) -> int:
    """Build the built-in demo course of invented groups, and harvest it."""
    from harvester.processes import check_git

    check_git()
    from harvester.demo import build_demo  # loads what looks for git

    return _run(build_demo(folder), groups=None, jobs=None, sync=True, grade=True, force=force)


def _run(
    course_file: Path,
    *,
    groups: str | None,
    jobs: int | None,
    sync: bool,
    grade: bool,
    force: bool,
    probe_links: bool | None = None,
    first: "Callable[[OpenedCourse], tuple[str, ...]]" = lambda _: (),
) -> int:
    from harvester.bounds import collect_seldom
    from harvester.opened import is_first_run, open_course

    collect_seldom()

    def beside(course: "Course", roster: "Roster") -> None:
        """Have the workers' code loaded where groups will surely be graded: the course was never harvested."""
        from harvester.engine import LOCAL, begin_loading, grade_workers
        from harvester.roster import select_groups

        if grade and course.engine == LOCAL and (force or is_first_run(course.output)):
            chosen = roster.groups if groups is None else select_groups(roster, groups)
            begin_loading(grade_workers(jobs or course.jobs, len(chosen)))

    course = open_course(course_file, beside)
    from harvester.console import show_run
    from harvester.harvest import RunOptions, run_course
    from harvester.progress import RunProgress

    options = RunOptions(groups=groups, jobs=jobs, sync=sync, grade=grade, force=force, probe_links=probe_links)
    with RunProgress() as progress:
        report = run_course(course, options, progress, first=first)
    with suppress(OSError):  # nobody reads it, or its disk is full: the run was made all the same
        show_run(report)
    return report.exit_code
