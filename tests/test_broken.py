"""What does not parse proves at most `partial`, and never counts as not there."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harvester.facts.mending import mend
from harvester.facts.trees import BrokenError, parse_toml, parse_yaml
from tests.support.cases import Case, ask, run_case
from tests.test_checks import CASES

ENDINGS = (".yaml", ".yml", ".toml", "Pipfile", "Dockerfile")
FOUND = [case for case in CASES if case.data["word"] == "found"]


def conflicted(text: str) -> str:
    """A text as a merge leaves it whose other side had a comment at its end."""
    first, _, rest = text.partition("\n")
    return f"{first}\n<<<<<<< HEAD\n{rest}=======\n# other\n>>>>>>> other\n"


def torn(text: str) -> str:
    return f"{text}\n]: [[[ {{\n"


@pytest.mark.parametrize("spoil", [conflicted, torn])
@pytest.mark.parametrize("case", FOUND, ids=lambda case: case.id)
def test_a_spoilt_file_is_weak_and_never_absent(case: Case, spoil: Callable[[str], str]) -> None:
    files = case.data.get("files") or {}
    places = {place.path for place in run_case(case).places}
    for path in sorted(path for path in places if path.endswith(ENDINGS) and files.get(path)):
        spoilt = replace(case, data={**case.data, "files": {**files, path: spoil(files[path])}})
        evidence = run_case(spoilt)
        assert evidence.word != "absent", (path, evidence.why)
        shows = case.check != "cookiecutter" and any(place.path == path for place in evidence.places[:1])
        assert not (evidence.word == "found" and shows), evidence.why
        if evidence.word == "partial":
            assert path in evidence.why, evidence.why


def test_a_merge_is_read_with_what_both_sides_have_where_that_parses() -> None:
    merged = "a:\n<<<<<<< HEAD\n- 1\n=======\n- 2\n>>>>>>> other\n- 3\n"

    tree, lost = mend(merged, parse_yaml)

    assert tree is not None and not lost
    assert [(node.text(), node.line) for node in tree.get("a").nodes()] == [("1", 3), ("2", 5), ("3", 7)]


def test_a_merge_is_read_with_one_side_where_both_do_not_go_together() -> None:
    merged = "a = 1\n<<<<<<< HEAD\nb = 2\n||||||| base\nb = 0\n=======\nb = 3\n>>>>>>> other\nc = 4\n"

    tree, lost = mend(merged, parse_toml)

    assert tree is not None and not lost
    assert {key: (node.value, node.line) for key, node in tree.items()} == {"a": (1, 1), "b": (2, 3), "c": (4, 9)}


@pytest.mark.parametrize(
    ("check", "path", "text"),
    [
        ("ci", ".github/workflows/a.yml", "on: push\njobs:\n  a:\n    steps:\n      - uses: x\n       - run: pytest\n"),
        ("environment", "environment.yml", "name: shop\ndependencies:\n  - python\n- pip:\n    - torch\n"),
        ("pre_commit", ".pre-commit-config.yaml", "repos:\n  - repo: local\n     hooks:\n    - id: a\n"),
    ],
)
def test_what_was_left_out_may_be_what_is_looked_for(check: str, path: str, text: str) -> None:
    evidence = ask(check, {path: text})

    assert evidence.word in ("unknown", "partial")
    assert path in evidence.why or "run no tests" in evidence.why


def test_wrong_lines_are_left_out_and_the_others_keep_their_numbers() -> None:
    tree, lost = mend("a = 1\nb = x y\n[t]\nc = 3\n= 4\n", parse_toml)

    assert tree is not None and lost
    assert tree.get("t", "c").line == 4
    assert "b" not in tree


@pytest.mark.parametrize("text", ["&a [*a]", "[" * 500, "{{ a }}\n" * 400])
def test_what_cannot_be_mended_ends(text: str) -> None:
    def parse(part: str) -> None:
        raise BrokenError("is wrong", 1 + part.count("\n") // 2)

    assert mend(text, parse) == (None, True)


@pytest.mark.parametrize("check", ["hydra", "config_files", "wandb", "dist_data"])
def test_a_template_of_a_chart_is_no_excuse(check: str) -> None:
    chart = "{{- if .Values.on }}\nkind: Service\nport: {{ .Values.port }}\n{{- end }}\n"

    assert ask(check, {"chart/templates/service.yaml": chart}).word == "absent"


@pytest.mark.parametrize("check", ["lightning", "dist_train", "cloud_monitoring"])
@pytest.mark.parametrize("path", ["notebooks/all.ipynb", "monitoring/dashboard.json", "pyproject.toml"])
def test_what_is_another_kind_of_file_by_its_first_look_hides_nothing(check: str, path: str) -> None:
    """A sentence under the name of a notebook holds no code that could have been seen."""
    evidence = ask(check, {path: "moved to the shared drive\n", "src/shop/a.py": "x = 1\n"})

    assert evidence.word == "absent"


@pytest.mark.parametrize("check", ["lightning", "deploy_gcp", "cloud_monitoring", "hydra", "dist_train"])
def test_a_broken_list_of_packages_hides_packages_alone(check: str) -> None:
    """What it could have held is known by its name."""
    files = {"environment.yaml": "name: shop\ndependencies: [python\n  - : pip: {\n", "src/shop/a.py": "x = 1\n"}

    assert ask(check, files).word == "absent"
    assert ask("environment", files).word != "absent"
