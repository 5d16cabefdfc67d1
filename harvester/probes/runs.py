"""General probes about what runs: workflows, commands, images."""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache

from harvester.models.builds import Command, Source, Step
from harvester.models.facts import Facts
from harvester.probes.arguments import Action, Event, Instruction, Regex
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.matching import matches, once


def is_command(command: Command, wanted: Iterable[str]) -> bool:
    """Whether one of its readings begins with the words of one of the wanted commands (`ruff check`).

    A wanted word may hold `*`. An echoed command is none.
    """
    if command.echoed:
        return False
    by_first, others = _by_first_word(tuple(wanted))
    for form in filter(None, command.forms):
        for words in (*by_first.get(form[0], ()), *others):
            if len(form) >= len(words) and all(map(fnmatchcase, form, words)):
                return True
    return False


def commands_like(facts: Facts, wanted: tuple[str, ...], *, pages: bool = False) -> list[Command]:
    """All commands that are one of the wanted ones, as `is_command` tells, in their order.

    Parameters
    ----------
    pages
        Those of documents, too, behind the others.
    """
    by_first, others = _by_first_word(wanted)
    begun = _by_first_of_form(facts)
    words = {word for one in others for word in begun if fnmatchcase(word, one[0])} | (by_first.keys() & begun.keys())
    places = sorted({place for word in words for place in begun[word]})
    found = [command for place in places if is_command(command := facts.commands[place], wanted)]
    if pages:
        begins = {max(re.split(r"[*?\[\]]", one.split()[0]), key=len) for one in wanted}
        found += (command for command in facts.in_pages(begins) if is_command(command, wanted))
    return found


@once
def _by_first_of_form(facts: Facts) -> Mapping[str, list[int]]:
    """The first words of commands, in all their readings -> their places among the commands."""
    found: dict[str, list[int]] = {}
    for place, command in enumerate(facts.commands):
        for form in filter(None, command.forms):
            found.setdefault(form[0], []).append(place)
    return found


Words = tuple[str, ...]


@cache
def _by_first_word(wanted: tuple[str, ...]) -> tuple[Mapping[str, tuple[Words, ...]], tuple[Words, ...]]:
    """Commands as words, by their first one; and those whose first word is a pattern."""
    found: dict[str, tuple[Words, ...]] = {}
    others: list[Words] = []
    for one in wanted:
        words = tuple(one.split())
        if set(words[0]) & set("*?["):
            others.append(words)
        else:
            found[words[0]] = (*found.get(words[0], ()), words)
    return found, tuple(others)


def workflow_runs(
    facts: Facts, *, commands: tuple[str, ...], events: tuple[Event, ...] = (), may_fail: bool = False
) -> Finding:
    """Some workflow step runs one of the commands, itself or through a task or script that it calls.

    Parameters
    ----------
    commands
        The first words of a command, such as `ruff check`.
    events
        Only in workflows that one of these events starts.
    may_fail
        Whether a step whose failure is ignored counts, too.
    """
    spots = [
        Spot(step.path or workflow.path, command.line) if command.via is None else Spot(*command.via)
        for workflow in facts.workflows
        if not events or workflow.starts_on(*events)
        for job, step in workflow.steps
        if job.enabled and step.enabled and (may_fail or not (job.may_fail or step.may_fail))
        for command in step.commands
        if is_command(command, commands) and (may_fail or not command.may_fail)
    ]
    return found(spots)


def workflow_uses(
    facts: Facts,
    *,
    actions: tuple[Action, ...],
    inputs: dict[str, Regex] | None = None,
    events: tuple[Event, ...] = (),
    may_fail: bool = False,
) -> Finding:
    """Some workflow step uses one of the actions (`actions/cache`, `*/ruff-action`).

    Parameters
    ----------
    inputs
        Input -> regular expression that its value has to match.
    events
        Only in workflows that one of these events starts.
    may_fail
        Whether a step whose failure is ignored counts, too.
    """
    spots = [
        Spot(step.path or workflow.path, step.line)
        for workflow in facts.workflows
        if not events or workflow.starts_on(*events)
        for job, step in workflow.steps
        if job.enabled and step.enabled and (may_fail or not (job.may_fail or step.may_fail))
        if matches(step.action, actions) and _has_inputs(step, inputs or {})
    ]
    return found(spots)


def _has_inputs(step: Step, inputs: dict[str, str]) -> bool:
    return all(re.search(pattern, step.input(name), re.IGNORECASE) for name, pattern in inputs.items())


def workflow_triggers(
    facts: Facts, *, events: tuple[Event, ...], paths: Regex = "", types: tuple[str, ...] = ()
) -> Finding:
    """Some workflow is started by one of the events, with a `paths` filter that matches and of one of the types."""
    spots = [
        Spot(workflow.path, trigger.line)
        for workflow in facts.workflows
        for trigger in workflow.triggers
        if trigger.event in events
        and (not paths or any(re.search(paths, path, re.IGNORECASE) for path in trigger.paths))
        and (not types or set(types) & set(trigger.types))
    ]
    return found(spots)


def command_runs(facts: Facts, *, commands: tuple[str, ...], sources: tuple[Source, ...] = ()) -> Finding:
    """One of the commands stands somewhere: in a workflow, task, script, image, cloud build, config or document.

    Parameters
    ----------
    commands
        The first words of a command, such as `gcloud run deploy`.
    sources
        Only in these kinds of places; any but documents by default.
    """
    wanted = sources or tuple(source for source in Source if source is not Source.DOCS)
    spots = [
        Spot(command.path, command.line)
        for command in commands_like(facts, commands, pages=Source.DOCS in wanted)
        if command.source in wanted and not facts.is_template(command.path)
    ]
    return found(spots)


def dockerfile_has(facts: Facts, *, names: tuple[Instruction, ...], pattern: Regex = "") -> Finding:
    """Some Dockerfile has one of the instructions (in capitals), with text that matches the pattern."""
    wanted = re.compile(pattern, re.IGNORECASE)
    spots = [
        Spot(path, part.line)
        for path, file in facts.dockerfiles.items()
        for part in file.named(*names)
        if wanted.search(part.text)
    ]
    return found(spots)


def image_built(facts: Facts, *, sources: tuple[Source, ...] = (), exists: bool = True) -> Finding:
    """Some workflow, cloud build, task or script builds an image; `exists`: from a Dockerfile that is there."""
    spots = [
        Spot(build.path, build.line)
        for build in facts.builds
        if (not sources or build.source in sources)
        and (build.dockerfile is not None) is exists
        and not facts.is_template(build.path)
    ]
    return found(spots)
