"""The Python and the configs of a view, with what follows from them alone: views that share them share that, too."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from harvester.models.code import Call, Class, Function, Import, PythonFile
from harvester.models.files import Node


class Code(dict[str, PythonFile]):
    """Python files by path, which nobody changes."""

    @cached_property
    def sites(self) -> Sequence[tuple[str, Call]]:
        """Calls and decorators with their paths, in the files' order."""
        return [(path, call) for path, file in self.items() for call in file.calls]

    @cached_property
    def called(self) -> Mapping[str, list[int]]:
        """The calls' names -> places in `sites`."""
        found: dict[str, list[int]] = {}
        for place, (_, call) in enumerate(self.sites):
            found.setdefault(call.name, []).append(place)
        return found

    @cached_property
    def by_name(self) -> Mapping[str, tuple[tuple[str, Call], ...]]:
        """`sites` by the calls' names."""
        site = self.sites.__getitem__
        return {name: tuple(map(site, places)) for name, places in self.called.items()}

    @cached_property
    def imports(self) -> Mapping[str, tuple[tuple[str, Import], ...]]:
        """Imports by target, with their paths."""
        found: dict[str, list[tuple[str, Import]]] = {}
        for path, file in self.items():
            for item in file.imports:
                found.setdefault(item.target, []).append((path, item))
        return {name: tuple(sites) for name, sites in found.items()}

    @cached_property
    def functions(self) -> Mapping[str, tuple[str, Function]]:
        """Functions and methods by full name, with their paths."""
        return {f"{dotted(path)}.{item.name}": (path, item) for path, file in self.items() for item in file.functions}

    @cached_property
    def classes(self) -> Mapping[str, tuple[str, Class]]:
        """Classes by full name, with their paths."""
        return {f"{dotted(path)}.{item.name}": (path, item) for path, file in self.items() for item in file.classes}

    @cached_property
    def called_in(self) -> Mapping[tuple[str, str], tuple[Call, ...]]:
        """Calls by path and enclosing function or class."""
        found: dict[tuple[str, str], list[Call]] = {}
        for path, file in self.items():
            for call in file.calls:
                found.setdefault((path, call.within), []).append(call)
        return {place: tuple(calls) for place, calls in found.items()}

    @cached_property
    def modules(self) -> Mapping[str, str]:
        """Module name -> path."""
        return {file.module: path for path, file in self.items() if file.module}


class Configs(dict[str, Node]):
    """Parsed YAML, TOML, JSON and INI files by path, which nobody changes."""

    @cached_property
    def settings(self) -> Mapping[str, tuple[tuple[str, str, Node], ...]]:
        """What they set, by the last part of its dotted key: (path, dotted key, value), in the files' order."""
        found: dict[str, list[tuple[str, str, Node]]] = {}
        for path, tree in self.items():
            for key, node in tree.walk():
                found.setdefault(key.rpartition(".")[2], []).append((path, key, node))
        return {last: tuple(places) for last, places in found.items()}


def dotted(path: str) -> str:
    """`src/shop/model.py` -> `src.shop.model`; a package's `__init__.py` goes by the package."""
    return path.rpartition(".")[0].removesuffix("/__init__").replace("/", ".")
