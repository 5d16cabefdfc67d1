"""What a teacher should know of a group's marks before they leave the house, in sentences."""

from harvester.models.marks import GroupMarks, is_given
from harvester.models.record import GroupRecord
from harvester.models.status import Status
from harvester.outputs.contexts import at_home
from harvester.outputs.counting import Total
from harvester.outputs.wording import NOT_YET, plural


def say_unmarked(record: GroupRecord, marks: GroupMarks, then: str = "") -> str:
    """That no grader has settled anything of the group yet, and what comes of it; empty where one has."""
    if any(is_given(key, mark) for key, mark in at_home(record, marks).items()):
        return ""
    group = record.group.id
    if marks.conflicts:
        disputed = f"{_conflicts(marks)} between workbooks not settled"
        return f"Group {group} has no marks but {disputed}{',' if then else ''}{then}."
    status = f"status: {record.status.value}" if record.harvested else NOT_YET
    reason = f" ({status})" if record.status is not Status.OK else ""
    return f"Group {group} has no marks yet{reason}{then}."


def say_gaps(group: str, marks: GroupMarks, total: Total) -> list[str]:
    """What is open or disputed."""
    gaps = []
    waiting = total.open_items + total.open_answers
    if waiting:
        gaps.append(f"Group {group}: {plural(waiting, 'row')} still to be marked, counted as 0 for now.")
    if marks.conflicts:
        gaps.append(f"Group {group}: {_conflicts(marks)} between workbooks not settled.")
    return gaps


def _conflicts(marks: GroupMarks) -> str:
    return plural(len(marks.conflicts), "conflict")
