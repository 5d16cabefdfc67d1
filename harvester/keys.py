"""Fingerprints: of what a record, a workbook and a page are made from, so that nothing is made twice."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from harvester.beside import Beside
from harvester.models.check import CheckSpec
from harvester.models.course import Course
from harvester.models.group import Group
from harvester.models.marks import GroupMarks
from harvester.models.mirror import REPOSITORY, MirrorState
from harvester.versions import READERS, code_digest, digest

if TYPE_CHECKING:
    from harvester.jobs import Rules

_CODE = frozenset((".py", ".j2", ".css", ".js", ".json"))


def material_key(rules: "Rules", group: Group, state: MirrorState | None, beside: Beside) -> str:
    """A fingerprint of everything but the checks that a group's evidence depends on."""
    return digest(
        rules.material_sha256,
        code_sha256(),
        group.model_dump_json(exclude={"row"}),
        state.model_dump_json(exclude={"tried_at", "synced_at", "heads"}) if state else "",
        beside.key(state, rules.course.deadline),
        *_kept(rules.course.mirrors / group.folder),
    )


def _kept(folder: Path) -> list[str]:
    """The refs of commits that no branch leads to: one that could not be fetched before may be graded when it is."""
    refs = folder / REPOSITORY / "refs" / "harvester"
    return sorted(path.relative_to(refs).as_posix() for path in refs.rglob("*") if path.is_file())


def grade_key(rules: "Rules", material: str) -> str:
    """A fingerprint of everything that a group's record, and what lies beside it, depends on."""
    return digest(rules.sha256, material, str(rules.course.likeness.enabled))


def evidence_key(material: str, sha: str, check: CheckSpec) -> str:
    """A fingerprint of everything that one check's evidence for a group's commit depends on."""
    return digest(material, sha, _text_of(check))


@lru_cache(maxsize=1_000)
def _text_of(check: CheckSpec) -> str:
    """A check as text: made once for all groups."""
    return check.model_dump_json()


def shown_key(material: str, course: Course, workbook: str) -> str:
    """A fingerprint of all that a group's workbook and page show; `workbook` is the one of what the workbook does."""
    return digest(material, course.name, workbook)


def marks_key(marks: GroupMarks, course: Course) -> str:
    """A fingerprint of what a group's workbook and page show beside the record."""
    shown = GroupMarks(group_id=marks.group_id, marks=marks.marks, conflicts=marks.conflicts)
    return digest(shown.model_dump_json(), course.points.model_dump_json(), course.name, course.timezone)


@lru_cache(maxsize=1)
def code_sha256() -> str:
    """A fingerprint of Harvester and of what it reads code with, so that a new version grades everything again."""
    folder = Path(__file__).parent
    demo = folder / "demo" / "groups"
    files = (path for path in folder.rglob("*") if path.suffix in _CODE and not path.is_relative_to(demo))
    return code_digest(files, READERS)
