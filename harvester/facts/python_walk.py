"""A walk over the syntax tree of Python source: what stands where, and what each name is bound to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from harvester.facts.comments import Comment
from harvester.facts.names import LOCAL, Bound, Resolver, Scope, ends, sides
from harvester.models.code import Assign, Import, Text

if TYPE_CHECKING:
    from tree_sitter import Node as Syntax

MOST_NODES = 400_000
ARGUMENT = 1_500
_VALUE = 6_000
_MOST_STRINGS = 3_000
_QUOTES = b"\"'"
"""A string that begins with one of them has no placeholders."""
_OPENING = re.compile(r"[rRbBfFuUtT]{0,3}(\"\"\"|'''|\"|')")
_LOOPS = ("for_statement", "while_statement", "list_comprehension", "generator_expression", "dictionary_comprehension")
_SEVERAL = ("expression_list", "tuple", "list", "conditional_expression", "parenthesized_expression")
"""What can be unpacked into several names as it is written."""


class TooLargeError(ValueError):
    """A file with more syntax than is walked."""


class Place(NamedTuple):
    """Where the walk is."""

    scope: Scope
    within: str = ""
    loop: bool = False
    condition: str = ""
    nested: bool = False


@dataclass(slots=True)
class Definition:
    """A function or class as it was met, with the decorators above it."""

    node: "Syntax"
    place: Place
    name: str
    decorators: list["Syntax"]
    scope: Scope
    asserts: list[int] = field(default_factory=list)
    returned: list["Syntax"] = field(default_factory=list)


class Walk:
    """One file's walk. Records are kept raw until all scopes are known."""

    def __init__(self, source: bytes, line_map: list[int] | None) -> None:
        self.source = source
        self.line_map = line_map
        self.stars: list[str] = []
        self.resolver = Resolver(source, self.stars)
        self.text = self.resolver.text
        self.module = Scope("")
        self.imports: list[Import] = []
        self.raw_calls: list[tuple[Syntax, Place]] = []
        self.results: dict[int, str] = {}
        self.definitions: list[Definition] = []
        self.by_scope: dict[int, Definition] = {}
        self.classes: list[Definition] = []
        self.assigns: list[Assign] = []
        self.strings: list[Text] = []
        self.raw_reads: list[tuple[Syntax, Place]] = []
        self.plain_reads: dict[str, list[tuple[Syntax, Place]]] = {}
        self.comments: list[Comment] = []
        self.called: set[str] = set()
        self.main_line: int | None = None
        self.pending: list[tuple[Syntax, Place]] = []

    def line(self, node: "Syntax") -> int:
        row: int = node.start_point[0]
        return self.line_of(row)

    def line_of(self, row: int) -> int:
        if self.line_map is None:
            return row + 1
        return self.line_map[min(row, len(self.line_map) - 1)] if self.line_map else 1

    def run(self, root: "Syntax") -> None:
        """Walk the tree in the order of the source."""
        pending = self.pending
        pending.append((root, Place(self.module)))
        left = MOST_NODES
        while pending:
            node, place = pending.pop()
            left -= 1
            if left < 0:
                raise TooLargeError
            visit = _VISITS.get(node.type)
            if visit is not None:
                visit(self, node, place)
            elif children := node.named_children:
                self.push(children, place._replace(loop=True) if node.type in _LOOPS else place)

    def let_go(self) -> None:
        """Part the scopes from their values, which know them: else a whole tree waits for the garbage collector."""
        for scope in (self.module, *(definition.scope for definition in (*self.definitions, *self.classes))):
            scope.bindings.clear()
            scope.fields.clear()

    def push(self, nodes: "Sequence[Syntax]", place: Place) -> None:
        """Walk named nodes next, in their order."""
        for node in reversed(nodes):  # faster than a list of so few
            self.pending.append((node, place))

    def visit_comment(self, node: "Syntax", _: Place) -> None:
        self.comments.append(Comment(node.start_point[0], self.text(node, 200)))

    def visit_identifier(self, node: "Syntax", place: Place) -> None:
        self.plain_reads.setdefault(self.text(node), []).append((node, place))

    def visit_attribute(self, node: "Syntax", place: Place) -> None:
        self.raw_reads.append((node, place))
        self.push_object(node, place)

    def push_object(self, node: "Syntax", place: Place) -> None:
        """Walk what a dotted name begins with."""
        value = ends(node)[0]
        while value.type == "attribute":
            value = ends(value)[0]
        self.pending.append((value, place))

    def visit_call(self, node: "Syntax", place: Place) -> None:
        self.raw_calls.append((node, place))
        function, arguments = ends(node)
        self.push(arguments.named_children if arguments.type == "argument_list" else [arguments], place)
        if function.type == "attribute":
            self.push_object(function, place)
        elif function.type == "identifier":
            self.called.add(self.text(function))
        else:
            self.pending.append((function, place))

    def visit_keyword(self, node: "Syntax", place: Place) -> None:
        self.pending.append((ends(node)[1], place))

    def visit_string(self, node: "Syntax", place: Place) -> None:
        if len(self.strings) < _MOST_STRINGS and node.end_byte - node.start_byte > 4:
            self.strings.append(Text(unquote(self.text(node, ARGUMENT)), self.line(node), place.within))
        if self.source[node.start_byte] not in _QUOTES:
            self.push([child for child in node.named_children if child.type == "interpolation"], place)

    def visit_expression(self, node: "Syntax", place: Place) -> None:
        """A string that stands alone is a docstring or a note: no evidence."""
        parts = node.named_children
        if len(parts) != 1 or parts[0].type not in ("string", "concatenated_string"):
            self.push(parts, place)

    def visit_if(self, node: "Syntax", place: Place) -> None:
        condition = node.child_by_field_name("condition")
        text = " ".join(self.text(condition, 160).split()) if condition is not None else ""
        if "__name__" in text and "__main__" in text:
            self.main_line = self.main_line or self.line(node)
            text = ""
        for child in reversed(node.named_children):
            if condition is not None and child == condition:
                self.pending.append((child, place))
            elif child.type == "else_clause":
                self.pending.append((child, place._replace(condition=f"not ({text})" if text else place.condition)))
            else:
                self.pending.append((child, place._replace(condition=text or place.condition)))

    def visit_import(self, node: "Syntax", place: Place) -> None:
        for part in node.named_children:
            if part.type == "aliased_import":
                name, alias = part.child_by_field_name("name"), part.child_by_field_name("alias")
                if name is not None and alias is not None:
                    self.add_import(self.text(alias), self.text(name), node, place)
            elif part.type == "dotted_name":
                target = self.text(part)
                self.add_import(target.split(".")[0], target, node, place, bound=target.split(".")[0])

    def visit_import_from(self, node: "Syntax", place: Place) -> None:
        module = node.child_by_field_name("module_name")
        base = "".join(self.text(module).split()) if module is not None else ""
        if any(child.type == "wildcard_import" for child in node.children):
            self.stars.append(base)
            self.add_import("*", base, node, place)
            return
        for part in node.children_by_field_name("name"):
            name = part.child_by_field_name("name") if part.type == "aliased_import" else part
            alias = part.child_by_field_name("alias") if part.type == "aliased_import" else part
            if name is not None and alias is not None:
                target = f"{base}{'' if base.endswith('.') else '.'}{self.text(name)}"
                self.add_import(self.text(alias), target, part, place)

    def add_import(self, name: str, target: str, node: "Syntax", place: Place, bound: str = "") -> None:
        self.imports.append(Import(name, target, self.line(node), within=place.within))
        if name != "*":
            place.scope.bind(name, bound or target)

    def visit_definition(self, node: "Syntax", place: Place) -> None:
        """A function or class, with the decorators above it."""
        decorators: list[Syntax] = []
        if node.type == "decorated_definition":
            decorators = [child for child in node.children if child.type == "decorator"]
            inner = node.child_by_field_name("definition")
            if inner is None:
                return
        else:
            inner = node
        name_node = inner.child_by_field_name("name")
        own = self.text(name_node) if name_node is not None else ""
        name = f"{place.within}.{own}" if place.within else own
        is_class = inner.type == "class_definition"
        place.scope.bind(own, LOCAL + name)
        scope = Scope(name, place.scope, is_class)
        definition = Definition(inner, place, name, decorators, scope)
        (self.classes if is_class else self.definitions).append(definition)
        if not is_class:
            self.by_scope[id(scope)] = definition
        body = [child for child in inner.named_children if child != name_node and child.type != "parameters"]
        here = Place(scope, name, nested=place.nested or not is_class)
        parameters = inner.child_by_field_name("parameters")
        if parameters is not None:
            self.bind_parameters(parameters, definition, place)
        self.push(body, here)
        self.push(decorators, place)

    def bind_parameters(self, parameters: "Syntax", definition: Definition, place: Place) -> None:
        scope = definition.scope
        for number, part in enumerate(parameters.named_children):
            name = parameter_name(part)
            if name is None:
                continue
            text = self.text(name)
            hint = part.child_by_field_name("type")
            if number == 0 and place.scope.is_class and text in ("self", "cls"):
                scope.instance = text
            scope.bindings[text] = Bound(hint, place.scope) if hint is not None else "?"
            self.push([n for n in (hint, part.child_by_field_name("value")) if n is not None], place)

    def visit_assignment(self, node: "Syntax", place: Place) -> None:
        left, hint, right = sides(node)
        kind = left.type
        if kind in ("identifier", "attribute", "subscript"):
            target = self.text(left, 200)
            value = self.text(right, _VALUE) if right is not None else ""
            annotation = self.text(hint, 200) if hint is not None else ""
            self.assigns.append(Assign(target, value, self.line(node), place.within, annotation))
            self.bind_target(left, right if right is not None else hint, place)
        elif right is not None and right.type == "call":
            self.results[right.id] = self.text(left, 200)
        elif right is not None and right.type in _SEVERAL:
            self.assigns.append(Assign(self.text(left, 200), self.text(right, _VALUE), self.line(node), place.within))
        if kind != "identifier":
            self.pending.append((left, place))
        self.push([part for part in (hint, right) if part is not None], place)

    def bind_target(self, left: "Syntax", value: "Syntax | None", place: Place) -> None:
        if value is None:
            return
        if value.type in ("call", "await"):
            call = value if value.type == "call" else value.named_children[0]
            self.results[call.id] = self.text(left, 200)
        if left.type == "identifier":
            name = self.text(left)
            bindings = (self.module if name in place.scope.shared else place.scope).bindings
            bound = bindings.get(name)
            if bound is None or not self.known(bound):
                bindings[name] = Bound(value, place.scope)
        elif left.type == "attribute":
            owner, parts = place.scope.owner(), self.text(left, 200).split(".")
            if owner is not None and len(parts) == 2 and place.scope.knows_instance(parts[0]):
                bound = owner.fields.get(parts[1])
                if bound is None or not self.known(bound):
                    owner.fields[parts[1]] = Bound(value, place.scope)

    def known(self, bound: str | Bound) -> bool:
        """Whether a binding may lead to a name, so that a later one does not replace it."""
        if isinstance(bound, str):
            return bound != "?"
        return bound.node.type in ("call", "await", "attribute", "type", "conditional_expression")

    def visit_global(self, node: "Syntax", place: Place) -> None:
        place.scope.shared.update(self.text(child) for child in node.named_children)

    def visit_as(self, node: "Syntax", place: Place) -> None:
        """`with open() as file`, `except Error as error`."""
        target = next((child for child in node.named_children if child.type == "as_pattern_target"), None)
        if target is not None and node.named_children[0].type == "call":
            self.bind_target(target.named_children[0], node.named_children[0], place)
        self.push([child for child in node.named_children if child.type != "as_pattern_target"], place)

    def visit_assert(self, node: "Syntax", place: Place) -> None:
        definition = self.enclosing(place)
        if definition is not None:
            definition.asserts.append(self.line(node))
        self.push(node.named_children, place)

    def visit_return(self, node: "Syntax", place: Place) -> None:
        definition = self.enclosing(place)
        if definition is not None and node.named_child_count:
            definition.returned.append(node.named_children[0])
        self.push(node.named_children, place)

    def enclosing(self, place: Place) -> Definition | None:
        """The function around a place."""
        return self.by_scope.get(id(place.scope))


_VISITS = {
    "comment": Walk.visit_comment,
    "identifier": Walk.visit_identifier,
    "attribute": Walk.visit_attribute,
    "call": Walk.visit_call,
    "keyword_argument": Walk.visit_keyword,
    "string": Walk.visit_string,
    "expression_statement": Walk.visit_expression,
    "if_statement": Walk.visit_if,
    "elif_clause": Walk.visit_if,
    "import_statement": Walk.visit_import,
    "import_from_statement": Walk.visit_import_from,
    "function_definition": Walk.visit_definition,
    "class_definition": Walk.visit_definition,
    "decorated_definition": Walk.visit_definition,
    "assignment": Walk.visit_assignment,
    "named_expression": Walk.visit_assignment,
    "as_pattern": Walk.visit_as,
    "assert_statement": Walk.visit_assert,
    "return_statement": Walk.visit_return,
    "global_statement": Walk.visit_global,
}


def unquote(text: str) -> str:
    """A string literal without prefix and quotes, placeholders of f-strings left in."""
    found = _OPENING.match(text)
    return text[found.end() :].removesuffix(found[1]) if found else text


def parameter_name(node: "Syntax") -> "Syntax | None":
    while node.type not in ("identifier", "comment"):
        inner = node.child_by_field_name("name")
        if inner is None:
            inner = node.named_children[0] if node.named_child_count else None
        if inner is None:
            return None
        node = inner
    return node if node.type == "identifier" else None
