"""Cuts a question's answer out of its block: from the first to the last of the group's own words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harvester.models.template import Question
from harvester.report.blocks import BARE_LABEL, LABEL, Block
from harvester.report.lines import Fence, FenceFinder, is_quoted, unquote, unquote_once
from harvester.report.sightings import Sightings
from harvester.report.wording import Wordings, words_of

_DASH = "-–—−‐"
_PLACEHOLDER = re.compile(
    rf"[{_DASH}`*_ ]{{0,20}}(?:question\s{{0,3}}\d{{0,3}}\s{{0,3}}fill\s{{1,3}}(?:in\s{{1,3}})?here"
    rf"|[{_DASH}]{{2}}\s{{0,3}}fill\s{{1,3}}(?:in\s{{1,3}})?here)[{_DASH}`*_ ]{{0,20}}",
    re.IGNORECASE,
)
_OPENING = re.compile(rf"(?:```(?=[{_DASH}]{{2}}))?(?:(?:\\?[{_DASH}]){{2,}}|[—–])[ \t]*")
_CLOSING = re.compile(rf"[ \t]*(?:(?:\\?[{_DASH}]){{2,}}|[—–])(?:(?<=[{_DASH}]{{2}})```)?$")
_CLOSES = frozenset(f"{_DASH}`")
"""What a closing fence ends with."""
_RULE = re.compile(r"\s*(?:([*_])(?:\s*\1){2,}\s*|(?:<(?:br|hr)\b[^<>]{0,20}>|&nbsp;|\s|\\newpage)+)$")
_LATE_LABEL = re.compile(r"\banswers?[*_]{0,3}:[*_]{0,3}[ \t]*(?P<rest>.*)$", re.IGNORECASE)
_TODO = {"todo", "tbd", "tba", "wip", "to do", "to be done", "to be added", "fill in", "fill here", "placeholder"}
_LONG_LINE = 4_000
_FEW_WORDS = 5


@dataclass
class Cut:
    """An answer's source lines (`first` is their 0-based index in the file), with what was taken off blanked."""

    first: int
    texts: list[str] = field(default_factory=list)
    code: set[int] = field(default_factory=set)
    """Indexes of `texts` that belong to a fenced code block, its fences included."""
    unclosed: int | None = None
    """Index of a fence that is opened and never closed."""
    placeholder: int | None = None
    """Where the template's placeholder was left, 0-based line of the file."""
    template_text: bool = False
    """Whether nothing but the template's own example was there."""
    stray: int | None = None
    """Where text stands above the label, which is not taken for the answer (0-based)."""
    in_example: bool = False
    """Whether the answer stood in place of the example."""
    labelled: bool = True

    @property
    def text(self) -> str:
        """The answer as Markdown."""
        return "\n".join(self.texts)


def cut_answer(sightings: Sightings, block: Block, question: Question, fences: FenceFinder) -> Cut:
    """The answer of a block."""
    lines, wordings = sightings.lines, sightings.wordings
    label, rest = _find_label(lines, block, question, wordings)
    stray = None
    if label is None:
        cut = Cut(_first_own_line(lines, block, question, wordings), labelled=False)
    else:
        cut = Cut(label)
        stray = next((i for i in _leftovers(lines, block.start, label, question, wordings)), None)
    cut.texts = list(lines[cut.first : block.end])
    if label is not None and cut.texts:
        cut.texts[0] = ("> " if is_quoted(lines[label]) and rest else "") + rest
    _clean(cut, question, wordings, fences)
    if label is not None and not cut.texts:
        replaced = _cut_example(lines, block, label, question, wordings)
        if replaced is not None:
            replaced.placeholder = cut.placeholder
            _clean(replaced, question, wordings, fences)
            if replaced.texts:
                return replaced
    cut.stray = stray
    return cut


def _find_label(lines: Sequence[str], block: Block, question: Question, wordings: Wordings) -> tuple[int | None, str]:
    """The line of the label "Answer:" and what stands behind it."""
    loose = False
    for index in range(block.start, block.end):
        line = lines[index]
        if not line:
            continue
        head = line[:_LONG_LINE]
        match = LABEL.match(head)
        if match:
            found = head[match.start("rest") :] + line[_LONG_LINE:]
        elif BARE_LABEL.match(head):
            found = ""
        else:
            late = _LATE_LABEL.search(head) if is_quoted(line) else None
            if late is None or not wordings.is_own(question.id, head[: late.start()]):
                loose = loose or (not is_quoted(line) and _is_loose(index, line, block, question, wordings))
                continue
            found = late["rest"] + line[_LONG_LINE:]
        if is_quoted(line) or not loose or not found.strip():
            return index, found
    return None, ""


def _is_loose(index: int, line: str, block: Block, question: Question, wordings: Wordings) -> bool:
    """Whether a line outside the quote is the group's own."""
    if not line.strip() or (index == block.start and block.headed):
        return False
    return not wordings.is_own(question.id, line[:_LONG_LINE]) and not wordings.is_intro(line[:_LONG_LINE])


def _leftovers(lines: Sequence[str], start: int, end: int, question: Question, wordings: Wordings) -> Iterator[int]:
    for index in range(start + 1, end):
        line = lines[index]
        if line.strip() and not is_quoted(line) and not wordings.is_own(question.id, line[:_LONG_LINE]):
            yield index


def _first_own_line(lines: Sequence[str], block: Block, question: Question, wordings: Wordings) -> int:
    """Where the answer begins when its label was deleted: after the template's quote, or inside it after its words."""
    own = [
        index
        for index in range(block.start + block.headed, block.end)
        if unquote(lines[index]).strip() and not wordings.is_own(question.id, lines[index][:_LONG_LINE])
    ]
    outside = next((index for index in own if not is_quoted(lines[index])), None)
    if outside is not None:
        return outside
    inside = (index for index in own if not unquote(lines[index]).strip().startswith("**"))
    return next(inside, block.end)


def _cut_example(lines: Sequence[str], block: Block, label: int, question: Question, wordings: Wordings) -> Cut | None:
    """What stands in place of the template's example, where nothing follows the label."""
    for index in range(block.start, label):
        if words_of(lines[index][:40]) == ("example",):
            texts = lines[index + 1 : label]
            if any(_echoes(question, text, wordings) for text in texts):
                return None
            return Cut(index + 1, [unquote(text) for text in texts], in_example=True)
    return None


def _echoes(question: Question, text: str, wordings: Wordings) -> bool:
    """Whether a line holds four words in a row of the template's own, so that it is no more than a changed example."""
    words = words_of(text[:_LONG_LINE])
    own = wordings.own_text.get(question.id, "")
    runs = (words[i : i + 4] for i in range(max(len(words) - 3, 1)))
    return any(f" {' '.join(run)} " in own for run in runs if run)


def _clean(cut: Cut, question: Question, wordings: Wordings, fences: FenceFinder) -> None:
    """Take off the quote, the placeholder, the fences of dashes and what the template shipped."""
    _trim_blank(cut)
    _strip_quote(cut)
    if cut.labelled and cut.texts and BARE_LABEL.match(cut.texts[0]):
        cut.texts[0] = ""
    _mark_code(cut, fences.find(cut.texts))
    _blank_placeholders(cut)
    _blank_ignored(cut, wordings)
    _trim_ends(cut)
    words = words_of(cut.text[:_LONG_LINE])
    if words and words in wordings.examples.get(question.id, ()):
        cut.template_text = True
        cut.texts = []
    elif " ".join(words) in _TODO:
        cut.placeholder = cut.first
        cut.texts = []


def _strip_quote(cut: Cut) -> None:
    """An answer that begins inside the template's quote: its lines lose one quote mark."""
    first = next((text for text in cut.texts if unquote(text).strip()), "")
    if is_quoted(first):
        cut.texts = [unquote_once(text) if is_quoted(text) else text for text in cut.texts]
    else:
        for index, text in enumerate(cut.texts):
            if text.strip() and not is_quoted(text):
                break
            cut.texts[index] = ""


def _mark_code(cut: Cut, found: Sequence[Fence]) -> None:
    for fence in found:
        if fence.closed:
            cut.code.update(range(fence.start, fence.end))
        else:
            cut.unclosed = fence.start


def _blank_placeholders(cut: Cut) -> None:
    if "here" not in cut.text.casefold():
        return
    for index, text in enumerate(cut.texts):
        if len(text) > _LONG_LINE or "here" not in text.casefold():
            continue
        left = _PLACEHOLDER.sub(" ", text)
        if left != text:
            cut.placeholder = cut.first + index if cut.placeholder is None else cut.placeholder
            cut.texts[index] = left.strip()


def _blank_ignored(cut: Cut, wordings: Wordings) -> None:
    """Blank runs of lines that a template shipped by accident; a single short one could be anything."""
    text = cut.text.casefold()
    if not any(sign in text for sign in wordings.ignored_signs):
        return
    run: list[int] = []
    for index, text in enumerate([*cut.texts, "."]):
        if not text.strip() or wordings.is_ignored(text[:_LONG_LINE]):
            run.append(index)
            continue
        if sum(len(words_of(cut.texts[i][:_LONG_LINE])) for i in run) > _FEW_WORDS:
            for i in run:
                cut.texts[i] = ""
        run = []


def _trim_blank(cut: Cut) -> None:
    """Take blank lines off both ends."""
    start, end = 0, len(cut.texts)
    while start < end and not cut.texts[start].strip():
        start += 1
    while end > start and not cut.texts[end - 1].strip():
        end -= 1
    _narrow(cut, start, end)


def _narrow(cut: Cut, start: int, end: int) -> None:
    """Keep only these lines."""
    cut.first += start
    cut.texts = cut.texts[start:end]
    cut.code = {index - start for index in cut.code if start <= index < end}
    cut.unclosed = None if cut.unclosed is None or not start <= cut.unclosed < end else cut.unclosed - start


def _trim_ends(cut: Cut) -> None:
    """Take fences of dashes, rules and blank lines off both ends."""
    start, end = 0, len(cut.texts)
    while start < end and start not in cut.code and not _own(cut, start, _OPENING, "match"):
        start += 1
    while end > start and end - 1 not in cut.code and not _own(cut, end - 1, _CLOSING, "search"):
        end -= 1
    _narrow(cut, start, end)
    if cut.texts and 0 not in cut.code:
        cut.texts[0] = cut.texts[0].lstrip()
    if cut.texts:
        cut.texts[-1] = cut.texts[-1].rstrip()


def _own(cut: Cut, index: int, dashes: re.Pattern[str], where: str) -> bool:
    """Whether a line at an end has anything left without dashes and rules, which it then loses."""
    text = cut.texts[index].rstrip() if where == "search" else cut.texts[index].lstrip()
    if len(text) <= _LONG_LINE and _RULE.match(text):
        return False
    if where == "match":
        match = dashes.match(text)
        text = text[match.end() :] if match else text
    else:
        match = dashes.search(text[-200:]) if text[-1:] in _CLOSES else None
        text = text[: len(text) - len(match[0])].rstrip() if match else text
    if not text.strip():
        return False
    if match:
        cut.texts[index] = text
    return True
