"""Dockerfile text into instructions."""

import re

from harvester.models.files import Instruction

NAMES = (
    *("FROM", "RUN", "CMD", "LABEL", "MAINTAINER", "EXPOSE", "ENV", "ADD", "COPY", "ENTRYPOINT", "VOLUME"),
    *("USER", "WORKDIR", "ARG", "ONBUILD", "STOPSIGNAL", "HEALTHCHECK", "SHELL"),
)
_HEREDOC = re.compile(r"(?<!<)<<-?\s*['\"]?(\w+)['\"]?")
_LONGEST = 4_000


def parse_dockerfile(text: str) -> tuple[tuple[Instruction, ...], int | None]:
    """The instructions, and the line of the first that no Dockerfile has."""
    found: list[Instruction] = []
    wrong: int | None = None
    pending: list[str] = []
    start, mark = 1, ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if mark:
            if line == mark:
                mark = ""
                found.append(_make(pending, start))
                pending = []
            else:
                pending.append(f"{line}\n")
            continue
        if not line or line.startswith("#"):
            continue
        start = start if pending else number
        if line.endswith("\\"):
            pending.append(line[:-1].rstrip() + " ")
            continue
        pending.append(line)
        if heredoc := _HEREDOC.search(line):
            mark = heredoc[1]
            pending.append("\n")
            continue
        found.append(_make(pending, start))
        pending = []
    if pending:
        found.append(_make(pending, start))
    for instruction in found:
        if instruction.name not in NAMES and wrong is None:
            wrong = instruction.line
    return tuple(part for part in found if part.name in NAMES), wrong


def _make(parts: list[str], line: int) -> Instruction:
    name, _, rest = "".join(parts).strip().partition(" ")
    return Instruction(name.upper(), rest.strip()[:_LONGEST], line)
