"""Builders of marks that staff gave to the invented groups."""

from harvester.models.marks import OVERALL, GroupMarks, Mark

STAFF_NOTE = "only staff may read this sentence"
GRADER = "Grader Gert"


def make_marks(group_id: str = "45", *, comment: str = "Fint arbejde") -> GroupMarks:
    """An item, an answer and the whole, each with points, a comment, a grader's name and a staff note."""
    mark = Mark(decision="found", points=0.75, comment=comment, grader=GRADER, note=STAFF_NOTE)
    return GroupMarks(group_id=group_id, marks={"hydra": mark, "q:tests": mark, OVERALL: mark})
