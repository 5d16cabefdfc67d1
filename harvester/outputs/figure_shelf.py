"""The figures of one page: each shown once, scaled, within a budget; the original one click away."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from posixpath import dirname, normpath
from secrets import token_hex
from urllib.parse import unquote

from jinja2 import Environment

from harvester.models.record import GroupRecord
from harvester.models.report import Figure
from harvester.outputs.figures import HEAVIEST, HEAVIEST_BARE, Picture, scale_figure
from harvester.outputs.markdown_html import Slots
from harvester.outputs.wording import blob_url, safe_url

PAGE_BUDGET = 9_500_000
"""Bytes of all pictures of one page, before base64: a page stays under 15 MB."""
Scale = Callable[[bytes, int], Picture]
"""A file, and the bytes that it may weigh as it is -> a picture for a page."""
_ABSOLUTE = ("http:", "https:", "mailto:")


class FigureShelf:
    """Shows the figures of a record's answers, and turns the links in them into links that may be followed."""

    def __init__(
        self,
        record: GroupRecord,
        figures: Callable[[str], bytes | None],
        environment: Environment,
        scale: Scale = scale_figure,
    ) -> None:
        self._scale = scale
        self._repo = record.group.repo_url
        self._sha = record.snapshot.sha if record.snapshot else None
        self._report = (record.snapshot.report_path if record.snapshot else None) or ""
        self._figures = figures
        self._template = environment.get_template("figure.html.j2")
        self._shown: set[str] = set()
        self._slots = Slots(token_hex())
        self._left = PAGE_BUDGET
        self._waiting = len({image.path for answer in record.questions for image in answer.images if image.exists})

    def fill(self, page: str) -> str:
        """The page with its pictures, which are most of it: only marks go through Markdown, templates and checks."""
        return self._slots.fill(page)

    def link(self, written: str) -> str | None:
        """A URL for a link of an answer: absolute ones as they are, relative ones as permalinks; None for any other."""
        if written.lower().startswith(_ABSOLUTE):
            return safe_url(written)
        if not written or written.startswith(("#", "//", "?")) or ":" in written.split("/")[0]:
            return None
        path = self._resolve(written)
        return None if path is None else blob_url(self._repo, self._sha, path) or None

    def inline(self, images: Sequence[Figure]) -> "InlineFigures":
        """The shower of one answer's images."""
        return InlineFigures(self, images)

    def show(self, figure: Figure, *, in_link: bool = False) -> str:
        """HTML for one figure: the picture with its caption, or a sentence why there is none."""
        picture, reason = Picture(), figure.problem or ""
        if figure.path and figure.exists:
            picture = self._picture(figure.path, figure.media_type)
            reason = picture.reason or reason
        elif not reason:
            reason = "the file is not there" if figure.path else "not a file of the repository"
        original = blob_url(self._repo, self._sha, figure.path) if figure.path and figure.exists else ""
        outside = safe_url(figure.written) if not figure.path else None
        return self._template.render(
            figure=figure, picture=picture, reason=reason, href=original or outside or "", in_link=in_link
        )

    def _picture(self, path: str, media_type: str | None) -> Picture:
        if path in self._shown:
            return Picture(reason="the same picture as above")
        if media_type == "image/svg+xml":
            return Picture(reason="an SVG drawing, which is not shown on the page")
        data = self._figures(path)
        if data is None:
            return Picture(reason="could not look: the file is not in the mirror or too large")
        share = self._left // max(self._waiting, 1)
        picture = self._scale(data, min(max(share, HEAVIEST), HEAVIEST_BARE))
        self._waiting -= 1
        if picture.weight > self._left:
            return Picture(reason="not shown: the page would get too heavy")
        self._left -= picture.weight
        if picture.uri:
            self._shown.add(path)
            picture = replace(picture, uri=self._slots.add(picture.uri))
        return picture

    def _resolve(self, written: str) -> str | None:
        target = unquote(written.split("#")[0].split("?")[0])
        path = target.lstrip("/") if target.startswith("/") else f"{dirname(self._report)}/{target}"
        path = normpath(path.lstrip("/"))
        return None if path == "." or path.startswith("..") else path


class InlineFigures:
    """Shows an answer's images where the text has them, and knows which are left."""

    def __init__(self, shelf: FigureShelf, images: Sequence[Figure]) -> None:
        self._shelf = shelf
        self._left = list(images)

    def __call__(self, written: str, in_link: bool) -> str | None:
        """HTML for the image that the text names; None where the report's reader knows no such image."""
        for figure in self._left:
            if _same(figure.written, written):
                self._left.remove(figure)
                return self._shelf.show(figure, in_link=in_link)
        return None

    def rest(self) -> list[str]:
        """HTML of the figures that the text did not show."""
        return [self._shelf.show(figure) for figure in self._left]


def _same(one: str, other: str) -> bool:
    return unquote(one).strip().strip("<>") == unquote(other).strip().strip("<>")
