"""What a class run says of itself."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from harvester.models.problem import Problem
from harvester.models.status import Status


class GroupOutcome(BaseModel):
    """How one group came through a run. `seconds` are wall times by stage."""

    model_config = ConfigDict(frozen=True)

    group: str
    status: Status
    problem: str | None = None
    expected: bool = False
    changed: bool = False
    sha: str | None = None
    ticked: int = 0
    verdicts: dict[str, int] = {}
    seconds: dict[str, float] = {}


class RunReport(BaseModel):
    """A whole run: one outcome per rostered group, in the roster's order."""

    model_config = ConfigDict(frozen=True)

    output: Path
    graded: bool
    rewritten: bool = False
    """Whether the class's pages and sheets were written."""
    outcomes: tuple[GroupOutcome, ...]
    roster_problems: tuple[Problem, ...] = ()
    messages: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0 where no group has a problem but those that the course expects to, else 1."""
        return int(any(outcome.problem and not outcome.expected for outcome in self.outcomes))
