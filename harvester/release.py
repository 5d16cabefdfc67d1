"""What leaves the house on purpose: pages for the groups, grades for the gradebook. Nothing is released unasked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from harvester.errors import UserError
from harvester.marking import say_marks
from harvester.models.group import Group, called
from harvester.models.marks import GroupMarks
from harvester.models.points import PointsSettings
from harvester.models.record import GroupRecord
from harvester.opened import OpenedCourse, Records, load_record, renaming_of
from harvester.pipeline import figures_of, page_options

if TYPE_CHECKING:
    from harvester.outputs.gradebook import GradebookExport
    from harvester.outputs.marks import MarksBook
    from harvester.outputs.page_options import Release

PARTS = ("points", "comments", "decisions", "evidence", "answers")


@dataclass(frozen=True)
class Released:
    """What a release wrote: one zip per group, the groups it left out with the reason, and what to look at."""

    zips: tuple[Path, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...] = ()


def release_groups(opened: OpenedCourse, groups: Sequence[Group], parts: Sequence[str]) -> Released:
    """Write a student-safe page and a zip per group into `released/` of the output folder.

    Where points are asked for, a group that nobody has marked, or with points or decisions that cannot be meant, gets
    no page, and one of an earlier release is removed.

    Parameters
    ----------
    parts
        What to release, of `PARTS`.

    Raises
    ------
    UserError
        Nothing, or something unknown, is asked for.
    """
    from harvester.outputs.page_options import Release
    from harvester.outputs.release_zip import drop_release_zip, write_release_zip

    release = _release(parts, Release)
    book = _read_marks(opened)
    folder = opened.course.output / "released"
    zips, left_out, notes = [], [], []
    for group in groups:
        try:
            record = load_record(opened, group.id)
        except UserError as error:
            left_out.append(str(error))
            continue
        marks = book.for_group(group.id)
        hindrance, gaps = _look_over(record, marks, opened.course.points, release)
        if hindrance:
            dropped = drop_release_zip(folder, group.id)
            left_out.append(hindrance + " Its page of an earlier release was removed." * dropped)
            continue
        notes += gaps
        page = _page(opened, group, marks, record, release)
        zips.append(write_release_zip(folder, group.id, {"feedback.html": page}))
    about_marks = say_marks(opened, book, None) if _shows_marks(release) else ()
    return Released(tuple(zips), tuple(left_out), (*book.messages, *notes, *about_marks))


def _shows_marks(release: "Release") -> bool:
    return release.points or release.comments or release.decisions


def _look_over(
    record: GroupRecord, marks: GroupMarks, settings: PointsSettings, release: "Release"
) -> tuple[str, list[str]]:
    """Why the group's page must not be handed out, in a sentence or empty; and what to know where it is."""
    from harvester.outputs.counting import count_points
    from harvester.outputs.gaps import say_gaps, say_unmarked, say_unmeant

    if not _shows_marks(release):
        return "", []
    total = count_points(record, marks, settings)
    shown = {"points": release.points, "decision": release.points or release.decisions}
    if unmeant := say_unmeant(record, marks, settings, [field for field, holds in shown.items() if holds]):
        return f"{called(record.group.id)}: {unmeant}", []
    unmarked = say_unmarked(record, marks, total)
    if release.points and unmarked:
        return unmarked, []
    return "", [unmarked] if unmarked else say_gaps(record, marks, settings, total)


def _release(parts: Sequence[str], kind: type["Release"]) -> "Release":
    unknown = sorted(set(parts) - set(PARTS))
    if unknown or not parts:
        said = f"nothing is called {unknown[0]!r}" if unknown else "nothing is asked for"
        raise UserError(f"Nothing was released: {said}.", f"Name what to release with --with: {', '.join(PARTS)}.")
    return kind(**dict.fromkeys(parts, True))


def _page(opened: OpenedCourse, group: Group, marks: GroupMarks, record: GroupRecord, release: "Release") -> str:
    from harvester.outputs.pages import render_released

    return render_released(
        record,
        marks,
        page_options(opened.course),
        release=release,
        figures=figures_of(opened.rules, group),
        points=opened.course.points,
    )


def export_grades(
    opened: OpenedCourse, kind: Literal["brightspace", "canvas", "moodle"], item: str, template: Path | None
) -> "GradebookExport":
    """The gradebook file of a class, and what it would change; nothing is written.

    Parameters
    ----------
    template
        The file that the platform exported: its columns and students are kept, and changes are told against it.
    """
    from harvester.outputs.gradebook import export_gradebook

    book = _read_marks(opened)
    export = export_gradebook(
        Records(opened),
        book.for_group,
        opened.course.points,
        kind,
        item=item,
        template_csv=_read(template) if template else None,
        unassigned=opened.roster.unassigned,
    )
    return replace(export, notes=(*export.notes, *say_marks(opened, book, None)))


def _read_marks(opened: OpenedCourse) -> "MarksBook":
    """The marks under the groups' own names, also where they were given blind."""
    from harvester.outputs.marks import read_marks

    return read_marks(opened.course.output, datetime.now(UTC), renaming_of(opened, blind=False))


def _read(path: Path) -> str:
    """The file as it is: its byte order mark and line ends belong to its form."""
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}.", "Export it again from the platform.") from error
