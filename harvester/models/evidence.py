"""What a check says of an item: a word, places, and a sentence."""

from pydantic import BaseModel, ConfigDict

from harvester.models.status import EvidenceWord


class Place(BaseModel):
    """Where a person can look. `path` is a repository path, or `commit:SHA`, `branch:NAME`, `tag:NAME`.

    `what` is the line that shows it (secrets masked) or a few words; `url` is a permalink where the host is known.
    `ref` is the commit the path is read at where that is not the graded one.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    line: int | None = None
    what: str = ""
    url: str | None = None
    ref: str | None = None


class Evidence(BaseModel):
    """A check's answer for one item."""

    model_config = ConfigDict(frozen=True)

    id: str
    word: EvidenceWord
    why: str
    places: tuple[Place, ...] = ()
    hints: tuple[Place, ...] = ()
    """What is no evidence but helps a person: deleted files, telling commit messages, a build step."""
