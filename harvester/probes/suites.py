"""Test functions: which of them run, what they assert, and what they lead to through helpers and fixtures."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from harvester.models.code import Assign, Call, Function, PythonFile, Text
from harvester.models.facts import Facts
from harvester.models.files import Role
from harvester.probes.code import lines_of
from harvester.probes.matching import once
from harvester.probes.threads import Site, lead

_NAME = re.compile(r"^test(?:_|[A-Z0-9])")
_FILE = re.compile(r"(?:^|/)(?:tests?[^/]*|[^/]*_tests?)\.py$")
_SETTINGS = ("pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini")
_SKIPS = ("pytest.mark.skip", "unittest.skip", "unittest.case.skip")
_ASSERTS = re.compile(
    r"^\?self\.(?:assert|fail)\w*$|\.(?:assert_?[A-Za-z]\w*|fail)$"
    r"|^pytest\.(?:raises|warns|fail|deprecated_call)$|\.raise_for_status$|^AssertionError$"
)
_TRIVIAL = re.compile(
    r"^\s*assert\s+(?:True|\(?True\)?|not False|1|(\d+|True|False|None|['\"]\w*['\"])\s*(?:==|is)\s*\1)"
    r"\s*(?:,.*|#.*)?$"
)
_NAMES = re.compile(r"\w+(?:, *\w+)*")
"""One name, or several that a value is unpacked into."""
_FIXTURES = ("pytest.fixture", "pytest_asyncio.fixture", "pytest.yield_fixture")
_DEEPEST = 3


@dataclass(frozen=True)
class TestCase:
    """A test function, with the helpers and fixtures of the tests that it leads to (itself first)."""

    facts: Facts
    path: str
    function: Function
    sites: tuple[Site, ...]
    collected: bool = True
    """Whether test runners look into its file."""

    @cached_property
    def calls(self) -> tuple[tuple[str, Call], ...]:
        """Every call that it makes in code of the tests, with its path."""
        return tuple((site.path, call) for site in self.sites for call in self.facts.called_in.get(site, ()))

    @cached_property
    def shared(self) -> tuple[tuple[str, Call], ...]:
        """Calls at module level whose result it uses, and those of the tests' helpers that they run."""
        file = self.facts.python[self.path]
        made = [call for call in file.calls if call.result and not call.within and _NAMES.fullmatch(call.result)]
        lines = lines_of(self.facts, self.path, self.function) if made else []
        words = set(re.findall(r"\w+", "\n".join(lines)))
        used = [call for call in made if words.intersection(re.findall(r"\w+", call.result))]
        found = [(self.path, call) for call in used]
        for site in dict.fromkeys(site for call in used for site in lead(self.facts, call.name)):
            if self.facts.role(site.path) is Role.TESTS:
                found += [(site.path, call) for call in self.facts.called_in.get(site, ())]
        return tuple(found)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """Names that it reads without calling them."""
        return tuple(
            read.name for site in self.sites for read in self.facts.python[site.path].reads if read.within == site.name
        )

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """The strings in it."""
        return tuple(
            text for site in self.sites for text in self.facts.python[site.path].strings if text.within == site.name
        )

    @cached_property
    def assertion(self) -> int | None:
        """The line of the first assertion that runs and could fail; None where there is none."""
        if not self.collected or _is_skipped(self.function, self.facts.python[self.path]):
            return None
        for site in self.sites:
            function = self.facts.python[site.path].function(site.name)
            lines = self.facts.tree.lines(site.path) if function and function.asserts else []
            for line in function.asserts if function else ():
                if not (line <= len(lines) and _TRIVIAL.match(lines[line - 1])):
                    return line if site == self.sites[0] else self.function.line
        return next((self.function.line for _, call in self.calls if _ASSERTS.search(call.name)), None)

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.function.line


def test_cases(facts: Facts) -> Iterator[TestCase]:
    """Every test function of the tests, also in files that test runners pass over."""
    return (TestCase(facts, *one) for one in _found_cases(facts))


@once
def _found_cases(facts: Facts) -> tuple[tuple[str, Function, tuple[Site, ...], bool], ...]:
    """The fields of all test cases but the facts, which are not to refer to themselves."""
    fixtures = _fixtures(facts)
    collected = {path: _is_collected(facts, path) for path, _ in facts.code(Role.TESTS)}
    return tuple(
        (path, function, _sites(facts, path, function, fixtures), collected[path])
        for path, file in facts.code(Role.TESTS)
        for function in file.functions
        if is_test(function, file)
    )


def _is_collected(facts: Facts, path: str) -> bool:
    """Whether test runners look into the file, by themselves or because a command names it."""
    name = path.rpartition("/")[2]
    return is_looked_into(facts, path) or any(name in command.text for command in facts.commands_with(name))


def is_looked_into(facts: Facts, path: str) -> bool:
    """Whether test runners look into the file by themselves: for its name, or because a setting names others."""
    return bool(_FILE.search(path)) or any(
        dotted.endswith("python_files")
        for config, tree in facts.configs.items()
        if config.rpartition("/")[2] in _SETTINGS
        for dotted, _ in tree.walk()
    )


def is_test(function: Function, file: PythonFile) -> bool:
    """Whether a function is a test: by its name, at module level or in a class of tests."""
    owner, _, own = function.name.rpartition(".")
    if function.nested or not _NAME.match(own):
        return False
    if not owner:
        return True
    item = next((one for one in file.classes if one.name == owner), None)
    return item is not None and (
        owner.startswith("Test") or any("TestCase" in base for base in (*item.bases, *item.ancestors))
    )


def _is_skipped(function: Function, file: PythonFile) -> bool:
    """Whether it never runs, whatever is there; a skip under a condition is none."""
    owner = function.name.rpartition(".")[0]
    item = next((one for one in file.classes if one.name == owner), None)
    decorators = (*function.decorators, *(item.decorators if item else ()))
    if any(
        one.name in _SKIPS or (one.name.endswith(".skipif") and one.args[:1] in (("True",), ("1",)))
        for one in decorators
    ):
        return True
    return any(_marks_skip(assign) for assign in file.assigns)


def _marks_skip(assign: Assign) -> bool:
    return assign.target == "pytestmark" and bool(re.search(r"pytest\.mark\.skip\b", assign.value))


def _fixtures(facts: Facts) -> dict[str, list[Site]]:
    found: dict[str, list[Site]] = {}
    for path, file in facts.code(Role.TESTS):
        for function in file.functions:
            for decorator in function.decorators:
                if decorator.name in _FIXTURES:
                    name = (decorator.kwarg("name") or "").strip("\"'") or function.name.rpartition(".")[2]
                    found.setdefault(name, []).append(Site(path, function.name))
    return found


def _sites(facts: Facts, path: str, function: Function, fixtures: dict[str, list[Site]]) -> tuple[Site, ...]:
    """The function, and what it leads to in the tests: fixtures by their names, set-up methods, helpers."""
    start = Site(path, function.name)
    found: dict[Site, None] = {}
    pending = [(start, 0), *((site, 1) for site in _setups(facts, path, function))]
    while pending:
        site, depth = pending.pop(0)
        if site in found:
            continue
        found[site] = None
        here = facts.python[site.path].function(site.name)
        if depth >= _DEEPEST or here is None:
            continue
        others = [s for param in here.params for s in fixtures.get(param.name, ()) if _sees(site.path, s.path)]
        others += [Site(site.path, name) for name in _inner(facts, site, here)]
        for call in facts.called_in.get(site, ()):
            others += [s for s in lead(facts, call.name) if facts.role(s.path) is Role.TESTS]
        pending.extend((other, depth + 1) for other in others if other not in found)
    return tuple(found)


def _inner(facts: Facts, site: Site, function: Function) -> Iterator[str]:
    """The functions within one that it uses: called, handed on, or decorated."""
    inner = [one for one in facts.python[site.path].functions if one.name.startswith(f"{site.name}.")]
    lines = lines_of(facts, site.path, function) if inner else []
    for one in inner:
        used = re.compile(rf"(?<!def )\b{re.escape(one.name.rpartition('.')[2])}\b")
        taken = any(not decorator.name.startswith("pytest.mark") for decorator in one.decorators)
        if taken or any(used.search(line) for line in lines):
            yield one.name


def _setups(facts: Facts, path: str, function: Function) -> list[Site]:
    owner = function.name.rpartition(".")[0]
    names = ("setUp", "setUpClass", "setup_method", "setup_class", "setup")
    file = facts.python[path]
    return [Site(path, f"{owner}.{name}") for name in names if owner and file.function(f"{owner}.{name}")]


def _sees(path: str, fixture: str) -> bool:
    """Whether a test file can use a fixture of a file: its own, or one of a conftest above it."""
    if path == fixture:
        return True
    folder, _, name = fixture.rpartition("/")
    return name != "conftest.py" or not folder or path.startswith(f"{folder}/")
