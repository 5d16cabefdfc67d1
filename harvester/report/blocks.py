"""Which lines of a report belong to which question: headings and prompts are the anchors, either is enough."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from harvester.models.template import Template
from harvester.report.lines import FenceFinder, is_quoted, unquote
from harvester.report.sightings import Heading, Prompt, Sightings
from harvester.report.wording import words_of

LABEL = re.compile(r"[\s>*_#]*+answers?[*_]*:[*_]*[ \t]*+(?P<rest>.*)$", re.IGNORECASE)
BARE_LABEL = re.compile(r"[\s>*_#]*+answers?[\s*_:]*+$", re.IGNORECASE)
_ATX = re.compile(r"[ \t]{0,3}#{1,6}[ \t]+(.*)$")
_LOOK_AHEAD = 40
_TAIL = 1_000
"""A checklist behind the last answer takes so many lines at most, however many blank ones stand between."""


@dataclass(frozen=True)
class Block:
    """The lines of one question, from its heading or prompt to the next question (0-based, end exclusive).

    `headed` and `prompted` tell which anchors are there; a block with neither lies between two others that leave a gap.
    """

    number: int
    start: int
    end: int
    headed: bool
    prompted: bool
    written_number: int | None = None
    """The number in the heading, where it is not the question's."""


@dataclass(frozen=True)
class _Anchor:
    line: int
    number: int
    headed: bool
    prompted: bool
    written: int | None = None


def find_blocks(sightings: Sightings, template: Template, fences: FenceFinder) -> list[Block]:
    """The blocks of a file in its order; a question can have several, and what the group added has its own."""
    numbers = {question.id: question.number for question in template.questions}
    known = set(numbers.values())
    anchors = list(_pair(sightings, template, numbers))
    strong = [anchor for anchor in anchors if anchor.prompted]
    named = {anchor.number for anchor in strong}
    headed = {anchor.number for anchor in strong if anchor.headed}
    strong = [anchor for anchor in strong if anchor.headed or anchor.number not in headed]
    bare = [anchor for anchor in anchors if not anchor.prompted and anchor.number in known]
    asked = [anchor for anchor in bare if _is_asked(sightings, anchor.line)]
    named |= {anchor.number for anchor in asked}
    chosen = _unique([*strong, *asked])
    weak = [anchor for anchor in anchors if not anchor.prompted and anchor.number not in named]
    if weak:
        chosen = _unique([*chosen, *_outside_code(sightings, chosen, weak, fences)])
    chosen = _unique([*chosen, *_find_gaps(sightings, chosen, template)])
    last = len(sightings.lines)
    return [
        Block(one.number, one.line, _trim(sightings, one.line, end), one.headed, one.prompted, one.written)
        for one, following in zip_longest(chosen, chosen[1:])
        for end in [following.line if following else last]
    ]


def _unique(anchors: Iterable[_Anchor]) -> list[_Anchor]:
    """In the file's order; of two in a row for the same question where one has no heading, the first."""
    kept: list[_Anchor] = []
    for anchor in sorted(anchors, key=lambda one: (one.line, one.number)):
        if kept and kept[-1].number == anchor.number and not anchor.headed:
            continue
        kept.append(anchor)
    return kept


def _pair(sightings: Sightings, template: Template, numbers: dict[str, int]) -> Iterator[_Anchor]:
    """Headings with the prompts under them; then what stands alone."""
    events: list[Heading | Prompt] = sorted(
        [*sightings.headings, *sightings.prompts], key=lambda one: (one.line, isinstance(one, Prompt))
    )
    heading: Heading | None = None
    for event in events:
        if isinstance(event, Heading):
            if heading is not None:
                yield _Anchor(heading.line, heading.number, headed=True, prompted=False)
            heading = event if event.sure or event.number in numbers.values() else None
            continue
        number = _number_of(event, template, numbers)
        if number is None:
            continue
        if heading is not None and (number == heading.number or _adjacent(sightings, heading.line, event.line)):
            written = heading.number if heading.number != number else None
            yield _Anchor(heading.line, number, headed=True, prompted=True, written=written)
            heading = None
            continue
        if heading is not None:
            yield _Anchor(heading.line, heading.number, headed=True, prompted=False)
            heading = None
        yield _Anchor(event.line, number, headed=False, prompted=True)
    if heading is not None:
        yield _Anchor(heading.line, heading.number, headed=True, prompted=False)


def _number_of(prompt: Prompt, template: Template, numbers: dict[str, int]) -> int | None:
    """The question's number in this generation, also where it is worded as in another one."""
    own = next((one.question.number for one in prompt.wordings if one.template.id == template.id), None)
    return own if own is not None else next((numbers.get(one.question.id) for one in prompt.wordings), None)


def _adjacent(sightings: Sightings, heading: int, prompt: int) -> bool:
    return all(not unquote(line).strip() for line in sightings.lines[heading + 1 : prompt][:_LOOK_AHEAD])


def _is_asked(sightings: Sightings, heading: int) -> bool:
    """Whether something of a question's form follows its heading: a quote, a label or a placeholder."""
    for line in sightings.lines[heading + 1 : heading + 1 + _LOOK_AHEAD]:
        if not line.strip():
            continue
        if is_quoted(line) or LABEL.match(line[:200]) or "fill here" in line[:200]:
            return True
        if line.lstrip().startswith("#"):
            return False
    return False


def _outside_code(
    sightings: Sightings, chosen: list[_Anchor], weak: list[_Anchor], fences: FenceFinder
) -> Iterator[_Anchor]:
    """Headings with nothing of the template under them, where they stand outside of code."""
    bounds = [0, *(anchor.line for anchor in chosen), len(sightings.lines)]
    for start, end in pairwise(bounds):
        inside = [anchor for anchor in weak if start <= anchor.line < end]
        if inside:
            found = fences.find(sightings.lines[start:end])
            code = {line for fence in found if fence.closed for line in range(start + fence.start, start + fence.end)}
            yield from (anchor for anchor in inside if anchor.line not in code)


def _find_gaps(sightings: Sightings, chosen: list[_Anchor], template: Template) -> Iterator[_Anchor]:
    """A question without heading and with changed words: it can only be the one that is missing between two others."""
    last = template.questions[-1].number if template.questions else 0
    for one, following in zip_longest(chosen, chosen[1:]):
        end = following.line if following else len(sightings.lines)
        missing = (following.number if following else last + 1) - one.number - 1
        if missing < 1:
            continue
        starts = list(_quoted_labels(sightings, one.line, end))[1:]
        if len(starts) == missing:
            for number, line in enumerate(starts, start=one.number + 1):
                yield _Anchor(line, number, headed=False, prompted=False)


def _quoted_labels(sightings: Sightings, start: int, end: int) -> Iterator[int]:
    """The first lines of the quotes that hold a label "Answer:" and, before it, an example or a length."""
    first, asks = -1, False
    for line in range(start, end):
        text = sightings.lines[line][:200]
        if not text or text.isspace():
            continue
        if not is_quoted(text):
            first, asks = -1, False
            continue
        first = line if first < 0 else first
        bare = " ".join(words_of(text))
        if LABEL.match(text) or BARE_LABEL.match(text):
            if asks:
                yield first
            first, asks = -1, False
        elif bare == "example" or "answer length" in bare or text.lstrip("> ").startswith("**"):
            asks = True


def _trim(sightings: Sightings, start: int, end: int) -> int:
    """The block's end without the headings, paragraphs and checklist of the template that follow it."""
    boxes = {line for box in sightings.boxes if box.hit for line in range(box.line, box.end)}
    wordings, lines = sightings.wordings, sightings.lines
    line = cut = end
    first = max(start + 1, end - _TAIL)
    while line > first:
        text = lines[line - 1]
        if not text or text.isspace():
            line -= 1
            continue
        bare = unquote(text[:2000]).strip()
        heading = _ATX.match(text[:200])
        if (heading and words_of(heading[1]) in wordings.headings) or _is_intro(sightings, line - 1):
            cut = line - 1
        elif bare.strip("-_*~ ") and not is_quoted(text) and line - 1 not in boxes:
            break
        line -= 1
    return cut


def _is_intro(sightings: Sightings, line: int) -> bool:
    """Whether a line is one of the template's own paragraphs under headings, and not a student's few same words."""
    text = sightings.lines[line][:2000]
    return len(words_of(text)) > 3 and sightings.wordings.is_intro(text)
