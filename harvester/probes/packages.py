"""Which distribution an import comes from, and what a distribution always brings along."""

import re
from collections.abc import Iterable

from packaging.utils import canonicalize_name

_IMPORTS = {
    "absl": "absl-py",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "clip": "clip openai-clip",
    "community": "python-louvain",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "pymupdf",
    "git": "gitpython",
    "hydra": "hydra-core",
    "hydra_plugins": "hydra-core",
    "imblearn": "imbalanced-learn",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "lightning": "lightning pytorch-lightning",
    "lightning_fabric": "lightning pytorch-lightning",
    "magic": "python-magic",
    "mpl_toolkits": "matplotlib",
    "mysql": "mysql-connector-python",
    "multipart": "python-multipart",
    "OpenSSL": "pyopenssl",
    "osgeo": "gdal",
    "PIL": "pillow",
    "pip": "",
    "pkg_resources": "",
    "pywt": "pywavelets",
    "setuptools": "",
    "pytorch_lightning": "pytorch-lightning lightning",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "socks": "pysocks",
    "telegram": "python-telegram-bot",
    "tensorflow_datasets": "tensorflow-datasets tfds-nightly",
    "umap": "umap-learn",
    "usb": "pyusb",
    "websocket": "websocket-client",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}
"""Import name -> distributions, where the names differ; none for what every environment has."""

_NAMESPACES = {
    "google.auth": "google-auth",
    "google.oauth2": "google-auth",
    "google.api_core": "google-api-core",
    "google.protobuf": "protobuf",
    "google.genai": "google-genai",
    "google.generativeai": "google-generativeai",
    "google.colab": "",
    "google.cloud.aiplatform_v1": "google-cloud-aiplatform",
    "vertexai": "google-cloud-aiplatform",
    "google.cloud.storage": "google-cloud-storage",
    "google.cloud.exceptions": "google-cloud-core",
    "ruamel.yaml": "ruamel-yaml",
    "opentelemetry.instrumentation": "opentelemetry-instrumentation",
    "opentelemetry.exporter": "opentelemetry-exporter",
    "opentelemetry.sdk": "opentelemetry-sdk",
    "opentelemetry": "opentelemetry-api",
}
"""Names within namespace packages -> distribution; empty for what no list can name."""

_SAME = {
    "opencv-python": "opencv-python-headless opencv-contrib-python opencv-contrib-python-headless opencv py-opencv",
    "torch": "pytorch pytorch-cpu pytorch-gpu torch-cpu",
    "tensorflow": "tensorflow-cpu tensorflow-gpu tensorflow-macos tf-nightly",
    "faiss": "faiss-cpu faiss-gpu",
    "onnxruntime": "onnxruntime-gpu",
    "psycopg2": "psycopg2-binary",
    "scikit-learn": "sklearn",
    "mlflow": "mlflow-skinny",
    "pyyaml": "yaml",
    "graphviz": "python-graphviz",
}
"""Distribution -> others that install the same."""

_BRINGS = {
    "accelerate": "huggingface-hub numpy packaging psutil pyyaml safetensors torch",
    "albumentations": "albucore numpy opencv-python pydantic pyyaml scipy",
    "altair": "jinja2 jsonschema narwhals packaging typing-extensions",
    "anomalib": "lightning numpy omegaconf opencv-python pandas torch torchmetrics torchvision",
    "bentoml": "click httpx numpy packaging pydantic pyyaml rich starlette uvicorn",
    "catboost": "graphviz matplotlib numpy pandas plotly scipy",
    "datasets": "aiohttp dill filelock fsspec huggingface-hub multiprocess numpy packaging pandas pyarrow pyyaml "
    "requests tqdm xxhash",
    "diffusers": "filelock huggingface-hub numpy pillow regex requests safetensors",
    "dvc": "gitpython hydra-core networkx omegaconf packaging platformdirs psutil pyyaml requests rich ruamel-yaml "
    "tabulate tqdm",
    "dvc-gs": "dvc gcsfs",
    "dvc-s3": "dvc s3fs",
    "easyocr": "numpy opencv-python pillow pyyaml scikit-image scipy shapely torch torchvision",
    "evaluate": "datasets",
    "evidently": "nltk numpy pandas plotly pydantic pyyaml requests scikit-learn scipy statsmodels typer uvicorn",
    "fastapi": "pydantic starlette typing-extensions",
    "fastai": "fastcore matplotlib packaging pandas pillow pyyaml requests scikit-learn scipy spacy torch torchvision",
    "flask": "click itsdangerous jinja2 markupsafe werkzeug",
    "flax": "jax msgpack numpy optax pyyaml rich",
    "gcsfs": "aiohttp decorator fsspec google-auth google-auth-oauthlib google-cloud-storage requests",
    "gensim": "numpy scipy smart-open",
    "google-cloud-aiplatform": "google-api-core google-auth google-cloud-bigquery google-cloud-resource-manager "
    "google-cloud-storage packaging protobuf pydantic shapely",
    "google-cloud-bigquery": "google-api-core google-auth google-cloud-core packaging python-dateutil requests",
    "google-cloud-logging": "google-api-core google-auth google-cloud-core protobuf",
    "google-cloud-monitoring": "google-api-core google-auth protobuf",
    "google-cloud-pubsub": "google-api-core google-auth protobuf",
    "google-cloud-run": "google-api-core google-auth protobuf",
    "google-cloud-secret-manager": "google-api-core google-auth protobuf",
    "google-cloud-storage": "google-api-core google-auth google-cloud-core requests",
    "google-generativeai": "google-api-core google-auth protobuf pydantic tqdm typing-extensions",
    "gradio": "aiofiles fastapi gradio-client httpx huggingface-hub jinja2 markupsafe numpy orjson packaging pandas "
    "pillow pydantic pyyaml starlette typer typing-extensions uvicorn",
    "gymnasium": "cloudpickle numpy typing-extensions",
    "h5py": "numpy",
    "httpx": "anyio certifi httpcore idna",
    "huggingface-hub": "filelock fsspec packaging pyyaml tqdm typing-extensions",
    "hydra-core": "antlr4-python3-runtime omegaconf packaging",
    "hydra-joblib-launcher": "hydra-core joblib",
    "hydra-optuna-sweeper": "hydra-core optuna",
    "imageio": "numpy pillow",
    "imbalanced-learn": "joblib numpy scikit-learn scipy",
    "jax": "jaxlib numpy scipy",
    "kaggle": "python-dateutil requests tqdm",
    "kagglehub": "packaging pyyaml requests tqdm",
    "keras": "absl-py h5py numpy packaging rich",
    "kornia": "packaging torch",
    "librosa": "audioread decorator joblib numba numpy scikit-learn scipy soundfile typing-extensions",
    "lightgbm": "numpy scipy",
    "lightning": "fsspec lightning-utilities packaging pytorch-lightning pyyaml torch torchmetrics tqdm "
    "typing-extensions",
    "locust": "flask gevent psutil requests",
    "matplotlib": "contourpy cycler fonttools kiwisolver numpy packaging pillow pyparsing python-dateutil",
    "mkdocs": "click jinja2 markdown packaging pyyaml",
    "mkdocs-material": "mkdocs requests",
    "mlflow": "click cloudpickle docker flask gitpython matplotlib numpy packaging pandas protobuf pyarrow pydantic "
    "pyyaml requests scikit-learn scipy sqlalchemy",
    "monai": "numpy torch",
    "nannyml": "matplotlib numpy pandas plotly scikit-learn scipy",
    "nibabel": "numpy packaging",
    "nltk": "click joblib regex tqdm",
    "numba": "llvmlite numpy",
    "omegaconf": "antlr4-python3-runtime pyyaml",
    "onnx": "numpy protobuf",
    "onnxruntime": "numpy packaging protobuf",
    "opencv-python": "numpy",
    "opentelemetry-sdk": "opentelemetry-api typing-extensions",
    "optuna": "alembic colorlog numpy packaging pyyaml sqlalchemy tqdm",
    "pandas": "numpy python-dateutil pytz",
    "peft": "accelerate huggingface-hub numpy packaging psutil pyyaml safetensors torch tqdm transformers",
    "plotly": "packaging",
    "prometheus-fastapi-instrumentator": "prometheus-client starlette",
    "pydantic": "annotated-types pydantic-core typing-extensions",
    "pydantic-settings": "pydantic python-dotenv",
    "pytest": "iniconfig packaging pluggy",
    "pytorch-forecasting": "lightning numpy pandas pytorch-lightning scikit-learn scipy torch",
    "pytorch-lightning": "fsspec lightning-utilities packaging pyyaml torch torchmetrics tqdm typing-extensions",
    "ray": "click filelock jsonschema msgpack packaging protobuf pyyaml requests",
    "requests": "certifi charset-normalizer idna urllib3",
    "s3fs": "aiobotocore aiohttp fsspec",
    "scikit-image": "imageio networkx numpy packaging pillow scipy tifffile",
    "scikit-learn": "joblib numpy scipy threadpoolctl",
    "scipy": "numpy",
    "seaborn": "matplotlib numpy pandas",
    "segmentation-models-pytorch": "huggingface-hub numpy pillow safetensors timm torch torchvision tqdm",
    "sentence-transformers": "huggingface-hub pillow scikit-learn scipy torch tqdm transformers",
    "shap": "cloudpickle numba numpy packaging pandas scikit-learn scipy tqdm",
    "shapely": "numpy",
    "skl2onnx": "onnx",
    "spacy": "jinja2 numpy packaging pydantic requests srsly thinc tqdm typer",
    "stable-baselines3": "cloudpickle gymnasium matplotlib numpy pandas torch",
    "starlette": "anyio",
    "statsmodels": "numpy packaging pandas patsy scipy",
    "streamlit": "altair cachetools click gitpython numpy packaging pandas pillow protobuf pyarrow pydeck requests "
    "tenacity toml tornado typing-extensions",
    "tensorboard": "absl-py grpcio markdown numpy packaging pillow protobuf werkzeug",
    "tensorflow": "absl-py h5py keras numpy packaging protobuf requests tensorboard typing-extensions",
    "timm": "huggingface-hub pyyaml safetensors torch torchvision",
    "torch": "filelock fsspec jinja2 networkx numpy sympy typing-extensions",
    "torch-geometric": "aiohttp fsspec jinja2 numpy psutil pyparsing requests tqdm",
    "torch-tb-profiler": "pandas tensorboard",
    "torchaudio": "torch",
    "torchmetrics": "lightning-utilities numpy packaging torch",
    "torchtext": "numpy requests torch tqdm",
    "torchvision": "numpy pillow torch",
    "transformers": "filelock huggingface-hub numpy packaging pyyaml regex requests safetensors tokenizers tqdm",
    "typer": "click rich shellingham typing-extensions",
    "ultralytics": "matplotlib numpy opencv-python pillow psutil pyyaml requests scipy torch torchvision "
    "ultralytics-thop",
    "uvicorn": "click h11",
    "wandb": "click gitpython packaging platformdirs protobuf pydantic pyyaml requests sentry-sdk typing-extensions",
    "xgboost": "numpy scipy",
}
"""Distribution -> what every installation of it has, too."""

_STANDS_FOR = {other: name for name, others in _SAME.items() for other in others.split()}


def distributions(target: str) -> tuple[str, ...]:
    """Names, any of which in a dependency list accounts for an import; nothing for what no list can name."""
    parts = target.split(".")
    for count in (3, 2, 1):
        known = _NAMESPACES.get(".".join(parts[:count]))
        if known is not None and len(parts) >= count:
            return (known,) if known else ()
    if parts[:2] == ["google", "cloud"] and len(parts) > 2:
        part = re.sub(r"_v\d+\w*$", "", parts[2]).replace("secretmanager", "secret-manager")
        return (canonicalize_name(f"google-cloud-{part}"),)
    return tuple(_IMPORTS.get(parts[0], canonicalize_name(parts[0])).split())


def is_known_import(name: str) -> bool:
    """Whether a package from outside is imported by this name."""
    return name in _IMPORTS or name in _BRINGS or name in _SAME


def with_companions(names: Iterable[str]) -> frozenset[str]:
    """Distributions, those that install the same, and all that they always bring."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        name = _STANDS_FOR.get(name, name)
        if name not in found:
            found.add(name)
            pending.extend(_BRINGS.get(name, "").split())
    return frozenset(found)
