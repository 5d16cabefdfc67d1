"""What a demo group is made of, as its `group.yaml` says it; and its files, read from the folders of `groups/`."""

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harvester.config.yaml_files import read_yaml

GROUPS = Path(__file__).parent / "groups"
_HIDDEN = "dot_"
_ANSWER = re.compile(r"^@@ (\d+)\n", re.MULTILINE)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Repeat(_Strict):
    """A text many times over: large files are written down small."""

    text: str
    times: int


Text = str | tuple[str | Repeat, ...]


class Author(_Strict):
    """Somebody who commits, or could have; `id` is a study number where the roster lists the person."""

    name: str
    mail: str = ""
    id: str | None = None


class Layer(_Strict):
    """Files of a folder of `groups/`; `only` narrows them, `rename` replaces words in paths and texts."""

    source: str
    only: tuple[str, ...] = ("*",)
    rename: dict[str, str] = {}


class Written(_Strict):
    """One file that is told rather than shipped: odd names, links, submodules, sizes no package should carry."""

    path: str
    text: Text = ""
    link: str | None = None
    submodule: str | None = None
    hex: str | None = None


class ReportPlan(_Strict):
    """How the group's report is made: its generation, claims and answers (those of `answers.md`, then these)."""

    template: str
    path: str = "reports/README.md"
    style: Literal["template", "formatted"] = "template"
    ticked: tuple[str, ...] = ()
    all_but: tuple[str, ...] | None = Field(default=None, description="Tick everything but these.")
    answers: dict[int, Text | None] = {}


class Step(_Strict):
    """One commit. `add` and `draft` are globs of the group's files; a draft is the first part of a file."""

    by: str
    at: str
    message: str
    with_: tuple[str, ...] = Field(default=(), alias="with")
    committed: str | None = None
    branch: str = "main"
    merge: str | None = None
    tag: str | None = None
    add: tuple[str, ...] = ()
    draft: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class GroupPlan(_Strict):
    """One group of the demo. `url` is what the roster holds, where that is not the repository built here."""

    id: str
    name: str
    shows: tuple[str, ...]
    expected: str = "ok"
    url: str | None = None
    members: tuple[str, ...] = ()
    authors: dict[str, Author] = {}
    layers: tuple[Layer, ...] = ()
    written: tuple[Written, ...] = ()
    report: ReportPlan | None = None
    history: tuple[Step, ...] = ()


@dataclass(frozen=True)
class File:
    """A file as git stores it."""

    data: bytes
    mode: str = "100644"


@dataclass(frozen=True)
class DemoGroup:
    """A plan with its files. The report is not among `files`: it needs the templates."""

    folder: str
    plan: GroupPlan
    files: dict[str, File] = field(default_factory=dict)
    answers: dict[int, str | None] = field(default_factory=dict)


def load_groups() -> list[DemoGroup]:
    """All groups of the demo, in the order of their ids."""
    groups = [_load_group(path) for path in sorted(GROUPS.glob("*/group.yaml"))]
    return sorted(groups, key=lambda group: int(group.plan.id))


def expand(text: Text) -> str:
    """A told text in full."""
    if isinstance(text, str):
        return text
    return "".join(part if isinstance(part, str) else part.text * part.times for part in text)


def matches(path: str, globs: tuple[str, ...]) -> bool:
    """Whether a path fits one of the globs; `*` crosses folders."""
    return any(fnmatchcase(path, glob) for glob in globs)


def _load_group(path: Path) -> DemoGroup:
    plan = GroupPlan.model_validate(read_yaml(path))
    files: dict[str, File] = {}
    for layer in plan.layers:
        files |= _read_layer(layer)
    files |= {written.path: _write(written) for written in plan.written}
    answers = _read_answers(path.with_name("answers.md"))
    if plan.report is not None:
        told = plan.report.answers
        answers |= {number: None if text is None else expand(text) for number, text in told.items()}
    return DemoGroup(folder=path.parent.name, plan=plan, files=files, answers=answers)


def _read_layer(layer: Layer) -> dict[str, File]:
    root = GROUPS / layer.source / "tree"
    files = {}
    for path in sorted(root.rglob("*")):
        name = _plain_name(path.relative_to(root))
        if path.is_file() and "__pycache__" not in path.parts and matches(name, layer.only):
            data = path.read_bytes()
            for old, new in layer.rename.items():
                name = name.replace(old, new)
                data = data if b"\0" in data else data.replace(old.encode(), new.encode())
            files[name] = File(data)
    return files


def _plain_name(path: Path) -> str:
    """`dot_github/x` is `.github/x`: kept visible here, so that no tool of ours takes it for its own."""
    return "/".join(f".{part.removeprefix(_HIDDEN)}" if part.startswith(_HIDDEN) else part for part in path.parts)


def _write(written: Written) -> File:
    if written.link is not None:
        return File(written.link.encode(), "120000")
    if written.submodule is not None:
        return File(written.submodule.encode(), "160000")
    if written.hex is not None:
        return File(bytes.fromhex(written.hex))
    return File(expand(written.text).encode())


def _read_answers(path: Path) -> dict[int, str | None]:
    if not path.exists():
        return {}
    parts = _ANSWER.split(path.read_text(encoding="utf-8"))
    return {int(number): text.strip() for number, text in zip(parts[1::2], parts[2::2], strict=True)}
