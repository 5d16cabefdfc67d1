"""Expressions of Python source and values of configs, read without running anything."""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from harvester.models.files import Node
from harvester.models.snapshot import mend_escapes
from harvester.probes.finding import Spot


@dataclass(frozen=True, slots=True)
class Value:
    """A literal that an expression can have (of a list, a tuple of its literals), and where it is set."""

    value: object
    spot: Spot


def parse_expression(text: str) -> ast.expr | None:
    """The syntax tree of an expression, None where it is none (or is cut)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(mend_escapes(text.strip()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def assigned(target: str, value: str, name: str) -> str:
    """What an assignment gives a variable, as source: `n` of `kind, n = ("gpu", 2) if many else ("cpu", 1)`."""
    if target == name or name not in target or "," not in target:
        return value if target == name else ""
    names, tree = parse_expression(target), parse_expression(value)
    if not isinstance(names, ast.Tuple | ast.List) or tree is None:
        return ""
    places = [place for place, one in enumerate(names.elts) if isinstance(one, ast.Name) and one.id == name]
    starred = any(isinstance(one, ast.Starred) for one in names.elts)
    part = _part(tree, places[0]) if places and not starred else None
    return ast.unparse(part) if part is not None else ""


def _part(tree: ast.expr, place: int) -> ast.expr | None:
    match tree:
        case ast.Tuple(elts=parts) | ast.List(elts=parts) if place < len(parts):
            return parts[place]
        case ast.IfExp(test=test, body=body, orelse=other):
            one, two = _part(body, place), _part(other, place)
            return ast.IfExp(test, one, two) if one is not None and two is not None else one or two
    return None


def name_parts(tree: ast.expr) -> list[str]:
    """`cfg.data["x"]` -> cfg, data, x; empty for anything else."""
    parts: list[str] = []
    while True:
        match tree:
            case ast.Attribute(value=inner, attr=name):
                parts.append(name)
                tree = inner
            case ast.Subscript(value=inner, slice=ast.Constant(value=str() as name)):
                parts.append(name)
                tree = inner
            case ast.Name(id=name):
                return [name, *reversed(parts)]
            case _:
                return []


def scopes_around(name: str) -> Iterator[str]:
    """`outer` and so on of `outer.inner.most`, the nearest first."""
    while name := name.rpartition(".")[0]:
        yield name


def read_scalars(path: str, node: Node) -> Iterator[Value]:
    """The value of a setting; of a W&B style mapping what it holds under `value` or `default`."""
    if isinstance(node.value, dict):
        for key in ("value", "default"):
            if key in node:
                yield from read_scalars(path, node.get(key))
    elif isinstance(node.value, list):
        yield Value(tuple(part.text() for part in node.value), Spot(path, node.line))
    else:
        yield Value(node.value, Spot(path, node.line))
