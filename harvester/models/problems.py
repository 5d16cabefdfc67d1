"""Every problem code, its title and its meaning. A code never changes its meaning; new ones join their part."""

from typing import NamedTuple


class ProblemKind(NamedTuple):
    """What a code stands for: a few words, and what it means and what to do, for a teacher or a student."""

    title: str
    meaning: str


def _kinds(table: dict[str, tuple[str, str]]) -> dict[str, ProblemKind]:
    return {code: ProblemKind(*words) for code, words in table.items()}


_ANSWERS = _kinds(
    {
        "unanswered": ("Not answered", "The question is there and nothing of the group's own stands under it."),
        "template_text": ("Only the template's example", "The answer is the template's own example, word for word."),
        "placeholder_left": (
            "Placeholder left",
            "“--- question N fill here ---” still stands beside the answer. Take it out.",
        ),
        "too_short": (
            "Too few words",
            "Fewer words of prose than asked for. Code blocks, image syntax, addresses and HTML are not counted.",
        ),
        "too_long": ("Too many words", "More words of prose than asked for, counted as for too few words."),
        "too_few_images": (
            "Too few images",
            "Fewer images than asked for that are in the repository, can be read and are not the template's own.",
        ),
        "too_many_images": ("Too many images", "More images than asked for."),
        "image_missing": ("Image missing", "The file that the answer names is not in the repository at this commit."),
        "image_remote": (
            "Image elsewhere",
            "The image lies on another server or in the text itself, so what it showed at the deadline cannot be told.",
        ),
        "image_unreadable": (
            "Image unreadable",
            "The file is there, but by its content it is empty, cut off or no image at all.",
        ),
        "image_is_templates": (
            "The template's figure",
            "The file is byte for byte one of the figures that the template ships as an example.",
        ),
        "image_misplaced": (
            "Image path is off",
            "The path leads nowhere in a browser, but one file of the repository can only be meant. It counts.",
        ),
        "image_as_link": (
            "Image as a link",
            "An image is written as a link, so that a page shows no figure. It counts here; the course's checker "
            "does not count it.",
        ),
        "question_missing": (
            "Question not found",
            "Neither the question's heading nor its words are in the report, so no answer can be told apart.",
        ),
        "question_twice": ("Question twice", "The question stands more than once; the first answered one was read."),
        "question_added": ("Question added", "The group added a question to the template's; its answer is not read."),
        "heading_missing": (
            "Heading missing",
            "The heading of the question was deleted. The answer was found by the question's words or its place.",
        ),
        "heading_number": (
            "Heading has another number",
            "The number in the heading is not that of the question under it; the question's words decide.",
        ),
        "label_missing": ("“Answer:” missing", "The label was deleted; the answer was read from behind the question."),
        "text_above_label": (
            "Text above “Answer:”",
            "Between question and label stands text that is not the template's. It is not part of the answer.",
        ),
        "answer_in_example": ("Answer in place of the example", "The answer was read from above “Answer:”."),
        "unclosed_fence": (
            "Code block never closed",
            "Everything behind it shows as code. The answer was read as if the block ended with it.",
        ),
    }
)

_CHECKLIST = _kinds(
    {
        "checklist_missing": ("No checklist", "No line of the checklist was found in any file: nothing is claimed."),
        "checklist_elsewhere": ("Checklist in another file", "The report has none; another file's was read."),
        "checklist_copy": (
            "Checklist ticked elsewhere",
            "No tick is in the report, but another file has a ticked copy of the list, which claims nothing.",
        ),
        "items_missing": ("Items missing", "Some lines of the checklist are gone; their claim is “missing”."),
        "item_twice": (
            "Item twice",
            "An item stands twice with different marks; a tick in the same list counts, else the first one.",
        ),
        "item_reworded": (
            "Item reworded",
            "A line in other words stands where only one item can stand; it was read as that item.",
        ),
        "unknown_item": (
            "Unknown item",
            "A line with a box that is no item of any template. It is listed and claims nothing.",
        ),
        "unclear_mark": (
            "Unclear mark",
            "The box holds neither a tick nor nothing. With a tick in it, it counts as ticked, else as not ticked.",
        ),
        "box_missing": ("No box", "An item lost its box. It counts as not ticked."),
    }
)

_REPORT = _kinds(
    {
        "report_moved": ("Report in another place", "The report is not where the course looks for it."),
        "report_split": ("Report in several files", "Some answers were read from another file."),
        "report_copy": ("Another copy of the report", "Another file holds answers too; they were not read."),
        "report_untouched": ("Untouched template", "Nothing is answered and nothing is ticked."),
        "conflict_markers": ("Merge conflict", "The report holds the marks of an unresolved merge."),
        "report_in_comment": (
            "Report in a comment",
            "Most answers and ticks stand in an HTML comment, so a page of the report shows none of them. They were "
            "read all the same. A comment that is never closed hides all that comes after it.",
        ),
        "course_checker_gives_up": (
            "The course's checker gives up",
            "The course's `report.py check` does not find one answer per question, so it says nothing about any.",
        ),
    }
)

_MEMBERS = _kinds(
    {
        "group_number_differs": ("Other group number", "The report's group number is not the roster's."),
        "group_number_unreadable": ("No group number", "The first answer holds no number, or more than one."),
        "member_missing": ("Member missing", "A member of the roster is not among the report's study numbers."),
        "member_extra": ("Unknown member", "A study number of the report is not in the roster's group."),
        "member_malformed": ("Malformed study number", "A study number is an s and six digits."),
        "member_twice": ("Member twice", "A study number stands twice."),
        "members_unreadable": ("No study numbers", "The answer holds no study number."),
        "member_elsewhere": (
            "Member only under contributions",
            "A study number has contributed and is not among the members.",
        ),
    }
)

_HISTORY = _kinds(
    {
        "chosen_commit": (
            "Another commit is graded",
            "Course staff chose the commit with `harvester regrade`; `--undo` takes that back.",
        ),
        "member_without_commits": ("Member without commits", "No commit could be tied to a member of the group."),
        "unknown_author": ("Unknown author", "Somebody committed who could not be tied to a member of the group."),
        "graded_commit_gone": (
            "Graded commit gone",
            "The commit of the deadline was taken off the branch before a sync saw it.",
        ),
        "late_push": ("Pushed late", "Commits dated before the deadline were pushed after it."),
        "late_push_log": (
            "Push log begins late",
            "The push log does not reach the deadline; the dates of commits decided.",
        ),
        "force_push": ("History rewritten", "The branch was pushed by force after the deadline."),
        "back_dated": ("Back-dated", "A commit is dated before one it builds on."),
        "wrong_clock": (
            "A clock was wrong",
            "What a sync saw before the deadline carries a later date, or the times of the syncs go back.",
        ),
        "stale_mirror": ("Old mirror", "The last sync failed; an older copy of the repository was graded."),
    }
)

_FILES = _kinds(
    {
        "secret": ("A secret in the repository", "A key, token or password is committed. Revoke it; it is not shown."),
        "unread_file": ("File not read", "A file that checks ask for could not be looked at."),
        "broken_file": ("File does not parse", "A file that checks ask for has errors, so it proves little."),
    }
)

_ROSTER = _kinds(
    {
        "roster_blank_row": ("Blank row", "A row of the roster names no group."),
        "roster_duplicate_group": ("Group twice", "Two rows of the roster have the same group."),
        "roster_two_urls": ("Two addresses", "A group has two different repositories."),
        "roster_not_expected": ("Not in the roster", "`expected_problems` names a group that the roster has not."),
        "roster_no_url": ("No address", "A group has no repository address that can be used."),
        "roster_no_group": ("Row without a group", "A row of the roster names no group; it is called by its row."),
        "roster_bad_url": ("Unusable address", "What stands in the address column is no repository's address."),
        "roster_odd_url": ("Odd address", "An address was understood, but it is not written as one."),
        "roster_credentials": ("Address with a password", "An address holds a token or password; it is not shown."),
        "roster_odd_student": ("Odd student", "What stands in a student's column is no study number."),
        "roster_alike_ids": ("Ids alike", "Two groups' ids give the same folder name."),
        "roster_shared_repository": ("Repository shared", "Two groups name the same repository."),
        "roster_student_twice": ("Student twice", "A student is in more than one group."),
        "roster_no_members": ("No members", "A group of the roster has no members."),
        "roster_unknown_group": ("Unknown group", "The assignment holds a link of a group without students."),
    }
)

PARTS: dict[str, dict[str, ProblemKind]] = {
    "Answers": _ANSWERS,
    "Checklist": _CHECKLIST,
    "The report as a whole": _REPORT,
    "Group and members": _MEMBERS,
    "History": _HISTORY,
    "Files": _FILES,
    "Roster": _ROSTER,
}
"""All kinds by where they are met, in the order of the reference."""

PROBLEMS: dict[str, ProblemKind] = {code: kind for part in PARTS.values() for code, kind in part.items()}
"""All kinds by code."""


def title_of(code: str) -> str:
    """A code's title, or the code in words where the table does not know it (an older record's)."""
    kind = PROBLEMS.get(code)
    return kind.title if kind else code.replace("_", " ")


def render_reference() -> str:
    """The reference of problem codes as Markdown."""
    lines = ["# Problems", "", "What Harvester calls odd, by code. None of it is a verdict.", ""]
    for part, kinds in PARTS.items():
        lines += [f"## {part}", "", "| code | problem | meaning |", "| --- | --- | --- |"]
        lines += [f"| `{code}` | {kind.title} | {kind.meaning} |" for code, kind in kinds.items()]
        lines.append("")
    return "\n".join(lines)
