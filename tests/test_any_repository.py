"""Whatever a repository holds, every check answers, and every place can be opened."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.config import load_family
from harvester.facts import collect_facts
from harvester.models.status import EvidenceWord
from harvester.people import resolve_people
from harvester.probes import run_checks
from tests.support.snapshots import make_snapshot

FAMILY = load_family("dtu-02476")
CHECKS = FAMILY.checks
PATHS = [
    "README.md",
    "docs/index.md",
    "mkdocs.yml",
    "src/shop/train.py",
    "src/shop/api.py",
    "tests/test_api.py",
    "notebooks/a.ipynb",
    "configs/config.yaml",
    "pyproject.toml",
    "requirements.txt",
    "Dockerfile",
    "Makefile",
    "cloudbuild.yaml",
    ".github/workflows/ci.yaml",
    ".dvc/config",
    "infra/main.tf",
    "data/raw.dvc",
    "policy.json",
]
FRAGMENTS = [
    "import torch, wandb\n",
    "from fastapi import FastAPI\napp = FastAPI()\n",
    "@app.post('/predict')\ndef predict(text: str):\n    label = model(text)\n    open('a', 'a').write(label)\n",
    "DataLoader(x, num_workers=cfg.a['b'])\n",
    "class Net(Net):\n    def forward(self):\n        return Net\n",
    "def drift_check(a=drift_check):\n    return drift_check(a).mean()\n",
    "def test_x():\n    assert client.get('/').status_code == 200\n",
    "<<<<<<< HEAD\n",
    "on: [push]\njobs:\n  a:\n    steps:\n      - run: pytest || true\n",
    "a: &a\n  b: *a\n",
    "steps: [{name: docker, args: [build, ., -f, Dockerfile]}]\n",
    "FROM a AS b\nCOPY --from=b . .\nCMD uvicorn shop.api:app\n",
    '[remote "a"]\n    url = gs://b\n',
    "# Install\n![architecture](../../../etc/passwd)\n```\npip install .\n",
    'resource "google_monitoring_alert_policy" "a" {}\n',
    '{"cells": [{"cell_type": "code", "source": ["import os\\n", 3]}]}',
    '{"conditions": [{"conditionThreshold": null}], "combiner": []}',
    "torch.compile(model).half()\n",
    "\x00\ufeff\u202e",
    "é" * 3,
]
CONTENT = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), max_size=6).map("".join),
    st.binary(max_size=60),
    st.none(),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(PATHS), CONTENT, max_size=9), st.sampled_from(["23", "25", "26"]))
def test_every_check_answers(files: dict[str, str | bytes | None], year: str) -> None:
    """No content makes a check fail, and no place is without a file."""
    snapshot = make_snapshot(files, branches={"other": {"src/shop/api.py": "".join(FRAGMENTS[:4])}})
    facts = collect_facts(snapshot, None, resolve_people(snapshot.history, [], ()))

    evidence = run_checks(CHECKS, lambda: facts, year=year)

    assert set(evidence) == {check.id for check in CHECKS}
    for one in evidence.values():
        assert one.why.strip()
        for place in one.places:
            assert place.path in files or place.ref or ":" in place.path, (one.id, place)
        assert one.places or one.word not in (EvidenceWord.FOUND, EvidenceWord.PARTIAL), one
