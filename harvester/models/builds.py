"""What runs by itself or by a command: workflows, images, tasks, scripts. Pure records, made by `harvester.facts`."""

from dataclasses import dataclass
from enum import StrEnum

from harvester.models.files import Instruction
from harvester.models.quick import quick


class Source(StrEnum):
    """Where a command stands."""

    WORKFLOW = "workflow"
    CLOUDBUILD = "cloudbuild"
    DOCKERFILE = "dockerfile"
    COMPOSE = "compose"
    TASK = "task"
    """An invoke task, a Make target, a just recipe, a tox or nox environment, a project script."""
    SCRIPT = "script"
    PYTHON = "python"
    """`subprocess`, `os.system` in Python code."""
    DVC = "dvc"
    CONFIG = "config"
    """A command in a configuration: a Vertex job, a sweep, a Procfile, a pre-commit hook's entry."""
    DOCS = "docs"


@quick
@dataclass(frozen=True, slots=True)
class Command:
    """One simple command. `forms` are the ways to read it, as words.

    `uv run coverage run -m pytest tests` has the forms (uv run coverage run -m pytest tests), (coverage run -m pytest
    tests) and (pytest tests). `owner` is the step, task or target it is in; `via` the path and line that call it, where
    it was followed from a workflow step into a task or script; `may_fail` tells that its failure is ignored; `echoed`
    that it is only printed.
    """

    text: str
    forms: tuple[tuple[str, ...], ...]
    path: str
    line: int
    source: Source
    owner: str = ""
    via: tuple[str, int] | None = None
    may_fail: bool = False
    echoed: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a job: what it `uses` with what inputs, or what it runs. `enabled` is false for `if: false`."""

    line: int
    name: str = ""
    uses: str = ""
    inputs: tuple[tuple[str, str, int], ...] = ()
    """(input, value, line)"""
    run: str = ""
    commands: tuple[Command, ...] = ()
    condition: str = ""
    may_fail: bool = False
    enabled: bool = True
    path: str = ""
    """The file it stands in: the workflow's own, or that of a reusable workflow or local action."""

    @property
    def action(self) -> str:
        """`actions/cache` of `actions/cache@v4`, in small letters."""
        return self.uses.split("@", 1)[0].lower()

    def input(self, name: str) -> str:
        """The value of an input, empty where it is not set."""
        return next((value for key, value, _ in self.inputs if key == name), "")


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a job's matrix, with all values that it takes."""

    name: str
    values: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a workflow; `steps` include those of reusable workflows and local actions that it calls."""

    id: str
    line: int
    name: str = ""
    steps: tuple[Step, ...] = ()
    matrix: tuple[Axis, ...] = ()
    runs_on: str = ""
    needs: tuple[str, ...] = ()
    condition: str = ""
    uses: str = ""
    may_fail: bool = False
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Trigger:
    """One event that starts a workflow."""

    event: str
    line: int
    branches: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """A CI workflow. `system` is github, gitlab, azure, circleci, travis or bitbucket.

    Of systems other than GitHub, a push starts every workflow, and a job has one step per script.
    """

    path: str
    system: str
    name: str = ""
    triggers: tuple[Trigger, ...] = ()
    jobs: tuple[Job, ...] = ()

    def starts_on(self, *events: str) -> bool:
        """Whether one of the events starts it."""
        return any(trigger.event in events for trigger in self.triggers)

    @property
    def by_hand(self) -> bool:
        """Whether it can only be started by hand (or is only called by others)."""
        return all(trigger.event in ("workflow_dispatch", "workflow_call") for trigger in self.triggers)

    @property
    def steps(self) -> tuple[tuple[Job, Step], ...]:
        """All steps with their jobs."""
        return tuple((job, step) for job in self.jobs for step in job.steps)


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A Dockerfile. `stub` tells that it has nothing but a base image and settings."""

    path: str
    instructions: tuple[Instruction, ...]
    devcontainer: bool = False

    @property
    def images(self) -> tuple[Instruction, ...]:
        """Its FROM lines."""
        return tuple(part for part in self.instructions if part.name == "FROM")

    def named(self, *names: str) -> tuple[Instruction, ...]:
        """Its instructions of some names, in capitals."""
        return tuple(part for part in self.instructions if part.name in names)


@dataclass(frozen=True, slots=True)
class Build:
    """A build of an image: the command, action or compose service, and the Dockerfile it names.

    `dockerfile` is the repository path it resolves to, None where no such file is there; `written` is what it says.
    """

    path: str
    line: int
    source: Source
    written: str
    dockerfile: str | None
    pushes: bool = False


@dataclass(frozen=True, slots=True)
class Dependency:
    """An entry of a dependency list. `name` is normalised (`scikit-learn`); `kind` is hand, freeze or lock."""

    name: str
    path: str
    line: int
    kind: str
    group: str = ""
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Tracked:
    """Something under data version control: the file that says so, and what it tracks."""

    path: str
    line: int
    what: str
    tool: str
    """dvc, git-lfs, or another tool's name."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Where versioned data is kept."""

    name: str
    url: str
    path: str
    line: int
    tool: str = "dvc"
    default: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """A configuration file that something reads: the file, and the place that reads it."""

    config: str
    path: str
    line: int
    how: str
    """open, hydra, argument, sweep, compose, dvc, ..."""


@dataclass(frozen=True, slots=True)
class HydraApp:
    """A use of Hydra: `@hydra.main`, or `initialize` with `compose`. `configs` are the files it composes."""

    path: str
    line: int
    folder: str | None
    name: str
    configs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Style:
    """What ruff found in the package code: findings and physical lines."""

    findings: int
    lines: int
    worst: tuple[str, int] | None = None
    """The path and line of the first finding in the file with most."""

    @property
    def per_thousand(self) -> float:
        """Findings per 1,000 physical lines; 0 for no lines."""
        return 1000 * self.findings / self.lines if self.lines else 0.0
