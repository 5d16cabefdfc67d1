"""Settings in configuration files, as code reads them."""

from collections.abc import Iterator, Sequence

from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Node

_TOOLS = (".github/", ".gitlab/", ".devcontainer/", ".vscode/", ".dvc/")
_LOCKS = ("package.json", "package-lock.json", "pyproject.toml", "poetry.lock", "uv.lock")


def find_settings(facts: Facts, keys: Sequence[str]) -> tuple[tuple[str, Node], ...]:
    """What configs say under the end of a dotted key, best fit first: what is loaded, else any config that has it.

    A config of a group goes by its folder: `data.num_workers` is `num_workers` in `configs/data/base.yaml`.
    """
    loaded = {load.config for load in facts.loads}
    for paths in ([path for path in facts.configs if path in loaded], list(facts.configs)):
        for length in range(min(len(keys), 3), 0, -1):
            found = tuple(_search(facts, paths, [str(key) for key in keys[-length:]]))
            if found:
                return found
    return ()


def _search(facts: Facts, paths: Sequence[str], keys: list[str]) -> Iterator[tuple[str, Node]]:
    ending = "." + ".".join(keys)
    for path in paths:
        if facts.role(path) in NO_EVIDENCE or path.startswith(_TOOLS) or path.rpartition("/")[2] in _LOCKS:
            continue
        folder = path.rpartition("/")[0].replace("/", ".")
        for dotted, node in facts.configs[path].walk(folder):
            if f".{dotted}".endswith(ending):
                yield path, node
