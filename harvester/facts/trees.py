"""YAML, TOML, JSON and INI text into a tree of values with their lines."""

import json
import re
import tomllib
from typing import Any

from harvester.facts.yaml_nodes import compose_yaml
from harvester.models.files import Node, Scalar
from harvester.models.snapshot import mend_escapes

MOST_VALUES = 20_000
_DEEPEST = 40
_LONGEST_LINE = 20_000
_LARGEST_NUMBER = 10_000
"""Bits."""


class BrokenError(ValueError):
    """Text that does not parse. `line` is where, None where that is not known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class TooMuchError(BrokenError):
    """Text that holds more than is read, whether or not it parses."""


def parse_yaml(text: str) -> Node:
    """A YAML 1.2 text; one with several documents is a list of them.

    Raises
    ------
    BrokenError
        It does not parse.
    TooMuchError
        Its aliases unfold to more than 20,000 values.
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        counter = [MOST_VALUES]
        nodes = [_from_yaml(document, counter, 0) for document in compose_yaml(text) if document is not None]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BrokenError("is no valid YAML", mark.line + 1 if mark else None) from error
    except (YAMLError, ValueError, TypeError, AttributeError, IndexError, RecursionError) as error:
        if isinstance(error, BrokenError):
            raise
        raise BrokenError("is no valid YAML") from error
    if len(nodes) == 1:
        return nodes[0]
    return Node(nodes, 1) if nodes else Node(None, 1)


def _from_yaml(node: Any, left: list[int], depth: int) -> Node:
    left[0] -= 1
    if left[0] < 0 or depth > _DEEPEST:
        raise TooMuchError("unfolds to more values than are read")
    line = node.start_mark.line + 1
    if node.id == "mapping":
        found: dict[str, Node] = {}
        for key, value in node.value:
            part = _from_yaml(value, left, depth + 1)
            if key.tag.endswith(":merge"):
                merged = part.value if isinstance(part.value, list) else [part]
                for other in merged:
                    found = {**(other.value if isinstance(other.value, dict) else {}), **found}
            else:
                at = key.start_mark.line + 1
                found[str(key.value)[:500]] = Node(part.value, at, part.block)
        return Node(found, line)
    if node.id == "sequence":
        return Node([_from_yaml(part, left, depth + 1) for part in node.value], line)
    block = line + 1 if node.style in ("|", ">") else None
    return Node(_scalar(node.tag, node.value, plain=not node.style), line, block)


def _scalar(tag: str, text: str, *, plain: bool) -> Scalar:
    kind = tag.rpartition(":")[2] if plain else "str"
    try:
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() in ("true", "yes", "on")
        if kind == "int":
            digits = text.replace("_", "")
            return int(digits, 0 if digits.lstrip("+-")[1:2].isalpha() else 10) if len(text) < 40 else text
        if kind == "float":
            return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text
    return text


_FILE_LIST = re.compile(r"^( *)files:\n(?=\1- (?:relpath|md5|size):)(?:\1(?:- |  ).*\n?)+", re.MULTILINE)


def without_file_lists(text: str) -> str:
    """A YAML text without the lists of single files that DVC keeps, which can be tens of thousands of lines long."""
    return _FILE_LIST.sub(lambda found: f"{found[1]}files:" + "\n" * found[0].count("\n"), text)


def parse_toml(text: str) -> Node:
    """A TOML text.

    Raises
    ------
    BrokenError
        It does not parse.
    TooMuchError
        It has a line of more than 20,000 characters.
    """
    if any(len(line) > _LONGEST_LINE for line in text.splitlines()):
        raise TooMuchError("has a line that is longer than is read")
    try:
        data = tomllib.loads(text.replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:  # Python's own of a number of thousands of digits
        found = re.search(r"line (\d+)", str(error))
        raise BrokenError("is no valid TOML", int(found[1]) if found else None) from error
    return _with_lines(data, _toml_lines(text))


def load_json(text: str) -> Any:
    """What a JSON text holds; half of a surrogate pair becomes a `?`.

    Raises
    ------
    ValueError
        It is none.
    RecursionError
        It is nested too deep.
    """
    data = json.loads(text)
    if mend_escapes(text) == text:
        return data
    return json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))


_COMMENT = re.compile(r"^[^\S\n]*+(?://.*|/\*(?:[^*\n]|\*(?!/))*+\*/[^\S\n]*+)$", re.MULTILINE)


def parse_json(text: str) -> Node:
    """A JSON text; comments and trailing commas, as editors allow them, are left out first.

    Raises
    ------
    BrokenError
        It does not parse.
    """
    try:
        data = load_json(text)
    except RecursionError as error:
        raise BrokenError("is nested too deep") from error
    except ValueError as error:
        relaxed = re.sub(r",(\s*[\]}])", r"\1", _COMMENT.sub("", text))
        try:
            data = load_json(relaxed)
        except (ValueError, RecursionError):
            raise BrokenError("is no valid JSON", getattr(error, "lineno", None)) from error
    return _with_lines(data, _json_lines(text))


def parse_ini(text: str) -> Node:
    """An INI text (`setup.cfg`, `tox.ini`, `.flake8`, `.dvc/config`): section -> key -> text. Never broken."""
    sections: dict[str, Node] = {}
    here: dict[str, Node] = {}
    key = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and "]" in line:
            name = line[1 : line.index("]")].strip()
            here = {}
            sections[name], key = Node(here, number), ""
        elif raw[0] in " \t" and key and not re.match(r"[\w.\-]+\s*=", line):
            old = here[key]
            here[key] = Node(f"{old.text()}\n{line}".strip("\n"), old.line, old.block or number)
        else:
            name, _, value = line.partition("=") if "=" in line else line.partition(":")
            key = name.strip()
            here[key] = Node(value.strip(), number)
    return Node(sections, 1)


Lines = dict[tuple[str, ...], int]


def _with_lines(data: object, lines: Lines) -> Node:
    left = [MOST_VALUES]

    def make(value: Any, path: tuple[str, ...], line: int) -> Node:
        left[0] -= 1
        if left[0] < 0 or len(path) > _DEEPEST:
            raise TooMuchError("holds more values than are read")
        line = lines.get(path, line)
        if isinstance(value, dict):
            return Node({str(key): make(part, (*path, str(key)), line) for key, part in value.items()}, line)
        if isinstance(value, list):
            return Node([make(part, (*path, str(number)), line) for number, part in enumerate(value)], line)
        if isinstance(value, int) and value.bit_length() > _LARGEST_NUMBER:  # in hexadecimal: it has no text
            raise BrokenError("holds a number that is longer than is read", line)
        if value is None or isinstance(value, str | int | float | bool):
            return Node(value, line)
        return Node(str(value), line)

    return make(data, (), 1)


_TOML_HEADER = re.compile(r"\s*+\[(\[?)([^\]]++)\]")
_TOML_KEY = re.compile(r"\s*((?:\"[^\"]+\"|'[^']+'|[\w\-]+)(?:\s*\.\s*(?:\"[^\"]+\"|'[^']+'|[\w\-]+))*)\s*=")


def _toml_lines(text: str) -> Lines:
    """Lines of tables, keys, and of list items that stand on lines of their own."""
    lines: Lines = {}
    table: tuple[str, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    open_list: tuple[str, ...] | None = None
    items = 0
    for number, raw in enumerate(text.splitlines(), 1):
        if open_list is not None:
            line = raw.strip()
            if line[:1] in ('"', "'", "{"):
                lines[(*open_list, str(items))] = number
                items += _items_of(line)
            if "]" in _without_strings(line):
                open_list = None
            continue
        if header := _TOML_HEADER.match(raw):
            table = _split_key(header[2])
            if header[1]:
                counts[table] = counts.get(table, -1) + 1
                table = (*table, str(counts[table]))
            lines[table] = number
        elif key := _TOML_KEY.match(raw):
            path = (*table, *_split_key(key[1]))
            lines.setdefault(path, number)
            rest = _without_strings(raw[key.end() :]).strip()
            if rest.startswith("[") and rest.count("[") > rest.count("]"):
                open_list, items = path, _items_of(raw[key.end() :].strip().lstrip("["))
    return lines


def _split_key(key: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r"\"[^\"]+\"|'[^']+'|[^.\s]+", key))


def _without_strings(text: str) -> str:
    return re.sub(r"\"[^\"]*\"|'[^']*'", "''", text).split("#", 1)[0]


def _items_of(text: str) -> int:
    plain = _without_strings(text).strip()
    return len([part for part in plain.strip("[]").split(",") if part.strip()])


_JSON_KEY = re.compile(r"\s*\"((?:[^\"\\]|\\.)*)\"\s*:")


def _json_lines(text: str) -> Lines:
    """Lines of keys by their path, for text that is laid out with one key per line."""
    lines: Lines = {}
    stack: list[tuple[int, str]] = []
    for number, raw in enumerate(text.splitlines()[:MOST_VALUES], 1):
        found = _JSON_KEY.match(raw)
        if not found:
            continue
        indent = len(raw) - len(raw.lstrip())
        while stack and stack[-1][0] >= indent:
            stack.pop()
        stack.append((indent, found[1]))
        lines.setdefault(tuple(name for _, name in stack[-_DEEPEST:]), number)
    return lines
