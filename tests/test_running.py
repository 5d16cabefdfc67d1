"""Which probes ask of what runs: followed through their code, so that no view is passed over that they would tell."""

import functools
from collections.abc import Iterator
from types import CodeType, FunctionType

import pytest

from harvester.models.check import Rule
from harvester.models.facts import Facts
from harvester.probes.running import STILL, rule_of_runs
from harvester.probes.table import PROBES
from tests.support.cases import facts_of

RUNNING = frozenset(("commands", "in_pages", "workflows", "builds", "loads", "hydra"))
GRADED_ONLY = frozenset(("style", "shown", "members", "problems", "weaker", "weaker_views"))
"""What `collect_facts` gives the graded commit's facts alone."""


def functions_of(value: object) -> Iterator[FunctionType]:
    """The functions that a global of a module is, or that its class has."""
    value = getattr(value, "__wrapped__", value)
    if isinstance(value, FunctionType):
        yield value
    elif isinstance(value, functools.cached_property):
        yield value.func
    elif isinstance(value, property):
        yield from functions_of(value.fget)
    elif isinstance(value, type) and value.__module__.startswith("harvester."):
        for part in vars(value).values():
            yield from functions_of(part) if not isinstance(part, type) else ()


def codes_of(code: CodeType) -> Iterator[CodeType]:
    """A function's code, and that of what is defined in it."""
    yield code
    for part in code.co_consts:
        yield from codes_of(part) if isinstance(part, CodeType) else ()


def names_in(probe: object) -> set[str]:
    """Every attribute that a probe, or what it may call, asks for."""
    names: set[str] = set()
    seen: set[FunctionType] = set()
    pending = list(functions_of(probe))
    while pending:
        function = pending.pop()
        if function in seen:
            continue
        seen.add(function)
        for name in (name for code in codes_of(function.__code__) for name in code.co_names):
            names.add(name)
            used = function.__globals__.get(name)
            if used is not Facts:
                pending += functions_of(used)
            if name in vars(Facts):
                pending += functions_of(vars(Facts)[name])
    return names


def test_the_list_of_probes_that_ask_nothing_of_what_runs_is_whole() -> None:
    still = {name for name, probe in PROBES.items() if not names_in(probe) & (RUNNING | GRADED_ONLY)}
    assert still == STILL


def test_the_view_of_what_runs_differs_in_nothing_else() -> None:
    workflow = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo pytest\n"
    facts = facts_of({".github/workflows/a.yml": workflow, "src/a.py": "import torch\n", "conf.yaml": "a: 1\n"})
    (view,) = (view for view in facts.weaker if view.only_runs)
    names = set(Facts.__dataclass_fields__) - RUNNING - GRADED_ONLY
    assert {name for name in names if getattr(view.facts, name) != getattr(facts, name)} == set()


THERE: Rule = {"file_exists": {"paths": ["a"]}}
RUNS: Rule = {"command_runs": {"commands": ["a"]}}


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        (THERE, None),
        (RUNS, RUNS),
        ({"any": [THERE, RUNS, {"any": [THERE]}]}, {"any": [RUNS]}),
        ({"any": [THERE, {"all": [THERE]}]}, None),
        ({"all": [THERE, RUNS]}, {"all": [THERE, RUNS]}),
        ({"not": {"any": [THERE, RUNS]}}, {"not": {"any": [THERE, RUNS]}}),
        ({"because": {"says": "x", "rule": RUNS}}, {"because": {"says": "x", "rule": RUNS}}),
    ],
)
def test_only_alternatives_are_left_out(rule: Rule, left: Rule | None) -> None:
    assert rule_of_runs(rule) == left
