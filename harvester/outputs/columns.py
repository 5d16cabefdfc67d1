"""Every column of every sheet, in one place: key, heading, width in characters, and how its cells look."""

from dataclasses import dataclass
from typing import Literal

Look = Literal[
    "id", "text", "wrap", "left", "whole", "points", "link", "input", "input_points", "input_wrap", "flag", "strong"
]


@dataclass(frozen=True)
class Column:
    """One column. Looks that begin with `input`, and `flag`, are the grader's: yellow and unlocked."""

    key: str
    title: str
    width: float
    look: Look = "text"


ID = "Id"
HEADINGS = {
    "decision": "Decision",
    "points": "Points",
    "comment": "Comment",
    "grader": "Grader",
    "note": "Staff note",
}
FLAG = "Changed since marked"
HOLDS = "Holds"

GRADER = (
    Column("flag", FLAG, 24, "flag"),
    Column("decision", HEADINGS["decision"], 12, "input"),
    Column("points", HEADINGS["points"], 9, "input_points"),
    Column("comment", HEADINGS["comment"], 40, "input_wrap"),
    Column("grader", HEADINGS["grader"], 9, "input"),
    Column("note", HEADINGS["note"], 24, "input_wrap"),
)
"""The grader's cells: the same on every sheet that is graded in."""

_COUNTED = (Column("most", "Of", 7, "points"), Column("counted", "Counts", 8, "points"), Column("state", "State", 9))

_FINDING = (
    Column("claim", "Claim", 12, "wrap"),
    Column("evidence", "Evidence", 16, "wrap"),
    Column("verdict", "Verdict", 16, "strong"),
    Column("why", "Why", 52, "wrap"),
    Column("where1", "Look here", 30, "link"),
    Column("there", "What is there", 36, "wrap"),
    Column("where2", "and here", 22, "link"),
    Column("where3", "and here, too", 22, "link"),
)

_ANSWER = (
    Column("answer", "Answer", 78, "wrap"),
    Column("words", "Words", 8, "whole"),
    Column("asked", "Asked for", 14, "wrap"),
    Column("figures", "Figures", 20, "wrap"),
    Column("problems", "Problems", 30, "wrap"),
    Column("line", "In the report", 13, "link"),
)

OVERVIEW = (
    Column("id", ID, 12, "id"),
    Column("what", "What", 26, "strong"),
    Column("value", "Value", 58, "left"),
    Column("how", "How", 46, "wrap"),
    *GRADER,
)

CHECKLIST = (
    Column("id", ID, 12, "id"),
    Column("title", "Item", 32, "wrap"),
    Column("section", "Part", 9),
    *_FINDING,
    Column("proposed", "Tool says", 10, "points"),
    *_COUNTED,
    *GRADER,
)

ANSWERS = (
    Column("id", ID, 12, "id"),
    Column("number", "No.", 6, "whole"),
    Column("title", "Question", 22, "wrap"),
    *_ANSWER,
    *_COUNTED,
    *GRADER,
)

PEOPLE = (
    Column("id", ID, 12, "id"),
    Column("member", "Member", 17),
    Column("name", "Name", 22, "wrap"),
    Column("names", "Names in the history", 30, "wrap"),
    Column("commits", "Commits", 9, "whole"),
    Column("added", "Lines added", 11, "whole"),
    Column("removed", "Lines removed", 11, "whole"),
    Column("days", "Active days", 9, "whole"),
    Column("merges", "Merges", 8, "whole"),
    Column("reviews", "Reviews", 9, "whole"),
    Column("first", "First commit", 22),
    Column("last", "Last commit", 22),
    *GRADER,
)

PROBLEMS = (
    Column("kind", "Kind", 26, "strong"),
    Column("about", "About", 26, "wrap"),
    Column("message", "What is odd", 80, "wrap"),
    Column("line", "Where", 30, "link"),
)

CLASS = (
    Column("id", ID, 12, "id"),
    Column("group", "Group", 9, "strong"),
    Column("name", "Name", 24, "wrap"),
    Column("status", "Status", 15, "strong"),
    Column("problem", "What happened", 36, "wrap"),
    Column("commit", "Commit", 10, "link"),
    Column("workbook", "Workbook", 10, "link"),
    Column("ticks", "Ticked", 8, "whole"),
    Column("confirmed", "Confirmed", 10, "whole"),
    Column("weak", "Weak", 8, "whole"),
    Column("unsupported", "Unsupported", 13, "whole"),
    Column("ask", "Ask", 7, "whole"),
    Column("unclaimed", "Unclaimed", 10, "whole"),
    Column("answered", "Answered", 10, "whole"),
    Column("problems", "Problems", 10, "whole"),
    Column("open", "Open rows", 10, "whole"),
    Column("checklist", "Checklist", 10, "points"),
    Column("answers", "Answers", 10, "points"),
    Column("most", "Of", 8, "points"),
    Column("total", "Total", 9, "strong"),
    *GRADER,
)

INDEX = (
    Column("sheet", "Sheet", 34, "link"),
    Column("title", "About", 44, "wrap"),
    Column("rows", "Rows", 8, "whole"),
    Column("open", "Open", 8, "whole"),
)

_IN_CLASS = (Column("id", ID, 12, "id"), Column("group", "Group", 9, "strong"))

CLASS_ANSWERS = (*_IN_CLASS, *_ANSWER, *_COUNTED, *GRADER)

CLASS_ITEMS = (
    *_IN_CLASS,
    Column("item", "Item", 28, "wrap"),
    *_FINDING,
    Column("proposed", "Tool says", 10, "points"),
    *_COUNTED,
    *GRADER,
)

HOMELESS = (
    Column("id", ID, 14, "id"),
    Column("about", "What it was on", 44, "wrap"),
    Column("since", "First seen", 18),
    *GRADER[1:],
)

CONFLICTS = (
    Column("id", ID, 12, "id"),
    Column("group", "Group", 9, "strong"),
    Column("row", "Row", 24),
    Column("field", "Cell", 12),
    Column("previous", "Previous (stays until settled)", 30, "wrap"),
    Column("first", "First", 34, "wrap"),
    Column("second", "Second", 34, "wrap"),
    Column("holds", HOLDS, 12, "input"),
)

HELP = (Column("word", "Word", 24, "strong"), Column("meaning", "Meaning", 110, "wrap"))
