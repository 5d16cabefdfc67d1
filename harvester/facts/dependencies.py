"""What a project says that it depends on: every list, hand-kept, frozen or locked."""

from collections.abc import Iterator

from harvester.facts import kinds
from harvester.facts.material import Material
from harvester.facts.requirements import parse_entry
from harvester.models.builds import Dependency
from harvester.models.code import literal
from harvester.models.files import Node, Requirement

HAND, FREEZE, LOCK = "hand", "freeze", "lock"
_FREEZE = 80
"""A list with more entries than this, all pinned, is a freeze."""


def collect_dependencies(material: Material) -> tuple[Dependency, ...]:
    """All entries of all lists."""
    lists: dict[str, list[Requirement]] = {}
    locks: set[str] = set()
    for path, blob in material.of_kind(kinds.REQUIREMENTS, kinds.LOCK):
        lists[path] = list(blob.requirements)
        if blob.kind == kinds.LOCK:
            locks.add(path)
    for path, tree in material.trees.items():
        name = path.rpartition("/")[2].lower()
        reader = _READERS.get(name) or (_conda if _is_conda(name, tree) else None)
        if reader is not None:
            entries = list(reader(tree))
            if entries or name not in ("pyproject.toml", "setup.cfg"):
                lists.setdefault(path, []).extend(entries)
    for path in material.python:
        if path.rpartition("/")[2] == "setup.py":
            found = list(_setup(material, path))
            if found:
                lists[path] = found
    dependencies: list[Dependency] = []
    for path, entries in sorted(lists.items()):
        kind = LOCK if path in locks else FREEZE if _is_freeze(entries) else HAND
        dependencies += [
            Dependency(e.name, path, e.line, kind, e.group, e.pinned) for e in entries if e.name != "python"
        ]
    return tuple(dependencies)


def _is_freeze(entries: list[Requirement]) -> bool:
    return len(entries) > _FREEZE and all(entry.pinned for entry in entries)


def _entries(node: Node, group: str = "") -> Iterator[Requirement]:
    """A list of requirement strings."""
    for part in node.nodes():
        if isinstance(part.value, str):
            yield from parse_entry(part.text(), part.line, group)


def _table(node: Node, group: str = "") -> Iterator[Requirement]:
    """A table of names and versions, as Poetry and Pipenv have it."""
    for name, part in node.items():
        version = part.text() or part.get("version").text()
        for found in parse_entry(name, part.line, group):
            pinned = version.startswith("=") or version[:1].isdigit()
            yield Requirement(found.name, part.line, group, pinned, version[:100])


def _pyproject(tree: Node) -> Iterator[Requirement]:
    project, tool = tree.get("project"), tree.get("tool")
    yield from _entries(project.get("dependencies"))
    for group, node in project.get("optional-dependencies").items():
        yield from _entries(node, group)
    for group, node in tree.get("dependency-groups").items():
        yield from _entries(node, group)
    poetry = tool.get("poetry")
    yield from _table(poetry.get("dependencies"))
    yield from _table(poetry.get("dev-dependencies"), "dev")
    for group, node in poetry.get("group").items():
        yield from _table(node.get("dependencies"), group)
    yield from _entries(tool.get("uv", "dev-dependencies"), "dev")
    for group, node in tool.get("pdm", "dev-dependencies").items():
        yield from _entries(node, group)
    for group, node in tool.get("hatch", "envs").items():
        yield from _entries(node.get("dependencies"), group)
        yield from _entries(node.get("extra-dependencies"), group)
    for group, node in tool.get("pixi", "feature").items():
        yield from _table(node.get("dependencies"), group)
        yield from _table(node.get("pypi-dependencies"), group)
    yield from _table(tool.get("pixi", "dependencies"))
    yield from _table(tool.get("pixi", "pypi-dependencies"))


def _setup_cfg(tree: Node) -> Iterator[Requirement]:
    yield from _lines(tree.get("options", "install_requires"))
    for group, node in tree.get("options.extras_require").items():
        yield from _lines(node, group)


def _lines(node: Node, group: str = "") -> Iterator[Requirement]:
    for number, line in enumerate(node.text().splitlines()):
        yield from parse_entry(line, (node.block or node.line) + number, group)


def _pipfile(tree: Node) -> Iterator[Requirement]:
    yield from _table(tree.get("packages"))
    yield from _table(tree.get("dev-packages"), "dev")


def _is_conda(name: str, tree: Node) -> bool:
    return (
        "dependencies" in tree
        and ("channels" in tree or "env" in name)
        and isinstance(tree.get("dependencies").value, list)
    )


def _conda(tree: Node) -> Iterator[Requirement]:
    for part in tree.get("dependencies").nodes():
        if isinstance(part.value, str):
            yield from parse_entry(part.text().rpartition("::")[2], part.line)
        yield from _entries(part.get("pip"), "pip")


def _setup(material: Material, path: str) -> Iterator[Requirement]:
    """`install_requires` and `extras_require` of a setup.py."""
    for call in material.python[path].calls:
        if not call.name.endswith("setup"):
            continue
        required = literal(call.kwarg("install_requires") or "")
        extras = literal(call.kwarg("extras_require") or "")
        groups = {"": required, **(extras if isinstance(extras, dict) else {})}
        for group, entries in groups.items():
            for entry in entries if isinstance(entries, list | tuple) else ():
                yield from parse_entry(str(entry), call.line, str(group))


_READERS = {"pyproject.toml": _pyproject, "setup.cfg": _setup_cfg, "pipfile": _pipfile, "pixi.toml": _pyproject}
