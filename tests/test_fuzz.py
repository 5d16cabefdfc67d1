"""Every parser of student text: within two seconds, whatever is repeated, and whatever a fuzzer found before."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from harvester.facts.kinds import kind_of
from harvester.facts.make import parse_targets
from harvester.facts.requirements import parse_requirements
from harvester.facts.trees import parse_toml, parse_yaml
from harvester.facts.workflows import collect_workflows
from harvester.probes.clients import frontend
from harvester.probes.mentions import mentioned
from tests.fuzz import CASES, SECONDS, TARGETS
from tests.support.facts import facts_of
from tests.support.parsers import PARSERS
from tests.support.seeds import PIECES, make_seeds

KEPT = sorted(path for path in CASES.glob("*/*") if path.is_file())
LONG = 20_000
WIDTH = 3_900
"""Characters of a line where a text is repeated line by line: many a parser cuts longer ones."""


def _run(target: str, data: bytes) -> None:
    begun = time.process_time()
    parse, _ = PARSERS[target]
    parse(data)
    assert time.process_time() - begun < SECONDS


def test_every_parser_is_a_target() -> None:
    """With something to start from."""
    assert set(TARGETS) == PARSERS.keys() == PIECES.keys()


@pytest.mark.parametrize("target", TARGETS)
def test_seeds_are_read(target: str) -> None:
    """What the fuzzer starts from is well itself."""
    for seed in make_seeds(target)[:: 50 if target == "project" else 7]:
        _run(target, seed)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_the_fuzzer_found_is_mended(path: Path) -> None:
    """No crash, no hang; the file's name says what it did."""
    _run(path.parent.name, path.read_bytes())


@pytest.mark.parametrize("target", [name for name in TARGETS if name not in ("project", "tables")])
def test_whatever_is_repeated_takes_its_time_only(target: str) -> None:
    """A piece that means something to the parser, ten thousand times, on one line and on many."""
    for piece in PIECES[target]:
        text = (piece * (LONG // len(piece))).encode()
        lines = b"\n".join(text[start : start + WIDTH] for start in range(0, len(text), WIDTH))
        for choice in range(PARSERS[target][1]):
            _run(target, bytes([choice, 0]) + text)
            _run(target, bytes([choice, 0]) + lines)


def test_a_page_of_links_that_never_close_is_read_in_time() -> None:
    """A thousand on a line, a hundred lines."""
    _run("documents", b"\x00\x00" + (b"[a](" * 975 + b"\n") * 75)


@pytest.mark.parametrize(
    ("parse", "begin", "end"),
    [
        (parse_toml, 'a = """\n[', '"""'),
        (partial(parse_targets, just=True), "a", "b"),
        (parse_requirements, "a", "b"),
        (lambda text: collect_workflows({".github/workflows/a.yaml": parse_yaml(text)}, {}), "jobs: {a: {if: '", "'}}"),
    ],
    ids=["toml", "justfile", "requirements", "workflow"],
)
def test_blanks_without_end_are_read_in_time(parse: Callable[[str], object], begin: str, end: str) -> None:
    """Where a pattern could take them one by one, in many ways."""
    begun = time.process_time()
    parse(begin + " " * (LONG - 100) + end)
    assert time.process_time() - begun < SECONDS


def test_a_name_that_no_file_system_holds_is_no_file_to_read() -> None:
    """Sixty thousand letters that a pattern could begin at."""
    begun = time.process_time()
    assert kind_of("srequirement" * 5_000 + ".txt", 10) == ""
    assert kind_of("a" * 240 + "requirements.txt"[-15:], 10)
    assert time.process_time() - begun < SECONDS / 10


def test_variables_that_never_close_are_read_in_time() -> None:
    """Twenty thousand of them in the folder of an image, which two services build."""
    build = '    build: {context: &c "' + "${{" * 20_000 + '"}\n'
    facts = f"services:\n  a:\n{build}  b:\n    build: *c\n"
    begun = time.process_time()
    facts_of({"docker-compose.yml": facts, "Dockerfile": "FROM python\n"})
    assert time.process_time() - begun < SECONDS / 2


def test_a_page_of_functions_that_nobody_calls_is_read_in_time() -> None:
    """Four thousand in one file of a front end."""
    facts = facts_of(
        {
            "ui.py": "import streamlit as st\nst.title('x')\n"
            + "".join(f"def f{number}(): pass\n" for number in range(4_000))
        }
    )
    begun = time.process_time()
    frontend(facts)
    assert time.process_time() - begun < SECONDS


def test_a_page_of_statements_is_read_in_time() -> None:
    """Six thousand lines that each say that it was done, some of them under titles."""
    lines = "# Shop\n" + "## Part\nWe monitor the service with Cloud Monitoring dashboards.\n" * 3_000
    facts = facts_of({"docs/page.md": lines})
    begun = time.process_time()
    mentioned(facts, pattern="cloud monitoring")
    assert time.process_time() - begun < SECONDS
