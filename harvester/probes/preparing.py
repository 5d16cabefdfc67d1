"""Objects that code makes only to have data prepared: what they are given says nothing of how data is loaded."""

import re

from harvester.models.code import Call
from harvester.models.facts import Facts
from harvester.probes.code import lines_of
from harvester.probes.threads import Site, function_at, lead, reach

_PREPARES = re.compile(r"(?:prepare|pre_?process|process|download|setup|save)\w*$")
_LOADS = re.compile(r"(?:loader|_loaders)$", re.IGNORECASE)


def only_prepares(facts: Facts, path: str, call: Call) -> bool:
    """Whether what a call makes is asked for nothing but preparing data, where it is made.

    It is not where the object is handed on or looked at in any other way, or where the preparation makes a loader.
    """
    methods = _methods_asked(facts, path, call)
    if not methods or not all(map(_PREPARES.match, methods)):
        return False
    owner = {site.name.rpartition(".")[0]: site.path for site in lead(facts, call.name)}
    starts = [Site(where, f"{name}.{method}") for name, where in owner.items() for method in methods]
    return not any(
        _LOADS.search(one.name) for site in reach(facts, starts, guess=True) for one in facts.called_in.get(site, ())
    )


def _methods_asked(facts: Facts, path: str, call: Call) -> set[str]:
    """The methods that are called on what a call makes; empty where it is used in another way, too."""
    if not call.result:
        around = facts.called_in.get(Site(path, call.within), ())
        chained = {one.name.removeprefix(f"{call.name}.") for one in around if one.name.startswith(f"{call.name}.")}
        text = facts.tree.lines(path)[call.line - 1].lstrip()
        return chained if text.startswith(call.name.rpartition(".")[2]) and ")." in text else set()
    function = function_at(facts, Site(path, call.within))
    lines = lines_of(facts, path, function) if function else facts.tree.lines(path)
    name = re.escape(call.result)
    found: set[str] = set()
    for line in (line.partition("#")[0] for line in lines):
        rest = re.sub(rf"^\s*{name}\s*(?::[^=]*)?=[^=].*", "", line)
        for use in re.finditer(rf"(?<![\w.]){name}\b(?:\.(\w+)\()?", rest):
            if not use[1]:
                return set()
            found.add(use[1])
    return found
