"""How a file is read, by its path alone."""

import re

PYTHON, NOTEBOOK, YAML, TOML, JSON, INI = "python", "notebook", "yaml", "toml", "json", "ini"
WORKFLOW = "workflow"
DOCKERFILE, REQUIREMENTS, LOCK, SHELL, MAKE, JUST = "dockerfile", "requirements", "lock", "shell", "make", "just"
MARKDOWN, RST, HTML, TEXT = "markdown", "rst", "html", "text"

DOCUMENTS = (MARKDOWN, RST, HTML)

_DOCKERFILE = re.compile(r"^(?:docker|container)file(?:[._\- ].*)?$|\.(?:docker|container)file$|\.docker$")
_NO_DOCKERFILE = re.compile(
    r"^(?:\.env|makefile)|\.(?:dockerignore|md|txt|ya?ml|json|py|sh|png|jpe?g|toml|log|html|pdf)$"
)
_WORKFLOW = re.compile(
    r"^\.github/(?:workflows/[^/]+|actions/.+/action)\.ya?ml$|(?:^|/)action\.ya?ml$|(?:^|/)\.gitlab-ci\.ya?ml$"
    r"|(?:^|/)azure-pipelines[\w.-]*\.ya?ml$|^\.circleci/config\.ya?ml$|^\.travis\.ya?ml$|^bitbucket-pipelines\.ya?ml$"
)
_REQUIREMENTS = re.compile(r"^[\w.\- ]*requirements?[\w.\- ]*\.(?:txt|in)$|^(?:constraints|pip[\w-]*|packages)\.txt$")
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pipfile.lock", "conda-lock.yml", "pixi.lock", "pylock.toml")
_NAMES = {
    "makefile": MAKE,
    "gnumakefile": MAKE,
    "justfile": JUST,
    ".justfile": JUST,
    "procfile": TEXT,
    "pipfile": TOML,
    "dvc.lock": YAML,
    "jenkinsfile": TEXT,
    ".gitattributes": TEXT,
    ".gitmodules": INI,
    ".flake8": INI,
    ".coveragerc": INI,
    ".pylintrc": INI,
    ".env": TEXT,
    "license": TEXT,
    "readme": MARKDOWN,
    ".streamlit": TEXT,
}
_SUFFIXES = {
    **dict.fromkeys(("py", "pyw", "pyi"), PYTHON),
    "ipynb": NOTEBOOK,
    **dict.fromkeys(("yaml", "yml", "dvc"), YAML),
    "toml": TOML,
    **dict.fromkeys(("json", "jsonc"), JSON),
    **dict.fromkeys(("cfg", "ini", "conf"), INI),
    **dict.fromkeys(("sh", "bash", "zsh", "bat", "cmd", "ps1"), SHELL),
    "mk": MAKE,
    **dict.fromkeys(("md", "markdown", "mdx", "qmd"), MARKDOWN),
    "rst": RST,
    **dict.fromkeys(("html", "htm", "jinja", "j2"), HTML),
    **dict.fromkeys(("js", "jsx", "ts", "tsx", "vue", "svelte", "mjs", "lua", "go", "jl", "r", "sql", "proto"), TEXT),
    **dict.fromkeys(("tf", "tfvars", "hcl", "txt", "env", "css", "properties", "tmpl", "tpl", "service"), TEXT),
}
_DATA = frozenset(
    (
        *("png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "wav", "mp3", "mp4", "flac", "ogg"),
        *("npy", "npz", "pt", "pth", "ckpt", "pkl", "parquet", "feather", "h5", "zip", "gz", "tar"),
    )
)
"""Endings of what nobody reads here, told before anything is searched: a repository may have 100,000 of these."""
_LONGEST_NAME = 255
"""Letters: no file system holds a longer one, and patterns would search it for minutes."""
LARGEST = {YAML: 64_000, TOML: 100_000, JSON: 100_000, TEXT: 200_000, HTML: 300_000, LOCK: 3_000_000}
"""Bytes from which files of a kind are data or output rather than something a person wrote."""


def kind_of(path: str, size: int | None) -> str:
    """The kind of a file, empty where its content is not looked at."""
    name = path.rpartition("/")[2].lower()
    if len(name) > _LONGEST_NAME:
        return ""
    if name.rpartition(".")[2] in _DATA:
        return ""
    if path.endswith((".dvc/config", ".dvc/config.local")):
        return INI
    if _WORKFLOW.search(path):
        return WORKFLOW
    if name in _LOCKS:
        return LOCK
    if _DOCKERFILE.search(name) and not _NO_DOCKERFILE.search(name):
        return DOCKERFILE
    if _REQUIREMENTS.match(name) or re.search(r"(?:^|/)requirements?/[^/]+\.(?:txt|in)$", path.lower()):
        return REQUIREMENTS
    if name in ("conda-meta.json", "package-lock.json"):
        return ""
    kind = _NAMES.get(name) or (_SUFFIXES.get(name.rpartition(".")[2], "") if "." in name else "")
    if not kind and name.startswith(("makefile", "readme.", ".env")):
        kind = MAKE if name.startswith("makefile") else TEXT
    largest = LARGEST[LOCK] if name.endswith(".dvc") or name == "dvc.lock" else LARGEST.get(kind, 1 << 60)
    return "" if size is not None and size > largest else kind
