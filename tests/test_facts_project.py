"""Facts about a project: dependencies, data versions, configurations and what loads them, pages, secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.facts.documents import parse_document
from harvester.facts.requirements import parse_lock, parse_requirements
from harvester.facts.secrets import MASK, find_secrets, mask
from tests.support.facts import facts_of

PYPROJECT = """\
[project]
name = "shop"
dependencies = ["torch>=2", "Scikit_Learn"]
[project.optional-dependencies]
dev = ["pytest"]
[dependency-groups]
lint = ["ruff==0.9"]
[tool.poetry.dependencies]
python = "^3.11"
wandb = {version = "^0.16"}
"""


def test_dependencies_of_a_pyproject() -> None:
    found = {(one.name, one.group, one.pinned) for one in facts_of({"pyproject.toml": PYPROJECT}).dependencies}

    assert found == {
        ("torch", "", False),
        ("scikit-learn", "", False),
        ("pytest", "dev", False),
        ("ruff", "lint", True),
        ("wandb", "", False),
    }


def test_requirements_in_all_their_forms() -> None:
    entries, includes = parse_requirements(
        "# wandb\n-r dev.txt\n--extra-index-url https://example.org\ntorch>=2 ; python_version > '3.8'  # why\n"
        "Flask[async]==3.0 \\\n  --hash=sha256:aa\ngit+https://example.org/a/clip.git@main#egg=clip\n"
        "-e .\nhydra_core~=1.3\n"
    )

    assert [entry.name for entry in entries] == ["torch", "flask", "clip", "hydra-core"]
    assert [line.text for line in includes] == ["dev.txt"]


def test_a_long_pinned_list_is_a_freeze() -> None:
    lines = [f"package-{number}=={number}" for number in range(81)]

    def kinds(entries: list[str]) -> set[str]:
        return {entry.kind for entry in facts_of({"requirements.txt": "\n".join(entries)}).dependencies}

    assert (kinds(lines), kinds(lines[:80]), kinds([*lines, "torch"])) == ({"freeze"}, {"hand"}, {"hand"})


def test_other_lists() -> None:
    facts = facts_of(
        {
            "environment.yml": "channels: [conda-forge]\ndependencies:\n- numpy=1.2\n- pip:\n  - wandb\n",
            "setup.py": "from setuptools import setup\nsetup(install_requires=['click', 'typer'])\n",
            "uv.lock": '[[package]]\nname = "torch"\nversion = "2"\n',
            "Pipfile": '[packages]\nflask = "*"\n',
        }
    )

    assert {(one.name, one.path, one.kind) for one in facts.dependencies} == {
        ("numpy", "environment.yml", "hand"),
        ("wandb", "environment.yml", "hand"),
        ("click", "setup.py", "hand"),
        ("typer", "setup.py", "hand"),
        ("torch", "uv.lock", "lock"),
        ("flask", "Pipfile", "hand"),
    }


def test_data_versions() -> None:
    facts = facts_of(
        {
            "data.dvc": "outs:\n- md5: aa\n  path: data\n",
            ".dvc/config": "[core]\n    remote = cloud\n['remote \"cloud\"']\n    url = gs://shop-data\n",
            ".gitattributes": "*.bin filter=lfs diff=lfs\n",
            "a.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12345\n",
        }
    )

    assert {(one.path, one.what, one.tool) for one in facts.tracked} == {
        ("data.dvc", "data", "dvc"),
        (".gitattributes", "a.bin", "git-lfs"),
    }
    assert [(one.name, one.url, one.line, one.default) for one in facts.remotes] == [
        ("cloud", "gs://shop-data", 4, True)
    ]


def loads(files: dict[str, str]) -> set[tuple[str, str, str]]:
    return {(load.config, load.path, load.how) for load in facts_of(files).loads}


def test_configs_that_code_loads() -> None:
    found = loads(
        {
            "configs/a.yaml": "lr: 1\n",
            "configs/b.yaml": "lr: 1\n",
            "configs/c.yaml": "lr: 1\n",
            "configs/d.json": "{}",
            "src/train.py": (
                'import yaml\n"""configs/c.yaml"""\nyaml.safe_load(open("configs/a.yaml"))\n'
                'cfg.save("configs/b.yaml")\nPath(ROOT) / "configs" / "d.json"\n'
            ),
            "Makefile": "train:\n\tpython src/train.py --config=configs/b.yaml\n",
        }
    )

    assert found == {
        ("configs/a.yaml", "src/train.py", "open"),
        ("configs/d.json", "src/train.py", "open"),
        ("configs/b.yaml", "Makefile", "argument"),
    }


def test_hydra_composes_its_defaults() -> None:
    facts = facts_of(
        {
            "configs/main.yaml": "defaults:\n  - _self_\n  - model: small\n  - override hydra/launcher: joblib\n",
            "configs/model/small.yaml": "defaults: [base]\n",
            "configs/model/base.yaml": "w: 1\n",
            "configs/model/large.yaml": "w: 9\n",
            "configs/unused/other.yaml": "w: 1\n",
            "src/shop/train.py": (
                'import hydra\n@hydra.main(config_path="../../configs", config_name="main")\ndef f(c): ...\n'
            ),
        }
    )

    (app,) = facts.hydra
    assert (app.folder, app.name) == ("configs", "main")
    assert set(app.configs) == {f"configs/{name}.yaml" for name in ("main", "model/small", "model/base", "model/large")}


def test_pages() -> None:
    text = (
        "# Title\n\nSome own words here.\n<!-- hidden words -->\n```bash\n$ make train\n```\n├── tree of files\n"
        "![overview](figures/a.png) and `pytest -q`\nThe template ships this line\n"
    )

    page = parse_document(text, "markdown", lambda line: "template" in line)

    assert [line.line for line in page.prose] == [1, 3, 9]
    assert [line.text for line in page.headings] == ["Title"]
    assert [(line.text, line.line) for line in page.commands] == [("make train", 6), ("pytest -q", 9)]
    assert [(link.target, link.image, link.line) for link in page.links] == [("figures/a.png", True, 9)]


@given(st.text())
def test_any_page_is_read(text: str) -> None:
    for kind in ("markdown", "rst", "html"):
        page = parse_document(text, kind, lambda _: False)
        assert all(line.text for line in page.prose)


W_AND_B = "0123456789abcdef" * 2 + "01234567"


@pytest.mark.parametrize(
    "line",
    [
        f'wandb.login(key="{W_AND_B}")',
        f"ENV WANDB_API_KEY={W_AND_B}",
        "token: ghp_" + "aB3dE5gH7j" * 4,
        'password = "tr0ub4dor&3x"',
        "https://ada:s3cr3tw0rd@example.org/x.git",
        "key = 'AIza" + "Sy0-_" * 7 + "'",
    ],
)
def test_secrets_are_masked_and_listed(line: str) -> None:
    assert [spot.line for spot in find_secrets(f"a = 1\n{line}\n")] == [2]
    assert MASK in mask(line)
    assert mask(mask(line)) == mask(line)


@pytest.mark.parametrize(
    "line",
    [
        "GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}",
        'token = os.environ["HF_TOKEN"]',
        'tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased-2024")',
        "password: your-password-here-1",
        "uses: actions/checkout@0123456789abcdef0123456789abcdef01234567",
        "api_key = get_key(1)",
        'API_KEY="1234567890abcdef"',
        'api_key: "abcd1234efgh5678ijklmnopqrstuvwx"',
    ],
)
def test_what_is_no_secret_is_shown(line: str) -> None:
    assert mask(line) == line
    assert find_secrets(line) == ()


@given(st.text())
def test_masking_takes_any_text(text: str) -> None:
    assert mask(text).count("\n") == text.count("\n")


def test_a_lock_file_names_packages_from_its_first_line_on() -> None:
    """Whether or not anything stands before a name, and as deep as conda-lock puts it."""
    found = parse_lock('name = "torch"\n\n[[package]]\nname = "Num_Py"\n  - name: pandas\nsurname = "x"\n', "uv.lock")
    assert [(one.name, one.line) for one in found] == [("torch", 1), ("num-py", 4), ("pandas", 5)]
    found = parse_lock('{\n    "default": {\n        "flask": {\n', "pipfile.lock")
    assert [(one.name, one.line) for one in found] == [("flask", 3)]
