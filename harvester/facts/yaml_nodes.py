"""YAML 1.2 text into nodes: by libyaml, ten times as fast, or by ruamel where libyaml refuses or reads differently."""

import re
import warnings
from contextlib import suppress
from functools import cache
from typing import Any

from yaml import YAMLError
from yaml.events import CollectionEndEvent, CollectionStartEvent
from yaml.nodes import Node, ScalarNode
from yaml.resolver import BaseResolver

from harvester.models.snapshot import mend_escapes

try:
    from yaml.cyaml import CParser
except ImportError:  # built without libyaml
    CParser = None

_PREFIX = "tag:yaml.org,2002:"
_ODD = re.compile("^%|[\x85\u2028\u2029\ufeff]", re.MULTILINE)
"""What YAML 1.1 and 1.2 read differently beside plain scalars, whose tags are found by 1.2's rules here."""
_NESTED = re.compile(r"(?:[-?][ \t]++){20}")
_MOST_BRACKETS = 500
_DEEPEST = 100


def compose_yaml(text: str) -> list[Any]:
    """The nodes of a text's documents; both parsers' nodes have `id`, `tag`, `value`, `style` and `start_mark`.

    Raises
    ------
    ruamel.yaml.error.YAMLError
        It does not parse; ruamel raises other errors, too.
    ValueError
        It is nested deeper than 100 levels.
    """
    if CParser is not None:
        if _may_be_deep(text) and _is_deep(text):
            raise ValueError("nested too deep")
        if not _ODD.search(text):
            with suppress(YAMLError, ValueError):
                return list(_Composer(text).documents())
    from ruamel.yaml import YAML

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(YAML(typ="safe", pure=True).compose_all(mend_escapes(text)))


def _may_be_deep(text: str) -> bool:
    """Whether values may be nested so deeply that libyaml's nodes, made by recursion in C, overflow the stack.

    By indentation alone they cannot: that takes more text than is read.
    """
    return text.count("[") + text.count("{") > _MOST_BRACKETS or _NESTED.search(text) is not None


def _is_deep(text: str) -> bool:
    """Whether values are nested too deep, by libyaml's events, which are made without recursion."""
    parser, depth = CParser(text), 0
    with suppress(YAMLError, ValueError):
        while parser.check_event():
            event = parser.get_event()
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > _DEEPEST:
                return True
    return False


if CParser is not None:

    class _Composer(CParser, BaseResolver):  # type: ignore[misc]
        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            BaseResolver.__init__(self)

        def documents(self) -> Any:
            while self.check_node():
                yield self.get_node()

        def resolve(self, kind: type[Node], value: str, implicit: Any) -> str:
            """The tag of a value that has none."""
            if kind is not ScalarNode:
                return f"{_PREFIX}{kind.id}"
            return _plain_tag(value) if implicit[0] else f"{_PREFIX}str"


def _plain_tag(value: str) -> str:
    rules = _rules().get(value[:1], ())
    return next((tag for tag, pattern in rules if pattern.match(value)), f"{_PREFIX}str")


@cache
def _rules() -> dict[str, list[tuple[str, Any]]]:
    """YAML 1.2's rules for plain scalars, by their first character, as ruamel has them."""
    from ruamel.yaml.resolver import implicit_resolvers

    found: dict[str, list[tuple[str, Any]]] = {}
    for versions, tag, pattern, starts in implicit_resolvers:
        if (1, 2) in versions:
            for start in starts:
                found.setdefault(start, []).append((tag, pattern))
    return found
