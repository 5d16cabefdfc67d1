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
LFS_POINTER = "version https://git-lfs.github.com/spec/"
"""How a file begins that git-lfs keeps elsewhere, of whatever kind."""
_LONGEST_NAME = 255
"""Letters: no file system holds a longer one, and patterns would search it for minutes."""
LARGEST = {YAML: 64_000, JSON: 100_000, TEXT: 200_000, HTML: 300_000}
"""Bytes from which files of a kind are data or output, unless their place or name says that a person wrote them."""
_OUTPUT = re.compile(
    r"^(?!(?:.*/)?conf\w*/)(?:.*/)?(?:data|datasets?|raw|processed|interim|results?|outputs?|predictions?|annotations?"
    r"|labels?|logs?)/|(?:[-_.]|/|^)(?:lock|openapi|swagger|metrics|results?|predictions?|history)\.\w+$|\.min\.js$",
    re.IGNORECASE,
)
_FRONT = (
    r"^(?!.*(?:^|/)(?:docs?|site|reports?|htmlcov|_static)/)"
    r".*(?:^|/)(?:front|web|ui\b|gui\b|static|template|public|client|app|www|view|page|index\.)"
)
_WRITTEN = {
    YAML: re.compile(""),
    JSON: re.compile(
        r"conf|param|setting|hyper|experiment|options|board|grafana|monitor|alert|polic|prometheus|uptime|slo\b"
        r"|vertex|deploy|service",
        re.IGNORECASE,
    ),
    HTML: re.compile(_FRONT, re.IGNORECASE),
    TEXT: re.compile(
        rf"\.(?:tf|tfvars)$|(?:cov|collector|otel|monitor)[^/]*\.txt$|(?:load|stress|perf|k6|bench).*\.(?:js|ts)$"
        rf"|{_FRONT}.*\.(?:m?jsx?|tsx?|vue|svelte)$",
        re.IGNORECASE,
    ),
}
"""Kind -> paths where even a large file is rather a person's than a program's."""


def kind_of(path: str, size: int | None) -> str:
    """The kind of a file, empty where its content is not looked at.

    What is too large to be in the mirror has no size: it has a kind only where a person may have written it.
    """
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
    if kind not in LARGEST or name.endswith(".dvc") or name == "dvc.lock":
        return kind
    large = size is None or size > LARGEST[kind]
    return "" if large and (_OUTPUT.search(path) or not _WRITTEN[kind].search(path)) else kind
