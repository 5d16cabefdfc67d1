"""Marks that are not what their cells are for: points that are no number or out of bounds, decisions nobody knows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harvester.models.marks import OVERALL, Mark, Value, decisions_of
from harvester.models.points import PointsSettings
from harvester.outputs.wording import first_few, plural

_LONGEST = 30


@dataclass(frozen=True)
class Unusable:
    """One such cell. `bounds` are given where it is a number outside them, which counts all the same."""

    group: str
    key: str
    field: str
    value: Value
    bounds: tuple[float, float] | None = None


def find_unusable(groups: Mapping[str, Mapping[str, Mark]], settings: PointsSettings) -> Iterator[Unusable]:
    """Cells of all groups' rows that cannot count as they were meant. Text that has lost its row is not among them."""
    for group, marks in groups.items():
        for key, mark in marks.items():
            words, bounds = decisions_of(key), _bounds(key, settings)
            if not words:
                continue
            if isinstance(mark.points, str):
                yield Unusable(group, key, "points", mark.points)
            elif mark.points is not None and not bounds[0] <= mark.points <= bounds[1]:
                yield Unusable(group, key, "points", mark.points, bounds)
            if mark.decision is not None and mark.decision.casefold() not in words:
                yield Unusable(group, key, "decision", mark.decision)


def say_unusable(found: Iterable[Unusable]) -> Iterator[str]:
    """A sentence on those that do not count, and one on those that do and are out of bounds."""
    cells = list(found)
    lost, out = ([one for one in cells if (one.bounds is None) == odd] for odd in (True, False))
    if lost:
        yield f"{plural(len(lost), 'mark')} cannot be counted: {first_few([*map(_say, lost)])}."
    if out:
        what = (
            "1 mark is out of bounds and counts" if len(out) == 1 else f"{len(out):,} marks are out of bounds and count"
        )
        yield f"{what} in the sheets as typed: {first_few([*map(_say, out)])}."


def _bounds(key: str, settings: PointsSettings) -> tuple[float, float]:
    """The least and most points of a row."""
    if key.startswith("q:"):
        return 0.0, settings.of_question(key.removeprefix("q:"))
    if key == OVERALL or ":" in key:
        return -settings.adjustment, settings.adjustment
    return 0.0, settings.of_item(key)


def _say(one: Unusable) -> str:
    if one.bounds is not None:
        low, high = one.bounds
        return f"{one.group} {one.key} {one.field} {one.value:g} ({low:g} to {high:g})"
    text = " ".join(str(one.value).split())
    return f"{one.group} {one.key} {one.field} “{text if len(text) <= _LONGEST else text[:_LONGEST] + '…'}”"
