"""Builds of images: which Dockerfile each command, action or service names, and whether it is there."""

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from harvester.facts.material import Material
from harvester.facts.workflows import fill_matrix
from harvester.models.builds import Build, Command, Dockerfile, Job, Source, Step, Workflow
from harvester.models.files import Instruction

_BUILDERS = (
    ("docker", "build"),
    ("docker", "buildx", "build"),
    ("docker", "image", "build"),
    ("docker", "builder", "build"),
    ("podman", "build"),
    ("buildah", "build"),
    ("buildah", "bud"),
    ("nerdctl", "build"),
    ("kaniko",),
    ("executor",),
)
_PROGRAMS = frozenset(("gcloud", *(words[0] for words in _BUILDERS)))
_ACTIONS = ("docker/build-push-action", "docker/bake-action", "redhat-actions/buildah-build")
_SHELL = re.compile(r"^\W*(?:/bin/)?(?:ba|z)?sh\W*$|\bsleep\b.*\binfinity\b|\btail -f\b")
_LONGEST_PATH = 2_000
_VARIABLE = re.compile(r"\$\{\{.{0,300}?\}\}|\$\{?[A-Za-z_]\w*\}?|\$\(\w+\)|\{\w*\}|%\w+%")


def make_dockerfile(path: str, instructions: tuple[Instruction, ...]) -> Dockerfile:
    """A Dockerfile's record; what starts more than a shell is no devcontainer's."""
    starts = any(one.name in ("CMD", "ENTRYPOINT") and not _SHELL.search(one.text) for one in instructions)
    return Dockerfile(path, instructions, devcontainer=".devcontainer/" in f"/{path}" and not starts)


def collect_builds(material: Material, workflows: Iterable[Workflow], commands: Iterable[Command]) -> Iterator[Build]:
    """Every build of an image."""
    for workflow in workflows:
        for job, step in workflow.steps:
            if step.action in _ACTIONS:
                yield from _action(material, workflow, job, step)
            for command in step.commands:
                for filled in _filled(command, job):
                    yield from _command(material, filled, command)
    for command in commands:
        if command.source is not Source.DOCS and not command.via:
            for form in command.forms:
                yield from _command(material, form, command)
    for path, tree in material.trees.items():
        for service in tree.get("services").parts():
            build = service.get("build")
            if build:
                context = build.text() or build.get("context").text() or "."
                named = build.get("dockerfile").text() or "Dockerfile"
                dockerfile = _resolve(material, named, context, path)
                yield Build(path, build.line, Source.COMPOSE, posixpath.join(context, named), dockerfile)


def _filled(command: Command, job: Job) -> list[tuple[str, ...]]:
    """The forms of a command with the values of the matrix in them."""
    return [tuple(words) for form in command.forms for words in _fill_words(form, job)]


def _fill_words(form: tuple[str, ...], job: Job) -> list[list[str]]:
    joined = "\0".join(form)
    if "matrix." not in joined:
        return [list(form)]
    return [text.split("\0") for text in fill_matrix(joined, job)]


def _action(material: Material, workflow: Workflow, job: Job, step: Step) -> Iterator[Build]:
    context, named = step.input("context") or ".", step.input("file")
    pushes = step.input("push") not in ("", "false")
    for written in dict.fromkeys(fill_matrix(named or "Dockerfile", job)):
        for where in dict.fromkeys(fill_matrix(context, job)):
            dockerfile = _resolve(material, written, "" if named else where, workflow.path)
            yield Build(step.path or workflow.path, step.line, Source.WORKFLOW, written, dockerfile, pushes)


def _command(material: Material, form: tuple[str, ...], command: Command) -> Iterator[Build]:
    if _PROGRAMS.isdisjoint(form):
        return
    words = tuple(word for word in form if word)
    plain = tuple(word for word in words if not word.startswith("-"))
    builder = next((b for b in _BUILDERS if plain[: len(b)] == b), None)
    if builder is not None:
        named = _option(words, "-f", "--file", "--dockerfile")
        context = _option(words, "--context") or _last_path(words) or "."
        dockerfile = _resolve(material, named or "Dockerfile", "" if named else context, command.path)
        if named and dockerfile is None:
            dockerfile = _resolve(material, named, context, command.path)
        written = named or posixpath.join(context, "Dockerfile")
        yield Build(command.path, command.line, command.source, written, dockerfile, "--push" in words)
    elif plain[:3] == ("gcloud", "run", "deploy") and (source := _option(words, "--source")):
        if dockerfile := _resolve(material, "Dockerfile", source, command.path):
            written = posixpath.join(source, "Dockerfile")
            yield Build(command.path, command.line, command.source, written, dockerfile, True)
    elif plain[:3] == ("gcloud", "builds", "submit") and not _option(words, "--config"):
        context = _last_path(words[3:]) or "."
        tagged = _option(words, "--tag", "-t")
        if tagged:
            dockerfile = _resolve(material, "Dockerfile", context, command.path)
            yield Build(
                command.path, command.line, command.source, posixpath.join(context, "Dockerfile"), dockerfile, True
            )


def _option(words: tuple[str, ...], *names: str) -> str:
    for number, word in enumerate(words):
        if word in names and number + 1 < len(words):
            return words[number + 1]
        name, sign, value = word.partition("=")
        if sign and name in names:
            return value
    return ""


def _last_path(words: tuple[str, ...]) -> str:
    """The last word that is no option, nor one's value."""
    last = words[-1] if words else ""
    before = words[-2] if len(words) > 1 else ""
    is_value = (
        before.startswith("-") and "=" not in before and last not in (".", "..") and before not in ("--push", "--load")
    )
    return "" if last.startswith("-") or is_value else last


def _work_folders(material: Material, near: str) -> Iterator[str]:
    """The folders that a workflow's steps run in."""
    tree = material.trees.get(near) if near.startswith(".github/") else None
    for dotted, node in tree.walk() if tree else ():
        if dotted.rpartition(".")[2] == "working-directory":
            yield node.text()


def _resolve(material: Material, written: str, context: str, near: str) -> str | None:
    """The Dockerfile that a build means; where a variable is in its name, the first that it could mean."""
    if len(context) + len(written) > _LONGEST_PATH:
        return None
    context = _VARIABLE.sub("*", context).strip("\"'") or "."
    written = _VARIABLE.sub("*", written).strip("\"'")
    folder = near.rpartition("/")[0]
    usual = dict.fromkeys((context, "", folder, posixpath.join(folder, context)))
    for base in chain(usual, _work_folders(material, near)):
        path = posixpath.normpath(posixpath.join(base, written))
        for one in (path, re.sub(r"Dockerfile$", "dockerfile", path)):  # Docker takes the second, too
            if one in material.files:
                return one
        if "*" in path:
            found = next(
                (p for p, f in material.files.items() if f.kind == "dockerfile" and fnmatch.fnmatch(p, path)), None
            )
            if found:
                return found
    return None
