"""Threads through the code: what a name leads to, what a function calls, where requests come in, what can start."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from harvester.models.code import Call, Function, PythonFile
from harvester.models.contents import dotted
from harvester.models.facts import CODE, Facts
from harvester.models.files import Role
from harvester.probes.matching import found_in, once

_NAMED = re.compile(r"(?<!def )\b[A-Za-z_]\w*")
_PARTIAL = re.compile(r"^(?:functools\.)?partial\(\s*")
DOTTED_NAME = re.compile(r"[A-Za-z_][\w.]*")
_VERBS = frozenset(("get", "post", "put", "patch", "delete", "route", "api_route", "websocket", "endpoint"))
_HANDLERS = frozenset(("middleware", "exception_handler"))
_SERVED = ("functions_framework.http", "functions_framework.cloud_event", "bentoml.api", "bentoml.Service.api")
_ADDED = ("add_api_route", "add_url_rule", "add_route")
_STARTERS = re.compile(
    r"(?:^|\.)(?:hydra\.main|command|callback|task|cli|step|pipeline|flow|main|launch_agent|on_event|fixture|sweep\w*)$"
)
_MOST = 2_000


class Site(NamedTuple):
    """A function of a file; the module level goes by an empty name."""

    path: str
    name: str


def lead(facts: Facts, name: str) -> tuple[Site, ...]:
    """The functions of the repository that a called name runs: a function, a method, all of a class that it makes."""
    if name in facts.functions:
        path, function = facts.functions[name]
        return (Site(path, function.name),)
    if name not in facts.classes:
        return ()
    return tuple(
        Site(path, f"{item.name}.{method}")
        for full in (name, *facts.classes[name][1].ancestors)
        if full in facts.classes
        for path, item in (facts.classes[full],)
        for method in item.methods
    )


def called(facts: Facts, site: Site) -> tuple[tuple[Call, tuple[Site, ...]], ...]:
    """What a function calls, and where each call leads: also functions that it hands on (`add_task(save, row)`)."""
    known = _called(facts)
    if site not in known:
        known[site] = tuple((call, _leads(facts, site.path, call)) for call in facts.called_in.get(site, ()))
    return known[site]


@once
def _called(_: Facts) -> dict[Site, tuple[tuple[Call, tuple[Site, ...]], ...]]:
    return {}


def _leads(facts: Facts, path: str, call: Call) -> tuple[Site, ...]:
    arguments = (*call.args, *(value for _, value in call.kwargs))
    return (*lead(facts, call.name), *(site for argument in arguments for site in handed(facts, path, argument)))


def handed(facts: Facts, path: str, argument: str) -> tuple[Site, ...]:
    """The functions of the repository that an argument names (`save`, `store.save`, `partial(save, 3)`)."""
    inner = _PARTIAL.sub("", argument.strip())
    match = DOTTED_NAME.match(inner)
    if match is None or (len(match[0]) != len(inner) and inner == argument.strip()):
        return ()
    return lead(facts, full_name(facts, path, match[0]))


def function_at(facts: Facts, site: Site) -> Function | None:
    """The function of a site; None for a module's own code."""
    file = facts.python.get(site.path)
    return file.function(site.name) if file and site.name else None


def unused_functions(facts: Facts, path: str) -> frozenset[str]:
    """The functions of a module that nothing names: not its own file outside of comments, and none that imports them.

    Methods and decorated functions may always be called by something else.
    """
    lines = facts.tree.lines(path)
    named = {name for line in lines for name in _NAMED.findall(line.partition("#")[0])}
    return frozenset(
        one.name
        for one in facts.python[path].functions
        if not ("." in one.name or one.decorators or one.name in named)
        and f"{dotted(path)}.{one.name}" not in facts.imports
    )


def full_name(facts: Facts, path: str, name: str) -> str:
    """What a name of a file stands for: something of its own, or what it imports."""
    first, _, rest = name.partition(".")
    own = f"{dotted(path)}.{name}"
    if own in facts.functions or own in facts.classes:
        return own
    file = facts.python.get(path)
    target = next((item.target for item in file.imports if item.name == first), "") if file else ""
    return (f"{target}.{rest}" if rest else target) or own


def is_network(facts: Facts, name: str) -> bool:
    """Whether a name is what somebody's library makes networks by: code asks what it made for its parameters."""
    return name not in facts.classes and name not in facts.functions and f"{name}.parameters" in facts.calls


def calls_like(facts: Facts, pattern: re.Pattern[str], *roles: Role) -> list[tuple[str, Call]]:
    """Calls whose name matches, in files of some roles (the package and notebooks by default), in the files' order."""
    wanted = roles or CODE
    found = [
        (path, call)
        for name in found_in(pattern, facts.calls)
        for path, call in facts.calls[name]
        if facts.role(path) in wanted
    ]
    return sorted(found, key=lambda site: (site[0], site[1].line))


def reach(facts: Facts, starts: Iterable[Site], *, guess: bool = False) -> dict[Site, Site]:
    """All functions that can run from some on, each with the one that starts it; the starts lead to themselves.

    With `guess`, a method of an object whose class is not known may be any of that name.
    """
    found: dict[Site, Site] = {}
    pending = [(site, site) for site in starts]
    methods = _methods(facts) if guess else {}
    while pending and len(found) < _MOST:
        site, start = pending.pop()
        if site in found:
            continue
        found[site] = start
        for call, leads in called(facts, site):
            guessed = methods.get(call.name.rpartition(".")[2], ()) if call.name.startswith("?") else ()
            pending.extend((other, start) for other in (*leads, *guessed))
        pending.extend((other, start) for other in _inner(facts).get(site, ()))
    return found


@once
def _inner(facts: Facts) -> dict[Site, list[Site]]:
    """Functions and classes -> the functions that are defined in them, however deep."""
    found: dict[Site, list[Site]] = {}
    for path, file in facts.python.items():
        for function in file.functions:
            outer = function.name.rpartition(".")[0]
            while outer:
                found.setdefault(Site(path, outer), []).append(Site(path, function.name))
                outer = outer.rpartition(".")[0]
    return found


@once
def _methods(facts: Facts) -> dict[str, list[Site]]:
    """Methods of the repository by their last name."""
    found: dict[str, list[Site]] = {}
    for path, function in facts.functions.values():
        if "." in function.name:
            found.setdefault(function.name.rpartition(".")[2], []).append(Site(path, function.name))
    return found


Route = tuple[str, Function, Call | None]


def routes(facts: Facts, *roles: Role) -> Iterator[Route]:
    """Functions that answer requests, with their decorators: FastAPI, Flask, BentoML, cloud functions."""
    wanted = roles or (Role.PACKAGE,)
    return (route for route in _routes(facts) if facts.role(route[0]) in wanted)


@once
def _routes(facts: Facts) -> tuple[Route, ...]:
    """Those of all code."""
    found: list[Route] = []
    for path, file in facts.python.items():
        added = _added(file)
        for function in file.functions:
            decorator = next((one for one in function.decorators if is_route(one)), None)
            if (decorator or function.name in added) and not function.stub:
                found.append((path, function, decorator))
    return tuple(found)


def _added(file: PythonFile) -> set[str]:
    """What a file adds to an application by a call."""
    return {
        argument.strip()
        for call in file.calls
        if call.name.endswith(_ADDED) and call.name.rpartition(".")[2] in _ADDED
        for argument in (*call.args[1:], *(value for _, value in call.kwargs))
    }


def is_route(decorator: Call) -> bool:
    """Whether a decorator makes a function answer requests."""
    last = decorator.name.rpartition(".")[2]
    if decorator.name in _SERVED or (decorator.name.startswith("bentoml.") and last == "api"):
        return True
    if last in _HANDLERS:
        return True
    written = decorator.argument("path", 0) or decorator.argument("rule", 0) or ""
    return last in _VERBS and written.strip("rfb")[:2] in ('"/', "'/", '""', "''")


def route_path(decorator: Call | None) -> str:
    """The path that a route answers, empty where it is not said."""
    return ((decorator.argument("path", 0) or "") if decorator else "").strip("rfb").strip("\"'")


def starts(facts: Facts) -> Iterator[Site]:
    """Where the group's code can be started: modules, commands, routes, tasks, scripts; no tests."""
    for path, file in facts.code():
        yield Site(path, "")
        for function in file.functions:
            if any(_STARTERS.search(one.name) or is_route(one) for one in function.decorators):
                yield Site(path, function.name)
    for _, called in project_scripts(facts):
        wanted = called.replace(":", ".")
        for name in facts.functions:
            if wanted and f".{name}".endswith(f".{wanted}"):
                yield from lead(facts, name)


def project_scripts(facts: Facts) -> Iterator[tuple[str, str]]:
    """The commands that `pyproject.toml` makes, with what each calls (`shop.train:main`)."""
    for path, tree in facts.configs.items():
        if path.rpartition("/")[2] == "pyproject.toml":
            for table in (tree.get("project", "scripts"), tree.get("tool", "poetry", "scripts")):
                yield from ((name, node.text()) for name, node in table.items())
