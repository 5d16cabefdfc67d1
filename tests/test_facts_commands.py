"""Commands: how a script is split, and the ways to read a command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.facts.docker import parse_dockerfile
from harvester.facts.make import parse_targets
from harvester.facts.shell import read_forms, split_commands, split_words
from tests.support.facts import facts_of


def texts(script: str) -> list[str]:
    return [simple.text for simple in split_commands(script)]


def test_scripts_are_split_into_simple_commands() -> None:
    script = '# no\ncd x && pytest -q | tee log; echo "a && b"\nif [ 1 ]; then\n  ruff check . \\\n    --fix\nfi\n'

    assert texts(script) == ["cd x", "pytest -q", "tee log", 'echo "a && b"', "[ 1 ]", "ruff check .  --fix"]


def test_what_is_put_into_a_command_is_a_command() -> None:
    assert texts('JOB=$(gcloud ai custom-jobs create --name="x-$(date)")\n')[1:] == [
        'gcloud ai custom-jobs create --name="x-$(date)"',
        "date",
    ]
    assert len(texts("$(" * 1000)) < 10


def test_here_documents_are_no_commands() -> None:
    assert texts("cat <<EOF\npytest\nEOF\nls\n") == ["cat <<EOF", "ls"]


def test_an_ignored_failure_is_known() -> None:
    found = split_commands("ruff check . || true\nmypy . || exit 1\n")

    assert [(simple.text, simple.may_fail) for simple in found if simple.text.startswith(("ruff", "mypy"))] == [
        ("ruff check .", True),
        ("mypy .", False),
    ]


@pytest.mark.parametrize(
    ("command", "form"),
    [
        ("uv run pytest tests/", ("pytest", "tests/")),
        ("uv run --group dev coverage run -m pytest tests", ("pytest", "tests")),
        ("python -m pytest -v", ("pytest", "-v")),
        ("CI=1 poetry run ruff check .", ("ruff", "check", ".")),
        ("uvx ruff check", ("ruff", "check")),
        ("bash -c 'make test && pytest'", ("pytest",)),
        ("sudo -E docker build .", ("docker", "build", ".")),
        ("./.venv/bin/pytest", ("pytest",)),
        ("xargs -r ruff check", ("ruff", "check")),
        ("conda run -n env python -m mypy src", ("mypy", "src")),
        ("gcloud compute ssh vm --command 'docker run x'", ("docker", "run", "x")),
    ],
)
def test_what_runs_a_command_is_looked_through(command: str, form: tuple[str, ...]) -> None:
    assert form in read_forms(split_words(command))


def test_a_printed_command_is_none() -> None:
    facts = facts_of({"run.sh": "echo pytest\npytest\n"})

    assert [(command.text, command.line) for command in facts.commands] == [("pytest", 2)]


def test_commands_of_pages_are_those_of_lines_that_hold_a_word() -> None:
    facts = facts_of({"README.md": "Run `ls; Make lint`, `echo make` or `pytest`.\n"})
    (view,) = (view for view in facts.weaker if view.only_runs)

    assert [command.text for command in facts.in_pages(["make"])] == ["ls", "Make lint"]
    assert [command.text for command in view.facts.in_pages(["make"])] == ["ls", "Make lint", "echo make"]
    assert facts.commands == ()


@given(st.text())
def test_any_script_is_split(script: str) -> None:
    for simple in split_commands(script):
        assert read_forms(split_words(simple.text)) is not None


def test_dockerfiles() -> None:
    text = (
        '# syntax\nFROM python AS base\nRUN apt-get update \\\n  # why\n  && pip install . \\\n  -v\nCMD ["a", "b"]\n'
    )

    instructions, wrong = parse_dockerfile(text)

    assert wrong is None
    assert [(part.name, part.line) for part in instructions] == [("FROM", 2), ("RUN", 3), ("CMD", 7)]
    assert instructions[1].text == "apt-get update && pip install . -v"
    assert parse_dockerfile("FROM x\n<<<<<<< HEAD\n")[1] == 2


def test_make_targets() -> None:
    text = "PYTHON = python3\n.PHONY: test\nall: test lint ## do\n\n"
    text += "test: deps\n\t@$(PYTHON) -m pytest \\\n\t  -q\n\t-rm x\nlint:;ruff check\n"

    targets = {target.name: target for target in parse_targets(text)}

    assert targets["all"].needs == ("test", "lint")
    assert [line.text for line in targets["test"].commands] == ["python3 -m pytest -q", "rm x || true"]
    assert [line.text for line in targets["lint"].commands] == ["ruff check"]


TASKS = {
    "tasks.py": (
        'from invoke import task\n\nNAME = "shop"\n\n@task\ndef build_image(ctx, progress="plain"):\n'
        '    ctx.run(f"docker build -t train . -f dockerfiles/train.dockerfile --progress={progress}", echo=True)\n'
        '    ctx.run(f"python src/{NAME}/train.py")\n'
    ),
    "src/shop/up.py": 'import subprocess\n\nsubprocess.run(["gcloud", "run", "deploy", "x"], check=True)\n',
    "Makefile": "test:\n\tpytest\n",
    "dockerfiles/train.dockerfile": (
        'FROM python\nCOPY . .\nRUN pip install .\nENTRYPOINT ["python", "-u", "src/shop/train.py"]\n'
    ),
    "docker-compose.yaml": (
        "services:\n  api:\n    build: {context: ., dockerfile: dockerfiles/train.dockerfile}\n"
        "    command: uvicorn a:b\n"
    ),
    "cloudbuild.yaml": (
        "steps:\n- name: gcr.io/cloud-builders/docker\n  args: [build, -f, dockerfiles/train.dockerfile, .]\n"
        "- name: gcr.io/google.com/cloudsdktool/cloud-sdk\n  entrypoint: gcloud\n  args:\n  - run\n  - deploy\n  - x\n"
    ),
    "dvc.yaml": "stages:\n  train:\n    cmd: python src/shop/train.py\n    outs: [models/m.pt]\n",
    "job.yaml": "workerPoolSpecs:\n- containerSpec:\n    imageUri: x/y\n    command: [python, train.py]\n",
    "README.md": "# Use\n\n```bash\n$ locust -f a.py\n```\n",
}


@pytest.mark.parametrize(
    ("source", "form"),
    [
        (
            "task",
            ("docker", "build", "-t", "train", ".", "-f", "dockerfiles/train.dockerfile", "--progress={progress}"),
        ),
        ("task", ("python", "src/shop/train.py")),
        ("task", ("pytest",)),
        ("python", ("gcloud", "run", "deploy", "x")),
        ("dockerfile", ("python", "-u", "src/shop/train.py")),
        ("compose", ("uvicorn", "a:b")),
        ("cloudbuild", ("docker", "build", "-f", "dockerfiles/train.dockerfile", ".")),
        ("cloudbuild", ("gcloud", "run", "deploy", "x")),
        ("dvc", ("python", "src/shop/train.py")),
        ("config", ("python", "train.py")),
        ("docs", ("locust", "-f", "a.py")),
    ],
)
def test_commands_are_found_wherever_they_stand(source: str, form: tuple[str, ...]) -> None:
    facts = facts_of(TASKS)

    assert any(
        command.source == source and form in command.forms for command in (*facts.commands, *facts.in_pages([""]))
    )


def test_builds_name_their_dockerfile() -> None:
    facts = facts_of(TASKS)

    assert {(build.path, build.dockerfile) for build in facts.builds} == {
        ("tasks.py", "dockerfiles/train.dockerfile"),
        ("cloudbuild.yaml", "dockerfiles/train.dockerfile"),
        ("docker-compose.yaml", "dockerfiles/train.dockerfile"),
    }


def test_a_build_of_a_missing_dockerfile_is_one() -> None:
    (build,) = facts_of({"build.sh": "docker build -f missing.dockerfile .\n"}).builds

    assert (build.written, build.dockerfile) == ("missing.dockerfile", None)


@pytest.mark.parametrize(
    "words",
    [
        "docker run shop pytest tests",
        "docker run --rm -p8000:80 -u0 shop pytest tests",
        "docker run --rm -p 8000:80 --name=one -tid shop pytest tests",
        "docker container run -P -q shop pytest tests",
        "docker compose run --rm -T -e KEY=1 shop pytest tests",
        "podman exec -it shop pytest tests",
        'docker run --entrypoint sh shop -lc "cd /app && pytest tests"',
    ],
)
def test_what_runs_in_a_container_is_a_command(words: str) -> None:
    assert ("pytest", "tests") in read_forms(split_words(words))


def test_what_a_container_is_called_is_no_command() -> None:
    forms = read_forms(split_words("docker run --name pytest --rm shop sleep 1"))
    assert not any(form[0] == "pytest" for form in forms)
