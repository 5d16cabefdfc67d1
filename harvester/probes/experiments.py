"""Probes about experiments: configurations that something loads, Hydra, sweeps whose program takes their parameters."""

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from harvester.models.builds import Source
from harvester.models.code import Call
from harvester.models.facts import Facts
from harvester.models.files import NO_EVIDENCE, Node, Role
from harvester.probes.code import or_unread
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.runs import is_command
from harvester.probes.training import ANY_CODE, sites

_PARAMETER = re.compile(
    r"(?:^|[._])(?:lr|learning_?rate|batch_?size|(?:num_|n_|max_)?epochs?|seed|random_?state|drop_?out|hidden\w*|optimi[sz]er"
    r"|momentum|weight_decay|num_workers|(?:base_?)?model(?:_?name)?|n_estimators|max_depth|patience|num_classes|steps?"
    r"|max_steps|(?:img|image)_?size|test_size|val_size|train(?:ing)?|gamma|alpha|beta\w*|scheduler|kernel_size|channels"
    r"|num_layers|embed\w*|latent\w*|threshold|n_neighbors|n_components|hyper_?param\w*|optim|loss|criterion|augment\w*"
    r"|temperature|max_len\w*|data_?(?:path|dir)|dataset\w*|experiment\w*|warmup\w*|trainer|early_stopping\w*)(?:$|[._])",
    re.IGNORECASE,
)
_NO_EXPERIMENT = re.compile(
    r"(?:^|/)(?:\.[^/]*|package(?:-lock)?\.json|tsconfig[^/]*|docker-?compose[^/]*|compose\.ya?ml|mkdocs\.ya?ml"
    r"|cloud_?build[^/]*|uv\.lock|environment\.ya?ml|pyproject\.toml|app\.ya?ml|dvc\.ya?ml|dvc\.lock|prometheus[^/]*"
    r"|codecov\.ya?ml|[^/]*(?:service|deployment|dashboard|alert|policy|k8s|cluster|ingress)[^/]*)(?:/|$)",
    re.IGNORECASE,
)
_SWEEP_METHODS = ("grid", "random", "bayes")


def experiment_config(facts: Facts, *, loaded: bool = True) -> Finding:
    """There is a YAML, TOML or JSON file of experiment parameters; `loaded`: which code, a command or Hydra reads."""
    readers: dict[str, Spot] = {}
    for load in facts.loads:
        if load.how in ("hydra", "open", "argument", "dvc") and not _is_test(facts, load.path):
            readers.setdefault(load.config, Spot(load.path, load.line))
    hydra = {load.config for load in facts.loads if load.how == "hydra"}
    spots = []
    for path, tree in facts.configs.items():
        if facts.role(path) in NO_EVIDENCE or is_sweep(tree) or _NO_EXPERIMENT.search(path):
            continue
        line = _first_parameter(tree)
        if not loaded and line is not None and path not in readers:
            spots.append(Spot(path, line))
        elif loaded and path in readers and (line is not None or (path in hydra and tree.value)):
            spots += [Spot(path, line or tree.line or 1), readers[path]]
    return or_unread(facts, found(spots), "yaml", "toml", "json")


def _is_test(facts: Facts, path: str) -> bool:
    return facts.role(path) is Role.TESTS


def _first_parameter(tree: Node) -> int | None:
    lines = [
        node.line for dotted, node in tree.walk() if dotted and _PARAMETER.search(dotted) and node.value is not None
    ]
    return min(lines, default=None)


def loaded_config_has(facts: Facts, *, key: str, value: str = "") -> Finding:
    """A configuration that something loads has a key whose dotted path ends with `key` and a value that matches."""
    wanted = re.compile(value, re.IGNORECASE)
    loaded = {load.config for load in facts.loads if not _is_test(facts, load.path)}
    spots = [
        Spot(path, node.line)
        for path, tree in facts.configs.items()
        if path in loaded
        for dotted, node in tree.walk()
        if fnmatchcase(f".{dotted}", f"*.{key}")
        if not value or any(wanted.search(text) for text in node.texts())
    ]
    return found(spots)


def hydra_used(facts: Facts, *, configs: bool = True) -> Finding:
    """Code is started or configured by Hydra (`@hydra.main`, `compose`); `configs`: with configuration files there."""
    spots = []
    for app in facts.hydra:
        if facts.role(app.path) in ANY_CODE and (app.configs or not configs):
            spots.append(Spot(app.path, app.line))
            spots += [Spot(path, 1) for path in app.configs[:1]]
    return or_unread(facts, found(spots), "python", "yaml")


def is_sweep(tree: Node) -> bool:
    """Whether a tree is a W&B sweep's definition."""
    return tree.get("method").text() in _SWEEP_METHODS and isinstance(tree.get("parameters").value, dict)


def sweep_defined(facts: Facts, *, takes: bool = True) -> Finding:
    """There is a sweep; `takes`: one whose program takes its parameters.

    A W&B sweep file or dict, Optuna, Ray Tune, a Hydra sweeper, or another library's search.
    """
    spots = [Spot(path, line) for path, line in _sweep_files(facts, takes)]
    spots += [Spot(path, call.line) for path, call in sites(facts, (*ANY_CODE, Role.TESTS)) if _searches(call)]
    spots += _hydra_sweeps(facts)
    return or_unread(facts, found(spots), "python", "yaml")


def sweep_file(facts: Facts, *, takes: bool = True) -> Finding:
    """There is a W&B sweep file; `takes`: whose program takes its parameters."""
    return found(Spot(path, line) for path, line in _sweep_files(facts, takes))


_SEARCHES = (
    *("wandb.sweep", "wandb.*.sweep", "optuna.create_study", "optuna.*.create_study", "optuna.study.*", "ray.tune.*"),
    *("sklearn.model_selection.*SearchCV", "hyperopt.fmin", "skopt.*_minimize", "skopt.BayesSearchCV", "ax.*optimize*"),
    *("keras_tuner.*", "kerastuner.*", "nni.get_next_parameter", "*.hyperparameter_search", "ultralytics.*.tune"),
    *("google.cloud.aiplatform.HyperparameterTuningJob", "optuna_integration.*", "flaml.*", "*.suggest_float"),
)


def _searches(call: Call) -> bool:
    return any(fnmatchcase(call.name, pattern) for pattern in _SEARCHES)


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
        self.program = tree.get("program").text() or self._named_program()
        self.names = {name for name, _ in tree.get("parameters").items()}

    def _named_program(self) -> str:
        if found := re.search(r"[\w./-]+\.py\b", self.command):
            return found[0]
        module = re.search(r"-m ([\w.]+)", self.command)
        return f"{module[1].replace('.', '/')}.py" if module else ""

    def is_taken(self) -> bool:
        """Whether the program is there and takes what the sweep gives; or code loads the file and runs an agent."""
        start = self._find()
        if start is None:
            loaded = any(load.config == self.path and load.how == "open" for load in self.facts.loads)
            return not self.program and loaded and bool(self.facts.calls.get("wandb.agent"))
        return any(self._reads(path) for path in self._reach(start)) and not self._refused(start)

    def _find(self) -> str | None:
        if not self.program:
            return None
        name = posixpath.normpath(self.program).lstrip("./")
        here = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), self.program))
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
        if any(fnmatchcase(read.name, "wandb.*config*") for read in file.reads):
            return True
        if any(fnmatchcase(call.name, "wandb.*config.*") for call in file.calls):
            return True
        if self._is_hydra(path):
            return True
        options = set()
        for call in file.calls:
            if call.name.endswith(".add_argument") or call.name in ("click.option", "typer.Option"):
                options |= {_plain(arg) for arg in call.args if arg[:1] in "\"'"}
            if call.name in _WHOLE_PARSERS or fnmatchcase(call.name, "absl.flags.DEFINE_*"):
                return True
            if call.name in ("typer.run", "fire.Fire", "typer.Typer", "typer.Typer.command"):
                options |= {_plain(param.name) for function in file.functions for param in function.params}
        wanted = {_plain(name) for name in self.names}
        return bool(wanted & options)

    def _is_hydra(self, path: str) -> bool:
        return any(app.path == path for app in self.facts.hydra)

    def _refused(self, start: str) -> bool:
        """Whether Hydra starts the program, which takes no `--name=value`, and the sweep gives such."""
        plain = "no_hyphens" in self.command or "args_json" in self.command
        return self._is_hydra(start) and not plain


_WHOLE_PARSERS = (
    *("transformers.HfArgumentParser", "tyro.cli", "simple_parsing.ArgumentParser", "jsonargparse.CLI", "tap.Tap"),
    *("lightning.pytorch.cli.LightningCLI", "pytorch_lightning.cli.LightningCLI", "jsonargparse.auto_cli"),
    *("jsonargparse.ArgumentParser", "wandb.agent"),
)


def _plain(text: str) -> str:
    return text.strip("\"'-").replace("-", "_").lower()


_TRIED = re.compile(
    r"(?:^|[\s(,{\[\"'_.])(?:lr|lrs|learning_rates?|batch_sizes?|epochs|dropouts?|hidden\w*|optimi[sz]ers?)\b"
)
_GRID = re.compile(
    r"(?:param(?:eter)?s?_?(?:grid|space|dist\w*|combinations)|search_space|hyper_?param\w*_(?:grid|space)|grid)$", re.I
)


def combinations_by_hand(facts: Facts) -> Finding:
    """Code tries a list of values or combinations of hyperparameters by itself."""
    spots = [
        Spot(path, call.line)
        for path, call in sites(facts, ANY_CODE)
        if call.name in ("itertools.product", "sklearn.model_selection.ParameterGrid")
        and any(_TRIED.search(f" {arg}") for arg in (*call.args, call.result))
    ]
    for path, file in facts.code(*ANY_CODE):
        for item in file.assigns:
            many = item.value[:1] in "[({" and item.value.count(",") >= 1
            plural = re.fullmatch(
                r"(?:lrs|learning_rates|batch_sizes|dropouts|dropout_rates|optimizers|epoch_counts)(?:_to_try)?",
                item.target,
            )
            if many and (plural or (_GRID.search(item.target) and _TRIED.search(item.value))):
                spots.append(Spot(path, item.line))
    return found(spots)
