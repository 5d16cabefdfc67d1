"""Where a file holds the templates' lines: question headings, prompts and checklist lines. One pass, linear."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from harvester.models.template import Template
from harvester.report.lines import split_lines, unquote
from harvester.report.wording import ItemWording, PromptWording, Wordings, words_of

_MOST = 2_000
"""So many headings, prompts and checklist lines of one file are looked at: forty times what a template has."""
_JOINED_LINES = 16
_JOINED_CHARS = 4_000

_HEADING = re.compile(
    r"^[ \t>]{0,40}+(?P<mark>\#{1,6}[ \t]*+|<h[1-6]>)?[*_]{0,3}+"
    r"(?:question|(?<=[\#>])q|(?<=[\#>][ ])q)[ \t.]{0,3}+(?P<number>\d{1,3})\b(?P<rest>.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_BULLET = r"(?:[-*+•‣◦·][ \t]*+|\d{1,3}[.)][ \t]*+)"
_BOX = re.compile(
    rf"^[ \t>]{{0,40}}+{_BULLET}?+(?:~~|\*\*)?+"
    r"(?:(?P<round>\()?+\\?\[(?P<mark>[^\]\[\n]{0,40}?)\\?\](?(round)\))(?![(:\[])"
    r"|(?P<sign>[✅✔☑☒☐❌✗✘🟢🔴]️?))[ \t]*+(?P<text>.*)$",
    re.MULTILINE,
)
_LEAD = re.compile(r"[*_~]{0,3}[\[(][^\])\n]{1,80}[\])][*_~:]{0,4}\s*")
_PLAIN = re.compile(rf"^[ \t>]{{0,40}}+{_BULLET}(?P<text>\S.*)$", re.MULTILINE)
_NEXT = re.compile(rf"[ \t>]{{0,40}}+(?:{_BULLET}|\#{{1,6}}\s|\\?\[[^\]\n]{{0,40}}\]|```|~~~|\||<!--)")


@dataclass(frozen=True)
class Heading:
    """A line that heads a question by its number. `sure` where it is marked up as a heading."""

    line: int
    number: int
    sure: bool


@dataclass(frozen=True)
class Prompt:
    """A question's own words. `end` is the line after them; one wording per generation that words it so."""

    line: int
    end: int
    wordings: tuple[PromptWording, ...]


@dataclass(frozen=True)
class Box:
    """A line with a box to tick, or a checklist line that lost its box (`mark` is None)."""

    line: int
    end: int
    mark: str | None
    text: str
    hit: ItemWording | None
    lead: int = 0
    """Where the item's words begin in `text`: behind a note in brackets, if one goes before."""


class Sightings:
    """What one file holds of the templates. Line numbers are 0-based indexes of `lines`."""

    def __init__(self, text: str, wordings: Wordings) -> None:
        self.lines = split_lines(text)
        self._text = "\n".join(self.lines)
        self._starts = list(accumulate((len(line) + 1 for line in self.lines), initial=0))
        self.wordings = wordings
        self.headings = list(self._find_headings())
        self.prompts = list(self._find_prompts())
        self.boxes = sorted(self._find_boxes(), key=lambda box: box.line)

    @property
    def weight(self) -> int:
        """How many of the templates' lines the file holds."""
        return len(self.prompts) + sum(box.hit is not None for box in self.boxes)

    def line_at(self, offset: int) -> int:
        """The index of the line at an offset."""
        return bisect_right(self._starts, offset) - 1

    def join(self, line: int, stop: re.Pattern[str] | None = None) -> str:
        """A line with those that a wrap may have put its rest on, up to a blank line or `stop`."""
        parts = [unquote(self.lines[line])[:_JOINED_CHARS]]
        for text in self.lines[line + 1 : line + _JOINED_LINES]:
            bare = unquote(text[:_JOINED_CHARS]).strip()
            if not bare or (stop is not None and stop.match(text[:200])):
                break
            parts.append(bare)
        return " ".join(parts)

    def _matches(self, pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
        """A pattern's matches with their lines; at most so many, so that no file can hold up the class."""
        for count, match in enumerate(pattern.finditer(self._text)):
            if count >= _MOST:
                return
            yield self.line_at(match.start()), match

    def _find_headings(self) -> Iterator[Heading]:
        for line, match in self._matches(_HEADING):
            rest = re.sub(r"</?\w[^>]{0,20}>", "", match["rest"][:300]).strip(" \t*_:.#-–—")
            if match["mark"] or not rest:
                yield Heading(line, int(match["number"]), sure=bool(match["mark"]))

    def _find_prompts(self) -> Iterator[Prompt]:
        for line, match in self._matches(self.wordings.prompt_start):
            head = re.match(r"[\W_]*question\W{1,4}\d{1,3}\b", match[0], re.IGNORECASE)
            joined = self.join(line)
            words = words_of(joined)[2 if head else 0 :]
            hits = self.wordings.find_prompt(words)
            if hits:
                yield Prompt(line, self._end_of(line, len(hits[0].words) + (2 if head else 0)), tuple(hits))

    def _end_of(self, line: int, words: int) -> int:
        """The line after the one that holds the last of so many words."""
        while words > 0 and line < len(self.lines):
            words -= len(words_of(self.lines[line]))
            line += 1
        return line

    def _find_boxes(self) -> Iterator[Box]:
        seen = set()
        for line, match in self._matches(_BOX):
            seen.add(line)
            mark = match["mark"] if match["sign"] is None else match["sign"]
            yield self._box(line, mark)
        for line, match in self._matches(_PLAIN):
            if line not in seen and words_of(match["text"][:60])[:2] in self.wordings.items:
                box = self._box(line, None)
                if box.hit is not None:
                    yield box

    def _box(self, line: int, mark: str | None) -> Box:
        joined = self.join(line, _NEXT)
        pattern = _PLAIN if mark is None else _BOX
        match = pattern.match(joined.lstrip("> \t"))
        text = match["text"].strip() if match else joined.strip()
        end = line + 1
        while end < line + _JOINED_LINES and end < len(self.lines) and self._goes_on(end):
            end += 1
        template = self.wordings.templates[0]
        hit, lead = self.wordings.find_item(words_of(text), template), 0
        if hit is None and (note := _LEAD.match(text)):
            hit = self.wordings.find_item(words_of(text[note.end() :]), template)
            lead = note.end() if hit else 0
        return Box(line, end, mark, text[:1000], hit, lead)

    def _goes_on(self, line: int) -> bool:
        text = self.lines[line][:_JOINED_CHARS]
        return bool(unquote(text).strip()) and not _NEXT.match(text[:200])


def choose_template(sightings: Sequence[Sightings], templates: Sequence[Template]) -> tuple[Template, float]:
    """The generation that the files were written on, and the share of its lines that they still have.

    The one with the most lines found word by word; of two with as many, the newer.
    """
    lines: dict[str, set[tuple[str, str]]] = {template.id: set() for template in templates}
    for one in sightings:
        for box in one.boxes:
            if box.hit is not None:
                for item in one.wordings.worded(box.hit.words):
                    lines[item.template.id].add(("item", box.hit.item.check))
        for prompt in one.prompts:
            for question in prompt.wordings:
                lines[question.template.id].add(("question", question.question.id))
    found = {template: len(said) for template, said in lines.items()}
    best = max(templates, key=lambda one: (found[one.id], one.year, one.id))
    return best, found[best.id] / max(len(best.items) + len(best.questions), 1)
