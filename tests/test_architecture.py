"""Who may import whom: the drawing of the design, kept true."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import harvester

ROOT = Path(harvester.__file__).parent
STAGES = {"config", "roster", "mirrors", "snapshot", "report", "people", "facts", "probes", "outputs", "likeness"}
FOUNDATION = {"models", "errors", "processes", "versions"}
FOREIGN = {
    "git": {"mirrors", "snapshot", "demo", "processes"},
    "httpx": {"mirrors"},
    "openpyxl": {"outputs", "roster"},
    "pandas": {"outputs"},
    "numpy": {"likeness"},
    "markdown_it": {"report", "outputs"},
    "tree_sitter": {"facts"},
    "typer": {"cli", "commands"},
}
HEAVY = {
    *("PIL", "distributed", "git", "httpx", "jinja2", "markdown_it", "numpy", "openpyxl", "pandas", "tree_sitter"),
    *("harvester.models.facts", "harvester.models.snapshot", "rich.progress"),
}
"""What only the command that needs it loads."""


def _modules() -> Iterator[Path]:
    yield from (path for path in ROOT.rglob("*.py") if not path.is_relative_to(ROOT / "demo" / "groups"))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module or ""


def _part(path: Path) -> str:
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def _parts_of(name: str) -> str | None:
    pieces = name.split(".")
    return pieces[1] if pieces[0] == "harvester" and len(pieces) > 1 else None


@pytest.mark.parametrize("path", list(_modules()), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports(path: Path) -> None:
    """Models know only models; a stage knows itself and the foundation; libraries stay where they belong."""
    part = _part(path)
    for name in _imports(path):
        inner = _parts_of(name)
        if inner:
            if part == "models":
                assert inner == "models", f"a model imports {name}"
            elif part in STAGES:
                assert inner in FOUNDATION | {part}, f"stage {part} imports {name}"
        owner = FOREIGN.get(name.split(".")[0])
        assert owner is None or part in owner, f"{part} imports {name}"


def test_start_up_is_light() -> None:
    """What every command loads brings nothing heavy with it, however many modules lie between."""
    names = "cli", "commands", "console", "harvest", "opened", "progress"
    script = f"import sys, {', '.join(f'harvester.{name}' for name in names)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert set(done.stdout.split()) & HEAVY == set()


def test_modules_stay_small() -> None:
    """Most modules have under 300 lines, and none has many more."""
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in _modules()}
    assert not {path: size for path, size in sizes.items() if size > 350}
    assert sum(size > 300 for size in sizes.values()) <= 6


def test_every_module_says_what_it_is() -> None:
    """Each module begins with a docstring."""
    silent = [path for path in _modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert [path for path in silent if path.read_text(encoding="utf-8").strip()] == []
