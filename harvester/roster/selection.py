"""Some groups of a roster, as `--groups` names them."""

import re

from harvester.errors import UserError
from harvester.models.group import Group, Roster


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
        hits = {group.id for group in roster.groups if group.id.casefold() == part.casefold()} or _range(roster, part)
        chosen |= hits
        if not hits:
            unknown.append(part)
    known = ", ".join(group.id for group in roster.groups[:20]) + (", …" if len(roster.groups) > 20 else "")
    if unknown:
        named = ", ".join(f"“{part[:40]}”" for part in unknown[:10])
        raise UserError(f"The roster has no group {named}.", f"It has: {known}.")
    if not chosen:
        raise UserError("No group is named.", f"Name some as in `3,7-9`; the roster has: {known}.")
    return tuple(group for group in roster.groups if group.id in chosen)


def _range(roster: Roster, part: str) -> set[str]:
    ends = re.fullmatch(r"(\d{1,9})\s*[-–]\s*(\d{1,9})", part)
    if ends is None:
        return set()
    low, high = int(ends[1]), int(ends[2])
    return {group.id for group in roster.groups if re.fullmatch(r"\d{1,9}", group.id) and low <= int(group.id) <= high}
