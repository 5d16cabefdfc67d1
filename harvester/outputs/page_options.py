"""What pages may be told: the course's words, links between files, and what is released."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageOptions:
    """Options of all pages. The same options and record give the same bytes.

    Parameters
    ----------
    zone
        The course's time zone; all times are shown in it, with its name.
    course
        The course's title, for headings.
    made_at
        When the run was made (ISO 8601), shown where given.
    handin_href
        From the class page to a group's page; `{folder}` is the group's folder name.
    index_href, workbook_href
        From a group's page to the class page and to its workbook; None where there is none.
    contributions
        Id of the question in which a group tells who did what; its answer stands beside the people, too.
    """

    zone: str = "Europe/Copenhagen"
    course: str = ""
    made_at: str | None = None
    handin_href: str = "groups/{folder}/handin.html"
    index_href: str | None = "../../index.html"
    workbook_href: str | None = "grading.xlsx"
    contributions: str = "contributions"


@dataclass(frozen=True, slots=True)
class Release:
    """What a student-safe page may hold. Nothing that is not asked for is released."""

    points: bool = False
    """Points by row, and the total."""
    comments: bool = False
    """Comments; never the staff's notes, and never who graded."""
    decisions: bool = False
    evidence: bool = False
    """Verdicts and the places that show them."""
    answers: bool = False
    """The group's own answers, with words and problems."""
