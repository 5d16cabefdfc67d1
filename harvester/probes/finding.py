"""What a probe returns: holds, does not hold, or could not look; and where."""

from collections.abc import Iterable
from dataclasses import dataclass

from harvester.models.quick import quick


@quick
@dataclass(frozen=True, slots=True)
class Spot:
    """A place that shows something: a repository path and line, or `commit:SHA`, `branch:NAME`, `tag:NAME`.

    `what` is a few words; left empty, the line itself is quoted (secrets masked).
    """

    path: str
    line: int | None = None
    what: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A probe's answer. `holds` is None where it could not look; then `reason` says why.

    Of a finding that holds, `spots` are the places, best first, and `reason` may say what makes it less than the whole
    thing ("only a dependency that nothing imports").
    """

    holds: bool | None
    spots: tuple[Spot, ...] = ()
    reason: str = ""


NOTHING_FOUND = Finding(False)


def found(spots: Iterable[Spot], reason: str = "") -> Finding:
    """Holds where there is a spot."""
    kept = tuple(spots)
    return Finding(True, kept, reason) if kept else NOTHING_FOUND


def unknown(reason: str) -> Finding:
    """Could not look."""
    return Finding(None, (), reason)
