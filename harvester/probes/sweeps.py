"""Probes about sweeps over hyperparameters, and whether the program of a sweep takes what the sweep gives it."""

import posixpath
import re
from collections.abc import Iterator

from harvester.models.builds import Source
from harvester.models.code import PythonFile
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Node, Role
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.matching import matches, matching
from harvester.probes.runs import is_command
from harvester.probes.threads import project_scripts
from harvester.probes.training import ANY_CODE

_SWEEP_METHODS = ("grid", "random", "bayes")


def is_sweep(tree: Node) -> bool:
    """Whether a tree is a W&B sweep's definition, also one that W&B would refuse."""
    known = tree.get("method").text() in _SWEEP_METHODS or tree.get("program").text()
    return bool(known) and isinstance(tree.get("parameters").value, dict)


def sweep_defined(facts: Facts, *, takes: bool = True) -> Finding:
    """There is a sweep; `takes`: one whose program takes its parameters.

    A W&B sweep file or dict, Optuna, Ray Tune, a Hydra sweeper, or another library's search.
    """
    spots = [Spot(path, line) for path, line in _sweep_files(facts, takes)]
    searches = facts.calls_of(matching(_SEARCHES, facts.calls), (*ANY_CODE, Role.TESTS))
    spots += [Spot(path, call.line) for path, call in searches]
    started = facts.calls.get("wandb.sweep", ())
    if started and (not takes or _reads_settings(facts)):
        spots += [Spot(path, call.line) for path, call in started if facts.role(path) in (*ANY_CODE, Role.TESTS)]
    spots += _hydra_sweeps(facts)
    return found(spots)


def sweep_file(facts: Facts, *, takes: bool = True) -> Finding:
    """There is a W&B sweep file; `takes`: whose program takes its parameters."""
    return found(Spot(path, line) for path, line in _sweep_files(facts, takes))


_SEARCHES = (
    *("optuna.create_study", "optuna.*.create_study", "optuna.study.*", "ray.tune.*"),
    *("sklearn.model_selection.*SearchCV", "hyperopt.fmin", "skopt.*_minimize", "skopt.BayesSearchCV", "ax.*optimize*"),
    *("keras_tuner.*", "kerastuner.*", "nni.get_next_parameter", "*.hyperparameter_search", "ultralytics.*.tune"),
    *("google.cloud.aiplatform.HyperparameterTuningJob", "optuna_integration.*", "flaml.*", "*.suggest_float"),
)


def _reads_settings(facts: Facts) -> bool:
    """Whether some code can take what a sweep that code starts gives: by W&B's configuration, or as a program."""
    programs = (
        re.search(r"[\"']program[\"']\s*:", assign.value)
        for _, file in facts.code(*ANY_CODE)
        for assign in file.assigns
    )
    return _any_reads_config(facts) or any(programs) or any(_sweep_files(facts, takes=True))


def _any_reads_config(facts: Facts) -> bool:
    """Whether some code reads W&B's configuration."""
    return any(_reads_config(file) for _, file in facts.code(*ANY_CODE))


def _hydra_sweeps(facts: Facts) -> Iterator[Spot]:
    """Hydra sweepers in configurations, and multirun commands outside of pages."""
    for path, tree in facts.configs.items():
        if facts.role(path) in NO_EVIDENCE:
            continue
        yield from (Spot(path, node.line) for _, node in tree.get("hydra", "sweeper", "params").items())
        for part in tree.get("defaults").nodes():
            yield from (Spot(path, node.line) for key, node in part.items() if key.endswith("hydra/sweeper"))
        if tree.get("studySpec") and tree.get("trialJobSpec"):
            yield Spot(path, tree.get("studySpec").line)
    for command in facts.commands:
        if command.source is Source.DOCS or facts.is_template(command.path):
            continue
        multirun = any("--multirun" in form for form in command.forms)
        if multirun or is_command(command, ("gcloud ai hp-tuning-jobs create", "gcloud beta ai hp-tuning-jobs create")):
            yield Spot(command.path, command.line)


def _sweep_files(facts: Facts, takes: bool) -> Iterator[tuple[str, int]]:
    for path, tree in facts.configs.items():
        if facts.role(path) in NO_EVIDENCE or not is_sweep(tree):
            continue
        if not takes or SweepFile(facts, path, tree).is_taken():
            yield path, tree.get("parameters").line


class SweepFile:
    """One W&B sweep file, and whether the program that it runs takes its parameters."""

    def __init__(self, facts: Facts, path: str, tree: Node) -> None:
        self.facts = facts
        self.path = path
        self.command = " ".join(tree.get("command").texts())
        written = tree.get("program").text().replace("\\", "/")
        self.program = written if written.endswith(".py") else self._named_program() or written
        self.method = tree.get("method").text()
        self.names = {name for name, _ in tree.get("parameters").items()}

    def _named_program(self) -> str:
        if found := re.search(r"[\w./-]+\.py\b", self.command):
            return found[0]
        module = re.search(r"-m ([\w.]+)", self.command)
        if module:
            return f"{module[1].replace('.', '/')}.py"
        scripts = dict(project_scripts(self.facts))
        named = next((scripts[word] for word in self.command.split() if word in scripts), "")
        return f"{named.partition(':')[0].replace('.', '/')}.py" if named else ""

    def is_taken(self) -> bool:
        """Whether the program is there and takes what the sweep gives; or code loads the file and runs an agent."""
        if self.method not in _SWEEP_METHODS:
            return False
        if self.command and "${args" not in self.command and not _any_reads_config(self.facts):
            return False
        start = self._find()
        if start is None:
            loaded = any(load.config == self.path and load.how == "open" for load in self.facts.loads)
            return not self.program and loaded and bool(self.facts.calls.get("wandb.agent"))
        return any(self._reads(path) for path in self._reach(start)) and not self._refused(start)

    def _find(self) -> str | None:
        if not self.program:
            return None
        program = self.program if self.program.endswith(".py") else f"{self.program.replace('.', '/')}.py"
        name = posixpath.normpath(program).lstrip("./")
        here = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), program))
        if here in self.facts.python:
            return here
        ending = [path for path in self.facts.python if f"/{path}".endswith(f"/{name}")]
        return min(ending, key=len) if ending else None

    def _reach(self, start: str) -> list[str]:
        """The program and the repository's modules that it imports, three steps far."""
        reached = {start: None}
        for _ in range(3):
            for path in list(reached):
                for item in self.facts.python[path].imports:
                    parts = item.target.split(".")
                    for count in range(len(parts), 0, -1):
                        module = self.facts.modules.get(".".join(parts[:count]))
                        if module:
                            reached.setdefault(module, None)
                            break
        return list(reached)

    def _reads(self, path: str) -> bool:
        """Whether a file reads W&B's configuration, or has a command line with options of these names."""
        file = self.facts.python[path]
        return _reads_config(file) or self._is_hydra(path) or self._has_options(file)

    def _has_options(self, file: PythonFile) -> bool:
        options: set[str] = set()
        for call in file.calls:
            if call.name.endswith(".add_argument") or call.name in ("click.option", "typer.Option"):
                options |= {_plain(arg) for arg in call.args if arg[:1] in "\"'"}
            if matches(call.name, _WHOLE_PARSERS):
                return True
            if "ignore_unknown_options" in (call.kwarg("context_settings") or ""):
                return True
            if call.name in ("typer.run", "fire.Fire", "typer.Typer", "typer.Typer.command"):
                options |= {_plain(param.name) for function in file.functions for param in function.params}
        return bool({_plain(name) for name in self.names} & options)

    def _is_hydra(self, path: str) -> bool:
        return any(app.path == path for app in self.facts.hydra)

    def _refused(self, start: str) -> bool:
        """Whether Hydra alone reads the program's command line, which takes no `--name=value`, and is given such."""
        if self.command and "${args" not in self.command:  # it is given nothing
            return False
        plain = re.search(r"no_hyphens|args_json|\b(?:ba|z)?sh\b", self.command)  # a shell makes what it likes of them
        return self._is_hydra(start) and not plain and not self._has_options(self.facts.python[start])


_CONFIG_READ = re.compile(r"wandb\b.*\bconfig\b(?!\.(?:update|setdefaults)$)")


def _reads_config(file: PythonFile) -> bool:
    """Whether a file reads W&B's configuration."""
    named = (*(read.name for read in file.reads), *(call.name for call in file.calls))
    return any(map(_CONFIG_READ.match, named))


_WHOLE_PARSERS = (
    *("transformers.HfArgumentParser", "tyro.cli", "simple_parsing.ArgumentParser", "jsonargparse.CLI", "tap.Tap"),
    *("lightning.pytorch.cli.LightningCLI", "pytorch_lightning.cli.LightningCLI", "jsonargparse.auto_cli"),
    *("jsonargparse.ArgumentParser", "wandb.agent", "absl.flags.DEFINE_*"),
)


def _plain(text: str) -> str:
    return text.strip("\"'-").replace("-", "_").lower()


def sweep_begun(facts: Facts) -> Finding:
    """Code holds the definition of a W&B sweep, as a dict, that nothing starts."""
    spots = [
        Spot(path, item.line)
        for path, file in facts.code(*ANY_CODE)
        for item in file.assigns
        if item.value.startswith("{") and all(re.search(rf"[\"']{key}[\"']\s*:", item.value) for key in _SWEEP_KEYS)
    ]
    return found(spots)


_SWEEP_KEYS = ("method", "parameters")
