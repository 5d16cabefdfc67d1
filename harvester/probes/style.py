"""Probes about the style of the package code, and about what its dependency lists name: shares and rates."""

import re
import sys
from collections.abc import Iterator

from harvester.models.builds import Source
from harvester.models.code import Function
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Node, Role
from harvester.probes.finding import Finding, Spot, found, unknown
from harvester.probes.packages import distributions, is_known_import, with_companions
from harvester.probes.runs import commands_like


def style_rate(facts: Facts, *, below: float = 1_000_000, at_least: float = 0) -> Finding:
    """Ruff (E, W, F at 120 columns) has so many findings per 1,000 physical lines of package code."""
    style = facts.style
    if style is None:
        return unknown("the style of the code could not be measured")
    if not style.lines or not at_least <= style.per_thousand < below:
        return Finding(False)
    rate = f"ruff has {style.findings} findings in {style.lines:,} lines of code, {style.per_thousand:.0f} per 1,000"
    path, line = style.worst or (_first_code(facts), 1)
    return Finding(True, (Spot(path, line),), rate)


def _first_code(facts: Facts) -> str:
    files = sorted(facts.code(Role.PACKAGE), key=lambda item: -item[1].lines)
    return files[0][0] if files else ""


def style_configured(
    facts: Facts, *, files: tuple[str, ...], sections: tuple[str, ...], tools: tuple[str, ...]
) -> Finding:
    """A linter or formatter is configured, or run by a workflow, a hook or a task.

    Parameters
    ----------
    files
        Names of configuration files.
    sections
        Dotted keys of tables in TOML files, or names of sections in INI files, that configure one.
    tools
        Commands, or parts of the names of hooks and actions.
    """
    names = {section.rpartition(".")[2] for section in sections}
    spots = [Spot(path, 1) for path, file in facts.files.items() if file.name in files and file.role not in NO_EVIDENCE]
    for path, tree in facts.configs.items():
        if facts.role(path) in NO_EVIDENCE:
            continue
        name = path.rpartition("/")[2]
        if name == "pyproject.toml":
            spots += [Spot(path, node.line) for one in sections if (node := tree.get(*one.split(".")))]
        elif name in ("setup.cfg", "tox.ini"):
            spots += [Spot(path, node.line) for key, node in tree.items() if key.partition(":")[0] in names]
        elif name == ".pre-commit-config.yaml":
            spots += [Spot(path, hook.line) for hook in _hooks(tree) if _names(hook.get("id").text(), tools)]
    for workflow in facts.workflows:
        for _, step in workflow.steps:
            spots += [Spot(step.path or workflow.path, step.line)] if _names(step.action, tools) else []
    spots += [Spot(c.path, c.line) for c in commands_like(facts, tools) if c.source in _RUNS]
    return found(spots)


_RUNS = (Source.WORKFLOW, Source.TASK, Source.SCRIPT, Source.CLOUDBUILD)


def _hooks(tree: Node) -> Iterator[Node]:
    for repo in tree.get("repos").nodes():
        yield from repo.get("hooks").nodes()


def _names(text: str, tools: tuple[str, ...]) -> bool:
    return any(tool in re.split(r"[^a-z0-9]+", text.lower()) for tool in tools)


def functions_described(facts: Facts, *, both: int = 0, either: int = 0) -> Finding:
    """Of the package's functions, so many percent have a type hint and so many a docstring or real comment.

    Parameters
    ----------
    both
        Percent that each of the two shares has to reach.
    either
        Percent that one of them has to reach.
    """
    functions = list(_functions(facts))
    hinted = [site for site in functions if site[1].hinted]
    told = [site for site in functions if site[1].docstring or site[1].commented]
    few, many = sorted((len(hinted), len(told)))
    total = len(functions)
    if not total or 100 * few < both * total or 100 * many < either * total:
        return Finding(False)
    says = f"{len(hinted)} of {total} functions have a type hint, {len(told)} a docstring or comment"
    whole = [site for site in hinted if site in told]
    spots = dict.fromkeys(Spot(path, function.line) for path, function in (*whole, *told, *hinted))
    return found(list(spots)[:50], says)


def _functions(facts: Facts) -> Iterator[tuple[str, Function]]:
    """Functions and methods of package code; nested ones and those of the template left out."""
    for path, file in facts.code(Role.PACKAGE):
        for function in file.functions:
            if not function.nested and not function.template:
                yield path, function


def imports_named(facts: Facts, *, percent: int) -> Finding:
    """The dependency lists together name so many percent of the third-party packages that package code imports.

    A package that a listed one always brings along counts as named.
    """
    wanted = third_party(facts)
    listed = with_companions(dependency.name for dependency in facts.dependencies)
    missing = [name for name, names in wanted.items() if not any(one in listed for one in names)]
    named = len(wanted) - len(missing)
    if not wanted or 100 * named < percent * len(wanted):
        return Finding(False)
    says = f"the lists name {named} of {len(wanted)} packages that the code imports"
    return found(_lists(facts), f"{says}, but not {', '.join(missing[:5])}" if missing else says)


def dependencies_listed(facts: Facts) -> Finding:
    """Some dependency list has an entry."""
    return found(_lists(facts))


def _lists(facts: Facts) -> Iterator[Spot]:
    """The first entry of each dependency list: lists that are kept by hand first."""
    first: dict[str, Spot] = {}
    for dependency in sorted(facts.dependencies, key=lambda one: (one.kind == "lock", one.kind == "freeze")):
        first.setdefault(dependency.path, Spot(dependency.path, dependency.line))
    yield from first.values()


def third_party(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Packages from outside that package code imports: a name -> the distributions it may come from.

    Where package code imports none, those of the notebooks.
    """
    own = {part for module in facts.modules for part in module.split(".") if not is_known_import(part)}
    for role in (Role.PACKAGE, Role.NOTEBOOK):
        found: dict[str, tuple[str, ...]] = {}
        for _, file in facts.code(role):
            for item in file.imports:
                if _is_outside(facts, item.target, own) and (names := distributions(item.target)):
                    found.setdefault(names[0], names)
        if found:
            return found
    return {}


def _is_outside(facts: Facts, target: str, own: set[str]) -> bool:
    parts = target.split(".")
    if not parts[0].isidentifier() or parts[0] in sys.stdlib_module_names or parts[0] in own:
        return False
    return not any(".".join(parts[:count]) in facts.modules for count in range(1, len(parts) + 1))
