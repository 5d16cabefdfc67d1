"""Commands wherever they stand: scripts, Dockerfiles, tasks, Python, configurations and pages."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache

from harvester.facts import kinds
from harvester.facts.material import Material
from harvester.facts.shell import Simple, ignores_failure, is_printed, read_forms, split_commands, split_words
from harvester.models.builds import Command, Source
from harvester.models.code import NOT_LITERAL, Call, PythonFile, literal
from harvester.models.files import NOTHING, Instruction, Line, Node

_STARTS = frozenset(
    (
        *("subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen"),
        *("os.system", "os.popen"),
    )
)
_CONTAINERS = ("containerSpec", "container_spec", "containers")
"""Keys of what custom jobs and clusters run."""
_STRING = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_CI_FILES = re.compile(r"(?:^|/)(?:\.github/|\.gitlab-ci|azure-pipelines|\.circleci/|\.travis|bitbucket-pipelines)")


@lru_cache(maxsize=5_000)  # the views of one commit share most of their files
def make_commands(
    script: str,
    path: str,
    line: int,
    source: Source,
    owner: str = "",
    *,
    via: tuple[str, int] | None = None,
    may_fail: bool = False,
) -> tuple[Command, ...]:
    """The simple commands of a script that begins on a line of a file."""
    return tuple(
        make_command(simple, path, source, owner, via=via, may_fail=may_fail) for simple in split_commands(script, line)
    )


def make_command(
    simple: Simple,
    path: str,
    source: Source,
    owner: str = "",
    *,
    via: tuple[str, int] | None = None,
    may_fail: bool = False,
) -> Command:
    """One command with the ways to read it; of one that only prints, what it prints."""
    words = split_words(simple.text)
    echoed = is_printed(words)
    if echoed:
        words = split_words(" ".join(words[1:]))
    return Command(
        text=simple.text,
        forms=read_forms(words),
        path=path,
        line=simple.line,
        source=source,
        owner=owner,
        via=via,
        may_fail=may_fail or simple.may_fail or ignores_failure(words),
        echoed=echoed,
    )


def collect_commands(material: Material) -> Iterator[Command]:
    """Every command but those of CI workflows and of documents."""
    for path, blob in material.of_kind(kinds.SHELL):
        for line in blob.commands:
            yield from make_commands(line.text, path, line.line, Source.SCRIPT)
    for path, blob in material.of_kind(kinds.DOCKERFILE):
        for instruction in blob.instructions:
            yield from docker_commands(path, instruction)
    for path, targets in material.targets.items():
        for target in targets:
            for line in target.commands:
                yield from make_commands(line.text, path, line.line, Source.TASK, target.name)
    for path, file in material.python.items():
        yield from python_commands(path, file)
    with_containers = {path for key in _CONTAINERS for path, _, _ in material.trees.settings.get(key, ())}
    for path, tree in material.trees.items():
        yield from tree_commands(path, tree, containers=path in with_containers)
    for path, blob in material.of_kind(kinds.TEXT):
        if path.rpartition("/")[2].lower() == "procfile" and blob.lines:
            for number, raw in enumerate((material.text(path) or "").splitlines(), 1):
                yield from make_commands(raw.partition(":")[2], path, number, Source.CONFIG)


class PageCommands:
    """The commands of documents, made where somebody asks for a word of theirs."""

    def __init__(self, material: Material) -> None:
        self._documents = material.documents

    @cached_property
    def _lines(self) -> list[tuple[str, Line]]:
        return [(path, line) for path, document in self._documents.items() for line in document.commands]

    @cached_property
    def _whole(self) -> str:
        return "\n".join(line.text for _, line in self._lines).lower()

    def __call__(self, words: Iterable[str]) -> Iterator[Command]:
        """The commands in those lines that hold one of some words, in any case."""
        there = [small for word in words if (small := word.lower()) in self._whole]
        for path, line in self._lines if there else ():
            text = line.text.lower()
            if any(word in text for word in there):
                yield from make_commands(line.text, path, line.line, Source.DOCS)


def docker_commands(path: str, instruction: Instruction) -> tuple[Command, ...]:
    """What RUN, CMD and ENTRYPOINT run."""
    if instruction.name not in ("RUN", "CMD", "ENTRYPOINT"):
        return ()
    text = re.sub(r"^(?:--\S+\s+)+", "", instruction.text)
    words = literal(text) if text.startswith("[") else NOT_LITERAL
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        command = Simple(" ".join(words), instruction.line)
        return (_from_words(tuple(words), command, path, Source.DOCKERFILE, instruction.name),)
    text = re.sub(r"^<<-?\s*['\"]?\w+['\"]?\s*", "", text)
    return make_commands(text, path, instruction.line, Source.DOCKERFILE, instruction.name)


def _from_words(words: tuple[str, ...], simple: Simple, path: str, source: Source, owner: str) -> Command:
    return Command(simple.text[:2000], read_forms(words), path, simple.line, source, owner, echoed=is_printed(words))


def python_commands(path: str, file: PythonFile) -> Iterator[Command]:
    """What invoke and nox tasks run, and what Python code starts."""
    tasks = {f.name: task for f in file.functions if f.decorators and (task := task_name(f.decorators))}
    starts = [call for call in file.calls if call.name in _STARTS and call.args]
    if not tasks and not starts:
        return
    runners = _runners(file, starts)
    for call in file.calls:
        if call.within in tasks and call.name.endswith((".run", ".sudo")) and (call.args or call.kwarg("command")):
            owner = tasks[call.within] if tasks[call.within] != "-" else call.within.replace("_", "-")
            script = _script(call, file)
            may_fail = call.kwarg("warn") == "True"
            yield from make_commands(script, path, call.line, Source.TASK, owner, may_fail=may_fail)
        elif call.name in _STARTS and call.args:
            script = _script(call, file)
            yield from make_commands(script, path, call.line, Source.PYTHON, call.within)
        elif (position := runners.get(call.name.rpartition(".")[2])) is not None and len(call.args) > position:
            script = _script(call, file, position)
            yield from make_commands(script, path, call.line, Source.PYTHON, call.within)


def _runners(file: PythonFile, starts: Iterable[Call]) -> dict[str, int]:
    """Functions of a file that run what they are given, and the position of the parameter that takes it.

    `starts` are the file's calls that run something.
    """
    found = {}
    for call in starts:
        function = file.function(call.within)
        names = [one.name for one in function.params if one.name not in ("self", "cls")] if function else []
        if function and call.args[0] in names:
            found[function.name.rpartition(".")[2]] = names.index(call.args[0])
    return found


def task_name(decorators: tuple[Call, ...]) -> str:
    """The name of an invoke task or nox session; `-` where it goes by its function, empty where it is none."""
    for decorator in decorators:
        if decorator.name in ("invoke.task", "invoke.tasks.task", "nox.session", "?task"):
            return (decorator.kwarg("name") or "-").strip("\"'")
    return ""


def _script(call: Call, file: PythonFile, position: int | None = None) -> str:
    """The command of a call: literal words, placeholders of f-strings kept, names replaced by what they are set to."""
    text = call.args[position or 0] if call.args else call.kwarg("command") or ""
    if re.fullmatch(r"[A-Za-z_]\w*", text):
        values = [a for a in file.assigns if a.target == text and a.within in (call.within, "")]
        text = values[-1].value if values else ""
    if position is None and len(call.args) > 1 and call.name.endswith(".run") and "subprocess" not in call.name:
        text = ", ".join(call.args)
    parts = [one or other for one, other in _STRING.findall(text)]
    joined = " ".join(parts) if text.lstrip().startswith("[") or ", " in re.sub(_STRING, "", text) else "".join(parts)
    constants = {a.target: a.value.strip("\"'") for a in file.assigns if not a.within and a.value[:1] in "\"'"}
    return re.sub(r"\{(\w+)\}", lambda found: constants.get(found[1], found[0]), joined)


def tree_commands(path: str, tree: Node, *, containers: bool) -> Iterator[Command]:
    """Commands of compose services, cloud builds, DVC stages, custom jobs, hooks, and tools' task tables.

    `containers` tells whether the tree may have any of a job's.
    """
    cloud_build = is_cloud_build(tree)
    if _CI_FILES.search(path) and not (cloud_build and path.startswith(".github/")):
        return
    name = path.rpartition("/")[2].lower()
    if cloud_build:
        for step in tree.get("steps").nodes():
            yield from _cloud_step(path, step)
    for service, node in tree.get("services").items():
        for key in ("command", "entrypoint"):
            yield from _command_node(node.get(key), path, Source.COMPOSE, service)
    if name in ("dvc.yaml", "dvc.yml"):
        for stage, node in tree.get("stages").items():
            for cmd in (node.get("cmd"), node.get("do", "cmd")):
                for part in cmd.nodes():
                    yield from make_commands(part.text(), path, part.block or part.line, Source.DVC, stage)
    for where, node in tree.walk() if containers else ():
        if where.rpartition(".")[2] in _CONTAINERS:
            for spec in node.nodes():
                yield from _container(spec, path)
    if name == ".pre-commit-config.yaml":
        for repo in tree.get("repos").nodes():
            for hook in repo.get("hooks").nodes():
                if entry := hook.get("entry").text():
                    yield from make_commands(entry, path, hook.get("entry").line, Source.CONFIG, hook.get("id").text())
    yield from _tool_tasks(path, name, tree)


def is_cloud_build(tree: Node) -> bool:
    """Whether a tree is a Cloud Build file: steps that name images, and no jobs."""
    if any(key in tree for key in ("jobs", "runs", "stages", "on")):
        return False
    keys = ("args", "entrypoint", "script", "dir", "env")
    return any("name" in step and any(key in step for key in keys) for step in tree.get("steps").nodes())


def _cloud_step(path: str, step: Node) -> Iterator[Command]:
    image, entrypoint = step.get("name").text(), step.get("entrypoint").text()
    owner = step.get("id").text() or image
    if script := step.get("script").text():
        yield from make_commands(
            script, path, step.get("script").block or step.get("script").line, Source.CLOUDBUILD, owner
        )
        return
    args = step.get("args").nodes()
    words = [part.text() for part in args]
    line = step.get("args").line or step.line
    if entrypoint in ("bash", "sh", "/bin/bash", "/bin/sh") and len(args) > 1:
        for part in args[1:]:
            yield from make_commands(part.text(), path, part.block or part.line, Source.CLOUDBUILD, owner)
        return
    program = entrypoint or image.rpartition("/")[2].partition(":")[0]
    program = {"cloud-sdk": "gcloud", "google-cloud-cli": "gcloud", "compose": "docker-compose"}.get(program, program)
    if program in ("gcloud", "docker") and words[:1] == [program]:
        words = words[1:]
    if words and " " in words[0]:
        words = [*words[0].split(), *words[1:]]
    command = Simple(" ".join([program, *words]), line)
    yield _from_words((program, *words), command, path, Source.CLOUDBUILD, owner)


def _command_node(node: Node, path: str, source: Source, owner: str) -> Iterator[Command]:
    if isinstance(node.value, list):
        words = tuple(part.text() for part in node.nodes())
        if words:
            yield _from_words(words, Simple(" ".join(words), node.line), path, source, owner)
    elif text := node.text():
        yield from make_commands(text, path, node.block or node.line, source, owner)


def _container(spec: Node, path: str) -> Iterator[Command]:
    command, args = spec.get("command"), spec.get("args")
    words = [part.text() for part in (*command.nodes(), *args.nodes())]
    if words:
        line = command.line or args.line
        simple = Simple(" ".join(words), line)
        yield _from_words(tuple(words), simple, path, Source.CONFIG, spec.get("imageUri").text())


def _tool_tasks(path: str, name: str, tree: Node) -> Iterator[Command]:
    """poe, taskipy, PDM and hatch scripts; tox environments; npm scripts."""
    tables: list[Node] = []
    if name == "pyproject.toml":
        tool = tree.get("tool")
        tables = [tool.get("poe", "tasks"), tool.get("taskipy", "tasks"), tool.get("pdm", "scripts")]
        tables += [env.get("scripts") for _, env in tool.get("hatch", "envs").items()]
        for env, node in tool.get("tox", "env").items():
            for part in node.get("commands").nodes():
                yield from _command_node(part, path, Source.TASK, env)
    elif name == "package.json":
        tables = [tree.get("scripts")]
    for table in tables:
        for task, node in table.items():
            for part in (node if node.text() else NOTHING, node.get("cmd"), node.get("shell"), node.get("command")):
                yield from _command_node(part, path, Source.TASK, task)
    if name in ("tox.ini", "setup.cfg"):
        for section, node in tree.items():
            if section.startswith(("testenv", "tox:testenv")):
                commands = node.get("commands")
                owner = section.partition(":")[2] or section
                yield from make_commands(commands.text(), path, commands.block or commands.line, Source.TASK, owner)
