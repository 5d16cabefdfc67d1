"""CI workflows as facts: triggers, matrices, what steps run, and what is followed one level down."""

from harvester.models.builds import Workflow
from tests.support.facts import facts_of

CI = """\
name: Tests
on:
  push:
    branches: [main]
    paths: ["data/**", "*.dvc"]
  workflow_dispatch:
jobs:
  test:
    runs-on: ${{ matrix.os }}
    strategy:
      matrix:
        os: [ubuntu-latest, windows-latest]
        python: ["3.11"]
        include:
          - os: macos-latest
            python: "3.12"
    steps:
      - uses: actions/setup-python@v5
        with: {python-version: "${{ matrix.python }}", cache: pip}
      - name: Tests
        run: |
          pip install -e .
          make test
      - run: ruff check . || true
      - run: mypy .
        continue-on-error: true
      - uses: ./.github/actions/lint
  off:
    if: false
    steps:
      - run: locust
  called:
    uses: ./.github/workflows/shared.yaml
"""
FILES = {
    ".github/workflows/ci.yaml": CI,
    ".github/workflows/shared.yaml": (
        "on: workflow_call\njobs:\n  x:\n    steps:\n    - run: echo hi\n    - run: flake8\n"
    ),
    ".github/actions/lint/action.yml": "runs:\n  using: composite\n  steps:\n  - run: pylint src\n    shell: bash\n",
    "Makefile": "test: unit\nunit:\n\tpytest -q\n",
}


def ci() -> Workflow:
    return facts_of(FILES).workflows[0]


def test_triggers() -> None:
    push, by_hand = ci().triggers

    assert (push.event, push.line, push.branches, push.paths) == ("push", 3, ("main",), ("data/**", "*.dvc"))
    assert by_hand.event == "workflow_dispatch"
    assert ci().starts_on("push")
    assert not ci().by_hand


def test_a_workflow_that_is_only_called_is_by_hand() -> None:
    assert facts_of(FILES).workflows[1].by_hand


def test_a_list_of_events() -> None:
    (workflow,) = facts_of({".github/workflows/a.yml": "on: [push, pull_request]\njobs: {}\n"}).workflows

    assert [trigger.event for trigger in workflow.triggers] == ["push", "pull_request"]


def test_a_matrix_has_all_its_values() -> None:
    axes = {axis.name: axis.values for axis in ci().jobs[0].matrix}

    assert axes == {"os": ("ubuntu-latest", "windows-latest", "macos-latest"), "python": ("3.11", "3.12")}


def test_steps_are_followed_one_level() -> None:
    commands = [command for _, step in ci().steps for command in step.commands]

    assert [(c.text, c.path, c.line) for c in commands if c.via] == [("pytest -q", "Makefile", 3)]
    assert next(c.via for c in commands if c.via) == (".github/workflows/ci.yaml", 23)
    assert {"pylint src", "flake8"} <= {command.text for command in commands}


def test_what_cannot_fail_is_known() -> None:
    may_fail = {command.text: command.may_fail for _, step in ci().steps for command in step.commands}

    assert (may_fail["ruff check ."], may_fail["mypy ."], may_fail["pip install -e ."]) == (True, True, False)


def test_what_is_switched_off_is_weak() -> None:
    facts = facts_of(FILES)

    assert "locust" not in {command.text for command in facts.commands}
    (weaker,) = facts.weaker
    assert "locust" in {command.text for command in weaker.facts.commands}
    assert "switched off" in weaker.origin(".github/workflows/ci.yaml", 31)
    assert weaker.origin(".github/workflows/ci.yaml", 22) == ""


def test_actions_and_inputs() -> None:
    step = ci().jobs[0].steps[0]

    assert (step.action, step.input("cache"), step.line) == ("actions/setup-python", "pip", 18)


def test_a_workflow_elsewhere_is_none() -> None:
    assert facts_of({"ci.yaml": CI, "docs/.github/workflows/ci.yaml": CI}).workflows == ()


def test_other_systems() -> None:
    (workflow,) = facts_of({".gitlab-ci.yml": "test:\n  script:\n    - pip install .\n    - pytest\n"}).workflows

    assert workflow.system == "gitlab"
    assert workflow.starts_on("push")
    assert [command.text for command in workflow.jobs[0].steps[0].commands] == ["pip install .", "pytest"]


def test_builds_of_a_matrix_name_each_dockerfile() -> None:
    text = (
        "on: push\njobs:\n  b:\n    strategy: {matrix: {name: [train, api]}}\n    steps:\n"
        "    - uses: docker/build-push-action@v5\n"
        "      with: {context: ., file: 'dockerfiles/${{ matrix.name }}.dockerfile'}\n"
    )
    facts = facts_of({".github/workflows/b.yaml": text, "dockerfiles/train.dockerfile": "FROM python\n"})

    assert [build.dockerfile for build in facts.builds] == ["dockerfiles/train.dockerfile", None]
