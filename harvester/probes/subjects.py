"""What tests are about: the data, the model and its training, or something else."""

import re
from enum import StrEnum

from harvester.models.code import Call
from harvester.models.facts import Facts
from harvester.models.files import Role
from harvester.probes.suites import TestCase
from harvester.probes.threads import DOTTED_NAME, Site, called, is_network, lead, routes

_DATA_WORDS = frozenset(
    (
        *("data", "dataset", "datasets", "dataloader", "dataloaders", "datamodule", "loader", "loaders", "preprocess"),
        *(
            "preprocessing",
            "preprocessor",
            "preprocessed",
            "processing",
            "transform",
            "transforms",
            "augment",
            "corpus",
        ),
        *("augmentation", "augmentations", "collate", "tokenize", "tokenizer", "normalize", "split", "splits", "etl"),
        *("download", "ingest", "features", "dataframe", "df", "batch", "images", "labels", "csv"),
    )
)
_MODEL_WORDS = frozenset(
    (
        *("model", "models", "net", "network", "networks", "classifier", "regressor", "architecture", "backbone"),
        *("encoder", "decoder", "cnn", "unet", "resnet", "vit", "transformer", "lstm", "rnn", "gnn", "autoencoder"),
        *("vae", "gan", "mlp", "loss", "losses", "criterion", "predict", "predictor", "prediction", "predictions"),
        *("inference", "infer", "forward", "fit", "training", "trainer", "evaluate", "evaluation", "epoch", "step"),
        *("module", "head", "embedding", "finetune", "generate", "classify", "detector", "agent", "policy"),
    )
)
_TRAIN_STEMS = frozenset(("train", "training", "trainer", "evaluate", "eval", "main", "sweep", "tune", "test"))
_MODULES = re.compile(
    r"^(?:torch\.nn(?:\.modules\.\w+)?\.Module|(?:pytorch_lightning|lightning)\b.*\.LightningModule"
    r"|(?:tensorflow\.)?keras\b.*\.(?:Model|Layer)|tensorflow\.(?:Module|keras\.\S*)|transformers\.\w*(?:Model|For)\w*"
    r"|sklearn\.\S*(?:Classifier|Regressor|Cluster|Density)\w*|flax\.\S+Module|torch_geometric\.nn\.\S+|xgboost\.\S+)$"
)
_DATASETS = re.compile(
    r"^(?:torch\.utils\.data\.(?:dataset\.)?(?:Dataset|IterableDataset|TensorDataset)"
    r"|(?:pytorch_lightning|lightning)\b.*\.LightningDataModule|torchvision\.datasets\.\S+|torch_geometric\.data\.\S+"
    r"|(?:tensorflow\.)?keras\.utils\.(?:Sequence|PyDataset)|datasets\.\S+)$"
)
_RUNS_MODEL = re.compile(
    r"\.(?:backward|fit|fit_transform|fit_predict|predict|predict_proba|from_pretrained|training_step|train_step|generate|forward)$"
    r"|^torch\.nn\.(?!utils|init)\S+|^torchvision\.models\.\S+|^timm\.create_model|^ultralytics\.\S+"
    r"|^transformers\.(?:Trainer|pipeline|\w*Model\w*)\b|Trainer(?:\.\w+)?$|^torch\.optim\.\w+$|^torch\.jit\.load$"
)
_LOADS = re.compile(
    r"^(?:torch\.load|numpy\.load|pandas\.read_\w+|polars\.(?:read|scan)_\w+|pickle\.load|joblib\.load|json\.load|open"
    r"|os\.path\.(?:exists|isfile|isdir|getsize)|os\.listdir|glob\.glob|PIL\.Image\.open|h5py\.File|cv2\.imread"
    r"|pathlib\.Path|safetensors\.\S+)(?:\.\w+)*$"
)
_OPENS = re.compile(
    r"^(?:cv2\.imread|PIL\.Image\.open|pandas\.read_\w+|polars\.read_\w+|numpy\.load(?:txt)?|librosa\.load)$"
)
"""What opens a file of data, wherever it is."""
_PRETRAINED = re.compile(
    r"^(?:torchvision\.models\.|timm\.|ultralytics\.|transformers\.(?:\S*from_pretrained(?:\.\w+)*$|pipeline))"
)
_NO_MODEL = re.compile(r"Tokenizer|Processor|Extractor|Config|Weights")
_DATA_ARGUMENT = re.compile(
    r"[\"'](?:\.{0,2}/)*data/|PATH_DATA\b|\bDATA_(?:PATH|DIR|ROOT)\b|\.(?:csv|parquet|jsonl)[\"']", re.IGNORECASE
)
_DATA_LOADS = re.compile(
    r"^(?:datasets\.load_\w+|torchvision\.datasets\.\S+|sklearn\.datasets\.\S+|torch_geometric\.\S+)"
)
_DATA_PATH = re.compile(r"data|raw|processed|\.csv\b|\.parquet\b|\.jsonl?\b|images?\b|_train|_test", re.IGNORECASE)
_MODEL_PATH = re.compile(
    r"models?\b|model_|checkpoint|\.pth?\b|\.ckpt\b|\.pkl\b|\.joblib\b|weights|\.onnx\b", re.IGNORECASE
)
_OF_DATA = re.compile(r"(?:^|[/\"'_ {])(?:data|datasets?|processed|raw)(?:[/\"'_ }]|$)", re.IGNORECASE)
_KEPT_MODELS = frozenset(("model", "net", "network", "classifier"))
_ELSEWHERE = frozenset(("drift", "monitoring", "api", "app", "plot", "plots", "visualize", "visualization", "frontend"))
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_STARTED = re.compile(r"(?:^|[\s/.\"'])(?:train|training|train_model|evaluate|main)(?:\.py\b|$|[\s\"'])")
_STARTERS = ("subprocess.", "os.system", "typer.testing.", "click.testing.", "runpy.")
_NO_TRAINING = re.compile(r"loader|dataset|data|split|transform|(?<!with_)config|args|parse|seed|logger|device|path")
_TRAINS = re.compile(r"(?:^|_)(?:train|fit|training|finetune|evaluate|validate|run|main|step|loss|epoch)(?:_|$)")


class Subject(StrEnum):
    """What a test is about."""

    DATA = "data"
    MODEL = "model"
    HELPER = "helper"
    """A helper of the training script."""


class Subjects:
    """Tells what tests use."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.served = {path for path, _, _ in routes(facts)}
        self._about: dict[str, frozenset[Subject]] = {}
        self._ending: dict[str, list[str]] = {}  # modules by the last part of their names
        for module in facts.modules:
            self._ending.setdefault(module.rpartition(".")[2], []).append(module)

    def of(self, case: TestCase) -> frozenset[Subject]:
        """What a test is about: what it uses itself, in its fixtures and in its helpers."""
        found: set[Subject] = set()
        for path, call in (*case.calls, *case.shared):
            found |= self.of_call(path, call)
        for name in case.reads:
            found |= self.of_name(name)
        if not found and case.assertion is None:
            found |= named_after(case)
        elif not found and any(_OPENS.match(call.name) for _, call in case.calls):
            found |= named_after(case) & {Subject.DATA}
        started = any(call.name.startswith(_STARTERS) for _, call in case.calls)
        if started and any(_STARTED.search(text.text) for text in case.texts):
            found.add(Subject.MODEL)
        return frozenset(found)

    def of_call(self, path: str, call: Call) -> frozenset[Subject]:
        """What one call in a test uses."""
        if call.name.endswith("hydra.utils.instantiate"):
            return _of_config(call.argument("config", 0) or "")
        own = self.of_name(call.name)
        for argument in (*call.args, *(value for _, value in call.kwargs)):
            if DOTTED_NAME.fullmatch(argument):
                own |= self.of_name(self._imported(path, argument))
        if own:
            return own
        if _DATA_LOADS.match(call.name):
            return frozenset((Subject.DATA,))
        if _LOADS.match(call.name):
            return _of_path(" ".join(call.args))
        if any(_DATA_ARGUMENT.search(argument) for argument in call.args):
            return frozenset((Subject.DATA,))
        pretrained = _PRETRAINED.match(call.name) and not _NO_MODEL.search(call.name)
        if pretrained or is_network(self.facts, call.name):
            return frozenset((Subject.MODEL,))
        return frozenset()

    def _imported(self, path: str, argument: str) -> str:
        """What a plain argument stands for, where the file imports it."""
        first, _, rest = argument.partition(".")
        target = next((one.target for one in self.facts.python[path].imports if one.name == first), "")
        return f"{target}.{rest}" if target and rest else target

    def of_name(self, name: str) -> frozenset[Subject]:
        """What a qualified name of the repository is about; nothing for names of other packages."""
        if name not in self._about:
            self._about[name] = self._find(name)
        return self._about[name]

    def _find(self, name: str) -> frozenset[Subject]:
        module, rest = self._split(name)
        path = self.facts.modules.get(module, "")
        if not path:
            return frozenset()
        name = f"{module}.{rest}" if rest else module
        if self.facts.role(path) is Role.TESTS:
            return frozenset((Subject.DATA,)) if rest.isupper() and "data" in _words(rest) else frozenset()
        ancestors = self._ancestors(name)
        if any(_MODULES.match(base) for base in ancestors):
            return frozenset((Subject.MODEL,))
        if any(_DATASETS.match(base) for base in ancestors):
            return frozenset((Subject.DATA,))
        if path in self.served:
            return frozenset()
        return self._by_words(path, name, rest)

    def _by_words(self, path: str, name: str, rest: str) -> frozenset[Subject]:
        place = _place_words(path)
        own = _words(rest.replace(".", "_"))
        found = set()
        if place & _DATA_WORDS or own & _DATA_WORDS:
            found.add(Subject.DATA)
        if self._is_model(name, rest, place, own):
            found.add(Subject.MODEL)
        elif place & _TRAIN_STEMS:
            found.add(Subject.HELPER)
        return frozenset(found)

    def _is_model(self, name: str, rest: str, place: set[str], own: set[str]) -> bool:
        if place & _TRAIN_STEMS:
            last = rest.rpartition(".")[2].lower()
            kept = rest.partition(".")[0].lower() in _KEPT_MODELS and name not in self.facts.functions
            return kept or self._runs_model(name) or (bool(_TRAINS.search(last)) and not _NO_TRAINING.search(last))
        if place & _MODEL_WORDS:
            return not place & _DATA_WORDS or bool(own & _MODEL_WORDS)
        return bool(own & _MODEL_WORDS and not own & _DATA_WORDS) or (
            not place & _DATA_WORDS and self._runs_model(name)
        )

    def _runs_model(self, name: str) -> bool:
        """Whether a function builds, trains or runs a model, itself or one call further."""
        sites = list(lead(self.facts, name))
        for site in list(sites):
            sites.extend(inner for _, inners in called(self.facts, site) for inner in inners)
        return any(self._is_model_call(call) for site in sites for call in self.facts.called_in.get(Site(*site), ()))

    def _is_model_call(self, call: Call) -> bool:
        runs = _RUNS_MODEL.search(call.name) and not _NO_MODEL.search(call.name)
        return bool(runs) or any(_MODULES.match(base) for base in self._ancestors(call.name))

    def _ancestors(self, name: str) -> tuple[str, ...]:
        """The bases of the class that a name is, or is a part of."""
        for one in (name, name.rpartition(".")[0]):
            if one in self.facts.classes:
                item = self.facts.classes[one][1]
                return (*item.bases, *item.ancestors)
        return ()

    def _split(self, name: str) -> tuple[str, str]:
        """(module of the repository, what is in it)"""
        parts = name.removesuffix("[]").split(".")
        for count in range(len(parts), 0, -1):
            module = ".".join(parts[:count])
            if module in self.facts.modules:
                return module, ".".join(parts[count:])
        return self._by_end(parts)

    def _by_end(self, parts: list[str]) -> tuple[str, str]:
        """Likewise for a name that is imported from elsewhere: a folder on the path, a package by another name."""
        for count in range(len(parts) - 1, 0, -1):
            own, rest = parts[count], ".".join(parts[count:])
            for module in self._ending.get(parts[count - 1], ()):
                if f"{module}.{own}" in self.facts.functions or f"{module}.{own}" in self.facts.classes:
                    return module, rest
                exported = self._exported(module, own)
                if exported:
                    return exported[0], ".".join((exported[1], *parts[count + 1 :]))
        return "", ".".join(parts)

    def _exported(self, module: str, name: str) -> tuple[str, str] | None:
        """Where a name comes from that a module has from another one of the repository."""
        imports = self.facts.python[self.facts.modules[module]].imports
        target = next((one.target for one in imports if one.name == name), "")
        owner, _, own = target.rpartition(".")
        return (owner, own) if owner in self.facts.modules else None


def named_after(case: TestCase) -> frozenset[Subject]:
    """What a test is named after, it or its file."""
    words = _words(case.path.rpartition("/")[2]) | _words(case.function.name)
    found = {Subject.DATA} if words & {"data", "dataset", "dataloader"} else set()
    return frozenset(found | ({Subject.MODEL} if words & {"model", "train", "training", "loss"} else set()))


def _place_words(path: str) -> set[str]:
    """The words of a module's name, and of its folder where that says nothing else (`data/`, not `car_data_tool/`)."""
    parts = path.removesuffix("/__init__.py").removesuffix(".py").split("/")
    own = _words(parts[-1])
    folder = _words(parts[-2]) if len(parts) > 1 else set()
    if own & _ELSEWHERE:
        return set()
    return own | folder if folder <= _DATA_WORDS | _MODEL_WORDS | _TRAIN_STEMS else own


def _of_config(text: str) -> frozenset[Subject]:
    """What a part of a config makes: `cfg.datamodule.transforms`, `cfg.model`."""
    words = _words(text)
    if words & _DATA_WORDS:
        return frozenset((Subject.DATA,))
    return frozenset((Subject.MODEL,)) if words & _MODEL_WORDS else frozenset()


def _of_path(text: str) -> frozenset[Subject]:
    if _MODEL_PATH.search(text) and not _OF_DATA.search(text):
        return frozenset((Subject.MODEL,))
    return frozenset((Subject.DATA,)) if _DATA_PATH.search(text) else frozenset()


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}
