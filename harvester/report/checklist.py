"""The checklist: what the group claims of each item, and what its marks leave open."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from harvester.models.problem import Problem
from harvester.models.report import Tick
from harvester.models.status import Claim
from harvester.models.template import Template
from harvester.report.sightings import Box, Sightings
from harvester.report.wording import ItemWording, Wordings, all_items, end_of_words, words_of

_TICKED = {"x", "xx", "х", "×", "✓", "✔", "☑", "✅", "☒", "√", "v", "y", "yes", "ok", "done", "🟢"}
_UNTICKED = {"", "_", ".", "☐", "❌", "✗", "✘", "🔴", "n", "no"}
_MOST_EXTRA = 100
_HINT = 0.6
"""So large a part of the words has to be shared before a problem's text names a wording as the likely one."""


@dataclass
class Checklist:
    """What was read: one tick per item, lines that belong to no item, and problems."""

    ticks: list[Tick] = field(default_factory=list)
    extra: list[Tick] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def ticked(self) -> int:
        """How many items are ticked."""
        return sum(tick.claim is Claim.TICKED for tick in self.ticks)


def read_checklist(
    sightings: Sightings, template: Template, answered: Sequence[range], code: Iterable[int] = ()
) -> Checklist:
    """The claims of a file.

    Parameters
    ----------
    template
        The generation whose wordings are tried first.
    answered
        The lines (0-based) of answers: boxes in them are content, unless they are worded as an item.
    code
        Lines of fenced code, in which nothing is claimed.
    """
    found = Checklist()
    hidden = set(code)
    inside = {line for lines in answered for line in lines}
    for box in sightings.boxes:
        if box.line in hidden:
            continue
        hit = sightings.wordings.find_item(words_of(box.text), template)
        if hit is not None:
            _add_item(found, box, hit)
        elif box.line not in inside and box.mark is not None and words_of(box.text):
            _add_extra(found, box, sightings.wordings, template)
    return found


def read_mark(mark: str | None) -> tuple[Claim, bool]:
    """What a mark claims, and whether it is clear.

    A mark that is neither a tick nor empty (`[/]`, `[50%]`, `[~]`) does not claim the item; one with a tick in it
    (`[(x)]`, `[x?]`) does. Both are said.
    """
    if mark is None:
        return Claim.UNTICKED, False
    bare = mark.replace("\ufe0f", "").replace("\\", "").strip().casefold()
    if bare in _TICKED:
        return Claim.TICKED, True
    if bare in _UNTICKED:
        return Claim.UNTICKED, True
    inner = bare.strip("()?!~*_/-+ .")
    return (Claim.TICKED if inner in _TICKED else Claim.UNTICKED), False


def _add_item(found: Checklist, box: Box, hit: ItemWording) -> None:
    claim, clear = read_mark(box.mark)
    check, line = hit.item.check, box.line + 1
    earlier = next((tick for tick in found.ticks if tick.check == check), None)
    if earlier is not None:
        if earlier.claim is not claim:
            message = f"“{hit.item.text}” stands twice, {earlier.claim} in line {earlier.line}, {claim} here"
            found.problems.append(Problem(code="item_twice", message=message, line=line))
        return
    if box.mark is None:
        message = f"“{hit.item.text}” has no box; read as not ticked"
        found.problems.append(Problem(code="box_missing", message=message, line=line))
    elif not clear:
        message = f"the mark [{box.mark.strip()}] is neither ticked nor empty; read as {claim}"
        found.problems.append(Problem(code="unclear_mark", message=message, line=line))
    found.ticks.append(
        Tick(
            check=check,
            section=hit.section.title,
            text=hit.item.text,
            claim=claim,
            line=line,
            written=box.text,
            note=_note(box, hit),
        )
    )


def _note(box: Box, hit: ItemWording) -> str:
    """What the group wrote behind the item's own words."""
    words = words_of(box.text)
    note = box.text[end_of_words(box.text, len(hit.words)) :] if len(words) > len(hit.words) else ""
    note = re.sub(r"^[\s.,;:`*_~]+|[\s`*_~]+$", "", note)
    struck = "~~" in box.text
    return "; ".join(part for part in ("struck through" if struck else "", note[:500]) if part)


def _add_extra(found: Checklist, box: Box, wordings: Wordings, template: Template) -> None:
    if len(found.extra) >= _MOST_EXTRA:
        return
    claim, _ = read_mark(box.mark)
    line = box.line + 1
    found.extra.append(Tick(check="", section="", text=box.text, claim=claim, line=line, written=box.text))
    hint = _nearest(box.text, wordings, template)
    message = f"“{box.text[:120]}” is no item of any template" + (f"; the nearest is “{hint}”" if hint else "")
    found.problems.append(Problem(code="unknown_item", message=message, line=line))


def _nearest(text: str, wordings: Wordings, template: Template) -> str | None:
    """The item of the generation that shares most words: a hint for a person, never a claim."""
    mine = set(words_of(text[:500]))
    best, wording = 0.0, None
    for one in all_items(wordings):
        if one.template.id == template.id and (either := len(mine | set(one.words))):
            share = len(mine & set(one.words)) / either
            if share > best:
                best, wording = share, one
    return wording.item.text if wording is not None and best >= _HINT else None


def missing_items(found: Checklist, template: Template) -> list[str]:
    """Items of the generation that no line claims or leaves open."""
    there = {tick.check for tick in found.ticks}
    return [item.check for _, item in template.items if item.check not in there]


def code_lines(sightings: Sightings, fences: Iterable[range]) -> set[int]:
    """The lines that hold boxes inside of fenced code."""
    boxes = [box.line for box in sightings.boxes]
    return {line for lines in islice(fences, 1_000) for line in boxes if line in lines}
