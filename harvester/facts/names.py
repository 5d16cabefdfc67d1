"""What a name in a Python file stands for: scopes, bindings, and their resolution within the file.

Names come out as `models.code` describes, before linking: what the file itself defines begins with `@.`, what a
relative import names with dots.
"""

import builtins
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node as Syntax

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
LOCAL = "@."
_LONGEST = 200
_DEEPEST = 25
_RETURNS_ITSELF = frozenset(
    ("to", "cuda", "cpu", "half", "float", "double", "bfloat16", "train", "eval", "requires_grad_", "__enter__")
)
"""Methods after which a variable is still what it was."""


@dataclass(slots=True)
class Scope:
    """A module, class or function and what its names are bound to: a name, a value, a hint, or nothing known."""

    name: str
    parent: "Scope | None" = None
    is_class: bool = False
    instance: str = ""
    """What the method calls its object: `self`."""
    bindings: dict[str, "str | Bound"] = field(default_factory=dict)
    fields: dict[str, "Bound"] = field(default_factory=dict)
    """Attributes of a class's objects."""
    shared: set[str] = field(default_factory=set)
    """Names of the module that a function declares `global`."""

    def attribute(self, name: str) -> "Bound | None":
        """What a class's objects have by a name: what a method gives them, else what its body gives them all."""
        shared = self.bindings.get(name)
        return self.fields.get(name) or (shared if isinstance(shared, Bound) else None)

    def bind(self, name: str, target: "str | Bound") -> None:
        """Bind a name, unless it is bound to something known."""
        if self.bindings.get(name, "?") == "?":
            self.bindings[name] = target

    def owner(self) -> "Scope | None":
        """The class whose method this is, also for functions within it."""
        scope: Scope | None = self
        while scope is not None and not scope.is_class:
            scope = scope.parent
        return scope

    def knows_instance(self, name: str) -> bool:
        """Whether the name is the object of the method around."""
        scope: Scope | None = self
        while scope is not None and not scope.is_class:
            if scope.instance == name:
                return True
            scope = scope.parent
        return False


@dataclass(slots=True)
class Bound:
    """A value or hint that has not been resolved yet."""

    node: "Syntax"
    scope: Scope
    busy: bool = False


def ends(node: "Syntax") -> "tuple[Syntax, Syntax]":
    """The first and the last part of a node: function and arguments of a call, object and name of an attribute.

    Comments and errors only ever stand between them. A node keeps its children, while a search for a field costs ten
    times as much and makes a new node each time.
    """
    parts = node.children
    return parts[0], parts[-1]


def sides(assignment: "Syntax") -> "tuple[Syntax, Syntax | None, Syntax | None]":
    """What is assigned to, its hint, and the value."""
    left, right = ends(assignment)
    if len(assignment.children) == 3 and assignment.children[1].type != ":":
        return left, None, right
    hint = assignment.child_by_field_name("type")
    return left, hint, right if right != hint else None


class Resolver:
    """Resolves the expressions of one file, after its scopes are complete."""

    def __init__(self, source: bytes, stars: list[str]) -> None:
        self.source = source
        self.plain = source.decode() if source.isascii() else None
        """The source where bytes are characters, so that texts are cut out of it without being decoded."""
        self.stars = stars
        self._depth = 0

    def text(self, node: "Syntax", longest: int = 300) -> str:
        """A node's source text, cut."""
        start, end = node.start_byte, node.end_byte
        if end > start + longest:
            end = start + longest
        return self.plain[start:end] if self.plain is not None else self.source[start:end].decode("utf-8", "replace")

    def name(self, node: "Syntax", scope: Scope) -> str:
        """The name of an expression; `?` and its text where it is not known."""
        if self._depth > _DEEPEST:
            return "?"
        self._depth += 1
        try:
            return self._name(node, scope)[:_LONGEST]
        finally:
            self._depth -= 1

    def _name(self, node: "Syntax", scope: Scope) -> str:
        kind = node.type
        if kind == "identifier":
            return self.lookup(self.text(node), scope)
        if kind == "attribute":
            return self._attribute(node, scope)
        if kind == "call":
            return self._called(ends(node)[0], scope)
        if kind in ("string", "concatenated_string"):
            return "str"
        if kind in ("parenthesized_expression", "await", "type", "generic_type") and node.named_child_count:
            return self.name(node.named_children[0], scope)
        if kind == "conditional_expression":
            return self.name(node.named_children[0], scope)
        if kind == "subscript":
            value = node.child_by_field_name("value")
            base = self.name(value, scope) if value is not None else "?"
            return base if base.startswith("?") else f"{base}[]"
        return "?"

    def _attribute(self, node: "Syntax", scope: Scope) -> str:
        value, attribute = ends(node)
        field_name = self.text(attribute)
        if value.type == "identifier" and scope.knows_instance(self.text(value)):
            owner = scope.owner()
            if owner is not None:
                bound = owner.attribute(field_name)
                found = self._resolve(bound) if bound else "?"
                return found if not found.startswith("?") else f"{LOCAL}{owner.name}.{field_name}"
        return f"{self.name(value, scope)}.{field_name}"

    def _called(self, function: "Syntax", scope: Scope) -> str:
        """The name of what a call gives: an object of a class goes by the class."""
        if function.type == "attribute":
            value, attribute = ends(function)
            if self.text(attribute) in _RETURNS_ITSELF:
                return self.name(value, scope)
        return self.name(function, scope)

    def lookup(self, name: str, scope: Scope | None) -> str:
        """What a plain name stands for in a scope."""
        first = True
        while scope is not None:
            target = scope.bindings.get(name) if first or not scope.is_class else None
            if isinstance(target, str):
                return f"?{name}" if target == "?" else target
            if target is not None:
                found = self._resolve(target)
                return f"?{name}" if found.startswith("?") else found
            first = False
            scope = scope.parent
        if name in BUILTINS:
            return name
        return f"{self.stars[0]}.{name}" if len(self.stars) == 1 else f"?{name}"

    def _resolve(self, bound: Bound) -> str:
        if bound.busy:
            return "?"
        bound.busy = True
        try:
            return self.name(bound.node, bound.scope)
        finally:
            bound.busy = False
