"""Probes about continuous integration: tests, linting, matrices, caches, coverage."""

import re
from collections.abc import Iterator

from harvester.models.builds import Command, Job, Source, Step, Workflow
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Role
from harvester.probes.contents import files_like, matches_path
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.runs import commands_like, is_command
from harvester.probes.wordings import LINT_ACTIONS, LINTERS, TEST_COMMANDS

_BY_HAND = re.compile(r"^\s*+(?:\$\{\{\s*+)?github\.event_name\s*+==\s*+'workflow_dispatch'\s*+(?:\}\}\s*+)?$")
_CHANGES = ("push", "pull_request", "pull_request_target", "pull_request_review", "merge_group")
"""What starts a workflow when somebody changes code."""
_FORMATTERS = ("black", "isort", "yapf", "autopep8")
_CHECKS = ("--check", "--check-only", "-c", "--diff")
_OFF = ("", "false", "no", "off", "none", "never")
_CACHE_INPUT = re.compile(r"^(?:enable-)?cache(?:-environment|-downloads|-env|-from)?$|^use-cache$")
_AXES = re.compile(
    r"(?:^|[-_.])(?:os|platform|runner|runs-on|python|py|pytorch|torch)(?:$|[-_.])|pythonversion", re.IGNORECASE
)
_SYSTEM = re.compile(r"^(?:ubuntu|windows|macos)-", re.IGNORECASE)
_TOTAL = re.compile(r"TOTAL\s+\d+\s.*\d%\s*$")
_COVERAGE = ("coverage run", "coverage report", "coverage html", "coverage xml", "coverage json")
_PYTEST = ("pytest", "py.test")
_REPORTS = (
    "coverage.xml",
    "coverage.json",
    "lcov.info",
    ".coverage",
    ".coverage.*",
    "coverage*.svg",
    "htmlcov/index.html",
)
_CONFIGS = (".coveragerc", "pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini")


def steps_of(facts: Facts, *, by_hand: bool = False) -> Iterator[tuple[Workflow, Job, Step]]:
    """Steps that run: not switched off, and in workflows that start by themselves (or by hand, too)."""
    for workflow in facts.workflows:
        yield from ((workflow, job, step) for job, step in running(workflow, by_hand=by_hand))


def running(workflow: Workflow, *, by_hand: bool = False) -> Iterator[tuple[Job, Step]]:
    """Likewise, of one workflow."""
    for job, step in workflow.steps:
        manual = workflow.by_hand or _BY_HAND.match(job.condition) or _BY_HAND.match(step.condition)
        if job.enabled and step.enabled and (by_hand or not manual):
            yield job, step


def spot_of(command: Command) -> Spot:
    """Where a command is run: in a workflow where it calls a task; its words, where they stand on lines of a list."""
    if command.via:
        return Spot(*command.via)
    shown = command.text if command.source in (Source.CLOUDBUILD, Source.TASK, Source.PYTHON) else ""
    return Spot(command.path, command.line, shown)


def step_spot(workflow: Workflow, step: Step) -> Spot:
    """Where a step stands."""
    return Spot(step.path or workflow.path, step.line)


def is_test_run(command: Command) -> bool:
    """Whether a command runs tests, in a container too."""
    if is_command(command, TEST_COMMANDS):
        return True
    return not command.echoed and any(form[0] in ("docker", "podman") and "pytest" in form for form in command.forms)


def ci_checks(facts: Facts, *, on_change: bool = True) -> Finding:
    """A workflow that starts by itself runs tests or linters.

    Parameters
    ----------
    on_change
        Only on a push or a pull request; false also at a time of day, at a release or on another event.
    """
    tests: list[Spot] = []
    others: list[Spot] = []
    for workflow, _, step in steps_of(facts):
        if on_change and not _is_on_change(facts, workflow):
            continue
        for command in step.commands:
            if is_test_run(command):
                tests.append(spot_of(command))
            elif is_lint(command):
                others.append(spot_of(command))
        if matches_action(step, LINT_ACTIONS):
            others.append(step_spot(workflow, step))
    return found((*tests, *others))


def _is_on_change(facts: Facts, workflow: Workflow) -> bool:
    """Whether a push or pull request starts a workflow, or one that it may follow."""
    if workflow.starts_on(*_CHANGES):
        return True
    return workflow.starts_on("workflow_run") and any(other.starts_on(*_CHANGES) for other in facts.workflows)


def workflow_there(facts: Facts) -> Finding:
    """There is some workflow, whatever it does."""
    reason = "the workflows run no tests or checks by themselves"
    return found((Spot(workflow.path, 1) for workflow in facts.workflows), reason)


def matches_action(step: Step, actions: tuple[str, ...]) -> bool:
    """Whether a step uses one of the actions."""
    return bool(step.uses) and matches_path(step.action, tuple(f"*{one.removeprefix('*')}" for one in actions))


def is_lint(command: Command) -> bool:
    """Whether a command lints, or checks types; `pre-commit autoupdate` does not."""
    return is_command(command, LINTERS) and any(not _is_other(form) for form in command.forms if _names_linter(form))


def _names_linter(form: tuple[str, ...]) -> bool:
    return any(form[0] == one.split()[0] for one in LINTERS)


def _is_other(form: tuple[str, ...]) -> bool:
    """Uses of linters that look at no code."""
    if any(word in form for word in ("--version", "--help", "--show-settings", "--show-files")):
        return True
    if form[0] in ("pre-commit", "prek"):
        return "run" not in form
    return form[0] == "ruff" and len(form) > 1 and form[1] in ("rule", "version", "clean", "config", "linter", "server")


def only_formats(command: Command) -> bool:
    """Whether a command puts code in order instead of complaining."""
    form = next((one for one in command.forms if _names_linter(one)), ("",))
    if form[0] in _FORMATTERS or form[:2] == ("ruff", "format"):
        checks = _CHECKS[:-1] if form[0] == "black" else _CHECKS
        return not any(word in form for word in checks)
    return False


def lint_step(facts: Facts, *, can_fail: bool = True, by_hand: bool = False) -> Finding:
    """A workflow that starts by itself runs a linter, formatter in check mode, or type checker.

    Parameters
    ----------
    can_fail
        Only steps whose findings make the workflow fail; false also for those whose findings are ignored, or that only
        format.
    by_hand
        Whether workflows count that can only be started by hand.
    """
    spots = []
    reason = ""
    for workflow, job, step in steps_of(facts, by_hand=by_hand):
        ignored = job.may_fail or step.may_fail
        for command in step.commands:
            if is_lint(command):
                fails = not (ignored or command.may_fail or only_formats(command))
                reason = reason or ("it only formats" if only_formats(command) else "the step cannot fail")
                if fails or not can_fail:
                    spots.append(spot_of(command))
        if matches_action(step, LINT_ACTIONS) and (not ignored or not can_fail):
            reason = reason or "the step cannot fail"
            spots.append(step_spot(workflow, step))
    return found(spots, "" if can_fail else reason)


def ci_matrix(facts: Facts) -> Finding:
    """A workflow that tests does so on two or more systems, Python or PyTorch versions."""
    spots = []
    for workflow, job in _test_jobs(facts):
        for axis in job.matrix:
            named = _AXES.search(axis.name) or any(_SYSTEM.match(value) for value in axis.values)
            if named and len(set(axis.values)) > 1 and _is_used(workflow, job, axis.name):
                spots.append(Spot(workflow.path, axis.line))
    return found(spots)


def _is_used(workflow: Workflow, job: Job, axis: str) -> bool:
    """Whether a job does anything with an axis of its matrix."""
    if workflow.system != "github":
        return True
    texts = [job.runs_on, job.name]
    for step in job.steps:
        texts += [step.run, *(value for _, value, _ in step.inputs)]
    return any(re.search(rf"matrix\.{re.escape(axis)}\b|toJson\(matrix\)", text, re.IGNORECASE) for text in texts)


def ci_cache(facts: Facts) -> Finding:
    """A workflow that tests keeps a cache: a cache action, or the `cache` input of a setup action."""
    spots = []
    for workflow, job in _test_jobs(facts):
        for step in job.steps:
            if not step.enabled:
                continue
            if "cache" in step.action.rpartition("/")[2] or "/cache" in step.action:
                spots.append(step_spot(workflow, step))
            for name, value, line in step.inputs:
                if _CACHE_INPUT.match(name) and value.strip().lower() not in _OFF:
                    spots.append(Spot(step.path or workflow.path, line))
    return found(spots)


def _test_jobs(facts: Facts) -> Iterator[tuple[Workflow, Job]]:
    """Jobs of workflows that test; a job without tests of its own counts where the workflow has one."""
    for workflow in facts.workflows:
        if not workflow.by_hand and any(job.enabled and any(map(_is_test, job.steps)) for job in workflow.jobs):
            yield from ((workflow, job) for job in workflow.jobs if job.enabled)


def _is_test(step: Step) -> bool:
    return step.enabled and any(is_test_run(command) for command in step.commands)


def coverage_measured(facts: Facts) -> Finding:
    """Coverage is calculated: in CI, by a task or documented command, by a setting, or in a committed report."""
    spots = [
        Spot(command.path, command.line)
        for command in commands_like(facts, (*_COVERAGE, *_PYTEST), pages=True)
        if facts.role(command.path) is not Role.REPORT and is_coverage(command)
    ]
    spots.sort(key=lambda spot: not spot.path.startswith(".github/"))
    return found((*spots, *_settings(facts), *_reports(facts)))


def is_coverage(command: Command) -> bool:
    """Whether a command measures or reports coverage."""
    if is_command(command, _COVERAGE):
        return True
    return is_command(command, _PYTEST) and any(word.startswith("--cov") for form in command.forms for word in form)


def _settings(facts: Facts) -> Iterator[Spot]:
    for path, tree in facts.configs.items():
        if path.rpartition("/")[2].lower() not in _CONFIGS:
            continue
        for dotted, node in tree.walk():
            name = dotted.lower()
            if name == "tool.coverage" or re.match(r"^(?:coverage:)?(?:run|report|paths|html)$", name):
                if path.endswith(".coveragerc") or name.startswith(("tool.", "coverage:")):
                    yield Spot(path, node.line)
            elif name.endswith("addopts") and any("--cov" in text for text in node.texts()):
                yield Spot(path, node.line)


def _reports(facts: Facts) -> Iterator[Spot]:
    for file in files_like(facts, (*_REPORTS, "*htmlcov/index.html")):
        if file.path.rpartition("/")[2].lower() != ".coveragerc" and file.role is not Role.VENDORED:
            yield Spot(file.path, 1)
    for file in files_like(facts, ("*coverage*.txt", "*cov*.txt")):
        if any(_TOTAL.match(line) for line in facts.tree.lines(file.path)):
            yield Spot(file.path, 1)


def hooks_configured(facts: Facts) -> Finding:
    """`.pre-commit-config.yaml` has a hook."""
    spots = [
        Spot(path, hook.get("id").line)
        for path, tree in facts.configs.items()
        if path.rpartition("/")[2] == ".pre-commit-config.yaml" and facts.role(path) not in NO_EVIDENCE
        for repo in tree.get("repos").nodes()
        for hook in repo.get("hooks").nodes()
        if hook.get("id").text()
    ]
    return found(spots)
