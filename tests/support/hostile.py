"""Repositories made to harm: each a name, and what builds it. All hold a report, so that every stage meets them."""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from PIL import Image

from harvester.demo.reports import render_report
from harvester.models.template import Template
from tests.support.repos import Commit, Content, Link, Repo, Submodule, build_repo, run_git

REPORT = "reports/README.md"
SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://evil.example","click")'

Build = Callable[[Path, str], Repo]
"""Builds a repository at a path; the text is a whole report."""


def write_report(template: Template, answer: str = "We wrote tests of the data and of the model.") -> str:
    """A report in which every question is answered and everything is ticked."""
    answers = {question.number: answer for question in template.questions}
    return render_report(template, [item.check for _, item in template.items], answers).decode()


def _files(files: Mapping[str, Content]) -> Build:
    return lambda path, report: build_repo(path, [Commit({REPORT: report, **files})])


def _in_report(text: str) -> Build:
    """The text as one answer, one heading's neighbour, and one checklist line's note."""

    def build(path: Path, report: str) -> Repo:
        cut = report.replace("We wrote tests of the data and of the model.", text, 1)
        return build_repo(path, [Commit({REPORT: f"{cut}\n\n{text}\n"})])

    return build


def _many_files(path: Path, report: str) -> Repo:
    files: dict[str, Content] = {f"src/part{number % 100}/file{number}.py": "import os\n" for number in range(100_000)}
    return build_repo(path, [Commit({REPORT: report, **files})])


def _named(path: Path, report: str) -> Repo:
    names = [
        *("src/line\nend.py", "src/tab\t.py", "src/\udce6\udcf8.py", "src/turn\u202eyp.py", "src/bell\x07.py"),
        *('src/"quoted".py', "--option.py", "-n", "src/%2E%2E.py", "src/$(touch evil).py", "src/`id`.py", "src/a'b.py"),
        *(
            "CON",
            "aux.py",
            "src/" + "x" * 250,
            "/".join("d" * 200),
            "reports/figures/\u202egnp.exe",
            f"src/{SCRIPT}.py",
        ),
    ]
    return build_repo(path, [Commit({REPORT: report, **dict.fromkeys(names, "import torch\n")})])


def _leading_out(path: Path, report: str) -> Repo:
    """`..`, `.git` and the same name twice in a tree, as no git would write them."""
    repo = build_repo(path, [Commit({REPORT: report})])
    blob = bytes.fromhex(run_git(path, "rev-parse", f"main:{REPORT}").decode())
    reports = bytes.fromhex(run_git(path, "rev-parse", "main:reports").decode())

    def tree(*entries: bytes) -> bytes:
        args = ("hash-object", "-t", "tree", "-w", "--stdin", "--literally")
        return bytes.fromhex(run_git(path, *args, data=b"".join(entries)).decode())

    evil = tree(b"100644 config\0" + blob, b"100755 hooks\0" + blob)
    top = tree(
        *(b"40000 ..\0" + evil, b"40000 .git\0" + evil, b"100644 a\0" + blob, b"100644 a\0" + blob),
        b"40000 reports\0" + reports,
    ).hex()
    sha = run_git(path, "commit-tree", top, "-m", "evil").decode().strip()
    run_git(path, "update-ref", "refs/heads/main", sha)
    return repo


def _odd_refs(path: Path, report: str) -> Repo:
    work: list[Commit] = [Commit({"src/x.py": "x = 1\n"})]
    names = ("HEAD", "-rf", "--upload-pack=touch evil", "refs/heads/main", "a;b", "$(id)", "@{-1}x", "\u202egnp")
    odd = {name: work for name in names if " " not in name and "{" not in name}
    repo = build_repo(path, [Commit({REPORT: report})], branches=odd, tags={"--exec=id": 0, "HEAD": 0, "main": 0})
    for number in range(300):
        run_git(path, "update-ref", f"refs/heads/branch{number}", repo.head)
    return repo


def _linked(path: Path, report: str) -> Repo:
    links: dict[str, Content] = {
        "a": Link("b"),
        "b": Link("a"),
        "src": Link("."),
        "reports/figures": Link("../.."),
        "passwd": Link("/etc/passwd"),
        "report.md": Link(REPORT),
        "tests": Submodule(),
        ".gitmodules": '[submodule "tests"]\n\tpath = tests\n\turl = ext::touch evil\n',
        "Dockerfile": Link("/dev/zero"),
        "requirements.txt": Link("requirements.txt"),
    }
    return build_repo(path, [Commit({REPORT: report, **links})])


def _odd_times(path: Path, report: str) -> Repo:
    dates = ["0 +0000", "1 -1200", "4102444800 +1400", "99999999999999 +0000", "1767600000 +9959", "1767600000 -0000"]
    first = Commit({REPORT: report}, date="4102444800 +0000")
    return build_repo(path, [first, *(Commit({f"src/{n}.py": "x = 1\n"}, date=date) for n, date in enumerate(dates))])


def _odd_people(path: Path, report: str) -> Repo:
    people = [
        ('" onmouseover=alert(1) x="', "a@b"),
        (FORMULA, "+1@b"),
        ("@SUM(1)", "-1"),
        ("", ""),
        ("\u202egnp", "x" * 5_000),
    ]
    commits = [
        Commit(
            {f"src/{n}.py": f"x = {n}\n"}, message=f"{FORMULA}\n\nCo-authored-by: {SCRIPT} <{SCRIPT}>", author=person
        )
        for n, person in enumerate([*people, ("a\tb", "\x07"), ("y" * 90_000, "z")])
    ]
    shown = report.replace("We wrote tests", f"{FORMULA} {SCRIPT} <img src=x onerror=alert(1)> We wrote tests", 3)
    repo = build_repo(path, [Commit({REPORT: shown}), *commits])
    tree = run_git(path, "rev-parse", "main^{tree}").decode().strip()
    odd = "".join(f"{who} {SCRIPT} <<a>b> 1e9 +x\n" for who in ("author", "committer"))
    raw = f"tree {tree}\nparent {repo.head}\n{odd}\n{SCRIPT}\n".encode()
    sha = run_git(path, "hash-object", "-t", "commit", "-w", "--stdin", "--literally", data=raw).decode().strip()
    run_git(path, "update-ref", "refs/heads/main", sha)
    return repo


_BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)
)
_LOOP = "a: &a\n  b: *a\non: push\njobs: &j\n  test: *j\n"


def _yaml_bombs(path: Path, report: str) -> Repo:
    names = ("docker-compose.yml", ".github/workflows/ci.yml", "configs/train.yaml", "dvc.yaml", "mkdocs.yml")
    loops = (".pre-commit-config.yaml", ".github/workflows/loop.yaml", "cloudbuild.yaml", "configs/loop.yaml")
    jobs = f"on: push\njobs:\n  a:\n    steps: {'[' * 50}\n"
    files: dict[str, Content] = {**dict.fromkeys(names, _BOMB), **dict.fromkeys(loops, _LOOP)}
    return build_repo(path, [Commit({REPORT: report, **files, ".github/workflows/deep.yml": jobs})])


def _deep_configs(path: Path, report: str) -> Repo:
    depth = 20_000
    files: dict[str, Content] = {
        "configs/flow.yaml": "[" * depth,
        "configs/block.yaml": "".join(f"{' ' * n}a:\n" for n in range(300)),
        "configs/dashes.yaml": "- " * depth,
        "configs/keys.yaml": "? " * depth,
        ".github/workflows/deep.yml": "on: push\njobs:\n  a:\n    steps: " + "{a: " * 900 + "\n",
        "deep.json": '{"a":' * 15_000 + "1" + "}" * 15_000,
        "list.json": "[" * depth + "]" * depth,
        "pyproject.toml": f"a = {'[' * depth}{']' * depth}\n",
        "poetry.toml": f"[{'.'.join('a' * 5_000)}]\nb = 1\n",
        "notebooks/deep.ipynb": '{"cells": ' + "[" * depth + "]" * depth + "}",
        "notebooks/cells.ipynb": '{"cells": [' + ",".join(['{"cell_type": "code", "source": "x"}'] * 9_000) + "]}",
        "setup.cfg": "[" * depth + "\n" + " = \n" * depth,
    }
    return build_repo(path, [Commit({REPORT: report, **files})])


def _deep_code(path: Path, report: str) -> Repo:
    depth = 10_000
    files: dict[str, Content] = {
        "src/parens.py": "x = " + "(" * depth + ")" * depth + "\n",
        "src/chain.py": "x = a" + ".b()" * depth + "\n",
        "src/sum.py": "x = 1" + " + 1" * depth + "\n",
        "src/nest.py": "".join(f"{' ' * n}if x:\n" for n in range(600)) + " " * 600 + "pass\n",
        "src/decorated.py": "@a\n" * depth + "def f(): ...\n",
        "src/strings.py": "x = " + "f'{" * 3_000 + "1" + "}'" * 3_000 + "\n",
        "src/lambdas.py": "x = " + "lambda: " * depth + "1\n",
        "src/joined.py": "x = 1\\\n" * depth,
    }
    return build_repo(path, [Commit({REPORT: report, **files})])


def _half_pairs(path: Path, report: str) -> Repo:
    """Halves of surrogate pairs, which no UTF-8 holds, out of the escapes of every format that has them."""
    half = "\\ud800"
    steps = f'[{{name: "{half}", uses: "actions/{half}@v4", with: {{path: "{half}"}}}}, {{run: "pytest {half}"}}]'
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": [f"wandb.init(project='{half}')\ud800"]}]
    code = f"""import requests, wandb
from fastapi import FastAPI
NAME = "{half}"
app = FastAPI(title="{half}")


@app.post("/predict{half}")
def predict(name="{half}"):
    \"\"\"Says {half}.\"\"\"
    wandb.log({{"{half}": 1}})
    return requests.get("http://a/{half}")
"""
    files: dict[str, Content] = {
        "src/half.py": code,
        "tests/test_half.py": code + f"\n\ndef test_half():\n    assert predict('{half}')\n",
        "notebooks/half.ipynb": json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
        ".github/workflows/half.yml": f'name: "{half}"\non: push\njobs:\n  "{half}":\n    steps: {steps}\n',
        "configs/half.yaml": f'"{half}": "{half}"\nlr: ["{half}"]\n',
        "dvc.yaml": f'stages: {{"{half}": {{cmd: "python {half}", deps: ["{half}"]}}}}\n',
        "docker-compose.yml": f'services: {{"{half}": {{image: "{half}", command: ["{half}"]}}}}\n',
        "cloudbuild.yaml": f'steps: [{{name: "{half}", args: ["{half}"]}}]\n',
        ".pre-commit-config.yaml": f'repos: [{{repo: "{half}", hooks: [{{id: "{half}"}}]}}]\n',
        "data.json": f'{{"{half}": "{half}"}}',
        "Dockerfile": f'FROM python:3.12\nCMD ["python", "{half}"]\n',
        "mkdocs.yml": f'site_name: "{half}"\nnav: [{{"{half}": "{half}"}}]\n',
    }
    return build_repo(path, [Commit({REPORT: report, **files})])


def _deep_scripts(path: Path, report: str) -> Repo:
    files: dict[str, Content] = {
        "Makefile": "".join(f"t{n}: t{(n + 1) % 900}\n\techo $({'$(' * 50}\n" for n in range(900)),
        "Dockerfile": "FROM python:3.11\n" + "RUN a && \\\n" * 60_000,
        "run.sh": "$(" * 20_000 + "if " * 9_000 + "'" * 9_001,
        "loop.sh": "bash -c \"bash -c 'make t1 && $(make t2)'\"\n" * 900,
        "requirements.txt": "-r requirements.txt\n" + "torch[" * 9_000 + "\n" + "a; " * 9_000 + "\n",
    }
    return build_repo(path, [Commit({REPORT: report, **files})])


def _deep_pages(path: Path, report: str) -> Repo:
    files: dict[str, Content] = {
        "README.md": "> " * 20_000 + "deep\n" + "".join(f"{' ' * n}- a\n" for n in range(900)) + "[" * 60_000 + "\n",
        "docs/emphasis.md": "*a _b " * 40_000 + "\n" + "![" * 20_000 + "](" * 20_000 + "\n" + "`" * 60_000,
        "docs/table.md": "|" * 60_000 + "\n" + "|-" * 60_000 + "\n",
        "docs/page.html": "<div>" * 40_000 + "<!--" * 20_000,
        "docs/index.rst": "=" * 60_000 + "\n.. " * 20_000,
    }
    return build_repo(path, [Commit({REPORT: report, **files})])


def _wide(path: Path, report: str) -> Repo:
    """As many lines, keys and entries as go into what is still read."""
    size = 990_000
    files: dict[str, Content] = {
        "src/lines.py": "\n" * size,
        "src/names.py": "".join(f"def f{n}(a{n}):\n    return g{n}(a{n})\n\n" for n in range(4_000)),
        "src/long.py": f"x = '{'a' * size}'\n",
        "src/imports.py": "".join(f"import a{n}\n" for n in range(9_000)),
        "src/base64.py": f"key = '{'QUJD' * 200_000}'\n" + "token = 'ghp_" + "a1" * 9_000 + "'\n",
        "configs/keys.yaml": "".join(f"k{n}: v\n" for n in range(60_000)),
        ".github/workflows/steps.yml": "on: push\njobs:\n  a:\n    steps:\n" + "    - run: ruff check .\n" * 4_000,
        "uv.lock": "".join(f'[[package]]\nname = "p{n}"\nversion = "1"\n' for n in range(20_000)),
        "requirements.txt": "".join(f"package{n}==1.0\n" for n in range(40_000)),
        "docs/links.md": "[a](b) ![c](d.png) " * 40_000,
        ".gitignore": "*\n" * 400_000,
        ".mailmap": "A <a@b> B <c@d>\n" * 40_000,
        ".gitattributes": "* diff=evil filter=evil export-ignore\n" * 20_000,
        "Makefile": "a:\n\tpytest\n" * 20_000,
        "run.sh": "python src/train.py && \\\n" * 20_000,
        "data.csv": "1,2,3\n" * 150_000,
        "notebooks/out.ipynb": '{"cells": [{"cell_type": "code", "source": "x", "outputs": ["' + "y" * size + '"]}]}',
    }
    return build_repo(path, [Commit({REPORT: report, **files})])


def _calling_each_other(path: Path, report: str) -> Repo:
    """Workflows, actions, targets and tasks that call themselves and each other."""
    flow = "on: [push, workflow_call]\njobs:\n  a:\n    uses: ./.github/workflows/{}.yml\n"
    use = "runs:\n  using: composite\n  steps:\n" + "  - uses: ./.github/actions/loop\n" * 9
    files: dict[str, Content] = {
        ".github/workflows/one.yml": flow.format("two"),
        ".github/workflows/two.yml": flow.format("one"),
        ".github/workflows/use.yml": "on: push\njobs:\n  a:\n    steps:\n" + "    - uses: ./.github/actions/loop\n" * 9,
        ".github/actions/loop/action.yml": use,
        "Makefile": "a: b\n\tmake b\nb: a\n\tmake a\n\tbash run.sh\n",
        "run.sh": "make a\nbash run.sh\ninvoke loop\n",
        "tasks.py": "from invoke import task\n\n@task(pre=['loop'])\ndef loop(c):\n    c.run('invoke loop')\n",
        "pyproject.toml": "[project.scripts]\nloop = 'src.loop:main'\n",
        "src/loop.py": "from src.pool import *\nfrom src.loop import main\n\ndef main():\n    main()\n",
        "src/pool.py": "from src.loop import *\nimport src.pool as src\nx = x\nclass A(A): ...\n",
    }
    return build_repo(path, [Commit({REPORT: report, **files})])


def _png(width: int, height: int, body: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    text = chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(50_000_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + text + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _pictures(path: Path, report: str) -> Repo:
    frames = [Image.new("P", (400, 400), number % 256) for number in range(300)]
    animation = io.BytesIO()
    frames[0].save(animation, "GIF", save_all=True, append_images=frames[1:])
    huge = b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01" + b"\0" * 1_000
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script>{"<g>" * 9_000}<!ENTITY a "b"></svg>'
    figures: dict[str, Content] = {
        "bomb.png": _png(60_000, 60_000, zlib.compress(bytes(30_000_000))),
        "wide.png": _png(39_000_000, 1, zlib.compress(bytes(30_000_000))),
        "many.gif": animation.getvalue(),
        "huge.jpg": huge,
        "text.png": SCRIPT,
        "lfs.png": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "image.svg": svg,
        "empty.webp": "",
        "riff.webp": b"RIFF\xff\xff\xff\xffWEBPVP8X" + b"\xff" * 4_000,
    }
    shown = " ".join(f"![a](figures/{name})" for name in figures) * 100
    text = report.replace("We wrote tests", f"{shown} We wrote tests", 2)
    return build_repo(path, [Commit({REPORT: text, **{f"reports/figures/{n}": data for n, data in figures.items()}})])


def _archives(path: Path, report: str) -> Repo:
    """Bombs for whoever would unpack them, and a million lines of code."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(100_000_000))
    names = ("data.zip", "sheet.xlsx", "data/raw.npz", "model.pth", "reports/figures/deck.pptx")
    lines = {f"src/part{n}.py": "".join(f"x{k} = {n}\n" for k in range(10_000)) for n in range(100)}
    return build_repo(path, [Commit({REPORT: report, **lines, **dict.fromkeys(names, bomb.getvalue())})])


def _long_history(path: Path, report: str) -> Repo:
    commits = [Commit({f"src/{n % 50}.py": f"x = {n}\n"}, message="m" * 2_000) for n in range(3_000)]
    return build_repo(path, [Commit({REPORT: report}), *commits])


def _copied_reports(path: Path, report: str) -> Repo:
    return build_repo(path, [Commit({REPORT: report, **{f"docs/{n}/README.md": report + "x" * n for n in range(200)}})])


def _headings(path: Path, report: str) -> Repo:
    lines = "".join(f"### Question {n % 40}\n> Answer:\n- [x] {'a' * (n % 50)} tests\n" for n in range(20_000))
    return build_repo(path, [Commit({REPORT: report + lines})])


CASES: Mapping[str, Build] = {
    "many files": _many_files,
    "one line of 50 MB": _files({"src/long.py": b"x" * 50_000_000, "docs/README.md": b"y" * 50_000_000}),
    "a report of one line": lambda path, report: build_repo(path, [Commit({REPORT: report.replace("\n", " ")})]),
    "a report of 50 MB": lambda path, report: build_repo(path, [Commit({REPORT: report + "x" * 50_000_000})]),
    "a notebook of 100 MB": _files(
        {"notebooks/a.ipynb": b'{"cells": [{"cell_type": "code", "source": "x", "outputs": ["' + b"y" * 100_000_000}
    ),
    "archives and a million lines": _archives,
    "names": _named,
    "names that lead out": _leading_out,
    "refs": _odd_refs,
    "links and submodules": _linked,
    "times": _odd_times,
    "people": _odd_people,
    "YAML bombs": _yaml_bombs,
    "deep configurations": _deep_configs,
    "deep code": _deep_code,
    "halves of pairs": _half_pairs,
    "deep scripts": _deep_scripts,
    "deep pages": _deep_pages,
    "wide files": _wide,
    "calls in a circle": _calling_each_other,
    "pictures": _pictures,
    "a long history": _long_history,
    "many copies of the report": _copied_reports,
    "many headings": _headings,
    "brackets in the report": _in_report("[" * 20_000 + "![](" * 5_000 + "](" * 5_000),
    "stars in the report": _in_report("*a **b _c __d ~~e " * 8_000),
    "ticks in the report": _in_report("`" * 9_000 + " ``` " * 9_000 + "\n" + "~" * 9_000),
    "quotes in the report": _in_report("> " * 9_000 + "- " * 9_000 + "1. " * 9_000),
    "tags in the report": _in_report("<details><summary>" * 9_000 + "<!-- " * 9_000 + "<a href='" * 9_000),
    "entities in the report": _in_report("&amp;&#x202e;&#0;" * 20_000),
    "blanks in the report": _in_report(" " * 200_000 + "\t" * 90_000 + "\r" * 90_000 + "\u2028" * 9_000),
    "one long word in the report": _in_report("a" * 300_000 + "-" * 100_000 + "=" * 100_000 + "|" * 90_000),
    "definitions in the report": _in_report("".join(f"[{n}]: <{n}.png>\n![{n}]\n" for n in range(20_000))),
    "marks of every kind in the report": _in_report("\ufeff\u202e\u200b\x00\x07\x1b[31m\ud7ff\ufffe" * 9_000),
}
