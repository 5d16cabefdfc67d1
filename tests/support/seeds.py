"""What the fuzzer starts from: invented files of every sort, and pieces that mean something to a parser."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from harvester.demo.plans import load_groups
from tests.support.hostile import write_report
from tests.support.parsers import FAMILY, PARSERS
from tests.support.reports import NEW

_CASES = Path(__file__).parents[1] / "cases"
_LARGEST = 8_000

_MARKDOWN = (
    *("[a](", "![a](b.png) ", "[", "](", "`", "```\n", "**a ", "_a", "> ", "- ", "1. ", "# a\n", "|", "|-"),
    *("~~~\n", "<a href=", "<img src='a' ", "<!--", "-->", "<br>", "<div>", "&amp;", "\\", "[a]: b\n", "[a]"),
    *("---\n", "===\n", "### Question 1\n", "> Answer:\n", "* [x] tests\n", "- [ ] a (M1)\n"),
    *("--- question 1 fill here ---\n", " \n", "http://a.b/c ", "https://", "(http://", "a@b.c ", "s000001 ", "\t"),
    *("a ", "\n", "aA1-", "\r", "\u2028", "\u202e", "."),
)
_CODE = (
    *("(", "[", "{", "a.", "a(", "x = x + ", "def f():\n ", "class A(A):\n ", "@a\n", "if x:\n ", "lambda: "),
    *("'''", "'", "f'{", "\\\n", "#", "import a\n", "from a import *\n", "a = a\n", "x[", "not ", "await "),
    *("yield ", ":=", "\n", "\t", '{"cells": [', '"source": ["', "%%bash\n", "!pip install a\n", "a: int = "),
    *("print(a)\n", "else:\n", "~", "0", '"', '"\\ud800" '),
)
_TREES = (
    *("[", "{", "- ", "a: ", "a:\n ", "&a ", "*a ", "<<: *a\n", "? ", "!!a ", "|\n ", ">\n", "---\n", "'", '"'),
    *("#", ",", "[a]\n", "[[a]]\n", "a = ", "a.b", "a=1\n", "${{ a }}", "${a}", "%", "{{a}}", "\\", "\n ", "\t"),
    *("\n", ": ", "- a\n", "}", "- run: a\n", "outs:\n- path: a\n", '{"a":', '"a",', "'''", '"""', "0x", "1e"),
    *("1979-05-27", "on: push\n", "]", '- "\\ud800"\n'),
)
_SCRIPTS = (
    *("\n", "$(", "`", "${a:-", "$((", "'", '"', "\\\n", "&& ", "| ", "; ", "if a; then\n", "for a in b; do ", "<<E\n"),
    *("E\n", "FROM a AS b\n", "RUN a ", "COPY --from=a b c\n", 'CMD ["a", ', "ARG A=1\n", "a:\n\t", "a: a\n"),
    *("$(a) ", "define a\n", "a==1; ", "-r a\n", "a[b] ", "a @ git+https://a/b ", "--hash=a ", "#egg=a", "#", " "),
    *("{{a}}", "bash -c '", "(", ".", "[[package]]\nname = 'a'\n", '"name": "a"', '        "a": {', "- name: a\n"),
    *("!", "*", "~", "=", ",", "\t", "a/", "-"),
)
_LINES = (
    *("https://", "http://a.b/", "a@b:", "github.com/", "/", "..", "%2e", "#", "?a=", "(", ")", "[", "<", ",", ";"),
    *("\t", "ssh://", "file://", "ext::", "git@", ".git", ":", "\\", "a", "A", "0", "_", "-", ".", " ", "\n", '"'),
    *("'", "é", "@", "Co-authored-by: A <a@b>\n", "s000001", "group", "repo_url,", "group_nb\n", "sep=,", "+1200"),
    *("10", "token=", "ghp_", "<a href='", "<row>", "<c t='s'>", "<v>1</v>", "&#0;", "<!--", "password = '"),
    *("AKIA", "xxxxxxxxxxxxxxxxxxxx=", "{", "$"),
)
PIECES: Mapping[str, Sequence[str]] = {
    "report": _MARKDOWN,
    "page": _MARKDOWN,
    "code": _CODE,
    "trees": _TREES,
    "scripts": _SCRIPTS,
    "documents": _MARKDOWN + _LINES,
    "addresses": _LINES,
    "tables": _LINES,
    "project": _CODE + _TREES + _SCRIPTS + _MARKDOWN,
}
"""Target -> what is repeated by itself: what grows faster than its input is slow on one of these, most often."""

_SUFFIXES = {
    "code": (".py", ".ipynb"),
    "trees": (".yaml", ".yml", ".toml", ".json", ".dvc", "config"),
    "scripts": ("dockerfile", ".sh", ".txt", "makefile"),
    "documents": (".md", ".txt"),
    "page": (".md",),
    "project": (".py", ".yaml", ".toml", "dockerfile", ".md"),
    "report": (".md",),
}


@cache
def _demo_files() -> Mapping[str, bytes]:
    files = ((path.lower(), file.data) for group in load_groups() for path, file in group.files.items())
    return {path: data for path, data in files if len(data) <= _LARGEST}


def make_seeds(target: str) -> list[bytes]:
    """Inputs for a target."""
    bodies = [data for path, data in _demo_files().items() if path.endswith(_SUFFIXES.get(target, "-"))]
    if target == "report":
        bodies += [write_report(NEW).encode(), write_report(FAMILY.templates[-1]).encode()[:20_000]]
    if target in ("page", "addresses"):
        bodies += (_CASES / "xss.txt").read_bytes().splitlines()
    if target == "tables":
        bodies += [b"group_nb,student 1,repo_url\n1,s000001,https://github.com/a/b\n", b"<sheetData><row/></sheetData>"]
    bodies += [piece.encode() for piece in PIECES[target]]
    choices = PARSERS[target][1]
    step = 3 if choices > 2 else 1
    return [bytes([choice, 0]) + body for k, body in enumerate(bodies) for choice in range(k % step, choices, step)]
