"""The files of a repository as data: what each is, and what each kind holds. Made by `harvester.facts`."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Union

from harvester.models.code import PythonFile
from harvester.models.quick import quick

Scalar = Union[str, int, float, bool, None]  # noqa: UP007  (pydantic reads it at run time, in this order)


class Role(StrEnum):
    """What a file is in its repository."""

    PACKAGE = "package"
    """Python that is none of the others: the group's code."""
    TESTS = "tests"
    NOTEBOOK = "notebook"
    DOCS = "docs"
    TEMPLATE = "template"
    """Shipped by the course's template and unchanged."""
    VENDORED = "vendored"
    EXERCISE = "exercise"
    """A course exercise copied in."""
    GENERATED = "generated"
    """Written by a program: run folders, builds, caches."""
    REPORT = "report"
    OTHER = "other"


NO_EVIDENCE = (Role.VENDORED, Role.EXERCISE, Role.GENERATED)
"""Roles whose files prove nothing."""


@dataclass(frozen=True, slots=True)
class File:
    """One path. `kind` is how it is read (`python`, `yaml`, ..., empty where its content is not looked at).

    `broken` says why it does not parse, with the line; `unread` why it, or part of it, could not be read. `template`
    tells that the course's template ships it unchanged, whatever its role.
    """

    path: str
    kind: str
    role: Role
    size: int | None
    oid: str
    lines: int = 0
    template: bool = False
    broken: str = ""
    broken_line: int | None = None
    unread: str = ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def says_unread(self) -> str:
        """Why it may hold more than was read, as half a sentence."""
        return f"{self.path} {self.broken}" if self.broken else f"{self.path} could not be read ({self.unread})"


@quick
@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML, TOML or JSON file with its line. Of a mapping's value, the line is its key's.

    `block` is the line where the text of a block scalar (`|`, `>`) begins.
    """

    value: Scalar | dict[str, "Node"] | list["Node"]
    line: int = 0
    block: int | None = None

    def get(self, *keys: str | int) -> "Node":
        """The value under keys and indices; an empty node where there is none, so that calls chain."""
        node = self
        for key in keys:
            if isinstance(node.value, dict) and isinstance(key, str):
                node = node.value.get(key, NOTHING)
            elif isinstance(node.value, list) and isinstance(key, int) and -len(node.value) <= key < len(node.value):
                node = node.value[key]
            else:
                return NOTHING
        return node

    def __bool__(self) -> bool:
        return self is not NOTHING

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """Keys and values of a mapping, or indices (as text) and values of a list; nothing for a scalar."""
        if isinstance(self.value, dict):
            yield from self.value.items()
        elif isinstance(self.value, list):
            yield from ((str(number), part) for number, part in enumerate(self.value))

    def parts(self) -> tuple["Node", ...]:
        """The values of a mapping or list; nothing for a scalar."""
        return tuple(part for _, part in self.items())

    def nodes(self) -> tuple["Node", ...]:
        """The parts of a list; a scalar or mapping as a list of one; nothing for null."""
        if isinstance(self.value, list):
            return tuple(self.value)
        return () if self.value is None else (self,)

    def text(self) -> str:
        """A scalar as text, booleans and null as YAML writes them; empty for mappings and lists."""
        if isinstance(self.value, dict | list) or self.value is None:
            return ""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return str(self.value)

    def texts(self) -> tuple[str, ...]:
        """The texts of a list, or of a scalar as a list of one."""
        return tuple(text for node in self.nodes() if (text := node.text()))

    def walk(self, path: str = "") -> Iterator[tuple[str, "Node"]]:
        """Every value below, with its dotted path (`steps.0.name`), mappings and lists too, in the file's order."""
        pending = [(path, self)]
        while pending:
            path, node = pending.pop()
            yield path, node
            if isinstance(node.value, dict):
                pending += [(f"{path}.{key}" if path else key, part) for key, part in reversed(node.value.items())]
            elif isinstance(node.value, list):
                last = len(node.value) - 1
                parts = enumerate(reversed(node.value))
                pending += [(f"{path}.{last - back}" if path else str(last - back), part) for back, part in parts]


NOTHING = Node(None)


@dataclass(frozen=True, slots=True)
class Instruction:
    """A Dockerfile instruction, continuation lines joined; `name` in capitals."""

    name: str
    text: str
    line: int


@quick
@dataclass(frozen=True, slots=True)
class Line:
    """A line of text with its number; a command, a path, a heading."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Target:
    """A target of a Makefile or a recipe of a justfile, with its commands and the targets it needs."""

    name: str
    line: int
    needs: tuple[str, ...] = ()
    commands: tuple[Line, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class Link:
    """A link or image of a document; `target` as it is written."""

    target: str
    line: int
    image: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A Markdown, reStructuredText or HTML page.

    `prose` are the lines with words that the course's template does not ship: code, trees and pictures are left out.
    """

    headings: tuple[Line, ...] = ()
    prose: tuple[Line, ...] = ()
    commands: tuple[Line, ...] = ()
    """Lines of code blocks and of inline code."""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """One entry of a dependency list. `group` is the extra or group it is in; `pinned` tells of `==`."""

    name: str
    line: int
    group: str = ""
    pinned: bool = False
    specifier: str = ""


@dataclass(frozen=True, slots=True)
class SecretSpot:
    """Where a secret stands; never the secret."""

    line: int
    kind: str


@dataclass(frozen=True, slots=True)
class Blob:
    """What was read out of one file's bytes: a pure function of them and of the kind of file, so it can be kept.

    Only the fields of the kind are filled.
    """

    kind: str
    lines: int = 0
    broken: str = ""
    broken_line: int | None = None
    unread: str = ""
    """Why nothing, or not everything, could be read out of it."""
    origin: str = ""
    """`template` or `exercise` where the course gave the file out and nobody changed it."""
    notice: str = ""
    """The copyright line or licence header of another project."""
    python: PythonFile | None = None
    tree: Node | None = None
    instructions: tuple[Instruction, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    includes: tuple[Line, ...] = ()
    commands: tuple[Line, ...] = ()
    targets: tuple[Target, ...] = ()
    document: Document | None = None
