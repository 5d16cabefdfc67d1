"""Settings in configuration files, as code reads them."""

from collections.abc import Sequence

from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Node

_TOOLS = (".github/", ".gitlab/", ".devcontainer/", ".vscode/", ".dvc/")
_LOCKS = ("package.json", "package-lock.json", "pyproject.toml", "poetry.lock", "uv.lock")


def find_settings(facts: Facts, keys: Sequence[str]) -> tuple[tuple[str, Node], ...]:
    """What configs say under the end of a dotted key, best fit first: what is loaded, else any config that has it.

    A config of a group goes by its folder: `data.num_workers` is `num_workers` in `configs/data/base.yaml`.
    """
    loaded = {load.config for load in facts.loads}
    places = [place for place in facts.settings.get(str(keys[-1]), ()) if _is_read(facts, place[0])] if keys else []
    for some in ([place for place in places if place[0] in loaded], places):
        for length in range(min(len(keys), 3), 0, -1):
            ending = "." + ".".join(str(key) for key in keys[-length:])
            found = tuple((path, node) for path, key, node in some if _whole(path, key).endswith(ending))
            if found:
                return found
    return ()


def _is_read(facts: Facts, path: str) -> bool:
    """Whether a config can be one that the project's code reads."""
    return not (facts.role(path) in NO_EVIDENCE or path.startswith(_TOOLS) or path.rpartition("/")[2] in _LOCKS)


def _whole(path: str, key: str) -> str:
    """The dotted key with the folder before it."""
    return f".{path.rpartition('/')[0].replace('/', '.')}.{key}"
