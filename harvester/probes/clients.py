"""Probes about what calls the API: front ends, and scripts that put load on it."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from harvester.models.builds import Source
from harvester.models.code import Call, PythonFile
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Role
from harvester.probes.code import lines_of
from harvester.probes.contents import matches_path
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.runs import commands_like
from harvester.probes.serving import runs_model
from harvester.probes.threads import Site, reach, routes, unused_functions

_REQUESTS = re.compile(
    r"(?:^|\.)(?:get|post|put|patch|request|stream|urlopen|predict|submit|connect|PredictionServiceStub|Client)$"
)
_HTTP = re.compile(
    r"^(?:requests|httpx|aiohttp|urllib3|urllib\.request|gradio_client|websockets?"
    r"|(?:fastapi|starlette)\.testclient)\b"
)
_LOADS = re.compile(r"load_?test|stress_?test|performance_?test|benchmark_api|locust", re.IGNORECASE)
_ASKS = re.compile(r"[^#]*\b(?:curl|wget|http)\s.*(?:https?://|\$\{?\w)")
_REPEATS = re.compile(r"^\s*(?:for|while|until)\s|\bxargs\b.*-P|\bparallel\b|\bseq\s")
_MANY = re.compile(r"(?:^|\.)(?:gather|TaskGroup|ThreadPoolExecutor|ProcessPoolExecutor|Pool|Thread|as_completed)$")
"""What does many things at once."""
_UIS = (
    "streamlit",
    "gradio",
    "dash",
    "nicegui",
    "chainlit",
    "panel",
    "taipy",
    "mesop",
    "reflex",
    "flet",
    "shiny",
    "solara",
)
_PAGE_CALLS = re.compile(
    r"\bfetch\s*\(|\baxios\b|XMLHttpRequest|\$\.(?:ajax|post|get)\s*\(|hx-(?:post|get)\s*=|<form\b[^>]*\baction|<form\b"
    r"[^>]*method\s*=\s*[\"']?post",
    re.IGNORECASE,
)
_PAGES = (".html", ".htm", ".js", ".jsx", ".ts", ".tsx", ".vue", ".svelte", ".jinja", ".j2", ".mjs")
_TRIPLE = re.compile(r"\"\"\"|\'\'\'")
_STAND_IN = re.compile(
    r"https?://(?:[\w-]+\.)*(?:example\.(?:com|org|net)|picsum\.photos|jsonplaceholder\.typicode\.com|httpbin\.org"
    r"|dummyimage\.com|placehold(?:er)?\.\w+)\b"
)
"""A server that answers anybody, before there is an API."""
_TOLD = re.compile(r"(?:getenv|environ|environ\.get|secrets|secrets\.get|text_input)$")
_NO_PAGES = re.compile(
    r"(?:^|/)(?:docs?|site|reports?|htmlcov|assets/javascripts|_static|coverage|drift\w*)/|\.config\.\w+$|\.d\.ts$|\.min\.js$"
)


def frontend(facts: Facts, *, calls: bool = True) -> Finding:
    """A front end: Streamlit, Gradio or the like, or a page of HTML or JavaScript.

    Parameters
    ----------
    calls
        Only one that calls the API or the model.
    """
    spots = [*_apps(facts, calls), *(_pages(facts) if calls else ())]
    return found(spots, "" if calls else "the front end calls neither the API nor the model")


def _apps(facts: Facts, must_call: bool) -> Iterator[Spot]:
    for path, file in facts.code(Role.PACKAGE):
        used = next((one for one in file.imports if one.used and one.target.split(".")[0] in _UIS), None)
        if used is None:
            continue
        unused = unused_functions(facts, path)
        sites = [Site(path, ""), *(Site(path, one.name) for one in file.functions if one.name not in unused)]
        ui = next((call for call in file.calls if call.name.split(".")[0] in _UIS), None)
        sent = next((call for call in file.calls if call.within not in unused and _sends_request(call)), None)
        asks = (sent or _sends(facts, sites)) and not _asks_stand_in(file)
        if ui and (not must_call or asks or runs_model(facts, sites)):
            yield Spot(path, sent.line if sent else ui.line)


def _asks_stand_in(file: PythonFile) -> bool:
    """Whether a file has no address but those that stand in for the API's."""
    urls = [text.text for text in file.strings if "://" in text.text]
    names = (*(one.name for one in file.calls), *(one.name for one in file.reads))
    told = any(map(_TOLD.search, names))
    return bool(urls) and not told and all(map(_STAND_IN.match, urls))


def _sends(facts: Facts, sites: Iterable[Site]) -> bool:
    """Whether functions lead to a request."""
    return any(_sends_request(call) for site in reach(facts, sites) for call in facts.called_in.get(site, ()))


def _sends_request(call: Call) -> bool:
    return bool(_HTTP.match(call.name) and _REQUESTS.search(call.name))


def _pages(facts: Facts) -> Iterator[Spot]:
    """Pages that send something: files, and pages that routes give out as text."""
    for path, file in facts.files.items():
        if file.role in NO_EVIDENCE or not path.lower().endswith(_PAGES):
            continue
        if not file.kind or file.unread or _NO_PAGES.search(path):
            continue
        for number, line in enumerate(facts.tree.lines(path), 1):
            if _PAGE_CALLS.search(line[:2000]):
                yield Spot(path, number)
                break
    for path, python in facts.code(Role.PACKAGE):
        for text in python.strings:
            if "<form" in text.text.lower():
                yield Spot(path, text.line)
            elif "<html" in text.text.lower():
                yield from islice(_calls_of_page(facts, path, text.line), 1)
    for path, function, _ in routes(facts):
        lines = lines_of(facts, path, function)
        begin = next((number for number, line in enumerate(lines) if "<html" in line.lower()), len(lines))
        calls = (number for number in range(begin, len(lines)) if _PAGE_CALLS.search(lines[number][:2000]))
        yield from (Spot(path, function.line + number) for number in islice(calls, 1))


def _calls_of_page(facts: Facts, path: str, start: int) -> Iterator[Spot]:
    """Where a page that begins as a string on a line of code calls something."""
    lines = facts.tree.lines(path)[start - 1 :]
    ends = _TRIPLE.findall(lines[0])[:1] if lines else []
    for number, line in enumerate(lines, start):
        begun = number > start
        if _PAGE_CALLS.search(line[:2000]):
            yield Spot(path, number)
        if not ends or (begun and ends[0] in line):
            return


def load_script(facts: Facts) -> Finding:
    """A script puts load on the API: locust, k6, JMeter, or one of the group's own."""
    spots = []
    for path, file in facts.code(Role.PACKAGE, Role.TESTS, Role.NOTEBOOK):
        for item in file.classes:
            users = [base for base in (*item.bases, *item.ancestors) if re.match(r"^locust\..*User$", base)]
            tasks = any(call.name.endswith("task") for call in file.calls) or any(
                one.name.startswith("locust.") for f in file.functions for one in f.decorators
            )
            if users and (tasks or "tasks" in {field.name for field in item.fields}):
                spots.append(Spot(path, item.line))
        if _LOADS.search(path):
            many = any(_MANY.search(call.name) or (call.loop and call.name in facts.functions) for call in file.calls)
            sent = next((call for call in file.calls if _sends_request(call) and (call.loop or many)), None)
            spots += [Spot(path, sent.line)] if sent else []
    spots += list(_other_loads(facts))
    return found(spots)


def _other_loads(facts: Facts) -> Iterator[Spot]:
    for path, file in facts.files.items():
        if file.role in NO_EVIDENCE:
            continue
        if path.endswith(".jmx"):
            yield Spot(path, 1)
        elif path.endswith((".js", ".ts")) and file.kind:
            text = facts.tree.text(path) or ""
            if re.search(r"from\s+['\"]k6|require\(['\"]k6", text):
                yield Spot(path, 1)
        elif path.endswith(".sh") and _LOADS.search(path):
            lines = [line[:2000] for line in facts.tree.lines(path)]
            asked = next((number for number, line in enumerate(lines, 1) if _ASKS.match(line)), None)
            if asked and any(_REPEATS.search(line) for line in lines):
                yield Spot(path, asked)
        elif path in facts.configs and matches_path(path, ("*artillery*.y*ml",)):
            yield Spot(path, 1)
    tools = ("ab -n*", "ab -c*", "hey -*", "wrk -*", "vegeta attack", "siege *", "oha *", "k6 run", "bombardier *")
    for command in commands_like(facts, tools):
        if command.source is not Source.DOCS:
            yield Spot(command.path, command.line)
