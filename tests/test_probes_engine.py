"""How checks are bound and asked: words, reasons, places; three-valued logic; typos."""

import pytest

from harvester.errors import ConfigError
from harvester.facts import collect_facts
from harvester.models.check import CheckSpec, Rule
from harvester.models.evidence import Evidence
from harvester.models.people import People
from harvester.models.report import Answer, Report, Tick
from harvester.models.status import Claim, EvidenceWord, Trace
from harvester.probes import bind_checks, run_checks
from tests.support.facts import facts_of
from tests.support.repos import Content
from tests.support.snapshots import make_snapshot

IMPORTS: Rule = {"imports": {"names": ["wandb"]}}
DEPENDS: Rule = {"depends_on": {"packages": ["wandb"]}}
THERE: Rule = {"file_exists": {"paths": ["a.py"]}}
NOT_THERE: Rule = {"file_exists": {"paths": ["no.py"]}}
UNREAD = {"big.py": None}


def make_spec(found: Rule, partial: Rule | None = None, **more: object) -> CheckSpec:
    return CheckSpec.model_validate(
        {
            "id": "wandb",
            "title": "Experiments are tracked",
            "trace": Trace.ALWAYS,
            "looked_for": "W&B in code",
            "found": found,
            "partial": partial,
            "source": "week1.yaml",
            **more,
        }
    )


def ask(files: dict[str, Content], found: Rule, partial: Rule | None = None, **snapshot: object) -> Evidence:
    return run_checks([make_spec(found, partial)], lambda: facts_of(files, **snapshot), year="26")["wandb"]


def test_found_has_its_place_line_and_link() -> None:
    evidence = ask({"src/æ b.py": "import os\nimport wandb\nwandb.init()\n"}, IMPORTS, DEPENDS)

    assert evidence.word is EvidenceWord.FOUND
    (place,) = evidence.places
    assert (place.path, place.line, place.what) == ("src/æ b.py", 2, "import wandb")
    assert place.url == f"https://github.com/example/project/blob/{'5' * 40}/src/%C3%A6%20b.py#L2"
    assert "src/æ b.py:2" in evidence.why


def test_partial_says_what_is_missing() -> None:
    evidence = ask({"requirements.txt": "wandb\n"}, IMPORTS, {"because": {"says": "nothing uses it", "rule": DEPENDS}})

    assert evidence.word is EvidenceWord.PARTIAL
    assert "nothing uses it" in evidence.why


def test_absent_says_what_was_looked_for() -> None:
    evidence = ask({"a.py": "x = 1\n"}, IMPORTS, DEPENDS)

    assert evidence.word is EvidenceWord.ABSENT
    assert "W&B in code" in evidence.why


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("*.sql", ["a.sql", "sql/b.sql", "sql/deep/c.sql"]),
        ("**/*.sql", ["a.sql", "sql/b.sql", "sql/deep/c.sql"]),
        ("sql/**/*.sql", ["sql/b.sql", "sql/deep/c.sql"]),
        ("**/deep/*", ["sql/deep/c.sql"]),
        ("**/sql/*", ["sql/b.sql", "sql/deep/c.sql"]),
        ("sql/", ["sql/b.sql", "sql/deep/c.sql"]),
        ("./a.sql", ["a.sql"]),
        ("/sql/*", ["sql/b.sql", "sql/deep/c.sql"]),
        ("A.SQL", ["a.sql"]),
        ("sql", []),
    ],
)
def test_paths_may_be_written_as_in_other_tools(pattern: str, paths: list[str]) -> None:
    """A pattern that matches nothing would accuse everybody."""
    evidence = ask(
        dict.fromkeys(("a.sql", "sql/b.sql", "sql/deep/c.sql"), "x\n"), {"file_exists": {"paths": [pattern]}}
    )

    assert [place.path for place in evidence.places] == paths


@pytest.mark.parametrize(
    "rule",
    [
        {"depends_on": {"packages": ["SQLAlchemy"]}},
        {"depends_on": {"packages": ["great_expectations"]}},
        {"workflow_uses": {"actions": ["Actions/Cache@v4"]}},
        {"imports": {"names": ["great_expectations"]}},
    ],
)
def test_names_may_be_written_as_they_are_found(rule: Rule) -> None:
    files: dict[str, Content] = {
        "requirements.txt": "SQLAlchemy\ngreat_expectations\n",
        ".github/workflows/ci.yml": "on: push\njobs:\n  t:\n    steps:\n      - uses: Actions/Cache@v4\n",
        "a.py": "import great_expectations as ge\n\nge.run()\n",
    }

    assert ask(files, rule).word is EvidenceWord.FOUND


def test_a_check_that_does_not_say_what_it_looks_for_is_quoted() -> None:
    evidence = run_checks([make_spec(NOT_THERE, looked_for="")], lambda: facts_of({"a.py": "x = 1\n"}), year="26")

    assert evidence["wandb"].why == "Looked for “Experiments are tracked”; no trace was found."


def test_what_could_not_be_read_is_never_absent() -> None:
    evidence = ask({"a.py": "x = 1\n", **UNREAD}, IMPORTS)

    assert evidence.word is EvidenceWord.UNKNOWN
    assert "big.py" in evidence.why


@pytest.mark.parametrize(
    ("rule", "files", "word"),
    [
        ({"all": [THERE, IMPORTS]}, UNREAD, EvidenceWord.ABSENT),
        ({"all": [THERE, IMPORTS]}, {"a.py": "x = 1\n", **UNREAD}, EvidenceWord.UNKNOWN),
        ({"any": [THERE, IMPORTS]}, {"a.py": "x = 1\n", **UNREAD}, EvidenceWord.FOUND),
        ({"any": [NOT_THERE, IMPORTS]}, UNREAD, EvidenceWord.UNKNOWN),
        ({"not": IMPORTS}, UNREAD, EvidenceWord.UNKNOWN),
        ({"not": NOT_THERE}, {"a.py": "x = 1\n"}, EvidenceWord.FOUND),
    ],
)
def test_rules_are_three_valued(rule: Rule, files: dict[str, Content], word: EvidenceWord) -> None:
    assert ask(files, rule).word is word


HANDIN = """\
# The ferries

## Install

* [x] The pipeline runs in Airflow,
  with Prefect
* [ ] Nothing else

### Question 1

> What does dbt do?

Answer:

We ship with Spark.
"""


@pytest.mark.parametrize("path", ["HANDIN.md", "README.md"])
@pytest.mark.parametrize("word", ["airflow", "prefect", "dbt", "spark"])
def test_a_report_claims_and_proves_nothing(path: str, word: str) -> None:
    """Another course's checks look for words that its checklist, its questions and their answers say, too."""
    assert _handed_in(path, {"text_matches": {"paths": ["*.md"], "pattern": word}}).word is EvidenceWord.ABSENT


def test_what_stands_beside_a_report_is_read() -> None:
    """Where a README is the report, it tells how to install the program all the same."""
    evidence = _handed_in("README.md", {"text_matches": {"paths": ["README*"], "pattern": "^## install"}})

    assert [(place.path, place.line) for place in evidence.places] == [("README.md", 3)]


def test_a_word_chooses_the_files_whose_lines_are_looked_at() -> None:
    """In any case, as the pattern; a line of another file that matches is not asked for."""
    rule = {"text_matches": {"paths": ["*.sh"], "pattern": "create.*polic", "word": "alertPolicies"}}
    files = {"a.sh": "create policy\n", "b.sh": "# ALERTPOLICIES\nCREATE a policy\n"}

    assert [place.path for place in ask(files, rule).places] == ["b.sh"]


def _handed_in(path: str, found: Rule) -> Evidence:
    ticks = [
        Tick(check=f"c{line}", section="S", text="T", claim=claim, line=line)
        for line, claim in ((5, Claim.TICKED), (7, Claim.UNTICKED), (None, Claim.MISSING))
    ]
    answer = Answer(number=1, id="q", title="Q", answered=True, line=15, end_line=15)
    report = Report(path=path, template="t", confidence=1, ticks=tuple(ticks), answers=(answer,))
    facts = collect_facts(make_snapshot({path: HANDIN}), report, People())
    return run_checks([make_spec(found)], lambda: facts, year="26")["wandb"]


def test_a_file_that_does_not_parse_proves_partial() -> None:
    evidence = ask({"a.py": "import wandb\nwandb.init()\n<<<<<<< HEAD\n"}, IMPORTS)

    assert evidence.word is EvidenceWord.PARTIAL
    assert "a.py" in evidence.why


def test_an_unmerged_branch_proves_partial_and_is_named() -> None:
    evidence = ask({"a.py": "x = 1\n"}, IMPORTS, branches={"try": {"b.py": "import wandb\nwandb.init()\n"}})

    assert evidence.word is EvidenceWord.PARTIAL
    assert "try" in evidence.why
    (place,) = evidence.places
    assert place.ref is not None and place.ref in (place.url or "")
    assert place.what == "import wandb"


def test_a_weak_trace_on_a_branch_is_none() -> None:
    evidence = ask({"a.py": "x = 1\n"}, IMPORTS, DEPENDS, branches={"try": {"requirements.txt": "wandb\n"}})

    assert evidence.word is EvidenceWord.ABSENT


def test_a_branch_that_adds_nothing_to_the_point_changes_nothing() -> None:
    rule: Rule = {"not": {"file_exists": {"paths": ["a.py"]}}}

    assert ask({"a.py": "x = 1\n"}, rule, branches={"try": {"b.py": "y = 1\n"}}).word is EvidenceWord.ABSENT


def test_places_are_a_handful_from_different_files() -> None:
    files: dict[str, Content] = {f"{name}.py": "import wandb\nimport wandb\nwandb.x()\n" for name in "abcdefg"}

    places = ask(files, IMPORTS).places

    assert len(places) == 5
    assert len({place.path for place in places}) == 5


def test_places_never_show_a_secret() -> None:
    key = "0123456789abcdef" * 2 + "01234567"
    evidence = ask({"a.py": f'import wandb; wandb.login(key="{key}")\n'}, {"calls": {"names": ["wandb.login"]}})

    assert evidence.word is EvidenceWord.FOUND
    assert key not in repr(evidence)


def test_unverifiable_items_have_hints_only() -> None:
    spec = CheckSpec(id="x", title="X", trace=Trace.RARELY, unverifiable=True, hints=THERE)

    evidence = run_checks([spec], lambda: facts_of({"a.py": "x = 1\n"}), year="26")["x"]

    assert evidence.word is EvidenceWord.UNVERIFIABLE
    assert [place.path for place in evidence.hints] == ["a.py"]


def test_a_year_has_its_own_rule() -> None:
    spec = make_spec(NOT_THERE, years={"23": {"found": THERE}})
    facts = facts_of({"a.py": "x = 1\n"})

    words = [run_checks([spec], lambda: facts, year=year)["wandb"].word for year in ("2023", "2026")]

    assert words == [EvidenceWord.FOUND, EvidenceWord.ABSENT]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"import": {"names": ["x"]}}, "imports"),
        ({"imports": {"name": ["x"]}}, "names"),
        ({"imports": {}}, "names"),
        ({"any": [THERE, {"imports": {"names": 3}}]}, "any[1].imports.names"),
        ({"because": {"says": "x"}}, "rule"),
        ({"text_match": {"paths": ["a"]}}, "there is no probe `text_match` (did you mean `text_matches`?). See"),
        (
            {"file_exists": {"path": ["a"]}},
            "file_exists.path: the probe takes no such argument (did you mean `paths`?).",
        ),
        ({"file_exists": {"paths": "a"}}, "file_exists.paths: has to be a list, not 'a'."),
        ({"has_commits": {"at_least": "few"}}, "has_commits.at_least: has to be a whole number, not 'few'."),
        (
            {"imports": {"names": ["x"], "roles": ["src"]}},
            "imports.roles[0]: has to be 'package', 'tests', 'notebook',",
        ),
        (
            {"text_matches": {"paths": ["a"], "pattern": "(a"}},
            "text_matches.pattern: '(a' is no regular expression: missing ), unterminated subpattern at position 0.",
        ),
        ({"config_has": {"key": "a", "value": "[a"}}, "config_has.value: '[a' is no regular expression"),
        ({"workflow_uses": {"actions": ["a/b"], "inputs": {"c": "*"}}}, "workflow_uses.inputs.c: '*' is no regular"),
        (
            {"workflow_triggers": {"events": ["scheduled"]}},
            "workflow_triggers.events[0]: has to be an event of GitHub's, not 'scheduled' (did you mean `schedule`?).",
        ),
        (
            {"file_exists": {"paths": ["*.{md,txt}"]}},
            "file_exists.paths[0]: has to be several patterns, without {}, not",
        ),
        (
            {"imports": {"names": ["great-expectations"]}},
            "imports.names[0]: has to be a name as code has it, such as `pandas.read_sql`, not 'great-expectations'.",
        ),
        ({"calls": {"names": ["requests.get()"]}}, "calls.names[0]: has to be a name as code has it"),
        ({"dockerfile_has": {"names": ["From"]}}, "dockerfile_has.names[0]: has to be 'FROM', 'RUN',"),
    ],
)
def test_a_wrong_rule_fails_when_it_is_bound(rule: Rule, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        bind_checks([make_spec(THERE), make_spec(rule)])

    assert message in str(error.value)
    assert str(error.value).startswith("week1.yaml: wandb.found")
