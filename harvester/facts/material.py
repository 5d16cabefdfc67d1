"""What the link stage works on: the paths of a commit and what was read out of their files."""

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from harvester.facts import kinds
from harvester.models.contents import Code, Configs
from harvester.models.files import Blob, Document, File, Target
from harvester.models.snapshot import Tree


@dataclass(frozen=True)
class Contents:
    """All files of a tree and what was read of them."""

    tree: Tree
    files: Mapping[str, File]
    blobs: Mapping[str, Blob]


class Pages(Mapping[str, Document]):
    """Documents by path. Those of which there is an outline alone are read where somebody asks for them."""

    def __init__(self, blobs: Mapping[str, Blob], read: Callable[[str], Document]) -> None:
        documents = ((path, blob) for path, blob in blobs.items() if blob.kind in kinds.DOCUMENTS)
        self._found = {path: blob.document for path, blob in documents if not blob.unread}
        self._read = read

    def __getitem__(self, path: str) -> Document:
        document = self._found[path]
        if document is None:
            document = self._found[path] = self._read(path)
        return document

    def __contains__(self, path: object) -> bool:
        return path in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


@dataclass(frozen=True)
class Material:
    """Files that count, and their contents. `text` reads a file's text."""

    files: Mapping[str, File]
    blobs: Mapping[str, Blob]
    python: Code
    documents: Mapping[str, Document]
    text: Callable[[str], str | None]

    @cached_property
    def trees(self) -> Configs:
        """Parsed YAML, TOML, JSON and INI files."""
        return Configs((path, blob.tree) for path, blob in self.blobs.items() if blob.tree is not None)

    def of_kind(self, *wanted: str) -> Iterator[tuple[str, Blob]]:
        """Blobs of some kinds with their paths."""
        return ((path, blob) for path, blob in self.blobs.items() if blob.kind in wanted)

    @cached_property
    def targets(self) -> Mapping[str, tuple[Target, ...]]:
        """Targets of Makefiles and justfiles."""
        return {path: blob.targets for path, blob in self.of_kind(kinds.MAKE, kinds.JUST)}

    @cached_property
    def by_name(self) -> Mapping[str, tuple[str, ...]]:
        """Paths by the last part of their name, in small letters."""
        found: dict[str, list[str]] = {}
        for path in self.files:
            found.setdefault(path.rpartition("/")[2].lower(), []).append(path)
        return {name: tuple(paths) for name, paths in found.items()}

    def find(self, written: str, near: str = "") -> str | None:
        """The path that a text in a file means: as it is from the root, from the file's folder, or by its end.

        By its end only where that is one path, or one is nearer to the file than the others.
        """
        written = written.strip().strip("\"'").removeprefix("file://").replace("\\", "/")
        if not written or len(written) > 300 or "\n" in written:
            return None
        for base in ("", near.rpartition("/")[0]):
            path = posixpath.normpath(posixpath.join(base, written.lstrip("/") if not base else written))
            if path in self.files:
                return path
        tail = posixpath.normpath(written).lstrip("./")
        named = self.by_name.get(tail.rpartition("/")[2].lower(), ())
        ending = [path for path in named if f"/{path}".endswith(f"/{tail}")]
        if len(ending) > 1:
            ending = _nearest(ending, near)
        return ending[0] if len(ending) == 1 else None


def _nearest(paths: list[str], near: str) -> list[str]:
    shared = [len(posixpath.commonprefix([path, near])) for path in paths]
    return [path for path, count in zip(paths, shared, strict=True) if count == max(shared)]
