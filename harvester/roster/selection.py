"""Groups of a roster, as people name them: one, or some as `--groups` takes them."""

import re
from collections.abc import Iterable, Sequence

from harvester.errors import UserError
from harvester.models.group import Group, Roster

_NUMBER = re.compile(r"(?:(?:group|gruppe|team)\s*)?(\d{1,9})", re.IGNORECASE)
_LISTED = 20


def select_groups(roster: Roster, wanted: str) -> tuple[Group, ...]:
    """The groups that `3,7-9` or `alpha, beta` names, in the roster's order. A range may span missing numbers.

    Raises
    ------
    UserError
        An id or a range names no group, or the text names none at all.
    """
    chosen: set[str] = set()
    unknown = []
    for part in filter(None, (part.strip() for part in wanted.split(","))):
        hits = _named(roster, part) or _range(roster, part)
        chosen |= hits
        if not hits:
            unknown.append(part)
    if unknown:
        raise _unknown(roster, unknown)
    if not chosen:
        raise UserError("No group is named.", f"Name some as in `3,7-9`; the roster has: {_ids(roster)}.")
    return tuple(group for group in roster.groups if group.id in chosen)


def find_group(roster: Roster, text: str) -> Group:
    """The one group that a text names.

    Raises
    ------
    UserError
        There is none; the message lists those that there are.
    """
    named = _named(roster, text.strip())
    group = next((group for group in roster.groups if group.id in named), None)
    if group is None:
        raise _unknown(roster, [text])
    return group


def _named(roster: Roster, text: str) -> set[str]:
    """The group with an id; where none has it, the only one with that number or name, as in `04` and `Group 4`."""
    plain = " ".join(text.split()).casefold()
    hit = _NUMBER.fullmatch(plain)
    number = int(hit[1]) if hit else None
    return (
        {group.id for group in roster.groups if group.id.casefold() == plain}
        or _only(group.id for group in roster.groups if number is not None and _number(group) == number)
        or _only(group.id for group in roster.groups if plain and group.name.casefold() == plain)
    )


def _only(ids: Iterable[str]) -> set[str]:
    found = set(ids)
    return found if len(found) == 1 else set()


def _number(group: Group) -> int | None:
    return int(group.id) if re.fullmatch(r"\d{1,9}", group.id, re.ASCII) else None


def _unknown(roster: Roster, parts: Sequence[str]) -> UserError:
    named = ", ".join(f"“{part[:40]}”" for part in parts[:10])
    return UserError(f"The roster has no group {named}.", f"It has: {_ids(roster)}.")


def _ids(roster: Roster) -> str:
    return ", ".join(group.id for group in roster.groups[:_LISTED]) + (", …" if len(roster.groups) > _LISTED else "")


def _range(roster: Roster, part: str) -> set[str]:
    ends = re.fullmatch(r"(\d{1,9})\s*[-–]\s*(\d{1,9})", part)
    if ends is None:
        return set()
    low, high = int(ends[1]), int(ends[2])
    return {group.id for group in roster.groups if (number := _number(group)) is not None and low <= number <= high}
