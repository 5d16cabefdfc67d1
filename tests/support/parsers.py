"""Every parser of student text as a function of bytes: for the fuzzer, and for the cases that it found.

An input begins with two bytes that choose: which parser of a target, and whether a piece is repeated many times.
"""

import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from openpyxl import Workbook
from pydantic import TypeAdapter

from harvester.config import load_family
from harvester.errors import MirrorError, RosterError
from harvester.facts import collect_facts, kinds
from harvester.facts.blobs import parse_blob
from harvester.facts.secrets import mask
from harvester.links import collect_links
from harvester.mirrors.addresses import RefusedError, read_target
from harvester.mirrors.urls import check_url
from harvester.models.course import LearnExport
from harvester.models.evidence import Evidence
from harvester.models.files import Blob
from harvester.models.group import Group, Member
from harvester.models.links import classify_url, find_urls
from harvester.outputs.markdown_html import render_markdown
from harvester.outputs.wording import safe_url
from harvester.outputs.workbook_grid import UnreadableError
from harvester.outputs.workbook_reader import read_workbook
from harvester.people import resolve_people
from harvester.people.names import read_identity
from harvester.probes import run_checks
from harvester.report import compare_members, explain_missing, judge_members, read_report
from harvester.roster import canonical_url, load_roster
from harvester.snapshot.text import read_coauthors, read_moment, show_path
from tests.support.reports import TEMPLATES
from tests.support.snapshots import make_snapshot, make_tree

Parse = Callable[[bytes], object]
FAMILY = load_family("dtu-02476")
MARK = b"\x00\x00"
"""Stands between two files of an input."""
_LONG = 20_000
_KEPT = TypeAdapter(Blob)


def unpack(data: bytes) -> tuple[int, bytes]:
    """The choice, and what is to be parsed: the rest, a piece of which is repeated where the second byte says so."""
    choice, how, rest = data[:1], data[1:2], data[2:]
    if rest and how >= b"\xc0":
        start = how[0] * 7 % len(rest)
        piece = rest[start : start + 1 + how[0] % 32]
        rest = rest[:start] + piece * (_LONG // len(piece)) + rest[start:]
    return (choice or b"\0")[0], rest


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


@dataclass(frozen=True)
class Files:
    """The parsers of files with such names; what they make can be kept."""

    names: Sequence[str]

    def __call__(self, data: bytes) -> None:
        choice, body = unpack(data)
        name = self.names[choice % len(self.names)]
        if kind := kinds.kind_of(name, len(body)):
            _KEPT.dump_json(parse_blob(body, kind, name.rpartition("/")[2].lower()))


def _report(data: bytes) -> None:
    choice, body = unpack(data)
    first, _, second = body.partition(MARK)
    tree = make_tree({"reports/README.md": first, **({"README.md": second} if second else {})})
    templates = FAMILY.templates if choice % 2 else TEMPLATES
    report = read_report(tree, templates)
    if report is None:
        assert explain_missing(tree, templates)
        return
    group = Group(id="7", members=(Member(id="s000001", name="Ada Sample"),))
    compare_members(judge_members(report, group), group)
    collect_links(report.answers, report.path, tree)


def _page(data: bytes) -> None:
    _, body = unpack(data)
    render_markdown(_text(body), show_image=lambda source, _: "" if len(source) % 2 else None, resolve_link=safe_url)


def _addresses(data: bytes) -> None:
    """Links, URLs, names, dates: whatever is a line of text."""
    _, body = unpack(data)
    text = _text(body)
    for _, url in find_urls(text):
        classify_url(url)
        safe_url(url)
    line = text[:10_000]
    canonical_url(line)
    classify_url(line)
    for read in (lambda: check_url(line, ("https", "ssh")), lambda: read_target(line)):
        with suppress(MirrorError, RefusedError):
            read()
    read_identity(line, line[::-1])
    read_coauthors(text)
    read_moment(line)
    show_path(body)
    mask(text)


def _zip(parts: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


@cache
def _workbook() -> Mapping[str, bytes]:
    """The parts of a small workbook."""
    book, file = Workbook(), io.BytesIO()
    book.worksheets[0].append(["group_nb", "Id", "Points", "Comment", "repo_url"])
    book.worksheets[0].append(["1", "hydra", 0.5, "fine", "https://github.com/example/one"])
    book.save(file)
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


def _tables(data: bytes) -> None:
    """Rosters of every sort, and the workbooks that graders type in."""
    choice, body = unpack(data)
    path = _folder() / "roster.csv"
    parts = _workbook()
    kind = choice % 4
    if kind == 0:
        path.write_bytes(body)
    elif kind == 1:
        path.write_bytes(_zip({**parts, sorted(parts)[choice // 4 % len(parts)]: body}))
    elif kind == 2:
        pages = _folder() / "pages.zip"
        pages.write_bytes(_zip({"1 - Group 1 - 20 January, 2026 1130 PM/link.html": body}))
        path.write_bytes(b"OrgDefinedId,Last Name,First Name,Groups\n#s000001,Sample,Ada,Group 1\n")
        source = LearnExport(gradebook=path, assignment=pages)
    else:
        path.write_bytes(body)
    try:
        load_roster(source if kind == 2 else path)
    except RosterError as error:
        assert str(error)
    if kind in (1, 3):
        try:
            read_workbook(path)
        except UnreadableError as error:
            assert str(error)


_NAMES = (
    *("README.md", "src/shop/train.py", "src/shop/api.py", "tests/test_api.py", "notebooks/a.ipynb", "mkdocs.yml"),
    *("configs/config.yaml", "pyproject.toml", "requirements.txt", "Dockerfile", "Makefile", "cloudbuild.yaml"),
    *(".github/workflows/ci.yaml", ".dvc/config", "infra/main.tf", "data.dvc", "tasks.py", "run.sh"),
)


def _project(data: bytes) -> None:
    """Two files of a repository, through all facts and checks."""
    choice, body = unpack(data)
    first, _, second = body.partition(MARK)
    names = (_NAMES[choice % len(_NAMES)], _NAMES[(choice // len(_NAMES) + choice + 1) % len(_NAMES)])
    snapshot = make_snapshot(dict(zip(names, (first, second), strict=True)))
    facts = collect_facts(snapshot, None, resolve_people(snapshot.history, [], ()))
    evidence = run_checks(FAMILY.checks, lambda: facts, year="26")
    assert not [one.why for one in evidence.values() if "itself stopped" in one.why]
    TypeAdapter(dict[str, Evidence]).dump_json(dict(evidence))


_TREES = ("a.yaml", ".github/workflows/a.yml", "a.toml", "a.json", "setup.cfg", "data.dvc", ".dvc/config")
_SCRIPTS = ("Dockerfile", "requirements.txt", "run.sh", "Makefile", "justfile")
_LOCKS = ("uv.lock", "poetry.lock", "Pipfile.lock", "conda-lock.yml", "pixi.lock", "pdm.lock")

PARSERS: Mapping[str, tuple[Parse, int]] = {
    "report": (_report, 2),
    "page": (_page, 1),
    "code": (Files(("a.py", "a.ipynb")), 2),
    "trees": (Files(_TREES), 7),
    "scripts": (Files((*_SCRIPTS, *_LOCKS)), 11),
    "documents": (Files(("a.md", "a.rst", "a.html", "a.txt", ".env")), 5),
    "addresses": (_addresses, 1),
    "tables": (_tables, 20),
    "project": (_project, 36),
}
"""Target -> what parses its inputs, and how many choices it has."""
