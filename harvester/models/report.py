"""What was read out of a report."""

from pydantic import BaseModel, ConfigDict

from harvester.models.problem import Problem
from harvester.models.status import Claim
from harvester.models.template import Kind, Limits


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Figure(_Frozen):
    """An image (or a link to one) in an answer.

    `written` is the target as the student wrote it; `path` is the repository path it resolves to (relative to the
    report), None where it leads out of the repository. `problem` says why it does not count, None where it counts.
    """

    written: str
    path: str | None = None
    exists: bool = False
    alt: str = ""
    line: int | None = None
    media_type: str | None = None
    """By signature: image/png, image/jpeg, image/gif, image/webp, image/svg+xml; None where it is no image."""
    template_own: bool = False
    """Byte-identical to an image that the template ships."""
    linked: bool = False
    """Written as a plain link, not as an image."""
    problem: str | None = None


class Tick(_Frozen):
    """One checklist item: the claim, and the line (1-based) of the report that makes it."""

    check: str
    section: str
    text: str
    claim: Claim
    line: int | None = None
    written: str = ""
    note: str = ""
    """What the group added after the item's own words."""


class Answer(_Frozen):
    """One question's answer. `line` and `end_line` are 1-based lines of the report, both inclusive."""

    number: int
    id: str
    title: str
    kind: Kind = "prose"
    answered: bool
    text: str = ""
    words: int = 0
    limits: Limits = Limits()
    course_words: int = 0
    course_images: int = 0
    course_passes: bool | None = None
    """What the course's own checker would say; None where it has no rule or would give up."""
    images: tuple[Figure, ...] = ()
    problems: tuple[Problem, ...] = ()
    line: int | None = None
    end_line: int | None = None
    path: str | None = None
    """Where the answer stands in another file than the report."""


class Report(_Frozen):
    """A whole report, read. `template` is the id of the generation it was written on."""

    path: str
    template: str
    confidence: float
    """Share of the generation's own lines that the report still has, 0 to 1."""
    answers: tuple[Answer, ...] = ()
    ticks: tuple[Tick, ...] = ()
    extra_ticks: tuple[Tick, ...] = ()
    """Ticked or unticked lines that belong to no item of any generation (items the group added)."""
    problems: tuple[Problem, ...] = ()
    group_number: str | None = None
    member_ids: tuple[str, ...] = ()
    checklist_path: str | None = None
    """Where the checklist was read, where that is another file than the report."""
