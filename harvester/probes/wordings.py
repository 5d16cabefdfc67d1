"""The commands and actions that CI is made of, by what they do."""

TEST_COMMANDS = (
    *("pytest", "py.test", "coverage run", "python -m unittest", "python3 -m unittest", "unittest", "tox", "nox"),
    *("python test*", "python */test*", "python3 */test*", "hatch test", "npm test", "npm run test", "green", "nose2"),
)
LINTERS = (
    *(
        "ruff check",
        "flake8",
        "pflake8",
        "pylint",
        "mypy",
        "dmypy",
        "pyright",
        "basedpyright",
        "ty check",
        "pycodestyle",
    ),
    *("pydocstyle", "pyflakes", "pylama", "prospector", "pre-commit run", "prek run", "pre-commit", "nbqa", "vulture"),
    *("isort", "black", "ruff format", "ruff", "yapf", "autopep8", "pyrefly check"),
)
LINT_ACTIONS = (
    *("*/ruff-action", "astral-sh/ruff-action", "pre-commit/action", "psf/black", "*/flake8*", "*/pylint*", "*/mypy*"),
    *("*/super-linter*", "*/isort-action", "*/python-lint*", "*/lint-action", "*/action-black", "*/action-ruff"),
    *("*/pre-commit*", "*/python-linter*", "*/lite-action", "*/action-flake8", "*/action-mypy", "*/action-isort"),
)
