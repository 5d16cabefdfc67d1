"""Probes about how a project is laid out, and how it is called: template, tasks, commands, images."""

import re

from harvester.models.builds import Dockerfile, Source
from harvester.models.code import Function
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Role
from harvester.probes.contents import files_like, matches_path
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.runs import commands_like

_PARTS = {
    "data": r"data(?:sets?)?",
    "models": r"models?",
    "notebooks": r"notebooks?",
    "reports": r"reports?",
    "tests": r"(?:unit_?)?tests?",
    "dockerfiles": r"docker(?:[_-]?files?)?",
    "configs": r"conf(?:ig(?:uration)?s?)?|\w*configs",
    "docs": r"docs?|documentation",
}
"""Folder of the template -> names that it goes by; a DVC pointer to the folder counts for it."""
_TASKS = ("tasks.py", "makefile", "justfile")
_CREDIT = re.compile(r"cookiecutter|mlops[_-]template", re.IGNORECASE)
_INSTALLS = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "environment.yml", "environment.yaml")


def template_parts(facts: Facts, *, at_least: int) -> Finding:
    """The project has so many parts of the course's file structure, beside a source package.

    The parts are data, models, notebooks, reports, tests, dockerfiles, configs, docs, and tasks.py or a Makefile.
    """
    best: dict[str, Spot] = {}
    for root in _roots(facts):
        parts = _parts(facts, root)
        if len(parts) > len(best) and _has_package(facts, root):
            best = parts
    return found(best.values()) if len(best) >= at_least else Finding(False)


def _roots(facts: Facts) -> list[str]:
    """Folders that a project may begin in, with their slash: the repository's own, and where one is installed from.

    Likewise a folder that holds `src`.
    """
    inner = {path.rpartition("/")[0] for path in facts.files if path.rpartition("/")[2] in _INSTALLS}
    inner |= {path.partition("/src/")[0] for path in facts.python if "/src/" in path}
    return ["", *sorted(f"{folder}/" for folder in inner if folder and folder.count("/") < 2)]


def _parts(facts: Facts, root: str) -> dict[str, Spot]:
    parts: dict[str, Spot] = {}
    seen: set[tuple[str, str]] = set()
    for path, file in facts.files.items():
        if not path.startswith(root) or file.role in (Role.VENDORED, Role.EXERCISE):
            continue
        first, slash, _ = path[len(root) :].partition("/")
        if (first, slash) in seen:
            continue
        seen.add((first, slash))
        low = first.lower()
        if not slash and low in _TASKS:
            parts.setdefault("tasks", Spot(path, 1))
        for name, pattern in _PARTS.items():
            if re.fullmatch(pattern, low if slash else low.removesuffix(".dvc")) and (slash or low.endswith(".dvc")):
                parts.setdefault(name, Spot(path, 1, f"{first}{slash}"))
    return parts


def _has_package(facts: Facts, root: str) -> bool:
    """Whether code stands in a folder below the root."""
    return any(
        path.startswith(root) and "/" in path[len(root) :] and facts.role(path) in (Role.PACKAGE, Role.TEMPLATE)
        for path in facts.python
    )


def template_signature(facts: Facts) -> Finding:
    """The project's README credits a cookiecutter template, or files of the course's template are there."""
    spots = [Spot(path, 1) for path in facts.files if path.rpartition("/")[2] in (".cruft.json", ".cookiecutter.json")]
    for path in facts.documents:
        if path.lower().rpartition("/")[2].startswith("readme") and facts.role(path) is not Role.REPORT:
            lines = facts.tree.lines(path)
            spots += [Spot(path, number) for number, line in enumerate(lines, 1) if _CREDIT.search(line[:500])][:2]
    spots += [
        Spot(path, 1)
        for path, file in facts.files.items()
        if file.template and not path.startswith("reports/") and file.role is not Role.VENDORED
    ]
    return found(spots)


def own_tasks(facts: Facts) -> Finding:
    """The group wrote task commands: a Makefile, invoke tasks, project scripts, beyond what the template ships."""
    spots = [
        Spot(path, target.line)
        for path, targets in facts.targets.items()
        if not facts.is_template(path)
        for target in targets
        if target.commands and target.name not in _TEMPLATE_TARGETS
    ]
    for path, file in facts.python.items():
        if not facts.is_template(path) and facts.role(path) not in NO_EVIDENCE:
            spots += [Spot(path, one.line) for one in file.functions if _is_own_task(one)]
    for path, tree in facts.configs.items():
        if path.endswith("pyproject.toml") and facts.role(path) not in NO_EVIDENCE:
            tables = [("project", "scripts"), ("tool", "poetry", "scripts"), ("tool", "poe", "tasks")]
            tables += [("tool", "taskipy", "tasks"), ("tool", "pdm", "scripts"), ("project", "gui-scripts")]
            spots += [Spot(path, node.line) for keys in tables for _, node in tree.get(*keys).items()]
    return found(spots)


_TEMPLATE_TARGETS = frozenset(("help", "clean", "create_environment", "requirements", "dev_requirements", "lint"))
_TASK_DECORATORS = ("invoke.task", "invoke.tasks.task", "nox.session", "duty.duty")


def _is_own_task(function: Function) -> bool:
    """Whether a function is a task that the template does not ship word for word."""
    return not function.template and any(part.name in _TASK_DECORATORS for part in function.decorators)


def installs_packages(facts: Facts) -> Finding:
    """A README or Dockerfile has a command that installs packages."""
    wanted = ("pip install", "pip3 install", "uv add", "uv pip install", "conda install", "conda create", "poetry add")
    spots = [
        Spot(command.path, command.line)
        for command in commands_like(facts, wanted, pages=True)
        if command.source in (Source.DOCS, Source.DOCKERFILE) and facts.role(command.path) is not Role.REPORT
    ]
    return found(spots)


def image_defined(facts: Facts, *, whole: bool = True) -> Finding:
    """There is a Dockerfile; `whole`: with a base image and steps that install or copy the project."""
    spots = []
    for path, file in facts.dockerfiles.items():
        if facts.role(path) in NO_EVIDENCE:
            continue
        steps = _steps(file)
        if not whole or (steps and file.images and not file.devcontainer):
            line = file.images[0].line if file.images else 1
            spots.append(Spot(path, line))
    return found(spots)


_INSTALL_STEP = re.compile(r"\b(?:pip3?|uv|poetry|conda|mamba|micromamba|pdm|pipenv|npm|yarn|pnpm|python3?)\b", re.I)


def _steps(file: Dockerfile) -> bool:
    return bool(file.named("COPY", "ADD")) or any(_INSTALL_STEP.search(part.text) for part in file.named("RUN"))


def compose_builds(facts: Facts) -> Finding:
    """A compose file of the group's has a service that is built."""
    wanted = ("docker-compose*.y*ml", "compose*.y*ml", "devcontainer.json")
    spots = [
        Spot(path, service.get("build").line)
        for path, tree in facts.configs.items()
        if matches_path(path, wanted) and facts.role(path) not in NO_EVIDENCE and not facts.is_template(path)
        for _, service in tree.get("services").items()
        if service.get("build")
    ]
    spots += [Spot(file.path, 1) for file in files_like(facts, ("devcontainer.json",))]
    return found(spots)


def versioned_data(facts: Facts, *, remote: bool = True) -> Finding:
    """Data is under version control; `remote`: and there is a place that it is pushed to.

    Files of git-lfs need no remote of their own, nor do other tools' that keep their data in a registry.
    """
    alone = [Spot(one.path, one.line) for one in facts.tracked if one.tool != "dvc"]
    outputs = [Spot(one.path, one.line) for one in facts.tracked if one.tool == "dvc"]
    remotes = [Spot(one.path, one.line) for one in facts.remotes]
    if alone or (outputs and remotes):
        return found([*outputs[:1], *remotes[:1], *alone, *outputs[1:], *remotes[1:]])
    return Finding(False) if remote else found([*outputs, *remotes])
