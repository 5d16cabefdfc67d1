"""Makefiles and justfiles into targets with their commands."""

import re

from harvester.models.files import Line, Target

_TARGET = re.compile(r"^([^\s:=#][^:=#]*)::?(?!=)([^=#]*)$")
_RECIPE = re.compile(r"^@?([A-Za-z_][\w-]*)(?:\s[^:=]*+)?:(?!=)\s*+(.*)$")
_VARIABLE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)\s*[:?+]?=\s*(.*)$")
_REFERENCE = re.compile(r"\$[({](\w+)[)}]|\{\{\s*(\w+)\s*\}\}")


def parse_targets(text: str, *, just: bool = False) -> tuple[Target, ...]:
    """The targets of a Makefile, or the recipes of a justfile, variables put in."""
    found: list[Target] = []
    variables: dict[str, str] = {}
    commands: list[Line] = []
    name, needs, start = "", (), 0
    joined, joined_at = "", 0

    def close() -> None:
        if name:
            found.append(Target(name, start, needs, tuple(commands)))

    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split(" #", 1)[0].rstrip() if not raw.startswith("\t") else raw.rstrip()
        if joined:
            line = f"{joined}{line.strip()}"
        if line.endswith("\\"):
            joined, joined_at = line[:-1].rstrip() + " ", joined_at or number
            continue
        at, joined, joined_at = joined_at or number, "", 0
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0] in " \t":
            if name:
                command = line.strip().lstrip("@+-").strip()
                ignored = line.strip().lstrip("@+").startswith("-")
                commands.append(Line(_put_in(command, variables) + (" || true" if ignored else ""), at))
            continue
        if variable := _VARIABLE.match(line):
            variables[variable[1]] = _put_in(variable[2].strip().strip("\"'"), variables)
            continue
        target = (_RECIPE if just else _TARGET).match(line)
        if target:
            close()
            rest, _, inline = target[2].partition(";")
            name, needs, start = target[1].strip(), tuple(rest.split()), at
            commands = [Line(inline.strip(), at)] if inline.strip() else []
    close()
    return tuple(target for target in found if not target.name.startswith("."))


def _put_in(text: str, variables: dict[str, str]) -> str:
    return _REFERENCE.sub(lambda found: variables.get(found[1] or found[2], found[0]), text)[:2_000]
