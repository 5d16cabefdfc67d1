"""Probes about tests: what they are about, whether they reach the API, and whether CI runs them."""

import re
from collections.abc import Iterator
from typing import Literal

from harvester.models.builds import Command
from harvester.models.facts import CODE, Facts
from harvester.models.files import Role
from harvester.probes.ci import is_test_run, spot_of, steps_of
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.matching import found_in, once
from harvester.probes.serving import OTHER_FRAMEWORKS
from harvester.probes.subjects import Subject, Subjects, named_after
from harvester.probes.suites import TestCase, is_looked_into, test_cases
from harvester.probes.threads import Site, reach, routes

_CLIENT = re.compile(
    r"(?:TestClient|AsyncClient|httpx(?:\.Client)?|requests(?:\.\w*[sS]ession)?|test_client|urllib3\S*)$"
)
_SERVICE_CLIENT = re.compile(r"^(?:bentoml\.(?:\w+\.)*(?:Sync|Async)HTTPClient|gradio_client\.Client)$")
"""Clients whose methods are the service's routes, but for their own."""
_OWN_METHODS = frozenset(("close", "is_ready", "wait_until_server_ready", "view_api", "__enter__", "__aenter__"))
_CLIENT_NAME = re.compile(r"(?:client|(?:^|\?)(?:ac|api|session|http|server)|app)$")
_VERBS = frozenset(("get", "post", "put", "patch", "delete", "request", "stream", "websocket_connect", "urlopen"))
_URL = re.compile(r"^[rfbu]*[\"'](?:/|https?:|\{)|url|endpoint|route|host|path", re.IGNORECASE)
_API_WORDS = re.compile(r"(?:^|[._])(?:api|apis|app|server|serve|service|endpoint|frontend|backend)s?(?:[._]|$)")


def tests_about(facts: Facts, *, subject: Literal["data", "model"]) -> Finding:
    """Some test function of the group's asserts something of the data, or of the model and its training.

    Tests that skip where something is not there count; tests of the API do not.

    Parameters
    ----------
    subject
        `data`: the data code, or the data itself. `model`: the model, a loss or a training step.
    """
    spots = [Spot(case.path, case.line) for case in _cases(facts, Subject(subject)) if _is_whole(case)]
    spots.sort(key=lambda spot: subject not in spot.path.rpartition("/")[2])
    return found(spots)


def tests_begun(facts: Facts, *, subject: Literal["data", "model"]) -> Finding:
    """Some test function is about the subject, but is the template's, asserts nothing, or tests a helper alone.

    Parameters
    ----------
    subject
        As for `tests_about`.
    """
    for case in _cases(facts, Subject(subject)):
        spot = Spot(case.path, case.line)
        if case.function.template:
            return found([spot], "only the template's own test")
        if case.assertion is None:
            return found([spot], "the tests have no assertion that runs")
    if subject == "model":
        spots = [Spot(case.path, case.line) for case in _cases(facts, Subject.HELPER) if _is_whole(case)]
        if spots:
            return found(spots, "the tests use only helpers of the training script")
    return found(_unclear(facts, Subject(subject)), "the tests are named after it, but what they use is not clear")


def _unclear(facts: Facts, subject: Subject) -> Iterator[Spot]:
    """Tests that are named after a subject and call something that could not be followed."""
    for case, about in zip(test_cases(facts), _subjects(facts), strict=True):
        unclear = not about and any(call.name.startswith("?") for _, call in case.calls)
        if unclear and subject in named_after(case) and not any(_requests(case)):
            yield Spot(case.path, case.line)


def _cases(facts: Facts, subject: Subject) -> Iterator[TestCase]:
    for case, about in zip(test_cases(facts), _subjects(facts), strict=True):
        if subject in about and not any(_requests(case)):
            yield case


@once
def _subjects(facts: Facts) -> tuple[frozenset[Subject], ...]:
    """What each test case is about, in their order."""
    return tuple(map(Subjects(facts).of, test_cases(facts)))


def _is_whole(case: TestCase) -> bool:
    return case.assertion is not None and not case.function.template


def _requests(case: TestCase) -> Iterator[int]:
    """The lines where a test sends a request."""
    for path, call in case.calls:
        owner, _, verb = call.name.rpartition(".")
        if _SERVICE_CLIENT.match(owner) and verb not in _OWN_METHODS:
            yield call.line if path == case.path else case.line
        if verb not in _VERBS:
            continue
        known = bool(_CLIENT.search(owner)) or owner in ("urllib.request",)
        target = call.argument("url", 0) or ""
        if known or (_CLIENT_NAME.search(owner) and _URL.search(target)):
            yield call.line if path == case.path else case.line


def api_tests(facts: Facts, *, in_ci: bool) -> Finding:
    """Some test function sends a request to the API.

    Parameters
    ----------
    in_ci
        Whether a workflow that starts by itself has to run it.
    """
    runs = tuple(_test_runs(facts))
    spots: list[Spot] = []
    for case in test_cases(facts):
        line = next(_requests(case), None)
        run = next((spot for command, spot in runs if _covers(facts, command, case.path)), None)
        if line is not None and (run or not in_ci):
            spots.append(Spot(case.path, line))
            if run and run not in spots:
                spots.insert(1, run)
    reason = "" if in_ci else "no workflow that starts by itself runs them"
    return found(spots, reason)


def api_tests_begun(facts: Facts) -> Finding:
    """Some test function uses the code of the API, but sends it no request."""
    starts = [Site(path, function.name) for path, function, _ in routes(facts)]
    served = {start.path for start in starts}
    served |= {path for path, _ in facts.calls_of(found_in(OTHER_FRAMEWORKS, facts.calls), CODE)}
    names = [module for module, path in facts.modules.items() if path in served or _is_api(facts, path)]
    reached = reach(facts, starts)
    asked = {start.path for start in starts if not _is_api(facts, start.path)}
    apart = {
        name
        for name, (path, function) in facts.functions.items()
        if path in asked and Site(path, function.name) not in reached
    }
    spots = [
        Spot(case.path, case.line)
        for case in test_cases(facts)
        if any(
            _is_of(name, names) and name not in apart for name in (*(call.name for _, call in case.calls), *case.reads)
        )
    ]
    return found(spots, "the tests never reach a route")


def _is_api(facts: Facts, path: str) -> bool:
    return facts.role(path) is Role.PACKAGE and bool(_API_WORDS.search(path.rpartition("/")[2].removesuffix(".py")))


def _is_of(name: str, modules: list[str]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def _test_runs(facts: Facts) -> Iterator[tuple[Command, Spot]]:
    """Commands of workflows that start by themselves and run tests."""
    for _, _, step in steps_of(facts):
        yield from ((command, spot_of(command)) for command in step.commands if is_test_run(command))


def _covers(facts: Facts, command: Command, path: str) -> bool:
    """Whether a test command runs the tests of a file: all that runners look into, where it names no paths."""
    if path.rpartition("/")[2] not in command.text and not is_looked_into(facts, path):
        return False
    for form in command.forms:
        if form[0] not in ("pytest", "py.test"):
            continue
        named = [word for word in form[1:] if not word.startswith("-") and _is_path(word)]
        ignored = [word.partition("=")[2] for word in form if word.startswith(("--ignore=", "--deselect="))]
        if any(_within(path, one) for one in ignored):
            return False
        return not named or any(_within(path, one) for one in named)
    return True


def _is_path(word: str) -> bool:
    return "/" in word or word.endswith(".py") or word.lower().startswith("test")


def _within(path: str, named: str) -> bool:
    """Whether a path is one that a command names, or lies below it; a command may run in another folder."""
    name = named.partition("::")[0].strip("\"'").removeprefix("./").rstrip("/*")
    return not name or name == "." or f"/{path}/".find(f"/{name.removesuffix('/test_')}/") >= 0
