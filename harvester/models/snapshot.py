"""One commit in memory. Made by `harvester.snapshot`; everything after it is a pure function of this.

A `Tree` reads blobs lazily through a function that it is given, so that a file whose facts are cached is never read.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from harvester.models.problem import Problem
from harvester.models.quick import quick


class EntryKind(StrEnum):
    """What a tree entry is. Links are never followed, submodules never fetched."""

    FILE = "file"
    LINK = "link"
    SUBMODULE = "submodule"


@quick
@dataclass(frozen=True, slots=True)
class Entry:
    """One path of a tree. `oid` is the git blob id; `size` is in bytes, None where the blob is not in the mirror."""

    path: str
    oid: str
    size: int | None
    kind: EntryKind = EntryKind.FILE
    executable: bool = False


_MOST_SPLIT = 100
_SMALL_TEXT = 50_000
_LONGEST_LINE = 2_000
LARGEST_FIGURE = 20_000_000
"""Bytes of the largest picture, or notebook with its outputs, that is read."""
NOTEBOOK = ".ipynb"

Reader = Callable[[Iterable[str]], Mapping[str, bytes | None]]
"""Blob ids -> contents, in one batch; None where the blob is too large or not in the mirror."""


@dataclass(frozen=True)
class Tree:
    """The files of one commit, by path, sorted."""

    entries: Mapping[str, Entry]
    reader: Reader
    limit: int = 1_000_000
    """The largest file, in bytes, whose text is read."""
    _cache: dict[str, bytes | None] = field(default_factory=dict, repr=False, compare=False)
    _large: dict[str, bytes | None] = field(default_factory=dict, repr=False, compare=False)
    _lines: dict[str, list[str]] = field(default_factory=dict, repr=False, compare=False)

    def load(self, paths: Iterable[str]) -> None:
        """Read many files in one batch; later calls of `read` for them cost nothing."""
        wanted = {
            entry.oid
            for path in paths
            if (entry := self.entries.get(path)) is not None
            and entry.kind is EntryKind.FILE
            and entry.size is not None
            and entry.size <= self.limit
            and entry.oid not in self._cache
        }
        if wanted:
            self._cache.update(self.reader(sorted(wanted)))

    def read(self, path: str) -> bytes | None:
        """The file's bytes, or None where `unread` gives a reason."""
        entry = self.entries.get(path)
        if entry is None or entry.kind is not EntryKind.FILE or entry.size is None or entry.size > self.limit:
            return None
        if entry.oid not in self._cache:
            self.load([path])
        return self._cache.get(entry.oid)

    def figure(self, path: str) -> bytes | None:
        """A picture's or notebook's bytes, or None: up to 20 MB. Of those above the limit of texts, 20 MB are kept."""
        entry = self.entries.get(path)
        if entry is None or entry.kind is not EntryKind.FILE or entry.size is None or entry.size > LARGEST_FIGURE:
            return None
        if entry.size <= self.limit:
            return self.read(path)
        if entry.oid not in self._large:
            if entry.size + sum(len(data or b"") for data in self._large.values()) > LARGEST_FIGURE:
                self._large.clear()
            self._large[entry.oid] = self.reader([entry.oid]).get(entry.oid)
        return self._large[entry.oid]

    def text(self, path: str) -> str | None:
        """The file as text (UTF-8, with or without BOM, else Windows-1252); None if unread or binary."""
        data = self.read(path)
        return None if data is None else decode(data)

    def lines(self, path: str) -> list[str]:
        """The file's text in lines, which nobody may change; none where there is no text. Small ones are kept.

        So are those of a notebook above the limit, cut to 2,000 characters each: what is longer is an output.
        """
        if path in self._lines:
            return self._lines[path]
        text = self.text(path) or ""
        lines = text.splitlines()
        large = not text and path.endswith(NOTEBOOK)
        if large:
            lines = [line[:_LONGEST_LINE] for line in (decode(self.figure(path) or b"") or "").splitlines()]
        if large or len(text) <= _SMALL_TEXT:
            if len(self._lines) >= _MOST_SPLIT:
                self._lines.clear()
            self._lines[path] = lines
        return lines

    def unread(self, path: str) -> str | None:
        """Why a path's content is not there, in words a teacher understands; None where it can be read."""
        entry = self.entries.get(path)
        if entry is None:
            return "no such file"
        if entry.kind is EntryKind.LINK:
            return "a symbolic link, which is never followed"
        if entry.kind is EntryKind.SUBMODULE:
            return "a submodule, which is never fetched"
        if entry.size is None:
            return "too large to be in the mirror"
        if entry.size > self.limit:
            return f"too large ({entry.size:,} bytes)"
        return None if self.read(path) is not None else "not in the mirror"


def decode(data: bytes) -> str | None:
    """Bytes as text, or None where they are binary (a NUL byte in the first 8,000, and no UTF-16 mark)."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data[:8000]:
        return None
    try:
        return data.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


_HALF = re.compile(r"\\(?:u|U0000)[dD][89a-fA-F][0-9a-fA-F]{2}")


def mend_escapes(text: str) -> str:
    """Source text in which an escape of half a surrogate pair, which no UTF-8 can hold, is one of U+FFFD instead."""
    return _HALF.sub(r"\\ufffd", text)


@dataclass(frozen=True, slots=True)
class Person:
    """A name and mail as a commit has them."""

    name: str
    email: str


@quick
@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of the history. `added` and `removed` are lines, by path, None where not counted."""

    sha: str
    parents: tuple[str, ...]
    author: Person
    authored_at: datetime
    committed_at: datetime
    message: str
    coauthors: tuple[Person, ...] = ()
    changes: tuple[tuple[str, int, int], ...] = ()
    """(path, lines added, lines removed) against the first parent; empty for merges and binary files."""


@dataclass(frozen=True)
class History:
    """The commits that lead to the graded one, newest first, with tags and what was deleted on the way."""

    commits: tuple[Commit, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    """(tag name, commit sha)"""
    deleted: Mapping[str, str] = field(default_factory=dict)
    """Path -> sha of the newest commit that deleted it, for paths that are not in the tree any more."""
    counted: bool = True
    """Whether lines were counted: False where that took too long, or was not tried."""
    shallow: bool = False
    """Whether older commits are missing (a working copy of little depth): who is not here may be there."""

    @property
    def roots(self) -> tuple[str, ...]:
        """The commits without parents, the oldest first; none of a history that is cut."""
        return () if self.shallow else tuple(one.sha for one in reversed(self.commits) if not one.parents)


@dataclass(frozen=True)
class Branch:
    """Another branch, not merged into the graded commit. `tree` is the branch's whole tree.

    `own` names the paths that are new or changed there since the branch left the graded history, and that never stood
    in the graded history with that name.
    """

    name: str
    sha: str
    tree: Tree
    own: frozenset[str] = frozenset()
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Paths that the graded history knows, but not with the branch's content -> blob ids that it had there."""


@dataclass(frozen=True)
class Snapshot:
    """What is graded: one commit of one repository."""

    sha: str
    branch: str
    committed_at: datetime
    tree: Tree
    history: History = History()
    branches: tuple[Branch, ...] = ()
    branch_names: tuple[str, ...] = ()
    """All branches of the repository, merged ones too (`gh-pages` may be among them)."""
    deadline: datetime | None = None
    commits_after_deadline: int = 0
    method: str = "head"
    """How the commit was chosen: head, committer_date, first_seen, push_log, chosen."""
    uncommitted: tuple[str, ...] = ()
    """Only for a working copy (`harvester check`): files that differ from the commit."""
    web_url: str | None = None
    """`https://host/owner/name`, for permalinks."""
    problems: tuple[Problem, ...] = ()
    """What is odd about the times: force pushes over the deadline, dates that cannot be."""
