"""What could not be read is never taken for not there: each case with its evidence out of reach, and large files."""

import json
from dataclasses import replace

import pytest

from harvester.probes.table import PROBES
from harvester.probes.unread import LOOKS_AT, SORTS
from tests.support.cases import Case, ask, family, run_case
from tests.support.repos import Content
from tests.test_checks import CASES

SHOWN = [case for case in CASES if case.data["word"] in ("found", "partial")]
REPORT = "reports/README.md"
"""Where it cannot be read, nothing at all is graded."""
NOTEBOOK = json.dumps({"cells": [{"cell_type": "code", "source": ["import pandas\n", "pandas.read_csv('a.csv')"]}]})


def without(case: Case, paths: set[str]) -> Case:
    files = {path: None if path in paths else text for path, text in case.data["files"].items()}
    return replace(case, data={**case.data, "files": files})


@pytest.mark.parametrize("case", SHOWN, ids=lambda case: case.id)
def test_unread_evidence_is_never_absent(case: Case) -> None:
    """Files that show something make the item a question where they cannot be read, one by one or all."""
    files = case.data.get("files") or {}
    shown = sorted({place.path for place in run_case(case).places if files.get(place.path)} - {REPORT})

    for paths in [*({path} for path in shown), set(shown)] if shown else ():
        evidence = run_case(without(case, paths))
        assert evidence.word != "absent", (paths, evidence.why)


OTHERS = {
    *("file_exists", "profiler_output", "template_parts"),  # paths
    *("has_commits", "authors_at_least", "committed_by", "branch_exists", "tag_exists", "deleted", "commit_says"),
    *("shown", "shown_as"),  # the report
    *("text_matches", "broken_file"),  # files that they are asked for
}
"""Probes that no unread file keeps anything from, or that say so themselves."""


def test_what_probes_look_at_is_known() -> None:
    """A new probe says which files it looks at, in sorts that there are."""
    assert set(LOOKS_AT) == set(PROBES) - OTHERS
    assert {sort for sorts in LOOKS_AT.values() for sort in sorts} <= SORTS


CODE_CHECKS = ("wandb", "lightning", "hydra", "model_and_train", "logging", "dist_train", "dist_data", "sweep")


@pytest.mark.parametrize("check", CODE_CHECKS)
def test_an_unread_notebook_makes_code_a_question(check: str) -> None:
    evidence = ask(check, {"notebooks/all.ipynb": None, "src/shop/a.py": "x = 1\n"})

    assert (evidence.word, "notebooks/all.ipynb" in evidence.why) == ("unknown", True)


@pytest.mark.parametrize("check", ["ci", "pre_commit", "api_tests", "dockerfiles", "environment", "docs"])
def test_an_unread_notebook_is_no_excuse_elsewhere(check: str) -> None:
    assert ask(check, {"notebooks/all.ipynb": None, "src/shop/a.py": "x = 1\n"}).word == "absent"


def test_a_notebook_that_git_lfs_keeps_elsewhere_was_not_read() -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3000000\n"

    assert ask("wandb", {"notebooks/all.ipynb": pointer}).word == "unknown"


@pytest.mark.parametrize("check", [spec.id for spec in family().checks if spec.id != "cookiecutter"])
def test_large_data_is_no_excuse(check: str) -> None:
    """A data set, a lock file, a bundle and an exported page make nothing unknown."""
    small: dict[str, Content] = {"src/shop/a.py": "def f():\n    return 1\n", "data/labels.csv.dvc": "outs: []\n"}
    large = (
        "data/all.json",
        "data/labels.yaml",
        "notes.txt",
        "package-lock.json",
        "docs/index.html",
        "out/metrics.json",
    )

    before = ask(check, small)
    after = ask(check, {**small, **dict.fromkeys((*large, "pnpm-lock.yaml", "static/app.min.js"), None)})

    assert (after.word, after.why) == (before.word, before.why)


PADDING = "".join(f"# line {number} of notes on what was tried\n" for number in range(2_000))
PANEL = {"gridPos": {"h": 1}, "targets": [{"expr": "x" * 500}]}


@pytest.mark.parametrize(
    ("check", "files"),
    [
        ("cloud_monitoring", {"monitoring/grafana.json": json.dumps({"panels": [PANEL] * 280}, indent=1)}),
        (
            "config_files",
            {
                "configs/train.yaml": f"lr: 0.1\n{PADDING}",
                "train.py": "import yaml\nyaml.safe_load(open('configs/train.yaml'))\n",
            },
        ),
        (
            "frontend",
            {"frontend/index.html": f"<html><style>{'a {b: c}' * 50_000}</style>\n<script>fetch('/predict')</script>"},
        ),
    ],
)
def test_what_a_person_writes_is_read_though_it_is_large(check: str, files: dict[str, Content]) -> None:
    assert ask(check, files).word == "found"


def test_sentences_tell_no_more_than_was_seen() -> None:
    """Part of it is there; what is missing may be in the file that could not be read."""
    hydra = "import hydra\n\n@hydra.main(config_path='conf', config_name='a')\ndef main(cfg):\n    pass\n"
    cases: list[tuple[str, dict[str, Content]]] = [
        ("hydra", {"train.py": hydra, "conf/a.yaml": None}),
        ("cli", {"tasks.py": None}),
        ("data_versioning", {"data.dvc": "outs:\n- path: data\n", ".dvc/config": None}),
    ]
    for check, files in cases:
        evidence = ask(check, files)
        unread = next(path for path, text in files.items() if text is None)
        assert evidence.word == "partial" and f"{unread} could not be read" in evidence.why, evidence.why
        assert "not there" not in evidence.why and "no output" not in evidence.why and "ships" not in evidence.why
