"""A snapshot's facts: what counts, what is weak, what was read before, what could not be read."""

import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from harvester.facts import blobs, collect_facts, documents, open_cache
from harvester.facts.known import EXERCISE, TEMPLATE, fingerprint, normal_lines, origin, skeleton
from harvester.facts.roles import role_by_path, roles_by_path
from harvester.facts.style import measure_style
from harvester.models.builds import Style
from harvester.models.files import Role
from harvester.models.people import People
from harvester.models.report import Answer, Figure, Report
from harvester.models.snapshot import Commit, Person, Snapshot
from harvester.models.template import Question, Template
from tests.support.facts import facts_of
from tests.support.repos import START, Link, Submodule
from tests.support.snapshots import make_snapshot

CODE = "import torch\n\n\ndef train():\n    return torch.ones(3)\n"


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("src/shop/train.py", Role.PACKAGE),
        ("tasks.py", Role.PACKAGE),
        ("tests/test_a.py", Role.TESTS),
        ("tests/unit/helpers.py", Role.TESTS),
        ("docs/conf.py", Role.DOCS),
        ("README.md", Role.DOCS),
        (".venv/lib/python3.12/site-packages/x/y.py", Role.VENDORED),
        ("node_modules/x/y.py", Role.VENDORED),
        ("third_party/x.py", Role.VENDORED),
        ("outputs/2026-01-10/12-00-00/.hydra/config.yaml", Role.GENERATED),
        ("wandb/run-20260110_120000-ab/files/config.yaml", Role.GENERATED),
        ("src/wandb/track.py", Role.PACKAGE),
        ("src/env/world.py", Role.PACKAGE),
        ("s4_debugging/exercise_files/vae.py", Role.EXERCISE),
        ("dtu_mlops/s7_deployment/app.py", Role.EXERCISE),
        ("exercises/week1.py", Role.EXERCISE),
        ("src/exercises/squats.py", Role.PACKAGE),
        ("src/s3_storage/load.py", Role.PACKAGE),
        ("configs/a.yaml", Role.OTHER),
    ],
)
def test_roles(path: str, role: Role) -> None:
    assert facts_of({path: CODE if path.endswith(".py") else "x: 1\n"}).role(path) is role


def test_the_folder_alone_tells_what_a_path_tells() -> None:
    folders = ("", "src/", ".venv/lib/", "node_modules/x/", "outputs/2026-01-10/12-00-00/", "env/lib/", "exercises/")
    paths = [f"{folder}{name}" for folder in folders for name in ("a.py", "wandb", "lib", "build")]

    assert roles_by_path(paths, {"env/"}) == {path: role_by_path(path, {"env/"}) for path in paths}


def test_a_test_is_known_by_what_it_holds() -> None:
    facts = facts_of({"src/shop/test_a.py": "def test_x():\n    assert 1\n", "src/shop/test_b.py": CODE})

    assert (facts.role("src/shop/test_a.py"), facts.role("src/shop/test_b.py")) == (Role.TESTS, Role.PACKAGE)


def test_an_environment_is_known_by_its_settings() -> None:
    facts = facts_of({"env/pyvenv.cfg": "home = x\n", "env/lib/x.py": CODE})

    assert facts.role("env/lib/x.py") is Role.VENDORED


def test_what_proves_nothing_is_only_named() -> None:
    facts = facts_of({"node_modules/x.py": CODE, "wandb/run-1/requirements.txt": "torch\n", "a.py": CODE})

    assert set(facts.python) == {"a.py"}
    assert facts.dependencies == ()
    assert "node_modules/x.py" in facts.files


def commits(*changes: Mapping[str, int]) -> tuple[Commit, ...]:
    ada = Person("Ada Sample", "ada@example.org")
    return tuple(
        Commit(
            f"{n:040x}",
            (),
            ada,
            START + timedelta(hours=n),
            START,
            "x",
            changes=tuple((p, a, 0) for p, a in c.items()),
        )
        for n, c in enumerate(changes)
    )


NOTICE = "# Copyright (c) 2019 Someone Else and others.\n" + CODE


def test_a_file_of_another_project_is_vendored_until_it_is_changed() -> None:
    files = {"src/a.py": NOTICE, "src/b.py": NOTICE, "src/c.py": CODE}
    facts = facts_of(files, commits=commits({"src/a.py": 6, "src/b.py": 6, "src/c.py": 5}, {"src/b.py": 30}))

    assert [facts.role(path) for path in files] == [Role.VENDORED, Role.PACKAGE, Role.PACKAGE]


def test_a_notice_in_a_files_docstring_counts_too() -> None:
    copied = '""" A layer that others made.\n\nHacked together by / Copyright 2019 Someone Else\n"""\n' + CODE
    named = '"""Our net.\n\nIt is licensed under the MIT license.\n"""\n' + CODE
    later = CODE + '\n\ndef show():\n    """Prints\n    Copyright 2019 Someone Else"""\n    return 1\n'
    licensed = "# Licensed under the Example License, Version 2.0\n" + CODE
    files = {"src/a.py": copied, "src/b.py": named, "src/c.py": later, "src/d.py": licensed}
    facts = facts_of(files, commits=commits(dict.fromkeys(files, 6)))

    assert [facts.role(path) for path in files] == [Role.VENDORED, Role.PACKAGE, Role.PACKAGE, Role.VENDORED]


def test_what_came_with_many_files_of_another_project_is_of_it() -> None:
    """A folder most of whose files bear another's notice; what was added later, or changed, is the group's."""
    copied = {f"src/lib/a{number}.py": NOTICE for number in range(6)}
    files = {**copied, "src/lib/b.py": CODE, "src/lib/changed.py": CODE, "src/lib/later.py": CODE, "src/own.py": CODE}
    first = dict.fromkeys([*copied, "src/lib/b.py", "src/lib/changed.py", "src/own.py"], 6)
    facts = facts_of(files, commits=commits({"src/lib/changed.py": 30, "src/lib/later.py": 6}, first))

    vendored = {path for path in files if facts.role(path) is Role.VENDORED}
    assert vendored == {*copied, "src/lib/b.py"}


def test_few_files_of_another_project_make_no_folder_its_own() -> None:
    files = {"src/a.py": NOTICE, "src/b.py": NOTICE, "src/c.py": CODE}
    facts = facts_of(files, commits=commits(dict.fromkeys(files, 6)))

    assert facts.role("src/c.py") is Role.PACKAGE


def test_the_groups_own_notice_is_its_own() -> None:
    snapshot = make_snapshot({"a.py": NOTICE.replace("Someone Else", "Ada Sample")}, commits=commits({"a.py": 6}))

    assert collect_facts(snapshot, None, People(names=("Ada Sample",))).role("a.py") is Role.PACKAGE


def test_a_copied_library_is_vendored() -> None:
    files = {"pyproject.toml": "", "lib/LICENSE": "MIT", "lib/setup.py": CODE, "lib/x/a.py": CODE, "src/a.py": CODE}
    facts = facts_of(files, commits=commits(dict.fromkeys(files, 5)))

    assert facts.role("lib/x/a.py") is Role.VENDORED
    assert facts.role("src/a.py") is Role.PACKAGE


def test_the_courses_own_files_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    given = "import {{ cookiecutter.project_name }}\n\n\ndef stub():\n    return 1\n"
    given += "\n\nprint('a template of the course')\n"
    count, holes, rest = skeleton(given)
    data = {"files": {}, "skeletons": {str(count): [[holes, rest, TEMPLATE]]}, "functions": [], "lines": []}
    monkeypatch.setattr("harvester.facts.known.known", lambda: data)

    rendered = given.replace("{{ cookiecutter.project_name }}", "shop")

    assert origin(rendered) == TEMPLATE
    assert origin(rendered.replace("\n", "\r\n")) == TEMPLATE
    assert origin(rendered + "more = 1\n") == ""
    assert EXERCISE != TEMPLATE


def test_code_of_an_exercise_proves_nothing_and_its_workflow_works(monkeypatch: pytest.MonkeyPatch) -> None:
    workflow = "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: pytest -v\n"
    data = {
        "files": {fingerprint("\n".join(normal_lines(text))): EXERCISE for text in (CODE, workflow)},
        "skeletons": {},
        "functions": [],
        "lines": [],
    }
    monkeypatch.setattr("harvester.facts.known.known", lambda: data)
    monkeypatch.setattr("harvester.facts.blobs._SMALL", -1)  # other tests read the same text

    facts = facts_of({"src/shop/train.py": CODE, ".github/workflows/tests.yaml": workflow})

    assert facts.role("src/shop/train.py") is Role.EXERCISE
    assert [one.path for one in facts.workflows] == [".github/workflows/tests.yaml"]


def test_the_data_of_known_files_is_there() -> None:
    facts = facts_of({"reports/report.py": CODE})

    assert not facts.is_template("reports/report.py")


def test_what_does_not_parse_is_weak() -> None:
    facts = facts_of({"a.py": f"{CODE}<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> b\n", "b.yaml": "a: [\n"})

    assert facts.python == {} and facts.configs == {}
    assert [(p.code, p.path, p.line) for p in facts.problems] == [
        ("broken_file", "a.py", 6),
        ("broken_file", "b.yaml", 2),
    ]
    (weaker,) = facts.weaker
    assert "a.py" in weaker.facts.python
    assert "no valid Python" in weaker.origin("a.py", 1)


def test_unmerged_branches_are_weak() -> None:
    facts = facts_of({"a.py": CODE}, branches={"try": {"b.py": CODE, "a.py": "changed = 1\n"}})

    assert set(facts.python) == {"a.py"}
    (weaker,) = facts.weaker
    assert set(weaker.facts.python) == {"a.py", "b.py"}
    assert "try" in weaker.origin("b.py", 1)
    assert "try" in weaker.origin("a.py", 1)
    assert weaker.branch("b.py") is not None
    assert weaker.facts.tree.text("b.py") == CODE


def test_a_branchs_pages_are_read_where_somebody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = "<h1>Guide</h1>\n<p>Run `shop train` first.</p>\n"
    snapshot = make_snapshot({"a.py": CODE}, branches={"gh-pages": {"index.html": page, "b.md": "One two\n"}})
    asked: list[str] = []
    parse = documents.parse_document
    monkeypatch.setattr(blobs, "parse_document", lambda text, *rest: (asked.append(text), parse(text, *rest))[1])
    for expected in ([], ["One two\n", page], ["One two\n", page]):  # the last time, all is known from before
        with open_cache(tmp_path) as cache:
            (weaker,) = collect_facts(snapshot, None, People(), cache=cache).weaker
            pages = weaker.facts.documents
            assert (len(pages), "index.html" in pages, weaker.facts.files["index.html"].lines) == (2, True, 2)
            assert sorted(asked) == sorted(expected)
            assert [one.text for one in weaker.facts.in_pages(["SHOP"])] == ["shop train"]
            assert {path: [line.line for line in page.prose] for path, page in pages.items()} == {
                "index.html": [1, 2],
                "b.md": [1],
            }
    assert len(asked) == 2


def test_lines_that_a_branch_changed_are_weak_where_they_never_stood_in_the_graded_file() -> None:
    branch = {"train.py": "import torch\nfrom net import Net\n", "net.py": CODE}
    facts = facts_of({"train.py": "import torch\n"}, branches={"try": branch})

    (weaker,) = facts.weaker
    assert weaker.facts.python["train.py"].imports[1].target == "net.Net"  # across a new and a changed file
    assert weaker.origin("train.py", 1) == ""
    assert "try" in weaker.origin("train.py", 2)
    assert weaker.origin("train.py", None) == ""


def test_what_could_not_be_read_is_named() -> None:
    facts = facts_of({"a.py": None, "b.py": "x = 1\n" * 400_000, "l.py": Link("a.py"), "s": Submodule()})

    assert {file.path: file.unread for file in facts.unread}.keys() == {"a.py", "b.py"}
    assert [problem.code for problem in facts.problems] == ["unread_file", "unread_file"]


def test_code_without_end_is_read_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is nearest to the root comes first; the rest is named, and nothing is absent for it."""
    monkeypatch.setattr("harvester.facts.collect.MOST_CODE", 2 * len(CODE))
    facts = facts_of({"main.py": CODE, "src/shop/a.py": CODE, "src/shop/far/away.py": CODE, "README.md": "# Shop\n"})
    assert [path for path, file in facts.files.items() if file.unread] == ["src/shop/far/away.py"]
    assert facts.files["src/shop/far/away.py"].unread == f"beyond the first {2 * len(CODE)} bytes of code"


def test_secrets_are_problems_without_the_secret() -> None:
    key = "ghp_" + "aB3dE5gH7j" * 4
    facts = facts_of({"a.py": f'token = "{key}"\n'})

    (problem,) = facts.problems
    assert (problem.code, problem.path, problem.line) == ("secret", "a.py", 1)
    assert key not in repr(facts.problems)
    assert key not in facts.mask(f"x {key}")


def test_a_second_run_parses_and_reads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = make_snapshot({"a.py": CODE, "b.yaml": "x: 1\n", "Dockerfile": "FROM python\n"})
    with open_cache(tmp_path) as cache:
        first = collect_facts(snapshot, None, People(), cache=cache)

    def refuse(*_: object) -> object:
        raise AssertionError("read again")

    monkeypatch.setattr("harvester.facts.collect.parse_blob", refuse)
    monkeypatch.setattr("harvester.facts.collect.measure_style", refuse)
    again = replace(snapshot, tree=replace(snapshot.tree, reader=refuse, _cache={}))
    with open_cache(tmp_path) as cache:
        second = collect_facts(again, None, People(), cache=cache)

    assert second.python == first.python
    assert second.configs == first.configs
    assert second.dockerfiles == first.dockerfiles
    assert second.style == first.style


def test_what_was_made_is_made_once_and_forgotten_when_nobody_asks(tmp_path: Path) -> None:
    numbers = iter(range(10))
    kind: object = int | None

    def asked(*keys: str) -> list[int | None]:
        with open_cache(tmp_path) as cache:
            return [cache.made(key, kind, lambda: next(numbers)) for key in keys]

    assert asked("a", "b") == [0, 1]
    assert asked("a", "b") == [0, 1]
    assert asked("b", "c") == [1, 2]
    assert asked("a") == [3]


def test_what_is_large_or_damaged_comes_back_or_is_made_again(tmp_path: Path) -> None:
    text = "a long value " * 100_000
    with open_cache(tmp_path) as cache:
        cache.made("a", str, lambda: text)
    assert (tmp_path / "facts.sqlite").stat().st_size < len(text) / 2
    with open_cache(tmp_path) as cache:
        assert cache.made("a", str, lambda: "made again") == text
    with closing(sqlite3.connect(tmp_path / "facts.sqlite")) as database, database:
        database.execute("UPDATE made SET value = substr(value, 1, 40)")
    with open_cache(tmp_path) as cache:
        assert cache.made("a", str, lambda: "made again") == "made again"


def test_what_no_text_can_hold_is_made_each_time(tmp_path: Path) -> None:
    for _ in range(2):
        with open_cache(tmp_path) as cache:
            assert cache.made("a", str, lambda: "half of a pair: \ud800").startswith("half")


def test_a_cache_that_is_opened_anew_knows_nothing_of_before(tmp_path: Path) -> None:
    snapshot, kind = make_snapshot({"a.py": CODE}), int
    with open_cache(tmp_path) as cache:
        collect_facts(snapshot, None, People(), cache=cache)

    def asked(number: int, *, anew: bool = False) -> int:
        with open_cache(tmp_path, forget=False, anew=anew) as cache:
            return cache.made("a", kind, lambda: number)

    assert [asked(1), asked(2), asked(3, anew=True), asked(4)] == [1, 1, 3, 3]
    with open_cache(tmp_path) as cache:
        assert cache.get([(snapshot.tree.entries["a.py"].oid, "python")]) == {}


def test_secrets_are_looked_for_again_by_other_code_and_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty answer that was wrong does not outlive what gave it."""
    snapshot = make_snapshot({"a.py": 'token = "ghp_' + "aB3dE5gH7j" * 4 + '"\n'})

    def codes(*, anew: bool = False) -> list[str]:
        with open_cache(tmp_path, anew=anew) as cache:
            return [problem.code for problem in collect_facts(snapshot, None, People(), cache=cache).problems]

    with monkeypatch.context() as blind:
        blind.setattr("harvester.facts.collect.find_secrets", lambda _: ())
        assert codes() == []
    assert codes() == []
    assert codes(anew=True) == ["secret"]
    with monkeypatch.context() as blind:
        blind.setattr("harvester.facts.collect.find_secrets", lambda _: ())
        assert codes(anew=True) == []
    monkeypatch.setattr("harvester.facts.cache.parser_version", lambda: "newer")
    assert codes() == ["secret"]


def test_what_is_forgotten_is_made_again(tmp_path: Path) -> None:
    kind: object = int
    with open_cache(tmp_path) as cache:
        assert cache.made("a", kind, lambda: 1) == 1
        cache.forget("a")
    with open_cache(tmp_path) as cache:
        assert cache.made("a", kind, lambda: 2) == 2


def test_what_could_not_be_made_is_tried_again(tmp_path: Path) -> None:
    kind: object = int | None
    with open_cache(tmp_path) as cache:
        assert cache.made("a", kind, lambda: None) is None
    with open_cache(tmp_path) as cache:
        assert cache.made("a", kind, lambda: 1) == 1


def test_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "facts.sqlite").write_bytes(b"no database at all" * 100)
    snapshot = make_snapshot({"a.py": CODE})
    for _ in range(2):
        with open_cache(tmp_path) as cache:
            assert set(collect_facts(snapshot, None, People(), cache=cache).python) == {"a.py"}


def test_another_parser_reads_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = make_snapshot({"a.py": CODE})
    with open_cache(tmp_path) as cache:
        collect_facts(snapshot, None, People(), cache=cache)
    monkeypatch.setattr("harvester.facts.cache.parser_version", lambda: "newer")

    with open_cache(tmp_path) as cache:
        assert cache.get([(snapshot.tree.entries["a.py"].oid, "python")]) == {}


def test_style_is_measured_under_our_settings() -> None:
    files = {
        "src/a.py": "import os\nx = 1\n" + "y = 2\n" * 98,
        "tests/test_a.py": "import os\n",
        "pyproject.toml": '[tool.ruff]\nexclude = ["src"]\n',
    }
    style = facts_of(files).style

    assert style is not None
    assert (style.findings, style.lines, style.worst) == (1, 100, ("src/a.py", 1))
    assert style.per_thousand == 10


def test_the_worst_file_and_its_first_finding_are_the_place() -> None:
    """Whatever ruff says first; of two alike the first by name."""
    style = measure_style({"b.py": "import os\nimport re\n", "a.py": "x = 1\nimport re\nimport os\n", "c.py": ")\n"})
    assert style is not None
    assert (style.findings >= 5, style.lines, style.worst) == (True, 6, ("a.py", 2))


def test_an_empty_file_has_no_findings_and_moves_no_others() -> None:
    """Ruff never sees it."""
    assert measure_style({"a/__init__.py": ""}) == Style(0, 0)
    assert measure_style({"a/__init__.py": "", "b.py": "import os\n"}) == Style(1, 1, ("b.py", 1))


def test_findings_by_the_million_are_not_counted() -> None:
    """They would take gigabytes; a style that could not be measured is unknown, and no group fails by it."""
    begun = time.monotonic()
    assert measure_style({"a.py": ")" * 900_000}) is None
    assert time.monotonic() - begun < 20


def make_report(text: str, *, own: bool = True) -> tuple[Report, Template]:
    figure = Figure(written="figures/x.png", path="reports/figures/x.png", exists=True, template_own=not own)
    answer = Answer(number=14, id="tracking", title="Tracking", answered=True, text=text, images=(figure,))
    question = Question(number=14, id="tracking", title="Tracking", prompt="Why?", screenshots=("wandb",))
    template = Template(id="t", family="f", title="T", year="2026", questions=(question,))
    return Report(path="reports/README.md", template="t", confidence=1, answers=(answer,)), template


@pytest.mark.parametrize(
    ("text", "own", "expected"),
    [
        ("Our sweep is shown in the figure.", True, [False]),
        ("We did not use any tracking in the end.", True, [True]),
        ("We did not do extensive tracking, but the figure shows our runs.", True, [False]),
        ("The figure shows it running here, without needing any tracking.", True, [True]),
        ("We did not use it that much, but the figure shows our runs.", True, [False]),
        ("The figure shows the profile. We did not try to optimise our code based on the profiling.", True, [False]),
        ("The figure shows our runs. In the end we did not profile anything.", True, [True]),
        ("The figure shows our runs. We have not done any profiling.", True, [True]),
        ("Our sweep is shown in the figure.", False, []),
    ],
)
def test_figures_that_the_report_shows(text: str, own: bool, expected: list[bool]) -> None:
    report, template = make_report(text, own=own)

    facts = collect_facts(make_snapshot({"a.py": CODE}), report, People(), template=template, members=3)

    assert [one.denied for one in facts.shown] == expected
    assert all(one.checks == ("wandb",) for one in facts.shown)
    assert facts.members == 3


def test_facts_are_the_same_whatever_the_order() -> None:
    files = {"b.py": CODE, "a.py": CODE, "c.sh": "pytest\n"}

    def collected(items: Iterable[tuple[str, str]]) -> Snapshot:
        return make_snapshot(dict(items))

    first = collect_facts(collected(files.items()), None, People())
    second = collect_facts(collected(reversed(files.items())), None, People())

    assert list(first.python) == list(second.python)
    assert first.commands == second.commands


def test_a_picture_of_the_template_is_the_courses() -> None:
    snapshot = make_snapshot({"reports/figures/overview.png": "theirs", "reports/figures/own.png": "ours"})
    given = snapshot.tree.entries["reports/figures/overview.png"].oid
    template = make_report("")[1].model_copy(update={"figures": (given,)})

    facts = collect_facts(snapshot, None, People(), template=template)

    assert [path for path in facts.files if facts.is_template(path)] == ["reports/figures/overview.png"]


@pytest.mark.parametrize("text", ["a\tb c\n\n \x1f\nd\x1fe\r\nf", "\N{NO-BREAK SPACE}a b\n\u3000\nd\x1fe\u2028f"])
def test_blanks_of_any_kind_tell_no_lines_apart(text: str) -> None:
    assert normal_lines(text) == [line for raw in text.splitlines() if (line := "".join(raw.split()))]
