"""Python source into `PythonFile`: one walk over tree-sitter's tree, then names are resolved within the file."""

import hashlib
import re
import time
from collections import defaultdict
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from harvester.facts.comments import find_commented
from harvester.facts.known import is_known_function
from harvester.facts.names import LOCAL, Scope, ends
from harvester.facts.python_walk import ARGUMENT, Definition, Place, TooLargeError, Walk, parameter_name
from harvester.models.code import Call, Class, Function, Param, PythonFile, Read

if TYPE_CHECKING:
    from tree_sitter import Node as Syntax
    from tree_sitter import Parser

_CHUNK = 1 << 16
_MOST_SECONDS = 10.0
_MOST_JOINED = 3_000


@cache
def _parser() -> "Parser":
    import tree_sitter
    import tree_sitter_python

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))


def parse_python(source: str, line_map: list[int] | None = None) -> tuple[PythonFile, int | None]:
    """The facts of a source text, and the line of its first syntax error.

    Parameters
    ----------
    line_map
        For notebooks: the line in the file of each line of the source.

    Raises
    ------
    TooLargeError
        More than 400,000 syntax nodes, or text that takes the parser longer than 10 seconds.
    """
    data = source.encode("utf-8", "replace")
    root = _parse(data)
    walk = Walk(data, line_map)
    walk.run(root)
    lines = source.count("\n") + (not source.endswith("\n") and bool(source))
    file = _Records(walk).file(lines)
    walk.let_go()
    return file, walk.line(_first_error(root)) if root.has_error else None


def _parse(data: bytes) -> "Syntax":
    """The syntax tree; hostile text that would take the parser minutes is given up."""
    end = time.monotonic() + _MOST_SECONDS
    if data.count(b"\\\n") > _MOST_JOINED:
        raise TooLargeError
    try:
        tree = _parser().parse(
            lambda offset, _: data[offset : offset + _CHUNK], progress_callback=lambda *_: time.monotonic() > end
        )
    except ValueError as error:
        raise TooLargeError from error
    return tree.root_node


def digest(source: str) -> str:
    """A fingerprint of source text that a formatter does not change: blanks, quotes, commas at the end of a list."""
    text = "".join(source.split()).replace("'", '"').replace(",)", ")").replace(",]", "]").replace(",}", "}")
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:16]


def _first_error(node: "Syntax") -> "Syntax":
    while not (node.is_error or node.is_missing):
        inner = next((child for child in node.children if child.has_error or child.is_missing), None)
        if inner is None:
            break
        node = inner
    return node


class _Records:
    """A finished walk as records, with names resolved."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.resolver = walk.resolver
        self.text = walk.resolver.text
        self.line = walk.line
        self.methods: dict[str, list[str]] = defaultdict(list)
        for definition in walk.definitions:
            owner, _, own = definition.name.rpartition(".")
            self.methods[owner].append(own)
        self.fields: dict[str, list[Param]] = defaultdict(list)
        for assign in walk.assigns:
            if "." not in assign.target:
                self.fields[assign.within].append(Param(assign.target, assign.annotation, assign.value[:200]))

    def file(self, lines: int) -> PythonFile:
        """Everything, with names resolved, of a source of so many lines."""
        calls = tuple(self.make_call(node, place) for node, place in self.walk.raw_calls)
        used = {"*", *self.walk.plain_reads, *self.walk.called, *_exported(self.walk)}
        imports = tuple(replace(item, used=False) if item.name not in used else item for item in self.walk.imports)
        return PythonFile(
            lines=lines,
            notebook=self.walk.line_map is not None,
            imports=imports,
            calls=calls,
            functions=tuple(self.make_functions()),
            classes=tuple(self.make_class(definition) for definition in self.walk.classes),
            assigns=tuple(self.walk.assigns),
            strings=tuple(self.walk.strings),
            reads=tuple(self.make_reads()),
            main_line=self.walk.main_line,
        )

    def make_call(self, node: "Syntax", place: Place) -> Call:
        function, arguments = ends(node)
        args: list[str] = []
        kwargs: list[tuple[str, str]] = []
        parts = arguments.named_children if arguments.type == "argument_list" else []
        for part in parts[:100]:
            kind = part.type
            if kind == "keyword_argument":
                name, value = ends(part)
                kwargs.append((self.text(name), self.text(value, ARGUMENT)))
            elif kind == "dictionary_splat":
                kwargs.append(("**", self.text(part, ARGUMENT)))
            elif kind != "comment":
                args.append(self.text(part, ARGUMENT))
        return Call(
            name=self.resolver.name(function, place.scope),
            line=self.line(node),
            args=tuple(args),
            kwargs=tuple(kwargs),
            within=place.within,
            result=self.walk.results.get(node.id, ""),
            loop=place.loop,
            condition=place.condition,
        )

    def make_functions(self) -> list[Function]:
        commented = find_commented(
            self.walk.comments,
            [((d.decorators or [d.node])[0].start_point[0], d.node.end_point[0]) for d in self.walk.definitions],
        )
        return [self.make_function(d, has) for d, has in zip(self.walk.definitions, commented, strict=True)]

    def make_function(self, definition: Definition, commented: bool) -> Function:
        node = definition.node
        body = node.child_by_field_name("body")
        statements = [child for child in body.named_children if child.type != "comment"] if body is not None else []
        docstring = bool(statements) and _is_docstring(statements[0])
        hint = node.child_by_field_name("return_type")
        mark = digest(self.walk.source[node.start_byte : node.end_byte].decode("utf-8", "replace"))
        gives = self.resolver.name(hint, definition.place.scope) if hint is not None else ""
        if not gives or gives.startswith("?"):
            named = (self.resolver.name(value, definition.scope) for value in definition.returned)
            gives = next((name for name in named if not name.startswith("?")), "")
        return Function(
            name=definition.name,
            line=self.line(node),
            end_line=self.walk.line_of(node.end_point[0]),
            params=tuple(self.make_params(node, definition.place.scope)),
            decorators=tuple(self.make_decorator(part, definition.place) for part in definition.decorators),
            returns=self.text(hint, 200) if hint is not None else "",
            gives=gives,
            docstring=docstring,
            commented=commented,
            stub=all(_does_nothing(self.text(part, 60), part) for part in statements[docstring:]),
            nested=definition.place.nested,
            asserts=tuple(definition.asserts),
            digest=mark,
            template=is_known_function(mark),
        )

    def make_params(self, node: "Syntax", scope: Scope) -> list[Param]:
        parameters = node.child_by_field_name("parameters")
        found = []
        for part in parameters.named_children if parameters is not None else []:
            name, hint = parameter_name(part), part.child_by_field_name("type")
            default = part.child_by_field_name("value")
            if name is None:
                continue
            resolved = self.resolver.name(hint, scope) if hint is not None else ""
            annotation = self.text(hint, 200) if hint is not None and resolved.startswith("?") else resolved
            found.append(Param(self.text(name), annotation, self.text(default, 200) if default is not None else ""))
        return found

    def make_decorator(self, node: "Syntax", place: Place) -> Call:
        inner = node.named_children[0]
        if inner.type == "call":
            return self.make_call(inner, place)
        return Call(self.resolver.name(inner, place.scope), self.line(node), within=place.within)

    def make_class(self, definition: Definition) -> Class:
        node, scope = definition.node, definition.place.scope
        supers = node.child_by_field_name("superclasses")
        bases = (
            [part for part in supers.named_children if part.type != "keyword_argument"] if supers is not None else []
        )
        name = definition.name
        return Class(
            name=name,
            line=self.line(node),
            end_line=self.walk.line_of(node.end_point[0]),
            bases=tuple(self.resolver.name(part, scope).removesuffix("[]") for part in bases),
            decorators=tuple(self.make_decorator(part, definition.place) for part in definition.decorators),
            methods=tuple(self.methods[name]),
            fields=tuple(self.fields[name]),
        )

    def make_reads(self) -> list[Read]:
        """Names of imports, each once per line; what is called is among the calls."""
        imported = {item.name for item in self.walk.imports}
        plain: dict[tuple[str, int], tuple[Syntax, Place]] = {}
        for own, sites in self.walk.plain_reads.items():
            for node, place in sites if own in imported else ():
                plain.setdefault((own, node.start_point[0]), (node, place))
        found = {}
        for node, place in (*self.walk.raw_reads, *plain.values()):
            name = self.resolver.name(node, place.scope)
            if not name.startswith(("?", LOCAL)):
                found[name, self.line(node)] = Read(name, self.line(node), place.within)
        return sorted(found.values(), key=lambda read: (read.line, read.name))


def _exported(walk: Walk) -> set[str]:
    """The names in `__all__`."""
    values = (assign.value for assign in walk.assigns if assign.target == "__all__")
    return {name for value in values for name in re.findall(r"[\"'](\w+)[\"']", value)}


def _is_docstring(statement: "Syntax") -> bool:
    return (
        statement.type == "expression_statement"
        and statement.named_child_count == 1
        and statement.named_children[0].type in ("string", "concatenated_string")
    )


def _does_nothing(text: str, statement: "Syntax") -> bool:
    if statement.type == "pass_statement" or text == "...":
        return True
    return statement.type == "raise_statement" and "NotImplementedError" in text
