"""The sheet that says how to grade here."""

from harvester.models.marks import ANSWER_DECISIONS
from harvester.models.points import PointsSettings
from harvester.outputs import columns
from harvester.outputs.counting import total_in_words
from harvester.outputs.sheets import Book

_LINES = (
    ("Yellow cells", "Yours. Everything else is the tool's and is written anew by every harvest."),
    (
        "Your marks stay",
        "Every harvest reads the yellow cells first and carries them over, by the id in the first column. Sort, "
        "filter, move or hide rows and columns, rename sheets, insert your own: the marks find their rows. Blank a "
        "cell to take a mark back; a row or column that you delete takes none back. Save and close the file before a "
        "harvest: a file that is open is never overwritten, the new one is then written beside it.",
    ),
    ("Sorting", "Filters work as they are. To sort, take off the sheet's protection (there is no password)."),
    ("✓ confirmed", "Ticked, and the repository shows it."),
    ("◐ weak", "Ticked, and the repository shows a part of it or only a weak trace."),
    ("✗ unsupported", "Ticked, and no trace was found of something that leaves one. Please look before you decide."),
    ("? ask", "Ticked, and the repository cannot settle it. Ask the group."),
    ("★ unclaimed", "Not ticked, but done."),
    ("○ not claimed", "Not ticked, and not found in full."),
    (
        "Look here",
        "The place in the repository at the graded commit. A “hint” is a place that proves nothing by itself.",
    ),
    (
        "Tool says, Of, Counts",
        "What the tool would give · the most that there is · what goes into the total, as it stands now.",
    ),
    (
        "Decision (items)",
        "agree: as the tool says · found, partial, absent: in your judgement · ask again: stays open.",
    ),
    ("Decision (answers)", f"{', '.join(ANSWER_DECISIONS)}."),
    (
        "Points",
        "Overrule the decision. “2,5” and “2.5” are the same; “50%” is told, and not counted. A number out of bounds "
        "is underlined, not changed.",
    ),
    ("Comment", "For the group: it is in their page when it is released. Not so on the sheet People."),
    (
        "People",
        "This sheet of a group's workbook stays with the staff, its comments too: a page goes to the whole group, so "
        "no word on one member is in it. Points there are the member's own, and are in the export only.",
    ),
    ("Staff note", "Never released."),
    ("Grader", "Your initials: “harvester marks status” counts by them."),
    (
        "Changed since marked",
        "Repository, verdict, claim or answer are not what you saw when you marked the row (or, where you typed "
        "points, the number under “Of”): old → new. Change the mark, or clear this cell to say that it still holds.",
    ),
    ("State", "marked: by a grader · tool: counted as the tool says, until you decide · open: needs a person."),
    (
        "Conflicts",
        "Marks here and in the class workbook are one and the same. Where both were changed, to different values, "
        "since they last agreed, the previous value stays and the sheet Conflicts lists both: choose there, or type "
        "the right one into the row.",
    ),
    (
        "Formulas in yellow cells",
        "Carried over as the value that they had when the file was saved; one that was never calculated, as its text.",
    ),
)


def add_help(book: Book, settings: PointsSettings) -> None:
    """Write the sheet."""
    sheet = book.add("Help", columns.HELP, tab="777777")
    for word, meaning in (*_LINES, ("Total", total_in_words(settings))):
        sheet.add({"word": word, "meaning": meaning}, lines=(1, 6))
    sheet.close(filters=False)
