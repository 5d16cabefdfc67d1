"""Probes about hyperparameters that are tried by hand: lists and loops of values, in code and on command lines."""

import re
from collections.abc import Iterator
from itertools import pairwise

from harvester.models.builds import Command, Source
from harvester.models.code import literal
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE
from harvester.probes.code import loops_of
from harvester.probes.contents import files_like
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.training import ANY_CODE

_TRIED = re.compile(
    r"(?:^|[\s(,{\[\"'_.])(?:lr|lrs|learning_rates?|batch_sizes?|epochs|dropouts?|hidden\w*|optimi[sz]ers?)\b"
)
_GRID = re.compile(
    r"(?:param(?:eter)?s?_?(?:grid|space|dist\w*|combinations)|search_space|hyper_?param\w*_(?:grid|space)|grid)$", re.I
)

_SETTING = re.compile(
    r"(?<![a-z])(?:lr|learning[-_]rate|batch[-_]?size|dropout|hidden[-_]\w+|weight[-_]decay|num[-_](?:layers|epochs)"
    r"|momentum|optimi[sz]er(?:[-_]name)?)(?![a-z])",
    re.IGNORECASE,
)
"""The name of a hyperparameter that a loop sets."""
_COMBINED = re.compile(
    r"(?:list\(\s*)?(?:itertools\.product|product|(?:\w+\.)*ParameterGrid|(?:np|numpy)\.(?:logspace|linspace|geomspace))\("
)
_FOR = re.compile(r"(?:^|[\s;@])for\s+(\w+)\s+in\s+([^;\n]+?)\s*(?:;|$)")
"""A shell's loop: its variable, and what it goes through."""
_PROGRAM = re.compile(r"(?<![a-z])train|\bpython|\.py\b")
_BODY = 40
"""Lines of a shell's loop that are looked at."""
_LONGEST = 1_000


def combinations_by_hand(facts: Facts) -> Finding:
    """Code tries a list of values or combinations of hyperparameters by itself."""
    spots = [
        Spot(path, call.line)
        for path, call in facts.calls_of(("itertools.product", "sklearn.model_selection.ParameterGrid"), ANY_CODE)
        if any(_TRIED.search(f" {arg}") for arg in (*call.args, call.result))
    ]
    for path, file in facts.code(*ANY_CODE):
        for item in file.assigns:
            many = item.value[:1] in "[({" and _several(item.value)
            plural = re.fullmatch(
                r"(?:lrs|learning_rates|batch_sizes|dropouts|dropout_rates|optimizers|epoch_counts)(?:_to_try)?",
                item.target,
            )
            if many and (plural or (_GRID.search(item.target) and _TRIED.search(item.value))):
                spots.append(Spot(path, item.line))
    spots += _looped(facts)
    spots += [Spot(one.path, one.line) for one in facts.commands if one.source is not Source.DOCS and _lists(one)]
    spots += _shell_loops(facts)
    return found(dict.fromkeys(spots))


def _looped(facts: Facts) -> Iterator[Spot]:
    """Loops of code over values of a hyperparameter, or over combinations of such."""
    for path, file in facts.code(*ANY_CODE):
        values: dict[str, list[str]] = {}
        for item in file.assigns:
            values.setdefault(item.target, []).append(item.value)
        for function in ("", *(one.name for one in file.functions)):
            for target, through, line in loops_of(facts, path, function):
                if _SETTING.search(target) and any(map(_is_many, (through, *values.get(through, ())))):
                    yield Spot(path, line)


def _is_many(text: str) -> bool:
    """Whether an expression is of two values or more: numbers and words, their combinations, or a range of numbers."""
    if _COMBINED.match(text):
        return True
    value = literal(text)
    return isinstance(value, list | tuple | set) and len(value) > 1


def _shell_loops(facts: Facts) -> Iterator[Spot]:
    """Loops of shell scripts over values that are given to a program as a hyperparameter."""
    for file in files_like(facts, ("*.sh", "*.bash", "*.slurm", "*.job", "Makefile", "justfile")):
        if file.role in NO_EVIDENCE or file.template:
            continue
        lines = facts.tree.lines(file.path)
        for number, line in enumerate(lines, 1):
            loop = _FOR.search(line[:_LONGEST])
            if (
                loop
                and _gives_many(loop[2])
                and _is_given(loop[1], [line[loop.end() :], *lines[number : number + _BODY]])
            ):
                yield Spot(file.path, number)


def _gives_many(values: str) -> bool:
    return len(values.split()) > 1 or values.strip("\"'")[:1] == "$"


def _is_given(name: str, lines: list[str]) -> bool:
    """Whether the body of a shell's loop gives the loop's variable to a program, under the name of a hyperparameter."""
    variable = rf"\$+\{{?{re.escape(name)}\b"
    named = re.compile(variable if _SETTING.search(name) else rf"{_SETTING.pattern}[=\s\"']*{variable}")
    depth = 1
    for line in lines:
        for part in re.split(r"[;&|]+", line[:_LONGEST]):
            words = part.strip().removeprefix("do ").strip()
            depth += bool(_FOR.match(words)) - (words.split()[:1] == ["done"])
            if not depth:
                return False
            if named.search(words) and _PROGRAM.search(words) and not words.startswith(("#", "echo", "printf")):
                return True
    return False


def _lists(command: Command) -> bool:
    """Whether a command is one of Hydra's over lists: `train -m seed=1,2 model=a,b`."""
    return any(
        flag == "-m" and not _RUNNERS.match(before) and any(map(_LISTED.match, form))
        for form in command.forms
        for before, flag in pairwise(form)
    )


_RUNNERS = re.compile(r"(?:.*/)?(?:python|coverage|uv|run|pytest)[\d.]*$")
_LISTED = re.compile(r"\+*[\w./@]+=[^,=\s]+,[^,=\s]+")


def _several(text: str) -> bool:
    """Whether a display has two elements or more; commas inside an element do not count."""
    inner, depth = text[1:-1].rstrip(" ,\n"), 0
    for sign in inner:
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and not depth:
            return True
    return False
