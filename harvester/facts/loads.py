"""Which configuration files something reads, and what reads them."""

import re
from collections.abc import Iterable, Iterator

from harvester.facts import kinds
from harvester.facts.hydra import hydra_loads
from harvester.facts.material import Material
from harvester.models.builds import Command, HydraApp, Load, Source
from harvester.models.code import PythonFile

_CONFIG_NAME = re.compile(r"[\w{}$./\\ -]*\.(?:ya?ml|json|toml)$")
_ENDINGS = tuple(f".{ending}{end}" for ending in ("yaml", "yml", "json", "toml") for end in ("", "\n"))
"""What a name of a config ends with: told before the pattern is tried on every string of a repository."""
_WRITES = re.compile(r"(?:^|\.)(?:save|dump|safe_dump|to_json|to_yaml|write\w*|log_artifact|add_file|savez?)$")
_TOOLS = ("pyproject.toml", "package.json", "dvc.yaml", "mkdocs.yaml", "mkdocs.yml")
_FOLDERS = (".github/", ".devcontainer/", ".vscode/")


def collect_loads(material: Material, commands: Iterable[Command], apps: tuple[HydraApp, ...]) -> Iterator[Load]:
    """Every reading of a configuration file, by code, by a command, by Hydra, by a sweep."""
    configs = {path for path, _ in material.of_kind(kinds.YAML, kinds.JSON, kinds.TOML) if _is_config(path)}
    for path, file in material.python.items():
        yield from _by_code(material, path, file, configs)
    for command in commands:
        if command.source is not Source.DOCS:
            yield from _by_command(material, command, configs)
    yield from hydra_loads(apps)
    for path, tree in material.trees.items():
        if path.rpartition("/")[2] == "dvc.yaml":
            for stage in tree.get("stages").parts():
                for part in (*stage.get("params").nodes(), *stage.get("deps").nodes()):
                    named = part.text() or next((key for key, _ in part.items()), "")
                    found = material.find(named if _CONFIG_NAME.match(named) else "params.yaml", path)
                    if found in configs:
                        yield Load(str(found), path, part.line or 1, "dvc")


def _is_config(path: str) -> bool:
    return path.rpartition("/")[2] not in _TOOLS and not path.startswith(_FOLDERS) and not path.endswith(".dvc")


def _by_code(material: Material, path: str, file: PythonFile, configs: set[str]) -> Iterator[Load]:
    """A string that names a config, unless it is given to something that writes."""
    named = [text for text in file.strings if text.text.endswith(_ENDINGS) and _CONFIG_NAME.match(text.text)]
    if not named:
        return
    written = {
        (call.line, argument.strip("\"'"))
        for call in file.calls
        if _WRITES.search(call.name)
        for argument in (*call.args, *(value for _, value in call.kwargs))
    }
    for text in named:
        if (text.line, text.text) in written:
            continue
        name = re.sub(r"^.*\{[^{}]*\}[/\\]?", "", text.text)
        found = material.find(name, path) if name else None
        if found in configs:
            yield Load(str(found), path, text.line, "open")


def _by_command(material: Material, command: Command, configs: set[str]) -> Iterator[Load]:
    """A command's word that names a config: `python train.py --config configs/a.yaml`, `wandb sweep sweep.yaml`."""
    words = command.forms[0] if command.forms else ()
    if words[:1] and words[0] in (
        "git",
        "echo",
        "cat",
        "cp",
        "mv",
        "rm",
        "COPY",
        "ls",
        "dvc",
        "docker",
        "kubectl",
        "gsutil",
    ):
        return
    how = "sweep" if "sweep" in words else "argument"
    for word in words[1:]:
        for name in word.rpartition("=")[2].split(","):  # `--args=train.py,--config,configs/a.yaml` of a cloud job
            if not (name.endswith(_ENDINGS) and _CONFIG_NAME.match(name)):
                continue
            found = material.find(name, command.path)
            if found in configs:
                yield Load(str(found), command.path, command.line, how)
