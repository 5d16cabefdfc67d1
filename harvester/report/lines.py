"""A report as lines: where code stands, where quotes go. Structure from markdown-it's tokens, text from the source."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from markdown_it import MarkdownIt

_PARSED_LINES = 3_000
"""So many lines of one file are parsed as Markdown: four times a long report. Above, a plain scan for fences does."""
_SEGMENT_LINES = 1_200
_SEGMENT_CHARS = 200_000
_QUOTE = re.compile(r"[ \t]{0,12}>[ ]?")
_QUOTES = re.compile(r"[ \t]{0,12}>(?:[ \t]{0,3}>)*+[ ]?")
_COMMENT = re.compile(r" {0,3}<!--")
_FENCE = re.compile(r"[ >]{0,40}(`{3,}|~{3,})([^`\n]*)$")


def split_lines(text: str) -> list[str]:
    """The lines as an editor and GitHub number them: CRLF, CR and LF end a line, nothing else does."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def unquote(line: str) -> str:
    """The line without its quote marks, however deep."""
    match = _QUOTES.match(line)
    return line[match.end() :] if match else line


def unquote_once(line: str) -> str:
    """The line without the first quote mark."""
    match = _QUOTE.match(line)
    return line[match.end() :] if match else line


def is_quoted(line: str) -> bool:
    """Whether a line begins with a quote mark."""
    return line.lstrip(" \t").startswith(">")


@dataclass(frozen=True)
class Fence:
    """A fenced code block: its first line, the line after its last, whether it was ever closed."""

    start: int
    end: int
    closed: bool


@lru_cache(maxsize=1)
def _blocks() -> MarkdownIt:
    """Blocks only: no inline parse. Reference definitions are read elsewhere (they are superlinear here)."""
    parser = MarkdownIt("commonmark", {"maxNesting": 20})
    parser.core.ruler.enableOnly(["normalize", "block"])
    parser.block.ruler.disable(["reference"])
    return parser


@dataclass
class FenceFinder:
    """Finds fenced code in parts of one file, within a budget of lines for the whole file."""

    left: int = field(default=_PARSED_LINES)

    def find(self, lines: Sequence[str]) -> list[Fence]:
        """The fenced code blocks of some lines, by their index in them."""
        size = sum(map(len, lines))
        if len(lines) > min(self.left, _SEGMENT_LINES) or size > _SEGMENT_CHARS:
            return list(_scan_fences(lines))
        if not any("```" in line or "~~~" in line for line in lines):
            return []
        self.left -= len(lines)
        tokens = _blocks().parse("\n".join(lines))
        return [
            Fence(token.map[0], token.map[1], _is_closed(lines, token.map[0], token.map[1], token.markup))
            for token in tokens
            if token.type == "fence" and token.map
        ]


def find_hidden(lines: Sequence[str]) -> Iterator[range]:
    """The lines that a page does not show: comments that begin a line, outside of fenced code.

    One that is never closed hides all that comes after it.
    """
    fence, start = "", -1
    for number, line in enumerate(lines):
        if start < 0:
            mark = _FENCE.match(line[:200]) if "```" in line[:80] or "~~~" in line[:80] else None
            if mark:
                fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
            if fence or not _COMMENT.match(line):
                continue
            start, line = number, line.partition("<!--")[2]
        if "-->" in line:
            yield range(start, number + 1)
            start = -1
    if start >= 0:
        yield range(start, len(lines))


def _is_closed(lines: Sequence[str], start: int, end: int, markup: str) -> bool:
    last = unquote(lines[end - 1]).strip() if end - 1 > start else ""
    return last.startswith(markup) and not last.strip(markup[0])


def _scan_fences(lines: Sequence[str]) -> Iterator[Fence]:
    start, mark = -1, ""
    for number, line in enumerate(lines):
        if "```" not in line[:80] and "~~~" not in line[:80]:
            continue
        match = _FENCE.match(line[:200])
        if match is None:
            continue
        if start < 0:
            start, mark = number, match[1]
        elif match[1].startswith(mark) and not match[2].strip():
            yield Fence(start, number + 1, closed=True)
            start = -1
    if start >= 0:
        yield Fence(start, len(lines), closed=False)
