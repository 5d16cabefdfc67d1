"""Cases of checks as data: a small invented repository each, and the evidence that it has to give.

A file `tests/cases/checks/<check>.yaml` holds `cases`, a list of

    name: what is special about it               # one line
    word: found                                  # found, partial, absent, unverifiable, unknown
    files: {path: text}                          # text; null is a file that is too large to be in the mirror
    branches: {name: {path: text}}               # what unmerged branches have of their own
    deleted: [path]                              # what was deleted again
    commits: ["Ada Sample <ada@example.org>: message"]
    members: 3                                   # by the roster
    answers: {tracking: {text: "...", images: [reports/figures/x.png]}}
    year: "25"                                   # the template's; the newest by default
    places: ["src/shop/train.py:3"]              # places that have to be among those given
    why: a part of the sentence                  # small and capital letters alike; a partial case needs it
    hints: ["commit:"]                           # beginnings of hints that have to be given

and `without`, which says for a word that has no case why there can be none. An `absent` case is a near miss: it has
what a search for a word would fall for.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from harvester.config import load_family
from harvester.facts import collect_facts
from harvester.models.evidence import Evidence
from harvester.models.group import Member
from harvester.models.report import Answer, Figure, Report
from harvester.models.snapshot import Commit, Person
from harvester.models.template import Template
from harvester.people import resolve_people
from harvester.probes import run_checks
from tests.support.facts import facts_of
from tests.support.repos import START, Content
from tests.support.snapshots import make_snapshot

FOLDER = Path(__file__).parents[1] / "cases" / "checks"
FAMILY = "dtu-02476"
_COMMIT = re.compile(r"(.+?) <(.+?)>(?:: (.*))?$", re.DOTALL)


@dataclass(frozen=True)
class Case:
    """One case of one check."""

    check: str
    data: dict[str, Any]

    @property
    def id(self) -> str:
        """How a failing test is named."""
        return f"{self.check}: {self.data['name']}"


@cache
def load_cases(check: str) -> tuple[tuple[Case, ...], dict[str, str]]:
    """The cases of a check, and why it has none for a word."""
    path = FOLDER / f"{check}.yaml"
    if not path.is_file():
        return (), {}
    data = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    return tuple(Case(check, case) for case in data["cases"]), data.get("without", {})


@cache
def family() -> Any:
    """The built-in family of templates and checks."""
    return load_family(FAMILY)


def run_case(case: Case) -> Evidence:
    """The evidence that a case's repository gives."""
    data = case.data
    template = next((t for t in family().templates if t.year.endswith(data["year"])), None) if "year" in data else None
    template = template or family().templates[-1]
    commits = _commits(data.get("commits", ["Ada Sample <ada@example.org>: Begin"]))
    deleted = dict.fromkeys(data.get("deleted", ()), commits[0].sha)
    snapshot = make_snapshot(
        data.get("files") or {}, commits=commits, branches=data.get("branches"), deleted=deleted, sha=commits[0].sha
    )
    report = _report(data, template)
    members = [Member(id=f"s{number:06}") for number in range(1, data.get("members", 0) + 1)]
    people = resolve_people(snapshot.history, members, ())
    facts = collect_facts(snapshot, report, people, template=template, members=len(members))
    spec = next(spec for spec in family().checks if spec.id == case.check)
    return run_checks([spec], lambda: facts, year=template.year)[case.check]


def ask(check: str, files: dict[str, Content]) -> Evidence:
    """A check's evidence for a repository that has nothing but files."""
    spec = next(spec for spec in family().checks if spec.id == check)
    return run_checks([spec], lambda: facts_of(files), year=family().templates[-1].year)[check]


def _commits(written: list[str]) -> list[Commit]:
    """Newest first, an hour apart."""
    found = []
    for number, text in enumerate(written):
        match = _COMMIT.match(text)
        assert match, f"{text!r} is no commit"
        person = Person(match[1], match[2])
        moment = START + timedelta(hours=len(written) - number)
        sha = hashlib.sha1(f"{number} {text}".encode()).hexdigest()
        found.append(Commit(sha, (), person, moment, moment, match[3] or "Work on it"))
    return found


def _report(data: dict[str, Any], template: Template) -> Report | None:
    """A report with the case's answers; without any, one that nobody answered."""
    path = "reports/README.md"
    if path not in (data.get("files") or {}) and "answers" not in data:
        return None
    answers = []
    for question in template.questions:
        given = (data.get("answers") or {}).get(question.id, {})
        images = tuple(
            Figure(written=image, path=image, exists=image in data["files"]) for image in given.get("images", ())
        )
        answers.append(
            Answer(
                number=question.number,
                id=question.id,
                title=question.title,
                answered=bool(given),
                text=given.get("text", ""),
                images=images,
            )
        )
    return Report(path=path, template=template.id, confidence=1.0, answers=tuple(answers))
