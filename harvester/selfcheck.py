"""`harvester check`: what the harvest will see, for a student in a working copy, before the deadline."""

from dataclasses import dataclass
from pathlib import Path

from harvester.config import Family
from harvester.errors import OutputError, UserError
from harvester.models.course import Course
from harvester.models.group import Group
from harvester.models.record import GroupRecord
from harvester.models.status import Status, Verdict

_WRONG = (Verdict.UNSUPPORTED,)


@dataclass(frozen=True)
class SelfCheck:
    """What the harvest would see: the record, the page that staff would get, and what is not committed yet."""

    record: GroupRecord
    page: str
    uncommitted: tuple[str, ...]
    top: Path | None = None
    """The repository's folder, where a folder inside it was named."""


def check_working_copy(path: Path, family: Family, settings: Course | None = None) -> SelfCheck:
    """Grade a working copy as the harvest would, uncommitted files included, without roster or network.

    Parameters
    ----------
    settings
        The course's, where its file is at hand.

    Raises
    ------
    UserError
        The path is no folder.
    """
    from harvester.examining import examine_snapshot, record_of
    from harvester.jobs import Rules
    from harvester.outputs.page_options import PageOptions
    from harvester.outputs.pages import render_handin
    from harvester.snapshot import take_working_copy
    from harvester.snapshot.working import find_top

    if not path.is_dir():
        raise UserError(f"{path} is not a folder.", "Name the folder of your repository.")
    folder = find_top(path)
    course = settings or Course(name="Self-check", roster=folder, template=family.name, output=folder, mirrors=folder)
    rules = Rules(course, family.templates, family.checks, sha256="")
    snapshot = take_working_copy(folder)
    group = Group(id=folder.name)
    findings = examine_snapshot(snapshot, rules, group, rostered=False)
    record = record_of(rules, group, None, findings)
    page = render_handin(
        record,
        figures=snapshot.tree.figure,
        options=PageOptions(
            course="Self-check of a working copy", zone=course.timezone, index_href=None, workbook_href=None
        ),
    )
    return SelfCheck(record, page, snapshot.uncommitted, None if folder == path.resolve() else folder)


def is_well(record: GroupRecord) -> bool:
    """Whether nothing is wrong: a report is there, no ticked item is without evidence, no answer has a problem."""
    return (
        record.status is Status.OK
        and not any(item.verdict in _WRONG for item in record.checklist)
        and not any(answer.problems for answer in record.questions)
    )


def write_page(page: str, path: Path) -> None:
    """Write the page where the student asked for it."""
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}.") from error
