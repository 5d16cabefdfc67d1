"""Markdown, reStructuredText and HTML pages into words, headings, commands and links."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from harvester.models.files import Document, Line, Link

_FENCE = re.compile(r"^\s*(?:>\s*)*(`{3,}|~{3,})(.*)$")
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.+?)\s*#*\s*$")
_UNDERLINE = re.compile(r"^([=\-~^\"'`*+#])\1{2,}\s*$")
_LINK = re.compile(
    r"(!?)\[((?:[^\[\]]|\[[^\[\]]{0,200}+\]){0,300}+)\]\(\s*+<?([^)\s>]{1,500}+)>?(?:\s++[\"'][^)]{0,200}+)?\)"
)
_REFERENCE = re.compile(r"^\s*\[([^\]]+)\]:\s*<?(\S+?)>?(?:\s|$)")
_HTML_LINK = re.compile(r"<(img|a)\b[^<>]{0,500}?\b(?:src|href)\s*=\s*[\"']?([^\"'\s>]{1,500})", re.IGNORECASE)
_RST_IMAGE = re.compile(r"^\s*\.\.\s+(?:image|figure)::\s*(\S+)")
_BARE_URL = re.compile(r"(?<![(\[<\"'=])\bhttps?://[^\s)>\]\"'`]+")
_INLINE_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_TREE = re.compile(r"[├└│┬─]")
_PLAIN_TREE = re.compile(r"\s*\|?--\s")
_RULES = frozenset("=-~^\"'`*+#")
_WORD = re.compile(r"[^\W_]")
_TAG = re.compile(r"<[^<>]{1,300}>")
_LONGEST = 1_000
_MOST = 20_000


def parse_document(text: str, kind: str, is_known: Callable[[str], bool]) -> Document:
    """A page. `is_known` tells of a line whether the course's template ships it."""
    prose: list[Line] = []
    headings: list[Line] = []
    commands: list[Line] = []
    links: list[Link] = []
    previous, before = "", 0
    for number, line, fenced in _lines(text, kind):
        if fenced:
            if command := line.strip().removeprefix("$").removeprefix(">").strip():
                commands.append(Line(command[:_LONGEST], number))
            continue
        if ":" in line or "](" in line or ("<" in line and "=" in line):
            links.extend(_find_links(line, number))
        if "`" in line:
            commands.extend(Line(found[1][:_LONGEST], number) for found in _INLINE_CODE.finditer(line))
        if "#" in line and (heading := _HEADING.match(line)):
            headings.append(Line(heading[2][:200], number))
        elif (
            line[0] in _RULES
            and _UNDERLINE.match(line)
            and before == number - 1
            and not previous.startswith((" ", "-", "*", "|"))
        ):
            headings.append(Line(previous.strip()[:200], number - 1))
        previous, before = line, number
        if _has_words(line) and not is_known(line):
            prose.append(Line(line.strip()[:_LONGEST], number))
    return Document(tuple(headings), tuple(prose), tuple(commands), tuple(links))


def _lines(text: str, kind: str) -> Iterator[tuple[int, str, bool]]:
    """(number, line, whether it is code), comments left out."""
    fence = ""
    comment = front = False
    for number, raw in enumerate(text.splitlines()[:_MOST], 1):
        line = raw[: 4 * _LONGEST]
        if number == 1 and line.strip() == "---":
            front = True
            continue
        if front:
            front = line.strip() != "---"
            continue
        if ("```" in line or "~~~" in line) and (found := _FENCE.match(line)):
            if not fence:
                fence = found[1]
                continue
            if found[1].startswith(fence) and not found[2].strip():
                fence = ""
                continue
        if fence:
            yield number, line, True
            continue
        if not comment and "<!--" in line:
            before, _, after = line.partition("<!--")
            comment = "-->" not in after
            line = before + (after.partition("-->")[2] if not comment else "")
        elif comment:
            comment = "-->" not in line
            line = line.partition("-->")[2]
        if line.strip():
            yield number, line, kind == "rst" and bool(re.match(r"\s{3,}\$ ", line))


def _find_links(line: str, number: int) -> Iterator[Link]:
    if "](" in line:
        for found in _LINK.finditer(line):
            yield Link(found[3], number, bool(found[1]), found[2][:200])
            yield from (Link(inner[3], number, bool(inner[1]), inner[2][:200]) for inner in _LINK.finditer(found[2]))
    if "<" in line and "=" in line:
        for found in _HTML_LINK.finditer(line):
            yield Link(found[2], number, found[1].lower() == "img")
    if "]:" in line and (reference := _REFERENCE.match(line)):
        yield Link(reference[2], number, text=reference[1][:200])
    if "::" in line and (image := _RST_IMAGE.match(line)):
        yield Link(image[1], number, image=True)
    for found in _BARE_URL.finditer(line) if "://" in line else ():
        yield Link(found[0].rstrip(".,;:!?"), number)


@lru_cache(maxsize=20_000)  # the template's lines stand in most groups' pages, and a branch repeats the others
def _has_words(line: str) -> bool:
    """Whether a line is one of prose, and not of markup alone or of a tree of folders."""
    return not _is_tree(line) and bool(_WORD.search(_plain(line)))


def _is_tree(line: str) -> bool:
    """Whether a line is one of a tree of folders."""
    return bool((not line.isascii() and _TREE.search(line)) or _PLAIN_TREE.match(line))


def _plain(line: str) -> str:
    """A line without markup."""
    if "](" in line:
        line = _LINK.sub(lambda found: "" if found[1] else found[2], line)
    if "`" in line:
        line = _INLINE_CODE.sub(" ", line)
    if "<" in line:
        line = _TAG.sub(" ", line)
    return _BARE_URL.sub(" ", line) if "://" in line else line
