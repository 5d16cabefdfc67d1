"""Settings in configuration files, as code reads them."""

import re
from collections.abc import Sequence

from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Node

_TOOLS = (".github/", ".gitlab/", ".devcontainer/", ".vscode/", ".dvc/")
_PACKAGE = re.compile(r"#\s*@package\s+(?!_group_)([\w.]+)")
_HEADER = 5
_LOCKS = ("package.json", "package-lock.json", "pyproject.toml", "poetry.lock", "uv.lock")


def find_settings(facts: Facts, keys: Sequence[str]) -> tuple[tuple[str, Node], ...]:
    """What configs say under the end of a dotted key, best fit first: what is loaded, else any config that has it.

    A config of a group goes by its folder, or by the package that Hydra is told: `data.num_workers` is `num_workers` in
    `configs/data/base.yaml`, and in a file that begins with `# @package data`.
    """
    loaded = {load.config for load in facts.loads}
    places = [place for place in facts.settings.get(str(keys[-1]), ()) if _is_read(facts, place[0])] if keys else []
    facts.tree.load(path for path, _, _ in places)
    for some in ([place for place in places if place[0] in loaded], places):
        for length in range(min(len(keys), 3), 0, -1):
            ending = "." + ".".join(str(key) for key in keys[-length:])
            found = tuple((path, node) for path, key, node in some if _whole(facts, path, key).endswith(ending))
            if found:
                return found
    return ()


def _is_read(facts: Facts, path: str) -> bool:
    """Whether a config can be one that the project's code reads."""
    return not (facts.role(path) in NO_EVIDENCE or path.startswith(_TOOLS) or path.rpartition("/")[2] in _LOCKS)


def _whole(facts: Facts, path: str, key: str) -> str:
    """The dotted key with the folder before it, or the package that the file's first lines name."""
    told = next(filter(None, map(_PACKAGE.match, facts.tree.lines(path)[:_HEADER])), None)
    if told:
        return f".{key}" if told[1] == "_global_" else f".{told[1]}.{key}"
    return f".{path.rpartition('/')[0].replace('/', '.')}.{key}"
