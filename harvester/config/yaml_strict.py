"""YAML by ruamel's own parser: exactly YAML 1.2, no key twice, and errors with their lines. Slow; see `yaml_fast`."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import ConstructorError, DuplicateKeyError, SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from harvester.errors import ConfigError

_LONGEST_NUMBER = 100
_HINTS = {
    "mapping values are not allowed": "Put text that holds a colon in quotes; lines of one level begin in one column.",
    "expected <block end>": "Lines of one level begin in one column.",
    "cannot start any token": "Indent with spaces, and put text that begins with a mark in quotes.",
}
"""What to do about the parser's commonest complaints."""


class _Constructor(SafeConstructor):
    """Times stay text: what reads them knows the course's time zone. No number is longer than can be shown."""

    def construct_yaml_int(self, node: ScalarNode) -> int:
        """The number."""
        if len(node.value) > _LONGEST_NUMBER:
            raise ConstructorError(None, None, f"a number of {len(node.value):,} characters", node.start_mark)
        return int(super().construct_yaml_int(node))


_Constructor.add_constructor("tag:yaml.org,2002:int", _Constructor.construct_yaml_int)
_Constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def load_strict(path: Path, text: str) -> Any:
    """The data of a file's text.

    Raises
    ------
    ConfigError
        It is not YAML, or has a key twice; the message names the file and the line.
    """
    try:
        return _parser().load(text)
    except DuplicateKeyError as error:
        raise ConfigError(f"{_at(path, error)}: {_say_twice(error)}.", "Keep one of the two.") from error
    except MarkedYAMLError as error:
        problem = _first_line(error.problem)
        hint = next((hint for sign, hint in _HINTS.items() if sign in problem), "")
        raise ConfigError(f"{_at(path, error)} is not YAML: {problem}.", hint) from error
    except (YAMLError, ValueError, TypeError, RecursionError) as error:
        raise ConfigError(f"{path} is not YAML that can be read: {_first_line(error)}.") from error


def find_line(text: str, keys: Sequence[str | int]) -> int | None:
    """The 1-based line of a value, or of the nearest thing around it that is there; None where nothing is."""
    try:
        node: Node | None = _parser().compose(text)
    except YAMLError:
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


def _child(node: Node | None, key: str | int) -> tuple[Node, int] | None:
    if isinstance(node, MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return value, name.start_mark.line + 1
    if isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key].start_mark.line + 1
    return None


def _at(path: Path, error: MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f"{path}, line {mark.line + 1}" if mark else str(path)


def _say_twice(error: MarkedYAMLError) -> str:
    """Which key stands twice; ruamel quotes values, too, which are not read yet at that point."""
    key = re.match(r'found duplicate key "(.{1,80}?)" with value', error.problem or "")
    return f"the key `{key[1]}` stands twice" if key else "a key stands twice"


def _first_line(text: object) -> str:
    return str(text or "unreadable").strip().split("\n")[0].rstrip(".")[:200]
