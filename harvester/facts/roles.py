"""What each file is in its repository: by its path, then by its content and history."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from harvester.facts import kinds
from harvester.facts.known import EXERCISE, TEMPLATE
from harvester.models.files import Blob, Role
from harvester.models.snapshot import History

_VENDORED = re.compile(
    r"(?:^|/)(?:\.?v?env\d*|\.?virtualenv|site-packages|dist-packages|node_modules|bower_components|vendor|vendored"
    r"|third[_-]?party|external_libs?)/|\.dist-info/",
    re.IGNORECASE,
)
_ENV_FOLDER = re.compile(r"^(.*/)?(?:\.?env\d*)/", re.IGNORECASE)
_GENERATED = re.compile(
    r"(?:^|/)(?:__pycache__|\.pytest_cache|\.ruff_cache|\.mypy_cache|\.ipynb_checkpoints|\.hydra|multirun|mlruns|htmlcov"
    r"|lightning_logs|\.idea|\.dvc/(?:cache|tmp)|_build|outputs?/\d{4}-\d\d-\d\d|wandb/(?:offline-|latest-)?(?:run|sweep)"
    r"[^/]*|catboost_info|\.eggs|\.tox|\.nox)/|\.egg-info/|(?:^|/)(?:build/lib|docs/build|site/assets|site/search)/",
)
_EXERCISE = re.compile(
    r"^exercises/|(?:^|/)(?:exercise_files|s\d{1,2}_(?:development|getting|organi[sz]ation|reproduc|debugging|contin|the_cloud"
    r"|deployment|distributed|scalable|monitoring|advanced|extra)[a-z_]*)/",
    re.IGNORECASE,
)
"""Folders of the course's exercises."""
_TESTS = re.compile(r"(?:^|/)(?:tests?|unit_?tests|integration_?tests)/", re.IGNORECASE)
_TEST_NAME = re.compile(r"^(?:test_.*|.*_test|conftest)\.py$")
_LICENSE = re.compile(r"^(?:licen[sc]e|copying)(?:\.\w+)?$", re.IGNORECASE)
_INSTALLS = ("setup.py", "pyproject.toml", "setup.cfg")
_COURSE_SCRIPTS = re.compile(r"(?:^|/)(?:reports/report|test_environment)\.py$")
"""Scripts of the template that stay the course's, whatever a linter or a group made of them."""
_SMALL_CHANGE = 5
_MANY = 5
"""So many files with another's notice make a folder of copies, where they are most of it."""


def role_by_path(path: str, environments: Collection[str] = ()) -> Role | None:
    """What the path alone says; None where the content has to be looked at."""
    if _GENERATED.search(path):
        return Role.GENERATED
    if found := _VENDORED.search(path):
        folder = path[: found.end()]
        if not _ENV_FOLDER.match(folder) or folder in environments or "/lib/" in path.lower():
            return Role.VENDORED
    if _EXERCISE.search(path):
        return Role.EXERCISE
    return None


def roles_by_path(paths: Iterable[str], environments: Collection[str] = ()) -> dict[str, Role | None]:
    """`role_by_path` of many paths, whose folders alone tell: each folder is looked at once."""
    by_folder: dict[str, Role | None] = {}
    found = {}
    for path in paths:
        folder = path[: path.rfind("/") + 1]
        if folder not in by_folder:
            by_folder[folder] = role_by_path(f"{folder}_", environments)
        found[path] = by_folder[folder]
    return found


def find_environments(paths: Iterable[str]) -> frozenset[str]:
    """Folders of committed virtual environments."""
    return frozenset(path.removesuffix("pyvenv.cfg") for path in paths if path.endswith("/pyvenv.cfg"))


def role_by_content(path: str, kind: str, blob: Blob | None) -> Role:
    """What path and content say of a file whose path alone does not tell."""
    name = path.rpartition("/")[2]
    if blob is not None and blob.origin == EXERCISE and kind in (kinds.PYTHON, kinds.NOTEBOOK):
        return Role.EXERCISE  # a workflow or another setting of the exercises works where it stands
    if kind == kinds.NOTEBOOK:
        return Role.NOTEBOOK
    if kind == kinds.PYTHON:
        if _TESTS.search(path) or name == "conftest.py" or (_TEST_NAME.match(name) and _has_tests(blob)):
            return Role.TESTS
        if (blob is not None and blob.origin == TEMPLATE) or _COURSE_SCRIPTS.search(path) or _is_checker(name, blob):
            return Role.TEMPLATE
        return Role.DOCS if path.startswith("docs/") else Role.PACKAGE
    return Role.DOCS if kind in kinds.DOCUMENTS else Role.OTHER


def _is_checker(name: str, blob: Blob | None) -> bool:
    """Whether a file is the course's checker of reports, wherever a group has moved it."""
    if name != "report.py" or blob is None or blob.python is None:
        return False
    classes = {item.name for item in blob.python.classes}
    functions = {function.name for function in blob.python.functions}
    return {"html", "check"} <= functions and {"LengthConstraints", "ImageConstraints"} <= classes


def _has_tests(blob: Blob | None) -> bool:
    if blob is None or blob.python is None:
        return False
    return any(function.name.rpartition(".")[2].startswith("test") for function in blob.python.functions)


def find_copies(blobs: Mapping[str, Blob], history: History, people: Collection[str]) -> frozenset[str]:
    """Python files under another project's copyright, and copied libraries, that the group did not change."""
    if not history.counted or not any(commit.changes for commit in history.commits):
        return frozenset()
    touched: Counter[str] = Counter()
    largest: dict[str, int] = {}
    total: Counter[str] = Counter()
    added_in: dict[str, str] = {}
    for commit in history.commits:
        for path, added, removed in commit.changes:
            touched[path] += 1
            added_in[path] = commit.sha
            total[path] += added + removed
            largest[path] = max(largest.get(path, 0), added + removed)
    unchanged = {path for path in blobs if touched[path] <= 1 or total[path] - largest[path] <= _SMALL_CHANGE}
    notices = {path for path in unchanged if blobs[path].notice and not _is_own(blobs[path].notice, people)}
    return frozenset(notices | _companions(notices, unchanged, added_in) | _libraries(blobs, unchanged))


def _companions(notices: set[str], unchanged: Collection[str], added_in: Mapping[str, str]) -> set[str]:
    """What came, in the same commits, into folders most of whose files bear another's notice."""
    folders: dict[str, list[str]] = {}
    for path in added_in:
        if path.endswith(".py"):
            folders.setdefault(path.rpartition("/")[0], []).append(path)
    found: set[str] = set()
    for paths in folders.values():
        there = [path for path in paths if path in unchanged]
        copies = [path for path in there if path in notices]
        if len(copies) >= _MANY and 2 * len(copies) > len(there):
            commits = {added_in[path] for path in copies}
            found.update(path for path in there if added_in[path] in commits)
    return found


def _is_own(notice: str, people: Collection[str]) -> bool:
    lowered = notice.lower()
    names = {part for name in people for part in name.lower().split() if len(part) > 2}
    return "group" in lowered or "dtu" in lowered or any(name in lowered for name in names)


def _libraries(blobs: Mapping[str, Blob], unchanged: Collection[str]) -> set[str]:
    """Files of folders that come with a licence and an installation of their own, nearly all as they were added."""
    folders = {path.rpartition("/")[0] for path in blobs if path.rpartition("/")[2] in _INSTALLS}
    licensed = {path.rpartition("/")[0] for path in blobs if _LICENSE.match(path.rpartition("/")[2])}
    found: set[str] = set()
    for folder in sorted(folders & licensed - {""}):
        if not any(folder.startswith(f"{other}/") or not other for other in folders - {folder}):
            continue
        inside = [path for path in blobs if path.startswith(f"{folder}/") and path.endswith(".py")]
        if inside and sum(path in unchanged for path in inside) >= 0.8 * len(inside):
            found.update(path for path in blobs if path.startswith(f"{folder}/"))
    return found
