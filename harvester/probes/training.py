"""Probes about data, models, training, trackers and logging: the group's own code, not stubs."""

import re
from collections.abc import Iterable, Iterator

from harvester.models.builds import Source
from harvester.models.code import Call, Class, PythonFile
from harvester.models.facts import Facts
from harvester.models.files import Role
from harvester.probes.finding import Finding, Spot, found
from harvester.probes.matching import finds, matches, matching
from harvester.probes.runs import commands_like
from harvester.probes.serving import runs_model
from harvester.probes.threads import Site, is_network

ANY_CODE = (Role.PACKAGE, Role.NOTEBOOK)

_MODEL_BASES = (
    *("torch.nn.*", "*LightningModule", "flax.linen.Module", "gpytorch.*", "torch_geometric.nn.*", "transformers.*"),
    *("keras.*Model", "keras.*Layer", "tensorflow.*Model", "tensorflow.Module", "tensorflow.*Layer", "sklearn.base.*"),
    *("torchvision.models.*", "timm.*", "ultralytics.*", "pyro.nn.*", "mlflow.pyfunc.PythonModel", "monai.networks.*"),
    *("stable_baselines3.*", "equinox.Module", "haiku.Module", "anomalib.*", "huggingface_hub.PyTorchModelHubMixin"),
)
_NO_MODEL = re.compile(r"Loss$|Transform$|Augment|Dataset$|Callback$|Metric$|Config$|Trainer$|Processor$")
_MODEL_CALLS = (
    *("timm.create_model", "timm.models.*", "torchvision.models.*", "torch.hub.load", "torch.nn.Sequential"),
    *("ultralytics.YOLO", "ultralytics.*.YOLO", "ultralytics.RTDETR", "ultralytics.SAM", "transformers.pipeline"),
    *("*.from_pretrained", "sentence_transformers.*", "keras.*Sequential", "tensorflow.*Sequential", "keras.Model"),
    *("tensorflow.keras.Model", "keras.applications.*", "tensorflow.keras.applications.*", "tensorflow.keras.models.*"),
    *("xgboost.XGB*", "xgboost.train", "lightgbm.LGBM*", "lightgbm.train", "catboost.CatBoost*"),
    *("segmentation_models_pytorch.*", "monai.networks.*", "easyocr.Reader", "spacy.load", "spacy.blank"),
    *("stable_baselines3.*", "sb3_contrib.*", "autogluon.*", "statsmodels.*", "prophet.Prophet", "anomalib.models.*"),
    *("open_clip.create_model*", "clip.load", "gensim.models.*", "surprise.*", "implicit.*", "pmdarima.*"),
    *("pytorch_forecasting.*.from_dataset", "facenet_pytorch.*", "efficientnet_pytorch.*", "whisper.load_model"),
    *("setfit.*", "fasttext.*", "torch_geometric.nn.*", "lightning_transformers.*", "pl_bolts.models.*", "tabpfn.*"),
    *("fastai.*learner", "unsloth.*", "laion_clap.*", "speechbrain.*", "torchaudio.pipelines.*", "mlx_lm.load"),
    *("*.*Classifier", "*.*Regressor", "happytransformer.Happy*"),
)
_BUILDER = re.compile(r"^torchvision\.models\.(?:\w+\.)*[a-z]\w*\d\w*$")
"""What builds a model, in a table of such."""
_NO_PRETRAINED = re.compile(r"Tokenizer|Processor|FeatureExtractor|Config\b|Scheduler")
_ESTIMATOR = re.compile(
    r"^sklearn\.(?:linear_model|ensemble|svm|neighbors|tree|naive_bayes|neural_network|cluster|gaussian_process"
    r"|discriminant_analysis|decomposition|mixture|pipeline|multiclass|multioutput|isotonic|semi_supervised|dummy"
    r"|kernel_ridge|cross_decomposition)\.(?:[A-Z]\w*|make_pipeline)$"
)
_PREPARES = re.compile(
    r"sklearn\.(?:preprocessing|impute|compose|feature_|decomposition|random_projection)|scal|token|encod(?!er_model)"
    r"|vectori[sz]|binari[sz]|imput|normali[sz]|\bpca\b|label|transformer\.fit|tfidf|augment|detector",
    re.IGNORECASE,
)
_TRAINERS = (
    *("transformers.*.train", "trl.*.train", "sentence_transformers.*.train", "ultralytics.*.train", "setfit.*.train"),
    *("lightgbm.train", "xgboost.train", "stable_baselines3.*.learn", "sb3_contrib.*.learn", "*rainer.train"),
    *("*.fit_generator", "*.partial_fit", "*.train_on_batch", "*.fit_one_cycle", "*.fine_tune", "?yolo*.train"),
    *("tensorflow.GradientTape", "jax.grad", "jax.value_and_grad", "gensim.models.*", "spacy.*.update", "?nlp.update"),
    *("flair.*.train", "detectron2.*.train", "fasttext.train_*", "anomalib.*.train", "torch.autograd.grad"),
    *("happytransformer.Happy*.train", "simpletransformers.*.train_model"),
)
_TOOLS = (
    *("nnUNetv2_train", "nnUNet_train", "fairseq-train", "onmt_train", "yolo train", "yolo * train", "yolo mode=train"),
    *("yolo * mode=train", "spacy train", "rasa train", "llamafactory-cli train", "tune run", "litgpt finetune*"),
)
"""Commands that train a network of their own."""
_KEEPS = ("torch.save", "numpy.save*", "pickle.dump", "joblib.dump", "faiss.write_index", "*.save_pretrained")


def model_defined(facts: Facts, *, roles: tuple[Role, ...] = ANY_CODE) -> Finding:
    """Code defines a model (more than the template's stub), or loads or builds one of a library."""
    spots = [
        Spot(path, item.line) for path, file in facts.code(*roles) for item in file.classes if _is_model(file, item)
    ]
    makers = [
        name for name in facts.calls if (name not in facts.classes and _makes_model(name)) or is_network(facts, name)
    ]
    spots += [Spot(path, call.line) for path, call in facts.calls_of(makers, roles)]
    spots += [
        Spot(path, read.line) for path, file in facts.code(*roles) for read in file.reads if _BUILDER.match(read.name)
    ]
    return found(_named_first([*spots, *_tools_that_train(facts)], "model"))


def _tools_that_train(facts: Facts) -> Iterator[Spot]:
    """Commands that train the network which their tool brings along."""
    for command in commands_like(facts, _TOOLS):
        if command.source is not Source.DOCS:
            yield Spot(command.path, command.line)


def _named_first(spots: Iterable[Spot], word: str) -> list[Spot]:
    """Places in files whose name has the word first."""
    return sorted(spots, key=lambda spot: word not in spot.path.lower().rpartition("/")[2])


def _is_model(file: PythonFile, item: Class) -> bool:
    if _NO_MODEL.search(item.name) or not any(matches(name, _MODEL_BASES) for name in (*item.bases, *item.ancestors)):
        return False
    methods = [method for name in item.methods if (method := file.function(f"{item.name}.{name}"))]
    return not methods or any(not method.stub and not method.template for method in methods)


def _makes_model(name: str) -> bool:
    if finds(_ESTIMATOR, name):
        return True
    if name.endswith(".from_pretrained"):
        return not _NO_PRETRAINED.search(name)
    return matches(name, _MODEL_CALLS)


def model_trained(facts: Facts, *, roles: tuple[Role, ...] = (Role.PACKAGE,)) -> Finding:
    """Code trains something: a loop with a backward pass, a Trainer, `fit`, or a `fit` of its own."""
    trainers = facts.calls_of(filter(_trains, facts.calls), roles)
    spots = [Spot(path, call.line) for path, call in trainers if not _only_parses(call)]
    for path, file in facts.code(*roles):
        for function in file.functions:
            own = function.name.rpartition(".")[2] in ("fit", "fit_model")
            if own and not function.stub and not function.template and _PREPARES.search(function.name) is None:
                spots.append(Spot(path, function.line))
    spots += _fitted_by_hand(facts, roles)
    return found(_named_first([*spots, *_tools_that_train(facts)], "train"))


def _fitted_by_hand(facts: Facts, roles: Iterable[Role]) -> Iterator[Spot]:
    """Scripts of training that run a model and keep what comes of it: a memory bank, an index of neighbours."""
    for path, file in facts.code(*roles):
        if re.search(r"(?:^|_)train", path.rpartition("/")[2].lower()):
            kept = next((call for call in file.calls if matches(call.name, _KEEPS)), None)
            if kept and runs_model(facts, [Site(path, ""), *(Site(path, one.name) for one in file.functions)]):
                yield Spot(path, kept.line)


def _trains(name: str) -> bool:
    last = name.rpartition(".")[2]
    if last in ("backward", "manual_backward"):
        return "." in name
    if last in ("fit", "fit_predict", "fit_transform", "fit_resample"):
        return last == "fit" and "." in name and not _PREPARES.search(name)
    return last == "LightningCLI" or matches(name, _TRAINERS)


def _only_parses(call: Call) -> bool:
    """Whether a command line of Lightning's, whose `fit` trains else, only parses."""
    return call.name.rpartition(".")[2] == "LightningCLI" and call.kwarg("run") == "False"


_DATA_MODULE = re.compile(r"(?:^|/)[^/]*(?:data|preprocess|download|loader|corpus|features?)[^/]*(?:\.py$|/)", re.I)
_DATA_FUNCTION = re.compile(
    r"(?:load|get|download|fetch|read|prepare|process|preprocess|make|create|build|clean|extract|split|ingest|generate"
    r"|convert|save|main|setup|transform|augment|tokeni[sz]e|normali[sz]e)",
    re.IGNORECASE,
)
_DATA_BASES = ("*Dataset", "*DataModule", "*IterableDataset", "torch.utils.data.*", "tensorflow.keras.utils.Sequence")
_READS = (
    *("pandas.read_*", "polars.read_*", "polars.scan_*", "datasets.load_*", "torchvision.datasets.*", "numpy.load*"),
    *("torchaudio.load", "torchaudio.datasets.*", "librosa.load", "PIL.Image.open", "cv2.imread", "cv2.VideoCapture"),
    *(
        "kagglehub.*",
        "kaggle.*",
        "gdown.*",
        "urllib.request.urlretrieve",
        "sklearn.datasets.*",
        "tensorflow_datasets.*",
    ),
    *("keras.datasets.*", "tensorflow.keras.datasets.*", "wget.*", "medmnist.*", "torchtext.datasets.*", "yfinance.*"),
    *("huggingface_hub.hf_hub_download", "huggingface_hub.snapshot_download", "datasets.Dataset.*", "soundfile.read"),
    *("torch_geometric.datasets.*", "nibabel.load", "h5py.File", "pyarrow.*.read_*", "torchvision.io.read_image"),
    *("keras.utils.image_dataset_from_directory", "tensorflow.keras.*.image_dataset_from_directory", "tarfile.open"),
    *("zipfile.ZipFile", "tensorflow.data.*", "seaborn.load_dataset", "nltk.download", "shutil.unpack_archive"),
)
_READS_IN_DATA_MODULE = (
    "torch.load",
    "torch.save",
    "open",
    "json.load*",
    "pickle.load",
    "requests.get",
    "csv.*",
    "joblib.load",
)


def data_prepared(facts: Facts, *, roles: tuple[Role, ...] = (Role.PACKAGE,)) -> Finding:
    """Code loads, downloads or preprocesses the data, with real bodies."""
    modules: list[Spot] = []
    others: list[Spot] = []
    reads = frozenset(matching(_READS, facts.calls))
    reads_there = reads.union(matching(_READS_IN_DATA_MODULE, facts.calls))
    for path, file in facts.code(*roles):
        ours = _DATA_MODULE.search(path) is not None
        kept = modules if ours else others
        kept += [Spot(path, item.line) for item in file.classes if _is_dataset(file, item)]
        names = reads_there if ours or file.notebook else reads
        kept += [Spot(path, call.line) for call in file.calls if call.name in names]
        if ours:
            kept += [
                Spot(path, function.line)
                for function in file.functions
                if not function.stub
                and not function.template
                and _DATA_FUNCTION.search(function.name)
                and any(call.within == function.name and call.name != "print" for call in file.calls)
            ]
    return found([*_named_first(modules, "data"), *others])


def _is_dataset(file: PythonFile, item: Class) -> bool:
    if not any(matches(name, _DATA_BASES) for name in (*item.bases, *item.ancestors)):
        return False
    names = (
        "__getitem__",
        "__iter__",
        "setup",
        "prepare_data",
        "preprocess",
        "train_dataloader",
        "__init__",
        "process",
    )
    methods = [method for name in names if (method := file.function(f"{item.name}.{name}"))]
    return any(not method.stub and not method.template for method in methods)


_LOG_METHODS = (
    "debug",
    "info",
    "warning",
    "warn",
    "error",
    "critical",
    "exception",
    "success",
    "trace",
    "log",
    "fatal",
)
_LOG_LIBRARIES = ("logging", "loguru", "structlog", "logbook", "absl")
_LOGGERS = re.compile(
    r"^(?:logging(?:\.getLogger|\.Logger|\.root)?|loguru\.logger(?:\.\w+)?|structlog\.(?:get_logger|stdlib\.get_logger)"
    r"|absl\.logging|tensorflow\.get_logger|logging_loki\.\w+|transformers\.utils\.logging\.get_logger"
    r"|accelerate\.logging\.get_logger|lightning\.\w+\.utilities\.RankedLogger|logbook\.Logger|loggerplus\.\w+"
    r"|google\.cloud\.logging\.Client\.logger|coloredlogs\.\w+|daiquiri\.getLogger)\.\w+$"
)
_PASSED_LOGGER = re.compile(r"^\?(?:self\.)?_?(?:\w+_)?(?:log|logger|LOGGER)\.\w+$")

_OWN_LOGGER = re.compile(
    r"^(?!wandb|lightning|pytorch_lightning|torch|tensorboard|mlflow)[\w.]+\.(?:get_|setup_)?\w*logg(?:er|ing)\.\w+$"
)
"""What the repository's own function `get_logger` gives."""


def logs_events(facts: Facts, *, at_least: int = 1, tests: bool = False) -> Finding:
    """Code calls a logger (logging, loguru or another) in so many places; `tests`: those of tests count, too."""
    imports_logger = any(name.partition(".")[0] in _LOG_LIBRARIES for name in facts.imports)
    names = [
        name for name in facts.calls if name.rpartition(".")[2] in _LOG_METHODS and _is_logger(name, imports_logger)
    ]
    roles = (*ANY_CODE, Role.TESTS) if tests else ANY_CODE
    unique = tuple(dict.fromkeys(Spot(path, call.line) for path, call in facts.calls_of(names, roles)))
    return found(unique if len(unique) >= at_least else ())


def _is_logger(name: str, imports_logger: bool) -> bool:
    if "wandb" in name.lower():
        return False
    return bool(_LOGGERS.match(name)) or (
        imports_logger and bool(_PASSED_LOGGER.match(name) or _OWN_LOGGER.match(name))
    )
