"""What a teacher should know of a group's marks before they leave the house, in sentences."""

from collections.abc import Iterable

from harvester.models.group import called
from harvester.models.marks import OVERALL, GroupMarks, is_given
from harvester.models.points import PointsSettings
from harvester.models.record import GroupRecord
from harvester.models.status import Status
from harvester.outputs.contexts import at_home, progress_of
from harvester.outputs.counting import Total
from harvester.outputs.unusable import find_unusable, say_unusable
from harvester.outputs.wording import plural, say_status


def say_unmeant(record: GroupRecord, marks: GroupMarks, settings: PointsSettings, fields: Iterable[str]) -> str:
    """What keeps a group from going out: marks in these cells that cannot be meant; empty where there are none.

    A person's own marks are not among them.
    """
    found = find_unusable({record.group.id: at_home(record, marks)}, settings)
    return " ".join(say_unusable(one for one in found if one.field in fields and not one.key.startswith(("m:", "u:"))))


def say_unmarked(record: GroupRecord, marks: GroupMarks, total: Total, then: str = "") -> str:
    """That no grader has settled anything of the group yet, and what comes of it; empty where one has."""
    known = at_home(record, marks)
    if any(is_given(key, mark) for key, mark in known.items()):
        return ""
    group, adjusted = record.group.id, OVERALL in known and isinstance(known[OVERALL].points, float)
    if marks.conflicts:
        disputed = f"{_conflicts(marks)} between workbooks not settled"
        others = f"its adjustment and {disputed}" if adjusted else disputed
        return f"{called(group)} has no marks but {others}{',' if then else ''}{then}."
    reason = f" ({say_status(record.status, harvested=record.harvested)})" if record.status is not Status.OK else ""
    if adjusted:
        waiting = reason or f" ({plural(total.open_items + total.open_answers, 'row')} open)"
        return f"{called(group)} has no marks but its adjustment{waiting}{then}."
    return f"{called(group)} has no marks yet{reason}{then}."


def say_gaps(record: GroupRecord, marks: GroupMarks, settings: PointsSettings, total: Total) -> list[str]:
    """What is open or disputed, and what was marked before it changed."""
    group, gaps = called(record.group.id), []
    waiting = total.open_items + total.open_answers
    if waiting:
        gaps.append(f"{group}: {plural(waiting, 'row')} still to be marked, counted as 0 for now.")
    if marks.conflicts:
        gaps.append(f"{group}: {_conflicts(marks)} between workbooks not settled.")
    if flagged := progress_of(record, marks, settings).flagged:
        were = "was given to something else than is there now, and counts as it is"
        were = were if flagged == 1 else "were given to something else than is there now, and count as they are"
        gaps.append(f"{group}: {plural(flagged, 'mark')} {were}; see “Changed since marked”.")
    return gaps


def _conflicts(marks: GroupMarks) -> str:
    return plural(len(marks.conflicts), "conflict")
