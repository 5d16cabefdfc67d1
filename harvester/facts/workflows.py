"""CI workflows: GitHub Actions in full, other systems as far as triggers and scripts go."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from harvester.facts.commands import make_commands
from harvester.facts.tasks import Tasks
from harvester.models.builds import Axis, Command, Job, Source, Step, Trigger, Workflow
from harvester.models.files import Node

_GITHUB = re.compile(r"^\.github/workflows/[^/]+\.ya?ml$")
_OTHERS = (
    (re.compile(r"(?:^|/)\.gitlab-ci\.ya?ml$"), "gitlab"),
    (re.compile(r"(?:^|/)azure-pipelines[\w.-]*\.ya?ml$"), "azure"),
    (re.compile(r"^\.circleci/config\.ya?ml$"), "circleci"),
    (re.compile(r"^\.travis\.ya?ml$"), "travis"),
    (re.compile(r"^bitbucket-pipelines\.ya?ml$"), "bitbucket"),
)
_NEVER = re.compile(r"^\s*+(?:\$\{\{\s*+)?false\s*+(?:\}\}\s*+)?$", re.IGNORECASE)
_SCRIPTS = ("script", "before_script", "after_script", "bash", "run", "powershell", "pwsh", "install")


def collect_workflows(trees: Mapping[str, Node], tasks: Tasks) -> tuple[Workflow, ...]:
    """All CI workflows that would run, with the steps and commands that they lead to one level down."""
    found = []
    for path, tree in trees.items():
        if _GITHUB.match(path):
            found.append(_Github(trees, tasks, path).workflow(tree))
        else:
            system = next((name for pattern, name in _OTHERS if pattern.search(path)), "")
            if system:
                found.append(_other(path, tree, system, tasks))
    return tuple(found)


@dataclass(frozen=True)
class _Github:
    trees: Mapping[str, Node]
    tasks: Tasks
    path: str

    def workflow(self, tree: Node) -> Workflow:
        jobs = tuple(self.job(name, node) for name, node in tree.get("jobs").items())
        return Workflow(self.path, "github", tree.get("name").text(), tuple(_triggers(tree.get("on"))), jobs)

    def job(self, name: str, node: Node) -> Job:
        condition = node.get("if").text()
        matrix = tuple(_matrix(node.get("strategy", "matrix")))
        enabled = not _NEVER.match(condition)
        may_fail = _is_true(node.get("continue-on-error"))
        steps = [inner for part in node.get("steps").nodes() for inner in self.steps(part, self.path)]
        uses = node.get("uses").text()
        steps += self.called(uses)
        return Job(
            id=name,
            line=node.line,
            name=node.get("name").text(),
            steps=tuple(_within(step, enabled, may_fail) for step in steps),
            matrix=matrix,
            runs_on=", ".join(node.get("runs-on").texts()),
            needs=node.get("needs").texts(),
            condition=condition,
            uses=uses,
            may_fail=may_fail,
            enabled=enabled,
        )

    def called(self, uses: str) -> list[Step]:
        """The steps of a reusable workflow of the repository."""
        path = uses.removeprefix("./")
        if not uses.startswith("./") or path not in self.trees or path == self.path:
            return []
        jobs = self.trees[path].get("jobs").parts()
        return [step for job in jobs for part in job.get("steps").nodes() for step in self.steps(part, path)]

    def steps(self, node: Node, path: str) -> Iterator[Step]:
        """A step, then those of the local action that it uses."""
        step = self.step(node, path)
        yield step
        if step.uses.startswith("./"):
            folder = step.uses.removeprefix("./").strip("/")
            for name in ("action.yml", "action.yaml"):
                action = f"{folder}/{name}" if folder else name
                if action in self.trees and action != path:
                    parts = self.trees[action].get("runs", "steps").nodes()
                    yield from (_within(self.step(part, action), step.enabled, step.may_fail) for part in parts)

    def step(self, node: Node, path: str) -> Step:
        run, condition = node.get("run"), node.get("if").text()
        may_fail = _is_true(node.get("continue-on-error"))
        name = node.get("name").text()
        inputs = tuple((key, "\n".join(value.texts()), value.line) for key, value in node.get("with").items())
        own = make_commands(run.text(), path, run.block or run.line, Source.WORKFLOW, name, may_fail=may_fail)
        return Step(
            line=run.line if run else node.get("uses").line or node.line,
            name=name,
            uses=node.get("uses").text(),
            inputs=inputs,
            run=run.text(),
            commands=(*own, *self.tasks.follow(own)),
            condition=condition,
            may_fail=may_fail,
            enabled=not _NEVER.match(condition),
            path=path,
        )


def _within(step: Step, enabled: bool, may_fail: bool) -> Step:
    """A step as the job or step around it makes it."""
    if enabled and not may_fail:
        return step
    commands = tuple(replace(command, may_fail=command.may_fail or may_fail) for command in step.commands)
    return replace(step, enabled=step.enabled and enabled, may_fail=step.may_fail or may_fail, commands=commands)


def _is_true(node: Node) -> bool:
    return node.value is True or node.text().strip().lower() in ("true", "${{ true }}")


def _triggers(node: Node) -> Iterator[Trigger]:
    if not isinstance(node.value, dict):
        for part in node.nodes():
            yield Trigger(part.text(), part.line)
        return
    for event, settings in node.value.items():
        yield Trigger(
            event,
            settings.line,
            settings.get("branches").texts(),
            settings.get("paths").texts(),
            settings.get("types").texts(),
        )


def _matrix(node: Node) -> Iterator[Axis]:
    """The axes of a matrix with all their values; those that `include` adds are among them."""
    values: dict[str, dict[str, None]] = {}
    lines: dict[str, int] = {}
    for key, part in node.items():
        if key in ("include", "exclude"):
            continue
        lines[key] = part.line
        values[key] = dict.fromkeys(_axis_value(item) for item in part.nodes())
    for entry in node.get("include").nodes():
        for key, part in entry.items():
            lines.setdefault(key, part.line)
            values.setdefault(key, {})[_axis_value(part)] = None
    for key, found in values.items():
        yield Axis(key, tuple(found), lines[key])


def _axis_value(node: Node) -> str:
    return node.text() or ", ".join(f"{key}={part.text()}" for key, part in node.items())


def fill_matrix(text: str, job: Job) -> list[str]:
    """A text with `${{ matrix.x }}` replaced by each value of the axis, at most 20 texts."""
    texts = [text]
    for axis in job.matrix:
        pattern = re.compile(r"\$\{\{\s*matrix\." + re.escape(axis.name) + r"(?:\.(\w+))?\s*\}\}")
        if pattern.search(text):
            texts = [pattern.sub(partial(_pick, value), old) for old in texts for value in axis.values][:20]
    return texts


def _pick(value: str, found: re.Match[str]) -> str:
    """A value of an axis; of a mapping what stands under the key that is asked for."""
    entry = re.search(rf"(?:^|, ){re.escape(found[1])}=([^,]*)", value) if found[1] else None
    return (entry[1] if entry else value).replace("\\", "/")


def _other(path: str, tree: Node, system: str, tasks: Tasks) -> Workflow:
    """Another system's workflow: one job per part that has scripts."""
    found: dict[str, list[tuple[str, Node]]] = {}
    image: dict[str, Axis] = {}
    for where, node in tree.walk():
        owner, _, key = where.rpartition(".")
        if key in _SCRIPTS and (node.text() or isinstance(node.value, list) or node.get("command").text()):
            found.setdefault(owner.partition(".")[0] or key, []).append((owner, node))
        if key in ("matrix", "python_version", "PYTHON_VERSION") and isinstance(node.value, list):
            image[where] = Axis(key, node.texts(), node.line)
    jobs = []
    for name, parts in found.items():
        steps = []
        for _, node in parts:
            lines = (node.get("command"),) if node.get("command") else node.nodes()
            commands: list[Command] = []
            for line in lines:
                commands += make_commands(line.text(), path, line.block or line.line, Source.WORKFLOW, name)
            steps.append(Step(node.line, name, commands=(*commands, *tasks.follow(commands)), path=path))
        jobs.append(Job(name, tree.get(name).line or 1, steps=tuple(steps), matrix=tuple(image.values())))
    return Workflow(path, system, path, (Trigger("push", 1),), tuple(jobs))
