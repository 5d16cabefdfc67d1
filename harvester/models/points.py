"""How marks become points: the `points` block of course.yaml. Every number a teacher could ask about has a key."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Most = Annotated[float, Field(ge=0)]


class PointsSettings(BaseModel):
    """Points, weights, bounds and rounding. The defaults give one point per item and two per answer, unscaled."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    item: float = Field(default=1.0, ge=0, description="Points of a checklist item that `items` does not name.")
    items: dict[str, Most] = Field(default_factory=dict, description="Check id -> points; 0 leaves an item out.")
    question: float = Field(default=2.0, ge=0, description="Points of an answer that `questions` does not name.")
    questions: dict[str, Most] = Field(
        default_factory=dict,
        description="Question id -> points; 0 leaves a question out, as it does the group's number and its members "
        "where they are not named.",
    )
    partial: float = Field(default=0.5, ge=0, le=1, description="Share of the points that `partial` is worth.")
    checklist_weight: float = Field(default=1.0, ge=0, description="What the sum of the items is multiplied by.")
    answers_weight: float = Field(default=1.0, ge=0, description="What the sum of the answers is multiplied by.")
    adjustment: float = Field(
        default=10.0, ge=0, description="Largest addition or deduction, per group and per student."
    )
    scale: float | None = Field(default=None, gt=0, description="Full marks become this many points; none: no scaling.")
    step: float = Field(default=0.5, gt=0, description="Totals are rounded to a multiple of this.")
    rounding: Literal["nearest", "up", "down"] = Field(default="nearest", description="How totals are rounded.")
    proposals: bool = Field(
        default=True,
        description="Whether `confirmed`, `weak` and `not claimed` count as the tool says until a grader decides.",
    )

    def of_item(self, check: str) -> float:
        """The most points of a checklist item."""
        return self.items.get(check, self.item)

    def of_question(self, question: str) -> float:
        """The most points of an answer."""
        return self.questions.get(question, self.question)
