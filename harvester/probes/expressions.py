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
