"""What two groups share: fingerprints of answers and functions, and the leads that comparing them gives.

A lead is a place for a person to look at. It is no verdict, and in no group's record or page.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class PassageKind(StrEnum):
    """What is compared with its like."""

    ANSWER = "answer"
    CODE = "code"


class Passage(_Frozen):
    """One answer or function, without what the course gave out.

    `name` is the question's title or the function's name; lines are 1-based and of the file at `path`. `prints` are
    hashes of some of its runs of words or tokens: two passages that share a long run share a hash.
    """

    kind: PassageKind
    name: str
    path: str = ""
    line: int | None = None
    text: str
    prints: tuple[int, ...] = ()


class Prints(_Frozen):
    """One group's passages, as kept beside its record."""

    group: str
    repo_url: str = ""
    """By which a group is known again in an earlier harvest."""
    web_url: str = ""
    """`https://host/owner/name/blob/<sha>`, for permalinks; empty where there is none."""
    passages: tuple[Passage, ...] = ()


class Piece(_Frozen):
    """A part of a passage's text; `shared` tells whether the other group has it, too."""

    text: str
    shared: bool = False


class Side(_Frozen):
    """One group's half of a match."""

    name: str
    path: str = ""
    line: int | None = None
    url: str = ""
    pieces: tuple[Piece, ...] = ()


class Match(_Frozen):
    """Two passages that share something. `shared` counts words (of answers) or tokens (of code).

    `strength` counts repetitions once, and words more than tokens.
    """

    kind: PassageKind
    shared: int
    strength: int
    share: float
    """Part of the shorter passage that is shared, 0 to 1."""
    left: Side
    right: Side


class Lead(_Frozen):
    """Two groups and what they share, the strongest first. `harvest` names the earlier harvest of the right one."""

    left: str
    right: str
    harvest: str = ""
    strength: int
    matches: tuple[Match, ...]
    more: int = 0
    """Matches that are not in `matches`, which is bounded."""

    def count(self, kind: PassageKind) -> int:
        """How many matches are of a kind."""
        return sum(match.kind == kind for match in self.matches)


class Likeness(_Frozen):
    """All leads of a class, strongest first."""

    leads: tuple[Lead, ...] = ()
    more: int = 0
    """Leads that are not listed: the weakest."""
    groups: int = 0
    """How many groups of this harvest were compared."""
    earlier: int = 0
    """How many groups of earlier harvests they were compared with."""
