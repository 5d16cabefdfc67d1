"""Uses of Hydra, and the configuration files that each composes."""

import posixpath
import re
from collections.abc import Iterable, Iterator

from harvester.facts.material import Material
from harvester.models.builds import Command, HydraApp, Load, Source
from harvester.models.code import Call, PythonFile
from harvester.models.files import Node

_HYDRA = "hydra."
_MAIN = "hydra.main"
_INITIALIZE = re.compile(r"^hydra\.(?:experimental\.)?(?:initialize(?:_config_dir|_config_module)?)$")
_COMPOSE = re.compile(r"^hydra\.(?:experimental\.)?compose$")
_USUAL_FOLDERS = ("configs", "config", "conf")
_NAMES_CONFIG = ("--config-name", "-cn")
_CONFIG_NAME = re.compile(r"[\w./-]+")
_MOST = 300


def collect_hydra(material: Material, commands: Iterable[Command] = ()) -> Iterator[HydraApp]:
    """Every `@hydra.main` and every `compose`, with the files composed; also for each config that a command names."""
    of_hydra = [sites for name, sites in material.python.by_name.items() if name.startswith(_HYDRA)]
    users = {path for sites in of_hydra for path, _ in sites}
    python = material.python.items()
    uses = {path: [one for one in file.calls if one.name.startswith(_HYDRA)] for path, file in python if path in users}
    chosen = [(name, words) for command in commands for name, words in _chosen(command)] if uses else []
    for path, calls in uses.items():
        file = material.python[path]
        folders = [call for call in calls if _INITIALIZE.match(call.name)]
        for call in calls:
            if call.name == _MAIN:
                folder = _folder(material, path, file, call, "config_path", 0)
                name = _text(call.argument("config_name", 1), file, call.within)
                names = (other for other, words in chosen if _is_started(path, file, words))
                for one in dict.fromkeys((name, *names)):
                    yield _app(material, path, call, folder, one)
            elif _COMPOSE.match(call.name):
                initialize = folders[0] if folders else call
                key = "config_dir" if initialize.name.endswith("_dir") else "config_path"
                folder = _folder(material, path, file, initialize, key, 0) if folders else None
                yield _app(material, path, call, folder, _text(call.argument("config_name", 0), file, call.within))


def _chosen(command: Command) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The config that a command names with `--config-name`, and the command's words."""
    words = command.forms[0] if command.forms and command.source is not Source.DOCS else ()
    for position, word in enumerate(words, 1):
        if word.startswith(_NAMES_CONFIG):
            option, sign, value = word.partition("=")
            name = value if sign else "".join(words[position : position + 1])
            if option in _NAMES_CONFIG and _CONFIG_NAME.fullmatch(name):
                yield name, words


def _is_started(path: str, file: PythonFile, words: tuple[str, ...]) -> bool:
    """Whether a command starts a file, by its path or as a module."""
    module = f".{file.module}"
    scripts = (word.removeprefix("./") for word in words if word.endswith(".py"))
    return any(module.endswith(f".{word}") for word in words) or any(f"/{path}".endswith(f"/{one}") for one in scripts)


def _text(source: str | None, file: PythonFile, within: str = "") -> str:
    """The text of an argument: a literal, a constant, or the default of what it is read from; empty where unknown."""
    if source is None:
        return ""
    found = re.search(r"[\"']([^\"'{}]+)[\"']", source)
    if found:
        return found[1]
    value = next((a.value for a in reversed(file.assigns) if a.target == source), "")
    if not value and (function := file.function(within)):
        value = next((param.default for param in function.params if param.name == source), "")
    found = re.search(r"[\"']([^\"'{}]+)[\"']\s*\)*\s*$", value)
    return found[1] if found else ""


def _folder(material: Material, path: str, file: PythonFile, call: Call, name: str, position: int) -> str | None:
    """The folder of the configs, relative to the file that asks; None where it is not known."""
    written = _text(call.argument(name, position), file)
    folders = {posixpath.dirname(p) for p in material.trees}
    here = path.rpartition("/")[0]
    if written:
        wanted = [posixpath.normpath(posixpath.join(base, written.replace("\\", "/"))) for base in (here, "")]
        wanted += [folder for folder in sorted(folders) if f"/{folder}".endswith(f"/{written.strip('./')}")]
        found = next((w for w in wanted if any(f == w or f.startswith(f"{w}/") for f in folders)), None)
        if found is not None:
            return "" if found == "." else found
    usual = [folder for folder in sorted(folders, key=len) if folder.rpartition("/")[2] in _USUAL_FOLDERS]
    return usual[0] if usual and call.argument(name, position) not in (None, "None") else None


def _app(material: Material, path: str, call: Call, folder: str | None, name: str) -> HydraApp:
    """A use with the files that it composes: without a name, which a command then gives, all in its folder."""
    name = name.removesuffix(".yaml").removesuffix(".yml")
    found: dict[str, None] = {}
    if name:
        folders = [folder] if folder is not None else []
        folders += [posixpath.dirname(p) for p in material.trees if p.endswith((f"/{name}.yaml", f"/{name}.yml"))]
        for base in folders:
            if _compose(material, base, name, found):
                folder = base
                break
    elif folder is not None:
        beside = (path for path in material.trees if posixpath.dirname(path) == folder)
        found.update(dict.fromkeys(path for path in beside if path.endswith((".yaml", ".yml"))))
    return HydraApp(path, call.line, folder, name, tuple(found))


def _find(material: Material, folder: str, name: str) -> str | None:
    for suffix in (".yaml", ".yml"):
        path = posixpath.normpath(posixpath.join(folder, name + suffix))
        if path in material.trees:
            return path
    return None


def _compose(material: Material, root: str, name: str, found: dict[str, None]) -> bool:
    """Add a config and what its defaults name; whether it is there."""
    path = _find(material, root, name)
    if path is None:
        return False
    pending = [path]
    while pending and len(found) < _MOST:
        path = pending.pop(0)
        if path in found:
            continue
        found[path] = None
        pending.extend(_defaults(material, root, path, material.trees[path]))
    return True


def _defaults(material: Material, root: str, path: str, tree: Node) -> Iterator[str]:
    """The files that a defaults list names; all options of a group, since each can be chosen by a word."""
    here = path.rpartition("/")[0]
    for part in tree.get("defaults").nodes():
        if isinstance(part.value, dict):
            for key, value in part.items():
                group = re.sub(r"@.*$", "", re.sub(r"^(?:override|optional)\s+", "", key)).strip()
                base = root if group.startswith("/") else here
                folder = posixpath.normpath(posixpath.join(base, group.strip("/")))
                for option in value.texts() or ("",):
                    chosen = _find(material, folder, option) if option else None
                    if chosen:
                        yield chosen
                yield from (p for p in material.trees if posixpath.dirname(p) == folder and not p.endswith(".json"))
        elif (name := re.sub(r"@.*$", "", part.text())) and name != "_self_":
            base = root if name.startswith("/") else here
            chosen = _find(material, base, name.strip("/"))
            if chosen:
                yield chosen


def hydra_loads(apps: tuple[HydraApp, ...]) -> Iterator[Load]:
    """What Hydra reads."""
    for app in apps:
        yield from (Load(config, app.path, app.line, "hydra") for config in app.configs)
