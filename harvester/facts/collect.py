"""Collects the facts of a snapshot: each file read once, whatever commit or branch it is seen from, then linked."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from harvester.facts import kinds
from harvester.facts.blobs import outline_blob, parse_blob
from harvester.facts.builds import collect_builds, make_dockerfile
from harvester.facts.cache import FactCache, contents_key
from harvester.facts.commands import PageCommands, collect_commands
from harvester.facts.dependencies import collect_dependencies
from harvester.facts.hydra import collect_hydra
from harvester.facts.loads import collect_loads
from harvester.facts.material import Contents, Material, Pages
from harvester.facts.modules import find_installs, link_modules
from harvester.facts.roles import find_copies, find_environments, role_by_content, roles_by_path
from harvester.facts.secrets import find_secrets, mask
from harvester.facts.shown import collect_shown
from harvester.facts.style import measure_style, style_key
from harvester.facts.tasks import find_tasks
from harvester.facts.versioning import collect_remotes, collect_tracked
from harvester.facts.views import weaker_views
from harvester.facts.workflows import collect_workflows
from harvester.models.builds import Command, Style, Workflow
from harvester.models.code import PythonFile
from harvester.models.contents import Code
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Blob, Document, File, Role, SecretSpot
from harvester.models.people import People
from harvester.models.problem import Problem
from harvester.models.report import Report
from harvester.models.snapshot import LARGEST_FIGURE, EntryKind, Snapshot, Tree
from harvester.models.template import Template

MOST_FILES = 4_000
"""Of a commit, so many files are read at most; those nearest to the root first."""
MOST_CODE = 3_000_000
"""And so many bytes of Python."""
MOST_NOTEBOOKS = 40_000_000
"""And so many bytes of notebooks that are large for their outputs."""
_OUTLINE = "outline"
_MOST_PROBLEMS = 20
_SHOWN_BROKEN = (kinds.PYTHON, kinds.WORKFLOW, kinds.YAML, kinds.TOML, kinds.DOCKERFILE, kinds.MARKDOWN)


def collect_facts(
    snapshot: Snapshot,
    report: Report | None,
    people: People,
    *,
    template: Template | None = None,
    members: int = 0,
    cache: FactCache | None = None,
) -> Facts:
    """The facts of a commit.

    Parameters
    ----------
    template
        The generation that the report was written on: it tells which answers' figures are a trace of what, and which
        pictures are the course's.
    members
        How many members the roster gives; without it, how many the report names.
    cache
        Facts of files that were read before.
    """
    pictures = frozenset(template.figures) if template else frozenset()
    collector = Collector(snapshot, report, people, cache or FactCache(), pictures)
    facts = collector.view(collector.linked)
    return replace(
        facts,
        shown=tuple(collect_shown(report, template)),
        members=members or (len(report.member_ids) if report else 0),
        style=collector.style(),
        problems=tuple(collector.problems()),
        weaker_views=weaker_views(collector),
    )


@dataclass(frozen=True)
class Linked:
    """Files that count, their names resolved, and what runs in them."""

    contents: Contents
    material: Material
    commands: tuple[Command, ...]
    workflows: tuple[Workflow, ...]
    pages: Callable[[Iterable[str]], Iterable[Command]]
    """The commands in those lines of documents that hold one of some words."""


class Collector:
    """Reads, links and shows the files of one snapshot."""

    def __init__(
        self, snapshot: Snapshot, report: Report | None, people: People, cache: FactCache, pictures: frozenset[str]
    ) -> None:
        self.snapshot = snapshot
        self.pictures = pictures
        self.report = report
        self.people = people
        self.cache = cache
        self.names = (*people.names, *(name for one in people.contributions for name in one.names))
        self._coded: tuple[dict[str, PythonFile], frozenset[str], Code] | None = None
        self.graded = self.read(snapshot.tree, tuple(snapshot.tree.entries))
        self.linked = self.link(self.graded)

    def read(self, tree: Tree, paths: Iterable[str], *, outline: bool = False) -> Contents:
        """Read files of a tree, from the cache as far as it knows them; of documents but the `outline`."""
        paths = tuple(paths)
        environments = find_environments(paths)
        roles = roles_by_path(paths, environments)
        wanted: dict[str, tuple[str, str]] = {}
        unread: dict[str, str] = {}
        found_kinds: dict[str, str] = {}
        code = large = 0
        for path in sorted(paths, key=lambda path: (path.count("/"), path)):
            entry = tree.entries[path]
            kind = kinds.kind_of(path, entry.size) if roles[path] is None and entry.kind is EntryKind.FILE else ""
            found_kinds[path] = kind
            if not kind:
                continue
            most = LARGEST_FIGURE if kind == kinds.NOTEBOOK else tree.limit
            if entry.size is None or entry.size > most:
                unread[path] = tree.unread(path) or "not read"
            elif len(wanted) >= MOST_FILES:
                unread[path] = f"one of more than {MOST_FILES:,} files"
            elif kind == kinds.PYTHON and (code := code + entry.size) > MOST_CODE:
                unread[path] = f"beyond the first {MOST_CODE:,} bytes of code"
            elif entry.size > tree.limit and (large := large + entry.size) > MOST_NOTEBOOKS:
                unread[path] = f"beyond the first {MOST_NOTEBOOKS:,} bytes of large notebooks"
            else:
                how = path.rpartition("/")[2].lower() if kind == kinds.LOCK else ""
                if outline and kind in kinds.DOCUMENTS:
                    how = _OUTLINE
                wanted[path] = (entry.oid, f"{kind}:{how}" if how else kind)
        blobs = self._blobs(tree, wanted, unread)
        copies = find_copies(blobs, self.snapshot.history, self.names) if tree is self.snapshot.tree else frozenset()
        files = {}
        for path in paths:
            entry, blob = tree.entries[path], blobs.get(path)
            if blob is not None and blob.unread:
                unread[path] = blob.unread
            if path in unread and not kinds.kind_of(path, None):
                del unread[path]  # data or output, which no check asks for
                found_kinds[path] = ""
            role = roles[path] or role_by_content(path, found_kinds[path], blob)
            if self.report and path in (self.report.path, self.report.checklist_path):
                role = Role.REPORT
            files[path] = File(
                path=path,
                kind=found_kinds[path],
                role=Role.VENDORED if path in copies else role,
                size=entry.size,
                oid=entry.oid,
                lines=blob.lines if blob else 0,
                template=entry.oid in self.pictures or (blob is not None and blob.origin == "template"),
                broken=blob.broken if blob else "",
                broken_line=blob.broken_line if blob else None,
                unread=unread.get(path, ""),
            )
        return Contents(tree, files, blobs)

    def _blobs(self, tree: Tree, wanted: Mapping[str, tuple[str, str]], unread: dict[str, str]) -> dict[str, Blob]:
        known = self.cache.get(wanted.values())
        missing = {path: key for path, key in wanted.items() if key not in known}
        tree.load(missing)
        new: dict[tuple[str, str], Blob] = {}
        for path, key in missing.items():
            if key in new:
                continue
            data = tree.figure(path)
            if data is None:
                unread[path] = tree.unread(path) or "not in the mirror"
                continue
            kind, _, how = key[1].partition(":")
            name = path.rpartition("/")[2].lower()
            new[key] = outline_blob(data, kind) if how == _OUTLINE else parse_blob(data, kind, name)
        self.cache.put(new)
        known.update(new)
        return {path: known[key] for path, key in wanted.items() if key in known}

    def link(self, contents: Contents) -> Linked:
        """The files that count, with their commands and workflows: those that parse and prove something."""
        counting = {
            path: file for path, file in contents.files.items() if file.role not in NO_EVIDENCE and not file.broken
        }
        blobs = {path: blob for path, blob in contents.blobs.items() if path in counting}
        python = {path: blob.python for path, blob in blobs.items() if blob.python is not None}
        code = self._code(python, find_installs(contents.files))
        pages = Pages(blobs, partial(_read_page, self.cache, contents.tree))
        material = Material(counting, blobs, code, pages, contents.tree.text)
        commands = tuple(collect_commands(material))
        workflows = collect_workflows(material.trees, find_tasks(material, commands))
        return Linked(contents, material, commands, workflows, PageCommands(material))

    def _code(self, python: dict[str, PythonFile], installs: frozenset[str]) -> Code:
        """Python with its names resolved; a third of the branches have the graded commit's as it is."""
        if self._coded and self._coded[:2] == (python, installs):
            return self._coded[2]
        code = link_modules(python, installs)
        self._coded = self._coded or (python, installs, code)
        return code

    def view(self, linked: Linked) -> Facts:
        """The facts of linked files: steps that are switched off and commands that are only printed do not count."""
        material, snapshot = linked.material, self.snapshot
        in_workflows = [c for w in linked.workflows for _, step in w.steps if step.enabled for c in step.commands]
        commands = tuple(command for command in (*in_workflows, *linked.commands) if not command.echoed)
        dependencies = collect_dependencies(material)
        apps = tuple(collect_hydra(material, commands))
        return Facts(
            sha=snapshot.sha,
            tree=linked.contents.tree,
            files=linked.contents.files,
            web_url=snapshot.web_url,
            python=material.python,
            configs=material.trees,
            workflows=linked.workflows,
            commands=commands,
            in_pages=lambda words: tuple(command for command in linked.pages(words) if not command.echoed),
            targets=material.targets,
            dockerfiles={path: make_dockerfile(path, b.instructions) for path, b in material.of_kind(kinds.DOCKERFILE)},
            builds=tuple(collect_builds(material, linked.workflows, commands)),
            dependencies=dependencies,
            tracked=tuple(collect_tracked(material)),
            remotes=tuple(collect_remotes(material)),
            loads=tuple(collect_loads(material, commands, apps)),
            hydra=apps,
            documents=material.documents,
            report=self.report,
            people=self.people,
            history=snapshot.history,
            branch_names=snapshot.branch_names,
            mask=mask,
        )

    def style(self) -> Style | None:
        """Ruff's findings in package code."""
        files = self.graded.files.items()
        code = {p: f for p, f in files if f.role is Role.PACKAGE and f.kind == kinds.PYTHON and not f.unread}
        key = style_key({path: file.oid for path, file in code.items()})

        def measure() -> Style | None:
            self.graded.tree.load(code)
            return measure_style({path: text for path in code if (text := self.graded.tree.text(path)) is not None})

        return self.cache.made(key, Style | None, measure)

    def secrets(self) -> Mapping[str, tuple[SecretSpot, ...]]:
        """Where secrets stand in the files that were read, but for lock files, which are full of hashes."""
        tree = self.graded.tree
        oids = {path: tree.entries[path].oid for path, blob in self.graded.blobs.items() if blob.kind != kinds.LOCK}

        def find() -> dict[str, tuple[SecretSpot, ...]]:
            tree.load(oids)
            texts = ((path, tree.text(path)) for path in oids)
            return {path: spots for path, text in texts if text and (spots := find_secrets(text))}

        return self.cache.made(contents_key(oids, "secrets"), dict[str, tuple[SecretSpot, ...]], find)

    def problems(self) -> Iterable[Problem]:
        """Secrets, files that could not be read, files that do not parse."""
        return islice(self._problems(), _MOST_PROBLEMS)

    def _problems(self) -> Iterator[Problem]:
        for path, secrets in self.secrets().items():
            for secret in secrets[:3]:
                message = f"A secret stands in the repository ({secret.kind}); it has to be revoked."
                yield Problem(code="secret", message=message, path=path, line=secret.line)
        for path, file in self.graded.files.items():
            if file.unread and not file.broken and file.role not in NO_EVIDENCE:
                message = f"{path} could not be read: {file.unread}."
                yield Problem(code="unread_file", message=message, path=path)
            elif file.broken and file.role not in NO_EVIDENCE and file.kind in _SHOWN_BROKEN:
                message = f"{path} {file.broken}."
                yield Problem(code="broken_file", message=message, path=path, line=file.broken_line)


def _read_page(cache: FactCache, tree: Tree, path: str) -> Document:
    """A document of which only the outline was read."""
    entry = tree.entries[path]
    key = (entry.oid, kinds.kind_of(path, entry.size))
    known = cache.get([key])
    if not known:
        known = {key: parse_blob(tree.read(path) or b"", key[1], "")}
        cache.put(known)
    return known[key].document or Document()
