"""Views of a commit that also hold what proves at most `partial`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from harvester.facts.material import Contents
from harvester.facts.shell import PRINTERS
from harvester.models.builds import Command, Workflow
from harvester.models.facts import Weaker
from harvester.models.files import NO_EVIDENCE
from harvester.models.snapshot import Branch, Reader, Tree, decode

if TYPE_CHECKING:
    from harvester.facts.collect import Collector

_MOST_CHANGED = 60
_MOST_VERSIONS = 40


def weaker_views(collector: "Collector") -> tuple[Callable[[], Weaker | None], ...]:
    """What makes the views: files that do not parse, disabled steps, unmerged branches."""
    return tuple(partial(make, collector) for make in (_broken_view, _disabled_view, _branch_view))


def _broken_view(collector: "Collector") -> Weaker | None:
    """The files that do not parse, as far as they can be read."""
    broken = {p: f for p, f in collector.graded.files.items() if f.broken and f.role not in NO_EVIDENCE}
    if not broken:
        return None

    def origin(path: str, _: int | None) -> str:
        file = broken.get(path)
        return f"{path} {file.broken}" if file else ""

    files = {**collector.graded.files, **{path: replace(file, broken="") for path, file in broken.items()}}
    contents = replace(collector.graded, files=files)
    return Weaker(collector.view(collector.link(contents)), origin, lambda _: None, first=True)


def _disabled_view(collector: "Collector") -> Weaker | None:
    """Steps that are switched off and commands that are only printed, as if they ran."""
    linked = collector.linked
    off: dict[tuple[str, int | None], str] = {}
    for workflow in linked.workflows:
        for _, step in workflow.steps:
            if not step.enabled:
                off[step.path, step.line] = "is switched off"
                off.update(((c.path, c.line), "is switched off") for c in step.commands)
            off.update(((c.path, c.line), "is only printed") for c in step.commands if c.echoed)
    printed = (c for c in (*linked.commands, *linked.pages(PRINTERS)) if c.echoed)
    off.update(((c.path, c.line), "is only printed") for c in printed)
    if not off:
        return None
    workflows = tuple(_enabled(workflow) for workflow in linked.workflows)

    def pages(words: Iterable[str]) -> tuple[Command, ...]:
        return _unprinted(linked.pages(words))

    def origin(path: str, line: int | None) -> str:
        return f"what {path} has there {off[path, line]}" if (path, line) in off else ""

    facts = collector.view(replace(linked, workflows=workflows, commands=_unprinted(linked.commands), pages=pages))
    return Weaker(facts, origin, lambda _: None, only_runs=True)


def _branch_view(collector: "Collector") -> Weaker | None:
    """The graded commit with what unmerged branches have of their own laid over it, each file from the newest.

    Files that the graded commit has not are weak traces, and of files that it has the lines that it never had.
    """
    owners: dict[str, Branch] = {}
    changed = 0
    for branch in collector.snapshot.branches:
        for path in sorted((*branch.own, *branch.changed)):
            if path in owners or path not in branch.tree.entries:
                continue
            if path in collector.snapshot.tree.entries:
                changed += 1
                if path not in branch.changed or changed > _MOST_CHANGED:
                    continue
            owners[path] = branch
    known: dict[str, set[str]] = {}

    def origin(path: str, line: int | None) -> str:
        branch = owners.get(path)
        if branch is None:
            return ""
        if path not in collector.snapshot.tree.entries:
            return f"{path} is only on the unmerged branch {branch.name}"
        if line is None:
            return ""
        if path not in known:
            known[path] = _lines_once(collector.snapshot.tree, branch.changed[path])
        lines = branch.tree.lines(path)
        text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        return f"this line of {path} is only on the unmerged branch {branch.name}" if text not in known[path] else ""

    return _overlaid(collector, owners, origin)


def _lines_once(tree: Tree, oids: Sequence[str]) -> set[str]:
    """Every line that one of these versions of a file had."""
    texts = (decode(data) for data in tree.reader(oids[:_MOST_VERSIONS]).values() if data)
    return {"", *(line.strip() for text in texts if text for line in text.splitlines())}


def _overlaid(
    collector: "Collector", owners: Mapping[str, Branch], origin: Callable[[str, int | None], str]
) -> Weaker | None:
    """The graded commit with some branches' files over its own."""
    if not owners:
        return None
    entries = dict(collector.snapshot.tree.entries)
    own = {path: branch.tree.entries[path] for path, branch in owners.items()}
    readers = [collector.snapshot.tree.reader, *dict.fromkeys(branch.tree.reader for branch in owners.values())]
    tree = Tree({**entries, **own}, partial(_read_first, readers), collector.snapshot.tree.limit)
    added = collector.read(tree, own, outline=True)  # few of the questions that are asked here are asked of documents
    contents = Contents(tree, {**collector.graded.files, **added.files}, {**collector.graded.blobs, **added.blobs})

    def sha(path: str) -> str | None:
        branch = owners.get(path)
        return branch.sha if branch else None

    return Weaker(collector.view(collector.link(contents)), origin, sha)


def _read_first(readers: Sequence[Reader], oids: Iterable[str]) -> Mapping[str, bytes | None]:
    """Blobs from the first reader that has them."""
    found: dict[str, bytes | None] = dict.fromkeys(oids)
    for reader in readers:
        missing = [oid for oid, data in found.items() if data is None]
        if missing:
            found.update(reader(missing))
    return found


def _unprinted(commands: Iterable[Command]) -> tuple[Command, ...]:
    return tuple(replace(command, echoed=False) if command.echoed else command for command in commands)


def _enabled(workflow: Workflow) -> Workflow:
    jobs = []
    for job in workflow.jobs:
        steps = (replace(step, enabled=True, commands=_unprinted(step.commands)) for step in job.steps)
        jobs.append(replace(job, enabled=True, steps=tuple(steps)))
    return replace(workflow, jobs=tuple(jobs))
