"""What command lines, and the sweeps that write such, give the options of a script."""

from collections.abc import Iterator, Mapping

from harvester.models.builds import Command, Source
from harvester.models.facts import Facts
from harvester.probes.expressions import Value
from harvester.probes.finding import Spot
from harvester.probes.matching import once


def given_on_command_lines(facts: Facts, path: str, option: str) -> Iterator[Value]:
    """The values that commands of the repository, and sweeps, give an option of a Python file."""
    flag = _flag(option)
    for command in _commands(facts).get(path.rpartition("/")[2], ()):
        words = command.forms[0]
        if not any(_is_meant(facts, path, word) for word in words):
            continue
        for word, after in zip(words, (*words[1:], ""), strict=True):
            name, sign, value = word.partition("=")
            if word.startswith("-") and _flag(name) == flag:
                yield Value(value if sign else after, Spot(command.path, command.line))
    for config, tree in facts.configs.items():
        program = tree.get("program").text().removeprefix("./")
        if program and f"/{path}".endswith(f"/{program}"):
            for name, node in tree.get("parameters").items():
                given = (*node.get("value").nodes(), *node.get("values").nodes()) if _flag(name) == flag else ()
                yield from (Value(part.text(), Spot(config, part.line)) for part in given)


def _is_meant(facts: Facts, path: str, word: str) -> bool:
    """Whether a word of a command is the path of a file, as far as it is written; or the only one of its name."""
    name = path.rpartition("/")[2]
    if word.rpartition("/")[2] != name:
        return False
    alone = sum(other.rpartition("/")[2] == name for other in facts.python) == 1
    return alone or f"/{path}".endswith(f"/{word.removeprefix('./')}")


def _flag(name: str) -> str:
    return name.lstrip("-").replace("_", "-")


@once
def _commands(facts: Facts) -> Mapping[str, tuple[Command, ...]]:
    """The commands that name a Python file, by its name."""
    found: dict[str, list[Command]] = {}
    for command in facts.commands:
        if command.source is not Source.DOCS and command.forms:
            for name in {word.rpartition("/")[2] for word in command.forms[0] if word.endswith(".py")}:
                found.setdefault(name, []).append(command)
    return {name: tuple(commands) for name, commands in found.items()}
