"""Which module an image starts, and whether that image is deployed."""

import re
from collections.abc import Iterable, Iterator

from harvester.models.builds import Command, Dockerfile, Source
from harvester.models.contents import dotted
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE
from harvester.probes.cloud import DEPLOY_ACTIONS, DEPLOYS, TERRAFORM
from harvester.probes.finding import Spot
from harvester.probes.runs import commands_like, is_command

_MODULE = re.compile(r"([A-Za-z_][\w./-]*?)(?::[A-Za-z_]\w*|\.py)(?![\w.])")
_BY_NAME = re.compile(r"\bpython[\d.]*[\"',\s]+-m[\"',\s]+([A-Za-z_][\w.]*)")
_TARGET = re.compile(r"functions-framework\b.{0,2000}?--target[\"',=\s]+([A-Za-z_]\w*)", re.DOTALL)
_SCRIPT = re.compile(r"[\w.-]+\.sh\b")
_FUNCTIONS = ("gcloud functions deploy", "gcloud * functions deploy", "functions deploy")
_WORD = re.compile(r"[a-z]{3,}")
_SERVES = re.compile(r"uvicorn|gunicorn|hypercorn|fastapi|flask|bentoml|functions-framework|litserve")
_COMMON = frozenset(
    ("dockerfile", "docker", "dockerfiles", "containers", "the", "app", "src", "gcloud", "run", "deploy")
)


def is_deployed(facts: Facts, path: str, function: str) -> tuple[Spot, ...]:
    """The Dockerfile and the deploy step of a module's service, empty where there is none.

    A module that an application imports (to mount its routes) is deployed with the application.
    """
    served = {path, *_importers(facts, path)}
    steps = tuple(_deploy_steps(facts))
    for command in steps:
        if is_command(command, _FUNCTIONS) and re.search(rf"\b{re.escape(function)}\b", command.text):
            return (Spot(command.path, command.line),)
    for image in facts.dockerfiles.values():
        if not starts_module(facts, image, served) or not _serves(facts, image, function):
            continue
        step = next((step for step in steps if _deploys(facts, step, image)), None)
        if step:
            return (Spot(image.path, 1), Spot(step.path, step.line))
    return ()


def _serves(facts: Facts, image: Dockerfile, function: str) -> bool:
    """Whether an image serves a function: all of an application's, but of Google's framework only its target."""
    targets = [name for text in _started(facts, image) for name in _TARGET.findall(text)]
    return not targets or function in targets


def _importers(facts: Facts, path: str) -> set[str]:
    """Files that import a module, themselves or through another."""
    found: set[str] = set()
    pending = [path]
    while pending:
        module = dotted(pending.pop())
        for target, sites in facts.imports.items():
            if target == module or target.startswith(f"{module}."):
                pending += [where for where, _ in sites if where not in found and where != path]
                found.update(where for where, _ in sites)
    return found


def starts_module(facts: Facts, image: Dockerfile, paths: Iterable[str]) -> bool:
    """Whether an image starts one of some modules: `uvicorn shop.api:app`, `python src/shop/api.py`, or its script."""
    wanted = [f".{dotted(path)}" for path in paths]
    for text in _started(facts, image):
        for name in (*_MODULE.findall(text), *_BY_NAME.findall(text)):
            written = f".{name.strip('./').replace('/', '.')}"
            if any(one.endswith(written) or written.endswith(one) for one in wanted):
                return True
    return False


def _started(facts: Facts, image: Dockerfile) -> Iterator[str]:
    """What an image starts, and the commands of the shell scripts of the repository among that."""
    for part in image.named("CMD", "ENTRYPOINT"):
        yield part.text
        if scripts := set(_SCRIPT.findall(part.text)):
            yield from (one.text for one in facts.commands if one.path.rpartition("/")[2] in scripts)


def _deploy_steps(facts: Facts) -> Iterator[Command]:
    for command in commands_like(facts, DEPLOYS):
        if command.source not in (Source.DOCS, Source.DOCKERFILE):
            yield command
    for path, file in facts.files.items():
        if path.endswith(".tf") and file.role not in NO_EVIDENCE:
            text = facts.tree.text(path) or ""
            if found := TERRAFORM.search(text):
                yield Command(text[found.start() :], (), path, text.count("\n", 0, found.start()) + 1, Source.SCRIPT)
    for workflow in facts.workflows:
        for _, step in workflow.steps:
            if step.action in DEPLOY_ACTIONS:
                text = " ".join(value for _, value, _ in step.inputs)
                yield Command(text, (), workflow.path, step.line, Source.WORKFLOW)


def _deploys(facts: Facts, step: Command, image: Dockerfile) -> bool:
    """Whether a deploy step deploys an image: the one that its file builds, one of its name, or the only server."""
    rivals = [one for one in facts.dockerfiles.values() if one.path != image.path and _is_server(facts, one)]
    own = set(_WORD.findall(image.path.lower())) - {word for one in rivals for word in _WORD.findall(one.path.lower())}
    words = set(_WORD.findall(step.text.lower()))
    named = bool((own - _COMMON) & words)
    built = {build.dockerfile for build in facts.builds if build.path == step.path and build.dockerfile}
    if built:
        return image.path in built and (named or not built & {one.path for one in rivals})
    return named or not rivals


def _is_server(facts: Facts, image: Dockerfile) -> bool:
    return any(_SERVES.search(text) for text in _started(facts, image))
