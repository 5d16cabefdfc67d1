"""The checklist: what the group claims of each item, and what its marks leave open."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from harvester.models.problem import Problem
from harvester.models.report import Tick
from harvester.models.status import Claim
from harvester.models.template import Item, Section, Template
from harvester.report.sightings import Box, Sightings
from harvester.report.wording import ItemWording, Wordings, Words, all_items, end_of_words, modules_of, words_of

_TICKED = {"x", "xx", "х", "×", "✓", "✔", "☑", "✅", "☒", "√", "🟢", "v", "y", "yes", "ok", "done", "true", "ja"} | {
    *("check", "checked", "tick", "ticked", "complete", "completed", "finished"),
}
_UNTICKED = {"", "_", ".", "☐", "❌", "✗", "✘", "🔴", "n", "no", "not", "not done", "todo", "to do", "false", "nej"}
_MARKS_ALONE = re.compile(r"[\s()\[\]{}<>.,;:/|–—-]*")
"""What is behind an item and says nothing."""
_OWN_TICKS = ("*", "+", "#", "•", "●", "■")
_FEWEST_OWN = 3
_MOST_REWORDED = 10
"""Lines that are said one by one; of more than so many it is said that the list is in other words."""
_MOST_EXTRA = 100
_MARK = 3
_HALF = 0.5
_STEM = 5

_SAME_LIST = 100
"""Lines between two boxes of an item in one checklist; a tick that is further away is no part of it."""


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
    lines = [
        (box, sightings.wordings.find_item(words_of(box.text[box.lead :]), template))
        for box in sightings.boxes
        if box.line not in hidden
    ]
    listed = [
        (box, hit)
        for box, hit in lines
        if hit is not None or (_is_item(box) and not any(box.line in block for block in answered))
    ]
    if own := _find_own_tick([box for box, _ in listed]):
        message = f"The list is ticked by [{own}], and by no [x]; each was read as a tick."
        first = next(box for box, _ in listed if (box.mark or "").strip() == own)
        found.problems.append(Problem(code="unclear_mark", message=message, line=first.line + 1))
        listed = [(replace(box, mark="x") if (box.mark or "").strip() == own else box, hit) for box, hit in listed]
    reworded = _find_reworded(listed, template)
    if len(reworded) > _MOST_REWORDED:
        read = f"{len(reworded)} of its lines were read as the items in whose places they stand"
        message = f"The list is in other words: {read}."
        found.problems.append(Problem(code="item_reworded", message=message, line=listed[min(reworded)][0].line + 1))
    for index, (box, hit) in enumerate(listed):
        if hit is not None:
            end = box.lead + end_of_words(box.text[box.lead :], len(hit.words), hit.closing)
            _add_item(found, box, hit.section, hit.item, end)
        elif index in reworded:
            section, item = reworded[index]
            if len(reworded) <= _MOST_REWORDED:
                message = f"“{box.text[:120]}” stands in the place of “{item.text}” and was read as that."
                found.problems.append(Problem(code="item_reworded", message=message, line=box.line + 1))
            _add_item(found, box, section, item, len(box.text))
        else:
            _add_extra(found, box, sightings.wordings, template)
    return found


def _is_item(box: Box) -> bool:
    """Whether a line of no template's words looks like a checklist's, and not like a word in brackets."""
    return box.mark is not None and bool(words_of(box.text)) and (len(box.mark) <= _MARK or _is_known(box.mark))


def _find_own_tick(boxes: Sequence[Box]) -> str | None:
    """The mark that a group ticks by, where it is none of the usual: a star or the like, more than once."""
    claims = [read_mark(box.mark) for box in boxes if box.mark is not None]
    if (Claim.TICKED, True) in claims:
        return None
    marks = Counter((box.mark or "").strip() for box in boxes)
    own = [mark for mark in _OWN_TICKS if marks[mark] >= _FEWEST_OWN]
    return own[0] if len(own) == 1 else None


def _find_reworded(
    listed: Sequence[tuple[Box, ItemWording | None]], template: Template
) -> dict[int, tuple[Section, Item]]:
    """Lines that can only be one item: as many between two known neighbours as the list has between these.

    The place decides. That half of the words are the item's only guards against an item that was replaced; one word is
    enough where the whole list was rewritten, and each of its lines still names the module of the item in its place.
    """
    items = template.items
    places = {item.check: place for place, (_, item) in enumerate(items)}
    found: dict[int, tuple[Section, Item]] = {}
    run: list[int] = []
    before = -1
    for index, (_, hit) in enumerate([*listed, (None, None)]):
        after = len(items) if index == len(listed) else places.get(hit.item.check) if hit is not None else None
        if after is None and hit is None:
            run.append(index)
            continue
        if run and after is not None and after - before - 1 == len(run):
            for place, one in enumerate(run, start=before + 1):
                if _shared(listed[one][0].text, words_of(items[place][1].text)) >= _HALF:
                    found[one] = items[place]
        run = []
        before = after if after is not None else len(items)
    if _is_rewritten(listed, template):
        for index, ((box, hit), own) in enumerate(zip(listed, items, strict=True)):
            if hit is None and _stems(box.text) & _stems(own[1].text):
                found[index] = own
    return found


def _is_rewritten(listed: Sequence[tuple[Box, ItemWording | None]], template: Template) -> bool:
    """Whether a list has the template's items in their order, as their modules tell, in whatever words."""
    modules = [modules_of(item.text) for _, item in template.items]
    known = all(
        hit is None or hit.item.check == item.check for (_, hit), (_, item) in zip(listed, template.items, strict=False)
    )
    return known and any(modules) and [modules_of(box.text) for box, _ in listed] == modules


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in words_of(text) if len(word) >= _STEM - 1 and word != "your"}


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


def _is_known(mark: str) -> bool:
    return read_mark(mark)[1]


def _add_item(found: Checklist, box: Box, section: Section, item: Item, end: int) -> None:
    """One claim. `end` is where the item's own words end in the line."""
    claim, clear = read_mark(box.mark)
    check, line = item.check, box.line + 1
    earlier = next((tick for tick in found.ticks if tick.check == check), None)
    if earlier is not None:
        counts = (
            claim is Claim.TICKED and earlier.claim is not Claim.TICKED and line - (earlier.line or 0) <= _SAME_LIST
        )
        if earlier.claim is not claim:
            twice = f"“{item.text}” stands twice, {earlier.claim} in line {earlier.line}, {claim} here"
            message = f"{twice}; the {'tick' if counts else 'first one'} counts."
            found.problems.append(Problem(code="item_twice", message=message, line=line))
        if not counts:
            return
        found.ticks.remove(earlier)
    if box.mark is None:
        message = f"“{item.text}” has no box; it was read as not ticked."
        found.problems.append(Problem(code="box_missing", message=message, line=line))
    elif not clear:
        message = f"The mark [{box.mark.strip()}] is neither a tick nor empty; it was read as {claim}."
        found.problems.append(Problem(code="unclear_mark", message=message, line=line))
    found.ticks.append(
        Tick(
            check=check,
            section=section.title,
            text=item.text,
            claim=claim,
            line=line,
            written=box.text,
            note=_note(box, end),
        )
    )


def _note(box: Box, end: int) -> str:
    """What the group wrote before and behind the item's own words."""
    behind = re.sub(r"^(?:\]\([^)]*\)|[\s.,;:`*_~])+|[\s`*_~]+$", "", box.text[end:])
    behind = "" if _MARKS_ALONE.fullmatch(behind) else behind
    struck = "struck through" if "~~" in box.text else ""
    return "; ".join(part for part in (struck, box.text[: box.lead].strip(), behind[:500]) if part)


def _add_extra(found: Checklist, box: Box, wordings: Wordings, template: Template) -> None:
    if len(found.extra) >= _MOST_EXTRA:
        return
    claim, _ = read_mark(box.mark)
    line = box.line + 1
    found.extra.append(Tick(check="", section="", text=box.text, claim=claim, line=line, written=box.text))
    hint = _nearest(box.text, wordings, template)
    message = f"“{box.text[:120]}” is no item of any template" + (f"; the nearest is “{hint}”." if hint else ".")
    found.problems.append(Problem(code="unknown_item", message=message, line=line))


def _nearest(text: str, wordings: Wordings, template: Template) -> str | None:
    """The item of the generation that shares most words: a hint for a person, never a claim."""
    own = (one for one in all_items(wordings) if one.template.id == template.id)
    best = max(own, key=lambda one: _shared(text, one.words), default=None)
    return best.item.text if best is not None and _shared(text, best.words) >= _HALF else None


def _shared(text: str, wording: Words) -> float:
    """The share of both texts' words that they have in common."""
    mine, its = set(words_of(text[:500])), set(wording)
    return len(mine & its) / max(len(mine | its), 1)


def missing_items(found: Checklist, template: Template) -> list[str]:
    """Items of the generation that no line claims or leaves open."""
    there = {tick.check for tick in found.ticks}
    return [item.check for _, item in template.items if item.check not in there]
