"""Names across files: relative and package imports resolved, re-exports followed, instances of own classes known."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from harvester.facts.names import LOCAL
from harvester.models.code import Call, Class, Function, Import, Param, PythonFile, Read
from harvester.models.contents import Code

Named = TypeVar("Named", Call, Read)
_DEEPEST = 12
_ROOTS = ("", "src", "lib", "app", "source", "code")
_INSTALLS = ("pyproject.toml", "setup.py", "setup.cfg")


def link_modules(files: Mapping[str, PythonFile], installs: Collection[str]) -> Code:
    """The files with every name resolved over the whole repository.

    Parameters
    ----------
    files
        Python by path, as `parse_python` made it.
    installs
        The folders that `find_installs` gives: where a project is installed from, its packages are.
    """
    linker = _Linker(files, installs)
    return Code((path, linker.link(path)) for path in files)


def find_installs(paths: Iterable[str]) -> frozenset[str]:
    """The folders of a repository that projects are installed from."""
    return frozenset(folder for folder, _, name in (path.rpartition("/") for path in paths) if name in _INSTALLS)


def module_name(path: str) -> str:
    """`src/shop/model.py` -> `src.shop.model`; a package's `__init__.py` goes by the package."""
    parts = path.rpartition(".")[0].split("/")
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


class _Linker:
    def __init__(self, files: Mapping[str, PythonFile], installs: Collection[str]) -> None:
        self.files = files
        self.modules = {module_name(path): path for path, file in files.items() if not file.notebook}
        bases = {"", *installs}
        self.roots = {
            ".".join(part for part in (base.replace("/", "."), root) if part) for base in bases for root in _ROOTS
        }
        self.parts = {part for module in self.modules for part in module.split(".")}
        self.by_length = sorted(self.roots, key=len)
        self.memo: dict[tuple[str, str], str] = {}
        self.imported = {path: {item.name: item.target for item in file.imports} for path, file in files.items()}
        self.functions = {path: {f.name: f for f in file.functions} for path, file in files.items()}
        self.classes = {path: {c.name: c for c in file.classes} for path, file in files.items()}
        self.made = {
            path: {call.result: call.name for call in reversed(file.calls) if call.result and not call.within}
            for path, file in files.items()
        }

    def link(self, path: str) -> PythonFile:
        """One file with its names resolved."""
        file = self.files[path]
        own = module_name(path)
        return replace(
            file,
            module=own if not file.notebook else "",
            imports=self._imports(file.imports, path, own),
            calls=self._named(file.calls, path),
            functions=tuple([self._function(function, path) for function in file.functions]),
            classes=tuple([self._class(item, path) for item in file.classes]),
            reads=self._named(file.reads, path),
        )

    def _imports(self, items: tuple[Import, ...], path: str, own: str) -> tuple[Import, ...]:
        exports = path.endswith("__init__.py")
        found = []
        for item in items:
            target, used = self.resolve(item.target, path), item.used or exports
            if target == own:  # `streamlit.py` imports streamlit, and not itself
                target = item.target
            same = target == item.target and used == item.used
            found.append(item if same else replace(item, target=target, used=used))
        return tuple(found)

    def _named(self, items: tuple[Named, ...], path: str) -> tuple[Named, ...]:
        """Calls or reads with their names resolved, each name once."""
        names = dict.fromkeys([item.name for item in items])
        others = {name: other for name in names if (other := self.resolve(name, path)) != name}
        if not others:
            return items
        return tuple([replace(one, name=others[one.name]) if one.name in others else one for one in items])

    def _function(self, function: Function, path: str) -> Function:
        params = tuple([self._param(param, path) if param.annotation else param for param in function.params])
        decorators = self._named(function.decorators, path) if function.decorators else ()
        gives = self.resolve(function.gives, path)
        if (params, decorators, gives) == (function.params, function.decorators, function.gives):
            return function
        return replace(function, params=params, decorators=decorators, gives=gives)

    def _param(self, param: Param, path: str) -> Param:
        annotation = self.resolve(param.annotation, path)
        return param if annotation == param.annotation else replace(param, annotation=annotation)

    def _class(self, item: Class, path: str) -> Class:
        bases = tuple(self.resolve(base, path) for base in item.bases)
        ancestors: dict[str, None] = {}
        pending = list(bases)
        while pending and len(ancestors) < 50:
            base = pending.pop(0)
            if base not in ancestors:
                ancestors[base] = None
                where, own = self._find_class(base)
                pending.extend(self.resolve(other, where) for other in (own.bases if own else ()))
        decorators = self._named(item.decorators, path)
        return replace(item, bases=bases, ancestors=tuple(ancestors), decorators=decorators)

    def _find_class(self, name: str) -> tuple[str, Class | None]:
        module, rest = self._split(name)
        path = self.modules.get(module, "")
        return path, self.classes.get(path, {}).get(rest)

    def _split(self, name: str) -> tuple[str, str]:
        """A name as (module of the repository, what is in it); the module is empty for other names."""
        parts = name.split(".")
        for count in range(len(parts), 0, -1):
            module = ".".join(parts[:count])
            if module in self.modules:
                return module, ".".join(parts[count:])
        return "", name

    def resolve(self, name: str, path: str, depth: int = 0) -> str:
        """What a name of a file stands for in the repository, or outside of it."""
        if not name or name[0] == "?" or depth > _DEEPEST:
            return name
        key = (name, path)
        if key not in self.memo:
            self.memo[key] = name
            self.memo[key] = self._resolve(name, path, depth)
        return self.memo[key]

    def _resolve(self, name: str, path: str, depth: int) -> str:
        if name.startswith(LOCAL):
            own = name.removeprefix(LOCAL)
            return self._inside(path, own, depth) or f"{module_name(path)}.{own}"
        if name.startswith("."):
            name = self._absolute(name, path)
            module, rest = self._split(name)
        else:
            module, rest = self._own_module(name, path)
        if not module:
            return name
        if not rest:
            return module
        found = self._inside(self.modules[module], rest, depth)
        return found or f"{module}.{rest}"

    def _absolute(self, name: str, path: str) -> str:
        """A relative name, against the package of its file."""
        dots = len(name) - len(name.lstrip("."))
        folder = path.split("/")[:-1]
        base = folder[: len(folder) - (dots - 1)] if dots > 1 else folder
        return ".".join(part for part in (*base, name[dots:]) if part)

    def _own_module(self, name: str, path: str) -> tuple[str, str]:
        """The module of the repository that an absolute import names, and the rest of the name."""
        parts = name.split(".")
        if parts[0] not in self.parts:
            return "", name
        folder = path.split("/")[:-1]
        nearby = [".".join(folder[:count]) for count in range(len(folder), -1, -1)]
        for root in dict.fromkeys((*nearby, *self.by_length)):
            for count in range(len(parts), 0, -1):
                module = ".".join(part for part in (root, *parts[:count]) if part)
                if module in self.modules and self._is_meant(module, parts[count:], root):
                    return module, ".".join(parts[count:])
        return "", name

    def _is_meant(self, module: str, rest: list[str], root: str) -> bool:
        """Whether a module is what an import names, and no package of the same name from outside.

        In a folder that nothing is installed from, it has to define what is taken from it.
        """
        path = self.modules[module]
        if root in self.roots or not rest:
            return root in self.roots or not path.endswith("__init__.py") or bool(root)
        return self._defines(path, rest[0]) or f"{module}.{rest[0]}" in self.modules

    def _defines(self, path: str, name: str) -> bool:
        return (
            name in self.functions[path]
            or name in self.classes[path]
            or name in self.imported[path]
            or "*" in self.imported[path]
            or any(assign.target == name for assign in self.files[path].assigns)
        )

    def _inside(self, path: str, rest: str, depth: int) -> str:
        """What a name within a module leads to, where it is more than a name of that module; else empty."""
        first, _, after = rest.partition(".")
        tail = f".{after}" if after else ""
        imported = self.imported[path].get(first)
        if imported and first not in self.functions[path] and first not in self.classes[path]:
            target = imported if not imported.startswith("@") else ""
            return self.resolve(target + tail, path, depth + 1) if target else ""
        if after and (function := self.functions[path].get(first)) and function.gives:
            given = self.resolve(function.gives, path, depth + 1)
            return self.resolve(given + tail, path, depth + 1) if not given.startswith("?") else ""
        if after and (own := self.classes[path].get(first)):
            return self._method(path, own, after, depth)
        made = self.made[path].get(first)
        if after and made and not made.startswith("?"):
            return self.resolve(f"{made}{tail}", path, depth + 1)
        return ""

    def _method(self, path: str, own: Class, rest: str, depth: int) -> str:
        """A method that a class has from a base outside of its module."""
        name = rest.partition(".")[0]
        if name in own.methods or not own.bases or depth > _DEEPEST:
            return ""
        base = self.resolve(own.bases[0], path, depth + 1)
        return "" if base.startswith("?") else self.resolve(f"{base}.{rest}", path, depth + 1)
