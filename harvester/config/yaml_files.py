"""YAML files of the course and of Harvester, read with bounds. The only place of `config` that knows the syntax."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError, SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from harvester.errors import ConfigError

MAX_BYTES = 2_000_000
MAX_VALUES = 200_000
MAX_DEPTH = 60

Key = str | int


class _Constructor(SafeConstructor):
    """Times stay text: what reads them knows the course's time zone."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping that a YAML 1.2 file holds.

    Raises
    ------
    ConfigError
        The file is not there, not UTF-8, larger than 2 MB, not YAML, no mapping, has a key twice, or its aliases
        unfold to more than 200,000 values.
    """
    try:
        data = _parser().load(_text(path))
    except DuplicateKeyError as error:
        raise ConfigError(f"{_at(path, error)}: {_first_line(error.problem)}.", "Keep one of the two.") from error
    except MarkedYAMLError as error:
        raise ConfigError(f"{_at(path, error)} is not YAML: {_first_line(error.problem)}.") from error
    except (YAMLError, ValueError, TypeError, RecursionError) as error:
        raise ConfigError(f"{path} is not YAML that can be read: {_first_line(error)}.") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path} has to hold `key: value` lines.")
    _check_size(path, data)
    return data


def line_of(path: Path, keys: Sequence[Key]) -> int | None:
    """The 1-based line of a value, or of the nearest thing around it that is there; None where nothing is.

    Reads the file again: made for messages about a file that `read_yaml` could read.
    """
    try:
        node: Node | None = _parser().compose(_text(path))
    except (YAMLError, ConfigError):
        return None
    line: int | None = None
    for key in keys:
        found = _child(node, key)
        if found is None:
            break
        node, line = found
    return line


def _parser() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Constructor
    return yaml


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigError(f"{path} is not there.") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path} is larger than {MAX_BYTES:,} bytes.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text (byte {error.start:,}).", "Save it as UTF-8.") from error


def _child(node: Node | None, key: Key) -> tuple[Node, int] | None:
    if isinstance(node, MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return value, name.start_mark.line + 1
    if isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key].start_mark.line + 1
    return None


def _check_size(path: Path, data: object) -> None:
    """Aliases make a small file a huge tree, or an endless one; count what it unfolds to, up to the bound."""
    left, pending = MAX_VALUES, [(data, 0)]
    while pending:
        value, depth = pending.pop()
        left -= 1
        if left < 0 or depth > MAX_DEPTH:
            raise ConfigError(f"{path} unfolds to more than {MAX_VALUES:,} values or {MAX_DEPTH} levels.")
        if isinstance(value, dict):
            pending.extend((part, depth + 1) for part in value.values())
        elif isinstance(value, list):
            pending.extend((part, depth + 1) for part in value)


def _at(path: Path, error: MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f"{path}, line {mark.line + 1}" if mark else str(path)


def _first_line(text: object) -> str:
    return str(text or "unreadable").strip().split("\n")[0].rstrip(".")[:200]
