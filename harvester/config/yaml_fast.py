"""YAML by libyaml, ten times as fast as the strict parser: for files that leave no doubt of what they say in YAML 1.2.

Whatever is wrong, or could be read in two ways, is left to the strict parser, which also has the better messages.
"""

import re
from typing import Any

from yaml import YAMLError
from yaml.nodes import Node, ScalarNode, SequenceNode
from yaml.resolver import BaseResolver

try:
    from yaml.cyaml import CParser
except ImportError:  # built without libyaml
    CParser = None

_PLAIN, _QUOTED, _PART = "plain", "quoted", "part"
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,18})")
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]+")
_ODD_NUMBER = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:e[-+]?[0-9]+)?|[-+]?0[box][0-9a-f_]+|[-+]?\.?(?:inf|nan)|=|<<|_[0-9_]*",
    re.IGNORECASE,
)
_ODD_TEXT = re.compile("^%|[\x85\u2028\u2029\ufeff\t]", re.MULTILINE)
_NESTED = re.compile(r"(?:[-?][ \t]++){20}")
_MOST_BRACKETS = 2_000
"""libyaml's nodes are made by recursion in C, which nothing bounds: what may be deeper is left to the strict parser."""
_DEEPEST = 100
_MOST_VALUES = 300_000


class DoubtError(ValueError):
    """The text is wrong, or another parser may read it in another way."""


def load_fast(text: str) -> Any:
    """The data of a text with one YAML document.

    Raises
    ------
    DoubtError
        The strict parser has to look.
    """
    if CParser is None or _ODD_TEXT.search(text) or _NESTED.search(text):
        raise DoubtError
    if text.count("[") + text.count("{") > _MOST_BRACKETS:
        raise DoubtError
    try:
        node = _Composer(text).get_single_node()
    except (YAMLError, ValueError) as error:
        raise DoubtError from error
    return _Builder().build(node, _DEEPEST) if node is not None else None


if CParser is not None:

    class _Composer(CParser, BaseResolver):  # type: ignore[misc]
        """Composes nodes whose tags tell how a value was written; a tag of the file's own is none of these."""

        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            BaseResolver.__init__(self)

        def resolve(self, kind: type[Node], _value: object, implicit: Any) -> str:
            """How a value without a tag was written."""
            if kind is not ScalarNode:
                return _PART
            return _PLAIN if implicit[0] else _QUOTED


class _Builder:
    """Data out of nodes. An alias is built each time: a file that has many is left to the strict parser."""

    left = _MOST_VALUES

    def build(self, node: Any, depth: int) -> Any:
        self.left -= 1
        if not depth or not self.left:
            raise DoubtError
        if isinstance(node, ScalarNode):
            return _scalar(node)
        if node.tag != _PART:
            raise DoubtError
        if isinstance(node, SequenceNode):
            return [self.build(part, depth - 1) for part in node.value]
        keys = [_scalar(key) if isinstance(key, ScalarNode) else _doubt() for key, _ in node.value]
        if len(set(keys)) < len(keys):
            raise DoubtError
        return {key: self.build(value, depth - 1) for key, (_, value) in zip(keys, node.value, strict=True)}


def _scalar(node: Any) -> Any:
    text = node.value
    if node.tag == _QUOTED and node.style:
        return text
    if node.tag != _PLAIN:  # `! word` is neither
        raise DoubtError
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return _doubt() if _ODD_NUMBER.fullmatch(text) else text


def _doubt() -> Any:
    raise DoubtError
