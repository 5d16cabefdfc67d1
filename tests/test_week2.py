"""Probes of week 2 beyond the cases: which tests a command runs, and any text of students'."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.config import load_family
from harvester.models.facts import Facts
from harvester.models.status import EvidenceWord
from harvester.probes import run_checks
from tests.support.facts import facts_of

FAMILY = load_family("dtu-02476")
CHECKS = [check for check in FAMILY.checks if check.source == "week2.yaml"]
TEST = "import requests\n\ndef test_price():\n    assert requests.get('http://localhost/price').ok\n"


def words(facts: Facts, check: str) -> EvidenceWord:
    spec = next(one for one in CHECKS if one.id == check)
    return run_checks([spec], lambda: facts, year="26")[check].word


@pytest.mark.parametrize(
    ("command", "covered"),
    [
        ("pytest", True),
        ("pytest tests", True),
        ("pytest ./tests/integration/test_api.py::test_price -v", True),
        ("uv run coverage run -m pytest tests/", True),
        ("tox", True),
        ("docker run --rm shop pytest", True),
        ("cd app && pytest integration/", True),
        ("pytest tests/unit", False),
        ("pytest tests --ignore=tests/integration", False),
        ("pytest tests/integration/test_other.py", False),
        ("echo pytest", False),
        ("pip install pytest", False),
    ],
)
def test_ci_runs_the_tests_that_its_command_names(command: str, covered: bool) -> None:
    workflow = f"on: push\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {command}\n"
    facts = facts_of({"tests/integration/test_api.py": TEST, ".github/workflows/t.yaml": workflow})

    assert words(facts, "api_tests") is (EvidenceWord.FOUND if covered else EvidenceWord.PARTIAL)


def test_a_job_for_starts_by_hand_is_no_ci() -> None:
    workflow = (
        "on: [push, workflow_dispatch]\njobs:\n  t:\n    if: github.event_name == 'workflow_dispatch'\n"
        "    runs-on: ubuntu-latest\n    steps:\n      - run: ruff check .\n"
    )
    facts = facts_of({".github/workflows/t.yaml": workflow})

    assert (words(facts, "ci"), words(facts, "ci_lint")) == (EvidenceWord.PARTIAL, EvidenceWord.PARTIAL)


def test_what_could_not_be_read_is_never_absent() -> None:
    facts = facts_of({"tests/test_data.py": None, ".github/workflows/t.yaml": None})

    assert words(facts, "tests_data") is EvidenceWord.UNKNOWN
    assert words(facts, "ci") is EvidenceWord.UNKNOWN


PYTHON = st.lists(
    st.sampled_from(
        [
            "import pytest, requests, streamlit as st, torch",
            "from fastapi import FastAPI",
            "from .data import *",
            "from shop.model import Net as N",
            "app = FastAPI()",
            "@app.post('/predict')",
            "def test_x(net, *a):",
            "class TestA(N):",
            "    def test_b(self): return self.c",
            "    assert N()(1) == app",
            "    return test_x(test_x)",
            "    requests.post('/x')",
            "pytestmark = pytest.mark.skip",
            "\x00\ud800",
        ]
    ),
    max_size=12,
).map("\n".join)
YAML = st.lists(
    st.sampled_from(
        [
            "on: [push]",
            "on: {push: {paths: ['data/**', 3, null]}, repository_dispatch: }",
            "jobs:",
            "  t:",
            "    strategy: {matrix: {os: [a-1, b-2], include: 3}}",
            "    steps: 3",
            "    steps:",
            "      - run: [pytest]",
            "      - run: pytest || true",
            "      - uses: actions/cache",
            "        with: {cache: [x], file: {y: z}}",
            "workerPoolSpecs: [{containerSpec: {imageUri: []}}]",
            "repos: [{hooks: [x, {id: }]}]",
        ]
    ),
    max_size=10,
).map("\n".join)


@settings(max_examples=40)
@given(python=PYTHON, other=st.text(max_size=80), yaml=YAML)
def test_any_text_gives_evidence(python: str, other: str, yaml: str) -> None:
    """Whatever the files hold, every check gives a word and a sentence."""
    files = {
        "tests/test_x.py": python,
        "src/shop/model.py": python,
        "app.py": f"{python}\n{other}",
        ".github/workflows/t.yaml": yaml,
        "cloudbuild.yaml": yaml,
        ".pre-commit-config.yaml": yaml,
        ".dvc/config": other,
        "Makefile": f"all:\n\t{other}",
        "index.html": f"<form>{other}",
    }
    facts = facts_of({path: text.encode("utf-8", "replace") for path, text in files.items()})
    found = run_checks(CHECKS, lambda: facts, year="26")

    assert all(one.why and isinstance(one.word, EvidenceWord) for one in found.values())
