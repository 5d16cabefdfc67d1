"""What a commit holds, as facts that probes ask questions of. Made by `harvester.facts.collect_facts`.

`Facts` is a view of one commit: files that prove nothing (vendored, generated, exercises, files that do not parse) are
named in `files`, but are in none of the other fields. `Facts.weaker` gives views that also hold what proves at most
`partial`: files that do not parse, disabled steps, the unmerged branches' own files.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from harvester.models.builds import (
    Build,
    Command,
    Dependency,
    Dockerfile,
    HydraApp,
    Load,
    Remote,
    Style,
    Tracked,
    Workflow,
)
from harvester.models.code import Call, Class, Function, Import, PythonFile
from harvester.models.contents import Code, Configs
from harvester.models.files import NO_EVIDENCE, Document, File, Node, Role, Target
from harvester.models.people import People
from harvester.models.problem import Problem
from harvester.models.report import Answer, Figure, Report
from harvester.models.snapshot import History, Tree

CODE = (Role.PACKAGE, Role.NOTEBOOK)
"""Where an item about code is looked for, unless its check says otherwise."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure that the report shows, with its answer."""

    figure: Figure
    answer: Answer
    checks: tuple[str, ...]
    """The checks that a figure in this answer is a weak trace of."""
    denied: bool
    """Whether the answer says that the thing was not done."""


@dataclass(frozen=True, slots=True)
class Weaker:
    """A view that also holds what proves at most `partial`. `origin` gives, for a path and line, why it is weak.

    `origin` returns an empty string for places that prove as much as ever.
    """

    facts: "Facts"
    origin: Callable[[str, int | None], str]
    branch: Callable[[str], str | None]
    """Path -> sha of the unmerged branch whose file it is, None for the graded commit."""
    first: bool = False
    """Whether it tells more than what a check takes for a part: the whole is there, in a file that does not parse."""
    only_runs: bool = False
    """Whether nothing but what runs is seen otherwise: commands, workflows, and what follows from those."""


@dataclass(frozen=True)
class Facts:
    """One commit's facts. Mappings are by path, sorted."""

    sha: str
    tree: Tree
    files: Mapping[str, File]
    web_url: str | None = None
    python: Code = field(default_factory=Code)
    """All Python, notebooks too; `role` tells what each is."""
    configs: Configs = field(default_factory=Configs)
    """YAML, TOML and JSON files, parsed."""
    workflows: tuple[Workflow, ...] = ()
    commands: tuple[Command, ...] = ()
    """Every command but those of documents; those of workflow steps too, and those they lead to (`via`)."""
    in_pages: Callable[[Iterable[str]], tuple[Command, ...]] = lambda _: ()
    """The commands in those lines of documents that hold one of some words: few of all, which are seldom asked for."""
    targets: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)
    """Targets of Makefiles and justfiles, invoke and nox tasks."""
    dockerfiles: Mapping[str, Dockerfile] = field(default_factory=dict)
    builds: tuple[Build, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    tracked: tuple[Tracked, ...] = ()
    remotes: tuple[Remote, ...] = ()
    loads: tuple[Load, ...] = ()
    hydra: tuple[HydraApp, ...] = ()
    documents: Mapping[str, Document] = field(default_factory=dict)
    style: Style | None = None
    """None where it could not be measured."""
    report: Report | None = None
    shown: tuple[Shown, ...] = ()
    people: People = field(default_factory=People)
    members: int = 0
    """How many members the group has, by roster or report; 0 where nobody knows."""
    history: History = field(default_factory=History)
    branch_names: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    mask: Callable[[str], str] = str
    """Text with every secret in it replaced."""
    weaker_views: tuple[Callable[[], Weaker | None], ...] = ()

    @cached_property
    def weaker(self) -> tuple[Weaker, ...]:
        """Views with weaker evidence: broken files, disabled steps, unmerged branches; made when first asked for."""
        return tuple(view for make in self.weaker_views if (view := make()) is not None)

    def role(self, path: str) -> Role:
        """A file's role; `other` for a path that is not there."""
        file = self.files.get(path)
        return file.role if file else Role.OTHER

    def is_template(self, path: str) -> bool:
        """Whether the course's template ships the file as it is."""
        file = self.files.get(path)
        return file is not None and file.template

    @cached_property
    def unread(self) -> tuple[File, ...]:
        """Files that could not be read, and that would prove something."""
        return tuple(file for file in self.files.values() if file.unread and file.role not in NO_EVIDENCE)

    def commands_with(self, word: str) -> tuple[Command, ...]:
        """Every command, but of documents those alone in whose lines the word stands."""
        return (*self.commands, *self.in_pages([word]))

    def code(self, *roles: Role) -> Iterator[tuple[str, PythonFile]]:
        """Python files of some roles: by default the package's and the notebooks."""
        wanted = roles or CODE
        return ((path, file) for path, file in self.python.items() if self.role(path) in wanted)

    @cached_property
    def sites(self) -> Sequence[tuple[str, Call]]:
        """Calls and decorators with their paths, in the files' order: everything in `python`."""
        return self.python.sites

    @cached_property
    def calls(self) -> Mapping[str, tuple[tuple[str, Call], ...]]:
        """`sites` by the calls' names."""
        return self.python.by_name

    def calls_of(self, names: Iterable[str], roles: Collection[Role]) -> list[tuple[str, Call]]:
        """Calls of some names with their paths, in the files' order, in files of some roles."""
        called = self.python.called
        places = sorted(place for name in names for place in called.get(name, ()))
        return [site for place in places if self.role((site := self.sites[place])[0]) in roles]

    @cached_property
    def imports(self) -> Mapping[str, tuple[tuple[str, Import], ...]]:
        """Imports by target, with their paths: everything in `python`."""
        return self.python.imports

    @cached_property
    def functions(self) -> Mapping[str, tuple[str, Function]]:
        """Functions and methods by full name (`src.shop.model.Net.forward`), with their paths."""
        return self.python.functions

    @cached_property
    def classes(self) -> Mapping[str, tuple[str, Class]]:
        """Classes by full name, with their paths."""
        return self.python.classes

    @cached_property
    def called_in(self) -> Mapping[tuple[str, str], tuple[Call, ...]]:
        """Calls by path and enclosing function or class; the module level goes by an empty name."""
        return self.python.called_in

    @cached_property
    def settings(self) -> Mapping[str, tuple[tuple[str, str, Node], ...]]:
        """What configs set, by the last part of its dotted key: (path, dotted key, value), in the files' order."""
        return self.configs.settings

    @cached_property
    def modules(self) -> Mapping[str, str]:
        """Module name -> path."""
        return self.python.modules
