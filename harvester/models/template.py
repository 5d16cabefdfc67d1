"""A template generation: what the report of one year looks like. Loaded from `configs/templates/*.yaml`."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_words(text: str) -> str:
    if not re.search(r"[^\W_]", text):
        raise ValueError("has to hold a word")
    return text


Words = Annotated[str, AfterValidator(_as_words)]
"""What a report is searched for."""

Bound = Annotated[int, Field(ge=0)]
Kind = Literal["prose", "group_number", "members"]


class Limits(_Strict):
    """What a question asks for; None where the template sets no bound."""

    min_words: Bound | None = None
    max_words: Bound | None = None
    min_images: Bound | None = None
    max_images: Bound | None = None


class Item(_Strict):
    """One line of the checklist, tied to a stable check id."""

    check: str
    text: Words
    wordings: tuple[Words, ...] = Field(
        default=(), description="Other wordings of the same line in the same generation."
    )


class Section(_Strict):
    """A heading of the checklist and its items."""

    title: str
    items: tuple[Item, ...]


class Question(_Strict):
    """One question of the report, tied to a stable question id."""

    number: int
    id: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$",
        description="Stable over the years; marks are kept by it. The answer to `contributions`, who did what, stands "
        "beside the people on a group's page, too.",
    )
    title: str = Field(description="A few words for tables and page headings.")
    section: str = ""
    prompt: Words
    prompts: tuple[Words, ...] = Field(default=(), description="Other wordings in the same generation.")
    examples: tuple[str, ...] = Field(
        default=(), description="The template's example answers in all their wordings; never a group's answer."
    )
    limits: Limits = Limits()
    course_limits: Limits = Field(
        default=Limits(), description="The bounds of the course's own checker, where it has any."
    )
    kind: Kind = Field(
        default="prose", description="What is read out of the answer: nothing, the group's number, or its members."
    )
    screenshots: tuple[str, ...] = Field(
        default=(), description="Check ids that a figure in this answer is a weak trace of."
    )

    @field_validator("limits", "course_limits")
    @classmethod
    def _can_be_kept(cls, limits: Limits) -> Limits:
        bounds = ("words", limits.min_words, limits.max_words), ("images", limits.min_images, limits.max_images)
        for what, low, high in bounds:
            if low is not None and high is not None and low > high:
                raise ValueError(f"no answer has at least {low} {what} and at most {high}")
        return limits


class Template(_Strict):
    """One generation of a report template."""

    id: str
    family: str
    title: str
    year: str = Field(description="The course's year, such as '27' or '2027'; its last two digits count.")
    sections: tuple[Section, ...] = ()
    questions: tuple[Question, ...]
    headings: tuple[str, ...] = Field(
        default=(), description="Headings of the template beside those of the checklist's and questions' sections."
    )
    intros: tuple[str, ...] = Field(
        default=(), description="The template's own paragraphs under headings; never part of an answer."
    )
    ignore: tuple[str, ...] = Field(
        default=(), description="Lines that the template itself shipped inside answers; never an answer."
    )
    figures: tuple[str, ...] = Field(default=(), description="Git blob ids of the images that the template ships.")
    numbered: bool = Field(
        default=True, description="Whether each question has a heading such as `Question 1`; else it has any, or none."
    )
    labelled: bool = Field(default=True, description="Whether each answer follows a line `Answer:`.")
    reports: tuple[str, ...] = Field(default=("reports/README.md",), description="Where the report is expected.")

    @field_validator("year")
    @classmethod
    def _two_digits(cls, year: str) -> str:
        """Years are put in order, and so all are written alike."""
        if not re.fullmatch(r"(?:20)?\d\d", year, re.ASCII):
            raise ValueError(f"has to be a year, such as '27' or '2027', not {year[:20]!r}")
        return year[-2:]

    def __hash__(self) -> int:
        """By the id alone: what follows from templates is made once for all groups."""
        return hash((self.family, self.id))

    @property
    def items(self) -> tuple[tuple[Section, Item], ...]:
        """Every item with its section, in the template's order."""
        return tuple((section, item) for section in self.sections for item in section.items)
