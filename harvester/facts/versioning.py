"""Data under version control: DVC's files and remotes, git-lfs."""

import re
from collections.abc import Iterator

from harvester.facts import kinds
from harvester.facts.material import Material
from harvester.models.builds import Remote, Tracked
from harvester.models.files import Node

_POINTER_SIZES = range(100, 200)
_MOST_POINTERS = 40
_REMOTE = re.compile(r"^['\"]?\s*remote\s+\"?([^\"']+)\"?\s*['\"]?$")


def collect_tracked(material: Material) -> Iterator[Tracked]:
    """Everything that DVC or git-lfs tracks."""
    for path, file in material.files.items():
        # One that lists every file of its output may be too large to be read; its name tells what it tracks.
        if file.unread and path.endswith(".dvc"):
            yield Tracked(path, 1, path.removesuffix(".dvc"), "dvc")
    for path, tree in material.trees.items():
        name = path.rpartition("/")[2]
        if name.endswith(".dvc") and not path.startswith(".dvc/"):
            yield from _outs(path, tree)
        elif name in ("dvc.yaml", "dvc.lock"):
            for stage in tree.get("stages").parts():
                yield from _outs(path, stage)
    yield from _lfs(material)


def _outs(path: str, node: Node) -> Iterator[Tracked]:
    for part in node.get("outs").nodes():
        if isinstance(part.value, dict):
            named = part.get("path")
            if named.text():
                yield Tracked(path, named.line, named.text(), "dvc")
            else:
                yield from (Tracked(path, value.line, key, "dvc") for key, value in part.items())
        elif part.text():
            yield Tracked(path, part.line, part.text(), "dvc")


def _lfs(material: Material) -> Iterator[Tracked]:
    """git-lfs tracks something where a pattern of `.gitattributes` has pointers in the repository."""
    patterns = []
    for path in material.by_name.get(".gitattributes", ()):
        for number, line in enumerate((material.text(path) or "").splitlines(), 1):
            if "filter=lfs" in line and not line.lstrip().startswith("#"):
                patterns.append((path, number, line.split()[0]))
    if not patterns:
        return
    small = [path for path, file in material.files.items() if file.size in _POINTER_SIZES]
    for path in small[:_MOST_POINTERS]:
        if (material.text(path) or "").startswith(kinds.LFS_POINTER):
            where, number, _ = patterns[0]
            yield Tracked(where, number, path, "git-lfs")


def collect_remotes(material: Material) -> Iterator[Remote]:
    """DVC's remotes."""
    for path, tree in material.trees.items():
        if not path.endswith((".dvc/config", ".dvc/config.local")):
            continue
        default = tree.get("core", "remote").text()
        for section, node in tree.items():
            found = _REMOTE.match(section)
            url = node.get("url")
            if found and url.text():
                name = found[1].strip()
                yield Remote(name, url.text(), path, url.line, "dvc", name == default)
