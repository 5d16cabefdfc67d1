"""Who is behind the names of a history."""

from pydantic import BaseModel, ConfigDict

from harvester.models.problem import Problem
from harvester.models.record import Contribution


class People(BaseModel):
    """The persons of one history: one's names and mails merged; bots, the template's author and staff left out."""

    model_config = ConfigDict(frozen=True)

    contributions: tuple[Contribution, ...] = ()
    """One per person, members of the roster first (in its order), then by commits; beyond 100, one of all others."""
    distinct: int = 0
    """Number of distinct persons who made, or helped to make, a commit."""
    names: tuple[str, ...] = ()
    """One name per person that is listed, in the order of `contributions`."""
    commits: tuple[str, ...] = ()
    """Sha of each person's newest commit, in the same order: where one can see that the person wrote."""
    unknown: tuple[str, ...] = ()
    """`Name <mail>` of every identity that could be tied to no member."""
    problems: tuple[Problem, ...] = ()
    """Members without a commit, identities without a member."""
