"""What graders typed: marks by stable keys, what each was given against, and how it came to be.

A key names what is marked inside a group: a check id (`hydra`), `q:` and a question id (`q:dependencies`), `m:` and a
member's id, `u:` and a hash for a person whom nobody could tie to a member, `g:overall` for the group as a whole, `x:`
and a hash for text that was typed in a row without a known id.
"""

from pydantic import BaseModel, ConfigDict

OVERALL = "g:overall"
FIELDS = ("decision", "points", "comment", "grader", "note")
"""The grader's cells of a row, in their order. `note` is for staff only and is never released."""
ITEM_DECISIONS = ("agree", "found", "partial", "absent", "ask again")
ANSWER_DECISIONS = ("full", "partial", "none", "ask again")
OVERALL_DECISIONS = ("graded", "second look")
MEMBER_DECISIONS = ("as the group", "talk to")
_UNSETTLED = ("ask again", "second look")

Value = float | str | None
"""A cell: points are numbers where they can be read as one; everything else is text; None is a blank cell."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Context(_Frozen):
    """What a grader saw beside the cell: the commit and, as far as the row has them, verdict and answer."""

    sha: str = ""
    claim: str = ""
    evidence: str = ""
    verdict: str = ""
    answer: str = ""
    """SHA-256 of the answer's text, 16 hexadecimal digits."""
    words: int = 0
    begins: str = ""
    """The answer's first words."""
    steps: str = ""
    """Three hexadecimal digits for every ten words of the answer: they tell where it was changed later."""
    roots: str = ""
    """The commits that the repository's history begins with, blanks between them."""
    most: float = 0.0
    """The points that the row could give; 0 where that is not known."""


class MarkEvent(_Frozen):
    """One change of one cell, or of what a mark holds for (`flag`), or a conflict that was put aside (`conflict`).

    `when` is ISO 8601, in UTC to the second: the harvest that saw it, not the keystroke.
    """

    when: str
    field: str
    old: Value = None
    new: Value = None
    source: str = ""
    """The workbook, relative to the output folder."""
    grader: str = ""
    sha: str = ""
    was: Context | None = None
    """What the mark was given against until then, where it is another since."""
    serial: int = 0
    """Of a cell that was restored: the generation of marks since which it is; older workbooks know nothing of it."""


class Mark(_Frozen):
    """One row's grader cells. A mark whose cells were all cleared on purpose is kept for its history."""

    decision: str | None = None
    points: Value = None
    comment: str | None = None
    grader: str | None = None
    note: str | None = None
    label: str = ""
    """What the row was about, where the key alone does not say it."""
    against: Context = Context()
    first_seen: str = ""
    changed: str = ""
    history: tuple[MarkEvent, ...] = ()

    @property
    def blank(self) -> bool:
        """Whether no cell holds anything."""
        return all(getattr(self, field) is None for field in FIELDS)

    def after(self, event: MarkEvent, against: Context) -> "Mark":
        """The mark with one event more, and what it is given against since."""
        if against != self.against and self.against != Context():
            event = event.model_copy(update={"was": self.against})
        cell = {event.field: event.new, "changed": event.when} if event.field in FIELDS else {}
        return self.model_copy(update={**cell, "against": against, "history": (*self.history, event)})


def decisions_of(key: str) -> tuple[str, ...]:
    """The words that the decision of a row can be; none where there is no such row (text without an id)."""
    if key == OVERALL:
        return OVERALL_DECISIONS
    kind, colon, _ = key.partition(":")
    by_kind = {"q": ANSWER_DECISIONS, "m": MEMBER_DECISIONS, "u": MEMBER_DECISIONS}
    return by_kind.get(kind, ()) if colon else ITEM_DECISIONS


def is_given(key: str, mark: Mark) -> bool:
    """Whether a grader has settled the row: points, or a known decision other than to ask.

    Points of a person, or of the group as a whole, only adjust what the rows give; the word that a group is graded
    settles it.
    """
    words, decision = decisions_of(key), (mark.decision or "").casefold()
    if words == MEMBER_DECISIONS:
        return False
    typed = isinstance(mark.points, float) and key != OVERALL
    return bool(words) and (typed or (decision in words and decision not in _UNSETTLED))


ORDINALS = ("first", "second", "third", "fourth", "fifth")
"""What the values of a conflict are called where one of them is chosen."""


class Conflict(_Frozen):
    """Two workbooks changed one cell to different values since they last agreed; the previous value stays."""

    id: str
    group: str
    key: str
    field: str
    previous: Value = None
    values: tuple[tuple[str, Value], ...] = ()
    """(workbook, value), at least one."""
    graders: tuple[str, ...] = ()
    """Initials that were typed with each of the values; they hold with it."""
    since: str = ""


class FileState(_Frozen):
    """One workbook as the last run left or found it."""

    fingerprint: str = ""
    """Modification time in nanoseconds and size in bytes."""
    write: str = ""
    """The id that the workbook's own hidden sheet bears; a copy has the same."""
    inputs: str = ""
    """SHA-256 of what it was made from; empty where the last run did not write it."""
    seen: dict[str, dict[str, dict[str, Value]]] = {}
    """Group -> key -> field -> value: cells that were read and differ from what was written into the file."""
    blocked: str | None = None
    """Why it must not be overwritten now, in a sentence."""
    edited: bool = False
    """Whether somebody else saved it since the last run wrote it."""
    groups: tuple[str, ...] = ()


class GroupProgress(_Frozen):
    """How far one group's grading is, as of the last written workbook."""

    items: int = 0
    answers: int = 0
    items_open: int = 0
    """Items that need a person: those that the tool's word alone does not settle, and no mark does."""
    answers_open: int = 0
    flagged: int = 0
    homeless: int = 0
    """Marks whose row is gone."""
    moved: int = 0
    """Marks that were given to another repository, or before its history was written anew."""

    @property
    def rows(self) -> int:
        """All that can be marked of the group's checklist and answers."""
        return self.items + self.answers

    @property
    def settled(self) -> int:
        """The rows that need nobody any more: marked, or counted as the tool says."""
        return self.rows - self.items_open - self.answers_open


class GroupMarks(_Frozen):
    """All marks of one group, and what a worker must know to write its workbook."""

    group_id: str
    marks: dict[str, Mark] = {}
    conflicts: tuple[Conflict, ...] = ()
    files: dict[str, FileState] = {}
    """The workbooks of the group's folder, by file name."""
    serial: int = 0
    """The generation of `marks.json` that this comes from."""

    def mark(self, key: str) -> Mark | None:
        """The row's mark, or None where nobody typed anything (any more)."""
        found = self.marks.get(key)
        return None if found is None or found.blank else found

    @property
    def waiting(self) -> bool:
        """Whether the group's workbook was saved by somebody, or set aside, so that it must be placed again."""
        return any(
            name.startswith("grading (new") or (name == "grading.xlsx" and state.edited)
            for name, state in self.files.items()
        )


class WriteResult(_Frozen):
    """What came of writing a workbook."""

    path: str
    """The file that holds the result now."""
    outcome: str
    """`written`, `unchanged`, or `beside`: the old one could not be replaced and stays."""
    message: str = ""
    """For `beside` and anything else a teacher should know: a sentence."""
    state: FileState | None = None
    retired: tuple[str, ...] = ()
    """File names that were moved away because their marks are in the new workbook."""
    progress: dict[str, GroupProgress] = {}
    """By group."""
