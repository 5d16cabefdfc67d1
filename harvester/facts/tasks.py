"""Tasks by name, and what a command that calls one leads to: followed one level."""

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from harvester.facts.commands import make_commands
from harvester.facts.material import Material
from harvester.models.builds import Command, Source

_MAKERS = {
    "make": "make",
    "gmake": "make",
    "just": "just",
    "invoke": "task",
    "inv": "task",
    "tox": "tox",
    "nox": "nox",
    "poe": "tool",
    "task": "tool",
    "hatch": "tool",
    "npm": "tool",
    "pnpm": "tool",
}
_SHELLS = ("bash", "sh", "zsh", "source", ".")
_MOST = 200
_MOST_TASK_COMMANDS = 5_000


@dataclass(frozen=True)
class Tasks:
    """All tasks of a repository: their commands by kind and name."""

    material: Material
    commands: dict[tuple[str, str], list[Command]]
    scripts: dict[str, list[Command]]

    def follow(self, commands: Iterable[Command]) -> Iterator[Command]:
        """The commands of the tasks and scripts that commands call, marked with who called them (`via`)."""
        for command in commands:
            found: dict[Command, None] = {}
            for form in command.forms:
                found.update(dict.fromkeys(self._called(form, command)))
            for inner in list(found)[:_MOST]:
                yield replace(
                    inner,
                    via=(command.path, command.line),
                    may_fail=inner.may_fail or command.may_fail,
                    echoed=inner.echoed or command.echoed,
                )

    def _called(self, form: tuple[str, ...], command: Command) -> Iterator[Command]:
        kind = _MAKERS.get(form[0].lower())
        if kind:
            for name in _task_words(form[1:], kind):
                yield from self.commands.get((kind, name), ())
            return
        script = form[0]
        if form[0] in _SHELLS:
            script = next((word for word in form[1:] if not word.startswith("-")), "")
        if script.endswith((".sh", ".bash")):
            path = self.material.find(posixpath.normpath(script), command.path)
            yield from self.scripts.get(path or "", ())


def _task_words(words: tuple[str, ...], kind: str) -> Iterator[str]:
    """The tasks that a call names; all of `tox` and `nox` where it names none."""
    named = False
    skip = False
    for number, word in enumerate(words):
        if skip:
            skip = False
            continue
        if kind in ("tox", "nox") and word in ("-e", "-s", "--session", "--sessions"):
            named = True
            for name in ",".join(words[number + 1 : number + 2]).split(","):
                yield name.partition("-")[0] if kind == "nox" else name
            skip = True
        elif word in ("-C", "-f", "--file", "--directory", "-c", "--collection"):
            skip = True
        elif word == "run" or word.startswith("-") or "=" in word:
            continue
        elif kind not in ("tox", "nox"):
            named = True
            yield word.replace("_", "-") if kind == "task" else word
    if not named and kind in ("tox", "nox", "make", "just"):
        yield "*"


def find_tasks(material: Material, commands: Iterable[Command]) -> Tasks:
    """Every task of the repository with the commands it runs, those of the targets it needs among them."""
    found: dict[tuple[str, str], list[Command]] = {}
    scripts: dict[str, list[Command]] = {}
    for command in commands:
        if command.source is Source.SCRIPT:
            scripts.setdefault(command.path, []).append(command)
        elif command.source is Source.TASK and command.path not in material.targets:
            kind = _kind(command.path)
            name = command.owner.replace("_", "-") if kind == "task" else command.owner
            for key in ((kind, name), *([(kind, "*")] if kind in ("tox", "nox") else [])):
                found.setdefault(key, []).append(command)
    left = _MOST_TASK_COMMANDS
    for path, targets in material.targets.items():
        kind = "just" if path.lower().endswith("justfile") else "make"
        own = {target.name: target for target in targets}
        for target in targets:
            pending, seen = [target.name], dict[str, None]()
            while pending and len(seen) < 30:
                name = pending.pop(0)
                if name in own and name not in seen:
                    seen[name] = None
                    pending.extend(own[name].needs)
            parts = [line for name in seen for line in own[name].commands][: min(_MOST, left)]
            left -= len(parts)
            made = [c for line in parts for c in make_commands(line.text, path, line.line, Source.TASK, target.name)]
            found.setdefault((kind, target.name), []).extend(made)
            if target is targets[0]:
                found.setdefault((kind, "*"), []).extend(made)
    return Tasks(material, found, scripts)


def _kind(path: str) -> str:
    name = path.rpartition("/")[2].lower()
    if name == "noxfile.py":
        return "nox"
    if name.endswith(".py"):
        return "task"
    return "tox" if name in ("tox.ini", "setup.cfg") else "tool"
