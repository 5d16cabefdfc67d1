"""General probes about Python code. Names are qualified: `torch.nn.Module`, `wandb.*`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from harvester.models.code import Function, literal
from harvester.models.facts import Facts
from harvester.models.files import Role
from harvester.probes.arguments import Name, Regex
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.matching import matches, matching, once

_Site = TypeVar("_Site")
EVERYWHERE = (Role.PACKAGE, Role.NOTEBOOK, Role.TESTS)
_LOOP = re.compile(r"\s*+(?:async\s++)?for\s++(\S[\w\s,()*]{0,200}?)\s++in\s++(\S.{0,500}):\s*+(?:#.*)?$")
_LONGEST = 1_000


def named(index: Mapping[str, tuple[_Site, ...]], names: Sequence[str]) -> Iterator[_Site]:
    """All sites whose name is one of the names, which may hold `*`; in the names' order."""
    near = matching(tuple(name for name in names if "*" in name), index)
    for name in names:
        if "*" in name:
            yield from (site for key in near if matches(key, (name,)) for site in index[key])
        else:
            yield from index.get(name, ())


def lines_of(facts: Facts, path: str, function: Function) -> list[str]:
    """The lines of a function of a file."""
    return facts.tree.lines(path)[function.line - 1 : function.end_line]


Loop = tuple[str, str, int]
"""What a loop sets, what it goes through, and its line."""


def loops_of(facts: Facts, path: str, name: str) -> list[Loop]:
    """The loops of a function; of the module level, without a name."""
    known = _known_loops(facts)
    if (path, name) not in known:
        known[path, name] = _find_loops(facts, path, name)
    return known[path, name]


@once
def _known_loops(_facts: Facts) -> dict[tuple[str, str], list[Loop]]:
    return {}


def _find_loops(facts: Facts, path: str, name: str) -> list[Loop]:
    file = facts.python[path]
    function = file.function(name) if name else None
    if name and function is None:
        return []
    first, last = (function.line, function.end_line) if function else (1, len(facts.tree.lines(path)))
    inside = [(one.line, one.end_line) for one in file.functions if not name]
    return [
        (found[1], found[2], number)
        for number, line in enumerate(facts.tree.lines(path)[first - 1 : last], first)
        if (found := _LOOP.match(line[:_LONGEST])) and not any(begin <= number <= end for begin, end in inside)
    ]


def imports(
    facts: Facts, *, names: tuple[Name, ...], roles: tuple[Role, ...] = EVERYWHERE, used: bool = True
) -> Finding:
    """Some code imports one of the names (a package, or anything below it) and reads it.

    Parameters
    ----------
    names
        Qualified names; `wandb` also stands for `wandb.sdk`.
    roles
        Roles of the files that count.
    used
        Whether the import has to be read somewhere in its file.
    """
    below = tuple(f"{name}.*" for name in names)
    return found(
        Spot(path, item.line)
        for target in matching((*names, *below), facts.imports)
        for path, item in facts.imports[target]
        if facts.role(path) in roles and (item.used or not used)
    )


def calls(
    facts: Facts,
    *,
    names: tuple[Name, ...],
    arguments: Mapping[str, Sequence[str]] | None = None,
    at_least: int = 1,
    roles: tuple[Role, ...] = EVERYWHERE,
) -> Finding:
    """Some code calls (or is decorated with) one of the names.

    Parameters
    ----------
    names
        Qualified names of what is called; `*` stands for anything.
    arguments
        Keyword -> values, one of which the call has to give (as text: `"wandb"`, `True`); an empty list: any value.
    at_least
        In so many places.
    roles
        Roles of the files that count.
    """
    spots = [
        Spot(path, call.line)
        for path, call in named(facts.calls, names)
        if facts.role(path) in roles
        and all(_gives(call.kwarg(key), values) for key, values in (arguments or {}).items())
    ]
    unique = tuple(dict.fromkeys(spots))
    return found(unique if len(unique) >= at_least else ())


def _gives(text: str | None, values: Sequence[str]) -> bool:
    if text is None:
        return False
    return not values or text in values or str(literal(text)) in values


def defines_class(facts: Facts, *, bases: tuple[Name, ...], roles: tuple[Role, ...] = EVERYWHERE) -> Finding:
    """Some code defines a class that descends from one of the bases."""
    spots = [
        Spot(path, cls.line)
        for path, file in facts.code(*roles)
        for cls in file.classes
        if any(matches(name, bases) for name in (*cls.bases, *cls.ancestors))
    ]
    return found(spots)


def code_text(facts: Facts, *, pattern: Regex, roles: tuple[Role, ...] = EVERYWHERE) -> Finding:
    """Some string literal in code matches the pattern (a regular expression, any case)."""
    wanted = re.compile(pattern, re.IGNORECASE)
    spots = [
        Spot(path, text.line) for path, file in facts.code(*roles) for text in file.strings if wanted.search(text.text)
    ]
    return found(spots)
