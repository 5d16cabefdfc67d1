"""The figures of an answer: images and links to images in every form that people write, found in the commit's tree."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from urllib.parse import unquote

from harvester.models.report import Figure
from harvester.models.snapshot import EntryKind, Tree
from harvester.report.prose import mask_code_spans

_MOST = 200
"""So many figures of one answer are looked up."""
_SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".bmp", ".tif", ".tiff", ".avif", ".heic")
_JOINT = re.compile(r"\](?:\(|\[)")
_TARGET = re.compile(r"\(\s{0,3}(?:<([^<>\n]{0,600})>|((?:[^()\n]|\([^()\n]{0,200}\)){0,600}+))")
_TITLE = re.compile(r"""\s+(?:"[^"]*"|'[^']*'|\([^()]*\)|=\d*x\d*)?\s*$""")
_SHORT = re.compile(r"!\[([^\[\]\n]{1,200})\](?![(\[])")
_WIKI = re.compile(r"!\[\[([^\[\]|\n]{1,400})(?:\|[^\[\]\n]{0,100})?\]\]")
_TAG = re.compile(r"<img\b[^<>]{0,2000}>", re.IGNORECASE)
_SRC = re.compile(r"""\bsrc\s{0,3}=\s{0,3}(?:"([^"]{0,1000})"|'([^']{0,1000})'|([^\s"'<>]{1,1000}))""", re.IGNORECASE)
_DEFINITION = re.compile(r"^[ \t>]{0,12}\[([^\[\]\n]{1,200})\]:[ \t]{0,8}<?([^\s<>]{1,600})>?", re.MULTILINE)
_HOSTED = re.compile(
    r"https?://(?:(?:www\.)?github\.com/[^/\s]+/[^/\s]+/(?:blob|raw)/[^/\s]+"
    r"|raw\.githubusercontent\.com/[^/\s]+/[^/\s]+(?:/refs/heads)?/[^/\s]+)/(?P<path>[^?#\s]+)",
    re.IGNORECASE,
)
_REMOTE = re.compile(r"[a-z][a-z0-9+.-]{1,20}:|//", re.IGNORECASE)
_LFS = b"version https://git-lfs"
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)


@dataclass(frozen=True)
class Mention:
    """A figure as it is written: where in the text, the target, the alternative text, a link or an image."""

    offset: int
    written: str
    alt: str = ""
    linked: bool = False


def find_definitions(text: str) -> dict[str, str]:
    """Reference definitions (`[label]: target`) of a file; the first of a label counts."""
    found: dict[str, str] = {}
    for match in islice(_DEFINITION.finditer(text), 1_000):
        found.setdefault(_label(match[1]), match[2])
    return found


def find_mentions(text: str, definitions: dict[str, str]) -> list[Mention]:
    """The figures of an answer's text, code spans left out, in their order."""
    masked = mask_code_spans(text)
    found = [*_inline(masked, definitions), *_short(masked, definitions), *_wiki(masked), *_tags(masked)]
    return sorted(found, key=lambda one: one.offset)[:_MOST]


def _inline(text: str, definitions: dict[str, str]) -> Iterator[Mention]:
    """`![alt](target)`, `![alt][label]`, `[text](image)` and the inner one of `[![alt](target)](link)`."""
    inner = -1
    for joint in islice(_JOINT.finditer(text), 20 * _MOST):
        start = text.rfind("[", max(joint.start() - 600, 0), joint.start())
        if start < 0 or inner == joint.start():
            continue
        image = start > 0 and text[start - 1] == "!"
        alt = text[start + 1 : joint.start()]
        if joint[0] == "](":
            match = _TARGET.match(text, joint.start() + 1)
            if match is None or not text.startswith(")", match.end()):
                continue
            target = match[1] if match[1] is not None else _TITLE.sub("", match[2].strip())
            inner = match.end() + 1 if image else -1
        else:
            close = text.find("]", joint.end(), joint.end() + 200)
            label = text[joint.end() : close] if close >= 0 else ""
            target = definitions.get(_label(label or alt), "")
        if target and (image or _is_image(target)):
            yield Mention(start - image, target, alt, linked=not image)


def _short(text: str, definitions: dict[str, str]) -> Iterator[Mention]:
    for match in islice(_SHORT.finditer(text), _MOST):
        if target := definitions.get(_label(match[1])):
            yield Mention(match.start(), target, match[1])


def _wiki(text: str) -> Iterator[Mention]:
    for match in islice(_WIKI.finditer(text), _MOST):
        yield Mention(match.start(), match[1].strip())


def _tags(text: str) -> Iterator[Mention]:
    for match in islice(_TAG.finditer(text), _MOST):
        source = _SRC.search(match[0])
        if source and (target := next((part for part in source.groups() if part), "")):
            alt = re.search(r"""\balt\s{0,3}=\s{0,3}["']([^"']{0,500})""", match[0], re.IGNORECASE)
            yield Mention(match.start(), target.strip(), alt[1] if alt else "")


def _label(text: str) -> str:
    return " ".join(text.split()).casefold()


def _is_image(target: str) -> bool:
    path = re.split(r"[?#]", target, maxsplit=1)[0]
    return path.lower().endswith(_SUFFIXES)


class FigureFinder:
    """Finds written figures among the files of a commit.

    Parameters
    ----------
    tree
        The commit's files.
    report
        The report's path, to which targets are relative.
    own
        Blob ids of the images that the template ships.
    """

    def __init__(self, tree: Tree, report: str, own: set[str]) -> None:
        self._tree = tree
        self._folder = PurePosixPath(report).parent
        self._own = own
        self._lower: dict[str, list[str]] | None = None

    def load(self, mentions: Sequence[Mention]) -> None:
        """Read all the files in one go."""
        self._tree.load(path for path, _ in map(self.resolve, (one.written for one in mentions)) if path)

    def figure(self, mention: Mention, line: int) -> Figure:
        """The figure with all that the commit tells of it."""
        path, _ = self.resolve(mention.written)
        figure = Figure(
            written=mention.written, alt=mention.alt.strip()[:300], line=line, linked=mention.linked, path=path
        )
        entry = self._tree.entries.get(path) if path else None
        if entry is None:
            return figure.model_copy(update={"problem": _why_missing(mention.written)})
        own = entry.oid in self._own
        update: dict[str, object] = {"exists": True, "template_own": own}
        if entry.kind is not EntryKind.FILE:
            return figure.model_copy(update=update | {"problem": self._tree.unread(entry.path)})
        data = self._tree.figure(entry.path)
        problem = "one of the template's own figures" if own else None
        if data is None or data.startswith(_LFS):
            kind = _guess_type(entry.path)
        else:
            kind, fault = look_at(data)
            problem = problem or fault
        return figure.model_copy(update=update | {"media_type": kind, "problem": problem})

    def is_misplaced(self, figure: Figure) -> bool:
        """Whether the file is there, but not where a browser would look for it."""
        return bool(figure.exists and self.resolve(figure.written)[1])

    def resolve(self, written: str) -> tuple[str | None, bool]:
        """The repository path that a target means, and whether it is another one than a browser would open.

        The path where it leads to when nothing is there; None where it leads out of the repository.
        """
        hosted = _HOSTED.match(written)
        if hosted:
            path = unquote(hosted["path"])
            return (path if path in self._tree.entries else None), False
        if is_remote(written):
            return None, False
        plain = re.split(r"[?#]", written, maxsplit=1)[0].replace("\\", "/") or written
        names = list(dict.fromkeys([written, plain, unquote(plain), re.sub(r"/(?=[_*()\[\]-])", "", plain)]))
        first: str | None = None
        for name in names:
            place = _normal(name.lstrip("/")) if name.startswith("/") else _normal(str(self._folder / name))
            first = first or place
            if place in self._tree.entries:
                return place, False
        elsewhere = self._elsewhere(names)
        return (elsewhere, True) if elsewhere else (first, False)

    def _elsewhere(self, names: Sequence[str]) -> str | None:
        """The one file that was meant: from the root, in another case, or the only one of its name."""
        if self._lower is None:
            self._lower = {}
            for path in self._tree.entries:
                self._lower.setdefault(path.rsplit("/", 1)[-1].lower(), []).append(path)
        for name in names:
            wanted = (_normal(name.lstrip("/")) or "").lower()
            if not wanted:
                continue
            same = self._lower.get(wanted.rsplit("/", 1)[-1], [])
            beside = (_normal(str(self._folder / name.lstrip("/"))) or "").lower()
            exact = [path for path in same if path.lower() in (wanted, beside)]
            inside = [path for path in same if self._folder in PurePosixPath(path).parents]
            only = next((hits[0] for hits in (exact, inside, same) if len(hits) == 1), None)
            if only is not None:
                return only
        return None


def _normal(path: str) -> str | None:
    """The path without `.` and `..`; None where it leaves the repository."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def is_remote(written: str) -> bool:
    """Whether a target is no file's path but an address, or data."""
    return _REMOTE.match(written) is not None


def _why_missing(written: str) -> str:
    if written[:5].lower() == "data:":
        return "written into the text, not a file of the repository"
    return "on another server, not in the repository" if is_remote(written) else "no such file in the repository"


def _guess_type(path: str) -> str | None:
    """A type by name, for a file that is too large for the mirror or kept in Git LFS: not having it is no fault."""
    suffix = PurePosixPath(path).suffix.lower().removeprefix(".")
    return {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif"}.get(suffix)


def look_at(data: bytes) -> tuple[str | None, str | None]:
    """The type of an image by its first bytes, and why it cannot be seen, if it cannot."""
    if not data.strip():
        return None, "an empty file"
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            cut = kind == "image/png" and data.rfind(b"IEND") < 0  # in a whole one it is at the end
            return kind, "cut off in the middle" if cut else None
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp", None
    if data[4:8] == b"ftyp":
        return ("image/avif" if data[8:12] == b"avif" else "image/heic"), None
    if b"<svg" in data[:4000].lower():
        return "image/svg+xml", None
    return None, "not an image, whatever its name says"
