"""What values an expression can have: followed through variables, fields, parameters, options and loaded configs."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from harvester.models.code import Call, Function
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Role
from harvester.probes.code import lines_of, loops_of
from harvester.probes.command_lines import given_on_command_lines
from harvester.probes.configs import find_settings
from harvester.probes.expressions import Value, assigned, name_parts, parse_expression, read_scalars, scopes_around
from harvester.probes.finding import Spot
from harvester.probes.preparing import only_prepares
from harvester.probes.threads import Site, full_name, function_at, lead

MACHINE = "the machine's count"
"""The value of `os.cpu_count()` and its like."""
_COUNTS = re.compile(
    r"(?:^|\.)(?:cpu_count|process_cpu_count|get_num_threads|device_count|sched_getaffinity|num_gpus|num_cpus)$"
)
_CASTS = frozenset(("int", "float", "str", "round", "max", "min", "abs", "len", "list", "tuple"))
_OPTIONS = re.compile(r"(?:^|\.)(?:Option|Argument|Field|field|option|argument)$")
_DEEPEST = 14
_MOST = 60


@dataclass(slots=True)
class Follower:
    """Follows expressions of one commit. Not known is no value: what cannot be read is left out."""

    facts: Facts
    _busy: set[tuple[Site, str]] = field(default_factory=set)
    _known: dict[tuple[Site, str], tuple[Value, ...]] = field(default_factory=dict)

    def follow(self, site: Site, text: str, line: int) -> tuple[Value, ...]:
        """The values of an expression that stands in a function, best known first."""
        key = (site, text)
        if key in self._known:
            return self._known[key]
        tree = parse_expression(text)
        if tree is None or key in self._busy or len(self._busy) > _DEEPEST:
            return ()
        self._busy.add(key)
        try:
            found = tuple(dict.fromkeys(self._values(site, tree, line)))[:_MOST]
        except RecursionError:
            found = ()
        self._busy.discard(key)
        self._known[key] = found
        return found

    def given(self, site: Site, call: Call, name: str, position: int | None = None) -> tuple[Value, ...]:
        """The values of a call's argument, also where it comes in a `**mapping`."""
        text = call.argument(name, position)
        if text is not None:
            return self.follow(site, text, call.line)
        return tuple(
            value
            for key, mapping in call.kwargs
            if key == "**"
            for value in self._spread(site, mapping.strip().lstrip("*"), name)
        )

    def _values(self, site: Site, tree: ast.expr, line: int) -> Iterator[Value]:
        here = Spot(site.path, line)
        match tree:
            case ast.Constant(value=value):
                yield Value(value, here)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                yield Value(-value, here)
            case ast.IfExp(body=body, orelse=other):
                for part in (body, other):
                    yield from self._values(site, part, line)
            case ast.BoolOp(values=parts):
                for part in parts:
                    yield from self._values(site, part, line)
            case ast.BinOp(left=left, right=right):
                parts = [part for part in (left, right) if not isinstance(part, ast.Constant)]
                for part in parts:
                    yield from self._values(site, part, line)
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                yield Value(tuple(part.value for part in parts if isinstance(part, ast.Constant)), here)
            case ast.Call():
                yield from self._call(site, tree, line)
            case ast.Name(id=name):
                yield from self._name(site, name)
            case ast.Attribute() | ast.Subscript():
                yield from self._dotted(site, tree)

    def _call(self, site: Site, tree: ast.Call, line: int) -> Iterator[Value]:
        name = ast.unparse(tree.func)
        if _COUNTS.search(name):
            yield Value(MACHINE, Spot(site.path, line))
        elif name in _CASTS or name.rpartition(".")[2] in _CASTS:
            for part in tree.args:
                yield from self._values(site, part, line)
        elif _OPTIONS.search(name):
            given = [key.value for key in tree.keywords if key.arg in ("default", "value")] or tree.args[:1]
            for part in given:
                yield from self._values(site, part, line)
        elif name == "getattr" and len(tree.args) > 1 and isinstance(tree.args[1], ast.Constant):
            whole = ast.Attribute(tree.args[0], str(tree.args[1].value), ast.Load())
            yield from self._or_default(site, whole, tree.args[2:3], line)
        elif isinstance(tree.func, ast.Attribute) and tree.func.attr == "get" and tree.args:
            key = tree.args[0]
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                whole = ast.Attribute(tree.func.value, key.value, ast.Load())
                yield from self._or_default(site, whole, tree.args[1:2], line)
        else:
            for lead_site in lead(self.facts, full_name(self.facts, site.path, name)):
                yield from self._returned(lead_site)

    def _or_default(self, site: Site, tree: ast.expr, default: list[ast.expr], line: int) -> Iterator[Value]:
        """What a config sets, else the default."""
        found = tuple(self._dotted(site, tree))
        yield from found
        if not found:
            for part in default:
                yield from self._values(site, part, line)

    def _returned(self, site: Site) -> Iterator[Value]:
        """What a function of the repository returns, read from its `return` lines."""
        function = function_at(self.facts, site)
        if function is None:
            return
        for number, line in enumerate(lines_of(self.facts, site.path, function), function.line):
            found = re.match(r"\s+return\s+([^#]+)", line)
            if found:
                yield from self.follow(site, found[1].strip(), number)

    def _name(self, site: Site, name: str) -> Iterator[Value]:
        """A variable of the function or of what is around it, else a parameter."""
        scope: str | None = site.name
        file = self.facts.python[site.path]
        while scope is not None:
            inside = Site(site.path, scope)
            assigns = [
                (text, one.line)
                for one in file.assigns
                if one.within == scope and (text := assigned(one.target, one.value, name))
            ]
            for text, line in assigns:
                yield from self.follow(inside, text, line)
            function = function_at(self.facts, inside)
            if function and any(param.name == name for param in function.params):
                yield from self._parameter(inside, function, name)
                return
            looped = tuple(self._looped(inside, name))
            yield from looped
            if assigns or looped:
                return
            scope = scope.rpartition(".")[0] if scope else None
        target = next((item.target for item in file.imports if item.name == name), "")
        module, _, own = target.rpartition(".")
        if module in self.facts.modules:
            yield from self._name(Site(self.facts.modules[module], ""), own)

    def _looped(self, site: Site, name: str) -> Iterator[Value]:
        """What a loop sets a variable to: each of a list; of a range the last."""
        for names, given, line in loops_of(self.facts, site.path, site.name):
            tree = parse_expression(given) if names == name else None
            if isinstance(tree, ast.List | ast.Tuple):
                for part in tree.elts:
                    yield from self._values(site, part, line)
            elif isinstance(tree, ast.Call) and ast.unparse(tree.func) == "range" and tree.args:
                for value in self._values(site, tree.args[min(1, len(tree.args) - 1)], line):
                    if isinstance(value.value, int):
                        yield Value(value.value - 1, value.spot)

    def _parameter(self, site: Site, function: Function, name: str) -> Iterator[Value]:
        """What callers give, and the default where one of them gives nothing."""
        names = [param.name for param in function.params]
        method = names[:1] in (["self"], ["cls"])
        position = names.index(name) - method
        someone, told = False, False
        left_out: list[tuple[str, Call]] = []
        for path, call in self._callers(site, function):
            someone = True
            values = self.given(Site(path, call.within), call, name, position)
            yield from values
            told = told or bool(values)
            if not values and call.argument(name, position) is None:
                left_out.append((path, call))
        if method and function.name.endswith(".__init__"):
            for value in self._instantiated(function, name):
                someone = True
                yield value
        if told:
            left_out = [(path, call) for path, call in left_out if not only_prepares(self.facts, path, call)]
        if left_out or not someone:
            yield from self._default(site, function, name)

    def _default(self, site: Site, function: Function, name: str) -> Iterator[Value]:
        param = next(param for param in function.params if param.name == name)
        if param.default:
            yield from self.follow(Site(site.path, ""), param.default, function.line)
        for decorator in function.decorators:
            written = " ".join(decorator.args)
            if f"--{name.replace('_', '-')}" in written.replace("_", "-") and (value := decorator.kwarg("default")):
                yield from self.follow(Site(site.path, ""), value, decorator.line)

    def _callers(self, site: Site, function: Function) -> Iterator[tuple[str, Call]]:
        name = function.name.removesuffix(".__init__")
        for full, (path, one) in self.facts.functions.items():
            if path == site.path and one.name == function.name:
                wanted = full.removesuffix(".__init__") if name != function.name else full
                for where, call in self.facts.calls.get(wanted, ()):
                    if self.facts.role(where) not in (*NO_EVIDENCE, Role.TESTS):
                        yield where, call

    def _instantiated(self, function: Function, name: str) -> Iterator[Value]:
        """What configs with a `_target_` give the class: `hydra.utils.instantiate(cfg.data)`."""
        wanted = function.name.removesuffix(".__init__")
        for path, tree in self.facts.configs.items():
            if self.facts.role(path) in NO_EVIDENCE:
                continue
            for _, node in tree.walk():
                target = node.get("_target_").text()
                if target.endswith(f".{wanted}") and name in node:
                    yield from read_scalars(path, node.get(name))

    def _dotted(self, site: Site, tree: ast.expr) -> Iterator[Value]:
        """`self.x`, `args.x`, `cfg.data.x`, `cfg["x"]`."""
        parts = name_parts(tree)
        if len(parts) < 2:
            return
        found = False
        if parts[0] == "self" and "." in site.name:
            for value in self._field(site, parts[1:]):
                found = True
                yield value
        else:
            for value in self._mapping(site, parts):
                found = True
                yield value
        if not found:
            name = parts[-1]
            for value in (
                *self._option(site, name),
                *given_on_command_lines(self.facts, site.path, name),
                *self._setting(parts[1:]),
            ):
                yield value
            yield from self._made(name)

    def _field(self, site: Site, parts: list[str]) -> Iterator[Value]:
        """A field of an object: what its class assigns, or the parameter that Lightning keeps in `hparams`."""
        file = self.facts.python[site.path]
        owner = site.name.rpartition(".")[0]
        if len(parts) == 1:
            for one in file.assigns:
                if one.target == f"self.{parts[0]}" and one.within.startswith(f"{owner}."):
                    yield from self.follow(Site(site.path, one.within), one.value, one.line)
        init = function_at(self.facts, Site(site.path, f"{owner}.__init__"))
        if parts[0] == "hparams" and init and any(param.name == parts[-1] for param in init.params):
            yield from self._parameter(Site(site.path, init.name), init, parts[-1])
        for item in file.classes:
            for param in item.fields if item.name == owner and len(parts) == 1 else ():
                if param.name == parts[0] and param.default:
                    yield from self.follow(Site(site.path, ""), param.default, item.line)

    def _mapping(self, site: Site, parts: list[str]) -> Iterator[Value]:
        """A key of a dict that code spells out."""
        if len(parts) == 2:
            yield from self._spread(site, parts[0], parts[1], only_code=True)

    def _spread(self, site: Site, mapping: str, name: str, *, only_code: bool = False) -> Iterator[Value]:
        """The value of a key of a mapping: a dict in code, keywords of callers, a part of a config."""
        tree = parse_expression(mapping)
        file = self.facts.python[site.path]
        found = False
        if isinstance(tree, ast.Name | ast.Attribute):
            for one in file.assigns:
                if one.target == mapping and one.within in ("", site.name, *scopes_around(site.name)):
                    for value in self._entry(Site(site.path, one.within), one.value, name, one.line):
                        found = True
                        yield value
        function = function_at(self.facts, site)
        if not found and function and isinstance(tree, ast.Name):
            for path, call in self._callers(site, function):
                if (text := call.kwarg(name)) is not None:
                    found = True
                    yield from self.follow(Site(path, call.within), text, call.line)
        if not found and tree is not None and not only_code:
            yield from self._setting([*name_parts(tree)[1:], name])

    def _entry(self, site: Site, text: str, name: str, line: int) -> Iterator[Value]:
        """The value of a key of `{...}` or `dict(...)`."""
        tree = parse_expression(text)
        if isinstance(tree, ast.Dict):
            for key, value in zip(tree.keys, tree.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == name:
                    yield from self._values(site, value, line + value.lineno - 1)
        elif isinstance(tree, ast.Call) and ast.unparse(tree.func) == "dict":
            for item in tree.keywords:
                if item.arg == name:
                    yield from self._values(site, item.value, line + item.value.lineno - 1)

    def _option(self, site: Site, name: str) -> Iterator[Value]:
        """The default of an `argparse` option."""
        for call in self.facts.python[site.path].calls:
            if call.name.endswith(".add_argument"):
                flags = {flag.strip("\"'").lstrip("-").replace("-", "_") for flag in call.args}
                if name in flags and (default := call.kwarg("default")):
                    yield from self.follow(Site(site.path, call.within), default, call.line)

    def _setting(self, parts: list[str]) -> Iterator[Value]:
        """What the configs set that code loads."""
        for path, node in find_settings(self.facts, parts):
            yield from read_scalars(path, node)

    def _made(self, name: str) -> Iterator[Value]:
        """A field of a data class: what code gives it when it makes one, or its default."""
        for full, (path, item) in self.facts.classes.items():
            param = next((one for one in item.fields if one.name == name and one.annotation), None)
            if param is None or self.facts.role(path) in (*NO_EVIDENCE, Role.TESTS):
                continue
            given = [
                value
                for where, call in self.facts.calls.get(full, ())
                if call.kwarg(name) is not None and self.facts.role(where) is not Role.TESTS
                for value in self.given(Site(where, call.within), call, name)
            ]
            yield from given
            if not given and param.default:
                yield from self.follow(Site(path, ""), param.default, item.line)
