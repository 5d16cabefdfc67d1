"""One file's bytes into a `Blob`: a pure function of them and of the kind of file."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from harvester.facts import kinds
from harvester.facts.docker import parse_dockerfile
from harvester.facts.documents import parse_document
from harvester.facts.known import is_known_line, origin
from harvester.facts.make import parse_targets
from harvester.facts.mending import mend
from harvester.facts.notebook import read_cells
from harvester.facts.python import parse_python
from harvester.facts.python_walk import TooLargeError
from harvester.facts.requirements import parse_lock, parse_requirements
from harvester.facts.shell import logical_lines
from harvester.facts.trees import (
    BrokenError,
    TooMuchError,
    parse_ini,
    parse_json,
    parse_toml,
    parse_yaml,
    without_file_lists,
)
from harvester.models.code import PythonFile
from harvester.models.files import Blob
from harvester.models.snapshot import decode

_SMALL = 8_000
"""Bytes of a file up to which what was read of it is remembered for the next groups."""
_TEMPLATE = re.compile(r"^[ \t]*+\{[{%]|[:-][ \t]++\{\{", re.MULTILINE)
"""What a chart or a cookiecutter fills in: it was never meant to parse, and holds nothing that is looked for."""
_SIGNS = {kinds.NOTEBOOK: '"cells"', kinds.JSON: '":', kinds.TOML: "="}
"""What a file of a kind has at the least: without it, it is of another kind, and nothing is lost."""
_CONFLICT = re.compile(r"^(?:<{7} .*|>{7} .*)$", re.MULTILINE)
_COPYRIGHT = re.compile(r"copyright\s*(?:\(c\)|©|\d{4}).{0,120}", re.IGNORECASE)
_DOCSTRING = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*+[rR]?(\"\"\"|''')(.*?)\1", re.DOTALL)
_NOTICE = re.compile(
    rf"{_COPYRIGHT.pattern}|licensed under the .{{0,80}}licen[sc]e|spdx-license-identifier:.{{0,60}}",
    re.IGNORECASE,
)


def parse_blob(data: bytes, kind: str, name: str) -> Blob:
    """Read one file; a small one that another group has, too, as what the course gives out, is read once.

    Parameters
    ----------
    kind
        As `kind_of` says.
    name
        The last part of its path, in small letters.
    """
    return (_parse_small if len(data) <= _SMALL else _parse)(data, kind, name)


def outline_blob(data: bytes, kind: str) -> Blob:
    """A document as `parse_blob` reads it, but for what stands in it."""
    return _parse(data, kind, "", outline=True)


def _parse(data: bytes, kind: str, name: str, *, outline: bool = False) -> Blob:
    if data.startswith(kinds.LFS_POINTER.encode()):
        return Blob(kind, unread="git-lfs keeps it elsewhere")
    text = decode(data)
    if text is None:
        return Blob(kind, broken="is no text", unread="is no text")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    parse = _PARSERS.get(kind) if not outline else None
    try:
        found = parse(text, name) if parse else {}
    except TooMuchError as error:
        found = {"unread": error.reason}
    except BrokenError as error:
        mended, lost = mend(text, lambda part: _whole(parse(part, name) if parse else {}))
        found = {**(mended or {}), "broken": error.reason, "broken_line": error.line}
        lost = lost and _SIGNS.get(kind, "") in text and not (kind == kinds.YAML and _TEMPLATE.search(text))
        found["unread"] = error.reason if lost else ""
    can_break = (
        "broken" not in found and "unread" not in found and kind not in kinds.DOCUMENTS and "\n=======\n" in text
    )
    if can_break and (conflict := _CONFLICT.search(text)):
        line = text.count("\n", 0, conflict.start()) + 1
        found |= {"broken": "holds the marks of an unresolved merge", "broken_line": line}
    return Blob(
        kind,
        lines=text.count("\n") + (bool(text) and not text.endswith("\n")),
        origin=origin(text) if kind not in (kinds.LOCK, kinds.HTML) else "",
        notice=_notice(text) if kind in (kinds.PYTHON, kinds.TEXT) else "",
        **found,
    )


_parse_small = lru_cache(maxsize=250)(_parse)


def _whole(found: dict[str, Any]) -> dict[str, Any]:
    """What was read of a mended text, where it is more than a word."""
    if "tree" in found and not found["tree"].parts():
        raise BrokenError("holds nothing")
    return found


def _notice(text: str) -> str:
    """The copyright line in the first comment of a source file, or in its docstring."""
    head = "\n".join(
        line for line in text[:3000].split("\n")[:40] if line.lstrip()[:1] in ("#", '"', "'", "/", "*", "")
    )
    docstring = _DOCSTRING.match(text[:3000])
    found = _NOTICE.search(head) or (_COPYRIGHT.search(docstring[2]) if docstring else None)
    return " ".join(found[0].split()) if found else ""


def _python(text: str, _: str) -> dict[str, Any]:
    return _checked(*_parse_python(text, None), text)


def _notebook(text: str, _: str) -> dict[str, Any]:
    source, numbers = read_cells(text)
    return _checked(*_parse_python(source, numbers), source)


def _parse_python(text: str, line_map: list[int] | None) -> tuple[PythonFile, int | None]:
    try:
        return parse_python(text, line_map)
    except TooLargeError as error:
        raise TooMuchError("is too large to be analysed") from error


def _checked(file: PythonFile, wrong: int | None, text: str) -> dict[str, Any]:
    """A file that tree-sitter cannot read may still be good Python."""
    if wrong is None or _compiles(text):
        return {"python": file}
    return {"python": file, "broken": "is no valid Python", "broken_line": wrong}


def _compiles(text: str) -> bool:
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _docker(text: str, _: str) -> dict[str, Any]:
    instructions, wrong = parse_dockerfile(text)
    broken = {"broken": "is no valid Dockerfile", "broken_line": wrong} if wrong else {}
    return {"instructions": instructions, **broken}


def _requirements(text: str, _: str) -> dict[str, Any]:
    entries, includes = parse_requirements(text)
    return {"requirements": entries, "includes": includes}


def _document(kind: str) -> Callable[[str, str], dict[str, Any]]:
    return lambda text, _: {"document": parse_document(text, kind, is_known_line)}


_PARSERS: dict[str, Callable[[str, str], dict[str, Any]]] = {
    kinds.PYTHON: _python,
    kinds.NOTEBOOK: _notebook,
    kinds.YAML: lambda text, _: {"tree": parse_yaml(without_file_lists(text))},
    kinds.WORKFLOW: lambda text, _: {"tree": parse_yaml(text)},
    kinds.TOML: lambda text, _: {"tree": parse_toml(text)},
    kinds.JSON: lambda text, _: {"tree": parse_json(text)},
    kinds.INI: lambda text, _: {"tree": parse_ini(text)},
    kinds.DOCKERFILE: _docker,
    kinds.REQUIREMENTS: _requirements,
    kinds.LOCK: lambda text, name: {"requirements": parse_lock(text, name)},
    kinds.SHELL: lambda text, _: {"commands": tuple(logical_lines(text))},
    kinds.MAKE: lambda text, _: {"targets": parse_targets(text)},
    kinds.JUST: lambda text, _: {"targets": parse_targets(text, just=True)},
    kinds.MARKDOWN: _document(kinds.MARKDOWN),
    kinds.RST: _document(kinds.RST),
    kinds.HTML: _document(kinds.HTML),
}
