"""How much an answer says: words of prose, and the count that the course's own checker makes."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_TICKS = re.compile(r"`+")
_IMAGE = re.compile(r"!\[[^\[\]]{0,600}\](?:\((?:[^()\n]|\([^()\n]{0,200}\)){0,600}+\)|\[[^\[\]\n]{0,200}\])?")
_TARGET = re.compile(r"\]\((?:[^()\n]|\([^()\n]{0,200}\)){0,600}+\)")
_URL = re.compile(r"<?\bhttps?://[^\s<>]{1,2000}>?", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,1000}>")
_NO_PROSE = (("![", _IMAGE, " "), ("](", _TARGET, "] "), ("://", _URL, " "), ("<", _TAG, " "))
"""What stands in each match of a pattern, the pattern, and what is left of a match."""
_WORD = re.compile(r"[^\W_]\S*")
"""From a word's first letter or digit to its end: what has neither is no word."""
_DEFINITION = re.compile(r"^[ \t>]{0,12}\[[^\[\]\n]{1,200}\]:[ \t]+\S.*$", re.MULTILINE)


def mask_code_spans(text: str) -> str:
    """The text with code spans blanked, every other character in its place."""
    runs = list(_TICKS.finditer(text))
    if not runs:
        return text
    later: dict[int, list[int]] = {}
    for index in range(len(runs) - 1, -1, -1):
        later.setdefault(len(runs[index][0]), []).append(index)
    parts: list[str] = []
    done = index = 0
    while index < len(runs):
        stack = later[len(runs[index][0])]
        while stack and stack[-1] <= index:
            stack.pop()
        start = runs[index].start()
        if stack and not _has_blank_line(text, start, runs[stack[-1]].end()):
            end = runs[stack[-1]].end()
            parts += [text[done:start], re.sub(r"[^\n]", " ", text[start:end])]
            done, index = end, stack[-1]
        index += 1
    return "".join([*parts, text[done:]])


def _has_blank_line(text: str, start: int, end: int) -> bool:
    """Whether a paragraph ends between two places, which no code span survives. Long spans are no spans either."""
    return end - start > 2_000 or re.search(r"\n[ \t]{0,20}\n", text[start:end]) is not None


def remove_comments(text: str) -> str:
    """The text without HTML comments; one that is never closed hides nothing here."""
    parts: list[str] = []
    done = 0
    while (start := text.find("<!--", done)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts.append(text[done:start])
        done = end + 3
    return " ".join([*parts, text[done:]])


def count_words(lines: Sequence[str], code: Collection[int]) -> int:
    """Words of prose: without code blocks, image syntax, link targets, addresses, HTML and lone punctuation."""
    text = remove_comments("\n".join(line for index, line in enumerate(lines) if index not in code))
    text = _DEFINITION.sub(" ", text)
    for sign, pattern, left in _NO_PROSE:
        if sign in text:
            text = pattern.sub(left, text)
    return len(_WORD.findall(text))


@dataclass(frozen=True)
class CourseCount:
    """What the course's own checker counts in one answer: every word between blanks, every image on one line."""

    words: int
    images: int


def count_as_course(text: str, questions: int) -> list[CourseCount] | None:
    """The counts of the course's `report.py` for all answers of a report, or None where it gives up.

    It takes the text between "Answer:" and the next "###" (or "##"), whatever stands there, and gives up when that
    does not give one answer per question.
    """
    pieces = text.replace("\r\n", "\n").replace("\r", "\n").split("Answer:")[1:]
    if not pieces or len(pieces) > 2 * questions:
        return None
    answers = [piece.split("###")[0].split("##")[0] for piece in pieces if "###" in piece]
    answers.append(pieces[-1])
    if len(answers) != questions:
        return None
    return [CourseCount(len(answer.split()), _count_images(answer)) for answer in answers]


def _count_images(text: str) -> int:
    r"""How often `!\[.*?\]\(.*?\)` is found in a text, in linear time; no match goes over a line's end."""
    return sum(map(_count_in_line, text.split("\n"))) if "![" in text else 0


def _count_in_line(line: str) -> int:
    count = place = 0
    while (
        (start := line.find("![", place)) >= 0
        and (joint := line.find("](", start + 2)) >= 0
        and (end := line.find(")", joint + 2)) >= 0
    ):
        count += 1
        place = end + 1
    return count
