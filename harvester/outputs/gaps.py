"""What a teacher should know of a group's marks before they leave the house, in sentences."""

from harvester.models.marks import GroupMarks
from harvester.models.record import GroupRecord
from harvester.models.status import Status
from harvester.outputs.counting import Total
from harvester.outputs.wording import NOT_YET, plural


def say_unmarked(record: GroupRecord, marks: GroupMarks) -> str:
    """That no grader has settled anything of the group yet (the sentence can go on); empty where one has."""
    if any(mark.given for mark in marks.marks.values() if not mark.blank):
        return ""
    status = f"status: {record.status.value}" if record.harvested else NOT_YET
    why = f" ({status})" if record.status is not Status.OK else ""
    return f"Group {record.group.id} has no marks yet{why}"


def say_gaps(group: str, marks: GroupMarks, total: Total) -> list[str]:
    """What is open, disputed, or cannot be counted."""
    gaps = []
    waiting = total.open_items + total.open_answers
    if waiting:
        gaps.append(f"Group {group}: {plural(waiting, 'row')} still to be marked, counted as 0 for now.")
    if marks.conflicts:
        gaps.append(f"Group {group}: {plural(len(marks.conflicts), 'conflict')} between workbooks not settled.")
    gaps += [
        f"Group {group}: the decision on {key} is none of the sheet's, and counts nothing." for key in total.unknown
    ]
    return gaps + [say_odd(group, key) for key in total.odd]


def say_odd(group: str, key: str) -> str:
    """That a row's points cannot be meant."""
    return f"Group {group}: the points of {key} are no number or out of bounds."
