"""A student's markdown as HTML that cannot do anything: raw HTML stays text, and what is left passes an allow-list."""

import hashlib
import html
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from markupsafe import Markup

LONGEST = 40_000
"""Characters of one answer that a page shows."""
_MOST_BRACKETS = 3_000
"""More than this many `[` make a markdown parser slow, and no answer: it is shown as plain text."""

_SPENT = '<p class="note">Shown as it was written: so much text in Markdown is in the answers before this one.</p>'

ShowImage = Callable[[str, bool], str | None]
"""(target as written, stands inside a link) -> HTML of our own making; None leaves the image as text."""
ResolveLink = Callable[[str], str | None]
"""Target as written -> a URL that may be followed, or None."""


class Effort:
    """What it may take to lay out all answers of a page: in characters read and written, not in seconds, so that the
    same report is shown in the same way everywhere."""

    def __init__(self) -> None:
        self._left = 2_000_000

    @property
    def spent(self) -> bool:
        """Whether nothing is left: what comes is shown as it was written."""
        return self._left <= 0

    def count(self, text: str, body: str) -> None:
        """A text became this much HTML."""
        self._left -= 4 * len(text) + 2 * len(body)


class Slots:
    """HTML of our own making, and the marks that stand for it until the student's part is clean.

    The marks hold a hash of the text (or of something random), so that no text can hold one of its own, however it is
    written: a parser decodes entities long after any character was taken out.
    """

    def __init__(self, text: str) -> None:
        self._name = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        self._markups: list[str] = []

    def add(self, markup: str) -> str:
        """The mark for a piece of HTML."""
        self._markups.append(markup)
        return f"{self._name}:{len(self._markups) - 1};"

    def fill(self, body: str) -> str:
        """The text with the HTML in place of its marks."""
        if not self._markups:
            return body
        first, *rest = body.split(f"{self._name}:")
        parts = (part.partition(";") for part in rest)
        return "".join([first, *(one for number, _, after in parts for one in (self._markups[int(number)], after))])


_IMG = re.compile(r"<img\b[^<>]{0,600}>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_SOURCE = re.compile(r"""\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_BARE_URL = re.compile(r"https?://[^\s<>\"'`\\^{|}]+", re.IGNORECASE)
_SPLIT = re.compile(f"({_IMG.pattern}|{_BREAK.pattern}|{_BARE_URL.pattern})", re.IGNORECASE)

_TAGS = {"a", "blockquote", "br", "code", "del", "div", "em", "hr", "li", "ol", "p", "pre", "s", "span", "strong"}
_TAGS |= {"table", "tbody", "td", "th", "thead", "tr", "ul"}
_ATTRIBUTES = {
    "a": {"href", "class", "title"},
    "code": {"class"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "ol": {"start"},
    "p": {"class"},
    "pre": {"class"},
    "span": {"class"},
    "td": {"class"},
    "th": {"class"},
}


def render_markdown(
    text: str, *, show_image: ShowImage, resolve_link: ResolveLink, effort: Effort | None = None
) -> Markup:
    """Render an answer. Images become what `show_image` makes of them, links only where `resolve_link` gives a URL.

    Whatever the text, the result is safe to stand in a page; text that the parser cannot take is shown as it is, and
    so is all text once the page's `effort` is spent.
    """
    cut = len(text) > LONGEST
    text = text[:LONGEST]
    slots = Slots(text)
    effort = effort or Effort()
    spent = effort.spent
    try:
        body = None if spent else _render(text, slots, show_image, resolve_link)
    except Exception:  # noqa: BLE001 - whatever the parser trips over, the text has to be readable
        body = None
    safe = _as_plain(text) if body is None else _sanitise(body)
    effort.count(text, safe)
    notes = _SPENT if spent and text else ""
    notes += '<p class="note">The answer is longer; the rest is in the original at the commit.</p>' if cut else ""
    return Markup(slots.fill(safe) + notes)  # noqa: S704 - sanitised above; slots are HTML of our own making


def _render(text: str, slots: Slots, show_image: ShowImage, resolve_link: ResolveLink) -> str | None:
    if text.count("[") > _MOST_BRACKETS:
        return None
    tokens = _parser().parse(text)
    for token in tokens:
        if token.type == "inline" and token.children:
            token.children = _rewrite(token.children, slots, show_image, resolve_link)
        elif token.type in ("heading_open", "heading_close"):
            token.tag = "p"
            if token.nesting == 1:
                token.attrSet("class", "heading")
        elif token.type in ("th_open", "td_open"):
            token.attrs = {}
    parser = _parser()
    return str(parser.renderer.render(tokens, parser.options, {}))


@lru_cache(maxsize=1)
def _parser() -> Any:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("js-default", {"html": False, "linkify": False, "maxNesting": 20, "breaks": False})
    parser.add_render_rule("table_open", _open_table)
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return parser


def _open_table(*_: object) -> str:
    return '<div class="scroll" tabindex="0" role="region" aria-label="Table in the answer"><table>\n'


def _rewrite(children: Sequence[Any], slots: Slots, show_image: ShowImage, resolve_link: ResolveLink) -> list[Any]:
    """Inline tokens with our images, our links, and `<img>`, `<br>` and bare URLs in text understood."""
    out: list[Any] = []
    open_links: list[bool] = []

    def slot(markup: str) -> None:
        out.append(_text(slots.add(markup)))

    for token in children:
        if token.type == "image":
            source = str(token.attrs.get("src", ""))
            shown = show_image(source, any(open_links))
            if shown is None:
                out.append(_text(f"![{token.content}]({source})"))
            else:
                slot(shown)
        elif token.type == "link_open":
            url = resolve_link(str(token.attrs.get("href", "")))
            open_links.append(url is not None)
            if url is None:
                slot('<span class="nolink">')
            else:
                slot(_anchor(url))
        elif token.type == "link_close":
            slot("</a>" if open_links and open_links.pop() else "</span>")
        elif token.type == "text" and not any(open_links):
            for piece in _SPLIT.split(token.content):
                _piece(piece, out, slot, show_image, resolve_link)
        else:
            out.append(token)
    return out


def _piece(
    piece: str, out: list[Any], slot: Callable[[str], None], show_image: ShowImage, resolve_link: ResolveLink
) -> None:
    if _IMG.fullmatch(piece):
        source = _SOURCE.search(piece)
        shown = show_image(html.unescape(source[1] or source[2] or source[3] or ""), False) if source else None
        if shown is not None:
            slot(shown)
            return
    if _BREAK.fullmatch(piece):
        slot("<br>")
        return
    if _BARE_URL.fullmatch(piece):
        trimmed = piece.rstrip(".,;:!?)]*_'")
        url = resolve_link(trimmed)
        if url is not None:
            slot(f"{_anchor(url)}{html.escape(trimmed)}</a>")
            out.append(_text(piece[len(trimmed) :]))
            return
    if piece:
        out.append(_text(piece))


def _anchor(url: str) -> str:
    return f'<a class="ext" href="{html.escape(url)}" rel="noopener noreferrer">'


def _text(content: str) -> Any:
    from markdown_it.token import Token

    return Token("text", "", 0, content=content)


def _sanitise(body: str) -> str:
    import nh3

    return nh3.clean(body, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel=None)


def _as_plain(text: str) -> str:
    return f'<pre class="plain">{html.escape(text)}</pre>'
