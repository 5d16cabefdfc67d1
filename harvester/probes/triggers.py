"""Probes about workflows that start when data, models or a registry change."""

import re
from collections.abc import Callable, Iterator
from functools import partial

from harvester.models.builds import Command, Step, Trigger, Workflow
from harvester.models.facts import Facts
from harvester.probes.ci import running
from harvester.probes.contents import is_there
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.runs import is_command

_DATA = re.compile(
    r"(?:^|/)\**(?:data|datasets?|raw|processed|[\w-]*_data|data_[\w-]*)\**(?:/|$)"
    r"|\.dvc\b|(?:^|/)dvc\.(?:lock|yaml)$",
    re.IGNORECASE,
)
_ABOUT_DATA = re.compile(r"(?:^|[-_.\s/])(?:data|dvc|dataset)(?:[-_.\s]|$)", re.IGNORECASE)
"""What the name of a workflow about data holds."""
_TESTS = re.compile(r"\b(?:tests?|testing|ci)\b", re.IGNORECASE)
_MODEL = re.compile(
    r"(?:^|/)\**(?:models?|model[-_]?registry|registry|checkpoints?|weights|artifacts?|mlruns)\**(?:[/.]|$)"
    r"|models?\.(?:dvc|toml|ya?ml|json)$|\.(?:pth?|ckpt|onnx|pkl|joblib|safetensors)$",
    re.IGNORECASE,
)
_TOUCHES = re.compile(
    r"(?<![\w/])(?:\./)?models?/(?!\S*\.py\b)|\.(?:pth?|ckpt|onnx|pkl|joblib|safetensors|h5|keras|bst)\b"
    r"|\bartifacts?\b(?!.*upload)|registry|client_payload|MODEL_(?:NAME|PATH|URI|VERSION)"
    r"|--model[_-](?:path|dir|name|uri)"
    r"|dvc\s+(?:pull|get|fetch)\s+\S*model|wandb\.|mlflow",
    re.IGNORECASE,
)
_REGISTRY = re.compile(
    r"model[-_ ]?registry|wandb-registry|staged?[-_ ]model|model[-_ ]stag|registered[-_ ]model|promot\w+[-_ ]model"
    r"|link[-_]model|link_artifact",
    re.IGNORECASE,
)
_STAGES = re.compile(r"\b(?:pre-?prod\w*|production|staging|staged?|promot\w+)\b", re.IGNORECASE)
_SETUP = re.compile(
    r"^(?:pip3?|uv|conda|mamba|poetry|pdm|apt|apt-get|sudo|git|mkdir|cd|ls|cat|echo|printf|export|set|tree|which|chmod"
    r"|rm|cp|mv|head|exit|true|if|fi|test|\[|\[\[|tee|sleep|source|\.)$"
)
_WITH_CODE = (".py", ".gitkeep", ".md", ".ipynb", ".yaml")
_PREPARES = re.compile(
    r"checkout|setup|cache|auth|upload-artifact|get-gke|install|login|paths-filter|changed-files|.*-(?:auth|login)$"
)
_IMAGES = ("gcloud artifacts", "gcloud auth", "docker")
"""Commands about images and their registry, which are no models."""
_FILTERS = ("dorny/paths-filter", "tj-actions/changed-files", "trilom/file-changes-action")


def data_trigger(facts: Facts) -> Finding:
    """A workflow starts when data or DVC files change, and does something then."""
    spots = [spot for workflow in facts.workflows if works(facts, workflow) for spot in _data_filters(facts, workflow)]
    return found(spots)


def data_workflow(facts: Facts) -> Finding:
    """A workflow is about data, but does not start when they change; or does nothing when they do."""
    for workflow in facts.workflows:
        spots = list(_data_filters(facts, workflow))
        if spots:
            return found(spots, "the workflow does nothing with the change")
    for workflow in facts.workflows:
        if _ABOUT_DATA.search(workflow.path.rpartition("/")[2]) or _is_named_for_data(workflow.name):
            return found([Spot(workflow.path, 1)], "the workflow is not started by a change of data")
    return Finding(False)


def _is_named_for_data(name: str) -> bool:
    """Whether a workflow's name begins with data, or names them and no tests (`Run tests and prepare data`)."""
    return bool(_ABOUT_DATA.match(name) or (_ABOUT_DATA.search(name) and not _TESTS.search(name)))


def _data_filters(facts: Facts, workflow: Workflow) -> Iterator[Spot]:
    for trigger in workflow.triggers:
        if any(_is_data(facts, path) for path in trigger.paths):
            yield Spot(workflow.path, _filter_line(facts, workflow, trigger, partial(_is_data, facts)))
    for _, step in workflow.steps:
        if step.action in _FILTERS and not workflow.by_hand:
            for _, value, line in step.inputs:
                if any(_is_data(facts, word.strip("- '\"")) for word in value.split()):
                    yield Spot(step.path or workflow.path, line)


def _is_data(facts: Facts, pattern: str) -> bool:
    """Whether a path filter is about data."""
    if not _DATA.search(pattern):
        return _is_format_of_data(facts, pattern)
    return ".dvc" in pattern or not _is_code(facts, pattern)


def _is_format_of_data(facts: Facts, pattern: str) -> bool:
    """Whether a path filter is one of a format (`**/*.png`) that most files of, and only, the data folders have."""
    format_ = re.fullmatch(r"(?:\*\*?/)?\*(\.\w+)", pattern)
    if not format_ or format_[1] in _WITH_CODE:
        return False
    inside = [bool(_DATA.search(path)) for path in facts.files if path.endswith(format_[1])]
    return sum(inside) > len(inside) / 2


def _is_code(facts: Facts, pattern: str) -> bool:
    """Whether a path filter is one of code (or takes something out): a folder with nothing but code, a module."""
    if pattern.startswith("!") or pattern.endswith(".py"):
        return True
    folder = re.split(r"[*?\[]", pattern, maxsplit=1)[0].rstrip("/")
    inside = [path for path in facts.files if folder and path.startswith(f"{folder}/")]
    return any(path.endswith(".py") for path in inside) and all(path.endswith(_WITH_CODE) for path in inside)


def _filter_line(facts: Facts, workflow: Workflow, trigger: Trigger, wanted: Callable[[str], object]) -> int:
    """The line of the first filter of a trigger that is wanted."""
    lines = facts.tree.lines(workflow.path)
    named = [path for path in trigger.paths if wanted(path) and not path.startswith("!")]
    for number, line in enumerate(lines[trigger.line :], trigger.line + 1):
        if any(path in line for path in named):
            return number
    return trigger.line


def registry_trigger(facts: Facts) -> Finding:
    """A workflow starts when a model is staged or registered, or model files change, and handles the model."""
    spots = []
    for workflow in facts.workflows:
        if not works(facts, workflow):
            continue
        for trigger in workflow.triggers:
            if trigger.event == "repository_dispatch" and _is_about_model(workflow):
                spots.append(Spot(workflow.path, trigger.line))
            elif _model_paths(facts, trigger) and _touches_model(workflow):
                spots.append(Spot(workflow.path, _filter_line(facts, workflow, trigger, _MODEL.search)))
    return found(spots)


def registry_workflow(facts: Facts) -> Finding:
    """A workflow is about the model registry, but only starts by hand, does nothing, or touches no model."""
    for workflow in facts.workflows:
        for trigger in workflow.triggers:
            if trigger.event == "repository_dispatch" and _is_about_model(workflow):
                return found([Spot(workflow.path, trigger.line)], "the workflow is a stub")
            if _model_paths(facts, trigger):
                says = "it touches no model file or artifact" if works(facts, workflow) else "the workflow is a stub"
                return found([Spot(workflow.path, _filter_line(facts, workflow, trigger, _MODEL.search))], says)
    for workflow in facts.workflows:
        staged = (
            workflow.by_hand and _STAGES.search(workflow.name) and re.search("model", _text(workflow), re.IGNORECASE)
        )
        if staged or _REGISTRY.search(f"{workflow.path} {workflow.name} {_text(workflow)}"):
            return found([Spot(workflow.path, 1)], "the workflow is not started by a change of the registry")
    return Finding(False)


def _model_paths(facts: Facts, trigger: Trigger) -> bool:
    """Whether one of a trigger's filters is about models, and not about their code."""
    return any(_MODEL.search(path) and not _is_code(facts, path) for path in trigger.paths)


def _touches_model(workflow: Workflow) -> bool:
    return bool(_TOUCHES.search(_text(workflow)))


def _is_about_model(workflow: Workflow) -> bool:
    types = " ".join(kind for trigger in workflow.triggers for kind in trigger.types)
    return bool(
        re.search(r"model|registry|artifact|stag|promot", f"{types} {workflow.name} {_text(workflow)}", re.IGNORECASE)
    )


def _text(workflow: Workflow) -> str:
    """What its steps run and are given, echoes left out."""
    parts = []
    for job, step in workflow.steps:
        if job.enabled and step.enabled:
            parts += [one.text for one in step.commands if not one.echoed and not is_command(one, _IMAGES)]
            parts += [value for _, value, _ in step.inputs if not _PREPARES.match(step.action.rpartition("/")[2])]
    return "\n".join(parts)


def works(facts: Facts, workflow: Workflow) -> bool:
    """Whether a workflow starts by itself and does more than set up and print."""
    return any(_acts(facts, step) for _, step in running(workflow))


def _acts(facts: Facts, step: Step) -> bool:
    if step.uses and not step.run:
        name = step.action.rpartition("/")[2]
        return not _PREPARES.match(name)
    return any(not command.echoed and _is_work(facts, command) for command in step.commands)


def _is_work(facts: Facts, command: Command) -> bool:
    """Whether a command does more than prepare, and what it runs is there."""
    inner = command.forms[-1] if command.forms else ()
    if not inner or _SETUP.match(inner[0]) or (inner[0].isupper() and "=" in inner[0]) or "=" in inner[0]:
        return False
    if re.match(r"python[\d.]*$", inner[0]) and len(inner) > 1 and inner[1].endswith(".py"):
        return is_there(facts, inner[1].removeprefix("./"))
    if inner[0] == "pytest":
        named = [word.partition("::")[0].removeprefix("./") for word in inner[1:] if ".py" in word]
        return not named or any(is_there(facts, name) for name in named)
    return inner[:2] != ("dvc", "version") and "--version" not in inner
