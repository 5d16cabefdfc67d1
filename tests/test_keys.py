"""What makes a group's grading anew: fingerprints of what it depends on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import harvester
from harvester.beside import Beside
from harvester.keys import evidence_key, material_key
from harvester.models.group import Group
from tests.support.courses import CHECK, make_rules

PARSED = "from harvester.facts.version import parser_version as asked"
GRADED = "from harvester.keys import code_sha256 as asked"


def test_a_commit_that_was_fetched_later_is_something_new(tmp_path: Path) -> None:
    """It may be the one that is graded, though nothing else has changed."""
    rules, group = make_rules(tmp_path), Group(id="1", repo_url="https://example.org/a/b")
    kept = rules.course.mirrors / group.folder / "repo.git" / "refs" / "harvester" / "seen"
    before = material_key(rules, group, None, Beside())
    kept.mkdir(parents=True)
    (kept / ("1" * 40)).write_text("1" * 40)

    assert material_key(rules, group, None, Beside()) != before


def test_evidence_is_of_one_commit_and_one_rule() -> None:
    other = CHECK.model_copy(update={"title": "Another"})
    keys = {evidence_key("m", "a", CHECK), evidence_key("m", "b", CHECK), evidence_key("m", "a", other)}
    assert len(keys) == 3
    assert evidence_key("m", "a", CHECK) in keys


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Harvester, installed in a folder called `groups`, which the demo's own groups have, too."""
    package = tmp_path / "groups" / "harvester"
    shutil.copytree(Path(harvester.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    return package


def fingerprint(package: Path, what: str, library: str = "") -> str:
    """What a fresh process says; in it, a library may have another version."""
    newer = "import importlib.metadata as m; v = m.version; m.version = lambda n: v(n) + '.1' * (n == {!r}); "
    script = f"{newer.format(library)}{what}; print(asked())"
    env = {**os.environ, "PYTHONPATH": str(package.parent)}
    ask = [sys.executable, "-c", script]
    return subprocess.run(ask, capture_output=True, text=True, env=env, cwd=package.parent, check=True).stdout


def change(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("\n")


@pytest.mark.parametrize("changed", ["verdict.py", "facts/data/known.json", "outputs/templates/handin.html.j2"])
def test_another_version_is_known_wherever_it_is_installed(package: Path, changed: str) -> None:
    before = fingerprint(package, GRADED)
    change(package / changed)

    assert fingerprint(package, GRADED) != before


@pytest.mark.parametrize("changed", ["facts/python.py", "facts/secrets.py", "facts/data/known.json", "models/code.py"])
def test_facts_are_those_of_the_code_that_read_them(package: Path, changed: str) -> None:
    before = fingerprint(package, PARSED)
    change(package / changed)

    assert fingerprint(package, PARSED) != before


def test_facts_stay_where_probes_and_what_comes_after_them_change(package: Path) -> None:
    before = fingerprint(package, PARSED)
    for changed in ("probes/ci.py", "probes/table.py", "verdict.py", "outputs/templates/handin.html.j2"):
        change(package / changed)

    assert fingerprint(package, PARSED) == before


@pytest.mark.parametrize("library", ["detect-secrets", "PyYAML", "packaging", "tree-sitter-python"])
def test_another_library_reads_again_and_grades_again(package: Path, library: str) -> None:
    for what in (PARSED, GRADED):
        assert fingerprint(package, what, library) != fingerprint(package, what)
